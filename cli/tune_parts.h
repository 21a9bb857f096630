/* tune_parts.h - a search at work, for the files tune_*.c. */
#ifndef SELFHEAL_CLI_TUNE_PARTS_H
#define SELFHEAL_CLI_TUNE_PARTS_H

#include "cli/tune_queue.h"
#include "cli/tune_run.h"
#include "cli/tune_worlds.h"
#include "reports/study_store.h"

enum { FRESH = 1 << 20, TUNE_CANDIDATES_MAX = 20000 }; /* rounds from FRESH on have seeds of their own */

struct tuning {
    struct study *study;
    const struct tune_options *options;
    struct study_result *result;
    struct study_store *store;
    struct error_list *errors;
    struct tune_worlds *worlds;
    struct tune_queue *queue;
    double begun;
    bool failed;
};

/* The candidate at x, a new one or one that is there already; SIZE_MAX when out of memory. */
size_t tuning_add(struct tuning *tuning, const double *x, bool refined);
/* All rounds of `count` candidates at once. */
bool tuning_complete(struct tuning *tuning, const size_t *candidates, size_t count, uint32_t rounds);
/* Whether the study's limits are reached; says so in the result. */
bool tuning_out_of_budget(struct tuning *tuning);

/* Nelder and Mead's simplex from the best on. False when something failed. */
bool tune_refine(struct tuning *tuning);

#endif
