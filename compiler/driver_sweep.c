/* Points of a sweep: bias requests restated, quantised and solved as for a build, and emitted at
 * the placement there is. */
#include "backend/verify/verify.h"
#include "compiler/driver.h"
#include "compiler/sweep.h"
#include "compiler/version.h"

#include <string.h>

/* Warnings and notes about the network have been given once; a point repeats none. */
struct hushed {
    uint8_t switches[N_DIAG_CODES];
};
static void hush(struct diag_sink *sink, struct hushed *before)
{
    memcpy(before->switches, sink->switches, sizeof sink->switches);
    for (int code = 0; code < N_DIAG_CODES; code++)
        if (diag_info((enum diag_code)code)->severity != SEVERITY_ERROR)
            sink->switches[code] = DIAG_OFF;
}

static void unhush(struct diag_sink *sink, const struct hushed *before)
{
    memcpy(sink->switches, before->switches, sizeof sink->switches);
}

/* --- requests to codes --- */

static bool restate(struct driver *driver, const struct sweep *sweep, uint32_t point,
                    struct bias_set_vec *sets)
{
    bool ok = true;
    for (uint32_t a = 0; a < sweep->axes.n; a++) {
        const struct sweep_target_vec *targets = &sweep->axes.at[a].targets;
        for (uint32_t i = 0; i < targets->n; i++) {
            struct attr attr = sweep_attr(sweep, a, i, point);
            ok = bias_restate(driver->elaboration.eval, sets, targets->at[i].object, &attr) && ok;
        }
    }
    return ok;
}

/* The network with its biases restated, and their codes; free slots and delays are not solved yet.
 */
static bool quantise(struct driver *driver, struct arena *arena, const struct sweep *sweep,
                     uint32_t point, struct sweep_point *out)
{
    const struct bias_set_vec *sets = &driver->elaboration.net.bias_sets;
    uint32_t errors = driver->sink.n_errors;
    out->net = driver->elaboration.net;
    out->net.bias_sets.at = ARENA_ARRAY(arena, struct bias_set, sets->n);
    out->net.bias_sets.cap = sets->n;
    memcpy(out->net.bias_sets.at, sets->at, sets->n * sizeof *sets->at);
    if (!restate(driver, sweep, point, &out->net.bias_sets))
        return false;
    bias_quantise(arena, &out->net, driver->device, &driver->sink, &out->plan);
    return driver->sink.n_errors == errors;
}

static bool check_points(struct driver *driver, const struct sweep *sweep)
{
    bool ok = true;
    struct hushed before;
    hush(&driver->sink, &before);
    for (uint32_t point = 0; point < sweep->n_points; point++) {
        struct arena *scratch = arena_scratch(&driver->arena);
        struct sweep_point *scene = ARENA_NEW(scratch, struct sweep_point);
        ok = quantise(driver, scratch, sweep, point, scene) && ok;
        arena_scratch_end(scratch);
        if (driver->sink.n_errors > driver->sink.max_errors)
            break;
    }
    unhush(&driver->sink, &before);
    return ok;
}

static bool read_all(struct driver *driver, const struct sweep_names *names, const char *option,
                     const struct text_vec *given, struct sweep *sweep)
{
    bool ok = true;
    for (uint32_t i = 0; i < given->n; i++)
        ok = sweep_add(driver->elaboration.eval, names, option, given->at[i], sweep) && ok;
    return ok;
}

bool driver_sweep_read(struct driver *driver, struct sweep *sweep)
{
    const struct options *options = driver->options;
    const struct bias_set_vec *sets = &driver->elaboration.net.bias_sets;
    const char **name = ARENA_ARRAY(&driver->arena, const char *, sets->n);
    const struct sweep_names names = {sets->n, name, "bias set"};
    for (uint32_t i = 0; i < sets->n; i++)
        name[i] = sets->at[i].name;
    *sweep = (struct sweep){.n_points = 1};
    bool ok = read_all(driver, &names, "--set", &options->sets, sweep);
    ok = read_all(driver, &names, "--sweep", &options->sweeps, sweep) && ok;
    return ok && (sweep->axes.n == 0 || check_points(driver, sweep));
}

/* --- at the placement there is --- */

static void report_parted(struct driver *driver, const struct sweep_point *scene, uint32_t core,
                          uint32_t first, uint32_t second)
{
    const struct net *net = &scene->net;
    uint32_t per_chip = driver->device->cores_per_chip;
    const struct population *a = &net->populations.at[first], *b = &net->populations.at[second];
    const char *set_a = net->bias_sets.at[a->bias_set].name,
               *set_b = net->bias_sets.at[b->bias_set].name;
    struct diag *diag = diag_add(
        &driver->sink, DIAG_E0401, span_nowhere(),
        "`%s` and `%s` share chip%u.core%u, but their bias sets `%s` and `%s` would differ",
        a->name, b->name, core / per_chip, core % per_chip, set_a, set_b);
    diag_note(&driver->sink, diag, span_nowhere(),
              "the sets are equal as written, which is why they share a core; nothing is placed "
              "again for --set and --sweep");
    diag_help(&driver->sink, diag, span_nowhere(), NULL,
              "change both alike: `--set %s.ATTRIBUTE,%s.ATTRIBUTE=VALUE`", set_a, set_b);
}

static bool equal_codes(const struct bias_plan *plan, uint32_t a, uint32_t b)
{
    return a == b
           || !memcmp(plan->classes.at[a].code, plan->classes.at[b].code,
                      sizeof plan->classes.at[a].code);
}

/* The class that each core carries now. */
static bool assign_classes(struct driver *driver, struct arena *arena,
                           const struct sweep_point *scene, struct mapping *mapping)
{
    uint32_t *holder = ARENA_ARRAY(arena, uint32_t, mapping->n_cores);
    mapping->class_of_core = ARENA_ARRAY(arena, uint32_t, mapping->n_cores);
    for (uint32_t core = 0; core < mapping->n_cores; core++)
        mapping->class_of_core[core] = NET_NONE;
    for (uint32_t i = 0; i < mapping->pieces.n; i++) {
        const struct piece *piece = &mapping->pieces.at[i];
        uint32_t *at = &mapping->class_of_core[piece->core];
        uint32_t class = bias_class_of_population(&scene->plan, &scene->net, piece->population);
        if (*at == NET_NONE) {
            *at = class;
            holder[piece->core] = piece->population;
        } else if (!equal_codes(&scene->plan, *at, class)) {
            report_parted(driver, scene, piece->core, holder[piece->core], piece->population);
            return false;
        }
    }
    return true;
}

static bool emit(struct driver *driver, struct arena *arena, const struct mapping *mapping,
                 struct sweep_point *scene)
{
    struct image emitted;
    size_t n;
    const char *why;
    emit_image(arena, &scene->net, driver->device, &scene->plan, mapping, &driver->sources,
               DYNC_VERSION, &emitted);
    uint8_t *bytes = image_encode(arena, &emitted, &n);
    if (image_decode(arena, driver->device, bytes, n, &scene->image, &why))
        return verify_image(arena, &scene->net, DYNC_VERSION, bytes, n, &driver->sink);
    diag_add(&driver->sink, DIAG_E0901, span_nowhere(),
             "internal: the image does not decode (%s); please report this network", why);
    return false;
}

bool driver_sweep_point(struct driver *driver, struct arena *arena, const struct sweep *sweep,
                        uint32_t point, struct sweep_point *out)
{
    struct mapping mapping = driver->mapping;
    struct hushed before;
    uint32_t errors = driver->sink.n_errors;
    hush(&driver->sink, &before);
    bool ok = quantise(driver, arena, sweep, point, out);
    if (ok)
        bias_solve(arena, &out->net, driver->device, &driver->sink, &out->plan);
    ok = ok && driver->sink.n_errors == errors && assign_classes(driver, arena, out, &mapping)
         && emit(driver, arena, &mapping, out);
    unhush(&driver->sink, &before);
    return ok;
}
