/* study_score.c - which candidate is better, and how sure that is. */
#include "reports/study.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

double study_mean(const struct study_values *values, size_t goals, size_t goal)
{
    double sum = 0;
    size_t n = 0;

    for (uint32_t r = 0; r < values->rounds; r++) {
        double value = values->values[r * goals + goal];
        if (isfinite(value)) {
            sum += value;
            n++;
        }
    }
    return n > 0 ? sum / (double)n : NAN;
}

/* A figure that is lost counts as all of it lost, one that is gained as gained. */
double study_score(const struct study *study, const double *values, const double *base)
{
    double score = 0, weights = 0;

    for (size_t g = 0; g < study->objective_count; g++) {
        const struct study_goal *goal = &study->goals[g];
        double before = base[g], after = values[g], change = 0;
        if (isfinite(before) && isfinite(after))
            change = (after - before) / (fabs(before) > 1e-9 ? fabs(before) : 1);
        else if (isfinite(before) != isfinite(after))
            change = (isfinite(before) ? 1 : -1) * (goal->maximise ? -1 : 1);
        score += goal->weight * (goal->maximise ? -change : change);
        weights += goal->weight;
    }
    return weights > 0 ? score / weights : 0;
}

size_t study_violations(const struct study *study, const struct study_values *values)
{
    size_t broken = 0;

    for (size_t g = study->objective_count; g < study->goal_count; g++)
        broken +=
            !comparison_holds(study->goals[g].sign, study_mean(values, study->goal_count, g), study->goals[g].bound);
    return broken;
}

/* Mean and Student's interval of what is added (Welford 1962). */
struct moments {
    size_t n;
    double mean, squares;
};

static void add(struct moments *moments, double value)
{
    if (!isfinite(value))
        return;
    moments->n++;
    double off = value - moments->mean;
    moments->mean += off / (double)moments->n;
    moments->squares += off * (value - moments->mean);
}

static struct study_interval interval_of(const struct moments *moments)
{
    struct study_interval out = {moments->n > 0 ? moments->mean : NAN, NAN, NAN, moments->n};
    double n = (double)moments->n;

    if (moments->n > 1) {
        double margin = gsl_cdf_tdist_Pinv(0.975, n - 1) * sqrt(moments->squares / (n - 1) / n);
        out.low = out.mean - margin;
        out.high = out.mean + margin;
    }
    return out;
}

struct study_interval study_duel(const struct study *study, const struct study_values *a, const struct study_values *b,
                                 const struct study_values *base)
{
    struct moments moments = {0};
    size_t goals = study->goal_count;

    for (uint32_t r = 0; r < a->rounds && r < b->rounds && r < base->rounds; r++) {
        const double *reference = base->values + r * goals;
        add(&moments, study_score(study, b->values + r * goals, reference) -
                          study_score(study, a->values + r * goals, reference));
    }
    return interval_of(&moments);
}

struct study_interval study_estimate(const struct study *study, const struct study_values *values,
                                     const struct study_values *base, size_t goal)
{
    struct moments moments = {0};
    size_t goals = study->goal_count;

    for (uint32_t r = 0; r < values->rounds && (!base || r < base->rounds); r++)
        add(&moments, values->values[r * goals + goal] - (base ? base->values[r * goals + goal] : 0));
    return interval_of(&moments);
}
