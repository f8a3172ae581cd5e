/* From mapping to image, and between images and their files. */
#ifndef DYNC_EMIT_H
#define DYNC_EMIT_H

#include "backend/bias.h"
#include "backend/decode.h"
#include "mapper/mapping.h"

/* meta.files and meta.tool are the caller's; the rest of meta comes from the net. */
void emit_image(struct arena *arena, const struct net *net, const struct device *device,
                const struct bias_plan *plan, const struct mapping *mapping,
                const struct source_set *sources, const char *tool_version, struct image *image);

/* The files META lists, in its order: the main file (the first that was read), then those in_image
 * by path. */
void emit_files(struct arena *arena, const struct source_set *sources,
                struct image_file_vec *files);

/* Canonical bytes of an image; backend/README.md draws the layout. */
uint8_t *image_encode(struct arena *arena, const struct image *image, size_t *n);

/* Readable listing (.dynasm) of a canonical image (image_check): everything in it, in words; asm of
 * it gives back the same bytes. backend/README.md states the language. */
char *image_listing(struct arena *arena, const struct image *image);
/* Reads a listing; faults go to the sink with their place. */
bool image_assemble(struct arena *arena, const struct device *device,
                    const struct source_set *sources, uint16_t file, struct diag_sink *sink,
                    struct image *image);

/* NET.map.json: where each neuron, input and probe went (schema dyn-map/1). */
char *map_json(struct arena *arena, const struct image *image, size_t *n);

#endif
