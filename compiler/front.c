#include "compiler/front.h"

#include "compiler/base/outfile.h"

#include <string.h>

enum { DEFAULT_SOURCE_MIB = 64 };

static bool open_stdin(struct arena *arena, struct source_set *sources, const char *root,
                       uint64_t max_bytes, struct diag_sink *sink)
{
    uint8_t *bytes;
    size_t n;
    const char *why;
    source_set_init(sources, arena, root ? root : ".");
    if (!read_whole(arena, "/dev/stdin", max_bytes, &bytes, &n, &why)) {
        diag_add(sink, DIAG_E0601, span_nowhere(), "cannot read standard input: %s", why);
        return false;
    }
    sources->files.at[source_add(sources, "-", (const char *)bytes, n)]->in_image = true;
    return true;
}

bool front_open(struct arena *arena, struct source_set *sources, const char *path, const char *root,
                uint64_t max_bytes, struct diag_sink *sink)
{
    if (max_bytes == 0)
        max_bytes = (uint64_t)DEFAULT_SOURCE_MIB << 20;
    if (!strcmp(path, "-"))
        return open_stdin(arena, sources, root, max_bytes, sink);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *why;
    const char *folder = !slash          ? "."
                         : slash == path ? "/"
                                         : arena_strndup(arena, path, (size_t)(slash - path));
    uint16_t index;
    if (root) { /* the file is named as seen from here, but must lie below the root */
        size_t n = strlen(root);
        while (n > 1 && root[n - 1] == '/')
            n--;
        folder = arena_strndup(arena, root, n);
        bool below = !strncmp(path, root, n) && path[n] == '/';
        name = below ? path + n + 1 : path;
    }
    source_set_init(sources, arena, folder);
    enum source_status status = source_read(sources, name, SPAN_NOWHERE, max_bytes, &index, &why);
    if (status != SOURCE_OK) {
        enum diag_code code = status == SOURCE_OUTSIDE     ? DIAG_E0602
                              : status == SOURCE_TOO_LARGE ? DIAG_E0225
                                                           : DIAG_E0601;
        struct diag *diag =
            diag_add(sink, code, span_nowhere(), "cannot open \"%s\": %s", path, why);
        if (status == SOURCE_TOO_LARGE)
            diag_help(sink, diag, span_nowhere(), NULL,
                      "the limit is %llu bytes; --max-source raises it",
                      (unsigned long long)max_bytes);
        return false;
    }
    sources->files.at[index]->in_image = true;
    return true;
}

bool front_parse(struct arena *arena, struct source_set *sources, struct diag_sink *sink,
                 struct ast *ast)
{
    parse_file(arena, sources, 0, sink, 0, ast);
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
