/* run_image IMAGE [STIMULUS] DURATION_MS: an image simulated with libdynsim, spikes as CSV.
 *
 *     cc run_image.c -ldynsim -lm -o run_image
 *     ./run_image wta2.dynimg stimulus.csv 1000 >spikes.csv
 *
 * The stimulus has the columns time_us,input,index, by time. Prints source,time_us,unit for every
 * spike of every neuron, and on standard error what memory the simulator took. */
#include <dynsim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct event {
    double time_us;
    char input[64];
    unsigned index;
};

static void *read_file(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    size_t room = 0, got;
    *n = 0;
    while (file) {
        if (*n == room)
            bytes = realloc(bytes, room = room ? 2 * room : 65536);
        if (!bytes || (got = fread(bytes + *n, 1, room - *n, file)) == 0)
            break;
        *n += got;
    }
    if (file)
        fclose(file);
    return bytes;
}

/* The next event of the file; 0: no more, -1: a line that is none. */
static int next_event(FILE *file, struct event *event)
{
    if (!file)
        return 0;
    int got = fscanf(file, "%lf,%63[^,],%u", &event->time_us, event->input, &event->index);
    return got == EOF ? 0 : got == 3 ? 1 : -1;
}

/* Number of the input with this name; its number of inputs if there is none. */
static uint32_t input_named(const struct dynsim *sim, const char *name)
{
    uint32_t input = 0;
    while (input < dynsim_n_inputs(sim) && strcmp(dynsim_input(sim, input, NULL), name) != 0)
        input++;
    return input;
}

static void print_spikes(const struct dynsim *sim)
{
    uint32_t n;
    const struct dynsim_spike *spike = dynsim_spikes(sim, &n);
    double now_us = (double)dynsim_steps(sim) * dynsim_dt(sim) * 1e6;
    for (uint32_t i = 0; i < n; i++)
        printf("%s,%.10g,%u\n", dynsim_population(sim, spike[i].population, NULL), now_us,
               (unsigned)spike[i].index);
}

/* 0, or 1 after a line or an input that is not understood. */
static int run(struct dynsim *sim, FILE *stimulus, double duration_ms)
{
    struct event event;
    uint64_t steps = (uint64_t)(duration_ms * 1e-3 / dynsim_dt(sim) + 0.5);
    if (stimulus && fscanf(stimulus, "%*[^\n]") == EOF) /* the header */
        return 1;
    int more = next_event(stimulus, &event);
    printf("source,time_us,unit\n");
    while (dynsim_steps(sim) < steps) {
        while (more > 0 && dynsim_step_of(sim, event.time_us) <= dynsim_steps(sim)) {
            if (!dynsim_event(sim, input_named(sim, event.input), event.index, 1))
                return 1;
            more = next_event(stimulus, &event);
        }
        if (more < 0)
            return 1;
        dynsim_step(sim);
        print_spikes(sim);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: run_image IMAGE [STIMULUS] DURATION_MS\n");
        return 2;
    }
    size_t n;
    void *image = read_file(argv[1], &n);
    FILE *stimulus = argc == 4 ? fopen(argv[2], "r") : NULL;
    if (!image || (argc == 4 && !stimulus)) {
        fprintf(stderr, "run_image: a file cannot be read\n");
        return 5;
    }
    struct dynsim *sim;
    struct dynsim_need need;
    struct dynsim_problem problem;
    if (dynsim_need(&need, image, n, NULL, &problem) != DYNSIM_OK
        || dynsim_new(&sim, image, n, NULL, &problem) != DYNSIM_OK) {
        fprintf(stderr, "run_image: %s: %s\n", argv[1], problem.text);
        return 5;
    }
    free(image);
    fprintf(stderr, "%zu bytes at most, %zu while it runs\n", need.most, need.kept);
    int status = run(sim, stimulus, strtod(argv[argc - 1], NULL));
    if (status)
        fprintf(stderr, "run_image: %s: a line is no event of the image\n", argv[2]);
    if (stimulus)
        fclose(stimulus);
    dynsim_free(sim);
    return status;
}
