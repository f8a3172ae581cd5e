/* What bias sets, place lines and membrane probes ask of cores: E0303, E0306, E0401, E0402. */
#include "mapper/fit_parts.h"

#include "compiler/base/text.h"

#include <string.h>

/* --- bias sets need cores --- */

struct class_need {
    uint64_t neurons;
    uint32_t cores, set; /* first bias set of the class in text order */
};

static const char *set_name(const struct net *net, uint32_t set)
{
    return net->bias_sets.at[set].name;
}

static struct class_need *class_needs(struct arena *arena, const struct net *net,
                                      const struct bias_plan *plan, const uint32_t *class_of,
                                      uint32_t n, uint32_t capacity)
{
    struct class_need *need = ARENA_ARRAY(arena, struct class_need, n);
    for (uint32_t k = 0; k < n; k++)
        need[k].set = NET_NONE;
    for (uint32_t p = 0; p < net->populations.n; p++) {
        struct class_need *own = &need[class_of[bias_class_of_population(plan, net, p)]];
        own->neurons += net->populations.at[p].size;
        if (own->set == NET_NONE)
            own->set = net->populations.at[p].bias_set;
    }
    for (uint32_t k = 0; k < n && capacity; k++)
        need[k].cores = (uint32_t)((need[k].neurons + capacity - 1) / capacity);
    return need;
}

static void note_needs(struct arena *arena, const struct net *net, const struct class_need *need,
                       uint32_t n, uint32_t cores, struct diag_sink *sink, struct diag *diag)
{
    struct text text, sum;
    uint64_t total = 0;
    text_init(&text, arena);
    text_init(&sum, arena);
    for (uint32_t k = 0; k < n; k++) {
        if (k < FIT_MOST_LISTED)
            text_add(&text, "%s`%s` %llu%s -> %u%s", k ? "; " : "", set_name(net, need[k].set),
                     (unsigned long long)need[k].neurons, k ? "" : " neurons", need[k].cores,
                     k                    ? ""
                     : need[k].cores == 1 ? " core"
                                          : " cores");
        if (k < FIT_MOST_LISTED)
            text_add(&sum, "%s%u", k ? "+" : "", need[k].cores);
        total += need[k].cores;
    }
    if (n > FIT_MOST_LISTED) {
        text_add(&text, " and %u more", n - FIT_MOST_LISTED);
        text_add(&sum, "+...=%llu", (unsigned long long)total);
    }
    diag_note(sink, diag, span_nowhere(), "%s", text.at);
    diag_note(sink, diag, span_nowhere(),
              "a core has one bias set: populations share a core only if their sets are equal");
    diag_note(sink, diag, span_nowhere(),
              "this is a counting proof (%s > %u), no search was needed", sum.at, cores);
}

static uint32_t differing(const struct bias_class *a, const struct bias_class *b, uint32_t *first)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < N_BIASES; i++)
        if (a->code[i].coarse != b->code[i].coarse || a->code[i].fine != b->code[i].fine)
            if (n++ == 0)
                *first = i;
    return n;
}

static const char *bias_text(const struct net *net, uint32_t x, uint32_t y, uint32_t bias)
{
    const char *name = net->bias_sets.at[x].request[bias].attribute;
    name = name ? name : net->bias_sets.at[y].request[bias].attribute;
    return name ? name : net->bias_name[bias];
}

/* Two sets that are equal but for one bias. */
struct merger {
    uint32_t x, y, bias; /* numbers of needs */
    uint32_t saved;      /* cores */
};

static struct merger find_merger(const struct bias_plan *plan, const struct class_need *need,
                                 uint32_t n, uint32_t capacity, uint32_t wanted)
{
    struct merger best = {0};
    for (uint32_t x = 0; x < n; x++)
        for (uint32_t y = x + 1; y < n && best.saved < wanted; y++) {
            const struct bias_class *a = &plan->classes.at[plan->class_of_set[need[x].set]];
            const struct bias_class *b = &plan->classes.at[plan->class_of_set[need[y].set]];
            struct merger one = {x, y, 0, 0};
            uint64_t merged = (need[x].neurons + need[y].neurons + capacity - 1) / capacity;
            one.saved = need[x].cores + need[y].cores - (uint32_t)merged;
            if (one.saved > best.saved && differing(a, b, &one.bias) == 1)
                best = one;
        }
    return best;
}

/* The values stand in the user's words where the sets ask for them. */
static void mark_value(const struct net *net, uint32_t set, uint32_t bias, struct diag_sink *sink,
                       struct diag *diag)
{
    const struct bias_request *request = &net->bias_sets.at[set].request[bias];
    if (request->kind != REQUEST_DEFAULT)
        diag_label(sink, diag, request->span, "in `%s`", set_name(net, set));
}

static void help_merge(const struct net *net, const struct bias_plan *plan,
                       const struct class_need *need, uint32_t n, uint32_t capacity, uint32_t over,
                       struct diag_sink *sink, struct diag *diag)
{
    struct merger best = find_merger(plan, need, n, capacity, over);
    if (best.saved == 0)
        return;
    uint32_t x = need[best.x].set, y = need[best.y].set;
    mark_value(net, x, best.bias, sink, diag);
    mark_value(net, y, best.bias, sink, diag);
    if (best.saved >= over)
        diag_help(sink, diag, span_nowhere(), NULL,
                  "`%s` and `%s` differ only in %s; with one common value the cores are enough",
                  set_name(net, x), set_name(net, y), bias_text(net, x, y, best.bias));
    else
        diag_help(sink, diag, span_nowhere(), NULL,
                  "`%s` and `%s` differ only in %s; one common value frees %u of the %u cores too "
                  "many",
                  set_name(net, x), set_name(net, y), bias_text(net, x, y, best.bias), best.saved,
                  over);
}

bool fit_bias_cores(struct arena *arena, const struct net *net, const struct device *device,
                    const struct bias_plan *plan, bool solved, struct diag_sink *sink)
{
    uint32_t *class_of, n = core_classes(arena, net, plan, solved, &class_of);
    uint32_t capacity = usable_neurons(net, device), cores = device_cores(device, net->chips);
    struct class_need *need = class_needs(arena, net, plan, class_of, n, capacity);
    uint32_t total = 0, last = 0;
    if (net->n_neurons > (uint64_t)cores * capacity)
        return true; /* not a matter of bias sets */
    for (uint32_t k = 0; k < n; k++) {
        total += need[k].cores;
        last = total - need[k].cores <= cores ? k : last;
    }
    if (total <= cores)
        return true;
    struct diag *diag = diag_add(sink, DIAG_E0402, net->bias_sets.at[need[last].set].span,
                                 "%u bias set%s need%s %u cores, the board has %u", n,
                                 n == 1 ? "" : "s", n == 1 ? "s" : "", total, cores);
    note_needs(arena, net, need, n, cores, sink, diag);
    help_merge(net, plan, need, n, capacity, total - cores, sink, diag);
    return false;
}

/* --- place lines: neurons --- */

struct claim { /* the neurons that lines hold on one core or chip */
    uint8_t *marked;
    uint32_t neurons, lines;
    const struct place *first, *last;
};

static void claim_start(struct claim *claim, const struct fit *fit)
{
    if (!claim->marked)
        claim->marked = ARENA_ARRAY(fit->arena, uint8_t, fit->net->n_neurons);
    memset(claim->marked, 0, fit->net->n_neurons);
    claim->neurons = claim->lines = 0;
    claim->first = claim->last = NULL;
}

static void claim_add(struct claim *claim, const struct fit *fit, const struct place *place)
{
    for (uint32_t v = 0; v < place->views.n; v++)
        for (uint32_t i = 0; i < place->views.at[v].size; i++) {
            uint8_t *mark = &claim->marked[fit_view_neuron(fit->net, &place->views.at[v], i)];
            claim->neurons += !*mark;
            *mark = 1;
        }
    claim->first = claim->first ? claim->first : place;
    claim->last = place;
    claim->lines++;
}

static const char *claim_text(const struct fit *fit, const struct claim *claim)
{
    if (claim->lines == 1 && claim->first->views.n == 1) {
        const struct view *view = &claim->first->views.at[0];
        const char *text = view_text(fit->arena, fit->net, view);
        return view->size == fit->net->populations.at[view->object].size
                   ? arena_printf(fit->arena, "population %s needs", text)
                   : arena_printf(fit->arena, "%s needs", text);
    }
    return claim->lines == 1 ? "these views need" : "these `place` lines need";
}

static void note_reserve(const struct fit *fit, struct diag *diag)
{
    uint32_t kept = fit->device->neurons_per_core - usable_neurons(fit->net, fit->device);
    if (kept)
        diag_note(fit->sink, diag, span_nowhere(),
                  "`reserve` keeps %u of the %u neurons of every core free", kept,
                  fit->device->neurons_per_core);
}

/* Without the lines their neurons may fill other cores too, if the board has as many. */
static void help_split(const struct fit *fit, const struct claim *claim, struct diag *diag)
{
    uint32_t usable = usable_neurons(fit->net, fit->device);
    uint32_t cores = usable ? (claim->neurons + usable - 1) / usable : UINT32_MAX;
    if (cores <= device_cores(fit->device, fit->net->chips))
        diag_help(fit->sink, diag, span_nowhere(), NULL,
                  "without %s they take %u core%s, and a population is split where it must be",
                  claim->lines == 1 ? "this line" : "these lines", cores, cores == 1 ? "" : "s");
}

/* One core of several, or one chip: n_groups of `width` cores each, from core `first` on. */
static bool claim_fits(const struct fit *fit, const struct claim *claim, uint32_t first,
                       uint32_t width, uint32_t n_groups, const char *where)
{
    struct lack least = {0, UINT32_MAX, 0};
    for (uint32_t g = 0; g < (fit->cells->defects ? n_groups : 1); g++) {
        struct lack lack = find_lack(fit, claim->marked, first + g * width, width);
        if (lack.neurons <= lack.sites)
            return true;
        if (lack.neurons - lack.sites < least.neurons - least.sites)
            least = lack;
    }
    const char *words = "";
    if (least.words > 0)
        words = arena_printf(fit->arena, " with %u CAM word%s or more", least.words,
                             least.words == 1 ? "" : "s");
    struct diag *diag =
        diag_add(fit->sink, DIAG_E0303, claim->first->span, "%s %u neurons%s, %u usable on %s",
                 claim_text(fit, claim), least.neurons, words, least.sites, where);
    if (claim->last != claim->first)
        diag_label(fit->sink, diag, claim->last->span, "on the same one");
    note_reserve(fit, diag);
    if (fit->cells->defects)
        diag_note(fit->sink, diag, span_nowhere(),
                  "others there have too many defective CAM words by \"%s\"",
                  fit->cells->defects->profile);
    else
        help_split(fit, claim, diag);
    return false;
}

static bool pinned_to_core(const struct place *place, uint32_t chip, uint32_t core)
{
    return (place->kind == PLACE_CORE || place->kind == PLACE_AT) && place->chip == chip
           && place->core == core;
}

static bool check_core_room(const struct fit *fit, struct claim *claim, uint32_t chip,
                            uint32_t core)
{
    claim_start(claim, fit);
    for (uint32_t i = 0; i < fit->net->places.n; i++)
        if (pinned_to_core(&fit->net->places.at[i], chip, core))
            claim_add(claim, fit, &fit->net->places.at[i]);
    return claim_fits(fit, claim, chip * fit->device->cores_per_chip + core, 1, 1,
                      core_text(fit->arena, chip, core));
}

static bool check_chip_room(const struct fit *fit, struct claim *claim, uint32_t chip)
{
    claim_start(claim, fit);
    for (uint32_t i = 0; i < fit->net->places.n; i++) {
        const struct place *place = &fit->net->places.at[i];
        if ((place->kind == PLACE_CHIP || place->kind == PLACE_CORE || place->kind == PLACE_AT)
            && place->chip == chip)
            claim_add(claim, fit, place);
    }
    return claim_fits(fit, claim, chip * fit->device->cores_per_chip, fit->device->cores_per_chip,
                      1, arena_printf(fit->arena, "chip %u", chip));
}

/* One line about one core or one chip that holds too much by itself. */
static bool check_line_room(const struct fit *fit, struct claim *claim, const struct place *place)
{
    uint32_t cores = fit->device->cores_per_chip;
    if (place->kind != PLACE_TOGETHER_CORE && place->kind != PLACE_TOGETHER_CHIP)
        return true;
    claim_start(claim, fit);
    claim_add(claim, fit, place);
    if (place->kind == PLACE_TOGETHER_CORE)
        return claim_fits(fit, claim, 0, 1, fit->cells->n_cores, "a core");
    return claim_fits(fit, claim, 0, cores, fit->net->chips, "a chip");
}

/* Neurons first .. end - 1 of the core that an at() names are alive. */
static bool check_alive(const struct fit *fit, const struct place *place, uint64_t end)
{
    size_t core = (size_t)place->chip * fit->device->cores_per_chip + place->core;
    for (uint64_t n = place->first; n < end && fit->cells->defects; n++) {
        if (cells_rank(fit->cells, core * fit->device->neurons_per_core + n, CELLS_ANY) > 0)
            continue;
        diag_add(fit->sink, DIAG_E0303, place->span,
                 "%s takes neuron %u of %s, whose CAM words are all defective",
                 view_text(fit->arena, fit->net, &place->views.at[0]), (unsigned)n,
                 core_text(fit->arena, place->chip, place->core));
        return false;
    }
    return true;
}

static bool check_at(const struct fit *fit, const struct place *place)
{
    uint64_t end = place->first;
    if (place->kind != PLACE_AT)
        return true;
    for (uint32_t v = 0; v < place->views.n; v++)
        end += place->views.at[v].size;
    if (end <= fit->device->neurons_per_core || end == place->first)
        return check_alive(fit, place, end);
    struct diag *diag = diag_add(
        fit->sink, DIAG_E0303, place->span, "%s takes neurons %u to %llu of %s, the last one is %u",
        view_text(fit->arena, fit->net, &place->views.at[0]), place->first,
        (unsigned long long)(end - 1), core_text(fit->arena, place->chip, place->core),
        fit->device->neurons_per_core - 1);
    uint64_t size = end - place->first;
    if (size <= fit->device->neurons_per_core)
        diag_help(fit->sink, diag, span_nowhere(), NULL, "by itself it fits from neuron %llu on",
                  (unsigned long long)(fit->device->neurons_per_core - size));
    return false;
}

/* --- place lines: bias sets --- */

struct holder { /* a view that a line holds on the core at hand */
    const struct place *place;
    const struct view *view;
    uint32_t class, set;
};
struct holder_vec VEC_OF(struct holder);

static void add_holders(const struct fit *fit, const uint32_t *class_of, const struct place *place,
                        struct holder_vec *holders)
{
    for (uint32_t v = 0; v < place->views.n; v++) {
        const struct view *view = &place->views.at[v];
        uint32_t set = fit->net->populations.at[view->object].bias_set;
        VEC_PUSH(fit->arena, holders,
                 (struct holder){place, view, class_of[fit->plan->class_of_set[set]], set});
    }
}

/* Biases in which two sets differ for certain, the compiler's own choices aside. */
static void note_differences(const struct fit *fit, uint32_t x, uint32_t y, struct diag *diag)
{
    const struct net *net = fit->net;
    const struct bias_class *a = &fit->plan->classes.at[fit->plan->class_of_set[x]];
    const struct bias_class *b = &fit->plan->classes.at[fit->plan->class_of_set[y]];
    struct text text;
    uint32_t n = 0;
    text_init(&text, fit->arena);
    text_add(&text, "%s and %s in", set_name(net, x), set_name(net, y));
    for (uint32_t i = 0; i < N_BIASES; i++) {
        if (a->code[i].coarse == b->code[i].coarse && a->code[i].fine == b->code[i].fine)
            continue;
        if (n++ < FIT_MOST_LISTED)
            text_add(&text, "\n%s  dac(%u, %u), dac(%u, %u)", bias_text(net, x, y, i),
                     a->code[i].coarse, a->code[i].fine, b->code[i].coarse, b->code[i].fine);
    }
    if (n > FIT_MOST_LISTED)
        text_add(&text, "\nand %u more", n - FIT_MOST_LISTED);
    diag_note(fit->sink, diag, span_nowhere(), "%s", text.at);
}

static void report_conflict(const struct fit *fit, const struct holder *x, const struct holder *y,
                            const char *where)
{
    const struct net *net = fit->net;
    uint32_t unused = 0;
    uint32_t n = differing(&fit->plan->classes.at[fit->plan->class_of_set[x->set]],
                           &fit->plan->classes.at[fit->plan->class_of_set[y->set]], &unused);
    struct diag *diag =
        diag_add(fit->sink, DIAG_E0401, y->place->span,
                 "%s and %s are both placed on %s, but %s and %s differ in %u bias%s",
                 view_text(fit->arena, net, x->view), view_text(fit->arena, net, y->view), where,
                 set_name(net, x->set), set_name(net, y->set), n, n == 1 ? "" : "es");
    if (x->place != y->place)
        diag_label(fit->sink, diag, x->place->span, "the first");
    note_differences(fit, x->set, y->set, diag);
    diag_help(fit->sink, diag, span_nowhere(), NULL,
              "give both populations one bias set, or place them on different cores");
}

/* The first two holders of different classes. */
static bool holders_agree(const struct fit *fit, const struct holder_vec *holders,
                          const char *where)
{
    for (uint32_t i = 1; i < holders->n; i++)
        if (holders->at[i].class != holders->at[0].class) {
            report_conflict(fit, &holders->at[0], &holders->at[i], where);
            return false;
        }
    return true;
}

static bool check_core_sets(const struct fit *fit, const uint32_t *class_of, uint32_t chip,
                            uint32_t core)
{
    struct holder_vec holders = {NULL, 0, 0};
    for (uint32_t i = 0; i < fit->net->places.n; i++)
        if (pinned_to_core(&fit->net->places.at[i], chip, core))
            add_holders(fit, class_of, &fit->net->places.at[i], &holders);
    return holders_agree(fit, &holders, core_text(fit->arena, chip, core));
}

static bool check_line_sets(const struct fit *fit, const uint32_t *class_of,
                            const struct place *place)
{
    struct holder_vec holders = {NULL, 0, 0};
    if (place->kind != PLACE_TOGETHER_CORE)
        return true;
    add_holders(fit, class_of, place, &holders);
    return holders_agree(fit, &holders, "one core");
}

bool fit_places(const struct fit *fit)
{
    const struct net *net = fit->net;
    struct claim claim = {NULL, 0, 0, NULL, NULL};
    uint32_t *class_of;
    bool ok = true;
    if (net->places.n == 0)
        return true;
    core_classes(fit->arena, net, fit->plan, false, &class_of);
    for (uint32_t chip = 0; chip < net->chips; chip++) {
        ok = check_chip_room(fit, &claim, chip) && ok;
        for (uint32_t core = 0; core < fit->device->cores_per_chip; core++) {
            ok = check_core_room(fit, &claim, chip, core) && ok;
            ok = check_core_sets(fit, class_of, chip, core) && ok;
        }
    }
    for (uint32_t i = 0; i < net->places.n; i++) {
        ok = check_line_room(fit, &claim, &net->places.at[i]) && ok;
        ok = check_line_sets(fit, class_of, &net->places.at[i]) && ok;
        ok = check_at(fit, &net->places.at[i]) && ok;
    }
    return ok;
}

/* --- membrane probes --- */

struct claimant {
    uint32_t neuron;
    struct span span;
};
struct claimant_vec VEC_OF(struct claimant);

static void collect_claimants(const struct fit *fit, struct claimant_vec *all)
{
    uint8_t *seen = ARENA_ARRAY(fit->arena, uint8_t, fit->net->n_neurons);
    for (uint32_t i = 0; i < fit->net->probes.n; i++) {
        const struct probe *probe = &fit->net->probes.at[i];
        if (probe->kind != PROBE_MEMBRANE || probe->view.kind != UNIT_NEURON)
            continue;
        for (uint32_t j = 0; j < probe->view.size; j++) {
            uint32_t neuron = fit_view_neuron(fit->net, &probe->view, j);
            if (!seen[neuron])
                VEC_PUSH(fit->arena, all, (struct claimant){neuron, probe->span});
            seen[neuron] = 1;
        }
    }
}

static bool holds(const struct net *net, const struct place *place, uint32_t neuron)
{
    const struct population *population = &net->populations.at[net->population_of[neuron]];
    for (uint32_t v = 0; v < place->views.n; v++)
        if (place->views.at[v].object == net->population_of[neuron]
            && view_position(&place->views.at[v], neuron - population->first) != NET_NONE)
            return true;
    return false;
}

static bool report_probes(const struct fit *fit, const struct claimant *a, const struct claimant *b,
                          const struct place *place, const char *where)
{
    struct diag *diag =
        diag_add(fit->sink, DIAG_E0306, b->span, "two membrane probes on %s: %s, %s", where,
                 net_source_name(fit->arena, fit->net, a->neuron),
                 net_source_name(fit->arena, fit->net, b->neuron));
    if (a->span.begin != b->span.begin)
        diag_label(fit->sink, diag, a->span, "the first");
    diag_note(fit->sink, diag, place->span, "held on one core here");
    diag_note(fit->sink, diag, span_nowhere(), "a core shows the membrane of one neuron at a time");
    return false;
}

/* Claimants that one core must hold by place lines `on`. */
static bool check_claimants(const struct fit *fit, const struct claimant_vec *all,
                            const struct place *const *on, uint32_t n, const char *where)
{
    const struct claimant *first = NULL;
    for (uint32_t i = 0; i < all->n; i++)
        for (uint32_t p = 0; p < n; p++) {
            if (!holds(fit->net, on[p], all->at[i].neuron))
                continue;
            if (first)
                return report_probes(fit, first, &all->at[i], on[p], where);
            first = &all->at[i];
            break;
        }
    return true;
}

static bool check_probe_cores(const struct fit *fit, const struct claimant_vec *all)
{
    const struct net *net = fit->net;
    const struct place **on = ARENA_ARRAY(fit->arena, const struct place *, net->places.n);
    bool ok = true;
    for (uint32_t core = 0; core < device_cores(fit->device, net->chips); core++) {
        uint32_t chip = core / fit->device->cores_per_chip, n = 0;
        for (uint32_t i = 0; i < net->places.n; i++)
            if (pinned_to_core(&net->places.at[i], chip, core % fit->device->cores_per_chip))
                on[n++] = &net->places.at[i];
        ok = check_claimants(fit, all, on, n,
                             core_text(fit->arena, chip, core % fit->device->cores_per_chip))
             && ok;
    }
    for (uint32_t i = 0; i < net->places.n; i++) {
        on[0] = &net->places.at[i];
        if (on[0]->kind == PLACE_TOGETHER_CORE)
            ok = check_claimants(fit, all, on, 1, "one core") && ok;
    }
    return ok;
}

bool fit_probes(const struct fit *fit)
{
    struct claimant_vec all = {NULL, 0, 0};
    uint32_t cores = device_cores(fit->device, fit->net->chips);
    collect_claimants(fit, &all);
    if (all.n < 2)
        return true;
    if (all.n > cores) {
        struct diag *diag =
            diag_add(fit->sink, DIAG_E0306, all.at[cores].span,
                     "%u neurons with a membrane probe, the board has %u cores", all.n, cores);
        diag_note(fit->sink, diag, span_nowhere(),
                  "a core shows the membrane of one neuron at a time");
        diag_note(fit->sink, diag, span_nowhere(), "%s is one too many",
                  net_source_name(fit->arena, fit->net, all.at[cores].neuron));
        return false;
    }
    return check_probe_cores(fit, &all);
}
