#include "backend/report_facts.h"

#include "backend/talk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const level_name[N_LEVELS] = {"cores", "chips",        "cut",
                                          "hops",  "cut_weighted", "hops_weighted"};

const char *class_name(const struct report_input *input, uint32_t class)
{
    return input->net->bias_sets.at[input->plan->classes.at[class].sets.at[0]].name;
}

/* --- populations --- */

static int ascending(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Sorts the values. */
static struct spread spread_of(uint32_t *values, uint32_t n)
{
    if (n == 0)
        return (struct spread){0};
    qsort(values, n, sizeof *values, ascending);
    return (struct spread){values[0], values[(n - 1) / 2], values[n - 1]};
}

static uint32_t filled(const uint32_t *words, uint32_t n)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < n; i++)
        used += words[i] != 0;
    return used;
}

/* CAM words of a neuron: in the image, else what it needs at least. */
static uint32_t cam_of(const struct report_input *in, uint32_t neuron)
{
    if (!in->image)
        return in->usage->words[neuron];
    uint32_t n = in->device->cam_words;
    return filled(in->image->cam + (size_t)in->mapping->site_of[neuron] * n, n);
}

static uint32_t sram_of(const struct report_input *in, uint32_t neuron)
{
    uint32_t n = in->device->sram_words;
    return filled(in->image->sram + (size_t)in->mapping->site_of[neuron] * n, n);
}

/* Routes of a neuron ascend by chip, so its chips are counted where the number changes. */
static uint32_t chips_reached(const struct report_input *in, uint32_t neuron)
{
    size_t site = in->mapping->site_of[neuron];
    const uint32_t *words = in->image->sram + site * in->device->sram_words;
    uint32_t from = image_place_of(in->image, site).chip, chips = 0, last = UINT32_MAX;
    for (uint32_t i = 0; i < in->device->sram_words && words[i]; i++) {
        struct image_route route = image_route_of(in->image, from, words[i]);
        if (route.to_host || route.chip == last)
            continue;
        last = route.chip;
        chips++;
    }
    return chips;
}

static void count_fan_in(const struct net *net, const struct population *population,
                         uint32_t *fan_in)
{
    struct edge_iter iter;
    struct edge edge;
    memset(fan_in, 0, population->size * sizeof *fan_in);
    net_edges_start(&iter, net, population->first, population->first + population->size);
    while (net_edges_next(&iter, &edge))
        fan_in[edge.target - population->first] += edge.repeat;
}

static struct population_facts population_facts(const struct report_input *in, uint32_t *values,
                                                const struct population *population)
{
    struct population_facts facts = {.fan_out_chips = FACT_UNKNOWN};
    count_fan_in(in->net, population, values);
    facts.fan_in = spread_of(values, population->size);
    facts.cam_known = in->image || in->usage;
    for (uint32_t i = 0; facts.cam_known && i < population->size; i++)
        values[i] = cam_of(in, population->first + i);
    if (facts.cam_known)
        facts.cam = spread_of(values, population->size);
    for (uint32_t i = 0; in->image && i < population->size; i++) {
        int64_t chips = chips_reached(in, population->first + i);
        facts.fan_out_chips = chips > facts.fan_out_chips ? chips : facts.fan_out_chips;
    }
    return facts;
}

/* --- cores --- */

static struct core_facts core_facts(struct arena *arena, const struct report_input *in,
                                    const struct talk *talk, uint32_t core)
{
    const struct device *device = in->device;
    struct core_facts facts = {.class = in->mapping->class_of_core[core]};
    facts.histogram = ARENA_ARRAY(arena, uint32_t, (size_t)device->cam_words + 1);
    for (uint32_t n = 0; n < device->neurons_per_core; n++) {
        size_t site = (size_t)core * device->neurons_per_core + n;
        if (talk->units[site].population == UINT32_MAX)
            continue;
        uint32_t words = filled(in->image->cam + site * device->cam_words, device->cam_words);
        facts.neurons++;
        facts.cam += words;
        facts.sram += filled(in->image->sram + site * device->sram_words, device->sram_words);
        facts.histogram[words]++;
    }
    const uint32_t *first = talk->first_sender + (size_t)core * device->tags;
    for (uint32_t tag = 0; tag < device->tags; tag++)
        facts.tags += first[tag + 1] > first[tag];
    return facts;
}

static int by_codes(const void *a, const void *b)
{
    const struct bias_code *const *x = a, *const *y = b;
    int order = memcmp(*x, *y, N_BIASES * sizeof **x);
    return order ? order : (*x > *y) - (*x < *y);
}

/* Distinct vectors of codes among n. Sorts them. */
static uint32_t count_distinct(const struct bias_code **codes, uint32_t n)
{
    uint32_t distinct = n > 0;
    qsort(codes, n, sizeof *codes, by_codes);
    for (uint32_t i = 1; i < n; i++)
        distinct += memcmp(codes[i - 1], codes[i], N_BIASES * sizeof **codes) != 0;
    return distinct;
}

/* --- resources --- */

static void add_use(struct resource_facts *resource, int64_t used)
{
    resource->used += used;
    resource->most = used > resource->most ? used : resource->most;
}

/* CAM words that fail with tags of either half. */
static uint64_t lost_words(const struct defects *defects)
{
    size_t n = (size_t)defects->cores * defects->neurons * defects->words;
    uint64_t lost = 0;
    for (size_t i = 0; i < n; i++)
        lost += defects->bad_word[i] == (1u << NET_TAG_HALVES) - 1;
    return lost;
}

static void set_available(struct report_facts *facts)
{
    const struct report_input *in = facts->in;
    const struct device *device = in->device;
    uint64_t chips = in->net->chips, cores = chips * device->cores_per_chip;
    uint64_t neurons = cores * device->neurons_per_core;
    for (uint32_t r = 0; r < N_RESOURCES; r++)
        facts->resources[r].used = facts->resources[r].most = FACT_UNKNOWN;
    facts->resources[RESOURCE_NEURONS].available = neurons;
    facts->resources[RESOURCE_CORES].available = cores;
    facts->resources[RESOURCE_CHIPS].available = chips;
    facts->resources[RESOURCE_CAM].available =
        neurons * device->cam_words - (in->net->defects ? lost_words(in->net->defects) : 0);
    facts->resources[RESOURCE_SRAM].available = neurons * device->sram_words;
    facts->resources[RESOURCE_TAGS].available =
        cores * device->tags - (in->net->defects ? in->net->defects->n_bad_tags : 0);
    facts->resources[RESOURCE_BIAS_SETS].available = cores;
}

/* What is known without an image: the declared neurons, the least need of words, the merged sets.
 */
static void count_declared(struct arena *arena, struct report_facts *facts)
{
    const struct report_input *in = facts->in;
    struct resource_facts *all = facts->resources;
    all[RESOURCE_NEURONS].used = in->net->n_neurons;
    if (in->usage) {
        all[RESOURCE_CAM].used = 0;
        for (uint32_t i = 0; i < in->net->n_neurons; i++)
            add_use(&all[RESOURCE_CAM], in->usage->words[i]);
    }
    if (!in->plan)
        return;
    uint32_t n = 0;
    const struct bias_code **codes =
        ARENA_ARRAY(arena, const struct bias_code *, in->plan->classes.n);
    bool *used = ARENA_ARRAY(arena, bool, in->plan->classes.n);
    for (uint32_t p = 0; p < in->net->populations.n; p++)
        used[bias_class_of_population(in->plan, in->net, p)] = true;
    for (uint32_t c = 0; c < in->plan->classes.n; c++)
        if (used[c])
            codes[n++] = in->plan->classes.at[c].code;
    all[RESOURCE_BIAS_SETS].used = count_distinct(codes, n);
}

static void count_cores(struct arena *arena, struct report_facts *facts)
{
    const struct report_input *in = facts->in;
    struct resource_facts *all = facts->resources;
    const struct bias_code **codes = ARENA_ARRAY(arena, const struct bias_code *, facts->n_cores);
    const struct talk *talk = talk_new(arena, in->image);
    uint32_t used = 0, last_chip = UINT32_MAX;
    for (uint32_t r = 0; r < N_RESOURCES; r++)
        all[r].used = 0;
    for (uint32_t core = 0; core < facts->n_cores; core++) {
        facts->cores[core] = core_facts(arena, in, talk, core);
        const struct core_facts *c = &facts->cores[core];
        add_use(&all[RESOURCE_NEURONS], c->neurons);
        add_use(&all[RESOURCE_TAGS], c->tags);
        all[RESOURCE_CAM].used += c->cam;
        all[RESOURCE_SRAM].used += c->sram;
        if (c->neurons == 0)
            continue;
        codes[used++] = in->image->bias + (size_t)core * N_BIASES;
        all[RESOURCE_CHIPS].used += core / in->device->cores_per_chip != last_chip;
        last_chip = core / in->device->cores_per_chip;
    }
    all[RESOURCE_CORES].used = used;
    all[RESOURCE_BIAS_SETS].used = count_distinct(codes, used);
}

/* Most words of one neuron, and the first neuron that has them. */
static void find_worst(struct report_facts *facts)
{
    const struct report_input *in = facts->in;
    int64_t most_cam = FACT_UNKNOWN, most_sram = FACT_UNKNOWN;
    for (uint32_t i = 0; i < in->net->n_neurons && (in->image || in->usage); i++) {
        int64_t cam = cam_of(in, i), sram = FACT_UNKNOWN;
        if (in->image)
            sram = sram_of(in, i);
        if (cam > most_cam)
            facts->worst_cam = i;
        if (sram > most_sram)
            facts->worst_sram = i;
        most_cam = cam > most_cam ? cam : most_cam;
        most_sram = sram > most_sram ? sram : most_sram;
    }
    facts->resources[RESOURCE_CAM].most = most_cam;
    facts->resources[RESOURCE_SRAM].most = most_sram;
}

/* --- placement --- */

/* Words with a hop, and their hops; words to the host and events of inputs do not count. */
static void count_hops(struct report_facts *facts)
{
    const struct image *image = facts->in->image;
    uint32_t n = image->device->sram_words;
    for (size_t w = 0; w < image_sites(image) * n; w++) {
        if (!image->sram[w])
            continue;
        struct image_route route =
            image_route_of(image, image_place_of(image, w / n).chip, image->sram[w]);
        if (route.to_host)
            continue;
        int64_t hops = (route.x < 0 ? -route.x : route.x) + (route.y < 0 ? -route.y : route.y);
        int64_t weight = net_rate_weight(facts->in->net, facts->in->mapping->neuron_at[w / n]);
        facts->levels[LEVEL_CUT].value += hops > 0;
        facts->levels[LEVEL_HOPS].value += hops;
        facts->levels[LEVEL_CUT_WEIGHTED].value += hops > 0 ? weight : 0;
        facts->levels[LEVEL_HOPS_WEIGHTED].value += hops * weight;
    }
}

static void find_gap(struct report_facts *facts)
{
    static const enum level plain[] = {LEVEL_CORES, LEVEL_CHIPS, LEVEL_CUT, LEVEL_HOPS};
    static const enum level weighted[] = {LEVEL_CORES, LEVEL_CHIPS, LEVEL_CUT_WEIGHTED,
                                          LEVEL_HOPS_WEIGHTED};
    const enum level *minimised = facts->weighted ? weighted : plain;
    const uint32_t n = sizeof plain / sizeof plain[0];
    uint32_t i = 0;
    while (i < n && facts->levels[minimised[i]].bound == facts->levels[minimised[i]].value)
        i++;
    facts->gap_level = i < n ? minimised[i] : N_LEVELS;
    facts->gap = 0;
    if (i == n)
        return;
    const struct level_facts *open = &facts->levels[minimised[i]];
    facts->gap = open->bound == FACT_UNKNOWN
                     ? (double)NAN
                     : (double)(open->value - open->bound) / (double)open->value;
}

static void set_levels(struct report_facts *facts)
{
    const struct mapping *mapping = facts->in->mapping;
    facts->weighted = facts->in->net->rate_weight != NULL;
    count_hops(facts);
    facts->levels[LEVEL_CORES].value = facts->resources[RESOURCE_CORES].used;
    facts->levels[LEVEL_CHIPS].value = facts->resources[RESOURCE_CHIPS].used;
    facts->levels[LEVEL_CORES].bound = mapping->cores_bound;
    facts->levels[LEVEL_CHIPS].bound = mapping->chips_bound;
    facts->levels[LEVEL_CUT].bound = mapping->cut_bound;
    facts->levels[LEVEL_HOPS].bound = mapping->hops_bound;
    facts->levels[LEVEL_CUT_WEIGHTED].bound = mapping->weighted_cut_bound;
    facts->levels[LEVEL_HOPS_WEIGHTED].bound = mapping->weighted_hops_bound;
    find_gap(facts);
}

/* The findings in source order, as they are printed. */
static const struct diag_sink *sorted_sink(struct arena *arena, const struct diag_sink *sink)
{
    struct diag_sink *copy = ARENA_NEW(arena, struct diag_sink);
    *copy = *sink;
    copy->all.at = ARENA_ARRAY(arena, struct diag *, sink->all.n);
    for (uint32_t i = 0; i < sink->all.n; i++)
        copy->all.at[i] = sink->all.at[i];
    diag_sort(copy);
    return copy;
}

/* Without a fit there is no placement to speak of, whatever the search left behind. */
static struct report_input *normalised(struct arena *arena, const struct report_input *input)
{
    struct report_input *copy = ARENA_NEW(arena, struct report_input);
    *copy = *input;
    copy->sink = input->sink ? sorted_sink(arena, input->sink) : NULL;
    if (input->status != REPORT_FITS || !input->mapping || !input->image) {
        copy->mapping = NULL;
        copy->image = NULL;
    }
    return copy;
}

struct report_facts *report_facts_new(struct arena *arena, const struct report_input *given)
{
    struct report_facts *facts = ARENA_NEW(arena, struct report_facts);
    const struct report_input *input = normalised(arena, given);
    const struct net *net = input->net;
    *facts = (struct report_facts){.in = input, .worst_cam = NET_NONE, .worst_sram = NET_NONE};
    facts->n_cores = device_cores(input->device, net->chips);
    facts->populations = ARENA_ARRAY(arena, struct population_facts, net->populations.n);
    uint32_t *values = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    for (uint32_t p = 0; p < net->populations.n; p++)
        facts->populations[p] = population_facts(input, values, &net->populations.at[p]);
    for (uint32_t t = 0; t < net->terms.n; t++)
        facts->unshared += net->terms.at[t].n_edges;
    set_available(facts);
    if (input->image) {
        facts->cores = ARENA_ARRAY(arena, struct core_facts, facts->n_cores);
        count_cores(arena, facts);
        set_levels(facts);
    } else {
        count_declared(arena, facts);
    }
    find_worst(facts);
    return facts;
}
