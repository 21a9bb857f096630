/* world_test.c - a tiny world whose every instant can be told beforehand.
 *
 * A frame every 10 s; a fault strikes pod web-1 at 300 s and shows in that very
 * frame; actions take 5 s; what is cured fades over 20 s, so that the signal is
 * under the threshold in the next frame. See test_world.h. */
#include "sim/world.h"

#include "sim/test_world.h"

static const enum decision_kind PAGE_STARTED = DECISION_ACTION_STARTED;

static void open_world(struct test_world *world)
{
    test_world_init(world);
    world->scenario.fault_count = 1;
}

static struct cause *the_cause(struct test_world *world)
{
    return &world->kinds[0].causes[0];
}

static void with_operators(struct test_world *world, double sd)
{
    world->scenario.operators = (struct operators){.present = true, .acknowledge = {60, sd}, .repair = {120, 2 * sd}};
}

static void close_world(struct test_world *world, struct test_log *log)
{
    test_log_clear(log);
    test_world_clear(world);
}

static void expect_at(const struct test_log *log, enum decision_kind kind, size_t nth, double seconds)
{
    assert_near(test_seconds(test_decision(log, kind, nth).at), seconds, 1e-6);
}

static void expect_fault(const struct test_log *log, enum fault_end ended_by, double onset, double end)
{
    struct fault_record fault = test_fault(log, 0);

    assert_int_equal(fault.ended_by, ended_by);
    assert_near(test_seconds(fault.onset), onset, 1e-6);
    if (ended_by == FAULT_STANDS)
        assert_true(fault.end == HEAL_TIME_NEVER);
    else
        assert_near(test_seconds(fault.end), end, 1e-6);
}

static void test_a_healthy_world_gives_frames_and_no_issue(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    test_world_init(&world);
    test_world_run(&world, &log);
    assert_int_equal(log.counts.frames, 360);
    assert_int_equal(log.counts.samples, 720);
    assert_int_equal(log.counts.events, 360);
    assert_int_equal(test_count(&log, DECISION_ANOMALY_BEGAN), 0);
    assert_int_equal(test_count(&log, DECISION_HEALTH), 1);
    assert_int_equal(test_fault_count(&log), 0);
    close_world(&world, &log);
}

static void test_a_fault_is_detected_cured_and_verified(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    test_world_run(&world, &log);
    struct decision issue = test_decision(&log, DECISION_ISSUE_OPENED, 0);
    assert_int_equal(issue.resource, TEST_WEB_1);
    assert_int_equal(issue.type, ISSUE_HIGH_CPU);
    assert_near(issue.value, 0.9, 1e-12);
    expect_at(&log, DECISION_ISSUE_OPENED, 0, 300);
    expect_at(&log, DECISION_ACTION_STARTED, 0, 300);
    expect_at(&log, DECISION_ACTION_ENDED, 0, 305);
    assert_int_equal(test_decision(&log, DECISION_ACTION_ENDED, 0).outcome, ACTION_SUCCEEDED);
    expect_at(&log, DECISION_ANOMALY_ENDED, 0, 310);
    expect_at(&log, DECISION_ATTEMPT_VERIFIED, 0, 330);
    expect_at(&log, DECISION_ISSUE_CLOSED, 0, 330);
    assert_int_equal(test_decision(&log, DECISION_REMEDIATION_ENDED, 0).status, REMEDIATION_SUCCESS);
    assert_int_equal(test_count(&log, DECISION_ISSUE_OPENED), 1);
    assert_int_equal(test_fault_count(&log), 1);
    expect_fault(&log, FAULT_ENDED_BY_REMEDIATION, 300, 325);
    assert_string_equal(test_fault(&log, 0).kind, "cpu-stress");
    assert_string_equal(test_fault(&log, 0).cause, "loop");
    assert_int_equal(test_fault(&log, 0).resource, TEST_WEB_1);
    close_world(&world, &log);
}

/* A world that tells a limit as a series answers with it, and the undo gets it back. */
static void test_what_the_frames_say_of_a_limit_goes_with_its_undo(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    struct series_spec both[] = {
        world.cpu, {.metric = "cpu_limit_cores", .generated = {.level = 1.5, .low = -INFINITY, .high = INFINITY}}};
    world.resources[0].series = both;
    world.resources[0].series_count = 2;
    world.policy.ladders[ISSUE_HIGH_CPU] = (struct ladder){.rungs = {TEST_RAISE}, .count = 1};
    test_world_run(&world, &log); /* a limit cures no loop: it is taken back */
    assert_true(test_decision(&log, DECISION_ACTION_ENDED, 0).value == 1.5);
    struct decision undo = test_decision(&log, DECISION_ACTION_STARTED, 1);
    assert_int_equal(undo.action_kind, ACTION_LOWER_CPU_LIMIT);
    assert_true(undo.rollback);
    assert_true(undo.reference == 1.5);
    close_world(&world, &log);
}

static void test_a_cure_takes_its_delay(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    the_cause(&world)->cure_delay = 40 * HEAL_SECOND;
    test_world_run(&world, &log);
    expect_at(&log, DECISION_ACTION_ENDED, 0, 305);
    expect_at(&log, DECISION_ANOMALY_ENDED, 0, 350);
    expect_fault(&log, FAULT_ENDED_BY_REMEDIATION, 300, 365);
    close_world(&world, &log);
}

static void test_an_action_on_what_it_runs_with_cures_too(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    world.strategies[TEST_RESTART].steps[0].target = STEP_TARGET_OWNER;
    test_world_run(&world, &log);
    assert_int_equal(test_decision(&log, DECISION_ACTION_STARTED, 0).resource, TEST_WORKLOAD);
    expect_fault(&log, FAULT_ENDED_BY_REMEDIATION, 300, 325);
    close_world(&world, &log);
}

static void test_the_wrong_action_cures_nothing(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    the_cause(&world)->cures[ACTION_RESTART_POD] = false;
    test_world_run(&world, &log);
    expect_at(&log, DECISION_ATTEMPT_FAILED, 0, 425); /* 305 and verify_within */
    assert_int_equal(test_decision(&log, DECISION_REMEDIATION_ENDED, 0).status, REMEDIATION_ESCALATED);
    assert_int_equal(test_count(&log, DECISION_ISSUE_CLOSED), 0);
    expect_fault(&log, FAULT_STANDS, 300, 0);
    struct operator_record page = test_operator(&log, false, 0); /* told, though nobody is there */
    assert_near(test_seconds(page.at), 425, 1e-6);
    assert_int_equal(page.ended_at, page.at);
    close_world(&world, &log);
}

static void test_a_fault_that_lasts_ends_by_itself(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    the_cause(&world)->cures[ACTION_RESTART_POD] = false;
    world.faults[0].lasts = 55 * HEAL_SECOND;
    test_world_run(&world, &log);
    expect_at(&log, DECISION_ANOMALY_ENDED, 0, 360);
    expect_fault(&log, FAULT_ENDED_BY_ITSELF, 300, 375);
    close_world(&world, &log);
}

static void test_a_standing_cause_comes_back_after_its_relief(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    the_cause(&world)->cures[ACTION_RESTART_POD] = false;
    the_cause(&world)->relieves[ACTION_RESTART_POD] = true;
    the_cause(&world)->relief = 2 * HEAL_MINUTE;
    test_world_run(&world, &log);
    expect_at(&log, DECISION_ANOMALY_ENDED, 0, 310);
    expect_at(&log, DECISION_ISSUE_CLOSED, 0, 330);
    expect_at(&log, DECISION_ANOMALY_BEGAN, 1, 430); /* the frame after 305 + 120 */
    expect_at(&log, DECISION_ISSUE_REOPENED, 0, 430);
    expect_fault(&log, FAULT_STANDS, 300, 0);
    close_world(&world, &log);
}

static void test_a_person_s_repair_during_relief_leaves_the_signal_good(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    with_operators(&world, 0);
    the_cause(&world)->cures[ACTION_RESTART_POD] = false;
    the_cause(&world)->relieves[ACTION_RESTART_POD] = true;
    the_cause(&world)->relief = 2 * HEAL_MINUTE;
    world.catalogue.actions[ACTION_RESTART_POD].mean_seconds = 25;
    world.strategies[TEST_RESTART].needs_approval = true; /* 60 s to a yes, repaired at 480 s */
    test_world_run(&world, &log);
    expect_at(&log, DECISION_ACTION_ENDED, 0, 385);
    expect_at(&log, DECISION_ANOMALY_ENDED, 0, 390);
    assert_int_equal(test_count(&log, DECISION_ANOMALY_BEGAN), 1);
    assert_int_equal(test_count(&log, DECISION_ISSUE_REOPENED), 0);
    expect_fault(&log, FAULT_ENDED_BY_OPERATOR, 300, 500);
    close_world(&world, &log);
}

/* --- how actions go ------------------------------------------------------- */

static void test_a_lost_answer_times_out_but_takes_effect(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    world.catalogue.actions[ACTION_RESTART_POD].lost = 1;
    world.strategies[TEST_RESTART].attempts = 2;
    test_world_run(&world, &log);
    expect_at(&log, DECISION_ACTION_ENDED, 0, 330);
    assert_int_equal(test_decision(&log, DECISION_ACTION_ENDED, 0).outcome, ACTION_TIMED_OUT);
    assert_int_equal(test_count(&log, DECISION_ACTION_STARTED), 1); /* it was well before a second try */
    assert_int_equal(test_decision(&log, DECISION_REMEDIATION_ENDED, 0).status, REMEDIATION_SUCCESS);
    expect_fault(&log, FAULT_ENDED_BY_REMEDIATION, 300, 325);
    close_world(&world, &log);
}

static void test_a_failed_action_answers_and_changes_nothing(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    world.catalogue.actions[ACTION_RESTART_POD].failure = 1;
    test_world_run(&world, &log);
    expect_at(&log, DECISION_ACTION_ENDED, 0, 305);
    assert_int_equal(test_decision(&log, DECISION_ACTION_ENDED, 0).outcome, ACTION_FAILED);
    expect_fault(&log, FAULT_STANDS, 300, 0);
    close_world(&world, &log);
}

static void test_an_action_slower_than_its_timeout_still_cures_in_the_end(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    world.catalogue.actions[ACTION_RESTART_POD].mean_seconds = 45;
    test_world_run(&world, &log);
    expect_at(&log, DECISION_ACTION_ENDED, 0, 330);
    assert_int_equal(test_decision(&log, DECISION_ACTION_ENDED, 0).outcome, ACTION_TIMED_OUT);
    assert_int_equal(test_count(&log, DECISION_ACTION_ENDED), 1);
    expect_fault(&log, FAULT_ENDED_BY_REMEDIATION, 300, 365);
    close_world(&world, &log);
}

static void test_an_action_that_takes_no_time_ends_at_its_start(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    world.catalogue.actions[ACTION_RESTART_POD].mean_seconds = 0;
    test_world_run(&world, &log);
    expect_at(&log, DECISION_ACTION_ENDED, 0, 300);
    expect_fault(&log, FAULT_ENDED_BY_REMEDIATION, 300, 320);
    close_world(&world, &log);
}

static void raising_world(struct test_world *world)
{
    open_world(world);
    the_cause(world)->cures[ACTION_RESTART_POD] = false;
    the_cause(world)->cures[ACTION_RAISE_CPU_LIMIT] = true;
    world->policy.ladders[ISSUE_HIGH_CPU].rungs[0] = TEST_RAISE;
}

/* The signal comes back too slowly for the verification: the cure is rolled back. */
static void test_a_rollback_undoes_the_cure(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    raising_world(&world);
    world.kinds[0].recovery = 40 * HEAL_MINUTE;
    test_world_run(&world, &log);
    expect_at(&log, DECISION_ROLLBACK_STARTED, 0, 425);
    assert_int_equal(test_decision(&log, DECISION_ACTION_STARTED, 1).action_kind, ACTION_LOWER_CPU_LIMIT);
    expect_at(&log, DECISION_ROLLBACK_ENDED, 0, 430);
    expect_fault(&log, FAULT_STANDS, 300, 0);
    assert_int_equal(test_count(&log, DECISION_ANOMALY_ENDED), 0);
    close_world(&world, &log);
}

static void test_a_rollback_before_the_cure_came_calls_it_off(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    raising_world(&world);
    the_cause(&world)->cure_delay = 5 * HEAL_MINUTE;
    test_world_run(&world, &log);
    expect_at(&log, DECISION_ROLLBACK_ENDED, 0, 430);
    assert_int_equal(test_count(&log, DECISION_ANOMALY_ENDED), 0);
    expect_fault(&log, FAULT_STANDS, 300, 0);
    close_world(&world, &log);
}

static void test_a_rollback_of_a_cure_long_over_brings_the_fault_back(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    raising_world(&world);
    world.strategies[TEST_RAISE].verify_hold = 5 * HEAL_MINUTE; /* more than it is given */
    test_world_run(&world, &log);
    expect_at(&log, DECISION_ANOMALY_ENDED, 0, 310);
    expect_at(&log, DECISION_ROLLBACK_ENDED, 0, 430);
    expect_at(&log, DECISION_ANOMALY_BEGAN, 1, 440); /* the frame at 430 came before the answer */
    expect_fault(&log, FAULT_STANDS, 300, 0);
    close_world(&world, &log);
}

/* --- people --------------------------------------------------------------- */

static void test_without_a_healer_people_are_paged_and_repair(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    with_operators(&world, 0);
    world.policy.auto_remediation = false;
    test_world_run(&world, &log);
    struct operator_record page = test_operator(&log, false, 0), repair = test_operator(&log, true, 0);
    assert_near(test_seconds(page.at), 300, 1e-6);
    assert_near(test_seconds(page.ended_at), 360, 1e-6);
    assert_near(test_seconds(repair.at), 360, 1e-6);
    assert_near(test_seconds(repair.ended_at), 480, 1e-6);
    assert_int_equal(repair.resource, TEST_WEB_1);
    assert_int_equal(test_decision(&log, PAGE_STARTED, 0).action_kind, ACTION_PAGE_OPERATOR);
    assert_int_equal(test_count(&log, DECISION_ACTION_STARTED), 1);
    assert_int_equal(test_count(&log, DECISION_REMEDIATION_STARTED), 0);
    expect_at(&log, DECISION_ANOMALY_ENDED, 0, 490);
    expect_fault(&log, FAULT_ENDED_BY_OPERATOR, 300, 500);
    close_world(&world, &log);
}

static void test_each_issue_calls_a_person_of_its_own(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};
    struct policy_rule rules[2];

    open_world(&world);
    with_operators(&world, 0);
    world.policy.auto_remediation = false;
    rules[0] = world.rule;
    rules[1] = world.rule;
    rules[1].series = "*:memory_utilization_ratio";
    rules[1].issue = ISSUE_HIGH_MEMORY;
    rules[1].above = 0.5; /* always over: an issue of its own from the first frame on */
    world.policy.rules = rules;
    world.policy.rule_count = 2;
    world.more[0] = world.cpu;
    world.more[1] = world.cpu;
    world.more[1].metric = "memory_utilization_ratio";
    world.more[1].generated.level = 0.9;
    world.resources[0].series = world.more;
    world.resources[0].series_count = 2;
    world.faults[0].at = 100 * HEAL_SECOND; /* while a person is on it: paged at 0, done at 180 */
    test_world_run(&world, &log);
    assert_near(test_seconds(test_operator(&log, false, 0).ended_at), 60, 1e-6);
    struct operator_record second = test_operator(&log, false, 1);
    assert_near(test_seconds(second.at), 100, 1e-6);
    assert_near(test_seconds(second.ended_at), 160, 1e-6); /* the first one repairs, the second finds it done */
    assert_near(test_seconds(test_operator(&log, true, 0).ended_at), 180, 1e-6);
    expect_fault(&log, FAULT_ENDED_BY_OPERATOR, 100, 200);
    close_world(&world, &log);
}

static void test_a_person_comes_again_for_the_next_fault(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    with_operators(&world, 0);
    world.policy.auto_remediation = false;
    world.faults[1].at = 20 * HEAL_MINUTE;
    world.scenario.fault_count = 2;
    test_world_run(&world, &log);
    assert_near(test_seconds(test_operator(&log, true, 1).ended_at), 20 * 60 + 180, 1e-6);
    assert_int_equal(test_fault(&log, 1).ended_by, FAULT_ENDED_BY_OPERATOR);
    close_world(&world, &log);
}

static void test_a_person_s_yes_lets_a_held_strategy_act(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    with_operators(&world, 0);
    world.strategies[TEST_RESTART].needs_approval = true;
    test_world_run(&world, &log);
    assert_int_equal(test_decision(&log, DECISION_REMEDIATION_HELD, 0).gate, GATE_APPROVAL);
    expect_at(&log, DECISION_ATTEMPT_STARTED, 0, 360);
    expect_fault(&log, FAULT_ENDED_BY_REMEDIATION, 300, 385);
    close_world(&world, &log);
}

/* Durations of the calls on web-1, in order; returns how many. */
static size_t call_spans(const struct test_log *log, bool repair, heal_duration *spans, size_t most)
{
    size_t count = 0;

    for (size_t i = 0; i < log->count && count < most; i++) {
        const struct operator_record *act = &log->items[i].operator;
        if (log->items[i].kind == RECORD_OPERATOR && act->repair == repair && act->resource == TEST_WEB_1 &&
            act->ended_at > act->at)
            spans[count++] = act->ended_at - act->at;
    }
    return count;
}

static void busy_world(struct test_world *world)
{
    open_world(world);
    with_operators(world, 40);
    world->cpu.generated.noise = 0.05;
    world->cpu.generated.correlation = 0.5;
    world->duration = HEAL_DAY;
    world->kinds[0].bends[0].jitter = 0.1;
    world->kinds[0].causes[1] = test_cause("stuck", 1);
    world->kinds[0].causes[1].relieves[ACTION_RESTART_POD] = true;
    world->kinds[0].causes[1].relief = 7 * HEAL_MINUTE;
    world->kinds[0].causes[1].cures[ACTION_RAISE_CPU_LIMIT] = true;
    world->kinds[0].causes[1].cure_delay = 70 * HEAL_SECOND;
    world->kinds[0].causes[2] = test_cause("nobody knows", 1);
    world->kinds[0].cause_count = 3;
    for (size_t i = 0; i < ACTION_KIND_COUNT; i++)
        world->catalogue.actions[i] =
            (struct action_model){.mean_seconds = 8, .sd_seconds = 6, .failure = 0.1, .lost = 0.1};
    for (size_t i = 0; i < 2; i++)
        world->faults[i] = (struct fault_spec){
            .kind = &world->kinds[0], .target = "pod/*", .onset = ONSET_POISSON, .every = HEAL_HOUR};
    world->faults[1].lasts = 20 * HEAL_MINUTE;
    world->scenario.fault_count = 2;
    world->policy.ladders[ISSUE_HIGH_CPU] = (struct ladder){.rungs = {TEST_RESTART, TEST_RAISE}, .count = 2};
    world->policy.learning = true;
    world->policy.choice = CHOICE_THOMPSON;
}

static void test_the_same_faults_and_people_come_with_and_without_a_healer(void **state)
{
    (void)state;
    enum { MOST = 64 };
    struct test_world world;
    struct test_log with = {0}, without = {0};
    heal_duration a[MOST], b[MOST];

    busy_world(&world);
    test_world_run(&world, &with);
    world.policy.auto_remediation = false;
    test_world_run(&world, &without);
    size_t faults = test_fault_count(&with);
    assert_true(faults > 30);
    assert_int_equal(test_fault_count(&without), faults);
    for (size_t i = 0; i < faults; i++) {
        struct fault_record one = test_fault(&with, i), other = test_fault(&without, i);
        assert_int_equal(one.onset, other.onset);
        assert_int_equal(one.resource, other.resource);
        assert_string_equal(one.cause, other.cause);
    }
    for (int repair = 0; repair < 2; repair++) {
        size_t n = call_spans(&with, repair, a, MOST), m = call_spans(&without, repair, b, MOST);
        size_t both = n < m ? n : m;
        assert_true(both >= 3);
        /* A repair that found nothing left to do is not told; the pages all are. */
        if (!repair)
            assert_memory_equal(a, b, both * sizeof *a);
        else
            assert_int_equal(a[0], b[0]);
    }
    test_log_clear(&with);
    close_world(&world, &without);
}

/* --- the whole ------------------------------------------------------------ */

static void test_the_same_seed_gives_the_same_run_and_another_does_not(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};
    char first[DIGEST_TEXT], again[DIGEST_TEXT], other[DIGEST_TEXT];

    busy_world(&world);
    test_world_run(&world, &log);
    size_t records = log.count;
    test_log_digest(&log, first);
    test_world_run(&world, &log);
    test_log_digest(&log, again);
    assert_string_equal(first, again);
    assert_int_equal(records, log.count);
    world.replication = 1;
    test_world_run(&world, &log);
    test_log_digest(&log, other);
    assert_string_not_equal(first, other);
    world.replication = 0;
    world.scenario.seed++;
    test_world_run(&world, &log);
    test_log_digest(&log, other);
    assert_string_not_equal(first, other);
    close_world(&world, &log);
}

/* Many actions, cures and calls at once and one after the other, over slots that
 * are used again: none is mixed up with another. */
static void test_every_answer_belongs_to_its_action_and_times_never_run_back(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};
    heal_time last = 0;
    uint64_t sequence = 0, ended = 0;

    busy_world(&world);
    world.resources[0].count = 40;
    world.resources[0].id = "pod/shop/web";
    world.scenario.resource_count = 1;
    world.duration = 8 * HEAL_HOUR;
    world.faults[0].every = world.faults[1].every = 2 * HEAL_MINUTE;
    test_world_run(&world, &log);
    enum action_kind *kinds = calloc(log.count + 1, sizeof *kinds);
    for (size_t i = 0; i < log.count; i++) {
        const struct decision *decision = &log.items[i].decision;
        if (log.items[i].kind != RECORD_DECISION)
            continue;
        assert_true(decision->at >= last);
        assert_true(decision->sequence == ++sequence);
        last = decision->at;
        if (decision->kind == DECISION_ACTION_STARTED)
            kinds[decision->action] = decision->action_kind;
        if (decision->kind != DECISION_ACTION_ENDED)
            continue;
        ended++;
        assert_int_equal(kinds[decision->action], decision->action_kind);
        kinds[decision->action] = ACTION_KIND_COUNT; /* a second answer would not fit */
    }
    assert_true(ended > 200);
    for (size_t i = 0; i < test_fault_count(&log); i++) {
        struct fault_record fault = test_fault(&log, i);
        assert_true(fault.end > fault.onset);
        assert_true((fault.end == HEAL_TIME_NEVER) == (fault.ended_by == FAULT_STANDS));
    }
    free(kinds);
    close_world(&world, &log);
}

static void test_nothing_happens_at_or_after_the_end(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};

    open_world(&world);
    world.duration = 305 * HEAL_SECOND; /* the action would end at that very instant */
    test_world_run(&world, &log);
    assert_int_equal(test_count(&log, DECISION_ACTION_STARTED), 1);
    assert_int_equal(test_count(&log, DECISION_ACTION_ENDED), 0);
    assert_int_equal(log.counts.frames, 31);
    expect_fault(&log, FAULT_STANDS, 300, 0);
    world.duration = 300 * HEAL_SECOND;
    test_world_run(&world, &log);
    assert_int_equal(test_fault_count(&log), 0);
    close_world(&world, &log);
}

static void test_plots_are_told_of_series_that_were_bent_or_anomalous(void **state)
{
    (void)state;
    struct test_world world;
    struct test_log log = {0};
    size_t plots = 0;
    float high = 0;

    open_world(&world);
    world.plot_buckets = 6;
    test_world_run(&world, &log);
    for (size_t i = 0; i < log.count; i++) {
        if (log.items[i].kind != RECORD_PLOT)
            continue;
        plots++;
        assert_int_equal(log.items[i].plot.series, 0);
        high = fmaxf(high, log.items[i].plot.high);
    }
    assert_int_equal(plots, 6);
    assert_near(high, 0.9, 1e-6); /* as bent */
    close_world(&world, &log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_healthy_world_gives_frames_and_no_issue),
        cmocka_unit_test(test_a_fault_is_detected_cured_and_verified),
        cmocka_unit_test(test_what_the_frames_say_of_a_limit_goes_with_its_undo),
        cmocka_unit_test(test_a_cure_takes_its_delay),
        cmocka_unit_test(test_an_action_on_what_it_runs_with_cures_too),
        cmocka_unit_test(test_the_wrong_action_cures_nothing),
        cmocka_unit_test(test_a_fault_that_lasts_ends_by_itself),
        cmocka_unit_test(test_a_standing_cause_comes_back_after_its_relief),
        cmocka_unit_test(test_a_person_s_repair_during_relief_leaves_the_signal_good),
        cmocka_unit_test(test_a_lost_answer_times_out_but_takes_effect),
        cmocka_unit_test(test_a_failed_action_answers_and_changes_nothing),
        cmocka_unit_test(test_an_action_slower_than_its_timeout_still_cures_in_the_end),
        cmocka_unit_test(test_an_action_that_takes_no_time_ends_at_its_start),
        cmocka_unit_test(test_a_rollback_undoes_the_cure),
        cmocka_unit_test(test_a_rollback_before_the_cure_came_calls_it_off),
        cmocka_unit_test(test_a_rollback_of_a_cure_long_over_brings_the_fault_back),
        cmocka_unit_test(test_without_a_healer_people_are_paged_and_repair),
        cmocka_unit_test(test_each_issue_calls_a_person_of_its_own),
        cmocka_unit_test(test_a_person_comes_again_for_the_next_fault),
        cmocka_unit_test(test_a_person_s_yes_lets_a_held_strategy_act),
        cmocka_unit_test(test_the_same_faults_and_people_come_with_and_without_a_healer),
        cmocka_unit_test(test_the_same_seed_gives_the_same_run_and_another_does_not),
        cmocka_unit_test(test_every_answer_belongs_to_its_action_and_times_never_run_back),
        cmocka_unit_test(test_nothing_happens_at_or_after_the_end),
        cmocka_unit_test(test_plots_are_told_of_series_that_were_bent_or_anomalous),
    };
    return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
