/* baseline.h - what is normal for each series.
 *
 * Per series a moving window of BASELINE_SLOTS samples; its median and MAD are the
 * location and the scale, robust up to half the window being wild (Hampel 1974).
 * The scale is in sigmas of a normal distribution (MAD / 0.6745). Median, MAD and
 * quantiles are what gsl_stats_median, gsl_stats_mad and
 * gsl_stats_quantile_from_sorted_data give on the same window, in single precision.
 * With `qn` the scale is Qn (Rousseeuw and Croux 1993, by GSL): as robust, 82 % efficient
 * at the normal where the MAD has 37 %, and fair to skewed samples; it costs much more.
 * With `trend` a window that rises or falls steadily is first brought up to now along
 * its robust slope, so that the median does not lag and the scale is that of what is
 * left.
 *
 * The window starts dense and is thinned by half whenever it is full, until it
 * spans the configured time: a verdict comes early, and the memory of a day
 * costs no more than that of an hour. Refits are spread over frames, so every
 * frame costs the same. Series that are anomalous are kept out of their own
 * window by the caller's mask, for at most half a window; so long their location and
 * scale stay what they were.
 *
 * Struct-of-arrays, slot-major: a frame's samples lie side by side, so the
 * per-frame work vectorises. Constant memory, no allocation after create.
 */
#ifndef SELFHEAL_ENGINE_BASELINE_H
#define SELFHEAL_ENGINE_BASELINE_H

#include "engine/memory.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BASELINE_SLOTS = 64, BASELINE_YOUNG = 3 };

struct baseline_config {
    heal_duration window; /* what a full window spans at least, > 0 */
    uint32_t warm_up;     /* samples in the window before the first verdict, 8 .. BASELINE_SLOTS */
    bool qn, trend;       /* see above */
};

struct baseline; /* opaque: one per set of series */

/* NULL when out of memory or when `config` or `count` (1 .. SERIES_MAX) is out
 * of range. The caller frees with destroy. */
struct baseline *baseline_create(const struct baseline_config *config, size_t count);
void baseline_destroy(struct baseline *set); /* NULL is fine */

/* Location and scale now, `count` elements each; NaN while a series warms up or
 * has lost its samples. A series that is skewed is wider on one side: upper is the
 * distance from the median to the 90 % quantile, lower that to the 10 % quantile,
 * both in sigmas of a normal distribution, and neither under the MAD's scale. 0
 * for a constant series: who divides puts a floor under it. The arrays stay;
 * baseline_learn changes what is in them. */
const float *baseline_median(const struct baseline *set);
const float *baseline_upper(const struct baseline *set);
const float *baseline_lower(const struct baseline *set);

/* The median of what a series that still warms up has shown; NaN with less than
 * BASELINE_YOUNG samples, or when it is warm. */
double baseline_young_median(const struct baseline *set, size_t series);

/* The probability of a sample of this series at least as far from its median as `value`
 * if nothing is wrong, in (0, 1]: its rank among the window's distances (each in
 * scales of its side), which is exact for exchangeable samples of any shape (a conformal
 * p-value; Vovk, Gammerman and Shafer 2005, ch. 2); beyond the farthest by Hill's tail.
 * NaN while the baseline is. Not for every sample: it looks at the whole window. */
double baseline_probability(const struct baseline *set, size_t series, double value);

void baseline_memory(const struct baseline *set, struct memory *memory); /* adds what it holds */

/* Whether `hold` can keep the series out of its window now; false when it has done
 * so for half a window and new values are learned all the same. */
bool baseline_holds(const struct baseline *set, size_t series);

struct baseline_span {
    size_t first, end; /* series [first, end) were refitted; may be empty */
};

/* Takes a frame into the windows, after it was judged: values[i] belongs to
 * series i, NaN is "no sample". Series whose bit is set in `hold` (bit i % 64 of
 * word i / 64; NULL for none) are not learned from. `now` must not run
 * backwards. Returns the series whose median and scale may have changed. */
struct baseline_span baseline_learn(struct baseline *set, heal_time now, const double *values, const uint64_t *hold);

#endif
