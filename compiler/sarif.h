/* Findings as one log of the Static Analysis Results Interchange Format, SARIF 2.1.0 (OASIS), which
 * editors and code forges read.
 *
 * Rules are the codes that occur, each with its page as help text. Columns count code points, as
 * everywhere here; regions carry byte offsets too. Notes without a place and advice become lines of
 * the message, notes with a place related locations, edits fixes. Paths are relative to the project
 * root. Nothing else of the machine is named, so equal findings give equal bytes.
 */
#ifndef DYNC_SARIF_H
#define DYNC_SARIF_H

#include "compiler/messages.h"

#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

/* Sorts the findings; of options the form and the colour do not count. */
char *sarif_log(struct arena *arena, const struct source_set *sources, struct diag_sink *sink,
                const struct message_options *options);

#endif
