/* Statements of a listing that name things: populations and their pieces, inputs and what they
 * send, probes. */
#include "backend/text_sensor.h"

#include "backend/listing.h"

#include <string.h>

/* --- symbols --- */

/* "[2, 64]": the size, at most `most`. */
static uint32_t take_shape(struct reader *r, uint32_t *n_dims, uint32_t *dims, uint32_t most)
{
    struct span span = r->token.span;
    uint64_t size = 1;
    take_mark(r, '[');
    do {
        if (*n_dims == IMAGE_MAX_DIMS)
            reader_fault(r, span, "more than %d dimensions", IMAGE_MAX_DIMS);
        uint32_t dim = take_number(r, "a dimension", most);
        if (r->bad)
            return 0;
        dims[(*n_dims)++] = dim;
        size *= dim; /* both factors are at most `most`, below 2^32 */
        if (size == 0 || size > most)
            reader_fault(r, span, "%s", size ? "more units than are possible here" : "no units");
    } while (took_mark(r, ','));
    take_mark(r, ']');
    return r->bad ? 0 : (uint32_t)size;
}

void read_population(struct reader *r)
{
    struct image_population population = {.name = take_string(r, "a name")};
    size_t sites = image_sites(r->image);
    uint32_t most = sites < UINT32_MAX ? (uint32_t)sites : UINT32_MAX;
    take_shape(r, &population.n_dims, population.dims, most);
    if (r->bad)
        return;
    VEC_PUSH(r->arena, &r->image->populations, population);
    VEC_PUSH(r->arena, &r->said.populations, r->statement);
}

void read_piece(struct reader *r)
{
    struct span span = r->token.span;
    uint32_t first = take_number(r, "an index", UINT32_MAX - 1);
    if (!took_range(r))
        reader_fault(r, r->token.span, "expected `..`");
    uint32_t last = take_number(r, "an index", UINT32_MAX - 1);
    take_word(r, "at");
    struct image_place at = image_place_of(r->image, take_site(r));
    if (!r->bad && last < first)
        reader_fault(r, span, "a piece from %u to %u is empty", first, last);
    struct image_piece piece = {first, last - first + 1, at.chip, at.core, at.neuron};
    if (!r->bad)
        VEC_PUSH(r->arena, &r->image->populations.at[r->image->populations.n - 1].pieces, piece);
}

/* --- inputs --- */

void close_input(struct reader *r)
{
    if (r->image->inputs.n == 0)
        return;
    struct image_input *input = &r->image->inputs.at[r->image->inputs.n - 1];
    if (input->kind == IMAGE_BIOAMP)
        return;
    while (r->unit < input->size)
        input->first_dest[++r->unit] = r->dest.n;
}

/* What stands behind the shape of an input: nothing for one of the host. */
static void take_sensor(struct reader *r, struct image_input *input)
{
    struct span span = r->token.span;
    if (took_word(r, "dvs"))
        take_dvs(r, input);
    else if (took_word(r, "bioamp")) {
        input->kind = IMAGE_BIOAMP;
        take_word(r, "at");
        input->chip = take_numbered(r, "chip", r->image->meta.chips);
        if (input->size != device_bioamp_tags(r->device))
            reader_fault(r, span, "a biosignal front end has %u units",
                         device_bioamp_tags(r->device));
    }
}

void read_input(struct reader *r)
{
    struct image_input input = {.name = take_string(r, "a name")};
    input.size = take_shape(r, &input.n_dims, input.dims, LISTING_MAX_UNITS);
    take_sensor(r, &input);
    if (r->bad)
        return;
    input.first_dest = ARENA_ARRAY(r->arena, uint32_t, (size_t)input.size + 1);
    input.dest = ARENA_ARRAY(r->arena, uint32_t, 0);
    close_input(r);
    r->dest = (struct word_vec){0};
    r->unit = 0;
    VEC_PUSH(r->arena, &r->image->inputs, input);
    VEC_PUSH(r->arena, &r->said.inputs, r->statement);
}

void read_send(struct reader *r)
{
    struct image_input *input = &r->image->inputs.at[r->image->inputs.n - 1];
    struct span span = r->token.span;
    if (input->kind == IMAGE_BIOAMP)
        reader_fault(r, r->statement, "a biosignal front end has `route`, not `send`");
    uint32_t unit = take_number(r, "a unit", input->size - 1);
    uint32_t word = take_route(r, "tag", r->device->tags - 1);
    if (unit < r->unit)
        reader_fault(r, span, "unit %u comes after unit %u", unit, r->unit);
    if (r->bad)
        return;
    while (r->unit < unit)
        input->first_dest[++r->unit] = r->dest.n;
    VEC_PUSH(r->arena, &r->dest, word);
    input->dest = r->dest.at;
}

/* --- probes --- */

static uint32_t population_size(const struct image_population *population)
{
    uint32_t size = 1;
    for (uint32_t d = 0; d < population->n_dims; d++)
        size *= population->dims[d];
    return size;
}

/* The population or input with the name that follows, and its size. */
static uint32_t take_object(struct reader *r, enum unit_kind kind, uint32_t *size)
{
    const struct image *image = r->image;
    uint32_t n = kind == UNIT_INPUT ? image->inputs.n : image->populations.n;
    struct span span = r->token.span;
    const char *name = take_string(r, "a name");
    for (uint32_t i = 0; !r->bad && i < n; i++) {
        const char *its =
            kind == UNIT_INPUT ? image->inputs.at[i].name : image->populations.at[i].name;
        if (strcmp(name, its) != 0)
            continue;
        *size = kind == UNIT_INPUT ? image->inputs.at[i].size
                                   : population_size(&image->populations.at[i]);
        return i;
    }
    reader_fault(r, span, "no %s of this name stands above",
                 kind == UNIT_INPUT ? "input" : "population");
    return 0;
}

/* "0 .. 62 step 2": appends the units to the probe. */
static void take_units(struct reader *r, struct word_vec *units, uint32_t size)
{
    struct span span = r->token.span;
    uint32_t first = take_number(r, "a unit", size - 1), last = first, step = 1;
    if (took_range(r))
        last = take_number(r, "a unit", size - 1);
    if (took_word(r, "step"))
        step = take_number(r, "a step", size);
    bool ascends = !units->n || units->at[units->n - 1] < first;
    if (last < first || step == 0 || !ascends || (last - first) % step != 0)
        reader_fault(r, span, "units ascend, and a range ends on one of them");
    for (uint32_t n = 0; !r->bad && n <= (last - first) / step; n++)
        VEC_PUSH(r->arena, units, first + n * step);
}

void read_probe(struct reader *r)
{
    static const char *const kinds[] = {"population", "input"};
    struct image_probe probe = {0};
    struct word_vec units = {0};
    uint32_t size = 1;
    probe.kind = (uint8_t)take_choice(r, "a measure", probe_name, N_PROBE_KINDS);
    take_word(r, "of");
    probe.unit_kind = (uint8_t)take_choice(r, "`population` or `input`", kinds, 2);
    probe.object = take_object(r, (enum unit_kind)probe.unit_kind, &size);
    do {
        take_units(r, &units, size);
    } while (took_mark(r, ','));
    if (r->bad)
        return;
    probe.n_units = units.n;
    probe.unit = units.at;
    VEC_PUSH(r->arena, &r->image->probes, probe);
    VEC_PUSH(r->arena, &r->said.probes, r->statement);
}
