/* statistics.h - what samples say, and how sure that is.
 *
 * Quantiles are Hyndman and Fan's type 7 (1996; R's default, GSL's definition):
 * linear between order statistics at (n - 1) p. The interval of a mean is the
 * percentile bootstrap (Efron 1979) with STATISTICS_RESAMPLES resamples, drawn
 * from a generator that the run's seed and the figure's name seed, so that a
 * report says the same whenever it is written. Over STATISTICS_BOOTSTRAP_MAX
 * samples the bootstrap of a mean has long become the normal interval, which is
 * taken instead. Shares have Wilson's interval (1927), without continuity
 * correction: it stays inside [0, 1] and is honest at 0 and at n.
 *
 * GSL's error handler must be off (gsl_set_error_handler_off): what fails here
 * for want of memory comes out as NaN.
 */
#ifndef SELFHEAL_REPORTS_STATISTICS_H
#define SELFHEAL_REPORTS_STATISTICS_H

#include "reports/summary.h"

#include <stddef.h>
#include <stdint.h>

enum { STATISTICS_RESAMPLES = 2000, STATISTICS_BOOTSTRAP_MAX = 5000 };

/* The figure of samples[0 .. n), all finite; sorts them. n = 0 gives NaN in all
 * fields but n; n = 1 has no sd and no interval. `name` seeds with `seed`. */
struct figure statistics_figure(double *samples, size_t n, uint64_t seed, const char *name);

/* The same without the interval, which costs most of it. */
struct figure statistics_points(double *samples, size_t n);

/* hits of n; hits <= n. n = 0 gives NaN. */
struct rate statistics_rate(uint64_t hits, uint64_t n);

#endif
