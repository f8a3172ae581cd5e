#include "backend/verify/layout.h"

#include "compiler/base/text.h"

#include <string.h>

const struct layout layout = {
    .target = "dynapse2",
    .revision = 1,
    .format = 2,
    .sections = 9,
    .max_side = 255,
    .cores = 4,
    .neurons = 256,
    .cells = LAYOUT_MOST_CELLS,
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
    .window = 64,
    .pool = 128,
    .filter = 64,
    .pixel_words = 1,
    .channels = 8,
    .types = 8,
    .routes = 2,
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

static const struct layout_camera cameras[] = {
    {"dvs128", 0, 128, 128}, {"davis240c", 2, 240, 180}, {"davis346", 4, 346, 260}};

/* Settings by where samna keeps them: a list of names, told off at every place that has them. */
enum { MOST_NAMES = 24 };
struct names {
    enum layout_value value;
    const char *name[MOST_NAMES]; /* up to the first NULL */
};
static const struct names buffers = {LAYOUT_CODE, {"R2R_BUFFER_CCB", "R2R_BUFFER_AMPB"}};
static const struct names core_pair = {LAYOUT_CODE,
                                       {"LBWR_VB_P", "PG_BUF_N", "NCCF_CAL_OFFBIAS_P",
                                        "NCCF_CAL_REFBIAS_V", "SYAM_STDWAMPB", "SYAM_STDWCCB"}};
static const struct names converters = {
    LAYOUT_CODE, {"NCCF_PWLK_P", "NCCF_HYS_P", "NCCF_BIAS_P", "NCCF_REF_L_V", "NCCF_REF_H_V"}};
static const struct names chip_channels = {
    LAYOUT_SWITCH,
    {"nccf_extin_vi_group0_pg1", "nccf_cal_refbias_v_group1_pg1", "nccf_cal_refbias_v_group2_pg1",
     "nccf_extin_vi_group2_pg1", "nccf_extin_vi_group0_pg0", "nccf_cal_refbias_v_group1_pg0",
     "nccf_cal_refbias_v_group2_pg0", "nccf_extin_vi_group2_pg0"}};
static const struct names chip_switches = {LAYOUT_SWITCH,
                                           {"enable_pg0_reference_monitor",
                                            "enable_pg1_reference_monitor", "param_gen0_powerdown",
                                            "param_gen1_powerdown"}};
static const struct names amplifier = {LAYOUT_CODE,
                                       {"PG_BUF_N", "BAVBSS", "BAVBIAS", "BAVCAS", "BAVCASC",
                                        "BCCB", "BAMPB", "BFVBIAS", "BF1VG", "BF1VF", "BF1VQ",
                                        "BADCVBIAS", "BBVBIAS", "BADCREFRACTORY"}};
static const struct names amplifier_gain = {LAYOUT_BYTE, {"gain"}};
static const struct names amplifier_switches = {LAYOUT_SWITCH,
                                                {"param_gen2_powerdown", "separate_parameters",
                                                 "monitor_channel_thuc", "monitor_channel_thdc",
                                                 "monitor_channel_qfruc", "monitor_channel_oruc",
                                                 "monitor_channel_osuc", "monitor_channel_oauc"}};
static const struct names amplifier_channel = {LAYOUT_CODE,
                                               {"BADCTHU", "BADCTHUC", "BADCTHD", "BADCTHDC",
                                                "BF2VG", "BF2VF", "BF2VQ", "BF3VG", "BF3VF",
                                                "BF3VQ"}};
static const struct names monitored = {LAYOUT_PROBED, {"neuron_monitoring_on", "monitored_neuron"}};
static const struct names monitors = {
    LAYOUT_SWITCH,
    {"enable_syaw_stdbuf_an", "enable_pulse_extender_monitor1", "enable_pulse_extender_monitor2"}};
static const struct names core_channels = {
    LAYOUT_SWITCH,
    {"soif_mem", "soif_refractory", "soad_dpi", "soca_dpi", "deam_edpi", "deam_idpi", "denm_edpi",
     "denm_idpi", "dega_idpi", "desc_idpi", "sy_w42", "sy_w21", "soho_sogain", "soho_degain"}};

static const struct holder {
    const char *prefix;
    const struct names *names;
} places[] = {
    {"global", &buffers},
    {"shared01", &core_pair},
    {"shared23", &core_pair},
    {"sadc01.group0", &converters},
    {"sadc01.group1", &converters},
    {"sadc01.group2", &converters},
    {"sadc23.group0", &converters},
    {"sadc23.group1", &converters},
    {"sadc23.group2", &converters},
    {"sadc_enable", &chip_channels},
    {"chip", &chip_switches},
    {"bioamp", &amplifier},
    {"bioamp", &amplifier_gain},
    {"bioamp", &amplifier_switches},
    {"bioamp.channel0", &amplifier_channel},
    {"bioamp.channel1", &amplifier_channel},
    {"bioamp.channel2", &amplifier_channel},
    {"bioamp.channel3", &amplifier_channel},
    {"bioamp.channel4", &amplifier_channel},
    {"bioamp.channel5", &amplifier_channel},
    {"bioamp.channel6", &amplifier_channel},
    {"bioamp.channel7", &amplifier_channel},
    {"core0", &monitored},
    {"core0", &monitors},
    {"core1", &monitored},
    {"core1", &monitors},
    {"core2", &monitored},
    {"core2", &monitors},
    {"core3", &monitored},
    {"core3", &monitors},
    {"core0.sadc_enable", &core_channels},
    {"core1.sadc_enable", &core_channels},
    {"core2.sadc_enable", &core_channels},
    {"core3.sadc_enable", &core_channels},
};

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

const struct layout_camera *layout_camera(uint32_t mode)
{
    for (size_t i = 0; i < sizeof cameras / sizeof cameras[0]; i++)
        if (cameras[i].mode == mode)
            return &cameras[i];
    return NULL;
}

bool layout_setting(uint32_t number, struct layout_setting *setting)
{
    for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
        const struct names *names = places[p].names;
        for (uint32_t i = 0; i < MOST_NAMES && names->name[i]; i++, number--)
            if (number == 0) {
                *setting = (struct layout_setting){places[p].prefix, names->name[i], names->value};
                return true;
            }
    }
    return false;
}

const char *layout_channel(enum probe_kind kind)
{
    switch (kind) {
    case PROBE_AMPA_CURRENT:
        return "deam_edpi";
    case PROBE_GABA_CURRENT:
        return "dega_idpi";
    case PROBE_NMDA_CURRENT:
        return "denm_edpi";
    case PROBE_SHUNT_CURRENT:
        return "desc_idpi";
    case PROBE_ADAPTATION:
        return "soad_dpi";
    case PROBE_CALCIUM:
        return "soca_dpi";
    default:
        return NULL;
    }
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
