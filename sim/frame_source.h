/* frame_source.h - where healthy frames come from: a recording, or a made-up world.
 *
 * The world takes frames from a source, bends them by its faults, and shows them
 * to the engine. A source is used by one thread.
 */
#ifndef SELFHEAL_SIM_FRAME_SOURCE_H
#define SELFHEAL_SIM_FRAME_SOURCE_H

#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame_source {
    void *context;
    /* The next frame's instant to *at, strictly ascending, and its values, one
     * per series of the inventory, good until the next call; NULL at the end. */
    const double *(*next)(void *context, heal_time *at);
    void (*destroy)(void *context);
};

/* Makes sources that all give the same frames for the same replication. */
struct frame_supply {
    void *context;
    /* False when out of memory. `replication` names the streams of what is drawn. */
    bool (*open)(void *context, uint32_t replication, struct frame_source *out);
    size_t series; /* values in each of its frames: those of the first series of the inventory */
};

#endif
