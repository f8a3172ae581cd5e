/* libdynsim: the reference simulator of dync inside another program.
 *
 * An image (NET.dynimg, the bytes that `dync build` writes) goes in, events are pushed, the
 * simulator is stepped, spikes and states are read. It is the simulator of `dync sim`, bit for bit:
 * same image, options and events, same spikes, on every machine and compiler. The equations with
 * their units and sources, and which of them are assumptions, are in runtime/README.md.
 *
 *     struct dynsim *sim;
 *     struct dynsim_problem problem;
 *     if (dynsim_new(&sim, bytes, n, NULL, &problem) != DYNSIM_OK)
 *         fprintf(stderr, "%s\n", problem.text);
 *     for (int step = 0; step < 10000; step++) {
 *         dynsim_event(sim, 0, 7, 1);
 *         dynsim_step(sim);
 *         const struct dynsim_spike *spike = dynsim_spikes(sim, &n_spikes);
 *     }
 *     dynsim_free(sim);
 *
 * Link with -ldynsim -lm. Needed of the C library: memory, string and formatting functions, qsort,
 * setjmp and longjmp; malloc and free only without an allocator of the caller's. The library opens
 * no file, prints nothing, starts no thread, never ends the process, and has no state outside of
 * struct dynsim.
 *
 * Units: seconds, amperes, volts; times of events in microseconds. Numbers of populations, inputs
 * and units count from 0, in the order of the network's text; a unit of several dimensions has its
 * flat index, last dimension fastest.
 *
 * Threads: simulators share nothing, each may be used by a thread of its own. One simulator must
 * not be stepped, given events or freed by two threads at once; functions that take a pointer to
 * const may run at the same time as each other. A caller's allocator is called by the thread that
 * is in dynsim_new, dynsim_need or dynsim_free.
 *
 * Ownership: dynsim_new copies what it needs of the image, so that its bytes may go afterwards. All
 * that the library returns belongs to the simulator and goes with it.
 */
#ifndef DYNSIM_H
#define DYNSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DYNSIM_API __attribute__((visibility("default")))
#else
#define DYNSIM_API
#endif

struct dynsim;

enum dynsim_status {
    DYNSIM_OK,
    DYNSIM_NO_MEMORY,    /* the allocator gave none */
    DYNSIM_BAD_OPTION,   /* out of the range stated below */
    DYNSIM_BAD_IMAGE,    /* damaged, of another format version or target: nothing of it is used */
    DYNSIM_NOT_MODELLED, /* the image switches on a circuit that the simulator does not know, or a
                            delay in steps of dt needs more than 256 MiB */
};

/* What went wrong, in words, cut to the size of the array; empty after DYNSIM_OK. */
enum { DYNSIM_TEXT = 320 };
struct dynsim_problem {
    char text[DYNSIM_TEXT];
};

/* The caller's allocator. `take` returns memory aligned for any type, of any content, or NULL;
 * `give` gets back what `take` returned, with its size. Neither may leave by longjmp or an
 * exception. */
struct dynsim_memory {
    void *(*take)(void *context, size_t bytes);
    void (*give)(void *context, void *memory, size_t bytes);
    void *context;
};

/* All zero, or no options at all: the defaults. */
struct dynsim_options {
    double dt;       /* time step, s, 1e-12 to 9e6; 0: 100 us */
    double mismatch; /* relative standard deviation per neuron and quantity, 0 to 1; 0: none */
    uint64_t mismatch_seed; /* equal seeds, equal neurons */
    bool use_double;        /* double instead of float arithmetic */
    bool calcium;           /* calcium currents of all neurons; regulated and probed neurons have
                               them anyway */
    const struct dynsim_memory
        *memory; /* NULL: malloc and free; else it must outlive the simulator */
};

/* What a simulator takes from its allocator. All of it is taken in dynsim_new: stepping takes none.
 * The numbers depend on the image, the options and the sizes of C's types, on nothing else. */
struct dynsim_need {
    size_t most;  /* bytes held at a time, the most */
    size_t kept;  /* bytes held from dynsim_new to dynsim_free */
    size_t total; /* bytes taken altogether: for an allocator that ignores `give` */
};

/* Makes a simulator at time 0, all states at rest. `image` need not be aligned. On failure *sim is
 * NULL and everything taken has been given back. `options` and `problem` may be NULL. */
DYNSIM_API enum dynsim_status dynsim_new(struct dynsim **sim, const void *image, size_t bytes,
                                         const struct dynsim_options *options,
                                         struct dynsim_problem *problem);
/* Gives all memory back. NULL is let pass. */
DYNSIM_API void dynsim_free(struct dynsim *sim);

/* What dynsim_new will take for this image and these options. It is found by making the simulator
 * and giving it back, so it takes as much for a moment: to fit an image into the fixed memory of a
 * small machine, ask on a large one of the same word size. */
DYNSIM_API enum dynsim_status dynsim_need(struct dynsim_need *need, const void *image, size_t bytes,
                                          const struct dynsim_options *options,
                                          struct dynsim_problem *problem);

/* Name and number of units (may be NULL) of a population or an input. NULL: there is none of this
 * number, *size is 0. */
DYNSIM_API uint32_t dynsim_n_populations(const struct dynsim *sim);
DYNSIM_API const char *dynsim_population(const struct dynsim *sim, uint32_t population,
                                         uint32_t *size);
DYNSIM_API uint32_t dynsim_n_inputs(const struct dynsim *sim);
DYNSIM_API const char *dynsim_input(const struct dynsim *sim, uint32_t input, uint32_t *size);

/* Pushes `count` events of an input's unit into the coming step; pushes add up. More than 65,535
 * events of one step, synapse type and weight bit of a neuron act as that many. False: there is no
 * such unit, nothing is pushed. */
DYNSIM_API bool dynsim_event(struct dynsim *sim, uint32_t input, uint32_t index, uint32_t count);

/* One time step. */
DYNSIM_API void dynsim_step(struct dynsim *sim);

/* Time step, s; steps so far; and the step, counted from 0, that holds a time in microseconds: a
 * time on a boundary belongs to the step that begins there. Events of that time are pushed when
 * dynsim_steps() is that number. NaN and times before 0: step 0; beyond 2^53 steps: UINT64_MAX. */
DYNSIM_API double dynsim_dt(const struct dynsim *sim);
DYNSIM_API uint64_t dynsim_steps(const struct dynsim *sim);
DYNSIM_API uint64_t dynsim_step_of(const struct dynsim *sim, double time_us);

/* The smallest time constant in use, s, INFINITY without any; a step of more than a tenth of it is
 * too coarse. */
DYNSIM_API double dynsim_least_tau(const struct dynsim *sim);

/* Neurons that spiked in the last step, each at most once, in the order of their places on the
 * board. The time of the spikes is the end of the step: dynsim_steps() * dynsim_dt(). Valid until
 * the next step. */
struct dynsim_spike {
    uint32_t population, index;
};
DYNSIM_API const struct dynsim_spike *dynsim_spikes(const struct dynsim *sim, uint32_t *n);

/* States, A, but for DYNSIM_VMEM, V, and DYNSIM_GAIN. */
enum dynsim_state {
    DYNSIM_MEMBRANE,
    DYNSIM_AMPA,
    DYNSIM_GABA,
    DYNSIM_NMDA,
    DYNSIM_SHUNT,
    DYNSIM_ADAPTATION,
    DYNSIM_VMEM,
    DYNSIM_CALCIUM,
    DYNSIM_GAIN,      /* factor of the homeostasis, 1 without */
    DYNSIM_AMPA_SOMA, /* what reaches the soma: after diffusion, reversal, homeostasis */
    DYNSIM_GABA_SOMA,
    DYNSIM_NMDA_SOMA, /* before the gate */
    DYNSIM_N_STATES
};
/* State of a neuron after the last step; NaN: there is no such neuron or state. */
DYNSIM_API double dynsim_read(const struct dynsim *sim, uint32_t population, uint32_t index,
                              enum dynsim_state state);
/* "membrane", as in the traces of `dync sim`; NULL: none. */
DYNSIM_API const char *dynsim_state_name(enum dynsim_state state);

#ifdef __cplusplus
}
#endif

#endif
