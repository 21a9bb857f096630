/* calendar.h - windows of the week, in UTC.
 *
 * A window is open from `from` (included) to `to` (excluded) on its days; one that
 * goes over midnight belongs to the day on which it opens.
 */
#ifndef SELFHEAL_ENGINE_CALENDAR_H
#define SELFHEAL_ENGINE_CALENDAR_H

#include "engine/policy.h"

bool window_is_open(const struct policy_window *window, heal_time now);

/* `now` when it is open, else the next instant at which it opens. */
heal_time window_next_open(const struct policy_window *window, heal_time now);

/* Hour of the day, 0 .. 23, and weekday, Monday is 0. */
unsigned calendar_hour(heal_time at);
unsigned calendar_weekday(heal_time at);

#endif
