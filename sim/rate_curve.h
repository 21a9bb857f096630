/* rate_curve.h - requests per second over time, as a recording has them.
 *
 * A recording samples a rate at instants of its own; a cluster draws requests for
 * cells of time of its own. Each sample is taken to hold until the next one, the last
 * for as long as the recording says that it lasts, and a cell has the mean of that over
 * its time: nothing of the recording is lost or counted twice, however the two grids
 * lie. A missing sample (NaN) is as the one before it, missing ones at the beginning as
 * the first that is there.
 *
 * Behind its end a curve begins anew (`repeats`) or stays where it was. Constant
 * memory, O(log n) a question. Times are nanoseconds since the first sample.
 */
#ifndef SELFHEAL_SIM_RATE_CURVE_H
#define SELFHEAL_SIM_RATE_CURVE_H

#include "engine/arena.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>

/* Shorter ones would be asked through more often than they have samples. */
#define RATE_CURVE_LEAST HEAL_SECOND

struct rate_curve {
    const heal_duration *at; /* `count`, ascending, the first is 0 */
    const double *rate;      /* >= 0 */
    const double *before;    /* requests from 0 to `at` */
    size_t count;            /* >= 1 */
    heal_duration lasts;     /* >= RATE_CURVE_LEAST, over the last `at` */
    bool repeats;
};

struct rate_samples {
    const heal_time *times; /* strictly ascending */
    const double *values;
    size_t count;
    heal_duration lasts; /* from the first to the end of the last one's time */
    double scale;        /* times each value, >= 0 */
    double speed;        /* the recording goes by so much faster, > 0 */
    bool repeats;
};

/* A curve in `arena`. NULL with a static sentence in *fault, and in *at the sample that is
 * meant, `count` for none of them: a negative or infinite value, no value at all, too short
 * or too long at this speed; NULL and no sentence: out of memory. */
struct rate_curve *rate_curve_make(const struct rate_samples *samples, struct arena *arena, const char **fault,
                                   size_t *at);

/* Mean rate over [from, until), 0 <= from < until. */
double rate_curve_mean(const struct rate_curve *curve, heal_duration from, heal_duration until);

#endif
