/* Data files: opening, caching, and which reader a name asks for. */
#include "compiler/load.h"

#include "compiler/eval_parts.h"
#include "compiler/load_csv.h"

#include <string.h>

struct given_out { /* the spikes of a file over a view of an input */
    uint32_t object, size;
    const struct stimulus *of;
};
struct given_out_vec VEC_OF(struct given_out);
struct loaded {
    uint16_t file;
    const struct matrix *matrix; /* one of the two, as first asked for */
    const struct pair_list *pairs;
    struct given_out_vec spikes;
};
struct loaded_vec VEC_OF(struct loaded);

static struct loaded *loaded_entry(struct eval *eval, uint16_t file)
{
    if (!eval->private->loaded)
        eval->private->loaded = ARENA_NEW(eval->arena, struct loaded_vec);
    struct loaded_vec *all = eval->private->loaded;
    for (uint32_t i = 0; i < all->n; i++)
        if (all->at[i].file == file)
            return &all->at[i];
    VEC_PUSH(eval->arena, all, (struct loaded){.file = file});
    return &all->at[all->n - 1];
}

static enum diag_code code_of(enum source_status status)
{
    switch (status) {
    case SOURCE_OUTSIDE:
        return DIAG_E0602;
    case SOURCE_TOO_LARGE:
    case SOURCE_TOO_MANY:
        return DIAG_E0225;
    default:
        return DIAG_E0601;
    }
}

bool load_text(struct eval *eval, const char *path, struct span span, uint64_t max_bytes,
               const char *limit, uint16_t *file)
{
    const char *why = "";
    enum source_status status = source_read(eval->sources, path, span.file, max_bytes, file, &why);
    if (status == SOURCE_OK) {
        struct source *source = eval->sources->files.at[*file];
        source->in_image = source->in_image || !eval->in_test;
        return true;
    }
    struct diag *diag;
    if (status == SOURCE_OUTSIDE)
        diag = eval_report(eval, DIAG_E0602, span, "\"%s\" leaves the project root", path);
    else
        diag = eval_report(eval, code_of(status), span, "cannot open \"%s\": %s", path, why);
    diag_note(eval->sink, diag, span_nowhere(), "the project root is %s", eval->sources->root);
    if (status == SOURCE_TOO_LARGE)
        diag_note(eval->sink, diag, span_nowhere(), "the limit is `--limit %s=%llu`", limit,
                  (unsigned long long)max_bytes);
    return false;
}

static bool load_open(struct eval *eval, const char *path, struct span span, uint16_t *file)
{
    return load_text(eval, path, span, eval->limits.data_bytes, "data-bytes", file);
}

static bool has_suffix(const char *path, const char *suffix)
{
    size_t n = strlen(path), m = strlen(suffix);
    return n >= m && !strcmp(path + n - m, suffix);
}

static const struct matrix *read_npy(struct eval *eval, const char *path, struct span span,
                                     uint16_t file)
{
    const struct source *source = eval->sources->files.at[file];
    struct matrix *matrix = ARENA_NEW(eval->arena, struct matrix);
    enum diag_code code;
    const char *why;
    if (npy_read(eval->arena, (const uint8_t *)source->text, source->size, eval->limits.data_cells,
                 matrix, &code, &why)) {
        matrix->path = source->path;
        return matrix;
    }
    eval_report(eval, code, span, "\"%s\" %s", path, why);
    return NULL;
}

const struct matrix *load_matrix(struct eval *eval, const char *path, struct span span)
{
    uint16_t file;
    bool npy = has_suffix(path, ".npy");
    if (!load_open(eval, path, span, &file))
        return NULL;
    if (!npy && !has_suffix(path, ".csv")) {
        eval_report(eval, DIAG_E0604, span, "\"%s\": `load` reads .npy and .csv files", path);
        return NULL;
    }
    const struct matrix *matrix = loaded_entry(eval, file)->matrix;
    if (matrix)
        return matrix;
    matrix = npy ? read_npy(eval, path, span, file) : csv_matrix(eval, path, span, file);
    loaded_entry(eval, file)->matrix = matrix;
    return matrix;
}

const struct pair_list *load_pairs(struct eval *eval, const char *path, struct span span)
{
    uint16_t file;
    if (!load_open(eval, path, span, &file))
        return NULL;
    const struct pair_list *pairs = loaded_entry(eval, file)->pairs;
    if (pairs)
        return pairs;
    pairs = csv_pairs(eval, path, span, file);
    loaded_entry(eval, file)->pairs = pairs;
    return pairs;
}

bool load_stimulus(struct eval *eval, const char *path, struct span span, const struct view *view,
                   struct stimulus *of)
{
    uint16_t file;
    if (!load_open(eval, path, span, &file))
        return false;
    struct given_out_vec *known = &loaded_entry(eval, file)->spikes;
    for (uint32_t i = 0; i < known->n; i++)
        if (known->at[i].object == view->object && known->at[i].size == view->size) {
            memcpy(of, known->at[i].of, view->size * sizeof *of);
            return true;
        }
    if (!csv_stimulus(eval, path, span, file, view, of))
        return false;
    VEC_PUSH(eval->arena, known, (struct given_out){view->object, view->size, of});
    return true;
}
