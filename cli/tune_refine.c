/* tune_refine.c - from the best candidate on, over the parameters that have a range. */
#include "cli/tune_parts.h"

#include <gsl/gsl_multimin.h>
#include <math.h>

struct refining {
    struct tuning *tuning;
    size_t dimensions[STUDY_PARAMETERS_MAX], count; /* parameters with a range */
    double x[STUDY_PARAMETERS_MAX];
    uint32_t rounds; /* as many as the base has */
};

static size_t candidate_at(struct refining *refining, const gsl_vector *at)
{
    for (size_t d = 0; d < refining->count; d++)
        refining->x[refining->dimensions[d]] = gsl_vector_get(at, d);
    return refining->tuning->failed ? SIZE_MAX : tuning_add(refining->tuning, refining->x, true);
}

static double badness(const gsl_vector *at, void *context)
{
    struct refining *refining = context;
    struct tuning *tuning = refining->tuning;
    size_t index = candidate_at(refining, at);

    if (index == SIZE_MAX || !tuning_complete(tuning, &index, 1, refining->rounds)) {
        tuning->failed = true;
        return 1e9;
    }
    struct study_values base = study_values_of(tuning->result, 0), values = study_values_of(tuning->result, index);
    tune_worlds_forget(tuning->worlds, index);
    return study_duel(tuning->study, &base, &values, &base).mean +
           10 * (double)study_violations(tuning->study, &values);
}

/* The corners of the first simplex, which GSL asks for one by one and in this order: all are
 * needed, so all are evaluated at once. */
static bool evaluate_corners(struct refining *refining, gsl_vector *start, const gsl_vector *step)
{
    size_t corners[STUDY_PARAMETERS_MAX + 1], count = 0;

    corners[count++] = candidate_at(refining, start);
    for (size_t d = 0; d < refining->count; d++) {
        double x = gsl_vector_get(start, d);
        gsl_vector_set(start, d, x + gsl_vector_get(step, d));
        corners[count++] = candidate_at(refining, start);
        gsl_vector_set(start, d, x);
    }
    for (size_t i = 0; i < count; i++) {
        if (corners[i] == SIZE_MAX)
            return false;
    }
    return tuning_complete(refining->tuning, corners, count, refining->rounds);
}

/* Where refining starts: the best, or the next after the files as they are. */
static size_t starting_point(const struct tuning *tuning)
{
    const struct study_result *result = tuning->result;
    size_t best = study_best(result, true), next = 0;
    struct study_values base = study_values_of(result, 0);
    double lowest = INFINITY;

    for (size_t i = 1; best == 0 && i < result->count; i++) {
        struct study_values values = study_values_of(result, i);
        double score = study_duel(tuning->study, &base, &values, &base).mean +
                       10 * (double)study_violations(tuning->study, &values);
        if (score < lowest) {
            next = i;
            lowest = score;
        }
    }
    return best > 0 ? best : next;
}

/* Nelder and Mead's simplex (1965; GSL's nmsimplex2) from the best on. */
bool tune_refine(struct tuning *tuning)
{
    const struct study *study = tuning->study;
    size_t best = starting_point(tuning), before = tuning->result->count;
    struct refining refining = {.tuning = tuning, .rounds = tuning->result->candidates[0].rounds};

    for (size_t p = 0; p < study->parameter_count; p++) {
        if (study->parameters[p].choice_count == 0)
            refining.dimensions[refining.count++] = p;
        refining.x[p] = best > 0 ? tuning->result->candidates[best].x[p] : 0.5;
    }
    if (study->refine == 0 || refining.count == 0 || refining.rounds == 0 || tuning_out_of_budget(tuning))
        return true;
    gsl_vector *start = gsl_vector_alloc(refining.count), *step = gsl_vector_alloc(refining.count);
    gsl_multimin_fminimizer *minimizer =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, refining.count);
    gsl_multimin_function function = {badness, refining.count, &refining};
    bool good = start && step && minimizer;
    for (size_t d = 0; good && d < refining.count; d++) {
        double x = refining.x[refining.dimensions[d]];
        gsl_vector_set(start, d, x);
        gsl_vector_set(step, d, x > 0.5 ? -0.15 : 0.15);
    }
    good = good && evaluate_corners(&refining, start, step) &&
           gsl_multimin_fminimizer_set(minimizer, &function, start, step) == 0;
    for (uint32_t i = 0; good && !tuning->failed && i < 4 * study->refine; i++) {
        if (tuning->result->count - before >= study->refine || tuning_out_of_budget(tuning))
            break;
        if (gsl_multimin_fminimizer_iterate(minimizer) != 0 || gsl_multimin_fminimizer_size(minimizer) < 1e-3)
            break;
    }
    gsl_multimin_fminimizer_free(minimizer);
    gsl_vector_free(start);
    gsl_vector_free(step);
    return good && !tuning->failed;
}
