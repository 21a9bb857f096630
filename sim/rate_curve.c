/* rate_curve.c - see rate_curve.h. */
#include "sim/rate_curve.h"

#include <math.h>
#include <string.h>

static const char *fault_of(const struct rate_samples *samples, size_t *at)
{
    bool any = false;

    for (size_t i = 0; i < samples->count; i++) {
        double value = samples->values[i] * samples->scale;
        any = any || !isnan(value);
        if (value < 0.0 || isinf(value) || isinf(samples->values[i])) { /* a scale of 0 makes NaN of what is infinite */
            *at = i;
            return "expected a finite rate of 0 or more";
        }
    }
    *at = samples->count;
    if (!any)
        return "there is no sample, expected at least one";
    if ((double)samples->lasts / samples->speed < (double)RATE_CURVE_LEAST)
        return "shorter than a second at this speed, expected at least one";
    if ((double)samples->lasts / samples->speed > 4e18)
        return "longer than a century at this speed, expected less";
    return NULL;
}

/* Instants by the simulated clock. */
static heal_duration slowed(heal_duration span, double speed)
{
    return speed == 1.0 ? span : (heal_duration)((double)span / speed);
}

static void fill(const struct rate_samples *samples, heal_duration *at, double *rate, double *before)
{
    double last = 0.0, sum = 0.0;

    for (size_t i = samples->count; i-- > 0;) {
        if (!isnan(samples->values[i]))
            last = samples->values[i] * samples->scale; /* ends as the first that is there */
    }
    for (size_t i = 0; i < samples->count; i++) {
        at[i] = slowed(samples->times[i] - samples->times[0], samples->speed);
        if (i > 0)
            sum += last * heal_duration_seconds(at[i] - at[i - 1]);
        before[i] = sum;
        if (!isnan(samples->values[i]))
            last = samples->values[i] * samples->scale;
        rate[i] = last;
    }
}

struct rate_curve *rate_curve_make(const struct rate_samples *samples, struct arena *arena, const char **fault,
                                   size_t *at)
{
    *fault = fault_of(samples, at);
    if (*fault)
        return NULL;
    struct rate_curve *curve = arena_alloc(arena, sizeof *curve);
    heal_duration *instants = arena_array(arena, samples->count, sizeof *instants);
    double *rate = arena_array(arena, samples->count, sizeof *rate);
    double *before = arena_array(arena, samples->count, sizeof *before);
    if (!curve || !instants || !rate || !before)
        return NULL;
    fill(samples, instants, rate, before);
    *curve = (struct rate_curve){
        .at = instants,
        .rate = rate,
        .before = before,
        .count = samples->count,
        .lasts = slowed(samples->lasts, samples->speed),
        .repeats = samples->repeats,
    };
    return curve;
}

/* The sample that holds at `time`. */
static size_t sample_at(const struct rate_curve *curve, heal_duration time)
{
    size_t low = 0, high = curve->count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (curve->at[middle] <= time)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Requests from 0 to `time`, within one round. */
static double requests_until(const struct rate_curve *curve, heal_duration time)
{
    size_t i = sample_at(curve, time);

    return curve->before[i] + curve->rate[i] * heal_duration_seconds(time - curve->at[i]);
}

double rate_curve_mean(const struct rate_curve *curve, heal_duration from, heal_duration until)
{
    double seconds = heal_duration_seconds(until - from), sum;

    if (!curve->repeats) {
        size_t i = sample_at(curve, from);
        if (i + 1 == curve->count || until <= curve->at[i + 1])
            return curve->rate[i]; /* to the bit, however far out */
        sum = requests_until(curve, until) - requests_until(curve, from);
        return sum > 0.0 ? sum / seconds : 0.0;
    }
    heal_duration rounds = from / curve->lasts, rest;
    from -= rounds * curve->lasts; /* sums of a round lose nothing with the years */
    until -= rounds * curve->lasts;
    rounds = until / curve->lasts;
    rest = until - rounds * curve->lasts;
    sum = (double)rounds * requests_until(curve, curve->lasts) + requests_until(curve, rest) -
          requests_until(curve, from);
    return sum > 0.0 ? sum / seconds : 0.0;
}
