/* continuation.c - see continuation.h. */
#include "store/continuation.h"

#include "store/database.h"
#include "store/schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The id of the next row: they are dense from 0 on. */
static bool continuation_next(struct database *database, const char *table, int64_t *next, struct error_list *errors)
{
    return continuation_last(database, table, "id + 1", next, errors);
}

bool continuation_known(const char *path, heal_time since, struct inventory *inventory, struct error_list *errors)
{
    static const char KNOWN[] =
        "SELECT name FROM resources WHERE id IN"
        " (SELECT resource_id FROM issue_facts WHERE opened_at_ns >= ?1 OR closed_at_ns IS NULL"
        "  UNION SELECT target_id FROM actions WHERE started_at_ns >= ?1 OR outcome IS NULL OR outcome = 'interrupted')"
        " ORDER BY id";
    bool there;

    if (!database_is_there(path, &there, errors))
        return false;
    if (!there)
        return true;
    struct database *database = database_open(path, errors);
    struct statement *query = database && schema_check(database, errors)
                                  ? database_query(database, KNOWN, CELLS(cell_instant(since)), errors)
                                  : NULL;
    bool failed = !query;

    while (!failed && database_next(query, &failed, errors)) {
        const char *id = statement_text(query, 0);
        if (id)
            inventory_add_resource(inventory, id, strlen(id)); /* what has no room is not watched either */
    }
    statement_finalize(query);
    database_close(database);
    return !failed;
}

/* The row of a name in `find`; false where there is none. */
static bool find_row(struct statement *find, const char *name, int64_t *row, bool *failed, struct error_list *errors)
{
    *failed = !statement_bind(find, CELLS(cell_text(name)), errors);
    bool found = !*failed && database_next(find, failed, errors);
    if (found)
        *row = statement_integer(find, 0);
    statement_reset(find);
    return found;
}

static bool sync_resources(struct database *database, const struct inventory *inventory, struct row_numbers *numbers,
                           struct error_list *errors)
{
    struct statement *find = database_prepare(database, "SELECT id FROM resources WHERE name = ?1", errors);
    struct statement *insert = database_prepare(database, "INSERT INTO resources VALUES (?1, ?2)", errors);
    int64_t next = 0;
    bool failed = !find || !insert || !continuation_next(database, "resources", &next, errors), fresh = next == 0;

    for (uint32_t i = 0; !failed && i < inventory_resource_count(inventory); i++) {
        const char *name = inventory_resource_id(inventory, i);
        if (!fresh && find_row(find, name, &numbers->resources[i], &failed, errors))
            continue;
        numbers->resources[i] = next++;
        failed = failed || !database_run(insert, CELLS(cell_integer(numbers->resources[i]), cell_text(name)), errors);
    }
    statement_finalize(find);
    statement_finalize(insert);
    return !failed;
}

static bool sync_series(struct database *database, const struct policy *policy, const struct inventory *inventory,
                        struct row_numbers *numbers, struct error_list *errors)
{
    struct statement *find = database_prepare(database, "SELECT id FROM series WHERE name = ?1", errors);
    struct statement *insert = database_prepare(database,
                                                "INSERT INTO series VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                                                " ON CONFLICT (id) DO UPDATE SET rule = ?5, above = ?6, below = ?7",
                                                errors);
    int64_t next = 0;
    bool failed = !find || !insert || !continuation_next(database, "series", &next, errors), fresh = next == 0;

    for (uint32_t i = 0; !failed && i < inventory_series_count(inventory); i++) {
        const char *id = inventory_series_id(inventory, i);
        size_t index = policy_rule_for(policy, id);
        const struct policy_rule *rule = index < policy->rule_count ? &policy->rules[index] : NULL;

        if (fresh || !find_row(find, id, &numbers->series[i], &failed, errors))
            numbers->series[i] = next++;
        failed = failed || !database_run(insert,
                                         CELLS(cell_integer(numbers->series[i]), cell_text(id),
                                               cell_text(inventory_series_metric(inventory, i)),
                                               row_numbers_resource(numbers, inventory_series_resource(inventory, i)),
                                               cell_text(rule ? rule->name : NULL), cell_real(rule ? rule->above : NAN),
                                               cell_real(rule ? rule->below : NAN)),
                                         errors);
    }
    statement_finalize(find);
    statement_finalize(insert);
    return !failed;
}

static bool sync_relations(struct database *database, const struct inventory *inventory,
                           const struct row_numbers *numbers, struct error_list *errors)
{
    size_t count;
    const struct inventory_edge *edges = inventory_edges(inventory, &count);
    struct statement *insert = database_prepare(database, "INSERT INTO relations VALUES (?1, ?2, ?3)", errors);
    bool done = insert && database_execute(database, "DELETE FROM relations", errors);

    for (size_t i = 0; done && i < count; i++)
        done = database_run(insert,
                            CELLS(row_numbers_resource(numbers, edges[i].source),
                                  cell_text(relation_name(edges[i].relation)),
                                  row_numbers_resource(numbers, edges[i].target)),
                            errors);
    statement_finalize(insert);
    return done;
}

static bool sync_strategies(struct database *database, const struct policy *policy, struct error_list *errors)
{
    struct statement *insert =
        database_prepare(database,
                         "INSERT INTO strategies SELECT coalesce(max(id), -1) + 1, ?1, ?2, ?3, ?4, ?5 FROM strategies"
                         " WHERE NOT EXISTS (SELECT 1 FROM strategies WHERE name = ?1 AND issue_type = ?3)"
                         " HAVING NOT EXISTS (SELECT 1 FROM strategies WHERE name = ?1 AND issue_type = ?3)",
                         errors);
    bool done = insert != NULL;

    for (size_t i = 0; done && i < policy->strategy_count; i++) {
        const struct strategy *strategy = &policy->strategies[i];

        done = database_run(insert,
                            CELLS(cell_text(strategy->name), cell_text(strategy->description),
                                  cell_text(issue_type_name(strategy->issue)), cell_real(strategy->prior_success),
                                  cell_real(strategy->cost)),
                            errors);
    }
    statement_finalize(insert);
    return done;
}

bool continuation_sync(struct database *database, const struct policy *policy, const struct inventory *inventory,
                       struct row_numbers *numbers, struct error_list *errors)
{
    return sync_resources(database, inventory, numbers, errors) &&
           sync_series(database, policy, inventory, numbers, errors) &&
           sync_relations(database, inventory, numbers, errors) && sync_strategies(database, policy, errors);
}

bool continuation_strategies(struct database *database, const struct policy *policy, int64_t *rows,
                             struct error_list *errors)
{
    struct statement *query =
        database_prepare(database, "SELECT id FROM strategies WHERE name = ?1 AND issue_type = ?2", errors);
    bool failed = !query;

    for (size_t i = 0; !failed && i < policy->strategy_count; i++) {
        const struct strategy *strategy = &policy->strategies[i];
        failed = !statement_bind(query, CELLS(cell_text(strategy->name), cell_text(issue_type_name(strategy->issue))),
                                 errors);
        if (!failed && database_next(query, &failed, errors))
            rows[i] = statement_integer(query, 0);
        statement_reset(query);
    }
    statement_finalize(query);
    return !failed;
}

bool continuation_last(struct database *database, const char *table, const char *column, int64_t *out,
                       struct error_list *errors)
{
    char sql[128];
    bool failed = false;

    snprintf(sql, sizeof sql, "SELECT coalesce(max(%s), 0) FROM %s", column, table);
    struct statement *query = database_prepare(database, sql, errors);
    if (!query)
        return false;
    if (database_next(query, &failed, errors))
        *out = statement_integer(query, 0);
    statement_finalize(query);
    return !failed;
}

/* One audit row for each row of `sql`, which gives an id and a text. */
static bool audit_each(struct database *database, struct audit *audit, const char *at, const char *object,
                       const char *sql, const char *why, struct error_list *errors)
{
    struct statement *query = database_prepare(database, sql, errors);
    bool failed = !query;

    while (query && !failed && database_next(query, &failed, errors)) {
        char name[64], detail[256];
        snprintf(name, sizeof name, "%s %lld", object, (long long)statement_integer(query, 0));
        snprintf(detail, sizeof detail, "%s: %s", statement_text(query, 1), why);
        failed = !audit_append(audit, &(struct audit_entry){at, "run", "interrupted", name, detail}, errors);
    }
    statement_finalize(query);
    return !failed;
}

/* ?1 the instant, ?2 the same in words, ?3 why; a statement names those it needs. */
static bool end_rows(struct database *database, const char *sql, heal_time instant, const char *at, const char *why,
                     struct error_list *errors)
{
    struct statement *update = database_prepare(database, sql, errors);
    const struct cell cells[] = {cell_instant(instant), cell_text(at), cell_text(why)};
    bool done = update && database_run(update, cells, statement_parameters(update), errors);

    statement_finalize(update);
    return done;
}

bool continuation_interrupt(struct database *database, struct audit *audit, heal_time at, const char *why,
                            struct error_list *errors)
{
    static const char *const ENDS[] = {
        "UPDATE remediation_facts SET ended_at_ns = ?1 WHERE remediation_id IN"
        " (SELECT id FROM self_healing_remediations WHERE status = 'running')",
        "UPDATE attempts SET verified = 0, error = ?3, ended_at_ns = ?1 WHERE verified IS NULL AND ended_at_ns IS NULL"
        " AND remediation_id IN (SELECT id FROM self_healing_remediations WHERE status = 'running')",
        "UPDATE self_healing_remediations SET status = 'failed', completed_at = ?2, success = 0, error_message = ?3"
        " WHERE status = 'running'",
        "UPDATE actions SET ended_at_ns = ?1, ended_at = ?2, outcome = 'interrupted' WHERE outcome IS NULL",
        "UPDATE issue_facts SET closed_at_ns = ?1 WHERE closed_at_ns IS NULL",
    };
    char text[HEAL_TIME_TEXT];
    bool done;

    heal_time_format(at, text);
    done = audit_each(database, audit, text, "action", "SELECT id, kind FROM actions WHERE outcome IS NULL ORDER BY id",
                      why, errors) &&
           audit_each(database, audit, text, "remediation",
                      "SELECT id, action_type FROM self_healing_remediations WHERE status = 'running' ORDER BY id", why,
                      errors);
    for (size_t i = 0; done && i < sizeof ENDS / sizeof *ENDS; i++)
        done = end_rows(database, ENDS[i], at, text, why, errors);
    return done;
}
