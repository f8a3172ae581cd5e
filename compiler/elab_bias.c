/* Bias sets: attributes in the user's units to requested currents.
 *
 * A set starts with its parent's requests, replaces what its own block states, and only then turns
 * gains into currents, so that an inherited gain stays a ratio to the set's own time constant.
 */
#include "compiler/elab.h"

#include <math.h>
#include <string.h>

/* --- attributes --- */

enum bias_quantity {
    QUANTITY_TAU,     /* time constant, tau = C Ut / (kappa I); or a current, or dac() */
    QUANTITY_PULSE,   /* pulse or refractory time, t = C Vth / I; or a current, or dac() */
    QUANTITY_GAIN,    /* ratio to the current of `tau`; or a current, or dac() */
    QUANTITY_CURRENT, /* or dac() */
    QUANTITY_DELAY,   /* delay of a class: a time */
    QUANTITY_SETTING
};
enum bias_setting {
    SETTING_TOLERANCE,
    SETTING_WEIGHT_TOLERANCE,
    SETTING_DELAY_TOLERANCE,
    SETTING_WEIGHT_UNIT,
    N_SETTINGS
};

/* Largest relative errors of biases, weights and delays, unless the set states others. */
#define DEFAULT_TOLERANCE 0.10
#define DEFAULT_WEIGHT_TOLERANCE 0.05
#define DEFAULT_DELAY_TOLERANCE 0.10

struct bias_attribute {
    const char *path; /* "membrane.tau" */
    enum bias_quantity quantity;
    int target;         /* bias, stated delay or setting */
    size_t capacitance; /* TAU, PULSE: offset of C in struct device */
    int tau;            /* GAIN: bias of the time constant */
};

#define DEVICE(member) offsetof(struct device, member)
static const struct bias_attribute attributes[] = {
    {"membrane.tau", QUANTITY_TAU, BIAS_SOIF_LEAK_N, DEVICE(c_mem), 0},
    {"membrane.gain", QUANTITY_GAIN, BIAS_SOIF_GAIN_N, 0, BIAS_SOIF_LEAK_N},
    {"spike.threshold", QUANTITY_CURRENT, BIAS_SOIF_SPKTHR_P, 0, 0},
    {"spike.refractory", QUANTITY_PULSE, BIAS_SOIF_REFR_N, DEVICE(c_ref), 0},
    {"dc", QUANTITY_CURRENT, BIAS_SOIF_DC_P, 0, 0},
    {"ampa.tau", QUANTITY_TAU, BIAS_DEAM_ETAU_P, DEVICE(c_ampa), 0},
    {"ampa.gain", QUANTITY_GAIN, BIAS_DEAM_EGAIN_P, 0, BIAS_DEAM_ETAU_P},
    {"nmda.tau", QUANTITY_TAU, BIAS_DENM_ETAU_P, DEVICE(c_nmda), 0},
    {"nmda.gain", QUANTITY_GAIN, BIAS_DENM_EGAIN_P, 0, BIAS_DENM_ETAU_P},
    {"nmda.threshold", QUANTITY_CURRENT, BIAS_DENM_NMREV_N, 0, 0},
    {"gaba.tau", QUANTITY_TAU, BIAS_DEGA_ITAU_P, DEVICE(c_gaba), 0},
    {"gaba.gain", QUANTITY_GAIN, BIAS_DEGA_IGAIN_P, 0, BIAS_DEGA_ITAU_P},
    {"shunt.tau", QUANTITY_TAU, BIAS_DESC_ITAU_P, DEVICE(c_shunt), 0},
    {"shunt.gain", QUANTITY_GAIN, BIAS_DESC_IGAIN_P, 0, BIAS_DESC_ITAU_P},
    {"adaptation.tau", QUANTITY_TAU, BIAS_SOAD_TAU_P, DEVICE(c_ahp), 0},
    {"adaptation.gain", QUANTITY_GAIN, BIAS_SOAD_GAIN_P, 0, BIAS_SOAD_TAU_P},
    {"adaptation.weight", QUANTITY_CURRENT, BIAS_SOAD_W_N, 0, 0},
    {"adaptation.pulse", QUANTITY_PULSE, BIAS_SOAD_PWTAU_N, DEVICE(c_pulse_ahp), 0},
    {"pulse", QUANTITY_PULSE, BIAS_SYPD_EXT_N, DEVICE(c_pulse), 0},
    {"stp.weight", QUANTITY_CURRENT, BIAS_SYAM_STDW_N, 0, 0},
    {"stp.strength", QUANTITY_CURRENT, BIAS_SYAW_STDSTR_N, 0, 0},
    {"delay.none", QUANTITY_DELAY, NET_DELAY_NONE, 0, 0},
    {"delay.precise", QUANTITY_DELAY, NET_DELAY_PRECISE, 0, 0},
    {"delay.mismatched", QUANTITY_DELAY, NET_DELAY_MISMATCHED, 0, 0},
    {"tolerance", QUANTITY_SETTING, SETTING_TOLERANCE, 0, 0},
    {"weight.tolerance", QUANTITY_SETTING, SETTING_WEIGHT_TOLERANCE, 0, 0},
    {"delay.tolerance", QUANTITY_SETTING, SETTING_DELAY_TOLERANCE, 0, 0},
    {"weight.unit", QUANTITY_SETTING, SETTING_WEIGHT_UNIT, 0, 0},
};
enum { N_ATTRIBUTES = sizeof attributes / sizeof attributes[0] };

static const struct bias_attribute *bias_attribute_find(const char *path)
{
    for (int i = 0; i < N_ATTRIBUTES; i++)
        if (strcmp(attributes[i].path, path) == 0)
            return &attributes[i];
    return NULL;
}

static const char weight_prefix[] = "weight.";

/* The NAME of weight.NAME; NULL for what is none: a name with a dot could never be written again.
 */
static const char *slot_name(const char *path)
{
    size_t n = sizeof weight_prefix - 1;
    return strncmp(path, weight_prefix, n) == 0 && !strchr(path + n, '.') ? path + n : NULL;
}

/* --- the block being read --- */

/* What an attribute sets: a bias, a stated delay or a setting; each at most once per block. */
enum {
    TARGET_DELAY = N_BIASES,
    TARGET_SETTING = TARGET_DELAY + NET_STATED_DELAYS,
    N_TARGETS = TARGET_SETTING + N_SETTINGS
};

struct block {
    struct eval *eval;
    struct scope *scope;
    struct bias_set *set;
    const struct attr *stated[N_TARGETS]; /* first statement in this block */
    bool failed;
};

static void set_twice(struct block *block, int target, const struct attr *attr)
{
    const struct attr *first = block->stated[target];
    const char *name = target < N_BIASES ? block->eval->device->bias[target].name : attr->path;
    struct diag *diag;
    if (strcmp(first->path, attr->path) == 0)
        diag =
            eval_report(block->eval, DIAG_E0207, attr->path_span, "`%s` is set twice", attr->path);
    else
        diag = eval_report(block->eval, DIAG_E0207, attr->path_span,
                           "%s is set twice: by `%s` and by `%s`", name, first->path, attr->path);
    diag_note(block->eval->sink, diag, first->path_span, "first set here");
    block->failed = true;
}

/* True if the target is still free in this block. */
static bool claim(struct block *block, int target, const struct attr *attr)
{
    if (block->stated[target]) {
        set_twice(block, target, attr);
        return false;
    }
    block->stated[target] = attr;
    return true;
}

/* --- values --- */

static const char *subject(struct block *block, const struct attr *attr)
{
    return arena_printf(block->eval->arena, "`%s`", attr->path);
}

static void must_be_positive(struct block *block, const struct attr *attr)
{
    eval_report(block->eval, DIAG_E0205, attr->value->span, "`%s` must be more than 0", attr->path);
    block->failed = true;
}

/* tau = C Ut / (kappa I); pulses t = C Vth / I. */
static double time_to_amperes(const struct device *device, const struct bias_attribute *row,
                              double seconds)
{
    double capacitance;
    memcpy(&capacitance, (const char *)device + row->capacitance, sizeof capacitance);
    if (row->quantity == QUANTITY_TAU)
        return capacitance * device->ut / (device->kappa * seconds);
    return capacitance * device->vth / seconds;
}

static const char *const takes[] = {
    [QUANTITY_TAU] = "a time, a current or dac()",
    [QUANTITY_PULSE] = "a time, a current or dac()",
    [QUANTITY_GAIN] = "a plain number, a current or dac()",
    [QUANTITY_CURRENT] = "a current or dac()",
};

static bool read_value(struct block *block, const struct attr *attr,
                       const struct bias_attribute *row, struct bias_request *request)
{
    struct value value;
    bool timed = row->quantity == QUANTITY_TAU || row->quantity == QUANTITY_PULSE;
    if (!eval_const(block->eval, block->scope, attr->value, &value))
        return false;
    if (value.kind == VALUE_DAC) {
        request->kind = REQUEST_CODE;
        request->coarse = value.dac.coarse;
        request->fine = value.dac.fine;
        return true;
    }
    request->kind = REQUEST_CURRENT;
    bool ratio = row->quantity == QUANTITY_GAIN && value_has_dim(&value, DIM_NONE);
    bool time = timed && value_has_dim(&value, DIM_TIME);
    if (!ratio && !time && !value_has_dim(&value, DIM_CURRENT))
        return eval_wrong_type(block->eval, attr->value->span, subject(block, attr),
                               takes[row->quantity], &value);
    double x = value_as_real(&value);
    if ((ratio || time) && !(x > 0)) {
        must_be_positive(block, attr);
        return false;
    }
    request->is_ratio = ratio;
    request->ratio = ratio ? x : 0;
    request->amperes = time ? time_to_amperes(block->eval->device, row, x) : x;
    return true;
}

/* Rounds once, after inheritance; `amperes` of a ratio is known only then. */
static void round_request(struct block *block, struct bias_request *request)
{
    if (request->kind != REQUEST_CURRENT || current_to_za(request->amperes, &request->za))
        return;
    eval_report(block->eval, DIAG_E0206, request->span,
                "`%s` of `%s` is a current of %.3g A, beyond 9.2 mA", request->attribute,
                block->set->name, request->amperes);
    block->failed = true;
}

static void read_bias(struct block *block, const struct attr *attr,
                      const struct bias_attribute *row)
{
    struct bias_request request = {.span = attr->span, .attribute = attr->path};
    if (!claim(block, row->target, attr))
        return;
    if (read_value(block, attr, row, &request))
        block->set->request[row->target] = request;
    else
        block->failed = true;
}

static void read_delay(struct block *block, const struct attr *attr,
                       const struct bias_attribute *row)
{
    int64_t ps;
    if (!claim(block, TARGET_DELAY + row->target, attr))
        return;
    if (!eval_time_ps(block->eval, block->scope, attr->value, subject(block, attr), &ps))
        block->failed = true;
    else if (ps <= 0)
        must_be_positive(block, attr);
    else
        block->set->delay[row->target] = (struct delay_request){ps, attr->span};
}

static void read_setting(struct block *block, const struct attr *attr,
                         const struct bias_attribute *row)
{
    const double most = 10; /* an error of 1,000 %: anything beyond is a slip */
    struct bias_set *set = block->set;
    double *const tolerance[] = {&set->tolerance, &set->weight_tolerance, &set->delay_tolerance};
    int64_t za;
    if (!claim(block, TARGET_SETTING + row->target, attr))
        return;
    if (row->target != SETTING_WEIGHT_UNIT) {
        if (!eval_real_in(block->eval, block->scope, attr->value, subject(block, attr), 0, most,
                          tolerance[row->target]))
            block->failed = true;
        return;
    }
    if (!eval_current_za(block->eval, block->scope, attr->value, subject(block, attr), &za))
        block->failed = true;
    else if (za <= 0)
        must_be_positive(block, attr);
    else
        set->weight_unit_za = za;
}

/* --- weight slots --- */

/* Position of a slot name: pinned, or known to the set; -1: new. */
static int slot_position(const struct bias_set *set, const char *name)
{
    for (int i = 0; i < NET_SLOTS; i++)
        if (strcmp(set->slot_name[i], name) == 0 || strcmp(slot_pinned_name[i], name) == 0)
            return i;
    return -1;
}

static void read_slot(struct block *block, const struct attr *attr, int position)
{
    struct bias_attribute row = {attr->path, QUANTITY_CURRENT, BIAS_SYAM_W0_P + position, 0, 0};
    read_bias(block, attr, &row);
}

static bool taken(const struct block *block, int position)
{
    int bias = BIAS_SYAM_W0_P + position;
    return block->stated[bias] || block->set->request[bias].kind != REQUEST_SOLVED
           || strcmp(block->set->slot_name[position], slot_pinned_name[position]) != 0;
}

static void too_many_slots(struct block *block, const struct attr_vec *attrs,
                           const struct attr *first)
{
    struct eval *eval = block->eval;
    uint32_t n = 0;
    for (int i = 0; i < NET_SLOTS; i++)
        n += taken(block, i);
    for (const struct attr *a = first; a < attrs->at + attrs->n; a++)
        if (slot_name(a->path) && !bias_attribute_find(a->path)
            && slot_position(block->set, slot_name(a->path)) < 0)
            n++;
    struct diag *diag = eval_report(eval, DIAG_E0307, first->path_span,
                                    "bias set `%s` names %u weight slots, a core has %u",
                                    block->set->name, n, eval->device->weight_slots);
    for (int i = 0; i < NET_SLOTS; i++)
        diag_note(eval->sink, diag, block->set->request[BIAS_SYAM_W0_P + i].span,
                  "%s holds weight.%s", eval->device->bias[BIAS_SYAM_W0_P + i].name,
                  block->set->slot_name[i]);
    diag_help(eval->sink, diag, span_nowhere(), NULL,
              "a synapse adds any subset of the four: 15 weights");
    block->failed = true;
}

/* New names take the lowest free position, in order of appearance, once all others have theirs. */
static void read_new_slots(struct block *block, const struct attr_vec *attrs)
{
    for (uint32_t i = 0; i < attrs->n; i++) {
        const struct attr *attr = &attrs->at[i];
        const char *name = slot_name(attr->path);
        if (!name || bias_attribute_find(attr->path))
            continue;
        int position = slot_position(block->set, name);
        if (position >= 0 && block->stated[BIAS_SYAM_W0_P + position] == attr)
            continue;
        for (int p = 0; position < 0 && p < NET_SLOTS; p++)
            if (!taken(block, p))
                position = p;
        if (position < 0) {
            too_many_slots(block, attrs, attr);
            return;
        }
        if (strcmp(slot_pinned_name[position], name) != 0)
            block->set->slot_name[position] = name;
        read_slot(block, attr, position);
    }
}

/* --- reading a block --- */

/* The attribute whose last part is `path`: "tau" is most likely "membrane.tau". */
static const char *with_last_part(const char *path)
{
    for (int i = 0; i < N_ATTRIBUTES; i++) {
        const char *dot = strchr(attributes[i].path, '.');
        if (dot && strcmp(dot + 1, path) == 0)
            return attributes[i].path;
    }
    return NULL;
}

static void unknown_attribute(struct block *block, const struct attr *attr)
{
    const struct device *device = block->eval->device;
    const char *names[N_ATTRIBUTES + N_BIASES];
    for (int i = 0; i < N_ATTRIBUTES; i++)
        names[i] = attributes[i].path;
    for (int i = 0; i < N_BIASES; i++)
        names[N_ATTRIBUTES + i] = device->bias[i].name;
    const char *near = with_last_part(attr->path);
    if (!near)
        near = diag_nearest(attr->path, names, N_ATTRIBUTES + N_BIASES);
    struct diag *diag = eval_report(block->eval, DIAG_E0202, attr->path_span,
                                    "`%s` is not an attribute of a bias set", attr->path);
    if (near)
        diag_help(block->eval->sink, diag, attr->path_span, near, "did you mean `%s`?", near);
    else
        diag_help(block->eval->sink, diag, span_nowhere(), NULL,
                  "`dync target` lists the hardware names");
    block->failed = true;
}

static void read_attribute(struct block *block, const struct attr *attr)
{
    const struct bias_attribute *row = bias_attribute_find(attr->path);
    int raw = device_bias(block->eval->device, attr->path);
    const char *slot = slot_name(attr->path);
    if (row && row->quantity == QUANTITY_DELAY)
        read_delay(block, attr, row);
    else if (row && row->quantity == QUANTITY_SETTING)
        read_setting(block, attr, row);
    else if (row)
        read_bias(block, attr, row);
    else if (raw >= 0)
        read_bias(block, attr, &(struct bias_attribute){attr->path, QUANTITY_CURRENT, raw, 0, 0});
    else if (slot && slot_position(block->set, slot) >= 0)
        read_slot(block, attr, slot_position(block->set, slot));
    else if (!slot)
        unknown_attribute(block, attr);
}

/* Gains stated as ratios, from the current of the set's own time constant as it was asked for. */
static void apply_ratios(struct block *block)
{
    const struct device *device = block->eval->device;
    for (int i = 0; i < N_ATTRIBUTES; i++) {
        if (attributes[i].quantity != QUANTITY_GAIN)
            continue;
        struct bias_request *gain = &block->set->request[attributes[i].target];
        const struct bias_request *tau = &block->set->request[attributes[i].tau];
        if (!gain->is_ratio)
            continue;
        struct bias_code code = {tau->coarse, tau->fine};
        double amperes = tau->kind == REQUEST_CURRENT
                             ? tau->amperes
                             : (double)device_bias_za(device, attributes[i].tau, code) * 1e-21;
        gain->amperes = gain->ratio * amperes;
    }
}

static void defaults(const struct device *device, struct bias_set *set)
{
    for (int i = 0; i < N_BIASES; i++) {
        struct bias_code code = device->bias[i].def;
        set->request[i] = (struct bias_request){.kind = REQUEST_DEFAULT,
                                                .coarse = code.coarse,
                                                .fine = code.fine,
                                                .span = span_nowhere()};
    }
    for (int i = 0; i < NET_SLOTS; i++) {
        set->request[BIAS_SYAM_W0_P + i].kind = REQUEST_SOLVED;
        set->slot_name[i] = slot_pinned_name[i];
    }
    for (int i = 0; i < NET_STATED_DELAYS; i++)
        set->delay[i].span = span_nowhere();
    set->parent = NET_NONE;
    set->tolerance = DEFAULT_TOLERANCE;
    set->weight_tolerance = DEFAULT_WEIGHT_TOLERANCE;
    set->delay_tolerance = DEFAULT_DELAY_TOLERANCE;
}

static bool inherit(struct eval *eval, struct scope *scope, const struct item *item,
                    struct bias_set *set)
{
    uint32_t parent;
    if (!item->view)
        return true;
    if (!eval_bias_set(eval, scope, item->view, "the base of a bias set", &parent))
        return false;
    *set = eval->net->bias_sets.at[parent];
    set->parent = parent;
    return true;
}

void elab_bias_item(struct eval *eval, struct scope *scope, const struct item *item)
{
    struct bias_set set = {0};
    struct block block = {.eval = eval, .scope = scope, .set = &set};
    defaults(eval->device, &set);
    block.failed = !inherit(eval, scope, item, &set);
    set.name = arena_printf(eval->arena, "%s%s", scope_prefix(scope), item->name);
    set.span = item->name_span;
    for (uint32_t i = 0; i < item->attrs.n; i++)
        read_attribute(&block, &item->attrs.at[i]);
    read_new_slots(&block, &item->attrs);
    apply_ratios(&block);
    for (int i = 0; i < N_BIASES && !block.failed; i++)
        round_request(&block, &set.request[i]);
    struct symbol symbol = {.name = item->name,
                            .kind = SYMBOL_BIAS,
                            .span = item->name_span,
                            .item = item,
                            .value = value_poison()};
    if (!block.failed) {
        symbol.value = value_bias(eval->net->bias_sets.n);
        VEC_PUSH(eval->arena, &eval->net->bias_sets, set);
    }
    scope_declare(eval, scope, &symbol);
}

/* --- one attribute restated afterwards --- */

static void refuse_setting(struct block *block, const struct attr *attr)
{
    eval_report(block->eval, DIAG_E0202, attr->path_span,
                "`%s` of `%s` cannot be changed once the network is made", attr->path,
                block->set->name);
    block->failed = true;
}

static void unknown_slot(struct block *block, const struct attr *attr)
{
    const char *names[2 * NET_SLOTS];
    for (int i = 0; i < NET_SLOTS; i++) {
        names[i] = block->set->slot_name[i];
        names[NET_SLOTS + i] = slot_pinned_name[i];
    }
    const char *near = diag_nearest(slot_name(attr->path), names, (size_t)2 * NET_SLOTS);
    struct diag *diag = eval_report(block->eval, DIAG_E0202, attr->path_span,
                                    "bias set `%s` has no weight slot `%s`", block->set->name,
                                    slot_name(attr->path));
    if (near)
        diag_help(block->eval->sink, diag, span_nowhere(), NULL, "did you mean `weight.%s`?", near);
    else
        diag_help(block->eval->sink, diag, span_nowhere(), NULL,
                  "`weight.%s` to `weight.%s` are always there", slot_pinned_name[0],
                  slot_pinned_name[NET_SLOTS - 1]);
    block->failed = true;
}

/* What it sets, one of the TARGETs; -1: reported. */
static int restated_target(struct block *block, const struct attr *attr)
{
    const struct bias_attribute *row = bias_attribute_find(attr->path);
    const char *slot = slot_name(attr->path);
    if (row && row->quantity == QUANTITY_SETTING)
        refuse_setting(block, attr);
    else if (!row && slot && slot_position(block->set, slot) < 0)
        unknown_slot(block, attr);
    else
        read_attribute(block, attr);
    for (int target = 0; target < TARGET_SETTING && !block->failed; target++)
        if (block->stated[target])
            return target;
    return -1;
}

static bool same_statement(const struct span *a, const struct span *b)
{
    return a->file == b->file && a->begin == b->begin && a->end == b->end;
}

/* Whether a set has the request for a target from its parent: neither it nor its block states it.
 */
static bool has_from_parent(const struct bias_set_vec *sets, uint32_t number, int target)
{
    const struct bias_set *set = &sets->at[number], *parent = &sets->at[set->parent];
    if (target >= TARGET_DELAY)
        return same_statement(&set->delay[target - TARGET_DELAY].span,
                              &parent->delay[target - TARGET_DELAY].span);
    const struct bias_request *own = &set->request[target], *above = &parent->request[target];
    if (!own->attribute || !above->attribute)
        return !own->attribute && !above->attribute;
    return same_statement(&own->span, &above->span);
}

static bool take_over(struct eval *eval, struct bias_set *set, const struct bias_set *from,
                      int target)
{
    struct block block = {.eval = eval, .set = set};
    if (target >= TARGET_DELAY) {
        set->delay[target - TARGET_DELAY] = from->delay[target - TARGET_DELAY];
        return true;
    }
    set->request[target] = from->request[target];
    apply_ratios(&block);
    for (int i = 0; i < N_BIASES; i++)
        if (i == target || set->request[i].is_ratio)
            round_request(&block, &set->request[i]);
    return !block.failed;
}

double bias_realised(const struct device *device, const struct bias_set *set, const char *attribute,
                     struct dimension dim, const struct bias_code *code)
{
    const struct bias_attribute *row = bias_attribute_find(attribute);
    const char *slot = row ? NULL : slot_name(attribute);
    int bias = row    ? row->target
               : slot ? BIAS_SYAM_W0_P + slot_position(set, slot)
                      : device_bias(device, attribute);
    if (row && (row->quantity == QUANTITY_DELAY || row->quantity == QUANTITY_SETTING))
        return NAN;
    double amperes = (double)device_bias_za(device, bias, code[bias]) * 1e-21;
    if (row && dimension_equal(dim, DIM_TIME))
        return time_to_amperes(device, row, amperes); /* its own inverse */
    if (row && row->quantity == QUANTITY_GAIN && dimension_equal(dim, DIM_NONE))
        return amperes / ((double)device_bias_za(device, row->tau, code[row->tau]) * 1e-21);
    return amperes;
}

bool bias_restate(struct eval *eval, struct bias_set_vec *sets, uint32_t number,
                  const struct attr *attr)
{
    struct bias_set changed = sets->at[number];
    struct block block = {.eval = eval, .scope = eval->file_scope, .set = &changed};
    bool *heir = ARENA_ARRAY(eval->arena, bool, sets->n), ok = true;
    int target = restated_target(&block, attr);
    if (target < 0)
        return false;
    heir[number] = true;
    for (uint32_t s = number + 1; s < sets->n; s++)
        heir[s] = sets->at[s].parent != NET_NONE && heir[sets->at[s].parent]
                  && has_from_parent(sets, s, target);
    for (uint32_t s = number; s < sets->n; s++)
        if (heir[s])
            ok = take_over(eval, &sets->at[s], &changed, target) && ok;
    return ok;
}
