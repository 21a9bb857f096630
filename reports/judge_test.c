/* judge_test.c - verdicts over a run small enough to judge by eye. */
#include "reports/judge.h"

#include "reports/summary.h"
#include "store/database.h"
#include "store/test_query.h"

#include <gsl/gsl_errno.h>

/* Two replications of an hour. In both a pod runs hot at 100 s; the first time it
 * is found at 120 s and restarted, the second time nobody sees it. */
struct fixture {
    struct test_world world;
    struct judged_run run;
    struct arena *arena;
    struct summary *summary;
};

static void health(struct run_store *store, double overall, int64_t second)
{
    struct decision decision = test_decision(DECISION_HEALTH, second);

    decision.score = overall;
    for (int i = 0; i < COMPONENT_COUNT; i++)
        decision.health[i] = overall;
    test_write(store, &decision);
}

static int open_run(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct store_run run = test_run(2);

    gsl_set_error_handler_off();
    test_world_open(&f->world);
    struct run_store *store = test_store(&f->world, &run);
    for (uint32_t r = 0; r < 2; r++) {
        struct store_fault fault = test_fault(r, POD_A, ISSUE_HIGH_CPU, 100, r == 0 ? 160 : -1);
        assert_true(run_store_begin(store, r, &f->world.errors));
        health(store, r == 0 ? 75 : 60, 130);
        if (r == 0) {
            test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 120);
            test_step(store, DECISION_REMEDIATION_STARTED, 1, 1, UINT32_MAX, 121);
            test_step(store, DECISION_ATTEMPT_STARTED, 1, 1, 0, 121);
            test_action(store, 1, 1, 1, ACTION_SUCCEEDED, 125, 140);
            test_step(store, DECISION_ATTEMPT_VERIFIED, 1, 1, 0, 170);
            test_end(store, 1, 1, REMEDIATION_SUCCESS, 170);
            test_close(store, 1, 170);
        }
        assert_true(run_store_fault(store, &fault, &f->world.errors));
    }
    assert_true(run_store_finish(store, "feed", &f->world.errors));
    run_store_destroy(store);
    f->summary = summary_read(f->world.folder, &f->world.errors);
    char *json = summary_json(f->summary);
    f->run.summary = cJSON_Parse(json);
    free(json);
    f->run.data = run_data_read(f->world.path, &f->world.errors);
    f->run.database = database_open(f->world.path, &f->world.errors);
    f->arena = arena_create();
    *state = f;
    return f->run.data && f->run.database && f->run.summary ? 0 : -1;
}

static int close_run(void **state)
{
    struct fixture *f = *state;

    cJSON_Delete((cJSON *)f->run.summary);
    run_data_destroy((struct run_data *)f->run.data);
    database_close(f->run.database);
    summary_destroy(f->summary);
    arena_destroy(f->arena);
    test_world_close(&f->world);
    free(f);
    return 0;
}

static struct judgement judged(struct fixture *f, const char *text)
{
    struct expectation expectation;
    struct judgement judgement;

    assert_true(expectation_parse(text, "s", 1, "e", f->arena, &expectation, &f->world.errors));
    assert_true(judge(&f->run, &expectation, &judgement, &f->world.errors));
    return judgement;
}

static void expect(struct fixture *f, const char *text, enum outcome outcome)
{
    struct judgement judgement = judged(f, text);
    if (judgement.outcome != outcome)
        fail_msg("%s: %s, %s", text, outcome_name(judgement.outcome), judgement.saw);
}

static void test_figures_are_compared(void **state)
{
    expect(*state, "mttd_seconds < 30s", OUTCOME_MET);
    expect(*state, "mttd_seconds < 20s", OUTCOME_MISSED);
    expect(*state, "mttd_seconds == 20s", OUTCOME_MET);
    expect(*state, "unrecovered <= 1", OUTCOME_MET);
    expect(*state, "false_negative_rate < 50%", OUTCOME_MISSED);
}

/* One of two faults missed: Wilson's 95 % interval is 9.5 % to 90.5 %. */
static void test_an_interval_across_the_bound_cannot_tell(void **state)
{
    struct judgement judgement = judged(*state, "false_negative_rate < 60% with 95%");

    assert_int_equal(judgement.outcome, OUTCOME_UNDECIDED);
    assert_non_null(strstr(judgement.saw, "can't tell with 2 replications, about "));
    expect(*state, "false_negative_rate < 95% with 95%", OUTCOME_MET);
    expect(*state, "false_negative_rate < 5% with 95%", OUTCOME_MISSED);
    expect(*state, "mttd_seconds < 30s with 95%", OUTCOME_UNDECIDED); /* one sample */
}

static void test_a_figure_without_samples_cannot_tell(void **state)
{
    struct judgement judgement = judged(*state, "by_type.disk_full.mttr_seconds < 5m");

    assert_int_equal(judgement.outcome, OUTCOME_UNDECIDED);
    assert_non_null(strstr(judgement.saw, "no sample"));
}

static void test_events_count_from_each_fault(void **state)
{
    struct judgement judgement = judged(*state, "issue(type=high_cpu) within 30s");

    assert_int_equal(judgement.outcome, OUTCOME_MISSED);
    assert_int_equal(judgement.replication, 1);
    assert_string_equal(judgement.saw, "holds in 1 of 2 replications; first missed in replication 1 at 0:01:40: "
                                       "the fault on pod/shop/a has none in time");
    expect(*state, "issue(type=high_cpu) within 30s in 50%", OUTCOME_MET);
    expect(*state, "issue(type=high_cpu) within 30s in 50% with 95%", OUTCOME_UNDECIDED);
    expect(*state, "issue(type=high_cpu) within 10s in 50%", OUTCOME_MISSED);
    expect(*state, "issue(type=disk_full) within 30s", OUTCOME_UNDECIDED);
    expect(*state, "action(restart_pod) within 25s in 50%", OUTCOME_MET);
    expect(*state, "issue(type=high_cpu, resource=pod/shop/a) within 30s of 100s in 50%", OUTCOME_MET);
    expect(*state, "issue(severity=critical) within 30s of 100s in 50%", OUTCOME_MISSED);
}

static void test_never_and_at_least_once(void **state)
{
    expect(*state, "never action(expand_volume)", OUTCOME_MET);
    expect(*state, "never issue(type=high_cpu)", OUTCOME_MISSED);
    expect(*state, "issue()", OUTCOME_MISSED);
    expect(*state, "issue() in 50%", OUTCOME_MET);
}

static void test_order_wants_the_one_before(void **state)
{
    expect(*state, "order restart_pod then expand_volume", OUTCOME_MET);
    expect(*state, "order drain then restart_pod", OUTCOME_MISSED);
    expect(*state, "order drain then undrain", OUTCOME_UNDECIDED);
}

static void test_health_is_the_lowest_score(void **state)
{
    expect(*state, "health.overall >= 60 always", OUTCOME_MET);
    expect(*state, "health.overall >= 70 always", OUTCOME_MISSED);
    expect(*state, "health.storage >= 70 always in 50%", OUTCOME_MET);
}

static void test_the_story_tells_what_happened_around_the_miss(void **state)
{
    struct fixture *f = *state;
    struct judgement judgement = {.replication = 0, .at = TEST_START + 100 * HEAL_SECOND};
    char *story = judge_story(&f->run, &judgement, 3, &f->world.errors);

    assert_string_equal(story, "0:01:40 fault cpu-stress on pod/shop/a (hidden cause: runaway loop)\n"
                               "0:02:00 issue high_cpu (high) on pod/shop/a\n"
                               "0:02:05 action restart_pod on pod/shop/a: succeeded\n"
                               "...\n");
    free(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures_are_compared),
        cmocka_unit_test(test_an_interval_across_the_bound_cannot_tell),
        cmocka_unit_test(test_a_figure_without_samples_cannot_tell),
        cmocka_unit_test(test_events_count_from_each_fault),
        cmocka_unit_test(test_never_and_at_least_once),
        cmocka_unit_test(test_order_wants_the_one_before),
        cmocka_unit_test(test_health_is_the_lowest_score),
        cmocka_unit_test(test_the_story_tells_what_happened_around_the_miss),
    };
    return cmocka_run_group_tests(tests, open_run, close_run);
}
