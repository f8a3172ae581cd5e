/* V9 for chips: settings are as stated, the monitors as the probes need them, nothing else is set.
 */
#include "backend/verify/checks.h"

#include <string.h>

/* What the image has to hold, per chip and setting that somebody asks for. */
struct wanted {
    uint32_t chip, number;
    uint8_t value[2];
    struct span span;
};
struct wanted_vec VEC_OF(struct wanted);

/* The number of "PREFIX.NAME"; NET_NONE: there is none. */
static uint32_t setting_number(const char *path)
{
    struct layout_setting setting;
    for (uint32_t i = 0; layout_setting(i, &setting); i++) {
        size_t n = strlen(setting.prefix);
        if (!strncmp(path, setting.prefix, n) && path[n] == '.'
            && !strcmp(path + n + 1, setting.name))
            return i;
    }
    return NET_NONE;
}

static const char *setting_text(const struct verify *v, uint32_t chip, uint32_t number)
{
    struct layout_setting setting;
    return layout_setting(number, &setting)
               ? arena_printf(v->arena, "%s.%s of chip %u", setting.prefix, setting.name, chip)
               : arena_printf(v->arena, "setting %u of chip %u, which does not exist", number,
                              chip);
}

static uint32_t place_of(const struct wanted_vec *list, uint32_t chip, uint32_t number)
{
    uint32_t lo = 0, hi = list->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        const struct wanted *at = &list->at[mid];
        if (at->chip < chip || (at->chip == chip && at->number < number))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* What is stated comes first; of two membrane probes on a core, which V11 refuses, the first. */
static void want(struct verify *v, struct wanted_vec *list, struct wanted wanted)
{
    uint32_t i = place_of(list, wanted.chip, wanted.number);
    if (i < list->n && list->at[i].chip == wanted.chip && list->at[i].number == wanted.number)
        return;
    VEC_PUSH(v->arena, list, wanted);
    for (uint32_t k = list->n - 1; k > i; k--)
        list->at[k] = list->at[k - 1];
    list->at[i] = wanted;
}

static void want_stated(struct verify *v, struct wanted_vec *list)
{
    for (uint32_t i = 0; i < v->net->settings.n; i++) {
        const struct chip_setting *stated = &v->net->settings.at[i];
        struct wanted wanted = {.chip = stated->chip,
                                .number = setting_number(stated->name),
                                .value = {stated->value[0], stated->value[1]},
                                .span = stated->span};
        if (wanted.number == NET_NONE)
            finding(v, V9, DIAG_E0901, stated->span, "`%s` is no setting of a chip", stated->name);
        else
            want(v, list, wanted);
    }
}

static void want_of_probe(struct verify *v, struct wanted_vec *list, const struct probe *probe,
                          size_t site)
{
    uint32_t core = core_of_site(site), own = core % layout.cores;
    const char *channel = layout_channel(probe->kind);
    const char *path = channel ? arena_printf(v->arena, "core%u.sadc_enable.%s", own, channel)
                               : arena_printf(v->arena, "core%u.monitored_neuron", own);
    struct wanted wanted = {.chip = chip_of_core(core),
                            .number = setting_number(path),
                            .value = {(uint8_t)(channel ? 1 : site % layout.neurons), 0},
                            .span = probe->span};
    want(v, list, wanted);
    if (channel)
        return;
    wanted.number = setting_number(arena_printf(v->arena, "core%u.neuron_monitoring_on", own));
    wanted.value[0] = 1;
    want(v, list, wanted);
}

static void want_probed(struct verify *v, struct wanted_vec *list)
{
    for (uint32_t i = 0; i < v->net->probes.n; i++) {
        const struct probe *probe = &v->net->probes.at[i];
        bool monitored = probe->kind == PROBE_MEMBRANE || layout_channel(probe->kind);
        const struct population *population =
            probe->view.kind == UNIT_NEURON ? &v->net->populations.at[probe->view.object] : NULL;
        uint32_t last = NET_NONE; /* neurons of a core ask for the same */
        for (uint32_t u = 0; population && monitored && u < probe->view.size; u++) {
            size_t site = v->site_of[population->first + view_unit(&probe->view, u)];
            if (probe->kind == PROBE_MEMBRANE || core_of_site(site) != last)
                want_of_probe(v, list, probe, site);
            last = core_of_site(site);
        }
    }
}

static void compare(struct verify *v, const struct read_setting *held, const struct wanted *wanted)
{
    if (memcmp(held->value, wanted->value, sizeof held->value) != 0)
        finding(v, V9, DIAG_E0901, wanted->span, "%s is (%u, %u), asked for was (%u, %u)",
                setting_text(v, held->chip, held->number), held->value[0], held->value[1],
                wanted->value[0], wanted->value[1]);
}

void check_v9_settings(struct verify *v)
{
    const struct read_image *image = v->image;
    struct wanted_vec list = {NULL, 0, 0};
    want_stated(v, &list);
    want_probed(v, &list);
    for (uint32_t i = 0; i < list.n; i++)
        if (i >= image->n_settings || image->settings[i].chip != list.at[i].chip
            || image->settings[i].number != list.at[i].number) {
            finding(v, V9, DIAG_E0901, list.at[i].span, "%s is asked for, but missing or misplaced",
                    setting_text(v, list.at[i].chip, list.at[i].number));
            return;
        } else {
            compare(v, &image->settings[i], &list.at[i]);
        }
    if (image->n_settings > list.n)
        finding(v, V9, DIAG_E0902, span_nowhere(), "%s is set, but was not asked for",
                setting_text(v, image->settings[list.n].chip, image->settings[list.n].number));
}
