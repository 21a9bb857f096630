/* sensitivity.c - see sensitivity.h. */
#include "cli/sensitivity.h"

#include "cli/folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *folder;
    struct bent_world how;
} VARIATIONS[] = {
    {"causes more even (weights to the 1/2)", "causes-half", {0.5, 1, 1}},
    {"causes less even (weights to the 2)", "causes-double", {2, 1, 1}},
    {"people's times, half", "people-half", {1, 0.5, 1}},
    {"people's times, double", "people-double", {1, 2, 1}},
    {"actions' times, half", "actions-half", {1, 1, 0.5}},
    {"actions' times, double", "actions-double", {1, 1, 2}},
};
enum { VARIATION_COUNT = sizeof VARIATIONS / sizeof VARIATIONS[0] };

struct saved_world {
    struct operators operators;
    struct action_model actions[ACTION_KIND_COUNT];
    double weights[]; /* CAUSES_MAX of each kind */
};

static void stretch(struct log_normal *time, double factor)
{
    time->mean_seconds *= factor;
    time->sd_seconds *= factor;
}

struct saved_world *world_bend(struct bundle *bundle, const struct bent_world *how)
{
    struct fault_catalogue *catalogue = bundle->catalogue;
    struct operators *operators = &bundle->scenario->operators;
    struct saved_world *saved = malloc(sizeof *saved + catalogue->kind_count * CAUSES_MAX * sizeof(double));

    if (!saved)
        return NULL;
    saved->operators = *operators;
    memcpy(saved->actions, catalogue->actions, sizeof saved->actions);
    stretch(&operators->acknowledge, how->people);
    stretch(&operators->diagnose, how->people);
    stretch(&operators->repair, how->people);
    for (int i = 0; i < ACTION_KIND_COUNT; i++) {
        catalogue->actions[i].mean_seconds *= how->actions;
        catalogue->actions[i].sd_seconds *= how->actions;
    }
    for (size_t k = 0; k < catalogue->kind_count; k++) {
        for (size_t c = 0; c < catalogue->kinds[k].cause_count; c++) {
            double *weight = &catalogue->kinds[k].causes[c].weight;
            saved->weights[k * CAUSES_MAX + c] = *weight;
            *weight = pow(*weight, how->cause_power);
        }
    }
    return saved;
}

void world_restore(struct bundle *bundle, struct saved_world *saved)
{
    struct fault_catalogue *catalogue = bundle->catalogue;

    if (!saved)
        return;
    bundle->scenario->operators = saved->operators;
    memcpy(catalogue->actions, saved->actions, sizeof saved->actions);
    for (size_t k = 0; k < catalogue->kind_count; k++) {
        for (size_t c = 0; c < catalogue->kinds[k].cause_count; c++)
            catalogue->kinds[k].causes[c].weight = saved->weights[k * CAUSES_MAX + c];
    }
    free(saved);
}

/* The suite in another world; NULL with messages. */
static struct suite *run_bent(struct suite_plan *plan, const struct suite_run_options *options,
                              const struct bent_world *how, struct error_list *errors)
{
    struct saved_world **saved = calloc(plan->case_count + 1, sizeof(struct saved_world *));
    struct suite *suite = NULL;
    bool good = saved != NULL;

    for (size_t i = 0; good && i < plan->case_count; i++) {
        saved[i] = world_bend(&plan->cases[i].bundle, how);
        good = saved[i] != NULL;
    }
    if (good)
        suite = suite_run(plan, options, errors);
    else
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    for (size_t i = 0; saved && i < plan->case_count; i++)
        world_restore(&plan->cases[i].bundle, saved[i]);
    free(saved);
    return suite;
}

/* How one target's figure moved from `base` to `bent`. */
static bool compare(const struct target *target, const struct pool *base, const struct pool *bent,
                    struct suite_variation *out, size_t t)
{
    double *a = malloc(POOL_RESAMPLES * sizeof *a), *b = malloc(POOL_RESAMPLES * sizeof *b), unused[2];
    size_t n;
    bool good = a && b && pool_resample(base, &target->question, a) && pool_resample(bent, &target->question, b);

    out->values[t] = pool_figure(bent, &target->question, &n);
    out->changes[t] = out->values[t] - pool_figure(base, &target->question, &n);
    out->intervals[t][0] = out->intervals[t][1] = NAN;
    for (size_t i = 0; good && i < POOL_RESAMPLES; i++)
        b[i] -= a[i];
    /* What has no interval itself has none of its change. */
    if (good && isfinite(out->changes[t]) && pool_interval(base, &target->question, unused) &&
        !pool_interval_of(b, out->intervals[t]))
        out->intervals[t][0] = out->intervals[t][1] = NAN;
    free(a);
    free(b);
    return good;
}

static bool settle(struct suite *suite, const struct pool *base, const struct suite *bent, size_t v)
{
    struct suite_variation *out = &suite->variations[v];
    struct pool *pool = suite_pool(bent);
    bool good;

    *out = (struct suite_variation){VARIATIONS[v].name,
                                    arena_array(suite->arena, suite->target_count, sizeof *out->values),
                                    arena_array(suite->arena, suite->target_count, sizeof *out->changes),
                                    arena_array(suite->arena, suite->target_count, sizeof *out->intervals)};
    good = pool && out->values && out->changes && out->intervals;
    for (size_t t = 0; good && t < suite->target_count; t++)
        good = compare(&suite->targets[t], base, pool, out, t);
    pool_destroy(pool);
    return good;
}

static bool run_variation(struct suite_plan *plan, struct suite_run_options options, const char *folder,
                          struct suite *suite, const struct pool *base, size_t v, struct error_list *errors)
{
    char path[FOLDER_PATH];
    struct suite *bent = NULL;
    bool good = folder_join(path, folder, VARIATIONS[v].folder, errors);

    options.folder = path;
    options.told = NULL;
    options.fail_fast = false;
    bent = good ? run_bent(plan, &options, &VARIATIONS[v].how, errors) : NULL;
    good = bent && settle(suite, base, bent, v);
    if (bent && !good)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    suite_destroy(bent);
    return good;
}

bool sensitivity_run(struct suite_plan *plan, const struct suite_run_options *options, struct suite *suite,
                     struct error_list *errors)
{
    char folder[FOLDER_PATH];
    struct pool *base = suite_pool(suite);
    bool good;

    suite->variations = arena_array(suite->arena, VARIATION_COUNT, sizeof *suite->variations);
    good = base && suite->variations;
    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    good = good && folder_join(folder, options->folder, "sensitivity", errors);
    for (size_t v = 0; good && v < VARIATION_COUNT; v++) {
        good = run_variation(plan, *options, folder, suite, base, v, errors);
        suite->variation_count += good;
    }
    pool_destroy(base);
    return good;
}
