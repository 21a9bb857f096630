/* remediation.c - one issue's course through its ladder.
 *
 *   NONE -> attempt -> ... -> ENDED(success)
 *             ^ |
 *             +-+ failed: again, the next rung, or a person: ENDED(escalated)
 *
 * What happens within an attempt is in attempt.c. */
#include "engine/spread.h"
#include "engine/state.h"

#include <math.h>
#include <string.h>

const struct strategy *strategy_of(const struct engine *engine, const struct open_issue *issue)
{
    return &engine->policy->strategies[issue->remediation.strategy];
}

struct decision about_attempt(const struct open_issue *issue, heal_time now, enum decision_kind kind)
{
    struct decision decision = decision_about(issue, now, kind);
    decision.strategy = issue->remediation.strategy;
    decision.attempt = issue->remediation.attempt;
    return decision;
}

bool remediation_can_undo(const struct strategy *strategy, uint32_t done_steps)
{
    for (size_t i = 0; i < strategy->step_count; i++) {
        if ((done_steps >> i & 1) && action_inverse(strategy->steps[i].action) != ACTION_KIND_COUNT)
            return true;
    }
    return false;
}

static void page(struct engine *engine, const struct open_issue *issue, heal_time now)
{
    if (comebacks_may_call(engine->comebacks, issue->resource, issue->type, now))
        engine_page(engine, now, issue->id, issue->remediation.id, issue->resource, issue->type, issue->severity);
}

/* What was done and helped may be taken back later. */
static void remember(struct engine *engine, const struct open_issue *issue, heal_time now)
{
    const struct remediation *remediation = &issue->remediation;

    if (remediation->strategy == UINT32_MAX || remediation->undone ||
        !remediation_can_undo(strategy_of(engine, issue), remediation->done_steps))
        return;
    heal_duration after = strategy_of(engine, issue)->undo_after;
    struct past past = {.state = PAST_STANDS,
                        .issue = issue->id,
                        .remediation = remediation->id,
                        .type = issue->type,
                        .severity = issue->severity,
                        .resource = issue->resource,
                        .strategy = remediation->strategy,
                        .signature = remediation->signature,
                        .done_steps = remediation->done_steps,
                        .load_amount = remediation->load_amount,
                        .due = after > 0 ? now + after : HEAL_TIME_NEVER};
    memcpy(past.before, remediation->before, sizeof past.before);
    undo_keep(&engine->undo, &past);
}

static void thaw(struct engine *engine, const struct open_issue *issue)
{
    gates_thaw(engine->gates, issue->resource);
    if (issue->remediation.strategy == UINT32_MAX)
        return;
    const struct strategy *strategy = strategy_of(engine, issue);
    for (size_t i = 0; i < strategy->step_count; i++)
        gates_thaw(engine->gates, step_target(engine, issue->resource, &strategy->steps[i]));
}

void remediation_end(struct engine *engine, struct open_issue *issue, heal_time now, enum remediation_status status,
                     enum gate gate)
{
    struct remediation *remediation = &issue->remediation;
    struct decision decision = about_attempt(issue, now, DECISION_REMEDIATION_ENDED);
    double rate;

    issue_book_set_phase(engine->book, issue, PHASE_ENDED);
    remediation->status = status;
    remediation->deadline = HEAL_TIME_NEVER;
    bool by_person = remediation->forced;
    remediation->forced = false;
    decision.status = status;
    decision.gate = gate;
    engine_record(engine, &decision);
    if (status == REMEDIATION_SUCCESS) {
        engine->auto_remediated++;
        if (by_person) /* who started it past the freeze saw it work */
            thaw(engine, issue);
        remember(engine, issue, now);
    }
    if (!remediation->acted || status == REMEDIATION_DRY_RUN)
        return;
    comebacks_note(engine->comebacks, issue->resource, issue->type, now);
    if (status != REMEDIATION_SUCCESS)
        gates_note_fruitless(engine->gates, issue->resource, issue->type, now);
    if (alerts_note_ending(engine->alerts, status == REMEDIATION_SUCCESS, now, &rate))
        engine_alert(engine, now, ALERT_FAILURE_RATE, RESOURCE_NONE, rate, engine->policy->alerts.failure_rate);
}

void remediation_escalate(struct engine *engine, struct open_issue *issue, heal_time now, enum gate gate)
{
    page(engine, issue, now);
    remediation_end(engine, issue, now, engine->policy->dry_run ? REMEDIATION_DRY_RUN : REMEDIATION_ESCALATED, gate);
}

static bool wants_person(enum gate gate)
{
    switch (gate) {
    case GATE_RESOURCE_LIMIT:
    case GATE_TOTAL_LIMIT:
    case GATE_FROZEN:
    case GATE_APPROVAL:
    case GATE_AUTO_REMEDIATION_OFF:
    case GATE_ATTEMPTS:
    case GATE_FUTILE:
    case GATE_MIN_HEALTHY:
        return true;
    default:
        return false;
    }
}

void remediation_hold(struct engine *engine, struct open_issue *issue, heal_time now, enum gate gate)
{
    struct remediation *remediation = &issue->remediation;

    if (remediation->gate == gate)
        return; /* said already */
    remediation->gate = gate;
    struct decision decision = about_attempt(issue, now, DECISION_REMEDIATION_HELD);
    decision.gate = gate;
    engine_record(engine, &decision);
    if (wants_person(gate) && !remediation->paged) {
        remediation->paged = true;
        page(engine, issue, now);
    }
}

bool remediation_may_act(const struct engine *engine, const struct open_issue *issue)
{
    return !engine->policy->dry_run && !strategy_of(engine, issue)->dry_run;
}

static bool has_evidence(const struct engine *engine, const struct open_issue *issue, const char *metric)
{
    size_t count;
    const uint32_t *series = inventory_resource_series(engine->inventory, issue->resource, &count);

    for (size_t i = 0; i < count && i < 64; i++) {
        if ((issue->evidence >> i & 1) &&
            resource_glob_match(metric, inventory_series_metric(engine->inventory, series[i])))
            return true;
    }
    return false;
}

bool remediation_targets_frozen(const struct engine *engine, uint32_t resource, const struct strategy *strategy)
{
    for (size_t i = 0; i < strategy->step_count; i++) {
        if (gates_is_frozen(engine->gates, step_target(engine, resource, &strategy->steps[i])))
            return true;
    }
    return false;
}

/* Nothing tells the cause: what is meant for either will do. */
static bool fits_cause(const struct strategy *strategy, const struct open_issue *issue)
{
    return strategy->cause == ISSUE_CAUSE_UNKNOWN || issue->cause == ISSUE_CAUSE_UNKNOWN ||
           strategy->cause == issue->cause;
}

static bool fits_spread(const struct strategy *strategy, const struct open_issue *issue)
{
    return strategy->spread == ISSUE_SPREAD_UNKNOWN || issue->spread == ISSUE_SPREAD_UNKNOWN ||
           strategy->spread == issue->spread;
}

/* Somebody changed the workload not long before it fell sick. */
static bool fits_change(const struct engine *engine, const struct strategy *strategy, const struct open_issue *issue)
{
    if (strategy->after_change == 0)
        return true;
    heal_time changed = changes_last(engine->changes, issue->resource, issue->opened_at);
    return changed != HEAL_TIME_NEVER && issue->opened_at - changed <= strategy->after_change;
}

/* Rungs that do not fit: another kind of resource, no evidence, another cause or spread, no
 * change before it, an open circuit, a step to what is frozen. */
static uint32_t unfit_rungs(const struct engine *engine, const struct open_issue *issue, heal_time now)
{
    const struct ladder *ladder = &engine->policy->ladders[issue->type];
    const char *id = inventory_resource_id(engine->inventory, issue->resource);
    uint32_t unfit = 0;

    for (size_t rung = 0; rung < ladder->count; rung++) {
        const struct strategy *strategy = &engine->policy->strategies[ladder->rungs[rung]];
        if (!resource_glob_match(strategy->applies_to, id) ||
            (strategy->evidence && !has_evidence(engine, issue, strategy->evidence)) || !fits_cause(strategy, issue) ||
            !fits_spread(strategy, issue) || !fits_change(engine, strategy, issue) ||
            !circuit_allows(engine->circuit, ladder->rungs[rung], now) ||
            (!issue->remediation.forced && remediation_targets_frozen(engine, issue->resource, strategy)))
            unfit |= UINT32_C(1) << rung;
    }
    return unfit;
}

/* The rung of the ladder that holds the strategy, or LADDER_RUNGS_MAX. */
static size_t rung_of(const struct ladder *ladder, uint32_t strategy)
{
    size_t rung = 0;

    while (rung < ladder->count && ladder->rungs[rung] != strategy)
        rung++;
    return rung < ladder->count ? rung : LADDER_RUNGS_MAX;
}

static void start_rung_clock(const struct engine *engine, struct open_issue *issue, heal_time now)
{
    const struct ladder *ladder = &engine->policy->ladders[issue->type];
    size_t rung = rung_of(ladder, issue->remediation.strategy);
    heal_duration timeout = rung < LADDER_RUNGS_MAX ? ladder->timeouts[rung] : 0;

    issue->remediation.rung_until = timeout > 0 ? now + timeout : HEAL_TIME_NEVER;
}

/* How the others of the workload are now; between frames nobody knows better than before. */
static void look_around(const struct engine *engine, struct open_issue *issue)
{
    if (!engine->frame)
        return;
    if (issue->gathered) { /* a root with another's series: of a workload many, of a node or zone nobody knows */
        issue->spread =
            dependents_members(engine->dependents, issue->resource) > 0 ? ISSUE_SPREAD_MANY : ISSUE_SPREAD_UNKNOWN;
        return;
    }
    double value = engine->frame[issue->series];
    issue->spread = spread_of(engine->detector, engine->inventory, engine->dependents, engine->frame, issue->series,
                              isnan(value) ? issue->value : value);
}

static bool choose_strategy(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    const struct ladder *ladder = &engine->policy->ladders[issue->type];

    remediation->signature = intake_signature(engine, issue);
    look_around(engine, issue);
    if (remediation->wanted != UINT32_MAX) {
        size_t rung = rung_of(ladder, remediation->wanted);
        remediation->strategy = remediation->wanted;
        remediation->wanted = UINT32_MAX;
        remediation->tried |= rung < LADDER_RUNGS_MAX ? UINT32_C(1) << rung : 0;
    } else {
        int rung = learning_choose(engine->learning, ladder, remediation->tried | unfit_rungs(engine, issue, now),
                                   remediation->signature, issue->severity);
        if (rung < 0)
            return false;
        remediation->tried |= UINT32_C(1) << rung;
        remediation->strategy = ladder->rungs[rung];
    }
    remediation->attempt = 1;
    start_rung_clock(engine, issue, now);
    return true;
}

static heal_duration backoff_of(const struct strategy *strategy, uint32_t attempt)
{
    double span = attempt > 0 ? (double)strategy->backoff : 0.0;

    for (uint32_t i = 1; i < attempt; i++)
        span *= strategy->backoff_factor;
    return span < (double)HEAL_DAY ? (heal_duration)span : HEAL_DAY;
}

/* The next try of this strategy, the next rung, or a person. */
void remediation_next(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    heal_duration backoff = 0;

    if (issue->stale) { /* nobody can see any more whether it helps */
        remediation_end(engine, issue, now, REMEDIATION_FAILED, GATE_NONE);
        return;
    }
    if (!remediation->forced && remediation->attempt > 0 && followers_leave(engine, issue, now))
        return;
    if (!remediation->forced && !engine->policy->auto_remediation) {
        remediation_escalate(engine, issue, now, GATE_AUTO_REMEDIATION_OFF);
        return;
    }
    if (!remediation->forced && !gates_has_attempts(engine->gates, issue->resource, now)) {
        remediation_escalate(engine, issue, now, GATE_ATTEMPTS);
        return;
    }
    if (remediation->wanted == UINT32_MAX && remediation->strategy != UINT32_MAX &&
        remediation->attempt < strategy_of(engine, issue)->attempts && now < remediation->rung_until &&
        circuit_allows(engine->circuit, remediation->strategy, now)) {
        backoff = backoff_of(strategy_of(engine, issue), remediation->attempt);
        remediation->attempt++;
    } else if (!choose_strategy(engine, issue, now)) {
        bool none = engine->policy->ladders[issue->type].count == 0;
        if (remediation->refused) { /* the person knows */
            remediation_end(engine, issue, now, REMEDIATION_DENIED, GATE_REFUSED);
            return;
        }
        remediation_escalate(engine, issue, now, none ? GATE_NO_STRATEGY : GATE_NONE);
        return;
    }
    attempt_weigh(engine, issue);
    if (!remediation_may_act(engine, issue)) {
        plan_attempt(engine, issue, now);
        remediation_end(engine, issue, now, REMEDIATION_DRY_RUN, GATE_NONE);
        return;
    }
    attempt_begin(engine, issue, now, backoff);
}

static void start_remediation(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;
    enum gate gate =
        gates_check(engine->gates, engine->book, issue, now, remediation->forced ? GATES_BY_HAND : GATES_START);

    if (gate == GATE_NONE && engine->policy->dry_run)
        gate = plan_gate(engine, issue, now);
    if (gate != GATE_NONE) {
        remediation_hold(engine, issue, now, gate);
        return;
    }
    remediation->gate = GATE_NONE;
    remediation->acted = false;
    remediation->refused = false;
    remediation->id = ++engine->remediations;
    gates_note_start(engine->gates, issue->resource, now);
    struct decision decision = decision_about(issue, now, DECISION_REMEDIATION_STARTED);
    engine_record(engine, &decision);
    if (!remediation->paged &&
        comebacks_are_many(engine->comebacks, issue->resource, issue->type, issue->opened_at, now)) {
        remediation->paged = true;
        page(engine, issue, now);
    }
    if (remediation->strategy != UINT32_MAX)
        start_rung_clock(engine, issue, now);
    remediation_next(engine, issue, now);
}

/* The signal came back while the next attempt was only waiting. What was last
 * done and left standing gets the credit; if it was rolled back, nobody does. The
 * attempt that waited was not made: should the trouble come back, it is next. */
static bool recovered_while_waiting(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;

    if (issue->quiet_since == HEAL_TIME_NEVER || remediation->step > 0)
        return false;
    bool acted = remediation->attempt > 1 && remediation->did && !remediation->undone && !issue->stale;
    if (acted)
        learning_note(engine->learning, remediation->strategy, remediation->signature, true, now);
    remediation_end(engine, issue, now, acted ? REMEDIATION_SUCCESS : REMEDIATION_FAILED, GATE_NONE);
    remediation->attempt--;
    return true;
}

void remediation_give_up_rung(struct engine *engine, struct open_issue *issue, heal_time now, enum gate why)
{
    remediation_hold(engine, issue, now, why);
    issue->remediation.attempt = strategy_of(engine, issue)->attempts;
    remediation_next(engine, issue, now);
}

static void advance_waiting(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;

    if (recovered_while_waiting(engine, issue, now))
        return;
    if (now >= remediation->rung_until && remediation->step > 0)
        attempt_fail(engine, issue, now);
    else if (now >= remediation->rung_until)
        remediation_give_up_rung(engine, issue, now, GATE_RUNG_TIMEOUT);
    else if (remediation->phase == PHASE_APPROVAL &&
             attempt_is_allowed(engine, issue, now)) /* its window may have opened */
        attempt_open(engine, issue, now, 0);
    else if (remediation->phase == PHASE_APPROVAL && now >= remediation->deadline)
        remediation_give_up_rung(engine, issue, now, GATE_APPROVAL_EXPIRED);
    else if (remediation->phase == PHASE_WAIT)
        attempt_start(engine, issue, now);
    else if (remediation->phase == PHASE_DELAY && now >= remediation->deadline) {
        if (remediation->step == 0)
            attempt_start(engine, issue, now);
        else
            attempt_run_step(engine, issue, now);
    }
}

void remediation_advance(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;

    switch (remediation->phase) {
    case PHASE_NONE:
        if (issue->quiet_since != HEAL_TIME_NEVER)
            break;
        if (issue->root == 0 || remediation->forced)
            start_remediation(engine, issue, now);
        else if (issue->told) /* others are not known to the journal as issues */
            remediation_hold(engine, issue, now, GATE_FOLLOWER);
        break;
    case PHASE_APPROVAL:
    case PHASE_DELAY:
    case PHASE_WAIT:
        advance_waiting(engine, issue, now);
        break;
    case PHASE_ACTING:
    case PHASE_UNDO:
        if (now >= remediation->deadline)
            remediation_action_ended(engine, issue, now, ACTION_TIMED_OUT, NAN);
        break;
    case PHASE_VERIFY:
        attempt_verify(engine, issue, now);
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
    if (remediation->status == REMEDIATION_DRY_RUN && remediation->strategy != UINT32_MAX) {
        size_t rung = rung_of(&engine->policy->ladders[issue->type], remediation->strategy);
        if (rung < LADDER_RUNGS_MAX) /* it was only planned; those before it may have been tried */
            remediation->tried &= ~(UINT32_C(1) << rung);
        remediation->strategy = UINT32_MAX;
    }
    if (remediation->status == REMEDIATION_SUCCESS && remediation->strategy != UINT32_MAX) {
        learning_relapse(engine->learning, remediation->strategy, remediation->signature, engine->now);
        gates_note_fruitless(engine->gates, issue->resource, issue->type, engine->now);
    }
    issue_book_set_phase(engine->book, issue, PHASE_NONE);
}

static heal_time sooner(heal_time a, heal_time b)
{
    return a < b ? a : b;
}

heal_time remediation_deadline(const struct engine *engine, const struct open_issue *issue)
{
    const struct remediation *remediation = &issue->remediation;

    switch (remediation->phase) {
    case PHASE_ACTING:
    case PHASE_UNDO:
        return remediation->deadline;
    case PHASE_APPROVAL:
    case PHASE_DELAY:
    case PHASE_WAIT:
        return sooner(remediation->deadline, remediation->rung_until);
    case PHASE_VERIFY:
        return sooner(sooner(issue->stale ? HEAL_TIME_NEVER : attempt_good_at(engine, issue), remediation->deadline),
                      remediation->rung_until);
    case PHASE_NONE:
    case PHASE_ENDED:
        break;
    }
    return HEAL_TIME_NEVER;
}
