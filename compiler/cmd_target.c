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
    if (driver->options->files.n && strcmp(driver->options->files.at[0], device->name)) {
        diag_add(&driver->sink, DIAG_E0201, span_nowhere(),
                 "unknown target '%s'; this version knows '%s'", driver->options->files.at[0],
                 device->name);
        return false;
    }
    text_add(out, "%s\n\nlimits\n", device->name);
    text_add(out, "  %-22s %u\n", "cores per chip", device->cores_per_chip);
    text_add(out, "  %-22s %u\n", "neurons per core", device->neurons_per_core);
    text_add(out, "  %-22s %u\n", "CAM words per neuron", device->cam_words);
    text_add(out, "  %-22s %u\n", "SRAM words per neuron", device->sram_words);
    text_add(out, "  %-22s %u\n", "tags per core", device->tags);
    text_add(out, "  %-22s %u\n", "hops in x and in y", device->max_hop);
    text_add(out, "  %-22s %u\n", "weight currents", device->weight_slots);
    text_add(out, "  %-22s 0..%u, 0..%u\n", "coarse, fine", device->max_coarse, device->max_fine);
    add_biases(out, device);
    add_latches(out, device);
    add_words(out, device);
    return true;
}
