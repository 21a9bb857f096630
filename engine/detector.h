/* detector.h - from frames to anomalies.
 *
 * Each series is judged by its policy rule in three ways: against fixed
 * thresholds, against its own past (baseline.h), and, where the rule wants it, by how
 * surprising it is (surprise.h). Either of the first two has to hold for the rule's
 * hold time before an anomaly begins; news begins one at once, in the rule's direction. The anomaly is over
 * when none holds, with hysteresis (clear_ratio; half the surprise), for clear_hold.
 * A counter is judged by its rate (counter.h).
 *
 * Both conditions are kept as one pair of limits per series, renewed when its
 * baseline is refitted; a quiet frame costs two comparisons per sample. Only
 * series beyond a limit, or already under watch, take the slow path.
 */
#ifndef SELFHEAL_ENGINE_DETECTOR_H
#define SELFHEAL_ENGINE_DETECTOR_H

#include "engine/inventory.h"
#include "engine/memory.h"
#include "engine/policy.h"

struct detector;

enum detector_event_kind { ANOMALY_BEGAN, ANOMALY_WORSENED, ANOMALY_ENDED };

struct detector_event {
    enum detector_event_kind kind;
    uint32_t series;
    bool by_baseline; /* the baseline spoke; false: a threshold */
    bool stale;       /* ENDED: it had no sample for policy.stale_after; value is NaN */
    bool critical;    /* beyond the rule's critical limit; WORSENED: has just become so */
    double value;
    double reference;     /* the threshold, or the baseline's median */
    double score;         /* value / threshold (or its inverse, for below), or sigmas off; > 0 */
    double probability;   /* of a quiet sample at least as unusual, (0, 1], calibrated; NaN: not known (yet) */
    double expected;      /* at this time of the day and week; NaN where the series has no such profile */
    heal_duration lasted; /* since when the condition holds; 0: news, or over */
};

/* `policy` and `inventory` (frozen, at least one series) are borrowed. NULL when
 * out of memory. */
struct detector *detector_create(const struct policy *policy, const struct inventory *inventory);
void detector_destroy(struct detector *detector);

/* Judges one frame and then learns from it. Returns the events in ascending
 * order of series, *count of them, good until the next call. */
const struct detector_event *detector_frame(struct detector *detector, heal_time now, const double *values,
                                            size_t *count);

/* The silence of the series until `now` proves nothing: it is not held against it (stale_after). */
void detector_excuse(struct detector *detector, heal_time now, uint32_t series);
bool detector_is_active(const struct detector *detector, uint32_t series); /* it has an anomaly */

/* Learns from a frame of the past without judging it. */
void detector_learn(struct detector *detector, heal_time at, const double *values);

/* The rule that watches a series, or NULL. */
const struct policy_rule *detector_rule(const struct detector *detector, uint32_t series);
double detector_median(const struct detector *detector, uint32_t series); /* NaN while unknown */
double detector_upper(const struct detector *detector, uint32_t series);  /* as baseline_upper */
/* Beyond a limit or off the baseline now, or as near to it as a float, whatever is held. */
bool detector_stands_out(const struct detector *detector, uint32_t series, double value);
struct memory detector_memory(const struct detector *detector);
uint64_t detector_samples(const struct detector *detector); /* judged so far, NaN left out */

#endif
