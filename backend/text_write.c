#include "backend/emit.h"

#include "backend/listing.h"
#include "backend/quantity.h"
#include "backend/talk.h"

#include <string.h>

enum { WORD_COLUMN = 26, COMMENT_COLUMN = 64 };

struct lister {
    struct arena *arena;
    struct text out;
    size_t line; /* where the open line began */
    const struct image *image;
    const struct talk *talk;
};

/* --- lines --- */

static void put_escaped(struct lister *l, const char *s)
{
    text_add(&l->out, "\"");
    text_quoted(&l->out, s);
    text_add(&l->out, "\"");
}

static void end_line(struct lister *l)
{
    text_add(&l->out, "\n");
    l->line = l->out.n;
}

/* Blanks up to a column of the open line, at least one. */
static void pad_to(struct lister *l, size_t column)
{
    size_t at = l->out.n - l->line;
    text_add(&l->out, "%*s", at < column ? (int)(column - at) : 1, "");
}

static void start_comment(struct lister *l)
{
    pad_to(l, COMMENT_COLUMN);
    text_add(&l->out, "# ");
}

static void put_rule(struct lister *l)
{
    static const char rule[] =
        "# "
        "----------------------------------------------------------------------------------------";
    text_bytes(&l->out, rule, sizeof rule - 1);
    end_line(l);
}

/* --- META, populations, inputs, probes --- */

static void list_meta(struct lister *l)
{
    const struct image_meta *meta = &l->image->meta;
    text_add(&l->out, "dynasm %d\ntool ", LISTING_VERSION);
    put_escaped(l, meta->tool);
    text_add(&l->out, "\ntarget ");
    put_escaped(l, meta->target);
    text_add(&l->out, " revision %d chips %u grid %u x %u\nseed %llu\n", IMAGE_DEVICE_REVISION,
             meta->chips, meta->grid_w, meta->grid_h, (unsigned long long)meta->seed);
    for (uint32_t i = 0; i < meta->defines.n; i++) {
        text_add(&l->out, "define ");
        put_escaped(l, meta->defines.at[i].name);
        text_add(&l->out, " = ");
        put_escaped(l, meta->defines.at[i].value);
        text_add(&l->out, "\n");
    }
    for (uint32_t i = 0; i < meta->files.n; i++) {
        text_add(&l->out, "file ");
        put_escaped(l, meta->files.at[i].path);
        text_add(&l->out, " sha256 \"");
        for (size_t b = 0; b < sizeof meta->files.at[i].sha256; b++)
            text_add(&l->out, "%02x", meta->files.at[i].sha256[b]);
        text_add(&l->out, "\"\n");
    }
    end_line(l);
}

static void put_shape(struct lister *l, uint32_t n_dims, const uint32_t *dims)
{
    for (uint32_t d = 0; d < n_dims; d++)
        text_add(&l->out, "%s%u", d ? ", " : " [", dims[d]);
    text_add(&l->out, "]");
}

static void list_population(struct lister *l, const struct image_population *population)
{
    text_add(&l->out, "population ");
    put_escaped(l, population->name);
    put_shape(l, population->n_dims, population->dims);
    end_line(l);
    for (uint32_t i = 0; i < population->pieces.n; i++) {
        const struct image_piece *piece = &population->pieces.at[i];
        text_add(&l->out, "  piece %u .. %u at chip%u.core%u.n%u", piece->first,
                 piece->first + (piece->count - 1), piece->chip, piece->core, piece->neuron);
        end_line(l);
    }
}

static void put_core_mask(struct lister *l, uint32_t cores)
{
    const char *plus = "";
    for (uint32_t core = 0; cores >> core; core++) {
        if (!(cores >> core & 1))
            continue;
        text_add(&l->out, "%s%u", plus, core);
        plus = "+";
    }
}

/* "cores 0+2 x 0 y 0 tag 17": a route, and as a comment where it leads. */
static void list_route(struct lister *l, uint32_t chip, uint32_t word)
{
    struct image_route route = image_route_of(l->image, chip, word);
    text_add(&l->out, " cores ");
    put_core_mask(l, route.cores);
    text_add(&l->out, " x %d y %d tag %u", route.x, route.y, route.tag);
    start_comment(l);
    if (route.to_host) {
        text_add(&l->out, "to the host");
    } else {
        text_add(&l->out, "to ");
        talk_hearers(&l->out, l->talk, route.chip, route.cores, route.tag);
        if (l->image->meta.chips > 1)
            text_add(&l->out, " on chip%u", route.chip);
    }
    end_line(l);
}

static void list_dvs(struct lister *l, const struct image_input *input)
{
    const struct image_dvs *dvs = &input->dvs;
    const struct device *device = l->image->device;
    uint32_t camera = 0;
    while (device->camera[camera].code != dvs->mode)
        camera++;
    text_add(&l->out, " dvs %s at chip%u origin %u, %u max %u, %u shift %u, %u",
             device->camera[camera].name, input->chip, dvs->origin[0], dvs->origin[1], dvs->max[0],
             dvs->max[1], dvs->pooling_shift[0], dvs->pooling_shift[1]);
    text_add(&l->out, "%s%s%s", dvs->on_events ? " on" : "", dvs->off_events ? " off" : "",
             dvs->drop_events ? " drop" : "");
    if (dvs->copy_events)
        text_add(&l->out, " copy %d, %d", dvs->copy_hop[0], dvs->copy_hop[1]);
    if (dvs->handshake_ns)
        text_add(&l->out, " handshake %u", dvs->handshake_ns);
    end_line(l);
    for (uint32_t i = 0; i < dvs->n_filter; i++) {
        text_add(&l->out, "  filter %u, %u", dvs->filter[i] & UINT16_MAX, dvs->filter[i] >> 16);
        end_line(l);
    }
}

/* "route cores 0+2 x 0 y 0 block 1", and as a comment its tags and who hears one of them. */
static void list_blocks(struct lister *l, const struct image_input *input)
{
    uint32_t n = device_bioamp_tags(l->image->device);
    text_add(&l->out, " bioamp at chip%u", input->chip);
    end_line(l);
    for (uint32_t r = 0; r < input->n_routes; r++) {
        struct image_route route = image_route_of(l->image, input->chip, input->route[r]);
        text_add(&l->out, "  route cores ");
        put_core_mask(l, route.cores);
        text_add(&l->out, " x %d y %d block %u", route.x, route.y, route.tag);
        start_comment(l);
        text_add(&l->out, "tags %u .. %u of chip%u", route.tag * n, (route.tag + 1) * n - 1,
                 route.chip);
        end_line(l);
    }
}

static void list_input(struct lister *l, const struct image_input *input)
{
    text_add(&l->out, "input ");
    put_escaped(l, input->name);
    put_shape(l, input->n_dims, input->dims);
    if (input->kind == IMAGE_BIOAMP) {
        list_blocks(l, input);
        return;
    }
    if (input->kind == IMAGE_DVS)
        list_dvs(l, input);
    else
        end_line(l);
    for (uint32_t u = 0; u < input->size; u++)
        for (uint32_t d = input->first_dest[u]; d < input->first_dest[u + 1]; d++) {
            text_add(&l->out, "  send %u", u);
            list_route(l, input->chip, input->dest[d]);
        }
}

/* Units from `at` on that step evenly: their number. Two units make no step. */
static uint32_t even_run(const struct image_probe *probe, uint32_t at)
{
    uint32_t n = 1;
    while (at + n < probe->n_units
           && (n == 1
               || probe->unit[at + n] - probe->unit[at + n - 1]
                      == probe->unit[at + 1] - probe->unit[at]))
        n++;
    return n == 2 && probe->unit[at + 1] != probe->unit[at] + 1 ? 1 : n;
}

static void list_probe(struct lister *l, const struct image_probe *probe)
{
    const struct image *image = l->image;
    bool input = probe->unit_kind == UNIT_INPUT;
    text_add(&l->out, "probe %s of %s ", probe_name[probe->kind], input ? "input" : "population");
    put_escaped(l, input ? image->inputs.at[probe->object].name
                         : image->populations.at[probe->object].name);
    for (uint32_t i = 0, n; i < probe->n_units; i += n) {
        n = even_run(probe, i);
        uint32_t first = probe->unit[i], last = probe->unit[i + n - 1];
        text_add(&l->out, "%s %u", i ? "," : "", first);
        if (n > 1)
            text_add(&l->out, " .. %u", last);
        if (n > 1 && (last - first) / (n - 1) != 1)
            text_add(&l->out, " step %u", (last - first) / (n - 1));
    }
    end_line(l);
}

static void list_setting(struct lister *l, const struct image_setting *setting)
{
    const struct setting_info *info = device_setting_at(l->image->device, setting->number).info;
    text_add(&l->out, "set %s ",
             image_setting_name(l->arena, l->image, setting->chip, setting->number));
    if (info->kind == SETTING_DAC)
        text_add(&l->out, "(%u, %u)", setting->value[0], setting->value[1]);
    else
        text_add(&l->out, "%u", setting->value[0]);
    start_comment(l);
    text_add(&l->out, "%s", info->controls);
    end_line(l);
}

static void list_symbols(struct lister *l)
{
    const struct image *image = l->image;
    for (uint32_t i = 0; i < image->populations.n; i++)
        list_population(l, &image->populations.at[i]);
    for (uint32_t i = 0; i < image->inputs.n; i++)
        list_input(l, &image->inputs.at[i]);
    for (uint32_t i = 0; i < image->probes.n; i++)
        list_probe(l, &image->probes.at[i]);
    for (uint32_t i = 0; i < image->settings.n; i++)
        list_setting(l, &image->settings.at[i]);
}

/* --- cores --- */

struct core_sums {
    uint32_t neurons, words, entries;
};

static uint32_t filled(const uint32_t *words, uint32_t n)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < n; i++)
        used += words[i] != 0;
    return used;
}

static struct core_sums sum_core(const struct lister *l, uint32_t core)
{
    const struct device *device = l->image->device;
    struct core_sums sums = {0};
    size_t first = (size_t)core * device->neurons_per_core;
    for (size_t site = first; site < first + device->neurons_per_core; site++) {
        sums.neurons += l->talk->units[site].population != UINT32_MAX;
        sums.words += filled(l->image->cam + site * device->cam_words, device->cam_words);
        sums.entries += filled(l->image->sram + site * device->sram_words, device->sram_words);
    }
    return sums;
}

static void list_core_header(struct lister *l, uint32_t core, const struct core_sums *sums)
{
    const struct image *image = l->image;
    uint32_t chip = core / image->device->cores_per_chip,
             own = core % image->device->cores_per_chip;
    end_line(l);
    put_rule(l);
    text_add(&l->out, "# chip%u.core%u: %u neurons, %u CAM words, %u SRAM words", chip, own,
             sums->neurons, sums->words, sums->entries);
    end_line(l);
    for (uint32_t p = 0; p < image->populations.n; p++) {
        const struct image_population *population = &image->populations.at[p];
        for (uint32_t i = 0; i < population->pieces.n; i++) {
            const struct image_piece *piece = &population->pieces.at[i];
            if (piece->chip != chip || piece->core != own)
                continue;
            text_add(&l->out, "#   n%u .. n%u  ", piece->neuron, piece->neuron + piece->count - 1);
            talk_unit(&l->out, population->name, population->n_dims, population->dims,
                      piece->first);
            text_add(&l->out, " .. ");
            talk_unit(&l->out, population->name, population->n_dims, population->dims,
                      piece->first + piece->count - 1);
            end_line(l);
        }
    }
    put_rule(l);
}

static void list_biases(struct lister *l, uint32_t core)
{
    const struct device *device = l->image->device;
    for (int b = 0; b < N_BIASES; b++) {
        struct bias_code code = l->image->bias[(size_t)core * N_BIASES + (size_t)b];
        struct bias_code def = device->bias[b].def;
        bool is_default = code.coarse == def.coarse && code.fine == def.fine;
        text_add(&l->out, "bias chip%u.core%u %-14s (%u, %3u)", core / device->cores_per_chip,
                 core % device->cores_per_chip, device->bias[b].name, code.coarse, code.fine);
        start_comment(l);
        text_add(&l->out, "%-9s  %s%s", amperes_text(l->arena, device_bias_za(device, b, code)),
                 device->bias[b].controls, is_default ? ", default" : "");
        end_line(l);
    }
}

static void list_latches(struct lister *l, size_t site, const char *name)
{
    uint32_t latches = l->image->latch[site];
    const char *separator = " ";
    if (!latches)
        return;
    text_add(&l->out, "latch %s", name);
    for (uint32_t i = 0; i < N_LATCHES; i++) {
        if (!(latches >> i & 1))
            continue;
        text_add(&l->out, "%s%s", separator, l->image->device->latch[i].name);
        separator = " + ";
    }
    end_line(l);
}

static void put_dendrite(struct lister *l, uint32_t bits)
{
    for (uint32_t d = 0; d < N_DENDRITES; d++)
        if (bits == listing_dendrite_bit(d))
            text_add(&l->out, "%-5s ", dendrite_name[d]);
}

static void list_cam_word(struct lister *l, uint32_t core, const char *name, uint32_t cell,
                          uint32_t word)
{
    const struct device *device = l->image->device;
    uint32_t tag = field_get(device, FIELD_cam_tag, word);
    uint32_t weight = field_get(device, FIELD_cam_weight, word);
    const char *plus = "";
    text_add(&l->out, "cam %s[%u]", name, cell);
    pad_to(l, WORD_COLUMN);
    text_add(&l->out, "tag %4u ", tag);
    put_dendrite(l, field_get(device, FIELD_cam_dendrite, word));
    for (uint32_t i = 0; weight >> i; i++) {
        if (!(weight >> i & 1))
            continue;
        text_add(&l->out, "%sw%u", plus, i);
        plus = "+";
    }
    if (field_get(device, FIELD_cam_precise, word))
        text_add(&l->out, " precise");
    if (field_get(device, FIELD_cam_mismatched, word))
        text_add(&l->out, " mismatched");
    if (field_get(device, FIELD_cam_stp, word))
        text_add(&l->out, " stp");
    start_comment(l);
    text_add(&l->out, "from ");
    talk_senders(&l->out, l->talk, core, tag);
    end_line(l);
}

static void list_site(struct lister *l, uint32_t core, size_t site)
{
    const struct image *image = l->image;
    const struct device *device = image->device;
    const uint32_t *cam = image->cam + site * device->cam_words;
    const uint32_t *sram = image->sram + site * device->sram_words;
    uint32_t n_cam = filled(cam, device->cam_words), n_sram = filled(sram, device->sram_words);
    if (n_cam == 0 && n_sram == 0 && image->latch[site] == 0)
        return;
    const char *name = image_site_name(l->arena, image, site);
    end_line(l);
    text_add(&l->out, "# %s = ", name);
    talk_site(&l->out, l->talk, site);
    text_add(&l->out, ": %u CAM words, %u SRAM words", n_cam, n_sram);
    end_line(l);
    list_latches(l, site, name);
    for (uint32_t i = 0; i < device->cam_words; i++)
        if (cam[i])
            list_cam_word(l, core, name, i, cam[i]);
    for (uint32_t i = 0; i < n_sram; i++) {
        text_add(&l->out, "sram %s[%u]", name, i);
        pad_to(l, WORD_COLUMN - 1);
        list_route(l, core / device->cores_per_chip, sram[i]);
    }
}

static void list_core(struct lister *l, uint32_t core)
{
    const struct device *device = l->image->device;
    struct core_sums sums = sum_core(l, core);
    if (sums.neurons == 0)
        return;
    list_core_header(l, core, &sums);
    list_biases(l, core);
    for (uint32_t n = 0; n < device->neurons_per_core; n++)
        list_site(l, core, (size_t)core * device->neurons_per_core + n);
}

char *image_listing(struct arena *arena, const struct image *image)
{
    struct lister l = {.arena = arena, .image = image, .talk = talk_new(arena, image)};
    text_init(&l.out, arena);
    list_meta(&l);
    list_symbols(&l);
    for (uint32_t core = 0; core < image_cores(image); core++)
        list_core(&l, core);
    return l.out.at;
}
