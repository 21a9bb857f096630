/* comparison.c - see comparison.h. */
#include "reports/comparison.h"

#include "reports/pairs.h"
#include "reports/parting.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

static const double TAIL = 0.975;

const char *change_name(enum change change)
{
    static const char *const NAMES[CHANGE_COUNT] = {"better", "worse", "same", "can't tell"};
    return NAMES[change];
}

const char *grade_name(enum grade grade)
{
    static const char *const NAMES[] = {"pass", "warning", "fail"};
    return NAMES[grade];
}

#define DEFAULT(name_, kind_, unit_, wish_, statistic_)                                                                \
    {                                                                                                                  \
        .metric = {.kind = (kind_),                                                                                    \
                   .unit = (unit_),                                                                                    \
                   .wish = (wish_),                                                                                    \
                   .type = ISSUE_NONE,                                                                                 \
                   .field = (name_),                                                                                   \
                   .statistic = (statistic_)},                                                                         \
        .weight = 1, .warn = 0, .fail = 0.1, .relative = true                                                          \
    }

struct limits limits_default(void)
{
    static const struct limit ITEMS[] = {
        DEFAULT("mttd_seconds", METRIC_MEAN, METRIC_SECONDS, METRIC_LOWER, "mean"),
        DEFAULT("mttr_seconds", METRIC_MEAN, METRIC_SECONDS, METRIC_LOWER, "mean"),
        DEFAULT("remediation_seconds", METRIC_MEAN, METRIC_SECONDS, METRIC_LOWER, "mean"),
        DEFAULT("success_rate", METRIC_RATE, METRIC_SHARE, METRIC_HIGHER, NULL),
        DEFAULT("first_attempt_success_rate", METRIC_RATE, METRIC_SHARE, METRIC_HIGHER, NULL),
        DEFAULT("false_positive_rate", METRIC_RATE, METRIC_SHARE, METRIC_LOWER, NULL),
        DEFAULT("false_negative_rate", METRIC_RATE, METRIC_SHARE, METRIC_LOWER, NULL),
        DEFAULT("unrecovered", METRIC_COUNT, METRIC_PLAIN, METRIC_LOWER, NULL),
        DEFAULT("manual_interventions", METRIC_COUNT, METRIC_PLAIN, METRIC_LOWER, NULL),
    };
    return (struct limits){ITEMS, sizeof ITEMS / sizeof *ITEMS};
}

/* --- how much it changed --------------------------------------------------------- */

static void change_of_pairs(struct difference *out, const struct paired *pairs)
{
    double n = (double)pairs->n, scale = out->limit.metric.kind == METRIC_COUNT ? n : 1; /* counts are totals */

    out->pairs = pairs->n;
    out->change = scale * pairs->mean;
    if (pairs->n > 1) {
        double margin = scale * gsl_cdf_tdist_Pinv(TAIL, n - 1) * pairs->sd / sqrt(n);
        out->interval[0] = out->change - margin;
        out->interval[1] = out->change + margin;
    }
}

/* Welch 1947, degrees of freedom after Satterthwaite 1946. */
static void change_of_means(struct difference *out, const struct metric_value *a, const struct metric_value *b)
{
    double va = a->sd * a->sd / (double)a->n, vb = b->sd * b->sd / (double)b->n, sum = va + vb;

    if (a->n < 2 || b->n < 2 || !isfinite(sum))
        return;
    double degrees = sum > 0 ? sum * sum / (va * va / (double)(a->n - 1) + vb * vb / (double)(b->n - 1)) : 1;
    double margin = gsl_cdf_tdist_Pinv(TAIL, degrees) * sqrt(sum);
    out->interval[0] = out->change - margin;
    out->interval[1] = out->change + margin;
}

/* Newcombe 1998, method 10: from the Wilson intervals of both rates. */
static void change_of_rates(struct difference *out, const struct metric *metric, const struct metric_value *a,
                            const struct metric_value *b)
{
    double x[2], y[2];

    if (!metric_interval(metric, a, 0.95, x) || !metric_interval(metric, b, 0.95, y))
        return;
    out->interval[0] = out->change - hypot(b->value - y[0], x[1] - a->value);
    out->interval[1] = out->change + hypot(y[1] - b->value, a->value - x[0]);
}

static bool equal(double a, double b)
{
    return !(a < b) && !(a > b);
}

static enum change verdict_of(const struct difference *d, enum metric_wish wish)
{
    if (!isfinite(d->change))
        return CHANGE_UNKNOWN;
    if (d->pairs > 0 ? equal(d->change, 0) && !(d->interval[1] > d->interval[0]) : equal(d->a, d->b))
        return CHANGE_SAME;
    bool up = d->interval[0] > 0, down = d->interval[1] < 0;
    if (d->pairs == 0 && !isfinite(d->interval[0])) { /* no interval to be had: the figures alone */
        if (d->limit.metric.kind == METRIC_RATE || d->limit.metric.kind == METRIC_MEAN)
            return CHANGE_UNKNOWN;
        up = d->change > 0;
        down = d->change < 0;
    }
    if (wish == METRIC_NEITHER || (!up && !down))
        return CHANGE_UNKNOWN;
    return up == (wish == METRIC_HIGHER) ? CHANGE_BETTER : CHANGE_WORSE;
}

/* Worse for sure and beyond the limit fails; worse beyond it by the look of it warns. */
static enum grade grade_of(const struct difference *d)
{
    double worse = d->limit.metric.wish == METRIC_HIGHER ? -d->change : d->change;

    if (!isfinite(worse) || worse <= 0 || d->limit.metric.wish == METRIC_NEITHER || d->verdict == CHANGE_SAME)
        return GRADE_PASS;
    if (d->limit.relative)
        worse = d->a > 0 ? worse / d->a : INFINITY;
    if (d->verdict == CHANGE_WORSE)
        return worse > d->limit.fail ? GRADE_FAIL : worse > d->limit.warn ? GRADE_WARNING : GRADE_PASS;
    return worse > d->limit.fail ? GRADE_WARNING : GRADE_PASS;
}

struct difference difference_of(const struct compared *a, const struct compared *b, const struct limit *limit)
{
    struct difference out = {.limit = *limit, .change = NAN, .interval = {NAN, NAN}};
    struct metric_value x = metric_of(a->summary, &limit->metric), y = metric_of(b->summary, &limit->metric);
    struct paired pairs;

    out.a = x.value;
    out.b = y.value;
    if (a->data && b->data && pairs_of(a->data, b->data, &limit->metric, &pairs)) {
        change_of_pairs(&out, &pairs);
    } else {
        out.change = y.value - x.value;
        if (limit->metric.kind == METRIC_MEAN)
            change_of_means(&out, &x, &y);
        else if (limit->metric.kind == METRIC_RATE)
            change_of_rates(&out, &limit->metric, &x, &y);
    }
    out.verdict = verdict_of(&out, limit->metric.wish);
    out.grade = grade_of(&out);
    return out;
}

/* --- all of it -------------------------------------------------------------------- */

static const struct compared *find(const struct compared *items, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(items[i].name, name) == 0)
            return &items[i];
    }
    return NULL;
}

static bool compare_scenario(struct comparison *all, struct scenario_comparison *out, struct compared a,
                             struct compared b, const struct limits *limits, struct error_list *errors)
{
    out->name = arena_text(all->arena, a.name, strlen(a.name));
    out->differences = arena_array(all->arena, limits->count, sizeof *out->differences);
    if (!out->name || !out->differences)
        return false;
    out->paired = a.data && b.data && pairs_possible(a.data, b.data);
    if (!out->paired)
        a.data = b.data = NULL;
    for (size_t i = 0; i < limits->count; i++)
        out->differences[out->count++] = difference_of(&a, &b, &limits->items[i]);
    if (!out->paired || !a.database || !b.database)
        return true;
    return parting_find(a.database, b.database, all->arena, &out->parting, errors);
}

static void conclude(struct comparison *all)
{
    double lost = 0, weights = 0;

    for (size_t s = 0; s < all->count; s++) {
        for (size_t i = 0; i < all->scenarios[s].count; i++) {
            const struct difference *d = &all->scenarios[s].differences[i];
            if (!(d->limit.weight > 0))
                continue;
            weights += d->limit.weight;
            lost += d->limit.weight * (int)d->grade / (int)GRADE_FAIL;
            all->grade = d->grade > all->grade ? d->grade : all->grade;
        }
    }
    all->score = weights > 0 ? lost / weights : 0;
}

/* Scenarios of `items` that `others` lacks. */
static void note_unpaired(struct comparison *all, const struct compared *items, size_t count,
                          const struct compared *others, size_t other_count)
{
    for (size_t i = 0; i < count; i++) {
        if (!find(others, other_count, items[i].name))
            all->unpaired[all->unpaired_count++] = arena_text(all->arena, items[i].name, strlen(items[i].name));
    }
}

struct comparison *comparison_make(const char *a_name, const struct compared *a, size_t a_count, const char *b_name,
                                   const struct compared *b, size_t b_count, const struct limits *limits,
                                   struct error_list *errors)
{
    struct arena *arena = arena_create();
    struct comparison *all = arena ? arena_alloc(arena, sizeof *all) : NULL;
    bool good = all != NULL;

    if (good) {
        all->arena = arena;
        all->a = arena_text(arena, a_name, strlen(a_name));
        all->b = arena_text(arena, b_name, strlen(b_name));
        all->scenarios = arena_array(arena, a_count, sizeof *all->scenarios);
        all->unpaired = arena_array(arena, a_count + b_count, sizeof *all->unpaired);
        good = all->a && all->b && all->scenarios && all->unpaired;
    }
    for (size_t i = 0; good && i < a_count; i++) {
        const struct compared *other = a_count == 1 && b_count == 1 ? &b[0] : find(b, b_count, a[i].name);
        if (other)
            good = compare_scenario(all, &all->scenarios[all->count++], a[i], *other, limits, errors);
    }
    if (good && !(a_count == 1 && b_count == 1)) {
        note_unpaired(all, a, a_count, b, b_count);
        note_unpaired(all, b, b_count, a, a_count);
    }
    if (good && all->count == 0) {
        error_add(errors, ERROR_INPUT, b_name, 0, NULL, "has no scenario in common with %s", a_name);
    } else if (good) {
        conclude(all);
        return all;
    } else if (errors->count == 0) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    }
    arena_destroy(arena);
    return NULL;
}

void comparison_destroy(struct comparison *comparison)
{
    if (comparison)
        arena_destroy(comparison->arena);
}
