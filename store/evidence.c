/* evidence.c - see evidence.h. */
#include "store/evidence.h"

#include "engine/size.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *evidence_resource(const struct inventory *inventory, uint32_t resource)
{
    return resource < inventory_resource_count(inventory) ? inventory_resource_id(inventory, resource) : "-";
}

const struct strategy *evidence_strategy(const struct policy *policy, uint32_t index)
{
    return index < policy->strategy_count ? &policy->strategies[index] : NULL;
}

static bool has_series(const struct decision *decision, const struct inventory *inventory)
{
    return decision->series < inventory_series_count(inventory);
}

enum { NORMAL_TEXT = 32, SIGMAS_TEXT = 64 };

/* "median", or where the series has a day "Tuesday 14:00 normal" (UTC, by the profile's
 * quarter of an hour). */
static void write_normal(const struct decision *decision, char text[NORMAL_TEXT])
{
    static const char *const DAYS[7] = {"Thursday", "Friday",  "Saturday", "Sunday",
                                        "Monday",   "Tuesday", "Wednesday"}; /* 1970-01-01 was the first */
    int64_t into = decision->at % HEAL_DAY + (decision->at % HEAL_DAY < 0 ? HEAL_DAY : 0);
    int64_t day = (decision->at - into) / HEAL_DAY, minutes = into / HEAL_MINUTE / 15 * 15;

    if (decision->finding.expected > 0)
        snprintf(text, NORMAL_TEXT, "%s %02d:%02d normal", DAYS[(day % 7 + 7) % 7], (int)(minutes / 60),
                 (int)(minutes % 60));
    else
        snprintf(text, NORMAL_TEXT, "median");
}

/* Where the value lies beside what is normal. A ratio says it best; a median of 0, or
 * signs that differ, have none. */
static void write_against_normal(const struct decision *decision, const char *metric, char *text, size_t size)
{
    bool by_day = decision->finding.expected > 0;
    double value = decision->value, normal = by_day ? decision->finding.expected : decision->reference;
    double ratio = value / normal;
    char sigmas[SIGMAS_TEXT] = "", what[NORMAL_TEXT];

    write_normal(decision, what);
    if (isfinite(decision->score))
        snprintf(sigmas, sizeof sigmas, " (%.3g robust sigmas%s)", fabs(decision->score),
                 by_day ? " off its median" : "");
    if (!(normal > 0) || !(ratio >= 0))
        snprintf(text, size, "%s %.4g away from its %s %.4g%s", metric, value, what, normal, sigmas);
    else if (ratio >= 1.05)
        snprintf(text, size, "%s %.4g is %.3gx its %s %.4g%s", metric, value, ratio, what, normal, sigmas);
    else if (ratio <= 0.95)
        snprintf(text, size, "%s %.4g is down to %.3g %% of its %s %.4g%s", metric, value, 100 * ratio, what, normal,
                 sigmas);
    else
        snprintf(text, size, "%s %.4g %s its %s %.4g%s", metric, value, by_day ? "about" : "off", what, normal, sigmas);
}

/* Behind what is already there. */
static void append(char *text, size_t size, const char *more)
{
    size_t used = strlen(text);
    if (used < size)
        snprintf(text + used, size - used, "%s", more);
}

static void append_duration(const struct decision *decision, char *text, size_t size)
{
    double seconds = decision->finding.lasted_seconds;
    char more[32];

    if (!(seconds > 0))
        return;
    if (seconds < 600)
        snprintf(more, sizeof more, " for %.3g s", seconds);
    else
        snprintf(more, sizeof more, " for %.3g min", seconds / 60);
    append(text, size, more);
}

/* Of an issue, when anything tells it. */
static bool tells_load(const struct decision *decision)
{
    bool issue = decision->kind == DECISION_ISSUE_OPENED || decision->kind == DECISION_ISSUE_CHANGED ||
                 decision->kind == DECISION_ISSUE_REOPENED;
    return issue && decision->cause != ISSUE_CAUSE_UNKNOWN;
}

/* A third more than normal, or less, is worth a number. */
static void append_load(const struct decision *decision, char *text, size_t size)
{
    static const double MORE = 1.3, LESS = 0.7;
    double load = decision->finding.load;
    char more[64] = "; load normal";

    if (!tells_load(decision))
        return;
    if (decision->cause == ISSUE_CAUSE_DEMAND)
        snprintf(more, sizeof more, "; load %.3gx normal: demand", load);
    else if (load >= MORE)
        snprintf(more, sizeof more, "; load %.3gx normal, as it is at times", load);
    else if (load <= LESS)
        snprintf(more, sizeof more, "; load down to %.3g %% of normal", 100 * load);
    append(text, size, more);
}

char *evidence_of_series(const struct decision *decision, const struct inventory *inventory, char *text, size_t size)
{
    const char *metric;

    if (!has_series(decision, inventory)) {
        snprintf(text, size, "no series tells");
        return text;
    }
    metric = inventory_series_metric(inventory, decision->series);
    if (!isfinite(decision->value))
        snprintf(text, size, "%s has no value", metric);
    else if (!isfinite(decision->reference))
        snprintf(text, size, "%s %.4g", metric, decision->value);
    else if (decision->by_baseline)
        write_against_normal(decision, metric, text, size);
    else if (decision->by_forecast)
        snprintf(text, size, "%s %.4g heads for its limit %.4g", metric, decision->value, decision->reference);
    else
        snprintf(text, size, "%s %.4g %s its threshold %.4g", metric, decision->value,
                 decision->value < decision->reference ? "under" : "over", decision->reference);
    append_duration(decision, text, size);
    return text;
}

static bool add_number(cJSON *object, const char *name, double value)
{
    return isfinite(value) ? cJSON_AddNumberToObject(object, name, value) != NULL
                           : cJSON_AddNullToObject(object, name) != NULL;
}

/* What is known of it. */
static bool add_finding(cJSON *object, const struct decision *decision)
{
    const struct decision_finding *finding = &decision->finding;

    if (decision->kind == DECISION_HEALTH || decision->kind == DECISION_COMMAND)
        return true;
    return (finding->probability <= 0 || add_number(object, "probability", finding->probability)) &&
           (finding->lasted_seconds <= 0 || add_number(object, "lasted_seconds", finding->lasted_seconds)) &&
           (finding->expected == 0 || add_number(object, "expected", finding->expected)) &&
           (!tells_load(decision) || (add_number(object, "load", finding->load) &&
                                      cJSON_AddStringToObject(object, "cause", issue_cause_name(decision->cause))));
}

char *evidence_json(const struct decision *decision, const struct inventory *inventory)
{
    const char *series = has_series(decision, inventory) ? inventory_series_id(inventory, decision->series) : "";
    cJSON *object = cJSON_CreateObject();
    const char *by = decision->by_baseline ? "baseline" : decision->by_forecast ? "forecast" : "threshold";
    char *text = NULL;

    if (object && cJSON_AddStringToObject(object, "series", series) && add_number(object, "value", decision->value) &&
        add_number(object, "reference", decision->reference) && add_number(object, "score", decision->score) &&
        cJSON_AddStringToObject(object, "by", by) && add_finding(object, decision))
        text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

char *evidence_of_ending(const struct decision *decision, char *text, size_t size)
{
    static const char *const gates[GATE_COUNT] = {
        [GATE_AUTO_REMEDIATION_OFF] = "automatic remediation is off",
        [GATE_DRY_RUN] = "only planned, nothing was done",
        [GATE_RESOURCE_BUSY] = "another remediation is at work on the resource",
        [GATE_RESOURCE_LIMIT] = "the resource's limit of remediations per hour is reached",
        [GATE_TOTAL_LIMIT] = "the limit of remediations per hour is reached",
        [GATE_CONCURRENT_LIMIT] = "the limit of remediations at once is reached",
        [GATE_FROZEN] = "frozen after a rollback that failed",
        [GATE_APPROVAL] = "a person has to approve it",
        [GATE_NO_STRATEGY] = "no strategy for this type of issue",
        [GATE_PAUSED] = "paused by a person",
        [GATE_MAINTENANCE] = "inside a freeze window",
        [GATE_FOLLOWER] = "its root is healed instead",
        [GATE_STORM] = "its group cools down after a storm",
        [GATE_MIN_HEALTHY] = "too much of its workload is sick: the cause is not in one member",
        [GATE_BLAST_RADIUS] = "enough of its workload is being touched",
        [GATE_ATTEMPTS] = "the resource's attempts are used up",
        [GATE_FUTILE] = "futile: remedies did not last, again and again",
        [GATE_WINDOW] = "waits for the strategy's window",
        [GATE_APPROVAL_EXPIRED] = "nobody approved it in time",
        [GATE_REFUSED] = "a person refused it",
        [GATE_PLANNED] = "dry run: an earlier plan would have healed it",
        [GATE_RUNG_TIMEOUT] = "the strategy's time on the ladder is over",
    };
    const char *why = (unsigned)decision->gate < GATE_COUNT ? gates[decision->gate] : NULL;

    if (!why && decision->status == REMEDIATION_DRY_RUN)
        why = gates[GATE_DRY_RUN];
    snprintf(text, size, "%s", why ? why : "");
    return text;
}

/* The load's value stands beside its median. */
static void write_load(const struct decision *decision, const char *metric, char *text, size_t size)
{
    static const double IDLE = 0.7;

    if (decision->cause == ISSUE_CAUSE_DEMAND)
        snprintf(text, size, "load %.3g times its normal (%s %.4g): demand", decision->score, metric, decision->value);
    else if (decision->score <= IDLE)
        snprintf(text, size, "load down to %.3g %% of its normal (%s %.4g)", 100 * decision->score, metric,
                 decision->value);
    else
        snprintf(text, size, "load normal (%s %.4g)", metric, decision->value);
}

char *evidence_more(const struct decision *decision, const struct inventory *inventory, char *text, size_t size)
{
    char series[EVIDENCE_TEXT];

    if (decision->type == ISSUE_NONE && has_series(decision, inventory))
        write_load(decision, inventory_series_metric(inventory, decision->series), text, size);
    else
        snprintf(text, size, "echo at %s: %s", evidence_resource(inventory, decision->resource),
                 evidence_of_series(decision, inventory, series, sizeof series));
    return text;
}

static void write_issue(const struct decision *decision, const struct inventory *inventory, char *text, size_t size)
{
    char series[EVIDENCE_TEXT];

    snprintf(text, size, "%s %s: %s", severity_name(decision->severity), issue_type_name(decision->type),
             evidence_of_series(decision, inventory, series, sizeof series));
    append_load(decision, text, size);
}

/* What was there before, with the unit of the kind. */
static char *write_before(enum action_kind kind, double before, char text[SIZE_TEXT])
{
    if (action_takes_bytes(kind) && before >= 1 && before <= (double)SIZE_MAX_BYTES)
        return size_format((uint64_t)before, text);
    const char *unit = action_before_unit(kind);
    if (strcmp(unit, "revision") == 0) /* it names one, and counts none */
        snprintf(text, SIZE_TEXT, "revision %.6g", before);
    else
        snprintf(text, SIZE_TEXT, "%.6g %s", before, unit);
    return text;
}

static void write_ended(const struct decision *decision, char *text, size_t size)
{
    const char *kind = action_name(decision->action_kind), *outcome = action_outcome_name(decision->outcome);
    char before[SIZE_TEXT];

    if (action_before_unit(decision->action_kind) && isfinite(decision->value))
        snprintf(text, size, "%s %s; before: %s", kind, outcome,
                 write_before(decision->action_kind, decision->value, before));
    else
        snprintf(text, size, "%s %s", kind, outcome);
}

static void write_action(const struct decision *decision, const struct inventory *inventory, char *text, size_t size)
{
    const char *target = evidence_resource(inventory, decision->resource);
    char undo[96] = "", amount[SIZE_TEXT], before[SIZE_TEXT];

    if (decision->rollback && isfinite(decision->reference) && action_before_unit(decision->action_kind))
        snprintf(undo, sizeof undo, " to roll back to %s",
                 write_before(decision->action_kind, decision->reference, before));
    else if (decision->rollback)
        snprintf(undo, sizeof undo, " to roll back");
    if (decision->amount_unit == AMOUNT_BYTES)
        snprintf(text, size, "%s %s on %s%s", action_name(decision->action_kind),
                 size_format((uint64_t)decision->value, amount), target, undo);
    else if (decision->value != 0 && isfinite(decision->value))
        snprintf(text, size, "%s %.4g on %s%s", action_name(decision->action_kind), decision->value, target, undo);
    else
        snprintf(text, size, "%s on %s%s", action_name(decision->action_kind), target, undo);
}

char *evidence_of_decision(const struct decision *decision, const struct policy *policy,
                           const struct inventory *inventory, char *text, size_t size)
{
    const struct strategy *strategy = evidence_strategy(policy, decision->strategy);
    const char *remedy = strategy ? strategy->name : "no strategy";
    char why[128];

    text[0] = '\0';
    switch (decision->kind) {
    case DECISION_ISSUE_OPENED:
    case DECISION_ISSUE_CHANGED:
    case DECISION_ISSUE_REOPENED:
        write_issue(decision, inventory, text, size);
        break;
    case DECISION_ISSUE_CLOSED:
        snprintf(text, size,
                 decision->attempt ? "stale: what it was seen by gives no samples any more" : "its anomalies are over");
        break;
    case DECISION_REMEDIATION_HELD:
        snprintf(text, size, "%s", evidence_of_ending(decision, why, sizeof why));
        break;
    case DECISION_ATTEMPT_STARTED:
        snprintf(text, size, "%s, attempt %u", remedy, decision->attempt);
        break;
    case DECISION_ACTION_STARTED:
        write_action(decision, inventory, text, size);
        break;
    case DECISION_ACTION_ENDED:
        write_ended(decision, text, size);
        break;
    case DECISION_ATTEMPT_VERIFIED:
        snprintf(text, size, "%s: the signal recovered", remedy);
        break;
    case DECISION_ATTEMPT_FAILED:
        snprintf(text, size, "%s: a step failed or the signal did not recover in time", remedy);
        break;
    case DECISION_ROLLBACK_STARTED:
        snprintf(text, size, "undoes %s", remedy);
        break;
    case DECISION_ROLLBACK_ENDED:
        snprintf(text, size, "%s: rollback %s", remedy, action_outcome_name(decision->outcome));
        break;
    case DECISION_REMEDIATION_ENDED:
        evidence_of_ending(decision, why, sizeof why);
        snprintf(text, size, "%s%s%s", remediation_status_name(decision->status), why[0] ? ": " : "", why);
        break;
    case DECISION_EVIDENCE:
        evidence_more(decision, inventory, text, size);
        break;
    case DECISION_ISSUE_RANKED:
    case DECISION_FORECAST:
    case DECISION_FOLLOWER_ATTACHED:
    case DECISION_FOLLOWER_RELEASED:
    case DECISION_ACTION_PLANNED:
    case DECISION_PLAN_OUTCOME:
    case DECISION_COMMAND:
    case DECISION_ALERT:
    case DECISION_PATTERN:
    case DECISION_UNDO_STARTED:
    case DECISION_UNDO_ENDED:
    case DECISION_CIRCUIT_OPENED:
        evidence_of_insight(decision, policy, inventory, text, size);
        break;
    case DECISION_REMEDIATION_STARTED:
    case DECISION_ANOMALY_BEGAN:
    case DECISION_ANOMALY_ENDED:
    case DECISION_HEALTH:
    case DECISION_KIND_COUNT:
        break;
    }
    return text;
}
