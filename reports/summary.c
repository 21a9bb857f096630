/* summary.c - see summary.h.
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
#include "reports/summary.h"

#include "reports/page_file.h"
#include "reports/response.h"
#include "reports/run_data.h"
#include "reports/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum time_figure { MTTD, MTTA, MTTR, RECOVERY, REMEDIATION, TIME_COUNT };
enum share { SUCCESS, FIRST_ATTEMPT, FALLBACK, ROLLBACK, FALSE_POSITIVE, FALSE_NEGATIVE, SHARE_COUNT };

static const char *const TIME_NAMES[TIME_COUNT] = {"mttd", "mtta", "mttr", "recovery_from_detection", "remediation"};

struct samples {
    double *values;
    size_t count, room;
};

/* What one part gathers before it becomes figures. */
struct gathered {
    struct samples times[TIME_COUNT];
    uint64_t hits[SHARE_COUNT], tries[SHARE_COUNT];
    uint64_t faults, issues, unrecovered;
};

/* [ISSUE_TYPE_COUNT] is all of them. */
struct gathering {
    struct gathered parts[ISSUE_TYPE_COUNT + 1];
    bool failed; /* out of memory */
};

static void add_sample(struct gathering *gathering, struct samples *samples, double value)
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

static void add_time(struct gathering *gathering, enum issue_type type, enum time_figure figure, heal_time from,
                     heal_time to)
{
    double seconds = heal_duration_seconds(to - from);

    add_sample(gathering, &gathering->parts[ISSUE_TYPE_COUNT].times[figure], seconds);
    if (type < ISSUE_TYPE_COUNT)
        add_sample(gathering, &gathering->parts[type].times[figure], seconds);
}

static void add_share(struct gathering *gathering, enum issue_type type, enum share share, uint64_t hits,
                      uint64_t tries)
{
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
    gathering->parts[ISSUE_TYPE_COUNT].faults++;
    if (type < ISSUE_TYPE_COUNT)
        gathering->parts[type].faults++;
    add_share(gathering, type, FALSE_NEGATIVE, !issue, 1);
    if (issue)
        add_time(gathering, type, MTTD, fault->onset, issue->opened_at);
    if (!data->heals)
        return;
    if (recovered == HEAL_TIME_NEVER) {
        gathering->parts[ISSUE_TYPE_COUNT].unrecovered++;
        if (type < ISSUE_TYPE_COUNT)
            gathering->parts[type].unrecovered++;
        return;
    }
    add_time(gathering, type, MTTR, fault->onset, recovered);
    if (issue && recovered >= issue->opened_at)
        add_time(gathering, type, RECOVERY, issue->opened_at, recovered);
}

static void gather_issue(struct gathering *gathering, const struct run_data *data, size_t index,
                         const struct response *response)
{
    const struct match_issue *issue = &data->issues[index];

    gathering->parts[ISSUE_TYPE_COUNT].issues++;
    if (issue->type < ISSUE_TYPE_COUNT)
        gathering->parts[issue->type].issues++;
    if (run_data_judged(data, index))
        add_share(gathering, issue->type, FALSE_POSITIVE, issue->verdict == VERDICT_FALSE, 1);
    if (response->at == HEAL_TIME_NEVER)
        return;
    add_time(gathering, issue->type, MTTA, issue->opened_at, response->at);
    if (response->by_operator && response->ended_at != HEAL_TIME_NEVER && strcmp(data->arm, "operators") == 0)
        add_time(gathering, issue->type, REMEDIATION, response->at, response->ended_at);
}

static void gather_remediation(struct gathering *gathering, const struct run_data *data,
                               const struct run_remediation *remediation)
{
    enum issue_type type = data->issues[remediation->issue].type;
    bool success = remediation->status == REMEDIATION_SUCCESS;
    bool ended = success || remediation->status == REMEDIATION_FAILED || remediation->status == REMEDIATION_ESCALATED;

    if (remediation->first_attempt >= 0)
        add_share(gathering, type, FIRST_ATTEMPT, remediation->first_attempt == 1, 1);
    add_share(gathering, type, ROLLBACK, remediation->rollbacks_succeeded, remediation->rollbacks);
    if (!ended || remediation->first_action == HEAL_TIME_NEVER)
        return;
    add_share(gathering, type, SUCCESS, success, 1);
    if (remediation->rungs > 1)
        add_share(gathering, type, FALLBACK, success, 1);
    if (remediation->last_action_ended != HEAL_TIME_NEVER)
        add_time(gathering, type, REMEDIATION, remediation->first_action, remediation->last_action_ended);
}

static bool gather(struct gathering *gathering, const struct run_data *data)
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

/* Figures of one part; `name` tells its bootstraps from those of other parts. */
static void conclude(struct summary_part *part, struct gathered *gathered, uint64_t seed, const char *name)
{
    struct figure *const figures[TIME_COUNT] = {&part->mttd, &part->mtta, &part->mttr, &part->recovery_from_detection,
                                                &part->remediation};
    struct rate *const rates[SHARE_COUNT] = {&part->success,  &part->first_attempt,  &part->fallback,
                                             &part->rollback, &part->false_positive, &part->false_negative};

    part->faults = gathered->faults;
    part->issues = gathered->issues;
    part->unrecovered = gathered->unrecovered;
    for (int i = 0; i < TIME_COUNT; i++) {
        char key[96];

        snprintf(key, sizeof key, "%s/%s", name, TIME_NAMES[i]);
        *figures[i] = statistics_figure(gathered->times[i].values, gathered->times[i].count, seed, key);
        free(gathered->times[i].values);
    }
    for (int i = 0; i < SHARE_COUNT; i++)
        *rates[i] = statistics_rate(gathered->hits[i], gathered->tries[i]);
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

/* Seconds in which some counted fault was active, summed over resources and
 * replications: the union of each resource's fault intervals. NaN when out of
 * memory. */
static double seconds_broken(const struct run_data *data)
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
            covered = to;
        }
    }
    free(faults);
    return seconds;
}

/* What needs the whole run rather than its incidents. */
static void conclude_run(struct summary *summary, const struct run_data *data)
{
    double watched = heal_duration_seconds(data->duration) * data->complete_replications * (double)data->resource_count;
    double judged = (double)summary->all.false_positive.n;

    summary->availability = NAN;
    summary->false_positives_per_resource_day = NAN;
    summary->manual_interventions = data->repair_count;
    summary->alerts = data->pages;
    if (!data->truth || !(watched > 0))
        return;
    summary->availability = 1 - seconds_broken(data) / watched;
    summary->false_positives_per_resource_day =
        judged > 0 ? summary->all.false_positive.value * judged / (watched / heal_duration_seconds(HEAL_DAY)) : 0;
}

/* False when out of memory. */
static bool conclude_totals(struct summary *summary, const struct run_data *data)
{
    double *samples = malloc((data->total_count + 1) * sizeof *samples);

    for (unsigned i = 0; samples && i < TOTAL_COUNT; i++) {
        size_t count = 0;
        for (size_t r = 0; r < data->total_count; r++) {
            if (isfinite(data->totals[r].values[i]))
                samples[count++] = data->totals[r].values[i];
        }
        summary->totals[i] = statistics_figure(samples, count, data->seed, total_name((enum total)i));
    }
    bool good = samples != NULL;
    free(samples);
    return good;
}

/* Takes the texts over from `data`. */
static void describe(struct summary *summary, struct run_data *data)
{
    summary->scenario = data->scenario;
    summary->mode = data->mode;
    data->scenario = data->mode = NULL;
    summary->seed = data->seed;
    summary->replications = data->replications;
    summary->duration_seconds = heal_duration_seconds(data->duration);
    snprintf(summary->digest, sizeof summary->digest, "%s", data->digest);
    summary->complete = data->complete;
    summary->heals = data->heals;
    summary->truth = data->truth;
}

static struct summary *summarize(const char *path, struct error_list *errors)
{
    struct run_data *data = run_data_read(path, errors);
    struct summary *summary = data ? calloc(1, sizeof *summary) : NULL;
    struct gathering *gathering = data ? calloc(1, sizeof *gathering) : NULL;
    bool done = summary && gathering && gather(gathering, data) && conclude_totals(summary, data);

    if (data && !done)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "out of memory");
    if (gathering && summary) {
        conclude(&summary->all, &gathering->parts[ISSUE_TYPE_COUNT], data->seed, data->arm);
        for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++)
            conclude(&summary->by_type[type], &gathering->parts[type], data->seed,
                     issue_type_name((enum issue_type)type));
    }
    if (done) {
        conclude_run(summary, data);
        describe(summary, data);
    }
    free(gathering);
    run_data_destroy(data);
    if (done)
        return summary;
    free(summary);
    return NULL;
}

struct summary *summary_read(const char *folder, struct error_list *errors)
{
    char *path = page_file_path(folder, "run.db", errors), *baseline = page_file_path(folder, "baseline.db", errors);
    struct summary *summary = path && baseline ? summarize(path, errors) : NULL;

    if (summary && access(baseline, F_OK) == 0) {
        summary->baseline = summarize(baseline, errors);
        if (!summary->baseline) {
            summary_destroy(summary);
            summary = NULL;
        }
    }
    free(path);
    free(baseline);
    return summary;
}

void summary_destroy(struct summary *summary)
{
    if (!summary)
        return;
    summary_destroy(summary->baseline);
    free(summary->scenario);
    free(summary->mode);
    free(summary);
}
