/* The pipeline: one struct that holds what the phases made, one function per stretch of phases. */
#ifndef DYNC_DRIVER_H
#define DYNC_DRIVER_H

#include "backend/emit.h"
#include "backend/report.h"
#include "compiler/base/outfile.h"
#include "compiler/base/text.h"
#include "compiler/elaborate.h"
#include "compiler/front.h"
#include "compiler/options.h"
#include "mapper/fit.h"
#include "mapper/map.h"

#include <signal.h>

/* Those that commands look at; which finding has which is in compiler/base/diag.def. */
enum {
    EXIT_CODE_OK = 0,
    EXIT_CODE_USAGE = 2,
    EXIT_CODE_UNFIT = 3,
    EXIT_CODE_UNDECIDED = 4,
    EXIT_CODE_MACHINE = 5,
    EXIT_CODE_VERIFY = 6,
    EXIT_CODE_INTERRUPTED = 130
};
enum { MAX_TIMINGS = 16 };
struct outfile_vec VEC_OF(struct outfile);

struct driver {
    const struct options *options;
    const struct device *device;
    struct arena arena; /* sources, diagnostics, results */
    struct source_set sources;
    struct elaborate_options elaborate; /* options->elaborate and what opening the files adds */
    struct diag_sink sink;
    struct text out; /* for standard output, written when the command is done */

    struct ast ast;
    struct elaboration elaboration;
    struct bias_plan plan;
    struct fit_usage usage;
    struct mapping mapping;
    struct report_kept kept;
    struct report_outcome_vec what_ifs; /* as far as they were tried */
    struct image image;
    uint8_t *bytes; /* the image encoded */
    size_t n_bytes;
    bool has_declared; /* the net holds at least what was declared */
    bool has_net, has_plan, has_usage, has_mapping, has_image;

    const char *new_directory; /* made for the outputs; taken back with them */
    struct outfile_vec files;
    const volatile sig_atomic_t *interrupted; /* non-zero after Ctrl-C */
    volatile sig_atomic_t
        *hears;          /* set while Ctrl-C is to be heard and kept, not obeyed; or NULL */
    bool files_complete; /* every queued file is written; they may get their names */
    struct report_timing timing[MAX_TIMINGS];
    uint32_t n_timing;
};

void driver_init(struct driver *driver, struct oom_trap *trap, const struct options *options);
void driver_release(struct driver *driver); /* discards files that were not committed */
/* The discarding alone; a signal handler may call it. */
void driver_abandon(struct driver *driver);

/* Signals that end the program wait, so that a handler finds the list of files as it is on disk.
 * driver_hold() returns what driver_let() takes. */
sigset_t driver_hold(void);
void driver_let(sigset_t before);
/* mkdir(), and the directory is taken back with the files. False: see errno. */
bool driver_make_directory(struct driver *driver, const char *path);

/* What the options say about the files of a network. */
struct front_files driver_files(const struct driver *driver, const char *path);
/* Parse, elaborate, quantise, count: all that needs no solver. */
bool driver_check(struct driver *driver, const char *path);
/* Solve weights and delays, place: after driver_check. */
bool driver_place(struct driver *driver);
/* Emit, encode, decode the bytes again and put the decoded image in place of the emitted one. */
bool driver_emit(struct driver *driver);
/* Prove the bytes (as read back from a file, or in memory) against the net. */
bool driver_verify(struct driver *driver, const uint8_t *bytes, size_t n);

/* All of that in memory, which is how `fit` and `test` come to their answer. */
bool driver_prove(struct driver *driver);
/* Places the network under each --what-if, for the report and the table; the exit code stays that
 * of the network as stated. An interrupt ends it: what was not tried is not spoken of. */
void driver_try_what_ifs(struct driver *driver);
/* Adds what became of it to driver->out, beside what became of the network as stated. */
void driver_put_what_ifs(struct driver *driver);

/* One point of a sweep over the biases of a network that was placed: the same placement under other
 * codes and weight masks. All in the arena given. */
struct sweep;
struct sweep_point {
    struct net net;
    struct bias_plan plan;
    struct image image; /* decoded and verified */
};
/* Reads --set and --sweep, after driver_check, and quantises every point. False: reported, E0229 or
 * as a bias block would be. */
bool driver_sweep_read(struct driver *driver, struct sweep *sweep);
/* After driver_place. False: E0401, what has to share a core differs; E0501, E0506. */
bool driver_sweep_point(struct driver *driver, struct arena *arena, const struct sweep *sweep,
                        uint32_t point, struct sweep_point *out);

/* --set and --sweep on the decoded image; `points` lives in the driver's arena. False: reported. */
struct sim_points;
bool driver_sweep_image(struct driver *driver, struct sim_points *points);

/* The state of things as a report. */
void driver_report(const struct driver *driver, struct report_input *input);
/* Adds the texts --dump asks for to driver->out. */
void driver_dump(struct driver *driver);

/* Adds a machine or file error (E0904, E0601 ...) without a place. */
void driver_error(struct driver *driver, enum diag_code code, const char *what, const char *path,
                  const char *why);

/* False, reported: this output would destroy an input of the command. */
bool driver_spares(struct driver *driver, const char *path);
/* Queues an output file. False: reported. A command that has queued all its files says so in
 * files_complete; main gives them their names, all or none, when nothing else can fail any more. */
struct outfile *driver_queue(struct driver *driver, const char *path, const void *bytes, size_t n);
/* Queues a new text for a file that the command has read. The file behind a symbolic link is
 * replaced, not the link; it keeps its permissions and, where that is allowed, its owner. */
bool driver_replace(struct driver *driver, const char *path, const void *bytes, size_t n);
/* Where files got their names, signals wait from then on: the work is done, and the exit code is to
 * say so. */
bool driver_commit(struct driver *driver);

/* Commands; each returns true if its work is done (the sink and its exit codes say the rest). */
bool cmd_check(struct driver *driver);
bool cmd_fit(struct driver *driver);
bool cmd_build(struct driver *driver);
bool cmd_test(struct driver *driver);
bool cmd_verify(struct driver *driver);
bool cmd_disasm(struct driver *driver);
bool cmd_asm(struct driver *driver);
bool cmd_simulate(struct driver *driver);
bool cmd_target(struct driver *driver);
bool cmd_explain(struct driver *driver);
bool cmd_format(struct driver *driver);

#endif
