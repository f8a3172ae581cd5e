#include "backend/talk.h"

enum { SHOWN_RUNS = 3 };

/* Bytes of a control character (C0, DEL, C1) that stands at `at`; 0: it is none. */
static unsigned control_length(const unsigned char *at)
{
    if (at[0] < 0x20 || at[0] == 0x7F)
        return 1;
    return at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0 ? 2 : 0;
}

void text_quoted(struct text *out, const char *s)
{
    const unsigned char *at = (const unsigned char *)s;
    while (*at) {
        unsigned control = control_length(at);
        if (*at == '"' || *at == '\\')
            text_add(out, "\\%c", *at);
        else if (*at == '\n')
            text_add(out, "\\n");
        else if (control)
            for (unsigned i = 0; i < control; i++)
                text_add(out, "\\x%02x", at[i]);
        else
            text_bytes(out, (const char *)at, 1);
        at += control ? control : 1;
    }
}

void talk_unit(struct text *out, const char *name, uint32_t n_dims, const uint32_t *dims,
               uint32_t index)
{
    uint32_t at[IMAGE_MAX_DIMS];
    for (uint32_t d = n_dims; d-- > 0;) {
        at[d] = index % dims[d];
        index /= dims[d];
    }
    text_quoted(out, name);
    for (uint32_t d = 0; d < n_dims; d++)
        text_add(out, "%s%u", d ? ", " : "[", at[d]);
    text_add(out, "]");
}

void talk_site(struct text *out, const struct talk *talk, size_t site)
{
    const struct image_unit *unit = &talk->units[site];
    const struct image_population *population = &talk->image->populations.at[unit->population];
    talk_unit(out, population->name, population->n_dims, population->dims, unit->index);
}

/* --- building --- */

static void number_sources(struct arena *arena, struct talk *talk)
{
    const struct image *image = talk->image;
    uint32_t n = image->populations.n, total = 0;
    talk->first_source = ARENA_ARRAY(arena, uint32_t, (size_t)n + image->inputs.n + 1);
    for (uint32_t p = 0; p < n; p++) {
        talk->first_source[p] = total;
        for (uint32_t i = 0; i < image->populations.at[p].pieces.n; i++)
            total += image->populations.at[p].pieces.at[i].count;
    }
    for (uint32_t i = 0; i < image->inputs.n; i++) {
        talk->first_source[n + i] = total;
        total += image->inputs.at[i].size;
    }
    talk->first_source[n + image->inputs.n] = total;
}

/* Counts (sender == NULL) or stores the deliveries of one word. */
static void deliver(const struct talk *talk, uint32_t *cursor, uint32_t *sender, uint32_t from,
                    uint32_t word, uint32_t source)
{
    const struct device *device = talk->image->device;
    struct image_route route = image_route_of(talk->image, from, word);
    if (word == 0 || route.to_host)
        return;
    for (uint32_t core = 0; core < device->cores_per_chip; core++) {
        size_t bucket = ((size_t)route.chip * device->cores_per_chip + core) * device->tags;
        if (!(route.cores >> core & 1))
            continue;
        if (sender)
            sender[cursor[bucket + route.tag]] = source;
        cursor[bucket + route.tag]++;
    }
}

static void deliver_all(const struct talk *talk, uint32_t *cursor, uint32_t *sender)
{
    const struct image *image = talk->image;
    uint32_t n = image->device->sram_words;
    for (uint32_t p = 0; p < image->populations.n; p++) {
        const struct image_piece_vec *pieces = &image->populations.at[p].pieces;
        for (uint32_t i = 0; i < pieces->n; i++) {
            const struct image_piece *piece = &pieces->at[i];
            size_t site = image_site(image, piece->chip, piece->core, piece->neuron);
            for (size_t w = 0; w < (size_t)piece->count * n; w++)
                deliver(talk, cursor, sender, piece->chip, image->sram[site * n + w],
                        talk->first_source[p] + piece->first + (uint32_t)(w / n));
        }
    }
    for (uint32_t i = 0; i < image->inputs.n; i++) {
        const struct image_input *input = &image->inputs.at[i];
        for (uint32_t u = 0; u < input->size; u++)
            for (uint32_t d = input->first_dest[u]; d < input->first_dest[u + 1]; d++)
                deliver(talk, cursor, sender, input->chip, input->dest[d],
                        talk->first_source[image->populations.n + i] + u);
    }
}

/* Turns counts per bucket into where each bucket begins, and copies that to `first`. */
static uint32_t prefix_sums(uint32_t *cursor, uint32_t *first, size_t buckets)
{
    uint32_t total = 0;
    for (size_t b = 0; b < buckets; b++) {
        uint32_t n = cursor[b];
        first[b] = cursor[b] = total;
        total += n;
    }
    first[buckets] = total;
    return total;
}

static size_t bucket_of(const struct talk *talk, size_t word)
{
    const struct device *device = talk->image->device;
    size_t core = word / device->cam_words / device->neurons_per_core;
    return core * device->tags + field_get(device, FIELD_cam_tag, talk->image->cam[word]);
}

/* One entry per (bucket, population), in the order of the sites: a bucket's populations are few, so
 * looking through those found so far is cheap. `end` is where each bucket's entries end so far. */
static void index_hearers(struct arena *arena, struct talk *talk, uint32_t *end, size_t buckets)
{
    const struct image *image = talk->image;
    size_t words = image_sites(image) * image->device->cam_words;
    for (size_t w = 0; w < words; w++)
        end[bucket_of(talk, w)] += image->cam[w] != 0;
    talk->hearer =
        ARENA_ARRAY(arena, struct talk_hearer, prefix_sums(end, talk->first_hearer, buckets));
    for (size_t w = 0; w < words; w++) {
        if (!image->cam[w])
            continue;
        size_t bucket = bucket_of(talk, w);
        uint32_t population = talk->units[w / image->device->cam_words].population;
        uint32_t at = talk->first_hearer[bucket];
        while (at < end[bucket] && talk->hearer[at].population != population)
            at++;
        if (at == end[bucket])
            end[bucket]++;
        talk->hearer[at].population = population;
        talk->hearer[at].words++;
    }
}

struct talk *talk_new(struct arena *arena, const struct image *image)
{
    struct talk *talk = ARENA_NEW(arena, struct talk);
    size_t buckets = (size_t)image_cores(image) * image->device->tags;
    uint32_t *cursor = ARENA_ARRAY(arena, uint32_t, buckets);
    *talk = (struct talk){.image = image, .units = image_units(arena, image)};
    talk->first_sender = ARENA_ARRAY(arena, uint32_t, buckets + 1);
    talk->first_hearer = ARENA_ARRAY(arena, uint32_t, buckets + 1);
    number_sources(arena, talk);
    deliver_all(talk, cursor, NULL);
    talk->sender = ARENA_ARRAY(arena, uint32_t, prefix_sums(cursor, talk->first_sender, buckets));
    deliver_all(talk, cursor, talk->sender);
    index_hearers(arena, talk, ARENA_ARRAY(arena, uint32_t, buckets), buckets);
    return talk;
}

/* --- reading --- */

/* Number of the object that a source belongs to: populations, then inputs. */
static uint32_t object_of(const struct talk *talk, uint32_t source)
{
    uint32_t lo = 0, hi = talk->image->populations.n + talk->image->inputs.n;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (talk->first_source[mid] <= source)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static void add_source(struct text *out, const struct talk *talk, uint32_t source)
{
    uint32_t object = object_of(talk, source), n = talk->image->populations.n;
    uint32_t index = source - talk->first_source[object];
    if (object < n) {
        const struct image_population *population = &talk->image->populations.at[object];
        talk_unit(out, population->name, population->n_dims, population->dims, index);
    } else {
        const struct image_input *input = &talk->image->inputs.at[object - n];
        talk_unit(out, input->name, input->n_dims, input->dims, index);
    }
}

void talk_senders(struct text *out, const struct talk *talk, uint32_t core, uint32_t tag)
{
    size_t bucket = (size_t)core * talk->image->device->tags + tag;
    uint32_t at = talk->first_sender[bucket], end = talk->first_sender[bucket + 1];
    for (unsigned runs = 0; at < end && runs < SHOWN_RUNS; runs++) {
        uint32_t from = at++;
        while (at < end && talk->sender[at] == talk->sender[at - 1] + 1
               && object_of(talk, talk->sender[at]) == object_of(talk, talk->sender[from]))
            at++;
        text_add(out, "%s", runs ? ", " : "");
        add_source(out, talk, talk->sender[from]);
        if (at - from > 1) {
            text_add(out, " .. ");
            add_source(out, talk, talk->sender[at - 1]);
        }
    }
    if (at < end)
        text_add(out, " and %u more", end - at);
}

void talk_hearers(struct text *out, const struct talk *talk, uint32_t chip, uint32_t cores,
                  uint32_t tag)
{
    const struct device *device = talk->image->device;
    uint32_t last = UINT32_MAX;
    for (uint32_t core = 0; core < device->cores_per_chip; core++) {
        size_t bucket = ((size_t)chip * device->cores_per_chip + core) * device->tags + tag;
        if (!(cores >> core & 1))
            continue;
        for (uint32_t h = talk->first_hearer[bucket]; h < talk->first_hearer[bucket + 1]; h++) {
            const struct talk_hearer *hearer = &talk->hearer[h];
            if (hearer->words == 0 || hearer->population == last)
                continue;
            text_add(out, "%s", last == UINT32_MAX ? "" : ", ");
            text_quoted(out, talk->image->populations.at[hearer->population].name);
            last = hearer->population;
        }
    }
}
