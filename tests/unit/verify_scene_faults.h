/* Faults of the scene, one each, with the check that has to name it and the exit. */
#ifndef DYNC_VERIFY_SCENE_FAULTS_H
#define DYNC_VERIFY_SCENE_FAULTS_H

#include "tests/unit/verify_scene.h"

/* --- faults: each spoils a correct scene; exactly the check named refuses it --- */

static void v1_two_on_one_site(struct scene *s)
{
    s->model->population[1].piece[0].core = 0;
    s->model->population[1].piece[0].neuron = 1;
}
static void v1_neuron_left_out(struct scene *s)
{
    s->model->population[0].piece[0].count = 1;
}
static void v1_neuron_twice(struct scene *s)
{
    s->model->population[0].n_pieces = 3;
    s->model->population[0].piece[2] = (struct w_piece){1, 1, 0, 3, 0};
}
static void v1_no_such_chip(struct scene *s)
{
    s->model->population[0].piece[1].chip = 1;
}
static void v1_no_such_core(struct scene *s)
{
    s->model->population[0].piece[1].core = 4;
}
static void v1_over_the_edge(struct scene *s)
{
    s->model->population[0].piece[0].neuron = 255;
}
static void v1_no_such_neuron(struct scene *s)
{
    s->model->population[0].piece[1].neuron = 256;
}
static void v1_beyond_population(struct scene *s)
{
    s->model->population[0].piece[1].count = 2;
}
static void v1_first_beyond_population(struct scene *s)
{
    s->model->population[0].n_pieces = 3;
    s->model->population[0].piece[2] = (struct w_piece){4, 1, 0, 3, 0};
}

static void v1_far_beyond_population(struct scene *s)
{
    v1_first_beyond_population(s);
    s->model->population[0].piece[2].first = 1u << 30;
}

static void v2_word_dropped(struct scene *s)
{
    s->model->cam[EXC2][4] = 0;
}
static void v2_one_of_two_dropped(struct scene *s)
{
    uint32_t *cam = s->model->cam[EXC0];
    memmove(cam, cam + 1, 3 * sizeof *cam);
    cam[3] = 0;
}
static void v2_route_dropped(struct scene *s)
{
    s->model->sram[EXC2][0] = s->model->sram[EXC2][1];
    s->model->sram[EXC2][1] = 0;
}
static void v2_core_left_out(struct scene *s)
{
    s->model->sram[INH][0] = w_sram(1 << FAR_CORE, 0, 0, 5);
}
static void v2_input_event_dropped(struct scene *s)
{
    s->model->input[0].n_dests[1] = 0;
}
static void v2_source_edge_added(struct scene *s)
{
    static const uint32_t one[4][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 3}};
    struct term *term = &s->net.terms.at[1];
    struct row_writer *writer = row_writer_new(s->arena);
    for (uint32_t i = 0; i < 4; i++)
        row_writer_edge(writer, one[i][1], one[i][0], term->attr, 1);
    row_writer_finish(writer, term);
}

static void v3_word_added(struct scene *s)
{
    s->model->cam[INH + 3][0] = w_cam(22, DENDRITE_NMDA, 3, false, 3);
}
static void v3_parallel_synapse_added(struct scene *s)
{
    s->model->cam[INH][1] = s->model->cam[INH][0];
}
static void v3_core_added(struct scene *s) /* exc[2] now speaks with tag 7 on its own core */
{
    uint32_t *sram = s->model->sram[EXC2];
    sram[2] = sram[1];
    sram[1] = sram[0];
    sram[0] = w_sram(1 << FAR_CORE, 0, 0, 7);
}
static void v3_source_edge_dropped(struct scene *s)
{
    static const uint32_t one[2][2] = {{0, 0}, {1, 1}};
    struct term *term = &s->net.terms.at[1];
    struct row_writer *writer = row_writer_new(s->arena);
    for (uint32_t i = 0; i < 2; i++)
        row_writer_edge(writer, one[i][1], one[i][0], term->attr, 1);
    row_writer_finish(writer, term);
}

/* Every attribute of a synapse counts: the edge as asked is missing, another is spurious. */
static void v23_weight(struct scene *s)
{
    s->model->cam[EXC0][3] ^= 4;
}
static void v23_stp(struct scene *s)
{
    s->model->cam[EXC2][4] ^= 1 << 4;
}
static void v23_precise(struct scene *s)
{
    s->model->cam[EXC2][4] ^= 1 << 5;
}
static void v23_mismatched(struct scene *s)
{
    s->model->cam[EXC2][4] ^= 1 << 6;
}
static void v23_dendrite(struct scene *s)
{
    s->model->cam[INH][0] = w_cam(20, DENDRITE_AMPA, 3, false, 3);
}
static void v23_aliased_tag(struct scene *s) /* exc[0], exc[1] get one tag on the core of inh */
{
    s->model->sram[EXC1][1] = w_sram(1 << INH_CORE, 0, 0, 20);
    s->model->cam[INH + 1][0] = w_cam(20, DENDRITE_NMDA, 3, false, 3);
}
static void v3_alias(struct scene *s) /* exc[1] sends the tag of exc[0] on top of its own */
{
    uint32_t *sram = s->model->sram[EXC1];
    sram[3] = sram[2];
    sram[2] = sram[1];
    sram[0] = w_sram(1 << FAR_CORE, 0, 0, 7);
    sram[1] = w_sram(1 << INH_CORE, 0, 0, 20);
}
static void v23_swapped_targets(struct scene *s)
{
    uint32_t *cam = s->model->cam[INH], first = cam[0];
    cam[0] = cam[W_CELLS];
    cam[W_CELLS] = first;
}

static void v4_cam_residue(struct scene *s)
{
    s->model->cam[W_SITES - 1][63] = 1;
}
static void v4_sram_residue(struct scene *s)
{
    s->model->sram[EXC1 + 1][3] = w_sram(1, 0, 0, 5);
}

static void v5_no_such_chip(struct scene *s)
{
    s->model->sram[INH][1] = w_sram(1, 1, 0, 5);
}
static void v5_no_such_row(struct scene *s)
{
    s->model->sram[INH][1] = w_sram(1, 0, -1, 5);
}
static void v5_row_above(struct scene *s)
{
    s->model->sram[INH][1] = w_sram(1, 0, 1, 5);
}
static void v5_two_rows_below(struct scene *s)
{
    s->model->sram[INH][1] = w_sram(1, 0, -2, 5);
}
static void v5_too_far(struct scene *s)
{
    s->model->sram[INH][1] = w_sram(1, 8, 0, 5);
}
static void v5_too_far_up(struct scene *s)
{
    s->model->sram[INH][1] = w_sram(1, 0, 8, 5);
}
static void v5_unwanted_monitor(struct scene *s)
{
    s->model->sram[INH][1] = w_monitor(INH);
}
static void v5_monitor_missing(struct scene *s)
{
    s->model->sram[EXC2][1] = 0;
}
static void v5_two_monitors(struct scene *s)
{
    s->model->sram[EXC2][2] = w_sram(15, -7, 0, EXC2 + 1);
}
static void v5_input_to_host(struct scene *s)
{
    s->model->input[0].n_dests[0] = 2;
    s->model->input[0].dest[0][1] = w_monitor(0);
}

static void v6_tag_of_another(struct scene *s)
{
    s->model->sram[EXC1][2] = w_monitor(EXC0);
}
static void v6_wrong_distance(struct scene *s)
{
    s->model->sram[EXC1][2] = w_sram(15, -6, 0, EXC1);
}
static void v6_marker_row(struct scene *s)
{
    s->model->sram[EXC1][2] = w_sram(15, -7, 1, EXC1);
}

static void v7_two_sets_on_a_core(struct scene *s)
{
    struct model *m = s->model;
    m->population[1].piece[0].core = EXC_CORE;
    memcpy(m->cam[10], m->cam[INH], 4 * sizeof m->cam[0]);
    memcpy(m->sram[10], m->sram[INH], 4 * sizeof m->sram[0]);
    memset(m->cam[INH], 0, 4 * sizeof m->cam[0]);
    memset(m->sram[INH], 0, 4 * sizeof m->sram[0]);
}
static void v7_solved_apart(struct scene *s)
{
    scene_code(s->model, FAR_CORE, SLOT0 + 2, 3 * LAYOUT_FINE + 201);
}

static void v8_given_current(struct scene *s)
{
    s->model->bias[FAR_CORE][SOIF_LEAK][1]++;
}
static void v8_given_code(struct scene *s)
{
    s->model->bias[EXC_CORE][SOIF_SPKTHR][1]--;
}
static void v8_default(struct scene *s)
{
    s->model->bias[INH_CORE][51][0] = 4;
}
static void v8_no_such_code(struct scene *s)
{
    s->model->bias[EXC_CORE][SLOT0 + 2][0] = 6;
    s->model->bias[FAR_CORE][SLOT0 + 2][0] = 6;
}
static void v8_bias_tolerance(struct scene *s)
{
    s->net.bias_sets.at[0].tolerance = 0.0001;
}
static void v8_weight_tolerance(struct scene *s)
{
    s->net.bias_sets.at[1].weight_tolerance = 0.0001;
}
static void solved(struct scene *s, uint32_t slot, uint32_t code)
{
    scene_code(s->model, EXC_CORE, SLOT0 + slot, code);
    scene_code(s->model, FAR_CORE, SLOT0 + slot, code);
}
static void v8_not_the_best(struct scene *s)
{
    solved(s, 2, 3 * LAYOUT_FINE + 201);
}
static void v8_on_for_nothing(struct scene *s)
{
    solved(s, 3, 1);
}

static void v9_latch_on(struct scene *s)
{
    s->model->latch[INH] = 1 << 2;
}
static void v9_latch_off(struct scene *s)
{
    s->model->latch[EXC2] = 0;
}
static void v9_no_such_latch(struct scene *s)
{
    s->model->latch[INH] = 1 << 15;
}
static void v9_latch_of_nobody(struct scene *s)
{
    s->model->latch[W_SITES - 1] = 1;
}

static void v10_words_unsorted(struct scene *s)
{
    uint32_t *cam = s->model->cam[EXC0], third = cam[2];
    cam[2] = cam[3];
    cam[3] = third;
}
static void v10_gap(struct scene *s)
{
    s->model->cam[INH][1] = s->model->cam[INH][0];
    s->model->cam[INH][0] = 0;
}
static void v10_cam_bits(struct scene *s)
{
    s->model->cam[INH][0] |= 1u << 22;
}
static void v10_deaf_word(struct scene *s)
{
    s->model->cam[INH + 3][0] = w_cam(100, DENDRITE_NMDA, 3, false, 3);
}
static void v10_routes_unsorted(struct scene *s)
{
    uint32_t *sram = s->model->sram[EXC0], first = sram[0];
    sram[0] = sram[1];
    sram[1] = first;
}
static void v10_monitor_first(struct scene *s)
{
    uint32_t *sram = s->model->sram[EXC2], first = sram[0];
    sram[0] = sram[1];
    sram[1] = first;
}
static void v10_route_gap(struct scene *s)
{
    s->model->sram[INH][1] = s->model->sram[INH][0];
    s->model->sram[INH][0] = 0;
}
static void v10_route_twice(struct scene *s)
{
    s->model->sram[INH][0] = w_sram(1 << EXC_CORE, 0, 0, 5);
    s->model->sram[INH][1] = w_sram(1 << FAR_CORE, 0, 0, 5);
}
static void v10_sram_bits(struct scene *s)
{
    s->model->sram[INH][0] |= 1u << 23;
}
static void v10_idle_core(struct scene *s)
{
    s->model->sram[INH][0] = w_sram(13, 0, 0, 5);
}
static void v10_no_core(struct scene *s)
{
    s->model->sram[INH][1] = w_sram(0, 0, 0, 99);
}
static void v10_input_to_no_core(struct scene *s)
{
    s->model->input[0].n_dests[0] = 2;
    s->model->input[0].dest[0][1] = w_sram(0, 0, 0, 99);
}
static void v10_input_unsorted(struct scene *s)
{
    uint32_t *dest = s->model->input[0].dest[0];
    s->model->input[0].n_dests[0] = 2;
    dest[0] = w_sram(1 << FAR_CORE, 0, 0, 10);
    dest[1] = w_sram(1 << EXC_CORE, 0, 0, 10);
}
static void v10_empty_event(struct scene *s)
{
    s->model->input[0].n_dests[0] = 2;
    s->model->input[0].dest[0][1] = 0;
}
static void v10_monitor_mask(struct scene *s)
{
    s->model->sram[EXC0][2] = w_sram(14, -7, 0, EXC0);
}
static void v10_split_piece(struct scene *s)
{
    s->model->population[1].n_pieces = 2;
    s->model->population[1].piece[0].count = 1;
    s->model->population[1].piece[1] = (struct w_piece){1, 3, 0, INH_CORE, 11};
}
static void v10_pieces_unsorted(struct scene *s)
{
    struct w_piece *piece = s->model->population[0].piece, first = piece[0];
    piece[0] = piece[1];
    piece[1] = first;
}
static void v10_empty_piece(struct scene *s)
{
    s->model->population[1].n_pieces = 2;
    s->model->population[1].piece[1] = (struct w_piece){4, 0, 0, 2, 14};
}
static void v10_quiet_core(struct scene *s)
{
    s->model->bias[3][SLOT0][1] = 1;
}
static void v10_quiet_core_coarse(struct scene *s)
{
    s->model->bias[3][SLOT0][0] = 1;
}
static void v10_other_tool(struct scene *s)
{
    s->model->tool = "1.2.4";
}
static void v10_files_unsorted(struct scene *s)
{
    s->model->file[1] = "b.npy";
    s->model->file[2] = "a.npy";
}
static void v10_file_twice(struct scene *s)
{
    s->model->file[2] = "a.npy";
}
static void v10_main_file_twice(struct scene *s)
{
    s->model->file[1] = "net.dyn";
    s->model->n_files = 2;
}

static void v12_seed(struct scene *s)
{
    s->model->seed = 8;
}
static void v12_define(struct scene *s)
{
    s->model->define[0].value = "4";
}
static void v12_define_name(struct scene *s)
{
    s->model->define[0].name = "m";
}
static void v12_no_define(struct scene *s)
{
    s->model->n_defines = 0;
}
static void v12_more_defines(struct scene *s)
{
    s->model->n_defines = 2;
    s->model->define[1] = (struct define){"z", "1"};
}
static void v12_population_name(struct scene *s)
{
    s->model->population[0].name = "exd";
}
static void v12_population_shape(struct scene *s)
{
    s->model->population[1].n_dims = 1;
    s->model->population[1].dims[0] = 4;
}
static void v12_population_size(struct scene *s)
{
    s->model->population[1].dims[1] = 1;
}
static void v12_no_population(struct scene *s)
{
    s->model->n_populations = 1;
}
static void v12_input_name(struct scene *s)
{
    s->model->input[0].name = "scr";
}
static void v12_input_size(struct scene *s)
{
    s->model->input[0].dims[0] = 1;
}
static void v12_no_input(struct scene *s)
{
    s->model->n_inputs = 0;
}
static void v12_probe_kind(struct scene *s)
{
    s->model->probe[0].kind = 2;
}
static void v12_probe_unit_kind(struct scene *s)
{
    s->model->probe[1].unit_kind = 0;
}
static void v12_probe_object(struct scene *s)
{
    s->model->probe[0].object = 1;
}
static void v12_probe_unit(struct scene *s)
{
    s->model->probe[0].unit[1] = 2;
}
static void v12_probe_shorter(struct scene *s)
{
    s->model->probe[0].n = 2;
}
static void v12_no_probe(struct scene *s)
{
    s->model->n_probes = 1;
}
static void v12_net_of_another_board(struct scene *s)
{
    s->net.chips = 2;
}
static void v12_net_of_wider_board(struct scene *s)
{
    s->net.grid_w = 2;
}
static void v12_net_of_higher_board(struct scene *s)
{
    s->net.grid_h = 2;
}
static void v12_net_of_another_target(struct scene *s)
{
    s->net.target = "speck";
}
static void v12_file_target(struct scene *s)
{
    s->model->target = "dynapse3";
}
static void v12_file_revision(struct scene *s)
{
    s->model->revision = 2;
}
static void v12_file_grid(struct scene *s)
{
    s->model->h = 2;
}
static void v12_file_no_grid(struct scene *s)
{
    s->model->w = s->model->chips = 0;
}
static void v12_file_two_chips(struct scene *s)
{
    s->model->w = s->model->chips = 2;
}
static void v12_file_wide(struct scene *s)
{
    s->model->w = s->model->chips = 256;
}
static void v12_file_high(struct scene *s)
{
    s->model->h = s->model->chips = 256;
}
static void v12_file_no_dims(struct scene *s)
{
    s->model->population[0].n_dims = 0;
}

static const struct fault faults[] = {
    FAULT("V1", 6, v1_two_on_one_site),
    FAULT("V1", 6, v1_neuron_left_out),
    FAULT("V1", 6, v1_neuron_twice),
    FAULT("V1", 6, v1_no_such_chip),
    FAULT("V1", 6, v1_no_such_core),
    FAULT("V1", 6, v1_over_the_edge),
    FAULT("V1", 6, v1_no_such_neuron),
    FAULT("V1", 6, v1_beyond_population),
    FAULT("V1", 6, v1_first_beyond_population),
    FAULT("V1", 6, v1_far_beyond_population),
    FAULT("V2", 6, v2_word_dropped),
    FAULT("V2", 6, v2_one_of_two_dropped),
    FAULT("V2", 6, v2_route_dropped),
    FAULT("V2", 6, v2_core_left_out),
    FAULT("V2", 6, v2_input_event_dropped),
    FAULT("V2", 6, v2_source_edge_added),
    FAULT("V3", 6, v3_word_added),
    FAULT("V3", 6, v3_parallel_synapse_added),
    FAULT("V3", 6, v3_core_added),
    FAULT("V3", 6, v3_source_edge_dropped),
    FAULT("V3", 6, v3_alias),
    FAULT("V2 V3", 6, v23_weight),
    FAULT("V2 V3", 6, v23_stp),
    FAULT("V2 V3", 6, v23_precise),
    FAULT("V2 V3", 6, v23_mismatched),
    FAULT("V2 V3", 6, v23_dendrite),
    FAULT("V3", 6, v23_aliased_tag),
    FAULT("V2 V3", 6, v23_swapped_targets),
    FAULT("V4", 6, v4_cam_residue),
    FAULT("V4", 6, v4_sram_residue),
    FAULT("V5", 6, v5_no_such_chip),
    FAULT("V5", 6, v5_no_such_row),
    FAULT("V5", 6, v5_row_above),
    FAULT("V5", 6, v5_two_rows_below),
    FAULT("V5", 6, v5_too_far),
    FAULT("V5", 6, v5_too_far_up),
    FAULT("V5", 6, v5_unwanted_monitor),
    FAULT("V5", 6, v5_monitor_missing),
    FAULT("V5 V6", 6, v5_two_monitors),
    FAULT("V5", 6, v5_input_to_host),
    FAULT("V6", 6, v6_tag_of_another),
    FAULT("V6", 6, v6_wrong_distance),
    FAULT("V6", 6, v6_marker_row),
    FAULT("V7", 6, v7_two_sets_on_a_core),
    FAULT("V7", 6, v7_solved_apart),
    FAULT("V8", 6, v8_given_current),
    FAULT("V8", 6, v8_given_code),
    FAULT("V8", 6, v8_default),
    FAULT("V8", 6, v8_no_such_code),
    FAULT("V8", 6, v8_bias_tolerance),
    FAULT("V8", 6, v8_weight_tolerance),
    FAULT("V8", 6, v8_not_the_best),
    FAULT("V8", 6, v8_on_for_nothing),
    FAULT("V9", 6, v9_latch_on),
    FAULT("V9", 6, v9_latch_off),
    FAULT("V9", 6, v9_no_such_latch),
    FAULT("V9", 6, v9_latch_of_nobody),
    FAULT("V10", 6, v10_words_unsorted),
    FAULT("V10", 6, v10_gap),
    FAULT("V10", 6, v10_cam_bits),
    FAULT("V10", 6, v10_deaf_word),
    FAULT("V10", 6, v10_routes_unsorted),
    FAULT("V10", 6, v10_monitor_first),
    FAULT("V10", 6, v10_route_gap),
    FAULT("V10", 6, v10_route_twice),
    FAULT("V10", 6, v10_sram_bits),
    FAULT("V10", 6, v10_idle_core),
    FAULT("V10", 6, v10_no_core),
    FAULT("V10", 6, v10_input_to_no_core),
    FAULT("V10", 6, v10_input_unsorted),
    FAULT("V10", 6, v10_empty_event),
    FAULT("V10", 6, v10_monitor_mask),
    FAULT("V10", 6, v10_split_piece),
    FAULT("V10", 6, v10_pieces_unsorted),
    FAULT("V10", 6, v10_empty_piece),
    FAULT("V10", 6, v10_quiet_core),
    FAULT("V10", 6, v10_quiet_core_coarse),
    FAULT("V10", 6, v10_other_tool),
    FAULT("V10", 6, v10_files_unsorted),
    FAULT("V10", 6, v10_file_twice),
    FAULT("V10", 6, v10_main_file_twice),
    FAULT("V12", 6, v12_seed),
    FAULT("V12", 6, v12_define),
    FAULT("V12", 6, v12_define_name),
    FAULT("V12", 6, v12_no_define),
    FAULT("V12", 6, v12_more_defines),
    FAULT("V12", 6, v12_population_name),
    FAULT("V12", 6, v12_population_shape),
    FAULT("V12", 6, v12_population_size),
    FAULT("V12", 6, v12_no_population),
    FAULT("V12", 6, v12_input_name),
    FAULT("V12", 6, v12_input_size),
    FAULT("V12", 6, v12_no_input),
    FAULT("V12", 6, v12_probe_kind),
    FAULT("V12", 6, v12_probe_unit_kind),
    FAULT("V12", 6, v12_probe_object),
    FAULT("V12", 6, v12_probe_unit),
    FAULT("V12", 6, v12_probe_shorter),
    FAULT("V12", 6, v12_no_probe),
    FAULT("V12", 6, v12_net_of_another_board),
    FAULT("V12", 6, v12_net_of_wider_board),
    FAULT("V12", 6, v12_net_of_higher_board),
    FAULT("V12", 6, v12_net_of_another_target),
    FAULT("V12", 5, v12_file_target),
    FAULT("V12", 5, v12_file_revision),
    FAULT("V12", 5, v12_file_grid),
    FAULT("V12", 5, v12_file_no_grid),
    FAULT("V12", 5, v12_file_two_chips),
    FAULT("V12", 5, v12_file_wide),
    FAULT("V12", 5, v12_file_high),
    FAULT("V12", 5, v12_file_no_dims),
};

#endif
