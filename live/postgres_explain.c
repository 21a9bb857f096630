/* postgres_explain.c - see postgres_explain.h. */
#include "live/postgres_explain.h"

#include "live/postgres_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 20, PARAMETERS_MAX = 1000 };

/* `before` and `after` around a text, or NULL when out of memory. free() frees. */
static char *around(const char *before, const char *text, const char *after)
{
    size_t size = strlen(before) + strlen(text) + strlen(after) + 1;
    char *whole = malloc(size);

    if (whole)
        snprintf(whole, size, "%s%s%s", before, text, after);
    return whole;
}

static char *text_of(struct postgres_link *link, int64_t statement)
{
    char *schema = postgres_statements_schema(link), sql[512], id[32];
    const char *values[] = {id};
    char *text = NULL;

    if (!schema)
        return NULL;
    snprintf(id, sizeof id, "%lld", (long long)statement);
    snprintf(sql, sizeof sql,
             "SELECT s.query FROM %.140s.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid"
             " WHERE d.datname = current_database() AND s.queryid = $1::bigint AND s.toplevel LIMIT 1",
             schema);
    PQfreemem(schema);
    PGresult *answer = postgres_link_ask(link, 0, sql, 1, values);
    if (answer && PQntuples(answer) == 1 && PQgetlength(answer, 0, 0) <= TEXT_MAX)
        text = strdup(PQgetvalue(answer, 0, 0));
    else if (answer)
        snprintf(link->error, sizeof link->error, "its text is not known any more");
    PQclear(answer);
    return text;
}

/* One statement alone: the extended protocol takes no second one behind a semicolon. */
static bool prepare(struct postgres_link *link, const char *text)
{
    char *sql = around("PREPARE selfheal_plan AS ", text, "");
    const char *path[] = {link->search_path};
    bool good = sql && postgres_link_do(link, 0, "SELECT set_config('search_path', $1, true)", 1, path) &&
                postgres_link_do(link, 0, "SET LOCAL plan_cache_mode = force_generic_plan", 0, NULL) &&
                postgres_link_do(link, 0, sql, 0, NULL);

    free(sql);
    return good;
}

static size_t count_parameters(struct postgres_link *link)
{
    PGresult *answer = postgres_link_ask(link, 0,
                                         "SELECT pg_catalog.cardinality(parameter_types)"
                                         " FROM pg_catalog.pg_prepared_statements WHERE name = 'selfheal_plan'",
                                         0, NULL);
    double count = answer && PQntuples(answer) == 1 ? postgres_number(answer, 0, 0) : 0.0;

    PQclear(answer);
    return count > 0.0 && count <= PARAMETERS_MAX ? (size_t)count : 0;
}

static char *explain(struct postgres_link *link)
{
    static const char NOTHING[] = "NULL, ";
    size_t count = count_parameters(link), used = 0;
    char sql[sizeof "EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE selfheal_plan()" + PARAMETERS_MAX * sizeof NOTHING];
    char *json = NULL;

    used += (size_t)snprintf(sql, sizeof sql, "EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE selfheal_plan");
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(sql + used, sizeof sql - used, "%sNULL", i ? ", " : "(");
    if (count > 0)
        snprintf(sql + used, sizeof sql - used, ")");
    PGresult *answer = postgres_link_ask(link, 0, sql, 0, NULL);
    if (answer && PQntuples(answer) == 1)
        json = strdup(PQgetvalue(answer, 0, 0));
    PQclear(answer);
    return json;
}

char *postgres_explain(struct postgres_link *link, int64_t statement)
{
    char *text = text_of(link, statement), *json = NULL, error[POSTGRES_ERROR];

    if (!text)
        return NULL;
    if (postgres_link_do(link, 0, "BEGIN READ ONLY", 0, NULL) && prepare(link, text))
        json = explain(link);
    memcpy(error, link->error, sizeof error);
    free(text);
    if (link->connection) {
        postgres_link_do(link, 0, "ROLLBACK", 0, NULL);
        postgres_link_do(link, 0, "DEALLOCATE ALL", 0, NULL);
        memcpy(link->error, error, sizeof error);
    }
    return json;
}
