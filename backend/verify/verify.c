#include "backend/verify/verify.h"

#include "backend/verify/checks.h"
#include "compiler/base/text.h"

#include <string.h>

enum { MOST_SHOWN = 5 };

struct diag *finding(struct verify *v, enum check check, enum diag_code code, struct span span,
                     const char *format, ...)
{
    if (v->found[check]++ >= MOST_SHOWN)
        return NULL;
    struct text text;
    va_list args;
    text_init(&text, v->arena);
    va_start(args, format);
    text_add_v(&text, format, args);
    va_end(args);
    return diag_add(v->sink, code, span, "image check V%d: %s", (int)check, text.at);
}

char *source_name(const struct verify *v, uint32_t source)
{
    return net_source_name(v->arena, v->net, source);
}

char *site_name(const struct verify *v, size_t site)
{
    uint32_t core = core_of_site(site);
    return arena_printf(v->arena, "chip %u core %u neuron %u", chip_of_core(core),
                        core % layout.cores, (unsigned)(site % layout.neurons));
}

static bool clean(const struct verify *v)
{
    for (unsigned check = 0; check < N_CHECKS; check++)
        if (v->found[check])
            return false;
    return true;
}

static void count_unshown(struct verify *v)
{
    for (unsigned check = 0; check < N_CHECKS; check++)
        if (v->found[check] > MOST_SHOWN)
            diag_add(v->sink, DIAG_E0901, span_nowhere(),
                     "image check V%u: at least %u findings, %d of them shown", check,
                     v->found[check], (int)MOST_SHOWN);
}

static void run_checks(struct verify *v)
{
    check_v12_meta(v);
    if (!clean(v))
        return;
    check_v1_symbols(v);
    if (!clean(v))
        return;
    group_biases(v);
    if (!clean(v))
        return;
    check_v4_residue(v);
    check_v5_routes(v);
    check_v6_monitors(v);
    check_v7_cores(v);
    check_v8_codes(v);
    check_v9_latches(v);
    check_v9_settings(v);
    check_v10_order(v);
    check_v11_rules(v);
    check_v11_defects(v);
    if (!clean(v))
        return;
    collect_requests(v);
    check_v8_slots(v);
    check_v8_delays(v);
    if (!clean(v))
        return;
    resolve_attributes(v);
    collect_deliveries(v);
    check_v2_v3_edges(v);
    if (clean(v))
        check_v10_form(v);
}

bool verify_image(struct arena *arena, const struct net *net, const char *tool_version,
                  const uint8_t *bytes, size_t n, struct diag_sink *sink)
{
    struct read_image image = {0};
    if (!image_read(arena, bytes, n, sink, &image))
        return false;
    struct verify v = {.arena = arena,
                       .sink = sink,
                       .net = net,
                       .tool_version = tool_version,
                       .image = &image,
                       .n_sites = (size_t)image.n_cores * layout.neurons};
    run_checks(&v);
    count_unshown(&v);
    return clean(&v);
}

bool verify_read_meta(struct arena *arena, const uint8_t *bytes, size_t n, struct diag_sink *sink,
                      struct verify_meta *meta)
{
    return image_read_meta(arena, bytes, n, sink, meta);
}

/* --- files --- */

static bool changed(struct diag_sink *sink, const char *path, const char *how)
{
    diag_add(sink, DIAG_E0905, span_nowhere(), "image check V12: `%s` %s", path, how);
    return false;
}

static bool same_hash(const struct verify_file *file, const struct source *source)
{
    return memcmp(source->sha256, file->sha256, sizeof file->sha256) == 0;
}

static bool other_name(const struct verify_file *file, const struct source *main,
                       struct diag_sink *sink)
{
    bool same = same_hash(file, main);
    struct diag *diag = diag_add(
        sink, DIAG_E0905, span_nowhere(), "image check V12: %s `%s`, not `%s`",
        same ? "the image has this file, unchanged, under the name" : "the image was made from",
        file->path, main->path);
    if (same)
        diag_help(sink, diag, span_nowhere(), NULL,
                  "names are relative to the project root: give that of the build, `--root DIR`, "
                  "below which the file is `%s`",
                  file->path);
    return false;
}

bool verify_main_file(const struct verify_meta *meta, const struct source *main,
                      struct diag_sink *sink)
{
    if (meta->n_files == 0)
        return changed(sink, main->path, "is not the file that the image was made from");
    if (strcmp(meta->files[0].path, main->path) != 0)
        return other_name(&meta->files[0], main, sink);
    if (!same_hash(&meta->files[0], main))
        return changed(sink, main->path, "has changed since the image was made");
    return true;
}

static const struct source *find_source(const struct source_set *sources, const char *path)
{
    for (uint32_t i = 0; i < sources->files.n; i++)
        if (sources->files.at[i]->in_image && strcmp(sources->files.at[i]->path, path) == 0)
            return sources->files.at[i];
    return NULL;
}

static bool listed(const struct verify_meta *meta, const char *path)
{
    for (uint32_t i = 0; i < meta->n_files; i++)
        if (strcmp(meta->files[i].path, path) == 0)
            return true;
    return false;
}

bool verify_files(const struct verify_meta *meta, const struct source_set *sources, bool all_read,
                  struct diag_sink *sink)
{
    bool same = true;
    for (uint32_t i = 0; i < meta->n_files; i++) {
        const struct verify_file *file = &meta->files[i];
        const struct source *source = find_source(sources, file->path);
        if (!source && all_read)
            same =
                changed(sink, file->path, "is named in the image, but the source does not read it");
        else if (source && !same_hash(file, source))
            same = changed(sink, file->path, "has changed since the image was made");
    }
    for (uint32_t i = 0; i < sources->files.n; i++) {
        const struct source *source = sources->files.at[i];
        if (source->in_image && !listed(meta, source->path))
            same = changed(sink, source->path, "is read by the source, but not named in the image");
    }
    return same;
}
