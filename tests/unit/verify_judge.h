/* What the verifier says of a scene. */
#ifndef DYNC_VERIFY_JUDGE_H
#define DYNC_VERIFY_JUDGE_H

#include "backend/verify/verify.h"

#include "tests/unit/verify_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Names of the checks that spoke, in the order of their numbers: "V2 V3"; the codes' exit in *code.
 */
static inline char *spoken(struct arena *arena, const struct diag_sink *sink)
{
    char *text = arena_printf(arena, "%s", "");
    for (int check = 1; check <= 12; check++)
        for (uint32_t i = 0; i < sink->all.n; i++) {
            const char *name = arena_printf(arena, "image check V%d:", check);
            if (strncmp(sink->all.at[i]->message, name, strlen(name)) == 0) {
                text = arena_printf(arena, "%s%sV%d", text, *text ? " " : "", check);
                break;
            }
        }
    return text;
}

struct verdict {
    bool accepted;
    int exit_code;
    const char *checks;
    uint32_t n;
    const char *first, *note; /* message, and its first note or "" */
};

static inline struct verdict judge_bytes(const struct scene *s, const uint8_t *bytes, size_t n)
{
    struct diag_sink *sink = ARENA_NEW(s->arena, struct diag_sink);
    diag_sink_init(sink, s->arena);
    bool accepted = verify_image(s->arena, &s->net, s->tool, bytes, n, sink);
    assert_int_equal(accepted, sink->n_errors == 0);
    const struct diag *first = sink->all.n ? sink->all.at[0] : NULL;
    return (struct verdict){.accepted = accepted,
                            .exit_code = diag_exit_code(sink),
                            .checks = spoken(s->arena, sink),
                            .n = sink->all.n,
                            .first = first ? first->message : "",
                            .note = first && first->notes.n ? first->notes.at[0].text : ""};
}

static inline struct verdict judge(const struct scene *s)
{
    size_t n;
    const uint8_t *bytes = w_write(s->arena, s->model, &n);
    return judge_bytes(s, bytes, n);
}

typedef void scene_maker(struct scene *s, struct arena *arena);

static inline void judge_intact(scene_maker *start)
{
    struct arena arena;
    struct scene s;
    arena_init(&arena, NULL);
    start(&s, &arena);
    struct verdict verdict = judge(&s);
    assert_string_equal(verdict.first, "");
    assert_true(verdict.accepted);
    arena_release(&arena);
}

static inline void judge_faults(scene_maker *start, const struct fault *faults, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct arena arena;
        struct scene s;
        arena_init(&arena, NULL);
        start(&s, &arena);
        faults[i].spoil(&s);
        struct verdict verdict = judge(&s);
        if (strcmp(verdict.checks, faults[i].checks) != 0 || verdict.accepted
            || verdict.exit_code != faults[i].exit_code)
            fail_msg("%s: wanted %s, exit %d; got %s, exit %d: %s", faults[i].name,
                     faults[i].checks, faults[i].exit_code, verdict.checks, verdict.exit_code,
                     verdict.first);
        arena_release(&arena);
    }
}

#endif
