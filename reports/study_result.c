/* study_result.c - the best, the front, and what mattered. */
#include "reports/study_result.h"

#include <math.h>

enum { BINS = 5 };

struct study_values study_values_of(const struct study_result *result, size_t candidate)
{
    return (struct study_values){result->candidates[candidate].values, result->candidates[candidate].rounds};
}

size_t study_best(const struct study_result *result, bool alive_only)
{
    struct study_values base = study_values_of(result, 0);
    size_t best = 0, fewest = study_violations(result->study, &base);
    double lowest = 0;

    for (size_t i = 1; i < result->count; i++) {
        struct study_values values = study_values_of(result, i);
        if (values.rounds == 0 || (alive_only && result->candidates[i].dropped))
            continue;
        size_t broken = study_violations(result->study, &values);
        double score = study_duel(result->study, &base, &values, &base).mean;
        if (broken < fewest || (broken == fewest && score < lowest)) {
            best = i;
            fewest = broken;
            lowest = score;
        }
    }
    return best;
}

/* a is at least as good as b in every objective, and better in one, over the rounds
 * that both have: another round is another seed, and would compare luck. */
static bool dominates(const struct study_result *result, size_t a, size_t b)
{
    struct study_values x = study_values_of(result, a), y = study_values_of(result, b);
    bool better = false;

    x.rounds = y.rounds = x.rounds < y.rounds ? x.rounds : y.rounds;
    for (size_t g = 0; g < result->study->objective_count; g++) {
        double sign = result->study->goals[g].maximise ? -1 : 1;
        double u = sign * study_mean(&x, result->study->goal_count, g);
        double v = sign * study_mean(&y, result->study->goal_count, g);
        if (!(u <= v))
            return false;
        better = better || u < v;
    }
    return better;
}

void study_mark_front(struct study_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        struct study_values values = study_values_of(result, i);
        bool front = values.rounds > 0 && study_violations(result->study, &values) == 0;
        for (size_t j = 0; front && j < result->count; j++) {
            struct study_values other = study_values_of(result, j);
            front =
                j == i || other.rounds == 0 || study_violations(result->study, &other) > 0 || !dominates(result, j, i);
        }
        result->candidates[i].front = front;
    }
}

double study_sensitivity(const struct study_result *result, size_t parameter, size_t goal)
{
    const struct study_parameter *p = &result->study->parameters[parameter];
    double sums[STUDY_CHOICES_MAX] = {0}, counts[STUDY_CHOICES_MAX] = {0}, total = 0, n = 0, all = 0, between = 0;
    size_t bins = p->choice_count > 0 ? p->choice_count : BINS;

    for (size_t i = 1; i < result->count; i++) {
        struct study_values values = study_values_of(result, i);
        double mean = study_mean(&values, result->study->goal_count, goal);
        size_t bin = (size_t)(result->candidates[i].x[parameter] * (double)bins);
        if (!isfinite(mean))
            continue;
        bin = bin < bins ? bin : bins - 1;
        sums[bin] += mean;
        counts[bin] += 1;
        total += mean;
        n += 1;
    }
    if (n < 3)
        return NAN;
    for (size_t i = 1; i < result->count; i++) {
        struct study_values values = study_values_of(result, i);
        double off = study_mean(&values, result->study->goal_count, goal) - total / n;
        all += isfinite(off) ? off * off : 0;
    }
    for (size_t b = 0; b < bins; b++) {
        double off = counts[b] > 0 ? sums[b] / counts[b] - total / n : 0;
        between += counts[b] * off * off;
    }
    return all > 0 ? between / all : NAN;
}
