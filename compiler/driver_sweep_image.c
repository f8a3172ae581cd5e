/* --set and --sweep on an image. It has codes and no bias sets, so that every core is read as a set
 * of its own whose block states codes: `chip0.core2.membrane.tau`, or a population's name for all
 * cores that hold neurons of it. */
#include "compiler/cmd_sim.h"
#include "compiler/driver.h"
#include "compiler/sweep_table.h"

#include <string.h>

struct image_sweep {
    struct driver *driver;
    struct sweep sweep;
    struct elaboration *elaboration; /* of nothing: what expressions are read with */
    uint32_t *set_of;                /* per core: its set; NET_NONE: nothing changes there */
    struct sweep_table table;
};

/* --- names --- */

static const char **list_names(struct arena *arena, const struct image *image, uint32_t *n)
{
    uint32_t per_chip = image->device->cores_per_chip, cores = image_cores(image);
    const char **name = ARENA_ARRAY(arena, const char *, (size_t)image->populations.n + cores);
    for (uint32_t p = 0; p < image->populations.n; p++)
        name[p] = image->populations.at[p].name;
    for (uint32_t core = 0; core < cores; core++)
        name[image->populations.n + core] =
            arena_printf(arena, "chip%u.core%u", core / per_chip, core % per_chip);
    *n = image->populations.n + cores;
    return name;
}

/* The cores that a name stands for: bytes, 1 for each. */
static uint8_t *cores_of(struct arena *arena, const struct image *image, uint32_t name)
{
    uint8_t *is = ARENA_ARRAY(arena, uint8_t, image_cores(image));
    if (name >= image->populations.n) {
        is[name - image->populations.n] = 1;
        return is;
    }
    const struct image_piece_vec *pieces = &image->populations.at[name].pieces;
    for (uint32_t i = 0; i < pieces->n; i++)
        is[pieces->at[i].chip * image->device->cores_per_chip + pieces->at[i].core] = 1;
    return is;
}

/* --- cores as bias sets --- */

/* An evaluator and a bias set at its defaults, from a text that says no more. */
static struct elaboration *elaborate_nothing(struct driver *driver)
{
    static const char text[] = "target dynapse2(chips = 1); bias core {}";
    struct elaboration *out = ARENA_NEW(&driver->arena, struct elaboration);
    const struct elaborate_options options = {.n_defines = 0};
    struct ast ast;
    uint16_t file = source_add(&driver->sources, "<image>", text, sizeof text - 1);
    parse_file(&driver->arena, &driver->sources, file, &driver->sink, &ast);
    elaborate(&driver->arena, &driver->sources, &ast, driver->device, &options, &driver->sink, out);
    return out;
}

static void add_core(struct image_sweep *s, const struct image *image, uint32_t core,
                     struct bias_set_vec *sets)
{
    uint32_t per_chip = image->device->cores_per_chip;
    struct bias_set set = sets->at[0];
    set.name = arena_printf(&s->driver->arena, "chip%u.core%u", core / per_chip, core % per_chip);
    for (uint32_t bias = 0; bias < N_BIASES; bias++) {
        struct bias_code code = image->bias[(size_t)core * N_BIASES + bias];
        set.request[bias].kind = REQUEST_CODE;
        set.request[bias].coarse = code.coarse;
        set.request[bias].fine = code.fine;
    }
    s->set_of[core] = sets->n;
    VEC_PUSH(&s->driver->arena, sets, set);
}

static void add_cores(struct image_sweep *s)
{
    const struct image *image = &s->driver->image;
    struct bias_set_vec *sets = &s->elaboration->net.bias_sets;
    s->set_of = ARENA_ARRAY(&s->driver->arena, uint32_t, image_cores(image));
    for (uint32_t core = 0; core < image_cores(image); core++)
        s->set_of[core] = NET_NONE;
    for (uint32_t a = 0; a < s->sweep.axes.n; a++)
        for (uint32_t i = 0; i < s->sweep.axes.at[a].targets.n; i++) {
            uint8_t *is =
                cores_of(&s->driver->arena, image, s->sweep.axes.at[a].targets.at[i].object);
            for (uint32_t core = 0; core < image_cores(image); core++)
                if (is[core] && s->set_of[core] == NET_NONE)
                    add_core(s, image, core, sets);
        }
}

/* --- points --- */

static bool restate_cores(struct image_sweep *s, struct arena *arena,
                          const struct sweep_target *target, const struct attr *attr,
                          struct bias_set_vec *sets)
{
    const struct image *image = &s->driver->image;
    uint8_t *is = cores_of(arena, image, target->object);
    for (uint32_t core = 0; core < image_cores(image); core++)
        if (is[core] && !bias_restate(s->elaboration->eval, sets, s->set_of[core], attr))
            return false;
    return true;
}

/* The codes of every core that changes, as a plan; false: reported. */
static bool quantise(struct image_sweep *s, struct arena *arena, uint32_t point,
                     struct bias_plan *plan)
{
    struct net net = s->elaboration->net;
    const struct bias_set_vec *sets = &s->elaboration->net.bias_sets;
    struct diag_sink *sink = &s->driver->sink;
    uint32_t errors = sink->n_errors;
    net.bias_sets.at = ARENA_ARRAY(arena, struct bias_set, sets->n);
    memcpy(net.bias_sets.at, sets->at, sets->n * sizeof *sets->at);
    for (uint32_t a = 0; a < s->sweep.axes.n; a++)
        for (uint32_t i = 0; i < s->sweep.axes.at[a].targets.n; i++) {
            struct attr attr = sweep_attr(&s->sweep, a, i, point);
            if (!restate_cores(s, arena, &s->sweep.axes.at[a].targets.at[i], &attr, &net.bias_sets))
                return false;
        }
    bias_quantise(arena, &net, s->driver->device, sink, plan);
    return sink->n_errors == errors;
}

static const struct image *point_image(void *context, struct arena *arena, uint32_t point)
{
    struct image_sweep *s = context;
    struct image *image = ARENA_NEW(arena, struct image);
    struct bias_plan plan;
    *image = s->driver->image;
    size_t n = (size_t)image_cores(image) * N_BIASES;
    image->bias = ARENA_ARRAY(arena, struct bias_code, n);
    memcpy(image->bias, s->driver->image.bias, n * sizeof *image->bias);
    if (!quantise(s, arena, point, &plan))
        return NULL;
    for (uint32_t core = 0; core < image_cores(image); core++)
        if (s->set_of[core] != NET_NONE)
            memcpy(&image->bias[(size_t)core * N_BIASES],
                   plan.classes.at[plan.class_of_set[s->set_of[core]]].code,
                   N_BIASES * sizeof *image->bias);
    return image;
}

static void point_row(void *context, const struct image *image, uint32_t point)
{
    struct image_sweep *s = context;
    sweep_table_row(&s->table);
    sweep_table_point(&s->table, &s->driver->sources, &s->sweep, point);
    for (uint32_t a = 0; a < s->sweep.axes.n; a++) {
        const struct sweep_axis *axis = &s->sweep.axes.at[a];
        for (uint32_t i = 0; i < axis->targets.n; i++) {
            const struct sweep_target *target = &axis->targets.at[i];
            const uint8_t *is = cores_of(s->table.arena, image, target->object);
            uint32_t core = (uint32_t)((const uint8_t *)memchr(is, 1, image_cores(image)) - is);
            double value =
                bias_realised(s->driver->device, &s->elaboration->net.bias_sets.at[s->set_of[core]],
                              target->attribute, axis->dim, &image->bias[(size_t)core * N_BIASES]);
            sweep_table_number(&s->table,
                               arena_printf(s->table.arena, "%s_realised%s", target->name,
                                            sweep_unit(s->table.arena, axis->dim)),
                               value);
        }
    }
}

/* Reported at the first point: the others say the same, or are further off. */
static bool check_points(struct image_sweep *s)
{
    for (uint32_t point = 0; point < s->sweep.n_points; point++) {
        struct arena *scratch = arena_scratch(&s->driver->arena);
        struct bias_plan plan;
        bool ok = quantise(s, scratch, point, &plan);
        arena_scratch_end(scratch);
        if (!ok)
            return false;
    }
    return true;
}

/* Delays follow from three currents that are solved for; a bias for each is what an image has. */
static bool has_codes(struct image_sweep *s)
{
    struct diag_sink *sink = &s->driver->sink;
    for (uint32_t a = 0; a < s->sweep.axes.n; a++)
        for (uint32_t i = 0; i < s->sweep.axes.at[a].targets.n; i++) {
            const struct sweep_target *target = &s->sweep.axes.at[a].targets.at[i];
            if (strncmp(target->attribute, "delay.", 6) != 0)
                continue;
            struct diag *diag = diag_add(sink, DIAG_E0202, target->span,
                                         "an image has no `%s`: its cores delay by three currents",
                                         target->attribute);
            diag_help(sink, diag, span_nowhere(), NULL,
                      "`dync test --set` solves for them; here are `%.*sSYPD_DLY0_P` and so on",
                      (int)(target->attribute - target->name), target->name);
            return false;
        }
    return true;
}

static bool read_all(struct image_sweep *s, const struct sweep_names *names, const char *option,
                     const struct text_vec *given)
{
    bool ok = true;
    for (uint32_t i = 0; i < given->n; i++)
        ok = sweep_add(s->elaboration->eval, names, option, given->at[i], &s->sweep) && ok;
    return ok;
}

bool driver_sweep_image(struct driver *driver, struct sim_points *points)
{
    const struct options *options = driver->options;
    struct sweep_names names = {.what = "population or core"};
    struct image_sweep *s = ARENA_NEW(&driver->arena, struct image_sweep);
    names.name = list_names(&driver->arena, &driver->image, &names.n);
    s->driver = driver;
    s->sweep.n_points = 1;
    s->elaboration = elaborate_nothing(driver);
    sweep_table_init(&s->table, &driver->arena);
    bool ok = read_all(s, &names, "--set", &options->sets);
    ok = read_all(s, &names, "--sweep", &options->sweeps) && ok;
    if (!ok || !has_codes(s))
        return false;
    add_cores(s);
    *points = (struct sim_points){s->sweep.n_points, s, point_image, point_row, &s->table};
    return check_points(s);
}
