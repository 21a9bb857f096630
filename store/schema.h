/* schema.h - the one schema of simulated, replayed and live runs, in a file or on a server.
 *
 * Three tables are for people and other tools, with columns that stay as they
 * are: self_healing_issues, self_healing_remediations, health_scores. Their
 * instants are RFC 3339 text in UTC, which sorts as text. What the project itself
 * needs stands beside them in *_facts and other tables, in nanoseconds. Ids are
 * unique in the whole run, though every replication's engine starts over at 1.
 */
#ifndef SELFHEAL_STORE_SCHEMA_H
#define SELFHEAL_STORE_SCHEMA_H

#include "engine/error.h"

#include <stdbool.h>

struct database;

enum { SCHEMA_VERSION = 2 }; /* kept as the database's version */

/* Makes all of it in an empty database. False with messages. */
bool schema_create(struct database *database, struct error_list *errors);

/* True when `database` has this schema; false with a message. */
bool schema_check(struct database *database, struct error_list *errors);

#endif
