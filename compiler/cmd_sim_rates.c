#include "compiler/cmd_sim_rates.h"

void rates_write(struct stream *stream, const struct image *image, const uint64_t *count,
                 double seconds)
{
    text_add(&stream->buffer, "source,unit,rate_hz\n");
    for (uint32_t p = 0; p < image->populations.n; p++) {
        const struct image_population *population = &image->populations.at[p];
        for (uint32_t i = 0; i < population->pieces.n; i++) {
            const struct image_piece *piece = &population->pieces.at[i];
            size_t site = image_site(image, piece->chip, piece->core, piece->neuron);
            for (uint32_t k = 0; k < piece->count; k++) {
                text_add(&stream->buffer, "%s,%u,%.9g\n", population->name, piece->first + k,
                         (double)count[site + k] / seconds);
                stream_settle(stream);
            }
        }
    }
}
