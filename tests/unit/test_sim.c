/* The neuron model against closed forms and fine steps; latches; events; what is not modelled.
 * links: runtime backend device base */
#include "tests/unit/sim_neuron.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* --- synapses --- */

/* One event from rest, then decay: the form of the equations, evaluated with libm. */
static void synapse_follows_the_closed_form(int type, unsigned mask, uint32_t events,
                                            bool use_double)
{
    struct sim_board b;
    sim_board_one_chip(&b, 1);
    usable(&b);
    sim_board_listen(&b, 0, 9, type, mask);
    sim_board_input(&b, "in", 1, 1, 9);
    const double dt = 100e-6,
                 c[4] = {b.device.c_ampa, b.device.c_gaba, b.device.c_nmda, b.device.c_shunt};
    const enum bias_id tau_bias[4] = {BIAS_DEAM_ETAU_P, BIAS_DEGA_ITAU_P, BIAS_DENM_ETAU_P,
                                      BIAS_DESC_ITAU_P};
    const enum bias_id gain_bias[4] = {BIAS_DEAM_EGAIN_P, BIAS_DEGA_IGAIN_P, BIAS_DENM_EGAIN_P,
                                       BIAS_DESC_IGAIN_P};
    double it = current_of(&b, tau_bias[type]), ig = current_of(&b, gain_bias[type]), w = 0;
    for (int bit = 0; bit < 4; bit++)
        if (mask >> bit & 1)
            w += events * current_of(&b, (enum bias_id)(BIAS_SYAM_W0_P + bit));
    double tau = b.device.ut / b.device.kappa * c[type] / it;
    double pulse = b.device.vth * b.device.c_pulse / current_of(&b, BIAS_SYPD_EXT_N);
    double old = b.device.io, rest = old * exp(-dt / tau), r = 0.95 * ig / (old + ig);
    double peak = rest + r * rest * (pulse / tau) * (w / ig + 1 - rest / ig)
                  + (1 - r) * (1 - exp(-pulse / tau)) * (ig / it) * w;
    struct sim *sim = sim_board_run(&b, dt, use_double);
    double precision = use_double ? 1e-12 : 2e-5;
    sim_input(sim, 0, events);
    sim_step(sim);
    assert_near(sim_read(sim, 0, synapse_state[type]), peak, precision);
    for (int k = 1; k <= 50; k++) {
        sim_step(sim);
        double want = peak * exp(-k * dt / tau);
        want = want > b.device.io ? want : b.device.io;
        assert_near(sim_read(sim, 0, synapse_state[type]), want, precision);
    }
    arena_release(&b.arena);
}

static void synapses_decay_and_charge(void **state)
{
    (void)state;
    for (int type = 0; type < 4; type++)
        for (unsigned mask = 1; mask < 16; mask++)
            synapse_follows_the_closed_form(type, mask, 1, mask & 1);
    synapse_follows_the_closed_form(AMPA, 5, 1000, true);
    synapse_follows_the_closed_form(NMDA, 10, 65535, false);
}

/* Ungated growth would have no limit for small steps: a synapse without events stays at rest. */
static void a_quiet_synapse_stays_at_rest(void **state)
{
    (void)state;
    struct sim_board b;
    sim_board_one_chip(&b, 1);
    usable(&b);
    sim_board_listen(&b, 0, 9, AMPA, 1);
    sim_board_input(&b, "in", 1, 1, 9);
    struct sim *sim = sim_board_run(&b, 5e-6, false);
    count_spikes(sim, 40000, 0);
    assert_near(sim_read(sim, 0, SIM_AMPA), b.device.io, 1e-6);
    assert_near(sim_read(sim, 0, SIM_MEMBRANE), b.device.io, 1e-6);
    arena_release(&b.arena);
}

static void a_lane_counts_to_its_limit(void **state)
{
    (void)state;
    const uint32_t count[] = {65534, 65535, 65536, 4000000000};
    double current[4];
    for (int i = 0; i < 4; i++) {
        struct sim_board b;
        sim_board_one_chip(&b, 1);
        usable(&b);
        sim_board_listen(&b, 0, 0, AMPA, 3); /* tag 0 is a tag */
        sim_board_input(&b, "in", 1, 1, 0);
        struct sim *sim = sim_board_run(&b, 1e-4, true);
        sim_input(sim, 0, count[i]);
        sim_step(sim);
        current[i] = sim_read(sim, 0, SIM_AMPA);
        sim_input(sim, 0, 1); /* nothing is left in a neighbouring lane */
        sim_step(sim);
        assert_true(sim_read(sim, 0, SIM_AMPA) < current[i] * 1.01);
        arena_release(&b.arena);
    }
    assert_true(current[0] < current[1]);
    assert_true(current[1] <= current[2] && current[2] <= current[1]);
    assert_true(current[1] <= current[3] && current[3] <= current[1]);
}

/* Events of one step add up whatever the order and the way they come. */
static void events_add_up(void **state)
{
    (void)state;
    double current[3];
    for (int way = 0; way < 3; way++) {
        struct sim_board b;
        sim_board_one_chip(&b, 1);
        usable(&b);
        sim_board_listen(&b, 0, 1, AMPA, 1);
        sim_board_listen(&b, 0, 2, AMPA, 4);
        sim_board_input(&b, "in", 2, 1, 1);
        struct sim *sim = sim_board_run(&b, 1e-4, false);
        for (uint32_t k = 0; k < 10; k++) {
            if (way < 2)
                sim_input(sim, way == 0 ? k % 2 : (k + 1) % 2, 1);
            else if (k < 2)
                sim_input(sim, k, 5);
        }
        sim_step(sim);
        current[way] = sim_read(sim, 0, SIM_AMPA);
        arena_release(&b.arena);
    }
    assert_memory_equal(&current[0], &current[1], sizeof current[0]);
    assert_memory_equal(&current[0], &current[2], sizeof current[0]);
}

/* --- membrane --- */

static struct sim *dc_neuron(struct sim_board *b, double dc, bool exponential, double dt,
                             bool use_double)
{
    sim_board_one_chip(b, 1);
    usable(b);
    sim_board_bias(b, 0, BIAS_SOIF_DC_P, dc);
    sim_board_latch(b, 0, LATCH_so_dc);
    if (exponential)
        sim_board_latch(b, 0, LATCH_soif_type);
    return sim_board_run(b, dt, use_double);
}

/* Steady state below threshold: Imem = (Igain / Itau)(Iin - Ileak), Iin = Idc - Ileak + synapses at
 * rest; the leak holds GABA at rest. */
static void membrane_settles_where_it_should(void **state)
{
    (void)state;
    struct sim_board b;
    struct sim *sim = dc_neuron(&b, 200e-12, false, 1e-4, true);
    double leak = current_of(&b, BIAS_SOIF_LEAK_N) + b.device.io;
    double in = current_of(&b, BIAS_SOIF_DC_P) + b.device.io - leak;
    double want = current_of(&b, BIAS_SOIF_GAIN_N) / current_of(&b, BIAS_SOIF_LEAK_N) * (in - leak);
    assert_int_equal(count_spikes(sim, 20000, 0), 0);
    assert_near(sim_read(sim, 0, SIM_MEMBRANE), want, 1e-9);
    assert_near(sim_read(sim, 0, SIM_VMEM), b.device.ut / b.device.kappa * log(want / b.device.io),
                1e-9);
    arena_release(&b.arena);
}

static void rates_agree_with_fine_steps(void **state)
{
    (void)state;
    for (int model = 0; model < 2; model++)
        for (double dc = 2e-9; dc < 20e-9; dc *= 2) {
            struct sim_board b;
            double rate[3];
            const double dt[3] = {100e-6, 10e-6, 1e-6};
            for (int k = 0; k < 3; k++) {
                struct sim *sim = dc_neuron(&b, dc, model == 1, dt[k], k == 2);
                rate[k] = count_spikes(sim, (uint64_t)(0.5 / dt[k]), 0) / 0.5;
                arena_release(&b.arena);
            }
            assert_true(rate[2] > 10);
            assert_near(rate[0], rate[2], 0.10);
            assert_near(rate[1], rate[2], 0.02);
        }
}

/* After a spike the membrane rests at Io for ceil(t_ref / dt) steps, whole or not. */
static void refractory_time_is_a_whole_number_of_steps(void **state)
{
    (void)state;
    const double dt = 100e-6;
    for (double t_ref = 50e-6; t_ref < 3e-3; t_ref *= 1.37) {
        struct sim_board b;
        sim_board_one_chip(&b, 1);
        usable(&b);
        sim_board_bias(&b, 0, BIAS_SOIF_DC_P, 100e-9);
        sim_board_latch(&b, 0, LATCH_so_dc);
        double c_ref = b.device.vth * b.device.c_ref;
        double real = c_ref / sim_board_bias(&b, 0, BIAS_SOIF_REFR_N, c_ref / t_ref);
        struct sim *sim = sim_board_run(&b, dt, false);
        uint32_t n;
        do {
            sim_step(sim);
            sim_spikes(sim, &n);
        } while (n == 0);
        uint32_t blocked = 0;
        for (;; blocked++) {
            sim_step(sim);
            if (sim_read(sim, 0, SIM_MEMBRANE) > b.device.io * (1 + 1e-6))
                break;
        }
        assert_int_equal(blocked, (uint32_t)ceil(real / dt - 1e-6));
        arena_release(&b.arena);
    }
}

/* At most one spike per step and none without current. */
static void rates_have_the_refractory_limit(void **state)
{
    (void)state;
    struct sim_board b;
    struct sim *sim = dc_neuron(&b, 800e-9, false, 1e-4, false);
    double t_ref = b.device.vth * b.device.c_ref / current_of(&b, BIAS_SOIF_REFR_N);
    double steps = ceil(t_ref / 1e-4 - 1e-6);
    uint32_t spikes = count_spikes(sim, 10000, 0);
    assert_in_range(spikes, (uint32_t)(10000 / (steps + 8)), (uint32_t)(10000 / (steps + 1)) + 1);
    arena_release(&b.arena);
}

static void latches_that_are_off_take_the_term_away(void **state)
{
    (void)state;
    for (int changed = 0; changed < 2; changed++) {
        static double kept[6][2];
        struct sim_board b;
        sim_board_one_chip(&b, 1);
        usable(&b);
        sim_board_listen(&b, 0, 0, NMDA, 15);
        sim_board_input(&b, "in", 1, 1, 0);
        if (changed) { /* circuits whose latches are off: no bit may differ */
            sim_board_bias(&b, 0, BIAS_SOIF_DC_P, 1e-9);
            sim_board_bias(&b, 0, BIAS_DENM_NMREV_N, 1e-7);
            sim_board_bias(&b, 0, BIAS_SOAD_W_N, 1e-7);
            sim_board_bias(&b, 0, BIAS_SOAD_GAIN_P, 1e-7);
        }
        struct sim *sim = sim_board_run(&b, 1e-4, false);
        for (int k = 0; k < 3000; k++) {
            if (k % 10 == 0)
                sim_input(sim, 0, 1);
            sim_step(sim);
            if (k % 500 == 499)
                kept[k / 500][changed] = sim_read(sim, 0, SIM_MEMBRANE);
        }
        assert_true(sim_read(sim, 0, SIM_ADAPTATION) <= 0);
        for (int k = 0; changed && k < 6; k++)
            assert_memory_equal(&kept[k][0], &kept[k][1], sizeof kept[k][0]);
        arena_release(&b.arena);
    }
}

/* The feedback of an exponential neuron ends the rise early: it fires before a threshold neuron. */
static void exponential_neurons_fire_faster(void **state)
{
    (void)state;
    struct sim_board b;
    uint32_t spikes[2];
    for (int k = 0; k < 2; k++) {
        struct sim *sim = dc_neuron(&b, 3e-9, k == 1, 1e-5, false);
        spikes[k] = count_spikes(sim, 50000, 0);
        arena_release(&b.arena);
    }
    assert_true(spikes[1] > spikes[0] && spikes[0] > 0);
}

static void killed_neurons_are_silent(void **state)
{
    (void)state;
    struct sim_board b;
    sim_board_one_chip(&b, 2);
    usable(&b);
    sim_board_bias(&b, 0, BIAS_SOIF_DC_P, 100e-9);
    for (size_t site = 0; site < 2; site++)
        sim_board_latch(&b, site, LATCH_so_dc);
    sim_board_latch(&b, 1, LATCH_soif_kill);
    struct sim *sim = sim_board_run(&b, 1e-4, false);
    uint32_t spikes[2] = {0};
    for (int k = 0; k < 1000; k++) {
        uint32_t n;
        sim_step(sim);
        const uint32_t *spike = sim_spikes(sim, &n);
        for (uint32_t i = 0; i < n; i++)
            spikes[spike[i]]++;
    }
    assert_true(spikes[0] > 10);
    assert_int_equal(spikes[1], 0);
    assert_near(sim_read(sim, 1, SIM_MEMBRANE), b.device.io, 1e-6);
    assert_true(sim_alive(sim, 0) && !sim_alive(sim, 1) && !sim_alive(sim, 2));
    arena_release(&b.arena);
}

/* --- adaptation, gate, inhibition --- */

static void adaptation_slows_firing(void **state)
{
    (void)state;
    struct sim_board b;
    sim_board_one_chip(&b, 1);
    usable(&b);
    double current = b.device.ut / b.device.kappa * b.device.c_ahp / 100e-3;
    sim_board_bias(&b, 0, BIAS_SOAD_TAU_P, current);
    sim_board_bias(&b, 0, BIAS_SOAD_GAIN_P, 4 * current);
    sim_board_bias(&b, 0, BIAS_SOAD_PWTAU_N, b.device.vth * b.device.c_pulse_ahp / 100e-6);
    sim_board_bias(&b, 0, BIAS_SOAD_W_N, 10e-9);
    sim_board_bias(&b, 0, BIAS_SOIF_DC_P, 5e-9);
    sim_board_latch(&b, 0, LATCH_so_dc);
    sim_board_latch(&b, 0, LATCH_so_adaptation);
    struct sim *sim = sim_board_run(&b, 1e-4, false);
    uint32_t early = count_spikes(sim, 1000, 0);
    count_spikes(sim, 5000, 0);
    uint32_t late = count_spikes(sim, 1000, 0);
    assert_true(late > 0);
    assert_true(early > late + late / 4);
    arena_release(&b.arena);
}

/* The charge of one own spike by the closed form, then exponential decay to nothing: no floor. */
static void adaptation_follows_the_closed_form(void **state)
{
    (void)state;
    struct sim_board b;
    sim_board_one_chip(&b, 1);
    usable(&b);
    double tau = sim_board_tau(&b, 0, BIAS_SOAD_TAU_P, b.device.c_ahp, 20e-3);
    double it = current_of(&b, BIAS_SOAD_TAU_P);
    double ig = sim_board_bias(&b, 0, BIAS_SOAD_GAIN_P, 4 * it);
    double w = sim_board_bias(&b, 0, BIAS_SOAD_W_N, 1e-9);
    double pulse =
        b.device.vth * b.device.c_pulse_ahp / sim_board_bias(&b, 0, BIAS_SOAD_PWTAU_N, 35e-9);
    sim_board_latch(&b, 0, LATCH_so_adaptation);
    sim_board_listen(&b, 0, 3, AMPA, 8);
    sim_board_input(&b, "in", 1, 1, 3);
    struct sim *sim = sim_board_run(&b, 1e-4, true);
    uint32_t n = 0;
    for (int k = 0; n == 0; k++) {
        if (k < 20)
            sim_input(sim, 0, 30);
        sim_step(sim);
        sim_spikes(sim, &n);
        assert_true(k < 1000);
    }
    assert_true(sim_read(sim, 0, SIM_ADAPTATION) <= 0); /* the spike acts in the next step */
    double want = (1 - 0.75) * (1 - exp(-pulse / tau)) * (ig / it) * w;
    sim_step(sim);
    assert_near(sim_read(sim, 0, SIM_ADAPTATION), want, 1e-12);
    sim_step(sim);
    assert_near(sim_read(sim, 0, SIM_ADAPTATION), want * exp(-1e-4 / tau), 1e-12);
    arena_release(&b.arena);
}

/* With the gate closed NMDA alone cannot lift the membrane; a little AMPA current opens it. */
static void nmda_gate_needs_a_raised_membrane(void **state)
{
    (void)state;
    uint32_t spikes[3];
    for (int k = 0; k < 3; k++) { /* no gate; gate; gate and AMPA */
        struct sim_board b;
        sim_board_one_chip(&b, 1);
        usable(&b);
        sim_board_bias(&b, 0, BIAS_DENM_NMREV_N, 50e-9);
        sim_board_bias(&b, 0, BIAS_SOIF_SPKTHR_P, 100e-9);
        sim_board_listen(&b, 0, 0, NMDA, 15);
        sim_board_listen(&b, 0, 1, AMPA, 15);
        sim_board_input(&b, "in", 2, 1, 0);
        if (k)
            sim_board_latch(&b, 0, LATCH_denm_nmda);
        struct sim *sim = sim_board_run(&b, 1e-4, false);
        spikes[k] = 0;
        for (int step = 0; step < 10000; step++) {
            if (step % 10 == 0)
                sim_input(sim, 0, 20);
            if (k == 2 && step % 10 == 5)
                sim_input(sim, 1, 20);
            spikes[k] += count_spikes(sim, 1, 0);
        }
        arena_release(&b.arena);
    }
    assert_true(spikes[0] > 0);
    assert_int_equal(spikes[1], 0);
    assert_true(spikes[2] > 0);
}

static uint32_t excited(int inhibition)
{
    struct sim_board b;
    uint32_t spikes = 0;
    sim_board_one_chip(&b, 1);
    usable(&b);
    sim_board_listen(&b, 0, 0, AMPA, 8);
    if (inhibition)
        sim_board_listen(&b, 0, 1, inhibition, 15);
    sim_board_input(&b, "in", 2, 1, 0);
    struct sim *sim = sim_board_run(&b, 1e-4, false);
    for (int step = 0; step < 10000; step++) {
        if (step % 20 == 0)
            sim_input(sim, 0, 2);
        if (step % 20 == 10)
            sim_input(sim, 1, 2);
        spikes += count_spikes(sim, 1, 0);
    }
    arena_release(&b.arena);
    return spikes;
}

/* SHUNT takes its current from the input, GABA adds to the leak: both act after their own step.
 * (Weak GABA under strong excitation excites: a larger leak is also a faster membrane.) */
static void inhibition_inhibits(void **state)
{
    (void)state;
    uint32_t free = excited(0), shunt = excited(SHUNT), gaba = excited(GABA);
    print_message("excited %u, with shunt %u, with gaba %u\n", free, shunt, gaba);
    assert_true(free > 20);
    assert_int_equal(shunt, 0);
    assert_true(gaba < free / 2);
}

/* --- networks --- */

/* A spike reaches its targets in the next step, over cores and chips alike. */
static void spikes_arrive_in_the_next_step(void **state)
{
    (void)state;
    struct sim_board b;
    sim_board_init(&b);
    sim_board_image(&b, 2, 1);
    sim_board_population(&b, "a", 1, 0, 0);
    sim_board_population(&b, "b", 1, 2, 7);
    b.image.populations.at[1].pieces.at[0].chip = 1;
    usable(&b);
    sim_board_bias(&b, 0, BIAS_SOIF_DC_P, 10e-9);
    sim_board_latch(&b, 0, LATCH_so_dc);
    size_t far = image_site(&b.image, 1, 2, 7);
    for (enum bias_id bias = 0; bias < N_BIASES; bias++) /* the core of b has a's biases */
        b.image.bias[6 * N_BIASES + bias] = b.image.bias[bias];
    sim_board_listen(&b, far, 100, AMPA, 8);
    sim_board_send(&b, 0, sim_board_route(&b, 4, 1, 0, 100));
    sim_board_send(&b, 0, sim_board_route(&b, 15, -7, 0, 0)); /* the host hears it too */
    struct sim *sim = sim_board_run(&b, 1e-4, false);
    uint32_t n = 0;
    while (n == 0) {
        sim_step(sim);
        sim_spikes(sim, &n);
        assert_near(sim_read(sim, far, SIM_AMPA), b.device.io, 1e-6);
    }
    sim_step(sim);
    assert_true(sim_read(sim, far, SIM_AMPA) > 10 * b.device.io);
    assert_true(sim_read(sim, image_site(&b.image, 0, 1, 0), SIM_AMPA) <= 0); /* no neuron there */
    arena_release(&b.arena);
}

static void least_tau_is_that_of_circuits_in_use(void **state)
{
    (void)state;
    struct sim_board b;
    sim_board_one_chip(&b, 1);
    double mem = usable(&b);
    double shunt = sim_board_tau(&b, 0, BIAS_DESC_ITAU_P, b.device.c_shunt, 1e-3);
    assert_near(sim_least_tau(sim_board_run(&b, 1e-4, false)), mem, 1e-9);
    sim_board_listen(&b, 0, 5, SHUNT, 1);
    assert_near(sim_least_tau(sim_board_run(&b, 1e-4, false)), shunt, 1e-9);
    sim_board_bias(&b, 0, BIAS_SOAD_TAU_P, 1e-9);
    assert_near(sim_least_tau(sim_board_run(&b, 1e-4, false)), shunt, 1e-9);
    double ahp = sim_board_tau(&b, 0, BIAS_SOAD_TAU_P, b.device.c_ahp, 0.2e-3);
    sim_board_latch(&b, 0, LATCH_so_adaptation);
    assert_near(sim_least_tau(sim_board_run(&b, 1e-4, false)), ahp, 1e-9);
    arena_release(&b.arena);
}

static void a_shrunk_chip_runs(void **state)
{
    (void)state;
    struct sim_board b;
    sim_board_init(&b);
    b.device.cores_per_chip = 2;
    b.device.neurons_per_core = 3;
    b.device.cam_words = 2;
    sim_board_image(&b, 1, 1);
    sim_board_population(&b, "cell", 3, 1, 0);
    struct sim *sim = sim_board_run(&b, 1e-4, false);
    sim_step(sim);
    assert_near(sim_read(sim, 5, SIM_MEMBRANE), b.device.io, 1e-6);
    assert_true(sim_alive(sim, 5) && !sim_alive(sim, 2));
    arena_release(&b.arena);
}

/* --- what is not modelled --- */

static const char *refused(struct sim_board *b)
{
    struct sim_options options = {.dt = 1e-4};
    const char *unsupported = "";
    struct sim *sim = sim_new(&b->arena, &b->image, &options, &unsupported);
    assert_int_equal(sim == NULL, unsupported != NULL);
    return sim ? NULL : unsupported;
}

static void circuits_beyond_the_model_are_refused(void **state)
{
    (void)state;
    struct sim_board b;
    sim_board_one_chip(&b, 4);
    sim_board_latch(&b, 4, LATCH_de_mux); /* not declared: nobody uses it */
    assert_null(refused(&b));
    sim_board_latch(&b, 3, LATCH_de_mux);
    assert_non_null(strstr(refused(&b), "multiplexer"));
    assert_non_null(strstr(refused(&b), "cell[3]"));
    arena_release(&b.arena);
}

/* Which signal coho_ca_mem selects is not public: refused where it would be regulated. */
static void homeostasis_of_an_unknown_signal_is_refused(void **state)
{
    (void)state;
    struct sim_board b;
    sim_board_one_chip(&b, 4);
    sim_board_latch(&b, 2, LATCH_coho_ca_mem);
    sim_board_latch(&b, 2, LATCH_ho_enable);
    assert_null(refused(&b));
    sim_board_latch(&b, 2, LATCH_ho_active);
    assert_non_null(strstr(refused(&b), "coho_ca_mem"));
    assert_non_null(strstr(refused(&b), "cell[2]"));
    arena_release(&b.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(synapses_decay_and_charge),
        cmocka_unit_test(a_quiet_synapse_stays_at_rest),
        cmocka_unit_test(a_lane_counts_to_its_limit),
        cmocka_unit_test(events_add_up),
        cmocka_unit_test(membrane_settles_where_it_should),
        cmocka_unit_test(rates_agree_with_fine_steps),
        cmocka_unit_test(refractory_time_is_a_whole_number_of_steps),
        cmocka_unit_test(rates_have_the_refractory_limit),
        cmocka_unit_test(latches_that_are_off_take_the_term_away),
        cmocka_unit_test(exponential_neurons_fire_faster),
        cmocka_unit_test(killed_neurons_are_silent),
        cmocka_unit_test(adaptation_slows_firing),
        cmocka_unit_test(adaptation_follows_the_closed_form),
        cmocka_unit_test(nmda_gate_needs_a_raised_membrane),
        cmocka_unit_test(inhibition_inhibits),
        cmocka_unit_test(spikes_arrive_in_the_next_step),
        cmocka_unit_test(least_tau_is_that_of_circuits_in_use),
        cmocka_unit_test(a_shrunk_chip_runs),
        cmocka_unit_test(circuits_beyond_the_model_are_refused),
        cmocka_unit_test(homeostasis_of_an_unknown_signal_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
