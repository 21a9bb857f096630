/* postgres.h - PostgreSQL databases: what slows them down is seen, and mended.
 *
 * Each database is a resource `database/NAMESPACE/NAME`. Its series, read at each scan
 * over one connection that stays (session time-outs, reconnected with pauses):
 *
 *   query_latency_seconds   mean time of a call since the last read (pg_stat_statements)
 *   slowest_query_seconds   the largest such mean of one statement
 *   longest_query_seconds   age of the oldest query that is running (pg_stat_activity)
 *   lock_waiters            sessions that wait for a lock
 *   connections_used_ratio  of those that the server, or the database's own limit, allows
 *
 * The first two have no sample where no call ended in between. selfheal's own role and
 * utility statements (VACUUM, COPY, CREATE INDEX) are left out of the first three.
 *
 * Actions, each over a connection of its own with a time limit on every statement:
 *
 *   add_index       the index that the plans of the statements that cost most lack,
 *                   built concurrently; taken away again when the new plan does not use
 *                   it or calls that end afterwards are no faster (postgres_index.c)
 *   drop_index      the index that the same remediation built, and no other
 *   tune_database   the settings of the configuration, by ALTER DATABASE: for sessions
 *                   that begin afterwards. What was there before is kept in the table
 *                   selfheal.settings, in the same transaction (postgres_tune.c)
 *   restore_database_settings   back to that, where nobody changed it since: of the same
 *                   remediation as a rollback, else of all that was ever tuned
 *   set_database_timeouts       statement_timeout and idle_in_transaction_session_timeout in
 *                   the same way; one that is as strict already is left
 *   restore_database_timeouts   back, as restore_database_settings
 *   raise_pool_size, lower_pool_size   default_pool_size of a pgbouncer, by its admin
 *                   console; it holds until pgbouncer is reloaded or restarted
 *   restart_proxy   RECONNECT of that pgbouncer: server connections are made anew
 *
 * What the role does not own is refused (ACTION_FAILED, and why). A database without
 * `settings`, or without `pool`, has no such action (ACTION_UNSUPPORTED).
 */
#ifndef SELFHEAL_LIVE_POSTGRES_H
#define SELFHEAL_LIVE_POSTGRES_H

#include "engine/action.h"
#include "engine/document.h"

#include <stddef.h>

enum { POSTGRES_ERROR = 256, POSTGRES_OUTPUT = 1024, POSTGRES_METRICS = 5, POSTGRES_NAME = 64 };

struct postgres_address {
    const char *conninfo;      /* libpq's, without a password; NULL: none */
    const char *password_file; /* its first line, read at each connect; NULL: .pgpass, or none is needed */
};

struct postgres_setting {
    const char *name, *value;
};

struct postgres_target {
    const char *resource; /* "database/prod/shop" */
    struct postgres_address address;
    struct postgres_setting *settings; /* what tune_database sets */
    size_t setting_count;
    struct postgres_address pool; /* pgbouncer's admin console */
    uint32_t pool_most;           /* default_pool_size is never raised over it */
};

struct postgres_settings {
    struct postgres_target *targets;
    size_t count;
    heal_duration timeout;  /* of connecting and of each statement but the building of an index */
    heal_duration validate; /* a new index has so long to show that calls are faster; 0: its plan alone counts */
    double selective;       /* a scan that keeps a larger share of its table wants no index */
    double least_rows;      /* nor does a table of fewer rows */
};

/* Reads the section `postgres:` of `root` with all its faults; no section: count 0. */
void postgres_settings_read(struct reader *root, struct arena *arena, struct postgres_settings *out);

struct postgres;
/* `settings` is borrowed. NULL when out of memory. */
struct postgres *postgres_create(const struct postgres_settings *settings);
void postgres_destroy(struct postgres *postgres); /* NULL is fine */
/* Makes all that is under way end soon, on any thread; for good. NULL is fine. */
void postgres_stop(struct postgres *postgres);

/* Takes one sample. */
struct postgres_sink {
    void *context;
    void (*take)(void *context, const char *series, double value);
};
/* All databases, one after the other; false when one did not answer, with which and
 * why: the others' samples were taken. One thread at a time. */
bool postgres_read(struct postgres *postgres, heal_time at, struct postgres_sink sink, char error[POSTGRES_ERROR]);
/* All series that there may ever be; the value is NaN. */
void postgres_name_series(const struct postgres_settings *settings, struct postgres_sink sink);

/* An action, and what makes it one's own: its row in the run's database and when it
 * was started, the chapter and so the remediation. */
struct postgres_order {
    const struct action *action;
    const char *target;
    int64_t row;
    uint32_t chapter;
    heal_time at;
};
/* Whether the target is one of these databases and `kind` an action of this file. */
bool postgres_serves(const struct postgres *postgres, enum action_kind kind, const char *target);
/* Runs it to its end, within the action's time-out; any number of threads. `output`
 * says what was done or why not. */
enum action_outcome postgres_act(struct postgres *postgres, const struct postgres_order *order,
                                 char output[POSTGRES_OUTPUT]);

enum postgres_done { POSTGRES_DONE_NO, POSTGRES_DONE_YES, POSTGRES_DONE_UNKNOWN };
/* Whether an action whose end nobody saw (kill -9) was done, as the database shows it
 * by order's row, start and kind. Unknown: it does not answer, is still building, or
 * keeps no trace of such an action. Changes nothing. */
enum postgres_done postgres_action_done(struct postgres *postgres, const struct postgres_order *order);

#endif
