/* results.h - results that a command line names, whatever their form: a run's
 * folder, a suite's folder, or a summary.json of either, which can be committed.
 */
#ifndef SELFHEAL_CLI_RESULTS_H
#define SELFHEAL_CLI_RESULTS_H

#include "reports/comparison.h"

struct results {
    struct compared *items; /* one per scenario */
    size_t count;
    char **paths; /* of their databases */
    cJSON **summaries;
    char **names;
};

/* False with messages; clear in any case. */
bool results_read(const char *path, struct results *out, struct error_list *errors);
void results_clear(struct results *results);

#endif
