/* continuation.c - see continuation.h. */
#include "store/continuation.h"

#include "store/database.h"
#include "store/schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool add_known(struct database *database, const char *sql, bool series, struct inventory *inventory,
                      struct error_list *errors)
{
    struct statement *query = database_prepare(database, sql, errors);
    bool failed = !query;

    while (query && !failed && database_next(query, &failed, errors)) {
        const char *id = statement_text(query, 1);
        uint32_t want = (uint32_t)statement_integer(query, 0), got = RESOURCE_NONE;

        if (id)
            got = series ? inventory_add_series(inventory, id, strlen(id))
                         : inventory_add_resource(inventory, id, strlen(id));
        if (got == want)
            continue;
        error_add(errors, ERROR_INPUT, database_name(database), 0, NULL,
                  "the %s %s is not where it was; the database does not belong to this version",
                  series ? "series" : "resource", id ? id : "?");
        failed = true;
    }
    statement_finalize(query);
    return !failed;
}

bool continuation_known(const char *path, struct inventory *inventory, struct error_list *errors)
{
    bool there;

    if (!database_is_there(path, &there, errors))
        return false;
    if (!there)
        return true;
    struct database *database = database_open(path, errors);
    bool good = database && schema_check(database, errors) &&
                add_known(database, "SELECT id, name FROM resources ORDER BY id", false, inventory, errors) &&
                add_known(database, "SELECT id, name FROM series ORDER BY id", true, inventory, errors);

    database_close(database);
    return good;
}

static bool sync_resources(struct database *database, const struct inventory *inventory, struct error_list *errors)
{
    struct statement *insert =
        database_prepare(database, "INSERT INTO resources VALUES (?1, ?2) ON CONFLICT DO NOTHING", errors);
    bool done = insert != NULL;

    for (uint32_t i = 0; done && i < inventory_resource_count(inventory); i++)
        done = database_run(insert, CELLS(cell_integer(i), cell_text(inventory_resource_id(inventory, i))), errors);
    statement_finalize(insert);
    return done;
}

static bool sync_series(struct database *database, const struct policy *policy, const struct inventory *inventory,
                        struct error_list *errors)
{
    struct statement *insert = database_prepare(database,
                                                "INSERT INTO series VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                                                " ON CONFLICT (id) DO UPDATE SET rule = ?5, above = ?6, below = ?7",
                                                errors);
    bool done = insert != NULL;

    for (uint32_t i = 0; done && i < inventory_series_count(inventory); i++) {
        const char *id = inventory_series_id(inventory, i);
        size_t index = policy_rule_for(policy, id);
        const struct policy_rule *rule = index < policy->rule_count ? &policy->rules[index] : NULL;

        done = database_run(insert,
                            CELLS(cell_integer(i), cell_text(id), cell_text(inventory_series_metric(inventory, i)),
                                  cell_integer(inventory_series_resource(inventory, i)),
                                  cell_text(rule ? rule->name : NULL), cell_real(rule ? rule->above : NAN),
                                  cell_real(rule ? rule->below : NAN)),
                            errors);
    }
    statement_finalize(insert);
    return done;
}

static bool sync_relations(struct database *database, const struct inventory *inventory, struct error_list *errors)
{
    size_t count;
    const struct inventory_edge *edges = inventory_edges(inventory, &count);
    struct statement *insert = database_prepare(database, "INSERT INTO relations VALUES (?1, ?2, ?3)", errors);
    bool done = insert && database_execute(database, "DELETE FROM relations", errors);

    for (size_t i = 0; done && i < count; i++)
        done = database_run(insert,
                            CELLS(cell_integer(edges[i].source), cell_text(relation_name(edges[i].relation)),
                                  cell_integer(edges[i].target)),
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
                       struct error_list *errors)
{
    return sync_resources(database, inventory, errors) && sync_series(database, policy, inventory, errors) &&
           sync_relations(database, inventory, errors) && sync_strategies(database, policy, errors);
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
