/* Random networks that are alive: texts whose bias sets, latches, delays and drives make neurons
 * fire, with every circuit that the simulator models. twin_text() says the same for the same seed.
 */
#ifndef DYNC_TWIN_TEXT_H
#define DYNC_TWIN_TEXT_H

#include "compiler/base/rng.h"
#include "compiler/base/text.h"

#include <stdio.h>

enum { TWIN_MOST = 6, TWIN_WORDS = 64 };

struct twin_group { /* a population or an input */
    char name[8];
    uint32_t size, set, words_left;
    uint32_t heard;  /* who sends to it, as bits: populations, then inputs */
    uint32_t closed; /* who shares one word of it and must send it nothing more */
};
struct twin {
    uint64_t seed, drawn;
    struct text *out;
    uint32_t n_sets, n_populations, n_inputs;
    struct twin_group group[2 * TWIN_MOST]; /* populations, then inputs */
    uint32_t amperes[TWIN_MOST];            /* nA that a set's free slot is for; 0: it has none */
    uint32_t delays[TWIN_MOST];             /* which of the rows of delays a set uses */
    bool stp;                               /* some synapse has short-term depression */
};

static inline uint32_t twin_roll(struct twin *t, uint32_t n)
{
    return (uint32_t)(rng_bits(t->seed, 0, t->drawn++) % n);
}
static inline bool twin_chance(struct twin *t, uint32_t percent)
{
    return twin_roll(t, 100) < percent;
}
static inline uint32_t twin_range(struct twin *t, uint32_t low, uint32_t high)
{
    return low + twin_roll(t, high - low + 1);
}
static inline const char *twin_pick(struct twin *t, const char *const *from, uint32_t n)
{
    return from[twin_roll(t, n)];
}

/* Delays that one core can have side by side, ms; 0 ends them. */
enum { TWIN_DELAY_ROWS = 4 };
static const uint32_t twin_delay[TWIN_DELAY_ROWS][3] = {{0}, {5, 0}, {20, 3, 0}, {10, 4, 1}};

static inline void twin_dendrites(struct twin *t)
{
    static const char *const name[] = {"ampa", "gaba", "nmda", "shunt"};
    for (uint32_t k = 0; k < 4; k++)
        text_add(t->out, "    %s.tau = %u ms;  %s.gain = %u;\n", name[k], twin_range(t, 2, 30),
                 name[k], twin_range(t, 20, 120));
    text_add(t->out, "    nmda.threshold = %u pA;\n", twin_range(t, 5, 900));
}

/* Biases of the circuits that have to be switched on. */
static inline void twin_circuits(struct twin *t)
{
    struct text *o = t->out;
    text_add(o, "    adaptation.tau = %u ms;  adaptation.gain = %u;\n", twin_range(t, 20, 200),
             twin_range(t, 1, 4));
    text_add(o, "    adaptation.weight = %u pA;  adaptation.pulse = %u us;\n",
             twin_range(t, 100, 4000), twin_range(t, 1, 200));
    text_add(o, "    stp.weight = %u pA;  stp.strength = %u pA;\n", twin_range(t, 100, 4000),
             twin_range(t, 1, 6));
    text_add(o, "    DEAM_ITAU_P = %u pA;  DEAM_IGAIN_P = %u pA;\n", twin_range(t, 100, 600),
             twin_range(t, 1000, 9000));
    text_add(o, "    DENM_ITAU_P = %u pA;  DENM_IGAIN_P = %u pA;\n", twin_range(t, 100, 600),
             twin_range(t, 1000, 9000));
    text_add(o, "    DEAM_REV_N = %u pA;  DENM_REV_N = %u pA;  DEGA_REV_P = %u pA;\n",
             twin_range(t, 100, 9000), twin_range(t, 100, 9000), twin_range(t, 10, 900));
    text_add(o, "    DEAM_VRES_P = %u pA;  DEAM_HRES_P = %u pA;  DEAM_NRES_P = %u pA;\n",
             twin_range(t, 10, 900), twin_range(t, 10, 900), twin_range(t, 10, 900));
    text_add(o, "    SOCA_TAU_P = %u pA;  SOCA_GAIN_P = %u pA;  SOCA_W_N = %u pA;\n",
             twin_range(t, 3, 60), twin_range(t, 20, 200), twin_range(t, 100, 4000));
    text_add(o, "    SOHO_VREF_P = %u pA;  SOHO_VH_P = %u pA;\n", twin_range(t, 1, 200),
             twin_range(t, 2, 200));
    text_add(o, "    SOHO_VREF_L_P = %u pA;  SOHO_VREF_M_P = 100 pA;  SOHO_VREF_H_P = %u pA;\n",
             twin_range(t, 10, 90), twin_range(t, 110, 900));
}

static inline void twin_set(struct twin *t, uint32_t set)
{
    struct text *o = t->out;
    text_add(o, "bias s%u {\n    membrane.tau = %u ms;  membrane.gain = %u;\n", set,
             twin_range(t, 3, 30), twin_range(t, 2, 8));
    text_add(o, "    spike.threshold = %u pA;  spike.refractory = %u us;\n",
             twin_range(t, 500, 9000), twin_range(t, 50, 4000));
    text_add(o, "    pulse = %u us;  dc = %u pA;\n", twin_range(t, 5, 40), twin_range(t, 20, 2500));
    twin_dendrites(t);
    twin_circuits(t);
    text_add(o, "    weight.a = %u nA;  weight.b = %u nA;  weight.c = %u nA;", twin_range(t, 1, 3),
             twin_range(t, 2, 6), twin_range(t, 4, 12));
    t->amperes[set] = twin_chance(t, 50) ? twin_range(t, 5, 40) : 0;
    if (!t->amperes[set])
        text_add(o, "  weight.d = %u nA;", twin_range(t, 8, 40));
    text_add(o, "\n");
    t->delays[set] = twin_chance(t, 50) ? 0 : twin_roll(t, TWIN_DELAY_ROWS);
    if (!t->delays[set] && twin_chance(t, 25))
        text_add(o, "    SYPD_DLY0_P = %u pA;  SYPD_DLY1_P = %u pA;  SYPD_DLY2_P = %u pA;\n",
                 twin_range(t, 20, 2000), twin_range(t, 20, 2000), twin_range(t, 20, 2000));
    text_add(o, "}\n");
}

static inline void twin_population(struct twin *t, uint32_t i, uint32_t size)
{
    static const char *const latch[] = {"dc = on;",
                                        "dc = on;",
                                        "adaptation = on;",
                                        "nmda_gate = on;",
                                        "conductance = on;",
                                        "alpha_ampa = on;",
                                        "alpha_nmda = on;",
                                        "ampa_diffusion = on;",
                                        "kill = on;",
                                        "homeostasis = soma; latch.ho_active = on;",
                                        "homeostasis = dendrite; latch.ho_active = on;"};
    static const uint32_t percent[] = {30, 30, 25, 20, 12, 12, 12, 12, 3, 12, 12};
    struct twin_group *g = &t->group[i];
    *g = (struct twin_group){.size = size, .set = i < t->n_sets ? i : twin_roll(t, t->n_sets)};
    g->words_left = TWIN_WORDS;
    snprintf(g->name, sizeof g->name, "p%u", i);
    text_add(t->out, "population %s[%u] : s%u { model = %s;", g->name, size, g->set,
             twin_chance(t, 50) ? "exponential" : "threshold");
    bool used[11] = {false};
    for (uint32_t k = 0; k < 11; k++) {
        used[k] = twin_chance(t, percent[k]) && !(k == 1 && used[0]) && !(k == 10 && used[9])
                  && !(k == 7 && size > 40);
        if (used[k])
            text_add(t->out, " %s", latch[k]);
    }
    text_add(t->out, " }\n");
}

static inline void twin_delay_of(struct twin *t, uint32_t set)
{
    static const char *const name[] = {"none", "precise", "mismatched", "both"};
    if (!twin_chance(t, 60))
        return;
    const uint32_t *row = twin_delay[t->delays[set]];
    uint32_t n = 0;
    while (n < 3 && row[n])
        n++;
    if (n)
        text_add(t->out, ", delay = %u ms", row[twin_roll(t, n)]);
    else
        text_add(t->out, ", delay = %s", twin_pick(t, name, 4));
}

/* The rest of a synapse behind its mask. A word with short-term depression that several sources
 * share has one state for all of them, which is more than the edges say: those are not shared. */
static inline void twin_synapse(struct twin *t, uint32_t set, uint32_t repeat, bool shared)
{
    static const char *const slot[] = {"a", "b", "c", "d"};
    uint32_t amperes = t->amperes[set], slots = amperes ? 3 : 4;
    if (amperes && twin_chance(t, 50))
        text_add(t->out, "weight = %u nA", amperes);
    else if (twin_chance(t, 40))
        text_add(t->out, "weight = s%u.a + s%u.%s", set, set, slot[twin_range(t, 1, slots - 1)]);
    else
        text_add(t->out, "weight = s%u.%s", set, twin_pick(t, slot, slots));
    twin_delay_of(t, set);
    bool stp = !shared && twin_chance(t, 25);
    t->stp |= stp;
    if (repeat > 1)
        text_add(t->out, ", repeat = %u", repeat);
    text_add(t->out, "%s%s);\n", stp ? ", stp = on" : "",
             stp || (!shared && twin_chance(t, 30)) ? ", share = off" : "");
}

static inline void twin_project(struct twin *t, uint32_t number, uint32_t from, uint32_t to)
{
    static const char *const dendrite[] = {"ampa", "ampa", "ampa", "nmda", "nmda", "gaba", "shunt"};
    const struct twin_group *pre = &t->group[from];
    struct twin_group *post = &t->group[to];
    uint32_t most = pre->size < 8 ? pre->size : 8, k = twin_range(t, 1, most);
    uint32_t repeat = twin_chance(t, 25) ? twin_range(t, 2, 3) : 1;
    if (k * repeat > post->words_left || post->closed >> from & 1)
        return;
    text_add(t->out, "l%u: %s -> %s : %s(", number, pre->name, post->name,
             twin_pick(t, dendrite, 7));
    bool first = !(post->heard >> from & 1);
    post->heard |= 1u << from;
    if (twin_chance(t, 20) && pre->size > 1 && first) { /* all to all, one word for all sources */
        post->words_left -= repeat;
        post->closed |= 1u << from;
        twin_synapse(t, post->set, repeat, true);
        return;
    }
    if (pre->size == post->size && twin_chance(t, 50))
        text_add(t->out, "pre == post, ");
    else if (pre->size <= most && twin_chance(t, 50)) {
        text_add(t->out, "random(0.%u), ", twin_range(t, 1, 9));
        k = pre->size;
    } else
        text_add(t->out, "fan_in(%u), ", k);
    post->words_left -= k * repeat < post->words_left ? k * repeat : post->words_left;
    twin_synapse(t, post->set, repeat, false);
}

/* The board; its number of chips. */
static inline uint32_t twin_target(struct twin *t)
{
    uint32_t chips = twin_chance(t, 60) ? 1 : twin_range(t, 2, 4), seed = twin_roll(t, 1000);
    if (chips == 4 && twin_chance(t, 70))
        text_add(t->out, "target dynapse2(grid = [2, 2], seed = %u);\n", seed);
    else
        text_add(t->out, "target dynapse2(chips = %u, seed = %u);\n", chips, seed);
    return chips;
}

static inline void twin_places(struct twin *t, uint32_t chips)
{
    for (uint32_t i = 0; i < t->n_populations; i++) {
        if (chips > 1 && twin_chance(t, 60))
            text_add(t->out, "place p%u : chip(%u);\n", i, twin_roll(t, chips));
        if (twin_chance(t, 40))
            text_add(t->out, "probe p%u : spikes;\n", i);
    }
}

static inline void twin_text(struct twin *t, struct text *out, uint64_t seed)
{
    *t = (struct twin){.seed = seed, .out = out};
    bool large = twin_chance(t, 3);
    uint32_t chips = twin_target(t);
    t->n_sets = twin_range(t, 1, 3);
    t->n_populations = twin_range(t, t->n_sets, TWIN_MOST);
    t->n_inputs = twin_range(t, 1, 2);
    for (uint32_t i = 0; i < t->n_sets; i++)
        twin_set(t, i);
    for (uint32_t i = 0; i < t->n_populations; i++)
        twin_population(t, i, large && i == 0 ? twin_range(t, 250, 300) : twin_range(t, 1, 20));
    for (uint32_t i = t->n_populations; i < t->n_populations + t->n_inputs; i++) {
        struct twin_group *g = &t->group[i];
        g->size = twin_range(t, 1, 20);
        snprintf(g->name, sizeof g->name, "in%u", i - t->n_populations);
        text_add(out, "input %s[%u];\n", g->name, g->size);
    }
    uint32_t n = twin_range(t, t->n_populations + 1, 14), groups = t->n_populations + t->n_inputs;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t to = i < t->n_populations ? i : twin_roll(t, t->n_populations);
        uint32_t from = i < t->n_populations ? t->n_populations + twin_roll(t, t->n_inputs)
                                             : twin_roll(t, groups);
        twin_project(t, i, from, to);
    }
    twin_places(t, chips);
}

#endif
