/* counter.c - the last sample of each counter, and a frame to write rates into. */
#include "engine/counter.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct last_sample {
    size_t series;
    double value; /* NaN: none yet */
    heal_time at;
};

struct counters {
    size_t count, counter_count;
    struct last_sample *last;
    double *frame; /* NULL without counters */
};

struct counters *counters_create(size_t count, const bool *is_counter)
{
    struct counters *counters = calloc(1, sizeof *counters);

    if (!counters)
        return NULL;
    counters->count = count;
    for (size_t i = 0; i < count; i++)
        counters->counter_count += is_counter[i];
    if (counters->counter_count == 0)
        return counters;
    counters->last = calloc(counters->counter_count, sizeof *counters->last);
    counters->frame = malloc(count * sizeof *counters->frame);
    if (!counters->last || !counters->frame) {
        counters_destroy(counters);
        return NULL;
    }
    for (size_t i = 0, next = 0; i < count; i++) {
        if (is_counter[i])
            counters->last[next++] = (struct last_sample){i, NAN, 0};
    }
    return counters;
}

void counters_destroy(struct counters *counters)
{
    if (!counters)
        return;
    free(counters->last);
    free(counters->frame);
    free(counters);
}

static double rate(const struct last_sample *last, heal_time now, double value)
{
    double seconds = (double)(now - last->at) / (double)HEAL_SECOND;

    if (isnan(last->value) || isnan(value) || seconds <= 0)
        return NAN;
    return (value < last->value ? value : value - last->value) / seconds;
}

const double *counters_frame(struct counters *counters, heal_time now, const double *values)
{
    if (!counters->frame)
        return values;
    memcpy(counters->frame, values, counters->count * sizeof *values);
    for (size_t i = 0; i < counters->counter_count; i++) {
        struct last_sample *last = &counters->last[i];
        double value = values[last->series];
        counters->frame[last->series] = rate(last, now, value);
        if (!isnan(value) && (now > last->at || isnan(last->value)))
            *last = (struct last_sample){last->series, value, now};
    }
    return counters->frame;
}
