/* chapter_tell.c - decisions as lines on stdout and as alerts. */
#include "live/chapter_tell.h"

#include "store/evidence.h"

#include <stdio.h>

void tell_line(const struct live_setup *setup, const struct inventory *inventory, const struct decision *decision,
               const struct event_rows *rows)
{
    char at[HEAL_TIME_TEXT], why[EVIDENCE_TEXT];
    bool planned = decision->kind == DECISION_ATTEMPT_STARTED && decision->gate == GATE_DRY_RUN;

    if (decision->kind == DECISION_ANOMALY_BEGAN || decision->kind == DECISION_ANOMALY_ENDED ||
        decision->kind == DECISION_HEALTH)
        return;
    heal_time_format(decision->at, at);
    evidence_of_decision(decision, setup->policy, inventory, why, sizeof why);
    fprintf(stdout, "%s issue %lld %s %s: %s", at, (long long)rows->issue, rows->resource ? rows->resource : "-",
            planned ? "would_start" : decision_kind_name(decision->kind), why);
    const struct strategy *strategy = planned ? evidence_strategy(setup->policy, decision->strategy) : NULL;
    for (size_t i = 0; strategy && i < strategy->step_count; i++)
        fprintf(stdout, "%s%s", i == 0 ? " = " : ", ", action_name(strategy->steps[i].action));
    fputc('\n', stdout);
}

void tell_alert(struct alertmanager *alertmanager, const struct decision *decision, const struct event_rows *rows)
{
    struct told_issue issue = {
        .row = rows->issue, .type = decision->type, .severity = decision->severity, .at = decision->at};
    bool closes = decision->kind == DECISION_ISSUE_CLOSED;
    bool fires = decision->kind == DECISION_ISSUE_OPENED || decision->kind == DECISION_ISSUE_REOPENED ||
                 decision->kind == DECISION_ISSUE_CHANGED;

    if (!alertmanager || !(fires || closes) || !rows->resource)
        return;
    snprintf(issue.resource, sizeof issue.resource, "%s", rows->resource);
    if (closes)
        alertmanager_resolve(alertmanager, &issue);
    else if (!alertmanager_fire(alertmanager, &issue))
        fprintf(stderr, "selfheal: too much to tell Alertmanager; issue %lld left out\n", (long long)rows->issue);
}
