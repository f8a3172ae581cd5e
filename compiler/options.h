/* Command line: one table (options.def) gives parsing, usage and help. */
#ifndef DYNC_OPTIONS_H
#define DYNC_OPTIONS_H

#include "compiler/base/diag.h"
#include "compiler/elaborate.h"
#include "compiler/messages.h"

enum command {
#define COMMAND(id, name, arguments, least, most, help, example) COMMAND_##id,
#include "compiler/options.def"
    N_COMMANDS
};
enum option_id {
#define OPTION(id, letter, name, argument, commands, help) OPTION_##id,
#include "compiler/options.def"
    N_OPTIONS
};

enum { DUMP_AST = 1, DUMP_NET = 2, DUMP_MAPPING = 4, DUMP_IMAGE = 8 };

/* A line on standard error that says how far the placement is. */
enum progress_line { PROGRESS_AUTO, PROGRESS_OFF, PROGRESS_ON };

struct text_vec VEC_OF(const char *);
struct options {
    enum command command;
    struct text_vec files; /* positional arguments */
    const char *output, *root, *report, *dump_lp, *rates, *keep, *stimulus, *spikes, *trace,
        *filter;
    struct text_vec defines;            /* NAME=VALUE as given */
    struct text_vec what_ifs;           /* as given; options_what_if() reads them */
    struct text_vec records;            /* --record */
    struct text_vec sets, sweeps;       /* --set, --sweep */
    struct folder_vec import_folders;   /* -I */
    struct folder_vec profiles;         /* --profile */
    struct elaborate_options elaborate; /* without defines */
    uint64_t max_source, nodes;
    unsigned dump;
    double dt, duration; /* s, 1 ps to 9e6 s; 0: not given */
    bool dt_auto;        /* --dt auto */
    double mismatch;
    double time_limit; /* s, for placing; 0: none */
    enum message_form form;
    bool color, quiet, timing, help, version;
    enum progress_line progress;  /* AUTO does not come out of options_parse() */
    bool check_only;              /* fmt --check */
    bool watch;                   /* check --watch */
    struct text_vec warnings;     /* arguments of -W */
    uint32_t max_errors, threads; /* threads: 0: not given */
    uint64_t given;               /* bit per option_id */
};

/* False: *error says what is wrong with the command line (exit 2). */
bool options_parse(struct arena *arena, int argc, char **argv, struct options *options,
                   const char **error);
/* Applies -W switches; false with *error for an unknown name. */
bool options_switches(struct arena *arena, const struct options *options, struct diag_sink *sink,
                      const char **error);
/* Changes `options` as one --what-if asks, "chips=2,reserve=0.1,-D n=4": NULL, or a phrase that
 * says what is wrong with it. */
const char *options_what_if(struct arena *arena, const char *text, struct options *options);

/* Values of options; false: it is none. A number of at least `least`; "WxH", each at least 1; a
 * decimal fraction from 0 to 1. */
bool options_u32(const char *text, uint32_t least, uint32_t *value);
bool options_grid(const char *text, uint32_t *w, uint32_t *h);
bool options_ratio(const char *text, double *value);
/* Decimal digits to a number of at most `most`. */
bool options_count(const char *text, uint64_t most, uint64_t *value);
/* Help of one command, or of the program (N_COMMANDS). */
char *options_help(struct arena *arena, enum command command);

#endif
