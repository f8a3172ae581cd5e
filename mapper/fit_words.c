/* CAM words per neuron: E0301, with the words by projection. */
#include "mapper/fit_parts.h"

#include "compiler/base/text.h"

struct overflow { /* of one population */
    const struct fit *fit;
    const struct population *population;
    uint32_t number; /* of overflows before this one */
    uint32_t worst, n_over;
    struct row_words *rows;
    struct row_word_vec row;
    uint32_t *term_words;   /* per term, of the worst neuron */
    struct index_vec terms; /* with words, most first */
};

static bool find_worst(struct overflow *o)
{
    const struct fit *fit = o->fit;
    o->worst = o->population->first;
    for (uint32_t n = o->population->first; n < o->population->first + o->population->size; n++) {
        if ((int64_t)fit->least[n] - fit->limit[n]
            > (int64_t)fit->least[o->worst] - fit->limit[o->worst])
            o->worst = n;
        o->n_over += fit->least[n] > fit->limit[n];
    }
    return o->n_over > 0;
}

static void count_terms(struct overflow *o)
{
    const struct net *net = o->fit->net;
    o->term_words = ARENA_ARRAY(o->fit->arena, uint32_t, net->terms.n);
    row_words_read(o->rows, o->worst, NULL, &o->row);
    for (uint32_t i = 0; i < o->row.n; i++)
        o->term_words[o->row.at[i].term]++;
    for (uint32_t t = 0; t < net->terms.n; t++) {
        if (o->term_words[t] == 0)
            continue;
        VEC_PUSH(o->fit->arena, &o->terms, t);
        for (uint32_t i = o->terms.n - 1;
             i > 0 && o->term_words[o->terms.at[i - 1]] < o->term_words[t]; i--) {
            o->terms.at[i] = o->terms.at[i - 1];
            o->terms.at[i - 1] = t;
        }
    }
}

static uint32_t projection_words(const struct overflow *o, uint32_t projection)
{
    const struct projection *p = &o->fit->net->projections.at[projection];
    uint32_t words = 0;
    for (uint32_t t = p->first_term; t < p->first_term + p->n_terms; t++)
        words += o->term_words[t];
    return words;
}

static uint32_t dearest_projection(const struct overflow *o)
{
    uint32_t best = 0, most = 0;
    for (uint32_t p = 0; p < o->fit->net->projections.n; p++)
        if (projection_words(o, p) > most) {
            most = projection_words(o, p);
            best = p;
        }
    return best;
}

static void note_terms(const struct overflow *o, struct diag *diag)
{
    const struct net *net = o->fit->net;
    struct text text;
    size_t width = 0;
    uint32_t shown = o->terms.n < FIT_MOST_LISTED ? o->terms.n : FIT_MOST_LISTED, rest = 0;
    text_init(&text, o->fit->arena);
    text_add(&text, "words of %s by projection", net_source_name(o->fit->arena, net, o->worst));
    for (uint32_t i = 0; i < shown; i++) {
        const struct term *term = &net->terms.at[o->terms.at[i]];
        size_t n = 0;
        for (const char *c = net->projections.at[term->projection].text; *c; c++)
            n++;
        width = n > width ? n : width;
    }
    for (uint32_t i = 0; i < shown; i++) {
        const struct term *term = &net->terms.at[o->terms.at[i]];
        text_add(&text, "\n%4u  %-*s  %s", o->term_words[o->terms.at[i]], (int)width,
                 net->projections.at[term->projection].text, dendrite_name[term->dendrite]);
    }
    for (uint32_t i = shown; i < o->terms.n; i++)
        rest += o->term_words[o->terms.at[i]];
    if (o->terms.n > shown)
        text_add(&text, "\n%4u  in %u more", rest, o->terms.n - shown);
    diag_note(o->fit->sink, diag, span_nowhere(), "%s", text.at);
}

/* With defects the best of the neurons on which it may stand counts. */
static const char *words_there(const struct fit *fit, uint32_t limit)
{
    uint32_t all = fit->device->cam_words;
    return limit == all ? arena_printf(fit->arena, "%u available", limit)
                        : arena_printf(fit->arena, "%u usable CAM words of %u (%u defective)",
                                       limit, all, all - limit);
}

static void report(struct overflow *o)
{
    const struct fit *fit = o->fit;
    uint32_t limit = fit->limit[o->worst], words = fit->least[o->worst];
    uint32_t projection = dearest_projection(o);
    struct diag *diag =
        diag_add(fit->sink, DIAG_E0301, fit->net->projections.at[projection].span,
                 "population %s: neuron %s needs %u CAM words, %s", o->population->name,
                 unit_text(fit->arena, fit->net, o->worst), words, words_there(fit, limit));
    diag_caret(fit->sink, diag, "%u of the %u words", projection_words(o, projection), words);
    note_terms(o, diag);
    diag_note(fit->sink, diag, span_nowhere(),
              "%u of %u neurons of %s %s over the limit, the worst by %u", o->n_over,
              o->population->size, o->population->name, o->n_over == 1 ? "is" : "are",
              words - limit);
    if (diag->kept && o->number < FIT_MOST_LISTED)
        fit_remedies(fit, (uint32_t)(o->population - fit->net->populations.at), o->worst,
                     o->term_words, diag);
}

bool fit_words(const struct fit *fit)
{
    struct row_words *rows = row_words_new(fit->arena, fit->net, fit->sharing);
    uint32_t reported = 0;
    for (uint32_t p = 0; p < fit->net->populations.n; p++) {
        struct overflow o = {.fit = fit,
                             .number = reported,
                             .population = &fit->net->populations.at[p],
                             .rows = rows};
        if (o.population->size == 0 || !find_worst(&o))
            continue;
        count_terms(&o);
        report(&o);
        reported++;
    }
    return reported == 0;
}
