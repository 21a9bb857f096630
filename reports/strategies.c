/* strategies.c - see strategies.h. */
#include "reports/strategies.h"

#include "reports/statistics.h"
#include "store/database.h"

#include <stdlib.h>
#include <string.h>

static const char RECORDS[] =
    "WITH tried AS (SELECT strategy_id, count(*) AS attempts, count(verified) AS decided,"
    "  total(verified) AS verified, count(rollback_started_at_ns) AS rollbacks FROM attempts GROUP BY strategy_id)"
    " SELECT name, issue_type, prior_success, verified, decided, rollbacks, attempts * cost"
    " FROM strategies JOIN tried ON strategy_id = id WHERE decided > 0 ORDER BY issue_type, decided DESC, id";

static bool take_record(struct strategies *strategies, struct statement *row)
{
    struct strategy_record *items = realloc(strategies->items, (strategies->count + 1) * sizeof *items);
    struct strategy_record *record;

    if (!items)
        return false;
    strategies->items = items;
    record = &items[strategies->count++];
    *record = (struct strategy_record){
        .name = strdup(statement_text(row, 0)),
        .issue_type = strdup(statement_text(row, 1)),
        .prior_success = statement_real(row, 2),
        .success = statistics_rate((uint64_t)statement_integer(row, 3), (uint64_t)statement_integer(row, 4)),
        .rollbacks = (uint64_t)statement_integer(row, 5),
        .cost = statement_real(row, 6)};
    return record->name && record->issue_type;
}

static bool count_untried(struct strategies *strategies, struct database *database, struct error_list *errors)
{
    struct statement *query = database_prepare(database, "SELECT count(*) FROM strategies", errors);
    bool failed = !query;

    if (query && database_next(query, &failed, errors))
        strategies->untried = (size_t)statement_integer(query, 0) - strategies->count;
    statement_finalize(query);
    return !failed;
}

bool strategies_read(struct strategies *strategies, struct database *database, struct error_list *errors)
{
    struct statement *query = database_prepare(database, RECORDS, errors);
    bool failed = !query;

    *strategies = (struct strategies){0};
    while (!failed && database_next(query, &failed, errors))
        if (!take_record(strategies, query)) {
            error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
            failed = true;
        }
    statement_finalize(query);
    return !failed && count_untried(strategies, database, errors);
}

void strategies_clear(struct strategies *strategies)
{
    for (size_t i = 0; i < strategies->count; i++) {
        free(strategies->items[i].name);
        free(strategies->items[i].issue_type);
    }
    free(strategies->items);
    *strategies = (struct strategies){0};
}
