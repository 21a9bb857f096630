/* gathering.h - the incidents of a run, sorted into what each figure is made of.
 *
 * Between run_data.h, which knows rows, and summary.h, which knows figures. What each
 * figure counts is told in gathering.c.
 */
#ifndef SELFHEAL_REPORTS_GATHERING_H
#define SELFHEAL_REPORTS_GATHERING_H

#include "reports/run_data.h"

enum time_figure { MTTD, MTTA, MTTR, RECOVERY, REMEDIATION, TIME_COUNT };
enum share { SUCCESS, FIRST_ATTEMPT, FALLBACK, ROLLBACK, FALSE_POSITIVE, FALSE_NEGATIVE, SHARE_COUNT };

struct time_samples {
    double *values;
    size_t count, room;
};

/* What one part gathers before it becomes figures. */
struct gathered {
    struct time_samples times[TIME_COUNT];
    uint64_t hits[SHARE_COUNT], tries[SHARE_COUNT];
    uint64_t faults, issues, unrecovered;
};

/* One figure in one replication: the sum of its times, or its hits; and of how many. */
struct tally {
    double sum, count;
};

/* Which figure is tallied: a time or a share, of one type or (ISSUE_TYPE_COUNT) of all. */
struct tallied {
    unsigned part;
    bool is_time;
    unsigned figure;       /* enum time_figure or enum share */
    struct tally *tallies; /* by replication; NULL: none is */
};

/* One thing that goes into a figure of its replication: a time is its own sum, a share
 * has hits / tries. */
struct gathered_sample {
    bool is_time;
    unsigned figure; /* enum time_figure or enum share */
    uint32_t replication;
    double sum, count;
    size_t fault, issue; /* what it is of, in the run's data; MATCH_NONE */
};

struct gathering {
    struct gathered parts[ISSUE_TYPE_COUNT + 1]; /* [ISSUE_TYPE_COUNT] is all of them */
    struct tallied tallied;
    void (*told)(void *context, const struct gathered_sample *sample); /* each, as it comes; NULL: nobody is */
    void *context;
    size_t fault, issue; /* at work on */
    bool failed;         /* out of memory */
};

/* Into a gathering that is zero but for `tallied`, `told` and `context`. False when out of memory. */
bool gather(struct gathering *gathering, const struct run_data *data);
/* Frees the samples. */
void gathering_clear(struct gathering *gathering);

/* Seconds in which some counted fault was active, summed over resources: the union of
 * each resource's fault intervals. Adds them up by replication where `by_replication`
 * is not NULL. NaN when out of memory. */
double seconds_broken(const struct run_data *data, double *by_replication);

#endif
