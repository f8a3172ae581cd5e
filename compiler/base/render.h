/* Diagnostics as text with source lines and carets, or as JSON lines (as SARIF: compiler/sarif.h).
 *
 *     error[E0301]: population PC: neuron 17 needs 71 CAM words, 64 available
 *       --> 4_ei.dyn:29:1
 *        |
 *     29 | PC  -> PC  : nmda(random(0.70), weight = pc.rec);
 *        | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 55 of the 71 words
 *        = note: words of PC[17] by projection
 *                55  PC  -> PC   nmda   4_ei.dyn:29
 *        = help: `fan_in(48)` in place of `random(0.70)` bounds every neuron at 64 here
 *
 * Notes with a place follow with a source line of their own, before the help. Text from files is
 * escaped: control characters are shown as <XX>, so that no input can drive a terminal.
 */
#ifndef DYNC_BASE_RENDER_H
#define DYNC_BASE_RENDER_H

#include "compiler/base/diag.h"
#include "compiler/base/json.h"

enum render_format { RENDER_TEXT, RENDER_JSON };
struct render_options {
    enum render_format format;
    bool color;
    bool quiet; /* errors only */
};

/* All findings of the sink, sorted, an empty line between two, then the "N errors, M warnings" line
 * (text only, if there are any). */
char *render_all(struct arena *arena, const struct source_set *sources, struct diag_sink *sink,
                 const struct render_options *options);

/* One finding as a JSON object. `whole`, as in RENDER_JSON:
 *     {code, name, severity, message,
 *      spans: [{file, line, col, end_line, end_col, bytes, label}], the primary one first; those
 *                                                     without a place are left out; lines and
 *                                                     columns from 1, columns count code points,
 *                                                     ends are exclusive; bytes: [begin, end)
 *      notes: [{message, spans}],                     as above, without label
 *      fixes: [{message, replacement, spans, bytes}]} replacement null: advice only; bytes: as in
 *                                                     its span, null without a place
 * tests/schema/messages.schema.json defines it. `file` opens from the current folder. The
 * report holds them without name, label and the bytes of spans, and `file` is relative to the root.
 */
void render_diag_json(struct json *json, const struct source_set *sources, const struct diag *diag,
                      bool whole);
/* The words of a fix: its own, or "write `replacement`". */
const char *render_fix_text(struct arena *arena, const struct diag_fix *fix);

#endif
