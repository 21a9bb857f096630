/* postgres_explain.h - the plan of a statement that pg_stat_statements knows.
 *
 * Its text has $1 where there were constants. It is prepared under the role's own
 * search path and explained with a generic plan (plan_cache_mode; EXPLAIN has no
 * GENERIC_PLAN before 16), in a read-only transaction that is rolled back: nothing is
 * run. Planning may call functions that the statement names with constants and that
 * their owner declared immutable: give selfheal a role that is no superuser.
 */
#ifndef SELFHEAL_LIVE_POSTGRES_EXPLAIN_H
#define SELFHEAL_LIVE_POSTGRES_EXPLAIN_H

#include "live/postgres_link.h"

#include <stdint.h>

/* The plan as JSON; NULL with the link's error. free() frees. */
char *postgres_explain(struct postgres_link *link, int64_t statement);

#endif
