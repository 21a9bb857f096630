/* attempt.c - one attempt of one strategy: its steps, its verdict, its rollback.
 *
 *   (APPROVAL) -> DELAY -> (WAIT) -> ACTING -> ... -> VERIFY -> success
 *                                      |                |
 *                                      +---- failed ----+--> UNDO -> the next attempt
 *
 * Each function leaves the remediation in a phase that waits for something: a
 * timer, an answer, a frame. Nothing loops. */
#include "engine/calendar.h"
#include "engine/state.h"

#include <math.h>
#include <string.h>

/* Who answers: the workload, or a pod of it, that a link calls. A database has no replicas
 * of ours; and any other resource answers itself. */
static uint32_t answerer(const struct inventory *inventory, uint32_t resource)
{
    bool link = inventory_has_kind(inventory, resource, "link");
    uint32_t callee = link ? inventory_target(inventory, resource, RELATION_CALLS) : RESOURCE_NONE;
    bool serves = callee != RESOURCE_NONE &&
                  (inventory_has_kind(inventory, callee, "workload") || inventory_has_kind(inventory, callee, "pod"));

    return serves ? callee : resource;
}

uint32_t step_target(const struct engine *engine, uint32_t resource, const struct strategy_step *step)
{
    static const enum relation RELATIONS[] = {[STEP_TARGET_OWNER] = RELATION_OWNED_BY,
                                              [STEP_TARGET_NODE] = RELATION_RUNS_ON,
                                              [STEP_TARGET_VOLUME] = RELATION_MOUNTS,
                                              [STEP_TARGET_CALLEE] = RELATION_OWNED_BY};
    if (step->target == STEP_TARGET_CALLEE)
        resource = answerer(engine->inventory, resource);
    uint32_t target = step->target == STEP_TARGET_SELF
                          ? RESOURCE_NONE
                          : inventory_target(engine->inventory, resource, RELATIONS[step->target]);
    return target == RESOURCE_NONE ? resource : target;
}

double step_amount(const struct strategy_step *step, double load_amount)
{
    return step->amount_max > step->amount ? fmin(fmax(load_amount, step->amount), step->amount_max) : step->amount;
}

struct action step_action(const struct strategy_step *step, enum action_kind kind, uint32_t target, double load_amount,
                          double before)
{
    return (struct action){.kind = kind,
                           .target = target,
                           .amount = step_amount(step, load_amount),
                           .unit = step->unit,
                           .before = before,
                           .timeout = step->timeout,
                           .rollback = kind != step->action};
}

double known_before(enum action_kind kind, double before)
{
    return isfinite(before) && action_before_unit(kind) ? before : NAN;
}

/* Replicas that bring the load per member back to its reference: with n members at
 * v, n * (v / reference - 1) more, rounded up. */
static double load_amount(const struct engine *engine, const struct open_issue *issue)
{
    uint32_t owner = inventory_target(engine->inventory, issue->resource, RELATION_OWNED_BY);
    size_t members = owner == RESOURCE_NONE ? 1 : dependents_members(engine->dependents, owner);
    double over = issue->value / issue->reference - 1.0;

    return isfinite(over) && over > 0.0 ? ceil((double)members * over) : 1.0;
}

static bool needs_approval(const struct engine *engine, const struct open_issue *issue)
{
    const struct strategy *strategy = strategy_of(engine, issue);
    const struct policy_guards *guards = &engine->policy->guards;

    if (strategy->needs_approval)
        return true;
    for (size_t s = 0; s < strategy->step_count; s++) {
        const char *target =
            inventory_resource_id(engine->inventory, step_target(engine, issue->resource, &strategy->steps[s]));
        for (size_t i = 0; i < guards->approval_count; i++) {
            if (guards->approvals[i].action == strategy->steps[s].action &&
                resource_glob_match(guards->approvals[i].resources, target))
                return true;
        }
    }
    return false;
}

static bool is_outside(const struct engine *engine, const struct open_issue *issue, heal_time now)
{
    const struct strategy *strategy = strategy_of(engine, issue);

    return strategy->window && !issue->remediation.forced &&
           !window_is_open(&engine->policy->windows[strategy->window_index], now);
}

/* The window is shut, and the trouble too bad to wait for it: somebody has to say so. */
static bool is_urgent(const struct engine *engine, const struct open_issue *issue, heal_time now)
{
    unsigned from = strategy_of(engine, issue)->urgent_from;

    return from > 0 && (unsigned)issue->severity + 1U >= from && is_outside(engine, issue, now);
}

/* A person has to agree: the strategy or a step says so, or it is outside its window and urgent. */
static bool wants_yes(const struct engine *engine, const struct open_issue *issue, heal_time now)
{
    return !issue->remediation.forced && (needs_approval(engine, issue) || is_urgent(engine, issue, now));
}

static bool has_yes(const struct remediation *remediation, heal_time now)
{
    return remediation->approved && now < remediation->approved_until;
}

bool attempt_is_allowed(const struct engine *engine, const struct open_issue *issue, heal_time now)
{
    return has_yes(&issue->remediation, now) || !wants_yes(engine, issue, now);
}

static void ask(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    heal_duration expires = engine->policy->guards.approval_expires;

    remediation->approved = false;
    issue_book_set_phase(engine->book, issue, PHASE_APPROVAL);
    remediation->deadline = expires > 0 ? now + expires : HEAL_TIME_NEVER;
    remediation_hold(engine, issue, now, GATE_APPROVAL);
}

void attempt_begin(struct engine *engine, struct open_issue *issue, heal_time now, heal_duration backoff)
{
    struct remediation *remediation = &issue->remediation;

    remediation->step = 0;
    remediation->done_steps = 0;
    remediation->undo_failed = false;
    remediation->by_hand = false;
    if (attempt_is_allowed(engine, issue, now))
        attempt_open(engine, issue, now, backoff);
    else
        ask(engine, issue, now);
}

void attempt_open(struct engine *engine, struct open_issue *issue, heal_time now, heal_duration backoff)
{
    struct remediation *remediation = &issue->remediation;

    remediation->gate = GATE_NONE;
    issue_book_set_phase(engine->book, issue, PHASE_DELAY);
    remediation->deadline = now + backoff + strategy_of(engine, issue)->steps[0].delay;
    if (remediation->deadline <= now)
        attempt_start(engine, issue, now);
}

/* The first step is due: if its window is open and nothing has come in between. */
void attempt_start(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    const struct strategy *strategy = strategy_of(engine, issue);

    if (!remediation_may_act(engine, issue)) {
        plan_attempt(engine, issue, now);
        remediation_end(engine, issue, now, REMEDIATION_DRY_RUN, GATE_NONE);
        return;
    }
    enum gate gate = GATE_NONE;
    remediation->deadline = HEAL_TIME_NEVER;
    if (is_outside(engine, issue, now) && !is_urgent(engine, issue, now)) {
        gate = GATE_WINDOW;
        remediation->deadline = window_next_open(&engine->policy->windows[strategy->window_index], now);
    } else {
        gate = gates_check(engine->gates, engine->book, issue, now, remediation->forced ? GATES_BY_HAND : GATES_AGAIN);
    }
    if (gate == GATE_NONE && !remediation->forced && remediation_targets_frozen(engine, issue->resource, strategy))
        gate = GATE_FROZEN;
    if (gate != GATE_NONE) {
        issue_book_set_phase(engine->book, issue, PHASE_WAIT);
        remediation_hold(engine, issue, now, gate);
        return;
    }
    if (wants_yes(engine, issue, now)) {
        if (!has_yes(remediation, now)) { /* it grew old while this waited */
            ask(engine, issue, now);
            return;
        }
        remediation->approved = false; /* a yes is for one attempt */
        remediation->paged = false;
    }
    remediation->gate = GATE_NONE;
    attempt_run_step(engine, issue, now);
}

/* Starts the step that is due. */
void attempt_run_step(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    const struct strategy_step *step = &strategy_of(engine, issue)->steps[remediation->step];

    if (remediation->step == 0) {
        struct decision attempt = about_attempt(issue, now, DECISION_ATTEMPT_STARTED);
        engine_record(engine, &attempt);
        remediation->did = false;
        remediation->undone = false;
        remediation->refused = false;
        remediation->acted = true;
        gates_note_attempt(engine->gates, issue->resource, now);
        circuit_note_start(engine->circuit, remediation->strategy, now);
    }
    uint32_t target = step_target(engine, issue->resource, step);
    if (remediation->step > 0 && !remediation->forced && gates_is_frozen(engine->gates, target)) {
        attempt_fail(engine, issue, now); /* what another remedy's rollback left there is not known */
        return;
    }
    struct decision decision = about_attempt(issue, now, DECISION_ACTION_STARTED);
    issue_book_set_phase(engine->book, issue, PHASE_ACTING);
    remediation->action_kind = step->action;
    remediation->deadline = now + step->timeout;
    struct action action = step_action(step, step->action, target, remediation->load_amount, NAN);
    action.issue = issue->id;
    action.remediation = remediation->id;
    remediation->action = engine_start_action(engine, now, &decision, action);
}

/* The longest averaging window of the series that the issue rests on. */
static heal_duration metric_settle(const struct engine *engine, const struct open_issue *issue)
{
    const struct policy_rule *rule = detector_rule(engine->detector, issue->series);
    heal_duration longest = rule ? rule->settle : 0;
    size_t count;
    const uint32_t *series = inventory_resource_series(engine->inventory, issue->resource, &count);

    for (size_t i = 0; i < count && i < 64; i++) {
        rule = detector_rule(engine->detector, series[i]);
        if ((issue->evidence >> i & 1) && rule && rule->settle > longest)
            longest = rule->settle;
    }
    return longest;
}

static void begin_step(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    const struct strategy *strategy = strategy_of(engine, issue);

    if (remediation->step == strategy->step_count) {
        heal_duration metric = metric_settle(engine, issue);
        heal_duration longer = metric > strategy->settle ? metric - strategy->settle : 0;
        issue_book_set_phase(engine->book, issue, PHASE_VERIFY);
        remediation->settled = now + strategy->settle + longer;
        remediation->deadline = now + strategy->verify_within + longer;
        intake_forget_forecasts(engine, now, issue->resource);
    } else if (strategy->steps[remediation->step].delay > 0) {
        issue_book_set_phase(engine->book, issue, PHASE_DELAY);
        remediation->deadline = now + strategy->steps[remediation->step].delay;
    } else {
        attempt_run_step(engine, issue, now);
    }
}

/* Undoes the last done step that can be undone, or ends the rollback. */
static void undo_next(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    const struct strategy *strategy = strategy_of(engine, issue);

    while (remediation->step > 0) {
        const struct strategy_step *step = &strategy->steps[--remediation->step];
        enum action_kind inverse = action_inverse(step->action);
        if (!(remediation->done_steps >> remediation->step & 1) || inverse == ACTION_KIND_COUNT)
            continue;
        struct decision decision = about_attempt(issue, now, DECISION_ACTION_STARTED);
        issue_book_set_phase(engine->book, issue, PHASE_UNDO);
        remediation->action_kind = inverse;
        remediation->deadline = now + step->timeout;
        struct action action = step_action(step, inverse, step_target(engine, issue->resource, step),
                                           remediation->load_amount, remediation->before[remediation->step]);
        action.issue = issue->id;
        action.remediation = remediation->id;
        remediation->action = engine_start_action(engine, now, &decision, action);
        return;
    }
    struct decision decision = about_attempt(issue, now, DECISION_ROLLBACK_ENDED);
    decision.outcome = remediation->undo_failed ? ACTION_FAILED : ACTION_SUCCEEDED;
    engine_record(engine, &decision);
    remediation->undone = true;
    if (remediation->undo_failed) {
        gates_freeze(engine->gates, issue->resource);
        remediation_escalate(engine, issue, now, GATE_FROZEN);
    } else if (remediation->by_hand) {
        remediation_end(engine, issue, now, REMEDIATION_FAILED, GATE_NONE);
    } else {
        remediation_next(engine, issue, now);
    }
}

void attempt_take_back(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct decision decision = about_attempt(issue, now, DECISION_ROLLBACK_STARTED);

    engine_record(engine, &decision);
    issue->remediation.step = (uint32_t)strategy_of(engine, issue)->step_count;
    issue->remediation.undo_failed = false;
    undo_next(engine, issue, now);
}

void attempt_fail(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    const struct strategy *strategy = strategy_of(engine, issue);
    struct decision decision = about_attempt(issue, now, DECISION_ATTEMPT_FAILED);

    engine_record(engine, &decision);
    learning_note(engine->learning, remediation->strategy, remediation->signature, false, now);
    if (circuit_note_end(engine->circuit, remediation->strategy, false, now)) {
        decision = about_attempt(issue, now, DECISION_CIRCUIT_OPENED);
        decision.value = heal_duration_seconds(engine->policy->guards.circuit_open_for);
        engine_record(engine, &decision);
    }
    if (strategy->undo_on_failure && remediation_can_undo(strategy, remediation->done_steps))
        attempt_take_back(engine, issue, now);
    else
        remediation_next(engine, issue, now);
}

void remediation_action_ended(struct engine *engine, struct open_issue *issue, heal_time now,
                              enum action_outcome outcome, double before)
{
    struct remediation *remediation = &issue->remediation;
    struct decision decision = about_attempt(issue, now, DECISION_ACTION_ENDED);

    decision.action = remediation->action;
    decision.action_kind = remediation->action_kind;
    decision.outcome = outcome;
    decision.rollback = remediation->phase == PHASE_UNDO;
    decision.value = known_before(remediation->action_kind, before);
    decision.reference = NAN;
    engine_record(engine, &decision);
    remediation->action = 0;
    if (remediation->phase == PHASE_UNDO) {
        if (outcome != ACTION_SUCCEEDED) {
            remediation->undo_failed = true;
            gates_freeze(engine->gates,
                         step_target(engine, issue->resource, &strategy_of(engine, issue)->steps[remediation->step]));
        }
        undo_next(engine, issue, now);
        return;
    }
    /* After a time-out nobody knows: it is undone as if it had been done. */
    if (outcome == ACTION_SUCCEEDED || outcome == ACTION_TIMED_OUT) {
        remediation->done_steps |= UINT32_C(1) << remediation->step;
        remediation->before[remediation->step] = known_before(remediation->action_kind, before);
        remediation->did = true;
    }
    if (outcome != ACTION_SUCCEEDED) {
        attempt_fail(engine, issue, now);
        return;
    }
    remediation->step++;
    begin_step(engine, issue, now);
}

heal_time attempt_good_at(const struct engine *engine, const struct open_issue *issue)
{
    if (issue->quiet_since == HEAL_TIME_NEVER)
        return HEAL_TIME_NEVER;
    heal_time good = issue->quiet_since + strategy_of(engine, issue)->verify_hold;
    return good > issue->remediation.settled ? good : issue->remediation.settled;
}

void attempt_put_off(const struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    heal_time until = now + strategy_of(engine, issue)->verify_within;

    if (remediation->deadline < until)
        remediation->deadline = until;
    if (remediation->rung_until < until)
        remediation->rung_until = until;
}

void attempt_verify(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;

    if (!issue->stale && now >= attempt_good_at(engine, issue)) {
        struct decision decision = about_attempt(issue, now, DECISION_ATTEMPT_VERIFIED);
        engine_record(engine, &decision);
        learning_note(engine->learning, remediation->strategy, remediation->signature, true, now);
        circuit_note_end(engine->circuit, remediation->strategy, true, now);
        remediation_end(engine, issue, now, REMEDIATION_SUCCESS, GATE_NONE);
    } else if (now >= remediation->deadline || now >= remediation->rung_until) {
        attempt_fail(engine, issue, now);
    }
}

/* load_amount is a property of the issue as it was when the strategy was chosen. */
void attempt_weigh(const struct engine *engine, struct open_issue *issue)
{
    issue->remediation.load_amount = load_amount(engine, issue);
}
