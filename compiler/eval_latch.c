/* Attributes of `population` and `set`: latches under their friendly and raw names. */
#include "compiler/eval_parts.h"

#include <string.h>

enum { N_MODEL_WORDS = 2, N_HOMEOSTASIS_WORDS = 3 };
static const char *const model_words[N_MODEL_WORDS] = {"threshold", "exponential"};
static const char *const homeostasis_words[N_HOMEOSTASIS_WORDS] = {"off", "soma", "dendrite"};

struct latch_name {
    const char *raw, *friendly;
};
static const struct latch_name latch_names[N_LATCHES] = {
#define LATCH(name, attribute, meaning, source) {"latch." #name, attribute},
#include "backend/device/dynapse2.def"
};

/* What an attribute sets: a switch takes one latch, homeostasis two. */
struct setting {
    uint16_t mask, value;
};

static void unknown_attribute(struct eval *eval, const struct attr *attr)
{
    const char *names[2 * N_LATCHES + 1] = {"rate"};
    uint32_t n = 1;
    for (uint32_t i = 0; i < N_LATCHES; i++) {
        names[n++] = latch_names[i].raw;
        if (latch_names[i].friendly[0])
            names[n++] = latch_names[i].friendly;
    }
    if (!strcmp(attr->path, names[0])) { /* the declaration takes it before */
        eval_report(eval, DIAG_E0202, attr->path_span,
                    "`rate` is stated where a population is declared, for all of it");
        return;
    }
    struct diag *diag = eval_report(eval, DIAG_E0202, attr->path_span,
                                    "`%s` is not an attribute of a population", attr->path);
    const char *near = diag_nearest(attr->path, names, n);
    if (near)
        diag_help(eval->sink, diag, attr->path_span, near, "did you mean `%s`?", near);
    else
        diag_note(
            eval->sink, diag, span_nowhere(),
            "attributes are rate, model, dc, adaptation, kill, nmda_gate, conductance, alpha_ampa, "
            "alpha_nmda, ampa_diffusion, homeostasis and latch.NAME");
}

static bool set_switch(struct eval *eval, struct scope *scope, const struct attr *attr,
                       unsigned latch, struct setting *out)
{
    bool on;
    const char *subject = arena_printf(eval->arena, "`%s`", attr->path);
    if (!eval_bool(eval, scope, attr->value, subject, &on))
        return false;
    out->mask = (uint16_t)(1u << latch);
    out->value = on ? out->mask : 0;
    return true;
}

static bool set_words(struct eval *eval, const struct attr *attr, struct setting *out)
{
    uint32_t which;
    if (!strcmp(attr->path, "model")) {
        if (!eval_enum(eval, attr->value, "`model`", model_words, N_MODEL_WORDS, &which))
            return false;
        out->mask = 1u << LATCH_soif_type;
        out->value = which ? out->mask : 0;
        return true;
    }
    if (!eval_enum(eval, attr->value, "`homeostasis`", homeostasis_words, N_HOMEOSTASIS_WORDS,
                   &which))
        return false;
    if (which)
        eval_report(
            eval, DIAG_N0814, attr->path_span,
            "`homeostasis = %s` sets latch ho_so_de %s: its sense is assumed, not documented",
            homeostasis_words[which], which == 1 ? "on" : "off");
    out->mask = 1u << LATCH_ho_enable | 1u << LATCH_ho_so_de;
    out->value = which == 0 ? 0 : which == 1 ? out->mask : (uint16_t)(1u << LATCH_ho_enable);
    return true;
}

static bool read_attribute(struct eval *eval, struct scope *scope, const struct attr *attr,
                           struct setting *out)
{
    if (!strcmp(attr->path, "model") || !strcmp(attr->path, "homeostasis"))
        return set_words(eval, attr, out);
    for (unsigned i = 0; i < N_LATCHES; i++)
        if (!strcmp(latch_names[i].raw, attr->path)
            || (latch_names[i].friendly[0] && !strcmp(latch_names[i].friendly, attr->path)))
            return set_switch(eval, scope, attr, i, out);
    unknown_attribute(eval, attr);
    return false;
}

bool eval_latches(struct eval *eval, struct scope *scope, const struct attr_vec *attrs,
                  uint16_t *mask, uint16_t *value)
{
    struct span set_at[N_LATCHES] = {{0, 0, 0}};
    bool ok = true;
    *mask = *value = 0;
    for (uint32_t i = 0; i < attrs->n; i++) {
        const struct attr *attr = &attrs->at[i];
        struct setting setting;
        if (!read_attribute(eval, scope, attr, &setting)) {
            ok = false;
            continue;
        }
        for (unsigned l = 0; l < N_LATCHES; l++) {
            if (!(setting.mask & 1u << l))
                continue;
            if (*mask & 1u << l) {
                struct diag *diag = eval_report(eval, DIAG_E0207, attr->path_span,
                                                "%s is set twice", latch_names[l].raw);
                diag_note(eval->sink, diag, set_at[l], "first set here");
                ok = false;
                break;
            }
            set_at[l] = attr->path_span;
        }
        *mask |= setting.mask;
        *value = (uint16_t)((*value & ~setting.mask) | setting.value);
    }
    return ok;
}
