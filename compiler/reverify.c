#include "compiler/reverify.h"

#include "backend/verify/verify.h"

/* What META records in place of the command line of the build. */
static struct elaborate_options recorded_options(const struct verify_meta *meta)
{
    struct elaborate_options options = {.seed_given = true, .seed = meta->seed};
    if (meta->grid_h == 1) {
        options.chips = meta->chips;
    } else {
        options.grid_w = meta->grid_w;
        options.grid_h = meta->grid_h;
    }
    return options;
}

static const char **recorded_defines(struct arena *arena, const struct verify_meta *meta)
{
    const char **defines = ARENA_ARRAY(arena, const char *, meta->n_defines);
    for (uint32_t i = 0; i < meta->n_defines; i++)
        defines[i] = arena_printf(arena, "%s=%s", meta->defines[i].name, meta->defines[i].value);
    return defines;
}

static bool elaborate_again(struct arena *arena, struct source_set *sources,
                            const struct elaborate_options *opened, const struct verify_meta *meta,
                            const struct device *device, struct diag_sink *sink,
                            struct elaboration *elaboration)
{
    struct ast ast;
    struct elaborate_options options = recorded_options(meta);
    options.import_folders = opened->import_folders;
    options.profiles = opened->profiles;
    for (uint32_t i = 0; i < meta->n_files; i++)
        VEC_PUSH(arena, &options.import_listed, meta->files[i].path);
    return front_parse(arena, sources, &options, sink, &ast)
           && front_elaborate(arena, sources, &ast, device, &options, recorded_defines(arena, meta),
                              meta->n_defines, sink, elaboration);
}

bool reverify(struct arena *arena, struct source_set *sources, const struct front_files *files,
              const uint8_t *bytes, size_t n, const char *tool_version, const struct device *device,
              struct diag_sink *sink)
{
    struct verify_meta meta;
    struct elaboration elaboration;
    struct elaborate_options opened = {0};
    if (!verify_read_meta(arena, bytes, n, sink, &meta)
        || !front_open(arena, sources, files, sink, &opened)
        || !verify_main_file(&meta, sources->files.at[0], sink))
        return false;
    bool meaningful = elaborate_again(arena, sources, &opened, &meta, device, sink, &elaboration);
    bool unchanged = verify_files(&meta, sources, meaningful, sink);
    bool all_there = diag_exit_code(sink) < diag_info(DIAG_E0601)->exit_code;
    if (!meaningful && unchanged && all_there)
        diag_add(sink, DIAG_E0901, span_nowhere(),
                 "image check V12: the image records a seed, a board or -D values under which its "
                 "own source is no network");
    return meaningful && unchanged
           && verify_image(arena, &elaboration.net, tool_version, bytes, n, sink);
}
