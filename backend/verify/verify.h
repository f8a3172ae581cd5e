/* The independent verifier: are these bytes this network?
 *
 * Shares nothing with mapper, emitter, encoder or device tables: it reads the bytes itself, with a
 * layout typed a second time (layout.c), and compares what they mean with the net, edge by edge, in
 * both directions, core by core. Every finding names the check that fired, "V1" to "V12" (see
 * backend/verify/README.md).
 */
#ifndef DYNC_VERIFY_H
#define DYNC_VERIFY_H

#include "compiler/base/diag.h"
#include "compiler/net.h"

struct verify_file {
    const char *path;
    uint8_t sha256[32];
};
struct verify_meta { /* what is needed to elaborate the network again */
    const char *tool, *target;
    uint32_t chips, grid_w, grid_h;
    uint64_t seed;
    uint32_t n_defines, n_files;
    struct define *defines;
    struct verify_file *files;
};

/* Reads META only, after checking container, version and checksums. False: E0903 was reported. */
bool verify_read_meta(struct arena *arena, const uint8_t *bytes, size_t n, struct diag_sink *sink,
                      struct verify_meta *meta);

/* META's first file is the main file, with this path and hash; else E0905. Asked before the file is
 * parsed, so that a changed file is called that and not faulty. */
bool verify_main_file(const struct verify_meta *meta, const struct source *main,
                      struct diag_sink *sink);
/* Compares META's files with those read now, both ways: E0905 per file that differs. `all_read`:
 * the source was understood to its end, so that a file that was not read is not read by it. */
bool verify_files(const struct verify_meta *meta, const struct source_set *sources, bool all_read,
                  struct diag_sink *sink);

/* True if the bytes are exactly the network. E0903 for the container, E0901, E0902 for the content.
 */
bool verify_image(struct arena *arena, const struct net *net, const char *tool_version,
                  const uint8_t *bytes, size_t n, struct diag_sink *sink);

#endif
