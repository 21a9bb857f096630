/* trace_source.c - a cursor behind the frame source's table. */
#include "replay/trace_source.h"

#include <stdlib.h>

static const double *next_frame(void *context, heal_time *at)
{
    return trace_cursor_next(context, at);
}

static void destroy(void *context)
{
    trace_cursor_destroy(context);
}

static bool open_source(void *context, uint32_t replication, struct frame_source *out)
{
    struct trace_cursor *cursor = trace_cursor_create(context);

    (void)replication; /* a recording is the same every time */
    *out = (struct frame_source){cursor, next_frame, destroy};
    return cursor != NULL;
}

struct frame_supply trace_supply(const struct trace *trace)
{
    return (struct frame_supply){(void *)trace, open_source, trace_series_count(trace)};
}

static int by_length(const void *a, const void *b)
{
    heal_duration x = *(const heal_duration *)a, y = *(const heal_duration *)b;
    return (x > y) - (x < y);
}

/* The median of the first spacings: a recording's pace shows at once. */
heal_duration trace_duration(const struct trace *trace)
{
    enum { LOOK = 101 };
    heal_duration spacing[LOOK];
    const heal_time *times = trace_times(trace);
    size_t frames = trace_frame_count(trace);
    size_t n = frames - 1 < LOOK ? frames - 1 : LOOK;

    for (size_t i = 0; i < n; i++)
        spacing[i] = times[i + 1] - times[i];
    qsort(spacing, n, sizeof spacing[0], by_length);
    return times[frames - 1] - times[0] + (n > 0 ? spacing[n / 2] : HEAL_SECOND);
}
