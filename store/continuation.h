/* continuation.h - a live run's database goes on where the process before left it.
 *
 * Rows keep their ids for ever: resources and series by their place in the
 * inventory, which therefore starts from what the database knows; strategies by
 * name. What was at work when the process ended is marked as interrupted; nobody
 * knows how its last action ended.
 */
#ifndef SELFHEAL_STORE_CONTINUATION_H
#define SELFHEAL_STORE_CONTINUATION_H

#include "engine/inventory.h"
#include "engine/policy.h"
#include "store/audit.h"

/* Adds what the database at `path` knows to an empty `inventory`, in its order. A
 * file that is not there knows nothing. False with messages. */
bool continuation_known(const char *path, struct inventory *inventory, struct error_list *errors);

/* Writes what is new of policy and inventory, all of it to a new database; rows that
 * are there stay. */
bool continuation_sync(struct database *database, const struct policy *policy, const struct inventory *inventory,
                       struct error_list *errors);

/* The rows of the policy's strategies, policy->strategy_count of them. */
bool continuation_strategies(struct database *database, const struct policy *policy, int64_t *rows,
                             struct error_list *errors);

/* The highest id of `table`, 0 when it is empty. */
bool continuation_last(struct database *database, const char *table, const char *column, int64_t *out,
                       struct error_list *errors);

/* Ends what is open in the tables: issues closed, remediations failed, actions
 * with the outcome `interrupted`; one audit row for each action and remediation. */
bool continuation_interrupt(struct database *database, struct audit *audit, heal_time at, const char *why,
                            struct error_list *errors);

#endif
