/* clock.c - see clock.h. */
#include "live/clock.h"

void engine_clock_begin(struct engine_clock *clock, heal_time wall, heal_time monotonic)
{
    *clock = (struct engine_clock){.now = wall, .monotonic = monotonic};
}

bool engine_clock_was_set(const struct engine_clock *clock)
{
    return clock->off > CLOCK_TOLERANCE || clock->off < -CLOCK_TOLERANCE;
}

heal_time engine_clock_read(struct engine_clock *clock, heal_time wall, heal_time monotonic)
{
    heal_duration passed = monotonic > clock->monotonic ? monotonic - clock->monotonic : 0;
    heal_time due = clock->now + passed;

    clock->monotonic = monotonic > clock->monotonic ? monotonic : clock->monotonic;
    clock->off = wall - due;
    if (!engine_clock_was_set(clock)) {
        heal_time slow = clock->now + passed / 2; /* what it may be held back to */
        due = wall > slow ? wall : slow;
        clock->off = wall - due;
    }
    clock->now = due;
    return due;
}
