/* One part as a 0/1 model:
 *
 *     a column per delivery: the group shares there; one per port that its groups may carry whole:
 *     the source needs a tag of its own there
 *     per neuron with too many words:  sum of what is saved               >= words - limit
 *     per source:                      groups that share + own tags       <= words it has left
 *     per such port:                   edges of its groups + edges * own  >= edges
 */
#include "mapper/ilp.h"
#include "mapper/problem.h"
#include "mapper/share_search.h"

enum { MOST_COLUMNS = 3000, MOST_ENTRIES = 60000, MODEL_NODES = 2000 };

static const struct share_group *group_of(const struct share_budget *b, uint32_t delivery)
{
    return &b->sharing->groups.at[b->deliveries[delivery].group];
}

static bool small_enough(const struct share_search *s, uint32_t part)
{
    const struct share_budget *b = s->budget;
    uint64_t columns = s->first_part[part + 1] - s->first_part[part], entries = 0;
    for (uint32_t i = s->first_part[part]; i < s->first_part[part + 1]; i++)
        entries += b->deliveries[s->part[i]].n_uses + 2ull * group_of(b, s->part[i])->n_members;
    return columns <= MOST_COLUMNS && entries <= MOST_ENTRIES;
}

static void add_to(struct stamped *map, uint32_t i, uint32_t value)
{
    stamped_set(map, i, value + (stamped_has(map, i) ? map->value[i] : 0));
}

static void count_edges(struct share_search *s, uint32_t part)
{
    const struct share_budget *b = s->budget;
    stamped_clear(&s->part_edges);
    for (uint32_t i = s->first_part[part]; i < s->first_part[part + 1]; i++) {
        const struct delivery *own = &b->deliveries[s->part[i]];
        for (uint32_t m = 0; m < group_of(b, s->part[i])->n_members; m++)
            add_to(&s->part_edges, b->member_port[own->first_port + m], own->edges);
    }
}

static bool carried_whole(const struct share_search *s, uint32_t port)
{
    const struct port *own = &s->budget->ports[port];
    return own->carried + s->part_edges.value[port] == own->edges;
}

static void add_neuron_rows(struct share_search *s, const struct delivery *own,
                            struct ilp_model *model)
{
    const struct share_budget *b = s->budget;
    for (uint32_t i = own->first_use; i < own->first_use + own->n_uses; i++) {
        uint32_t n = b->uses[i].neuron;
        if (b->words[n] <= b->cam_limit[n] || stamped_has(&s->cam_row, n))
            continue;
        uint32_t over = b->words[n] - b->cam_limit[n];
        stamped_set(&s->cam_row, n, ilp_add_row(model, ILP_AT_LEAST, over));
    }
}

/* With a column for each port whose own tag is not certain. */
static void add_source_rows(struct share_search *s, uint32_t source, struct ilp_model *model,
                            struct index_vec *ports)
{
    const struct share_budget *b = s->budget;
    if (b->limit[source] == UINT32_MAX || stamped_has(&s->sram_row, source))
        return;
    int64_t left = (int64_t)b->limit[source] - share_sram_words(b, source, false);
    for (uint32_t p = b->first_port[source]; p < b->first_port[source + 1]; p++)
        left += stamped_has(&s->part_edges, p) && carried_whole(s, p);
    stamped_set(&s->sram_row, source, ilp_add_row(model, ILP_AT_MOST, left));
    for (uint32_t p = b->first_port[source]; p < b->first_port[source + 1]; p++) {
        if (!stamped_has(&s->part_edges, p) || !carried_whole(s, p))
            continue;
        int64_t open = b->ports[p].edges - b->ports[p].carried;
        stamped_set(&s->own_row, p, ilp_add_row(model, ILP_AT_LEAST, open));
        VEC_PUSH(model->arena, ports, p);
    }
}

static void add_delivery(const struct share_search *s, uint32_t delivery, struct ilp_model *model)
{
    const struct share_budget *b = s->budget;
    const struct delivery *own = &b->deliveries[delivery];
    const struct share_group *group = group_of(b, delivery);
    ilp_add_column(model, 1, 1);
    for (uint32_t i = own->first_use; i < own->first_use + own->n_uses; i++)
        if (stamped_has(&s->cam_row, b->uses[i].neuron))
            ilp_add_entry(model, s->cam_row.value[b->uses[i].neuron],
                          (int64_t)(group->n_members - 1) * b->uses[i].words);
    for (uint32_t m = 0; m < group->n_members; m++) {
        uint32_t source = b->sharing->members.at[group->first_member + m];
        uint32_t port = b->member_port[own->first_port + m];
        if (stamped_has(&s->sram_row, source))
            ilp_add_entry(model, s->sram_row.value[source], 1);
        if (stamped_has(&s->own_row, port))
            ilp_add_entry(model, s->own_row.value[port], own->edges);
    }
}

static void add_own(const struct share_search *s, uint32_t port, uint32_t source,
                    struct ilp_model *model)
{
    const struct port *own = &s->budget->ports[port];
    ilp_add_column(model, 0, 1);
    ilp_add_entry(model, s->sram_row.value[source], 1);
    ilp_add_entry(model, s->own_row.value[port], own->edges - own->carried);
}

static void build(struct share_search *s, uint32_t part, struct ilp_model *model)
{
    const struct share_budget *b = s->budget;
    struct index_vec ports = {NULL, 0, 0}, owners = {NULL, 0, 0};
    count_edges(s, part);
    stamped_clear(&s->cam_row);
    stamped_clear(&s->sram_row);
    stamped_clear(&s->own_row);
    for (uint32_t i = s->first_part[part]; i < s->first_part[part + 1]; i++) {
        const struct share_group *group = group_of(b, s->part[i]);
        add_neuron_rows(s, &b->deliveries[s->part[i]], model);
        for (uint32_t m = 0; m < group->n_members; m++) {
            uint32_t source = b->sharing->members.at[group->first_member + m];
            add_source_rows(s, source, model, &ports);
            while (owners.n < ports.n)
                VEC_PUSH(model->arena, &owners, source);
        }
    }
    for (uint32_t i = s->first_part[part]; i < s->first_part[part + 1]; i++)
        add_delivery(s, s->part[i], model);
    for (uint32_t i = 0; i < ports.n; i++)
        add_own(s, ports.at[i], owners.at[i], model);
}

/* Counted again: CAM words of the neurons served, SRAM words of the members. */
static bool part_fits(const struct share_search *s, uint32_t part)
{
    for (uint32_t i = s->first_part[part]; i < s->first_part[part + 1]; i++)
        if (share_needed(s->budget, s->part[i]) || !share_members_fit(s->budget, s->part[i], false))
            return false;
    return true;
}

enum share_status share_model_part(struct share_search *s, uint32_t part,
                                   const struct ilp_options *options, uint32_t *iterations)
{
    struct ilp_options limited = *options;
    struct ilp_model model;
    struct ilp_result result;
    if (*iterations == 0 || !small_enough(s, part))
        return SHARE_UNDECIDED;
    limited.iterations = *iterations;
    limited.node_limit = options->node_limit ? options->node_limit : MODEL_NODES;
    struct arena *scratch = arena_scratch(s->arena);
    ilp_model_init(&model, scratch, "sharing");
    build(s, part, &model);
    ilp_solve(&model, &limited, scratch, &result);
    *iterations -= result.iterations < *iterations ? result.iterations : *iterations;
    bool found = result.status == ILP_SOLVED || result.status == ILP_FEASIBLE;
    uint32_t first = s->first_part[part], n = s->first_part[part + 1] - first;
    for (uint32_t i = 0; i < n && found; i++)
        share_search_set(s, s->part[first + i], result.x[i] ? SHARE_SHARED : SHARE_SEPARATE);
    bool fits = found && part_fits(s, part);
    for (uint32_t i = 0; i < n && found && !fits; i++)
        share_search_unset(s, s->part[first + i]);
    arena_scratch_end(scratch);
    return fits ? SHARE_FITS : SHARE_UNDECIDED;
}
