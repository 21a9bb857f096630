/* forecast.c - means in slots, a cheap look at each series, a fit where it pays.
 *
 * The look compares the first and the last quarter of the slots: a series that at
 * four times that pace would not come to its limit in time is left alone. Fits
 * go round the series that are left, FORECAST_FITS_PER_FRAME a frame. */
#include "engine/forecast.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

enum { PAIRS_MAX = FORECAST_SLOTS * (FORECAST_SLOTS - 1) / 2 };
static const double HASTE = 4.0;      /* of the cheap look */
static const double HYSTERESIS = 1.5; /* of forecast_within, before a forecast is over */

struct tracked {
    uint32_t series;
    double limit;
    bool upward;
    bool active;
    heal_duration within;
};

struct forecast {
    const struct policy *policy;
    size_t count;
    struct tracked *tracked;
    double *slots; /* slot-major: slots[slot * count + i]; NaN: no sample */
    heal_time times[FORECAST_SLOTS];
    size_t filled;
    heal_duration spacing; /* between slots; 0: every frame */
    double *sum;           /* of the slot that is being filled */
    uint32_t *samples;
    heal_time slot_began;
    size_t cursor, pending; /* series to look at: from cursor, pending of them */
    struct forecast_event events[FORECAST_FITS_PER_FRAME];
};

static double limit_of(const struct policy_rule *rule, bool *upward)
{
    *upward = !isnan(rule->above) || isnan(rule->below);
    if (isnan(rule->exhausts_at))
        return *upward ? rule->above : rule->below;
    return rule->exhausts_at;
}

static size_t find_tracked(const struct policy *policy, const struct inventory *inventory, struct tracked *out)
{
    size_t found = 0;

    for (uint32_t i = 0; i < inventory_series_count(inventory); i++) {
        size_t at = policy_rule_for(policy, inventory_series_id(inventory, i));
        if (at == SIZE_MAX || policy->rules[at].forecast_within <= 0)
            continue;
        if (out) {
            out[found] = (struct tracked){.series = i, .within = policy->rules[at].forecast_within};
            out[found].limit = limit_of(&policy->rules[at], &out[found].upward);
        }
        found++;
    }
    return found;
}

struct forecast *forecast_create(const struct policy *policy, const struct inventory *inventory)
{
    struct forecast *forecast = calloc(1, sizeof *forecast);

    if (!forecast)
        return NULL;
    forecast->policy = policy;
    forecast->count = find_tracked(policy, inventory, NULL);
    forecast->tracked = calloc(forecast->count + 1, sizeof *forecast->tracked);
    forecast->slots = calloc(forecast->count * FORECAST_SLOTS + 1, sizeof *forecast->slots);
    forecast->sum = calloc(forecast->count + 1, sizeof *forecast->sum);
    forecast->samples = calloc(forecast->count + 1, sizeof *forecast->samples);
    forecast->slot_began = HEAL_TIME_NEVER;
    if (!forecast->tracked || !forecast->slots || !forecast->sum || !forecast->samples) {
        forecast_destroy(forecast);
        return NULL;
    }
    find_tracked(policy, inventory, forecast->tracked);
    return forecast;
}

void forecast_destroy(struct forecast *forecast)
{
    if (!forecast)
        return;
    free(forecast->tracked);
    free(forecast->slots);
    free(forecast->sum);
    free(forecast->samples);
    free(forecast);
}

/* Lag-1 autocorrelation of the residuals, corrected for its bias in short series
 * (Kendall 1954: about (1 + 3r)/n too low), in [0, 0.95]. */
static double autocorrelation(const double *x, const double *y, size_t n, double slope, double level)
{
    double mean = 0.0, square = 0.0, product = 0.0, before = 0.0;

    for (size_t i = 0; i < n; i++)
        mean += (y[i] - level - slope * (x[i] - x[n - 1])) / (double)n;
    for (size_t i = 0; i < n; i++) {
        double residual = y[i] - level - slope * (x[i] - x[n - 1]) - mean;
        square += residual * residual;
        product += i > 0 ? residual * before : 0.0;
        before = residual;
    }
    double r = square > 0.0 ? product / square : 0.0;
    r += (1.0 + 3.0 * r) / (double)n;
    return fmin(fmax(r, 0.0), 0.95);
}

bool trend_fit(const double *seconds, const double *values, size_t count, double confidence, struct trend *trend)
{
    double x[FORECAST_SLOTS], y[FORECAST_SLOTS], slopes[PAIRS_MAX];
    size_t n = 0, pairs = 0;

    for (size_t i = 0; i < count && i < FORECAST_SLOTS; i++) {
        if (isnan(values[i]))
            continue;
        x[n] = seconds[i];
        y[n++] = values[i];
    }
    if (n < FORECAST_POINTS_MIN)
        return false;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++)
            slopes[pairs++] = (y[j] - y[i]) / (x[j] - x[i]);
    }
    gsl_sort(slopes, 1, pairs);
    trend->slope = pairs % 2 ? slopes[pairs / 2] : (slopes[pairs / 2 - 1] + slopes[pairs / 2]) / 2.0;
    double heights[FORECAST_SLOTS];
    for (size_t i = 0; i < n; i++)
        heights[i] = y[i] - trend->slope * (x[i] - x[n - 1]);
    gsl_sort(heights, 1, n);
    trend->level = n % 2 ? heights[n / 2] : (heights[n / 2 - 1] + heights[n / 2]) / 2.0;
    double r = autocorrelation(x, y, n, trend->slope, trend->level);
    double variance = (double)(n * (n - 1) * (2 * n + 5)) / 18.0 * (1.0 + r) / (1.0 - r);
    double reach = gsl_cdf_ugaussian_Pinv(0.5 + confidence / 2.0) * sqrt(variance);
    double low = floor(((double)pairs - reach) / 2.0), high = ceil(((double)pairs + reach) / 2.0);
    bool told = low >= 1.0 && high < (double)pairs;
    trend->low = told ? slopes[(size_t)low - 1] : NAN;
    trend->high = told ? slopes[(size_t)high] : NAN;
    return true;
}

/* Every second slot goes into the one before it. */
static void thin(struct forecast *forecast)
{
    for (size_t slot = 0; slot < FORECAST_SLOTS / 2; slot++) {
        double *to = forecast->slots + slot * forecast->count;
        const double *a = forecast->slots + 2 * slot * forecast->count, *b = a + forecast->count;
        for (size_t i = 0; i < forecast->count; i++)
            to[i] = isnan(a[i]) ? b[i] : isnan(b[i]) ? a[i] : (a[i] + b[i]) / 2.0;
        forecast->times[slot] = forecast->times[2 * slot] / 2 + forecast->times[2 * slot + 1] / 2;
    }
    forecast->filled = FORECAST_SLOTS / 2;
}

static void drop_oldest(struct forecast *forecast)
{
    for (size_t slot = 1; slot < FORECAST_SLOTS; slot++) {
        forecast->times[slot - 1] = forecast->times[slot];
        for (size_t i = 0; i < forecast->count; i++)
            forecast->slots[(slot - 1) * forecast->count + i] = forecast->slots[slot * forecast->count + i];
    }
    forecast->filled--;
}

static void close_slot(struct forecast *forecast, heal_time now)
{
    if (forecast->filled == FORECAST_SLOTS) {
        heal_duration span = forecast->times[FORECAST_SLOTS - 1] - forecast->times[0];
        if (span < forecast->policy->forecast.window) {
            thin(forecast);
            forecast->spacing = span * 2 / FORECAST_SLOTS;
        } else {
            drop_oldest(forecast);
        }
    }
    double *slot = forecast->slots + forecast->filled * forecast->count;
    for (size_t i = 0; i < forecast->count; i++) {
        slot[i] = forecast->samples[i] > 0 ? forecast->sum[i] / (double)forecast->samples[i] : NAN;
        forecast->sum[i] = 0.0;
        forecast->samples[i] = 0;
    }
    forecast->times[forecast->filled++] = now - (now - forecast->slot_began) / 2;
    forecast->slot_began = HEAL_TIME_NEVER;
    forecast->pending = forecast->count;
}

static void take_frame(struct forecast *forecast, heal_time now, const double *values)
{
    if (forecast->slot_began == HEAL_TIME_NEVER)
        forecast->slot_began = now;
    for (size_t i = 0; i < forecast->count; i++) {
        double value = values[forecast->tracked[i].series];
        bool there = !isnan(value);
        forecast->sum[i] += there ? value : 0.0;
        forecast->samples[i] += there;
    }
    if (now - forecast->slot_began >= forecast->spacing)
        close_slot(forecast, now);
}

/* Means of the first and the last quarter of the slots: could it come to its limit? */
static bool worth_a_fit(const struct forecast *forecast, size_t i)
{
    const struct tracked *tracked = &forecast->tracked[i];
    size_t quarter = forecast->filled / 4, first = 0, last = 0;
    double before = 0.0, after = 0.0;

    if (tracked->active)
        return true;
    for (size_t slot = 0; slot < quarter; slot++) {
        double a = forecast->slots[slot * forecast->count + i];
        double b = forecast->slots[(forecast->filled - 1 - slot) * forecast->count + i];
        before += isnan(a) ? 0.0 : a;
        after += isnan(b) ? 0.0 : b;
        first += isnan(a) ? 0 : 1;
        last += isnan(b) ? 0 : 1;
    }
    if (first == 0 || last == 0)
        return false;
    before /= (double)first;
    after /= (double)last;
    double sign = tracked->upward ? 1.0 : -1.0;
    double seconds = heal_duration_seconds(forecast->times[forecast->filled - 1] - forecast->times[0]) * 0.75;
    double pace = sign * (after - before) / seconds;
    return pace > 0.0 && sign * (tracked->limit - after) < HASTE * pace * heal_duration_seconds(tracked->within);
}

static heal_duration reaches(double distance, double pace)
{
    double seconds = distance / pace;
    if (!(pace > 0.0) || seconds > 1e9)
        return HEAL_TIME_NEVER;
    return seconds > 0.0 ? (heal_duration)(seconds * (double)HEAL_SECOND) : 0;
}

/* Fits series `i`; true when *event was set. */
static bool judge(struct forecast *forecast, size_t i, struct forecast_event *event)
{
    struct tracked *tracked = &forecast->tracked[i];
    double seconds[FORECAST_SLOTS], values[FORECAST_SLOTS];
    struct trend trend;
    double sign = tracked->upward ? 1.0 : -1.0;
    heal_duration latest = HEAL_TIME_NEVER;
    size_t first = FORECAST_SLOTS;

    for (size_t slot = 0; slot < forecast->filled; slot++) {
        seconds[slot] = heal_duration_seconds(forecast->times[slot] - forecast->times[0]);
        values[slot] = forecast->slots[slot * forecast->count + i];
        if (!isnan(values[slot]) && first == FORECAST_SLOTS)
            first = slot;
    }
    bool fits = first < forecast->filled &&
                forecast->times[forecast->filled - 1] - forecast->times[first] >= forecast->policy->forecast.min_span &&
                trend_fit(seconds, values, forecast->filled, forecast->policy->forecast.confidence, &trend);
    if (!fits && !tracked->active)
        return false;
    if (fits) {
        double distance = sign * (tracked->limit - trend.level);
        double slow = tracked->upward ? trend.low : -trend.high, fast = tracked->upward ? trend.high : -trend.low;
        latest = isnan(slow) ? HEAL_TIME_NEVER : reaches(distance, slow);
        *event = (struct forecast_event){.series = tracked->series,
                                         .value = trend.level,
                                         .limit = tracked->limit,
                                         .expected = reaches(distance, sign * trend.slope),
                                         .soonest = isnan(fast) ? HEAL_TIME_NEVER : reaches(distance, fast),
                                         .latest = latest};
    } else {
        *event = (struct forecast_event){.series = tracked->series,
                                         .value = NAN,
                                         .limit = tracked->limit,
                                         .expected = HEAL_TIME_NEVER,
                                         .soonest = HEAL_TIME_NEVER,
                                         .latest = HEAL_TIME_NEVER};
    }
    bool sure = tracked->active ? (double)latest <= HYSTERESIS * (double)tracked->within : latest <= tracked->within;
    event->began = sure;
    if (sure == tracked->active)
        return false;
    tracked->active = sure;
    return true;
}

static int by_series(const void *left, const void *right)
{
    const struct forecast_event *a = left, *b = right;
    return a->series < b->series ? -1 : a->series > b->series;
}

const struct forecast_event *forecast_frame(struct forecast *forecast, heal_time now, const double *values,
                                            size_t *count)
{
    size_t found = 0, fits = 0;

    *count = 0;
    if (forecast->count == 0)
        return forecast->events;
    take_frame(forecast, now, values);
    if (forecast->filled < FORECAST_POINTS_MIN)
        return forecast->events;
    size_t quota = forecast->count / 4 + 1; /* looked at in one frame: a slot is through in four */
    while (forecast->pending > 0 && quota-- > 0 && fits < FORECAST_FITS_PER_FRAME) {
        size_t i = forecast->cursor;
        forecast->cursor = i + 1 == forecast->count ? 0 : i + 1;
        forecast->pending--;
        if (!worth_a_fit(forecast, i))
            continue;
        fits++;
        found += judge(forecast, i, &forecast->events[found]);
    }
    if (found > 1) /* the round may wrap; a handful: qsort takes no memory */
        qsort(forecast->events, found, sizeof forecast->events[0], by_series);
    *count = found;
    return forecast->events;
}

static size_t index_of(const struct forecast *forecast, uint32_t series)
{
    size_t low = 0, high = forecast->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (forecast->tracked[middle].series < series)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool forecast_forget(struct forecast *forecast, uint32_t series)
{
    size_t i = index_of(forecast, series);

    if (i == forecast->count || forecast->tracked[i].series != series)
        return false;
    bool was = forecast->tracked[i].active;
    forecast->tracked[i].active = false;
    forecast->sum[i] = 0.0;
    forecast->samples[i] = 0;
    for (size_t slot = 0; slot < forecast->filled; slot++)
        forecast->slots[slot * forecast->count + i] = NAN;
    return was;
}
