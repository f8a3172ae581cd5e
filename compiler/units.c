#include "compiler/units.h"

#include "compiler/base/diag.h"
#include "compiler/base/text.h"

#include <string.h>

static const struct unit units[] = {
#define UNIT(text, power, dimension) {#text, power, DIM_##dimension##_INIT},
#include "grammar/units.def"
};
enum { N_UNITS = sizeof units / sizeof units[0] };

const struct unit *unit_find(const char *text, size_t n)
{
    for (size_t i = 0; i < N_UNITS; i++)
        if (strlen(units[i].text) == n && !memcmp(units[i].text, text, n))
            return &units[i];
    return NULL;
}

const char *unit_nearest(const char *text)
{
    struct diag_match match = {.text = text};
    for (size_t i = 0; i < N_UNITS; i++) {
        if (!strcasecmp(text, units[i].text))
            return units[i].text;
        diag_offer(&match, units[i].text);
    }
    return match.name && strlen(text) <= strlen(match.name) + 1 ? match.name : NULL;
}

const char *unit_list(struct arena *arena)
{
    struct text list;
    text_init(&list, arena);
    for (size_t i = 0; i < N_UNITS; i++) {
        bool same = i == 0 || dimension_equal(units[i].dim, units[i - 1].dim);
        text_add(&list, "%s%s%s", same ? "" : ",", i ? " " : "", units[i].text);
    }
    return list.at;
}
