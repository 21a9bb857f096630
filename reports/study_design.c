/* study_design.c - the candidates to begin with: a grid, draws, or Sobol's sequence
 * (1967; Bratley and Fox 1988, as GSL has it). */
#include "reports/study.h"

#include <gsl/gsl_qrng.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct study_design {
    const struct study *study;
    gsl_qrng *sobol;
    gsl_rng *random;
    uint64_t next, total;
};

static uint64_t points_of(const struct study *study, size_t parameter)
{
    size_t choices = study->parameters[parameter].choice_count;
    return choices > 0 ? choices : study->grid;
}

struct study_design *study_design_create(const struct study *study)
{
    struct study_design *design = calloc(1, sizeof *design);

    if (!design)
        return NULL;
    design->study = study;
    design->total = study->candidates;
    if (study->method == STUDY_GRID) {
        design->total = 1;
        for (size_t i = 0; i < study->parameter_count && design->total < 1000000; i++)
            design->total *= points_of(study, i);
    } else if (study->method == STUDY_SOBOL) {
        design->sobol = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)study->parameter_count);
    } else {
        design->random = gsl_rng_alloc(gsl_rng_mt19937);
        if (design->random)
            gsl_rng_set(design->random, (unsigned long)study->seed);
    }
    if (study->method == STUDY_GRID || design->sobol || design->random)
        return design;
    free(design);
    return NULL;
}

bool study_design_next(struct study_design *design, double *x)
{
    const struct study *study = design->study;
    uint64_t rest = design->next;

    if (design->next == design->total)
        return false;
    design->next++;
    if (design->sobol)
        return gsl_qrng_get(design->sobol, x) == 0;
    for (size_t i = 0; i < study->parameter_count; i++) {
        if (design->random) {
            x[i] = gsl_rng_uniform(design->random);
            continue;
        }
        uint64_t points = points_of(study, i);
        x[i] = study->parameters[i].choice_count > 0 ? ((double)(rest % points) + 0.5) / (double)points
                                                     : (double)(rest % points) / (double)(points - 1);
        rest /= points;
    }
    return true;
}

void study_design_destroy(struct study_design *design)
{
    if (design && design->sobol)
        gsl_qrng_free(design->sobol);
    if (design && design->random)
        gsl_rng_free(design->random);
    free(design);
}

const char *study_value(const struct study_parameter *parameter, double x, struct arena *arena)
{
    char text[64];

    x = x < 0 ? 0 : x > 1 ? 1 : x;
    if (parameter->choice_count > 0) {
        size_t index = (size_t)(x * (double)parameter->choice_count);
        return parameter->choices[index < parameter->choice_count ? index : parameter->choice_count - 1];
    }
    double value = parameter->log ? parameter->low * pow(parameter->high / parameter->low, x)
                                  : parameter->low + x * (parameter->high - parameter->low);
    if (parameter->unit == STUDY_INTEGER)
        snprintf(text, sizeof text, "%.0f", value);
    else if (parameter->unit == STUDY_SIZE) /* whole Mi above ten of them */
        snprintf(text, sizeof text, parameter->high > 10 * 1048576.0 ? "%.0fMi" : "%.0f",
                 parameter->high > 10 * 1048576.0 ? value / 1048576.0 : value);
    else if (parameter->unit == STUDY_DURATION) /* whole seconds above ten of them */
        snprintf(text, sizeof text, "%.*fs", parameter->high > 10 ? 0 : 3, value);
    else
        snprintf(text, sizeof text, "%.5g", value);
    return arena_text(arena, text, strlen(text));
}
