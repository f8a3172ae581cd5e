#include "backend/text_read.h"

#include "backend/emit.h"
#include "backend/listing.h"

#include <string.h>

/* --- head --- */

/* Ends the open statement: its line must be over. After a fault the rest of the line is skipped. */
static void end_statement(struct reader *r)
{
    bool at_end = r->token.kind == TOKEN_LINE_END || r->token.kind == TOKEN_FILE_END;
    if (!r->bad && !at_end)
        reader_fault(r, r->token.span, "%s",
                     r->token.kind == TOKEN_BAD ? r->token.text : "the statement should end here");
    while (r->token.kind != TOKEN_LINE_END && r->token.kind != TOKEN_FILE_END)
        r->token = scan_token(&r->scanner);
    r->bad = false;
}

/* Goes to the first token of the next statement; false at the end of the file. */
static bool next_statement(struct reader *r)
{
    while (r->token.kind == TOKEN_LINE_END)
        r->token = scan_token(&r->scanner);
    r->statement = r->token.span;
    return r->token.kind != TOKEN_FILE_END;
}

static void read_target(struct reader *r, struct image_meta *meta)
{
    const uint32_t most = r->device->max_chips_per_axis;
    take_word(r, "target");
    struct span span = r->token.span;
    meta->target = take_string(r, "the target's name");
    if (!r->bad && strcmp(meta->target, r->device->name) != 0)
        reader_fault(r, span, "this assembler knows target %s only", r->device->name);
    take_word(r, "revision");
    span = r->token.span;
    if (take_number(r, "a revision", UINT32_MAX) != IMAGE_DEVICE_REVISION)
        reader_fault(r, span, "this assembler knows revision %d only", IMAGE_DEVICE_REVISION);
    take_word(r, "chips");
    span = r->token.span;
    meta->chips = take_number(r, "a number of chips", most * most);
    take_word(r, "grid");
    meta->grid_w = take_number(r, "a grid", most);
    take_word(r, "x");
    meta->grid_h = take_number(r, "a grid", most);
    if (!r->bad && (meta->chips == 0 || meta->chips != meta->grid_w * meta->grid_h))
        reader_fault(r, span, "%u chips do not make a grid of %u x %u", meta->chips, meta->grid_w,
                     meta->grid_h);
}

/* The four statements that every listing begins with; nothing can be read without them. */
static bool read_head(struct reader *r)
{
    struct image_meta meta = {0};
    next_statement(r);
    take_word(r, "dynasm");
    struct span span = r->token.span;
    if (take_number(r, "a version", UINT32_MAX) != LISTING_VERSION)
        reader_fault(r, span, "listing versions other than %d are not supported", LISTING_VERSION);
    r->said.start = r->statement;
    end_statement(r);
    next_statement(r);
    take_word(r, "tool");
    meta.tool = take_string(r, "the tool's version");
    end_statement(r);
    next_statement(r);
    read_target(r, &meta);
    end_statement(r);
    next_statement(r);
    take_word(r, "seed");
    meta.seed = take_large_number(r, "a seed");
    end_statement(r);
    if (r->any_bad)
        return false;
    image_init(r->arena, r->image, r->device, &meta);
    return true;
}

/* --- META --- */

static void read_define(struct reader *r)
{
    struct image_define define = {.name = take_string(r, "a name")};
    take_mark(r, '=');
    define.value = take_string(r, "a value");
    if (!r->bad)
        VEC_PUSH(r->arena, &r->image->meta.defines, define);
}

static bool parse_sha256(const char *text, uint8_t *sha256, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(text) != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *high = strchr(digits, text[2 * i]), *low = strchr(digits, text[2 * i + 1]);
        if (!high || !low)
            return false;
        sha256[i] = (uint8_t)((high - digits) * 16 + (low - digits));
    }
    return true;
}

static void read_file(struct reader *r)
{
    struct image_file file = {.path = take_string(r, "a path")};
    take_word(r, "sha256");
    struct span span = r->token.span;
    const char *digest = take_string(r, "a digest");
    if (!r->bad && !parse_sha256(digest, file.sha256, sizeof file.sha256))
        reader_fault(r, span, "a SHA-256 has 64 digits 0 .. 9, a .. f");
    if (!r->bad)
        VEC_PUSH(r->arena, &r->image->meta.files, file);
}

/* --- all --- */

enum statement {
    SAY_DEFINE,
    SAY_FILE,
    SAY_POPULATION,
    SAY_PIECE,
    SAY_INPUT,
    SAY_SEND,
    SAY_FILTER,
    SAY_ROUTE,
    SAY_PROBE,
    SAY_SET,
    SAY_BIAS,
    SAY_LATCH,
    SAY_CAM,
    SAY_SRAM,
    N_STATEMENTS
};

/* Reads one statement; `last` is the one before, as some only continue another. */
static enum statement read_statement(struct reader *r, enum statement last)
{
    static const char *const keywords[N_STATEMENTS] = {
        "define", "file",  "population", "piece", "input", "send", "filter",
        "route",  "probe", "set",        "bias",  "latch", "cam",  "sram"};
    static void (*const readers[N_STATEMENTS])(struct reader *) = {
        read_define, read_file,  read_population, read_piece, read_input, read_send, read_filter,
        read_route,  read_probe, read_set,        read_bias,  read_latch, read_cam,  read_sram};
    struct span keyword = r->token.span;
    enum statement now = (enum statement)take_choice(r, "a statement", keywords, N_STATEMENTS);
    bool of_input = now == SAY_SEND || now == SAY_FILTER || now == SAY_ROUTE;
    bool part = !r->bad && (now == SAY_PIECE || of_input);
    if (part && r->skip_parts) /* of something that could not be read: nothing more to say */
        r->bad = true;
    if (now == SAY_PIECE && last != SAY_POPULATION && last != SAY_PIECE)
        reader_fault(r, keyword, "`piece` follows its `population`");
    if (of_input && last != SAY_INPUT && last != SAY_SEND && last != SAY_FILTER
        && last != SAY_ROUTE)
        reader_fault(r, keyword, "`%s` follows its `input`", keywords[now]);
    if (r->bad) /* parts behind a misplaced one belong to nothing either */
        r->skip_parts = true;
    else
        readers[now](r);
    if (!part)
        r->skip_parts = r->bad;
    end_statement(r);
    return now;
}

static struct span place_of(const struct reader *r, const struct image_fault *fault)
{
    const struct said *said = &r->said;
    struct span span = said->start;
    switch (fault->part) {
    case IMAGE_CAM:
        span = said->cam[fault->index];
        break;
    case IMAGE_SRAM:
        span = said->sram[fault->index];
        break;
    case IMAGE_BIAS:
        span = said->bias[fault->index];
        break;
    case IMAGE_LATCH:
        span = said->latch[fault->index];
        break;
    case IMAGE_INPUT:
        span = said->inputs.at[fault->index];
        break;
    case IMAGE_PROBE:
        span = said->probes.at[fault->index];
        break;
    case IMAGE_SYMBOLS:
        span = said->populations.at[fault->index];
        break;
    case IMAGE_SETTINGS:
        if (fault->index < said->settings.n)
            span = said->settings.at[fault->index];
        break;
    case IMAGE_META:
    case N_IMAGE_PARTS:
        break;
    }
    return span.end ? span : said->start;
}

static void read_body(struct reader *r)
{
    const struct device *device = r->device;
    size_t sites = image_sites(r->image);
    r->said.cam = ARENA_ARRAY(r->arena, struct span, sites * device->cam_words);
    r->said.sram = ARENA_ARRAY(r->arena, struct span, sites * device->sram_words);
    r->said.latch = ARENA_ARRAY(r->arena, struct span, sites);
    r->said.bias = ARENA_ARRAY(r->arena, struct span, (size_t)image_cores(r->image) * N_BIASES);
    enum statement last = N_STATEMENTS;
    while (next_statement(r))
        last = read_statement(r, last);
    close_input(r);
}

bool image_assemble(struct arena *arena, const struct device *device,
                    const struct source_set *sources, uint16_t file, struct diag_sink *sink,
                    struct image *image)
{
    struct reader r = {.arena = arena, .sink = sink, .device = device, .image = image};
    struct image_fault fault;
    r.scanner = (struct scanner){.arena = arena, .source = sources->files.at[file], .file = file};
    r.token = scan_token(&r.scanner);
    if (!read_head(&r))
        return false;
    read_body(&r);
    if (r.any_bad)
        return false;
    if (!image_check(arena, image, &fault)) {
        diag_add(sink, DIAG_E0903, place_of(&r, &fault), "%s", fault.text);
        return false;
    }
    return true;
}
