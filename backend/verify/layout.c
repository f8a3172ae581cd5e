#include "backend/verify/layout.h"

#include "compiler/base/text.h"

#include <string.h>

const struct layout layout = {
    .target = "dynapse2",
    .revision = 1,
    .format = 1,
    .sections = 8,
    .max_side = 255,
    .cores = 4,
    .neurons = 256,
    .cells = 64,
    .entries = 4,
    .tags = 2048,
    .configs = 2048,
    .max_hop = 7,
    .monitor_x = -7,
    .monitor_y = 0,
    .n_biases = 52,
    .n_latches = 14,
    .first_slot = 44,
    .first_delay = 41,
    .n_delays = 3,
    .delay_charge = 350000000000000,
};

static const struct layout_bias biases[] = {
    {"SOIF_DC_P", 380, {0, 4}},       {"SOIF_LEAK_N", 610, {0, 30}},
    {"SOIF_GAIN_N", 1050, {0, 71}},   {"SOIF_REFR_N", 1050, {2, 53}},
    {"SOIF_SPKTHR_P", 380, {4, 244}}, {"SOIF_CC_N", 660, {5, 255}},
    {"SOAD_PWTAU_N", 920, {5, 255}},  {"SOAD_GAIN_P", 680, {0, 0}},
    {"SOAD_TAU_P", 200, {5, 255}},    {"SOAD_W_N", 920, {0, 0}},
    {"SOAD_CASC_P", 385, {5, 255}},   {"SOCA_W_N", 920, {0, 0}},
    {"SOCA_GAIN_P", 680, {0, 0}},     {"SOCA_TAU_P", 200, {5, 255}},
    {"SOHO_VB_P", 1470, {5, 255}},    {"SOHO_VH_P", 1470, {0, 0}},
    {"SOHO_VREF_P", 680, {0, 0}},     {"SOHO_VREF_L_P", 1470, {0, 0}},
    {"SOHO_VREF_M_P", 1470, {0, 0}},  {"SOHO_VREF_H_P", 1470, {0, 0}},
    {"SOHO_VRST_P", 1000, {0, 0}},    {"DEAM_ETAU_P", 200, {1, 208}},
    {"DEAM_EGAIN_P", 680, {3, 92}},   {"DEAM_ITAU_P", 200, {5, 255}},
    {"DEAM_IGAIN_P", 680, {0, 0}},    {"DEAM_REV_N", 1000, {0, 0}},
    {"DEAM_VRES_P", 385, {0, 0}},     {"DEAM_HRES_P", 385, {0, 0}},
    {"DEAM_NRES_P", 385, {0, 0}},     {"DENM_ETAU_P", 200, {5, 255}},
    {"DENM_EGAIN_P", 680, {0, 0}},    {"DENM_ITAU_P", 200, {5, 255}},
    {"DENM_IGAIN_P", 680, {0, 0}},    {"DENM_NMREV_N", 1050, {0, 0}},
    {"DENM_REV_N", 1000, {0, 0}},     {"DEGA_ITAU_P", 200, {5, 255}},
    {"DEGA_IGAIN_P", 680, {0, 0}},    {"DEGA_REV_P", 1000, {0, 0}},
    {"DESC_ITAU_P", 200, {1, 208}},   {"DESC_IGAIN_P", 680, {3, 92}},
    {"SYPD_EXT_N", 920, {4, 32}},     {"SYPD_DLY0_P", 220, {5, 255}},
    {"SYPD_DLY1_P", 220, {5, 255}},   {"SYPD_DLY2_P", 1600, {5, 255}},
    {"SYAM_W0_P", 220, {0, 0}},       {"SYAM_W1_P", 220, {0, 0}},
    {"SYAM_W2_P", 220, {0, 0}},       {"SYAM_W3_P", 220, {0, 0}},
    {"SYAM_STDW_N", 670, {0, 0}},     {"SYAW_STDSTR_N", 200, {0, 0}},
    {"SYSA_VRES_N", 1900, {5, 255}},  {"SYSA_VB_P", 1900, {5, 255}},
};

static const char *const latches[] = {
    "so_dc",      "so_adaptation", "soif_kill", "coho_ca_mem",    "ho_enable",
    "ho_so_de",   "deam_ampa",     "denm_nmda", "de_conductance", "deam_alpha",
    "denm_alpha", "de_mux",        "soif_type", "ho_active"};

/* The bias generator before the scale factor, zA: the current at fine 0; then base and the share of
 * each of the eight bits, which are added for every other fine value. */
enum { DAC_BITS = 8, DAC_COLUMNS = 2 + DAC_BITS };
static const int64_t dac_n[LAYOUT_COARSE][DAC_COLUMNS] = {
    {493610000, 330030000, 287338000, 523028000, 1065420000, 2244770000, 4579470000, 9122420000,
     17992200000, 35352900000},
    {935070000, 173340000, 2510350000, 4939370000, 9668630000, 19065900000, 37471200000,
     73501300000, 144016000000, 281837000000},
    {1061300000, 184600000, 20622900000, 40265600000, 78823600000, 154330000000, 301857000000,
     589585000000, 1149700000000, 2237200000000},
    {1078100000, 1203000000, 170360000000, 331167000000, 645633000000, 1257730000000, 2444850000000,
     4740680000000, 9168910000000, 17696300000000},
    {1080200000, 9961700000, 1409290000000, 2714440000000, 5248170000000, 10133500000000,
     19531700000000, 37630600000000, 72674200000000, 141227000000000},
    {1080600000, 69450000000, 10695400000000, 20325300000000, 38994500000000, 75165400000000,
     145880000000000, 285987000000000, 567310000000000, 1137190000000000}};
static const int64_t dac_p[LAYOUT_COARSE][DAC_COLUMNS] = {
    {372790000, 234590000, 270419000, 503420000, 1016740000, 2116460000, 4281440000, 8506270000,
     16771800000, 32969500000},
    {659050000, 95324000, 2358180000, 4606990000, 9028440000, 17786200000, 34971000000, 68663600000,
     134690000000, 263898000000},
    {747030000, 282740, 19338900000, 37633700000, 73674200000, 144386000000, 282816000000,
     553335000000, 1080710000000, 2106120000000},
    {758770000, -328100000, 160439000000, 310893000000, 606315000000, 1182750000000, 2303290000000,
     4473870000000, 8665110000000, 16741600000000},
    {760300000, -5004800000, 1335450000000, 2563100000000, 4954900000000, 9578370000000,
     18490300000000, 35691300000000, 69102200000000, 134764000000000},
    {760670000, -133890000000, 10256200000000, 19321600000000, 36999800000000, 71508400000000,
     139614000000000, 276086000000000, 553469000000000, 1122000000000000}};

const struct layout_bias *layout_bias(uint32_t bias)
{
    return &biases[bias];
}

const char *layout_latch_name(uint32_t latch)
{
    return latch < layout.n_latches ? latches[latch] : "?";
}

static int64_t dac_current(const int64_t dac[DAC_COLUMNS], uint32_t fine)
{
    int64_t za = dac[1];
    if (fine == 0)
        return dac[0];
    for (uint32_t bit = 0; bit < DAC_BITS; bit++)
        if (fine >> bit & 1)
            za += dac[2 + bit];
    return za;
}

void layout_currents(uint32_t bias, int64_t current[LAYOUT_CODES])
{
    const struct layout_bias *row = &biases[bias];
    bool n_type = row->name[strlen(row->name) - 1] == 'N';
    for (uint32_t coarse = 0; coarse < LAYOUT_COARSE; coarse++)
        for (uint32_t fine = 0; fine < LAYOUT_FINE; fine++) {
            int64_t za = dac_current(n_type ? dac_n[coarse] : dac_p[coarse], fine);
            current[coarse * LAYOUT_FINE + fine] = (za * row->permille + 500) / 1000;
        }
}

struct code layout_nearest(const int64_t current[LAYOUT_CODES], int64_t za)
{
    uint32_t best = 0;
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < LAYOUT_CODES; i++) {
        uint64_t off = current[i] < za ? (uint64_t)(za - current[i]) : (uint64_t)(current[i] - za);
        if (off < least) {
            least = off;
            best = i;
        }
    }
    return (struct code){(uint8_t)(best / LAYOUT_FINE), (uint8_t)(best % LAYOUT_FINE)};
}

uint32_t layout_config(enum dendrite dendrite, uint32_t delay_bits, bool stp, uint32_t mask)
{
    static const uint32_t one_hot[N_DENDRITES] = {8, 4, 2, 1};
    return one_hot[dendrite] << 7 | delay_bits << 5 | (uint32_t)stp << 4 | mask;
}

char *layout_config_text(struct arena *arena, uint32_t config)
{
    struct text text;
    text_init(&text, arena);
    const char *separator = "";
    for (uint32_t d = 0; d < N_DENDRITES; d++)
        if (config >> (10 - d) & 1) {
            text_add(&text, "%s%s", separator, dendrite_name[d]);
            separator = " + ";
        }
    text_add(&text, "%s", text.n ? "" : "no dendrite");
    separator = ", ";
    for (uint32_t slot = 0; slot < NET_SLOTS; slot++)
        if (config >> slot & 1) {
            text_add(&text, "%sw%u", separator, slot);
            separator = " + ";
        }
    text_add(&text, "%s%s%s%s", config & 0xF ? "" : ", no weight", config >> 4 & 1 ? ", stp" : "",
             config >> 5 & 1 ? ", precise" : "", config >> 6 & 1 ? ", mismatched" : "");
    return text.at;
}
