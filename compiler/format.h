/* The one form of .dyn files, described in grammar/README.md.
 *
 *     tokens -> pieces (format_pieces.c) -> lines (format_lines.c) -> columns (format_align.c) ->
 * text
 *
 * Pieces are the tokens and comments in order, each with what its surroundings say about blanks.
 * Which piece begins a line is decided without regard to blanks in the source; they count only for
 * columns that the author aligned. Time grows with the text, memory too: about 60 bytes for each
 * piece.
 */
#ifndef DYNC_FORMAT_H
#define DYNC_FORMAT_H

#include "compiler/base/text.h"
#include "compiler/base/diag.h"

/* Appends file `file` of `sources` in the one form to `out`. False: it has syntax errors, which are
 * in the sink, or (E0901) the result would not have been the same program; `out` then is as before.
 */
bool format_source(struct arena *arena, const struct source_set *sources, uint16_t file,
                   struct diag_sink *sink, struct text *out);

#endif
