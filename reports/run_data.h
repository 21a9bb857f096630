/* run_data.h - what the figures and the pages need of a run database, in memory.
 *
 * Read once, matched once; summary and report both start from here. A run of
 * 100,000 issues takes some tens of megabytes.
 */
#ifndef SELFHEAL_REPORTS_RUN_DATA_H
#define SELFHEAL_REPORTS_RUN_DATA_H

#include "engine/error.h"
#include "engine/issue.h"
#include "reports/matching.h"
#include "reports/totals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_remediation {
    int64_t id;                     /* of its row */
    size_t issue;                   /* index in issues */
    heal_time started_at, ended_at; /* ended_at HEAL_TIME_NEVER: still at work */
    enum remediation_status status;
    heal_time first_action, last_action_ended; /* HEAL_TIME_NEVER: none */
    uint32_t rungs;                            /* strategies gone through */
    int first_attempt;                         /* 1 verified, 0 failed, -1 undecided or none */
    uint32_t rollbacks, rollbacks_succeeded;   /* that ended */
};

/* A repair that an operator made. Pages are only counted. */
struct run_repair {
    uint32_t replication;
    uint32_t resource;
    heal_time at, ended_at;
};

/* What one replication came to; NaN where the run does not tell. */
struct run_totals {
    uint32_t replication;
    double values[TOTAL_COUNT];
};

struct run_data {
    char *mode, *arm, *scenario, *source, *policy, *digest; /* digest, source: "" where none */
    uint64_t seed;
    uint32_t replications;
    heal_time start;
    heal_duration duration, warm_up; /* warm_up: the first part of it, left out of the figures */
    bool heals;    /* somebody mends here, the engine or operators */
    bool complete; /* the run reached its end */
    bool truth;    /* what was really wrong is known: simulated, or with labels */

    size_t resource_count;
    uint32_t complete_replications;
    bool *replication_complete; /* by replication, [replication_count] */
    size_t replication_count;

    struct match_fault *faults; /* by (replication, onset); of complete replications */
    size_t fault_count;
    struct match_issue *issues; /* by (replication, opened_at, id); matched */
    size_t issue_count;
    struct run_remediation *remediations; /* by issue */
    size_t remediation_count;
    struct run_repair *repairs; /* by (replication, resource, at) */
    size_t repair_count;
    uint64_t pages; /* that operators got; a world without operators notes none, then those sent */
    uint64_t anomalies, anomalies_kept;
    struct run_totals *totals; /* of complete replications, by replication */
    size_t total_count;

    heal_time *good; /* what the issues' `good` point into */
};

/* Reads the database at `path` and matches issues to faults. NULL with messages. */
struct run_data *run_data_read(const char *path, struct error_list *errors);
void run_data_destroy(struct run_data *data); /* NULL is fine */

/* True when issue `index` may be judged against the truth: there is one for its
 * replication, and the issue is not about a suspect. */
bool run_data_judged(const struct run_data *data, size_t index);

#endif
