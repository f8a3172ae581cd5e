/* A random recurrent network in a table, and a hash over all that it does. */
#ifndef DYNC_TABLE_NET_H
#define DYNC_TABLE_NET_H

#include "compiler/base/rng.h"
#include "runtime/table.h"

#include <string.h>

enum { NEURONS = 96, STRIDE = 32, INPUTS = 8, SOURCES = NEURONS + INPUTS };
enum { ALL_CIRCUITS = 2 * CIRCUIT_DENDRITE_GAIN - 1 };

/* What the rows of a network are like. */
struct net_form {
    bool same; /* the neurons of a tile have equal quantities */
    bool late; /* some sources have a row of delayed words, some one of depressed synapses */
    uint32_t all_delay; /* > 0: every row of a neuron is delayed by so many steps and more */
};

struct dice {
    uint64_t seed, n;
};
static inline double unit(struct dice *dice)
{
    return rng_unit(rng_bits(dice->seed, 99, dice->n++));
}
/* Between a and b, evenly in the logarithm of powers of two. */
static inline double between(struct dice *dice, double a, double b)
{
    double x = a;
    for (double u = unit(dice); x * 1.25 < b && u > 0.1; u = unit(dice))
        x *= 1.25;
    return x;
}

static inline struct neuron random_neuron(struct dice *dice)
{
    struct neuron neuron = {.alive = true};
    neuron.dc = unit(dice) < 0.5;
    neuron.adaptation = unit(dice) < 0.5;
    neuron.nmda_gate = unit(dice) < 0.5;
    neuron.exponential = unit(dice) < 0.5;
    neuron.alive = unit(dice) < 0.95;
    double *q = neuron.q;
    q[Q_KAPPA] = 0.705, q[Q_UT] = 25e-3, q[Q_VTH] = 0.7, q[Q_IO] = 0.5e-12;
    q[Q_C_MEM] = 3e-12, q[Q_C_AHP] = 40e-12, q[Q_C_REFRACTORY] = 1.5e-12;
    q[Q_C_PULSE] = q[Q_C_AHP_PULSE] = 0.5e-12;
    q[Q_I_DC] = between(dice, 1e-10, 5e-9), q[Q_I_NMDA] = between(dice, 1e-11, 1e-9);
    q[Q_I_LEAK] = between(dice, 3e-12, 5e-11), q[Q_I_GAIN] = between(dice, 1e-11, 2e-10);
    q[Q_I_THRESHOLD] = between(dice, 1e-9, 1e-7), q[Q_I_REFRACTORY] = between(dice, 2e-10, 5e-9);
    q[Q_I_PULSE] = between(dice, 1e-8, 1e-7), q[Q_I_AHP_PULSE] = between(dice, 1e-8, 1e-7);
    q[Q_I_AHP_TAU] = between(dice, 1e-11, 1e-10), q[Q_I_AHP_GAIN] = between(dice, 1e-11, 1e-9);
    q[Q_I_AHP_WEIGHT] = between(dice, 1e-10, 1e-8);
    for (int k = 0; k < N_SYNAPSE_TYPES; k++) {
        q[Q_C_SYN + k] = 25e-12;
        q[Q_I_SYN_TAU + k] = between(dice, 1e-11, 2e-10);
        q[Q_I_SYN_GAIN + k] = between(dice, 1e-10, 1e-8);
    }
    return neuron;
}

/* All circuits of table_config's bits, each in about half of the neurons. */
static inline void add_circuits(struct neuron *neuron, unsigned circuits, struct dice *dice)
{
    double *q = neuron->q;
    neuron->circuits = circuits & CIRCUIT_CALCIUM;
    for (unsigned bit = 1; bit <= CIRCUIT_DENDRITE_GAIN; bit <<= 1)
        if (unit(dice) < 0.5)
            neuron->circuits |= bit & circuits;
    for (int k = 0; k < N_ALPHAS; k++) {
        q[Q_C_ALPHA + k] = 25e-12;
        q[Q_I_ALPHA_TAU + k] = between(dice, 5e-11, 5e-10);
        q[Q_I_ALPHA_GAIN + k] = between(dice, 1e-10, 1e-8);
    }
    for (int k = 0; k < N_REVERSALS; k++)
        q[Q_I_REVERSAL + k] = between(dice, 1e-10, 1e-8);
    q[Q_I_TO_NEURON] = between(dice, 1e-12, 1e-9);
    q[Q_I_VERTICAL] = between(dice, 1e-12, 1e-9), q[Q_I_HORIZONTAL] = between(dice, 1e-12, 1e-9);
    q[Q_C_CA] = q[Q_C_HO] = 40e-12;
    q[Q_I_CA_TAU] = between(dice, 1e-11, 1e-10), q[Q_I_CA_GAIN] = between(dice, 1e-11, 1e-9);
    q[Q_I_CA_WEIGHT] = between(dice, 1e-10, 1e-8), q[Q_I_HO_TARGET] = between(dice, 1e-12, 1e-9);
    q[Q_I_HO_HOLD] = between(dice, 1e-12, 1e-10), q[Q_I_HO_LOW] = between(dice, 1e-10, 1e-9);
    q[Q_I_HO_MIDDLE] = 1e-9, q[Q_I_HO_HIGH] = between(dice, 1e-9, 1e-8);
}

struct net {
    struct arena arena;
    struct table *table;
};

static inline void set_grid(struct net *net, uint32_t tile, const struct neuron *neuron)
{
    struct diffusion_node node[STRIDE];
    for (int i = 0; i < STRIDE; i++)
        node[i] = (struct diffusion_node){.on = neuron[i].circuits & CIRCUIT_DIFFUSION,
                                          .neuron = neuron[i].q[Q_I_TO_NEURON],
                                          .vertical = neuron[i].q[Q_I_VERTICAL],
                                          .horizontal = neuron[i].q[Q_I_HORIZONTAL]};
    table_grid(net->table, tile, node, STRIDE, 4);
}

/* Rows behind those of the sources: every third source has one of delayed words, every fourth one
 * of depressed synapses. */
static inline uint32_t add_late(struct net *net, struct dice *dice, struct delay_row *late,
                                uint64_t *first, uint32_t *word)
{
    struct depressed depressed[SOURCES * 4];
    uint32_t n = 0, n_depressed = 0;
    for (uint32_t s = 0; s < SOURCES; s++)
        for (uint32_t kind = 0; kind < 2; kind++) {
            if (s % (3 + kind))
                continue;
            late[n] = (struct delay_row){s, 1 + (uint32_t)(unit(dice) * 50), kind};
            first[SOURCES + n + 1] = first[SOURCES + n] + 4;
            for (uint32_t k = 0; k < 4; k++) {
                uint32_t target = (uint32_t)(unit(dice) * NEURONS);
                uint32_t one = table_word(net->table, target, (int)(unit(dice) * 4), 5);
                uint32_t *to = &word[first[SOURCES + n] + k];
                *to = kind ? n_depressed : one;
                if (kind)
                    depressed[n_depressed++] = (struct depressed){one, 1e-9, 20e-3};
            }
            n++;
        }
    table_depressed(net->table, depressed, n_depressed);
    return n;
}

/* Every plain row of a neuron becomes a delayed one. */
static inline uint32_t delay_all(uint32_t least, struct delay_row *late, uint64_t *first)
{
    uint64_t words = 40;
    for (uint32_t s = 0; s < SOURCES; s++)
        first[s + 1] = s < NEURONS ? 0 : first[s] + words;
    for (uint32_t s = 0; s < NEURONS; s++) {
        late[s] = (struct delay_row){s, least + s % 3, false};
        first[SOURCES + s + 1] = first[SOURCES + s] + words;
    }
    return NEURONS;
}

/* A random recurrent network: 3 tiles, 8 inputs, 40 synapses per source. */
static inline bool make_net(struct net *net, const struct table_config *config,
                            struct net_form form)
{
    struct dice dice = {.seed = 5}, more = {.seed = 6};
    struct neuron neuron[NEURONS];
    struct delay_row *late;
    uint64_t *first;
    uint32_t *word, n_late = 0;
    arena_init(&net->arena, NULL);
    net->table = table_new(&net->arena, config);
    for (uint32_t i = 0; i < NEURONS; i++) {
        neuron[i] = random_neuron(&dice);
        if (config->circuits)
            add_circuits(&neuron[i], config->circuits, &more);
        if (form.same && i % STRIDE)
            memcpy(neuron[i].q, neuron[i - 1].q, sizeof neuron[i].q);
        table_neuron(net->table, i, &neuron[i]);
    }
    for (uint32_t t = 0; config->circuits && t < NEURONS / STRIDE; t++)
        set_grid(net, t, neuron + (size_t)t * STRIDE);
    const double weight[4] = {1e-9, 2e-9, 4e-9, 8e-9};
    for (uint32_t t = 0; t < NEURONS / STRIDE; t++)
        table_weights(net->table, t, weight);
    first = ARENA_ARRAY(&net->arena, uint64_t, 2 * SOURCES + 1);
    word = ARENA_ARRAY(&net->arena, uint32_t, SOURCES * 50);
    late = ARENA_ARRAY(&net->arena, struct delay_row, SOURCES);
    for (uint32_t s = 0; s < SOURCES; s++) {
        first[s + 1] = first[s] + 40;
        for (uint32_t k = 0; k < 40; k++) { /* one draw per statement: the order is defined */
            uint32_t target = (uint32_t)(unit(&dice) * NEURONS);
            int type = (int)(unit(&dice) * 4);
            unsigned mask = 1 + (unsigned)(unit(&dice) * 15);
            word[first[s] + k] = table_word(net->table, target, type, mask);
        }
    }
    if (form.all_delay)
        n_late = delay_all(form.all_delay, late, first);
    else if (form.late)
        n_late = add_late(net, &more, late, first, word);
    const struct table_rows rows = {.first = first,
                                    .word = word,
                                    .n_sources = SOURCES,
                                    .n_single = NEURONS,
                                    .late = late,
                                    .n_late = n_late};
    return table_rows(net->table, &rows);
}

static inline void hash_in(uint64_t *hash, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    *hash = rng_mix(*hash ^ bits);
}

/* Runs by blocks of the table, at most `most_block` steps each; how the steps are cut changes
 * nothing. `heavy`: now and then an input sends more events than a lane holds. */
struct net_run {
    uint32_t steps, most_block;
    bool heavy;
    double rate; /* events of an input in a step */
    bool volley; /* now and then all sources send at once */
};

static inline void feed_net(struct net *net, const struct net_run *run, uint32_t step,
                            uint32_t offset)
{
    for (uint32_t s = 0; run->volley && step % 50 == 0 && s < SOURCES; s++)
        table_event(net->table, offset, s, 1);
    for (uint32_t s = 0; s < INPUTS; s++)
        if (rng_unit(rng_bits(3, step, s)) < run->rate)
            table_event(net->table, offset, NEURONS + s,
                        run->heavy && (step + s) % 64 == 0 ? 70000 : 1);
}

static inline uint64_t run_net(struct net *net, struct net_run run, uint64_t *spikes)
{
    uint64_t hash = 0;
    uint32_t block = table_block(net->table), n;
    block = run.most_block < block ? run.most_block : block;
    for (uint32_t step = 0, made = 0; step < run.steps; step += made) {
        made = run.steps - step < block ? run.steps - step : block;
        for (uint32_t k = 0; k < made; k++)
            feed_net(net, &run, step + k, k);
        table_run(net->table, made);
        for (uint32_t k = 0; k < made; k++) {
            const uint32_t *spike = table_spikes(net->table, k, &n);
            for (uint32_t i = 0; i < n; i++)
                hash = rng_mix(hash ^ ((uint64_t)(step + k) << 32 | spike[i]));
            *spikes += n;
        }
    }
    for (uint32_t i = 0; i < NEURONS; i++)
        for (int s = 0; s < N_ALL_STATES; s++)
            if (table_has(net->table, i, (enum kernel_state)s))
                hash_in(&hash, table_state(net->table, i, (enum kernel_state)s));
    return hash;
}

#endif
