/* postgres_act_test.c - what the actions do to a real PostgreSQL, and what they leave.
 * Starts a server of its own; skipped, and says so, where Debian's postgresql is not. */
#include "live/mailbox.h"
#include "live/postgres.h"
#include "live/postgres_explain.h"
#include "live/postgres_parts.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURE "bash " SELFHEAL_SOURCE_DIR "/tests/e2e/postgres_server.sh "
enum { TEXT = 512 };

struct world {
    char folder[TEXT], port[TEXT];
    char as_selfheal[TEXT], as_admin[TEXT], as_app[TEXT], password_file[TEXT];
    struct postgres_setting settings[2];
    struct postgres_target target;
    struct postgres_settings all;
    PGconn *admin, *app;
};

static bool run_line(const char *command, char out[TEXT])
{
    FILE *pipe = popen(command, "r");
    bool good = pipe && fgets(out, TEXT, pipe) != NULL;

    good = pipe && pclose(pipe) == 0 && good;
    out[strcspn(out, "\n")] = '\0';
    return good;
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

/* The first field of the answer, "" for none; the statement has to succeed. */
static const char *ask(PGconn *connection, const char *sql)
{
    static char text[TEXT];
    PGresult *answer = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(answer);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(connection));
    snprintf(text, sizeof text, "%s", PQntuples(answer) > 0 ? PQgetvalue(answer, 0, 0) : "");
    PQclear(answer);
    return text;
}

static const char *shop(const struct world *world, const char *sql)
{
    return ask(world->admin, sql);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    char command[4 * TEXT], line[TEXT];
    FILE *file;

    *state = world;
    if (!run_line(FIXTURE "start", world->folder)) {
        print_message("SKIPPED: no PostgreSQL server could be started here (scripts/setup test)\n");
        return 0;
    }
    snprintf(command, sizeof command, "cat %s/port", world->folder);
    assert_true(run_line(command, world->port));
    snprintf(command, sizeof command, "psql -q -v ON_ERROR_STOP=1 -h %.200s -p %.10s -U postgres -f %s && echo made",
             world->folder, world->port, SELFHEAL_SOURCE_DIR "/tests/e2e/postgres_shop.sql");
    assert_true(run_line(command, line));
    snprintf(world->as_selfheal, TEXT, "host=127.0.0.1 port=%.10s dbname=shop user=selfheal", world->port);
    snprintf(world->as_admin, TEXT, "host=%.200s port=%.10s dbname=shop user=postgres", world->folder, world->port);
    snprintf(world->as_app, TEXT, "host=%.200s port=%.10s dbname=shop user=app", world->folder, world->port);
    snprintf(world->password_file, TEXT, "%.200s/password", world->folder);
    file = fopen(world->password_file, "w");
    assert_non_null(file);
    fputs("swordfish\n", file);
    fclose(file);
    chmod(world->password_file, 0600);
    world->settings[0] = (struct postgres_setting){"work_mem", "12MB"};
    world->settings[1] = (struct postgres_setting){"random_page_cost", "1.5"};
    world->target = (struct postgres_target){.resource = "database/test/shop",
                                             .address = {world->as_selfheal, world->password_file},
                                             .settings = world->settings,
                                             .setting_count = 2};
    world->all = (struct postgres_settings){.targets = &world->target,
                                            .count = 1,
                                            .timeout = 5 * HEAL_SECOND,
                                            .validate = 0,
                                            .selective = 0.1,
                                            .least_rows = 1000};
    world->admin = PQconnectdb(world->as_admin);
    world->app = PQconnectdb(world->as_app);
    assert_int_equal(PQstatus(world->admin), CONNECTION_OK);
    assert_int_equal(PQstatus(world->app), CONNECTION_OK);
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    char command[4 * TEXT];

    PQfinish(world->admin);
    PQfinish(world->app);
    snprintf(command, sizeof command, FIXTURE "stop %s", world->folder);
    int status = world->folder[0] ? system(command) : 0;
    free(world);
    return status;
}

static struct world *there(void **state)
{
    struct world *world = *state;
    if (!world->folder[0])
        skip();
    return world;
}

/* -- samples ----------------------------------------------------------------------- */

struct samples {
    double values[POSTGRES_METRICS];
    size_t count;
};

static void take(void *context, const char *series, double value)
{
    static const char *const METRICS[] = {"query_latency_seconds", "slowest_query_seconds", "longest_query_seconds",
                                          "lock_waiters", "connections_used_ratio"};
    struct samples *samples = context;

    assert_memory_equal(series, "database/test/shop:", 19);
    for (size_t i = 0; i < POSTGRES_METRICS; i++) {
        if (strcmp(series + 19, METRICS[i]) == 0)
            samples->values[i] = value;
    }
    samples->count++;
}

static struct samples read_all(struct postgres *postgres, heal_time at)
{
    struct samples samples = {{NAN, NAN, NAN, NAN, NAN}, 0};
    char error[POSTGRES_ERROR] = "";

    if (!postgres_read(postgres, at, (struct postgres_sink){&samples, take}, error))
        fail_msg("%s", error);
    return samples;
}

/* A feed that has seen `sql` being called some times. */
static struct postgres *seen(struct world *world, const char *sql)
{
    struct postgres *postgres = postgres_create(&world->all);

    assert_non_null(postgres);
    read_all(postgres, HEAL_SECOND);
    for (int i = 0; i < 5; i++)
        ask(world->app, sql);
    read_all(postgres, 2 * HEAL_SECOND);
    return postgres;
}

#define SLOW "SELECT count(*) FROM orders WHERE sku = 'sku-17'"

static struct action action_of(enum action_kind kind, uint64_t remediation)
{
    return (struct action){.id = 1, .kind = kind, .remediation = remediation, .timeout = 60 * HEAL_SECOND};
}

static enum action_outcome act(struct postgres *postgres, enum action_kind kind, int64_t row, uint64_t remediation,
                               bool rollback, char output[POSTGRES_OUTPUT])
{
    struct action action = action_of(kind, remediation);

    action.rollback = rollback;
    return postgres_act(postgres, &(struct postgres_order){&action, "database/test/shop", row, 1, row * HEAL_SECOND},
                        output);
}

static enum postgres_done done(struct postgres *postgres, enum action_kind kind, int64_t row)
{
    struct action action = action_of(kind, 1);
    return postgres_action_done(postgres,
                                &(struct postgres_order){&action, "database/test/shop", row, 1, row * HEAL_SECOND});
}

#define OURS "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'selfheal%'"

static void test_calls_become_series(void **state)
{
    struct world *world = there(state);
    struct postgres *postgres = postgres_create(&world->all);
    struct samples samples = read_all(postgres, HEAL_SECOND);

    assert_int_equal(samples.count, 3); /* what calls cost is not known yet */
    assert_true(samples.values[4] > 0.0 && samples.values[4] < 0.5);
    ask(world->app, "/* a comment */ SELECT pg_sleep(0.2)");
    samples = read_all(postgres, 2 * HEAL_SECOND);
    assert_true(samples.values[0] >= 0.2 && samples.values[0] < 5.0);
    assert_true(samples.values[1] >= samples.values[0]);
    assert_int_equal(read_all(postgres, 3 * HEAL_SECOND).count, 3); /* nothing ended since */
    ask(world->app, "VACUUM orders");
    assert_int_equal(read_all(postgres, 4 * HEAL_SECOND).count, 3); /* no query */

    assert_true(PQsendQuery(world->app, "DO 'BEGIN PERFORM pg_sleep(0.3); END'"));
    for (int i = 0; i < 10; i++) {
        assert_true(read_all(postgres, 4 * HEAL_SECOND + i).values[2] < 1e-9); /* nor is this one, while it runs */
        nap();
    }
    for (PGresult *rest; (rest = PQgetResult(world->app)) != NULL;)
        PQclear(rest);
    PQsendQuery(world->app, "SELECT pg_sleep(1)");
    PGconn *waits = PQconnectdb(world->as_app);
    ask(world->admin, "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
    PQsendQuery(waits, "SELECT 1 FROM orders LIMIT 1");
    for (int i = 0; i < 250 && samples.values[3] < 0.5; i++) {
        samples = read_all(postgres, 5 * HEAL_SECOND + i);
        nap();
    }
    assert_true(samples.values[3] > 0.5 && samples.values[3] < 1.5);
    assert_true(samples.values[2] > 0.0);
    ask(world->admin, "ROLLBACK");
    PQfinish(waits);
    for (PGresult *rest; (rest = PQgetResult(world->app)) != NULL;)
        PQclear(rest);
    postgres_destroy(postgres);
}

static void test_the_missing_index_is_built_and_taken_back(void **state)
{
    struct world *world = there(state);
    struct postgres *postgres = seen(world, SLOW);
    char output[POSTGRES_OUTPUT];

    assert_int_equal(done(postgres, ACTION_ADD_INDEX, 41), POSTGRES_DONE_NO);
    assert_int_equal(act(postgres, ACTION_ADD_INDEX, 41, 7, false, output), ACTION_SUCCEEDED);
    assert_non_null(strstr(output, "built selfheal_41_41_orders_sku on public.orders"));
    assert_string_equal(shop(world, "SELECT indexdef FROM pg_indexes WHERE indexname = 'selfheal_41_41_orders_sku'"),
                        "CREATE INDEX selfheal_41_41_orders_sku ON public.orders USING btree (sku)");
    assert_int_equal(done(postgres, ACTION_ADD_INDEX, 41), POSTGRES_DONE_YES);
    assert_int_equal(done(postgres, ACTION_ADD_INDEX, 4), POSTGRES_DONE_NO);
    assert_int_equal(done(postgres, ACTION_RAISE_POOL_SIZE, 41), POSTGRES_DONE_UNKNOWN);

    /* A second one finds nothing more to do, another remediation nothing to drop. */
    assert_int_equal(act(postgres, ACTION_ADD_INDEX, 42, 8, false, output), ACTION_FAILED);
    assert_int_equal(act(postgres, ACTION_DROP_INDEX, 43, 8, true, output), ACTION_FAILED);
    assert_string_equal(output, "this remediation built no index");
    assert_string_equal(shop(world, OURS), "1");
    assert_int_equal(act(postgres, ACTION_DROP_INDEX, 44, 7, true, output), ACTION_SUCCEEDED);
    assert_string_equal(shop(world, OURS), "0");
    assert_int_equal(act(postgres, ACTION_DROP_INDEX, 45, 7, true, output), ACTION_FAILED);
    postgres_destroy(postgres);
}

#define CALLERS "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'"

static void test_an_index_that_makes_calls_no_faster_goes_again(void **state)
{
    struct world *world = there(state);
    struct postgres *postgres = seen(world, SLOW);
    char output[POSTGRES_OUTPUT];
    pid_t caller;

    world->all.validate = 3 * HEAL_SECOND;
    /* The calls that were seen were very fast, so no index makes them faster. */
    for (size_t i = 0; i < postgres->databases[0].statements.slow_count; i++)
        postgres->databases[0].statements.slow[i].mean = 0.0006;
    ask(world->admin, "ALTER ROLE app SET enable_bitmapscan = off");
    ask(world->admin, "ALTER ROLE app SET enable_indexscan = off");
    ask(world->admin, "ALTER ROLE app SET enable_indexonlyscan = off");
    if ((caller = fork()) == 0) {
        PGconn *app = PQconnectdb(world->as_app);
        for (int i = 0; i < 1000; i++)
            PQclear(PQexec(app, SLOW));
        _exit(0);
    }
    assert_int_equal(act(postgres, ACTION_ADD_INDEX, 51, 9, false, output), ACTION_FAILED);
    kill(caller, SIGKILL);
    waitpid(caller, NULL, 0);
    for (int i = 0; i < 1000 && strcmp(shop(world, CALLERS), "1") != 0; i++)
        nap(); /* its session ends after its last call, which no later test shall see */
    assert_non_null(strstr(output, "calls are no faster"));
    assert_non_null(strstr(output, "is dropped again"));
    assert_string_equal(shop(world, OURS), "0");
    ask(world->admin, "ALTER ROLE app RESET ALL");
    world->all.validate = 0;
    postgres_destroy(postgres);
}

static void test_what_belongs_to_others_is_refused(void **state)
{
    struct world *world = there(state);
    struct postgres *postgres = seen(world, "SELECT count(*) FROM theirs WHERE customer_id = 3");
    char output[POSTGRES_OUTPUT];

    assert_int_equal(act(postgres, ACTION_ADD_INDEX, 61, 9, false, output), ACTION_FAILED);
    assert_string_equal(output, "refused: public.theirs belongs to other, and selfheal is no member of it");
    ask(world->admin, "ALTER DATABASE shop OWNER TO other");
    assert_int_equal(act(postgres, ACTION_TUNE_DATABASE, 62, 9, false, output), ACTION_FAILED);
    assert_non_null(strstr(output, "refused: the database belongs to other"));
    ask(world->admin, "ALTER DATABASE shop OWNER TO app");
    assert_string_equal(shop(world, OURS), "0");
    postgres_destroy(postgres);
}

#define WORKING "SELECT count(*) FROM pg_stat_activity WHERE usename = 'selfheal' AND state = 'active'"

static void test_leftovers_of_a_failed_build_are_dropped(void **state)
{
    struct world *world = there(state);
    struct postgres *postgres = seen(world, SLOW);
    struct action action = action_of(ACTION_ADD_INDEX, 9);
    struct postgres_order order = {&action, "database/test/shop", 71, 1, 71 * HEAL_SECOND};
    char output[POSTGRES_OUTPUT];
    PGconn *blocks = PQconnectdb(world->as_admin);

    /* A transaction that has written keeps the build waiting to its end, so it times out. */
    ask(blocks, "BEGIN; INSERT INTO orders (id) VALUES (-1)");
    action.timeout = 4 * HEAL_SECOND;
    assert_int_equal(postgres_act(postgres, &order, output), ACTION_FAILED);
    assert_non_null(strstr(output, "statement timeout"));
    assert_non_null(strstr(output, "may be left behind INVALID")); /* dropping waits as well */
    for (int i = 0; i < 1000 && strcmp(shop(world, WORKING), "0") != 0; i++)
        nap();
    assert_string_equal(shop(world, OURS), "1");
    assert_int_equal(done(postgres, ACTION_ADD_INDEX, 71), POSTGRES_DONE_NO);
    ask(blocks, "ROLLBACK");
    assert_int_equal(act(postgres, ACTION_ADD_INDEX, 72, 10, false, output), ACTION_SUCCEEDED);
    assert_string_equal(shop(world, OURS), "1");
    assert_int_equal(act(postgres, ACTION_DROP_INDEX, 73, 10, true, output), ACTION_SUCCEEDED);
    PQfinish(blocks);
    postgres_destroy(postgres);
}

/* kill -9 in the middle of a build: the server goes on with it alone. */
static void test_after_a_kill_the_database_tells(void **state)
{
    struct world *world = there(state);
    PGconn *blocks = PQconnectdb(world->as_admin);
    enum postgres_done known = POSTGRES_DONE_NO;
    pid_t child;

    ask(blocks, "BEGIN; INSERT INTO orders (id) VALUES (-1)");
    fflush(NULL);
    if ((child = fork()) == 0) {
        char output[POSTGRES_OUTPUT];
        world->app = PQconnectdb(world->as_app); /* the parent's is the parent's */
        struct postgres *own = seen(world, SLOW);
        act(own, ACTION_ADD_INDEX, 81, 11, false, output);
        _exit(0);
    }
    struct postgres *postgres = postgres_create(&world->all);
    for (int i = 0; i < 1000 && known != POSTGRES_DONE_UNKNOWN; i++) {
        known = done(postgres, ACTION_ADD_INDEX, 81);
        nap();
    }
    assert_int_equal(known, POSTGRES_DONE_UNKNOWN); /* it is being built */
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ask(blocks, "ROLLBACK");
    for (int i = 0; i < 1000 && known == POSTGRES_DONE_UNKNOWN; i++) {
        known = done(postgres, ACTION_ADD_INDEX, 81);
        nap();
    }
    bool valid = strcmp(shop(world, "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid = "
                                    "to_regclass('selfheal_81_81_orders_sku')"),
                        "1") == 0;
    assert_int_equal(known, valid ? POSTGRES_DONE_YES : POSTGRES_DONE_NO);
    ask(world->admin, "DROP INDEX IF EXISTS selfheal_81_81_orders_sku");
    PQfinish(blocks);
    postgres_destroy(postgres);
}

#define WORK_MEM                                                                                                       \
    "SELECT coalesce((SELECT split_part(c, '=', 2) FROM pg_db_role_setting, unnest(setconfig) c WHERE setrole = 0 AND" \
    " c LIKE 'work_mem=%'), 'unset')"

#define TIMEOUTS                                                                                                       \
    "SELECT coalesce(string_agg(c, ' ' ORDER BY c), 'unset') FROM pg_db_role_setting, unnest(setconfig) c"             \
    " WHERE setrole = 0 AND c LIKE '%timeout%'"

static enum action_outcome set_timeouts(struct postgres *postgres, int64_t row, double seconds,
                                        char output[POSTGRES_OUTPUT])
{
    struct action action = action_of(ACTION_SET_DATABASE_TIMEOUTS, (uint64_t)row);

    action.amount = seconds;
    return postgres_act(postgres, &(struct postgres_order){&action, "database/test/shop", row, 1, row * HEAL_SECOND},
                        output);
}

static void test_timeouts_are_set_where_none_is_stricter_and_restored(void **state)
{
    struct world *world = there(state);
    struct postgres *postgres = postgres_create(&world->all);
    char output[POSTGRES_OUTPUT];

    /* One is looser, in a unit of its own; the other is stricter and stays. */
    ask(world->admin, "ALTER DATABASE shop SET statement_timeout = '2min'");
    ask(world->admin, "ALTER DATABASE shop SET idle_in_transaction_session_timeout = 5000");
    assert_int_equal(set_timeouts(postgres, 101, 0.0, output), ACTION_FAILED);
    assert_int_equal(done(postgres, ACTION_SET_DATABASE_TIMEOUTS, 101), POSTGRES_DONE_NO);
    assert_int_equal(set_timeouts(postgres, 101, 30.0, output), ACTION_SUCCEEDED);
    assert_string_equal(output, "1 time-outs set to 30 s, for sessions that begin from now on; 1 are as strict"
                                " already\nbefore 120");
    assert_string_equal(shop(world, TIMEOUTS), "idle_in_transaction_session_timeout=5000 statement_timeout=30000ms");
    assert_int_equal(done(postgres, ACTION_SET_DATABASE_TIMEOUTS, 101), POSTGRES_DONE_YES);

    /* Settings of the planner are another matter: taking those back leaves the time-outs. */
    assert_int_equal(act(postgres, ACTION_TUNE_DATABASE, 102, 102, false, output), ACTION_SUCCEEDED);
    assert_int_equal(act(postgres, ACTION_RESTORE_DATABASE_SETTINGS, 103, 1, false, output), ACTION_SUCCEEDED);
    assert_string_equal(shop(world, TIMEOUTS), "idle_in_transaction_session_timeout=5000 statement_timeout=30000ms");

    assert_int_equal(act(postgres, ACTION_RESTORE_DATABASE_TIMEOUTS, 104, 101, true, output), ACTION_SUCCEEDED);
    assert_string_equal(shop(world, TIMEOUTS), "idle_in_transaction_session_timeout=5000 statement_timeout=2min");
    assert_int_equal(done(postgres, ACTION_RESTORE_DATABASE_TIMEOUTS, 104), POSTGRES_DONE_YES);
    assert_int_equal(act(postgres, ACTION_RESTORE_DATABASE_TIMEOUTS, 105, 101, true, output), ACTION_FAILED);

    /* Where nothing had to be changed nothing is taken back, and that is no failure. */
    assert_int_equal(set_timeouts(postgres, 106, 300.0, output), ACTION_SUCCEEDED);
    assert_int_equal(act(postgres, ACTION_RESTORE_DATABASE_TIMEOUTS, 107, 106, true, output), ACTION_SUCCEEDED);
    assert_string_equal(shop(world, TIMEOUTS), "idle_in_transaction_session_timeout=5000 statement_timeout=2min");
    ask(world->admin, "ALTER DATABASE shop RESET statement_timeout");
    ask(world->admin, "ALTER DATABASE shop RESET idle_in_transaction_session_timeout");
    postgres_destroy(postgres);
}

static void test_settings_are_changed_and_restored(void **state)
{
    struct world *world = there(state);
    struct postgres *postgres = postgres_create(&world->all);
    char output[POSTGRES_OUTPUT];

    ask(world->admin, "ALTER DATABASE shop SET work_mem = '7MB'");
    assert_int_equal(done(postgres, ACTION_TUNE_DATABASE, 91), POSTGRES_DONE_NO);
    assert_int_equal(act(postgres, ACTION_TUNE_DATABASE, 91, 12, false, output), ACTION_SUCCEEDED);
    assert_string_equal(shop(world, WORK_MEM), "12MB");
    assert_string_equal(shop(world, "SELECT prior FROM selfheal.settings WHERE name = 'work_mem'"), "7MB");
    assert_int_equal(done(postgres, ACTION_TUNE_DATABASE, 91), POSTGRES_DONE_YES);
    assert_int_equal(act(postgres, ACTION_TUNE_DATABASE, 92, 13, false, output), ACTION_FAILED);
    assert_string_equal(output, "all settings are as they should be");
    assert_int_equal(act(postgres, ACTION_RESTORE_DATABASE_SETTINGS, 93, 13, true, output), ACTION_FAILED);

    /* What somebody changed since is left; after a kill everything is known by the table. */
    ask(world->admin, "ALTER DATABASE shop SET random_page_cost = 3");
    struct postgres *another = postgres_create(&world->all);
    assert_int_equal(act(another, ACTION_RESTORE_DATABASE_SETTINGS, 94, 1, false, output), ACTION_SUCCEEDED);
    assert_string_equal(output, "1 settings restored, 1 left as somebody else has set them since");
    assert_string_equal(shop(world, WORK_MEM), "7MB");
    assert_int_equal(done(another, ACTION_RESTORE_DATABASE_SETTINGS, 94), POSTGRES_DONE_YES);
    assert_int_equal(done(another, ACTION_RESTORE_DATABASE_SETTINGS, 95), POSTGRES_DONE_NO);

    /* A value that the server does not take changes nothing at all. */
    world->settings[1].value = "not a number";
    assert_int_equal(act(another, ACTION_TUNE_DATABASE, 96, 14, false, output), ACTION_FAILED);
    assert_string_equal(shop(world, WORK_MEM), "7MB");
    world->settings[1].value = "1.5";
    postgres_destroy(another);
    postgres_destroy(postgres);
}

static void test_a_pool_is_raised_and_lowered(void **state)
{
    struct world *world = there(state);
    char command[4 * TEXT], port[TEXT], conninfo[TEXT], output[POSTGRES_OUTPUT];
    struct action action = action_of(ACTION_RAISE_POOL_SIZE, 15);
    struct postgres_order order = {&action, "database/test/shop", 101, 1, HEAL_SECOND};

    snprintf(command, sizeof command, FIXTURE "pool %.200s", world->folder);
    if (!run_line(command, port)) {
        print_message("SKIPPED: pgbouncer is not here (scripts/setup test)\n");
        skip();
    }
    snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%.10s dbname=pgbouncer user=pooladmin", port);
    world->target.pool = (struct postgres_address){conninfo, NULL};
    world->target.pool_most = 30;
    struct postgres *postgres = postgres_create(&world->all);
    action.amount = 0.25;
    assert_int_equal(postgres_act(postgres, &order, output), ACTION_SUCCEEDED);
    assert_string_equal(output, "default_pool_size is 25, before 20; until pgbouncer is reloaded\nbefore 20");
    assert_int_equal(postgres_act(postgres, &order, output), ACTION_FAILED); /* 32 are over the limit */
    assert_non_null(strstr(output, "over the limit of 30"));
    action.kind = ACTION_RESTART_PROXY;
    assert_int_equal(postgres_act(postgres, &order, output), ACTION_SUCCEEDED);
    action.kind = ACTION_LOWER_POOL_SIZE;
    assert_int_equal(postgres_act(postgres, &order, output), ACTION_SUCCEEDED);
    assert_string_equal(output, "default_pool_size is 20, before 25; until pgbouncer is reloaded\nbefore 25");
    world->target.pool = (struct postgres_address){NULL, NULL};
    postgres_destroy(postgres);
}

static void test_actions_that_are_not_configured_are_unsupported(void **state)
{
    struct world *world = there(state);
    struct postgres *postgres = postgres_create(&world->all);
    char output[POSTGRES_OUTPUT];

    assert_true(postgres_serves(postgres, ACTION_RAISE_POOL_SIZE, "database/test/shop"));
    assert_false(postgres_serves(postgres, ACTION_RAISE_POOL_SIZE, "database/test/other"));
    assert_false(postgres_serves(postgres, ACTION_CLEAR_CACHES, "database/test/shop"));
    assert_int_equal(act(postgres, ACTION_RAISE_POOL_SIZE, 1, 1, false, output), ACTION_UNSUPPORTED);
    world->target.setting_count = 0;
    assert_int_equal(act(postgres, ACTION_TUNE_DATABASE, 1, 1, false, output), ACTION_UNSUPPORTED);
    world->target.setting_count = 2;
    postgres_destroy(postgres);
}

static void test_a_server_that_is_away_or_silent_is_told_in_time(void **state)
{
    struct world *world = there(state);
    struct postgres_target target = world->target;
    struct postgres_settings all = world->all;
    char error[POSTGRES_ERROR] = "", output[POSTGRES_OUTPUT];
    heal_time begun = monotonic_now();

    all.targets = &target;
    all.timeout = 300 * HEAL_MILLISECOND;
    target.address.conninfo = "host=127.0.0.1 port=1 user=selfheal dbname=shop";
    struct postgres *postgres = postgres_create(&all);
    struct samples samples = {0};
    struct postgres_sink sink = {&samples, take};
    assert_false(postgres_read(postgres, 1, sink, error));
    assert_non_null(strstr(error, "database/test/shop: "));
    assert_non_null(strstr(error, "Connection refused"));
    target.address.conninfo = world->as_selfheal; /* back, but it is not tried at once */
    assert_false(postgres_read(postgres, 2, sink, error));
    assert_int_equal(done(postgres, ACTION_ADD_INDEX, 1), POSTGRES_DONE_NO); /* an action of its own does */
    postgres_destroy(postgres);

    chmod(world->password_file, 0644);
    postgres = postgres_create(&all);
    assert_int_equal(act(postgres, ACTION_ADD_INDEX, 1, 1, false, output), ACTION_FAILED);
    assert_non_null(strstr(output, "0600"));
    assert_int_equal(done(postgres, ACTION_ADD_INDEX, 1), POSTGRES_DONE_UNKNOWN);
    chmod(world->password_file, 0600);
    postgres_stop(postgres);
    assert_int_equal(act(postgres, ACTION_ADD_INDEX, 1, 1, false, output), ACTION_FAILED);
    assert_non_null(strstr(output, "stopping"));
    postgres_destroy(postgres);
    assert_true(monotonic_now() - begun < 20 * HEAL_SECOND);
}

static void test_nothing_runs_when_a_statement_is_explained(void **state)
{
    struct world *world = there(state);
    atomic_bool stopping = false;
    struct postgres_link link = {.address = &world->target.address, .stopping = &stopping, .timeout = 5 * HEAL_SECOND};
    char sql[TEXT];

    ask(world->app, "BEGIN; UPDATE orders SET status = 1 WHERE sku = 'sku-5'; ROLLBACK");
    snprintf(sql, sizeof sql, "%s",
             shop(world, "SELECT queryid FROM pg_stat_statements WHERE query LIKE 'UPDATE orders%' AND toplevel"));
    assert_true(postgres_link_open(&link));
    char *json = postgres_explain(&link, strtoll(sql, NULL, 10));
    if (!json)
        fail_msg("%s", link.error);
    assert_non_null(strstr(json, "orders.sku = $2"));
    free(json);
    json = postgres_explain(&link, 12345);
    assert_null(json);
    assert_string_equal(link.error, "its text is not known any more");
    /* A statement that is two is none. */
    assert_false(postgres_link_do(&link, 0, "SELECT 1; SELECT 2", 0, NULL));
    assert_string_equal(link.state, "42601");
    assert_true(postgres_link_do(&link, 0, "SELECT 1", 0, NULL));
    postgres_link_close(&link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_become_series),
        cmocka_unit_test(test_the_missing_index_is_built_and_taken_back),
        cmocka_unit_test(test_an_index_that_makes_calls_no_faster_goes_again),
        cmocka_unit_test(test_what_belongs_to_others_is_refused),
        cmocka_unit_test(test_leftovers_of_a_failed_build_are_dropped),
        cmocka_unit_test(test_after_a_kill_the_database_tells),
        cmocka_unit_test(test_settings_are_changed_and_restored),
        cmocka_unit_test(test_timeouts_are_set_where_none_is_stricter_and_restored),
        cmocka_unit_test(test_a_pool_is_raised_and_lowered),
        cmocka_unit_test(test_actions_that_are_not_configured_are_unsupported),
        cmocka_unit_test(test_a_server_that_is_away_or_silent_is_told_in_time),
        cmocka_unit_test(test_nothing_runs_when_a_statement_is_explained),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
