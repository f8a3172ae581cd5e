/* Neurons by their CAM words against the sites that have as many: E0308; the count for E0303. */
#include "mapper/fit_parts.h"

static uint32_t kept_free(const struct fit *fit)
{
    return fit->device->neurons_per_core - usable_neurons(fit->net, fit->device);
}

/* offering[k]: neurons of a core that have rank k (see cells_rank()); as many as are alive less
 * those kept free at most. */
static void offer_core(const struct fit *fit, uint32_t core, uint32_t *offering, uint32_t *here)
{
    uint32_t per_core = fit->device->neurons_per_core, levels = fit->device->cam_words + 1;
    uint32_t usable = cells_neurons(fit->net, fit->cells, core);
    for (uint32_t k = 0; k <= levels; k++)
        here[k] = 0;
    for (uint32_t n = 0; n < per_core; n++)
        here[cells_rank(fit->cells, (size_t)core * per_core + n, CELLS_ANY)]++;
    for (uint32_t k = levels; k > 0; k--) {
        here[k - 1] += here[k];
        offering[k] += here[k] < usable ? here[k] : usable;
    }
}

static void want(const struct fit *fit, const uint8_t *marked, uint32_t *wanting)
{
    uint32_t levels = fit->device->cam_words + 1;
    for (uint32_t n = 0; n < fit->net->n_neurons; n++) {
        uint32_t rank = fit->least[n] > fit->limit[n] ? 1 : fit->least[n] + 1; /* else E0301 */
        if (!marked || marked[n])
            wanting[rank < levels ? rank : levels]++;
    }
    for (uint32_t k = levels; k > 1; k--)
        wanting[k - 1] += wanting[k];
}

struct lack find_lack(const struct fit *fit, const uint8_t *marked, uint32_t first, uint32_t n)
{
    struct arena *scratch = arena_scratch(fit->arena);
    uint32_t levels = fit->device->cam_words + 1;
    uint32_t *wanting = ARENA_ARRAY(scratch, uint32_t, (size_t)levels + 1);
    uint32_t *offering = ARENA_ARRAY(scratch, uint32_t, (size_t)levels + 1);
    uint32_t *here = ARENA_ARRAY(scratch, uint32_t, (size_t)levels + 1);
    struct lack lack = {0, 0, 0};
    want(fit, marked, wanting);
    for (uint32_t core = first; core < first + n && fit->cells->defects; core++)
        offer_core(fit, core, offering, here);
    for (uint32_t k = 1; k <= levels; k++) {
        bool lacking = lack.neurons > lack.sites;
        if (lacking && (lack.words == 0 || wanting[k] < lack.neurons))
            break; /* the same neurons may need more still */
        uint32_t sites = fit->cells->defects ? offering[k]
                                             : n * (fit->device->neurons_per_core - kept_free(fit));
        if (wanting[k] > sites)
            lack = (struct lack){k - 1, wanting[k], sites};
    }
    arena_scratch_end(scratch);
    return lack;
}

bool fit_sites(const struct fit *fit)
{
    if (!fit->cells->defects)
        return true;
    struct lack lack = find_lack(fit, NULL, 0, fit->cells->n_cores);
    if (lack.neurons <= lack.sites || lack.words == 0)
        return true; /* by number alone it was E0308 */
    struct diag *diag =
        diag_add(fit->sink, DIAG_E0308, fit->net->target_span,
                 "%u neurons need %u CAM word%s or more, %u of the board have as many usable",
                 lack.neurons, lack.words, lack.words == 1 ? "" : "s", lack.sites);
    diag_note(fit->sink, diag, span_nowhere(),
              "the others have too many defective ones by \"%s\"; this is a counting proof, no "
              "search was needed",
              fit->cells->defects->profile);
    diag_help(
        fit->sink, diag, span_nowhere(), NULL,
        "fewer synapses per neuron, or tags that are shared (`share = on`), need fewer words");
    return false;
}
