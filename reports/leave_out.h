/* leave_out.h - what a search over settings is worth on data that it has not seen.
 *
 * Settings were tried on several groups of data. Each group is left out once: the setting that
 * is best on the others is taken, and what it gains on the group is counted
 * (leave-one-group-out cross-validation; Stone 1974, "Cross-validatory choice and
 * assessment of statistical predictions", JRSS B 36). The difference to the best setting
 * on everything is how much of that figure is the search's luck.
 */
#ifndef SELFHEAL_REPORTS_LEAVE_OUT_H
#define SELFHEAL_REPORTS_LEAVE_OUT_H

#include <stddef.h>

struct leave_out {
    double best;      /* the sum over all groups of the setting that is best on all */
    double left_out;  /* of those that were chosen without the group they are counted on */
    size_t best_at;   /* that setting */
    size_t different; /* groups without which another setting would have been chosen */
};

/* gain[setting * groups + group]; both counts at least 1. Of equals the first is the best. */
struct leave_out leave_out(const double *gain, size_t settings, size_t groups);

#endif
