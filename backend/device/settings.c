/* Settings of a chip outside its cores' biases. */
#include "backend/device/device.h"

#include <string.h>

/* Rows of a class stand together: the first of them, and how many. */
static uint32_t class_rows(const struct device *device, enum setting_class class, uint32_t *first)
{
    uint32_t n = 0;
    *first = 0;
    while (*first < N_SETTING_ROWS && device->setting[*first].class != class)
        ++*first;
    while (*first + n < N_SETTING_ROWS && device->setting[*first + n].class == class)
        n++;
    return n;
}

uint32_t device_n_settings(const struct device *device)
{
    uint32_t total = 0, first;
    for (uint32_t g = 0; g < device->n_groups; g++)
        total += class_rows(device, device->group[g].class, &first);
    return total;
}

struct device_setting device_setting_at(const struct device *device, uint32_t number)
{
    for (uint32_t g = 0; g < device->n_groups; g++) {
        uint32_t first, n = class_rows(device, device->group[g].class, &first);
        if (number < n)
            return (struct device_setting){&device->group[g], &device->setting[first + number]};
        number -= n;
    }
    return (struct device_setting){NULL, NULL};
}

int device_setting_find(const struct device *device, const char *prefix, const char *name)
{
    int number = 0;
    for (uint32_t g = 0; g < device->n_groups; g++) {
        uint32_t first, n = class_rows(device, device->group[g].class, &first);
        for (uint32_t i = 0; i < n; i++)
            if (!strcmp(device->group[g].prefix, prefix)
                && !strcmp(device->setting[first + i].name, name))
                return number + (int)i;
        number += (int)n;
    }
    return -1;
}
