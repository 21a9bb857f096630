/* streams.h - random streams by (entity, purpose), opened on first use and kept.
 *
 * A second draw for the same entity and purpose goes on where the first ended.
 */
#ifndef SELFHEAL_SIM_STREAMS_H
#define SELFHEAL_SIM_STREAMS_H

#include "engine/random.h"

#include <stddef.h>

struct stream_book {
    uint64_t seed;
    uint64_t index; /* the replication */
    struct named_stream *items;
    size_t count, capacity;
};

/* The stream of (`name`, `purpose`); `entity` and `what` are small numbers that
 * stand for the two texts in the book. NULL when out of memory; good until the
 * next call. */
struct random_stream *stream_book_find(struct stream_book *book, uint32_t entity, uint32_t what, const char *name,
                                       const char *purpose);
void stream_book_clear(struct stream_book *book);

#endif
