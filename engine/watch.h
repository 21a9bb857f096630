/* watch.h - since when each series is over its limits, for as many series as there are.
 *
 * One series is over its threshold, over its baseline, or clear of both since an instant,
 * and never clear and over at once: two instants and a bit say it. When the last sample
 * came, which only matters for an anomaly that has gone silent, is kept in seconds since
 * the first frame. Twenty bytes each: most series are over nothing.
 */
#ifndef SELFHEAL_ENGINE_WATCH_H
#define SELFHEAL_ENGINE_WATCH_H

#include "engine/memory.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* HEAL_TIME_NEVER: it is not. */
struct watch {
    heal_time over_threshold;
    heal_time over_baseline;
    heal_time clear; /* never beside one of the others */
    heal_time seen;  /* the last sample, while it is anomalous; up to a second late */
    bool critical;
};

struct watches;

struct watches *watches_create(size_t count);                              /* NULL when out of memory */
void watches_destroy(struct watches *watches);                             /* NULL is fine */
void watches_memory(const struct watches *watches, struct memory *memory); /* adds what it holds */

struct watch watches_get(const struct watches *watches, size_t series);
/* `watch->seen` is at or after that of the first call ever. */
void watches_set(struct watches *watches, size_t series, const struct watch *watch);
void watches_clear(struct watches *watches, size_t series); /* over nothing, and not critical */

#endif
