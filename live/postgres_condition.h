/* postgres_condition.h - the columns that a condition of a plan compares. See
 * postgres_plan.h for which. */
#ifndef SELFHEAL_LIVE_POSTGRES_CONDITION_H
#define SELFHEAL_LIVE_POSTGRES_CONDITION_H

#include "live/postgres_plan.h"

/* Adds to `candidate` the columns of the table known as `alias` that `condition`
 * ("((o.a = $1) AND (o.b > 3))") compares; of a join only those compared by equality.
 * What is not understood adds nothing. */
void condition_columns(const char *condition, const char *alias, bool join, struct plan_candidate *candidate);

#endif
