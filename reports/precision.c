/* precision.c - see precision.h. */
#include "reports/precision.h"

#include "reports/gathering.h"
#include "reports/page_file.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool precision_known(const struct metric *metric)
{
    return metric->kind == METRIC_MEAN || metric->kind == METRIC_RATE || metric->kind == METRIC_NUMBER;
}

static bool is_field(const struct metric *metric, const char *name)
{
    return strcmp(metric->field, name) == 0;
}

/* Times and shares stand in metric_fields in the order of their enums. */
static struct tallied what_to_tally(const struct metric *metric, struct tally *tallies)
{
    struct tallied tallied = {.part = metric->type == ISSUE_NONE ? ISSUE_TYPE_COUNT : (unsigned)metric->type,
                              .is_time = metric->kind == METRIC_MEAN,
                              .figure = FALSE_POSITIVE, /* of a METRIC_NUMBER; availability takes none of it */
                              .tallies = tallies};
    const char *const *names;
    size_t count = metric_fields(&names);

    for (size_t i = 0; metric->kind != METRIC_NUMBER && i < count; i++) {
        if (is_field(metric, names[i]))
            tallied.figure = (unsigned)(tallied.is_time ? i : i - TIME_COUNT);
    }
    return tallied;
}

/* TOTAL_COUNT: the figure is none of those that each replication tells itself. */
static unsigned total_of(const struct metric *metric)
{
    unsigned total = 0;

    while (total < TOTAL_COUNT && !is_field(metric, total_name((enum total)total)))
        total++;
    return total;
}

static void tally_total(unsigned total, const struct run_data *data, struct tally *tallies)
{
    for (size_t i = 0; i < data->total_count; i++) {
        if (isfinite(data->totals[i].values[total]))
            tallies[data->totals[i].replication] = (struct tally){data->totals[i].values[total], 1.0};
    }
}

/* Numbers of the whole run: what is counted, over what was watched. */
static bool tally_number(const struct metric *metric, const struct run_data *data, struct tally *tallies)
{
    double watched = heal_duration_seconds(data->duration) * (double)data->resource_count;
    double *broken = calloc(data->replication_count + 1, sizeof *broken);
    bool good = broken && isfinite(seconds_broken(data, broken));

    for (size_t i = 0; good && i < data->replication_count; i++) {
        if (is_field(metric, "availability"))
            tallies[i] = (struct tally){watched - broken[i], watched};
        else
            tallies[i].count = watched / heal_duration_seconds(HEAL_DAY);
    }
    free(broken);
    return good;
}

static void widen(double interval[2], const double other[2])
{
    interval[0] = fmin(interval[0], other[0]);
    interval[1] = fmax(interval[1], other[1]);
}

/* The ratio of sums over complete replications, and its interval. */
static void conclude(const struct run_data *data, const struct tally *tallies, double confidence, struct precision *out)
{
    double sum = 0.0, count = 0.0, squares = 0.0, n = 0.0;

    for (size_t i = 0; i < data->replication_count; i++) {
        if (!data->replication_complete[i])
            continue;
        sum += tallies[i].sum;
        count += tallies[i].count;
        n += 1.0;
    }
    *out = (struct precision){NAN, {NAN, NAN}, (uint32_t)n};
    if (!(count > 0.0))
        return;
    out->value = sum / count;
    if (n < 2.0)
        return;
    for (size_t i = 0; i < data->replication_count; i++) {
        double residual = tallies[i].sum - out->value * tallies[i].count;
        if (data->replication_complete[i])
            squares += residual * residual;
    }
    double margin = gsl_cdf_tdist_Pinv((1.0 + confidence) / 2.0, n - 1.0) * sqrt(squares * n / (n - 1.0)) / count;
    out->interval[0] = out->value - margin;
    out->interval[1] = out->value + margin;
}

/* What the incidents say, each taken for itself. */
static void widen_by_incidents(const struct metric *metric, const struct gathering *gathering, double confidence,
                               struct precision *out)
{
    const struct tallied *tallied = &gathering->tallied;
    const struct gathered *part = &gathering->parts[tallied->part];
    struct metric_value value = {out->value, 0, NAN};
    double interval[2];

    if (metric->kind == METRIC_MEAN) {
        const struct time_samples *samples = &part->times[tallied->figure];
        value.n = samples->count;
        value.sd = samples->count > 1 ? gsl_stats_sd(samples->values, 1, samples->count) : NAN;
    } else {
        value.n = (size_t)part->tries[tallied->figure];
    }
    if (metric_interval(metric, &value, confidence, interval))
        widen(out->interval, interval);
    else
        out->interval[0] = out->interval[1] = NAN;
}

static bool measure(const struct metric *metric, const struct run_data *data, double confidence, struct precision *out)
{
    struct gathering *gathering = calloc(1, sizeof *gathering);
    struct tally *tallies = calloc(data->replication_count + 1, sizeof *tallies);
    bool good = gathering && tallies;
    unsigned total = total_of(metric);

    if (good && total < TOTAL_COUNT) {
        tally_total(total, data, tallies);
        conclude(data, tallies, confidence, out);
    } else if (good) {
        gathering->tallied = what_to_tally(metric, tallies);
        good = gather(gathering, data) && (metric->kind != METRIC_NUMBER || tally_number(metric, data, tallies));
    }
    if (good && total == TOTAL_COUNT) {
        conclude(data, tallies, confidence, out);
        if (metric->kind != METRIC_NUMBER && isfinite(out->interval[0]))
            widen_by_incidents(metric, gathering, confidence, out);
    }
    if (gathering)
        gathering_clear(gathering);
    free(gathering);
    free(tallies);
    return good;
}

bool precision_read(const char *folder, const struct metric *metric, double confidence, struct precision *out,
                    struct error_list *errors)
{
    char *path = page_file_path(folder, metric->operators ? "baseline.db" : "run.db", errors);
    struct run_data *data = path ? run_data_read(path, errors) : NULL;
    bool good = data && measure(metric, data, confidence, out);

    if (data && !good)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "out of memory");
    run_data_destroy(data);
    free(path);
    return good;
}
