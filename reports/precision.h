/* precision.h - how sure a figure is, replications being what is independent.
 *
 * A figure is a ratio of sums over replications: seconds of recovery / recoveries,
 * hits / tries, seconds up / seconds watched. Incidents of one replication share its
 * faults, its storms and what the engine learnt, so the error is taken from how
 * replications differ: the ratio's linearised residuals, Student's t (Cochran 1977,
 * "Sampling Techniques", sec. 6.4; Law 2015, sec. 9.4). Where the interval that takes
 * each incident for itself (metric.h) is wider, as Wilson's is at 0 and at n, that one
 * counts: too few replications must not look sure.
 */
#ifndef SELFHEAL_REPORTS_PRECISION_H
#define SELFHEAL_REPORTS_PRECISION_H

#include "engine/error.h"
#include "reports/metric.h"

#include <stdint.h>

struct precision {
    double value;          /* NaN: there is no figure yet */
    double interval[2];    /* NaN: it has no interval yet */
    uint32_t replications; /* complete ones */
};

/* Means, rates, and the numbers of a whole run have an interval; quantiles and counts
 * have none here. */
bool precision_known(const struct metric *metric);

/* From the databases in `folder`, which may still be written to. `metric` must be known.
 * False with messages. */
bool precision_read(const char *folder, const struct metric *metric, double confidence, struct precision *out,
                    struct error_list *errors);

#endif
