/* gathering.c - see gathering.h.
 *
 * What each figure is. Times run from instant to instant of the run:
 *
 *   mttd   a fault's onset to the opening of the first issue that matches it;
 *          faults that no issue matches are in false_negative, not here.
 *   mtta   an issue's opening to the start of the first action about it, the
 *          engine's or an operator's; pages are no action.
 *   mttr   a fault's onset to its verified recovery: the first time, at or after
 *          the fault's real end, at which a matching issue was verified or
 *          closed (matching.h). Where an operator mended it and no issue tells,
 *          the fault's end.
 *   recovery_from_detection   the first matching issue's opening to the same.
 *   remediation   first action's start to last action's end of a remediation that
 *          acted and ended success, failed or escalated; in the operators' arm
 *          of a repair.
 *   unrecovered   faults without verified recovery: with mttr's n they are all.
 *
 *   success          ended `success` / acted and ended
 *   first_attempt    verified / decided, of first attempts
 *   fallback         ended `success` / acted and ended, beyond the first strategy
 *   rollback         succeeded / ended
 *   false_positive   issues that match no fault / issues that can be judged
 *   false_negative   faults without an issue / faults
 *
 * Suspects, faults that are not counted, and issues that match nothing else are
 * left out of what the truth is needed for. So is a replication that did not
 * reach its end. Per type, a figure goes to the issue's type, or the fault's; a
 * fault of any type to that of the issue that found it. */
#include "reports/gathering.h"

#include "reports/response.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add_sample(struct gathering *gathering, struct time_samples *samples, double value)
{
    if (samples->count == samples->room) {
        size_t room = samples->room ? 2 * samples->room : 64;
        double *values = realloc(samples->values, room * sizeof *values);

        if (!values) {
            gathering->failed = true;
            return;
        }
        samples->values = values;
        samples->room = room;
    }
    samples->values[samples->count++] = value;
}

static void tally(struct gathering *gathering, enum issue_type type, uint32_t replication, bool is_time,
                  unsigned figure, struct tally more)
{
    const struct tallied *tallied = &gathering->tallied;

    if (gathering->told)
        gathering->told(gathering->context, &(struct gathered_sample){is_time, figure, replication, more.sum,
                                                                      more.count, gathering->fault, gathering->issue});
    if (!tallied->tallies || tallied->is_time != is_time || tallied->figure != figure ||
        (tallied->part != ISSUE_TYPE_COUNT && tallied->part != type))
        return;
    tallied->tallies[replication].sum += more.sum;
    tallied->tallies[replication].count += more.count;
}

static void add_time(struct gathering *gathering, enum issue_type type, uint32_t replication, enum time_figure figure,
                     heal_time from, heal_time to)
{
    double seconds = heal_duration_seconds(to - from);

    tally(gathering, type, replication, true, figure, (struct tally){seconds, 1.0});
    add_sample(gathering, &gathering->parts[ISSUE_TYPE_COUNT].times[figure], seconds);
    if (type < ISSUE_TYPE_COUNT)
        add_sample(gathering, &gathering->parts[type].times[figure], seconds);
}

static void add_share(struct gathering *gathering, enum issue_type type, uint32_t replication, enum share share,
                      uint64_t hits, uint64_t tries)
{
    tally(gathering, type, replication, false, share, (struct tally){(double)hits, (double)tries});
    gathering->parts[ISSUE_TYPE_COUNT].hits[share] += hits;
    gathering->parts[ISSUE_TYPE_COUNT].tries[share] += tries;
    if (type < ISSUE_TYPE_COUNT) {
        gathering->parts[type].hits[share] += hits;
        gathering->parts[type].tries[share] += tries;
    }
}

static void gather_fault(struct gathering *gathering, const struct run_data *data, const struct match_fault *fault)
{
    const struct match_issue *issue = fault->issue == MATCH_NONE ? NULL : &data->issues[fault->issue];
    enum issue_type type = fault->type == ISSUE_NONE && issue ? issue->type : fault->type;
    heal_time recovered = fault->recovered;

    if (!fault->counted)
        return;
    gathering->fault = (size_t)(fault - data->faults);
    gathering->issue = fault->issue;
    gathering->parts[ISSUE_TYPE_COUNT].faults++;
    if (type < ISSUE_TYPE_COUNT)
        gathering->parts[type].faults++;
    add_share(gathering, type, fault->replication, FALSE_NEGATIVE, !issue, 1);
    if (issue)
        add_time(gathering, type, fault->replication, MTTD, fault->onset, issue->opened_at);
    if (!data->heals)
        return;
    if (recovered == HEAL_TIME_NEVER) {
        gathering->parts[ISSUE_TYPE_COUNT].unrecovered++;
        if (type < ISSUE_TYPE_COUNT)
            gathering->parts[type].unrecovered++;
        return;
    }
    add_time(gathering, type, fault->replication, MTTR, fault->onset, recovered);
    if (issue && recovered >= issue->opened_at)
        add_time(gathering, type, fault->replication, RECOVERY, issue->opened_at, recovered);
}

static void gather_issue(struct gathering *gathering, const struct run_data *data, size_t index,
                         const struct response *response)
{
    const struct match_issue *issue = &data->issues[index];

    gathering->fault = issue->fault;
    gathering->issue = index;
    gathering->parts[ISSUE_TYPE_COUNT].issues++;
    if (issue->type < ISSUE_TYPE_COUNT)
        gathering->parts[issue->type].issues++;
    if (run_data_judged(data, index))
        add_share(gathering, issue->type, issue->replication, FALSE_POSITIVE, issue->verdict == VERDICT_FALSE, 1);
    if (response->at == HEAL_TIME_NEVER)
        return;
    add_time(gathering, issue->type, issue->replication, MTTA, issue->opened_at, response->at);
    if (response->by_operator && response->ended_at != HEAL_TIME_NEVER && strcmp(data->arm, "operators") == 0)
        add_time(gathering, issue->type, issue->replication, REMEDIATION, response->at, response->ended_at);
}

static void gather_remediation(struct gathering *gathering, const struct run_data *data,
                               const struct run_remediation *remediation)
{
    enum issue_type type = data->issues[remediation->issue].type;
    uint32_t replication = data->issues[remediation->issue].replication;
    bool success = remediation->status == REMEDIATION_SUCCESS;
    gathering->fault = data->issues[remediation->issue].fault;
    gathering->issue = remediation->issue;
    bool ended = success || remediation->status == REMEDIATION_FAILED || remediation->status == REMEDIATION_ESCALATED;

    if (remediation->first_attempt >= 0)
        add_share(gathering, type, replication, FIRST_ATTEMPT, remediation->first_attempt == 1, 1);
    add_share(gathering, type, replication, ROLLBACK, remediation->rollbacks_succeeded, remediation->rollbacks);
    if (!ended || remediation->first_action == HEAL_TIME_NEVER)
        return;
    add_share(gathering, type, replication, SUCCESS, success, 1);
    if (remediation->rungs > 1)
        add_share(gathering, type, replication, FALLBACK, success, 1);
    if (remediation->last_action_ended != HEAL_TIME_NEVER)
        add_time(gathering, type, replication, REMEDIATION, remediation->first_action, remediation->last_action_ended);
}

bool gather(struct gathering *gathering, const struct run_data *data)
{
    struct response *responses = responses_create(data);

    if (!responses)
        return false;
    for (size_t i = 0; i < data->fault_count; i++)
        gather_fault(gathering, data, &data->faults[i]);
    for (size_t i = 0; i < data->issue_count; i++)
        gather_issue(gathering, data, i, &responses[i]);
    for (size_t i = 0; i < data->remediation_count; i++)
        gather_remediation(gathering, data, &data->remediations[i]);
    free(responses);
    return !gathering->failed;
}

void gathering_clear(struct gathering *gathering)
{
    for (size_t part = 0; part <= ISSUE_TYPE_COUNT; part++) {
        for (int i = 0; i < TIME_COUNT; i++)
            free(gathering->parts[part].times[i].values);
    }
}

static int by_resource(const void *left, const void *right)
{
    const struct match_fault *a = left, *b = right;

    if (a->replication != b->replication)
        return a->replication < b->replication ? -1 : 1;
    if (a->resource != b->resource)
        return a->resource < b->resource ? -1 : 1;
    return (a->onset > b->onset) - (a->onset < b->onset);
}

double seconds_broken(const struct run_data *data, double *by_replication)
{
    struct match_fault *faults = malloc((data->fault_count + 1) * sizeof *faults);
    heal_time covered = data->start;
    double seconds = 0;

    if (!faults)
        return NAN;
    memcpy(faults, data->faults, data->fault_count * sizeof *faults);
    qsort(faults, data->fault_count, sizeof *faults, by_resource);
    for (size_t i = 0; i < data->fault_count; i++) {
        const struct match_fault *fault = &faults[i];
        heal_time limit = data->start + data->duration, from, to;

        if (i == 0 || fault->replication != faults[i - 1].replication || fault->resource != faults[i - 1].resource)
            covered = data->start;
        if (!fault->counted || fault->resource >= data->resource_count)
            continue;
        from = fault->onset > covered ? fault->onset : covered;
        to = fault->end < limit ? fault->end : limit;
        if (to > from) {
            seconds += heal_duration_seconds(to - from);
            if (by_replication)
                by_replication[fault->replication] += heal_duration_seconds(to - from);
            covered = to;
        }
    }
    free(faults);
    return seconds;
}
