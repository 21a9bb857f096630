/* anomaly_rows.h - the table `anomalies`, which must not eat the disk.
 *
 * Anomalies come by the million where a threshold is set badly. A replication
 * keeps its first ANOMALIES_PER_REPLICATION and the run ANOMALIES_PER_RUN of
 * them; what came beyond is counted, so that nobody takes the rows for all.
 */
#ifndef SELFHEAL_STORE_ANOMALY_ROWS_H
#define SELFHEAL_STORE_ANOMALY_ROWS_H

#include "engine/error.h"
#include "engine/journal.h"
#include "store/row_numbers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct database;

enum { ANOMALIES_PER_REPLICATION = 20000, ANOMALIES_PER_RUN = 1000000 };

struct anomaly_rows;

/* For series 0 .. series_count; the database is borrowed. NULL with messages. */
struct anomaly_rows *anomaly_rows_create(struct database *database, const struct row_numbers *numbers,
                                         struct error_list *errors);
void anomaly_rows_destroy(struct anomaly_rows *rows); /* NULL is fine */

/* Ids go on behind the rows that are there. */
bool anomaly_rows_continue(struct anomaly_rows *rows, struct database *database, struct error_list *errors);
void anomaly_rows_begin(struct anomaly_rows *rows, uint32_t replication); /* counts and open anomalies start over */

/* Takes DECISION_ANOMALY_BEGAN and _ENDED. An end without a beginning is ignored. */
bool anomaly_rows_write(struct anomaly_rows *rows, const struct decision *decision, struct error_list *errors);

uint64_t anomaly_rows_seen(const struct anomaly_rows *rows); /* in this replication */
uint64_t anomaly_rows_kept(const struct anomaly_rows *rows); /* in this replication */

#endif
