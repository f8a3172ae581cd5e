/* Who sends and who hears each tag: what the words of an image mean, for listings and reports. */
#ifndef DYNC_TALK_H
#define DYNC_TALK_H

#include "backend/image.h"
#include "compiler/base/text.h"

struct talk_hearer {
    uint32_t population, words;
};

struct talk {
    const struct image *image;
    struct image_unit *units; /* per site */
    /* Sources count through the populations' neurons, then through the inputs' units. */
    uint32_t *first_source; /* per population, then per input, and the total */
    /* By core * tags + tag; a source that delivers twice stands twice. */
    uint32_t *first_sender, *sender;
    uint32_t *first_hearer;
    struct talk_hearer *hearer;
};

/* For a canonical image (image_check). */
struct talk *talk_new(struct arena *arena, const struct image *image);

/* "exc[3]", "map[2, 5]" with the name escaped; `index` is the flat index. */
void talk_unit(struct text *out, const char *name, uint32_t n_dims, const uint32_t *dims,
               uint32_t index);
/* Name of a site's neuron. */
void talk_site(struct text *out, const struct talk *talk, size_t site);
/* "exc[3]", "src[0] .. src[7], exc[2] and 5 more": the sources that send a tag to a core. */
void talk_senders(struct text *out, const struct talk *talk, uint32_t core, uint32_t tag);
/* "exc, inh": the populations that hear a tag on the cores of a chip's mask. */
void talk_hearers(struct text *out, const struct talk *talk, uint32_t chip, uint32_t cores,
                  uint32_t tag);

/* Text with quotes, backslashes and control characters escaped, without the quotes around it. */
void text_quoted(struct text *out, const char *s);

#endif
