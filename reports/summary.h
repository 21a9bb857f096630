/* summary.h - the figures of a run, from its database.
 *
 * Matches issues to faults, gathers times and rates with 95 % intervals, and
 * writes summary.json. Everything is computed from the run database alone, so
 * `selfheal report RUN` gives what the run itself gave.
 *
 * An issue matches a fault of its replication when it opened in
 * [onset, end + grace], its resource is the fault's or related to it by one edge,
 * and its type is the fault's (any where the fault names none). One fault's
 * first matching issue detects it; further ones are neither hits nor false.
 */
#ifndef SELFHEAL_REPORTS_SUMMARY_H
#define SELFHEAL_REPORTS_SUMMARY_H

#include "engine/error.h"
#include "engine/issue.h"
#include "reports/totals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Times over incidents. n = 0: every other field is NaN and prints as null. */
struct figure {
    size_t n;
    double mean, sd, p50, p95, p99, max;
    double ci95[2]; /* of the mean; NaN when n < 2 */
};
/* A share hits / n with its Wilson interval (Wilson 1927, with continuity left out). n = 0: null. */
struct rate {
    double value;
    size_t n;
    double ci95[2];
};

struct summary_part {
    uint64_t faults, issues, unrecovered;
    struct figure mttd, mtta, mttr, recovery_from_detection, remediation;
    struct rate success, first_attempt, fallback, rollback, false_positive, false_negative;
};

struct summary {
    char *scenario;
    char *mode;
    uint64_t seed;
    uint32_t replications;
    double duration_seconds;
    char digest[65];
    bool complete; /* the run reached its end */
    bool heals;    /* somebody mends here; without, recovery has no figures: null, not 0 */
    bool truth;    /* what was really wrong is known */
    struct summary_part all;
    struct summary_part by_type[ISSUE_TYPE_COUNT];
    double false_positives_per_resource_day; /* NaN: nothing watched */
    double availability;                     /* NaN: no truth */
    uint64_t manual_interventions, alerts;
    struct figure totals[TOTAL_COUNT]; /* over replications; n = 0: the run does not tell */
    struct summary *baseline;          /* the operators-only arm, or NULL */
};

/* `folder` is a run: run.db in it, baseline.db where there was an operators arm.
 * NULL with messages. */
struct summary *summary_read(const char *folder, struct error_list *errors);
/* The same without the intervals of means, which cost most of it: for those who compare runs. */
struct summary *summary_read_points(const char *folder, struct error_list *errors);
void summary_destroy(struct summary *summary);

/* The JSON object of summary.json, pretty-printed, newline at the end; the
 * caller frees. NULL when out of memory. */
char *summary_json(const struct summary *summary);

#endif
