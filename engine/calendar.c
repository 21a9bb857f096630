/* calendar.c - the week from the count of days since 1970-01-01, a Thursday. */
#include "engine/calendar.h"

static int64_t day_of(heal_time at)
{
    int64_t day = at / HEAL_DAY;
    return at % HEAL_DAY < 0 ? day - 1 : day;
}

static unsigned weekday_of(int64_t day)
{
    return (unsigned)(((day + 3) % 7 + 7) % 7);
}

unsigned calendar_weekday(heal_time at)
{
    return weekday_of(day_of(at));
}

unsigned calendar_hour(heal_time at)
{
    return (unsigned)((at - day_of(at) * HEAL_DAY) / HEAL_HOUR);
}

static heal_duration length_of(const struct policy_window *window)
{
    uint32_t minutes = window->to > window->from ? window->to - window->from : window->to + 1440 - window->from;
    return (heal_duration)minutes * HEAL_MINUTE;
}

static bool opens_on(const struct policy_window *window, int64_t day)
{
    return window->days >> weekday_of(day) & 1;
}

static heal_time opening(const struct policy_window *window, int64_t day)
{
    return day * HEAL_DAY + (heal_duration)window->from * HEAL_MINUTE;
}

bool window_is_open(const struct policy_window *window, heal_time now)
{
    for (int64_t day = day_of(now) - 1; day <= day_of(now); day++) {
        heal_time start = opening(window, day);
        if (opens_on(window, day) && now >= start && now - start < length_of(window))
            return true;
    }
    return false;
}

heal_time window_next_open(const struct policy_window *window, heal_time now)
{
    if (window_is_open(window, now))
        return now;
    for (int64_t day = day_of(now); day <= day_of(now) + 7; day++) {
        if (opens_on(window, day) && opening(window, day) > now)
            return opening(window, day);
    }
    return HEAL_TIME_NEVER; /* a window without a day */
}
