/* pool.c - see pool.h: sums, quantiles and resamples of samples. */
#include "reports/pool.h"

#include "reports/pool_parts.h"
#include "reports/statistics.h"

#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 20170618, FINITE_LEAST = POOL_RESAMPLES / 2 };

static void draw(struct pool *pool)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

    for (size_t resample = 0; rng && resample < POOL_RESAMPLES; resample++) {
        uint16_t *times = pool->times + resample * pool->clusters;
        gsl_rng_set(rng, SEED + (unsigned long)resample);
        for (size_t p = 0; p < pool->part_count; p++) {
            for (uint32_t r = 0; r < pool->parts[p].replications; r++)
                times[pool->first[p] + gsl_rng_uniform_int(rng, pool->parts[p].replications)]++;
        }
    }
    if (!rng)
        pool->clusters = 0;
    gsl_rng_free(rng);
}

struct pool *pool_create(const struct pool_part *parts, size_t count)
{
    struct pool *pool = calloc(1, sizeof *pool);

    if (!pool)
        return NULL;
    pool->parts = calloc(count + 1, sizeof *pool->parts);
    pool->first = calloc(count + 1, sizeof *pool->first);
    if (!pool->parts || !pool->first) {
        pool_destroy(pool);
        return NULL;
    }
    pool->part_count = count;
    for (size_t p = 0; p < count; p++) {
        pool->parts[p] = parts[p];
        pool->first[p] = pool->clusters;
        pool->clusters += parts[p].replications;
    }
    pool->times = calloc(POOL_RESAMPLES * pool->clusters + 1, sizeof *pool->times);
    if (pool->times)
        draw(pool);
    if (!pool->times || (count > 0 && pool->clusters == 0)) {
        pool_destroy(pool);
        return NULL;
    }
    return pool;
}

void pool_destroy(struct pool *pool)
{
    if (!pool)
        return;
    free(pool->parts);
    free(pool->first);
    free(pool->times);
    free(pool);
}

bool pool_knows(const struct metric *metric)
{
    return !metric->operators && metric->type == ISSUE_NONE &&
           strcmp(metric->field, "false_positives_per_resource_day") != 0 &&
           (!metric->statistic || strcmp(metric->statistic, "sd") != 0);
}

/* --- what a question is about ------------------------------------------------------ */

static unsigned place_of(const struct metric *metric)
{
    const char *const *names;
    size_t count = metric_fields(&names);
    unsigned i = 0;

    while (i < count && names[i] != metric->field)
        i++;
    return i;
}

bool pool_in_group(const struct pool *pool, const struct pool_member *member, const struct pool_group *group)
{
    const struct pool_sample *sample = member->sample;

    if (group->by == POOL_BY_SCENARIO)
        return strcmp(pool->parts[member->part].name, group->name) == 0;
    if (group->by == POOL_BY_KIND)
        return strcmp(sample->kind, group->name) == 0;
    size_t length = strlen(sample->kind);
    return strncmp(group->name, sample->kind, length) == 0 && strncmp(group->name + length, ": ", 2) == 0 &&
           strcmp(group->name + length + 2, sample->cause) == 0;
}

static int by_pair(const void *left, const void *right)
{
    const struct pool_member *a = left, *b = right;

    if (a->part != b->part)
        return a->part < b->part ? -1 : 1;
    return (a->sample->pair > b->sample->pair) - (a->sample->pair < b->sample->pair);
}

static int by_value(const void *left, const void *right)
{
    const struct pool_member *a = left, *b = right;
    return (a->sample->sum > b->sample->sum) - (a->sample->sum < b->sample->sum);
}

bool pool_pick(const struct pool *pool, const struct metric *metric, enum pool_arm arm, struct pool_pick *out)
{
    unsigned figure = place_of(metric);
    size_t room = 0;

    *out = (struct pool_pick){0};
    for (size_t p = 0; p < pool->part_count; p++)
        room += pool->parts[p].count;
    out->members = malloc((room + 1) * sizeof *out->members);
    for (size_t p = 0; out->members && p < pool->part_count; p++) {
        const struct pool_part *part = &pool->parts[p];
        for (size_t i = 0; i < part->count; i++) {
            const struct pool_sample *sample = &part->samples[i];
            if (sample->arm == arm && sample->figure == figure && sample->replication < part->replications)
                out->members[out->count++] = (struct pool_member){sample, p, pool->first[p] + sample->replication};
        }
    }
    return out->members != NULL;
}

/* Keeps of both what is of a fault that both have. */
static void keep_pairs(struct pool_pick *a, struct pool_pick *b)
{
    size_t i = 0, j = 0, kept = 0;

    if (a->count == 0 || b->count == 0 || a->members[0].sample->pair < 0)
        return;
    qsort(a->members, a->count, sizeof *a->members, by_pair);
    qsort(b->members, b->count, sizeof *b->members, by_pair);
    while (i < a->count && j < b->count) {
        int order = by_pair(&a->members[i], &b->members[j]);
        if (order == 0) {
            a->members[kept] = a->members[i++];
            b->members[kept++] = b->members[j++];
        } else if (order < 0) {
            i++;
        } else {
            j++;
        }
    }
    a->count = b->count = kept;
}

bool pool_ask(const struct pool *pool, const struct pool_question *question, struct pool_picks *out)
{
    *out = (struct pool_picks){.metric = &question->metric, .cut = question->cut};
    bool good = pool_pick(pool, &question->metric, question->arm, &out->own) &&
                (!question->cut || pool_pick(pool, &question->metric, POOL_OPERATORS, &out->others));

    if (good && question->cut)
        keep_pairs(&out->own, &out->others);
    if (good && question->metric.kind == METRIC_QUANTILE) {
        qsort(out->own.members, out->own.count, sizeof *out->own.members, by_value);
        if (question->cut)
            qsort(out->others.members, out->others.count, sizeof *out->others.members, by_value);
    }
    if (!good)
        pool_picks_clear(out);
    return good;
}

void pool_picks_clear(struct pool_picks *picks)
{
    free(picks->own.members);
    free(picks->others.members);
    *picks = (struct pool_picks){0};
}

/* --- figures ------------------------------------------------------------------------- */

static double share_of(const char *statistic)
{
    return strcmp(statistic, "p50") == 0   ? 0.50
           : strcmp(statistic, "p95") == 0 ? 0.95
           : strcmp(statistic, "p99") == 0 ? 0.99
                                           : 1.0;
}

static size_t weight_of(const struct pool *pool, const struct pool_member *member, const struct pool_view *view)
{
    if (view->without && pool_in_group(pool, member, view->without))
        return 0;
    if (view->only && !pool_in_group(pool, member, view->only))
        return 0;
    return view->times ? view->times[member->cluster] : 1;
}

/* Type 7 (statistics.h) of members in order of value, each as often as its weight says. */
static double quantile(const struct pool *pool, const struct pool_pick *pick, const struct pool_view *view,
                       double share)
{
    size_t total = 0, passed = 0;
    double low = NAN;

    for (size_t i = 0; i < pick->count; i++)
        total += weight_of(pool, &pick->members[i], view);
    if (total == 0)
        return NAN;
    double at = share * (double)(total - 1);
    size_t below = (size_t)at;
    for (size_t i = 0; i < pick->count; i++) {
        size_t weight = weight_of(pool, &pick->members[i], view);
        double value = pick->members[i].sample->sum;
        if (isnan(low) && passed + weight > below)
            low = value;
        if (!isnan(low) && (passed + weight > below + 1 || below + 1 == total))
            return low + (at - (double)below) * (value - low);
        passed += weight;
    }
    return low;
}

static double figure(const struct pool *pool, const struct metric *metric, const struct pool_pick *pick,
                     const struct pool_view *view)
{
    double sum = 0, count = 0;

    if (metric->kind == METRIC_QUANTILE)
        return quantile(pool, pick, view, share_of(metric->statistic));
    for (size_t i = 0; i < pick->count; i++) {
        double weight = (double)weight_of(pool, &pick->members[i], view);
        sum += weight * pick->members[i].sample->sum;
        count += weight * pick->members[i].sample->count;
    }
    if (metric->kind == METRIC_COUNT)
        return sum;
    return count > 0 ? sum / count : NAN;
}

double pool_value(const struct pool *pool, const struct pool_picks *picks, const struct pool_view *view)
{
    double own = figure(pool, picks->metric, &picks->own, view);

    if (!picks->cut)
        return own;
    double others = figure(pool, picks->metric, &picks->others, view);
    return others > 0 ? 1 - own / others : NAN;
}

double pool_figure(const struct pool *pool, const struct pool_question *question, size_t *n)
{
    struct pool_picks picks;
    double value = NAN, count = 0;

    *n = 0;
    if (!pool_ask(pool, question, &picks))
        return NAN;
    for (size_t i = 0; i < picks.own.count; i++)
        count += question->metric.kind == METRIC_RATE ? picks.own.members[i].sample->count : 1;
    *n = (size_t)count;
    /* A count is nought where its arm was run and nothing was counted. */
    if (picks.own.count > 0 || (question->metric.kind == METRIC_COUNT && pool_has_arm(pool, question->arm)))
        value = pool_value(pool, &picks, &(struct pool_view){0});
    pool_picks_clear(&picks);
    return value;
}

bool pool_has_arm(const struct pool *pool, enum pool_arm arm)
{
    for (size_t p = 0; p < pool->part_count; p++) {
        for (size_t i = 0; i < pool->parts[p].count; i++) {
            if (pool->parts[p].samples[i].arm == arm)
                return true;
        }
    }
    return false;
}

/* --- resamples ------------------------------------------------------------------------- */

/* What is summed is summed by replication first. */
static bool sum_clusters(const struct pool *pool, const struct pool_pick *pick, double **sums)
{
    *sums = calloc(2 * pool->clusters + 1, sizeof **sums);
    for (size_t i = 0; *sums && i < pick->count; i++) {
        (*sums)[2 * pick->members[i].cluster] += pick->members[i].sample->sum;
        (*sums)[2 * pick->members[i].cluster + 1] += pick->members[i].sample->count;
    }
    return *sums != NULL;
}

static double resampled(const struct pool *pool, const struct metric *metric, const double *sums, const uint16_t *times)
{
    double sum = 0, count = 0;

    for (size_t c = 0; c < pool->clusters; c++) {
        sum += times[c] * sums[2 * c];
        count += times[c] * sums[2 * c + 1];
    }
    if (metric->kind == METRIC_COUNT)
        return sum;
    return count > 0 ? sum / count : NAN;
}

static bool resample_sums(const struct pool *pool, const struct pool_picks *picks, double values[POOL_RESAMPLES])
{
    double *own = NULL, *others = NULL;
    bool good = sum_clusters(pool, &picks->own, &own) && sum_clusters(pool, &picks->others, &others);

    for (size_t i = 0; good && i < POOL_RESAMPLES; i++) {
        const uint16_t *times = pool->times + i * pool->clusters;
        values[i] = resampled(pool, picks->metric, own, times);
        if (picks->cut) {
            double other = resampled(pool, picks->metric, others, times);
            values[i] = other > 0 ? 1 - values[i] / other : NAN;
        }
    }
    free(own);
    free(others);
    return good;
}

bool pool_resample(const struct pool *pool, const struct pool_question *question, double values[POOL_RESAMPLES])
{
    struct pool_picks picks;
    bool good = pool_ask(pool, question, &picks);

    if (good && question->metric.kind == METRIC_QUANTILE) {
        for (size_t i = 0; i < POOL_RESAMPLES; i++)
            values[i] = pool_value(pool, &picks, &(struct pool_view){.times = pool->times + i * pool->clusters});
    } else if (good) {
        good = resample_sums(pool, &picks, values);
    }
    pool_picks_clear(&picks);
    return good;
}

bool pool_interval_of(double values[POOL_RESAMPLES], double interval[2])
{
    size_t count = 0;

    for (size_t i = 0; i < POOL_RESAMPLES; i++) {
        if (isfinite(values[i]))
            values[count++] = values[i];
    }
    if (count < FINITE_LEAST)
        return false;
    gsl_sort(values, 1, count);
    interval[0] = gsl_stats_quantile_from_sorted_data(values, 1, count, 0.025);
    interval[1] = gsl_stats_quantile_from_sorted_data(values, 1, count, 0.975);
    return true;
}

bool pool_interval(const struct pool *pool, const struct pool_question *question, double interval[2])
{
    const struct metric *metric = &question->metric;
    double *values;
    bool good;

    if (metric->kind == METRIC_QUANTILE && share_of(metric->statistic) >= 1.0)
        return false;
    if (metric->kind == METRIC_RATE && !question->cut) {
        size_t n;
        double value = pool_figure(pool, question, &n);
        struct rate rate = statistics_rate(n > 0 ? (uint64_t)llround(value * (double)n) : 0, n);
        memcpy(interval, rate.ci95, sizeof rate.ci95);
        return n > 0;
    }
    values = malloc(POOL_RESAMPLES * sizeof *values);
    good = values && pool->clusters > pool->part_count && pool_resample(pool, question, values) &&
           pool_interval_of(values, interval);
    free(values);
    return good;
}
