#include "compiler/cmd_sim_vcd.h"

#include "compiler/version.h"

#include <math.h>
#include <string.h>

/* Short names of variables: numbers to the base 94, in printable characters. */
static void add_id(struct text *text, uint32_t number)
{
    char id[8];
    int n = 0;
    do {
        id[n++] = (char)('!' + number % 94);
        number /= 94;
    } while (number);
    text_bytes(text, id, (size_t)n);
}

/* Steps are whole picoseconds, but for those that somebody asks for below. */
static void add_timescale(struct text *text, struct trace_writer *writer, double dt)
{
    static const char *const unit[] = {"ps", "ns", "us", "ms", "s"};
    uint64_t ps = (uint64_t)floor(dt * 1e12 + 0.5), power = 1;
    int digits = 0;
    ps = ps ? ps : 1;
    while (digits < 14 && ps % (power * 10) == 0) {
        power *= 10;
        digits++;
    }
    static const char *const count[] = {"1", "10", "100"};
    writer->tick = (double)power * 1e-12;
    text_add(text, "$timescale %s %s $end\n", count[digits % 3], unit[digits / 3]);
}

/* Words end at blanks there. */
static void add_word(struct text *text, const char *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        text_add(text, "%c", word[i] <= ' ' || word[i] > '~' ? '_' : word[i]);
}

/* "hand[2].cell" is a scope within a scope. */
static int open_scopes(struct text *text, const char *object, uint32_t unit)
{
    int n = 1;
    for (const char *part = object; part; n++) {
        size_t length = strcspn(part, ".");
        text_add(text, "$scope module ");
        add_word(text, part, length);
        text_add(text, "%s $end\n", length ? "" : "_");
        part = part[length] ? part + length + 1 : NULL;
    }
    text_add(text, "$scope module n%u $end\n", unit);
    return n;
}

static void close_scopes(struct text *text, int n)
{
    for (; n > 0; n--)
        text_add(text, "$upscope $end\n");
}

void vcd_begin(struct trace_writer *writer, struct arena *arena, double dt)
{
    struct text *text = &writer->stream.buffer;
    const struct traced_vec *traced = writer->traced;
    text_add(text, "$version dync %s $end\n", DYNC_VERSION);
    add_timescale(text, writer, dt);
    for (uint32_t i = 0; i < traced->n; i++) {
        const struct traced *at = &traced->at[i];
        int depth = open_scopes(text, at->object, at->unit);
        text_add(text, "$var real 64 ");
        add_id(text, i);
        text_add(text, " %s $end\n", sim_state_name[at->state]);
        close_scopes(text, depth);
    }
    text_add(text, "$enddefinitions $end\n");
    writer->last = ARENA_ARRAY(arena, double, traced->n);
}

void vcd_put(struct trace_writer *writer, double now, const double *value)
{
    struct text *text = &writer->stream.buffer;
    uint64_t tick = (uint64_t)floor(now / writer->tick + 0.5);
    text_add(text, "#%llu\n", (unsigned long long)tick);
    if (!writer->begun)
        text_add(text, "$dumpvars\n");
    for (uint32_t i = 0; i < writer->traced->n; i++) {
        if (writer->begun && memcmp(&writer->last[i], &value[i], sizeof value[i]) == 0)
            continue;
        text_add(text, "r%.9g ", value[i]);
        add_id(text, i);
        text_add(text, "\n");
        writer->last[i] = value[i];
    }
    if (!writer->begun)
        text_add(text, "$end\n");
    writer->begun = true;
}
