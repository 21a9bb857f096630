/* engine.c - inputs in, decisions out: how the parts of the healer are wired.
 *
 * Every input does the same three things in the same order: it takes the news in
 * (anomalies, an answer, a person's word), moves every issue's remediation on,
 * the highest priority first, and closes what is over. */
#include "engine/engine.h"

#include "engine/command.h"
#include "engine/state.h"

#include <math.h>
#include <stdlib.h>

enum { PRIORITIES = 101 };
static const heal_duration PAGE_TIMEOUT = 30 * HEAL_SECOND;

static bool create_parts(struct engine *engine, uint64_t seed)
{
    const struct policy *policy = engine->policy;
    const struct inventory *inventory = engine->inventory;

    engine->detector = detector_create(policy, inventory);
    engine->forecast = forecast_create(policy, inventory);
    engine->grouping = grouping_create(inventory);
    engine->dependents = dependents_create(inventory);
    engine->book = issue_book_create(inventory);
    engine->learning = learning_create(policy, seed);
    engine->circuit = circuit_create(policy);
    engine->changes = changes_create(policy, inventory);
    engine->comebacks = comebacks_create(policy, inventory);
    engine->alerts = alerts_create(policy);
    engine->recurrence = recurrence_create(policy, inventory);
    if (!engine->detector || !engine->forecast || !engine->grouping || !engine->dependents || !engine->book ||
        !engine->learning || !engine->circuit || !engine->changes || !engine->comebacks || !engine->alerts ||
        !engine->recurrence)
        return false;
    engine->storm = storm_create(policy, inventory, engine->dependents);
    engine->gates = gates_create(policy, inventory, engine->dependents);
    engine->order = calloc(issue_book_capacity(engine->book) + 1, sizeof *engine->order);
    return engine->storm && engine->gates && engine->order;
}

struct engine *engine_create(const struct policy *policy, const struct inventory *inventory, uint64_t seed,
                             struct world_port world, struct journal_port journal)
{
    struct engine *engine = calloc(1, sizeof *engine);

    if (!engine)
        return NULL;
    engine->own = *policy;
    engine->policy = &engine->own;
    engine->inventory = inventory;
    engine->world = world;
    engine->journal = journal;
    engine->now = INT64_MIN;
    engine->next_health = INT64_MIN;
    if (!create_parts(engine, seed)) {
        engine_destroy(engine);
        return NULL;
    }
    return engine;
}

void engine_destroy(struct engine *engine)
{
    if (!engine)
        return;
    detector_destroy(engine->detector);
    forecast_destroy(engine->forecast);
    grouping_destroy(engine->grouping);
    storm_destroy(engine->storm);
    dependents_destroy(engine->dependents);
    issue_book_destroy(engine->book);
    learning_destroy(engine->learning);
    gates_destroy(engine->gates);
    circuit_destroy(engine->circuit);
    changes_destroy(engine->changes);
    comebacks_destroy(engine->comebacks);
    alerts_destroy(engine->alerts);
    recurrence_destroy(engine->recurrence);
    free(engine->order);
    free(engine);
}

void engine_resume(struct engine *engine, uint64_t last_action, uint64_t last_decision)
{
    engine->known_actions = last_action;
    engine->known_decisions = last_decision;
}

struct decision decision_about(const struct open_issue *issue, heal_time now, enum decision_kind kind)
{
    struct decision decision = {
        .at = now,
        .kind = kind,
        .type = ISSUE_NONE,
        .action_kind = ACTION_KIND_COUNT,
        .resource = RESOURCE_NONE,
        .series = SERIES_NONE,
        .strategy = UINT32_MAX,
        .value = NAN,
        .reference = NAN,
        .score = NAN,
    };

    if (issue) {
        decision.type = issue->type;
        decision.severity = issue->severity;
        decision.resource = issue->resource;
        decision.series = issue->series;
        decision.issue = issue->id;
        decision.remediation = issue->remediation.id;
        decision.cause = issue->cause;
        decision.value = issue->value;
        decision.reference = issue->reference;
        decision.score = issue->score;
        decision.by_baseline = issue->by_baseline;
        decision.by_forecast = issue->forecast_in != HEAL_TIME_NEVER;
    }
    return decision;
}

void engine_record(struct engine *engine, struct decision *decision)
{
    decision->sequence = ++engine->sequence;
    if (decision->sequence > engine->known_decisions)
        engine->journal.record(engine->journal.context, decision);
}

uint64_t engine_start_action(struct engine *engine, heal_time now, struct decision *decision, struct action action)
{
    action.id = ++engine->actions;
    decision->action = action.id;
    decision->action_kind = action.kind;
    decision->resource = action.target;
    decision->value = action.amount;
    decision->amount_unit = action.unit;
    decision->reference = action.rollback ? action.before : NAN;
    decision->rollback = action.rollback;
    engine_record(engine, decision);
    changes_note_action(engine->changes, now, &action);
    if (action.id > engine->known_actions)
        engine->world.start(engine->world.context, now, &action);
    return action.id;
}

void engine_page(struct engine *engine, heal_time now, uint64_t issue, uint64_t remediation, uint32_t resource,
                 enum issue_type type, enum severity severity)
{
    struct decision decision = decision_about(NULL, now, DECISION_ACTION_STARTED);

    if (engine->policy->dry_run)
        return;
    decision.type = type;
    decision.severity = severity;
    decision.issue = issue;
    decision.remediation = remediation;
    engine_start_action(engine, now, &decision,
                        (struct action){.kind = ACTION_PAGE_OPERATOR,
                                        .issue = issue,
                                        .remediation = remediation,
                                        .target = resource,
                                        .before = NAN,
                                        .timeout = PAGE_TIMEOUT});
}

void engine_alert(struct engine *engine, heal_time now, enum alert_kind kind, uint32_t resource, double value,
                  double limit)
{
    struct decision decision = decision_about(NULL, now, DECISION_ALERT);

    decision.attempt = (uint32_t)kind;
    decision.severity = alert_severity(kind);
    decision.resource = resource;
    decision.value = value;
    decision.reference = limit;
    engine_record(engine, &decision);
    if (kind == ALERT_FAILURE_RATE)
        engine->own.auto_remediation = false;
}

/* Over: the anomalies are gone and no remedy is still at work on it. */
static void close_if_over(struct engine *engine, struct open_issue *issue, heal_time now)
{
    enum remediation_phase phase = issue->remediation.phase;

    if (issue->quiet_since != HEAL_TIME_NEVER && (phase == PHASE_NONE || phase == PHASE_ENDED))
        intake_close(engine, issue, now);
}

/* Positions of the book, the highest priority first, older before younger: a
 * counting sort. */
static size_t order_work(struct engine *engine)
{
    size_t first[PRIORITIES + 1] = {0}, count = issue_book_count(engine->book);

    for (size_t i = 0; i < count; i++)
        first[PRIORITIES - issue_book_at(engine->book, i)->priority]++; /* one place on: a running sum follows */
    for (size_t p = 1; p <= PRIORITIES; p++)
        first[p] += first[p - 1];
    for (size_t i = 0; i < count; i++)
        engine->order[first[PRIORITIES - 1 - issue_book_at(engine->book, i)->priority]++] = (uint32_t)i;
    return count;
}

static void advance(struct engine *engine, heal_time now)
{
    if (engine->undo.kept > 0)
        undo_advance(engine, now);
    size_t count = order_work(engine);
    for (size_t i = 0; i < count; i++) {
        struct open_issue *issue = issue_book_at(engine->book, engine->order[i]);
        if (issue->closed_at != HEAL_TIME_NEVER)
            continue;
        remediation_advance(engine, issue, now);
        close_if_over(engine, issue, now);
    }
}

/* Issues that people know of; followers are part of their root. */
static size_t open_count(const struct engine *engine)
{
    size_t open = 0;

    for (size_t i = 0; i < issue_book_count(engine->book); i++) {
        const struct open_issue *issue = issue_book_at(engine->book, i);
        open += issue->closed_at == HEAL_TIME_NEVER && issue->root == 0;
    }
    return open;
}

static void score_health(struct engine *engine, heal_time now)
{
    struct decision decision = decision_about(NULL, now, DECISION_HEALTH);

    decision.score = health_scores(engine, decision.health);
    decision.value = (double)open_count(engine);
    decision.reference = (double)engine->auto_remediated;
    engine_record(engine, &decision);
    if (alerts_note_health(engine->alerts, decision.score))
        engine_alert(engine, now, ALERT_HEALTH, RESOURCE_NONE, decision.score, engine->policy->alerts.health_below);
    engine->next_health = now + engine->policy->health_interval;
}

static heal_duration longer(heal_duration a, heal_duration b)
{
    return a > b ? a : b;
}

/* A clock that was set back stands still here until it has caught up. */
static heal_time move_on(struct engine *engine, heal_time now)
{
    engine->now = longer(engine->now, now);
    return engine->now;
}

void engine_frame(struct engine *engine, heal_time now, const double *values)
{
    size_t count, forecast_count;

    now = move_on(engine, now);
    const struct detector_event *events = detector_frame(engine->detector, now, values, &count);
    const struct forecast_event *forecasts = forecast_frame(engine->forecast, now, values, &forecast_count);

    engine->frames++;
    issue_book_expire(engine->book, now - longer(engine->policy->issue_cool_down, engine->policy->relapse_within));
    changes_frame(engine->changes, now, values);
    engine->frame = values;
    if (count > 0 || forecast_count > 0)
        intake_frame(engine, now, events, count, forecasts, forecast_count);
    if (issue_book_count(engine->book) > 0 || engine->undo.kept > 0)
        advance(engine, now);
    engine->frame = NULL;
    if (now >= engine->next_health)
        score_health(engine, now);
}

void engine_learn_frame(struct engine *engine, heal_time at, const double *values)
{
    detector_learn(engine->detector, at, values);
}

void engine_recall(struct engine *engine, heal_time now, uint32_t strategy, uint32_t successes, uint32_t failures)
{
    if (strategy >= engine->policy->strategy_count)
        return;
    for (uint32_t i = 0; i < successes; i++)
        learning_note(engine->learning, strategy, 0, true, now);
    for (uint32_t i = 0; i < failures; i++)
        learning_note(engine->learning, strategy, 0, false, now);
}

void engine_freeze(struct engine *engine, uint32_t resource)
{
    if (resource < inventory_resource_count(engine->inventory))
        gates_freeze(engine->gates, resource);
}

/* The issue that an anomaly of the series is of, while its remedy waits for the signal; NULL: none. */
static struct open_issue *waiting_issue(const struct engine *engine, uint32_t series)
{
    const struct policy_rule *rule =
        series < inventory_series_count(engine->inventory) ? detector_rule(engine->detector, series) : NULL;
    struct open_issue *issue =
        rule && rule->issue < ISSUE_TYPE_COUNT
            ? issue_book_find(engine->book, inventory_series_resource(engine->inventory, series), rule->issue)
            : NULL;

    return issue && issue->closed_at == HEAL_TIME_NEVER && issue->remediation.phase == PHASE_VERIFY ? issue : NULL;
}

void engine_excuse(struct engine *engine, heal_time now, uint32_t series)
{
    struct open_issue *issue = waiting_issue(engine, series);

    if (series < inventory_series_count(engine->inventory))
        detector_excuse(engine->detector, now, series);
    if (issue)
        attempt_put_off(engine, issue, now);
}

bool engine_waits_for(const struct engine *engine, uint32_t series)
{
    return waiting_issue(engine, series) != NULL;
}

bool engine_is_off(const struct engine *engine, uint32_t series)
{
    return series < inventory_series_count(engine->inventory) && detector_is_active(engine->detector, series);
}

void engine_action_ended(struct engine *engine, heal_time now, uint64_t action, enum action_outcome outcome)
{
    engine_action_answered(engine, now, action, outcome, NAN);
}

void engine_action_answered(struct engine *engine, heal_time now, uint64_t action, enum action_outcome outcome,
                            double before)
{
    now = move_on(engine, now);
    struct past *past = action != 0 ? undo_by_action(&engine->undo, action) : NULL;
    if (past)
        undo_action_ended(engine, past, now, now > past->deadline ? ACTION_TIMED_OUT : outcome, before);
    for (size_t i = 0; action != 0 && !past && i < issue_book_count(engine->book); i++) {
        struct open_issue *issue = issue_book_at(engine->book, i);
        if (issue->remediation.action != action)
            continue;
        if (issue->remediation.phase == PHASE_ACTING || issue->remediation.phase == PHASE_UNDO)
            remediation_action_ended(engine, issue, now, now > issue->remediation.deadline ? ACTION_TIMED_OUT : outcome,
                                     before);
        break;
    }
    advance(engine, now);
}

void engine_approve(struct engine *engine, heal_time now, uint64_t issue)
{
    engine_command(engine, now,
                   &(struct command){.kind = COMMAND_APPROVE,
                                     .issue = issue,
                                     .actor = "operator",
                                     .resource = RESOURCE_NONE,
                                     .strategy = UINT32_MAX,
                                     .until = HEAL_TIME_NEVER});
}

void engine_tick(struct engine *engine, heal_time now)
{
    advance(engine, move_on(engine, now));
}

heal_time engine_next_deadline(const struct engine *engine)
{
    heal_time next = undo_deadline(engine, engine->now);

    for (size_t i = 0; i < issue_book_count(engine->book); i++) {
        const struct open_issue *issue = issue_book_at(engine->book, i);
        if (issue->closed_at != HEAL_TIME_NEVER)
            continue;
        heal_time deadline = remediation_deadline(engine, issue);
        next = deadline < next ? deadline : next;
    }
    return next;
}

struct engine_counts engine_counts(const struct engine *engine)
{
    return (struct engine_counts){
        .frames = engine->frames,
        .samples = detector_samples(engine->detector),
        .issues = engine->issues_told,
        .open_issues = open_count(engine),
        .remediations = engine->remediations,
    };
}
