/* plan.c - the list of plans, and making one. */
#include "engine/plan.h"

#include "engine/state.h"

#include <stdlib.h>
#include <string.h>

static size_t wide_steps(const struct plan *plan)
{
    size_t wide = 0;

    for (size_t s = 0; s < plan->step_count; s++)
        wide += plan->steps[s].target != plan->resource;
    return wide;
}

static int by_id(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

size_t plans_issues(const struct plans *plans, uint64_t out[PLANS_MAX])
{
    for (size_t i = 0; i < plans->count; i++)
        out[i] = plans->items[i].issue;
    qsort(out, plans->count, sizeof *out, by_id);
    return plans->count;
}

void plans_drop(struct plans *plans, uint64_t issue)
{
    size_t at = 0;

    while (at < plans->count && plans->items[at].issue != issue) /* an issue has one plan at most */
        at++;
    if (at == plans->count)
        return;
    plans->wide[plans->items[at].type] -= wide_steps(&plans->items[at]);
    plans->count--;
    memmove(&plans->items[at], &plans->items[at + 1], (plans->count - at) * sizeof plans->items[0]);
}

void plans_add(struct plans *plans, const struct plan *plan)
{
    plans_drop(plans, plan->issue);
    if (plans->count == PLANS_MAX)
        plans_drop(plans, plans->items[0].issue);
    plans->items[plans->count++] = *plan;
    plans->wide[plan->type] += wide_steps(plan);
}

double plans_amount(const struct plans *plans, enum action_kind kind, uint32_t target, enum amount_unit unit)
{
    double sum = 0.0;

    for (size_t i = 0; i < plans->count; i++) {
        for (size_t s = 0; s < plans->items[i].step_count; s++) {
            if (plans->items[i].steps[s].kind == kind && plans->items[i].steps[s].target == target &&
                plans->items[i].steps[s].unit == unit)
                sum += plans->items[i].steps[s].amount;
        }
    }
    return sum;
}

static bool is_among(const uint32_t *resources, size_t count, uint32_t resource)
{
    for (size_t i = 0; i < count; i++) {
        if (resources[i] == resource)
            return true;
    }
    return false;
}

/* Asked for every issue that is open, at each plan: what is above it is found once. */
bool plans_cover(const struct plans *plans, const struct inventory *inventory, uint64_t issue, enum issue_type type,
                 uint32_t resource)
{
    uint32_t line[1 + ANCESTORS_MAX] = {resource};

    if (plans->wide[type] == 0)
        return false;
    size_t count = 1 + ancestors_of(inventory, resource, line + 1, ANCESTORS_MAX);
    for (size_t i = 0; i < plans->count; i++) {
        const struct plan *plan = &plans->items[i];
        if (plan->issue == issue || plan->type != type)
            continue;
        for (size_t s = 0; s < plan->step_count; s++) {
            if (plan->steps[s].target != plan->resource && is_among(line, count, plan->steps[s].target))
                return true;
        }
    }
    return false;
}

bool plans_busy(const struct plans *plans, const struct inventory *inventory, uint32_t resource, heal_time now)
{
    for (size_t i = 0; i < plans->count; i++) {
        const struct plan *plan = &plans->items[i];
        if (plan->until > now &&
            (hangs_on(inventory, resource, plan->resource) || hangs_on(inventory, plan->resource, resource)))
            return true;
    }
    return false;
}

enum gate plan_gate(const struct engine *engine, const struct open_issue *issue, heal_time now)
{
    if (plans_cover(&engine->plans, engine->inventory, issue->id, issue->type, issue->resource))
        return GATE_PLANNED;
    return plans_busy(&engine->plans, engine->inventory, issue->resource, now) ? GATE_RESOURCE_BUSY : GATE_NONE;
}

void plan_attempt(struct engine *engine, struct open_issue *issue, heal_time now)
{
    const struct strategy *strategy = strategy_of(engine, issue);
    struct plan plan = {.issue = issue->id, .type = issue->type, .resource = issue->resource, .until = now};
    struct decision decision = about_attempt(issue, now, DECISION_ATTEMPT_STARTED);

    decision.gate = GATE_DRY_RUN;
    engine_record(engine, &decision);
    plans_drop(&engine->plans, issue->id);
    for (size_t i = 0; i < strategy->step_count; i++) {
        const struct strategy_step *step = &strategy->steps[i];
        uint32_t target = step_target(engine, issue->resource, step);
        double amount = step_amount(step, issue->remediation.load_amount);
        decision = about_attempt(issue, now, DECISION_ACTION_PLANNED);
        decision.gate = GATE_DRY_RUN;
        decision.action_kind = step->action;
        decision.resource = target;
        decision.value = amount;
        decision.reference = plans_amount(&engine->plans, step->action, target, step->unit) + amount;
        decision.amount_unit = step->unit;
        engine_record(engine, &decision);
        plan.steps[i].kind = step->action;
        plan.steps[i].target = target;
        plan.steps[i].amount = amount;
        plan.steps[i].unit = step->unit;
        plan.until += step->delay;
    }
    plan.step_count = strategy->step_count;
    plan.until += strategy->settle + strategy->verify_hold;
    plans_add(&engine->plans, &plan);
    decision = about_attempt(issue, now, DECISION_PLAN_OUTCOME);
    decision.gate = GATE_DRY_RUN;
    decision.value = learning_mean(engine->learning, issue->remediation.strategy, issue->remediation.signature);
    decision.reference = health_if_planned(engine);
    decision.score = heal_duration_seconds(plan.until - now);
    engine_record(engine, &decision);
}
