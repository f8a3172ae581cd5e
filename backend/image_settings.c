/* Settings of chips in an image: those that follow from the probes, and their names. */
#include "backend/image.h"
#include "compiler/net.h"

#include <stdio.h>

char *image_setting_name(struct arena *arena, const struct image *image, uint32_t chip,
                         uint32_t number)
{
    struct device_setting setting = device_setting_at(image->device, number);
    return arena_printf(arena, "chip%u %s.%s", chip, setting.group->prefix, setting.info->name);
}

/* The sADC channel that carries a probed current; NULL: the probe needs none. */
static const char *const channel_of_probe[N_PROBE_KINDS] = {
    [PROBE_AMPA_CURRENT] = "deam_edpi", [PROBE_GABA_CURRENT] = "dega_idpi",
    [PROBE_NMDA_CURRENT] = "denm_edpi", [PROBE_SHUNT_CURRENT] = "desc_idpi",
    [PROBE_ADAPTATION] = "soad_dpi",    [PROBE_CALCIUM] = "soca_dpi"};

static bool before(const struct image_setting *a, const struct image_setting *b)
{
    return a->chip != b->chip ? a->chip < b->chip : a->number < b->number;
}

/* Where the setting stands or belongs. */
static uint32_t place_of(const struct image_setting_vec *settings, const struct image_setting *at)
{
    uint32_t lo = 0, hi = settings->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (before(&settings->at[mid], at))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Adds a setting unless its number has one. */
static void add(struct arena *arena, struct image *image, struct image_setting setting)
{
    struct image_setting_vec *settings = &image->settings;
    uint32_t i = place_of(settings, &setting);
    if (i < settings->n && !before(&setting, &settings->at[i]))
        return;
    VEC_PUSH(arena, settings, setting);
    for (uint32_t k = settings->n - 1; k > i; k--)
        settings->at[k] = settings->at[k - 1];
    settings->at[i] = setting;
}

static void imply(struct arena *arena, struct image *image, const char *suffix, const char *name,
                  struct image_place at, uint32_t value)
{
    char prefix[sizeof "core4294967295.sadc_enable"];
    snprintf(prefix, sizeof prefix, "core%u%s", at.core, suffix);
    int number = device_setting_find(image->device, prefix, name);
    struct image_setting setting = {at.chip, (uint16_t)number, {(uint8_t)value, 0}};
    if (number >= 0)
        add(arena, image, setting);
}

/* Where a unit stands. Units ascend, so the search goes on from the piece of the one before. */
static struct image_place place_of_unit(const struct image_piece_vec *pieces, uint32_t unit,
                                        uint32_t *from)
{
    while (*from + 1 < pieces->n && pieces->at[*from + 1].first <= unit)
        ++*from;
    const struct image_piece *piece = &pieces->at[*from];
    return (struct image_place){piece->chip, piece->core, piece->neuron + unit - piece->first};
}

static void imply_channel(struct arena *arena, struct image *image, const struct image_probe *probe,
                          const char *channel)
{
    const struct image_piece_vec *pieces = &image->populations.at[probe->object].pieces;
    struct image_place last = {UINT32_MAX, 0, 0};
    for (uint32_t u = 0, piece = 0; u < probe->n_units; u++) {
        struct image_place at = place_of_unit(pieces, probe->unit[u], &piece);
        if (at.chip != last.chip || at.core != last.core)
            imply(arena, image, ".sadc_enable", channel, at, 1);
        last = at;
    }
}

static void imply_monitor(struct arena *arena, struct image *image, const struct image_probe *probe)
{
    const struct image_piece_vec *pieces = &image->populations.at[probe->object].pieces;
    for (uint32_t u = 0, piece = 0; u < probe->n_units; u++) {
        struct image_place at = place_of_unit(pieces, probe->unit[u], &piece);
        imply(arena, image, "", "neuron_monitoring_on", at, 1);
        imply(arena, image, "", "monitored_neuron", at, at.neuron);
    }
}

void image_imply_settings(struct arena *arena, struct image *image)
{
    for (uint32_t i = 0; i < image->probes.n; i++) {
        const struct image_probe *probe = &image->probes.at[i];
        if (probe->kind == PROBE_MEMBRANE)
            imply_monitor(arena, image, probe);
        else if (channel_of_probe[probe->kind])
            imply_channel(arena, image, probe, channel_of_probe[probe->kind]);
    }
}

void image_spread_routes(struct arena *arena, const struct image *image, struct image_input *input)
{
    const struct device *device = image->device;
    input->first_dest = ARENA_ARRAY(arena, uint32_t, (size_t)input->size + 1);
    input->dest = ARENA_ARRAY(arena, uint32_t, (size_t)input->size * input->n_routes);
    for (uint32_t u = 0; u < input->size; u++) {
        for (uint32_t r = 0; r < input->n_routes; r++) {
            uint32_t block = field_get(device, FIELD_sram_tag, input->route[r]);
            uint32_t tag = block * device_bioamp_tags(device) + u;
            input->dest[u * input->n_routes + r] =
                field_put(device, FIELD_sram_tag, input->route[r], tag);
        }
        input->first_dest[u + 1] = (u + 1) * input->n_routes;
    }
}
