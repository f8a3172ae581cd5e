/* The argument of --what-if as changes of the command line. */
#include "compiler/options.h"

#include <string.h>

/* A later -D of a name stands in place of an earlier one. */
static const char *set_define(struct arena *arena, const char *define, struct options *options)
{
    const struct text_vec before = options->defines;
    const char *equals = strchr(define, '=');
    if (!equals || equals == define || !equals[1])
        return "write -D NAME=VALUE";
    size_t n = (size_t)(equals - define) + 1;
    options->defines = (struct text_vec){NULL, 0, 0};
    for (uint32_t i = 0; i < before.n; i++)
        if (strncmp(before.at[i], define, n) != 0)
            VEC_PUSH(arena, &options->defines, before.at[i]);
    VEC_PUSH(arena, &options->defines, define);
    return NULL;
}

static const char *set_one(struct arena *arena, const char *item, struct options *options)
{
    struct elaborate_options *to = &options->elaborate;
    if (!strncmp(item, "-D", 2))
        return set_define(arena, item + 2 + strspn(item + 2, " "), options);
    if (!strncmp(item, "chips=", 6)) {
        to->grid_w = to->grid_h = 0;
        return options_u32(item + 6, 1, &to->chips) ? NULL : "chips=N is a row of N chips";
    }
    if (!strncmp(item, "grid=", 5)) {
        to->chips = 0;
        return options_grid(item + 5, &to->grid_w, &to->grid_h) ? NULL : "grid=WxH is W by H chips";
    }
    if (!strncmp(item, "reserve=", 8)) {
        to->reserve_given = true;
        return options_ratio(item + 8, &to->reserve) ? NULL
                                                     : "reserve=R is a part of a core, 0 to 1";
    }
    return "one can change chips=N, grid=WxH, reserve=R and -D NAME=VALUE";
}

const char *options_what_if(struct arena *arena, const char *text, struct options *options)
{
    for (;;) {
        size_t n = strcspn(text, ",");
        const char *wrong = set_one(arena, arena_strndup(arena, text, n), options);
        if (wrong || !text[n])
            return wrong;
        text += n + 1;
        text += strspn(text, " ");
    }
}
