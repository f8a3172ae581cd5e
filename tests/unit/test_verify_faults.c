/* Faults as a wrong mapper, emitter or encoder would make them, in images as built, with the
 * checksums in order: each is refused by one of the checks it is a matter of. */
/* links: runtime mapper backend verify compiler grammar device base */
#include "tests/unit/verify_built.h"

enum { TRIALS = 42, CAM_CELLS = 64, ENTRIES = 4, SITES = 1024, CORE_SITES = 256, BIASES = 52 };

static uint8_t *cam_word(struct built *b, uint64_t site, uint64_t cell)
{
    return b->bytes + section_at(b, SECTION_CAM) + 4 * (site * CAM_CELLS + cell);
}

static uint8_t *sram_word(struct built *b, uint64_t site, uint64_t entry)
{
    return b->bytes + section_at(b, SECTION_SRAM) + 4 * (site * ENTRIES + entry);
}

static uint32_t get(const uint8_t *at)
{
    return (uint32_t)w_get(at, 4);
}

static void set(uint8_t *at, uint32_t word)
{
    w_put(at, word, 4);
}

static unsigned cam_used(struct built *b, uint64_t site)
{
    unsigned n = 0;
    while (n < CAM_CELLS && get(cam_word(b, site, n)))
        n++;
    return n;
}

/* A site with CAM words, and with room for one more if asked. */
static bool some_listener(struct built *b, struct dice *dice, bool room, uint64_t *site)
{
    for (unsigned tries = 0; tries < 20000; tries++) {
        *site = roll(dice, SITES);
        unsigned n = cam_used(b, *site);
        if (n > 0 && (!room || n < CAM_CELLS))
            return true;
    }
    return false;
}

static void sort_words(struct built *b, uint64_t site)
{
    for (unsigned i = 1; i < cam_used(b, site); i++)
        for (unsigned k = i; k > 0 && get(cam_word(b, site, k - 1)) > get(cam_word(b, site, k));
             k--) {
            uint32_t one = get(cam_word(b, site, k));
            set(cam_word(b, site, k), get(cam_word(b, site, k - 1)));
            set(cam_word(b, site, k - 1), one);
        }
}

/* Changes bits of one CAM word and puts the words in order again. */
static bool change_word(struct built *b, struct dice *dice, uint32_t bits)
{
    uint64_t site;
    if (!some_listener(b, dice, false, &site))
        return false;
    uint8_t *at = cam_word(b, site, roll(dice, cam_used(b, site)));
    set(at, get(at) ^ bits);
    sort_words(b, site);
    return true;
}

static bool some_sender(struct built *b, struct dice *dice, bool monitor, uint64_t *site,
                        uint8_t **word)
{
    for (unsigned tries = 0; tries < 20000; tries++) {
        *site = roll(dice, SITES);
        *word = sram_word(b, *site, roll(dice, ENTRIES));
        bool to_host = (get(*word) >> 15 & 15) == 0;
        if (get(*word) && to_host == monitor)
            return true;
    }
    return false;
}

/* --- faults; false: this network has no place for it --- */

static bool drop_word(struct built *b, struct dice *dice)
{
    uint64_t site;
    if (!some_listener(b, dice, false, &site))
        return false;
    unsigned n = cam_used(b, site), at = (unsigned)roll(dice, n);
    memmove(cam_word(b, site, at), cam_word(b, site, at + 1), 4 * (n - at - 1));
    set(cam_word(b, site, n - 1), 0);
    return true;
}
static bool add_word(struct built *b, struct dice *dice)
{
    uint64_t site, other;
    if (!some_listener(b, dice, true, &site) || !some_listener(b, dice, false, &other))
        return false;
    uint32_t word = get(cam_word(b, site, roll(dice, cam_used(b, site))));
    set(cam_word(b, site, cam_used(b, site)), word);
    sort_words(b, site);
    return true;
}
static bool retag_word(struct built *b, struct dice *dice)
{
    return change_word(b, dice, (1 + (uint32_t)roll(dice, 2047)) << 11);
}
static bool weight_bit(struct built *b, struct dice *dice)
{
    return change_word(b, dice, 1u << roll(dice, 4));
}
static bool stp_bit(struct built *b, struct dice *dice)
{
    return change_word(b, dice, 1u << 4);
}
static bool precise_bit(struct built *b, struct dice *dice)
{
    return change_word(b, dice, 1u << 5);
}
static bool mismatched_bit(struct built *b, struct dice *dice)
{
    return change_word(b, dice, 1u << 6);
}
static bool other_dendrite(struct built *b, struct dice *dice)
{
    uint64_t site;
    if (!some_listener(b, dice, false, &site))
        return false;
    uint8_t *at = cam_word(b, site, roll(dice, cam_used(b, site)));
    uint32_t was = get(at) >> 7 & 15, turned = was == 8 ? 1 : was << 1;
    set(at, (get(at) & ~(15u << 7)) | turned << 7);
    sort_words(b, site);
    return true;
}
static bool no_dendrite(struct built *b, struct dice *dice)
{
    uint64_t site;
    if (!some_listener(b, dice, false, &site))
        return false;
    uint8_t *at = cam_word(b, site, roll(dice, cam_used(b, site)));
    set(at, get(at) & ~(15u << 7));
    sort_words(b, site);
    return true;
}
static bool swap_neurons(struct built *b, struct dice *dice)
{
    uint8_t held[4 * CAM_CELLS];
    uint64_t one, two;
    for (unsigned tries = 0; tries < 100; tries++) {
        if (!some_listener(b, dice, false, &one) || !some_listener(b, dice, false, &two))
            return false;
        uint8_t *x = cam_word(b, one, 0), *y = cam_word(b, two, 0);
        if (one / CORE_SITES != two / CORE_SITES || memcmp(x, y, sizeof held) == 0)
            continue;
        memcpy(held, x, sizeof held);
        memcpy(x, y, sizeof held);
        memcpy(y, held, sizeof held);
        return true;
    }
    return false;
}
static bool words_on_nobody(struct built *b, struct dice *dice)
{
    uint64_t site;
    for (site = SITES; site-- > 0;)
        if (!cam_used(b, site) && !get(sram_word(b, site, 0)))
            break;
    if (site >= SITES)
        return false;
    set(roll(dice, 2) ? cam_word(b, site, roll(dice, CAM_CELLS))
                      : sram_word(b, site, roll(dice, 4)),
        1 + (uint32_t)roll(dice, UINT32_MAX));
    return true;
}
static bool drop_route(struct built *b, struct dice *dice)
{
    uint64_t site;
    uint8_t *word;
    if (!some_sender(b, dice, false, &site, &word))
        return false;
    uint8_t *last = sram_word(b, site, ENTRIES - 1);
    memmove(word, word + 4, (size_t)(last - word));
    set(last, 0);
    return true;
}
static bool alias_tag(struct built *b, struct dice *dice)
{
    uint64_t site, other;
    uint8_t *word, *victim;
    for (unsigned tries = 0; tries < 100; tries++) {
        if (!some_sender(b, dice, false, &site, &word)
            || !some_sender(b, dice, false, &other, &victim))
            return false;
        uint32_t tag = get(victim) & 2047;
        if (site == other || (get(word) & 2047) == tag)
            continue;
        set(word, (get(word) & ~2047u) | tag);
        return true;
    }
    return false;
}
static bool mask_bit(struct built *b, struct dice *dice)
{
    uint64_t site;
    uint8_t *word;
    if (!some_sender(b, dice, false, &site, &word))
        return false;
    set(word, get(word) ^ 1u << (19 + roll(dice, 4)));
    return true;
}
static bool swap_core(struct built *b, struct dice *dice)
{
    uint64_t site;
    uint8_t *word;
    if (!some_sender(b, dice, false, &site, &word))
        return false;
    uint32_t mask = get(word) >> 19 & 15, turned = (mask << 1 | mask >> 3) & 15;
    if (mask == 15)
        return false;
    set(word, (get(word) & ~(15u << 19)) | turned << 19);
    return true;
}
static bool hop(struct built *b, struct dice *dice)
{
    uint64_t site;
    uint8_t *word;
    if (!some_sender(b, dice, roll(dice, 2), &site, &word))
        return false;
    set(word, get(word) ^ (1 + (uint32_t)roll(dice, 15)) << (roll(dice, 2) ? 15 : 11));
    return true;
}
static bool monitor_tag(struct built *b, struct dice *dice)
{
    uint64_t site;
    uint8_t *word;
    if (!some_sender(b, dice, true, &site, &word))
        return false;
    set(word, get(word) ^ (1 + (uint32_t)roll(dice, 2047)));
    return true;
}
static bool monitor_dropped(struct built *b, struct dice *dice)
{
    uint64_t site;
    uint8_t *word;
    if (!some_sender(b, dice, true, &site, &word))
        return false;
    set(word, 0);
    return true;
}
static bool dac_step(struct built *b, struct dice *dice)
{
    uint8_t *code = b->bytes + section_at(b, SECTION_BIAS) + 2 * roll(dice, 4 * BIASES);
    code[1] = (uint8_t)(code[1] + (roll(dice, 2) ? 1 : 255));
    return true;
}
static bool dac_coarse(struct built *b, struct dice *dice)
{
    uint8_t *code = b->bytes + section_at(b, SECTION_BIAS) + 2 * roll(dice, 4 * BIASES);
    code[0] = (uint8_t)((code[0] + 1 + roll(dice, 7)) % 8);
    return true;
}
static bool latch(struct built *b, struct dice *dice)
{
    uint8_t *at = b->bytes + section_at(b, SECTION_LATCH) + roll(dice, 2 * SITES);
    *at ^= (uint8_t)(1u << roll(dice, 8));
    return true;
}
static bool input_event(struct built *b, struct dice *dice)
{
    uint64_t length = section_length(b, SECTION_INPUT);
    if (length < 8)
        return false;
    uint8_t *last = b->bytes + section_at(b, SECTION_INPUT) + length - 4;
    set(last, get(last) ^ (1 + (uint32_t)roll(dice, roll(dice, 2) ? 0x7FF : 0x7FFFFF)));
    return true;
}
/* Somewhere in the inputs: names, shapes, cameras, blocks, events. */
static bool input_byte(struct built *b, struct dice *dice)
{
    uint8_t *at = b->bytes + section_at(b, SECTION_INPUT);
    if (section_length(b, SECTION_INPUT) < 8)
        return false;
    at[4 + roll(dice, section_length(b, SECTION_INPUT) - 4)] ^= (uint8_t)(1 + roll(dice, 255));
    return true;
}
static bool setting(struct built *b, struct dice *dice)
{
    uint8_t *at = b->bytes + section_at(b, SECTION_CHIP);
    if (section_length(b, SECTION_CHIP) <= 4)
        return false;
    at[4 + roll(dice, section_length(b, SECTION_CHIP) - 4)] ^= (uint8_t)(1 + roll(dice, 255));
    return true;
}
static bool probe(struct built *b, struct dice *dice)
{
    uint8_t *at = b->bytes + section_at(b, SECTION_PROBE) + 4;
    at += roll(dice, section_length(b, SECTION_PROBE) - 4);
    *at = (uint8_t)(*at + 1 + roll(dice, 255));
    return true;
}
static bool symbol(struct built *b, struct dice *dice)
{
    uint8_t *piece =
        b->bytes + section_at(b, SECTION_SYMBOLS) + section_length(b, SECTION_SYMBOLS) - 20;
    uint8_t *field = piece + 4 * roll(dice, 5);
    set(field, get(field) + (roll(dice, 2) ? 1u : UINT32_MAX));
    return true;
}
static bool seed(struct built *b, struct dice *dice)
{
    uint8_t *at = b->bytes + section_at(b, SECTION_META);
    at += 4 + strlen(DYNC_VERSION) + 4 + strlen("dynapse2") + 16;
    at[roll(dice, 8)] ^= (uint8_t)(1 + roll(dice, 255));
    return true;
}
static bool source_hash(struct built *b, struct dice *dice)
{
    uint64_t end = section_at(b, SECTION_META) + section_length(b, SECTION_META);
    b->bytes[end - 1 - roll(dice, 32)] ^= (uint8_t)(1 + roll(dice, 255));
    return true;
}

#define V(n) (1u << (n))
static const struct fault {
    const char *name;
    bool (*make)(struct built *b, struct dice *dice);
    unsigned checks; /* that may refuse it */
    bool meta;
} faults[] = {
    {"drop a CAM word", drop_word, V(2), false},
    {"add a CAM word", add_word, V(3), false},
    {"retag a CAM word", retag_word, V(2) | V(3), false},
    {"weight bit", weight_bit, V(2) | V(3), false},
    {"stp bit", stp_bit, V(2) | V(3), false},
    {"precise bit", precise_bit, V(2) | V(3), false},
    {"mismatched bit", mismatched_bit, V(2) | V(3), false},
    {"other dendrite", other_dendrite, V(2) | V(3), false},
    {"no dendrite", no_dendrite, V(2) | V(3), false},
    {"swap the words of two neurons", swap_neurons, V(2) | V(3), false},
    {"words where no neuron is", words_on_nobody, V(4), false},
    {"drop a route", drop_route, V(2), false},
    {"alias a tag", alias_tag, V(2) | V(3) | V(10), false},
    {"core mask bit", mask_bit, V(2) | V(3) | V(10), false},
    {"send to another core", swap_core, V(2) | V(3) | V(10), false},
    {"hop", hop, V(5) | V(6) | V(2), false},
    {"monitor tag", monitor_tag, V(6), false},
    {"monitor dropped", monitor_dropped, V(5), false},
    {"DAC one step off", dac_step, V(7) | V(8) | V(10), false},
    {"DAC coarse", dac_coarse, V(7) | V(8) | V(10), false},
    {"latch", latch, V(9), false},
    {"input event", input_event, V(2) | V(3) | V(5) | V(10), false},
    {"byte of an input", input_byte, V(2) | V(3) | V(5) | V(10) | V(12), false},
    {"setting of a chip", setting, V(9), false},
    {"probe", probe, V(12), false},
    {"symbol", symbol, V(1) | V(2) | V(4) | V(5) | V(7) | V(8) | V(10) | V(12), false},
    {"seed", seed, V(2) | V(3), true},
    {"hash of a source", source_hash, V(12), true},
};

static void spoil_all(const char *path, const char *define, struct dice *dice)
{
    struct built b;
    build(&b, path, define);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        unsigned made = 0, fired[13] = {0};
        for (unsigned k = 0; k < TRIALS; k++) {
            if (!faults[i].make(&b, dice) || memcmp(b.bytes, b.driver.bytes, b.n) == 0)
                continue;
            made++;
            w_seal(b.bytes, b.n);
            int check = refused_by(&b, faults[i].meta);
            if (check <= 0 || !(faults[i].checks & V(check)))
                fail_msg("%s: %s: %s V%d", path, faults[i].name,
                         check < 0 ? "accepted" : "refused by", check);
            fired[check]++;
            restore(&b);
        }
        print_message("%-32s %3u refused:", faults[i].name, made);
        for (int check = 1; check <= 12; check++)
            if (fired[check])
                print_message(" V%d %u", check, fired[check]);
        print_message("\n");
    }
    release(&b);
}

static void seeded_faults(void **state)
{
    struct dice dice = dice_of_run();
    (void)state;
    spoil_all("tests/fault/verify_small.dyn", "copies=2", &dice);
    spoil_all("tests/fault/verify_full.dyn", NULL, &dice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(seeded_faults)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
