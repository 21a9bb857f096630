/* strategies.h - how each strategy did in a run. */
#ifndef SELFHEAL_REPORTS_STRATEGIES_H
#define SELFHEAL_REPORTS_STRATEGIES_H

#include "engine/error.h"
#include "reports/summary.h"

struct database;

struct strategy_record {
    char *name;
    char *issue_type;
    double prior_success;
    struct rate success; /* verified / decided attempts */
    uint64_t rollbacks;
    double cost; /* of all attempts, in the policy's currency */
};

struct strategies {
    struct strategy_record *items; /* those tried, by issue type, then most tried first */
    size_t count;
    size_t untried;
};

/* False with messages. */
bool strategies_read(struct strategies *strategies, struct database *database, struct error_list *errors);
void strategies_clear(struct strategies *strategies);

#endif
