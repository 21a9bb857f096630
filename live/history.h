/* history.h - the recent past of many series on one grid of instants. */
#ifndef SELFHEAL_LIVE_HISTORY_H
#define SELFHEAL_LIVE_HISTORY_H

#include "engine/inventory.h"
#include "engine/time.h"

struct history;

/* Instants start, start + step, ... up to `end`. `inventory` is borrowed; series
 * that it lacks are added while it is not frozen, and dropped after. NULL when out of
 * memory or when there would be no instant or over 1,000,000. */
struct history *history_create(struct inventory *inventory, heal_time start, heal_time end, heal_duration step);
void history_destroy(struct history *history);

/* Puts one sample at the nearest instant; outside the grid it is dropped. False
 * when the series id is malformed or memory is out. */
bool history_put(struct history *history, const char *series, heal_time at, double value);

size_t history_frames(const struct history *history);
heal_time history_instant(const struct history *history, size_t frame);
/* values[i] of series i, `count` of them; NaN where there is no sample. */
void history_frame(const struct history *history, size_t frame, double *values, size_t count);

#endif
