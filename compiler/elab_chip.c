/* `set chip[k] { .. }`: settings of whole chips, under the names of the hardware. */
#include "compiler/elab_parts.h"

#include <string.h>

/* --- which chips --- */

bool elab_names_chips(const struct scope *scope, const struct expr *view)
{
    const struct expr *base = view;
    while (base->kind == EXPR_INDEX || base->kind == EXPR_DOT)
        base = base->a;
    return base->kind == EXPR_NAME && !strcmp(base->text, "chip")
           && !scope_find(scope, base->text, base->span);
}

static bool chips_of(struct eval *eval, struct scope *scope, const struct expr *expr,
                     struct index_range *chips)
{
    if (elab_names_chips(scope, expr) && expr->kind == EXPR_INDEX && expr->a->kind == EXPR_NAME
        && expr->subs.n == 1)
        return eval_subscript(eval, scope, &expr->subs.at[0], eval->net->chips, expr->a, chips);
    struct diag *diag =
        eval_report(eval, DIAG_E0203, expr->span, "`set chip` takes chips, got `%s`",
                    eval_source_text(eval, expr->span));
    diag_help(
        eval->sink, diag, span_nowhere(), NULL,
        "`chip[0]` is one chip, `chip[:]` all of them; populations need a `set` of their own");
    return false;
}

/* --- names --- */

/* Whether `path` names this setting: "NAME" in every group, "PREFIX.NAME" in the groups of that
 * prefix and in those below it. */
static bool names_setting(const char *path, const struct device_setting *setting)
{
    const char *dot = strrchr(path, '.'), *prefix = setting->group->prefix;
    if (strcmp(dot ? dot + 1 : path, setting->info->name) != 0)
        return false;
    size_t n = dot ? (size_t)(dot - path) : 0;
    return !dot || (!strncmp(path, prefix, n) && (prefix[n] == '\0' || prefix[n] == '.'));
}

static void unknown_setting(struct eval *eval, const struct attr *attr)
{
    struct diag_match match = {.text = attr->path};
    struct diag *diag = eval_report(eval, DIAG_E0202, attr->path_span,
                                    "`%s` is not a setting of a chip", attr->path);
    if (!diag->kept)
        return;
    for (uint32_t i = 0; i < device_n_settings(eval->device); i++) {
        struct device_setting setting = device_setting_at(eval->device, i);
        if (setting.info->kind == SETTING_PROBE)
            continue;
        diag_offer(&match, setting.info->name);
        diag_offer(&match,
                   arena_printf(eval->arena, "%s.%s", setting.group->prefix, setting.info->name));
    }
    if (match.name)
        diag_help(eval->sink, diag, attr->path_span, match.name, "did you mean `%s`?", match.name);
    else
        diag_note(eval->sink, diag, span_nowhere(),
                  "`%s target` lists them; biases of a core stand in a bias set", "dync");
}

static void probe_setting(struct eval *eval, const struct attr *attr)
{
    struct diag *diag = eval_report(eval, DIAG_E0202, attr->path_span,
                                    "`%s` follows from the network and is not set", attr->path);
    diag_help(eval->sink, diag, span_nowhere(), NULL,
              "`probe VIEW[i] : membrane;` puts a neuron on the monitor of its core");
}

/* --- values --- */

static bool setting_value(struct eval *eval, struct scope *scope, const struct attr *attr,
                          const struct setting_info *info, uint8_t value[2])
{
    const char *subject = arena_printf(eval->arena, "`%s`", attr->path);
    struct value given;
    int64_t number;
    bool on;
    value[1] = 0;
    switch (info->kind) {
    case SETTING_DAC:
        if (!eval_const(eval, scope, attr->value, &given))
            return false;
        if (given.kind != VALUE_DAC)
            return eval_wrong_type(eval, attr->value->span, subject, "dac(coarse, fine)", &given);
        value[0] = given.dac.coarse;
        value[1] = given.dac.fine;
        return true;
    case SETTING_SWITCH:
        if (!eval_bool(eval, scope, attr->value, subject, &on))
            return false;
        value[0] = on;
        return true;
    default:
        if (!eval_int_in(eval, scope, attr->value, subject, 0, info->most, &number))
            return false;
        value[0] = (uint8_t)number;
        return true;
    }
}

/* --- what was stated --- */

static const char *value_text(struct eval *eval, const struct chip_setting *setting)
{
    switch (device_setting_at(eval->device, setting->number).info->kind) {
    case SETTING_DAC:
        return arena_printf(eval->arena, "dac(%u, %u)", setting->value[0], setting->value[1]);
    case SETTING_SWITCH:
        return setting->value[0] ? "on" : "off";
    default:
        return arena_printf(eval->arena, "%u", setting->value[0]);
    }
}

static void two_values(struct eval *eval, const struct chip_setting *first,
                       const struct chip_setting *second)
{
    struct diag *diag = eval_report(
        eval, DIAG_E0207, second->span, "%s of chip %u is set to %s here and to %s before",
        second->name, second->chip, value_text(eval, second), value_text(eval, first));
    diag_note(eval->sink, diag, first->span, "the other value");
}

/* The settings of a chip in one list, made at first use. */
static const struct device_setting *all_settings(struct elab *elab)
{
    const struct device *device = elab->eval->device;
    if (elab->n_settings_of_chip)
        return elab->setting_of_chip;
    elab->n_settings_of_chip = device_n_settings(device);
    elab->setting_of_chip =
        ARENA_ARRAY(elab->eval->arena, struct device_setting, elab->n_settings_of_chip);
    for (uint32_t i = 0; i < elab->n_settings_of_chip; i++)
        elab->setting_of_chip[i] = device_setting_at(device, i);
    return elab->setting_of_chip;
}

/* Where a setting stands among those stated, + 1; 0: it was not. */
static uint32_t *stated_at(struct elab *elab, uint32_t chip, uint32_t number)
{
    struct arena *arena = elab->eval->arena;
    if (!elab->stated)
        elab->stated = ARENA_ARRAY(arena, uint32_t *, elab->eval->net->chips);
    if (!elab->stated[chip])
        elab->stated[chip] = ARENA_ARRAY(arena, uint32_t, elab->n_settings_of_chip);
    return &elab->stated[chip][number];
}

bool elab_state_setting(struct elab *elab, uint32_t chip, uint32_t number, uint8_t first,
                        uint8_t second, struct span span)
{
    struct eval *eval = elab->eval;
    const struct device_setting *setting = &all_settings(elab)[number];
    struct chip_setting stated = {chip, number, NULL, {first, second}, span};
    if (!eval_spend_units(eval, span, 1))
        return false;
    uint32_t *at = stated_at(elab, chip, number);
    if (*at) {
        const struct chip_setting *known = &elab->settings.at[*at - 1];
        stated.name = known->name;
        if (memcmp(known->value, stated.value, sizeof stated.value) != 0)
            two_values(eval, known, &stated);
        return true;
    }
    stated.name = arena_printf(eval->arena, "%s.%s", setting->group->prefix, setting->info->name);
    VEC_PUSH(eval->arena, &elab->settings, stated);
    *at = elab->settings.n;
    return true;
}

/* Every name that is looked at counts as a unit. */
static void read_setting(struct elab *elab, struct scope *scope, const struct attr *attr,
                         const struct index_range *chips)
{
    struct eval *eval = elab->eval;
    const struct device_setting *setting = all_settings(elab);
    bool found = false;
    if (!eval_spend_units(eval, attr->path_span, elab->n_settings_of_chip))
        return;
    for (uint32_t i = 0; i < elab->n_settings_of_chip; i++) {
        uint8_t value[2] = {0, 0};
        if (!names_setting(attr->path, &setting[i]))
            continue;
        found = true;
        if (setting[i].info->kind == SETTING_PROBE) {
            probe_setting(eval, attr);
            return;
        }
        if (!setting_value(eval, scope, attr, setting[i].info, value))
            return;
        for (uint64_t k = 0; k < chips->n; k++)
            if (!elab_state_setting(elab, (uint32_t)(chips->lo + (int64_t)k * chips->step), i,
                                    value[0], value[1], attr->path_span))
                return;
    }
    if (!found)
        unknown_setting(eval, attr);
}

void elab_chip_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    for (uint32_t v = 0; v < item->views.n && !elab->eval->private->stopped; v++) {
        struct index_range chips;
        if (!chips_of(elab->eval, scope, item->views.at[v], &chips))
            continue;
        for (uint32_t i = 0; i < item->attrs.n && !elab->eval->private->stopped; i++)
            read_setting(elab, scope, &item->attrs.at[i], &chips);
    }
}

void elab_apply_settings(struct elab *elab)
{
    struct eval *eval = elab->eval;
    for (uint32_t chip = 0; elab->stated && chip < eval->net->chips; chip++)
        for (uint32_t i = 0; elab->stated[chip] && i < elab->n_settings_of_chip; i++)
            if (elab->stated[chip][i])
                VEC_PUSH(eval->arena, &eval->net->settings,
                         elab->settings.at[elab->stated[chip][i] - 1]);
}
