#include "runtime/table.h"

#include <string.h>

struct table {
    struct table_config config;
    struct arena *arena;
    const struct kernel *kernel;
    struct tile *tile;
    uint64_t *count;  /* cells: [tile][type][stride] */
    uint8_t *touched; /* [tile][type] */
    const uint64_t *first;
    const uint32_t *word;
    struct delays *delays;        /* NULL: none */
    const struct delay_row *late; /* the rows from first_late on */
    uint32_t first_late, n_late;
    struct depression *depression; /* NULL: none */
    double *added;                 /* per cell, A */
    uint64_t *first_touch;         /* per row: the (tile, type) pairs it reaches */
    uint32_t *touch;
    uint16_t *peak;     /* per row: most events one event of it makes in one lane */
    uint64_t in_flight; /* bound on every lane since the last step */
    uint64_t lane[16];  /* increment of a mask */
    uint32_t *spike, n_spikes;
};

enum { LANE_MAX = 0xffff };

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

static void tile_init(struct table *table, uint32_t t, void *scratch)
{
    struct tile *tile = &table->tile[t];
    uint32_t stride = table->config.stride;
    size_t size = real_size(table);
    *tile = (struct tile){.n = stride, .uniform = table->config.uniform, .dt = table->config.dt};
    for (int p = 0; p < N_ALL_PARAMS; p++) {
        bool one = table->config.uniform && !param_is_own(p);
        if (p < N_PARAMS || table->config.circuits & param_circuits(p))
            tile->param[p] = arena_alloc(table->arena, one ? 1 : stride, size);
    }
    for (int s = 0; s < N_ALL_STATES; s++)
        if (s < N_KERNEL_STATES || table->config.circuits & state_circuits(s))
            tile->state[s] = arena_alloc(table->arena, stride, size);
    for (uint32_t k = 0; k < N_SYNAPSE_TYPES; k++)
        tile->count[k] = table->count + ((size_t)t * N_SYNAPSE_TYPES + k) * stride;
    tile->touched = table->touched + (size_t)t * N_SYNAPSE_TYPES;
    for (int k = 0; k <= N_SYNAPSE_TYPES; k++)
        tile->drive[k] = table->config.compat ? arena_alloc(table->arena, stride, size) : scratch;
}

struct table *table_new(struct arena *arena, const struct table_config *config)
{
    struct table *table = ARENA_NEW(arena, struct table);
    size_t cells = (size_t)config->n_tiles * N_SYNAPSE_TYPES * config->stride;
    table->config = *config;
    table->arena = arena;
    table->kernel = config->kernel ? config->kernel : best_kernel(config->use_double);
    table->tile = ARENA_ARRAY(arena, struct tile, config->n_tiles);
    table->count = ARENA_ARRAY(arena, uint64_t, cells);
    table->touched = ARENA_ARRAY(arena, uint8_t, (size_t)config->n_tiles * N_SYNAPSE_TYPES);
    table->spike = ARENA_ARRAY(arena, uint32_t, (size_t)config->n_tiles * config->stride);
    void *scratch = arena_alloc(arena, config->stride, real_size(table));
    for (uint32_t t = 0; t < config->n_tiles; t++)
        tile_init(table, t, scratch);
    for (unsigned mask = 0; mask < 16; mask++)
        for (unsigned bit = 0; bit < 4; bit++)
            if (mask >> bit & 1)
                table->lane[mask] += UINT64_C(1) << 16 * bit;
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
    uint32_t tile = neuron / stride, i = neuron % stride;
    return ((tile * N_SYNAPSE_TYPES + (uint32_t)type) * stride + i) << 4 | mask;
}

void table_unpack(uint32_t stride, uint32_t word, uint32_t *neuron, int *type, unsigned *mask)
{
    uint32_t cell = word >> 4, part = cell / stride;
    *mask = word & 15;
    *type = (int)(part % N_SYNAPSE_TYPES);
    *neuron = part / N_SYNAPSE_TYPES * stride + cell % stride;
}

uint32_t table_word(const struct table *table, uint32_t neuron, int type, unsigned mask)
{
    return table_pack(table->config.stride, neuron, type, mask);
}

static bool is_depressed(const struct table *table, uint32_t row)
{
    return table->n_late && row >= table->first_late
           && table->late[row - table->first_late].depressed;
}

/* Notes which (tile, type) pairs a row reaches, and the most often one lane is met. `seen` and
 * `lanes` are all zero before and after. */
static void survey_row(struct table *table, uint32_t row, uint8_t *seen, uint32_t *n_touch)
{
    const uint32_t *word = table->word;
    uint64_t peak = 0, begin = table->first[row], end = table->first[row + 1];
    for (uint64_t e = begin; e < end; e++) {
        uint32_t cell = word[e] >> 4, pair = cell / table->config.stride;
        uint64_t lanes = table->count[cell] += table->lane[word[e] & 15];
        for (int bit = 0; bit < 4; bit++)
            peak = (lanes >> 16 * bit & LANE_MAX) > peak ? lanes >> 16 * bit & LANE_MAX : peak;
        if (seen[pair])
            continue;
        seen[pair] = 1;
        table->touch[(*n_touch)++] = pair;
        table->tile[pair / N_SYNAPSE_TYPES].has_type[pair % N_SYNAPSE_TYPES] = true;
    }
    table->peak[row] = (uint16_t)peak;
    for (uint64_t e = begin; e < end; e++) {
        table->count[word[e] >> 4] = 0;
        seen[(word[e] >> 4) / table->config.stride] = 0;
    }
}

void table_rows(struct table *table, uint32_t n_rows, const uint64_t *first, const uint32_t *word)
{
    size_t pairs = (size_t)table->config.n_tiles * N_SYNAPSE_TYPES;
    uint8_t *seen = ARENA_ARRAY(table->arena, uint8_t, pairs);
    uint32_t n_touch = 0;
    table->first = first;
    table->word = word;

    table->peak = ARENA_ARRAY(table->arena, uint16_t, n_rows);
    table->first_touch = ARENA_ARRAY(table->arena, uint64_t, (size_t)n_rows + 1);
    table->touch = ARENA_ARRAY(table->arena, uint32_t, first[n_rows]);
    for (uint32_t r = 0; r < n_rows; r++) {
        if (!is_depressed(table, r))
            survey_row(table, r, seen, &n_touch);
        table->first_touch[r + 1] = n_touch;
    }
}

bool table_delays(struct table *table, const struct delay_row *late, uint32_t n, uint32_t n_sources,
                  uint32_t n_single)
{
    table->late = late;
    table->n_late = n;
    table->first_late = n_sources;
    if (n == 0)
        return true;
    table->delays = delays_new(table->arena, late, n, n_sources, n_single, TABLE_MOST_HISTORY);
    return table->delays != NULL;
}

void table_depressed(struct table *table, const struct depressed *synapse, uint32_t n)
{
    uint32_t stride = table->config.stride;
    if (n == 0)
        return;
    table->depression = depression_new(table->arena, n);
    table->added =
        ARENA_ARRAY(table->arena, double, (size_t)table->config.n_tiles *N_SYNAPSE_TYPES *stride);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t cell = synapse[k].word >> 4, pair = cell / stride, type = pair % N_SYNAPSE_TYPES;
        struct tile *tile = &table->tile[pair / N_SYNAPSE_TYPES];
        double weight = 0;
        for (int bit = 0; bit < 4; bit++)
            weight += synapse[k].word >> bit & 1 ? tile->weight[bit] : 0;
        tile->has_type[type] = true;
        tile->added[type] = table->added + (size_t)pair * stride;
        depression_set(table->depression, k, &synapse[k], cell, weight, table->config.dt);
    }
}

/* --- events --- */

static uint64_t add_saturating(uint64_t lanes, uint64_t increment, uint32_t count)
{
    uint64_t sum = 0;
    for (int bit = 0; bit < 4; bit++) {
        uint64_t lane = (lanes >> 16 * bit & LANE_MAX) + (increment >> 16 * bit & 1) * count;
        sum |= (lane < LANE_MAX ? lane : LANE_MAX) << 16 * bit;
    }
    return sum;
}

static void mark_touched(struct table *table, uint32_t row)
{
    for (uint64_t t = table->first_touch[row]; t < table->first_touch[row + 1]; t++)
        table->touched[table->touch[t]] = 1;
}

static inline void deliver(struct table *table, uint32_t row, uint32_t count)
{
    uint64_t *restrict cell = table->count;
    const uint32_t *restrict word = table->word;
    const uint64_t end = table->first[row + 1];
    table->in_flight += (uint64_t)table->peak[row] * count;
    if (table->in_flight > LANE_MAX) {
        table->in_flight = (uint64_t)LANE_MAX + 1;
        for (uint64_t e = table->first[row]; e < end; e++)
            cell[word[e] >> 4] =
                add_saturating(cell[word[e] >> 4], table->lane[word[e] & 15], count);
    } else if (count == 1) {
        for (uint64_t e = table->first[row]; e < end; e++)
            cell[word[e] >> 4] += table->lane[word[e] & 15];
    } else {
        for (uint64_t e = table->first[row]; e < end; e++)
            cell[word[e] >> 4] += table->lane[word[e] & 15] * count;
    }
    mark_touched(table, row);
}

void table_event(struct table *table, uint32_t source, uint32_t count)
{
    deliver(table, source, count);
    if (table->delays)
        delays_send(table->delays, source, count);
}

static void deliver_late(struct table *table)
{
    uint32_t late, count;
    while (delays_arrive(table->delays, &late, &count)) {
        uint32_t row = table->first_late + late;
        if (!table->late[late].depressed) {
            deliver(table, row, count);
            continue;
        }
        for (uint64_t e = table->first[row]; e < table->first[row + 1]; e++)
            depression_event(table->depression, table->word[e], count);
    }
}

static void add_depressed(struct table *table)
{
    uint32_t cell;
    double current;
    while (depression_take(table->depression, &cell, &current)) {
        table->added[cell] += current;
        table->touched[cell / table->config.stride] = 1;
    }
}

void table_drive(struct table *table, uint32_t neuron, int type, double amperes)
{
    put(table, table->tile[neuron / table->config.stride].drive[type],
        neuron % table->config.stride, amperes);
}

/* --- the step --- */

static void collect_spikes(struct table *table, uint32_t t, uint32_t left)
{
    const struct tile *tile = &table->tile[t];
    for (uint32_t i = 0; left; i++) {
        if (get(table, tile->state[S_SPIKE], i) > 0) {
            table->spike[table->n_spikes++] = t * table->config.stride + i;
            left--;
        }
    }
}

void table_step(struct table *table)
{
    if (table->delays)
        deliver_late(table);
    if (table->depression)
        add_depressed(table);
    table->n_spikes = 0;
    table->in_flight = 0;
    for (uint32_t t = 0; t < table->config.n_tiles; t++) {
        struct tile *tile = &table->tile[t];
        uint32_t n =
            table->config.compat ? table->kernel->step_compat(tile) : table->kernel->step(tile);
        collect_spikes(table, t, n);
    }
}

const uint32_t *table_spikes(const struct table *table, uint32_t *n)
{
    *n = table->n_spikes;
    return table->spike;
}

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

bool table_has(const struct table *table, uint32_t neuron, enum kernel_state state)
{
    const struct tile *tile = &table->tile[neuron / table->config.stride];
    if (state < N_KERNEL_STATES)
        return true;
    return tile->circuits & state_circuits((int)state);
}
