/* engine.c - inputs in, decisions out: how the parts of the healer are wired.
 *
 * Every input does the same three things in the same order: it takes the news in
 * (anomalies, an answer, a person's word), moves every issue's remediation on,
 * the most severe first, and closes what is over. */
#include "engine/engine.h"

#include "engine/state.h"

#include <math.h>
#include <stdlib.h>

struct engine *engine_create(const struct policy *policy, const struct inventory *inventory, uint64_t seed,
                             struct world_port world, struct journal_port journal)
{
    struct engine *engine = calloc(1, sizeof *engine);

    if (!engine)
        return NULL;
    engine->own = *policy;
    engine->policy = policy = &engine->own;
    engine->inventory = inventory;
    engine->world = world;
    engine->journal = journal;
    engine->next_health = INT64_MIN;
    engine->detector = detector_create(policy, inventory);
    engine->book = issue_book_create(inventory);
    engine->learning = learning_create(policy, seed);
    engine->gates = gates_create(policy, inventory);
    if (!engine->detector || !engine->book || !engine->learning || !engine->gates) {
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
    issue_book_destroy(engine->book);
    learning_destroy(engine->learning);
    gates_destroy(engine->gates);
    free(engine);
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
        decision.value = issue->value;
        decision.reference = issue->reference;
        decision.score = issue->score;
        decision.by_baseline = issue->by_baseline;
    }
    return decision;
}

void engine_record(struct engine *engine, struct decision *decision)
{
    decision->sequence = ++engine->sequence;
    engine->journal.record(engine->journal.context, decision);
}

static void record_issue(struct engine *engine, const struct open_issue *issue, heal_time now, enum decision_kind kind)
{
    struct decision decision = decision_about(issue, now, kind);
    engine_record(engine, &decision);
}

static void take_evidence(struct open_issue *issue, const struct detector_event *event, const struct policy_rule *rule)
{
    issue->series = event->series;
    issue->value = event->value;
    issue->reference = event->reference;
    issue->score = event->score;
    issue->by_baseline = event->by_baseline;
    issue->severity = event->critical ? SEVERITY_CRITICAL : rule->severity;
}

/* A new issue; `last` is how far the remedy of an earlier one on the same spot had
 * come, or NULL. NULL when BOOK_MAX are open: the anomaly is in the journal all
 * the same. */
static struct open_issue *new_issue(struct engine *engine, heal_time now, const struct detector_event *event,
                                    const struct policy_rule *rule, const struct remediation *last)
{
    uint32_t resource = inventory_series_resource(engine->inventory, event->series);
    struct open_issue *issue = issue_book_open(engine->book, resource, rule->issue);

    if (!issue)
        return NULL;
    issue->opened_at = now;
    take_evidence(issue, event, rule);
    record_issue(engine, issue, now, DECISION_ISSUE_OPENED);
    if (last) {
        issue->remediation = *last;
        issue->remediation.id = 0;
        issue->remediation.approved = false;
        remediation_relapse(engine, issue);
    }
    return issue;
}

static void open_issue(struct engine *engine, heal_time now, const struct detector_event *event,
                       const struct policy_rule *rule)
{
    uint32_t resource = inventory_series_resource(engine->inventory, event->series);
    struct open_issue *issue = issue_book_find(engine->book, resource, rule->issue);

    if (!issue) {
        issue = new_issue(engine, now, event, rule, NULL);
    } else if (issue->closed_at != HEAL_TIME_NEVER && now - issue->closed_at > engine->policy->issue_cool_down) {
        struct remediation last = issue->remediation;
        issue_book_remove(engine->book, issue);
        issue = new_issue(engine, now, event, rule, &last);
    } else if (issue->closed_at != HEAL_TIME_NEVER) {
        issue->closed_at = HEAL_TIME_NEVER;
        take_evidence(issue, event, rule);
        record_issue(engine, issue, now, DECISION_ISSUE_REOPENED);
        remediation_relapse(engine, issue);
    } else if ((event->critical ? SEVERITY_CRITICAL : rule->severity) > issue->severity) {
        take_evidence(issue, event, rule);
        record_issue(engine, issue, now, DECISION_ISSUE_CHANGED);
    }
    if (!issue)
        return;
    issue->anomalies++;
    issue->quiet_since = HEAL_TIME_NEVER;
}

static void worsen_issue(struct engine *engine, heal_time now, const struct detector_event *event,
                         const struct policy_rule *rule)
{
    uint32_t resource = inventory_series_resource(engine->inventory, event->series);
    struct open_issue *issue = issue_book_find(engine->book, resource, rule->issue);

    if (!issue || issue->closed_at != HEAL_TIME_NEVER || issue->severity >= SEVERITY_CRITICAL)
        return;
    take_evidence(issue, event, rule);
    record_issue(engine, issue, now, DECISION_ISSUE_CHANGED);
}

static void calm_issue(struct engine *engine, heal_time now, const struct detector_event *event,
                       const struct policy_rule *rule)
{
    uint32_t resource = inventory_series_resource(engine->inventory, event->series);
    struct open_issue *issue = issue_book_find(engine->book, resource, rule->issue);

    if (issue && issue->anomalies > 0 && --issue->anomalies == 0)
        issue->quiet_since = now;
}

static void take_event(struct engine *engine, heal_time now, const struct detector_event *event)
{
    static const enum decision_kind KINDS[] = {
        [ANOMALY_BEGAN] = DECISION_ANOMALY_BEGAN,
        [ANOMALY_WORSENED] = DECISION_ANOMALY_BEGAN,
        [ANOMALY_ENDED] = DECISION_ANOMALY_ENDED,
    };
    const struct policy_rule *rule = detector_rule(engine->detector, event->series);

    if (event->kind != ANOMALY_WORSENED) {
        struct decision decision = decision_about(NULL, now, KINDS[event->kind]);
        decision.type = rule->issue;
        decision.series = event->series;
        decision.resource = inventory_series_resource(engine->inventory, event->series);
        decision.value = event->value;
        decision.reference = event->reference;
        decision.score = event->score;
        decision.by_baseline = event->by_baseline;
        engine_record(engine, &decision);
    }
    if (rule->issue == ISSUE_NONE)
        return;
    if (event->kind == ANOMALY_BEGAN)
        open_issue(engine, now, event, rule);
    else if (event->kind == ANOMALY_WORSENED)
        worsen_issue(engine, now, event, rule);
    else
        calm_issue(engine, now, event, rule);
}

/* Over: the anomalies are gone and no remedy is still at work on it. */
static void close_if_over(struct engine *engine, struct open_issue *issue, heal_time now)
{
    enum remediation_phase phase = issue->remediation.phase;

    if (issue->quiet_since == HEAL_TIME_NEVER || (phase != PHASE_NONE && phase != PHASE_ENDED))
        return;
    issue->closed_at = now;
    record_issue(engine, issue, now, DECISION_ISSUE_CLOSED);
}

static void advance(struct engine *engine, heal_time now)
{
    for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--) {
        for (size_t i = 0; i < issue_book_count(engine->book); i++) {
            struct open_issue *issue = issue_book_at(engine->book, i);
            if (issue->closed_at != HEAL_TIME_NEVER || (int)issue->severity != severity)
                continue;
            remediation_advance(engine, issue, now);
            close_if_over(engine, issue, now);
        }
    }
}

static size_t open_count(const struct engine *engine)
{
    size_t open = 0;

    for (size_t i = 0; i < issue_book_count(engine->book); i++)
        open += issue_book_at(engine->book, i)->closed_at == HEAL_TIME_NEVER;
    return open;
}

static void score_health(struct engine *engine, heal_time now)
{
    struct decision decision = decision_about(NULL, now, DECISION_HEALTH);

    decision.score = health_scores(engine, decision.health);
    decision.value = (double)open_count(engine);
    decision.reference = (double)engine->auto_remediated;
    engine_record(engine, &decision);
    engine->next_health = now + engine->policy->health_interval;
}

static heal_duration longer(heal_duration a, heal_duration b)
{
    return a > b ? a : b;
}

void engine_frame(struct engine *engine, heal_time now, const double *values)
{
    size_t count;
    const struct detector_event *events = detector_frame(engine->detector, now, values, &count);

    engine->frames++;
    issue_book_expire(engine->book, now - longer(engine->policy->issue_cool_down, engine->policy->relapse_within));
    for (size_t i = 0; i < count; i++)
        take_event(engine, now, &events[i]);
    if (issue_book_count(engine->book) > 0)
        advance(engine, now);
    if (now >= engine->next_health)
        score_health(engine, now);
}

void engine_action_ended(struct engine *engine, heal_time now, uint64_t action, enum action_outcome outcome)
{
    for (size_t i = 0; action != 0 && i < issue_book_count(engine->book); i++) {
        struct open_issue *issue = issue_book_at(engine->book, i);
        if (issue->remediation.action != action)
            continue;
        if (issue->remediation.phase == PHASE_ACTING || issue->remediation.phase == PHASE_UNDO)
            remediation_action_ended(engine, issue, now,
                                     now > issue->remediation.deadline ? ACTION_TIMED_OUT : outcome);
        break;
    }
    advance(engine, now);
}

void engine_approve(struct engine *engine, heal_time now, uint64_t issue_id)
{
    for (size_t i = 0; i < issue_book_count(engine->book); i++) {
        struct open_issue *issue = issue_book_at(engine->book, i);
        if (issue->id == issue_id && issue->closed_at == HEAL_TIME_NEVER)
            issue->remediation.approved = true;
    }
    advance(engine, now);
}

void engine_tick(struct engine *engine, heal_time now)
{
    advance(engine, now);
}

heal_time engine_next_deadline(const struct engine *engine)
{
    heal_time next = HEAL_TIME_NEVER;

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
        .issues = issue_book_opened(engine->book),
        .open_issues = open_count(engine),
        .remediations = engine->remediations,
    };
}
