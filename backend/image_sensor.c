/* The canonical form of sensors and of settings of chips. */
#include "backend/image_check.h"

#include <string.h>

/* --- cameras --- */

enum { FILTER_X_BITS = 16 };

static const struct camera_info *camera_of(const struct device *device, uint8_t mode)
{
    for (uint32_t i = 0; i < N_CAMERAS; i++)
        if (device->camera[i].code == mode)
            return &device->camera[i];
    return NULL;
}

static const char *window_fault(const struct device *device, const struct camera_info *camera,
                                const struct image_input *input)
{
    const struct image_dvs *dvs = &input->dvs;
    const uint32_t size[2] = {camera->width, camera->height};
    if (input->n_dims != 2)
        return "a camera has rows and columns";
    for (uint32_t axis = 0; axis < 2; axis++) {
        uint32_t pixels = input->dims[1 - axis], shift = dvs->pooling_shift[axis];
        if (pixels > device->dvs_window)
            return "more pixels than a camera's window has";
        if (shift >= 32 || 1u << shift > device->dvs_pool)
            return "pixels are pooled by too much";
        if (dvs->origin[axis] + ((uint64_t)pixels << shift) != (uint64_t)dvs->max[axis] + 1
            || dvs->max[axis] >= size[axis])
            return "the window does not hold the pixels, or leaves the camera";
    }
    return NULL;
}

static const char *filter_fault(const struct device *device, const struct camera_info *camera,
                                const struct image_dvs *dvs)
{
    if (dvs->n_filter > device->dvs_filter)
        return "too many raw pixels are dropped";
    for (uint32_t i = 0; i < dvs->n_filter; i++) {
        uint32_t pixel = dvs->filter[i], x = pixel & ((1u << FILTER_X_BITS) - 1);
        if (x >= camera->width || pixel >> FILTER_X_BITS >= camera->height)
            return "a dropped pixel lies outside the camera";
        if (i > 0 && dvs->filter[i - 1] >= pixel)
            return "dropped pixels do not ascend";
    }
    return NULL;
}

static const char *copy_fault(const struct image *image, const struct image_input *input)
{
    const struct image_dvs *dvs = &input->dvs;
    int64_t w = image->meta.grid_w, h = image->meta.grid_h, most = image->device->max_hop;
    bool moves = dvs->copy_hop[0] != 0 || dvs->copy_hop[1] != 0;
    if (moves != dvs->copy_events)
        return "events are copied to nowhere, or a way is given for no copies";
    for (uint32_t i = 0; i < 2; i++)
        if (dvs->copy_hop[i] > most || -dvs->copy_hop[i] > most)
            return "events are copied too far";
    int64_t x = input->chip % w + dvs->copy_hop[0], y = input->chip / w + dvs->copy_hop[1];
    return x < 0 || (x < w && y >= 0 && y < h) ? NULL : "events are copied to no chip";
}

static const char *dvs_fault(const struct image *image, const struct image_input *input)
{
    const struct camera_info *camera = camera_of(image->device, input->dvs.mode);
    if (!camera)
        return "there is no such camera";
    if (!input->dvs.on_events && !input->dvs.off_events)
        return "a camera without events";
    const char *fault = window_fault(image->device, camera, input);
    if (!fault)
        fault = filter_fault(image->device, camera, &input->dvs);
    if (!fault)
        fault = copy_fault(image, input);
    for (uint32_t u = 0; !fault && u < input->size; u++)
        if (input->first_dest[u + 1] - input->first_dest[u] > image->device->dvs_words)
            fault = "a pixel has one destination";
    return fault;
}

const char *image_sensor_fault(struct arena *arena, const struct image *image, uint32_t i)
{
    const struct image_input *input = &image->inputs.at[i];
    if (input->kind == IMAGE_HOST)
        return input->chip ? "the host's events start at chip 0" : NULL;
    if (input->kind >= N_IMAGE_INPUT_KINDS || input->chip >= image->meta.chips)
        return "no such sensor, or one at no chip";
    for (uint32_t k = 0; k < i; k++)
        if (image->inputs.at[k].kind == input->kind && image->inputs.at[k].chip == input->chip)
            return arena_printf(arena, "%s is at the same interface", image->inputs.at[k].name);
    if (input->kind == IMAGE_DVS)
        return dvs_fault(image, input);
    if (input->n_dims != 2 || input->dims[0] != image->device->bioamp_channels
        || input->dims[1] != image->device->bioamp_types)
        return "not the units of a biosignal front end";
    return input->n_routes > image->device->bioamp_routes ? "too many destinations" : NULL;
}

/* --- settings --- */

static const char *setting_fault(const struct image *image, const struct image_setting *setting)
{
    const struct device *device = image->device;
    if (setting->chip >= image->meta.chips || setting->number >= device_n_settings(device))
        return "there is no such setting";
    const struct setting_info *info = device_setting_at(device, setting->number).info;
    bool dac = info->kind == SETTING_DAC;
    if (dac && (setting->value[0] > device->max_coarse || setting->value[1] > device->max_fine))
        return "no such code";
    if (!dac && (setting->value[0] > info->most || setting->value[1] != 0))
        return "no such value";
    return NULL;
}

/* Without those that only probes make, and with what probes imply: must be the same list. */
static bool follows_from_probes(struct arena *arena, const struct image *image)
{
    struct image stated = *image;
    stated.settings = (struct image_setting_vec){NULL, 0, 0};
    for (uint32_t i = 0; i < image->settings.n; i++) {
        const struct image_setting *setting = &image->settings.at[i];
        if (device_setting_at(image->device, setting->number).info->kind != SETTING_PROBE)
            VEC_PUSH(arena, &stated.settings, *setting);
    }
    image_imply_settings(arena, &stated);
    if (stated.settings.n != image->settings.n)
        return false;
    for (uint32_t i = 0; i < stated.settings.n; i++) {
        const struct image_setting *a = &stated.settings.at[i], *b = &image->settings.at[i];
        if (a->chip != b->chip || a->number != b->number || memcmp(a->value, b->value, 2) != 0)
            return false;
    }
    return true;
}

const char *image_settings_fault(struct arena *arena, const struct image *image, size_t *index)
{
    for (*index = 0; *index < image->settings.n; ++*index) {
        const struct image_setting *setting = &image->settings.at[*index], *last = setting - 1;
        const char *fault = setting_fault(image, setting);
        if (fault)
            return arena_printf(arena, "setting %zu: %s", *index, fault);
        if (*index > 0
            && (last->chip > setting->chip
                || (last->chip == setting->chip && last->number >= setting->number)))
            return arena_printf(arena, "settings do not ascend at %s",
                                image_setting_name(arena, image, setting->chip, setting->number));
    }
    *index = 0;
    return follows_from_probes(arena, image)
               ? NULL
               : "settings of the monitors are not those of the probes";
}
