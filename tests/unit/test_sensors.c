/* Sensors and settings of chips in images: what image_check() refuses, one departure at a time.
 * links: runtime mapper backend verify compiler grammar device base */
#include "tests/unit/verify_built.h"

#include "backend/emit.h"

enum { CAM = 1, ECG = 2 }; /* inputs of tests/fault/verify_small.dyn */

static struct image_input *cam(struct image *image)
{
    return &image->inputs.at[CAM];
}
static struct image_input *ecg(struct image *image)
{
    return &image->inputs.at[ECG];
}

static void no_such_camera(struct image *i)
{
    cam(i)->dvs.mode = 1;
}
static void no_events(struct image *i)
{
    cam(i)->dvs.on_events = cam(i)->dvs.off_events = false;
}
static void pooled_too_far(struct image *i)
{
    cam(i)->dvs.pooling_shift[0] = 8;
}
static void shift_of_nothing(struct image *i)
{
    cam(i)->dvs.pooling_shift[1] = 255;
}
static void window_too_small(struct image *i)
{
    cam(i)->dvs.max[0]--;
}
static void window_outside(struct image *i)
{
    uint16_t size = (uint16_t)(cam(i)->dvs.max[1] - cam(i)->dvs.origin[1]);
    cam(i)->dvs.max[1] = 180;
    cam(i)->dvs.origin[1] = (uint16_t)(180 - size);
}
static void window_at_the_edge(struct image *i) /* one less is the last legal row */
{
    window_outside(i);
    cam(i)->dvs.max[1]--;
    cam(i)->dvs.origin[1]--;
}
static void filter_unsorted(struct image *i)
{
    cam(i)->dvs.filter[1] = cam(i)->dvs.filter[0];
}
static void filter_outside(struct image *i)
{
    cam(i)->dvs.filter[1] = 180u << 16;
}
static void filter_too_long(struct image *i)
{
    cam(i)->dvs.n_filter = i->device->dvs_filter + 1;
}
static void copy_without_way(struct image *i)
{
    cam(i)->dvs.copy_events = true;
}
static void way_without_copy(struct image *i)
{
    cam(i)->dvs.copy_hop[0] = -1;
}
static void copy_to_no_chip(struct image *i)
{
    cam(i)->dvs.copy_events = true;
    cam(i)->dvs.copy_hop[0] = 1;
}
static void copy_too_far(struct image *i)
{
    cam(i)->dvs.copy_events = true;
    cam(i)->dvs.copy_hop[0] = -8;
}
static void copy_to_host(struct image *i) /* legal */
{
    cam(i)->dvs.copy_events = true;
    cam(i)->dvs.copy_hop[0] = -7;
}
static void two_destinations(struct image *i)
{
    for (uint32_t u = 1; u < cam(i)->size; u++)
        cam(i)->first_dest[u] = cam(i)->first_dest[u + 1];
}
static void at_no_chip(struct image *i)
{
    cam(i)->chip = 1;
}
static void no_such_sensor(struct image *i)
{
    cam(i)->kind = N_IMAGE_INPUT_KINDS;
}
static void host_elsewhere(struct image *i)
{
    i->inputs.at[0].chip = 1;
}
static void same_interface(struct image *i)
{
    i->inputs.at[3].kind = IMAGE_BIOAMP;
}
static void wrong_units(struct image *i)
{
    ecg(i)->dims[0] = 4;
    ecg(i)->dims[1] = 16;
}
static void no_such_block(struct image *i)
{
    ecg(i)->route[0] = field_put(i->device, FIELD_sram_tag, ecg(i)->route[0], 32);
}
static void block_off_board(struct image *i)
{
    ecg(i)->route[0] = field_put(i->device, FIELD_sram_x, ecg(i)->route[0], 8);
}
static void block_to_no_core(struct image *i)
{
    ecg(i)->route[0] = field_put(i->device, FIELD_sram_cores, ecg(i)->route[0], 0);
}
static void block_heard_by_nobody(struct image *i)
{
    ecg(i)->route[0] = field_put(i->device, FIELD_sram_cores, ecg(i)->route[0], 15);
}
static void block_twice(struct image *i)
{
    ecg(i)->route[ecg(i)->n_routes++] = ecg(i)->route[0];
}
static void block_dropped(struct image *i)
{
    ecg(i)->n_routes = 0;
}

static struct image_setting *last(struct image *i)
{
    return &i->settings.at[i->settings.n - 1];
}
static void setting_of_no_chip(struct image *i)
{
    last(i)->chip = 1;
}
static void no_such_setting(struct image *i)
{
    last(i)->number = (uint16_t)device_n_settings(i->device);
}
static void switch_of_two(struct image *i)
{
    last(i)->value[0] = 2;
}
static void switch_with_fine(struct image *i)
{
    last(i)->value[1] = 1;
}
static void coarse_too_large(struct image *i)
{
    i->settings.at[0].value[0] = 6;
}
static void settings_unsorted(struct image *i)
{
    i->settings.at[1].number = i->settings.at[0].number;
}
static void monitor_forgotten(struct image *i)
{
    i->settings.n--;
}
static void other_neuron(struct image *i)
{
    int on = -1;
    for (uint32_t c = 0; c < 4 && on < 0; c++) {
        char prefix[] = {'c', 'o', 'r', 'e', (char)('0' + c), 0};
        int number = device_setting_find(i->device, prefix, "monitored_neuron");
        for (uint32_t k = 0; k < i->settings.n; k++)
            if (i->settings.at[k].number == number)
                on = (int)k;
    }
    assert_true(on >= 0);
    i->settings.at[on].value[0]++;
}

static const struct departure {
    void (*spoil)(struct image *image);
    const char *says; /* NULL: none, the image is one that could be written */
} departures[] = {
    {no_such_camera, "input cam: there is no such camera"},
    {no_events, "input cam: a camera without events"},
    {pooled_too_far, "input cam: pixels are pooled by too much"},
    {shift_of_nothing, "input cam: pixels are pooled by too much"},
    {window_too_small, "input cam: the window does not hold the pixels, or leaves the camera"},
    {window_outside, "input cam: the window does not hold the pixels, or leaves the camera"},
    {window_at_the_edge, NULL},
    {filter_unsorted, "input cam: dropped pixels do not ascend"},
    {filter_outside, "input cam: a dropped pixel lies outside the camera"},
    {filter_too_long, "input cam: too many raw pixels are dropped"},
    {copy_without_way, "input cam: events are copied to nowhere, or a way is given for no copies"},
    {way_without_copy, "input cam: events are copied to nowhere, or a way is given for no copies"},
    {copy_to_no_chip, "input cam: events are copied to no chip"},
    {copy_too_far, "input cam: events are copied too far"},
    {copy_to_host, NULL},
    {two_destinations, "input cam: a pixel has one destination"},
    {at_no_chip, "input cam: no such sensor, or one at no chip"},
    {no_such_sensor, "input cam: no such sensor, or one at no chip"},
    {host_elsewhere, "input src: the host's events start at chip 0"},
    {same_interface, "input go: ecg is at the same interface"},
    {wrong_units, "input ecg: not the units of a biosignal front end"},
    {no_such_block, "input ecg: destination 0: no such block of tags"},
    {block_off_board, "input ecg: destination 0: the target is not on the board"},
    {block_to_no_core, "input ecg: destination 0: no target core, or one that does not exist"},
    {block_heard_by_nobody,
     "input ecg: destination 0: no CAM word of a target core hears a tag of the block"},
    {block_twice, "input ecg: destination 1: destinations do not ascend by chip"},
    {block_dropped, "nobody sends tag"},
    {setting_of_no_chip, ": there is no such setting"},
    {no_such_setting, ": there is no such setting"},
    {switch_of_two, ": no such value"},
    {switch_with_fine, ": no such value"},
    {coarse_too_large, "setting 0: no such code"},
    {settings_unsorted, "settings do not ascend at chip0 shared01.PG_BUF_N"},
    {monitor_forgotten, "settings of the monitors are not those of the probes"},
    {other_neuron, "settings of the monitors are not those of the probes"},
};

static void departures_are_named(void **state)
{
    (void)state;
    struct built b;
    build(&b, "tests/fault/verify_small.dyn", NULL);
    for (size_t i = 0; i < sizeof departures / sizeof *departures; i++) {
        struct arena arena;
        struct image image;
        struct image_fault fault = {.text = "nothing"};
        const char *why;
        arena_init(&arena, NULL);
        assert_true(image_decode(&arena, b.driver.device, b.bytes, b.n, &image, &why));
        departures[i].spoil(&image);
        bool ok = image_check(&arena, &image, &fault);
        if (ok != !departures[i].says || (!ok && !strstr(fault.text, departures[i].says)))
            fail_msg("%zu: \"%s\" instead of \"%s\"", i, fault.text,
                     departures[i].says ? departures[i].says : "nothing");
        arena_release(&arena);
    }
    release(&b);
}

/* All settings are told apart by their names, and found again. */
static void settings_have_numbers(void **state)
{
    (void)state;
    const struct device *device = device_dynapse2();
    uint32_t n = device_n_settings(device);
    assert_true(n > 138); /* the parameters alone: 2 + 2 * 6 + 6 * 5 + 14 + 8 * 10 */
    for (uint32_t i = 0; i < n; i++) {
        struct device_setting at = device_setting_at(device, i);
        assert_int_equal(device_setting_find(device, at.group->prefix, at.info->name), (int)i);
    }
    assert_null(device_setting_at(device, n).info);
    assert_int_equal(device_setting_find(device, "shared02", "PG_BUF_N"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(departures_are_named),
        cmocka_unit_test(settings_have_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
