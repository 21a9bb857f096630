/* suite_measure.c - see suite.h: targets and arms of a suite, from all its samples. */
#include "reports/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pool *suite_pool(const struct suite *suite)
{
    struct pool_part *parts = calloc(suite->case_count + 1, sizeof *parts);
    struct pool *pool = NULL;

    for (size_t i = 0; parts && i < suite->case_count; i++) {
        const struct suite_case *item = &suite->cases[i];
        parts[i] = (struct pool_part){item->name, item->outcome == OUTCOME_NOT_RUN ? 0 : item->replications,
                                      item->samples, item->sample_count};
    }
    if (parts)
        pool = pool_create(parts, suite->case_count);
    free(parts);
    return pool;
}

static bool difference_of_arms(const struct pool *pool, struct suite_arm_row *row, enum pool_arm arm)
{
    struct pool_question question = {row->metric, POOL_SELFHEAL, false};
    double *own = malloc(POOL_RESAMPLES * sizeof *own), *other = malloc(POOL_RESAMPLES * sizeof *other);
    bool good = own && other && pool_resample(pool, &question, own);

    question.arm = arm;
    good = good && pool_resample(pool, &question, other);
    for (size_t i = 0; good && i < POOL_RESAMPLES; i++)
        own[i] -= other[i];
    row->differences[arm] = row->values[POOL_SELFHEAL] - row->values[arm];
    if (!good || !isfinite(row->differences[arm]) || !pool_interval_of(own, row->intervals[arm]))
        row->intervals[arm][0] = row->intervals[arm][1] = NAN;
    free(own);
    free(other);
    return good;
}

static bool measure_arms(struct suite *suite, const struct pool *pool)
{
    static const char *const ROWS[] = {"faults",
                                       "unrecovered",
                                       "mttd_seconds",
                                       "mttr_seconds",
                                       "mttr_seconds.p95",
                                       "request_availability",
                                       "availability",
                                       "manual_interventions",
                                       "alerts",
                                       "people_hours",
                                       "cost",
                                       "cost_capacity",
                                       "cost_people",
                                       "cost_users"};
    bool good = true;

    suite->arm_rows = arena_array(suite->arena, sizeof ROWS / sizeof ROWS[0], sizeof *suite->arm_rows);
    for (size_t i = 0; suite->arm_rows && good && i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct suite_arm_row *row = &suite->arm_rows[suite->arm_row_count];
        if (!metric_parse(ROWS[i], strlen(ROWS[i]), &row->metric))
            continue;
        for (int arm = 0; arm < POOL_ARM_COUNT; arm++) {
            size_t unused;
            row->values[arm] =
                pool_figure(pool, &(struct pool_question){row->metric, (enum pool_arm)arm, false}, &unused);
        }
        for (int arm = POOL_OPERATORS; good && arm < POOL_ARM_COUNT; arm++)
            good = difference_of_arms(pool, row, (enum pool_arm)arm);
        suite->arm_row_count++;
    }
    return good && suite->arm_rows;
}

bool suite_measure(struct suite *suite, struct error_list *errors)
{
    struct pool *pool = suite->target_count > 0 ? suite_pool(suite) : NULL;
    struct target_result *results =
        pool ? arena_array(suite->arena, suite->target_count, sizeof *suite->results) : NULL;
    bool good = suite->target_count == 0 || results;

    for (size_t i = 0; good && i < suite->target_count; i++)
        good = target_measure(&suite->targets[i], pool, suite->arena, &results[i]);
    good = good && (!results || measure_arms(suite, pool));
    pool_destroy(pool);
    if (good)
        suite->results = results;
    else
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    return good;
}
