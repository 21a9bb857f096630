/* anomaly_rows.c - see anomaly_rows.h. A series has at most one open anomaly, by
 * threshold or by baseline; its end does not say which. open[] remembers the row. */
#include "store/anomaly_rows.h"

#include "store/continuation.h"
#include "store/database.h"

#include <stdlib.h>
#include <string.h>

struct anomaly_rows {
    struct statement *insert;
    struct statement *close;
    const struct row_numbers *numbers;
    int64_t *open;    /* row id by series; 0: none open, or not kept */
    int64_t last_row; /* in the whole run */
    uint32_t replication;
    uint64_t seen;
    uint64_t kept;
};

struct anomaly_rows *anomaly_rows_create(struct database *database, const struct row_numbers *numbers,
                                         struct error_list *errors)
{
    struct anomaly_rows *rows = calloc(1, sizeof *rows);

    if (rows)
        rows->open = calloc(numbers->series_count + 1, sizeof *rows->open);
    if (!rows || !rows->open) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        anomaly_rows_destroy(rows);
        return NULL;
    }
    rows->numbers = numbers;
    rows->insert =
        database_prepare(database, "INSERT INTO anomalies VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, ?7, ?8)", errors);
    rows->close = database_prepare(database, "UPDATE anomalies SET ended_at_ns = ?2 WHERE id = ?1", errors);
    if (rows->insert && rows->close)
        return rows;
    anomaly_rows_destroy(rows);
    return NULL;
}

void anomaly_rows_destroy(struct anomaly_rows *rows)
{
    if (!rows)
        return;
    statement_finalize(rows->insert);
    statement_finalize(rows->close);
    free(rows->open);
    free(rows);
}

bool anomaly_rows_continue(struct anomaly_rows *rows, struct database *database, struct error_list *errors)
{
    return continuation_last(database, "anomalies", "id", &rows->last_row, errors);
}

void anomaly_rows_begin(struct anomaly_rows *rows, uint32_t replication)
{
    memset(rows->open, 0, rows->numbers->series_count * sizeof *rows->open);
    rows->replication = replication;
    rows->seen = 0;
    rows->kept = 0;
}

static bool write_beginning(struct anomaly_rows *rows, const struct decision *decision, int64_t *open,
                            struct error_list *errors)
{
    int64_t before = *open;

    *open = 0;
    rows->seen++;
    if (before != 0 && !database_run(rows->close, CELLS(cell_integer(before), cell_instant(decision->at)), errors))
        return false;
    if (rows->kept >= ANOMALIES_PER_REPLICATION || rows->last_row >= ANOMALIES_PER_RUN)
        return true;
    if (!database_run(rows->insert,
                      CELLS(cell_integer(rows->last_row + 1), cell_integer(rows->replication),
                            row_numbers_series(rows->numbers, decision->series), cell_integer(decision->by_baseline),
                            cell_instant(decision->at), cell_real(decision->value), cell_real(decision->reference),
                            cell_real(decision->score)),
                      errors))
        return false;
    rows->kept++;
    rows->last_row++;
    *open = rows->last_row;
    return true;
}

bool anomaly_rows_write(struct anomaly_rows *rows, const struct decision *decision, struct error_list *errors)
{
    int64_t *open, row;

    if (decision->series >= rows->numbers->series_count)
        return true;
    open = &rows->open[decision->series];
    if (decision->kind == DECISION_ANOMALY_BEGAN)
        return write_beginning(rows, decision, open, errors);
    row = *open;
    *open = 0;
    return row == 0 || database_run(rows->close, CELLS(cell_integer(row), cell_instant(decision->at)), errors);
}

uint64_t anomaly_rows_seen(const struct anomaly_rows *rows)
{
    return rows->seen;
}

uint64_t anomaly_rows_kept(const struct anomaly_rows *rows)
{
    return rows->kept;
}
