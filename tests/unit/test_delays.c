/* Synaptic delays and short-term depression: what becomes of events on their way.
 * links: runtime backend device base */
#include "tests/unit/sim_neuron.h"

#include <stdio.h>

/* --- delays --- */

/* Sets the delay currents of a core to three thirds of Q / delay[class of all three]; returns the
 * delay of each class (precise + 2 mismatched), s. */
static void set_delays(struct sim_board *b, uint32_t core, double third, double delay[4])
{
    double q = b->device.c_delay * b->device.vth, current[3];
    for (int k = 0; k < 3; k++)
        current[k] = sim_board_bias(b, core, (enum bias_id)(BIAS_SYPD_DLY0_P + k),
                                    q / third * (1 + 0.3 * k));
    for (int k = 0; k < 4; k++)
        delay[k] = q / (current[0] + (k & 1 ? current[1] : 0) + (k & 2 ? current[2] : 0));
}

static uint32_t delayed_word(const struct sim_board *b, uint32_t tag, int type, uint32_t mask,
                             uint32_t class)
{
    uint32_t word = sim_board_cam_word(b, tag, type, mask);
    word = field_put(&b->device, FIELD_cam_precise, word, class & 1);
    return field_put(&b->device, FIELD_cam_mismatched, word, class >> 1);
}

/* An input event acts steps - 1 steps after its own, steps = max(1, round(d / dt)), in each class:
 * just below and just above a half. */
static void delays_round_to_whole_steps(void **state)
{
    (void)state;
    static const double quotient[] = {0.01, 0.99, 1.49, 1.51, 2.49, 2.51, 40.49, 40.51};
    for (uint32_t class = 0; class < 4; class ++)
        for (size_t i = 0; i < sizeof quotient / sizeof quotient[0]; i++) {
            struct sim_board b;
            double delay[4];
            sim_board_one_chip(&b, 1);
            usable(&b);
            set_delays(&b, 0, 3e-4, delay);
            b.image.cam[0] = delayed_word(&b, 1, AMPA, 1, class);
            sim_board_input(&b, "in", 1, 1, 1);
            struct sim *sim = sim_board_run(&b, delay[class] / quotient[i], false);
            uint32_t want = (uint32_t)fmax(1, floor(quotient[i] + 0.5)), step = 0;
            sim_input(sim, 0, 1);
            do
                sim_step(sim);
            while (++step < 100 && !(sim_read(sim, 0, SIM_AMPA) > 1.01 * b.device.io));
            assert_int_equal(step, want);
            arena_release(&b.arena);
        }
}

enum { TRAIN = 600 };

/* Events of two inputs, some steps with many, reach a neuron through words of all four classes.
 * `by_hand`: there is no delay and each class has tags of its own, fed later instead. */
static void run_train(struct sim_board *b, bool by_hand, double got[TRAIN][4])
{
    double delay[4], none[4];
    uint32_t late[4];
    sim_board_one_chip(b, 1);
    usable(b);
    set_delays(b, 0, 4e-3, delay);
    if (by_hand)
        set_delays(b, 0, 1e-6, none);
    for (uint32_t k = 0; k < 8; k++) { /* class k / 2, input k % 2 */
        late[k / 2] = (uint32_t)floor(delay[k / 2] / 1e-4 + 0.5) - 1;
        b->image.cam[k] =
            delayed_word(b, by_hand ? k : k % 2, (int)(k / 2 + k) % 4, 1 + k, by_hand ? 0 : k / 2);
    }
    sim_board_input(b, "in", by_hand ? 8 : 2, 1, 0);
    struct sim *sim = sim_board_run(b, 1e-4, false);
    for (uint32_t step = 0; step < TRAIN; step++) {
        for (uint32_t k = 0; k < (by_hand ? 8 : 2); k++) {
            uint32_t sent = step - (by_hand ? late[k / 2] : 0), unit = k % 2;
            if (sent < TRAIN && sent % (7 + unit) == 0)
                sim_input(sim, k, sent % 5 == 0 ? 70000 : 1 + sent % 3);
            if (sent < TRAIN && sent % 21 == 0)
                sim_input(sim, k, 2);
        }
        sim_step(sim);
        for (int s = 0; s < 4; s++)
            got[step][s] = sim_read(sim, 0, s < 3 ? synapse_state[s] : SIM_MEMBRANE);
    }
}

static void delayed_events_equal_later_ones(void **state)
{
    (void)state;
    static double got[2][TRAIN][4];
    for (int by_hand = 0; by_hand < 2; by_hand++) {
        struct sim_board b;
        run_train(&b, by_hand, got[by_hand]);
        arena_release(&b.arena);
    }
    assert_memory_equal(got[0], got[1], sizeof got[0]);
    for (int s = 0; s < 3; s++)
        assert_true(got[0][TRAIN / 2][s] > 1e-11); /* 20 Io */
}

/* A spike of step k arrives in step k + steps, on its own core, another core, another chip; every
 * spike of a train of more than one in the ring. */
static void spikes_arrive_after_their_delay(void **state)
{
    (void)state;
    struct sim_board b;
    double delay[4];
    sim_board_init(&b);
    sim_board_image(&b, 2, 1);
    sim_board_population(&b, "a", 2, 0, 0);
    sim_board_population(&b, "b", 1, 1, 9);
    sim_board_population(&b, "c", 1, 2, 7);
    b.image.populations.at[2].pieces.at[0].chip = 1;
    usable(&b);
    set_delays(&b, 0, 60e-3, delay); /* 60 ms of three currents and less */
    sim_board_bias(&b, 0, BIAS_SOIF_DC_P, 10e-9);
    sim_board_bias(&b, 0, BIAS_SYAM_W3_P, 1e-12); /* a target shows events, but never fires */
    sim_board_latch(&b, 0, LATCH_so_dc);
    const size_t target[3] = {1, image_site(&b.image, 0, 1, 9), image_site(&b.image, 1, 2, 7)};
    const uint32_t core[3] = {0, 1, 6};
    for (int t = 0; t < 3; t++) {
        memcpy(&b.image.bias[core[t] * N_BIASES], b.image.bias, N_BIASES * sizeof *b.image.bias);
        b.image.cam[target[t] * b.device.cam_words] =
            delayed_word(&b, 100 + (uint32_t)t, AMPA, 8, (uint32_t)t);
        sim_board_send(&b, 0, sim_board_route(&b, 15, t == 2, 0, 100 + (uint32_t)t));
    }
    struct sim *sim = sim_board_run(&b, 1e-4, true);
    static bool fired[5000];
    double before[3] = {0};
    uint32_t in_flight = 0, arrived = 0;
    for (uint32_t step = 0; step < 5000; step++) {
        uint32_t n;
        sim_step(sim);
        const uint32_t *spike = sim_spikes(sim, &n);
        fired[step] = n > 0;
        assert_true(n == 0 || (n == 1 && spike[0] == 0));
        for (int t = 0; t < 3; t++) {
            uint32_t steps = (uint32_t)floor(delay[t] / 1e-4 + 0.5);
            double now = sim_read(sim, target[t], SIM_AMPA);
            assert_int_equal(now > before[t] && step > 0, step >= steps && fired[step - steps]);
            arrived += step >= steps && fired[step - steps];
            before[t] = now;
        }
        in_flight += fired[step];
    }
    print_message("%u spikes, %u arrivals\n", in_flight, arrived);
    assert_true(in_flight > 50 && arrived > 2 * in_flight);
    arena_release(&b.arena);
}

/* The ring of one input takes steps * 8 bytes: 2^25 steps fill the limit, one more is refused. */
static void histories_have_a_limit(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct sim_board b;
        double delay[4];
        sim_board_one_chip(&b, 2);
        usable(&b);
        set_delays(&b, 0, 1, delay);
        b.image.cam[b.device.cam_words] = delayed_word(&b, 1, AMPA, 1, 0);
        sim_board_input(&b, "in", 1, 1, 1);
        struct sim_options options = {.dt = delay[0] / (0x1p25 + more)};
        const char *unsupported;
        struct sim *sim = sim_new(&b.arena, &b.image, &options, &unsupported);
        assert_int_equal(sim != NULL, !more);
        assert_int_equal(unsupported != NULL, more);
        if (more)
            assert_non_null(strstr(unsupported, "of `cell[1]`"));
        arena_release(&b.arena);
    }
}

/* --- short-term depression --- */

/* One step of a synapse as the equations are printed; w: arriving current. */
static double literal_dpi(double old, double w, double dt, double tau, double gain, double i_tau,
                          double pulse)
{
    double rest = old * exp(-dt / tau), r = 0.95 * gain / (old + gain);
    if (!(w > 0))
        return rest;
    return rest + r * rest * (pulse / tau) * (w / gain + 1 - rest / gain)
           + (1 - r) * (1 - exp(-pulse / tau)) * (gain / i_tau) * w;
}

static uint32_t depressed_word(const struct sim_board *b, uint32_t tag, int type, uint32_t mask)
{
    return field_put(&b->device, FIELD_cam_stp, sim_board_cam_word(b, tag, type, mask), 1);
}

/* Two depressed synapses of one neuron, one of them heard by both inputs, and a plain one. */
static struct sim *depressed_neuron(struct sim_board *b, double dt, double *tau, bool use_double)
{
    sim_board_one_chip(b, 1);
    usable(b);
    sim_board_bias(b, 0, BIAS_SOIF_SPKTHR_P, 100e-9);
    sim_board_bias(b, 0, BIAS_SYAM_STDW_N, 3e-9);
    *tau = sim_board_tau(b, 0, BIAS_SYAW_STDSTR_N, b->device.c_std, 40e-3);
    b->image.cam[0] = depressed_word(b, 1, AMPA, 8);
    b->image.cam[1] = depressed_word(b, 2, AMPA, 3);
    b->image.cam[2] = sim_board_cam_word(b, 2, AMPA, 4);
    sim_board_input(b, "in", 2, 1, 1);
    return sim_board_run(b, dt, use_double);
}

struct literal_synapse {
    double weight, x;
    uint32_t tag;
};

static void depressed_synapses_follow_their_recurrence(void **state)
{
    (void)state;
    const double dt = 1e-4;
    for (int use_double = 0; use_double < 2; use_double++) {
        struct sim_board b;
        double tau_std;
        struct sim *sim = depressed_neuron(&b, dt, &tau_std, use_double);
        double w[4], pull = current_of(&b, BIAS_SYAM_STDW_N);
        for (int bit = 0; bit < 4; bit++)
            w[bit] = current_of(&b, (enum bias_id)(BIAS_SYAM_W0_P + bit));
        struct literal_synapse synapse[2] = {{w[3], 1, 1}, {w[0] + w[1], 1, 2}};
        double it = current_of(&b, BIAS_DEAM_ETAU_P), ig = current_of(&b, BIAS_DEAM_EGAIN_P);
        double tau = b.device.ut / b.device.kappa * b.device.c_ampa / it;
        double pulse = b.device.vth * b.device.c_pulse / current_of(&b, BIAS_SYPD_EXT_N);
        double ampa = b.device.io, least = 1;
        for (uint32_t step = 0; step < 3000; step++) {
            uint32_t count[2] = {step % 37 == 0 ? 1 + step % 3 : 0, step % 211 == 5 ? 2 : 0};
            if (step == 1500)
                count[0] = 1000;
            double arriving = count[1] * w[2];
            for (int s = 0; s < 2; s++) {
                synapse[s].x = 1 - (1 - synapse[s].x) * exp(-dt / tau_std);
                for (uint32_t k = 0; k < count[synapse[s].tag - 1]; k++) {
                    arriving += synapse[s].weight * synapse[s].x;
                    synapse[s].x *= synapse[s].weight / (synapse[s].weight + pull);
                }
                least = fmin(least, synapse[s].x);
            }
            ampa = fmax(literal_dpi(ampa, arriving, dt, tau, ig, it, pulse), b.device.io);
            for (uint32_t u = 0; u < 2; u++)
                if (count[u])
                    sim_input(sim, u, count[u]);
            sim_step(sim);
            assert_near(sim_read(sim, 0, SIM_AMPA), ampa, use_double ? 1e-11 : 1e-4);
        }
        assert_true(least < 0.01);
        arena_release(&b.arena);
    }
}

/* Recovery is exact: events 200 ms apart, so that the current between them is gone, have the same
 * effect at 1 ms and at 10 us. */
static void depression_has_no_error_of_the_step(void **state)
{
    (void)state;
    double current[2][6];
    for (int fine = 0; fine < 2; fine++) {
        struct sim_board b;
        double tau, ampa = 0;
        struct sim *sim = depressed_neuron(&b, fine ? 1e-5 : 1e-3, &tau, true);
        ampa = b.device.ut / b.device.kappa * b.device.c_ampa / current_of(&b, BIAS_DEAM_ETAU_P);
        assert_near(sim_least_tau(sim), fmin(ampa, tau), 1e-9);
        for (int k = 0; k < 6; k++) {
            sim_input(sim, 0, 1);
            sim_step(sim);
            current[fine][k] = sim_read(sim, 0, SIM_AMPA);
            count_spikes(sim, fine ? 19999 : 199, 0);
        }
        arena_release(&b.arena);
    }
    for (int k = 2; k < 6; k++) { /* the floor Io adds the same to all: only ratios are exact */
        double part[2];
        for (int fine = 0; fine < 2; fine++)
            part[fine] =
                (current[fine][k] - current[fine][1]) / (current[fine][0] - current[fine][1]);
        assert_true(fabs(part[0]) > 1e-5);
        assert_near(part[1], part[0], 1e-7);
    }
}

static void depression_does_not_know_the_order_of_events(void **state)
{
    (void)state;
    double current[2];
    for (int order = 0; order < 2; order++) {
        struct sim_board b;
        double tau;
        struct sim *sim = depressed_neuron(&b, 1e-4, &tau, false);
        for (uint32_t step = 0; step < 500; step++) {
            for (uint32_t k = 0; k < 6; k++)
                sim_input(sim, (k + (uint32_t)order) % 2, 1);
            sim_step(sim);
        }
        current[order] = sim_read(sim, 0, SIM_AMPA);
        assert_true(current[order] > 1e-11);
        arena_release(&b.arena);
    }
    assert_memory_equal(&current[0], &current[1], sizeof current[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_round_to_whole_steps),
        cmocka_unit_test(delayed_events_equal_later_ones),
        cmocka_unit_test(spikes_arrive_after_their_delay),
        cmocka_unit_test(histories_have_a_limit),
        cmocka_unit_test(depressed_synapses_follow_their_recurrence),
        cmocka_unit_test(depression_has_no_error_of_the_step),
        cmocka_unit_test(depression_does_not_know_the_order_of_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
