/* plot_recorder.c - running minima and maxima, one row of all series per bucket. */
#include "sim/plot_recorder.h"

#include <math.h>
#include <stdlib.h>

enum { BYTES_MAX = 64 << 20 };

struct plot_recorder {
    size_t series, buckets;
    heal_time start;
    heal_duration width;
    float *low, *high; /* [bucket * series + s]; +inf and -inf where nothing was seen */
    uint64_t *marked;  /* bit per series */
};

struct plot_recorder *plot_recorder_create(size_t series, size_t buckets, heal_time start, heal_duration duration)
{
    struct plot_recorder *recorder = calloc(1, sizeof *recorder);
    size_t affordable = BYTES_MAX / (series * 2 * sizeof(float));

    if (!recorder)
        return NULL;
    recorder->series = series;
    recorder->buckets = affordable < 1 ? 1 : affordable < buckets ? affordable : buckets;
    recorder->start = start;
    recorder->width = (duration - 1) / (heal_duration)recorder->buckets + 1; /* rounded up: the last frame is in */
    size_t cells = series * recorder->buckets;
    recorder->low = malloc(cells * sizeof *recorder->low);
    recorder->high = malloc(cells * sizeof *recorder->high);
    recorder->marked = calloc(series / 64 + 1, sizeof *recorder->marked);
    if (!recorder->low || !recorder->high || !recorder->marked) {
        plot_recorder_destroy(recorder);
        return NULL;
    }
    for (size_t i = 0; i < cells; i++) {
        recorder->low[i] = INFINITY;
        recorder->high[i] = -INFINITY;
    }
    return recorder;
}

void plot_recorder_destroy(struct plot_recorder *recorder)
{
    if (!recorder)
        return;
    free(recorder->low);
    free(recorder->high);
    free(recorder->marked);
    free(recorder);
}

void plot_recorder_frame(struct plot_recorder *recorder, heal_time now, const double *values)
{
    size_t bucket = (size_t)((now - recorder->start) / recorder->width);

    if (now < recorder->start || bucket >= recorder->buckets)
        return;
    float *restrict low = recorder->low + bucket * recorder->series;
    float *restrict high = recorder->high + bucket * recorder->series;
    for (size_t i = 0; i < recorder->series; i++) {
        float value = (float)values[i]; /* NaN: both comparisons are false */
        low[i] = value < low[i] ? value : low[i];
        high[i] = value > high[i] ? value : high[i];
    }
}

void plot_recorder_mark(struct plot_recorder *recorder, uint32_t series)
{
    recorder->marked[series / 64] |= UINT64_C(1) << (series % 64);
}

void plot_recorder_tell(const struct plot_recorder *recorder, size_t most, struct record_sink sink)
{
    for (uint32_t series = 0; series < recorder->series && most > 0; series++) {
        if (!(recorder->marked[series / 64] >> (series % 64) & 1))
            continue;
        most--;
        for (size_t bucket = 0; bucket < recorder->buckets; bucket++) {
            size_t cell = bucket * recorder->series + series;
            if (recorder->low[cell] > recorder->high[cell])
                continue;
            struct run_record record = {
                .kind = RECORD_PLOT,
                .plot = {series, recorder->start + (heal_duration)bucket * recorder->width, recorder->low[cell],
                         recorder->high[cell]},
            };
            sink.put(sink.context, &record);
        }
    }
}
