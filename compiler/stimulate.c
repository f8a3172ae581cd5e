#include "compiler/stimulate.h"

#include "compiler/base/elementary.h"
#include "compiler/base/rng.h"
#include "compiler/duration.h"

#include <math.h>

/* One unit of one drive: when its next event comes. */
struct train_source {
    const struct stimulus *stimulus;
    uint32_t input; /* number in the net */
    uint32_t unit;  /* in its input: names the dice */
    uint64_t key;
    uint64_t event;         /* number of the coming one */
    double elapsed;         /* poisson: s since the window began */
    int64_t next_ps;        /* INT64_MAX: no more */
    int64_t from_ps, to_ps; /* window, cut to the run */
};

/* A heap by (next_ps, number): events come in order of time, ties by drive, then unit. */
struct stimulation {
    struct train_source *source;
    uint32_t *heap, n;
};

/* --- one train --- */

/* Time of an event `s` seconds into the window, INT64_MAX if that is behind its end. */
static int64_t place(const struct train_source *source, double s)
{
    double ps = s * ps_per_s + 0.5, length = (double)(source->to_ps - source->from_ps);
    if (!(ps < length + 1))
        return INT64_MAX;
    int64_t at = source->from_ps + (int64_t)floor(ps);
    return at < source->to_ps ? at : INT64_MAX;
}

static void advance_poisson(struct train_source *source)
{
    double u = rng_unit(rng_bits(source->key, source->unit, source->event++));
    source->elapsed -= elem_log(1 - u) / source->stimulus->rate_hz;
    source->next_ps = place(source, source->elapsed);
}

static void advance_spikes(struct train_source *source)
{
    const struct stimulus *stimulus = source->stimulus;
    source->next_ps = INT64_MAX;
    while (source->event < stimulus->n_times && source->next_ps == INT64_MAX) {
        int64_t at = stimulus->times_ps[source->event++];
        if (at >= source->from_ps && at < source->to_ps)
            source->next_ps = at;
    }
}

static void advance(struct train_source *source)
{
    const struct stimulus *stimulus = source->stimulus;
    if (stimulus->kind == STIMULUS_SPIKES)
        advance_spikes(source);
    else if (!(stimulus->rate_hz > 0))
        source->next_ps = INT64_MAX;
    else if (stimulus->kind == STIMULUS_POISSON)
        advance_poisson(source);
    else
        source->next_ps = place(source, (double)source->event++ / stimulus->rate_hz);
}

/* --- all of them --- */

static bool earlier(const struct stimulation *s, uint32_t a, uint32_t b)
{
    int64_t x = s->source[a].next_ps, y = s->source[b].next_ps;
    return x != y ? x < y : a < b;
}

static void sink_down(struct stimulation *s, uint32_t at)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= s->n)
            return;
        if (child + 1 < s->n && earlier(s, s->heap[child + 1], s->heap[child]))
            child++;
        if (!earlier(s, s->heap[child], s->heap[at]))
            return;
        uint32_t swap = s->heap[at];
        s->heap[at] = s->heap[child];
        s->heap[child] = swap;
        at = child;
    }
}

static void add_drive(struct stimulation *s, const struct net *net, const struct test *test,
                      uint32_t d, uint64_t trial_seed)
{
    const struct test_drive *drive = &test->drives.at[d];
    uint64_t key = rng_site_key(trial_seed, "drive", d);
    for (uint32_t i = 0; i < drive->view.size; i++) {
        struct train_source *source = &s->source[s->n];
        source->stimulus = &drive->of[i];
        source->unit = view_unit(&drive->view, i);
        source->input = net->inputs.at[drive->view.object].first + source->unit;
        source->key = key;
        source->from_ps = drive->from_ps < test->run_ps ? drive->from_ps : test->run_ps;
        source->to_ps = drive->to_ps < test->run_ps ? drive->to_ps : test->run_ps;
        advance(source);
        s->heap[s->n] = s->n;
        s->n++;
    }
}

struct stimulation *stimulation_new(struct arena *arena, const struct net *net,
                                    const struct test *test, uint64_t trial_seed)
{
    struct stimulation *s = ARENA_NEW(arena, struct stimulation);
    size_t n = 0;
    for (uint32_t d = 0; d < test->drives.n; d++)
        n += test->drives.at[d].view.size;
    s->source = ARENA_ARRAY(arena, struct train_source, n);
    s->heap = ARENA_ARRAY(arena, uint32_t, n);
    for (uint32_t d = 0; d < test->drives.n; d++)
        add_drive(s, net, test, d, trial_seed);
    for (uint32_t i = s->n / 2; i-- > 0;)
        sink_down(s, i);
    return s;
}

bool stimulation_next(struct stimulation *s, int64_t end_ps, uint32_t *input)
{
    if (s->n == 0 || s->source[s->heap[0]].next_ps >= end_ps)
        return false;
    struct train_source *source = &s->source[s->heap[0]];
    *input = source->input;
    advance(source);
    sink_down(s, 0);
    return true;
}
