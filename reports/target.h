/* target.h - what a suite sets itself to reach, and what was measured.
 *
 *   METRIC < VALUE       mttd_seconds.mean <= 45s      false_positive_rate < 5%
 *   METRIC cut VALUE%    mttr_seconds cut 65%
 *
 * A figure is of all scenarios together (pool.h). `cut` asks by what share it lies below
 * the same figure of people alone whom alerts call, on the same faults. A target is met or
 * missed when its 95 % interval lies on one side of the bound, and "can't tell" when the
 * bound is inside; a maximum has no interval and is compared itself. A target that is
 * missed is told, and makes no suite fail: that is what expectations are for.
 */
#ifndef SELFHEAL_REPORTS_TARGET_H
#define SELFHEAL_REPORTS_TARGET_H

#include "reports/expectation.h"
#include "reports/judge.h"
#include "reports/pool.h"

struct target {
    const char *name; /* "detection, mean" */
    const char *goal; /* as written */
    struct pool_question question;
    enum relation_sign comparison;
    double bound; /* seconds, share or number */
};

/* `goal` at file:line; texts must outlive *out. False with a message about `field`. */
bool target_parse(const char *name, const char *goal, const char *file, uint32_t line, const char *field,
                  struct arena *arena, struct target *out, struct error_list *errors);

enum { TARGET_BLAMED = 3 };

struct target_result {
    double value;       /* NaN: no sample */
    double interval[2]; /* NaN where there is none */
    size_t n;
    double people; /* the same figure of people whom alerts call; of a cut, the figure that was cut */
    double own;    /* of a cut, the engine's figure that it cuts to; else `value` */
    enum outcome outcome;
    struct pool_group blamed[POOL_BY_COUNT][TARGET_BLAMED]; /* where it is not met */
    size_t blamed_count[POOL_BY_COUNT];
};

/* Texts of *out are the samples' and `arena`'s. False when out of memory. */
bool target_measure(const struct target *target, const struct pool *pool, struct arena *arena,
                    struct target_result *out);

/* The figure as the target's unit has it; a cut as "-65.0 %". Returns `text` (MARKUP_TEXT bytes). */
char *target_print(const struct target *target, double value, char *text);

#endif
