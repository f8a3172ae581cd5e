/* Sensors and settings of chips before the verifier, in images made by hand, one fault at a time:
 * only the check that is named may speak. links: verify compiler base
 *
 *     cam[2, 2] -> inh    ampa  w0, pixel u to inh[u], tags 30 .. 33
 *     ecg[8, 8] -> inh    ampa  w0, from ecg[3, 2] to inh[0], block 1
 *
 * besides the scene of verify_scene.h. Probed are the membrane of exc[1] and the AMPA current of
 * exc. */
#include "tests/unit/verify_judge.h"

enum { CAM = 1, ECG = 2, PIXELS = 4, UNITS = 64, UNIT = 3 * 8 + 2, BLOCK = 1, PIXEL_TAG = 30 };

static struct dvs *dvs_of(struct scene *s)
{
    struct dvs *dvs = ARENA_NEW(s->arena, struct dvs);
    static uint32_t filter[] = {7 << 16 | 5, 8 << 16 | 6};
    *dvs = (struct dvs){.camera = "davis346",
                        .mode = 4,
                        .on_events = true,
                        .pooling_shift = {1, 2},
                        .origin = {5, 6},
                        .max = {8, 13},
                        .handshake_ns = 40,
                        .n_filter = 2,
                        .filter = filter};
    return dvs;
}

static void state(struct scene *s, const char *prefix, const char *name, uint8_t a, uint8_t b,
                  bool stated)
{
    struct model *m = s->model;
    uint16_t number = scene_setting_number(prefix, name);
    scene_setting(m, prefix, name, a, b);
    if (stated)
        VEC_PUSH(s->arena, &s->net.settings,
                 (struct chip_setting){.number = number,
                                       .name = arena_printf(s->arena, "%s.%s", prefix, name),
                                       .value = {a, b},
                                       .span = span_nowhere()});
}

static void add_inputs(struct scene *s)
{
    struct net *net = &s->net;
    struct input cam = {.name = "cam",
                        .dims = {2, {2, 2}},
                        .size = PIXELS,
                        .first = 2,
                        .kind = INPUT_DVS,
                        .dvs = dvs_of(s),
                        .span = span_nowhere()};
    struct input ecg = {.name = "ecg",
                        .dims = {2, {8, 8}},
                        .size = UNITS,
                        .first = 2 + PIXELS,
                        .kind = INPUT_BIOAMP,
                        .span = span_nowhere()};
    struct model *m = s->model;
    VEC_PUSH(s->arena, &net->inputs, cam);
    VEC_PUSH(s->arena, &net->inputs, ecg);
    net->n_inputs += PIXELS + UNITS;
    m->n_inputs = 3;
    m->input[CAM] = (struct w_object){.name = "cam",
                                      .n_dims = 2,
                                      .dims = {2, 2},
                                      .kind = 1,
                                      .camera = {.mode = 4,
                                                 .flags = 1,
                                                 .shift = {1, 2},
                                                 .origin = {5, 6},
                                                 .max = {8, 13},
                                                 .handshake = 40,
                                                 .n_filter = 2,
                                                 .filter = {7 << 16 | 5, 8 << 16 | 6}}};
    for (uint32_t u = 0; u < PIXELS; u++) {
        m->input[CAM].n_dests[u] = 1;
        m->input[CAM].dest[u][0] = w_sram(1 << INH_CORE, 0, 0, PIXEL_TAG + u);
        m->cam[INH + u][u < 3] = w_cam(PIXEL_TAG + u, DENDRITE_AMPA, 3, false, 1);
    }
    m->input[ECG] = (struct w_object){.name = "ecg", .n_dims = 2, .dims = {8, 8}, .kind = 2};
    m->input[ECG].n_dests[0] = 1;
    m->input[ECG].dest[0][0] = w_sram(1 << INH_CORE, 0, 0, BLOCK);
    m->cam[INH][2] = w_cam(BLOCK * UNITS + UNIT, DENDRITE_AMPA, 3, false, 1);
}

static void add_synapses(struct scene *s)
{
    static const uint32_t one[PIXELS][2] = {{0, 0}, {1, 1}, {2, 2}, {3, 3}};
    static const uint32_t beat[1][2] = {{UNIT, 0}};
    const struct syn_attr attr = {.dendrite = DENDRITE_AMPA, .slots = 1, .share = true};
    struct view inh = scene_view(UNIT_NEURON, 1, 4);
    scene_projection(s, "cam -> inh", scene_view(UNIT_INPUT, CAM, PIXELS), inh, attr);
    scene_edges(s, PIXELS, one, 1);
    scene_projection(s, "ecg -> inh", scene_view(UNIT_INPUT, ECG, UNITS), inh, attr);
    scene_edges(s, 1, beat, 1);
}

static void start(struct scene *s, struct arena *arena)
{
    scene_start(s, arena);
    struct view one = scene_view(UNIT_NEURON, 0, 1);
    one.base = 1;
    add_inputs(s);
    add_synapses(s);
    VEC_PUSH(arena, &s->net.probes, (struct probe){one, PROBE_MEMBRANE, span_nowhere()});
    VEC_PUSH(arena, &s->net.probes,
             (struct probe){scene_view(UNIT_NEURON, 0, 3), PROBE_AMPA_CURRENT, span_nowhere()});
    s->model->n_probes = 4;
    s->model->probe[2] = (struct w_probe){.kind = 1, .n = 1, .unit = {1}};
    s->model->probe[3] = (struct w_probe){.kind = 2, .n = 3, .unit = {0, 1, 2}};
    state(s, "shared01", "PG_BUF_N", 1, 50, true);
    state(s, "bioamp", "gain", 2, 0, true);
    state(s, "core0", "neuron_monitoring_on", 1, 0, false);
    state(s, "core0", "monitored_neuron", 1, 0, false);
    state(s, "core0.sadc_enable", "deam_edpi", 1, 0, false);
    state(s, "core2.sadc_enable", "deam_edpi", 1, 0, false);
    net_finish(arena, &s->net);
}

/* --- pixels ---------------------------------------------------------------------------------- */

static void v2_pixel_dropped(struct scene *s)
{
    s->model->input[CAM].n_dests[2] = 0;
}
static void v23_pixels_swapped(struct scene *s)
{
    s->model->input[CAM].dest[0][0] = w_sram(1 << INH_CORE, 0, 0, PIXEL_TAG + 1);
    s->model->input[CAM].dest[1][0] = w_sram(1 << INH_CORE, 0, 0, PIXEL_TAG);
}
static void v5_two_destinations(struct scene *s)
{
    s->model->input[CAM].n_dests[3] = 2;
    s->model->input[CAM].dest[3][1] = w_sram(1 << INH_CORE, 0, 0, 900);
}
static void v5_pixel_to_host(struct scene *s)
{
    s->model->input[CAM].dest[0][0] = w_sram(15, -1, 0, PIXEL_TAG);
}
static void v10_pixel_mask(struct scene *s)
{
    s->model->input[CAM].dest[0][0] = w_sram(1 << INH_CORE | 1 << 3, 0, 0, PIXEL_TAG);
}

/* --- what sensors are ------------------------------------------------------------------------ */

static void v12_host_instead(struct scene *s)
{
    s->model->input[CAM].kind = 0;
}
static void v12_no_such_kind(struct scene *s)
{
    s->model->input[CAM].kind = 3;
}
static void v12_no_such_chip(struct scene *s)
{
    s->model->input[CAM].chip = 1;
}
static void v12_camera(struct scene *s)
{
    s->model->input[CAM].camera.mode = 2;
}
static void v12_no_such_camera(struct scene *s)
{
    s->model->input[CAM].camera.mode = 1;
}
static void v12_polarity(struct scene *s)
{
    s->model->input[CAM].camera.flags ^= 2;
}
static void v12_drop(struct scene *s)
{
    s->model->input[CAM].camera.flags ^= 4;
}
static void v12_unknown_flag(struct scene *s)
{
    s->model->input[CAM].camera.flags ^= 16;
}
static void v12_pooling(struct scene *s)
{
    s->model->input[CAM].camera.shift[1] = 1;
}
static void v12_origin(struct scene *s)
{
    s->model->input[CAM].camera.origin[0]++;
}
static void v12_max(struct scene *s)
{
    s->model->input[CAM].camera.max[1]--;
}
static void v12_copy(struct scene *s)
{
    s->model->input[CAM].camera.copy[0] = -1;
}
static void v12_handshake(struct scene *s)
{
    s->model->input[CAM].camera.handshake = 0;
}
static void v12_filter_shorter(struct scene *s)
{
    s->model->input[CAM].camera.n_filter = 1;
}
static void v12_filter_pixel(struct scene *s)
{
    s->model->input[CAM].camera.filter[1]++;
}
/* Network and image agree, but the window does not hold the pixels, or leaves the camera. */
static void v12_window(struct scene *s)
{
    struct dvs *dvs = ARENA_NEW(s->arena, struct dvs);
    *dvs = *s->net.inputs.at[CAM].dvs;
    dvs->max[0] = s->model->input[CAM].camera.max[0] = 9;
    s->net.inputs.at[CAM].dvs = dvs;
}
static void v12_beyond_camera(struct scene *s)
{
    struct dvs *dvs = ARENA_NEW(s->arena, struct dvs);
    *dvs = *s->net.inputs.at[CAM].dvs;
    dvs->origin[0] = s->model->input[CAM].camera.origin[0] = 343;
    dvs->max[0] = s->model->input[CAM].camera.max[0] = 346;
    s->net.inputs.at[CAM].dvs = dvs;
}

/* --- the block of a biosignal front end ------------------------------------------------------ */

static void v2_no_route(struct scene *s)
{
    s->model->input[ECG].n_dests[0] = 0;
}
static void v2_other_block(struct scene *s)
{
    s->model->input[ECG].dest[0][0] = w_sram(1 << INH_CORE, 0, 0, BLOCK + 1);
}
static void v23_other_unit(struct scene *s)
{
    s->model->cam[INH][2] = w_cam(BLOCK * UNITS + UNIT + 1, DENDRITE_AMPA, 3, false, 1);
}
static void v3_tag_of_another(struct scene *s) /* src[1] speaks with a tag of the block */
{
    s->model->input[0].n_dests[1] = 2;
    s->model->input[0].dest[1][1] = w_sram(1 << INH_CORE, 0, 0, BLOCK * UNITS + UNIT);
}
static void v3_block_over_a_pixel(struct scene *s) /* the pixel's tag is one of the block's */
{
    uint32_t tag = BLOCK * UNITS + 7;
    s->model->input[CAM].dest[3][0] = w_sram(1 << INH_CORE, 0, 0, tag);
    s->model->cam[INH + 3][0] = w_cam(tag, DENDRITE_AMPA, 3, false, 1);
}
static void v5_no_such_block(struct scene *s)
{
    s->model->input[ECG].dest[0][0] = w_sram(1 << INH_CORE, 0, 0, 32);
}
static void v5_block_off_board(struct scene *s)
{
    s->model->input[ECG].dest[0][0] = w_sram(1 << INH_CORE, 1, 0, BLOCK);
}
static void v10_block_mask(struct scene *s)
{
    s->model->input[ECG].dest[0][0] = w_sram(1 << INH_CORE | 1 << 3, 0, 0, BLOCK);
}
static void v10_two_blocks(struct scene *s)
{
    s->model->input[ECG].n_dests[0] = 2;
    s->model->input[ECG].dest[0][1] = w_sram(1 << INH_CORE, 0, 0, BLOCK + 1);
}
static void v12_three_routes(struct scene *s)
{
    s->model->input[ECG].n_dests[0] = 3;
}

/* --- settings -------------------------------------------------------------------------------- */

static void v9_value(struct scene *s)
{
    s->model->setting[0].value[1]++;
}
static void v9_second_value(struct scene *s)
{
    s->model->setting[1].value[1] = 1;
}
static void v9_missing(struct scene *s)
{
    s->model->n_settings--;
}
static void v9_first_missing(struct scene *s)
{
    s->model->n_settings--;
    memmove(s->model->setting, s->model->setting + 1, 5 * sizeof *s->model->setting);
}
static void v9_unasked(struct scene *s)
{
    s->model->setting[s->model->n_settings++] =
        (struct w_setting){0, scene_setting_number("core3.sadc_enable", "soif_mem"), {1, 0}};
}
static void v9_no_such_setting(struct scene *s)
{
    s->model->setting[s->model->n_settings++] = (struct w_setting){0, 9999, {1, 0}};
}
static void v9_other_chip(struct scene *s)
{
    s->model->setting[5].chip = 1;
}
static void v9_unsorted(struct scene *s)
{
    struct w_setting first = s->model->setting[0];
    s->model->setting[0] = s->model->setting[1];
    s->model->setting[1] = first;
}
static void v9_monitored_neuron(struct scene *s)
{
    s->model->setting[3].value[0] = 0;
}
static void v9_channel_off(struct scene *s)
{
    s->model->setting[4].value[0] = 0;
}
static void v9_source_states_less(struct scene *s)
{
    s->net.settings.n--;
}
static void v11_two_monitored(struct scene *s)
{
    s->net.probes.at[2].view.size = s->net.probes.at[2].view.dims.size[0] = 2;
    s->net.probes.at[2].view.base = 0;
    s->model->probe[2] = (struct w_probe){.kind = 1, .n = 2, .unit = {0, 1}};
    s->model->setting[3].value[0] = 0;
}

static const struct fault faults[] = {
    FAULT("V2", 6, v2_pixel_dropped),
    FAULT("V2 V3", 6, v23_pixels_swapped),
    FAULT("V5", 6, v5_two_destinations),
    FAULT("V5", 6, v5_pixel_to_host),
    FAULT("V10", 6, v10_pixel_mask),
    FAULT("V12", 5, v12_no_such_kind),
    FAULT("V12", 5, v12_no_such_chip),
    FAULT("V12", 6, v12_host_instead),
    FAULT("V12", 6, v12_camera),
    FAULT("V12", 6, v12_no_such_camera),
    FAULT("V12", 6, v12_polarity),
    FAULT("V12", 6, v12_drop),
    FAULT("V12", 6, v12_unknown_flag),
    FAULT("V12", 6, v12_pooling),
    FAULT("V12", 6, v12_origin),
    FAULT("V12", 6, v12_max),
    FAULT("V12", 6, v12_copy),
    FAULT("V12", 6, v12_handshake),
    FAULT("V12", 6, v12_filter_shorter),
    FAULT("V12", 6, v12_filter_pixel),
    FAULT("V12", 6, v12_window),
    FAULT("V12", 6, v12_beyond_camera),
    FAULT("V2", 6, v2_no_route),
    FAULT("V2", 6, v2_other_block),
    FAULT("V2 V3", 6, v23_other_unit),
    FAULT("V3", 6, v3_tag_of_another),
    FAULT("V3", 6, v3_block_over_a_pixel),
    FAULT("V5", 6, v5_no_such_block),
    FAULT("V5", 6, v5_block_off_board),
    FAULT("V10", 6, v10_block_mask),
    FAULT("V10", 6, v10_two_blocks),
    FAULT("V12", 5, v12_three_routes),
    FAULT("V9", 6, v9_value),
    FAULT("V9", 6, v9_second_value),
    FAULT("V9", 6, v9_missing),
    FAULT("V9", 6, v9_first_missing),
    FAULT("V9", 6, v9_unasked),
    FAULT("V9", 6, v9_no_such_setting),
    FAULT("V9", 6, v9_other_chip),
    FAULT("V9", 6, v9_unsorted),
    FAULT("V9", 6, v9_monitored_neuron),
    FAULT("V9", 6, v9_channel_off),
    FAULT("V9", 6, v9_source_states_less),
    FAULT("V11", 6, v11_two_monitored),
};

static void intact(void **unused)
{
    (void)unused;
    judge_intact(start);
}

static void each_fault_alone(void **unused)
{
    (void)unused;
    judge_faults(start, faults, sizeof faults / sizeof *faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intact),
        cmocka_unit_test(each_fault_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
