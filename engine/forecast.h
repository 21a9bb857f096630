/* forecast.h - when will it be full: trends to exhaustion, and how sure they are.
 *
 * For each series whose rule has forecast_within: the slope by Theil and Sen (the
 * median of all pairwise slopes: Theil 1950; Sen 1968), with Sen's confidence
 * interval from Kendall's variance, n(n-1)(2n+5)/18, widened by the residuals'
 * lag-1 autocorrelation r: (1+r)/(1-r), because the samples of a real series lean
 * on each other. Up to 29 % of wild points move it little. A forecast begins when
 * even the slow end of the interval comes to the limit within forecast_within, and
 * is over when it no longer does so within one and a half times that.
 *
 * Streaming: FORECAST_SLOTS means per series that start one per frame and thin
 * themselves by half until they span the policy's window. A frame costs one
 * addition per series and a bounded number of fits; no allocation after create.
 */
#ifndef SELFHEAL_ENGINE_FORECAST_H
#define SELFHEAL_ENGINE_FORECAST_H

#include "engine/inventory.h"
#include "engine/policy.h"

enum { FORECAST_SLOTS = 32, FORECAST_POINTS_MIN = 12, FORECAST_FITS_PER_FRAME = 8 };

struct trend {
    double slope;     /* per second */
    double low, high; /* its interval; NaN when too few points tell */
    double level;     /* of the line at the last point */
};

/* The trend of (seconds[i], values[i]), i < count <= FORECAST_SLOTS, ascending in
 * time; NaN values are left out. False with fewer than FORECAST_POINTS_MIN. */
bool trend_fit(const double *seconds, const double *values, size_t count, double confidence, struct trend *trend);

struct forecast;

struct forecast_event {
    bool began; /* false: it is over */
    uint32_t series;
    double value; /* of the trend, now */
    double limit;
    heal_duration expected; /* until the limit by the median slope, and by the interval's ends */
    heal_duration soonest, latest;
};

struct forecast *forecast_create(const struct policy *policy, const struct inventory *inventory); /* NULL: no memory */
void forecast_destroy(struct forecast *forecast);                                                 /* NULL is fine */

/* Takes one frame; events in ascending order of series, good until the next call. */
const struct forecast_event *forecast_frame(struct forecast *forecast, heal_time now, const double *values,
                                            size_t *count);

/* Something was done to what the series measures: its past says nothing any more.
 * True when a forecast was open, which is over without an event. */
bool forecast_forget(struct forecast *forecast, uint32_t series);

#endif
