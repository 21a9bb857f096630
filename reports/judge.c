/* judge.c - see judge.h. Figures here; statements about runs in judge_events.c. */
#include "reports/judge.h"

#include "reports/judge_events.h"
#include "reports/markup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *outcome_name(enum outcome outcome)
{
    static const char *const NAMES[OUTCOME_COUNT] = {"met", "missed", "can't tell", "not run"};
    return NAMES[outcome];
}

/* The fault that took longest, those that never ended first. */
static void look_at_slowest(const struct run_data *data, enum issue_type type, struct judgement *out)
{
    heal_duration longest = -1;

    for (size_t i = 0; i < data->fault_count; i++) {
        const struct match_fault *fault = &data->faults[i];
        heal_duration took = fault->recovered == HEAL_TIME_NEVER ? INT64_MAX : fault->recovered - fault->onset;
        if (!fault->counted || took <= longest || (type != ISSUE_NONE && fault->type != type))
            continue;
        longest = took;
        out->replication = fault->replication;
        out->at = fault->onset;
    }
}

/* Where a person would look first when this figure is bad. */
static void look_at(const struct run_data *data, const struct metric *metric, struct judgement *out)
{
    bool false_alarms = strncmp(metric->field, "false_positive", 14) == 0;

    for (size_t i = 0; false_alarms && i < data->issue_count; i++) {
        const struct match_issue *issue = &data->issues[i];
        if (issue->verdict == VERDICT_FALSE && (metric->type == ISSUE_NONE || issue->type == metric->type)) {
            out->replication = issue->replication;
            out->at = issue->opened_at;
            return;
        }
    }
    for (size_t i = 0; strcmp(metric->field, "false_negative_rate") == 0 && i < data->fault_count; i++) {
        const struct match_fault *fault = &data->faults[i];
        if (fault->counted && fault->issue == MATCH_NONE) {
            out->replication = fault->replication;
            out->at = fault->onset;
            return;
        }
    }
    if (!false_alarms)
        look_at_slowest(data, metric->type, out);
}

/* The bound lies inside the interval; more replications would narrow it with
 * their square root. */
static void say_how_many(const struct expectation *expectation, const struct metric_value *value,
                         const double interval[2], uint32_t replications, struct judgement *out)
{
    double gap = fabs(value->value - expectation->bound);
    double reach = value->value < expectation->bound ? interval[1] - value->value : value->value - interval[0];
    size_t used = strlen(out->saw);
    double factor = gap > 0 ? reach / gap * (reach / gap) : INFINITY;

    snprintf(out->saw + used, sizeof out->saw - used, "; can't tell with %u replication%s", replications,
             replications == 1 ? "" : "s");
    used = strlen(out->saw);
    if (factor < 10000)
        snprintf(out->saw + used, sizeof out->saw - used, ", about %.0f might", ceil(factor * replications) + 1);
}

static void judge_figure(const struct judged_run *run, const struct expectation *expectation, struct judgement *out)
{
    const struct metric *metric = &expectation->metric;
    struct metric_value value = metric_of(run->summary, metric);
    char name[METRIC_NAME], figure[MARKUP_TEXT], low[MARKUP_TEXT], high[MARKUP_TEXT];
    double interval[2];

    metric_name(metric, name);
    if (!isfinite(value.value)) {
        snprintf(out->saw, sizeof out->saw, "%s has no sample; can't tell with %u replication%s", name,
                 run->data->replications, run->data->replications == 1 ? "" : "s");
        out->outcome = OUTCOME_UNDECIDED;
        return;
    }
    look_at(run->data, metric, out);
    snprintf(out->saw, sizeof out->saw, "%s %s", name, metric_print(metric, value.value, figure));
    size_t used = strlen(out->saw);
    if (value.n > 0)
        snprintf(out->saw + used, sizeof out->saw - used, " (n = %zu)", value.n);
    if (!(expectation->confidence > 0)) {
        bool met = comparison_holds(expectation->comparison, value.value, expectation->bound);
        out->outcome = met ? OUTCOME_MET : OUTCOME_MISSED;
        return;
    }
    used = strlen(out->saw);
    if (!metric_interval(metric, &value, expectation->confidence, interval)) {
        snprintf(out->saw + used, sizeof out->saw - used, ", too few for an interval; can't tell");
        out->outcome = OUTCOME_UNDECIDED;
        return;
    }
    snprintf(out->saw + used, sizeof out->saw - used, ", %g %% interval %s to %s", 100 * expectation->confidence,
             metric_print(metric, interval[0], low), metric_print(metric, interval[1], high));
    bool low_holds = comparison_holds(expectation->comparison, interval[0], expectation->bound);
    bool high_holds = comparison_holds(expectation->comparison, interval[1], expectation->bound);
    out->outcome = low_holds && high_holds ? OUTCOME_MET : low_holds || high_holds ? OUTCOME_UNDECIDED : OUTCOME_MISSED;
    if (out->outcome == OUTCOME_UNDECIDED)
        say_how_many(expectation, &value, interval, run->data->replications, out);
}

/* From replications that held and did not to a verdict. */
static void judge_share(const struct judged_run *run, const struct expectation *expectation,
                        const struct event_tally *tally, struct judgement *out)
{
    const struct metric rate = {.kind = METRIC_RATE, .unit = METRIC_SHARE};
    struct metric_value value = {(double)tally->held / (double)tally->judged, tally->judged, NAN};
    double interval[2];

    if (tally->judged == 0) {
        snprintf(out->saw, sizeof out->saw, "%s; can't tell with %u replication%s", tally->nothing,
                 run->data->replications, run->data->replications == 1 ? "" : "s");
        out->outcome = OUTCOME_UNDECIDED;
        return;
    }
    out->replication = tally->missed_in;
    out->at = tally->missed_at;
    snprintf(out->saw, sizeof out->saw, "holds in %u of %u replications%s%s", tally->held, tally->judged,
             tally->held < tally->judged ? "; " : "", tally->held < tally->judged ? tally->first_miss : "");
    out->outcome = value.value >= expectation->share ? OUTCOME_MET : OUTCOME_MISSED;
    if (!(expectation->confidence > 0) || !metric_interval(&rate, &value, expectation->confidence, interval))
        return;
    out->outcome = interval[0] >= expectation->share  ? OUTCOME_MET
                   : interval[1] < expectation->share ? OUTCOME_MISSED
                                                      : OUTCOME_UNDECIDED;
    size_t used = strlen(out->saw);
    snprintf(out->saw + used, sizeof out->saw - used, "; %g %% interval %.1f %% to %.1f %%%s",
             100 * expectation->confidence, 100 * interval[0], 100 * interval[1],
             out->outcome == OUTCOME_UNDECIDED ? ", can't tell" : "");
}

bool judge(const struct judged_run *run, const struct expectation *expectation, struct judgement *out,
           struct error_list *errors)
{
    struct event_tally tally = {0};

    *out = (struct judgement){.outcome = OUTCOME_UNDECIDED, .at = HEAL_TIME_NEVER};
    if (expectation->kind == EXPECT_FIGURE) {
        judge_figure(run, expectation, out);
        return true;
    }
    if (!events_tally(run, expectation, &tally, errors))
        return false;
    judge_share(run, expectation, &tally, out);
    return true;
}
