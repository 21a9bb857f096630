/* run_store.c - see run_store.h.
 *
 * Rows gather in one transaction that is committed every BATCH rows and on flush.
 * After the first failure the store refuses everything that follows without
 * another word: one full disk makes one message, not a million.
 */
#include "store/run_store.h"

#include "store/audit.h"
#include "store/continuation.h"
#include "store/database.h"
#include "store/decision_rows.h"
#include "store/knowledge.h"
#include "store/lease.h"
#include "store/leftovers.h"
#include "store/schema.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 16384 };

/* What stands at remediations that the end of a process cut off. */
static const char INTERRUPTED[] = "the process ended before it did";

enum insert {
    INSERT_REPLICATION,
    INSERT_FAULT,
    INSERT_OPERATOR,
    INSERT_PLOT,
    INSERT_TOTAL,
    MEAN_REPLICATIONS,
    FINISH_RUN,
    INSERT_COUNT
};

static const char *const INSERTS[INSERT_COUNT] = {
    [INSERT_REPLICATION] = "INSERT INTO replications (replication) VALUES (?1)",
    [INSERT_FAULT] =
        ("INSERT INTO faults (replication, kind, resource, resource_id, type, cause, onset, ended_at, ended_by, "
         "type_id,"
         " onset_ns, end_ns, grace_ns, counted, hurt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
         "?14, ?15)"),
    [INSERT_OPERATOR] = ("INSERT INTO operator_acts (replication, kind, resource_id, at, at_ns, ended_at_ns) VALUES "
                         "(?1, ?2, ?3, ?4, ?5, ?6)"),
    [INSERT_PLOT] = "INSERT INTO plot_series VALUES (?1, ?2, ?3, ?4)",
    [MEAN_REPLICATIONS] = "UPDATE run SET replications = ?1",
    [INSERT_TOTAL] = "INSERT INTO totals VALUES (?1, ?2, ?3)",
    [FINISH_RUN] = "UPDATE run SET digest = ?1, complete = 1, audit_rows = ?2, audit_head = ?3",
};

struct run_store {
    struct database *database;
    const struct policy *policy;
    const struct inventory *inventory;
    struct row_numbers *numbers;
    struct audit *audit; /* NULL: scratch */
    struct decision_rows *rows;
    struct statement *inserts[INSERT_COUNT];
    heal_time start;
    heal_duration duration;
    uint32_t next_replication;
    int64_t fence;
    uint32_t pending; /* rows since the last commit */
    bool resumed;     /* no replication of this process, or since the pause, yet */
    bool scratch;
    bool failed;
};

static bool write_run(struct database *database, const struct store_run *run, const struct policy *policy,
                      struct error_list *errors)
{
    bool open_loop = strcmp(run->mode, "replay-open") == 0;
    bool operators = strcmp(run->arm, "selfheal") != 0;
    bool heals = !open_loop && (operators || (policy->auto_remediation && !policy->dry_run));
    char seed[24], started_at[HEAL_TIME_TEXT];
    struct statement *insert = database_prepare(
        database, "INSERT INTO run VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, NULL, 0, NULL, NULL)",
        errors);
    bool done;

    snprintf(seed, sizeof seed, "%llu", (unsigned long long)run->seed);
    heal_time_format(run->start, started_at);
    done = insert &&
           database_run(insert,
                        CELLS(cell_text(run->mode), cell_text(run->arm), cell_text(run->scenario),
                              cell_text(run->source), cell_text(run->policy_name), cell_text(seed),
                              cell_integer(run->replications), cell_integer(run->start), cell_integer(run->duration),
                              cell_integer(run->warm_up), cell_text(started_at), cell_integer(heals)),
                        errors);
    statement_finalize(insert);
    return done;
}

/* Every commit goes through here: what a replica that was deposed has written is not kept. */
static bool commit_guarded(struct run_store *store, struct error_list *errors)
{
    return (store->fence == 0 || lease_guard(store->database, store->fence, errors)) &&
           database_commit(store->database, errors);
}

static bool enter(struct run_store *store, struct error_list *errors)
{
    return store->fence == 0 || lease_enter(store->database, store->fence, errors);
}

static bool write_world(struct run_store *store, const struct store_run *run, const struct policy *policy,
                        struct error_list *errors)
{
    return database_begin(store->database, errors) && schema_create(store->database, errors) &&
           write_run(store->database, run, policy, errors) &&
           continuation_sync(store->database, policy, store->inventory, store->numbers, errors) &&
           commit_guarded(store, errors);
}

/* Statements last: they can only be prepared where the tables are. */
static bool prepare_store(struct run_store *store, const struct policy *policy, struct error_list *errors)
{
    store->audit = store->scratch ? NULL : audit_create(store->database, errors);
    if (!store->audit && !store->scratch)
        return false;
    store->rows = decision_rows_create(store->database, policy, store->inventory, store->numbers, store->audit, errors);
    return store->rows && database_prepare_all(store->database, INSERTS, INSERT_COUNT, store->inserts, errors) &&
           database_begin(store->database, errors);
}

static struct run_store *new_store(const struct store_run *run, const struct policy *policy,
                                   const struct inventory *inventory, struct error_list *errors)
{
    struct run_store *store = calloc(1, sizeof *store);

    if (!store) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return NULL;
    }
    store->policy = policy;
    store->inventory = inventory;
    store->fence = run->fence;
    store->numbers = row_numbers_create(inventory);
    if (!store->numbers) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        free(store);
        return NULL;
    }
    store->start = run->start;
    store->duration = run->duration;
    store->scratch = run->scratch;
    return store;
}

struct run_store *run_store_create(const char *path, const struct store_run *run, const struct policy *policy,
                                   const struct inventory *inventory, struct error_list *errors)
{
    struct run_store *store = new_store(run, policy, inventory, errors);

    if (!store)
        return NULL;
    store->database = run->unsynced || run->scratch ? database_create_careless(path, run->scratch, errors)
                                                    : database_create(path, errors);
    if (!store->database) {
        run_store_destroy(store);
        return NULL;
    }
    if (enter(store, errors) && write_world(store, run, policy, errors) && prepare_store(store, policy, errors))
        return store;
    run_store_destroy(store);
    database_remove(path);
    return NULL;
}

/* Takes up the rows of the processes before this one. */
static bool take_up(struct run_store *store, heal_time now, uint64_t *interrupted, struct error_list *errors)
{
    int64_t replications = 0, before;

    if (!database_execute(store->database, "UPDATE run SET complete = 0, audit_rows = NULL, audit_head = NULL",
                          errors) ||
        !continuation_last(store->database, "replications", "replication + 1", &replications, errors) ||
        !audit_resume(store->audit, store->database, errors) ||
        !decision_rows_continue(store->rows, store->database, errors))
        return false;
    store->next_replication = (uint32_t)replications;
    store->resumed = replications > 0;
    before = audit_rows(store->audit);
    if (!continuation_interrupt(store->database, store->audit, now, INTERRUPTED, errors))
        return false;
    *interrupted = (uint64_t)(audit_rows(store->audit) - before);
    return commit_guarded(store, errors) && database_begin(store->database, errors);
}

struct run_store *run_store_continue(const char *path, const struct store_run *run, const struct policy *policy,
                                     const struct inventory *inventory, uint64_t *interrupted,
                                     struct error_list *errors)
{
    struct run_store *store;
    bool there;

    *interrupted = 0;
    if (!database_is_there(path, &there, errors))
        return NULL;
    if (!there) {
        store = run_store_create(path, run, policy, inventory, errors);
        if (!store)
            return NULL;
    } else {
        store = new_store(run, policy, inventory, errors);
        if (!store)
            return NULL;
        store->database = database_continue(path, errors);
        if (!store->database || !schema_check(store->database, errors) || !enter(store, errors) ||
            !database_begin(store->database, errors) ||
            !continuation_sync(store->database, policy, inventory, store->numbers, errors) ||
            !commit_guarded(store, errors) || !prepare_store(store, policy, errors) ||
            !take_up(store, run->start, interrupted, errors)) {
            run_store_destroy(store);
            return NULL;
        }
    }
    if (commit_guarded(store, errors) && database_make_durable(store->database, errors) &&
        database_begin(store->database, errors))
        return store;
    run_store_destroy(store);
    return NULL;
}

uint32_t run_store_next_replication(const struct run_store *store)
{
    return store->next_replication;
}

const struct decision_rows *run_store_rows(const struct run_store *store)
{
    return store->rows;
}

void run_store_destroy(struct run_store *store)
{
    if (!store)
        return;
    decision_rows_destroy(store->rows);
    row_numbers_destroy(store->numbers);
    audit_destroy(store->audit);
    database_finalize_all(store->inserts, INSERT_COUNT);
    database_close(store->database);
    free(store);
}

/* What a step came to; a failure closes the store for all that follows. */
static bool settle(struct run_store *store, bool done)
{
    store->failed = store->failed || !done;
    return done;
}

/* Whether there is a replication whose counts can be noted. */
static bool at_work(const struct run_store *store)
{
    return store->next_replication > 0 && !store->resumed;
}

static bool commit(struct run_store *store, struct error_list *errors)
{
    if (store->failed)
        return false;
    store->pending = 0;
    return settle(store, (!at_work(store) || decision_rows_note(store->rows, false, errors)) &&
                             (commit_guarded(store, errors) && database_begin(store->database, errors)));
}

/* Ends the writing of one row. */
static bool settle_row(struct run_store *store, bool done, struct error_list *errors)
{
    if (!settle(store, done))
        return false;
    return ++store->pending < BATCH || commit(store, errors);
}

static bool write_mark(struct run_store *store, heal_time at, const char *action, const char *object,
                       const char *detail, struct error_list *errors)
{
    char text[HEAL_TIME_TEXT];

    if (store->scratch)
        return true;
    heal_time_format(at, text);
    return audit_append(store->audit, &(struct audit_entry){text, "run", action, object, detail}, errors);
}

bool run_store_begin(struct run_store *store, uint32_t replication, struct error_list *errors)
{
    char object[32];

    assert(replication == store->next_replication);
    if (store->failed)
        return false;
    snprintf(object, sizeof object, "replication %u", replication);
    if (!settle(store, (!at_work(store) || decision_rows_note(store->rows, true, errors)) &&
                           database_run(store->inserts[INSERT_REPLICATION], CELLS(cell_integer(replication)), errors) &&
                           write_mark(store, store->start, "replication_began", object, "", errors)))
        return false;
    decision_rows_begin(store->rows, replication);
    store->next_replication++;
    store->resumed = false;
    return settle_row(store, true, errors);
}

bool run_store_decision(struct run_store *store, const struct decision *decision, struct error_list *errors)
{
    assert(store->next_replication > 0);
    return !store->failed && settle_row(store, decision_rows_write(store->rows, decision, errors), errors);
}

bool run_store_fault(struct run_store *store, const struct store_fault *fault, struct error_list *errors)
{
    bool known = fault->resource < inventory_resource_count(store->inventory);
    const char *text = fault->resource_text ? fault->resource_text : "";
    const char *name = known ? inventory_resource_id(store->inventory, fault->resource) : text;
    char onset[HEAL_TIME_TEXT], ended_at[HEAL_TIME_TEXT];

    if (store->failed)
        return false;
    heal_time_format(fault->onset, onset);
    heal_time_format(fault->end, ended_at);
    return settle_row(
        store,
        database_run(store->inserts[INSERT_FAULT],
                     CELLS(cell_integer(fault->replication), cell_text(fault->kind), cell_text(name),
                           row_numbers_resource(store->numbers, fault->resource),
                           cell_text(issue_type_name(fault->type)), cell_text(fault->cause), cell_text(onset),
                           cell_text(fault->end == HEAL_TIME_NEVER ? NULL : ended_at), cell_text(fault->ended_by),
                           cell_integer(fault->type), cell_instant(fault->onset), cell_instant(fault->end),
                           cell_integer(fault->grace), cell_integer(fault->counted), cell_integer(fault->hurt)),
                     errors),
        errors);
}

bool run_store_operator(struct run_store *store, const struct store_operator_act *act, struct error_list *errors)
{
    char at[HEAL_TIME_TEXT];

    if (store->failed)
        return false;
    heal_time_format(act->at, at);
    return settle_row(store,
                      database_run(store->inserts[INSERT_OPERATOR],
                                   CELLS(cell_integer(act->replication), cell_text(act->kind),
                                         row_numbers_resource(store->numbers, act->resource), cell_text(at),
                                         cell_instant(act->at), cell_instant(act->ended_at)),
                                   errors),
                      errors);
}

bool run_store_plot(struct run_store *store, uint32_t series, heal_time at, float low, float high,
                    struct error_list *errors)
{
    return !store->failed && settle_row(store,
                                        database_run(store->inserts[INSERT_PLOT],
                                                     CELLS(cell_integer(series), cell_instant(at),
                                                           cell_real((double)low), cell_real((double)high)),
                                                     errors),
                                        errors);
}

bool run_store_total(struct run_store *store, uint32_t replication, const char *name, double value,
                     struct error_list *errors)
{
    return !store->failed &&
           settle_row(store,
                      database_run(store->inserts[INSERT_TOTAL],
                                   CELLS(cell_integer(replication), cell_text(name), cell_real(value)), errors),
                      errors);
}

bool run_store_flush(struct run_store *store, struct error_list *errors)
{
    return commit(store, errors);
}

bool run_store_pause(struct run_store *store, uint32_t replications, struct error_list *errors)
{
    if (store->failed ||
        !settle(store, (!at_work(store) || decision_rows_note(store->rows, true, errors)) &&
                           database_run(store->inserts[MEAN_REPLICATIONS], CELLS(cell_integer(replications)), errors)))
        return false;
    store->resumed = true;
    return commit(store, errors);
}

bool run_store_extend(struct run_store *store, heal_time until, struct error_list *errors)
{
    char sql[128];

    if (store->failed)
        return false;
    store->duration = until - store->start;
    snprintf(sql, sizeof sql, "UPDATE run SET duration_ns = %lld - start_ns WHERE duration_ns < %lld - start_ns",
             (long long)until, (long long)until);
    return settle(store, database_execute(store->database, sql, errors));
}

bool run_store_note(struct run_store *store, heal_time at, const char *actor, const char *action, const char *object,
                    const char *detail, struct error_list *errors)
{
    char text[HEAL_TIME_TEXT];

    if (store->failed)
        return false;
    if (store->scratch)
        return true;
    heal_time_format(at, text);
    return settle_row(
        store, audit_append(store->audit, &(struct audit_entry){text, actor, action, object, detail}, errors), errors);
}

bool run_store_tallies(struct run_store *store, uint32_t *successes, uint32_t *failures, struct error_list *errors)
{
    struct statement *query = database_prepare(
        store->database,
        "SELECT count(*) FILTER (WHERE verified = 1), count(*) FILTER (WHERE verified = 0) FROM attempts"
        " WHERE strategy_id = (SELECT id FROM strategies WHERE name = ?1"
        " AND issue_type = ?2) AND error IS DISTINCT FROM 'the process ended before it did'",
        errors);
    bool failed = !query;

    for (size_t i = 0; !failed && i < store->policy->strategy_count; i++) {
        const struct strategy *strategy = &store->policy->strategies[i];
        failed = !statement_bind(query, CELLS(cell_text(strategy->name), cell_text(issue_type_name(strategy->issue))),
                                 errors);
        if (!failed && database_next(query, &failed, errors)) {
            successes[i] = (uint32_t)statement_integer(query, 0);
            failures[i] = (uint32_t)statement_integer(query, 1);
        }
        statement_reset(query);
    }
    statement_finalize(query);
    return !failed;
}

void run_store_said(struct run_store *store, const char *actor, const char *why)
{
    decision_rows_said(store->rows, actor, why);
}

bool run_store_learned(struct run_store *store, heal_time at, const unsigned char *bytes, size_t length,
                       struct error_list *errors)
{
    return !store->failed && knowledge_write(store->database, at, bytes, length, errors);
}

bool run_store_recall(struct run_store *store, unsigned char **bytes, size_t *length, struct error_list *errors)
{
    return knowledge_read(store->database, bytes, length, errors);
}

bool run_store_unsure(struct run_store *store, uint32_t *resources, size_t room, size_t *count,
                      struct error_list *errors)
{
    struct statement *query = database_query(
        store->database,
        "SELECT a.kind, t.name FROM actions a JOIN issue_facts f ON f.issue_id = a.issue_id"
        " JOIN resources t ON t.id = f.resource_id"
        " JOIN self_healing_remediations r ON r.id = a.remediation_id"
        " JOIN remediation_facts e ON e.remediation_id = r.id"
        " WHERE (a.outcome = 'interrupted' OR (a.outcome = 'succeeded' AND a.rollback = 0"
        "   AND r.error_message = ?1 AND a.ended_at_ns < e.ended_at_ns))"
        " AND NOT EXISTS (SELECT 1 FROM actions b"
        "  JOIN issue_facts g ON g.issue_id = b.issue_id WHERE g.resource_id = f.resource_id AND b.id > a.id"
        "  AND b.outcome != 'interrupted' AND b.kind != 'page_operator' AND b.remediation_id != a.remediation_id)"
        " ORDER BY a.id",
        CELLS(cell_text(INTERRUPTED)), errors);
    bool failed = !query;

    *count = 0;
    while (query && !failed && database_next(query, &failed, errors)) {
        enum action_kind kind;
        const char *name = statement_text(query, 0), *where = statement_text(query, 1);
        if (!name || !where || !action_parse(name, &kind) || action_is_repeatable(kind))
            continue;
        uint32_t resource = inventory_find_resource(store->inventory, where, strlen(where));
        if (resource == RESOURCE_NONE)
            continue; /* it is watched no more: nothing starts there */
        if (*count < room)
            resources[*count] = resource;
        ++*count;
    }
    statement_finalize(query);
    return !failed;
}

bool run_store_interrupted(struct run_store *store, heal_time since, struct store_interrupted *out, size_t room,
                           size_t *count, struct error_list *errors)
{
    struct statement *query = database_query(store->database,
                                             "SELECT a.id, a.kind, a.started_at_ns, r.name FROM actions a"
                                             " JOIN resources r ON r.id = a.target_id"
                                             " WHERE a.outcome = 'interrupted' AND a.started_at_ns >= ?1 ORDER BY a.id",
                                             CELLS(cell_integer(since)), errors);
    bool failed = !query;

    *count = 0;
    while (query && !failed && *count < room && database_next(query, &failed, errors)) {
        struct store_interrupted *item = &out[*count];
        const char *name = statement_text(query, 1);
        const char *target = statement_text(query, 3);
        item->row = statement_integer(query, 0);
        item->at = statement_integer(query, 2);
        snprintf(item->target, sizeof item->target, "%s", target ? target : "");
        *count += name && action_parse(name, &item->kind);
    }
    statement_finalize(query);
    return !failed;
}

bool run_store_settle(struct run_store *store, int64_t action, bool done, heal_time at, struct error_list *errors)
{
    char sql[128], object[64];

    if (store->failed)
        return false;
    snprintf(object, sizeof object, "action %lld", (long long)action);
    snprintf(sql, sizeof sql, "UPDATE actions SET outcome = '%s' WHERE id = %lld AND outcome = 'interrupted'",
             action_outcome_name(done ? ACTION_SUCCEEDED : ACTION_FAILED), (long long)action);
    return settle(store, database_execute(store->database, sql, errors)) &&
           run_store_note(store, at, "run", "verified", object, done ? "it was done" : "it was not done", errors);
}

bool run_store_left(struct run_store *store, heal_time since, struct standing_step *out, size_t room, size_t *count,
                    struct error_list *errors)
{
    return leftovers_find(store->database, store->policy, store->inventory, since, INTERRUPTED, out, room, count,
                          errors);
}

bool run_store_finish(struct run_store *store, const char *digest, struct error_list *errors)
{
    char detail[96];

    if (store->failed)
        return false;
    snprintf(detail, sizeof detail, "digest %s", digest);
    if (!settle(store, (!at_work(store) || decision_rows_note(store->rows, true, errors)) &&
                           write_mark(store, store->start + store->duration, "run_finished", "run", detail, errors) &&
                           database_run(store->inserts[FINISH_RUN],
                                        CELLS(cell_text(digest),
                                              store->scratch ? cell_null() : cell_integer(audit_rows(store->audit)),
                                              cell_text(store->scratch ? NULL : audit_head(store->audit))),
                                        errors) &&
                           commit_guarded(store, errors)))
        return false;
    if (!store->scratch)
        database_settle(store->database);
    store->failed = true; /* nothing may come after the end */
    return true;
}
