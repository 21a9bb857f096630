/* detector.c - two comparisons per sample, and a slow path for what stands out.
 *
 * limit_high/low hold, per series, the nearest value at which anything could
 * happen. The fast loop ORs the comparisons of 64 series together; the compiler
 * turns it into vector compares. A block is looked at series by series only when
 * that OR is set or a series of the block is under watch. */
#include "engine/detector.h"

#include "engine/baseline.h"
#include "engine/counter.h"
#include "engine/novelty.h"
#include "engine/profiles.h"
#include "engine/siblings.h"
#include "engine/surprise.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { BLOCK = 64 };

/* What is over its limit, and since when. HEAL_TIME_NEVER: it is not. */
struct watch {
    heal_time over_threshold;
    heal_time over_baseline;
    heal_time seen;  /* the last sample, while active */
    heal_time clear; /* none of the conditions since, while active */
    bool active;
    bool critical;
};

struct detector {
    const struct policy *policy;
    size_t count;
    struct baseline *baseline;
    struct counters *counters;
    struct surprise *surprise;
    struct profiles *profiles;
    struct siblings *siblings;       /* NULL: the policy wants none */
    uint64_t *young;                 /* bit per series: lives on what it borrows */
    const struct policy_rule **rule; /* per series, NULL: not watched */
    double *limit_high;              /* count rounded up to BLOCK */
    double *limit_low;
    double *baseline_high; /* of the baseline condition alone */
    double *baseline_low;
    double *fixed_high; /* `above`, or where the rule's unless_normal has moved it */
    double *centre;     /* the median that those were made from */
    struct watch *watch;
    uint64_t *watched; /* bit per series: pending or active */
    uint64_t *active;  /* bit per series: anomalous; held out of its baseline */
    double *padded;    /* a frame, padded with NaN to whole blocks */
    struct detector_event *events;
    uint64_t samples;
};

static struct watch nothing_seen(void)
{
    return (struct watch){
        .over_threshold = HEAL_TIME_NEVER, .over_baseline = HEAL_TIME_NEVER, .clear = HEAL_TIME_NEVER};
}

static void *aligned_doubles(size_t count, double value)
{
    double *array = aligned_alloc(64, count * sizeof *array);
    for (size_t i = 0; array && i < count; i++)
        array[i] = value;
    return array;
}

static void set_limits(struct detector *detector, size_t series)
{
    const struct policy_rule *rule = detector->rule[series];
    double high = detector->fixed_high[series];
    double low = rule && !isnan(rule->below) ? rule->below : -INFINITY;

    detector->limit_high[series] = fmin(high, detector->baseline_high[series]);
    detector->limit_low[series] = fmax(low, detector->baseline_low[series]);
}

static double baseline_reach(const struct policy_rule *rule, double median, double scale)
{
    double reach = rule->deviation * scale;
    if (rule->min_change > reach)
        reach = rule->min_change;
    if (rule->min_ratio * fabs(median) > reach)
        reach = rule->min_ratio * fabs(median);
    double rounding = fabs(median) * (double)FLT_EPSILON; /* baselines keep floats */
    return reach > 0.0 && reach < rounding ? rounding : reach;
}

/* The limits around a median that is known. */
static void set_baseline_limits(struct detector *detector, size_t series, double median, double upper, double lower)
{
    const struct policy_rule *rule = detector->rule[series];
    double up = baseline_reach(rule, median, upper), down = baseline_reach(rule, median, lower);

    if (rule->unless_normal > 0.0 && median <= rule->above)
        detector->fixed_high[series] = fmax(rule->above, median + rule->unless_normal * upper);
    if (up > 0.0 && rule->direction != DIRECTION_DOWN)
        detector->baseline_high[series] = median + up;
    if (down > 0.0 && rule->direction != DIRECTION_UP)
        detector->baseline_low[series] = median - down;
}

/* A series that still warms up has a level of its own and a scale of its siblings'. */
static void borrow(struct detector *detector, size_t series)
{
    double median = baseline_young_median(detector->baseline, series), upper, lower;

    if (isnan(median) || !siblings_scale(detector->siblings, detector->baseline, series, &upper, &lower))
        return;
    detector->centre[series] = median;
    set_baseline_limits(detector, series, median, upper, lower);
}

/* An active series keeps the limits it was found by while it is held out of its own
 * baseline; what lasts longer than that is learned, and so becomes normal. */
static void renew_baseline_limits(struct detector *detector, size_t series)
{
    const struct policy_rule *rule = detector->rule[series];
    double median = (double)baseline_median(detector->baseline)[series];

    if (!rule || !rule->baseline)
        return;
    detector->baseline_high[series] = INFINITY;
    detector->baseline_low[series] = -INFINITY;
    if (rule->unless_normal > 0.0)
        detector->fixed_high[series] = INFINITY;
    detector->centre[series] = median;
    if (!isnan(median)) {
        set_baseline_limits(detector, series, median, (double)baseline_upper(detector->baseline)[series],
                            (double)baseline_lower(detector->baseline)[series]);
        if (detector->siblings)
            detector->young[series / BLOCK] &= ~(UINT64_C(1) << (series % BLOCK));
    } else if (detector->siblings && siblings_has(detector->siblings, series)) {
        detector->young[series / BLOCK] |= UINT64_C(1) << (series % BLOCK);
        borrow(detector, series);
    }
    set_limits(detector, series);
}

/* Finds the rule of each series, and the parts that only some rules ask for. */
static bool match_rules(struct detector *detector, const struct inventory *inventory, size_t padded)
{
    const struct policy *policy = detector->policy;
    bool *surprise = calloc(padded, sizeof *surprise), *counter = calloc(padded, sizeof *counter);
    bool *season = calloc(padded, sizeof *season);

    detector->rule = calloc(padded, sizeof *detector->rule);
    if (detector->rule && surprise && counter && season) {
        for (size_t i = 0; i < detector->count; i++) {
            size_t rule = policy_rule_for(policy, inventory_series_id(inventory, (uint32_t)i));
            detector->rule[i] = rule == SIZE_MAX ? NULL : &policy->rules[rule];
            surprise[i] = detector->rule[i] && detector->rule[i]->surprise;
            counter[i] = detector->rule[i] && detector->rule[i]->counter;
            season[i] = detector->rule[i] && detector->rule[i]->season && !surprise[i]; /* surprise has its own */
        }
        detector->counters = counters_create(detector->count, counter);
        detector->surprise = surprise_create(&policy->baseline, detector->count, surprise);
        detector->profiles = profiles_create(detector->count, season);
    }
    free(surprise);
    free(counter);
    free(season);
    return detector->counters && detector->surprise && detector->profiles;
}

struct detector *detector_create(const struct policy *policy, const struct inventory *inventory)
{
    size_t count = inventory_series_count(inventory);
    size_t padded = (count + BLOCK - 1) / BLOCK * BLOCK;
    struct baseline_config config = {policy->baseline.window, policy->baseline.warm_up,
                                     policy->baseline.scale == SCALE_QN, policy->baseline.trend};
    struct detector *detector = calloc(1, sizeof *detector);

    if (!detector)
        return NULL;
    detector->policy = policy;
    detector->count = count;
    detector->baseline = baseline_create(&config, count);
    bool whole = match_rules(detector, inventory, padded);
    if (policy->baseline.siblings) {
        detector->siblings = siblings_create(inventory);
        detector->young = calloc(padded / BLOCK, sizeof *detector->young);
        whole = whole && detector->siblings && detector->young;
    }
    detector->limit_high = aligned_doubles(padded, INFINITY);
    detector->limit_low = aligned_doubles(padded, -INFINITY);
    detector->baseline_high = aligned_doubles(padded, INFINITY);
    detector->baseline_low = aligned_doubles(padded, -INFINITY);
    detector->fixed_high = aligned_doubles(padded, INFINITY);
    detector->centre = aligned_doubles(padded, NAN);
    detector->watch = calloc(count, sizeof *detector->watch);
    detector->watched = calloc(padded / BLOCK, sizeof *detector->watched);
    detector->active = calloc(padded / BLOCK, sizeof *detector->active);
    detector->padded = aligned_doubles(BLOCK, NAN);
    detector->events = calloc(count, sizeof *detector->events);
    if (!whole || !detector->baseline || !detector->limit_high || !detector->limit_low || !detector->baseline_high ||
        !detector->baseline_low || !detector->fixed_high || !detector->centre || !detector->watch ||
        !detector->watched || !detector->active || !detector->padded || !detector->events) {
        detector_destroy(detector);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const struct policy_rule *rule = detector->rule[i];
        detector->watch[i] = nothing_seen();
        if (rule && !(rule->unless_normal > 0.0) && !isnan(rule->above))
            detector->fixed_high[i] = rule->above;
        set_limits(detector, i);
    }
    return detector;
}

void detector_destroy(struct detector *detector)
{
    if (!detector)
        return;
    baseline_destroy(detector->baseline);
    counters_destroy(detector->counters);
    surprise_destroy(detector->surprise);
    profiles_destroy(detector->profiles);
    siblings_destroy(detector->siblings);
    free(detector->young);
    free(detector->rule);
    free(detector->limit_high);
    free(detector->limit_low);
    free(detector->baseline_high);
    free(detector->baseline_low);
    free(detector->fixed_high);
    free(detector->centre);
    free(detector->watch);
    free(detector->watched);
    free(detector->active);
    free(detector->padded);
    free(detector->events);
    free(detector);
}

const struct policy_rule *detector_rule(const struct detector *detector, uint32_t series)
{
    return detector->rule[series];
}

double detector_median(const struct detector *detector, uint32_t series)
{
    return (double)baseline_median(detector->baseline)[series];
}

double detector_upper(const struct detector *detector, uint32_t series)
{
    return (double)baseline_upper(detector->baseline)[series];
}

uint64_t detector_samples(const struct detector *detector)
{
    return detector->samples;
}

/* While active the limits move in by clear_ratio, so that a value that hangs at
 * the limit does not flap; one that rests on what is normal moves towards that. */
static bool over_threshold(const struct detector *detector, size_t series, double value)
{
    const struct policy_rule *rule = detector->rule[series];
    double ratio = detector->watch[series].active ? rule->clear_ratio : 1.0;
    double high = detector->fixed_high[series], rest = rule->unless_normal > 0.0 ? detector->centre[series] : 0.0;

    if (isfinite(high))
        high = rest + (high - rest) * ratio;
    return value > high || (!isnan(rule->below) && value < rule->below / ratio);
}

static bool over_baseline(const struct detector *detector, size_t series, double value)
{
    const struct policy_rule *rule = detector->rule[series];
    double high = detector->baseline_high[series], low = detector->baseline_low[series];

    if (detector->watch[series].active) {
        double centre = detector->centre[series];
        high = centre + (high - centre) * rule->clear_ratio;
        low = centre - (centre - low) * rule->clear_ratio;
    }
    return value > high || value < low;
}

static void since(heal_time *start, bool holds, heal_time now)
{
    if (!holds)
        *start = HEAL_TIME_NEVER;
    else if (*start == HEAL_TIME_NEVER)
        *start = now;
}

static bool held(heal_time start, heal_duration hold, heal_time now)
{
    return start != HEAL_TIME_NEVER && now - start >= hold;
}

/* The tail probability of the sample, whatever it was found by. A series that warms up, or
 * without a baseline, has none. */
static double probability_of(const struct detector *detector, size_t series, double value)
{
    double rank = baseline_probability(detector->baseline, series, value);
    bool surprising = surprise_seen(detector->surprise, series) > (float)NOVELTY_WARM_UP;

    return surprising ? novelty_score((double)surprise_nats(detector->surprise, series), rank) : rank;
}

static double expected_of(const struct detector *detector, size_t series, heal_time now)
{
    return detector->rule[series]->surprise ? surprise_expected(detector->surprise, series, now)
                                            : profiles_expected(detector->profiles, series, now);
}

static heal_duration lasted(const struct watch *watch, bool by_baseline, heal_time now)
{
    heal_time from = by_baseline ? watch->over_baseline : watch->over_threshold;
    return from == HEAL_TIME_NEVER ? 0 : now - from;
}

static void describe(const struct detector *detector, size_t series, heal_time now, double value, bool by_baseline,
                     struct detector_event *event)
{
    const struct policy_rule *rule = detector->rule[series];

    event->probability = probability_of(detector, series, value);
    event->expected = expected_of(detector, series, now);
    event->lasted = lasted(&detector->watch[series], by_baseline, now);
    event->series = (uint32_t)series;
    event->by_baseline = by_baseline;
    event->value = value;
    if (by_baseline) {
        event->reference = (double)baseline_median(detector->baseline)[series];
        double upper = (double)baseline_upper(detector->baseline)[series];
        double lower = (double)baseline_lower(detector->baseline)[series];
        if (isnan(event->reference) && detector->siblings) { /* it lives on what it borrowed */
            event->reference = detector->centre[series];
            siblings_scale(detector->siblings, detector->baseline, series, &upper, &lower);
        }
        double scale = value > event->reference ? upper : lower;
        double floor = baseline_reach(rule, event->reference, scale) / rule->deviation;
        double sigmas = fabs(value - event->reference) / fmax(scale, floor);
        event->score = isnan(sigmas) ? 1.0 : sigmas; /* infinite samples have no distance */
    } else {
        bool high = !isnan(rule->above) && value > rule->above * rule->clear_ratio;
        event->reference = high ? rule->above : rule->below;
        double ratio = high ? value / rule->above : rule->below / value;
        event->score = isfinite(ratio) && ratio != 0.0 ? fabs(ratio) : 1.0;
    }
}

static bool is_critical(const struct policy_rule *rule, double value)
{
    return (!isnan(rule->critical_above) && value > rule->critical_above) ||
           (!isnan(rule->critical_below) && value < rule->critical_below);
}

/* While what was news is still half as surprising as news, the anomaly lasts. */
static bool surprises(const struct detector *detector, size_t series)
{
    return detector->rule[series]->surprise &&
           surprise_nats(detector->surprise, series) >= 0.5f * surprise_level(detector->surprise);
}

static void end_watch(struct detector *detector, size_t series, struct detector_event *event)
{
    uint64_t bit = UINT64_C(1) << (series % BLOCK);

    event->kind = ANOMALY_ENDED;
    event->critical = false;
    event->stale = false;
    detector->watch[series] = nothing_seen();
    detector->watched[series / BLOCK] &= ~bit;
    detector->active[series / BLOCK] &= ~bit;
    renew_baseline_limits(detector, series);
}

/* No sample. True, with *event, when there was none for so long that what was wrong
 * is over as far as anybody can tell. */
static bool end_stale(struct detector *detector, size_t series, heal_time now, struct detector_event *event)
{
    const struct watch *watch = &detector->watch[series];
    heal_duration after = detector->policy->stale_after;

    if (!watch->active || after <= 0 || now - watch->seen < after)
        return false;
    *event = (struct detector_event){.series = (uint32_t)series, .value = NAN, .reference = NAN, .score = NAN};
    end_watch(detector, series, event);
    event->stale = true;
    return true;
}

/* News the way the rule does not look is none. */
static bool right_way(const struct detector *detector, size_t series, double value)
{
    double centre = detector->centre[series];
    enum direction direction = detector->rule[series]->direction;
    return direction == DIRECTION_BOTH || isnan(centre) ||
           (direction == DIRECTION_UP ? value > centre : value < centre);
}

/* One sample of a series that is beyond a limit, news, or under watch. True when
 * *event was set. */
static bool judge(struct detector *detector, size_t series, heal_time now, double value, bool news,
                  struct detector_event *event)
{
    const struct policy_rule *rule = detector->rule[series];
    struct watch *watch = &detector->watch[series];
    uint64_t bit = UINT64_C(1) << (series % BLOCK);

    if (!rule)
        return false;
    if (isnan(value))
        return end_stale(detector, series, now, event);
    watch->seen = now;
    since(&watch->over_threshold, over_threshold(detector, series, value), now);
    since(&watch->over_baseline, over_baseline(detector, series, value), now);
    news = news && right_way(detector, series, value);
    bool over = watch->over_threshold != HEAL_TIME_NEVER || watch->over_baseline != HEAL_TIME_NEVER;

    if (!watch->active) {
        heal_duration hold = rule->critical_at_once && is_critical(rule, value) ? 0 : rule->hold;
        bool by_threshold = held(watch->over_threshold, hold, now);
        if (by_threshold || news || held(watch->over_baseline, rule->baseline_hold, now)) {
            describe(detector, series, now, value, !by_threshold, event);
            event->kind = ANOMALY_BEGAN;
            event->critical = watch->critical = is_critical(rule, value);
            watch->active = true;
            watch->clear = HEAL_TIME_NEVER;
            detector->active[series / BLOCK] |= bit;
        }
        if (over || watch->active)
            detector->watched[series / BLOCK] |= bit;
        else
            detector->watched[series / BLOCK] &= ~bit;
        return watch->active;
    }
    since(&watch->clear, !over && !surprises(detector, series), now);
    if (held(watch->clear, rule->clear_hold, now)) {
        describe(detector, series, now, value, false, event);
        end_watch(detector, series, event);
        return true;
    }
    if (!watch->critical && is_critical(rule, value)) {
        describe(detector, series, now, value, watch->over_threshold == HEAL_TIME_NEVER, event);
        event->kind = ANOMALY_WORSENED;
        event->critical = watch->critical = true;
        return true;
    }
    return false;
}

/* Four samples side by side. GCC and clang compare vectors lane by lane into a
 * mask of 0 and -1; neither vectorises the scalar loop, whose OR mixes doubles
 * and integers. */
typedef double lanes __attribute__((vector_size(32), aligned(8), may_alias));
typedef int64_t lane_masks __attribute__((vector_size(32)));
enum { VECTOR = 4 };

/* Whether any of BLOCK samples is beyond a limit; counts those that are there.
 * NaN compares false. */
static bool block_stands_out(const double *value, const double *high, const double *low, uint64_t *samples)
{
    lane_masks out = {0}, present = {0};

    for (size_t i = 0; i < BLOCK; i += VECTOR) {
        lanes v = *(const lanes *)(value + i);
        out |= (v > *(const lanes *)(high + i)) | (v < *(const lanes *)(low + i));
        present += v == v; /* -1 per sample, 0 for NaN; NOLINT(misc-redundant-expression) */
    }
    *samples -= (uint64_t)(present[0] + present[1] + present[2] + present[3]);
    return (out[0] | out[1] | out[2] | out[3]) != 0;
}

/* The young do not wait for their turn in the cycle of refits. */
static void learn_young(struct detector *detector, const double *values)
{
    for (size_t word = 0; detector->siblings && word * BLOCK < detector->count; word++) {
        for (uint64_t bits = detector->young[word] & ~detector->active[word]; bits; bits &= bits - 1) {
            size_t series = word * BLOCK + (size_t)__builtin_ctzll(bits);
            if (!isnan(values[series]))
                renew_baseline_limits(detector, series);
        }
    }
}

/* `values` with counters as rates. */
static void learn(struct detector *detector, heal_time at, const double *values)
{
    struct baseline_span span = baseline_learn(detector->baseline, at, values, detector->active);

    for (size_t series = span.first; series < span.end; series++) {
        bool active = detector->active[series / BLOCK] >> (series % BLOCK) & 1;
        if (!active || !baseline_holds(detector->baseline, series))
            renew_baseline_limits(detector, series);
    }
    learn_young(detector, values);
}

void detector_learn(struct detector *detector, heal_time at, const double *values)
{
    values = counters_frame(detector->counters, at, values);
    surprise_frame(detector->surprise, at, values);
    profiles_frame(detector->profiles, at, values, baseline_median(detector->baseline));
    learn(detector, at, values);
}

const struct detector_event *detector_frame(struct detector *detector, heal_time now, const double *values,
                                            size_t *count)
{
    size_t found = 0;

    values = counters_frame(detector->counters, now, values);
    const uint64_t *news = surprise_frame(detector->surprise, now, values);
    for (size_t base = 0; base < detector->count; base += BLOCK) {
        size_t in_block = detector->count - base < BLOCK ? detector->count - base : BLOCK;
        const double *block = values + base;
        if (in_block < BLOCK) {
            for (size_t i = 0; i < in_block; i++)
                detector->padded[i] = block[i];
            block = detector->padded;
        }
        bool out = block_stands_out(block, detector->limit_high + base, detector->limit_low + base, &detector->samples);
        uint64_t fresh = news[base / BLOCK], watched = detector->watched[base / BLOCK] | fresh;
        if (!out && !watched)
            continue;
        for (size_t i = 0; i < in_block; i++) {
            size_t series = base + i;
            if ((watched >> i & 1) || block[i] > detector->limit_high[series] || block[i] < detector->limit_low[series])
                found += judge(detector, series, now, block[i], fresh >> i & 1, &detector->events[found]);
        }
    }
    profiles_frame(detector->profiles, now, values, baseline_median(detector->baseline));
    learn(detector, now, values);
    *count = found;
    return detector->events;
}
