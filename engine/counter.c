/* counter.c - the last sample of each counter, and a frame to write rates into. */
#include "engine/counter.h"

#include "engine/chosen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct last_sample {
    double value; /* NaN: none yet */
    heal_time at;
};

struct counters {
    size_t count;
    struct chosen chosen;
    struct last_sample *last;
    double *frame; /* NULL without counters */
};

struct counters *counters_create(size_t count, const bool *is_counter)
{
    struct counters *counters = calloc(1, sizeof *counters);

    if (!counters)
        return NULL;
    counters->count = count;
    bool whole = chosen_make(&counters->chosen, is_counter, count);
    if (whole && counters->chosen.count > 0) {
        counters->last = malloc(counters->chosen.count * sizeof *counters->last);
        counters->frame = malloc(count * sizeof *counters->frame);
        whole = counters->last && counters->frame;
    }
    if (!whole) {
        counters_destroy(counters);
        return NULL;
    }
    for (size_t i = 0; i < counters->chosen.count; i++)
        counters->last[i] = (struct last_sample){NAN, 0};
    return counters;
}

void counters_destroy(struct counters *counters)
{
    if (!counters)
        return;
    chosen_clear(&counters->chosen);
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
    for (size_t i = 0; i < counters->chosen.count; i++) {
        struct last_sample *last = &counters->last[i];
        size_t series = chosen_series(&counters->chosen, i);
        double value = values[series];
        counters->frame[series] = rate(last, now, value);
        if (!isnan(value) && (now > last->at || isnan(last->value)))
            *last = (struct last_sample){value, now};
    }
    return counters->frame;
}

void counters_memory(const struct counters *counters, struct memory *memory)
{
    if (!counters->frame)
        return;
    memory->state += counters->chosen.count * (chosen_bytes(&counters->chosen) + sizeof *counters->last);
    memory->frame += counters->count * sizeof *counters->frame;
}
