/* undo.c - a ring of past remedies and their way back. */
#include "engine/undo.h"

#include "engine/state.h"

#include <math.h>

static const heal_duration LEFT_TIMEOUT = 10 * HEAL_MINUTE; /* of the undo of a step that an earlier engine left */

static bool may_go(const struct past *past)
{
    return past->state == PAST_NONE || past->state == PAST_UNDONE ||
           (past->state == PAST_STANDS && past->due == HEAL_TIME_NEVER && !past->by_hand);
}

void undo_keep(struct undo *undo, const struct past *past)
{
    for (size_t tries = 0; tries < UNDO_MAX; tries++) {
        struct past *place = &undo->pasts[undo->kept++ % UNDO_MAX];
        if (!may_go(place))
            continue;
        *place = *past;
        return;
    }
}

struct past *undo_find(struct undo *undo, uint64_t remediation)
{
    for (size_t i = 0; i < UNDO_MAX; i++) {
        if (undo->pasts[i].state != PAST_NONE && undo->pasts[i].remediation == remediation)
            return &undo->pasts[i];
    }
    return NULL;
}

struct past *undo_by_action(struct undo *undo, uint64_t action)
{
    for (size_t i = 0; i < UNDO_MAX; i++) {
        if (undo->pasts[i].state == PAST_UNDOING && undo->pasts[i].action == action)
            return &undo->pasts[i];
    }
    return NULL;
}

static struct decision about_past(const struct past *past, heal_time now, enum decision_kind kind)
{
    struct decision decision = decision_about(NULL, now, kind);

    decision.type = past->type;
    decision.severity = past->severity;
    decision.resource = past->resource;
    decision.issue = past->issue;
    decision.remediation = past->remediation;
    decision.strategy = past->strategy;
    decision.attempt = past->by_hand;
    return decision;
}

static void end_undo(struct engine *engine, struct past *past, heal_time now)
{
    struct decision decision = about_past(past, now, DECISION_UNDO_ENDED);

    past->state = PAST_UNDONE;
    gates_leave(engine->gates, past->resource);
    decision.outcome = past->failed ? ACTION_FAILED : ACTION_SUCCEEDED;
    engine_record(engine, &decision);
    if (!past->failed)
        return;
    gates_freeze(engine->gates, past->resource);
    engine_page(engine, now, past->issue, past->remediation, past->resource, past->type, past->severity);
}

static size_t step_count(const struct engine *engine, const struct past *past)
{
    return past->left ? 1 : engine->policy->strategies[past->strategy].step_count;
}

static const struct strategy_step *step_of(const struct engine *engine, const struct past *past, uint32_t step)
{
    return past->left ? &past->left_step : &engine->policy->strategies[past->strategy].steps[step];
}

static void undo_next(struct engine *engine, struct past *past, heal_time now)
{
    while (past->step > 0) {
        const struct strategy_step *step = step_of(engine, past, --past->step);
        enum action_kind inverse = action_inverse(step->action);
        if (!(past->done_steps >> past->step & 1) || inverse == ACTION_KIND_COUNT)
            continue;
        struct decision decision = about_past(past, now, DECISION_ACTION_STARTED);
        past->action_kind = inverse;
        past->deadline = now + step->timeout;
        struct action action = step_action(step, inverse, step_target(engine, past->resource, step), past->load_amount,
                                           past->before[past->step]);
        action.issue = past->issue;
        action.remediation = past->remediation;
        past->action = engine_start_action(engine, now, &decision, action);
        return;
    }
    end_undo(engine, past, now);
}

static void begin_undo(struct engine *engine, struct past *past, heal_time now)
{
    if (!gates_occupy(engine->gates, past->resource))
        return; /* later */
    past->state = PAST_UNDOING;
    past->step = (uint32_t)step_count(engine, past);
    struct decision decision = about_past(past, now, DECISION_UNDO_STARTED);
    engine_record(engine, &decision);
    undo_next(engine, past, now);
}

void undo_action_ended(struct engine *engine, struct past *past, heal_time now, enum action_outcome outcome,
                       double before)
{
    struct decision decision = about_past(past, now, DECISION_ACTION_ENDED);

    decision.action = past->action;
    decision.action_kind = past->action_kind;
    decision.outcome = outcome;
    decision.rollback = true;
    decision.value = known_before(past->action_kind, before);
    engine_record(engine, &decision);
    past->action = 0;
    if (outcome != ACTION_SUCCEEDED) {
        const struct strategy_step *step = step_of(engine, past, past->step);
        past->failed = true;
        gates_freeze(engine->gates, step_target(engine, past->resource, step));
    }
    undo_next(engine, past, now);
}

void engine_take_back(struct engine *engine, const struct standing_step *standing)
{
    struct past past = {.state = PAST_STANDS,
                        .type = standing->type,
                        .severity = standing->severity,
                        .resource = standing->target,
                        .strategy = UINT32_MAX,
                        .done_steps = 1,
                        .before = {standing->before},
                        .due = standing->due,
                        .left = true,
                        .left_step = {.action = standing->kind,
                                      .target = STEP_TARGET_SELF,
                                      .amount = standing->amount,
                                      .unit = standing->unit,
                                      .timeout = LEFT_TIMEOUT}};

    if (standing->target < inventory_resource_count(engine->inventory) && standing->kind < ACTION_KIND_COUNT &&
        action_inverse(standing->kind) != ACTION_KIND_COUNT && standing->type < ISSUE_TYPE_COUNT &&
        standing->severity < SEVERITY_COUNT && standing->unit < AMOUNT_UNIT_COUNT && isfinite(standing->amount))
        undo_keep(&engine->undo, &past);
}

static bool may_begin(const struct engine *engine, const struct past *past, heal_time now)
{
    if (engine->policy->dry_run || gates_is_frozen(engine->gates, past->resource))
        return false;
    if (!past->by_hand &&
        (now < past->due || !engine->policy->auto_remediation || gates_closed_for(engine->gates, past->resource, now)))
        return false;
    return !gates_busy(engine->gates, engine->book, past->resource, NULL);
}

void undo_advance(struct engine *engine, heal_time now)
{
    for (size_t i = 0; i < UNDO_MAX && i < engine->undo.kept; i++) {
        struct past *past = &engine->undo.pasts[i];
        if (past->state == PAST_UNDOING && now >= past->deadline)
            undo_action_ended(engine, past, now, ACTION_TIMED_OUT, NAN);
        else if (past->state == PAST_STANDS && (past->by_hand || past->due <= now) && may_begin(engine, past, now))
            begin_undo(engine, past, now);
    }
}

heal_time undo_deadline(const struct engine *engine, heal_time now)
{
    heal_time next = HEAL_TIME_NEVER;

    for (size_t i = 0; i < UNDO_MAX && i < engine->undo.kept; i++) {
        const struct past *past = &engine->undo.pasts[i];
        heal_time at = past->state == PAST_UNDOING                     ? past->deadline
                       : past->state == PAST_STANDS && past->due > now ? past->due
                                                                       : HEAL_TIME_NEVER;
        next = at < next ? at : next;
    }
    return next;
}
