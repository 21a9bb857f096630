/* evidence_insight.c - the words for what the engine makes of things: ranks, trends,
 * storms, plans, people's commands, alerts, patterns. See evidence.h. */
#include "store/evidence.h"

#include "engine/alerts.h"
#include "engine/command.h"
#include "engine/recurrence.h"
#include "engine/size.h"

#include <math.h>
#include <stdio.h>

static void write_forecast(const struct decision *decision, const struct inventory *inventory, char *text, size_t size)
{
    char span[HEAL_DURATION_TEXT];
    const char *metric = decision->series < inventory_series_count(inventory)
                             ? inventory_series_metric(inventory, decision->series)
                             : "a series";
    double seconds = isfinite(decision->score) && decision->score < 1e9 ? decision->score : 0.0;
    heal_duration minutes = (heal_duration)(seconds / 60.0) * HEAL_MINUTE;

    snprintf(text, size, "%s %.4g comes to %.4g in about %s", metric, decision->value, decision->reference,
             heal_duration_format(minutes, span));
}

static void write_command(const struct decision *decision, const struct inventory *inventory, char *text, size_t size)
{
    static const char *const RESULTS[] = {[ACTION_SUCCEEDED] = "done",
                                          [ACTION_FAILED] = "not now",
                                          [ACTION_TIMED_OUT] = "not now",
                                          [ACTION_UNSUPPORTED] = "unknown"};
    enum command_kind kind = (enum command_kind)decision->attempt;
    const char *where =
        decision->resource == RESOURCE_NONE ? "everything" : evidence_resource(inventory, decision->resource);
    const char *who = decision->who[0] ? decision->who : "nobody named";
    const char *result = (unsigned)decision->outcome < 4 ? RESULTS[decision->outcome] : "unknown";

    if (kind == COMMAND_PAUSE)
        snprintf(text, size, "pause %s for a %s, by %s: %s", where,
                 pause_reason_name((enum pause_reason)(int)decision->value), who, result);
    else if (kind == COMMAND_RESUME || kind == COMMAND_THAW)
        snprintf(text, size, "%s %s, by %s: %s", command_kind_name(kind), where, who, result);
    else if (kind == COMMAND_AUTO_REMEDIATION || kind == COMMAND_DRY_RUN || kind == COMMAND_LEARNING)
        snprintf(text, size, "%s %s, by %s: %s", command_kind_name(kind), decision->value != 0 ? "on" : "off", who,
                 result);
    else
        snprintf(text, size, "%s, by %s: %s", command_kind_name(kind), who, result);
}

static void write_alert(const struct decision *decision, const struct inventory *inventory, char *text, size_t size)
{
    switch ((enum alert_kind)decision->attempt) {
    case ALERT_FAILURE_RATE:
        snprintf(text, size, "%.0f %% of the remedies failed, more than %.0f %%: automatic remediation is off",
                 100 * decision->value, 100 * decision->reference);
        break;
    case ALERT_HEALTH:
        snprintf(text, size, "health %.1f is under %.1f: incident review", decision->value, decision->reference);
        break;
    case ALERT_REPEATED:
        snprintf(text, size, "%.0f issues on %s: root-cause investigation", decision->value,
                 evidence_resource(inventory, decision->resource));
        break;
    case ALERT_KIND_COUNT:
        break;
    }
}

static void write_pattern(const struct decision *decision, const char *remedy, char *text, size_t size)
{
    const char *type = issue_type_name(decision->type);

    switch ((enum pattern_kind)decision->attempt) {
    case PATTERN_RESOURCE:
        snprintf(text, size, "%s comes back here, %.0f times (p %.2g); before it does, try %s", type,
                 decision->reference, decision->score, remedy);
        break;
    case PATTERN_HOUR:
        snprintf(text, size, "%s comes at %02.0f h UTC, %.0f times (p %.2g); before that, try %s", type,
                 decision->value, decision->reference, decision->score, remedy);
        break;
    case PATTERN_AFTER:
        snprintf(text, size, "%s comes after %s, %.0f times (p %.2g); then try %s", type,
                 issue_type_name((enum issue_type)(int)decision->value), decision->reference, decision->score, remedy);
        break;
    case PATTERN_KIND_COUNT:
        break;
    }
}

/* A step of a plan, and what would take it back. */
static void write_planned(const struct decision *decision, const char *resource, char *text, size_t size)
{
    enum action_kind kind = decision->action_kind, inverse = action_inverse(kind);
    char amount[SIZE_TEXT], sum[SIZE_TEXT], undo[64] = "";

    if (action_is_irreversible(kind))
        snprintf(undo, sizeof undo, "; nothing takes it back");
    else if (inverse != ACTION_KIND_COUNT)
        snprintf(undo, sizeof undo, "; taken back by %s", action_name(inverse));
    if (decision->amount_unit == AMOUNT_BYTES)
        snprintf(text, size, "would %s %s on %s, %s with what is planned already%s", action_name(kind),
                 size_format((uint64_t)decision->value, amount), resource,
                 size_format((uint64_t)decision->reference, sum), undo);
    else if (decision->value != 0)
        snprintf(text, size, "would %s %.4g on %s, %.4g with what is planned already%s", action_name(kind),
                 decision->value, resource, decision->reference, undo);
    else
        snprintf(text, size, "would %s on %s%s", action_name(kind), resource, undo);
}

char *evidence_of_insight(const struct decision *decision, const struct policy *policy,
                          const struct inventory *inventory, char *text, size_t size)
{
    const struct strategy *strategy = evidence_strategy(policy, decision->strategy);
    const char *remedy = strategy ? strategy->name : "no strategy";
    const char *resource = evidence_resource(inventory, decision->resource);

    switch (decision->kind) {
    case DECISION_ISSUE_RANKED:
        snprintf(text, size, "priority %.0f: impact %.2f, urgency %.2f", decision->score, decision->value,
                 decision->reference);
        break;
    case DECISION_FORECAST:
        write_forecast(decision, inventory, text, size);
        break;
    case DECISION_FOLLOWER_ATTACHED:
        snprintf(text, size, "%s follows it", resource);
        break;
    case DECISION_FOLLOWER_RELEASED:
        snprintf(text, size, "%s follows it no more%s", resource,
                 decision->attempt ? " and goes on as an issue of its own" : "");
        break;
    case DECISION_ACTION_PLANNED:
        write_planned(decision, resource, text, size);
        break;
    case DECISION_PLAN_OUTCOME:
        snprintf(text, size, "%s: odds %.2f; if it works, health %.1f in %.0f s", remedy, decision->value,
                 decision->reference, decision->score);
        break;
    case DECISION_COMMAND:
        write_command(decision, inventory, text, size);
        break;
    case DECISION_ALERT:
        write_alert(decision, inventory, text, size);
        break;
    case DECISION_PATTERN:
        write_pattern(decision, remedy, text, size);
        break;
    case DECISION_UNDO_STARTED:
        snprintf(text, size, "takes back %s%s", remedy, decision->attempt ? ", as a person asked" : ", as planned");
        break;
    case DECISION_UNDO_ENDED:
        snprintf(text, size, "%s taken back: %s", remedy, action_outcome_name(decision->outcome));
        break;
    case DECISION_CIRCUIT_OPENED:
        snprintf(text, size, "%s failed again and again: left out for %.0f s", remedy, decision->value);
        break;
    default:
        text[0] = '\0';
        break;
    }
    return text;
}
