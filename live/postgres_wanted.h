/* postgres_wanted.h - which index is to be built, and what it is called. See
 * postgres.h's add_index; the inside of it, as postgres_parts.h is. */
#ifndef SELFHEAL_LIVE_POSTGRES_WANTED_H
#define SELFHEAL_LIVE_POSTGRES_WANTED_H

#include "live/postgres_parts.h"
#include "live/postgres_plan.h"

enum { WANTED_NOTE = 512, WANTED_PREFIX = 48 };

/* The index that is to be. */
struct wanted {
    int64_t statement;
    double mean; /* seconds of a call before */
    double cost; /* of the plan before */
    char schema[PLAN_NAME], table[PLAN_NAME], name[POSTGRES_NAME];
    char columns[PLAN_INDEX_COLUMNS][PLAN_NAME];
    size_t count;
};

/* "selfheal_ROW_START_": what the names of an action's index begin with. */
void wanted_prefix(const struct postgres_order *order, char prefix[WANTED_PREFIX]);

/* The best index that one of the dearest statements lacks; false with why there is
 * none: of several reasons a refusal, else the last. */
bool wanted_find(struct task *task, struct wanted *wanted, char why[WANTED_NOTE]);

#endif
