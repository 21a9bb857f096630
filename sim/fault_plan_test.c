/* fault_plan_test.c - which faults strike, when, whom and why; and their course to the cure. */
#include "sim/fault_plan.h"

#include "sim/test_world.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>

/* Ten pods web-1 .. web-10 beside a database with no processor series. */
static void plan_world(struct test_world *world, size_t lines)
{
    test_world_init(world);
    world->more[0] = (struct series_spec){.metric = "up", .generated = {.level = 1, .low = 0, .high = 1}};
    world->resources[0].id = "pod/shop/web";
    world->resources[0].count = 10;
    world->resources[1] =
        (struct resource_spec){.id = "database/shop/db", .count = 1, .series = &world->more[0], .series_count = 1};
    world->scenario.fault_count = lines;
    for (size_t i = 0; i < sizeof world->faults / sizeof world->faults[0]; i++)
        world->faults[i].target = "pod/shop/web-3";
    test_describe(world);
}

static struct fault_plan *plan_of(const struct test_world *world, heal_duration duration, uint32_t replication)
{
    struct fault_plan *plan =
        fault_plan_create(&world->scenario, world->inventory, NULL, TEST_START, duration, replication);

    assert_non_null(plan);
    return plan;
}

static void expect_onsets(const struct test_world *world, heal_duration duration, const heal_duration *offsets,
                          size_t count)
{
    struct fault_plan *plan = plan_of(world, duration, 0);

    assert_int_equal(plan->count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(plan->faults[i].onset, TEST_START + offsets[i]);
    fault_plan_destroy(plan);
}

static void test_no_line_gives_no_fault(void **state)
{
    (void)state;
    struct test_world world;

    plan_world(&world, 0);
    expect_onsets(&world, HEAL_DAY, NULL, 0);
    fault_plan_destroy(NULL);
    test_world_clear(&world);
}

static void test_a_fault_at_an_instant_strikes_once_inside_the_run(void **state)
{
    (void)state;
    struct test_world world;

    plan_world(&world, 1);
    world.scenario.warm_up = HEAL_HOUR; /* an instant that a person named is not moved */
    expect_onsets(&world, HEAL_HOUR, (const heal_duration[]){5 * HEAL_MINUTE}, 1);
    expect_onsets(&world, 5 * HEAL_MINUTE + 1, (const heal_duration[]){5 * HEAL_MINUTE}, 1);
    expect_onsets(&world, 5 * HEAL_MINUTE, NULL, 0);
    world.faults[0].at = 0;
    expect_onsets(&world, 1, (const heal_duration[]){0}, 1);
    test_world_clear(&world);
}

static void test_a_periodic_fault_strikes_on_the_beat_after_the_warm_up(void **state)
{
    (void)state;
    struct test_world world;

    plan_world(&world, 1);
    world.faults[0].onset = ONSET_PERIODIC;
    world.faults[0].at = 10;
    world.faults[0].every = 7;
    expect_onsets(&world, 31, (const heal_duration[]){10, 17, 24}, 3);
    expect_onsets(&world, 32, (const heal_duration[]){10, 17, 24, 31}, 4);
    world.scenario.warm_up = 20;
    expect_onsets(&world, 31, (const heal_duration[]){20, 27}, 2);
    test_world_clear(&world);
}

/* --- Poisson -------------------------------------------------------------- */

/* Counts per replication are Poisson: their sum within five standard errors, and
 * their dispersion (variance / mean) as chi-square with n - 1 degrees. */
static void test_poisson_counts_have_the_rate_and_the_spread(void **state)
{
    (void)state;
    enum { REPLICATIONS = 400 };
    struct test_world world;
    double sum = 0, squares = 0;

    plan_world(&world, 1);
    world.faults[0] = (struct fault_spec){
        .kind = &world.kinds[0], .target = "pod/*", .onset = ONSET_POISSON, .at = HEAL_HOUR, .every = HEAL_HOUR};
    for (uint32_t i = 0; i < REPLICATIONS; i++) { /* twelve expected in each */
        struct fault_plan *plan = plan_of(&world, 13 * HEAL_HOUR, i);
        for (size_t f = 0; f < plan->count; f++) {
            assert_true(plan->faults[f].onset > TEST_START + HEAL_HOUR);
            assert_true(plan->faults[f].onset < TEST_START + 13 * HEAL_HOUR);
            assert_true(f == 0 || plan->faults[f].onset > plan->faults[f - 1].onset);
        }
        sum += (double)plan->count;
        squares += (double)(plan->count * plan->count);
        fault_plan_destroy(plan);
    }
    double mean = sum / REPLICATIONS, dispersion = (squares - sum * mean) / mean;
    assert_near(mean, 12, 5 * sqrt(12.0 / REPLICATIONS));
    double p = gsl_cdf_chisq_Q(dispersion, REPLICATIONS - 1);
    assert_true(p > 0.001 && p < 0.999);
    test_world_clear(&world);
}

/* Gaps, the one from `at` to the first included, are exponential (Kolmogorov-
 * Smirnov, p > 0.001: D * sqrt(n) < 1.95). */
static void test_poisson_gaps_are_exponential(void **state)
{
    (void)state;
    enum { GAPS = 3000 };
    struct test_world world;
    double distance = 0, gaps[GAPS];

    plan_world(&world, 1);
    world.faults[0].onset = ONSET_POISSON;
    world.faults[0].every = HEAL_MINUTE;
    struct fault_plan *plan = plan_of(&world, 10 * HEAL_DAY, 0);
    assert_true(plan->count > GAPS);
    for (size_t i = 0; i < GAPS; i++)
        gaps[i] = heal_duration_seconds(plan->faults[i].onset -
                                        (i ? plan->faults[i - 1].onset : TEST_START + 5 * HEAL_MINUTE));
    gsl_sort(gaps, 1, GAPS);
    for (size_t i = 0; i < GAPS; i++) {
        double p = gsl_cdf_exponential_P(gaps[i], 60);
        distance = fmax(distance, fmax(p - (double)i / GAPS, (double)(i + 1) / GAPS - p));
    }
    assert_true(distance * sqrt(GAPS) < 1.95);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_a_rate_beyond_all_runs_strikes_never_and_overflows_nothing(void **state)
{
    (void)state;
    struct test_world world;

    plan_world(&world, 1);
    world.faults[0].onset = ONSET_POISSON;
    world.faults[0].every = INT64_MAX;
    for (uint32_t i = 0; i < 50; i++)
        fault_plan_destroy(plan_of(&world, HEAL_HOUR, i));
    test_world_clear(&world);
}

/* --- targets and causes --------------------------------------------------- */

/* Chi-square of counts against weights; p > 0.001 both ways. */
static void expect_shares(const double *counts, const double *weights, size_t n)
{
    double total = 0, weight = 0, chi = 0;

    for (size_t i = 0; i < n; i++) {
        total += counts[i];
        weight += weights[i];
    }
    for (size_t i = 0; i < n; i++) {
        double expected = total * weights[i] / weight;
        chi += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    double p = gsl_cdf_chisq_Q(chi, (double)(n - 1));
    assert_true(p > 0.001 && p < 0.9999);
}

static void test_targets_are_drawn_evenly_from_what_the_line_can_strike(void **state)
{
    (void)state;
    struct test_world world;
    double counts[10] = {0};
    double even[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

    plan_world(&world, 1);
    world.faults[0] =
        (struct fault_spec){.kind = &world.kinds[0], .target = "*", .onset = ONSET_PERIODIC, .every = HEAL_SECOND};
    struct fault_plan *plan = plan_of(&world, 4000 * HEAL_SECOND, 0);
    assert_int_equal(plan->count, 4000);
    for (size_t i = 0; i < plan->count; i++) { /* neither the workload nor the database has what bends */
        const char *id = inventory_resource_id(world.inventory, plan->faults[i].target);
        unsigned number;
        assert_int_equal(sscanf(id, "pod/shop/web-%u", &number), 1);
        counts[number - 1]++;
    }
    expect_shares(counts, even, 10);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_causes_come_by_weight_or_as_named(void **state)
{
    (void)state;
    static const double WEIGHTS[] = {0.5, 3, 1.5};
    struct test_world world;
    double counts[3] = {0};

    plan_world(&world, 1);
    for (size_t i = 0; i < 3; i++)
        world.kinds[0].causes[i] = test_cause((const char *const[]){"a", "b", "c"}[i], WEIGHTS[i]);
    world.kinds[0].cause_count = 3;
    world.faults[0].onset = ONSET_PERIODIC;
    world.faults[0].every = HEAL_SECOND;
    struct fault_plan *plan = plan_of(&world, 4000 * HEAL_SECOND, 0);
    for (size_t i = 0; i < plan->count; i++)
        counts[plan->faults[i].cause - world.kinds[0].causes]++;
    expect_shares(counts, WEIGHTS, 3);
    fault_plan_destroy(plan);
    world.faults[0].cause = "c";
    plan = plan_of(&world, 4000 * HEAL_SECOND, 0);
    for (size_t i = 0; i < plan->count; i++)
        assert_string_equal(plan->faults[i].cause->name, "c");
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

/* Jitter is a normal factor: mean 1, the given sd, one per fault and not per series. */
static void test_magnitudes_vary_by_their_jitter_alike_in_one_fault(void **state)
{
    (void)state;
    struct test_world world;
    double mean = 0, variance = 0;

    plan_world(&world, 1);
    world.kinds[0].bends[0].jitter = 0.1;
    world.kinds[0].bends[1] = world.kinds[0].bends[0];
    world.kinds[0].bends[1].magnitude = 60;
    world.kinds[0].bend_count = 2;
    world.faults[0].onset = ONSET_PERIODIC;
    world.faults[0].every = HEAL_SECOND;
    struct fault_plan *plan = plan_of(&world, 4300 * HEAL_SECOND, 0);
    for (size_t i = 0; i < plan->count; i++) {
        const struct bent_series *series = plan->faults[i].series;
        assert_int_equal(plan->faults[i].series_count, 2);
        assert_near(series[1].magnitude, 100 * series[0].magnitude, 1e-9);
        mean += series[0].magnitude / 0.6 / (double)plan->count;
    }
    for (size_t i = 0; i < plan->count; i++)
        variance += pow(plan->faults[i].series[0].magnitude / 0.6 - mean, 2) / (double)plan->count;
    assert_near(mean, 1, 5 * 0.1 / sqrt(4000));
    assert_near(sqrt(variance), 0.1, 5 * 0.1 / sqrt(8000));
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_a_line_s_own_bends_stand_for_the_kind_s(void **state)
{
    (void)state;
    struct test_world world;

    plan_world(&world, 1);
    world.faults[0].target = "database/*";
    world.faults[0].bends[0] = (struct bend){.metric = "u*", .shape = BEND_STEP, .low = -INFINITY, .high = INFINITY};
    world.faults[0].bend_count = 1;
    struct fault_plan *plan = plan_of(&world, HEAL_HOUR, 0);
    assert_int_equal(plan->count, 1);
    assert_int_equal(plan->faults[0].series_count, 1);
    assert_string_equal(inventory_series_id(world.inventory, plan->faults[0].series[0].series), "database/shop/db:up");
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_a_bend_of_what_is_below_meets_all_that_hangs_on_the_target(void **state)
{
    (void)state;
    struct test_world world;

    test_world_init(&world);
    world.resources[0].id = "pod/shop/web";
    world.resources[0].count = 3;
    world.resources[0].node = "node/shop/n";
    world.resources[1].id = "pod/shop/elsewhere";
    world.kinds[0].bends[0].below = true;
    world.scenario.fault_count = 1;
    world.faults[0].target = "node/*";
    test_describe(&world);
    struct fault_plan *plan = plan_of(&world, HEAL_HOUR, 0);
    assert_int_equal(plan->count, 1);
    assert_int_equal(plan->faults[0].series_count, 3); /* the node's own are not its business here */
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_a_bend_of_callers_meets_the_links_that_call_the_target(void **state)
{
    (void)state;
    struct test_world world;

    test_world_init(&world);
    world.more[0] = (struct series_spec){.metric = "request_latency_seconds"};
    world.resources[2] =
        (struct resource_spec){.id = "link/shop/api-web-2", .count = 1, .series = &world.more[0], .series_count = 1};
    world.scenario.resource_count = 3;
    world.kinds[0].bends[1] = (struct bend){.metric = "request_latency*", .shape = BEND_SCALE, .callers = true};
    world.kinds[0].bend_count = 2;
    world.faults[0].target = "pod/shop/web-2";
    world.faults[1].target = "pod/shop/web-1";
    world.scenario.fault_count = 2;
    struct edge_spec edge = {"link/shop/api-web-2", RELATION_CALLS, "pod/shop/web-2", 0};
    world.scenario.edges = &edge;
    world.scenario.edge_count = 1;
    test_describe(&world);
    struct fault_plan *plan = plan_of(&world, HEAL_HOUR, 0);
    assert_int_equal(plan->count, 2);
    assert_int_equal(plan->faults[0].series_count, 2);
    assert_string_equal(inventory_series_id(world.inventory, plan->faults[0].series[1].series),
                        "link/shop/api-web-2:request_latency_seconds");
    assert_int_equal(plan->faults[1].series_count, 1);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

/* --- independence --------------------------------------------------------- */

static void drawn_line(struct fault_spec *spec, const struct fault_kind *kind, const char *target)
{
    *spec = (struct fault_spec){.kind = kind, .target = target, .onset = ONSET_POISSON, .every = HEAL_HOUR};
}

/* The faults of `spec` are the same in both plans, but for their line. */
static void expect_same_line(const struct fault_plan *one, const struct fault_spec *spec,
                             const struct fault_plan *other, const struct fault_spec *other_spec)
{
    size_t j = 0, compared = 0;

    for (size_t i = 0; i < one->count; i++) {
        if (one->faults[i].spec != spec)
            continue;
        while (j < other->count && other->faults[j].spec != other_spec)
            j++;
        assert_true(j < other->count);
        assert_int_equal(one->faults[i].onset, other->faults[j].onset);
        assert_int_equal(one->faults[i].target, other->faults[j].target);
        assert_ptr_equal(one->faults[i].cause, other->faults[j].cause);
        assert_near(one->faults[i].series[0].magnitude, other->faults[j].series[0].magnitude, 0);
        j++;
        compared++;
    }
    for (; j < other->count; j++)
        assert_ptr_not_equal(other->faults[j].spec, other_spec);
    assert_true(compared > 0);
}

static void several_causes(struct test_world *world)
{
    plan_world(world, 2);
    world->kinds[0].bends[0].jitter = 0.2;
    for (size_t i = 0; i < 3; i++)
        world->kinds[0].causes[i] = test_cause("any", 1);
    world->kinds[0].cause_count = 3;
    world->kinds[1] = world->kinds[0];
    world->kinds[1].name = "other";
}

static void test_a_further_line_anywhere_changes_no_other_line_s_draws(void **state)
{
    (void)state;
    struct test_world world;

    several_causes(&world);
    drawn_line(&world.faults[0], &world.kinds[0], "pod/*");
    drawn_line(&world.faults[1], &world.kinds[0], "pod/shop/web-1*");
    /* The same two behind, between and in front of others. */
    drawn_line(&world.faults[2], &world.kinds[1], "pod/*");
    world.faults[3] = world.faults[0];
    drawn_line(&world.faults[4], &world.kinds[0], "*");
    world.faults[5] = world.faults[1];
    drawn_line(&world.faults[6], &world.kinds[1], "pod/shop/web-1*");
    for (uint32_t replication = 0; replication < 3; replication++) {
        struct fault_plan *alone = plan_of(&world, HEAL_DAY, replication);
        struct test_world wider = world;
        wider.scenario.faults = world.faults + 2;
        wider.scenario.fault_count = 5;
        struct fault_plan *among = plan_of(&wider, HEAL_DAY, replication);
        expect_same_line(alone, &world.faults[0], among, &world.faults[3]);
        expect_same_line(alone, &world.faults[1], among, &world.faults[5]);
        fault_plan_destroy(alone);
        fault_plan_destroy(among);
    }
    test_world_clear(&world);
}

static void test_lines_that_say_the_same_draw_apart(void **state)
{
    (void)state;
    struct test_world world;
    size_t half = 0;

    several_causes(&world);
    drawn_line(&world.faults[0], &world.kinds[0], "pod/*");
    world.faults[1] = world.faults[0];
    struct fault_plan *plan = plan_of(&world, HEAL_DAY, 0);
    while (half < plan->count && plan->faults[half].spec == &world.faults[0])
        half++;
    assert_true(half > 0 && half < plan->count);
    assert_true(plan->faults[0].onset != plan->faults[half].onset);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_replications_and_seeds_draw_apart_and_repeat(void **state)
{
    (void)state;
    struct test_world world;

    several_causes(&world);
    drawn_line(&world.faults[0], &world.kinds[0], "pod/*");
    world.scenario.fault_count = 1;
    struct fault_plan *one = plan_of(&world, HEAL_DAY, 0), *again = plan_of(&world, HEAL_DAY, 0);
    struct fault_plan *other = plan_of(&world, HEAL_DAY, 1);
    expect_same_line(one, world.faults, again, world.faults);
    assert_true(one->faults[0].onset != other->faults[0].onset);
    fault_plan_destroy(other);
    world.scenario.seed++;
    other = plan_of(&world, HEAL_DAY, 0);
    assert_true(one->faults[0].onset != other->faults[0].onset);
    fault_plan_destroy(one);
    fault_plan_destroy(again);
    fault_plan_destroy(other);
    test_world_clear(&world);
}

/* --- the course of one fault ---------------------------------------------- */

static struct fault_plan *one_fault(struct test_world *world)
{
    plan_world(world, 1);
    world->kinds[0].causes[0].cures[ACTION_RAISE_CPU_LIMIT] = true;
    world->kinds[0].causes[0].relieves[ACTION_RESTART_POD] = true;
    world->kinds[0].causes[0].cures[ACTION_RESTART_POD] = false;
    world->kinds[0].causes[0].relief = 60;
    world->kinds[0].recovery = 20;
    struct fault_plan *plan = plan_of(world, HEAL_HOUR, 0);
    assert_int_equal(plan->count, 1);
    return plan;
}

/* What a healthy 0.3 of the target shows at `now`; all other series must not move. */
static double shown(const struct test_world *world, const struct fault *fault, heal_time now)
{
    double values[16];
    uint32_t bent = fault->series[0].series;

    for (size_t i = 0; i < 16; i++)
        values[i] = 0.3;
    fault_bend(fault, now, values);
    for (size_t i = 0; i < inventory_series_count(world->inventory); i++)
        assert_true(i == bent || values[i] == 0.3);
    return values[bent];
}

static void test_a_fault_bends_from_its_onset_and_fades_after_its_cure(void **state)
{
    (void)state;
    struct test_world world;
    struct fault_plan *plan = one_fault(&world);
    struct fault *fault = &plan->faults[0];

    assert_int_equal(fault->state, FAULT_PLANNED);
    assert_false(fault_is_felt(fault));
    assert_near(shown(&world, fault, 1000), 0.3, 0);
    fault_strike(fault, 1000);
    assert_true(fault_is_felt(fault));
    assert_near(shown(&world, fault, 1000), 0.9, 1e-12);
    assert_int_equal(fault_take_action(fault, ACTION_CLEAR_CACHES, 1, 1100), FAULT_UNTOUCHED);
    assert_int_equal(fault_take_action(fault, ACTION_RAISE_CPU_LIMIT, 1, 1100), FAULT_CURE_STARTS);
    assert_near(shown(&world, fault, 1200), 0.9, 1e-12); /* until the cure comes */
    fault_cure(fault, 1200, FAULT_ENDED_BY_REMEDIATION, ACTION_RAISE_CPU_LIMIT, 1);
    assert_false(fault_is_felt(fault));
    assert_near(shown(&world, fault, 1200), 0.9, 1e-12);
    assert_near(shown(&world, fault, 1205), 0.75, 1e-12);
    assert_near(shown(&world, fault, 1215), 0.45, 1e-12);
    assert_near(shown(&world, fault, 1220), 0.3, 1e-12);
    assert_near(shown(&world, fault, 9999), 0.3, 1e-12);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_without_a_recovery_time_the_signal_is_whole_at_the_cure(void **state)
{
    (void)state;
    struct test_world world;
    struct fault_plan *plan = one_fault(&world);

    world.kinds[0].recovery = 0;
    fault_strike(plan->faults, 1000);
    fault_cure(plan->faults, 1100, FAULT_ENDED_BY_OPERATOR, ACTION_KIND_COUNT, 0);
    assert_near(shown(&world, plan->faults, 1100), 0.3, 0);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_a_cured_leak_grows_no_more_while_it_fades(void **state)
{
    (void)state;
    struct test_world world;
    struct fault_plan *plan = one_fault(&world);
    struct bend leak = {.metric = "*", .shape = BEND_LEAK, .magnitude = 0.4, .low = -INFINITY, .high = INFINITY};

    world.kinds[0].recovery = HEAL_HOUR;
    plan->faults[0].series[0].bend = &leak;
    plan->faults[0].series[0].magnitude = leak.magnitude;
    fault_strike(plan->faults, 0);
    assert_near(shown(&world, plan->faults, HEAL_HOUR), 0.7, 1e-12);
    fault_cure(plan->faults, HEAL_HOUR, FAULT_ENDED_BY_REMEDIATION, ACTION_RAISE_CPU_LIMIT, 1);
    assert_near(shown(&world, plan->faults, HEAL_HOUR + HEAL_HOUR / 2), 0.5, 1e-12);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_a_missing_sample_stays_missing_and_a_drop_out_hides_one(void **state)
{
    (void)state;
    struct test_world world;
    struct fault_plan *plan = one_fault(&world);
    struct bend drop_out = {.metric = "*", .shape = BEND_DROP_OUT};
    double values[16];

    for (size_t i = 0; i < 16; i++)
        values[i] = NAN;
    fault_strike(plan->faults, 1000);
    fault_bend(plan->faults, 1000, values);
    assert_true(isnan(values[plan->faults[0].series[0].series]));
    plan->faults[0].series[0].bend = &drop_out;
    assert_true(isnan(shown(&world, plan->faults, 1000)));
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_relief_hides_the_fault_and_its_cause_comes_back(void **state)
{
    (void)state;
    struct test_world world;
    struct fault_plan *plan = one_fault(&world);
    struct fault *fault = &plan->faults[0];

    fault_strike(fault, 1000);
    assert_int_equal(fault_take_action(fault, ACTION_RESTART_POD, 1, 1100), FAULT_RELIEF_STARTS);
    assert_true(fault_is_felt(fault)); /* its cause stands */
    assert_near(shown(&world, fault, 1100), 0.3, 0);
    assert_false(fault_relief_is_over(fault, 1159));
    assert_true(fault_relief_is_over(fault, 1160));
    fault_strike(fault, 1160);
    assert_near(shown(&world, fault, 1160), 0.9, 1e-12);
    assert_false(fault_relief_is_over(fault, 1160)); /* none any more */
    assert_int_equal(fault_take_action(fault, ACTION_RAISE_CPU_LIMIT, 1, 1170), FAULT_CURE_STARTS);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_relief_counts_from_the_last_action_that_gives_it(void **state)
{
    (void)state;
    struct test_world world;
    struct fault_plan *plan = one_fault(&world);

    fault_strike(plan->faults, 1000);
    fault_take_action(plan->faults, ACTION_RESTART_POD, 1, 1100);
    assert_int_equal(fault_take_action(plan->faults, ACTION_RESTART_POD, 1, 1150), FAULT_RELIEF_STARTS);
    assert_false(fault_relief_is_over(plan->faults, 1160));
    assert_true(fault_relief_is_over(plan->faults, 1210));
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

/* The signal was good already; a cure must not make it bad on its way back. */
static void test_a_cure_during_relief_shows_nothing(void **state)
{
    (void)state;
    struct test_world world;
    struct fault_plan *plan = one_fault(&world);

    fault_strike(plan->faults, 1000);
    fault_take_action(plan->faults, ACTION_RESTART_POD, 1, 1100);
    fault_cure(plan->faults, 1120, FAULT_ENDED_BY_OPERATOR, ACTION_KIND_COUNT, 0);
    for (heal_time now = 1120; now < 1150; now += 5)
        assert_near(shown(&world, plan->faults, now), 0.3, 0);
    assert_false(fault_is_felt(plan->faults));
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_undoing_the_cure_brings_the_fault_back(void **state)
{
    (void)state;
    struct test_world world;
    struct fault_plan *plan = one_fault(&world);
    struct fault *fault = &plan->faults[0];

    fault_strike(fault, 1000);
    assert_int_equal(fault_take_action(fault, ACTION_LOWER_CPU_LIMIT, 1, 1050), FAULT_UNTOUCHED); /* no cure yet */
    fault_cure(fault, 1100, FAULT_ENDED_BY_REMEDIATION, ACTION_RAISE_CPU_LIMIT, 1);
    assert_int_equal(fault_take_action(fault, ACTION_LOWER_MEMORY_LIMIT, 1, 1110), FAULT_UNTOUCHED);
    assert_int_equal(fault_take_action(fault, ACTION_LOWER_CPU_LIMIT, 1, 1110), FAULT_CURE_UNDONE);
    assert_true(fault_is_felt(fault));
    assert_int_equal(fault->ended_by, FAULT_STANDS);
    assert_true(fault->cured_at == HEAL_TIME_NEVER);
    assert_near(shown(&world, fault, 1110), 0.9, 1e-12);
    fault_cure(fault, 1200, FAULT_ENDED_BY_REMEDIATION, ACTION_RAISE_CPU_LIMIT, 1);
    fault->state = FAULT_OVER; /* also when all had been well for long */
    assert_int_equal(fault_take_action(fault, ACTION_LOWER_CPU_LIMIT, 1, 9000), FAULT_CURE_UNDONE);
    fault_cure(fault, 9100, FAULT_ENDED_BY_OPERATOR, ACTION_KIND_COUNT, 0); /* what a person mended stays so */
    assert_int_equal(fault_take_action(fault, ACTION_LOWER_CPU_LIMIT, 1, 9200), FAULT_UNTOUCHED);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_undoing_does_not_bring_back_what_would_have_ended_by_itself(void **state)
{
    (void)state;
    struct test_world world;
    struct fault_plan *plan = one_fault(&world);
    struct fault *fault = &plan->faults[0];

    fault->lasts = 500;
    fault->onset = 1000;
    fault_strike(fault, 1000);
    fault_cure(fault, 1100, FAULT_ENDED_BY_REMEDIATION, ACTION_RAISE_CPU_LIMIT, 1);
    assert_int_equal(fault_take_action(fault, ACTION_LOWER_CPU_LIMIT, 1, 1499), FAULT_CURE_UNDONE);
    fault_cure(fault, 1499, FAULT_ENDED_BY_REMEDIATION, ACTION_RAISE_CPU_LIMIT, 1);
    assert_int_equal(fault_take_action(fault, ACTION_LOWER_CPU_LIMIT, 1, 1500), FAULT_UNTOUCHED);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

/* Two remediations may scale the same workload: the second takes back only its own. */
static void test_another_remedys_rollback_leaves_the_cure_alone(void **state)
{
    (void)state;
    struct test_world world;
    struct fault_plan *plan = one_fault(&world);
    struct fault *fault = &plan->faults[0];

    fault_strike(fault, 1000);
    fault_cure(fault, 1100, FAULT_ENDED_BY_REMEDIATION, ACTION_RAISE_CPU_LIMIT, 1);
    assert_int_equal(fault_take_action(fault, ACTION_LOWER_CPU_LIMIT, 2, 1110), FAULT_UNTOUCHED);
    assert_false(fault_is_felt(fault));
    assert_int_equal(fault_take_action(fault, ACTION_LOWER_CPU_LIMIT, 1, 1120), FAULT_CURE_UNDONE);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_a_cause_that_has_passed_does_not_come_back_with_the_undoing(void **state)
{
    (void)state;
    struct test_world world;
    struct fault_plan *plan = one_fault(&world);
    struct fault *fault = &plan->faults[0];

    world.kinds[0].causes[0].passes = 600;
    fault->onset = 1000;
    fault_strike(fault, 1000);
    fault_cure(fault, 1100, FAULT_ENDED_BY_REMEDIATION, ACTION_RAISE_CPU_LIMIT, 1);
    assert_int_equal(fault_take_action(fault, ACTION_LOWER_CPU_LIMIT, 1, 1600), FAULT_UNTOUCHED);
    assert_false(fault_is_felt(fault));
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

/* --- checks --------------------------------------------------------------- */

static void test_lines_that_meet_nothing_are_noted_each(void **state)
{
    (void)state;
    struct test_world world;
    struct error_list errors = {0};

    plan_world(&world, 4);
    for (size_t i = 0; i < 4; i++)
        world.faults[i].line = (uint32_t)(20 + i);
    world.faults[1].target = "pod/shop/nobody";
    world.faults[3].target = "database/*"; /* is there, but has no processor series */
    assert_false(fault_plan_check(&world.scenario, world.inventory, NULL, HEAL_HOUR, &errors));
    assert_int_equal(errors.count, 2);
    assert_int_equal(errors.items[0].line, 21);
    assert_int_equal(errors.items[1].line, 23);
    error_list_clear(&errors);
    expect_onsets(&world, HEAL_HOUR, (const heal_duration[]){5 * HEAL_MINUTE, 5 * HEAL_MINUTE}, 2);
    world.scenario.fault_count = 1;
    assert_true(fault_plan_check(&world.scenario, world.inventory, NULL, HEAL_HOUR, &errors));
    assert_int_equal(errors.count, 0);
    test_world_clear(&world);
}

static void test_more_faults_than_the_limit_are_an_error_and_never_a_silent_cut(void **state)
{
    (void)state;
    struct test_world world;
    struct error_list errors = {0};

    plan_world(&world, 1);
    world.faults[0] = (struct fault_spec){
        .kind = &world.kinds[0], .target = "pod/*", .onset = ONSET_PERIODIC, .every = HEAL_SECOND, .line = 9};
    assert_true(fault_plan_check(&world.scenario, world.inventory, NULL, FAULTS_MAX * HEAL_SECOND, &errors));
    assert_false(fault_plan_check(&world.scenario, world.inventory, NULL, FAULTS_MAX * HEAL_SECOND + 1, &errors));
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.items[0].line, 9);
    assert_non_null(strstr(errors.items[0].message, "4097"));
    error_list_clear(&errors);
    struct fault_plan *plan = plan_of(&world, 5000 * HEAL_SECOND, 0); /* whoever asks all the same gets all */
    assert_int_equal(plan->count, 5000);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_the_limit_is_for_all_lines_together_and_noted_once(void **state)
{
    (void)state;
    struct test_world world;
    struct error_list errors = {0};

    plan_world(&world, 4);
    for (size_t i = 0; i < 4; i++) {
        drawn_line(&world.faults[i], &world.kinds[0], "pod/*");
        world.faults[i].line = (uint32_t)(30 + i);
    }
    assert_true(fault_plan_check(&world.scenario, world.inventory, NULL, 1024 * HEAL_HOUR, &errors));
    assert_false(fault_plan_check(&world.scenario, world.inventory, NULL, 1400 * HEAL_HOUR, &errors));
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.items[0].line, 32);
    error_list_clear(&errors);
    world.scenario.warm_up = 400 * HEAL_HOUR; /* nothing strikes before it */
    assert_true(fault_plan_check(&world.scenario, world.inventory, NULL, 1400 * HEAL_HOUR, &errors));
    test_world_clear(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_line_gives_no_fault),
        cmocka_unit_test(test_a_fault_at_an_instant_strikes_once_inside_the_run),
        cmocka_unit_test(test_a_periodic_fault_strikes_on_the_beat_after_the_warm_up),
        cmocka_unit_test(test_poisson_counts_have_the_rate_and_the_spread),
        cmocka_unit_test(test_poisson_gaps_are_exponential),
        cmocka_unit_test(test_a_rate_beyond_all_runs_strikes_never_and_overflows_nothing),
        cmocka_unit_test(test_targets_are_drawn_evenly_from_what_the_line_can_strike),
        cmocka_unit_test(test_causes_come_by_weight_or_as_named),
        cmocka_unit_test(test_magnitudes_vary_by_their_jitter_alike_in_one_fault),
        cmocka_unit_test(test_a_line_s_own_bends_stand_for_the_kind_s),
        cmocka_unit_test(test_a_bend_of_what_is_below_meets_all_that_hangs_on_the_target),
        cmocka_unit_test(test_a_bend_of_callers_meets_the_links_that_call_the_target),
        cmocka_unit_test(test_a_further_line_anywhere_changes_no_other_line_s_draws),
        cmocka_unit_test(test_lines_that_say_the_same_draw_apart),
        cmocka_unit_test(test_replications_and_seeds_draw_apart_and_repeat),
        cmocka_unit_test(test_a_fault_bends_from_its_onset_and_fades_after_its_cure),
        cmocka_unit_test(test_without_a_recovery_time_the_signal_is_whole_at_the_cure),
        cmocka_unit_test(test_a_cured_leak_grows_no_more_while_it_fades),
        cmocka_unit_test(test_a_missing_sample_stays_missing_and_a_drop_out_hides_one),
        cmocka_unit_test(test_relief_hides_the_fault_and_its_cause_comes_back),
        cmocka_unit_test(test_relief_counts_from_the_last_action_that_gives_it),
        cmocka_unit_test(test_a_cure_during_relief_shows_nothing),
        cmocka_unit_test(test_undoing_the_cure_brings_the_fault_back),
        cmocka_unit_test(test_undoing_does_not_bring_back_what_would_have_ended_by_itself),
        cmocka_unit_test(test_another_remedys_rollback_leaves_the_cure_alone),
        cmocka_unit_test(test_a_cause_that_has_passed_does_not_come_back_with_the_undoing),
        cmocka_unit_test(test_lines_that_meet_nothing_are_noted_each),
        cmocka_unit_test(test_more_faults_than_the_limit_are_an_error_and_never_a_silent_cut),
        cmocka_unit_test(test_the_limit_is_for_all_lines_together_and_noted_once),
    };
    return cmocka_run_group_tests_name("fault_plan", tests, NULL, NULL);
}
