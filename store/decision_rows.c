/* decision_rows.c - see decision_rows.h. One function per kind of decision, one
 * prepared statement per change. */
#include "store/decision_rows.h"

#include "store/anomaly_rows.h"
#include "store/continuation.h"
#include "store/database.h"
#include "store/decision_changes.h"
#include "store/evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ids of one kind: base + the engine's own id is the row's; `last` the highest yet. */
struct ids {
    int64_t base;
    int64_t last;
};

/* How often evidence was added to an issue; a place is lost to the next issue that needs it. */
struct told {
    uint64_t issue;
    uint32_t times;
};
enum { TOLD_PLACES = 1024, EVIDENCE_KEPT = 16 };

struct decision_rows {
    const struct policy *policy;
    const struct inventory *inventory;
    const struct row_numbers *numbers;
    struct audit *audit; /* NULL: nothing is audited */
    struct anomaly_rows *anomalies;
    struct statement *changes[CHANGE_COUNT];
    int64_t *strategies; /* rows by the policy's index; NULL: the index is the row */
    uint32_t replication;
    struct ids issues, remediations, actions;
    struct told told[TOLD_PLACES]; /* by issue modulo */
    int64_t health;
    const char *actor, *why; /* of the command that comes; NULL: as the decision says */
    uint64_t decisions;
    heal_time last_at;       /* HEAL_TIME_NEVER before the first decision */
    char at[HEAL_TIME_TEXT]; /* last_at in words: many decisions share an instant */
};

struct decision_rows *decision_rows_create(struct database *database, const struct policy *policy,
                                           const struct inventory *inventory, const struct row_numbers *numbers,
                                           struct audit *audit, struct error_list *errors)
{
    struct decision_rows *rows = calloc(1, sizeof *rows);

    if (!rows) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return NULL;
    }
    rows->policy = policy;
    rows->inventory = inventory;
    rows->numbers = numbers;
    rows->audit = audit;
    rows->last_at = HEAL_TIME_NEVER;
    const char *changes[CHANGE_COUNT];
    memcpy(changes, DECISION_CHANGES, sizeof changes);
    if (database_is_server(database))
        changes[ADD_EVIDENCE] = ADD_EVIDENCE_SERVER;
    rows->anomalies = anomaly_rows_create(database, numbers, errors);
    if (rows->anomalies && database_prepare_all(database, changes, CHANGE_COUNT, rows->changes, errors))
        return rows;
    decision_rows_destroy(rows);
    return NULL;
}

void decision_rows_destroy(struct decision_rows *rows)
{
    if (!rows)
        return;
    anomaly_rows_destroy(rows->anomalies);
    database_finalize_all(rows->changes, CHANGE_COUNT);
    free(rows->strategies);
    free(rows);
}

bool decision_rows_continue(struct decision_rows *rows, struct database *database, struct error_list *errors)
{
    rows->strategies = calloc(rows->policy->strategy_count + 1, sizeof *rows->strategies);
    if (!rows->strategies) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return false;
    }
    return continuation_strategies(database, rows->policy, rows->strategies, errors) &&
           continuation_last(database, "self_healing_issues", "id", &rows->issues.last, errors) &&
           continuation_last(database, "self_healing_remediations", "id", &rows->remediations.last, errors) &&
           continuation_last(database, "actions", "id", &rows->actions.last, errors) &&
           continuation_last(database, "health_scores", "id", &rows->health, errors) &&
           anomaly_rows_continue(rows->anomalies, database, errors);
}

static uint64_t engine_id(const struct ids *ids, int64_t row)
{
    return row > ids->base && row <= ids->last ? (uint64_t)(row - ids->base) : 0;
}

uint64_t decision_rows_issue(const struct decision_rows *rows, int64_t row)
{
    return engine_id(&rows->issues, row);
}

uint64_t decision_rows_remediation(const struct decision_rows *rows, int64_t row)
{
    return engine_id(&rows->remediations, row);
}

int64_t decision_rows_issue_row(const struct decision_rows *rows, uint64_t issue)
{
    return issue == 0 ? 0 : rows->issues.base + (int64_t)issue;
}

int64_t decision_rows_remediation_row(const struct decision_rows *rows, uint64_t remediation)
{
    return remediation == 0 ? 0 : rows->remediations.base + (int64_t)remediation;
}

int64_t decision_rows_action_row(const struct decision_rows *rows, uint64_t action)
{
    return action == 0 ? 0 : rows->actions.base + (int64_t)action;
}

void decision_rows_begin(struct decision_rows *rows, uint32_t replication)
{
    rows->replication = replication;
    rows->issues.base = rows->issues.last;
    rows->remediations.base = rows->remediations.last;
    rows->actions.base = rows->actions.last;
    rows->decisions = 0;
    rows->last_at = HEAL_TIME_NEVER;
    memset(rows->told, 0, sizeof rows->told);
    anomaly_rows_begin(rows->anomalies, replication);
}

bool decision_rows_note(struct decision_rows *rows, bool complete, struct error_list *errors)
{
    return database_run(rows->changes[NOTE_REPLICATION],
                        CELLS(cell_integer(rows->replication), cell_integer(complete), cell_unsigned(rows->decisions),
                              cell_unsigned(anomaly_rows_seen(rows->anomalies)),
                              cell_unsigned(anomaly_rows_kept(rows->anomalies)), cell_instant(rows->last_at)),
                        errors);
}

/* The row of an engine's id; NULL for 0, which means none. */
static struct cell row_of(const struct ids *ids, uint64_t id)
{
    return id == 0 ? cell_null() : cell_integer(ids->base + (int64_t)id);
}

static struct cell new_row(struct ids *ids, uint64_t id)
{
    struct cell row = row_of(ids, id);

    if (row.integer > ids->last)
        ids->last = row.integer;
    return row;
}

static struct cell index_or_null(uint32_t index, size_t count)
{
    return index < count ? cell_integer(index) : cell_null();
}

static bool open_issue(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    struct cell issue = new_row(&rows->issues, decision->issue);
    char description[EVIDENCE_TEXT];
    char *metrics = evidence_json(decision, rows->inventory);
    bool done;

    if (!metrics) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return false;
    }
    evidence_of_series(decision, rows->inventory, description, sizeof description);
    done = database_run(rows->changes[ADD_ISSUE],
                        CELLS(issue, cell_text(issue_type_name(decision->type)),
                              cell_text(severity_name(decision->severity)),
                              cell_text(evidence_resource(rows->inventory, decision->resource)), cell_text(description),
                              cell_text(rows->at), cell_text(metrics)),
                        errors) &&
           database_run(rows->changes[ADD_ISSUE_FACTS],
                        CELLS(issue, cell_integer(rows->replication), cell_integer(decision->type),
                              row_numbers_resource(rows->numbers, decision->resource),
                              row_numbers_series(rows->numbers, decision->series), cell_integer(decision->by_baseline),
                              cell_real(decision->value), cell_real(decision->reference), cell_instant(decision->at)),
                        errors);
    free(metrics);
    return done;
}

/* True when it has had as much as it keeps. The row knows that too, but a storm has
 * thousands of echoes of one issue, and to ask the row is to read all that it has. */
static bool has_enough(struct decision_rows *rows, uint64_t issue)
{
    struct told *told = &rows->told[issue % TOLD_PLACES];

    if (told->issue != issue)
        *told = (struct told){.issue = issue};
    if (told->times >= EVIDENCE_KEPT)
        return true;
    told->times++;
    return false;
}

static bool add_evidence(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    if (has_enough(rows, decision->issue))
        return true;
    char more[EVIDENCE_TEXT];
    char *metrics = evidence_json(decision, rows->inventory);

    if (!metrics) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return false;
    }
    evidence_more(decision, rows->inventory, more, sizeof more);
    bool done = database_run(
        rows->changes[ADD_EVIDENCE],
        CELLS(row_of(&rows->issues, decision->issue), cell_text(more), cell_text(metrics), cell_integer(EVIDENCE_KEPT)),
        errors);
    free(metrics);
    return done;
}

static bool start_remediation(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    struct cell remediation = new_row(&rows->remediations, decision->remediation);
    struct cell issue = row_of(&rows->issues, decision->issue);

    return database_run(rows->changes[ADD_REMEDIATION], CELLS(remediation, issue, cell_text(rows->at)), errors) &&
           database_run(rows->changes[ADD_REMEDIATION_FACTS],
                        CELLS(remediation, issue, cell_integer(rows->replication), cell_instant(decision->at)), errors);
}

static bool start_attempt(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    struct cell remediation = row_of(&rows->remediations, decision->remediation);
    struct cell index = index_or_null(decision->strategy, rows->policy->strategy_count);
    if (rows->strategies && index.kind == CELL_INTEGER)
        index = cell_integer(rows->strategies[index.integer]);
    const struct strategy *strategy = evidence_strategy(rows->policy, decision->strategy);
    const char *name = strategy ? strategy->name : "none";
    const char *description = strategy && strategy->description ? strategy->description : name;

    return database_run(rows->changes[BEGIN_ATTEMPT_FACTS], CELLS(remediation, index), errors) &&
           database_run(rows->changes[ADD_ATTEMPT], CELLS(remediation, index, cell_instant(decision->at)), errors) &&
           database_run(rows->changes[NAME_STRATEGY], CELLS(remediation, cell_text(name), cell_text(description)),
                        errors);
}

static bool end_attempt(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    struct cell remediation = row_of(&rows->remediations, decision->remediation);
    struct cell at = cell_instant(decision->at);

    if (decision->kind == DECISION_ATTEMPT_VERIFIED)
        return database_run(rows->changes[VERIFY_ATTEMPT], CELLS(remediation, at), errors) &&
               database_run(rows->changes[VERIFY_REMEDIATION], CELLS(remediation, at), errors);
    return database_run(rows->changes[FAIL_ATTEMPT], CELLS(remediation, at), errors) &&
           database_run(rows->changes[EXPLAIN_FAILURE], CELLS(remediation), errors);
}

static bool end_remediation(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    struct cell remediation = row_of(&rows->remediations, decision->remediation);
    bool success = decision->status == REMEDIATION_SUCCESS;
    char why[128];

    evidence_of_ending(decision, why, sizeof why);
    return database_run(rows->changes[END_REMEDIATION],
                        CELLS(remediation, cell_text(remediation_status_name(decision->status)), cell_text(rows->at),
                              cell_integer(success), cell_text(why[0] ? why : NULL)),
                        errors) &&
           database_run(rows->changes[END_REMEDIATION_FACTS],
                        CELLS(remediation, cell_instant(decision->at), cell_integer(success)), errors) &&
           (!success ||
            database_run(rows->changes[MARK_REMEDIATED], CELLS(row_of(&rows->issues, decision->issue)), errors));
}

static bool start_action(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    struct cell remediation = row_of(&rows->remediations, decision->remediation);

    return database_run(rows->changes[ADD_ACTION],
                        CELLS(new_row(&rows->actions, decision->action), cell_integer(rows->replication),
                              row_of(&rows->issues, decision->issue), remediation,
                              cell_text(action_name(decision->action_kind)),
                              row_numbers_resource(rows->numbers, decision->resource), cell_real(decision->value),
                              cell_integer(decision->rollback), cell_text(rows->at), cell_instant(decision->at),
                              cell_text(amount_unit_name(decision->amount_unit)),
                              cell_real(decision->rollback ? decision->reference : NAN)),
                        errors) &&
           (decision->action_kind == ACTION_PAGE_OPERATOR ||
            database_run(rows->changes[FIRST_ACTION], CELLS(remediation, cell_instant(decision->at)), errors));
}

static bool end_action(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    struct cell action = row_of(&rows->actions, decision->action);
    char error[96];

    if (!database_run(rows->changes[END_ACTION],
                      CELLS(action, cell_text(rows->at), cell_text(action_outcome_name(decision->outcome)),
                            cell_instant(decision->at), cell_real(decision->value)),
                      errors))
        return false;
    if (decision->action_kind == ACTION_PAGE_OPERATOR)
        return true;
    if (!database_run(rows->changes[LAST_ACTION], CELLS(action, cell_instant(decision->at)), errors))
        return false;
    if (decision->outcome == ACTION_SUCCEEDED || decision->rollback)
        return true;
    snprintf(error, sizeof error, "action %s %s", action_name(decision->action_kind),
             action_outcome_name(decision->outcome));
    return database_run(rows->changes[BLAME_ACTION],
                        CELLS(row_of(&rows->remediations, decision->remediation), cell_text(error)), errors);
}

static bool write_rollback(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    struct cell remediation = row_of(&rows->remediations, decision->remediation);

    if (decision->kind == DECISION_ROLLBACK_ENDED)
        return database_run(rows->changes[END_ROLLBACK],
                            CELLS(remediation, cell_integer(decision->outcome == ACTION_SUCCEEDED)), errors);
    return database_run(rows->changes[BEGIN_ROLLBACK], CELLS(remediation, cell_instant(decision->at)), errors) &&
           database_run(rows->changes[MARK_ROLLBACK], CELLS(remediation), errors);
}

static bool write_health(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    struct cell id = cell_integer(++rows->health);
    const double *health = decision->health;

    return database_run(rows->changes[ADD_HEALTH],
                        CELLS(id, cell_real(decision->score), cell_real(health[COMPONENT_COMPUTE]),
                              cell_real(health[COMPONENT_NETWORK]), cell_real(health[COMPONENT_STORAGE]),
                              cell_real(health[COMPONENT_DATABASE]), cell_real(health[COMPONENT_SECURITY]),
                              cell_integer((int64_t)decision->value), cell_integer((int64_t)decision->reference),
                              cell_text(rows->at)),
                        errors) &&
           database_run(rows->changes[ADD_HEALTH_FACTS],
                        CELLS(id, cell_integer(rows->replication), cell_instant(decision->at)), errors);
}

static bool write_rows(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    struct cell issue = row_of(&rows->issues, decision->issue);

    switch (decision->kind) {
    case DECISION_ANOMALY_BEGAN:
    case DECISION_ANOMALY_ENDED:
        return anomaly_rows_write(rows->anomalies, decision, errors);
    case DECISION_ISSUE_OPENED:
        return open_issue(rows, decision, errors);
    case DECISION_ISSUE_CHANGED:
        return database_run(rows->changes[SET_SEVERITY], CELLS(issue, cell_text(severity_name(decision->severity))),
                            errors);
    case DECISION_ISSUE_REOPENED:
        return database_run(rows->changes[REOPEN_ISSUE], CELLS(issue), errors);
    case DECISION_ISSUE_CLOSED:
        return database_run(rows->changes[CLOSE_ISSUE], CELLS(issue, cell_instant(decision->at)), errors);
    case DECISION_REMEDIATION_STARTED:
        return start_remediation(rows, decision, errors);
    case DECISION_REMEDIATION_HELD:
        return database_run(
            rows->changes[HOLD_REMEDIATION],
            CELLS(row_of(&rows->remediations, decision->remediation), cell_text(gate_name(decision->gate))), errors);
    case DECISION_ATTEMPT_STARTED:
        return start_attempt(rows, decision, errors);
    case DECISION_ACTION_STARTED:
        return start_action(rows, decision, errors);
    case DECISION_ACTION_ENDED:
        return end_action(rows, decision, errors);
    case DECISION_ATTEMPT_VERIFIED:
    case DECISION_ATTEMPT_FAILED:
        return end_attempt(rows, decision, errors);
    case DECISION_ROLLBACK_STARTED:
    case DECISION_ROLLBACK_ENDED:
        return write_rollback(rows, decision, errors);
    case DECISION_REMEDIATION_ENDED:
        return end_remediation(rows, decision, errors);
    case DECISION_EVIDENCE:
        return add_evidence(rows, decision, errors);
    case DECISION_HEALTH:
        return write_health(rows, decision, errors);
    case DECISION_ISSUE_RANKED: /* the audit log has all of these */
    case DECISION_FORECAST:
    case DECISION_FOLLOWER_ATTACHED:
    case DECISION_FOLLOWER_RELEASED:
    case DECISION_ACTION_PLANNED:
    case DECISION_PLAN_OUTCOME:
    case DECISION_COMMAND:
    case DECISION_ALERT:
    case DECISION_PATTERN:
    case DECISION_UNDO_STARTED:
    case DECISION_UNDO_ENDED:
    case DECISION_CIRCUIT_OPENED:
    case DECISION_KIND_COUNT:
        break;
    }
    return true;
}

static bool audited(enum decision_kind kind)
{
    return kind != DECISION_ANOMALY_BEGAN && kind != DECISION_ANOMALY_ENDED && kind != DECISION_HEALTH;
}

static bool about_issue(enum decision_kind kind)
{
    return kind == DECISION_ISSUE_OPENED || kind == DECISION_ISSUE_CHANGED || kind == DECISION_ISSUE_REOPENED ||
           kind == DECISION_ISSUE_CLOSED;
}

/* The finest thing that the decision is about, by its row. */
static void write_object(const struct decision_rows *rows, const struct decision *decision, char *text, size_t size)
{
    if (decision->action != 0)
        snprintf(text, size, "action %lld", (long long)row_of(&rows->actions, decision->action).integer);
    else if (decision->remediation != 0 && !about_issue(decision->kind))
        snprintf(text, size, "remediation %lld of issue %lld",
                 (long long)row_of(&rows->remediations, decision->remediation).integer,
                 (long long)row_of(&rows->issues, decision->issue).integer);
    else
        snprintf(text, size, "issue %lld %s", (long long)row_of(&rows->issues, decision->issue).integer,
                 evidence_resource(rows->inventory, decision->resource));
}

void decision_rows_said(struct decision_rows *rows, const char *actor, const char *why)
{
    rows->actor = actor;
    rows->why = why;
}

static bool write_audit(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    char object[EVIDENCE_TEXT];
    char detail[EVIDENCE_TEXT];

    const char *actor = "engine";

    write_object(rows, decision, object, sizeof object);
    evidence_of_decision(decision, rows->policy, rows->inventory, detail, sizeof detail);
    if (decision->kind == DECISION_COMMAND) {
        actor = rows->actor ? rows->actor : decision->who[0] ? decision->who : "nobody named";
        if (rows->why && rows->why[0])
            snprintf(detail + strlen(detail), sizeof detail - strlen(detail), "; because: %s", rows->why);
        decision_rows_said(rows, NULL, NULL);
    }
    return audit_append(rows->audit,
                        &(struct audit_entry){rows->at, actor, decision_kind_name(decision->kind), object, detail},
                        errors);
}

bool decision_rows_write(struct decision_rows *rows, const struct decision *decision, struct error_list *errors)
{
    rows->decisions++;
    if (decision->at != rows->last_at) {
        rows->last_at = decision->at;
        heal_time_format(decision->at, rows->at);
    }
    return write_rows(rows, decision, errors) &&
           (!rows->audit || !audited(decision->kind) || write_audit(rows, decision, errors));
}
