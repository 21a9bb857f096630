/* summary.c - see summary.h; what each figure counts: gathering.c. */
#include "reports/summary.h"

#include "reports/gathering.h"
#include "reports/page_file.h"
#include "reports/run_data.h"
#include "reports/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How figures are made. */
struct how {
    bool intervals;
    uint64_t seed; /* of the bootstraps */
};

static const char *const TIME_NAMES[TIME_COUNT] = {"mttd", "mtta", "mttr", "recovery_from_detection", "remediation"};

static struct figure figure_of(const struct how *how, double *samples, size_t count, const char *name)
{
    return how->intervals ? statistics_figure(samples, count, how->seed, name) : statistics_points(samples, count);
}

/* Figures of one part; `name` tells its bootstraps from those of other parts. */
static void conclude(struct summary_part *part, struct gathered *gathered, const struct how *how, const char *name)
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
        *figures[i] = figure_of(how, gathered->times[i].values, gathered->times[i].count, key);
    }
    for (int i = 0; i < SHARE_COUNT; i++)
        *rates[i] = statistics_rate(gathered->hits[i], gathered->tries[i]);
}

/* What needs the whole run rather than its incidents. */
static void conclude_run(struct summary *summary, const struct run_data *data)
{
    double watched = heal_duration_seconds(data->duration - data->warm_up) * data->complete_replications *
                     (double)data->resource_count;
    double judged = (double)summary->all.false_positive.n;

    summary->availability = NAN;
    summary->false_positives_per_resource_day = NAN;
    summary->manual_interventions = data->repair_count;
    summary->alerts = data->pages;
    if (!data->truth || !(watched > 0))
        return;
    summary->availability = 1 - seconds_broken(data, NULL) / watched;
    summary->false_positives_per_resource_day =
        judged > 0 ? summary->all.false_positive.value * judged / (watched / heal_duration_seconds(HEAL_DAY)) : 0;
}

/* False when out of memory. */
static bool conclude_totals(struct summary *summary, const struct run_data *data, const struct how *how)
{
    double *samples = malloc((data->total_count + 1) * sizeof *samples);

    for (unsigned i = 0; samples && i < TOTAL_COUNT; i++) {
        size_t count = 0;
        for (size_t r = 0; r < data->total_count; r++) {
            if (isfinite(data->totals[r].values[i]))
                samples[count++] = data->totals[r].values[i];
        }
        summary->totals[i] = figure_of(how, samples, count, total_name((enum total)i));
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

static struct summary *summarize(const char *path, bool intervals, struct error_list *errors)
{
    struct run_data *data = run_data_read(path, errors);
    struct summary *summary = data ? calloc(1, sizeof *summary) : NULL;
    struct gathering *gathering = data ? calloc(1, sizeof *gathering) : NULL;
    struct how how = {intervals, data ? data->seed : 0};
    bool done = summary && gathering && gather(gathering, data) && conclude_totals(summary, data, &how);

    if (data && !done)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "out of memory");
    if (gathering && summary) {
        conclude(&summary->all, &gathering->parts[ISSUE_TYPE_COUNT], &how, data->arm);
        for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++)
            conclude(&summary->by_type[type], &gathering->parts[type], &how, issue_type_name((enum issue_type)type));
    }
    if (done) {
        conclude_run(summary, data);
        describe(summary, data);
    }
    if (gathering)
        gathering_clear(gathering);
    free(gathering);
    run_data_destroy(data);
    if (done)
        return summary;
    free(summary);
    return NULL;
}

static struct summary *read_arms(const char *folder, bool intervals, struct error_list *errors)
{
    char *path = page_file_path(folder, "run.db", errors), *baseline = page_file_path(folder, "baseline.db", errors);
    struct summary *summary = path && baseline ? summarize(path, intervals, errors) : NULL;

    if (summary && access(baseline, F_OK) == 0) {
        summary->baseline = summarize(baseline, intervals, errors);
        if (!summary->baseline) {
            summary_destroy(summary);
            summary = NULL;
        }
    }
    free(path);
    free(baseline);
    return summary;
}

struct summary *summary_read(const char *folder, struct error_list *errors)
{
    return read_arms(folder, true, errors);
}

struct summary *summary_read_points(const char *folder, struct error_list *errors)
{
    return read_arms(folder, false, errors);
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
