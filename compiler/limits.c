#include "compiler/limits.h"

#include <string.h>

enum { CHIPS_OF_A_BOARD = 4 }; /* PER_BOARD numbers are meant for such a board */

enum scale { FIXED, PER_BOARD, PER_CHIP, PER_NEURON, PER_CAM_WORD, PER_TAG };

static const struct limit_row {
    const char *name;
    size_t member;
    uint64_t number;
    enum scale scale;
} rows[] = {
#define LIMIT(member, name, number, scale, what)                                                   \
    {name, offsetof(struct elaborate_limits, member), number, scale},
#include "compiler/limits.def"
};
enum { N_ROWS = sizeof rows / sizeof rows[0] };

static uint64_t *member_of(struct elaborate_limits *limits, const struct limit_row *row)
{
    return (uint64_t *)((char *)limits + row->member);
}

uint64_t *limits_find(struct elaborate_limits *limits, const char *name, size_t n)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (strlen(rows[i].name) == n && !memcmp(rows[i].name, name, n))
            return member_of(limits, &rows[i]);
    return NULL;
}

static uint64_t scaled(const struct limit_row *row, uint32_t chips, const struct device *device)
{
    uint64_t neurons = (uint64_t)device_chip_neurons(device) * chips;
    switch (row->scale) {
    case PER_BOARD:
        return row->number * ((chips + CHIPS_OF_A_BOARD - 1) / CHIPS_OF_A_BOARD);
    case PER_CHIP:
        return row->number * chips;
    case PER_NEURON:
        return row->number * neurons;
    case PER_CAM_WORD:
        return row->number * neurons * device->cam_words;
    case PER_TAG:
        return row->number * device->tags * device_cores(device, chips);
    default:
        return row->number;
    }
}

void limits_for(const struct elaborate_limits *stated, uint32_t chips, const struct device *device,
                struct elaborate_limits *limits)
{
    struct elaborate_limits lowered = *stated;
    for (size_t i = 0; i < N_ROWS; i++) {
        uint64_t most = scaled(&rows[i], chips, device), given = *member_of(&lowered, &rows[i]);
        *member_of(limits, &rows[i]) = given && given < most ? given : most;
    }
}

const char *limits_raised(const struct elaborate_limits *stated,
                          const struct elaborate_limits *limits, uint64_t *given, uint64_t *most)
{
    struct elaborate_limits asked = *stated, there = *limits;
    for (size_t i = 0; i < N_ROWS; i++) {
        *given = *member_of(&asked, &rows[i]);
        *most = *member_of(&there, &rows[i]);
        if (*given > *most)
            return rows[i].name;
    }
    return NULL;
}
