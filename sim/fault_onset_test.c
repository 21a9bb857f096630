/* fault_onset_test.c - lists of onsets, groups, cascades, flapping, gray failures. */
#include "sim/fault_plan.h"

#include "sim/test_world.h"

static void plan_world(struct test_world *world, size_t lines)
{
    test_world_init(world);
    world->resources[0].id = "pod/shop/web";
    world->resources[0].count = 10;
    world->scenario.resource_count = 1;
    world->scenario.fault_count = lines;
    for (size_t i = 0; i < sizeof world->faults / sizeof world->faults[0]; i++)
        world->faults[i].target = "pod/shop/*";
    test_describe(world);
}

static struct fault_plan *plan_of(struct test_world *world, heal_duration duration, uint32_t replication)
{
    struct fault_plan *plan =
        fault_plan_create(&world->scenario, world->inventory, NULL, TEST_START, duration, replication);
    assert_non_null(plan);
    return plan;
}

static void test_listed_onsets_strike_when_the_list_says(void **state)
{
    (void)state;
    struct test_world world;
    const heal_duration times[] = {HEAL_MINUTE, 5 * HEAL_MINUTE, HEAL_HOUR};

    plan_world(&world, 1);
    world.faults[0].onset = ONSET_LISTED;
    world.faults[0].times = times;
    world.faults[0].time_count = 3;
    struct fault_plan *plan = plan_of(&world, HEAL_HOUR, 0);
    assert_int_equal(plan->count, 2); /* the third is at the end */
    assert_int_equal(plan->faults[0].onset, TEST_START + HEAL_MINUTE);
    assert_int_equal(plan->faults[1].onset, TEST_START + 5 * HEAL_MINUTE);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_a_group_strikes_different_targets_at_once(void **state)
{
    (void)state;
    struct test_world world;

    plan_world(&world, 1);
    world.faults[0].together = 4;
    for (uint32_t replication = 0; replication < 20; replication++) {
        struct fault_plan *plan = plan_of(&world, HEAL_HOUR, replication);
        uint32_t seen = 0;
        assert_int_equal(plan->count, 4);
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(plan->faults[i].onset, plan->faults[0].onset);
            assert_false(seen & 1u << plan->faults[i].target);
            seen |= 1u << plan->faults[i].target;
        }
        fault_plan_destroy(plan);
    }
    world.faults[0].together = 99; /* all that there are */
    struct fault_plan *plan = plan_of(&world, HEAL_HOUR, 0);
    assert_int_equal(plan->count, 10);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_a_cascade_follows_each_onset_of_its_leader(void **state)
{
    (void)state;
    struct test_world world;

    plan_world(&world, 2);
    world.faults[0].onset = ONSET_PERIODIC;
    world.faults[0].every = 20 * HEAL_MINUTE;
    world.faults[1].onset = ONSET_AFTER;
    world.faults[1].after = 0;
    world.faults[1].at = 2 * HEAL_MINUTE;
    struct fault_plan *plan = plan_of(&world, HEAL_HOUR, 0);
    assert_int_equal(plan->count, 6);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(plan->faults[3 + i].leader, i);
        assert_int_equal(plan->faults[3 + i].onset, plan->faults[i].onset + 2 * HEAL_MINUTE);
        assert_int_equal(plan->faults[i].leader, FAULT_NONE);
    }
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static size_t faults_told(const struct test_log *log)
{
    return test_fault_count(log);
}

static void test_a_cascade_is_prevented_by_a_cure_in_time(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    test_world_init(&world);
    world.scenario.fault_count = 2;
    world.faults[1].target = "pod/shop/web-2";
    world.faults[1].onset = ONSET_AFTER;
    world.faults[1].at = 2 * HEAL_MINUTE;
    test_world_run(&world, &log); /* healed 5 s after the onset */
    assert_int_equal(faults_told(&log), 1);
    world.policy.auto_remediation = false;
    test_world_run(&world, &log);
    assert_int_equal(faults_told(&log), 2);
    test_log_clear(&log);
    test_world_clear(&world);
}

static void test_a_probability_thins_the_onsets(void **state)
{
    (void)state;
    struct test_world world;

    plan_world(&world, 1);
    world.faults[0].onset = ONSET_PERIODIC;
    world.faults[0].every = HEAL_SECOND;
    world.faults[0].probability = 0.25;
    struct fault_plan *plan = plan_of(&world, 4000 * HEAL_SECOND + 5 * HEAL_MINUTE, 0);
    assert_true(plan->count > 1000 - 4 * 28 && plan->count < 1000 + 4 * 28); /* sd of Binomial(4000, 1/4): 27.4 */
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_spans_are_drawn_with_their_mean(void **state)
{
    (void)state;
    struct test_world world;
    double sum = 0;

    plan_world(&world, 1);
    world.faults[0].onset = ONSET_PERIODIC;
    world.faults[0].every = HEAL_SECOND;
    world.faults[0].lasts_drawn = (struct log_normal){60, 60};
    struct fault_plan *plan = plan_of(&world, 4000 * HEAL_SECOND + 5 * HEAL_MINUTE, 0);
    for (size_t i = 0; i < plan->count; i++)
        sum += heal_duration_seconds(plan->faults[i].lasts);
    assert_near(sum / (double)plan->count, 60, 4 * 60 / 63.0); /* four sd of a mean of 4,000 */
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_a_flapping_fault_shows_and_hides(void **state)
{
    (void)state;
    struct test_world world;

    plan_world(&world, 1);
    world.faults[0].shows_for = 30 * HEAL_SECOND;
    world.faults[0].hides_for = 90 * HEAL_SECOND;
    struct fault_plan *plan = plan_of(&world, HEAL_HOUR, 0);
    struct fault *fault = &plan->faults[0];
    fault_strike(fault, fault->onset);
    for (int second = 0; second < 600; second++) {
        double values[10] = {0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3};
        fault_bend(fault, fault->onset + second * HEAL_SECOND, values);
        assert_near(values[fault->series[0].series], second % 120 < 30 ? 0.9 : 0.3, 1e-9);
    }
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

static void test_a_gray_failure_is_a_part_of_it(void **state)
{
    (void)state;
    struct test_world world;

    plan_world(&world, 1);
    world.faults[0].severity = 0.25;
    struct fault_plan *plan = plan_of(&world, HEAL_HOUR, 0);
    assert_near(plan->faults[0].series[0].magnitude, 0.15, 1e-9);
    fault_plan_destroy(plan);
    test_world_clear(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listed_onsets_strike_when_the_list_says),
        cmocka_unit_test(test_a_group_strikes_different_targets_at_once),
        cmocka_unit_test(test_a_cascade_follows_each_onset_of_its_leader),
        cmocka_unit_test(test_a_cascade_is_prevented_by_a_cure_in_time),
        cmocka_unit_test(test_a_probability_thins_the_onsets),
        cmocka_unit_test(test_spans_are_drawn_with_their_mean),
        cmocka_unit_test(test_a_flapping_fault_shows_and_hides),
        cmocka_unit_test(test_a_gray_failure_is_a_part_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
