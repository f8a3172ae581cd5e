#include "backend/emit.h"

#include "compiler/base/json.h"
#include "compiler/net.h"

static void put_uint(struct json *json, const char *key, uint64_t value)
{
    json_key(json, key);
    json_uint(json, value);
}

/* Small things stand on one line. */
static void begin_object(struct json *json)
{
    json_object(json);
    json->compact = true;
}

static void end_object(struct json *json)
{
    json_end_object(json);
    json->compact = false;
}

static void begin_array(struct json *json)
{
    json_array(json);
    json->compact = true;
}

static void end_array(struct json *json)
{
    json_end_array(json);
    json->compact = false;
}

static void put_shape(struct json *json, const char *name, uint32_t n_dims, const uint32_t *dims)
{
    json_key(json, "name");
    json_string(json, name);
    json_key(json, "shape");
    begin_array(json);
    for (uint32_t d = 0; d < n_dims; d++)
        json_uint(json, dims[d]);
    end_array(json);
}

static void put_board(struct json *json, const struct image *image)
{
    const struct image_meta *meta = &image->meta;
    json_key(json, "tool");
    json_string(json, meta->tool);
    json_key(json, "source");
    json_string(json, meta->files.n ? meta->files.at[0].path : NULL);
    json_key(json, "target");
    begin_object(json);
    json_key(json, "name");
    json_string(json, meta->target);
    put_uint(json, "chips", meta->chips);
    json_key(json, "grid");
    json_array(json);
    json_uint(json, meta->grid_w);
    json_uint(json, meta->grid_h);
    json_end_array(json);
    put_uint(json, "cores_per_chip", image->device->cores_per_chip);
    put_uint(json, "neurons_per_core", image->device->neurons_per_core);
    end_object(json);
}

static void put_populations(struct json *json, const struct image *image)
{
    json_key(json, "populations");
    json_array(json);
    for (uint32_t p = 0; p < image->populations.n; p++) {
        const struct image_population *population = &image->populations.at[p];
        json_object(json);
        put_shape(json, population->name, population->n_dims, population->dims);
        json_key(json, "pieces");
        json_array(json);
        for (uint32_t i = 0; i < population->pieces.n; i++) {
            const struct image_piece *piece = &population->pieces.at[i];
            begin_object(json);
            put_uint(json, "first", piece->first);
            put_uint(json, "count", piece->count);
            put_uint(json, "chip", piece->chip);
            put_uint(json, "core", piece->core);
            put_uint(json, "neuron", piece->neuron);
            end_object(json);
        }
        json_end_array(json);
        json_end_object(json);
    }
    json_end_array(json);
}

/* How a recorded event names its neuron: the words of SRAM that lead to the host follow one rule,
 * so no neuron needs an entry. */
static void put_monitor(struct json *json, const struct device *device)
{
    json_key(json, "monitor");
    begin_object(json);
    json_key(json, "tag");
    json_string(json, "core * neurons_per_core + neuron");
    json_key(json, "x");
    json_int(json, device->monitor_x);
    json_key(json, "y");
    json_int(json, device->monitor_y);
    end_object(json);
}

static void put_event(struct json *json, const struct image *image, uint32_t from, uint32_t unit,
                      uint32_t word)
{
    struct image_route route = image_route_of(image, from, word);
    begin_object(json);
    put_uint(json, "unit", unit);
    put_uint(json, "chip", route.chip);
    json_key(json, "cores");
    json_array(json);
    for (uint32_t core = 0; core < image->device->cores_per_chip; core++)
        if (route.cores >> core & 1)
            json_uint(json, core);
    json_end_array(json);
    json_key(json, "x");
    json_int(json, route.x);
    json_key(json, "y");
    json_int(json, route.y);
    put_uint(json, "tag", route.tag);
    end_object(json);
}

static void put_pair(struct json *json, const char *key, int64_t x, int64_t y)
{
    json_key(json, key);
    json_array(json);
    json_int(json, x);
    json_int(json, y);
    json_end_array(json);
}

static void put_bool(struct json *json, const char *key, bool value)
{
    json_key(json, key);
    json_bool(json, value);
}

static void put_dvs(struct json *json, const struct image *image, const struct image_dvs *dvs)
{
    json_key(json, "dvs");
    begin_object(json);
    for (uint32_t i = 0; i < N_CAMERAS; i++)
        if (image->device->camera[i].code == dvs->mode) {
            json_key(json, "camera");
            json_string(json, image->device->camera[i].name);
        }
    put_pair(json, "origin", dvs->origin[0], dvs->origin[1]);
    put_pair(json, "max", dvs->max[0], dvs->max[1]);
    put_pair(json, "pooling_shift", dvs->pooling_shift[0], dvs->pooling_shift[1]);
    put_bool(json, "on_events", dvs->on_events);
    put_bool(json, "off_events", dvs->off_events);
    put_bool(json, "drop_events", dvs->drop_events);
    put_bool(json, "copy_events", dvs->copy_events);
    put_pair(json, "copy_hop", dvs->copy_hop[0], dvs->copy_hop[1]);
    put_uint(json, "handshake_ns", dvs->handshake_ns);
    json_key(json, "filter");
    json_array(json);
    for (uint32_t i = 0; i < dvs->n_filter; i++) {
        json_array(json);
        json_uint(json, dvs->filter[i] & UINT16_MAX);
        json_uint(json, dvs->filter[i] >> 16);
        json_end_array(json);
    }
    json_end_array(json);
    end_object(json);
}

static void put_settings(struct json *json, const struct image *image)
{
    json_key(json, "settings");
    json_array(json);
    for (uint32_t i = 0; i < image->settings.n; i++) {
        const struct image_setting *setting = &image->settings.at[i];
        struct device_setting row = device_setting_at(image->device, setting->number);
        begin_object(json);
        put_uint(json, "chip", setting->chip);
        json_key(json, "group");
        json_string(json, row.group->prefix);
        json_key(json, "name");
        json_string(json, row.info->name);
        if (row.info->kind == SETTING_DAC) {
            put_uint(json, "coarse", setting->value[0]);
            put_uint(json, "fine", setting->value[1]);
        } else {
            put_uint(json, "value", setting->value[0]);
        }
        end_object(json);
    }
    json_end_array(json);
}

static void put_inputs(struct json *json, const struct image *image)
{
    static const char *const from[N_IMAGE_INPUT_KINDS] = {"host", "dvs", "bioamp"};
    json_key(json, "inputs");
    json_array(json);
    for (uint32_t i = 0; i < image->inputs.n; i++) {
        const struct image_input *input = &image->inputs.at[i];
        json_object(json);
        put_shape(json, input->name, input->n_dims, input->dims);
        json_key(json, "from");
        json_string(json, from[input->kind]);
        put_uint(json, "chip", input->chip);
        if (input->kind == IMAGE_DVS)
            put_dvs(json, image, &input->dvs);
        json_key(json, "events");
        json_array(json);
        for (uint32_t u = 0; u < input->size; u++)
            for (uint32_t d = input->first_dest[u]; d < input->first_dest[u + 1]; d++)
                put_event(json, image, input->chip, u, input->dest[d]);
        json_end_array(json);
        json_end_object(json);
    }
    json_end_array(json);
}

/* Units of a probe as [first, last] runs. */
static void put_units(struct json *json, const struct image_probe *probe)
{
    json_key(json, "units");
    begin_array(json);
    for (uint32_t i = 0, n; i < probe->n_units; i += n) {
        n = 1;
        while (i + n < probe->n_units && probe->unit[i + n] == probe->unit[i] + n)
            n++;
        json_array(json);
        json_uint(json, probe->unit[i]);
        json_uint(json, probe->unit[i + n - 1]);
        json_end_array(json);
    }
    end_array(json);
}

static void put_probes(struct json *json, const struct image *image)
{
    json_key(json, "probes");
    json_array(json);
    for (uint32_t i = 0; i < image->probes.n; i++) {
        const struct image_probe *probe = &image->probes.at[i];
        bool input = probe->unit_kind == UNIT_INPUT;
        json_object(json);
        json_key(json, "kind");
        json_string(json, probe_name[probe->kind]);
        json_key(json, input ? "input" : "population");
        json_string(json, input ? image->inputs.at[probe->object].name
                                : image->populations.at[probe->object].name);
        put_units(json, probe);
        json_end_object(json);
    }
    json_end_array(json);
}

char *map_json(struct arena *arena, const struct image *image, size_t *n)
{
    struct json json;
    json_init(&json, arena, false);
    json_object(&json);
    json_key(&json, "schema");
    json_string(&json, "dyn-map/1");
    put_board(&json, image);
    put_populations(&json, image);
    put_monitor(&json, image->device);
    put_inputs(&json, image);
    put_probes(&json, image);
    put_settings(&json, image);
    json_end_object(&json);
    const char *text = json_finish(&json, n);
    return arena_strndup(arena, text, *n);
}
