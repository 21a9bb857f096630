/* remediation.c - one issue's course through its ladder.
 *
 *   NONE -> (APPROVAL) -> DELAY -> ACTING -> ... -> VERIFY -> ENDED(success)
 *                           ^                         |
 *                           +---- UNDO <-- failed ----+--> ENDED(escalated)
 *
 * Each function leaves the remediation in a phase that waits for something: a
 * timer, an answer, a frame. Nothing loops. */
#include "engine/state.h"

static const heal_duration PAGE_TIMEOUT = 30 * HEAL_SECOND;

static void run_step(struct engine *engine, struct open_issue *issue, heal_time now);
static void next_attempt(struct engine *engine, struct open_issue *issue, heal_time now);

static const struct strategy *strategy_of(const struct engine *engine, const struct remediation *remediation)
{
    return &engine->policy->strategies[remediation->strategy];
}

static struct decision about_attempt(const struct open_issue *issue, heal_time now, enum decision_kind kind)
{
    struct decision decision = decision_about(issue, now, kind);
    decision.strategy = issue->remediation.strategy;
    decision.attempt = issue->remediation.attempt;
    return decision;
}

static uint32_t step_target(const struct engine *engine, const struct open_issue *issue,
                            const struct strategy_step *step)
{
    uint32_t target = RESOURCE_NONE;

    switch (step->target) {
    case STEP_TARGET_SELF:
        break;
    case STEP_TARGET_OWNER:
        target = inventory_target(engine->inventory, issue->resource, RELATION_OWNED_BY);
        break;
    case STEP_TARGET_NODE:
        target = inventory_target(engine->inventory, issue->resource, RELATION_RUNS_ON);
        break;
    case STEP_TARGET_VOLUME:
        target = inventory_target(engine->inventory, issue->resource, RELATION_MOUNTS);
        break;
    }
    return target == RESOURCE_NONE ? issue->resource : target;
}

/* Sends an action out. What it is about is in `action`; id and owner come here. */
static uint64_t start_action(struct engine *engine, const struct open_issue *issue, heal_time now,
                             struct action action)
{
    struct decision decision = about_attempt(issue, now, DECISION_ACTION_STARTED);

    action.id = ++engine->actions;
    action.issue = issue->id;
    action.remediation = issue->remediation.id;
    decision.action = action.id;
    decision.action_kind = action.kind;
    decision.resource = action.target;
    decision.value = action.amount;
    decision.rollback = action.rollback;
    engine_record(engine, &decision);
    engine->world.start(engine->world.context, now, &action);
    return action.id;
}

/* Nobody waits for a page: it is answered by what the person does. A dry run
 * starts no action, and a page is one. */
static void page(struct engine *engine, struct open_issue *issue, heal_time now)
{
    if (engine->policy->dry_run)
        return;
    start_action(engine, issue, now,
                 (struct action){.kind = ACTION_PAGE_OPERATOR, .target = issue->resource, .timeout = PAGE_TIMEOUT});
}

static void end_remediation(struct engine *engine, struct open_issue *issue, heal_time now,
                            enum remediation_status status)
{
    struct decision decision = about_attempt(issue, now, DECISION_REMEDIATION_ENDED);

    issue->remediation.phase = PHASE_ENDED;
    issue->remediation.status = status;
    issue->remediation.deadline = HEAL_TIME_NEVER;
    decision.status = status;
    engine_record(engine, &decision);
    if (status == REMEDIATION_SUCCESS)
        engine->auto_remediated++;
}

static void escalate(struct engine *engine, struct open_issue *issue, heal_time now)
{
    page(engine, issue, now);
    end_remediation(engine, issue, now, engine->policy->dry_run ? REMEDIATION_DRY_RUN : REMEDIATION_ESCALATED);
}

static void hold(struct engine *engine, struct open_issue *issue, heal_time now, enum gate gate)
{
    struct remediation *remediation = &issue->remediation;

    if (remediation->gate == gate)
        return; /* said already */
    remediation->gate = gate;
    struct decision decision = about_attempt(issue, now, DECISION_REMEDIATION_HELD);
    decision.gate = gate;
    engine_record(engine, &decision);
    bool wants_person = gate == GATE_RESOURCE_LIMIT || gate == GATE_TOTAL_LIMIT || gate == GATE_FROZEN ||
                        gate == GATE_APPROVAL || gate == GATE_AUTO_REMEDIATION_OFF;
    if (wants_person && !remediation->paged) {
        remediation->paged = true;
        page(engine, issue, now);
    }
}

static void begin_attempt(struct engine *engine, struct open_issue *issue, heal_time now, heal_duration backoff)
{
    struct remediation *remediation = &issue->remediation;
    const struct strategy *strategy = strategy_of(engine, remediation);

    remediation->step = 0;
    remediation->by_hand = false;
    if (strategy->needs_approval) {
        if (!remediation->approved) {
            remediation->phase = PHASE_APPROVAL;
            hold(engine, issue, now, GATE_APPROVAL);
            return;
        }
        remediation->approved = false; /* a yes is for one attempt */
        remediation->paged = false;
    }
    remediation->gate = GATE_NONE;
    remediation->phase = PHASE_DELAY;
    remediation->deadline = now + backoff + strategy->steps[0].delay;
    if (remediation->deadline == now)
        run_step(engine, issue, now);
}

static bool may_act(const struct engine *engine, const struct strategy *strategy)
{
    return !engine->policy->dry_run && !strategy->dry_run;
}

/* The next try of this strategy, the next rung, or a person. */
static void next_attempt(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    heal_duration backoff = 0;

    if (remediation->strategy != UINT32_MAX && remediation->attempt < strategy_of(engine, remediation)->attempts) {
        const struct strategy *strategy = strategy_of(engine, remediation);
        double factor = 1.0;
        for (uint32_t i = 1; i < remediation->attempt; i++)
            factor *= strategy->backoff_factor;
        double span = remediation->attempt > 0 ? (double)strategy->backoff * factor : 0.0;
        backoff = span < (double)HEAL_DAY ? (heal_duration)span : HEAL_DAY;
        remediation->attempt++;
    } else {
        const struct ladder *ladder = &engine->policy->ladders[issue->type];
        int rung = learning_choose(engine->learning, ladder, remediation->tried);
        if (rung < 0) {
            escalate(engine, issue, now);
            return;
        }
        remediation->tried |= UINT32_C(1) << rung;
        remediation->strategy = ladder->rungs[rung];
        remediation->attempt = 1;
    }
    if (!may_act(engine, strategy_of(engine, remediation))) {
        struct decision plan = about_attempt(issue, now, DECISION_ATTEMPT_STARTED);
        plan.gate = GATE_DRY_RUN;
        engine_record(engine, &plan);
        end_remediation(engine, issue, now, REMEDIATION_DRY_RUN);
        return;
    }
    begin_attempt(engine, issue, now, backoff);
}

static void start_remediation(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    enum gate gate = gates_check(engine->gates, engine->book, issue, now);

    bool others = gate == GATE_RESOURCE_BUSY || gate == GATE_CONCURRENT_LIMIT;
    if (gate != GATE_NONE && (others || !remediation->forced)) {
        hold(engine, issue, now, gate);
        return;
    }
    remediation->forced = false;
    remediation->gate = GATE_NONE;
    remediation->id = ++engine->remediations;
    gates_note_start(engine->gates, issue->resource, now);
    struct decision decision = decision_about(issue, now, DECISION_REMEDIATION_STARTED);
    engine_record(engine, &decision);
    next_attempt(engine, issue, now);
}

/* Starts the step that is due, or goes over to verification behind the last. */
static void run_step(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    const struct strategy_step *step = &strategy_of(engine, remediation)->steps[remediation->step];

    if (remediation->step == 0) {
        struct decision decision = about_attempt(issue, now, DECISION_ATTEMPT_STARTED);
        engine_record(engine, &decision);
        remediation->done_steps = 0;
        remediation->undone = false;
    }
    remediation->phase = PHASE_ACTING;
    remediation->action_kind = step->action;
    remediation->deadline = now + step->timeout;
    remediation->action = start_action(engine, issue, now,
                                       (struct action){.kind = step->action,
                                                       .target = step_target(engine, issue, step),
                                                       .amount = step->amount,
                                                       .timeout = step->timeout});
}

static void begin_step(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    const struct strategy *strategy = strategy_of(engine, remediation);

    if (remediation->step == strategy->step_count) {
        remediation->phase = PHASE_VERIFY;
        remediation->settled = now + strategy->settle;
        remediation->deadline = now + strategy->verify_within;
    } else if (strategy->steps[remediation->step].delay > 0) {
        remediation->phase = PHASE_DELAY;
        remediation->deadline = now + strategy->steps[remediation->step].delay;
    } else {
        run_step(engine, issue, now);
    }
}

/* Undoes the last done step that can be undone, or ends the rollback. */
static void undo_next(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    const struct strategy *strategy = strategy_of(engine, remediation);

    while (remediation->step > 0) {
        const struct strategy_step *step = &strategy->steps[--remediation->step];
        enum action_kind inverse = action_inverse(step->action);
        if (!(remediation->done_steps >> remediation->step & 1) || inverse == ACTION_KIND_COUNT)
            continue;
        remediation->phase = PHASE_UNDO;
        remediation->action_kind = inverse;
        remediation->deadline = now + step->timeout;
        remediation->action = start_action(engine, issue, now,
                                           (struct action){.kind = inverse,
                                                           .target = step_target(engine, issue, step),
                                                           .amount = step->amount,
                                                           .timeout = step->timeout,
                                                           .rollback = true});
        return;
    }
    struct decision decision = about_attempt(issue, now, DECISION_ROLLBACK_ENDED);
    decision.outcome = remediation->undo_failed ? ACTION_FAILED : ACTION_SUCCEEDED;
    engine_record(engine, &decision);
    remediation->undone = true;
    if (remediation->undo_failed) {
        gates_freeze(engine->gates, issue->resource);
        escalate(engine, issue, now);
        return;
    }
    if (remediation->by_hand)
        end_remediation(engine, issue, now, REMEDIATION_FAILED);
    else
        next_attempt(engine, issue, now);
}

static bool can_undo(const struct strategy *strategy, const struct remediation *remediation)
{
    for (size_t i = 0; i < strategy->step_count; i++) {
        if ((remediation->done_steps >> i & 1) && action_inverse(strategy->steps[i].action) != ACTION_KIND_COUNT)
            return true;
    }
    return false;
}

static void start_undo(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct decision decision = about_attempt(issue, now, DECISION_ROLLBACK_STARTED);

    engine_record(engine, &decision);
    issue->remediation.step = (uint32_t)strategy_of(engine, &issue->remediation)->step_count;
    issue->remediation.undo_failed = false;
    undo_next(engine, issue, now);
}

static void fail_attempt(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    const struct strategy *strategy = strategy_of(engine, remediation);
    struct decision decision = about_attempt(issue, now, DECISION_ATTEMPT_FAILED);

    engine_record(engine, &decision);
    learning_note(engine->learning, remediation->strategy, false);
    if (strategy->undo_on_failure && can_undo(strategy, remediation))
        start_undo(engine, issue, now);
    else
        next_attempt(engine, issue, now);
}

static void record_action_end(struct engine *engine, const struct open_issue *issue, heal_time now,
                              enum action_outcome outcome)
{
    struct decision decision = about_attempt(issue, now, DECISION_ACTION_ENDED);

    decision.action = issue->remediation.action;
    decision.action_kind = issue->remediation.action_kind;
    decision.outcome = outcome;
    decision.rollback = issue->remediation.phase == PHASE_UNDO;
    engine_record(engine, &decision);
}

void remediation_action_ended(struct engine *engine, struct open_issue *issue, heal_time now,
                              enum action_outcome outcome)
{
    struct remediation *remediation = &issue->remediation;

    record_action_end(engine, issue, now, outcome);
    remediation->action = 0;
    if (remediation->phase == PHASE_UNDO) {
        if (outcome != ACTION_SUCCEEDED)
            remediation->undo_failed = true;
        undo_next(engine, issue, now);
        return;
    }
    /* After a time-out nobody knows: it is undone as if it had been done. */
    if (outcome == ACTION_SUCCEEDED || outcome == ACTION_TIMED_OUT)
        remediation->done_steps |= UINT32_C(1) << remediation->step;
    if (outcome != ACTION_SUCCEEDED) {
        fail_attempt(engine, issue, now);
        return;
    }
    remediation->step++;
    begin_step(engine, issue, now);
}

static heal_time good_at(const struct engine *engine, const struct open_issue *issue)
{
    if (issue->quiet_since == HEAL_TIME_NEVER)
        return HEAL_TIME_NEVER;
    heal_time good = issue->quiet_since + strategy_of(engine, &issue->remediation)->verify_hold;
    return good > issue->remediation.settled ? good : issue->remediation.settled;
}

static void verify(struct engine *engine, struct open_issue *issue, heal_time now)
{
    if (now >= good_at(engine, issue)) {
        struct decision decision = about_attempt(issue, now, DECISION_ATTEMPT_VERIFIED);
        engine_record(engine, &decision);
        learning_note(engine->learning, issue->remediation.strategy, true);
        end_remediation(engine, issue, now, REMEDIATION_SUCCESS);
    } else if (now >= issue->remediation.deadline) {
        fail_attempt(engine, issue, now);
    }
}

/* The signal came back while the next attempt was only waiting. What was last
 * done and left standing gets the credit; if it was rolled back, nobody does. The
 * attempt that waited was not made: should the trouble come back, it is next. */
static bool recovered_while_waiting(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;

    if (issue->quiet_since == HEAL_TIME_NEVER || remediation->step > 0)
        return false;
    bool acted = remediation->attempt > 1 && remediation->done_steps != 0 && !remediation->undone;
    if (acted)
        learning_note(engine->learning, remediation->strategy, true);
    end_remediation(engine, issue, now, acted ? REMEDIATION_SUCCESS : REMEDIATION_FAILED);
    remediation->attempt--;
    return true;
}

void remediation_advance(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;

    switch (remediation->phase) {
    case PHASE_NONE:
        if (issue->quiet_since == HEAL_TIME_NEVER)
            start_remediation(engine, issue, now);
        break;
    case PHASE_APPROVAL:
        if (recovered_while_waiting(engine, issue, now))
            break;
        if (remediation->approved)
            begin_attempt(engine, issue, now, 0);
        break;
    case PHASE_DELAY:
        if (!recovered_while_waiting(engine, issue, now) && now >= remediation->deadline)
            run_step(engine, issue, now);
        break;
    case PHASE_ACTING:
    case PHASE_UNDO:
        if (now >= remediation->deadline)
            remediation_action_ended(engine, issue, now, ACTION_TIMED_OUT);
        break;
    case PHASE_VERIFY:
        verify(engine, issue, now);
        break;
    case PHASE_ENDED:
        break;
    }
}

void remediation_relapse(struct engine *engine, struct open_issue *issue)
{
    struct remediation *remediation = &issue->remediation;

    remediation->gate = GATE_NONE;
    remediation->paged = false;
    if (remediation->phase != PHASE_ENDED)
        return;
    if (remediation->status == REMEDIATION_DRY_RUN) { /* nothing was tried: the plan is the same */
        remediation->tried = 0;
        remediation->strategy = UINT32_MAX;
    }
    if (remediation->status == REMEDIATION_SUCCESS && remediation->strategy != UINT32_MAX)
        learning_relapse(engine->learning, remediation->strategy);
    remediation->phase = PHASE_NONE;
}

bool remediation_force(struct open_issue *issue)
{
    struct remediation *remediation = &issue->remediation;

    if (remediation->phase == PHASE_APPROVAL) {
        remediation->approved = true;
        return true;
    }
    if (remediation->phase != PHASE_NONE && remediation->phase != PHASE_ENDED)
        return false;
    remediation->tried = 0; /* from the foot of the ladder */
    remediation->strategy = UINT32_MAX;
    remediation->phase = PHASE_NONE;
    remediation->forced = true;
    return true;
}

bool remediation_roll_back(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    bool stands = remediation->phase == PHASE_VERIFY ||
                  (remediation->phase == PHASE_ENDED && remediation->status == REMEDIATION_SUCCESS);

    if (!stands || remediation->strategy == UINT32_MAX || remediation->undone ||
        !can_undo(strategy_of(engine, remediation), remediation))
        return false;
    if (issue->closed_at != HEAL_TIME_NEVER) { /* what is done about it has to be seen to its end */
        issue->closed_at = HEAL_TIME_NEVER;
        struct decision reopened = decision_about(issue, now, DECISION_ISSUE_REOPENED);
        engine_record(engine, &reopened);
    }
    if (remediation->phase == PHASE_ENDED)
        learning_relapse(engine->learning, remediation->strategy);
    remediation->by_hand = true;
    start_undo(engine, issue, now);
    return true;
}

heal_time remediation_deadline(const struct engine *engine, const struct open_issue *issue)
{
    switch (issue->remediation.phase) {
    case PHASE_DELAY:
    case PHASE_ACTING:
    case PHASE_UNDO:
        return issue->remediation.deadline;
    case PHASE_VERIFY: {
        heal_time good = good_at(engine, issue);
        return good < issue->remediation.deadline ? good : issue->remediation.deadline;
    }
    case PHASE_NONE:
    case PHASE_APPROVAL:
    case PHASE_ENDED:
        break;
    }
    return HEAL_TIME_NEVER;
}
