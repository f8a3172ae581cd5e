#include "backend/report.h"

#include "backend/emit.h"
#include "backend/report_facts.h"
#include "compiler/base/render.h"

#include <math.h>

struct writer {
    struct arena *arena;
    struct json json;
    const struct report_facts *facts;
    const struct report_input *in;
};

/* --- small things --- */

static void put_uint(struct json *json, const char *key, uint64_t value)
{
    json_key(json, key);
    json_uint(json, value);
}

/* null for FACT_UNKNOWN. */
static void put_known(struct json *json, const char *key, int64_t value)
{
    json_key(json, key);
    if (value == FACT_UNKNOWN)
        json_null(json);
    else
        json_int(json, value);
}

static void put_string(struct json *json, const char *key, const char *value)
{
    json_key(json, key);
    json_string(json, value);
}

static void put_real(struct json *json, const char *key, double value)
{
    json_key(json, key);
    json_real(json, value);
}

static void put_bool(struct json *json, const char *key, bool value)
{
    json_key(json, key);
    json_bool(json, value);
}

/* Both divisors are whole in double, so the quotient is the nearest to the decimal value. */
static double amperes(int64_t za)
{
    return (double)za / 1e21;
}

static double seconds(int64_t ps)
{
    return (double)ps / 1e12;
}

/* Rows of numbers stand on one line: begin_row .. end_row around them. */
static void begin_row(struct json *json, const char *key)
{
    if (key)
        json_key(json, key);
    json_array(json);
    json->compact = true;
}

static void end_row(struct json *json)
{
    json_end_array(json);
    json->compact = false;
}

static void begin_line(struct json *json, const char *key)
{
    if (key)
        json_key(json, key);
    json_object(json);
    json->compact = true;
}

static void end_line(struct json *json)
{
    json_end_object(json);
    json->compact = false;
}

static void put_span(struct writer *w, struct span span)
{
    struct json *json = &w->json;
    if (span.file == SPAN_NOWHERE || !w->in->sources || span.file >= w->in->sources->files.n) {
        json_key(json, "span");
        json_null(json);
        return;
    }
    const struct source *source = w->in->sources->files.at[span.file];
    struct line_col begin = source_line_col(source, span.begin);
    struct line_col end = source_line_col(source, span.end);
    begin_line(json, "span");
    put_string(json, "file", source->path);
    put_uint(json, "line", begin.line);
    put_uint(json, "col", begin.col);
    put_uint(json, "end_line", end.line);
    put_uint(json, "end_col", end.col);
    end_line(json);
}

static void put_spread(struct json *json, const char *key, const struct spread *spread, bool known)
{
    begin_line(json, key);
    put_known(json, "min", known ? (int64_t)spread->least : FACT_UNKNOWN);
    put_known(json, "median", known ? (int64_t)spread->median : FACT_UNKNOWN);
    put_known(json, "max", known ? (int64_t)spread->most : FACT_UNKNOWN);
    end_line(json);
}

/* --- head --- */

static void put_program(struct json *json, const char *key, const char *name, const char *version)
{
    begin_line(json, key);
    put_string(json, "name", name);
    put_string(json, "version", version);
    end_line(json);
}

static void put_source(struct writer *w)
{
    struct image_file_vec files = {0};
    emit_files(w->arena, w->in->sources, &files);
    json_key(&w->json, "source");
    json_array(&w->json);
    for (uint32_t i = 0; i < files.n; i++) {
        struct text hex;
        text_init(&hex, w->arena);
        for (size_t b = 0; b < sizeof files.at[i].sha256; b++)
            text_add(&hex, "%02x", files.at[i].sha256[b]);
        begin_line(&w->json, NULL);
        put_string(&w->json, "path", files.at[i].path);
        put_string(&w->json, "sha256", hex.at);
        end_line(&w->json);
    }
    json_end_array(&w->json);
}

static void put_head(struct writer *w)
{
    static const char *const status[] = {"fits", "infeasible", "undecided"};
    struct json *json = &w->json;
    put_string(json, "schema", "dyn-report/1");
    put_program(json, "tool", "dync", w->in->tool_version);
    put_program(json, "solver", w->in->solver_name, w->in->solver_version);
    put_source(w);
    begin_line(json, "target");
    put_string(json, "name", w->in->device->name);
    put_uint(json, "chips", w->in->net->chips);
    json_key(json, "grid");
    json_array(json);
    json_uint(json, w->in->net->grid_w);
    json_uint(json, w->in->net->grid_h);
    json_end_array(json);
    put_string(json, "profile", w->in->net->defects ? w->in->net->defects->profile : NULL);
    end_line(json);
    put_uint(json, "seed", w->in->net->seed);
    put_string(json, "status", status[w->in->status]);
}

static void put_placement(struct writer *w)
{
    static const char *const keys[N_LEVELS][2] = {{"cores_used", "cores_bound"},
                                                  {"chips_used", "chips_bound"},
                                                  {"cut", "cut_bound"},
                                                  {"hops", "hops_bound"},
                                                  {"cut_weighted", "cut_weighted_bound"},
                                                  {"hops_weighted", "hops_weighted_bound"}};
    struct json *json = &w->json;
    const struct report_facts *facts = w->facts;
    json_key(json, "placement");
    if (!w->in->image) {
        json_null(json);
        return;
    }
    json_object(json);
    for (uint32_t l = 0; l < (facts->weighted ? N_LEVELS : LEVEL_CUT_WEIGHTED); l++) {
        put_known(json, keys[l][0], facts->levels[l].value);
        put_known(json, keys[l][1], facts->levels[l].bound);
    }
    put_real(json, "gap", facts->gap);
    put_string(json, "gap_level",
               facts->gap_level < N_LEVELS ? level_name[facts->gap_level] : NULL);
    put_bool(json, "optimal", w->in->mapping->optimal);
    put_bool(json, "canonical", w->in->mapping->canonical);
    put_bool(json, "deterministic", w->in->mapping->deterministic);
    json_end_object(json);
}

static void put_utilization(struct writer *w)
{
    static const struct {
        const char *name, *most;
    } rows[N_RESOURCES] = {{"neurons", "max_per_core"},
                           {"cores", NULL},
                           {"chips", NULL},
                           {"cam", "max_per_neuron"},
                           {"sram", "max_per_neuron"},
                           {"tags", "max_per_core"},
                           {"bias_sets", NULL}};
    struct json *json = &w->json;
    json_key(json, "utilization");
    json_object(json);
    for (uint32_t r = 0; r < N_RESOURCES; r++) {
        const struct resource_facts *resource = &w->facts->resources[r];
        begin_line(json, rows[r].name);
        put_known(json, "used", resource->used);
        put_uint(json, "available", resource->available);
        if (rows[r].most)
            put_known(json, rows[r].most, resource->most);
        if (r == RESOURCE_CAM)
            put_uint(json, "unshared", w->facts->unshared);
        end_line(json);
    }
    json_end_object(json);
}

/* --- chips --- */

static void put_sets(struct writer *w, uint32_t class)
{
    const struct report_input *in = w->in;
    begin_row(&w->json, "bias_sets");
    if (class != NET_NONE)
        for (uint32_t s = 0; s < in->plan->classes.at[class].sets.n; s++)
            json_string(&w->json,
                        in->net->bias_sets.at[in->plan->classes.at[class].sets.at[s]].name);
    end_row(&w->json);
}

static void put_core(struct writer *w, uint32_t own, const struct core_facts *core)
{
    struct json *json = &w->json;
    json_object(json);
    put_uint(json, "core", own);
    put_sets(w, core->class);
    put_uint(json, "neurons", core->neurons);
    put_uint(json, "cam", core->cam);
    put_uint(json, "sram", core->sram);
    put_uint(json, "tags", core->tags);
    begin_row(json, "cam_histogram");
    for (uint32_t k = 0; k <= w->in->device->cam_words; k++)
        json_uint(json, core->histogram[k]);
    end_row(json);
    json_end_object(json);
}

static void put_chips(struct writer *w)
{
    struct json *json = &w->json;
    const struct net *net = w->in->net;
    uint32_t cores = w->in->device->cores_per_chip;
    json_key(json, "chips");
    if (!w->in->image) {
        json_null(json);
        return;
    }
    json_array(json);
    for (uint32_t chip = 0; chip < net->chips; chip++) {
        json_object(json);
        put_uint(json, "id", chip);
        put_uint(json, "x", chip % net->grid_w);
        put_uint(json, "y", chip / net->grid_w);
        json_key(json, "cores");
        json_array(json);
        for (uint32_t core = 0; core < cores; core++)
            put_core(w, core, &w->facts->cores[chip * cores + core]);
        json_end_array(json);
        json_end_object(json);
    }
    json_end_array(json);
}

/* --- the user's objects --- */

static void put_pieces(struct writer *w, uint32_t population)
{
    struct json *json = &w->json;
    json_key(json, "placements");
    if (!w->in->image) {
        json_null(json);
        return;
    }
    json_array(json);
    const struct image_piece_vec *pieces = &w->in->image->populations.at[population].pieces;
    for (uint32_t i = 0; i < pieces->n; i++) {
        begin_line(json, NULL);
        put_uint(json, "first", pieces->at[i].first);
        put_uint(json, "count", pieces->at[i].count);
        put_uint(json, "chip", pieces->at[i].chip);
        put_uint(json, "core", pieces->at[i].core);
        put_uint(json, "neuron", pieces->at[i].neuron);
        end_line(json);
    }
    json_end_array(json);
}

static void put_populations(struct writer *w)
{
    struct json *json = &w->json;
    json_key(json, "populations");
    json_array(json);
    for (uint32_t p = 0; p < w->in->net->populations.n; p++) {
        const struct population *population = &w->in->net->populations.at[p];
        const struct population_facts *facts = &w->facts->populations[p];
        json_object(json);
        put_string(json, "name", population->name);
        put_uint(json, "size", population->size);
        put_span(w, population->span);
        put_pieces(w, p);
        put_spread(json, "fan_in", &facts->fan_in, true);
        put_spread(json, "cam", &facts->cam, facts->cam_known);
        begin_line(json, "fan_out_chips");
        put_known(json, "max", facts->fan_out_chips);
        end_line(json);
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_projections(struct writer *w)
{
    struct json *json = &w->json;
    const struct mapping *mapping = w->in->mapping;
    json_key(json, "projections");
    json_array(json);
    for (uint32_t t = 0; t < w->in->net->terms.n; t++) {
        const struct term *term = &w->in->net->terms.at[t];
        json_object(json);
        put_string(json, "name", w->in->net->projections.at[term->projection].name);
        put_span(w, term->span);
        put_string(json, "dendrite", dendrite_name[term->dendrite]);
        put_uint(json, "synapses", term->n_edges);
        put_known(json, "cam_words", mapping ? (int64_t)mapping->term_words[t] : FACT_UNKNOWN);
        put_uint(json, "cam_words_unshared", term->n_edges);
        put_known(json, "shared_tags", mapping ? (int64_t)mapping->shared_tags[t] : FACT_UNKNOWN);
        json_end_object(json);
    }
    json_end_array(json);
}

/* --- biases, weights, delays --- */

static void put_bias(struct writer *w, uint32_t class, int bias)
{
    struct json *json = &w->json;
    const struct bias_class *merged = &w->in->plan->classes.at[class];
    const struct bias_request *request =
        &w->in->net->bias_sets.at[merged->sets.at[0]].request[bias];
    int64_t realised = device_bias_za(w->in->device, bias, merged->code[bias]);
    bool stated = request->kind == REQUEST_CURRENT && request->za > 0;
    begin_line(json, NULL);
    put_string(json, "set", class_name(w->in, class));
    put_string(json, "parameter", w->in->device->bias[bias].name);
    put_real(json, "requested", stated ? amperes(request->za) : (double)NAN);
    put_real(json, "realised", amperes(realised));
    put_uint(json, "coarse", merged->code[bias].coarse);
    put_uint(json, "fine", merged->code[bias].fine);
    put_real(json, "error",
             stated ? (double)(realised - request->za) / (double)request->za : (double)NAN);
    end_line(json);
}

static void put_biases(struct writer *w)
{
    json_key(&w->json, "biases");
    json_array(&w->json);
    for (uint32_t c = 0; w->in->plan && c < w->in->plan->classes.n; c++)
        for (int bias = 0; bias < N_BIASES; bias++)
            put_bias(w, c, bias);
    json_end_array(&w->json);
}

static void put_slots(struct writer *w, const struct bias_class *class)
{
    static const char *const states[] = {"given", "solved", "off"};
    struct json *json = &w->json;
    const struct bias_set *set = &w->in->net->bias_sets.at[class->sets.at[0]];
    json_key(json, "slots");
    json_array(json);
    for (int i = 0; i < NET_SLOTS; i++) {
        struct bias_code code = class->code[BIAS_SYAM_W0_P + i];
        begin_line(json, NULL);
        put_string(json, "name", set->slot_name[i]);
        put_uint(json, "coarse", code.coarse);
        put_uint(json, "fine", code.fine);
        put_real(json, "amperes", amperes(device_bias_za(w->in->device, BIAS_SYAM_W0_P + i, code)));
        put_string(json, "state", states[class->slot[i]]);
        end_line(json);
    }
    json_end_array(json);
}

static void put_requests(struct json *json, const struct weight_choice_vec *weights)
{
    json_key(json, "requests");
    json_array(json);
    for (uint32_t i = 0; i < weights->n; i++) {
        const struct weight_choice *weight = &weights->at[i];
        begin_line(json, NULL);
        put_real(json, "requested", weight->slots ? (double)NAN : amperes(weight->requested_za));
        put_real(json, "realised", amperes(weight->realised_za));
        put_uint(json, "mask", weight->mask);
        put_real(json, "error", weight->slots ? (double)NAN : weight->error);
        put_uint(json, "count", weight->count);
        end_line(json);
    }
    json_end_array(json);
}

/* Classes whose slots were not solved yet have no masks and no row. */
static void put_weights(struct writer *w)
{
    struct json *json = &w->json;
    json_key(json, "weights");
    json_array(json);
    for (uint32_t c = 0; w->in->plan && c < w->in->plan->classes.n; c++) {
        const struct bias_class *class = &w->in->plan->classes.at[c];
        if (!class->mask)
            continue;
        json_object(json);
        put_string(json, "set", class_name(w->in, c));
        put_slots(w, class);
        put_bool(json, "optimal", class->weights_optimal);
        put_uint(json, "worst", class->worst_permille);
        put_uint(json, "bound", class->bound_permille);
        put_requests(json, &class->weights);
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_delay(struct writer *w, uint32_t class, const struct delay_choice *delay)
{
    static const char *const classes[] = {"none", "precise", "mismatched", "both"};
    struct json *json = &w->json;
    bool timed = !delay->omitted && !delay->named;
    begin_line(json, NULL);
    put_string(json, "set", class_name(w->in, class));
    put_real(json, "requested", timed ? seconds(delay->requested_ps) : (double)NAN);
    put_real(json, "realised", seconds(delay->realised_ps));
    put_string(json, "class", classes[delay->bits & 3]);
    put_real(json, "error", timed ? delay->error : (double)NAN);
    put_uint(json, "count", delay->count);
    end_line(json);
}

static void put_delays(struct writer *w)
{
    json_key(&w->json, "delays");
    json_array(&w->json);
    for (uint32_t c = 0; w->in->plan && c < w->in->plan->classes.n; c++)
        for (uint32_t i = 0; i < w->in->plan->classes.at[c].delays.n; i++)
            put_delay(w, c, &w->in->plan->classes.at[c].delays.at[i]);
    json_end_array(&w->json);
}

/* --- the rest --- */

static void put_diagnostics(struct writer *w)
{
    json_key(&w->json, "diagnostics");
    json_array(&w->json);
    for (uint32_t i = 0; w->in->sink && i < w->in->sink->all.n; i++)
        render_diag_json(&w->json, w->in->sources, w->in->sink->all.at[i], false);
    json_end_array(&w->json);
}

/* --- what if ------------------------------------------------------------------------------------
 */

static void put_outcome(struct json *json, const struct report_outcome *outcome, bool weighted)
{
    static const char *const keys[][2] = {{"cores_used", "cores_bound"},
                                          {"chips_used", "chips_bound"},
                                          {"cut", "cut_bound"},
                                          {"hops", "hops_bound"},
                                          {"cut_weighted", "cut_weighted_bound"},
                                          {"hops_weighted", "hops_weighted_bound"}};
    begin_line(json, NULL);
    put_string(json, "changes", outcome->changes);
    put_bool(json, "fits", !outcome->code);
    for (uint32_t l = 0; l < REPORT_LEVELS && !outcome->code; l++) {
        const char *const *key = keys[l < 2 || !weighted ? l : l + 2];
        put_uint(json, key[0], (uint64_t)outcome->value[l]);
        put_known(json, key[1], outcome->bound[l]);
    }
    if (outcome->code) {
        put_string(json, "code", outcome->code);
        put_string(json, "message", outcome->message);
    } else {
        put_bool(json, "optimal", outcome->optimal);
    }
    end_line(json);
}

static void put_what_ifs(struct writer *w)
{
    if (w->in->n_what_ifs == 0)
        return;
    json_key(&w->json, "what_if");
    json_array(&w->json);
    for (uint32_t i = 0; i < w->in->n_what_ifs; i++)
        put_outcome(&w->json, &w->in->what_ifs[i], w->in->net->rate_weight != NULL);
    json_end_array(&w->json);
}

static void put_timing(struct writer *w)
{
    if (!w->in->timing)
        return;
    json_key(&w->json, "timing");
    json_array(&w->json);
    for (uint32_t i = 0; i < w->in->n_timing; i++) {
        begin_line(&w->json, NULL);
        put_string(&w->json, "phase", w->in->timing[i].phase);
        put_real(&w->json, "seconds", w->in->timing[i].seconds);
        end_line(&w->json);
    }
    json_end_array(&w->json);
}

char *report_json(struct arena *arena, const struct report_input *input, size_t *n)
{
    struct writer w = {.arena = arena, .facts = report_facts_new(arena, input)};
    w.in = w.facts->in;
    json_init(&w.json, arena, false);
    json_object(&w.json);
    put_head(&w);
    put_placement(&w);
    put_utilization(&w);
    put_chips(&w);
    put_populations(&w);
    put_projections(&w);
    put_biases(&w);
    put_weights(&w);
    put_delays(&w);
    put_diagnostics(&w);
    put_what_ifs(&w);
    put_timing(&w);
    json_end_object(&w.json);
    const char *text = json_finish(&w.json, n);
    return arena_strndup(arena, text, *n);
}
