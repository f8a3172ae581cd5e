#include "runtime/table.h"

#include "runtime/crew.h"
#include "runtime/table_parts.h"

#include <string.h>

/* --- storage --- */

static size_t real_size(const struct table *table)
{
    return table->config.use_double ? sizeof(double) : sizeof(float);
}

static void put(const struct table *table, void *array, uint32_t i, double value)
{
    if (table->config.use_double)
        ((double *)array)[i] = value;
    else
        ((float *)array)[i] = (float)value;
}

static double get(const struct table *table, const void *array, uint32_t i)
{
    return table->config.use_double ? ((const double *)array)[i]
                                    : (double)((const float *)array)[i];
}

static const struct kernel *best_kernel(bool use_double)
{
    const struct kernel *found[3];
    (void)(use_double ? kernels_double(found) : kernels_float(found));
    return found[0];
}

/* The circuits that need a state. */
static unsigned state_circuits(int state)
{
    if (state < S_CALCIUM)
        return CIRCUITS_DENDRITE;
    if (state == S_CALCIUM)
        return CIRCUIT_CALCIUM;
    return state == S_GAIN ? CIRCUITS_DENDRITE | CIRCUITS_GAIN : CIRCUIT_SOMA_GAIN;
}

/* Arrays begin at a line of the cache. */
static void *lines(struct table *table, size_t n, size_t size)
{
    enum { LINE = 64 };
    uintptr_t at = (uintptr_t)arena_alloc(table->arena, n * size + LINE, 1);
    return (void *)((at + LINE - 1) / LINE * LINE);
}

static void tile_init(struct table *table, uint32_t t)
{
    struct tile *tile = &table->tile[t];
    uint32_t stride = table->config.stride;
    size_t size = real_size(table);
    *tile = (struct tile){.n = stride, .uniform = table->config.uniform, .dt = table->config.dt};
    for (int p = 0; p < N_ALL_PARAMS; p++) {
        bool one = table->config.uniform && !param_is_own(p);
        if (p < N_PARAMS || table->config.circuits & param_circuits(p))
            tile->param[p] = one ? arena_alloc(table->arena, 1, size) : lines(table, stride, size);
    }
    for (int s = 0; s < N_ALL_STATES; s++)
        if (s < N_KERNEL_STATES || table->config.circuits & state_circuits(s))
            tile->state[s] = lines(table, stride, size);
    for (int k = 0; table->config.compat && k < N_SYNAPSE_TYPES; k++)
        tile->drive[k] = lines(table, stride, size);
}

static uint32_t bits_for(uint32_t stride)
{
    uint32_t bits = 0;
    while (stride > UINT32_C(1) << bits)
        bits++;
    return bits;
}

void table_workers(struct table *table)
{
    table->worker = ARENA_ARRAY(table->arena, struct worker, table->n_workers);
    for (uint32_t k = 0; k < table->n_workers; k++)
        table->worker[k].arriving.drive = lines(table, table->config.stride, real_size(table));
}

struct table *table_new(struct arena *arena, const struct table_config *config)
{
    struct table *table = ARENA_NEW(arena, struct table);
    table->config = *config;
    table->arena = arena;
    table->kernel = config->kernel ? config->kernel : best_kernel(config->use_double);
    table->cell_bits = bits_for(config->stride);
    table->spike_words = (config->stride + SPIKE_BITS - 1) / SPIKE_BITS;
    table->block = table->most_count = table->n_workers = 1;
    table->lanes = lanes_of_masks();
    table->tile = ARENA_ARRAY(arena, struct tile, config->n_tiles);
    table->touched = ARENA_ARRAY(arena, uint8_t, (size_t)config->n_tiles * N_SYNAPSE_TYPES);
    table->listed = ARENA_ARRAY(arena, uint32_t, (size_t)config->n_tiles * config->stride);
    for (uint32_t t = 0; t < config->n_tiles; t++)
        tile_init(table, t);
    if (config->threads == 0)
        table->config.threads = crew_processors();
    if (config->compat)
        table_spread(table);
    return table;
}

void table_neuron(struct table *table, uint32_t neuron, const struct neuron *values)
{
    struct tile *tile = &table->tile[neuron / table->config.stride];
    uint32_t i = neuron % table->config.stride;
    double param[N_ALL_PARAMS], io = values->q[Q_IO];
    neuron_fold(values, table->config.dt, table->config.compat, param);
    if (table->config.circuits)
        neuron_fold_circuits(values, table->config.dt, param);
    for (int p = 0; p < N_ALL_PARAMS; p++)
        if (tile->param[p])
            put(table, tile->param[p], tile->uniform && !param_is_own(p) ? 0 : i, param[p]);
    for (int s = S_SYN; s <= S_PEAK; s++)
        put(table, tile->state[s], i, io);
    put(table, tile->state[S_AHP], i, param[P_AHP_FLOOR]);
    for (int k = 0; k < N_ALPHAS; k++)
        if (tile->state[S_ALPHA + k])
            put(table, tile->state[S_ALPHA + k], i, io);
    if (tile->state[S_GAIN])
        put(table, tile->state[S_GAIN], i, 1);
    tile->circuits |= values->circuits;
    tile->has_feedback |= param[P_FEEDBACK] > 0;
    tile->has_gate |= param[P_NMDA] > 0;
    tile->has_adaptation |= param[P_AHP_WEIGHT] > 0;
}

void table_grid(struct table *table, uint32_t tile, const struct diffusion_node *node, uint32_t n,
                uint32_t rows)
{
    table->tile[tile].grid = diffusion_new(table->arena, node, n, rows);
}

void table_weights(struct table *table, uint32_t tile, const double weight[4])
{
    memcpy(table->tile[tile].weight, weight, sizeof table->tile[tile].weight);
}

/* --- rows --- */

uint32_t table_pack(uint32_t stride, uint32_t neuron, int type, unsigned mask)
{
    uint32_t tile = neuron / stride, i = neuron % stride, pair = tile << TYPE_BITS | (uint32_t)type;
    return (pair << bits_for(stride) | i) << MASK_BITS | mask;
}

void table_unpack(uint32_t stride, uint32_t word, uint32_t *neuron, int *type, unsigned *mask)
{
    uint32_t cell = word >> MASK_BITS, bits = bits_for(stride), pair = cell >> bits;
    *mask = word & ((1u << MASK_BITS) - 1);
    *type = (int)(pair % N_SYNAPSE_TYPES);
    *neuron = (pair >> TYPE_BITS) * stride + (cell & ((UINT32_C(1) << bits) - 1));
}

uint32_t table_word(const struct table *table, uint32_t neuron, int type, unsigned mask)
{
    return table_pack(table->config.stride, neuron, type, mask);
}

static bool is_depressed(const struct table_rows *rows, uint32_t row)
{
    return row >= rows->n_sources && rows->late[row - rows->n_sources].depressed;
}

/* Which types of a tile are reached at all, and how often a lane at most. */
static void survey(struct table *table)
{
    const struct table_rows *rows = &table->rows;
    struct arena *scratch = arena_scratch(table->arena);
    uint64_t *met = ARENA_ARRAY(scratch, uint64_t, table_cell(table, table->config.n_tiles, 0));
    for (uint32_t r = 0; r < rows->n_sources + rows->n_late; r++)
        for (uint64_t e = rows->first[r]; !is_depressed(rows, r) && e < rows->first[r + 1]; e++) {
            uint32_t cell = rows->word[e] >> MASK_BITS, pair = cell >> table->cell_bits;
            met[cell] = lanes_saturating(met[cell], table->lanes.of[rows->word[e] & 15], 1);
            table->tile[pair >> TYPE_BITS].has_type[pair % N_SYNAPSE_TYPES] = true;
        }
    for (uint32_t cell = 0; cell < table_cell(table, table->config.n_tiles, 0); cell++)
        for (int bit = 0; bit < MASK_BITS; bit++) {
            uint32_t lane = met[cell] >> 16 * bit & LANE_MAX;
            table->most_met = lane > table->most_met ? lane : table->most_met;
        }
    arena_scratch_end(scratch);
}

/* Whether a source of begin .. end - 1 has a plain row. */
static bool any_row(const struct table_rows *rows, uint32_t begin, uint32_t end)
{
    return rows->first[end] > rows->first[begin];
}

bool table_rows(struct table *table, const struct table_rows *rows)
{
    const struct delay_config config = {.n_sources = rows->n_sources,
                                        .n_single = rows->n_single,
                                        .plain_single = any_row(rows, 0, rows->n_single),
                                        .plain_others =
                                            any_row(rows, rows->n_single, rows->n_sources),
                                        .late = rows->late,
                                        .n_late = rows->n_late,
                                        .most_block = table->depression ? 1 : TABLE_MOST_BLOCK,
                                        .most_bytes = TABLE_MOST_HISTORY};
    table->rows = *rows;
    table->delays = delays_new(table->arena, &config);
    if (!table->delays)
        return false;
    table->block = delays_block(table->delays);
    survey(table);
    table_spread(table);
    return true;
}

void table_depressed(struct table *table, const struct depressed *synapse, uint32_t n)
{
    if (n == 0)
        return;
    table->depression = depression_new(table->arena, n);
    table->added = ARENA_ARRAY(table->arena, double, table_cell(table, table->config.n_tiles, 0));
    for (uint32_t k = 0; k < n; k++) {
        uint32_t cell = synapse[k].word >> MASK_BITS, pair = cell >> table->cell_bits;
        uint32_t type = pair % N_SYNAPSE_TYPES;
        struct tile *tile = &table->tile[pair >> TYPE_BITS];
        double weight = 0;
        for (int bit = 0; bit < 4; bit++)
            weight += synapse[k].word >> bit & 1 ? tile->weight[bit] : 0;
        tile->has_type[type] = true;
        tile->added[type] = table->added + ((size_t)pair << table->cell_bits);
        depression_set(table->depression, k, &synapse[k], cell, weight, table->config.dt);
    }
}

void table_drive(struct table *table, uint32_t neuron, int type, double amperes)
{
    put(table, table->tile[neuron / table->config.stride].drive[type],
        neuron % table->config.stride, amperes);
}

/* --- states --- */

double table_spike_count(const struct table *table, uint32_t neuron)
{
    return table_state(table, neuron, S_SPIKE);
}

double table_state(const struct table *table, uint32_t neuron, enum kernel_state state)
{
    const struct tile *tile = &table->tile[neuron / table->config.stride];
    return table_has(table, neuron, state)
               ? get(table, tile->state[state], neuron % table->config.stride)
               : 0;
}

static float greatest_float(const float *at, uint32_t n)
{
    float most = 0;
    for (uint32_t i = 0; i < n; i++)
        most = at[i] > most ? at[i] : most;
    return most;
}

double table_greatest(const struct table *table, uint32_t tile, enum kernel_state state)
{
    const void *at = table->tile[tile].state[state];
    double most = 0;
    if (!table->config.use_double)
        return (double)greatest_float(at, table->config.stride);
    for (uint32_t i = 0; i < table->config.stride; i++)
        most = ((const double *)at)[i] > most ? ((const double *)at)[i] : most;
    return most;
}

bool table_has(const struct table *table, uint32_t neuron, enum kernel_state state)
{
    const struct tile *tile = &table->tile[neuron / table->config.stride];
    if (state < N_KERNEL_STATES)
        return true;
    return tile->circuits & state_circuits((int)state);
}
