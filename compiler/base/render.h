/* Diagnostics as text with source lines and carets, or as JSON lines.
 *
 * Text from files is escaped: control characters are shown as <XX>, so that no input can drive a
 * terminal.
 */
#ifndef DYNC_BASE_RENDER_H
#define DYNC_BASE_RENDER_H

#include "compiler/base/diag.h"

enum render_format { RENDER_TEXT, RENDER_JSON };
struct render_options {
    enum render_format format;
    bool color;
    bool quiet; /* errors only */
};

/* All findings of the sink, sorted, then the "N errors, M warnings" line (text only, if there are
 * any). */
char *render_all(struct arena *arena, const struct source_set *sources, struct diag_sink *sink,
                 const struct render_options *options);
char *render_one(struct arena *arena, const struct source_set *sources, const struct diag *diag,
                 const struct render_options *options);

#endif
