#include "runtime/depression.h"

#include "compiler/base/elementary.h"

enum { WORD_BITS = 8 * sizeof(uint64_t), COUNT_MOST = 0xffff };

struct synapse {
    uint32_t cell, count; /* events of the coming step */
    double weight;        /* A */
    double keep;          /* of x after an event */
    double decay;         /* of 1 - x in a step */
    double x;             /* after the events of step `last` */
    uint64_t last;
};

struct depression {
    struct synapse *synapse;
    uint64_t *touched; /* a bit per synapse */
    uint32_t n_words, now_word;
    uint64_t now; /* the coming step */
};

struct depression *depression_new(struct arena *arena, uint32_t n)
{
    struct depression *depression = ARENA_NEW(arena, struct depression);
    depression->n_words = (uint32_t)(((uint64_t)n + WORD_BITS - 1) / WORD_BITS);
    depression->synapse = ARENA_ARRAY(arena, struct synapse, n);
    depression->touched = ARENA_ARRAY(arena, uint64_t, depression->n_words);
    return depression;
}

void depression_set(struct depression *depression, uint32_t synapse, const struct depressed *of,
                    uint32_t cell, double weight, double dt)
{
    depression->synapse[synapse] = (struct synapse){.cell = cell,
                                                    .weight = weight,
                                                    .keep = weight / (weight + of->pull),
                                                    .decay = elem_exp(-dt / of->tau),
                                                    .x = 1};
}

void depression_event(struct depression *depression, uint32_t synapse, uint32_t count)
{
    struct synapse *s = &depression->synapse[synapse];
    s->count = count < COUNT_MOST - s->count ? s->count + count : COUNT_MOST;
    depression->touched[synapse / WORD_BITS] |= UINT64_C(1) << synapse % WORD_BITS;
}

/* x^n by squaring: the same bits everywhere. */
static double power(double x, uint64_t n)
{
    double result = 1;
    for (; n; n >>= 1, x *= x)
        if (n & 1)
            result *= x;
    return result;
}

/* 1 + x + .. + x^(n - 1), n >= 1, without a difference of near numbers. */
static double geometric(double x, uint32_t n)
{
    double sum = 0, block = 1, begin = 1; /* block: sum of 2^k terms; begin: x to the terms added */
    for (; n; n >>= 1) {
        if (n & 1) {
            sum += begin * block;
            begin *= x;
        }
        block += block * x;
        x *= x;
    }
    return sum;
}

static double act(struct synapse *s, uint64_t now)
{
    double x = 1 - (1 - s->x) * power(s->decay, now - s->last);
    double current = s->weight * x * geometric(s->keep, s->count);
    s->x = x * power(s->keep, s->count);
    s->last = now;
    s->count = 0;
    return current;
}

bool depression_take(struct depression *depression, uint32_t *cell, double *current)
{
    for (; depression->now_word < depression->n_words; depression->now_word++) {
        uint64_t *word = &depression->touched[depression->now_word];
        if (*word == 0)
            continue;
        uint32_t bit = (uint32_t)__builtin_ctzll(*word);
        struct synapse *s = &depression->synapse[depression->now_word * WORD_BITS + bit];
        *word &= *word - 1;
        *cell = s->cell;
        *current = act(s, depression->now);
        return true;
    }
    depression->now_word = 0;
    depression->now++;
    return false;
}
