/* CAM words per neuron: E0301, with the words by projection and remedies that were recounted. */
#include "mapper/fit_parts.h"

#include "compiler/base/text.h"

struct overflow { /* of one population */
    const struct fit *fit;
    const struct population *population;
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
        if (fit->least[n] > fit->least[o->worst])
            o->worst = n;
        o->n_over += fit->least[n] > fit->device->cam_words;
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

/* --- remedies --- */

static bool has_unshared_edges(const struct overflow *o)
{
    for (uint32_t i = 0; i < o->row.n; i++)
        if (!o->fit->net->attrs.at[o->row.at[i].attr].share)
            return true;
    return false;
}

/* Most words of the population's neurons if every projection were `share = on`. */
static uint32_t words_if_shared(const struct overflow *o)
{
    const struct sharing_options all = {0, true};
    struct sharing sharing;
    uint32_t most = 0;
    sharing_find(o->fit->arena, o->fit->net, &all, &sharing);
    for (uint32_t i = 0; i < o->population->size; i++) {
        uint32_t words = sharing_least_words(&sharing, o->population->first + i);
        most = words > most ? words : most;
    }
    return most;
}

/* Words of a neuron in one term; *separate: none of them is shared and none is repeated. */
static uint32_t words_in_term(struct overflow *o, uint32_t neuron, uint32_t term, bool *separate)
{
    uint32_t words = 0, last = NET_NONE;
    row_words_read(o->rows, neuron, NULL, &o->row);
    for (uint32_t i = 0; i < o->row.n; i++) {
        const struct row_word *word = &o->row.at[i];
        if (word->term != term)
            continue;
        if (word->shared || word->sender == last)
            *separate = false;
        last = word->sender;
        words++;
    }
    return words;
}

/* Largest number of synapses per neuron in a term with which every neuron fits; 0: none does, or a
 * limit on synapses says nothing about words. */
static uint32_t affordable_fan_in(struct overflow *o, uint32_t term)
{
    uint32_t limit = o->fit->device->cam_words, afford = UINT32_MAX;
    bool separate = true;
    for (uint32_t i = 0; i < o->population->size; i++) {
        uint32_t neuron = o->population->first + i;
        uint32_t words = words_in_term(o, neuron, term, &separate);
        uint32_t others = o->fit->least[neuron] - words;
        if (others >= limit)
            return 0;
        if (words > 0)
            afford = limit - others < afford ? limit - others : afford;
    }
    return separate ? afford : 0;
}

static void help(struct overflow *o, struct diag *diag)
{
    const struct net *net = o->fit->net;
    uint32_t term = o->terms.at[0], limit = o->fit->device->cam_words;
    if (has_unshared_edges(o)) {
        uint32_t words = words_if_shared(o);
        if (words <= limit) {
            diag_help(o->fit->sink, diag, span_nowhere(), NULL,
                      "with `share = on` throughout, every neuron of %s needs at most %u words",
                      o->population->name, words);
            return;
        }
    }
    uint32_t afford = affordable_fan_in(o, term);
    if (afford > 0)
        diag_help(o->fit->sink, diag, net->terms.at[term].span, NULL,
                  "at most %u synapses per neuron in `%s` (`fan_in(%u)`) bounds every neuron at %u "
                  "here",
                  afford, net->projections.at[net->terms.at[term].projection].text, afford, limit);
}

static void report(struct overflow *o)
{
    const struct fit *fit = o->fit;
    uint32_t limit = fit->device->cam_words, words = fit->least[o->worst];
    uint32_t projection = dearest_projection(o);
    struct diag *diag =
        diag_add(fit->sink, DIAG_E0301, fit->net->projections.at[projection].span,
                 "population %s: neuron %s needs %u CAM words, %u available", o->population->name,
                 unit_text(fit->arena, fit->net, o->worst), words, limit);
    diag_caret(fit->sink, diag, "%u of the %u words", projection_words(o, projection), words);
    note_terms(o, diag);
    diag_note(fit->sink, diag, span_nowhere(),
              "%u of %u neurons of %s %s over the limit, the worst by %u", o->n_over,
              o->population->size, o->population->name, o->n_over == 1 ? "is" : "are",
              words - limit);
    help(o, diag);
}

bool fit_words(const struct fit *fit)
{
    struct row_words *rows = row_words_new(fit->arena, fit->net, fit->sharing);
    bool ok = true;
    for (uint32_t p = 0; p < fit->net->populations.n; p++) {
        struct overflow o = {.fit = fit, .population = &fit->net->populations.at[p], .rows = rows};
        if (o.population->size == 0 || !find_worst(&o))
            continue;
        count_terms(&o);
        report(&o);
        ok = false;
    }
    return ok;
}
