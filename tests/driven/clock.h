/* clock.h - hours that pass in seconds, and a wall clock that is set.
 *
 * A test program that is linked with --wrap for clock_gettime, nanosleep and
 * pthread_cond_timedwait (tests/CMakeLists.txt) runs the project's own code, all of its
 * threads, on a clock of the test's: monotonic time passes `speed` times as fast as real
 * time, the wall clock is that plus what it was set by. Libraries (curl, SQLite, the HTTP
 * server) keep real time: a connection that is refused is refused at once, a time-out of
 * theirs lasts as long as it says. Thread safe.
 */
#ifndef SELFHEAL_TESTS_DRIVEN_CLOCK_H
#define SELFHEAL_TESTS_DRIVEN_CLOCK_H

#include "engine/time.h"

/* From now on; 1 at the start. Waits that are under way keep their old speed. */
void driven_speed(double speed);
/* Sets the wall clock forward or back. */
void driven_set_wall(heal_duration by);
heal_time driven_wall(void);
heal_time driven_monotonic(void);
/* Returns when so much has passed. */
void driven_pass(heal_duration span);

#endif
