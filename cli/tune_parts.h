/* tune_parts.h - a search at work, for the files tune_*.c. */
#ifndef SELFHEAL_CLI_TUNE_PARTS_H
#define SELFHEAL_CLI_TUNE_PARTS_H

#include "cli/evaluation.h"
#include "cli/tune_run.h"
#include "reports/study_store.h"

#include <pthread.h>

enum { FRESH = 1 << 20, TUNE_CANDIDATES_MAX = 20000 }; /* rounds from FRESH on have seeds of their own */

struct task {
    size_t candidate;
    uint32_t round;
    double *values;
    bool known; /* from the store */
};

struct tuning {
    struct study *study;
    const struct tune_options *options;
    struct study_result *result;
    struct study_store *store;
    struct error_list *errors;
    struct candidate_world **worlds; /* by candidate; NULL until needed */
    double begun;
    pthread_mutex_t lock;
    struct task *tasks;
    size_t task_count, next_task;
    uint32_t workers;
    bool failed;
};

/* The candidate at x, a new one or one that is there already; SIZE_MAX when out of memory. */
size_t tuning_add(struct tuning *tuning, const double *x, bool refined);
/* All rounds of one candidate at once. */
bool tuning_complete(struct tuning *tuning, size_t index, uint32_t rounds);
void tuning_forget(struct tuning *tuning, size_t candidate); /* its world */
/* Whether the study's limits are reached; says so in the result. */
bool tuning_out_of_budget(struct tuning *tuning);

/* Nelder and Mead's simplex from the best on. False when something failed. */
bool tune_refine(struct tuning *tuning);

#endif
