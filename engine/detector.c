/* detector.c - two comparisons per sample, and a slow path for what stands out.
 *
 * limit_high/low hold, per series, the nearest value at which anything could
 * happen, in single precision, rounded towards what is normal; the exact limits are worked
 * out from rule and baseline on the slow path. The fast loop ORs the comparisons of 64 series together; the compiler
 * turns it into vector compares. A block is looked at series by series only when
 * that OR is set or a series of the block is under watch. */
#include "engine/detector.h"

#include "engine/baseline.h"
#include "engine/counter.h"
#include "engine/novelty.h"
#include "engine/profiles.h"
#include "engine/siblings.h"
#include "engine/surprise.h"
#include "engine/watch.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { BLOCK = 64, NO_RULE = UINT16_MAX };

struct detector {
    const struct policy *policy;
    size_t count;
    struct baseline *baseline;
    struct counters *counters;
    struct surprise *surprise;
    struct profiles *profiles;
    const struct inventory *inventory;
    const double *frame;       /* that is being judged */
    struct siblings *members;  /* who is of one workload; NULL: nobody is taken for gone */
    struct siblings *siblings; /* the same, to borrow from; NULL: the policy wants none */
    uint64_t *young;           /* bit per series: lives on what it borrows */
    uint16_t *rule;            /* per series, of the policy's; NO_RULE: not watched */
    float *limit_high;         /* count rounded up to BLOCK; never beyond where something happens */
    float *limit_low;
    struct watches *watches;
    uint64_t *watched; /* bit per series: pending or active */
    uint64_t *active;  /* bit per series: anomalous; held out of its baseline */
    double *padded;    /* a frame, padded with NaN to whole blocks */
    struct detector_event *events;
    uint64_t samples;
};

static const struct policy_rule *rule_of(const struct detector *detector, size_t series)
{
    uint16_t rule = detector->rule[series];
    return rule == NO_RULE ? NULL : &detector->policy->rules[rule];
}

static double *aligned_doubles(size_t count, double value)
{
    double *array = aligned_alloc(64, count * sizeof *array);
    for (size_t i = 0; array && i < count; i++)
        array[i] = value;
    return array;
}

static float *aligned_floats(size_t count, float value)
{
    float *array = aligned_alloc(64, count * sizeof *array);
    for (size_t i = 0; array && i < count; i++)
        array[i] = value;
    return array;
}

/* What is normal for a series now: the median of its window or, while it warms up, of what
 * it has shown, with the scale of its siblings. A median of NaN: nobody knows. */
struct normal {
    double median, upper, lower;
};

static struct normal normal_of(const struct detector *detector, size_t series)
{
    const struct baseline *baseline = detector->baseline;
    struct normal normal = {(double)baseline_median(baseline)[series], (double)baseline_upper(baseline)[series],
                            (double)baseline_lower(baseline)[series]};

    if (!isnan(normal.median) || !detector->siblings || !siblings_has(detector->siblings, series))
        return normal;
    if (siblings_scale(detector->siblings, baseline, series, &normal.upper, &normal.lower))
        normal.median = baseline_young_median(baseline, series);
    return normal;
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

/* Beyond `high` and `low` the baseline condition holds, above `fixed` the threshold's:
 * that is the rule's `above`, or where its unless_normal has moved it. `centre` is NaN
 * where there is no baseline. */
struct limits {
    double high, low, fixed, centre;
};

static struct limits baseline_limits(const struct detector *detector, size_t series)
{
    const struct policy_rule *rule = rule_of(detector, series);
    struct limits limits = {INFINITY, -INFINITY, INFINITY, NAN};

    if (rule && !(rule->unless_normal > 0.0) && !isnan(rule->above))
        limits.fixed = rule->above;
    if (!rule || !rule->baseline)
        return limits;
    struct normal normal = normal_of(detector, series);
    if (isnan(normal.median))
        return limits;
    double up = baseline_reach(rule, normal.median, normal.upper);
    double down = baseline_reach(rule, normal.median, normal.lower);
    limits.centre = normal.median;
    if (rule->unless_normal > 0.0 && normal.median <= rule->above)
        limits.fixed = fmax(rule->above, normal.median + rule->unless_normal * normal.upper);
    if (up > 0.0 && rule->direction != DIRECTION_DOWN)
        limits.high = normal.median + up;
    if (down > 0.0 && rule->direction != DIRECTION_UP)
        limits.low = normal.median - down;
    return limits;
}

/* The next float that is not above. Exact limits are looked at when one of these is passed. */
static float float_below(double value)
{
    float near = (float)value;
    return (double)near > value ? nextafterf(near, -INFINITY) : near;
}

static void set_limits(struct detector *detector, size_t series)
{
    const struct policy_rule *rule = rule_of(detector, series);
    struct limits limits = baseline_limits(detector, series);
    double low = rule && !isnan(rule->below) ? rule->below : -INFINITY;

    detector->limit_high[series] = float_below(fmin(limits.fixed, limits.high));
    detector->limit_low[series] = -float_below(-fmax(low, limits.low));
}

/* After its baseline was refitted. */
static void renew_limits(struct detector *detector, size_t series)
{
    const struct policy_rule *rule = rule_of(detector, series);
    uint64_t bit = UINT64_C(1) << (series % BLOCK);

    if (!rule || !rule->baseline)
        return;
    if (detector->siblings) {
        bool young = isnan(baseline_median(detector->baseline)[series]) && siblings_has(detector->siblings, series);
        detector->young[series / BLOCK] =
            young ? detector->young[series / BLOCK] | bit : detector->young[series / BLOCK] & ~bit;
    }
    set_limits(detector, series);
}

/* Finds the rule of each series, and the parts that only some rules ask for. */
static bool match_rules(struct detector *detector, const struct inventory *inventory, size_t padded)
{
    const struct policy *policy = detector->policy;
    bool *surprise = calloc(padded, sizeof *surprise), *counter = calloc(padded, sizeof *counter);
    bool *season = calloc(padded, sizeof *season);

    detector->rule = malloc(padded * sizeof *detector->rule);
    if (detector->rule && surprise && counter && season) {
        for (size_t i = 0; i < detector->count; i++) {
            size_t at = policy_rule_for(policy, inventory_series_id(inventory, (uint32_t)i));
            detector->rule[i] = at < NO_RULE ? (uint16_t)at : NO_RULE;
            const struct policy_rule *rule = rule_of(detector, i);
            surprise[i] = rule && rule->surprise;
            counter[i] = rule && rule->counter;
            season[i] = rule && rule->season && !surprise[i]; /* surprise has its own */
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
    detector->inventory = inventory;
    if (policy->gone_after > 0) {
        detector->members = detector->siblings ? detector->siblings : siblings_create(inventory);
        whole = whole && detector->members;
    }
    detector->limit_high = aligned_floats(padded, INFINITY);
    detector->limit_low = aligned_floats(padded, -INFINITY);
    detector->watches = watches_create(count);
    detector->watched = calloc(padded / BLOCK, sizeof *detector->watched);
    detector->active = calloc(padded / BLOCK, sizeof *detector->active);
    detector->padded = aligned_doubles(BLOCK, NAN);
    detector->events = calloc(count, sizeof *detector->events);
    if (!whole || !detector->baseline || !detector->limit_high || !detector->limit_low || !detector->watches ||
        !detector->watched || !detector->active || !detector->padded || !detector->events) {
        detector_destroy(detector);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        set_limits(detector, i);
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
    if (detector->members != detector->siblings)
        siblings_destroy(detector->members);
    siblings_destroy(detector->siblings);
    free(detector->young);
    free(detector->rule);
    free(detector->limit_high);
    free(detector->limit_low);
    watches_destroy(detector->watches);
    free(detector->watched);
    free(detector->active);
    free(detector->padded);
    free(detector->events);
    free(detector);
}

const struct policy_rule *detector_rule(const struct detector *detector, uint32_t series)
{
    return rule_of(detector, series);
}

double detector_median(const struct detector *detector, uint32_t series)
{
    return (double)baseline_median(detector->baseline)[series];
}

double detector_upper(const struct detector *detector, uint32_t series)
{
    return (double)baseline_upper(detector->baseline)[series];
}

bool detector_stands_out(const struct detector *detector, uint32_t series, double value)
{
    return value > (double)detector->limit_high[series] || value < (double)detector->limit_low[series];
}

struct memory detector_memory(const struct detector *detector)
{
    size_t padded = (detector->count + BLOCK - 1) / BLOCK * BLOCK, words = padded / BLOCK;
    struct memory memory = {
        .state = padded * (sizeof *detector->rule + sizeof *detector->limit_high + sizeof *detector->limit_low) +
                 words * (sizeof *detector->watched + sizeof *detector->active),
        .frame = detector->count * sizeof *detector->events,
    };

    baseline_memory(detector->baseline, &memory);
    counters_memory(detector->counters, &memory);
    surprise_memory(detector->surprise, &memory);
    profiles_memory(detector->profiles, &memory);
    watches_memory(detector->watches, &memory);
    if (detector->siblings) {
        siblings_memory(detector->siblings, &memory);
        memory.state += words * sizeof *detector->young;
    }
    return memory;
}

uint64_t detector_samples(const struct detector *detector)
{
    return detector->samples;
}

static bool is_active(const struct detector *detector, size_t series)
{
    return detector->active[series / BLOCK] >> (series % BLOCK) & 1;
}

/* While active the limits move in by clear_ratio, so that a value that hangs at
 * the limit does not flap; one that rests on what is normal moves towards that. */
static bool over_threshold(const struct policy_rule *rule, const struct limits *limits, bool active, double value)
{
    double ratio = active ? rule->clear_ratio : 1.0;
    double high = limits->fixed, rest = rule->unless_normal > 0.0 ? limits->centre : 0.0;

    if (isfinite(high))
        high = rest + (high - rest) * ratio;
    return value > high || (!isnan(rule->below) && value < rule->below / ratio);
}

static bool over_baseline(const struct policy_rule *rule, const struct limits *limits, bool active, double value)
{
    double ratio = active ? rule->clear_ratio : 1.0;

    if (ratio == 1.0) /* to the last bit, as it was before there was anything to clear */
        return value > limits->high || value < limits->low;
    return value > limits->centre + (limits->high - limits->centre) * ratio ||
           value < limits->centre - (limits->centre - limits->low) * ratio;
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
    return rule_of(detector, series)->surprise ? surprise_expected(detector->surprise, series, now)
                                               : profiles_expected(detector->profiles, series, now);
}

static heal_duration lasted(const struct watch *watch, bool by_baseline, heal_time now)
{
    heal_time from = by_baseline ? watch->over_baseline : watch->over_threshold;
    return from == HEAL_TIME_NEVER ? 0 : now - from;
}

static void describe(const struct detector *detector, size_t series, const struct watch *watch, heal_time now,
                     double value, bool by_baseline, struct detector_event *event)
{
    const struct policy_rule *rule = rule_of(detector, series);

    event->probability = probability_of(detector, series, value);
    event->expected = expected_of(detector, series, now);
    event->lasted = lasted(watch, by_baseline, now);
    event->series = (uint32_t)series;
    event->by_baseline = by_baseline;
    event->value = value;
    if (by_baseline) {
        struct normal normal = normal_of(detector, series);
        event->reference = normal.median;
        double scale = value > normal.median ? normal.upper : normal.lower;
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
    return rule_of(detector, series)->surprise &&
           surprise_nats(detector->surprise, series) >= 0.5f * surprise_level(detector->surprise);
}

static void end_watch(struct detector *detector, size_t series, struct detector_event *event)
{
    uint64_t bit = UINT64_C(1) << (series % BLOCK);

    event->kind = ANOMALY_ENDED;
    event->critical = false;
    event->stale = false;
    watches_clear(detector->watches, series);
    detector->watched[series / BLOCK] &= ~bit;
    detector->active[series / BLOCK] &= ~bit;
    renew_limits(detector, series);
}

/* Of its resource nothing is seen, of the others of the workload something: it is not there
 * any more, and so is not sick. */
static bool is_gone(const struct detector *detector, size_t series, heal_duration silent)
{
    size_t count;

    if (!detector->members || silent < detector->policy->gone_after ||
        !siblings_are_seen(detector->members, series, detector->frame))
        return false;
    const uint32_t *all = inventory_resource_series(
        detector->inventory, inventory_series_resource(detector->inventory, (uint32_t)series), &count);
    for (size_t i = 0; i < count; i++) {
        if (!isnan(detector->frame[all[i]]))
            return false;
    }
    return true;
}

/* No sample. True, with *event, when there was none for so long that what was wrong
 * is over as far as anybody can tell. */
static bool end_stale(struct detector *detector, size_t series, heal_time now, struct detector_event *event)
{
    heal_duration after = detector->policy->stale_after;

    if (!is_active(detector, series))
        return false;
    heal_duration silent = now - watches_get(detector->watches, series).seen;
    bool gone = is_gone(detector, series, silent);
    if (!gone && (after <= 0 || silent < after))
        return false;
    *event = (struct detector_event){.series = (uint32_t)series, .value = NAN, .reference = NAN, .score = NAN};
    end_watch(detector, series, event);
    event->stale = !gone;
    return true;
}

void detector_excuse(struct detector *detector, heal_time now, uint32_t series)
{
    if (!is_active(detector, series))
        return;
    struct watch watch = watches_get(detector->watches, series);
    watch.seen = now;
    watches_set(detector->watches, series, &watch);
}

bool detector_is_active(const struct detector *detector, uint32_t series)
{
    return is_active(detector, series);
}

/* News the way the rule does not look is none. */
static bool right_way(const struct policy_rule *rule, double centre, double value)
{
    return rule->direction == DIRECTION_BOTH || isnan(centre) ||
           (rule->direction == DIRECTION_UP ? value > centre : value < centre);
}

/* What has become of a series that was not anomalous. */
static bool begins(struct detector *detector, size_t series, heal_time now, double value, bool news,
                   struct watch *watch, struct detector_event *event)
{
    const struct policy_rule *rule = rule_of(detector, series);
    uint64_t bit = UINT64_C(1) << (series % BLOCK), *watched = &detector->watched[series / BLOCK];
    heal_duration hold = rule->critical_at_once && is_critical(rule, value) ? 0 : rule->hold;
    bool by_threshold = held(watch->over_threshold, hold, now);
    bool active = by_threshold || news || held(watch->over_baseline, rule->baseline_hold, now);

    if (active) {
        describe(detector, series, watch, now, value, !by_threshold, event);
        event->kind = ANOMALY_BEGAN;
        event->critical = watch->critical = is_critical(rule, value);
        detector->active[series / BLOCK] |= bit;
    }
    bool over = watch->over_threshold != HEAL_TIME_NEVER || watch->over_baseline != HEAL_TIME_NEVER;
    *watched = over || active ? *watched | bit : *watched & ~bit;
    return active;
}

/* What has become of one that is. */
static bool goes_on(struct detector *detector, size_t series, heal_time now, double value, struct watch *watch,
                    struct detector_event *event)
{
    const struct policy_rule *rule = rule_of(detector, series);
    bool over = watch->over_threshold != HEAL_TIME_NEVER || watch->over_baseline != HEAL_TIME_NEVER;

    since(&watch->clear, !over && !surprises(detector, series), now);
    if (held(watch->clear, rule->clear_hold, now)) {
        describe(detector, series, watch, now, value, false, event);
        end_watch(detector, series, event);
        return true;
    }
    bool worse = !watch->critical && is_critical(rule, value);
    if (worse) {
        describe(detector, series, watch, now, value, watch->over_threshold == HEAL_TIME_NEVER, event);
        event->kind = ANOMALY_WORSENED;
        event->critical = watch->critical = true;
    }
    watches_set(detector->watches, series, watch);
    return worse;
}

/* One sample of a series that is beyond a limit, news, or under watch. True when
 * *event was set. */
static bool judge(struct detector *detector, size_t series, heal_time now, double value, bool news,
                  struct detector_event *event)
{
    const struct policy_rule *rule = rule_of(detector, series);

    if (!rule)
        return false;
    if (isnan(value))
        return end_stale(detector, series, now, event);
    bool active = is_active(detector, series);
    struct limits limits = baseline_limits(detector, series);
    struct watch watch = watches_get(detector->watches, series);
    watch.seen = now;
    since(&watch.over_threshold, over_threshold(rule, &limits, active, value), now);
    since(&watch.over_baseline, over_baseline(rule, &limits, active, value), now);
    if (active)
        return goes_on(detector, series, now, value, &watch, event);
    news = news && right_way(rule, limits.centre, value);
    bool began = begins(detector, series, now, value, news, &watch, event);
    watches_set(detector->watches, series, &watch);
    return began;
}

/* Four samples side by side. GCC and clang compare vectors lane by lane into a
 * mask of 0 and -1; neither vectorises the scalar loop, whose OR mixes doubles
 * and integers. */
typedef double lanes __attribute__((vector_size(32), aligned(8), may_alias));
typedef float narrow_lanes __attribute__((vector_size(16), aligned(4), may_alias));
typedef int64_t lane_masks __attribute__((vector_size(32)));
enum { VECTOR = 4 };

/* Whether any of BLOCK samples is beyond a limit; counts those that are there.
 * NaN compares false. */
static bool block_stands_out(const double *value, const float *high, const float *low, uint64_t *samples)
{
    lane_masks out = {0}, present = {0};

    for (size_t i = 0; i < BLOCK; i += VECTOR) {
        lanes v = *(const lanes *)(value + i);
        lanes most = __builtin_convertvector(*(const narrow_lanes *)(high + i), lanes);
        lanes least = __builtin_convertvector(*(const narrow_lanes *)(low + i), lanes);
        out |= (v > most) | (v < least);
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
                renew_limits(detector, series);
        }
    }
}

/* `values` with counters as rates. */
static void learn(struct detector *detector, heal_time at, const double *values)
{
    struct baseline_span span = baseline_learn(detector->baseline, at, values, detector->active);

    for (size_t series = span.first; series < span.end; series++)
        renew_limits(detector, series);
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

    detector->frame = values;
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
            if ((watched >> i & 1) || block[i] > (double)detector->limit_high[series] ||
                block[i] < (double)detector->limit_low[series])
                found += judge(detector, series, now, block[i], fresh >> i & 1, &detector->events[found]);
        }
    }
    profiles_frame(detector->profiles, now, values, baseline_median(detector->baseline));
    learn(detector, now, values);
    *count = found;
    return detector->events;
}
