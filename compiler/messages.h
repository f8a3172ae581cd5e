/* Findings on standard error in the form the user chose, for dync and dync-verify alike. */
#ifndef DYNC_MESSAGES_H
#define DYNC_MESSAGES_H

#include "backend/device/device.h"
#include "compiler/base/diag.h"

enum message_form {
    MESSAGES_TEXT,
    MESSAGES_JSON, /* one object per line, tests/schema/messages.schema.json */
    MESSAGES_SARIF /* one SARIF 2.1.0 log, always, also without findings */
};
/* "text", "json" or "sarif"; false for anything else. */
bool message_form_named(const char *name, enum message_form *form);

struct message_options {
    enum message_form form;
    bool color, quiet; /* quiet: errors only */
    const char *program;
    const struct device *device; /* whose figures the pages of a log name */
    int exit_code;               /* of the program, for a log */
};
char *messages_text(struct arena *arena, const struct source_set *sources, struct diag_sink *sink,
                    const struct message_options *options);

/* E0904, for when there is no memory to lay anything out: writes to standard error. then: what that
 * means for the files, as "nothing was written". */
void messages_out_of_memory(const struct oom_trap *trap, enum message_form form, const char *then);

#endif
