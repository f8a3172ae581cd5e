#include "compiler/options.h"

#include "backend/device/device.h"
#include "compiler/base/elementary.h"
#include "compiler/base/text.h"
#include "compiler/cmd_sim.h"
#include "compiler/cmd_sim_stream.h"
#include "compiler/duration.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IN(command) (1u << COMMAND_##command)
#define IN_SOURCE (IN(BUILD) | IN(CHECK) | IN(FIT) | IN(TEST))
#define IN_ALL (~0u)

static const struct command_info {
    const char *name, *arguments;
    unsigned least, most;
    const char *help, *example;
} commands[] = {
#define COMMAND(id, name, arguments, least, most, help, example)                                   \
    {name, arguments, least, most, help, example},
#include "compiler/options.def"
};

static const char limit_help[] = "lower a limit:"
#define LIMIT(member, name, number, scale, what) " " name
#include "compiler/limits.def"
    ;

static const struct option_info {
    char letter;
    const char *name, *argument;
    unsigned commands;
    const char *help;
} infos[] = {
#define OPTION(id, letter, name, argument, commands, help) {letter, name, argument, commands, help},
#include "compiler/options.def"
};

/* --- values --- */

bool options_count(const char *text, uint64_t most, uint64_t *value)
{
    uint64_t n = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(n, 10u, &n)
            || __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
            return false;
    }
    *value = n;
    return n <= most;
}

bool options_u32(const char *text, uint32_t least, uint32_t *value)
{
    uint64_t wide;
    if (!options_count(text, UINT32_MAX, &wide) || wide < least)
        return false;
    *value = (uint32_t)wide;
    return true;
}

bool options_grid(const char *text, uint32_t *w, uint32_t *h)
{
    const char *cross = strchr(text, 'x');
    char left[16];
    if (!cross || cross == text || (size_t)(cross - text) >= sizeof left)
        return false;
    memcpy(left, text, (size_t)(cross - text));
    left[cross - text] = 0;
    return options_u32(left, 1, w) && options_u32(cross + 1, 1, h);
}

/* A decimal number followed by a unit of the table: at least one picosecond, the grain of time, and
 * no more of them than int64_t counts (with room for one step beyond the end of a run). */
static bool parse_time(const char *text, double *seconds)
{
    static const struct {
        const char *name;
        double scale;
    } unit[] = {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}};
    const double grain = 1e-12, longest = 9e6;
    size_t n = strspn(text, "0123456789.");
    const char *name = text + n + strspn(text + n, " ");
    if (n == 0 || text[0] == '.')
        return false;
    double value = elem_parse_real(text, (unsigned)n);
    for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++) {
        if (!strcmp(name, unit[i].name)) {
            *seconds = value * unit[i].scale;
            return *seconds >= grain * (1 - 1e-9) && *seconds <= longest;
        }
    }
    return false;
}

bool options_ratio(const char *text, double *value)
{
    size_t n = strspn(text, "0123456789.");
    if (n == 0 || text[n] || text[0] == '.')
        return false;
    *value = elem_parse_real(text, (unsigned)n);
    return *value >= 0 && *value <= 1;
}

static bool parse_dump(const char *text, unsigned *dump)
{
    static const char *const name[] = {"ast", "net", "mapping", "image"};
    while (*text) {
        size_t n = strcspn(text, ","), i = 0;
        while (i < 4 && (strlen(name[i]) != n || strncmp(name[i], text, n)))
            i++;
        if (i == 4)
            return false;
        *dump |= 1u << i;
        text += n + (text[n] == ',');
    }
    return *dump != 0;
}

static bool parse_limit(const char *text, struct elaborate_limits *limits)
{
    const char *equals = strchr(text, '=');
    uint64_t *limit = equals ? limits_find(limits, text, (size_t)(equals - text)) : NULL;
    return limit && options_count(equals + 1, UINT64_MAX, limit) && *limit > 0;
}

/* Seconds, or a time with its unit. */
static bool parse_limit_of_time(const char *text, double *seconds)
{
    size_t n = strspn(text, "0123456789.");
    if (n == 0 || text[0] == '.')
        return false;
    if (text[n])
        return parse_time(text, seconds);
    *seconds = elem_parse_real(text, (unsigned)n);
    return *seconds > 0 && *seconds <= 9e6;
}

static bool parse_progress(const char *text, enum progress_line *progress)
{
    *progress = !strcmp(text, "on")    ? PROGRESS_ON
                : !strcmp(text, "off") ? PROGRESS_OFF
                                       : PROGRESS_AUTO;
    return *progress != PROGRESS_AUTO || !strcmp(text, "auto");
}

static bool parse_color(const char *text, bool *color)
{
    if (!strcmp(text, "always"))
        *color = true;
    else if (!strcmp(text, "never"))
        *color = false;
    else
        return !strcmp(text, "auto");
    return true;
}

static bool set_elaborate(struct options *options, enum option_id id, const char *value)
{
    struct elaborate_options *to = &options->elaborate;
    switch (id) {
    case OPTION_SEED:
        to->seed_given = true;
        return options_count(value, UINT64_MAX, &to->seed);
    case OPTION_CHIPS:
        return options_u32(value, 1, &to->chips);
    case OPTION_GRID:
        return options_grid(value, &to->grid_w, &to->grid_h);
    case OPTION_LIMIT:
        return parse_limit(value, &to->limits);
    default:
        return false;
    }
}

static bool set_value(struct arena *arena, struct options *options, enum option_id id,
                      const char *value)
{
    switch (id) {
    case OPTION_OUTPUT:
        return *(options->output = value) != 0;
    case OPTION_DEFINE:
        VEC_PUSH(arena, &options->defines, value);
        return value[0] != '=' && strchr(value, '=') && strchr(value, '=')[1];
    case OPTION_IMPORT_PATH:
        VEC_PUSH(arena, &options->import_folders, value);
        return *value != 0;
    case OPTION_PROFILE:
        VEC_PUSH(arena, &options->profiles, value);
        return true;
    case OPTION_ROOT:
        return *(options->root = value) != 0;
    case OPTION_MAX_SOURCE:
        return options_count(value, UINT32_MAX - 1, &options->max_source)
               && options->max_source > 0;
    case OPTION_NODES:
        return options_count(value, UINT64_MAX, &options->nodes) && options->nodes > 0;
    case OPTION_TIME_LIMIT:
        return parse_limit_of_time(value, &options->time_limit);
    case OPTION_PROGRESS:
        return parse_progress(value, &options->progress);
    case OPTION_DUMP:
        return parse_dump(value, &options->dump);
    case OPTION_RATES:
        return *(options->rates = value) != 0;
    case OPTION_KEEP:
        return *(options->keep = value) != 0;
    case OPTION_WHAT_IF:
        VEC_PUSH(arena, &options->what_ifs, value);
        return true;
    case OPTION_DUMP_LP:
        return *(options->dump_lp = value) != 0;
    case OPTION_REPORT:
        return *(options->report = value) != 0;
    case OPTION_DT:
        options->elaborate.dt_given = true;
        options->dt_auto = !strcmp(value, "auto");
        options->dt = 0;
        return options->dt_auto || parse_time(value, &options->dt);
    case OPTION_THREADS:
        return options_u32(value, 1, &options->threads);
    case OPTION_FILTER:
        return (options->filter = value) != NULL;
    case OPTION_STIMULUS:
        return *(options->stimulus = value) != 0;
    case OPTION_DURATION:
        return parse_time(value, &options->duration);
    case OPTION_SPIKES:
        return *(options->spikes = value) != 0;
    case OPTION_TRACE:
        return *(options->trace = value) != 0;
    case OPTION_RECORD:
        VEC_PUSH(arena, &options->records, value);
        return *value != 0;
    case OPTION_SET:
        VEC_PUSH(arena, &options->sets, value);
        return true;
    case OPTION_SWEEP:
        VEC_PUSH(arena, &options->sweeps, value);
        return true;
    case OPTION_MISMATCH:
        return options_ratio(value, &options->mismatch);
    case OPTION_WARNING:
        VEC_PUSH(arena, &options->warnings, value);
        return *value != 0;
    case OPTION_COLOR:
        return parse_color(value, &options->color);
    case OPTION_FORMAT:
        return message_form_named(value, &options->form);
    case OPTION_MAX_ERRORS:
        return options_u32(value, 1, &options->max_errors);
    default:
        return set_elaborate(options, id, value);
    }
}

static void set_flag(struct options *options, enum option_id id)
{
    options->quiet |= id == OPTION_QUIET;
    options->timing |= id == OPTION_TIMING;
    options->version |= id == OPTION_VERSION;
    options->help |= id == OPTION_HELP;
    options->check_only |= id == OPTION_CHECK_ONLY;
    options->watch |= id == OPTION_WATCH;
}

/* --- words --- */

/* The option a word starts, or N_OPTIONS; *value points behind "=" or the letter, NULL if there is
 * none. */
static enum option_id find_option(const char *word, const char **value)
{
    *value = NULL;
    if (word[1] != '-') {
        for (unsigned i = 0; i < N_OPTIONS; i++) {
            if (infos[i].letter && infos[i].letter == word[1] && (!word[2] || *infos[i].argument)) {
                *value = word[2] ? word + 2 : NULL;
                return (enum option_id)i;
            }
        }
        return N_OPTIONS;
    }
    size_t n = strcspn(word + 2, "=");
    for (unsigned i = 0; i < N_OPTIONS; i++) {
        if (strlen(infos[i].name) == n && !strncmp(infos[i].name, word + 2, n)) {
            *value = word[2 + n] == '=' ? word + 3 + n : NULL;
            return (enum option_id)i;
        }
    }
    return N_OPTIONS;
}

static const char *unknown_option(struct arena *arena, const char *word)
{
    const char *names[N_OPTIONS];
    for (unsigned i = 0; i < N_OPTIONS; i++)
        names[i] = infos[i].name;
    size_t dashes = strspn(word, "-");
    const char *name = arena_strndup(arena, word + dashes, strcspn(word + dashes, "="));
    const char *near = diag_nearest(name, names, N_OPTIONS);
    return near ? arena_printf(arena, "unknown option '%s'; did you mean '--%s'?", word, near)
                : arena_printf(arena, "unknown option '%s'; see 'dync --help'", word);
}

/* Options may stand before the command: all that were given are looked at again once it is known.
 */
static const char *check_given(struct arena *arena, const struct options *options)
{
    for (unsigned i = 0; options->command != N_COMMANDS && i < N_OPTIONS; i++)
        if (options->given & UINT64_C(1) << i && !(infos[i].commands & 1u << options->command))
            return arena_printf(arena, "'dync %s' has no option '--%s'; see 'dync %s --help'",
                                commands[options->command].name, infos[i].name,
                                commands[options->command].name);
    return NULL;
}

/* "; did you mean 'json'?" for options whose values are words, or "". */
static const char *meant(struct arena *arena, enum option_id id, const char *value)
{
    static const char *const forms[] = {"text", "json", "sarif"};
    static const char *const colors[] = {"always", "never", "auto"};
    static const char *const whens[] = {"on", "off", "auto"};
    static const char *const dumps[] = {"ast", "net", "mapping", "image"};
    static const char *const limits[] = {
#define LIMIT(member, name, number, scale, what) name,
#include "compiler/limits.def"
    };
    const char *near = NULL, *word = arena_strndup(arena, value, strcspn(value, "=,"));
    if (id == OPTION_FORMAT)
        near = diag_nearest(word, forms, sizeof forms / sizeof forms[0]);
    else if (id == OPTION_COLOR)
        near = diag_nearest(word, colors, sizeof colors / sizeof colors[0]);
    else if (id == OPTION_PROGRESS)
        near = diag_nearest(word, whens, sizeof whens / sizeof whens[0]);
    else if (id == OPTION_DUMP)
        near = diag_nearest(word, dumps, sizeof dumps / sizeof dumps[0]);
    else if (id == OPTION_LIMIT)
        near = diag_nearest(word, limits, sizeof limits / sizeof limits[0]);
    if (!near || !strcmp(near, word))
        return "";
    return arena_printf(arena, "; did you mean '%s'?", near);
}

struct words {
    int n, next;
    char **at;
};

static const char *take_option(struct arena *arena, struct words *words, struct options *options)
{
    const char *word = words->at[words->next++], *value;
    enum option_id id = find_option(word, &value);
    if (id == N_OPTIONS)
        return unknown_option(arena, word);
    const struct option_info *info = &infos[id];
    _Static_assert(N_OPTIONS <= 8 * sizeof options->given, "one bit each in `given`");
    options->given |= UINT64_C(1) << id;
    const char *foreign = check_given(arena, options);
    if (foreign)
        return foreign;
    if (!*info->argument) {
        if (value)
            return arena_printf(arena, "option '--%s' takes no value", info->name);
        set_flag(options, id);
        return NULL;
    }
    if (!value && words->next < words->n)
        value = words->at[words->next++];
    if (!value)
        return arena_printf(arena, "option '--%s' needs a value: %s", info->name, info->argument);
    if (!set_value(arena, options, id, value))
        return arena_printf(arena, "'%s' is no value for option '--%s': %s, %s%s", value,
                            info->name, info->argument, info->help, meant(arena, id, value));
    return NULL;
}

static const char *take_command(struct arena *arena, const char *word, struct options *options)
{
    const char *names[N_COMMANDS];
    if (!strcmp(word, "help")) {
        options->help = true;
        return NULL;
    }
    for (unsigned i = 0; i < N_COMMANDS; i++) {
        names[i] = commands[i].name;
        if (!strcmp(word, commands[i].name)) {
            options->command = (enum command)i;
            return check_given(arena, options);
        }
    }
    const char *near = diag_nearest(word, names, N_COMMANDS);
    return near ? arena_printf(arena, "unknown command '%s'; did you mean '%s'?", word, near)
                : arena_printf(arena, "unknown command '%s'; see 'dync --help'", word);
}

static bool color_wanted(void)
{
    const char *never = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE"),
               *term = getenv("TERM");
    if (never && *never)
        return false;
    if (force && *force && strcmp(force, "0"))
        return true;
    return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

/* The number or name of a finding of these severities that comes nearest to `text`, or NULL. */
static const char *nearest_code(const char *text, enum severity most)
{
    struct diag_match match = {.text = text};
    for (int i = 0; i < N_DIAG_CODES; i++) {
        const struct diag_info *info = diag_info((enum diag_code)i);
        if (info->severity > most)
            continue;
        diag_offer(&match, info->name);
        diag_offer(&match, info->code);
    }
    return match.name;
}

static const char *unknown_code(struct arena *arena, const char *text)
{
    const char *near = nearest_code(text, SEVERITY_ERROR);
    return near ? arena_printf(arena, "no message has the code or name '%s'; did you mean '%s'?",
                               text, near)
                : arena_printf(
                    arena, "no message has the code or name '%s'; 'dync explain' lists all", text);
}

/* A board that packets can cross. */
static const char *check_board(struct arena *arena, const struct options *options)
{
    const struct elaborate_options *board = &options->elaborate;
    uint32_t most = device_dynapse2()->max_chips_per_axis;
    if (board->chips && board->grid_w)
        return "give --chips or --grid, not both";
    if (board->chips > most)
        return arena_printf(arena, "a row of %u chips is too long: 1 to %u", board->chips, most);
    if (board->grid_w > most || board->grid_h > most)
        return arena_printf(arena, "a grid of %ux%u chips is too large: each side is 1 to %u",
                            board->grid_w, board->grid_h, most);
    return NULL;
}

static bool is_standard(const char *path)
{
    return path && !strcmp(path, "-");
}

/* What kind of file each output can be. */
static const char *check_forms(const struct options *options)
{
    bool points = options->sets.n || options->sweeps.n;
    if (options->spikes && stream_form_of(options->spikes) == STREAM_VCD)
        return "'--spikes' writes CSV or .npy; '--trace' writes .vcd";
    if (options->rates && stream_form_of(options->rates) != STREAM_CSV)
        return "'--rates' writes CSV";
    if (points && options->rates)
        return "'--rates' is of one run; '--set' and '--sweep' give a table of rates";
    if (options->sweeps.n && options->trace && stream_form_of(options->trace) == STREAM_VCD)
        return "a .vcd file holds one run; with '--sweep', '--trace' writes CSV or .npy";
    if (options->output && !points)
        return "'--output' takes the table of '--set' and '--sweep'";
    return NULL;
}

static const char *check_simulation(struct arena *arena, const struct options *options)
{
    double dt = options->dt > 0 ? options->dt : SIM_DEFAULT_DT;
    if (options->duration <= 0)
        return "no duration given; for example: dync sim NET.dynimg --duration 1s";
    if (!options->dt_auto && options->duration < dt * (1 - 1e-9))
        return arena_printf(arena, "'--duration' of %s is less than one step of %s; '--dt' sets it",
                            duration_text(arena, options->duration, 6),
                            duration_text(arena, dt, 6));
    const char *wrong = check_forms(options);
    if (wrong)
        return wrong;
    if (options->records.n && !options->trace)
        return "'--record' needs '--trace FILE', the file to write to";
    if (is_standard(options->spikes) + is_standard(options->trace) + is_standard(options->rates)
            + is_standard(options->output)
        > 1)
        return "only one of '--spikes', '--trace', '--rates' and '--output' can go to standard "
               "output";
    if (is_standard(options->files.at[0]) && is_standard(options->stimulus))
        return "the image and '--stimulus' cannot both come from standard input";
    return NULL;
}

static const char *check_names(struct arena *arena, const struct options *options)
{
    const char *name = options->files.n ? options->files.at[0] : NULL,
               *target = device_dynapse2()->name;
    if (options->command == COMMAND_EXPLAIN && name && diag_named(name) < 0)
        return unknown_code(arena, name);
    if (options->command == COMMAND_TARGET && name && strcmp(name, target) != 0)
        return arena_printf(arena, "unknown target '%s'; this version knows '%s'", name, target);
    return NULL;
}

static const char *check_what_ifs(struct arena *arena, const struct options *options)
{
    if (options->what_ifs.n == 0)
        return NULL;
    if (!strcmp(options->files.at[0], "-"))
        return "'--what-if' needs a file: standard input is read once";
    if (options->report && !strcmp(options->report, "-"))
        return "'--what-if' prints a table, for which '--report -' leaves no room: name a file";
    for (uint32_t i = 0; i < options->what_ifs.n; i++) {
        struct options scratch = *options;
        const char *wrong = options_what_if(arena, options->what_ifs.at[i], &scratch);
        if (!wrong)
            wrong = check_board(arena, &scratch);
        if (wrong)
            return arena_printf(arena, "--what-if '%s': %s", options->what_ifs.at[i], wrong);
    }
    return NULL;
}

/* The line is for people: not in logs, pipes and what programs read. */
static bool progress_wanted(const struct options *options)
{
    return isatty(STDERR_FILENO) && options->form == MESSAGES_TEXT && !options->quiet;
}

static const char *check_usage(struct arena *arena, const struct options *options)
{
    if (options->help || options->version)
        return NULL;
    if (options->command == N_COMMANDS)
        return "no command given; see 'dync --help'";
    const struct command_info *info = &commands[options->command];
    if (options->files.n < info->least || options->files.n > info->most)
        return arena_printf(arena, "usage: dync %s %s", info->name, info->arguments);
    if (!options->output && (options->command == COMMAND_BUILD || options->command == COMMAND_ASM))
        return arena_printf(arena, "no output given; usage: dync %s %s", info->name,
                            info->arguments);
    for (uint32_t i = 0; options->command == COMMAND_FORMAT && i < options->files.n; i++)
        if (options->files.n > 1 && !strcmp(options->files.at[i], "-"))
            return "give '-' alone: standard input has one output";
    if (options->command == COMMAND_TEST && options->output && !options->sets.n
        && !options->sweeps.n)
        return "'--output' takes the table of '--set' and '--sweep'";
    if (options->watch && !strcmp(options->files.at[0], "-"))
        return "'--watch' needs a file: standard input is read once";
    if (options->rates && options->command != COMMAND_SIM && !strcmp(options->rates, "-")
        && !strcmp(options->files.at[0], "-"))
        return "the network and '--rates' cannot both come from standard input";
    if (options->keep && !strcmp(options->keep, "-"))
        return "'--keep' needs the name of a file";
    if (options->command == COMMAND_CHECK && options->dump & (DUMP_MAPPING | DUMP_IMAGE))
        return "'dync check' makes no mapping and no image to dump; 'dync fit' does";
    if (options->command == COMMAND_BUILD && is_standard(options->output))
        return "'dync build' makes several files: give -o a folder; '-' is none";
    const char *wrong = check_board(arena, options);
    if (!wrong && options->command == COMMAND_SIM)
        wrong = check_simulation(arena, options);
    if (!wrong)
        wrong = check_names(arena, options);
    return wrong ? wrong : check_what_ifs(arena, options);
}

bool options_parse(struct arena *arena, int argc, char **argv, struct options *options,
                   const char **error)
{
    *options = (struct options){.command = N_COMMANDS, .max_errors = 100, .color = color_wanted()};
    struct words words = {argc, 1, argv};
    bool only_files = false;
    *error = NULL;
    while (!*error && words.next < words.n) {
        const char *word = argv[words.next];
        if (!only_files && word[0] == '-' && word[1]) {
            if (!strcmp(word, "--")) {
                only_files = true;
                words.next++;
            } else {
                *error = take_option(arena, &words, options);
            }
            continue;
        }
        words.next++;
        if (options->command == N_COMMANDS)
            *error = take_command(arena, word, options);
        else
            VEC_PUSH(arena, &options->files, word);
    }
    if (options->progress == PROGRESS_AUTO)
        options->progress = progress_wanted(options) ? PROGRESS_ON : PROGRESS_OFF;
    if (!*error)
        *error = check_usage(arena, options);
    return !*error;
}

/* --- warnings --- */

static const char *unknown_warning(struct arena *arena, const char *given, const char *name)
{
    if (diag_named(name) >= 0)
        return arena_printf(arena, "-W%s: '%s' is an error and stays one", given, name);
    const char *near = nearest_code(name, SEVERITY_WARNING);
    const char *offer =
        near ? arena_printf(arena, "; did you mean '%s'?", near) : "; 'dync explain' lists all";
    return arena_printf(arena, "-W%s: no warning or note has the name '%s'%s", given, name, offer);
}

bool options_switches(struct arena *arena, const struct options *options, struct diag_sink *sink,
                      const char **error)
{
    for (uint32_t i = 0; i < options->warnings.n; i++) {
        const char *name = options->warnings.at[i];
        enum diag_switch to = DIAG_AS_WARNING;
        if (!strcmp(name, "error")) {
            sink->warnings_are_errors = true;
            continue;
        }
        if (!strncmp(name, "error=", 6)) {
            to = DIAG_AS_ERROR;
            name += 6;
        } else if (!strncmp(name, "no-", 3)) {
            to = DIAG_OFF;
            name += 3;
        }
        int code = diag_named(name);
        if (code < 0 || diag_info((enum diag_code)code)->severity == SEVERITY_ERROR) {
            *error = unknown_warning(arena, options->warnings.at[i], name);
            return false;
        }
        sink->switches[code] = (uint8_t)to;
    }
    return true;
}

/* --- help --- */

enum { HELP_COLUMN = 33, HELP_WIDTH = 100 };

/* Words from HELP_COLUMN on, in lines of HELP_WIDTH. */
static void help_words(struct text *text, const char *words)
{
    size_t column = HELP_COLUMN;
    while (*words) {
        size_t n = strcspn(words, " ");
        if (column > HELP_COLUMN && column + 1 + n > HELP_WIDTH) {
            text_add(text, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        }
        text_add(text, "%s%.*s", column > HELP_COLUMN ? " " : "", (int)n, words);
        column += n + (column > HELP_COLUMN);
        words += n + (words[n] == ' ');
    }
}

static void help_option(struct text *text, const struct option_info *info)
{
    char letter[4] = {' ', ' ', ' ', 0};
    size_t used = strlen(info->name) + (*info->argument ? 1 + strlen(info->argument) : 0);
    if (info->letter) {
        letter[0] = '-';
        letter[1] = info->letter;
        letter[2] = ',';
    }
    text_add(text, "  %s --%s%s%s%*s  ", letter, info->name, *info->argument ? " " : "",
             info->argument, used < 23 ? (int)(23 - used) : 0, "");
    help_words(text, info->help);
    text_bytes(text, "\n", 1);
}

static void help_program(struct text *text)
{
    text_add(
        text,
        "dync compiles .dyn network descriptions for boards of DYNAP-SE2 neuromorphic chips.\n\n"
        "usage: dync COMMAND [OPTIONS] FILE...\n\ncommands:\n");
    for (unsigned i = 0; i < N_COMMANDS; i++)
        text_add(text, "  %-8s %-28s %s\n", commands[i].name, commands[i].arguments,
                 commands[i].help);
    text_add(text,
             "\na first session:\n"
             "  dync check net.dyn                  is it right, can it fit?\n"
             "  dync build net.dyn -o out           image, map and report in out/\n"
             "  dync test net.dyn                   run its test blocks on the decoded image\n"
             "  dync sim out/net.dynimg --duration 1s --spikes spikes.csv\n"
             "\n'dync COMMAND --help' lists the options of a command.\n"
             "exit codes: 0 ok, 1 errors in the source, 2 usage, 3 does not fit (proved), 4 "
             "nothing found and "
             "nothing\nproved, 5 a file or the machine failed, 6 verification failed, 7 an "
             "expectation failed,\n130 interrupted\n"
             "memory: at most three quarters of the machine's, or of what `ulimit -v` leaves\n");
}

char *options_help(struct arena *arena, enum command command)
{
    struct text text;
    text_init(&text, arena);
    if (command == N_COMMANDS) {
        help_program(&text);
        return text.at;
    }
    const struct command_info *info = &commands[command];
    text_add(&text, "usage: dync %s %s [OPTIONS]\n%s\n\nexample: %s\n\noptions:\n", info->name,
             info->arguments, info->help, info->example);
    for (unsigned i = 0; i < N_OPTIONS; i++)
        if (infos[i].commands & 1u << command)
            help_option(&text, &infos[i]);
    return text.at;
}
