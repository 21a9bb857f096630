/* pairs.h - two runs with the same faults, measured in pairs. For comparison.c. */
#ifndef SELFHEAL_REPORTS_PAIRS_H
#define SELFHEAL_REPORTS_PAIRS_H

#include "reports/metric.h"
#include "reports/run_data.h"

/* Mean difference b - a of `n` pairs with its sd. */
struct paired {
    size_t n;
    double mean, sd;
};

/* Whether both runs had the same faults in the same replications. */
bool pairs_possible(const struct run_data *a, const struct run_data *b);

/* Pairs of a metric that has a value per fault or per replication; false for
 * others and where no pair has both values, or out of memory. */
bool pairs_of(const struct run_data *a, const struct run_data *b, const struct metric *metric, struct paired *out);

#endif
