/* validation_draws_test.c - what is drawn has the law that its parameters say: service
 * times, and onsets, targets, causes and sizes of every fault kind of the catalogue.
 * That the tests can fail is shown with parameters a little off. */
#include "sim/test_draws.h"

/* --- service times -------------------------------------------------------- */

static double service_law_of(double x, const void *parameters)
{
    const struct service_time *time = parameters;

    switch (time->law) {
    case SERVICE_EXPONENTIAL:
        return exponential_law(x, &time->mean_seconds);
    case SERVICE_DETERMINISTIC:
        return x >= time->mean_seconds;
    case SERVICE_LOG_NORMAL:
        return log_normal_law(x, &(struct log_normal){time->mean_seconds, time->mean_seconds * sqrt(time->spread)});
    case SERVICE_GAMMA:
        return gsl_cdf_gamma_P(x, 1.0 / time->spread, time->mean_seconds * time->spread);
    case SERVICE_HYPEREXPONENTIAL: {
        double p = (1.0 + sqrt((time->spread - 1.0) / (time->spread + 1.0))) / 2.0;
        return p * gsl_cdf_exponential_P(x, time->mean_seconds / (2.0 * p)) +
               (1.0 - p) * gsl_cdf_exponential_P(x, time->mean_seconds / (2.0 * (1.0 - p)));
    }
    }
    return NAN;
}

static double drawn_against(const struct service_time *drawn, const struct service_time *supposed)
{
    struct random_stream stream = random_stream_named(11, "station", "draws", drawn->law);
    struct samples samples = {.count = 0};

    for (size_t i = 0; i < SAMPLES_MAX; i++)
        add(&samples, service_time_draw(drawn, &stream));
    return kolmogorov_smirnov(samples.values, samples.count, service_law_of, supposed);
}

static void test_service_times_have_their_laws(void **state)
{
    (void)state;
    static const struct service_time TIMES[] = {{SERVICE_EXPONENTIAL, 0.2, 1.0},
                                                {SERVICE_LOG_NORMAL, 45.0, 2.0},
                                                {SERVICE_GAMMA, 3.0, 0.25},
                                                {SERVICE_GAMMA, 3.0, 4.0},
                                                {SERVICE_HYPEREXPONENTIAL, 0.2, 4.0}};
    for (size_t i = 0; i < sizeof TIMES / sizeof TIMES[0]; i++) {
        struct service_time longer = TIMES[i], wider = TIMES[i];
        longer.mean_seconds *= 1.2;
        wider.spread *= 1.3;
        double p = drawn_against(&TIMES[i], &TIMES[i]);
        print_message("law %d: P = %.4f\n", (int)TIMES[i].law, p);
        assert_true(p > UNLIKELY);
        assert_true(drawn_against(&TIMES[i], &longer) < UNLIKELY);
        assert_true(TIMES[i].law == SERVICE_EXPONENTIAL || drawn_against(&TIMES[i], &wider) < UNLIKELY);
    }
    struct random_stream stream = random_stream_named(11, "station", "draws", 9);
    assert_true(service_time_draw(&(struct service_time){SERVICE_DETERMINISTIC, 2.5, 0.0}, &stream) == 2.5);
}

/* --- faults --------------------------------------------------------------- */

struct fault_draws {
    struct samples gaps, sizes;
    double targets[3], causes[CAUSES_MAX];
};

/* Two thousand hours of one line with a fault an hour, on any of two pods. */
static void draw_faults(struct fault_kind *kind, enum onset_kind onset, uint32_t replication, struct fault_draws *draws)
{
    struct test_world world;

    test_world_init(&world);
    world.kinds[0] = *kind;
    world.faults[0] = (struct fault_spec){.kind = &world.kinds[0],
                                          .target = "pod/*",
                                          .onset = onset,
                                          .every = HEAL_HOUR,
                                          .bends = {{.metric = "cpu_utilization_ratio",
                                                     .shape = BEND_LEVEL_SHIFT,
                                                     .magnitude = 1.0,
                                                     .jitter = 0.1,
                                                     .low = -INFINITY,
                                                     .high = INFINITY}},
                                          .bend_count = 1};
    world.scenario.fault_count = 1;
    test_describe(&world);
    struct fault_plan *plan =
        fault_plan_create(&world.scenario, world.inventory, NULL, TEST_START, 2000 * HEAL_HOUR, replication);
    assert_non_null(plan);
    *draws = (struct fault_draws){.gaps = {.count = 0}};
    for (size_t i = 0; i < plan->count; i++) {
        const struct fault *fault = &plan->faults[i];
        heal_time last = i > 0 ? plan->faults[i - 1].onset : TEST_START;
        add(&draws->gaps, heal_duration_seconds(fault->onset - last));
        add(&draws->sizes, fault->series[0].magnitude - 1.0);
        draws->targets[fault->target]++;
        draws->causes[fault->cause - world.kinds[0].causes]++;
    }
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static double causes_against(const struct fault_kind *kind, const struct fault_draws *draws)
{
    double weights[CAUSES_MAX];

    for (size_t i = 0; i < kind->cause_count; i++)
        weights[i] = kind->causes[i].weight;
    return chi_square(draws->causes, weights, kind->cause_count);
}

static void test_faults_of_every_kind_strike_as_they_should(void **state)
{
    (void)state;
    static struct fault_draws draws;
    struct error_list errors = {0};
    struct fault_catalogue *catalogue = load_catalogue(NULL, &errors);
    struct samples all = {.count = 0}, few = {.count = 0};
    const double hour = 3600.0, jitter = 0.1;

    assert_non_null(catalogue);
    for (size_t i = 0; i < catalogue->kind_count; i++) {
        struct fault_kind *kind = &catalogue->kinds[i];
        draw_faults(kind, ONSET_POISSON, 0, &draws);
        keep(&all, "gaps", kind->name, kolmogorov_smirnov(draws.gaps.values, draws.gaps.count, exponential_law, &hour));
        keep(&all, "sizes", kind->name, kolmogorov_smirnov(draws.sizes.values, draws.sizes.count, normal_law, &jitter));
        keep(&few, "targets", kind->name,
             chi_square(draws.targets, (const double[]){[TEST_WEB_1] = 1, [TEST_WEB_2] = 1}, 3));
        if (kind->cause_count > 1)
            keep(&few, "causes", kind->name, causes_against(kind, &draws));
        draw_faults(kind, ONSET_PERIODIC, 0, &draws);
        assert_int_equal(draws.gaps.count, 2000);
        for (size_t gap = 0; gap < draws.gaps.count; gap++)
            assert_true(draws.gaps.values[gap] == (gap > 0 ? hour : 0.0));
    }
    expect_uniform(&all, "gaps and sizes");
    expect_uniform(&few, "targets and causes");
    fault_catalogue_destroy(catalogue);
}

/* Numbers per replication: variance equals mean (Fisher's index of dispersion). */
static void test_poisson_faults_are_as_many_as_they_should_be(void **state)
{
    (void)state;
    enum { REPLICATIONS = 200 };
    static struct fault_draws draws;
    struct test_world world;
    double counts[REPLICATIONS], total = 0.0, statistic = 0.0;

    test_world_init(&world);
    for (uint32_t i = 0; i < REPLICATIONS; i++) {
        draw_faults(&world.kinds[0], ONSET_POISSON, i, &draws);
        counts[i] = (double)draws.gaps.count;
        total += counts[i];
    }
    for (size_t i = 0; i < REPLICATIONS; i++)
        statistic += pow(counts[i] - total / REPLICATIONS, 2) / (total / REPLICATIONS);
    assert_true(fabs(total - 2000.0 * REPLICATIONS) < 3.89 * sqrt(2000.0 * REPLICATIONS));
    double tail = gsl_cdf_chisq_Q(statistic, REPLICATIONS - 1);
    assert_true(tail > UNLIKELY && tail < 1.0 - UNLIKELY);
}

static void test_wrong_parameters_of_faults_do_not_pass(void **state)
{
    (void)state;
    static struct fault_draws draws;
    struct test_world world;
    const double less = 3600.0 / 1.25, jitter = 0.12;

    test_world_init(&world);
    world.kinds[0].causes[1] = test_cause("other", 1.0);
    world.kinds[0].cause_count = 2;
    draw_faults(&world.kinds[0], ONSET_POISSON, 0, &draws);
    assert_true(causes_against(&world.kinds[0], &draws) > UNLIKELY);
    world.kinds[0].causes[1].weight = 1.5;
    assert_true(causes_against(&world.kinds[0], &draws) < UNLIKELY);
    assert_true(kolmogorov_smirnov(draws.gaps.values, draws.gaps.count, exponential_law, &less) < UNLIKELY);
    assert_true(kolmogorov_smirnov(draws.sizes.values, draws.sizes.count, normal_law, &jitter) < UNLIKELY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_service_times_have_their_laws),
        cmocka_unit_test(test_faults_of_every_kind_strike_as_they_should),
        cmocka_unit_test(test_poisson_faults_are_as_many_as_they_should_be),
        cmocka_unit_test(test_wrong_parameters_of_faults_do_not_pass),
    };
    return cmocka_run_group_tests_name("validation, draws", tests, NULL, NULL);
}
