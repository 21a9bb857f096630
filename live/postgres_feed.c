/* postgres_feed.c - the series of postgres.h, read over the feed's own connections. */
#include "engine/number.h"
#include "live/postgres_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LATENCY, SLOWEST, LONGEST, WAITERS, CONNECTIONS, SERIES_TEXT = 512 };
static const char *const METRICS[POSTGRES_METRICS] = {"query_latency_seconds", "slowest_query_seconds",
                                                      "longest_query_seconds", "lock_waiters",
                                                      "connections_used_ratio"};

static void give(const struct postgres_target *target, size_t metric, double value, struct postgres_sink sink)
{
    char series[SERIES_TEXT];

    snprintf(series, sizeof series, "%s:%s", target->resource, METRICS[metric]);
    sink.take(sink.context, series, value);
}

void postgres_name_series(const struct postgres_settings *settings, struct postgres_sink sink)
{
    for (size_t i = 0; i < settings->count; i++) {
        for (size_t metric = 0; metric < POSTGRES_METRICS; metric++)
            give(&settings->targets[i], metric, NAN, sink);
    }
}

/* Statements that read or change rows, whatever comment they begin with. */
#define WANTED                                                                                                         \
    "'^(\\s|\\(|--[^\\n]*\\n|/\\*([^*]|\\*+[^*/])*\\*+/)*(select|with|insert|update|delete|merge|values|table)\\M'"

static bool read_activity(struct database *database, double values[POSTGRES_METRICS])
{
    PGresult *answer = postgres_link_ask(
        &database->link, 0,
        "SELECT coalesce(extract(epoch FROM max(clock_timestamp() - a.query_start) FILTER (WHERE a.state = 'active'"
        "   AND a.datid = d.oid AND a.usename <> current_user AND a.query ~* " WANTED ")), 0),"
        " count(*) FILTER (WHERE a.wait_event_type = 'Lock' AND a.datid = d.oid),"
        " greatest(count(*)::float8 / (current_setting('max_connections')::int"
        "   - current_setting('superuser_reserved_connections')::int),"
        "  CASE WHEN d.datconnlimit > 0 THEN count(*) FILTER (WHERE a.datid = d.oid)::float8 / d.datconnlimit END)"
        " FROM pg_database d LEFT JOIN pg_stat_activity a ON a.backend_type = 'client backend'"
        " WHERE d.datname = current_database() GROUP BY d.oid, d.datconnlimit",
        0, NULL);

    if (!answer)
        return false;
    if (PQntuples(answer) == 1) {
        values[LONGEST] = postgres_number(answer, 0, 0);
        values[WAITERS] = postgres_number(answer, 0, 1);
        values[CONNECTIONS] = postgres_number(answer, 0, 2);
    }
    PQclear(answer);
    return true;
}

static struct statement_count *take_counts(const PGresult *answer, size_t count)
{
    struct statement_count *counts = calloc(count + 1, sizeof *counts);

    for (size_t i = 0; counts && i < count; i++) {
        const char *id = PQgetvalue(answer, (int)i, 0);
        integer_parse(id, strlen(id), &counts[i].id);
        counts[i].calls = postgres_number(answer, (int)i, 1);
        counts[i].seconds = postgres_number(answer, (int)i, 2) / 1000.0;
    }
    return counts;
}

static bool read_statements(struct postgres *postgres, struct database *database, heal_time at,
                            double values[POSTGRES_METRICS])
{
    struct postgres_link *link = &database->link;
    char *schema = postgres_statements_schema(link), sql[1024];

    if (!schema)
        return false;
    snprintf(sql, sizeof sql,
             "SELECT s.queryid, sum(s.calls), sum(s.total_exec_time) FROM %.140s.pg_stat_statements s"
             " JOIN pg_database d ON d.oid = s.dbid LEFT JOIN pg_roles r ON r.oid = s.userid"
             " WHERE d.datname = current_database() AND s.toplevel AND s.queryid IS NOT NULL"
             " AND r.rolname IS DISTINCT FROM current_user AND s.query ~* " WANTED
             " GROUP BY s.queryid ORDER BY s.queryid",
             schema);
    PQfreemem(schema);
    PGresult *answer = postgres_link_ask(link, 0, sql, 0, NULL);
    if (!answer)
        return false;
    size_t count = (size_t)PQntuples(answer);
    struct statement_count *counts = take_counts(answer, count);
    PQclear(answer);
    if (!counts) {
        snprintf(link->error, sizeof link->error, "out of memory");
        return false;
    }
    pthread_mutex_lock(&postgres->mutex);
    struct statement_news news = statements_look(&database->statements, at, counts, count);
    pthread_mutex_unlock(&postgres->mutex);
    values[LATENCY] = news.mean;
    values[SLOWEST] = news.slowest;
    return true;
}

static bool read_database(struct postgres *postgres, struct database *database, heal_time at, struct postgres_sink sink)
{
    double values[POSTGRES_METRICS] = {NAN, NAN, NAN, NAN, NAN};
    bool good = postgres_link_open(&database->link) && read_activity(database, values);

    good = good && read_statements(postgres, database, at, values);
    for (size_t metric = 0; metric < POSTGRES_METRICS; metric++) {
        if (!isnan(values[metric]))
            give(database->target, metric, values[metric], sink);
    }
    return good;
}

bool postgres_read(struct postgres *postgres, heal_time at, struct postgres_sink sink, char error[POSTGRES_ERROR])
{
    bool good = true;

    for (size_t i = 0; i < postgres->settings->count; i++) {
        struct database *database = &postgres->databases[i];
        if (read_database(postgres, database, at, sink))
            continue;
        if (good)
            snprintf(error, POSTGRES_ERROR, "%.100s: %.150s", database->target->resource, database->link.error);
        good = false;
    }
    return good;
}
