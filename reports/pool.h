/* pool.h - the incidents of all scenarios of a suite, as one body of samples.
 *
 * A figure of a suite is made of all its scenarios' incidents: times are pooled, rates
 * are sums of hits over sums of tries, counts are sums, money and hours come to a mean per
 * day of simulated time, and availabilities are weighted by that time. Each sample
 * remembers the arm it was measured in, its scenario and replication, and the fault that
 * is behind it, so that a figure can be computed without some of them.
 *
 * Intervals: replications are independent and incidents of one are not, so replications
 * are resampled whole, each scenario's by themselves (the stratified cluster bootstrap;
 * Davison and Hinkley 1997, sec. 3.8), POOL_RESAMPLES times with one fixed seed. The same
 * replications are drawn for every arm and figure: differences between arms, whose faults
 * are the same, are therefore differences of pairs.
 */
#ifndef SELFHEAL_REPORTS_POOL_H
#define SELFHEAL_REPORTS_POOL_H

#include "engine/arena.h"
#include "engine/error.h"
#include "reports/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POOL_RESAMPLES = 2000 };

/* Who mends: the engine with people behind it, people whom alerts call, people who hear
 * from users. */
enum pool_arm { POOL_SELFHEAL, POOL_OPERATORS, POOL_COMPLAINTS, POOL_ARM_COUNT };

struct pool_sample {
    enum pool_arm arm;
    unsigned figure; /* its field's place in metric_fields */
    uint32_t replication;
    double sum, count;        /* a figure is sums over counts; of what is counted, sums */
    int64_t pair;             /* tells the fault, the same in all arms; -1: of no fault */
    const char *kind, *cause; /* of the fault; the type where no fault is behind it; "" */
};

/* Reads run.db, baseline.db and complaints.db of the run folder, those that are there.
 * The array and its texts are `arena`'s. False with messages. */
bool pool_read(const char *folder, struct arena *arena, struct pool_sample **samples, size_t *count,
               struct error_list *errors);

/* The samples of one scenario; borrowed for the life of the pool. */
struct pool_part {
    const char *name;
    uint32_t replications;
    const struct pool_sample *samples;
    size_t count;
};

struct pool;
/* NULL when out of memory. `parts` is copied, what it points to is not. */
struct pool *pool_create(const struct pool_part *parts, size_t count);
void pool_destroy(struct pool *pool); /* NULL is fine */

/* What is asked. */
struct pool_question {
    struct metric metric; /* pool_knows it */
    enum pool_arm arm;
    bool cut; /* the share by which it lies below the operators' figure; times of faults over those
                 that recovered in both arms */
};
/* Whether the pool has such a figure: of all types, of no arm by name, no sd. */
bool pool_knows(const struct metric *metric);

/* Something to leave out: all samples of a scenario, a fault's kind, or a hidden cause. */
enum pool_group_by { POOL_BY_SCENARIO, POOL_BY_KIND, POOL_BY_CAUSE, POOL_BY_COUNT };
const char *pool_group_by_name(enum pool_group_by by); /* "scenario", "fault kind", "hidden cause" */
struct pool_group {
    enum pool_group_by by;
    const char *name; /* of a cause: "kind: cause" */
    size_t n;         /* samples */
    size_t beyond;    /* times beyond the bound */
    double own;       /* the figure of these alone; NaN: none */
    double without;   /* the figure without them; NaN: none */
};

/* The figure, and over how many samples. NaN where there is none. */
double pool_figure(const struct pool *pool, const struct pool_question *question, size_t *n);
/* The figure in each resample. False when out of memory. */
bool pool_resample(const struct pool *pool, const struct pool_question *question, double values[POOL_RESAMPLES]);
/* Its 95 % interval: Wilson's for a rate by itself, else of the resamples; false: it has none (a
 * maximum, too few replications). */
bool pool_interval(const struct pool *pool, const struct pool_question *question, double interval[2]);
/* The 2.5 % and 97.5 % quantiles of those that are finite; sorts them. False when few are. */
bool pool_interval_of(double values[POOL_RESAMPLES], double interval[2]);

/* Groups of one kind, those first whose leaving out moves the figure most to the better side
 * (`lower`: down), at most `most` of them; only such as move it, or hold times beyond `bound`.
 * Texts are the samples' or `arena`'s. False when out of memory. */
bool pool_blame(const struct pool *pool, const struct pool_question *question, bool lower, double bound,
                enum pool_group_by by, struct arena *arena, struct pool_group *groups, size_t most, size_t *count);

#endif
