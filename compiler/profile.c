#include "compiler/profile.h"

#include "compiler/load.h"

#include <jansson.h>
#include <string.h>

enum { MAX_LEVELS = 4 };

/* Where reading stands, and what was found wrong there: a message is made only when the library's
 * memory has been given back. */
struct reader {
    struct defects *defects;
    uint32_t first_core; /* of the chip */
    const char *part;    /* "cams" */
    uint32_t size[MAX_LEVELS], at[MAX_LEVELS], n_levels, depth;
    const char *fault; /* NULL: none */
    uint64_t got;      /* entries, where the fault is their number */
};

static const char no_list[] = "is not a list", other_length[] = "is of another length",
                  no_fraction[] = "is not a number from 0 to 1",
                  no_tag[] = "is not a tag of its half", tag_twice[] = "stands in its list already";

static bool fault(struct reader *r, const char *what)
{
    r->fault = what;
    return false;
}

static bool is_fraction(const json_t *value)
{
    double x = json_number_value(value);
    return json_is_number(value) && x >= 0 && x <= 1;
}

/* --- cams, prob: lists in lists down to a fraction --- */

static bool leaf(struct reader *r, const json_t *value)
{
    struct defects *d = r->defects;
    if (!is_fraction(value))
        return fault(r, no_fraction);
    if (r->n_levels < MAX_LEVELS || json_number_value(value) <= d->threshold)
        return true; /* prob, or a good word */
    size_t core = r->first_core + r->at[0];
    size_t word = (core * d->neurons + r->at[1]) * d->words + r->at[2];
    d->bad_word[word] |= (uint8_t)(1u << r->at[3]);
    d->n_bad_words[r->at[3]]++;
    return true;
}

/* At most MAX_LEVELS deep. */
static bool level(struct reader *r, const json_t *value)
{
    if (r->depth == r->n_levels)
        return leaf(r, value);
    uint32_t n = r->size[r->depth], *at = &r->at[r->depth];
    if (!json_is_array(value))
        return fault(r, no_list);
    r->got = json_array_size(value);
    if (r->got != n)
        return fault(r, other_length);
    r->depth++;
    for (*at = 0; *at < n; ++*at)
        if (!level(r, json_array_get(value, *at)))
            return false;
    r->depth--;
    return true;
}

/* --- tags --- */

static bool tag_list(struct reader *r, const json_t *list, uint32_t core, uint32_t half)
{
    struct defects *d = r->defects;
    uint32_t per_half = d->tags / NET_TAG_HALVES, first = half * per_half, n_good = 0;
    uint8_t *bad = d->bad_tag + (size_t)core * d->tags + first;
    if (!json_is_array(list))
        return fault(r, no_list);
    for (uint32_t t = 0; t < per_half; t++)
        bad[t] = 1;
    r->depth++;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *tag = json_array_get(list, i);
        json_int_t number = json_integer_value(tag);
        r->at[2] = (uint32_t)i;
        if (!json_is_integer(tag) || number < first || number >= first + per_half)
            return fault(r, no_tag);
        json_int_t t = number - first;
        if (!bad[t])
            return fault(r, tag_twice);
        bad[t] = 0;
        n_good++;
    }
    r->depth--;
    d->n_bad_tags += per_half - n_good;
    return true;
}

static bool read_tags(struct reader *r, const json_t *tags, uint32_t cores)
{
    *r = (struct reader){.defects = r->defects, .first_core = r->first_core, .part = "tags"};
    r->size[0] = cores;
    r->size[1] = NET_TAG_HALVES;
    r->got = json_array_size(tags);
    if (!json_is_array(tags))
        return fault(r, no_list);
    if (r->got != cores)
        return fault(r, other_length);
    for (uint32_t c = 0; c < cores; c++) {
        const json_t *halves = json_array_get(tags, c);
        r->at[0] = c;
        r->depth = 1;
        r->got = json_array_size(halves);
        if (!json_is_array(halves))
            return fault(r, no_list);
        if (r->got != NET_TAG_HALVES)
            return fault(r, other_length);
        r->depth = 2;
        for (r->at[1] = 0; r->at[1] < NET_TAG_HALVES; r->at[1]++)
            if (!tag_list(r, json_array_get(halves, r->at[1]), r->first_core + c, r->at[1]))
                return false;
    }
    return true;
}

/* --- the file --- */

static bool read_members(struct reader *r, const json_t *root, const struct device *device)
{
    const json_t *prob = json_object_get(root, "prob"), *tags = json_object_get(root, "tags");
    const uint32_t cores = device->cores_per_chip;
    *r = (struct reader){
        .defects = r->defects,
        .first_core = r->first_core,
        .part = "cams",
        .size = {cores, device->neurons_per_core, device->cam_words, NET_TAG_HALVES},
        .n_levels = MAX_LEVELS};
    if (!level(r, json_object_get(root, "cams")))
        return false;
    *r = (struct reader){.defects = r->defects,
                         .first_core = r->first_core,
                         .part = "prob",
                         .size = {NET_TAG_HALVES, cores},
                         .n_levels = 2};
    return (!prob || level(r, prob)) && (!tags || read_tags(r, tags, cores));
}

static void report_fault(struct eval *eval, const char *path, struct span span,
                         const struct reader *r)
{
    const char *where = r->part;
    for (uint32_t i = 0; i < r->depth; i++)
        where = arena_printf(eval->arena, "%s[%u]", where, r->at[i]);
    if (r->fault == other_length)
        eval_report(eval, DIAG_E0604, span, "\"%s\": %s has %llu entries, %u are needed", path,
                    where, (unsigned long long)r->got, r->size[r->depth]);
    else
        eval_report(eval, DIAG_E0604, span, "\"%s\": %s %s", path, where, r->fault);
}

/* The defects of one chip for another. */
static void copy_chip(const struct device *device, uint32_t from, uint32_t to, struct defects *d)
{
    size_t words = (size_t)device->cores_per_chip * d->neurons * d->words;
    size_t tags = (size_t)device->cores_per_chip * d->tags;
    memcpy(d->bad_word + to * words, d->bad_word + from * words, words);
    memcpy(d->bad_tag + to * tags, d->bad_tag + from * tags, tags);
    for (size_t i = 0; i < words; i++)
        for (int half = 0; half < NET_TAG_HALVES; half++)
            d->n_bad_words[half] += d->bad_word[to * words + i] >> half & 1;
    for (size_t i = 0; i < tags; i++)
        d->n_bad_tags += d->bad_tag[to * tags + i];
}

bool profile_read(struct eval *eval, const char *path, struct span span, uint32_t chip,
                  uint32_t *first_chip, struct defects *defects)
{
    uint16_t file;
    json_error_t error;
    struct reader reader = {.defects = defects, .first_core = chip * eval->device->cores_per_chip};
    if (!load_text(eval, path, span, eval->limits.profile_bytes, "profile-bytes", &file))
        return false;
    if (first_chip[file]) {
        copy_chip(eval->device, first_chip[file] - 1, chip, defects);
        return true;
    }
    first_chip[file] = chip + 1;
    const struct source *source = eval->sources->files.at[file];
    json_t *root = json_loadb(source->text, source->size, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        eval_report(eval, DIAG_E0604, span, "\"%s\":%d: no JSON: %s", path, error.line, error.text);
        return false;
    }
    bool object = json_is_object(root);
    bool ok = object && read_members(&reader, root, eval->device);
    json_decref(root);
    if (!object)
        eval_report(eval, DIAG_E0604, span, "\"%s\" is no profile: an object with `cams` is needed",
                    path);
    else if (!ok)
        report_fault(eval, path, span, &reader);
    return ok;
}

struct defects *defects_new(struct eval *eval, uint32_t chips, double threshold)
{
    const struct device *device = eval->device;
    struct defects *d = ARENA_NEW(eval->arena, struct defects);
    *d = (struct defects){.profile = "",
                          .threshold = threshold,
                          .cores = device_cores(device, chips),
                          .neurons = device->neurons_per_core,
                          .words = device->cam_words,
                          .tags = device->tags};
    d->bad_word = ARENA_ARRAY(eval->arena, uint8_t, (size_t)d->cores * d->neurons * d->words);
    d->bad_tag = ARENA_ARRAY(eval->arena, uint8_t, (size_t)d->cores * d->tags);
    return d;
}
