#include "compiler/sarif.h"

#include "compiler/base/render.h"
#include "compiler/pages.h"
#include "compiler/version.h"

#include <string.h>

struct log {
    struct json json;
    struct arena *arena;
    const struct source_set *sources;
    const struct diag_sink *sink;
    const struct message_options *options;
    uint32_t rule_of[N_DIAG_CODES]; /* 1 + number in the log's list of rules; 0: not in it */
};

static const char *const level[] = {"note", "warning", "error"};

static bool is_shown(const struct log *log, const struct diag *diag)
{
    return !log->options->quiet || diag->severity == SEVERITY_ERROR;
}

static bool has_place(const struct log *log, struct span span)
{
    return span.file < log->sources->files.n;
}

static void put_text(struct log *log, const char *key, const char *text)
{
    json_key(&log->json, key);
    json_object(&log->json);
    json_key(&log->json, "text");
    json_string(&log->json, text);
    json_end_object(&log->json);
}

static void put_uint(struct log *log, const char *key, uint64_t value)
{
    json_key(&log->json, key);
    json_uint(&log->json, value);
}

static void put_string(struct log *log, const char *key, const char *value)
{
    json_key(&log->json, key);
    json_string(&log->json, value);
}

/* --- places --- */

/* A path as a URI, relative to the current folder or absolute: all but letters, digits and "-._~/"
 * escaped. */
static const char *uri_of(struct arena *arena, const char *path)
{
    struct text text;
    text_init(&text, arena);
    text_add(&text, "%s", path[0] == '/' ? "file://" : "");
    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                     || strchr("-._~/", c);
        text_add(&text, plain ? "%c" : "%%%02X", c);
    }
    return text.at;
}

static void put_artifact_location(struct log *log, struct span span)
{
    json_key(&log->json, "artifactLocation");
    json_object(&log->json);
    put_string(log, "uri", uri_of(log->arena, log->sources->files.at[span.file]->shown));
    put_uint(log, "index", span.file);
    json_end_object(&log->json);
}

static void put_region(struct log *log, const char *key, struct span span)
{
    const struct source *source = log->sources->files.at[span.file];
    uint32_t last = span.end < span.begin ? span.begin : span.end;
    struct line_col begin = source_line_col(source, span.begin);
    struct line_col end = source_line_col(source, last);
    json_key(&log->json, key);
    json_object(&log->json);
    put_uint(log, "startLine", begin.line);
    put_uint(log, "startColumn", begin.col);
    put_uint(log, "endLine", end.line);
    put_uint(log, "endColumn", end.col);
    put_uint(log, "byteOffset", span.begin);
    put_uint(log, "byteLength", last - span.begin);
    json_end_object(&log->json);
}

static void put_location(struct log *log, struct span span, const char *text)
{
    json_object(&log->json);
    json_key(&log->json, "physicalLocation");
    json_object(&log->json);
    put_artifact_location(log, span);
    put_region(log, "region", span);
    json_end_object(&log->json);
    if (*text)
        put_text(log, "message", text);
    json_end_object(&log->json);
}

/* --- results --- */

static const char *whole_message(const struct log *log, const struct diag *diag)
{
    struct text text;
    text_init(&text, log->arena);
    text_add(&text, "%s", diag->message);
    for (uint32_t i = 0; i < diag->notes.n; i++)
        if (!has_place(log, diag->notes.at[i].span))
            text_add(&text, "\nnote: %s", diag->notes.at[i].text);
    for (uint32_t i = 0; i < diag->fixes.n; i++)
        text_add(&text, "\nhelp: %s", render_fix_text(log->arena, &diag->fixes.at[i]));
    return text.at;
}

static void put_related(struct log *log, const struct diag *diag)
{
    json_key(&log->json, "relatedLocations");
    json_array(&log->json);
    for (uint32_t i = 1; i < diag->labels.n; i++)
        if (has_place(log, diag->labels.at[i].span))
            put_location(log, diag->labels.at[i].span, diag->labels.at[i].text);
    for (uint32_t i = 0; i < diag->notes.n; i++)
        if (has_place(log, diag->notes.at[i].span))
            put_location(log, diag->notes.at[i].span, diag->notes.at[i].text);
    json_end_array(&log->json);
}

static void put_fix(struct log *log, const struct diag_fix *fix)
{
    struct json *json = &log->json;
    json_object(json);
    put_text(log, "description", render_fix_text(log->arena, fix));
    json_key(json, "artifactChanges");
    json_array(json);
    json_object(json);
    put_artifact_location(log, fix->span);
    json_key(json, "replacements");
    json_array(json);
    json_object(json);
    put_region(log, "deletedRegion", fix->span);
    put_text(log, "insertedContent", fix->replacement);
    json_end_object(json);
    json_end_array(json);
    json_end_object(json);
    json_end_array(json);
    json_end_object(json);
}

static void put_fixes(struct log *log, const struct diag *diag)
{
    json_key(&log->json, "fixes");
    json_array(&log->json);
    for (uint32_t i = 0; i < diag->fixes.n; i++)
        if (diag->fixes.at[i].replacement && has_place(log, diag->fixes.at[i].span))
            put_fix(log, &diag->fixes.at[i]);
    json_end_array(&log->json);
}

static void put_result(struct log *log, const struct diag *diag)
{
    struct json *json = &log->json;
    json_object(json);
    put_string(log, "ruleId", diag_info(diag->code)->code);
    put_uint(log, "ruleIndex", log->rule_of[diag->code] - 1);
    put_string(log, "level", level[diag->severity]);
    put_text(log, "message", whole_message(log, diag));
    json_key(json, "locations");
    json_array(json);
    if (has_place(log, diag->labels.at[0].span))
        put_location(log, diag->labels.at[0].span, diag->labels.at[0].text);
    json_end_array(json);
    put_related(log, diag);
    put_fixes(log, diag);
    json_end_object(json);
}

/* --- the run --- */

static void put_rule(struct log *log, enum diag_code code)
{
    const struct diag_info *info = diag_info(code);
    const char *page = page_text(log->arena, log->options->device, code);
    json_object(&log->json);
    put_string(log, "id", info->code);
    put_string(log, "name", info->name);
    put_text(log, "shortDescription", info->title);
    put_text(log, "help", *page ? page : info->title);
    json_key(&log->json, "defaultConfiguration");
    json_object(&log->json);
    put_string(log, "level", level[info->severity]);
    json_end_object(&log->json);
    json_end_object(&log->json);
}

static void put_tool(struct log *log)
{
    uint32_t n = 0;
    json_key(&log->json, "tool");
    json_object(&log->json);
    json_key(&log->json, "driver");
    json_object(&log->json);
    put_string(log, "name", log->options->program);
    put_string(log, "version", DYNC_VERSION);
    json_key(&log->json, "rules");
    json_array(&log->json);
    for (uint32_t i = 0; i < log->sink->all.n; i++) {
        const struct diag *diag = log->sink->all.at[i];
        if (!is_shown(log, diag) || log->rule_of[diag->code])
            continue;
        log->rule_of[diag->code] = ++n;
        put_rule(log, diag->code);
    }
    json_end_array(&log->json);
    json_end_object(&log->json);
    json_end_object(&log->json);
}

static void put_surplus(struct log *log, uint32_t n, const char *things)
{
    if (n <= log->sink->max_errors)
        return;
    json_object(&log->json);
    put_string(log, "level", "note");
    put_text(log, "message",
             arena_printf(log->arena, "%u more %s not shown (--max-errors %u)",
                          (unsigned)(n - log->sink->max_errors), things,
                          (unsigned)log->sink->max_errors));
    json_end_object(&log->json);
}

static void put_invocation(struct log *log)
{
    struct json *json = &log->json;
    json_key(json, "invocations");
    json_array(json);
    json_object(json);
    json_key(json, "executionSuccessful");
    json_bool(json, log->options->exit_code == 0);
    json_key(json, "exitCode");
    json_int(json, log->options->exit_code);
    json_key(json, "toolExecutionNotifications");
    json_array(json);
    put_surplus(log, log->sink->n_errors, "errors");
    put_surplus(log, log->options->quiet ? 0 : log->sink->n_warnings, "warnings");
    put_surplus(log, log->options->quiet ? 0 : log->sink->n_notes, "notes");
    json_end_array(json);
    json_end_object(json);
    json_end_array(json);
}

static void put_artifacts(struct log *log)
{
    json_key(&log->json, "artifacts");
    json_array(&log->json);
    for (uint32_t i = 0; i < log->sources->files.n; i++) {
        json_object(&log->json);
        json_key(&log->json, "location");
        json_object(&log->json);
        put_string(log, "uri", uri_of(log->arena, log->sources->files.at[i]->shown));
        json_end_object(&log->json);
        put_uint(log, "length", log->sources->files.at[i]->size);
        json_end_object(&log->json);
    }
    json_end_array(&log->json);
}

static void put_run(struct log *log)
{
    json_object(&log->json);
    put_tool(log);
    put_invocation(log);
    put_string(log, "columnKind", "unicodeCodePoints");
    put_artifacts(log);
    json_key(&log->json, "results");
    json_array(&log->json);
    for (uint32_t i = 0; i < log->sink->all.n; i++)
        if (is_shown(log, log->sink->all.at[i]))
            put_result(log, log->sink->all.at[i]);
    json_end_array(&log->json);
    json_end_object(&log->json);
}

char *sarif_log(struct arena *arena, const struct source_set *sources, struct diag_sink *sink,
                const struct message_options *options)
{
    struct log log = {.arena = arena, .sources = sources, .sink = sink, .options = options};
    size_t n;
    diag_sort(sink);
    json_init(&log.json, arena, false);
    json_object(&log.json);
    put_string(&log, "$schema", SARIF_SCHEMA);
    put_string(&log, "version", "2.1.0");
    json_key(&log.json, "runs");
    json_array(&log.json);
    put_run(&log);
    json_end_array(&log.json);
    json_end_object(&log.json);
    return arena_strdup(arena, json_finish(&log.json, &n));
}
