/* `dync target`: the chip's tables, as the compiler uses them. */
#include "compiler/driver.h"

#include <string.h>

static void add_biases(struct text *out, const struct device *device)
{
    text_add(out, "\nbiases of a core            default      current   controls\n");
    for (int b = 0; b < N_BIASES; b++) {
        const struct bias_info *bias = &device->bias[b];
        text_add(out, "  %-22s dac(%u, %3u) %10.3e A   %s [%s]\n", bias->name, bias->def.coarse,
                 bias->def.fine, 1e-21 * (double)device_bias_za(device, b, bias->def),
                 bias->controls, bias->source);
    }
}

static void add_latches(struct text *out, const struct device *device)
{
    text_add(out, "\nlatches of a neuron\n");
    for (int l = 0; l < N_LATCHES; l++)
        text_add(out, "  %-22s %s [%s]\n", device->latch[l].name, device->latch[l].meaning,
                 device->latch[l].source);
}

/* A class of settings, and the groups that have one of each. */
static void add_settings(struct text *out, const struct device *device)
{
    static const char *const kinds[] = {[SETTING_DAC] = "dac",
                                        [SETTING_SWITCH] = "on, off",
                                        [SETTING_NUMBER] = "number",
                                        [SETTING_PROBE] = "by probe"};
    text_add(out, "\nsettings of a chip: GROUP.NAME in `set chip[k]`, or NAME for all groups\n");
    for (uint32_t i = 0; i < N_SETTING_ROWS; i++) {
        const struct setting_info *row = &device->setting[i];
        for (uint32_t g = 0; g < device->n_groups; g++)
            if (device->group[g].class == row->class
                && (i == 0 || row->class != device->setting[i - 1].class))
                text_add(out, "  %-22s %s [%s]\n", device->group[g].prefix,
                         device->group[g].meaning, device->group[g].source);
        text_add(out, "    %-34s %-8s %s [%s]\n", row->name, kinds[row->kind], row->controls,
                 row->source);
    }
}

static void add_cameras(struct text *out, const struct device *device)
{
    text_add(out, "\ncameras of the 2-D sensor interface\n");
    for (int i = 0; i < N_CAMERAS; i++)
        text_add(out, "  %-22s %u x %u pixels [%s]\n", device->camera[i].name,
                 device->camera[i].width, device->camera[i].height, device->camera[i].source);
}

/* Limits whose figure is an assumption, with what they are. */
static void add_sensor_limits(struct text *out, const struct device *device)
{
    for (int i = 0; i < N_LIMITS; i++)
        if (!strncmp(device->limit[i].name, "dvs_", 4)
            || !strncmp(device->limit[i].name, "bioamp_", 7))
            text_add(out, "  %-22s %d   %s [%s]\n", device->limit[i].name, device->limit[i].value,
                     device->limit[i].meaning, device->limit[i].source);
}

static void add_words(struct text *out, const struct device *device)
{
    text_add(out, "\nwords of our images\n");
    for (int f = 0; f < N_FIELDS; f++)
        text_add(out, "  %-4s bits %2u..%-2u %-11s %s [%s]\n", device->field[f].word,
                 device->field[f].low + device->field[f].width - 1u, device->field[f].low,
                 device->field[f].name, device->field[f].meaning, device->field[f].source);
}

bool cmd_target(struct driver *driver)
{
    const struct device *device = driver->device;
    struct text *out = &driver->out;
    text_add(out, "%s\n\nlimits\n", device->name);
    text_add(out, "  %-22s %u\n", "cores per chip", device->cores_per_chip);
    text_add(out, "  %-22s %u\n", "neurons per core", device->neurons_per_core);
    text_add(out, "  %-22s %u\n", "CAM words per neuron", device->cam_words);
    text_add(out, "  %-22s %u\n", "SRAM words per neuron", device->sram_words);
    text_add(out, "  %-22s %u\n", "tags per core", device->tags);
    text_add(out, "  %-22s %u\n", "hops in x and in y", device->max_hop);
    text_add(out, "  %-22s %u\n", "weight currents", device->weight_slots);
    text_add(out, "  %-22s 0..%u, 0..%u\n", "coarse, fine", device->max_coarse, device->max_fine);
    add_sensor_limits(out, device);
    add_biases(out, device);
    add_latches(out, device);
    add_cameras(out, device);
    add_settings(out, device);
    add_words(out, device);
    return true;
}
