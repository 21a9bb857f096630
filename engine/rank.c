/* rank.c - how much an issue matters: impact, urgency, priority; and whether it comes
 * again and again. Formulae: docs/healing.md. */
#include "engine/state.h"

#include <math.h>

/* How soon it hurts: by severity, a forecast the less the further off its limit is. */
static double urgency_of(const struct engine *engine, const struct open_issue *issue)
{
    double urgency = (double)(issue->severity + 1) / SEVERITY_COUNT;
    const struct policy_rule *rule = detector_rule(engine->detector, issue->series);

    if (issue->forecast_in == HEAL_TIME_NEVER || !rule || rule->forecast_within <= 0)
        return urgency;
    double left = (double)issue->forecast_in / (double)rule->forecast_within;
    return urgency * fmax(0.05, 1.0 - fmin(left, 1.0));
}

void rank_issue(struct engine *engine, struct open_issue *issue, heal_time now)
{
    const struct policy_priority *weights = &engine->policy->priority;
    double severity = (double)(issue->severity + 1) / SEVERITY_COUNT;

    issue->impact = dependents_impact(engine->dependents, issue->resource);
    issue->urgency = urgency_of(engine, issue);
    double priority =
        100.0 * (weights->severity * severity + weights->impact * issue->impact + weights->urgency * issue->urgency);
    issue->priority = (uint32_t)(fmin(fmax(priority, 0.0), 100.0) + 0.5);
    struct decision decision = decision_about(issue, now, DECISION_ISSUE_RANKED);
    decision.value = issue->impact;
    decision.reference = issue->urgency;
    decision.score = issue->priority;
    engine_record(engine, &decision);
}

void rank_patterns(struct engine *engine, const struct open_issue *issue, heal_time now)
{
    const struct ladder *ladder = &engine->policy->ladders[issue->type];
    struct pattern found[PATTERN_KIND_COUNT];
    size_t count = recurrence_note(engine->recurrence, issue->resource, issue->type, now, found);

    for (size_t i = 0; i < count; i++) {
        struct decision decision = decision_about(issue, now, DECISION_PATTERN);
        double best = -1.0;
        decision.attempt = (uint32_t)found[i].kind;
        decision.value = found[i].value;
        decision.reference = found[i].count;
        decision.score = found[i].p;
        for (size_t rung = 0; rung < ladder->count; rung++) { /* what to do before it comes again */
            double mean = learning_mean(engine->learning, ladder->rungs[rung], intake_signature(engine, issue));
            if (mean > best) {
                best = mean;
                decision.strategy = ladder->rungs[rung];
            }
        }
        engine_record(engine, &decision);
    }
}
