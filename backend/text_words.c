/* Statements of a listing that fill cores and neurons: biases, latches, CAM and SRAM words. */
#include "backend/text_read.h"

#include "backend/listing.h"

void read_bias(struct reader *r)
{
    const struct device *device = r->device;
    const char *names[N_BIASES];
    for (uint32_t b = 0; b < N_BIASES; b++)
        names[b] = device->bias[b].name;
    uint32_t core = take_core(r);
    uint32_t bias = take_choice(r, "a bias", names, N_BIASES);
    struct bias_code code;
    take_mark(r, '(');
    code.coarse = (uint8_t)take_number(r, "a coarse code", device->max_coarse);
    take_mark(r, ',');
    code.fine = (uint8_t)take_number(r, "a fine code", device->max_fine);
    take_mark(r, ')');
    size_t index = (size_t)core * N_BIASES + bias;
    reader_say(r, &r->said.bias[index], "this bias");
    if (!r->bad)
        r->image->bias[index] = code;
}

void read_latch(struct reader *r)
{
    const char *names[N_LATCHES];
    uint32_t latches = 0;
    for (uint32_t i = 0; i < N_LATCHES; i++)
        names[i] = r->device->latch[i].name;
    size_t site = take_site(r);
    do {
        struct span span = r->token.span;
        uint32_t bit = 1u << take_choice(r, "a latch", names, N_LATCHES);
        if (latches & bit)
            reader_fault(r, span, "this latch stands here twice");
        latches |= bit;
    } while (took_mark(r, '+'));
    reader_say(r, &r->said.latch[site], "the latches of this neuron");
    if (!r->bad)
        r->image->latch[site] = (uint16_t)latches;
}

/* "chip0.core1.n17[3]": number of the word, of `words` per neuron. */
static size_t take_cell(struct reader *r, uint32_t words)
{
    size_t site = take_site(r);
    take_mark(r, '[');
    uint32_t cell = take_number(r, "a word of a neuron", words - 1);
    take_mark(r, ']');
    return site * words + cell;
}

/* "w0+w2" */
static uint32_t take_weight(struct reader *r)
{
    uint32_t mask = 0;
    do {
        struct span span = r->token.span;
        uint32_t bit = 1u << take_numbered(r, "w", r->device->weight_slots);
        if (mask & bit)
            reader_fault(r, span, "this weight current stands here twice");
        mask |= bit;
    } while (took_mark(r, '+'));
    return mask;
}

void read_cam(struct reader *r)
{
    const struct device *device = r->device;
    size_t cell = take_cell(r, device->cam_words);
    take_word(r, "tag");
    uint32_t tag = take_number(r, "a tag", device->tags - 1);
    uint32_t dendrite = take_choice(r, "a dendrite", dendrite_name, N_DENDRITES);
    uint32_t weight = take_weight(r);
    bool precise = took_word(r, "precise"), mismatched = took_word(r, "mismatched");
    bool stp = took_word(r, "stp");
    reader_say(r, &r->said.cam[cell], "this CAM word");
    uint32_t word = field_put(device, FIELD_cam_tag, 0, tag);
    word = field_put(device, FIELD_cam_dendrite, word, listing_dendrite_bit(dendrite));
    word = field_put(device, FIELD_cam_mismatched, word, mismatched);
    word = field_put(device, FIELD_cam_precise, word, precise);
    word = field_put(device, FIELD_cam_stp, word, stp);
    if (!r->bad)
        r->image->cam[cell] = field_put(device, FIELD_cam_weight, word, weight);
}

uint32_t take_hop(struct reader *r)
{
    uint32_t most = r->device->max_hop;
    bool negative = took_mark(r, '-');
    uint32_t hop = take_number(r, "a hop", most);
    return negative ? most - hop : most + hop;
}

uint32_t take_route(struct reader *r, const char *what, uint32_t most)
{
    const struct device *device = r->device;
    uint32_t cores = 0, word = 0;
    take_word(r, "cores");
    do {
        struct span span = r->token.span;
        uint32_t core = take_number(r, "a core", device->cores_per_chip - 1);
        if (cores >> core & 1)
            reader_fault(r, span, "core %u stands here twice", core);
        cores |= 1u << core;
    } while (took_mark(r, '+'));
    take_word(r, "x");
    uint32_t x = take_hop(r);
    take_word(r, "y");
    uint32_t y = take_hop(r);
    take_word(r, what);
    uint32_t tag = take_number(r, arena_printf(r->arena, "a %s", what), most);
    word = field_put(device, FIELD_sram_cores, 0, cores);
    word = field_put(device, FIELD_sram_x, word, x);
    word = field_put(device, FIELD_sram_y, word, y);
    return field_put(device, FIELD_sram_tag, word, tag);
}

void read_sram(struct reader *r)
{
    size_t entry = take_cell(r, r->device->sram_words);
    uint32_t word = take_route(r, "tag", r->device->tags - 1);
    reader_say(r, &r->said.sram[entry], "this SRAM word");
    if (!r->bad)
        r->image->sram[entry] = word;
}
