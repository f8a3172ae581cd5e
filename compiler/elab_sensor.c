/* Inputs that come from a sensor at the board: `= dvs(..)` and `= bioamp(..)`. */
#include "compiler/elab_parts.h"

#include <stdlib.h>
#include <string.h>

enum { X, Y };
enum { PS_PER_NS = 1000, FILTER_Y = 16 }; /* a raw pixel is y << FILTER_Y | x */
static const char axis_name[] = {'x', 'y'};
static const char *const axis_units[] = {"columns", "rows"};

struct sensor { /* one being read */
    struct elab *elab;
    struct eval *eval;
    struct scope *scope;
    const struct item *item;
    struct input *input;
    const struct camera_info *camera;
    struct dvs *dvs;
};

/* --- arguments --- */

/* Two whole numbers as `[x, y]`. */
static bool read_pair(const struct sensor *s, const struct expr *expr, const char *name,
                      int64_t least, int64_t most_x, int64_t most_y, int64_t pair[2])
{
    struct value value;
    if (!eval_const(s->eval, s->scope, expr, &value))
        return false;
    bool ok = value.kind == VALUE_LIST && value.list->n == 2;
    for (uint32_t i = 0; ok && i < 2; i++)
        ok = value.list->at[i].kind == VALUE_INT && !value.list->at[i].unknown;
    if (!ok)
        return eval_wrong_type(s->eval, expr->span, arena_printf(s->eval->arena, "`%s`", name),
                               "two whole numbers, [x, y]", &value);
    for (uint32_t i = 0; i < 2; i++) {
        int64_t most = i == X ? most_x : most_y;
        pair[i] = value.list->at[i].integer;
        if (pair[i] >= least && pair[i] <= most)
            continue;
        eval_report(s->eval, DIAG_E0205, expr->span, "%c of `%s` is %lld, allowed are %lld to %lld",
                    axis_name[i], name, (long long)pair[i], (long long)least, (long long)most);
        return false;
    }
    return true;
}

static bool read_chip(const struct sensor *s, const struct arg *arg)
{
    int64_t chip = 0;
    if (arg
        && !eval_int_in(s->eval, s->scope, arg->value, "`chip` of a sensor", 0,
                        (int64_t)s->eval->net->chips - 1, &chip))
        return false;
    s->input->chip = (uint32_t)chip;
    for (uint32_t i = 0; i < s->eval->net->inputs.n; i++) {
        const struct input *other = &s->eval->net->inputs.at[i];
        if (other->kind != s->input->kind || other->chip != s->input->chip)
            continue;
        const char *what = other->kind == INPUT_DVS ? "camera interface" : "biosignal front end";
        struct diag *diag = eval_report(s->eval, DIAG_E0309, s->item->name_span,
                                        "input %s needs a second %s on chip %u, which has one",
                                        s->input->name, what, s->input->chip);
        diag_note(s->eval->sink, diag, other->span, "%s is at the first", other->name);
        if (s->eval->net->chips > 1)
            diag_help(s->eval->sink, diag, span_nowhere(), NULL,
                      "`chip = k` puts a sensor at another chip");
        return false;
    }
    return true;
}

/* --- camera: pooling and window --- */

static bool read_pool(const struct sensor *s, const struct arg *arg)
{
    int64_t pool[2] = {1, 1}, most = s->eval->device->dvs_pool;
    struct value value;
    if (!arg)
        return true;
    if (!eval_const(s->eval, s->scope, arg->value, &value))
        return false;
    if (value.kind == VALUE_INT) {
        if (!eval_int_in(s->eval, s->scope, arg->value, "`pool`", 1, most, &pool[X]))
            return false;
        pool[Y] = pool[X];
    } else if (!read_pair(s, arg->value, "pool", 1, most, most, pool)) {
        return false;
    }
    for (uint32_t i = 0; i < 2; i++) {
        if (pool[i] & (pool[i] - 1)) {
            struct diag *diag = eval_report(s->eval, DIAG_E0205, arg->value->span,
                                            "%c of `pool` is %lld, which is no power of two",
                                            axis_name[i], (long long)pool[i]);
            diag_note(s->eval->sink, diag, span_nowhere(),
                      "the interface pools by shifting addresses: 1, 2, 4 .. %lld",
                      (long long)most);
            return false;
        }
        s->dvs->pooling_shift[i] = (uint8_t)__builtin_ctzll((unsigned long long)pool[i]);
    }
    return true;
}

static bool read_origin(const struct sensor *s, const struct arg *arg)
{
    int64_t origin[2] = {0, 0};
    if (arg
        && !read_pair(s, arg->value, "origin", 0, s->camera->width - 1, s->camera->height - 1,
                      origin))
        return false;
    for (uint32_t i = 0; i < 2; i++)
        s->dvs->origin[i] = (uint16_t)origin[i];
    return true;
}

/* One axis of the window: pooled pixels against the table, raw ones against the camera. */
static bool check_axis(const struct sensor *s, uint32_t axis, uint32_t pixels)
{
    uint32_t size = axis == X ? s->camera->width : s->camera->height;
    struct span span = s->item->dims.at[axis == X ? 1 : 0]->span;
    uint32_t limit = s->eval->device->dvs_window, shift = s->dvs->pooling_shift[axis];
    if (pixels > limit) {
        struct diag *diag =
            eval_report(s->eval, DIAG_E0309, span,
                        "input %s needs %u %s of pixels, the window of a camera has %u",
                        s->input->name, pixels, axis_units[axis], limit);
        diag_note(s->eval->sink, diag, span_nowhere(),
                  "one entry of the pixel table per pixel; the size of the table, %u x %u, is not "
                  "verified",
                  limit, limit);
        return false;
    }
    uint64_t end = s->dvs->origin[axis] + ((uint64_t)pixels << shift);
    s->dvs->max[axis] = (uint16_t)(end - 1);
    if (end <= size)
        return true;
    struct diag *diag = eval_report(
        s->eval, DIAG_E0309, span, "input %s needs %llu %s of raw pixels, %s has %u",
        s->input->name, (unsigned long long)end, axis_units[axis], s->camera->name, size);
    diag_note(s->eval->sink, diag, span_nowhere(), "origin %u + %u pixels pooled by %u",
              s->dvs->origin[axis], pixels, 1u << shift);
    uint32_t most = (size - s->dvs->origin[axis]) >> shift;
    most = most < limit ? most : limit;
    if (most > 0)
        diag_help(s->eval->sink, diag, span_nowhere(), NULL, "%u %s fit from this origin on", most,
                  axis_units[axis]);
    return false;
}

static bool check_window(const struct sensor *s)
{
    const struct dims *dims = &s->input->dims;
    if (dims->n != 2) {
        eval_report(s->eval, DIAG_E0203, s->item->name_span,
                    "input `%s` has %u dimension%s; the pixels of a camera have two, [rows, "
                    "columns]",
                    s->input->name, dims->n, dims->n == 1 ? "" : "s");
        return false;
    }
    bool ok = check_axis(s, X, dims->size[1]);
    return check_axis(s, Y, dims->size[0]) && ok;
}

/* --- camera: polarity, filter, copy --- */

static bool read_polarity(const struct sensor *s, const struct arg *arg)
{
    enum { POLARITY_ON, POLARITY_OFF, POLARITY_BOTH, N_POLARITIES };
    static const char *const words[N_POLARITIES] = {"on", "off", "both"};
    uint32_t which = POLARITY_BOTH;
    if (arg && !eval_enum(s->eval, arg->value, "`polarity`", words, N_POLARITIES, &which))
        return false;
    s->dvs->on_events = which != POLARITY_OFF;
    s->dvs->off_events = which != POLARITY_ON;
    return true;
}

static int ascending(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* A coordinate of a table of raw pixels: a whole number, as files may hold it as a real. */
static bool whole(const struct value *value, uint32_t limit, uint32_t *out)
{
    double x = value->kind == VALUE_INT || value->kind == VALUE_REAL ? value_as_real(value) : -1;
    *out = x >= 0 && x < limit ? (uint32_t)x : limit;
    double back = *out;
    return *out < limit && !(back < x) && !(back > x);
}

static bool read_filter_pixel(const struct sensor *s, const struct expr *expr,
                              const struct matrix *matrix, uint32_t row, uint32_t *pixel)
{
    struct value cell[2];
    uint32_t at[2];
    matrix_cell(matrix, 2 * (uint64_t)row, &cell[X]);
    matrix_cell(matrix, 2 * (uint64_t)row + 1, &cell[Y]);
    if (!whole(&cell[X], s->camera->width, &at[X]) || !whole(&cell[Y], s->camera->height, &at[Y])) {
        eval_report(s->eval, DIAG_E0210, expr->span,
                    "pixel %u of `filter` lies outside %s (valid: 0..%u, 0..%u)", row,
                    s->camera->name, s->camera->width - 1u, s->camera->height - 1u);
        return false;
    }
    *pixel = at[Y] << FILTER_Y | at[X];
    return true;
}

static bool read_filter(const struct sensor *s, const struct arg *arg)
{
    struct value value;
    struct dvs *dvs = s->dvs;
    if (!arg)
        return true;
    if (!eval_const(s->eval, s->scope, arg->value, &value))
        return false;
    if (value.kind == VALUE_LIST && value.list->n == 0)
        return true;
    if (value.kind != VALUE_MATRIX || value.matrix->cols != 2)
        return eval_wrong_type(s->eval, arg->value->span, "`filter`",
                               "a list of raw pixels, [[x, y], ..]", &value);
    uint32_t n = value.matrix->rows;
    dvs->filter = ARENA_ARRAY(s->eval->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        if (!read_filter_pixel(s, arg->value, value.matrix, i, &dvs->filter[i]))
            return false;
    qsort(dvs->filter, n, sizeof *dvs->filter, ascending);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || dvs->filter[i] != dvs->filter[i - 1])
            dvs->filter[dvs->n_filter++] = dvs->filter[i];
    if (dvs->n_filter <= s->eval->device->dvs_filter)
        return true;
    struct diag *diag = eval_report(s->eval, DIAG_E0309, arg->value->span,
                                    "input %s needs %u raw pixels dropped, the filter has %u",
                                    s->input->name, dvs->n_filter, s->eval->device->dvs_filter);
    diag_note(s->eval->sink, diag, span_nowhere(), "the size of the filter is not verified");
    return false;
}

/* Raw events go on to the interface of another chip, or west of the board to the host. */
static bool read_copy(const struct sensor *s, const struct arg *arg)
{
    const struct net *net = s->eval->net;
    int64_t hop[2], most = s->eval->device->max_hop;
    if (!arg)
        return true;
    if (!read_pair(s, arg->value, "copy", -most, most, most, hop))
        return false;
    int64_t x = (int64_t)(s->input->chip % net->grid_w) + hop[X];
    int64_t y = (int64_t)(s->input->chip / net->grid_w) + hop[Y];
    bool lands = x < 0 || (x < net->grid_w && y >= 0 && y < net->grid_h);
    if (!lands || (hop[X] == 0 && hop[Y] == 0)) {
        struct diag *diag = eval_report(
            s->eval, DIAG_E0309, arg->value->span,
            "input %s copies its events %lld, %lld chips on from chip %u, where there is %s",
            s->input->name, (long long)hop[X], (long long)hop[Y], s->input->chip,
            lands ? "the camera itself" : "no chip");
        diag_note(s->eval->sink, diag, span_nowhere(), "the board has %u x %u chips", net->grid_w,
                  net->grid_h);
        return false;
    }
    s->dvs->copy_events = true;
    for (uint32_t i = 0; i < 2; i++)
        s->dvs->copy_hop[i] = (int8_t)hop[i];
    return true;
}

static bool read_handshake(const struct sensor *s, const struct arg *arg)
{
    int64_t ps = 0;
    if (arg && !eval_time_ps(s->eval, s->scope, arg->value, "`handshake`", &ps))
        return false;
    if (ps >= 0 && ps / PS_PER_NS <= UINT32_MAX && ps % PS_PER_NS == 0) {
        s->dvs->handshake_ns = (uint32_t)(ps / PS_PER_NS);
        return true;
    }
    eval_report(s->eval, DIAG_E0205, arg->value->span,
                "`handshake` is %.9g ns; it is a whole number of nanoseconds, 0 ns to %u ns",
                (double)ps / PS_PER_NS, UINT32_MAX);
    return false;
}

/* --- the sensors --- */

enum dvs_arg {
    DVS_CAMERA,
    DVS_ORIGIN,
    DVS_POOL,
    DVS_POLARITY,
    DVS_FILTER,
    DVS_COPY,
    DVS_DROP,
    DVS_HANDSHAKE,
    DVS_CHIP,
    N_DVS_ARGS
};

static bool read_dvs(struct sensor *s, const struct arg *const *arg)
{
    const char *names[N_CAMERAS];
    uint32_t which;
    for (uint32_t i = 0; i < N_CAMERAS; i++)
        names[i] = s->eval->device->camera[i].name;
    if (!eval_enum(s->eval, arg[DVS_CAMERA]->value, "the camera", names, N_CAMERAS, &which))
        return false;
    s->camera = &s->eval->device->camera[which];
    s->dvs->camera = s->camera->name;
    s->dvs->mode = s->camera->code;
    bool ok = read_chip(s, arg[DVS_CHIP]);
    ok = read_polarity(s, arg[DVS_POLARITY]) && ok;
    ok = read_filter(s, arg[DVS_FILTER]) && ok;
    ok = (!arg[DVS_COPY] || (ok && read_copy(s, arg[DVS_COPY]))) && ok;
    ok = (!arg[DVS_DROP]
          || eval_bool(s->eval, s->scope, arg[DVS_DROP]->value, "`drop`", &s->dvs->drop_events))
         && ok;
    ok = read_handshake(s, arg[DVS_HANDSHAKE]) && ok;
    bool window = read_pool(s, arg[DVS_POOL]);
    window = read_origin(s, arg[DVS_ORIGIN]) && window;
    return window && check_window(s) && ok;
}

static bool call_dvs(struct sensor *s)
{
    static const struct arg_spec specs[N_DVS_ARGS] = {
        {"camera", true},    {"origin", false},    {"pool", false},
        {"polarity", false}, {"filter", false},    {"copy", false},
        {"drop", false},     {"handshake", false}, {"chip", false}};
    const struct arg *arg[N_DVS_ARGS];
    const struct expr *call = s->item->value;
    s->input->kind = INPUT_DVS;
    s->input->dvs = s->dvs = ARENA_NEW(s->eval->arena, struct dvs);
    if (!eval_match_args(s->eval, "dvs", call->span, &call->args, specs, N_DVS_ARGS, 1, arg)
        || !read_dvs(s, arg))
        return false;
    eval_report(s->eval, DIAG_N0815, call->span,
                "that the window of %s counts raw pixels, x before y, is assumed, not documented",
                s->input->name);
    return true;
}

static bool call_bioamp(struct sensor *s)
{
    static const struct arg_spec specs[] = {{"gain", false}, {"chip", false}};
    const struct arg *arg[2];
    const struct device *device = s->eval->device;
    const struct expr *call = s->item->value;
    const struct dims *dims = &s->input->dims;
    int64_t gain;
    s->input->kind = INPUT_BIOAMP;
    if (!eval_match_args(s->eval, "bioamp", call->span, &call->args, specs, 2, 0, arg)
        || !read_chip(s, arg[1]))
        return false;
    if (dims->n != 2 || dims->size[0] != device->bioamp_channels
        || dims->size[1] != device->bioamp_types) {
        struct diag *diag =
            eval_report(s->eval, DIAG_E0203, s->item->name_span,
                        "input `%s` is a biosignal front end, which has [%u, %u] units: channel, "
                        "event type",
                        s->input->name, device->bioamp_channels, device->bioamp_types);
        diag_note(s->eval->sink, diag, span_nowhere(),
                  "event types are L l A a R r F f: low-pass, amplifier, ripple and fast ripple, "
                  "up and down");
        return false;
    }
    int number = device_setting_find(device, "bioamp", "gain");
    if (arg[0]) {
        if (!eval_int_in(s->eval, s->scope, arg[0]->value, "`gain`", 0,
                         device_setting_at(device, (uint32_t)number).info->most, &gain))
            return false;
        elab_state_setting(s->elab, s->input->chip, (uint32_t)number, (uint8_t)gain, 0,
                           arg[0]->value->span);
    }
    eval_report(s->eval, DIAG_N0815, call->span,
                "%s sends tag %u route + %u channel + type: one of two readings, assumed",
                s->input->name, device_bioamp_tags(device), device->bioamp_types);
    return true;
}

bool elab_sensor(struct elab *elab, struct scope *scope, const struct item *item,
                 struct input *input)
{
    struct eval *eval = elab->eval;
    struct sensor sensor = {
        .elab = elab, .eval = eval, .scope = scope, .item = item, .input = input};
    enum builtin source = call_builtin(scope, item->value);
    if (source == BUILTIN_DVS)
        return call_dvs(&sensor);
    if (source == BUILTIN_BIOAMP)
        return call_bioamp(&sensor);
    eval_report(eval, DIAG_E0203, item->value->span,
                "the source of an input is `dvs(..)` or `bioamp(..)`, got `%s`",
                eval_source_text(eval, item->value->span));
    return false;
}
