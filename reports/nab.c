/* nab.c - one sweep over all samples in falling order of score. */
#include "reports/nab.h"

#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

static const struct {
    const char *name;
    double hit, false_alarm, miss;
} PROFILES[NAB_PROFILE_COUNT] = {
    [NAB_STANDARD] = {"standard", 1.0, 0.11, 1.0},
    [NAB_LOW_FALSE_POSITIVES] = {"reward_low_FP", 1.0, 0.22, 1.0},
    [NAB_LOW_FALSE_NEGATIVES] = {"reward_low_FN", 1.0, 0.11, 2.0},
};

const char *nab_profile_name(enum nab_profile profile)
{
    return PROFILES[profile].name;
}

size_t nab_probation(size_t count)
{
    size_t share = (size_t)(0.15 * (double)count);
    return share < 750 ? share : 750;
}

static double sigmoid(double x)
{
    return x > 3 ? -1.0 : 2 / (1 + exp(5 * x)) - 1;
}

/* The window that sample `i` is in, else window_count; *worth is what an alarm there
 * earns (inside, 0 .. 1) or costs (outside, -1 .. 0), before the profile's weight. */
static size_t locate(const struct nab_file *file, size_t i, double *worth)
{
    size_t window = 0;

    *worth = -1.0;
    while (window < file->window_count && file->windows[window].last < i)
        window++;
    if (window < file->window_count && file->windows[window].first <= i) {
        const struct nab_window *in = &file->windows[window];
        double width = (double)(in->last - in->first + 1);
        *worth = sigmoid(-(double)(in->last - i + 1) / width) / sigmoid(-1.0);
        return window;
    }
    if (window > 0) {
        const struct nab_window *past = &file->windows[window - 1];
        double width = (double)(past->last - past->first);
        *worth = sigmoid((double)(i - past->last) / (width > 1 ? width : 1));
    }
    return file->window_count;
}

struct alarm {
    double score, worth;
    size_t window; /* over all files; SIZE_MAX: outside */
    size_t order;
};

static int by_falling_score(const void *left, const void *right)
{
    const struct alarm *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

size_t nab_windows(const struct nab_file *files, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += files[i].window_count;
    return total;
}

/* All samples that reach `least`, best first; NULL when out of memory. */
static struct alarm *alarms_of(const struct nab_file *files, size_t count, double least, size_t *alarm_count)
{
    size_t samples = 0, filled = 0, windows = 0;

    for (size_t i = 0; i < count; i++)
        samples += files[i].count;
    struct alarm *alarms = malloc((samples + 1) * sizeof *alarms);
    for (size_t k = 0; alarms && k < count; k++) {
        for (size_t i = nab_probation(files[k].count); i < files[k].count; i++) {
            struct alarm *alarm = &alarms[filled];
            if (!(files[k].score[i] >= least))
                continue;
            size_t window = locate(&files[k], i, &alarm->worth);
            alarm->score = files[k].score[i];
            alarm->window = window < files[k].window_count ? windows + window : SIZE_MAX;
            alarm->order = filled++;
        }
        windows += files[k].window_count;
    }
    if (alarms)
        qsort(alarms, filled, sizeof *alarms, by_falling_score);
    *alarm_count = filled;
    return alarms;
}

/* The gain of one more alarm; best[w] is what window w has earned so far, NaN nothing. */
static double gain(const struct alarm *alarm, enum nab_profile profile, double *best)
{
    double earned = PROFILES[profile].hit * alarm->worth;

    if (alarm->window == SIZE_MAX)
        return PROFILES[profile].false_alarm * alarm->worth;
    double before = best[alarm->window];
    if (isnan(before)) {
        best[alarm->window] = earned;
        return PROFILES[profile].miss + earned;
    }
    if (earned <= before)
        return 0;
    best[alarm->window] = earned;
    return earned - before;
}

/* The sum of all gains, over all alarms or to where it is highest, in windows; NaN: out of memory. */
static double sweep(const struct nab_file *files, size_t count, enum nab_profile profile, double least, bool to_best,
                    double *threshold)
{
    size_t alarm_count, windows = nab_windows(files, count);
    struct alarm *alarms = alarms_of(files, count, least, &alarm_count);
    double *best = malloc((windows + 1) * sizeof *best);
    double sum = 0, top = 0, at = INFINITY;

    if (!alarms || !best) {
        free(alarms);
        free(best);
        return NAN;
    }
    for (size_t i = 0; i < windows; i++)
        best[i] = NAN;
    for (size_t i = 0; i < alarm_count; i++) {
        sum += gain(&alarms[i], profile, best);
        bool last = i + 1 == alarm_count || alarms[i + 1].score != alarms[i].score;
        if (last && sum > top) {
            top = sum;
            at = alarms[i].score;
        }
    }
    free(alarms);
    free(best);
    if (threshold)
        *threshold = at;
    return (to_best ? top : sum) / (PROFILES[profile].hit + PROFILES[profile].miss);
}

/* Of a perfect detector's, in percent. */
static double normal(const struct nab_file *files, size_t count, double earned)
{
    size_t windows = nab_windows(files, count);
    return windows > 0 ? 100 * earned / (double)windows : (double)NAN;
}

double nab_score(const struct nab_file *files, size_t count, enum nab_profile profile, double *threshold)
{
    return normal(files, count, sweep(files, count, profile, -INFINITY, true, threshold));
}

double nab_score_at(const struct nab_file *files, size_t count, enum nab_profile profile, double threshold)
{
    return normal(files, count, nab_earned_at(files, count, profile, threshold));
}

double nab_earned_at(const struct nab_file *files, size_t count, enum nab_profile profile, double threshold)
{
    return sweep(files, count, profile, threshold, false, NULL);
}

/* Of `count` delays, which are sorted. */
static void set_delays(struct nab_hits *hits, double *delays, size_t count)
{
    hits->delay_mean = hits->delay_p95 = (double)NAN;
    if (!delays || count == 0)
        return;
    gsl_sort(delays, 1, count);
    hits->delay_mean = gsl_stats_mean(delays, 1, count);
    hits->delay_p95 = gsl_stats_quantile_from_sorted_data(delays, 1, count, 0.95);
}

struct nab_hits nab_hits_at(const struct nab_file *files, size_t count, double threshold)
{
    struct nab_hits hits = {.windows = nab_windows(files, count)};
    double *delays = calloc(hits.windows + 1, sizeof *delays);

    for (size_t k = 0; k < count; k++) {
        size_t last_found = SIZE_MAX;
        for (size_t i = nab_probation(files[k].count); i < files[k].count; i++) {
            double worth;
            size_t window = locate(&files[k], i, &worth);
            bool outside = window == files[k].window_count, alarm = files[k].score[i] >= threshold;
            hits.samples += outside;
            hits.outside += outside && alarm;
            hits.inside += !outside && alarm;
            if (!outside && alarm && window != last_found) {
                if (delays)
                    delays[hits.found] = (double)(i - files[k].windows[window].first);
                hits.found++;
                last_found = window;
            }
        }
    }
    set_delays(&hits, delays, hits.found);
    free(delays);
    return hits;
}
