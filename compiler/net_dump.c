/* Text form of a network: one line per object, in the order of the struct. */
#include "compiler/base/text.h"
#include "compiler/net.h"

static void add_dims(struct text *text, const struct dims *dims)
{
    text_add(text, "[");
    for (uint32_t d = 0; d < dims->n; d++)
        text_add(text, "%s%u", d ? ", " : "", dims->size[d]);
    text_add(text, "]");
}

static void add_view(struct text *text, const struct net *net, const struct view *view)
{
    text_add(text, "%s@%u", view_object_name(net, view), view->base);
    add_dims(text, &view->dims);
    for (uint32_t d = 0; d < view->dims.n; d++)
        text_add(text, "*%u", view->stride[d]);
}

static void add_board(struct text *text, const struct net *net)
{
    text_add(text, "target %s chips %u grid %u x %u seed %llu reserve %.17g\n", net->target,
             net->chips, net->grid_w, net->grid_h, (unsigned long long)net->seed, net->reserve);
    const struct defects *d = net->defects;
    if (d)
        text_add(text,
                 "profile %s threshold %.17g bad words %llu lower %llu upper, bad tags %llu\n",
                 d->profile, d->threshold, (unsigned long long)d->n_bad_words[0],
                 (unsigned long long)d->n_bad_words[1], (unsigned long long)d->n_bad_tags);
    for (uint32_t i = 0; i < net->defines.n; i++)
        text_add(text, "define %s = %s\n", net->defines.at[i].name, net->defines.at[i].value);
}

static void add_request(struct text *text, const char *name, const struct bias_request *request)
{
    switch (request->kind) {
    case REQUEST_DEFAULT:
        break;
    case REQUEST_CODE:
        text_add(text, "  %s dac(%u, %u)\n", name, request->coarse, request->fine);
        break;
    case REQUEST_CURRENT:
        text_add(text, "  %s %lld zA\n", name, (long long)request->za);
        break;
    case REQUEST_SOLVED:
        text_add(text, "  %s solved\n", name);
        break;
    }
}

static void add_bias_set(struct text *text, const struct net *net, const struct bias_set *set)
{
    static const char *const delay_name[NET_STATED_DELAYS] = {"none", "precise", "mismatched"};
    text_add(text, "bias %s", set->name);
    if (set->parent != NET_NONE)
        text_add(text, " : %s", net->bias_sets.at[set->parent].name);
    text_add(text, " tolerance %.17g weight %.17g delay %.17g unit %lld zA\n", set->tolerance,
             set->weight_tolerance, set->delay_tolerance, (long long)set->weight_unit_za);
    for (uint32_t i = 0; i < NET_SLOTS; i++)
        text_add(text, "  slot %u %s\n", i, set->slot_name[i] ? set->slot_name[i] : "-");
    for (uint32_t i = 0; i < NET_STATED_DELAYS; i++)
        if (set->delay[i].ps)
            text_add(text, "  delay.%s %lld ps\n", delay_name[i], (long long)set->delay[i].ps);
    for (uint32_t i = 0; i < net->n_biases; i++)
        add_request(text, net->bias_name[i], &set->request[i]);
}

static void add_latches(struct text *text, const struct net *net,
                        const struct population *population)
{
    for (uint32_t i = 0, end; i < population->size; i = end) {
        const uint16_t *latches = net->latches + population->first;
        end = i + 1;
        while (end < population->size && latches[end] == latches[i])
            end++;
        text_add(text, "  latches %u:%u 0x%04x\n", i, end, latches[i]);
    }
}

static void add_dvs(struct text *text, const struct dvs *dvs)
{
    text_add(text, "  %s origin %u, %u max %u, %u shift %u, %u on %d off %d drop %d", dvs->camera,
             dvs->origin[0], dvs->origin[1], dvs->max[0], dvs->max[1], dvs->pooling_shift[0],
             dvs->pooling_shift[1], dvs->on_events, dvs->off_events, dvs->drop_events);
    text_add(text, " copy %d, %d handshake %u ns", dvs->copy_hop[0], dvs->copy_hop[1],
             dvs->handshake_ns);
    for (uint32_t i = 0; i < dvs->n_filter; i++)
        text_add(text, " filter %#x", dvs->filter[i]);
    text_add(text, "\n");
}

static void add_settings(struct text *text, const struct net *net)
{
    for (uint32_t i = 0; i < net->settings.n; i++) {
        const struct chip_setting *setting = &net->settings.at[i];
        text_add(text, "set chip %u %s %u %u\n", setting->chip, setting->name, setting->value[0],
                 setting->value[1]);
    }
}

static void add_units(struct text *text, const struct net *net)
{
    for (uint32_t i = 0; i < net->populations.n; i++) {
        const struct population *population = &net->populations.at[i];
        text_add(text, "population %s", population->name);
        add_dims(text, &population->dims);
        text_add(text, " first %u bias %s\n", population->first,
                 net->bias_sets.at[population->bias_set].name);
        add_latches(text, net, population);
        if (population->has_rate)
            text_add(text, "  rate %.17g Hz\n", population->rate_hz);
    }
    for (uint32_t i = 0; i < net->inputs.n; i++) {
        const struct input *input = &net->inputs.at[i];
        text_add(text, "input %s", input->name);
        add_dims(text, &input->dims);
        text_add(text, " first %u", input->first);
        if (input->kind != INPUT_HOST)
            text_add(text, " %s at chip %u", input->kind == INPUT_DVS ? "dvs" : "bioamp",
                     input->chip);
        text_add(text, "\n");
        if (input->kind == INPUT_DVS)
            add_dvs(text, input->dvs);
    }
}

static void add_attr(struct text *text, const struct syn_attr *attr)
{
    text_add(text, "%s ", dendrite_name[attr->dendrite]);
    if (attr->weight_kind == WEIGHT_SLOTS)
        text_add(text, "slots 0x%x", attr->slots);
    else
        text_add(text, "%lld zA", (long long)attr->weight_za);
    if (attr->delay_kind == DELAY_TIME)
        text_add(text, " delay %lld ps", (long long)attr->delay_ps);
    else if (attr->delay_kind == DELAY_CLASS)
        text_add(text, " delay class %u", attr->delay_class);
    text_add(text, "%s%s", attr->stp ? " stp" : "", attr->share ? "" : " unshared");
}

static void add_projections(struct text *text, const struct net *net)
{
    for (uint32_t i = 0; i < net->attrs.n; i++) {
        text_add(text, "attr %u ", i);
        add_attr(text, &net->attrs.at[i]);
        text_add(text, "\n");
    }
    for (uint32_t i = 0; i < net->projections.n; i++) {
        const struct projection *projection = &net->projections.at[i];
        text_add(text, "projection %s pre ", projection->name);
        add_view(text, net, &projection->pre);
        text_add(text, " post ");
        add_view(text, net, &projection->post);
        text_add(text, "\n");
        for (uint32_t t = 0; t < projection->n_terms; t++) {
            const struct term *term = &net->terms.at[projection->first_term + t];
            text_add(text, "  %s %llu edges%s\n", dendrite_name[term->dendrite],
                     (unsigned long long)term->n_edges, term->all ? " all" : "");
        }
    }
}

static void add_place(struct text *text, const struct net *net, const struct place *place)
{
    static const char *const name[] = {
        [PLACE_CHIP] = "chip",
        [PLACE_CORE] = "core",
        [PLACE_AT] = "at",
        [PLACE_TOGETHER_CORE] = "together core",
        [PLACE_TOGETHER_CHIP] = "together chip",
        [PLACE_APART_CORE] = "apart core",
        [PLACE_APART_CHIP] = "apart chip",
        [PLACE_SPREAD] = "spread",
        [PLACE_NEAR] = "near",
    };
    text_add(text, "place %s chip %u core %u first %u cores %u", name[place->kind], place->chip,
             place->core, place->first, place->cores);
    if (place->kind == PLACE_NEAR) {
        text_add(text, " weight %.17g to ", place->weight);
        add_view(text, net, &place->near);
    }
    for (uint32_t i = 0; i < place->views.n; i++) {
        text_add(text, i ? ", " : " : ");
        add_view(text, net, &place->views.at[i]);
    }
    text_add(text, "\n");
}

static void add_edges(struct text *text, struct arena *arena, const struct net *net)
{
    struct edge_iter iter;
    struct edge edge;
    net_edges_start(&iter, net, 0, net->n_neurons);
    while (net_edges_next(&iter, &edge)) {
        text_add(text, "edge %s -> %s attr %u term %u", net_source_name(arena, net, edge.source),
                 net_source_name(arena, net, edge.target), edge.attr, edge.term);
        if (edge.repeat != 1)
            text_add(text, " x %u", edge.repeat);
        text_add(text, "\n");
    }
}

char *net_dump(struct arena *arena, const struct net *net, bool edges)
{
    struct text text;
    text_init(&text, arena);
    add_board(&text, net);
    for (uint32_t i = 0; i < net->bias_sets.n; i++)
        add_bias_set(&text, net, &net->bias_sets.at[i]);
    add_units(&text, net);
    add_settings(&text, net);
    add_projections(&text, net);
    for (uint32_t i = 0; i < net->places.n; i++)
        add_place(&text, net, &net->places.at[i]);
    for (uint32_t i = 0; i < net->probes.n; i++) {
        text_add(&text, "probe %s ", probe_name[net->probes.at[i].kind]);
        add_view(&text, net, &net->probes.at[i].view);
        text_add(&text, "\n");
    }
    if (edges)
        add_edges(&text, arena, net);
    return text.at;
}
