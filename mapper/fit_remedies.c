/* What would make the CAM words of a population suffice. Every change is supposed and its words are
 * counted again, neuron by neuron; what does not fit is not spoken of. */
#include "mapper/fit_parts.h"

#include "compiler/base/text.h"

enum { MOST_REMEDIES = 3, MOST_TRIED = 5 };

struct remedies {
    const struct fit *fit;
    struct arena *arena; /* for suppositions only */
    const struct population *population;
    uint32_t number, worst;
    uint32_t limit; /* CAM words that every neuron of it may find */
    const uint32_t *term_words;
    uint32_t *most_repeat; /* the supposition, per term; UINT32_MAX: as written */
    uint32_t found;
    struct text text;
    struct span edit; /* of the first remedy that has one */
    const char *replacement;
};

static void add(struct remedies *r, const char *text)
{
    if (r->found < MOST_REMEDIES)
        text_add(&r->text, "%s%s", r->found ? "\nor " : "", text);
    r->found++;
}

/* Most words of a neuron of the population under a supposition. */
static uint32_t most_words(struct remedies *r, bool all_may_share)
{
    struct arena *scratch = arena_scratch(r->arena);
    const struct sharing_options options = {
        .all_may_share = all_may_share, .only = r->number + 1, .most_repeat = r->most_repeat};
    struct sharing sharing;
    uint32_t most = 0, first = r->population->first;
    sharing_find(scratch, r->fit->net, &options, &sharing);
    for (uint32_t n = first; n < first + r->population->size; n++) {
        uint32_t words = sharing_least_words(&sharing, n);
        most = words > most ? words : most;
    }
    arena_scratch_end(scratch);
    return most;
}

/* --- share = on --- */

static bool has_unshared_edges(struct remedies *r)
{
    struct edge_vec row = {NULL, 0, 0};
    row_read(r->arena, r->fit->net, r->worst, &row);
    for (uint32_t e = 0; e < row.n; e++)
        if (!r->fit->net->attrs.at[row.at[e].attr].share)
            return true;
    return false;
}

static void try_sharing(struct remedies *r)
{
    if (!has_unshared_edges(r))
        return;
    uint32_t words = most_words(r, true);
    if (words <= r->limit)
        add(r,
            arena_printf(r->fit->arena,
                         "with `share = on` throughout, every neuron of %s needs at most %u word%s",
                         r->population->name, words, words == 1 ? "" : "s"));
}

/* --- a bound on the sources of a term --- */

/* Most parallel synapses of a pair that the term makes in the population. */
static uint32_t highest_repeat(struct remedies *r, uint32_t term)
{
    struct edge_vec row = {NULL, 0, 0};
    uint32_t most = 0, first = r->population->first;
    for (uint32_t n = first; n < first + r->population->size; n++) {
        row_read(r->arena, r->fit->net, n, &row);
        for (uint32_t e = 0; e < row.n; e++)
            if (row.at[e].term == term && row.at[e].repeat > most)
                most = row.at[e].repeat;
    }
    return most;
}

static uint8_t *sources_of(struct arena *arena, const struct net *net, const struct view *pre)
{
    uint8_t *marks = ARENA_ARRAY(arena, uint8_t, net_n_sources(net));
    uint32_t first = pre->kind == UNIT_NEURON ? net->populations.at[pre->object].first
                                              : net->n_neurons + net->inputs.at[pre->object].first;
    for (uint32_t i = 0; i < pre->size; i++)
        marks[first + view_unit(pre, i)] = 1;
    return marks;
}

/* How many synapses of the term every neuron can afford, whichever sources they come from: the
 * other words are counted as if the term's sources shared nothing, since another choice of sources
 * may take their equal bundles away. 0: none. */
static uint32_t affordable(struct remedies *r, uint32_t term)
{
    const struct fit *fit = r->fit;
    const struct projection *projection =
        &fit->net->projections.at[fit->net->terms.at[term].projection];
    struct arena *scratch = arena_scratch(r->arena);
    r->most_repeat[term] = 0;
    const struct sharing_options options = {.only = r->number + 1,
                                            .most_repeat = r->most_repeat,
                                            .apart =
                                                sources_of(scratch, fit->net, &projection->pre)};
    struct sharing sharing;
    uint32_t limit = r->limit, afford = projection->pre.size;
    sharing_find(scratch, fit->net, &options, &sharing);
    for (uint32_t i = 0; i < r->population->size; i++) {
        uint32_t words = sharing_least_words(&sharing, r->population->first + i);
        bool hears = view_position(&projection->post, i) != NET_NONE;
        if (words > limit)
            afford = 0;
        else if (hears && limit - words < afford)
            afford = limit - words;
    }
    r->most_repeat[term] = UINT32_MAX;
    arena_scratch_end(scratch);
    return afford;
}

static const struct term_draw *draw_of(const struct net *net, uint32_t term)
{
    for (uint32_t i = 0; i < net->draws.n; i++)
        if (net->draws.at[i].term == term)
            return &net->draws.at[i];
    return NULL;
}

static void try_fan_in(struct remedies *r, uint32_t t)
{
    const struct term *term = &r->fit->net->terms.at[t];
    if (highest_repeat(r, t) != 1)
        return;
    uint32_t k = affordable(r, t);
    if (k == 0 || k >= r->term_words[t])
        return;
    const char *edit = arena_printf(r->fit->arena, "fan_in(%u)", k);
    const struct term_draw *draw = draw_of(r->fit->net, t);
    if (!draw) {
        add(r,
            arena_printf(r->fit->arena,
                         "with at most %u synapse%s per neuron in `%s` (`%s`), every neuron of %s "
                         "fits",
                         k, k == 1 ? "" : "s", r->fit->net->projections.at[term->projection].text,
                         edit, r->population->name));
        return;
    }
    add(r, arena_printf(r->fit->arena, "`%s` in place of `%s` bounds every neuron at %u here", edit,
                        draw->text, r->limit));
    if (!r->replacement) {
        r->edit = draw->span;
        r->replacement = edit;
    }
}

/* --- fewer parallel synapses --- */

static void try_repeat(struct remedies *r, uint32_t t)
{
    uint32_t now = highest_repeat(r, t), low = 0, high = now;
    while (high - low > 1) { /* low fits or is 0, high does not */
        uint32_t middle = low + (high - low) / 2;
        r->most_repeat[t] = middle;
        if (most_words(r, false) <= r->limit)
            low = middle;
        else
            high = middle;
    }
    r->most_repeat[t] = UINT32_MAX;
    const struct term *term = &r->fit->net->terms.at[t];
    if (low > 0)
        add(r, arena_printf(r->fit->arena,
                            "with `repeat` at most %u in `%s` (%u now), every neuron of %s fits",
                            low, r->fit->net->projections.at[term->projection].text, now,
                            r->population->name));
}

/* --- one projection less --- */

static uint32_t words_of(const struct remedies *r, const struct projection *p)
{
    uint32_t words = 0;
    for (uint32_t t = p->first_term; t < p->first_term + p->n_terms; t++)
        words += r->term_words[t];
    return words;
}

static bool fits_without(struct remedies *r, const struct projection *p)
{
    for (uint32_t t = p->first_term; t < p->first_term + p->n_terms; t++)
        r->most_repeat[t] = 0;
    bool fits = most_words(r, false) <= r->limit;
    for (uint32_t t = p->first_term; t < p->first_term + p->n_terms; t++)
        r->most_repeat[t] = UINT32_MAX;
    return fits;
}

/* The one with the fewest words that is enough, as far as the worst neuron tells. */
static void try_dropping(struct remedies *r)
{
    const struct net *net = r->fit->net;
    uint32_t over = r->fit->least[r->worst] - r->limit, last = 0;
    for (uint32_t tries = 0; tries < MOST_TRIED; tries++) {
        const struct projection *best = NULL;
        for (uint32_t p = 0; p < net->projections.n; p++) {
            const struct projection *one = &net->projections.at[p];
            uint32_t words = words_of(r, one);
            if (words >= over && words > last && (!best || words < words_of(r, best)))
                best = one;
        }
        if (!best)
            return;
        last = words_of(r, best);
        if (2 * last > r->fit->least[r->worst])
            return; /* most of what the neuron hears is no remedy */
        if (fits_without(r, best)) {
            add(r, arena_printf(r->fit->arena, "without `%s` (%u words) every neuron of %s fits",
                                best->text, last, r->population->name));
            return;
        }
    }
}

/* The terms of the worst neuron, most words first. */
static uint32_t dearest_terms(const struct remedies *r, uint32_t dearest[MOST_TRIED])
{
    uint32_t n = 0;
    for (uint32_t t = 0; t < r->fit->net->terms.n; t++) {
        uint32_t i = n;
        while (i > 0 && r->term_words[dearest[i - 1]] < r->term_words[t])
            i--;
        if (r->term_words[t] == 0 || i == MOST_TRIED)
            continue;
        n += n < MOST_TRIED;
        for (uint32_t j = n - 1; j > i; j--)
            dearest[j] = dearest[j - 1];
        dearest[i] = t;
    }
    return n;
}

void fit_remedies(const struct fit *fit, uint32_t population, uint32_t worst,
                  const uint32_t *term_words, struct diag *diag)
{
    struct arena *scratch = arena_scratch(fit->arena);
    struct remedies r = {.fit = fit,
                         .arena = scratch,
                         .population = &fit->net->populations.at[population],
                         .number = population,
                         .worst = worst,
                         .limit = fit->limit[worst],
                         .term_words = term_words,
                         .most_repeat = ARENA_ARRAY(scratch, uint32_t, fit->net->terms.n),
                         .edit = span_nowhere()};
    for (uint32_t i = 0; i < r.population->size; i++)
        if (fit->limit[r.population->first + i] < r.limit)
            r.limit = fit->limit[r.population->first + i];
    uint32_t dearest[MOST_TRIED], n = dearest_terms(&r, dearest);
    for (uint32_t t = 0; t < fit->net->terms.n; t++)
        r.most_repeat[t] = UINT32_MAX;
    text_init(&r.text, fit->arena);
    try_sharing(&r);
    for (uint32_t i = 0, before = r.found; i < n && r.found == before; i++)
        try_fan_in(&r, dearest[i]);
    for (uint32_t i = 0, before = r.found; i < n && r.found == before; i++)
        try_repeat(&r, dearest[i]);
    if (r.found < MOST_REMEDIES)
        try_dropping(&r);
    if (r.found)
        diag_help(fit->sink, diag, r.edit, r.replacement, "%s", r.text.at);
    arena_scratch_end(scratch);
}
