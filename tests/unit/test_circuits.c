/* The circuits between synapses and soma against a literal evaluation with libm, closed forms and
 * fine steps.
 * links: runtime backend device base */
#include "tests/unit/sim_neuron.h"

#include "runtime/diffusion.h"

#include <stdio.h>
#include <stdlib.h>

/* --- one neuron, as the equations are printed --- */

struct literal_dpi {
    double tau, gain, i_tau, pulse, share, now;
};

static void charge(struct literal_dpi *dpi, double w, double dt, double floor)
{
    double r = dpi->share * dpi->gain / (dpi->now + dpi->gain),
           rest = dpi->now * exp(-dt / dpi->tau);
    dpi->now = rest;
    if (w > 0)
        dpi->now += r * rest * (dpi->pulse / dpi->tau) * (w / dpi->gain + 1 - rest / dpi->gain)
                    + (1 - r) * (1 - exp(-dpi->pulse / dpi->tau)) * (dpi->gain / dpi->i_tau) * w;
    dpi->now = fmax(dpi->now, floor);
}

struct literal {
    const struct device *device;
    double uk, leak, gain, dc, gate, threshold, target, low, high, tau_gain;
    struct literal_dpi synapse[4], second[2], calcium; /* second: AMPA, NMDA */
    double weight, reversal[3];                        /* AMPA, GABA, NMDA */
    bool alpha[2], conductance, nmda_gate, soma_gain, dendrite_gain;
    double imem, g, ca_weight;
    bool fired;
    uint32_t blocked, refractory;
};

static struct literal_dpi dpi_of(const struct sim_board *b, enum bias_id tau, enum bias_id gain,
                                 double c, double pulse, double share, double start)
{
    double it = current_of(b, tau);
    return (struct literal_dpi){.tau = b->device.ut / b->device.kappa * c / it,
                                .gain = current_of(b, gain),
                                .i_tau = it,
                                .pulse = pulse,
                                .share = share,
                                .now = start};
}

static bool on(const struct sim_board *b, enum latch_id latch)
{
    return b->image.latch[0] >> latch & 1;
}

static struct literal literal_of(const struct sim_board *b, double dt)
{
    const struct device *d = &b->device;
    double pulse = d->vth * d->c_pulse / current_of(b, BIAS_SYPD_EXT_N);
    double own = d->vth * d->c_pulse_ahp / current_of(b, BIAS_SOAD_PWTAU_N), io = d->io;
    double middle = current_of(b, BIAS_SOHO_VREF_M_P);
    bool regulated = on(b, LATCH_ho_enable) && on(b, LATCH_ho_active);
    struct literal n = {
        .device = d,
        .uk = d->ut / d->kappa,
        .leak = current_of(b, BIAS_SOIF_LEAK_N),
        .gain = current_of(b, BIAS_SOIF_GAIN_N),
        .dc = on(b, LATCH_so_dc) ? current_of(b, BIAS_SOIF_DC_P) : 0,
        .gate = current_of(b, BIAS_DENM_NMREV_N),
        .threshold = current_of(b, BIAS_SOIF_SPKTHR_P),
        .target = current_of(b, BIAS_SOHO_VREF_P),
        .low = fmin(current_of(b, BIAS_SOHO_VREF_L_P) / middle, 1),
        .high = fmax(current_of(b, BIAS_SOHO_VREF_H_P) / middle, 1),
        .tau_gain = d->ut / d->kappa * d->c_homeostasis / current_of(b, BIAS_SOHO_VH_P),
        .synapse = {dpi_of(b, BIAS_DEAM_ETAU_P, BIAS_DEAM_EGAIN_P, d->c_ampa, pulse, 0.95, io),
                    dpi_of(b, BIAS_DEGA_ITAU_P, BIAS_DEGA_IGAIN_P, d->c_gaba, pulse, 0.95, io),
                    dpi_of(b, BIAS_DENM_ETAU_P, BIAS_DENM_EGAIN_P, d->c_nmda, pulse, 0.95, io),
                    dpi_of(b, BIAS_DESC_ITAU_P, BIAS_DESC_IGAIN_P, d->c_shunt, pulse, 0.95, io)},
        .second = {dpi_of(b, BIAS_DEAM_ITAU_P, BIAS_DEAM_IGAIN_P, d->c_ampa, pulse, 0.95, io),
                   dpi_of(b, BIAS_DENM_ITAU_P, BIAS_DENM_IGAIN_P, d->c_nmda, pulse, 0.95, io)},
        .calcium = dpi_of(b, BIAS_SOCA_TAU_P, BIAS_SOCA_GAIN_P, d->c_calcium, own, 0.75, 0),
        .weight = current_of(b, BIAS_SYAM_W0_P),
        .reversal = {current_of(b, BIAS_DEAM_REV_N), current_of(b, BIAS_DEGA_REV_P),
                     current_of(b, BIAS_DENM_REV_N)},
        .alpha = {on(b, LATCH_deam_alpha), on(b, LATCH_denm_alpha)},
        .conductance = on(b, LATCH_de_conductance),
        .nmda_gate = on(b, LATCH_denm_nmda),
        .soma_gain = regulated && on(b, LATCH_ho_so_de),
        .dendrite_gain = regulated && !on(b, LATCH_ho_so_de),
        .imem = io,
        .g = 1,
        .ca_weight = current_of(b, BIAS_SOCA_W_N),
        .refractory =
            (uint32_t)ceil(d->vth * d->c_ref / current_of(b, BIAS_SOIF_REFR_N) / dt - 1e-6),
    };
    return n;
}

/* What reaches the soma: AMPA, GABA, NMDA. */
static void reach(const struct literal *n, double out[3])
{
    double second[2] = {n->alpha[0] ? n->second[0].now : 0, n->alpha[1] ? n->second[1].now : 0};
    double g = n->dendrite_gain ? n->g : 1;
    out[0] = fmax(n->synapse[0].now - second[0], 0) * g;
    out[1] = n->synapse[1].now;
    out[2] = fmax(n->synapse[2].now - second[1], 0) * g;
    if (!n->conductance)
        return;
    out[0] *= 1 / (1 + n->imem / n->reversal[0]);
    out[1] *= 1 / (1 + n->reversal[1] / n->imem);
    out[2] *= 1 / (1 + n->imem / n->reversal[2]);
}

/* events: per synapse type, of weight W0. A threshold neuron without adaptation. */
static void literal_step(struct literal *n, const uint32_t events[4], double dt)
{
    double io = n->device->io, dendrite[3];
    for (int k = 0; k < 4; k++)
        charge(&n->synapse[k], events[k] * n->weight, dt, io);
    for (int k = 0; k < 2; k++)
        charge(&n->second[k], events[2 * k] * n->weight, dt, io);
    charge(&n->calcium, n->fired ? n->ca_weight : 0, dt, 0);
    if (n->soma_gain || n->dendrite_gain) {
        double error = (n->target - n->calcium.now) / (n->target + n->calcium.now);
        n->g = fmax(fmin(n->g * exp(dt / n->tau_gain * error), n->high), n->low);
    }
    reach(n, dendrite);
    double gain = n->gain * (n->soma_gain ? n->g : 1), leak = n->leak + dendrite[1];
    double nmda = dendrite[2] / (1 + (n->nmda_gate ? n->gate : 0) / n->imem);
    double in = nmda + dendrite[0] - n->synapse[3].now + n->dc - leak;
    in = fmax(n->blocked ? 0 : in, io);
    double slope = n->imem / (n->uk * n->device->c_mem / leak * (n->imem + gain))
                   * (gain / n->leak * (in - leak) - n->imem);
    n->imem = fmax(n->imem + dt * slope, io);
    n->blocked -= n->blocked > 0;
    n->fired = n->imem > n->threshold;
    if (n->fired) {
        n->imem = io;
        n->blocked = n->refractory;
    }
}

/* --- a board with that neuron --- */

/* Neuron 0 listens on tags 0 .. 3 with AMPA, GABA, NMDA, SHUNT; unit i of `in` sends tag i. */
static void set_board(struct sim_board *b, uint32_t n)
{
    sim_board_one_chip(b, n);
    usable(b);
    const struct device *d = &b->device;
    sim_board_bias(b, 0, BIAS_SYAM_W0_P, 40e-9);
    sim_board_tau(b, 0, BIAS_DEAM_ITAU_P, d->c_ampa, 3e-3);
    sim_board_tau(b, 0, BIAS_DENM_ITAU_P, d->c_nmda, 5e-3);
    sim_board_bias(b, 0, BIAS_DEAM_IGAIN_P, 30 * current_of(b, BIAS_DEAM_ITAU_P));
    sim_board_bias(b, 0, BIAS_DENM_IGAIN_P, 50 * current_of(b, BIAS_DENM_ITAU_P));
    sim_board_bias(b, 0, BIAS_DEAM_REV_N, 2e-9);
    sim_board_bias(b, 0, BIAS_DENM_REV_N, 6e-9);
    sim_board_bias(b, 0, BIAS_DEGA_REV_P, 0.3e-9);
    sim_board_bias(b, 0, BIAS_DENM_NMREV_N, 0.5e-9);
    sim_board_bias(b, 0, BIAS_SOAD_PWTAU_N, d->vth * d->c_pulse_ahp / 100e-6);
    sim_board_tau(b, 0, BIAS_SOCA_TAU_P, d->c_calcium, 100e-3);
    sim_board_bias(b, 0, BIAS_SOCA_GAIN_P, 4 * current_of(b, BIAS_SOCA_TAU_P));
    sim_board_bias(b, 0, BIAS_SOCA_W_N, 10e-9);
    sim_board_bias(b, 0, BIAS_SOHO_VREF_P, 30e-12);
    sim_board_tau(b, 0, BIAS_SOHO_VH_P, d->c_homeostasis, 200e-3);
    sim_board_bias(b, 0, BIAS_SOHO_VREF_L_P, 1e-9);
    sim_board_bias(b, 0, BIAS_SOHO_VREF_M_P, 4e-9);
    sim_board_bias(b, 0, BIAS_SOHO_VREF_H_P, 16e-9);
    for (uint32_t k = 0; k < 4; k++)
        sim_board_listen(b, 0, k, (int)k, 1);
    sim_board_input(b, "in", 4, 1, 0);
}

static struct sim *run_board(struct sim_board *b, double dt, bool use_double)
{
    struct sim_options options = {.dt = dt, .use_double = use_double, .calcium = true};
    const char *unsupported;
    return sim_new(&b->arena, &b->image, &options, &unsupported);
}

static uint64_t dice(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005 + 1442695040888963407;
    return *seed >> 33;
}

static const struct {
    const char *name;
    enum latch_id latch[4];
    int n;
} setting[] = {
    {"plain", {0}, 0},
    {"alpha_ampa", {LATCH_deam_alpha}, 1},
    {"alpha_nmda", {LATCH_denm_alpha}, 1},
    {"conductance", {LATCH_de_conductance}, 1},
    {"conductance and gate", {LATCH_de_conductance, LATCH_denm_nmda}, 2},
    {"homeostasis of the soma", {LATCH_ho_enable, LATCH_ho_active, LATCH_ho_so_de}, 3},
    {"homeostasis of the dendrites", {LATCH_ho_enable, LATCH_ho_active}, 2},
    {"all of the dendrites",
     {LATCH_deam_alpha, LATCH_denm_alpha, LATCH_de_conductance, LATCH_denm_nmda},
     4},
};
enum { N_SETTINGS = sizeof setting / sizeof setting[0] };

static void set_latches(struct sim_board *b, size_t site, int which)
{
    for (int k = 0; k < setting[which].n; k++)
        sim_board_latch(b, site, setting[which].latch[k]);
}

/* --- against the literal neuron --- */

/* Every state in every step, with spikes; the spikes themselves must agree. */
static void every_step_is_as_printed(void **state)
{
    (void)state;
    const double dt = 1e-4;
    for (int which = 0; which < N_SETTINGS; which++) {
        struct sim_board b;
        set_board(&b, 1);
        set_latches(&b, 0, which);
        struct sim *sim = run_board(&b, dt, true);
        struct literal n = literal_of(&b, dt);
        uint64_t seed = 7;
        uint32_t spikes = 0;
        for (int step = 0; step < 20000; step++) {
            uint32_t events[4] = {0}, fired;
            const uint32_t odds[4] = {20, 120, 60, 400};
            for (uint32_t k = 0; k < 4; k++)
                if (dice(&seed) % odds[k] == 0)
                    sim_input(sim, k, events[k] = 1 + (uint32_t)(dice(&seed) % 3));
            sim_step(sim);
            literal_step(&n, events, dt);
            sim_spikes(sim, &fired);
            assert_int_equal(fired, n.fired);
            spikes += fired;
            double precision = 1e-9;
            double second = n.alpha[0] ? n.second[0].now : 0;
            assert_near(sim_read(sim, 0, SIM_MEMBRANE), n.imem, precision);
            assert_near(sim_read(sim, 0, SIM_AMPA) + 1e-15,
                        fmax(n.synapse[0].now - second, 0) + 1e-15, precision);
            assert_near(sim_read(sim, 0, SIM_CALCIUM), n.calcium.now, precision);
            assert_near(sim_read(sim, 0, SIM_GAIN), n.g, precision);
        }
        print_message("%s: %u spikes, gain %.3g\n", setting[which].name, spikes, n.g);
        assert_true(spikes > 5);
        arena_release(&b.arena);
    }
}

/* Float follows double as far as the first spike. */
static void float_follows_double(void **state)
{
    (void)state;
    for (int which = 0; which < N_SETTINGS; which++) {
        struct sim_board b;
        set_board(&b, 1);
        set_latches(&b, 0, which);
        struct sim *sim[2] = {run_board(&b, 1e-4, false), run_board(&b, 1e-4, true)};
        for (int step = 0; step < 400; step++) {
            for (int k = 0; k < 2; k++) {
                if (step % 50 == 0)
                    sim_input(sim[k], 0, 1);
                if (step % 70 == 0)
                    sim_input(sim[k], 2, 1);
                sim_step(sim[k]);
            }
            assert_near(sim_read(sim[0], 0, SIM_MEMBRANE), sim_read(sim[1], 0, SIM_MEMBRANE), 1e-3);
        }
        arena_release(&b.arena);
    }
}

/* --- the step --- */

/* The membrane after 30 ms under events on a grid of 1 ms. */
static double after(int which, double dt)
{
    struct sim_board b;
    set_board(&b, 1);
    set_latches(&b, 0, which);
    sim_board_bias(&b, 0, BIAS_SOIF_SPKTHR_P, 800e-9); /* no spike */

    struct sim *sim = run_board(&b, dt, true);
    int each = (int)floor(1e-3 / dt + 0.5);
    for (int ms = 0; ms < 30; ms++)
        for (int k = 0; k < each; k++) {
            if (k == 0 && ms % 4 == 0)
                sim_input(sim, 0, 1);
            if (k == 0 && ms % 7 == 3)
                sim_input(sim, 2, 1);
            if (k == 0 && ms == 11)
                sim_input(sim, 1, 1);
            sim_step(sim);
        }
    double value = sim_read(sim, 0, SIM_MEMBRANE);
    arena_release(&b.arena);
    return value;
}

/* Halving the step halves the distance to the solution with a hundredth of it. */
static void every_circuit_converges_in_first_order(void **state)
{
    (void)state;
    for (int which = 0; which < N_SETTINGS; which++) {
        double fine = after(which, 0.5e-6);
        double coarse = fabs(after(which, 50e-6) - fine);
        double half = fabs(after(which, 25e-6) - fine);
        print_message("%s: error %.2g at 50 us, order %.2f\n", setting[which].name, coarse / fine,
                      log2(coarse / half));
        assert_true(coarse / fine < 0.02);
        assert_true(log2(coarse / half) > 0.85 && log2(coarse / half) < 1.25);
    }
}

/* --- neurons without the circuit --- */

/* A neuron beside ones that use every circuit has the same bits as in a core that has none. */
static void neighbours_are_left_alone(void **state)
{
    (void)state;
    for (int use_double = 0; use_double < 2; use_double++) {
        double kept[2][3000], most = 0;
        for (int with = 0; with < 2; with++) {
            struct sim_board b;
            set_board(&b, 40);
            for (int which = 1; with && which < N_SETTINGS; which++)
                set_latches(&b, (size_t)which * 3, which);
            if (with)
                sim_board_latch(&b, 30, LATCH_deam_ampa);
            struct sim *sim = run_board(&b, 1e-4, use_double);
            for (int step = 0; step < 3000; step++) {
                if (step % 9 == 0)
                    sim_input(sim, step % 4 ? 0 : (uint32_t)step / 4 % 4, 3);
                sim_step(sim);
                kept[with][step] = sim_read(sim, 0, SIM_MEMBRANE);
                most = fmax(most, kept[with][step]);
            }
            arena_release(&b.arena);
        }
        assert_memory_equal(kept[0], kept[1], sizeof kept[0]);
        assert_true(most > 1e-9);
    }
}

/* --- alpha functions --- */

/* With equal charges the current rises from nothing and peaks when both decays meet. */
static void alpha_functions_peak_late(void **state)
{
    (void)state;
    for (int nmda = 0; nmda < 2; nmda++) {
        struct sim_board b;
        set_board(&b, 1);
        sim_board_latch(&b, 0, nmda ? LATCH_denm_alpha : LATCH_deam_alpha);
        const enum bias_id gain = nmda ? BIAS_DENM_IGAIN_P : BIAS_DEAM_IGAIN_P;
        const enum sim_state read = nmda ? SIM_NMDA : SIM_AMPA;
        double peak = 0, first = 0;
        int at = 0;
        /* The same ratio of gain to pull-down gives tau-free charges Iw t_p (gain / tau): scaled by
         * the two time constants they are equal where the gains are. */
        sim_board_bias(&b, 0, gain, current_of(&b, nmda ? BIAS_DENM_EGAIN_P : BIAS_DEAM_EGAIN_P));
        struct sim *sim = run_board(&b, 10e-6, true);
        struct literal n = literal_of(&b, 10e-6);
        sim_input(sim, nmda ? 2 : 0, 1);
        for (int step = 0; step < 3000; step++) {
            sim_step(sim);
            double now = sim_read(sim, 0, read);
            first = step == 0 ? now : first;
            at = now > peak ? step : at;
            peak = fmax(now, peak);
        }
        const struct literal_dpi *slow = &n.synapse[nmda ? 2 : 0], *fast = &n.second[nmda];
        double want = log(slow->tau / fast->tau) / (1 / fast->tau - 1 / slow->tau);
        assert_near(at * 10e-6, want, 0.02);
        assert_true(first < 0.01 * peak);
        arena_release(&b.arena);
    }
}

/* --- conductance --- */

/* Under strong excitation the current stays below the reversal, without it far above. */
static void excitation_stops_at_its_reversal(void **state)
{
    (void)state;
    double most[2] = {0};
    for (int conductance = 0; conductance < 2; conductance++) {
        struct sim_board b;
        set_board(&b, 1);
        sim_board_bias(&b, 0, BIAS_SOIF_SPKTHR_P, 800e-9);
        sim_board_bias(&b, 0, BIAS_DEAM_REV_N, 0.5e-9);
        if (conductance)
            sim_board_latch(&b, 0, LATCH_de_conductance);
        struct sim *sim = run_board(&b, 1e-5, true);
        for (int step = 0; step < 20000; step++) {
            if (step % 1000 == 0)
                sim_input(sim, 0, 40);
            sim_step(sim);
            most[conductance] = fmax(most[conductance], sim_read(sim, 0, SIM_MEMBRANE));
        }
        if (conductance) { /* the share that is left, at this very membrane current */
            double whole = sim_read(sim, 0, SIM_AMPA);
            assert_true(sim_read(sim, 0, SIM_AMPA_SOMA) < 0.2 * whole);
        }
        arena_release(&b.arena);
    }
    print_message("membrane %.3g A without, %.3g A with a reversal of 0.5 nA\n", most[0], most[1]);
    assert_true(most[0] > 20 * most[1]);
    assert_true(most[1] > 0.5e-9);
}

/* --- calcium and homeostasis --- */

/* Regular spikes: the calcium current settles where decay and charge balance. */
static void calcium_counts_spikes(void **state)
{
    (void)state;
    struct sim_board b;
    set_board(&b, 1);
    sim_board_bias(&b, 0, BIAS_SOIF_DC_P, 5e-9);
    sim_board_latch(&b, 0, LATCH_so_dc);
    struct sim *sim = run_board(&b, 1e-4, true);
    struct literal n = literal_of(&b, 1e-4);
    count_spikes(sim, 20000, 0);
    uint32_t spikes = count_spikes(sim, 20000, 0);
    double least = 1, most = 0;
    for (int step = 0; step < 1000; step++) {
        sim_step(sim);
        least = fmin(least, sim_read(sim, 0, SIM_CALCIUM));
        most = fmax(most, sim_read(sim, 0, SIM_CALCIUM));
    }
    double interval = 2.0 / spikes;
    assert_near(least / most, exp(-interval / n.calcium.tau), 2e-3);
    charge(&n.calcium, 0, 0, 0);
    n.calcium.now = least * exp(1e-4 / n.calcium.tau);
    charge(&n.calcium, n.ca_weight, 1e-4, 0);
    assert_near(n.calcium.now, most, 2e-3);
    arena_release(&b.arena);
}

/* A silent neuron: no calcium, so the gain grows e-fold in tau until its bound, exactly. */
static void gain_of_a_silent_neuron_grows_to_its_bound(void **state)
{
    (void)state;
    for (int use_double = 0; use_double < 2; use_double++) {
        struct sim_board b;
        set_board(&b, 1);
        sim_board_latch(&b, 0, LATCH_ho_enable);
        sim_board_latch(&b, 0, LATCH_ho_active);
        struct sim *sim = run_board(&b, 1e-3, use_double);
        struct literal n = literal_of(&b, 1e-3);
        for (int ms = 1; ms <= 1000; ms++) {
            sim_step(sim);
            assert_near(sim_read(sim, 0, SIM_GAIN), fmin(exp(ms * 1e-3 / n.tau_gain), n.high),
                        use_double ? 1e-11 : 1e-4);
        }
        assert_near(sim_read(sim, 0, SIM_GAIN), n.high, 1e-6);
        arena_release(&b.arena);
    }
}

/* While calcium decays from C: ln g grows by (t + 2 tau_ca ln((T + C e^(-t/tau_ca))/(T + C)))/tau.
 */
static double gain_error(double dt)
{
    struct sim_board b;
    set_board(&b, 1);
    sim_board_latch(&b, 0, LATCH_ho_enable);
    sim_board_latch(&b, 0, LATCH_ho_active);
    sim_board_bias(&b, 0, BIAS_SOHO_VREF_H_P, 800e-9);
    sim_board_bias(&b, 0, BIAS_SOHO_VREF_L_P, 4e-12);
    struct sim *sim = run_board(&b, dt, true);
    struct literal n = literal_of(&b, dt);
    for (int k = 0; k < 5; k++)
        sim_input(sim, 0, 60);
    count_spikes(sim, (uint64_t)(0.1 / dt), 0);
    double g = sim_read(sim, 0, SIM_GAIN), c = sim_read(sim, 0, SIM_CALCIUM);
    uint64_t steps = (uint64_t)(0.1 / dt);
    assert_true(c > n.target);
    assert_int_equal(count_spikes(sim, steps, 0), 0);
    double t = (double)steps * dt, left = c * exp(-t / n.calcium.tau);
    double want =
        g * exp((t + 2 * n.calcium.tau * log((n.target + left) / (n.target + c))) / n.tau_gain);
    double error = sim_read(sim, 0, SIM_GAIN) / want - 1;
    arena_release(&b.arena);
    return fabs(error);
}

static void gain_converges_to_the_closed_form(void **state)
{
    (void)state;
    double coarse = gain_error(1e-4), half = gain_error(0.5e-4);
    print_message("gain: error %.2g at 100 us, order %.2f\n", coarse, log2(coarse / half));
    assert_true(coarse < 1e-3);
    assert_true(log2(coarse / half) > 0.9 && log2(coarse / half) < 1.1);
}

/* Too much and too little drive: the calcium comes to its target, from both sides. */
static void homeostasis_brings_calcium_to_its_target(void **state)
{
    (void)state;
    for (int dendrite = 0; dendrite < 2; dendrite++)
        for (uint32_t events = 1; events <= 4; events += 3) {
            struct sim_board b;
            double mean = 0;
            set_board(&b, 1);
            sim_board_latch(&b, 0, LATCH_ho_enable);
            sim_board_latch(&b, 0, LATCH_ho_active);
            if (!dendrite)
                sim_board_latch(&b, 0, LATCH_ho_so_de);
            sim_board_bias(&b, 0, BIAS_SOHO_VREF_L_P, 4e-12);
            sim_board_bias(&b, 0, BIAS_SOHO_VREF_H_P, 800e-9);
            sim_board_tau(&b, 0, BIAS_SOHO_VH_P, b.device.c_homeostasis, 1);
            struct sim *sim = run_board(&b, 1e-4, false);
            struct literal n = literal_of(&b, 1e-4);
            for (int step = 0; step < 400000; step++) {
                if (step % 50 == 0)
                    sim_input(sim, 0, events);
                sim_step(sim);
                if (step >= 300000)
                    mean += sim_read(sim, 0, SIM_CALCIUM) / 100000;
            }
            print_message("%s, %u events: calcium %.3g A, target %.3g A, gain %.3g\n",
                          dendrite ? "dendrite" : "soma", events, mean, n.target,
                          sim_read(sim, 0, SIM_GAIN));
            assert_near(mean, n.target, 0.2);
            arena_release(&b.arena);
        }
}

/* The circuit acts only where it is enabled and active. */
static void homeostasis_needs_both_latches(void **state)
{
    (void)state;
    for (int one = 0; one < 2; one++) {
        struct sim_board b;
        set_board(&b, 1);
        sim_board_latch(&b, 0, one ? LATCH_ho_enable : LATCH_ho_active);
        sim_board_latch(&b, 0, LATCH_ho_so_de);
        struct sim *sim = run_board(&b, 1e-3, true);
        count_spikes(sim, 1000, 0);
        assert_near(sim_read(sim, 0, SIM_GAIN), 1, 0);
        arena_release(&b.arena);
    }
}

/* --- diffusion --- */

enum { NODES = 256 };

/* Gauss without pivots: the matrix is symmetric and positive. */
static void solve_densely(uint32_t n, double a[][NODES], double *x)
{
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = k + 1; i < n; i++) {
            double f = a[i][k] / a[k][k];
            for (uint32_t j = k; j < n; j++)
                a[i][j] -= f * a[k][j];
            x[i] -= f * x[k];
        }
    for (uint32_t i = n; i-- > 0;) {
        for (uint32_t j = i + 1; j < n; j++)
            x[i] -= a[i][j] * x[j];
        x[i] /= a[i][i];
    }
}

static void connect(double a[][NODES], uint32_t i, uint32_t j, double g)
{
    a[i][i] += g, a[j][j] += g;
    a[i][j] -= g, a[j][i] -= g;
}

static void grid_equals_a_dense_solution(void **state)
{
    (void)state;
    static const struct {
        uint32_t n, rows, off; /* off: one node in so many, 0: none */
    } row[] = {{256, 16, 0}, {256, 16, 3}, {3, 16, 0}, {40, 16, 5},
               {12, 4, 0},   {1, 16, 0},   {7, 1, 0}};
    static double a[NODES][NODES], want[NODES];
    uint64_t seed = 3;
    for (size_t c = 0; c < sizeof row / sizeof row[0]; c++) {
        struct arena arena;
        struct diffusion_node node[NODES];
        uint32_t n = row[c].n, rows = row[c].rows;
        arena_init(&arena, NULL);
        memset(a, 0, sizeof a);
        for (uint32_t i = 0; i < n; i++) {
            node[i] = (struct diffusion_node){.on = !row[c].off || dice(&seed) % row[c].off != 0,
                                              .neuron = 1e-12 * (double)(1 + dice(&seed) % 100),
                                              .vertical = 1e-12 * (double)(dice(&seed) % 1000),
                                              .horizontal = 1e-12 * (double)(dice(&seed) % 1000)};
            a[i][i] += node[i].on ? node[i].neuron : 1;
        }
        for (uint32_t i = 0; i < n; i++) {
            if (i + 1 < n && i % rows != rows - 1 && node[i].on && node[i + 1].on)
                connect(a, i, i + 1, node[i].vertical);
            if (i + rows < n && node[i].on && node[i + rows].on)
                connect(a, i, i + rows, node[i].horizontal);
        }
        struct diffusion *grid = diffusion_new(&arena, node, n, rows);
        double *got = diffusion_currents(grid), in = 0, out = 0;
        for (uint32_t i = 0; i < n; i++) {
            want[i] = got[i] = 1e-12 * (double)(dice(&seed) % 500);
            in += got[i];
        }
        solve_densely(n, a, want);
        diffusion_solve(grid);
        for (uint32_t i = 0; i < n; i++) {
            want[i] *= node[i].on ? node[i].neuron : 1;
            assert_near(got[i] + 1e-15, want[i] + 1e-15, 1e-9);
            out += got[i];
        }
        assert_near(out, in, 1e-9); /* no current is lost */
        arena_release(&arena);
    }
}

/* On the board: two neurons one below the other share a current as two resistors do; the third has
 * its latch off, the one on the right takes part. */
static void ampa_spreads_between_neighbours(void **state)
{
    (void)state;
    struct sim_board b;
    set_board(&b, 40);
    const size_t site[3] = {0, 1, 16};
    for (int k = 0; k < 3; k++)
        sim_board_latch(&b, site[k], LATCH_deam_ampa);
    double v = sim_board_bias(&b, 0, BIAS_DEAM_VRES_P, 3e-9);
    double h = sim_board_bias(&b, 0, BIAS_DEAM_HRES_P, 1e-9);
    double g = sim_board_bias(&b, 0, BIAS_DEAM_NRES_P, 2e-9);
    struct sim *sim = run_board(&b, 1e-4, true);
    double most = 0;
    for (int step = 0; step < 100; step++) {
        if (step % 10 == 0)
            sim_input(sim, 0, 10);
        sim_step(sim);
        most = fmax(most, sim_read(sim, 1, SIM_MEMBRANE));
    }
    /* u0 (g + v g/(v + g) + h g/(h + g)) = I0, plus the Io of the others */
    double io = b.device.io, in = sim_read(sim, 0, SIM_AMPA) - io;
    double u = in / (g + v * g / (v + g) + h * g / (h + g));
    assert_near(sim_read(sim, 0, SIM_AMPA_SOMA), io + g * u, 1e-9);
    assert_near(sim_read(sim, 1, SIM_AMPA_SOMA), io + g * u * v / (v + g), 1e-9);
    assert_near(sim_read(sim, 16, SIM_AMPA_SOMA), io + g * u * h / (h + g), 1e-9);
    assert_near(sim_read(sim, 2, SIM_AMPA_SOMA), io, 1e-9);
    assert_near(sim_read(sim, 17, SIM_AMPA_SOMA), io, 1e-9);
    assert_true(most > 100 * io); /* the neighbour hears what it never received */
    arena_release(&b.arena);
}

/* --- time constants --- */

static void least_tau_knows_the_circuits(void **state)
{
    (void)state;
    static const struct {
        int setting;
        enum bias_id bias;
        double tau;
    } row[] = {{1, BIAS_DEAM_ITAU_P, 3e-4},
               {2, BIAS_DENM_ITAU_P, 4e-4},
               {5, BIAS_SOHO_VH_P, 5e-4},
               {6, BIAS_SOCA_TAU_P, 6e-4}};
    for (size_t k = 0; k < sizeof row / sizeof row[0]; k++) {
        struct sim_board b;
        set_board(&b, 1);
        const struct device *d = &b.device;
        const double c[] = {d->c_ampa, d->c_nmda, d->c_homeostasis, d->c_calcium};
        double tau = sim_board_tau(&b, 0, row[k].bias, c[k], row[k].tau);
        const char *unsupported;
        struct sim_options options = {.dt = 1e-4};
        assert_true(sim_least_tau(sim_new(&b.arena, &b.image, &options, &unsupported)) > 2e-3);
        set_latches(&b, 0, row[k].setting);
        assert_near(sim_least_tau(sim_new(&b.arena, &b.image, &options, &unsupported)), tau, 1e-9);
        arena_release(&b.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_is_as_printed),
        cmocka_unit_test(float_follows_double),
        cmocka_unit_test(every_circuit_converges_in_first_order),
        cmocka_unit_test(neighbours_are_left_alone),
        cmocka_unit_test(alpha_functions_peak_late),
        cmocka_unit_test(excitation_stops_at_its_reversal),
        cmocka_unit_test(calcium_counts_spikes),
        cmocka_unit_test(gain_of_a_silent_neuron_grows_to_its_bound),
        cmocka_unit_test(gain_converges_to_the_closed_form),
        cmocka_unit_test(homeostasis_brings_calcium_to_its_target),
        cmocka_unit_test(homeostasis_needs_both_latches),
        cmocka_unit_test(grid_equals_a_dense_solution),
        cmocka_unit_test(ampa_spreads_between_neighbours),
        cmocka_unit_test(least_tau_knows_the_circuits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
