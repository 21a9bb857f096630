/* world_people_test.c - teams, nights, tiredness, complaints; and actions that end badly.
 *
 * The tiny world of test_world.h: a frame every 10 s, the fault shows at 300 s. The
 * run starts at TEST_START, whose time of day and weekday the tests read off. */
#include "sim/world.h"

#include "sim/test_world.h"

static void open_world(struct test_world *world, size_t faults)
{
    test_world_init(world);
    world->scenario.fault_count = faults;
    world->policy.auto_remediation = false;
    world->scenario.operators = (struct operators){.present = true, .acknowledge = {60, 0}, .repair = {120, 0}};
}

static void close_world(struct test_world *world, struct test_log *log)
{
    test_log_clear(log);
    test_world_clear(world);
}

static double total(const struct test_log *log, const char *name)
{
    for (size_t i = 0; i < log->count; i++) {
        if (log->items[i].kind == RECORD_TOTAL && strcmp(log->items[i].total.name, name) == 0)
            return log->items[i].total.value;
    }
    fail_msg("no total %s", name);
    return 0;
}

/* web-1 and web-2 break at once. */
static void two_faults(struct test_world *world)
{
    open_world(world, 2);
    world->faults[1].target = "pod/shop/web-2";
}

static void test_enough_people_work_side_by_side(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    two_faults(&world);
    test_world_run(&world, &log);
    assert_near(test_seconds(test_operator(&log, true, 0).ended_at), 480, 1e-6);
    assert_near(test_seconds(test_operator(&log, true, 1).ended_at), 480, 1e-6);
    close_world(&world, &log);
}

static void test_a_team_of_one_takes_calls_one_after_the_other(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    two_faults(&world);
    world.resources[1].owner = NULL; /* else one repair mends both: one edge apart */
    world.resources[0].owner = NULL;
    world.scenario.operators.team = 1;
    test_world_run(&world, &log);
    assert_near(test_seconds(test_operator(&log, true, 0).ended_at), 480, 1e-6);
    assert_near(test_seconds(test_operator(&log, true, 1).ended_at), 600, 1e-6);
    close_world(&world, &log);
}

static void test_looking_for_the_cause_takes_its_time(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world, 1);
    world.scenario.operators.diagnose = (struct log_normal){300, 0};
    world.scenario.costs = (struct costs){.page = 5, .people_hour = 60, .bad_minute = 2};
    test_world_run(&world, &log);
    assert_near(test_seconds(test_operator(&log, true, 0).ended_at), 780, 1e-6);
    assert_near(total(&log, "people_hours"), 420 / 3600.0, 1e-9);
    assert_near(total(&log, "pages"), 1, 0);
    assert_near(total(&log, "cost_people"), 5 + 60 * 420 / 3600.0, 1e-9);
    assert_near(total(&log, "hurt_seconds"), 480, 1e-6); /* from the frame at 300 s to the one at 780 s */
    assert_near(total(&log, "cost_users"), 2 * 480 / 60.0, 1e-9);
    close_world(&world, &log);
}

static void test_at_night_people_take_longer(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};
    heal_duration day = (TEST_START + 300 * HEAL_SECOND) % HEAL_DAY;

    open_world(&world, 1);
    world.scenario.operators.night_factor = 3;
    world.scenario.operators.night_from = day;
    world.scenario.operators.night_until = (day + 1) % HEAL_DAY;
    test_world_run(&world, &log);
    assert_near(test_seconds(test_operator(&log, false, 0).ended_at), 480, 1e-6);
    test_log_clear(&log);
    world.scenario.operators.night_from = (day + HEAL_HOUR) % HEAL_DAY;
    world.scenario.operators.night_until = (day + 2 * HEAL_HOUR) % HEAL_DAY;
    bool weekend = ((TEST_START / HEAL_DAY + 4) % 7 + 7) % 7 % 6 == 0;
    test_world_run(&world, &log);
    assert_near(test_seconds(test_operator(&log, false, 0).ended_at), weekend ? 480 : 360, 1e-6);
    close_world(&world, &log);
}

/* Pages at 300 s and, of the other pod, at 600 s. */
static void test_pages_tire(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    two_faults(&world);
    world.faults[1].at = 600 * HEAL_SECOND;
    world.scenario.operators.fatigue_half_life = 300 * HEAL_SECOND;
    world.scenario.operators.fatigue_per_page = 0.5;
    test_world_run(&world, &log);
    assert_near(test_seconds(test_operator(&log, false, 0).ended_at), 360, 1e-6);
    assert_near(test_seconds(test_operator(&log, false, 1).ended_at), 600 + 60 * 1.25, 1e-6); /* half of one page */
    close_world(&world, &log);
}

static void test_tired_people_miss_pages(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};
    size_t late = 0;

    two_faults(&world);
    world.faults[1].at = 600 * HEAL_SECOND;
    world.scenario.operators.fatigue_half_life = 300 * HEAL_SECOND;
    world.scenario.operators.missed_per_page = 1; /* half a page remembered: missed every second time */
    world.scenario.operators.escalate_after = 1000 * HEAL_SECOND;
    for (world.replication = 0; world.replication < 200; world.replication++) {
        test_world_run(&world, &log);
        double took = heal_duration_seconds(test_operator(&log, false, 1).ended_at) -
                      heal_duration_seconds(test_operator(&log, false, 1).at);
        assert_near(fmod(took - 60, 1000), 0, 1e-3); /* so many whole escalations */
        late += took > 61;
    }
    assert_true(late > 70 && late < 130); /* 100 on average, sd 7 */
    close_world(&world, &log);
}

static void test_without_alerts_users_have_to_complain(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world, 1);
    world.scenario.operators.complaint = (struct log_normal){600, 0};
    world.complaints_only = true;
    test_world_run(&world, &log);
    struct operator_record told = test_operator(&log, false, 0);
    assert_near(test_seconds(told.at), 900, 1e-6);
    assert_near(test_seconds(told.ended_at), 960, 1e-6);
    assert_near(test_seconds(test_operator(&log, true, 0).ended_at), 1080, 1e-6);
    assert_near(total(&log, "pages"), 0, 0); /* the engine's were never sent */
    close_world(&world, &log);
}

static void test_nobody_complains_of_what_is_over(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world, 1);
    world.scenario.operators.complaint = (struct log_normal){600, 0};
    world.faults[0].lasts = 100 * HEAL_SECOND;
    world.complaints_only = true;
    test_world_run(&world, &log);
    for (size_t i = 0; i < log.count; i++)
        assert_true(log.items[i].kind != RECORD_OPERATOR);
    close_world(&world, &log);
}

/* --- actions ---------------------------------------------------------------- */

static void test_a_part_is_done_and_the_answer_is_no(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world, 1);
    world.policy.auto_remediation = true;
    world.catalogue.actions[ACTION_RESTART_POD].partial = 1;
    test_world_run(&world, &log);
    assert_int_equal(test_decision(&log, DECISION_ACTION_ENDED, 0).outcome, ACTION_FAILED);
    assert_int_equal(test_fault(&log, 0).ended_by, FAULT_ENDED_BY_REMEDIATION);
    close_world(&world, &log);
}

static void test_a_slow_action_takes_ten_times_as_long(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world, 1);
    world.policy.auto_remediation = true;
    world.strategies[TEST_RESTART].steps[0].timeout = 2 * HEAL_MINUTE;
    world.catalogue.actions[ACTION_RESTART_POD].slow = 1;
    test_world_run(&world, &log);
    assert_near(test_seconds(test_decision(&log, DECISION_ACTION_ENDED, 0).at), 350, 1e-6);
    close_world(&world, &log);
}

static void test_an_action_can_make_it_worse(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world, 1);
    world.policy.auto_remediation = true;
    struct cause *cause = &world.kinds[0].causes[0];
    cause->cures[ACTION_RESTART_POD] = false;
    cause->worsened_by[ACTION_RESTART_POD] = true;
    cause->worse = 1.1;
    world.plot_buckets = 360;
    test_world_run(&world, &log);
    double before = 0, after = 0;
    for (size_t i = 0; i < log.count; i++) {
        const struct plot_record *plot = &log.items[i].plot;
        if (log.items[i].kind != RECORD_PLOT || plot->series != 0)
            continue;
        before = test_seconds(plot->at) == 300 ? (double)plot->high : before;
        after = test_seconds(plot->at) == 310 ? (double)plot->high : after;
    }
    assert_near(before, 0.9, 1e-6);
    assert_near(after, 0.96, 1e-6); /* 0.3 + 0.6 * 1.1 */
    close_world(&world, &log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enough_people_work_side_by_side),
        cmocka_unit_test(test_a_team_of_one_takes_calls_one_after_the_other),
        cmocka_unit_test(test_looking_for_the_cause_takes_its_time),
        cmocka_unit_test(test_at_night_people_take_longer),
        cmocka_unit_test(test_pages_tire),
        cmocka_unit_test(test_tired_people_miss_pages),
        cmocka_unit_test(test_without_alerts_users_have_to_complain),
        cmocka_unit_test(test_nobody_complains_of_what_is_over),
        cmocka_unit_test(test_a_part_is_done_and_the_answer_is_no),
        cmocka_unit_test(test_a_slow_action_takes_ten_times_as_long),
        cmocka_unit_test(test_an_action_can_make_it_worse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
