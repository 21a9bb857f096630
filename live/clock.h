/* clock.h - one time for the engine, out of two clocks.
 *
 * The wall clock tells the day but may be set; the monotonic clock is never set but tells
 * no day. The engine's time must not run back, and a deadline must not pass because
 * somebody set the clock. So its time runs with the monotonic clock and is drawn to the
 * wall clock: a wall clock that is a little ahead is taken over at once, one that is a
 * little behind is waited for at half speed (as adjtime(2) slews). One that is further off
 * than CLOCK_TOLERANCE was set, or the machine slept: the time goes on as if nothing had
 * happened until its owner is ready to begin anew at what the wall clock says
 * (engine_clock_begin). Until then calendars are off by engine_clock_off.
 *
 * Pure: the readings come from the caller. All times are heal_time or spans of it.
 */
#ifndef SELFHEAL_LIVE_CLOCK_H
#define SELFHEAL_LIVE_CLOCK_H

#include "engine/time.h"

#include <stdbool.h>

static const heal_duration CLOCK_TOLERANCE = 10 * HEAL_SECOND;

struct engine_clock {
    heal_time now;       /* the engine's time at the last reading */
    heal_time monotonic; /* of the last reading */
    heal_duration off;   /* wall clock less the engine's time, at the last reading */
};

/* The engine's time becomes the wall clock's, forward or back. */
void engine_clock_begin(struct engine_clock *clock, heal_time wall, heal_time monotonic);
/* The engine's time at these readings: never less than before; `monotonic` must not run back. */
heal_time engine_clock_read(struct engine_clock *clock, heal_time wall, heal_time monotonic);
/* Whether the wall clock was set, by the last reading. */
bool engine_clock_was_set(const struct engine_clock *clock);

#endif
