#include "compiler/import.h"

#include "compiler/base/text.h"

#include <string.h>

struct imported { /* a file that was read: done, or with imports of its own still open */
    struct ast ast;
    const struct item *open; /* the import being followed; NULL: done */
    uint32_t height;         /* imports within each other below this file */
};
struct imported_vec VEC_OF(struct imported *);

struct importer {
    struct arena *arena;
    struct source_set *sources;
    const struct elaborate_options *options;
    struct diag_sink *sink;
    struct elaborate_limits limits;
    struct imported_vec files;
    uint64_t bytes; /* of the imported files */
    bool stopped;   /* a limit was passed */
};

/* --- findings --- */

static bool over_limit(struct importer *in, const struct item *item, const char *what,
                       uint64_t limit, const char *option)
{
    struct diag *diag =
        diag_add(in->sink, DIAG_E0225, item->type_span, "importing \"%s\": more than %llu %s",
                 item->text, (unsigned long long)limit, what);
    diag_note(in->sink, diag, span_nowhere(), "the limit is `--limit %s=%llu`", option,
              (unsigned long long)limit);
    in->stopped = true;
    return false;
}

static const char *path_of(const struct importer *in, const struct imported *file)
{
    return in->sources->files.at[file->ast.file]->path;
}

/* Files that are open form a row; the circle is its end from `first` on. */
static bool circle(struct importer *in, const struct item *item, const struct imported *first)
{
    struct text text;
    uint32_t at = 0;
    text_init(&text, in->arena);
    while (in->files.at[at] != first)
        at++;
    for (uint32_t i = at; i < in->files.n; i++)
        if (in->files.at[i]->open)
            text_add(&text, "%s -> ", path_of(in, in->files.at[i]));
    struct diag *diag = diag_add(in->sink, DIAG_E0605, item->type_span,
                                 "files import each other: %s%s", text.at, path_of(in, first));
    for (uint32_t i = at; i < in->files.n; i++)
        if (in->files.at[i]->open && in->files.at[i]->open != item)
            diag_note(in->sink, diag, in->files.at[i]->open->type_span, "%s imports \"%s\"",
                      path_of(in, in->files.at[i]), in->files.at[i]->open->text);
    return false;
}

static bool not_opened(struct importer *in, const struct item *item, enum source_status status,
                       const char *why)
{
    const struct elaborate_options *options = in->options;
    if (status == SOURCE_TOO_LARGE && in->limits.import_bytes - in->bytes < in->sources->max_bytes)
        return over_limit(in, item, "bytes of imported files in all", in->limits.import_bytes,
                          "import-bytes");
    struct diag *diag;
    if (status == SOURCE_OUTSIDE)
        diag = diag_add(in->sink, DIAG_E0602, item->type_span, "\"%s\" leaves the project root",
                        item->text);
    else
        diag = diag_add(in->sink,
                        status == SOURCE_TOO_LARGE || status == SOURCE_TOO_MANY ? DIAG_E0225
                                                                                : DIAG_E0601,
                        item->type_span, "cannot import \"%s\": %s", item->text, why);
    if (status == SOURCE_TOO_LARGE)
        diag_note(in->sink, diag, span_nowhere(), "the limit is `--max-source=%llu`",
                  (unsigned long long)in->sources->max_bytes);
    else
        diag_note(in->sink, diag, span_nowhere(), "the project root is %s", in->sources->root);
    if (status != SOURCE_ABSENT)
        return false;
    for (uint32_t i = 0; i < options->import_folders.n; i++)
        diag_note(in->sink, diag, span_nowhere(), "looked for in the folder %s too",
                  options->import_folders.at[i]);
    if (options->import_listed.n > 0)
        diag_help(in->sink, diag, span_nowhere(), NULL,
                  "repeat the -I options of the build: the files that the image lists do not tell");
    return false;
}

/* --- finding and reading --- */

static struct imported *known(const struct importer *in, uint16_t file)
{
    for (uint32_t i = 0; i < in->files.n; i++)
        if (in->files.at[i]->ast.file == file)
            return in->files.at[i];
    return NULL;
}

static bool may_read(struct importer *in, const struct item *item, uint32_t depth)
{
    if (depth > in->limits.import_depth)
        return over_limit(in, item, "imports within each other", in->limits.import_depth,
                          "import-depth");
    if (in->files.n - 1 >= in->limits.import_files)
        return over_limit(in, item, "imported files", in->limits.import_files, "import-files");
    return true;
}

/* The path as seen from the root, where it is looked for in the folder number `i` of -I. */
static const char *in_folder(const struct importer *in, const char *path, uint32_t i)
{
    return arena_printf(in->arena, "%s/%s", in->options->import_folders.at[i], path);
}

/* The one file an image lists that a folder of its build's -I can have held under this path. */
static const char *only_listed(const struct importer *in, const char *path)
{
    const struct folder_vec *listed = &in->options->import_listed;
    const char *found = NULL;
    size_t n = strlen(path);
    for (uint32_t i = 0; i < listed->n; i++) {
        size_t m = strlen(listed->at[i]);
        bool ends = m == n || (m > n && listed->at[i][m - n - 1] == '/');
        if (!ends || strcmp(listed->at[i] + m - n, path))
            continue;
        if (found)
            return NULL;
        found = listed->at[i];
    }
    return found;
}

/* Number of the file that `item` names, read if it was not before. False: reported. */
static bool find_file(struct importer *in, const struct item *item, uint32_t depth, uint16_t *file)
{
    uint64_t left = in->limits.import_bytes - in->bytes;
    if (left > in->sources->max_bytes)
        left = in->sources->max_bytes;
    enum source_status status = SOURCE_ABSENT, first = SOURCE_ABSENT;
    const char *why = "", *first_why = "";
    for (uint32_t i = 0; status == SOURCE_ABSENT && i <= in->options->import_folders.n; i++) {
        uint16_t from = i == 0 ? item->type_span.file : SPAN_NOWHERE;
        const char *path = i == 0 ? item->text : in_folder(in, item->text, i - 1);
        if (source_known(in->sources, path, from, file))
            return true;
        if (!may_read(in, item, depth))
            return false;
        status = source_read(in->sources, path, from, left, file, &why);
        if (i == 0) {
            first = status;
            first_why = why;
        }
    }
    const char *listed = status == SOURCE_ABSENT ? only_listed(in, item->text) : NULL;
    if (listed && source_known(in->sources, listed, SPAN_NOWHERE, file))
        return true;
    if (listed)
        status = source_read(in->sources, listed, SPAN_NOWHERE, left, file, &why);
    if (status == SOURCE_OK)
        return true;
    return first == SOURCE_ABSENT ? not_opened(in, item, status, why)
                                  : not_opened(in, item, first, first_why);
}

/* --- the walk --- */

static bool import_items(struct importer *in, struct imported *file, uint32_t depth);

static struct imported *add_file(struct importer *in, uint16_t file)
{
    struct imported *imported = ARENA_NEW(in->arena, struct imported);
    struct source *source = in->sources->files.at[file];
    source->in_image = true;
    in->bytes += source->size;
    parse_file(in->arena, in->sources, file, in->sink, &imported->ast);
    VEC_PUSH(in->arena, &in->files, imported);
    return imported;
}

/* Depth is bounded by the limit, so recursion is safe. */
static bool follow(struct importer *in, struct item *item, uint32_t depth, uint32_t *height)
{
    uint16_t index;
    if (!find_file(in, item, depth, &index))
        return false;
    struct imported *file = known(in, index);
    if (file && file->open)
        return circle(in, item, file);
    bool ok = true;
    if (!file) {
        file = add_file(in, index);
        ok = import_items(in, file, depth);
    } else if (depth + file->height > in->limits.import_depth) {
        return over_limit(in, item, "imports within each other", in->limits.import_depth,
                          "import-depth");
    }
    item->imported = &file->ast;
    if (*height < file->height + 1)
        *height = file->height + 1;
    return ok;
}

static bool import_items(struct importer *in, struct imported *file, uint32_t depth)
{
    bool ok = true;
    for (uint32_t i = 0; i < file->ast.items.n && !in->stopped; i++) {
        struct item *item = file->ast.items.at[i];
        if (item->kind != ITEM_IMPORT)
            continue;
        file->open = item;
        ok = follow(in, item, depth + 1, &file->height) && ok;
    }
    file->open = NULL;
    return ok;
}

bool import_files(struct arena *arena, struct source_set *sources, const struct ast *main,
                  const struct elaborate_options *options, struct diag_sink *sink)
{
    struct importer in = {.arena = arena, .sources = sources, .options = options, .sink = sink};
    struct imported *first = ARENA_NEW(arena, struct imported);
    limits_for(&options->limits, 1, device_dynapse2(), &in.limits);
    first->ast = *main;
    VEC_PUSH(arena, &in.files, first);
    return import_items(&in, first, 0);
}
