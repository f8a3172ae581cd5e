/* Writing JSON: fixed key order (the order of the calls), two-space indent, shortest exact numbers.
 *
 * Reading JSON is jansson's business; writing is ours because bytes must be the same everywhere.
 */
#ifndef DYNC_BASE_JSON_H
#define DYNC_BASE_JSON_H

#include "compiler/base/text.h"

struct json {
    struct text text;
    int depth;
    bool first; /* no comma before the next item */
    bool after_key;
    bool compact; /* one line */
};
void json_init(struct json *json, struct arena *arena, bool compact);
void json_object(struct json *json);
void json_end_object(struct json *json);
void json_array(struct json *json);
void json_end_array(struct json *json);
void json_key(struct json *json, const char *key);
void json_string(struct json *json, const char *text); /* NULL: null */
void json_int(struct json *json, int64_t value);
void json_uint(struct json *json, uint64_t value);
void json_real(struct json *json,
               double value); /* shortest text that reads back equal; not finite: null */
void json_bool(struct json *json, bool value);
void json_null(struct json *json);
/* The finished text, with a final newline. */
const char *json_finish(struct json *json, size_t *n);

/* Shortest decimal text that reads back as the same double, independent of the locale: "0.1",
 * "1e-09". */
char *real_text(struct arena *arena, double value);
/* The same into a buffer of REAL_TEXT_SIZE bytes, which it returns. */
enum { REAL_TEXT_SIZE = 32 };
char *real_text_into(char *buffer, double value);

#endif
