#include "mapper/map.h"

#include "compiler/base/text.h"

static void dump_pieces(struct text *text, const struct net *net, const struct mapping *mapping)
{
    for (uint32_t i = 0; i < mapping->pieces.n; i++) {
        const struct piece *piece = &mapping->pieces.at[i];
        text_add(text, "piece %s %u+%u core %u neuron %u\n",
                 net->populations.at[piece->population].name, piece->first, piece->count,
                 piece->core, piece->neuron);
    }
}

static void dump_cores(struct text *text, const struct mapping *mapping)
{
    for (uint32_t c = 0; c < mapping->n_cores; c++)
        if (mapping->class_of_core[c] != NET_NONE)
            text_add(text, "core %u class %u tags %u\n", c, mapping->class_of_core[c],
                     mapping->tags_on_core[c]);
}

static void dump_routes(struct text *text, struct arena *arena, const struct net *net,
                        const struct mapping *mapping)
{
    for (uint32_t s = 0; s < net_n_sources(net); s++) {
        uint64_t first = mapping->first_route[s], end = mapping->first_route[s + 1];
        if (first == end)
            continue;
        text_add(text, "routes %s", net_source_name(arena, net, s));
        for (uint64_t i = first; i < end; i++)
            text_add(text, " %u:%x:%u", mapping->routes[i].chip, mapping->routes[i].cores,
                     mapping->routes[i].tag);
        text_add(text, "\n");
    }
}

static void dump_words(struct text *text, struct arena *arena, const struct net *net,
                       const struct mapping *mapping)
{
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        text_add(text, "words %s", net_source_name(arena, net, n));
        for (uint64_t i = mapping->first_word[n]; i < mapping->first_word[n + 1]; i++)
            text_add(text, " %u:%u:%u", mapping->words[i].tag, mapping->words[i].attr,
                     mapping->words[i].term);
        text_add(text, "\n");
    }
}

static void dump_terms(struct text *text, const struct net *net, const struct mapping *mapping)
{
    for (uint32_t t = 0; t < net->terms.n; t++)
        text_add(text, "term %u words %llu shared tags %u\n", t,
                 (unsigned long long)mapping->term_words[t], mapping->shared_tags[t]);
}

static void dump_level(struct text *text, const char *name, int64_t value, int64_t bound)
{
    text_add(text, "%s %lld bound %lld\n", name, (long long)value, (long long)bound);
}

char *mapping_dump(struct arena *arena, const struct net *net, const struct mapping *mapping)
{
    struct text text;
    text_init(&text, arena);
    dump_level(&text, "cores", mapping->cores, mapping->cores_bound);
    dump_level(&text, "chips", mapping->chips, mapping->chips_bound);
    dump_level(&text, "cut", mapping->cut, mapping->cut_bound);
    dump_level(&text, "hops", mapping->hops, mapping->hops_bound);
    if (net->rate_weight) {
        dump_level(&text, "cut weighted", mapping->weighted_cut, mapping->weighted_cut_bound);
        dump_level(&text, "hops weighted", mapping->weighted_hops, mapping->weighted_hops_bound);
    }
    dump_level(&text, "split populations", mapping->split_populations, mapping->split_bound);
    text_add(&text, "optimal %d canonical %d deterministic %d\n", mapping->optimal,
             mapping->canonical, mapping->deterministic);
    dump_pieces(&text, net, mapping);
    dump_cores(&text, mapping);
    dump_terms(&text, net, mapping);
    dump_routes(&text, arena, net, mapping);
    dump_words(&text, arena, net, mapping);
    return text.at;
}
