#include "compiler/value.h"

#include "compiler/base/text.h"

#include <math.h>

struct value value_poison(void)
{
    return (struct value){.kind = VALUE_POISON};
}

struct value value_int(int64_t x)
{
    return (struct value){.kind = VALUE_INT, .integer = x};
}

struct value value_real(double x, struct dimension dim)
{
    return (struct value){.kind = VALUE_REAL, .dim = dim, .real = x};
}

struct value value_bool(bool x)
{
    return (struct value){.kind = VALUE_BOOL, .boolean = x};
}

struct value value_string(const char *text)
{
    return (struct value){.kind = VALUE_STRING, .string = text};
}

struct value value_view(const struct view *view)
{
    return (struct value){.kind = VALUE_VIEW, .view = *view};
}

struct value value_bias(uint32_t bias_set)
{
    return (struct value){.kind = VALUE_BIAS, .bias_set = bias_set};
}

struct value value_unknown(enum value_kind kind, struct dimension dim)
{
    return (struct value){.kind = kind, .unknown = true, .dim = dim};
}

bool value_is_number(const struct value *value)
{
    return value->kind == VALUE_INT
           || (value->kind == VALUE_REAL && dimension_equal(value->dim, DIM_NONE));
}

bool value_has_dim(const struct value *value, struct dimension dim)
{
    if (value->zero)
        return true;
    if (value->kind == VALUE_INT)
        return dimension_equal(dim, DIM_NONE);
    return value->kind == VALUE_REAL && dimension_equal(value->dim, dim);
}

double value_as_real(const struct value *value)
{
    return value->kind == VALUE_INT ? (double)value->integer : value->real;
}

static void add_power(struct text *text, const char *unit, int power)
{
    if (power == 0)
        return;
    const char *gap = text->n ? " " : "";
    if (power == 1)
        text_add(text, "%s%s", gap, unit);
    else
        text_add(text, "%s%s^%d", gap, unit, power);
}

const char *dimension_unit(struct arena *arena, struct dimension dim)
{
    if (dimension_equal(dim, DIM_FREQUENCY))
        return "1/s";
    struct text text;
    text_init(&text, arena);
    add_power(&text, "A", dim.a);
    add_power(&text, "s", dim.s);
    add_power(&text, "V", dim.v);
    return text.n ? text.at : "1";
}

/* The dimensions that have a name of their own, else NULL. */
static const char *dimension_name(struct dimension dim)
{
    if (dimension_equal(dim, DIM_NONE))
        return "plain number";
    if (dimension_equal(dim, DIM_CURRENT))
        return "current";
    if (dimension_equal(dim, DIM_TIME))
        return "time";
    if (dimension_equal(dim, DIM_VOLTAGE))
        return "voltage";
    return dimension_equal(dim, DIM_FREQUENCY) ? "frequency" : NULL;
}

const char *dimension_text(struct arena *arena, struct dimension dim)
{
    const char *name = dimension_name(dim);
    return name ? name : arena_printf(arena, "quantity in %s", dimension_unit(arena, dim));
}

const char *value_kind_text(struct arena *arena, const struct value *value)
{
    static const char *const text[N_VALUE_KINDS] = {[VALUE_POISON] = "nothing",
                                                    [VALUE_INT] = "an int",
                                                    [VALUE_BOOL] = "a bool",
                                                    [VALUE_STRING] = "a string",
                                                    [VALUE_LIST] = "a list",
                                                    [VALUE_MATRIX] = "a matrix",
                                                    [VALUE_INSTANCE] = "a net instance",
                                                    [VALUE_INSTANCES] = "an array of net instances",
                                                    [VALUE_BIAS] = "a bias set",
                                                    [VALUE_SLOTS] = "a weight slot",
                                                    [VALUE_DAC] = "a dac() code",
                                                    [VALUE_STIMULUS] = "a stimulus"};
    if (value->kind == VALUE_VIEW)
        return value->view.kind == UNIT_INPUT ? "an input" : "a population";
    if (value->kind == VALUE_REAL)
        return arena_printf(arena, "a %s", dimension_text(arena, value->dim));
    return text[value->kind];
}

/* x * scale rounded half away from zero. The product is one rounding off the decimal that was
 * written, which is far below one half for every current and time a chip can hold. */
static bool round_scaled(double x, double scale, int64_t *out)
{
    double y = x * scale;
    double whole = floor(fabs(y));
    if (fabs(y) - whole >= 0.5)
        whole += 1;
    if (!(whole < 9.2e18))
        return false;
    *out = y < 0 ? -(int64_t)whole : (int64_t)whole;
    return true;
}

bool current_to_za(double ampere, int64_t *za)
{
    return round_scaled(ampere, 1e21, za);
}

bool multiple_to_za(double number, int64_t unit_za, int64_t *za)
{
    return round_scaled(number, (double)unit_za, za);
}

bool time_to_ps(double seconds, int64_t *ps)
{
    return round_scaled(seconds, 1e12, ps);
}
