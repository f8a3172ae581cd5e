/* Findings of all kinds at random places of a random text, in all three forms. The bytes say what
 * the findings are; what is left of them is the text, repeated to one long line if they say so.
 * Beyond not crashing: text that is shown drives no terminal and is UTF-8, its length is bounded by
 * what it has to say and not by the text it points into, objects can be read again and hold the
 * places that were given, and printing again gives the same. */
#include "compiler/messages.h"
#include "tests/fuzz/fuzz.h"

#include "compiler/base/text.h"

/* Our own writer has functions of these names; the library's are not used here. */
#define json_object library_object
#define json_array library_array
#define json_string library_string
#define json_real library_real
#define json_null library_null
#include <jansson.h>
#undef json_object
#undef json_array
#undef json_string
#undef json_real
#undef json_null

enum {
    MOST_FINDINGS = 6,
    MOST_PARTS = 4,  /* labels, notes and fixes of a finding */
    MOST_WORDS = 48, /* bytes of a message */
    LONG_LINE = 1 << 20,
    LINE_ROOM = 4000,  /* bytes that one part may take: a line of source with marks in colour */
    ROOM_PER_BYTE = 12 /* an escaped byte, or one of a column of labels */
};

struct render_input {
    struct fuzz_run *run;
    const uint8_t *at, *end;
    uint32_t size;  /* of the text pointed into */
    size_t room;    /* bytes that the text form may take */
    uint32_t parts; /* spans inside the text, of all findings */
};

static uint32_t take(struct render_input *in, uint32_t below)
{
    uint32_t value = 0;
    for (uint32_t reach = 1; reach < below && in->at < in->end; reach <<= 8)
        value = value << 8 | *in->at++;
    return below ? value % below : 0;
}

/* Words of the input, any bytes but zero, as a name from a file may hold them. */
static const char *take_words(struct render_input *in)
{
    uint32_t n = take(in, MOST_WORDS), left = (uint32_t)(in->end - in->at);
    n = n < left ? n : left;
    const char *words = arena_strndup(&in->run->arena, (const char *)in->at, n);
    in->at += n;
    in->room += LINE_ROOM + ROOM_PER_BYTE * (size_t)n;
    return words;
}

static struct span take_span(struct render_input *in)
{
    if (take(in, 8) == 0)
        return span_nowhere();
    uint32_t begin = take(in, in->size + 1), length = take(in, take(in, 2) ? in->size + 2 : 30);
    uint32_t end = begin + length <= in->size + 1 ? begin + length : in->size + 1;
    in->parts++;
    return (struct span){begin, end > begin ? end : begin, 0};
}

static void add_finding(struct render_input *in)
{
    struct diag_sink *sink = &in->run->sink;
    enum diag_code code = (enum diag_code)take(in, N_DIAG_CODES);
    const char *message = take_words(in);
    struct diag *diag = diag_add(sink, code, take_span(in), "a %s", message);
    if (take(in, 2))
        diag_caret(sink, diag, "%s", take_words(in));
    for (uint32_t n = take(in, MOST_PARTS); n > 0; n--) {
        const char *words = take_words(in);
        diag_label(sink, diag, take_span(in), "%s", words);
    }
    for (uint32_t n = take(in, MOST_PARTS); n > 0; n--) {
        const char *words = take_words(in);
        diag_note(sink, diag, take_span(in), "%s", words);
    }
    for (uint32_t n = take(in, MOST_PARTS); n > 0; n--) {
        const char *words = take_words(in), *edit = take(in, 2) ? take_words(in) : NULL;
        diag_help(sink, diag, take_span(in), edit, "%s", words);
    }
}

/* The text is behind the findings in the input but must be known before their places are. */
static void set_text(struct render_input *in)
{
    struct fuzz_run *run = in->run;
    uint32_t n = (uint32_t)(in->end - in->at) / 2;
    const uint8_t *text = in->end - n;
    struct text whole;
    text_init(&whole, &run->arena);
    text_bytes(&whole, (const char *)text, n);
    if (take(in, 100) == 99 && n > 0)
        while (whole.n < LONG_LINE)
            text_bytes(&whole, (const char *)text, n);
    source_set_init(&run->sources, &run->arena, ".");
    diag_sink_init(&run->sink, &run->arena);
    source_add(&run->sources, take(in, 2) ? "a.dyn" : "b\x1b[31m/\xC3\xA4\n.dyn", whole.at,
               whole.n);
    in->size = run->sources.files.at[0]->size;
    in->end = text;
}

/* Characters, line breaks, and colours where they are wanted; nothing else. */
static void check_shown(const char *text, bool color)
{
    for (size_t n = strlen(text); n > 0;) {
        size_t length = utf8_length(text, n);
        FUZZ_REQUIRE(length > 0);
        uint32_t code = utf8_code(text, length);
        if (color && code == 0x1B) {
            FUZZ_REQUIRE(text[1] == '[');
            length = 2 + strspn(text + 2, "0123456789;");
            FUZZ_REQUIRE(text[length] == 'm');
        } else {
            FUZZ_REQUIRE(code == '\n' || (code >= 0x20 && (code < 0x7F || code >= 0xA0)));
        }
        text += length;
        n -= length;
    }
}

static const char *show(struct fuzz_run *run, enum message_form form, bool color)
{
    const struct message_options options = {
        .form = form, .color = color, .program = "dync", .device = &run->device, .exit_code = 1};
    const char *once = messages_text(&run->arena, &run->sources, &run->sink, &options);
    const char *again = messages_text(&run->arena, &run->sources, &run->sink, &options);
    FUZZ_REQUIRE(!strcmp(once, again));
    return once;
}

/* A span {file, line, col, end_line, end_col, bytes} says the same in lines as in bytes. */
static void check_place(struct fuzz_run *run, const json_t *span)
{
    const struct source *source = run->sources.files.at[0];
    const json_t *bytes = json_object_get(span, "bytes");
    json_int_t begin = json_integer_value(json_array_get(bytes, 0));
    json_int_t end = json_integer_value(json_array_get(bytes, 1));
    FUZZ_REQUIRE(begin >= 0 && begin <= end && end <= (json_int_t)source->size + 1);
    struct line_col first = source_line_col(source, (uint32_t)begin);
    struct line_col last = source_line_col(source, (uint32_t)end);
    FUZZ_REQUIRE(json_integer_value(json_object_get(span, "line")) == first.line);
    FUZZ_REQUIRE(json_integer_value(json_object_get(span, "col")) == first.col);
    FUZZ_REQUIRE(json_integer_value(json_object_get(span, "end_line")) == last.line);
    FUZZ_REQUIRE(json_integer_value(json_object_get(span, "end_col")) == last.col);
}

static void check_lines(struct fuzz_run *run, const char *lines)
{
    uint32_t n = 0;
    for (; *lines; n++) {
        size_t length = strcspn(lines, "\n"), i;
        json_error_t error;
        json_t *object = json_loadb(lines, length, 0, &error), *span;
        FUZZ_REQUIRE(json_is_object(object));
        json_array_foreach(json_object_get(object, "spans"), i, span) check_place(run, span);
        json_decref(object);
        lines += length + (lines[length] == '\n');
    }
    FUZZ_REQUIRE(n == run->sink.all.n);
}

static void check_log(struct fuzz_run *run, const char *log)
{
    json_error_t error;
    json_t *object = json_loads(log, 0, &error);
    FUZZ_REQUIRE(json_is_object(object));
    const json_t *first = json_array_get(json_object_get(object, "runs"), 0);
    FUZZ_REQUIRE(json_array_size(json_object_get(first, "results")) == run->sink.all.n);
    json_decref(object);
}

static void render_phase(void *context)
{
    struct fuzz_run *run = context;
    struct render_input in = {.run = run, .at = run->data, .end = run->data + run->size};
    set_text(&in);
    for (uint32_t n = take(&in, MOST_FINDINGS); n > 0; n--)
        add_finding(&in);
    const char *plain = show(run, MESSAGES_TEXT, false);
    check_shown(plain, false);
    FUZZ_REQUIRE(strlen(plain) <= in.room + (size_t)in.parts * LINE_ROOM + LINE_ROOM);
    check_shown(show(run, MESSAGES_TEXT, true), true);
    check_lines(run, show(run, MESSAGES_JSON, false));
    check_log(run, show(run, MESSAGES_SARIF, false));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_with(data, size, render_phase);
}
