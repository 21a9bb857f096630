/* postgres.c - see postgres.h: the databases of one process, and what their actions
 * have in common. */
#include "live/postgres.h"

#include "live/mailbox.h"
#include "live/postgres_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct postgres_link link_to(struct postgres *postgres, const struct postgres_address *address, bool console)
{
    return (struct postgres_link){.address = address,
                                  .stopping = &postgres->stopping,
                                  .timeout = postgres->settings->timeout,
                                  .console = console};
}

struct postgres *postgres_create(const struct postgres_settings *settings)
{
    struct postgres *postgres = calloc(1, sizeof *postgres);

    if (!postgres)
        return NULL;
    postgres->settings = settings;
    postgres->databases = calloc(settings->count + 1, sizeof *postgres->databases);
    if (!postgres->databases) {
        free(postgres);
        return NULL;
    }
    atomic_init(&postgres->stopping, false);
    pthread_mutex_init(&postgres->mutex, NULL);
    for (size_t i = 0; i < settings->count; i++) {
        postgres->databases[i].target = &settings->targets[i];
        postgres->databases[i].link = link_to(postgres, &settings->targets[i].address, false);
    }
    return postgres;
}

void postgres_destroy(struct postgres *postgres)
{
    if (!postgres)
        return;
    for (size_t i = 0; i < postgres->settings->count; i++) {
        postgres_link_close(&postgres->databases[i].link);
        statements_clear(&postgres->databases[i].statements);
    }
    pthread_mutex_destroy(&postgres->mutex);
    free(postgres->databases);
    free(postgres);
}

void postgres_stop(struct postgres *postgres)
{
    if (postgres)
        atomic_store(&postgres->stopping, true);
}

/* -- what tasks share ------------------------------------------------------------- */

heal_duration task_left(const struct task *task)
{
    heal_duration left = task->until - monotonic_now();
    return left > HEAL_MILLISECOND ? left : HEAL_MILLISECOND;
}

enum action_outcome task_fails(struct task *task, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(task->output, POSTGRES_OUTPUT, format, arguments);
    va_end(arguments);
    return ACTION_FAILED;
}

enum action_outcome task_fails_by_link(struct task *task, const char *what)
{
    return task_fails(task, "%s: %s", what, task->link.error);
}

void postgres_keep_deed(struct postgres *postgres, const struct deed *deed)
{
    pthread_mutex_lock(&postgres->mutex);
    postgres->deeds[postgres->deed_count++ % DEEDS_KEPT] = *deed;
    pthread_mutex_unlock(&postgres->mutex);
}

void postgres_note_deed(struct task *task, const char *schema, const char *index)
{
    const struct postgres_order *order = task->order;
    struct deed deed = {.chapter = order->chapter,
                        .remediation = order->action->remediation,
                        .row = order->row,
                        .at = order->at,
                        .target = task->database->target,
                        .kind = order->action->kind};

    snprintf(deed.schema, sizeof deed.schema, "%s", schema);
    snprintf(deed.index, sizeof deed.index, "%s", index);
    postgres_keep_deed(task->postgres, &deed);
}

bool postgres_take_deed(struct task *task, enum action_kind kind, struct deed *out)
{
    struct postgres *postgres = task->postgres;
    const struct postgres_order *order = task->order;
    bool found = false;

    pthread_mutex_lock(&postgres->mutex);
    for (size_t i = 0; i < DEEDS_KEPT && i < postgres->deed_count && !found; i++) {
        struct deed *deed = &postgres->deeds[i];
        found = deed->target == task->database->target && deed->kind == kind && deed->chapter == order->chapter &&
                deed->remediation == order->action->remediation;
        if (found) {
            *out = *deed;
            *deed = (struct deed){0};
        }
    }
    pthread_mutex_unlock(&postgres->mutex);
    return found;
}

size_t postgres_slow(struct task *task, struct slow_statement out[STATEMENTS_SLOW])
{
    pthread_mutex_lock(&task->postgres->mutex);
    size_t count = task->database->statements.slow_count;
    memcpy(out, task->database->statements.slow, count * sizeof *out);
    pthread_mutex_unlock(&task->postgres->mutex);
    return count;
}

char *postgres_statements_schema(struct postgres_link *link)
{
    PGresult *answer = postgres_link_ask(link, 0,
                                         "SELECT n.nspname, pg_has_role('pg_read_all_stats', 'USAGE')"
                                         " FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
                                         " WHERE e.extname = 'pg_stat_statements'",
                                         0, NULL);
    char *schema = NULL;

    if (answer && PQntuples(answer) == 0)
        snprintf(link->error, sizeof link->error, "the database lacks the extension pg_stat_statements");
    else if (answer && !postgres_true(answer, 0, 1))
        snprintf(link->error, sizeof link->error, "the role is no member of pg_monitor: others' statements are hidden");
    else if (answer)
        schema = postgres_link_name(link, PQgetvalue(answer, 0, 0));
    PQclear(answer);
    return schema;
}

/* -- actions ---------------------------------------------------------------------- */

static struct database *find(const struct postgres *postgres, const char *target)
{
    for (size_t i = 0; postgres && i < postgres->settings->count; i++) {
        if (strcmp(postgres->settings->targets[i].resource, target) == 0)
            return &postgres->databases[i];
    }
    return NULL;
}

typedef enum action_outcome run_task(struct task *task);
static const struct {
    run_task *run;
    enum action_kind kind;
    enum { BY_DATABASE, BY_SETTINGS, BY_POOL } needs;
} ACTIONS[] = {
    {postgres_add_index, ACTION_ADD_INDEX, BY_DATABASE},
    {postgres_drop_index, ACTION_DROP_INDEX, BY_DATABASE},
    {postgres_tune, ACTION_TUNE_DATABASE, BY_SETTINGS},
    {postgres_restore, ACTION_RESTORE_DATABASE_SETTINGS, BY_SETTINGS},
    {postgres_set_timeouts, ACTION_SET_DATABASE_TIMEOUTS, BY_DATABASE},
    {postgres_restore, ACTION_RESTORE_DATABASE_TIMEOUTS, BY_DATABASE},
    {postgres_resize_pool, ACTION_RAISE_POOL_SIZE, BY_POOL},
    {postgres_resize_pool, ACTION_LOWER_POOL_SIZE, BY_POOL},
    {postgres_reconnect_pool, ACTION_RESTART_PROXY, BY_POOL},
};
enum { ACTION_COUNT = sizeof ACTIONS / sizeof ACTIONS[0] };

/* Its number in ACTIONS; ACTION_COUNT: none. */
static size_t which(enum action_kind kind)
{
    size_t i = 0;

    while (i < ACTION_COUNT && ACTIONS[i].kind != kind)
        i++;
    return i;
}

static bool is_configured(const struct postgres_target *target, size_t action)
{
    return ACTIONS[action].needs == BY_DATABASE ||
           (ACTIONS[action].needs == BY_SETTINGS && target->setting_count > 0) ||
           (ACTIONS[action].needs == BY_POOL && target->pool.conninfo != NULL);
}

bool postgres_serves(const struct postgres *postgres, enum action_kind kind, const char *target)
{
    return which(kind) < ACTION_COUNT && find(postgres, target) != NULL;
}

enum action_outcome postgres_act(struct postgres *postgres, const struct postgres_order *order,
                                 char output[POSTGRES_OUTPUT])
{
    size_t action = which(order->action->kind);
    struct database *database = find(postgres, order->target);
    heal_duration timeout = order->action->timeout, reserve = timeout / 4;

    output[0] = '\0';
    if (action == ACTION_COUNT || !database || !is_configured(database->target, action)) {
        snprintf(output, POSTGRES_OUTPUT, "its configuration has no %s",
                 action < ACTION_COUNT && ACTIONS[action].needs == BY_POOL ? "pool" : "settings");
        return ACTION_UNSUPPORTED;
    }
    if (reserve > 30 * HEAL_SECOND)
        reserve = 30 * HEAL_SECOND;
    bool console = ACTIONS[action].needs == BY_POOL;
    struct task task = {.postgres = postgres,
                        .order = order,
                        .database = database,
                        .link =
                            link_to(postgres, console ? &database->target->pool : &database->target->address, console),
                        .until = monotonic_now() + timeout - reserve,
                        .end = monotonic_now() + timeout,
                        .output = output};
    enum action_outcome outcome =
        postgres_link_open(&task.link) ? ACTIONS[action].run(&task) : task_fails_by_link(&task, "no connection");
    postgres_link_close(&task.link);
    return outcome;
}

/* What it does stands in selfheal.settings. */
static bool keeps_settings(enum action_kind kind)
{
    return kind == ACTION_TUNE_DATABASE || kind == ACTION_RESTORE_DATABASE_SETTINGS ||
           kind == ACTION_SET_DATABASE_TIMEOUTS || kind == ACTION_RESTORE_DATABASE_TIMEOUTS;
}

enum postgres_done postgres_action_done(struct postgres *postgres, const struct postgres_order *order)
{
    struct database *database = find(postgres, order->target);
    char output[POSTGRES_OUTPUT];
    enum postgres_done done = POSTGRES_DONE_UNKNOWN;

    if (!database)
        return done;
    struct task task = {.postgres = postgres,
                        .order = order,
                        .database = database,
                        .link = link_to(postgres, &database->target->address, false),
                        .until = monotonic_now() + postgres->settings->timeout,
                        .output = output};
    if (postgres_link_open(&task.link)) {
        if (order->action->kind == ACTION_ADD_INDEX)
            done = postgres_index_done(&task);
        else if (keeps_settings(order->action->kind))
            done = postgres_tune_done(&task);
    }
    postgres_link_close(&task.link);
    return done;
}
