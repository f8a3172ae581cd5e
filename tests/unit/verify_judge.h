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

#endif
