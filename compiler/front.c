#include "compiler/front.h"

#include "compiler/base/outfile.h"
#include "compiler/import.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool open_stdin(struct arena *arena, struct source_set *sources, const char *root,
                       uint64_t max_bytes, struct diag_sink *sink)
{
    uint8_t *bytes;
    size_t n;
    const char *why;
    source_set_init(sources, arena, root ? root : ".");
    sources->max_bytes = max_bytes;
    if (!read_whole(arena, "-", max_bytes, &bytes, &n, &why)) {
        diag_add(sink, DIAG_E0601, span_nowhere(), "cannot read standard input: %s", why);
        return false;
    }
    uint16_t index = source_add(sources, "-", (const char *)bytes, n); /* may move files.at */
    sources->files.at[index]->in_image = true;
    return true;
}

static enum diag_code code_of(enum source_status status)
{
    return status == SOURCE_OUTSIDE     ? DIAG_E0602
           : status == SOURCE_TOO_LARGE ? DIAG_E0225
                                        : DIAG_E0601;
}

/* Where a folder named as seen from here lies below the root ("" is the root itself): both without
 * links and "..", so that whether the one holds the other is a question of their names. */
static enum source_status folder_below(struct arena *arena, const char *folder, const char *root,
                                       const char **name, const char **why)
{
    char above[PATH_MAX], below[PATH_MAX];
    if (!realpath(root, above)) {
        *why = arena_printf(arena, "its project root \"%s\": %s", root, strerror(errno));
        return SOURCE_MISSING;
    }
    if (!realpath(folder, below)) {
        *why = strerror(errno);
        return SOURCE_MISSING;
    }
    size_t n = strcmp(above, "/") ? strlen(above) : 0;
    if (strncmp(above, below, n) != 0 || (below[n] && below[n] != '/')) {
        *why = "it lies outside the project root";
        return SOURCE_OUTSIDE;
    }
    *name = arena_strdup(arena, below + n + (below[n] == '/'));
    return SOURCE_OK;
}

/* The folder of a path, and its last part. */
static const char *split(struct arena *arena, const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    return !slash ? "." : slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

static enum source_status open_file(struct arena *arena, struct source_set *sources,
                                    const char *path, const char *root, uint64_t max_bytes,
                                    const char **why)
{
    const char *name, *folder = split(arena, path, &name);
    uint16_t index;
    if (!*path) {
        *why = strerror(ENOENT);
        return SOURCE_ABSENT;
    }
    if (root) { /* the last part keeps its name: source_read() refuses it if it is a link */
        const char *below;
        enum source_status status = folder_below(arena, folder, root, &below, why);
        if (status != SOURCE_OK)
            return status;
        name = arena_printf(arena, "%s%s%s", below, *below ? "/" : "", name);
    }
    source_set_init(sources, arena, root ? root : folder);
    sources->max_bytes = max_bytes;
    enum source_status status = source_read(sources, name, SPAN_NOWHERE, max_bytes, &index, why);
    if (status == SOURCE_OK)
        sources->files.at[index]->in_image = true;
    return status;
}

/* `given` as seen from the root; NULL: reported. */
static const char *below_root(struct arena *arena, const struct source_set *sources,
                              const char *option, const char *given, const char *folder,
                              struct diag_sink *sink)
{
    const char *why, *below;
    enum source_status status = folder_below(arena, folder, sources->root, &below, &why);
    if (status == SOURCE_OK)
        return *below ? below : ".";
    struct diag *diag =
        diag_add(sink, code_of(status), span_nowhere(), "%s %s: %s", option, given, why);
    if (status == SOURCE_OUTSIDE)
        diag_help(sink, diag, span_nowhere(), NULL,
                  "the root is \"%s\"; --root names a folder that holds both", sources->root);
    return NULL;
}

static bool open_folders(struct arena *arena, const struct source_set *sources,
                         const struct front_files *files, struct diag_sink *sink,
                         struct elaborate_options *options)
{
    bool ok = true;
    for (uint32_t i = 0; i < files->folders.n; i++) {
        const char *given = files->folders.at[i];
        const char *below = below_root(arena, sources, "-I", given, given, sink);
        if (below)
            VEC_PUSH(arena, &options->import_folders, below);
        ok = ok && below;
    }
    for (uint32_t i = 0; i < files->profiles.n; i++) {
        const char *name, *given = files->profiles.at[i], *folder = split(arena, given, &name);
        if (*given) {
            folder = below_root(arena, sources, "--profile", given, folder, sink);
            ok = ok && folder;
            name =
                folder && strcmp(folder, ".") ? arena_printf(arena, "%s/%s", folder, name) : name;
        }
        VEC_PUSH(arena, &options->profiles, name);
    }
    return ok;
}

bool front_open(struct arena *arena, struct source_set *sources, const struct front_files *files,
                struct diag_sink *sink, struct elaborate_options *options)
{
    const char *why;
    uint64_t max_bytes = files->max_bytes ? files->max_bytes : (uint64_t)FRONT_SOURCE_MIB << 20;
    if (!strcmp(files->path, "-"))
        return open_stdin(arena, sources, files->root, max_bytes, sink)
               && open_folders(arena, sources, files, sink, options);
    enum source_status status =
        open_file(arena, sources, files->path, files->root, max_bytes, &why);
    if (status == SOURCE_OK)
        return open_folders(arena, sources, files, sink, options);
    struct diag *diag =
        diag_add(sink, code_of(status), span_nowhere(), "cannot open \"%s\": %s", files->path, why);
    if (status == SOURCE_TOO_LARGE)
        diag_help(sink, diag, span_nowhere(), NULL,
                  "the limit is %llu bytes; --max-source raises it", (unsigned long long)max_bytes);
    return false;
}

bool front_parse(struct arena *arena, struct source_set *sources,
                 const struct elaborate_options *options, struct diag_sink *sink, struct ast *ast)
{
    parse_file(arena, sources, 0, sink, ast);
    import_files(arena, sources, ast, options, sink);
    return !diag_has_errors(sink);
}

/* Sorts by name, so that the order on the command line changes no byte. */
static void sort_defines(struct define_text *at, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        struct define_text one = at[i];
        uint32_t j = i;
        for (; j > 0 && strcmp(at[j - 1].name, one.name) > 0; j--)
            at[j] = at[j - 1];
        at[j] = one;
    }
}

static bool split_define(struct arena *arena, struct source_set *sources, const char *given,
                         struct diag_sink *sink, struct define_text *define)
{
    const char *equals = strchr(given, '=');
    if (!equals || equals == given) {
        diag_add(sink, DIAG_E0224, span_nowhere(), "-D %s: write -D name=value", given);
        return false;
    }
    define->name = arena_strndup(arena, given, (size_t)(equals - given));
    define->value = equals + 1;
    define->file = source_add(sources, arena_printf(arena, "-D %s", define->name), equals + 1,
                              strlen(equals + 1));
    return true;
}

bool front_elaborate(struct arena *arena, struct source_set *sources, const struct ast *ast,
                     const struct device *device, const struct elaborate_options *options,
                     const char *const *defines, uint32_t n_defines, struct diag_sink *sink,
                     struct elaboration *out)
{
    struct elaborate_options own = *options;
    struct define_text *split = ARENA_ARRAY(arena, struct define_text, n_defines);
    for (uint32_t i = 0; i < n_defines; i++)
        if (!split_define(arena, sources, defines[i], sink, &split[i]))
            return false;
    sort_defines(split, n_defines);
    for (uint32_t i = 1; i < n_defines; i++) {
        if (!strcmp(split[i - 1].name, split[i].name)) {
            diag_add(sink, DIAG_E0224, span_nowhere(), "-D %s is given twice", split[i].name);
            return false;
        }
    }
    own.defines = split;
    own.n_defines = n_defines;
    return elaborate(arena, sources, ast, device, &own, sink, out);
}
