#include "compiler/trial_step.h"

#include "backend/quantity.h"
#include "compiler/duration.h"
#include "runtime/circuits.h"

#include <string.h>

const char *step_reason(struct arena *arena, const struct scale *why)
{
    if (!why)
        return "the longest there is; no circuit asks for less";
    const char *seconds = duration_text(arena, why->seconds, 4);
    if (!strcmp(why->circuit, "delay"))
        return arena_printf(arena, "the shortest delay, %s", seconds);
    if (!strcmp(why->circuit, "refractory time"))
        return arena_printf(arena, "the shortest refractory time, %s", seconds);
    return arena_printf(arena, "a tenth of the %s time constant, %s", why->circuit, seconds);
}

static struct scale shorter(struct scale a, struct scale b)
{
    return b.seconds < a.seconds ? b : a;
}

struct sim_scales step_shortest(const struct sim_scales *a, const struct sim_scales *b)
{
    return (struct sim_scales){shorter(a->tau, b->tau), shorter(a->refractory, b->refractory),
                               shorter(a->delay, b->delay)};
}

static const char *unit_at(struct arena *arena, const struct image *image, size_t site)
{
    const struct image_unit *unit = &image_units(arena, image)[site];
    const struct image_population *of = &image->populations.at[unit->population];
    return circuits_unit_name(arena, of->name, of->n_dims, of->dims, unit->index);
}

void step_note_fast(struct diag_sink *sink, struct arena *arena, const struct image *image,
                    struct span span, const char *subject, double dt,
                    const struct sim_fastest *fastest)
{
    if (!(dt > fastest->seconds))
        return;
    int64_t za = (int64_t)(fastest->amperes * 1e21 + 0.5);
    struct diag *diag =
        diag_add(sink, DIAG_N0816, span,
                 "%sthe time step, %s, is longer than the membrane of `%s` takes under "
                 "%s of GABA and adaptation: %s",
                 subject, duration_text(arena, dt, 4), unit_at(arena, image, fastest->site),
                 amperes_text(arena, za), duration_text(arena, fastest->seconds, 3));
    diag_help(
        sink, diag, span_nowhere(), NULL,
        "its spikes may come of overshooting; see whether they are the same with a `--dt` of %s",
        duration_text(arena, dt / 10, 4));
}
