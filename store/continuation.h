/* continuation.h - a live run's database goes on where the process before left it.
 *
 * Rows keep their ids for ever: resources, series and strategies are found by name
 * (row_numbers.h). What was at work when the process ended is marked as interrupted; nobody
 * knows how its last action ended.
 */
#ifndef SELFHEAL_STORE_CONTINUATION_H
#define SELFHEAL_STORE_CONTINUATION_H

#include "engine/inventory.h"
#include "engine/policy.h"
#include "store/audit.h"
#include "store/row_numbers.h"

/* Adds the resources of the database at `path` that something happened to at `since` or later, or
 * that an interrupted remedy touched: what is to be known of them needs a place. A
 * database that is not there knows nothing. False with messages. */
bool continuation_known(const char *path, heal_time since, struct inventory *inventory, struct error_list *errors);

/* Writes what is new of policy and inventory, all of it to a new database; rows that
 * are there stay. `numbers`, made of the inventory, gets the rows. */
bool continuation_sync(struct database *database, const struct policy *policy, const struct inventory *inventory,
                       struct row_numbers *numbers, struct error_list *errors);

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
