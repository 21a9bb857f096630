/* decision_rows.h - decisions become rows.
 *
 * Takes one engine's decisions in order and keeps issues, remediations, attempts,
 * actions, health scores, anomalies and the audit log up to date. An engine counts
 * its ids from 1 in every replication; a row's id is the engine's plus what
 * earlier replications used, so no map is kept and memory stays constant.
 */
#ifndef SELFHEAL_STORE_DECISION_ROWS_H
#define SELFHEAL_STORE_DECISION_ROWS_H

#include "engine/error.h"
#include "engine/inventory.h"
#include "engine/journal.h"
#include "engine/policy.h"
#include "store/audit.h"
#include "store/row_numbers.h"

#include <stdbool.h>

struct database;

struct decision_rows;

/* All but `errors` is borrowed until destroy. `audit` NULL: none is kept. NULL with messages. */
struct decision_rows *decision_rows_create(struct database *database, const struct policy *policy,
                                           const struct inventory *inventory, const struct row_numbers *numbers,
                                           struct audit *audit, struct error_list *errors);
void decision_rows_destroy(struct decision_rows *rows); /* NULL is fine */

/* Ids go on behind the rows that are there; strategies have the rows that
 * continuation_strategies finds. */
bool decision_rows_continue(struct decision_rows *rows, struct database *database, struct error_list *errors);

/* What an engine's id of an issue or remediation of this replication is, from its
 * row, or 0 when the row is none of this replication's. */
uint64_t decision_rows_issue(const struct decision_rows *rows, int64_t row);
uint64_t decision_rows_remediation(const struct decision_rows *rows, int64_t row);
/* And the way back. */
int64_t decision_rows_issue_row(const struct decision_rows *rows, uint64_t issue);
int64_t decision_rows_remediation_row(const struct decision_rows *rows, uint64_t remediation);
int64_t decision_rows_action_row(const struct decision_rows *rows, uint64_t action);

/* Replication `replication` begins; its row must be there. */
void decision_rows_begin(struct decision_rows *rows, uint32_t replication);

/* False with messages; the row may then be half written and the transaction must
 * not be committed. */
bool decision_rows_write(struct decision_rows *rows, const struct decision *decision, struct error_list *errors);

/* Writes the replication's counts into its row, with `complete`. */
bool decision_rows_note(struct decision_rows *rows, bool complete, struct error_list *errors);

/* Who gives the next command, by their whole name, and why (NULL: not said): for the
 * audit row of that command alone. Borrowed until then. */
void decision_rows_said(struct decision_rows *rows, const char *actor, const char *why);

#endif
