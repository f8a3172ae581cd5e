/* Proves an image file against its source: elaborates the source again as META says, then verifies.
 *
 * Shared by `dync verify` and dync-verify. Mapper and emitter take no part.
 */
#ifndef DYNC_REVERIFY_H
#define DYNC_REVERIFY_H

#include "backend/device/device.h"
#include "compiler/base/diag.h"

/* path: the main file, root: the project root, NULL for the file's folder; max_source: bytes, 0
 * for the default; `sources` is filled here. True if the image is exactly the network of the source
 * and no listed file has changed. */
bool reverify(struct arena *arena, struct source_set *sources, const char *path, const char *root,
              uint64_t max_source, const uint8_t *bytes, size_t n, const char *tool_version,
              const struct device *device, struct diag_sink *sink);

#endif
