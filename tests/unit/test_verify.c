/* The verifier against images made by hand, one fault at a time: only the check that is named may
 * speak. links: verify compiler base */
#include "tests/unit/verify_judge.h"
#include "tests/unit/verify_scene_faults.h"

static void intact(void **state)
{
    (void)state;
    judge_intact(scene_start);
}

static void each_fault_alone(void **state)
{
    (void)state;
    judge_faults(scene_start, faults, sizeof faults / sizeof *faults);
}

/* --- the rest --- */

static void many_findings_are_counted(void **state)
{
    (void)state;
    struct arena arena;
    struct scene s;
    arena_init(&arena, NULL);
    scene_start(&s, &arena);
    for (unsigned site = 20; site < 60; site++)
        s.model->latch[site] = 1;
    struct verdict verdict = judge(&s);
    assert_string_equal(verdict.checks, "V9");
    assert_int_equal(verdict.n, 6); /* five and the count */
    arena_release(&arena);
}

static void move(struct model *m, uint32_t from, uint32_t to)
{
    memcpy(m->cam[to], m->cam[from], sizeof m->cam[0]);
    memcpy(m->sram[to], m->sram[from], sizeof m->sram[0]);
    m->latch[to] = m->latch[from];
    m->sram[to][1] = w_monitor(to);
    memset(m->cam[from], 0, sizeof m->cam[0]);
    memset(m->sram[from], 0, sizeof m->sram[0]);
    m->latch[from] = 0;
}

/* Pieces that are not one, though something about them follows on. */
static void pieces_apart(void **state)
{
    (void)state;
    struct arena arena;
    struct scene s;
    arena_init(&arena, NULL);
    scene_start(&s, &arena); /* the next neuron, but of another core */
    move(s.model, EXC2, EXC2 + 2);
    s.model->population[0].piece[1].neuron = 2;
    assert_string_equal(judge(&s).first, "");

    scene_start(&s, &arena); /* the same core, but not the next neuron */
    move(s.model, EXC2, 5);
    s.model->population[0].piece[1] = (struct w_piece){2, 1, 0, EXC_CORE, 5};
    s.model->sram[EXC0][0] = s.model->sram[EXC1][0] = w_sram(1 << EXC_CORE, 0, 0, 7);
    s.model->sram[INH][0] = w_sram(1 << EXC_CORE, 0, 0, 5);
    for (uint32_t i = 0; i < 2; i++)
        s.model->input[0].dest[i][0] = w_sram(1 << EXC_CORE, 0, 0, 10 + i);
    memcpy(s.model->bias[FAR_CORE], s.model->bias[3], sizeof s.model->bias[0]);
    assert_string_equal(judge(&s).first, "");
    arena_release(&arena);
}

static void says(void (*spoil)(struct scene *s), const char *first, const char *note)
{
    struct arena arena;
    struct scene s;
    arena_init(&arena, NULL);
    scene_start(&s, &arena);
    spoil(&s);
    struct verdict verdict = judge(&s);
    assert_string_equal(verdict.first, first);
    assert_string_equal(verdict.note, note);
    arena_release(&arena);
}

/* What a finding says: the user's names, the synapse, where, and who else sends the tag. */
static void messages(void **state)
{
    (void)state;
    says(v2_one_of_two_dropped,
         "image check V2: edge inh[0, 0] -> exc[0] (gaba, w1, stp, precise, mismatched) is missing "
         "from the image",
         "1 of its 2 parallel synapses");
    says(v23_dendrite,
         "image check V2: edge exc[0] -> inh[0, 0] (nmda, w0 + w1, precise, mismatched) is missing "
         "from the image",
         "");
    says(v3_core_added,
         "image check V3: spurious edge exc[2] -> exc[2] (shunt, w2, precise, mismatched): chip 0 "
         "core 2 neuron 0 hears "
         "tag 7, which exc[2] sends",
         "exc[0] sends the same tag to this core");
    says(v3_parallel_synapse_added,
         "image check V3: spurious edge exc[0] -> inh[0, 0] (nmda, w0 + w1, precise, mismatched): "
         "chip 0 core 1 neuron "
         "10 hears tag 20, which exc[0] sends",
         "");
    says(v9_latch_off,
         "image check V9: latch soif_type of exc[2] (chip 0 core 2 neuron 0) is off, but was asked "
         "for",
         "");
    says(v1_no_such_chip,
         "image check V1: exc: 1 neurons at chip 1 core 2 neuron 0 are not on the board", "");
    says(v1_beyond_population, "image check V1: exc[2] .. are placed, it has 3 neurons", "");
    says(v5_too_far, "image check V5: event 1 of inh[0, 0]: hop beyond 7", "");
    says(v5_too_far_up, "image check V5: event 1 of inh[0, 0]: hop beyond 7", "");
    says(v8_no_such_code, "image check V8: SYAM_W2_P on chip 0 core 0: no code (6,200)", "");
}

static void full_neuron(void **state)
{
    static const uint32_t pair[1][2] = {{0, 3}};
    (void)state;
    for (uint32_t n = W_CELLS - 1; n <= W_CELLS + 1; n++) {
        struct arena arena;
        struct scene s;
        arena_init(&arena, NULL);
        scene_start(&s, &arena);
        scene_projection(&s, "exc -> inh again", scene_view(UNIT_NEURON, 0, 3),
                         scene_view(UNIT_NEURON, 1, 4),
                         (struct syn_attr){.dendrite = DENDRITE_AMPA, .slots = 15});
        scene_edges(&s, 1, pair, n);
        net_finish(&arena, &s.net);
        for (uint32_t k = 0; k < n && k < W_CELLS; k++)
            s.model->cam[INH + 3][k] = w_cam(30, DENDRITE_AMPA, 3, false, 15);
        uint32_t *sram = s.model->sram[EXC0];
        sram[3] = sram[2];
        sram[2] = w_sram(1 << INH_CORE, 0, 0, 30);
        struct verdict verdict = judge(&s);
        assert_string_equal(verdict.checks, n > W_CELLS ? "V2" : "");
        arena_release(&arena);
    }
}

/* More kinds of words in one neuron than there is room for at first. */
static void many_kinds_of_words(void **state)
{
    static const uint32_t pair[1][2] = {{0, 3}};
    (void)state;
    for (unsigned spoilt = 0; spoilt < 2; spoilt++) {
        struct arena arena;
        struct scene s;
        arena_init(&arena, NULL);
        scene_start(&s, &arena);
        for (unsigned k = 0; k < 15; k++) {
            scene_projection(
                &s, "again", scene_view(UNIT_NEURON, 0, 3), scene_view(UNIT_NEURON, 1, 4),
                (struct syn_attr){.dendrite = DENDRITE_AMPA, .slots = (uint8_t)(k + 1)});
            scene_edges(&s, 1, pair, 1);
            s.model->cam[INH + 3][k] = w_cam(20, DENDRITE_AMPA, 3, false, k + 1);
        }
        net_finish(&arena, &s.net);
        s.model->cam[INH + 3][14] ^= spoilt;
        assert_string_equal(judge(&s).checks, spoilt ? "V2 V3" : "");
        arena_release(&arena);
    }
}

static void biases_in_another_order(void **state)
{
    (void)state;
    struct arena arena;
    struct scene s;
    arena_init(&arena, NULL);
    scene_start(&s, &arena);
    for (uint32_t i = 0; i < layout.n_biases; i++)
        s.net.bias_name[i] = layout_bias(layout.n_biases - 1 - i)->name;
    for (uint32_t set = 0; set < 2; set++) {
        struct bias_set *at = &s.net.bias_sets.at[set], old = *at;
        for (uint32_t i = 0; i < layout.n_biases; i++)
            at->request[i] = old.request[layout.n_biases - 1 - i];
    }
    assert_string_equal(judge(&s).first, "");
    s.net.bias_name[0] = "SYSA_VB_X";
    assert_string_equal(judge(&s).checks, "V8");
    arena_release(&arena);
}

/* Two sets that come out equal may share a core: pv asks for the codes that pc got. */
static void equal_sets_share_a_core(void **state)
{
    (void)state;
    for (int differ = 0; differ < 3; differ++) {
        struct arena arena;
        struct scene s;
        arena_init(&arena, NULL);
        scene_start(&s, &arena);
        struct bias_set *pc = &s.net.bias_sets.at[0], *pv = &s.net.bias_sets.at[1];
        memcpy(pv->request, pc->request, sizeof pc->request);
        pv->request[SLOT0 + 2] = (struct bias_request){
            .kind = REQUEST_CODE, .coarse = 3, .fine = (uint8_t)(200 - (differ == 1))};
        pv->request[SLOT0 + 3] = (struct bias_request){.kind = REQUEST_CODE};
        if (differ == 2)
            pv->request[SOIF_SPKTHR].fine++;
        for (uint32_t i = 0; i < 3; i++) /* 1 nA + 2 nA + what w3 leaks while off */
            s.model->cam[INH + i][0] = w_cam(20 + i, DENDRITE_NMDA, 3, false, 11);
        v7_two_sets_on_a_core(&s);
        for (uint32_t i = 0; i < W_BIASES; i++) {
            struct code quiet = layout_bias(i)->quiet;
            scene_code(s.model, INH_CORE, i, (uint32_t)quiet.coarse * LAYOUT_FINE + quiet.fine);
        }
        for (uint32_t i = 0; i < 3; i++)
            s.model->sram[i == 2 ? EXC2 : i][i < 2] = w_sram(1 << EXC_CORE, 0, 0, 20 + i);
        for (uint32_t i = 0; i < 2; i++) { /* chip, then tag */
            uint32_t *sram = s.model->sram[i], first = sram[0];
            if ((first & 0x7FF) > (sram[1] & 0x7FF)) {
                sram[0] = sram[1];
                sram[1] = first;
            }
        }
        struct verdict verdict = judge(&s);
        assert_string_equal(verdict.checks, differ ? "V7" : "");
        arena_release(&arena);
    }
}

/* Sets that state the same are one: solved once, for all their cores, unless their delays differ.
 */
static void merged_sets(void **state)
{
    (void)state;
    for (unsigned apart = 0; apart < 4; apart++) {
        struct arena arena;
        struct scene s;
        arena_init(&arena, NULL);
        scene_start(&s, &arena);
        struct bias_set *pc = &s.net.bias_sets.at[0], *pv = &s.net.bias_sets.at[1];
        memcpy(pv->request, pc->request, sizeof pc->request);
        s.net.attrs.at[1].weight_kind = WEIGHT_SLOTS;
        s.net.attrs.at[1].slots = 3;
        memcpy(s.model->bias[INH_CORE], s.model->bias[EXC_CORE], sizeof s.model->bias[0]);
        if (apart == 1) { /* one code differs */
            pv->request[SOIF_SPKTHR].fine++;
            s.model->bias[INH_CORE][SOIF_SPKTHR][1]++;
        }
        if (apart == 2) { /* w3 is stated, as off */
            pv->request[SLOT0 + 3] = (struct bias_request){.kind = REQUEST_CODE};
        }
        for (uint32_t i = 0; i < 3 && apart == 3; i++) { /* another stated delay: defaults serve it
                                                            best, and all words are of class 3 */
            pv->delay[NET_DELAY_NONE].ps = 1;
            s.model->cam[INH + i][0] = w_cam(20 + i, DENDRITE_NMDA, 3, false, 3);
        }
        pv->delay_tolerance = 1e12;
        assert_string_equal(judge(&s).checks, apart ? "V8" : "");
        scene_code(s.model, INH_CORE, SLOT0 + 2, 0); /* what serves it best alone */
        assert_string_equal(judge(&s).checks, apart ? "" : "V7");
        arena_release(&arena);
    }
}

/* A request beyond the range of its bias takes the nearest end, within the tolerance. */
static void beyond_the_range(void **state)
{
    (void)state;
    int64_t table[LAYOUT_CODES];
    uint32_t end[2] = {0, 0};
    layout_currents(SOIF_LEAK, table);
    for (uint32_t code = 1; code < LAYOUT_CODES; code++) {
        end[0] = table[code] < table[end[0]] ? code : end[0];
        end[1] = table[code] > table[end[1]] ? code : end[1];
    }
    for (unsigned high = 0; high < 2; high++)
        for (unsigned beyond = 0; beyond < 2; beyond++) {
            struct arena arena;
            struct scene s;
            arena_init(&arena, NULL);
            scene_start(&s, &arena);
            int64_t most = table[end[high]];
            struct bias_request *leak = &s.net.bias_sets.at[0].request[SOIF_LEAK];
            leak->za = high ? most + most / 3 + beyond * (most / 1000)
                            : most - most / 5 - beyond * (most / 1000);
            s.net.bias_sets.at[0].tolerance = 0.2501;
            scene_code(s.model, EXC_CORE, SOIF_LEAK, end[high]);
            scene_code(s.model, FAR_CORE, SOIF_LEAK, end[high]);
            assert_string_equal(judge(&s).checks, beyond ? "V8" : "");
            arena_release(&arena);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intact),
        cmocka_unit_test(each_fault_alone),
        cmocka_unit_test(many_findings_are_counted),
        cmocka_unit_test(messages),
        cmocka_unit_test(pieces_apart),
        cmocka_unit_test(full_neuron),
        cmocka_unit_test(many_kinds_of_words),
        cmocka_unit_test(beyond_the_range),
        cmocka_unit_test(merged_sets),
        cmocka_unit_test(biases_in_another_order),
        cmocka_unit_test(equal_sets_share_a_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
