#include "compiler/pages.h"

#include "compiler/base/text.h"

#include <string.h>

static const struct {
    const char *code, *text;
} pages[] = {
#define PAGE(code, text) {code, text},
#include "compiler/pages.def"
#undef PAGE
};

static const char *source_of(const char *code)
{
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        if (!strcmp(pages[i].code, code))
            return pages[i].text;
    return "";
}

/* The figure that the n bytes at `name` stand for. */
static bool find_figure(const struct device *device, const char *name, size_t n, uint32_t *value)
{
    const struct {
        const char *name;
        uint32_t value;
    } figure[] = {
        {"cores_per_chip", device->cores_per_chip},
        {"neurons_per_core", device->neurons_per_core},
        {"chip_neurons", device_chip_neurons(device)},
        {"cam_words", device->cam_words},
        {"dvs_window", device->dvs_window},
        {"bioamp_tags", device_bioamp_tags(device)},
        {"bioamp_types", device->bioamp_types},
        {"sram_words", device->sram_words},
        {"tags", device->tags},
        {"max_hop", device->max_hop},
        {"weight_slots", device->weight_slots},
        {"max_coarse", device->max_coarse},
        {"max_fine", device->max_fine},
        {"biases", N_BIASES},
    };
    for (size_t i = 0; i < sizeof figure / sizeof figure[0]; i++)
        if (strlen(figure[i].name) == n && !strncmp(figure[i].name, name, n)) {
            *value = figure[i].value;
            return true;
        }
    return false;
}

const char *page_text(struct arena *arena, const struct device *device, enum diag_code code)
{
    const char *from = source_of(diag_info(code)->code);
    struct text out;
    text_init(&out, arena);
    while (*from) {
        size_t n = strcspn(from, "{");
        uint32_t value;
        text_bytes(&out, from, n);
        from += n;
        size_t name = *from ? strcspn(from + 1, "} \n") : 0;
        if (name && from[1 + name] == '}' && find_figure(device, from + 1, name, &value)) {
            text_add(&out, "%u", (unsigned)value);
            from += name + 2;
        } else if (*from) {
            text_bytes(&out, from++, 1);
        }
    }
    return out.at;
}

static const char *switches_of(struct arena *arena, const struct diag_info *info)
{
    if (info->reserved)
        return "reserved: this version never reports it";
    if (info->severity == SEVERITY_ERROR)
        return arena_printf(arena, "error, exit code %d", info->exit_code);
    if (info->severity == SEVERITY_WARNING)
        return arena_printf(arena, "warning; -Wno-%s turns it off, -Werror=%s makes it an error",
                            info->name, info->name);
    return arena_printf(arena, "note; -Wno-%s turns it off", info->name);
}

char *page_explain(struct arena *arena, const struct device *device, enum diag_code code)
{
    const struct diag_info *info = diag_info(code);
    return arena_printf(arena, "%s %s: %s\n(%s)\n\n%s", info->code, info->name, info->title,
                        switches_of(arena, info), page_text(arena, device, code));
}

char *page_list(struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    text_add(&out, "code   exit  name                    what\n");
    for (int i = 0; i < N_DIAG_CODES; i++) {
        const struct diag_info *info = diag_info((enum diag_code)i);
        const char *exit_code =
            info->severity == SEVERITY_ERROR ? arena_printf(arena, "%d", info->exit_code) : "-";
        text_add(&out, "%s  %-4s  %-22s  %s%s\n", info->code, exit_code, info->name, info->title,
                 info->reserved ? " (reserved)" : "");
    }
    text_add(&out, "\n'dync explain CODE' or 'dync explain NAME' says more about one.\n");
    return out.at;
}
