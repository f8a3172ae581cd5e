/* Statements of a listing about sensors and settings of chips. */
#include "backend/text_sensor.h"

#include <string.h>

static void take_pair(struct reader *r, const char *word, uint32_t most, uint32_t pair[2])
{
    take_word(r, word);
    pair[0] = take_number(r, arena_printf(r->arena, "the x of `%s`", word), most);
    take_mark(r, ',');
    pair[1] = take_number(r, arena_printf(r->arena, "the y of `%s`", word), most);
}

void take_dvs(struct reader *r, struct image_input *input)
{
    const struct device *device = r->device;
    struct image_dvs *dvs = &input->dvs;
    const char *names[N_CAMERAS];
    uint32_t origin[2], max[2], shift[2];
    for (uint32_t i = 0; i < N_CAMERAS; i++)
        names[i] = device->camera[i].name;
    input->kind = IMAGE_DVS;
    dvs->mode = device->camera[take_choice(r, "a camera", names, N_CAMERAS)].code;
    take_word(r, "at");
    input->chip = take_numbered(r, "chip", r->image->meta.chips);
    take_pair(r, "origin", UINT16_MAX, origin);
    take_pair(r, "max", UINT16_MAX, max);
    take_pair(r, "shift", UINT8_MAX, shift);
    dvs->on_events = took_word(r, "on");
    dvs->off_events = took_word(r, "off");
    dvs->drop_events = took_word(r, "drop");
    dvs->copy_events = took_word(r, "copy");
    for (uint32_t i = 0; i < 2; i++) {
        dvs->origin[i] = (uint16_t)origin[i];
        dvs->max[i] = (uint16_t)max[i];
        dvs->pooling_shift[i] = (uint8_t)shift[i];
        if (dvs->copy_events && i == 1)
            take_mark(r, ',');
        if (dvs->copy_events)
            dvs->copy_hop[i] = (int8_t)((int64_t)take_hop(r) - device->max_hop);
    }
    if (took_word(r, "handshake"))
        dvs->handshake_ns = take_number(r, "nanoseconds", UINT32_MAX);
}

static struct image_input *last_input(struct reader *r, enum image_input_kind kind,
                                      const char *statement, const char *of)
{
    struct image_input *input = &r->image->inputs.at[r->image->inputs.n - 1];
    if (input->kind != kind)
        reader_fault(r, r->statement, "`%s` belongs to %s", statement, of);
    return input;
}

void read_filter(struct reader *r)
{
    struct image_input *input = last_input(r, IMAGE_DVS, "filter", "a camera");
    struct span span = r->token.span;
    uint32_t x = take_number(r, "a column", UINT16_MAX);
    take_mark(r, ',');
    uint32_t y = take_number(r, "a row", UINT16_MAX);
    if (input->dvs.n_filter == r->device->dvs_filter)
        reader_fault(r, span, "a camera drops at most %u pixels", r->device->dvs_filter);
    if (r->bad)
        return;
    if (!input->dvs.filter)
        input->dvs.filter = ARENA_ARRAY(r->arena, uint32_t, r->device->dvs_filter);
    input->dvs.filter[input->dvs.n_filter++] = y << 16 | x;
}

void read_route(struct reader *r)
{
    struct image_input *input = last_input(r, IMAGE_BIOAMP, "route", "a biosignal front end");
    uint32_t blocks = r->device->tags / device_bioamp_tags(r->device);
    struct span span = r->token.span;
    uint32_t word = take_route(r, "block", blocks - 1);
    if (input->n_routes == r->device->bioamp_routes)
        reader_fault(r, span, "a biosignal front end has %u destinations", input->n_routes);
    if (r->bad)
        return;
    input->route[input->n_routes++] = word;
    image_spread_routes(r->arena, r->image, input);
}

/* "shared01.PG_BUF_N": the number of the setting. */
static uint32_t take_setting(struct reader *r)
{
    const struct device *device = r->device;
    uint32_t n = device_n_settings(device);
    struct span span = r->token.span;
    const char *path = "";
    enum { MOST_PARTS = 3 }; /* "bioamp.channel0.BADCTHU" */
    uint32_t parts = 0;
    do {
        if (!r->bad && r->token.kind == TOKEN_WORD)
            path = arena_printf(r->arena, "%s%s%s", path, path[0] ? "." : "", r->token.text);
        if (r->bad || r->token.kind != TOKEN_WORD || !took_word(r, r->token.text))
            reader_fault(r, r->token.span, "expected the name of a setting");
    } while (++parts < MOST_PARTS && took_mark(r, '.'));
    const char **names = ARENA_ARRAY(r->arena, const char *, n);
    for (uint32_t i = 0; !r->bad && i < n; i++) {
        struct device_setting setting = device_setting_at(device, i);
        names[i] = arena_printf(r->arena, "%s.%s", setting.group->prefix, setting.info->name);
        if (!strcmp(names[i], path))
            return i;
    }
    const char *near = r->bad ? NULL : diag_nearest(path, names, n);
    if (near)
        reader_fault(r, span, "`%s` is not a setting of a chip; `%s` is near", path, near);
    else
        reader_fault(r, span, "`%s` is not a setting of a chip", path);
    return 0;
}

void read_set(struct reader *r)
{
    const struct device *device = r->device;
    struct image_setting setting = {.chip = take_numbered(r, "chip", r->image->meta.chips)};
    setting.number = (uint16_t)take_setting(r);
    const struct setting_info *info = device_setting_at(device, setting.number).info;
    if (info->kind == SETTING_DAC) {
        take_mark(r, '(');
        setting.value[0] = (uint8_t)take_number(r, "a coarse code", device->max_coarse);
        take_mark(r, ',');
        setting.value[1] = (uint8_t)take_number(r, "a fine code", device->max_fine);
        take_mark(r, ')');
    } else {
        setting.value[0] = (uint8_t)take_number(r, "a value", info->most);
    }
    if (r->bad)
        return;
    VEC_PUSH(r->arena, &r->image->settings, setting);
    VEC_PUSH(r->arena, &r->said.settings, r->statement);
}
