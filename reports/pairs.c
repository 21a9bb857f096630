/* pairs.c - see pairs.h.
 *
 * Per fault: its times, and whether it was missed or never recovered. Per
 * replication: shares and counts of what was decided in it. */
#include "reports/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool pairs_possible(const struct run_data *a, const struct run_data *b)
{
    if (a->seed != b->seed || a->replications != b->replications || a->fault_count != b->fault_count ||
        a->start != b->start || a->duration != b->duration || a->resource_count != b->resource_count)
        return false;
    for (size_t i = 0; i < a->fault_count; i++) {
        const struct match_fault *x = &a->faults[i], *y = &b->faults[i];
        if (x->replication != y->replication || x->onset != y->onset || x->resource != y->resource ||
            x->type != y->type)
            return false;
    }
    return true;
}

static double seconds(heal_time from, heal_time to)
{
    return to == HEAL_TIME_NEVER ? NAN : heal_duration_seconds(to - from);
}

/* The value of one fault; NaN where it has none. */
static double of_fault(const struct run_data *data, size_t index, const char *field)
{
    const struct match_fault *fault = &data->faults[index];
    heal_time opened = fault->issue == MATCH_NONE ? HEAL_TIME_NEVER : data->issues[fault->issue].opened_at;

    if (!fault->counted)
        return NAN;
    if (strcmp(field, "mttd_seconds") == 0)
        return seconds(fault->onset, opened);
    if (strcmp(field, "mttr_seconds") == 0)
        return data->heals ? seconds(fault->onset, fault->recovered) : NAN;
    if (strcmp(field, "recovery_from_detection_seconds") == 0)
        return opened == HEAL_TIME_NEVER || !data->heals ? NAN : seconds(opened, fault->recovered);
    if (strcmp(field, "false_negative_rate") == 0)
        return fault->issue == MATCH_NONE;
    if (strcmp(field, "unrecovered") == 0)
        return data->heals ? (double)(fault->recovered == HEAL_TIME_NEVER) : NAN;
    return NAN;
}

static bool is_per_fault(const char *field)
{
    static const char *const FIELDS[] = {"mttd_seconds", "mttr_seconds", "recovery_from_detection_seconds",
                                         "false_negative_rate", "unrecovered"};
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
        if (strcmp(field, FIELDS[i]) == 0)
            return true;
    }
    return false;
}

/* Sums and counts of one replication. */
struct share {
    double sum, count;
};

static void add(struct share *share, double value, double count)
{
    share->sum += value;
    share->count += count;
}

static void of_issues(const struct run_data *data, const struct metric *metric, struct share *shares)
{
    bool all = strcmp(metric->field, "issues") == 0, rate = strcmp(metric->field, "false_positive_rate") == 0;

    for (size_t i = 0; i < data->issue_count; i++) {
        const struct match_issue *issue = &data->issues[i];
        if (issue->replication >= data->replications || (metric->type != ISSUE_NONE && issue->type != metric->type))
            continue;
        if (all)
            add(&shares[issue->replication], 1, 0);
        else if (rate && run_data_judged(data, i))
            add(&shares[issue->replication], issue->verdict == VERDICT_FALSE, 1);
    }
}

static void of_remediations(const struct run_data *data, const struct metric *metric, struct share *shares)
{
    const char *field = metric->field;

    for (size_t i = 0; i < data->remediation_count; i++) {
        const struct run_remediation *r = &data->remediations[i];
        const struct match_issue *issue = &data->issues[r->issue];
        bool success = r->status == REMEDIATION_SUCCESS;
        bool acted = r->first_action != HEAL_TIME_NEVER &&
                     (success || r->status == REMEDIATION_FAILED || r->status == REMEDIATION_ESCALATED);
        if (issue->replication >= data->replications || (metric->type != ISSUE_NONE && issue->type != metric->type))
            continue;
        struct share *share = &shares[issue->replication];
        bool any = strcmp(field, "success_rate") == 0;
        bool fallback = strcmp(field, "fallback_success_rate") == 0 && r->rungs > 1;
        if (acted && (any || fallback))
            add(share, success, 1);
        else if (strcmp(field, "first_attempt_success_rate") == 0 && r->first_attempt >= 0)
            add(share, r->first_attempt == 1, 1);
        else if (strcmp(field, "rollback_success_rate") == 0)
            add(share, r->rollbacks_succeeded, r->rollbacks);
        else if (strcmp(field, "remediation_seconds") == 0 && acted && r->last_action_ended != HEAL_TIME_NEVER)
            add(share, seconds(r->first_action, r->last_action_ended), 1);
    }
}

static bool is_counted(const char *field)
{
    return strcmp(field, "issues") == 0 || strcmp(field, "manual_interventions") == 0;
}

static bool find_total(const char *field, enum total *out)
{
    for (unsigned i = 0; i < TOTAL_COUNT; i++) {
        if (strcmp(field, total_name((enum total)i)) != 0)
            continue;
        *out = (enum total)i;
        return true;
    }
    return false;
}

static bool is_per_replication(const char *field)
{
    enum total total;

    static const char *const FIELDS[] = {"false_positive_rate",        "success_rate",          "fallback_success_rate",
                                         "first_attempt_success_rate", "rollback_success_rate", "remediation_seconds"};
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
        if (strcmp(field, FIELDS[i]) == 0)
            return true;
    }
    return is_counted(field) || find_total(field, &total);
}

static void of_totals(const struct run_data *data, enum total total, struct share *shares)
{
    for (size_t i = 0; i < data->total_count; i++) {
        if (data->totals[i].replication < data->replications && isfinite(data->totals[i].values[total]))
            add(&shares[data->totals[i].replication], data->totals[i].values[total], 1);
    }
}

static void of_replications(const struct run_data *data, const struct metric *metric, struct share *shares)
{
    enum total total;

    if (find_total(metric->field, &total)) {
        of_totals(data, total, shares);
        return;
    }
    if (strcmp(metric->field, "manual_interventions") == 0) {
        for (size_t i = 0; i < data->repair_count; i++) {
            if (data->repairs[i].replication < data->replications)
                add(&shares[data->repairs[i].replication], 1, 0);
        }
        return;
    }
    of_issues(data, metric, shares);
    of_remediations(data, metric, shares);
}

/* Mean and sd as they grow (Welford 1962). */
static void take(struct paired *out, double *squares, double difference)
{
    if (!isfinite(difference))
        return;
    out->n++;
    double off = difference - out->mean;
    out->mean += off / (double)out->n;
    *squares += off * (difference - out->mean);
}

bool pairs_of(const struct run_data *a, const struct run_data *b, const struct metric *metric, struct paired *out)
{
    double squares = 0;

    *out = (struct paired){0, 0, NAN};
    if (metric->operators || metric->kind == METRIC_QUANTILE || metric->kind == METRIC_NUMBER)
        return false;
    if (is_per_fault(metric->field)) {
        for (size_t i = 0; i < a->fault_count; i++) {
            if (metric->type == ISSUE_NONE || a->faults[i].type == metric->type)
                take(out, &squares, of_fault(b, i, metric->field) - of_fault(a, i, metric->field));
        }
    } else if (is_per_replication(metric->field)) {
        struct share *shares = calloc(2 * (size_t)a->replications, sizeof *shares);
        if (!shares)
            return false;
        of_replications(a, metric, shares);
        of_replications(b, metric, shares + a->replications);
        for (uint32_t r = 0; r < a->replications; r++) {
            const struct share *x = &shares[r], *y = &shares[a->replications + r];
            if (is_counted(metric->field))
                take(out, &squares, y->sum - x->sum);
            else if (x->count > 0 && y->count > 0)
                take(out, &squares, y->sum / y->count - x->sum / x->count);
        }
        free(shares);
    }
    if (out->n > 1)
        out->sd = sqrt(squares / (double)(out->n - 1));
    return out->n > 0;
}
