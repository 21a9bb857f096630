/* continuation_test.c - a live database over several processes. */
#include "store/continuation.h"

#include "store/decision_rows.h"
#include "store/test_query.h"

static struct run_store *go_on(struct test_world *world, uint64_t *interrupted)
{
    struct store_run run = test_run(1);
    run.mode = "live";
    struct run_store *store =
        run_store_continue(world->path, &run, &world->policy, world->inventory, interrupted, &world->errors);
    char text[512];

    if (!store)
        fail_msg("%s", error_format(&world->errors, 0, text, sizeof text));
    return store;
}

static void test_a_second_process_goes_on_behind_the_first(void **state)
{
    struct test_world *world = *state;
    uint64_t interrupted = 9;
    int64_t rows, broken;
    struct run_store *store = go_on(world, &interrupted);

    assert_int_equal(interrupted, 0);
    assert_int_equal(run_store_next_replication(store), 0);
    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 10);
    test_close(store, 1, 20);
    assert_true(run_store_finish(store, "d", &world->errors));
    run_store_destroy(store);

    store = go_on(world, &interrupted);
    assert_int_equal(interrupted, 0);
    assert_int_equal(run_store_next_replication(store), 1);
    assert_true(run_store_begin(store, 1, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_B, CPU_B, 40);
    assert_int_equal(decision_rows_issue(run_store_rows(store), 2), 1);
    assert_int_equal(decision_rows_issue(run_store_rows(store), 1), 0); /* the other process's */
    assert_true(run_store_note(store, TEST_START, "alice", "toggle", "dry_run", "off", &world->errors));
    assert_true(run_store_flush(store, &world->errors));
    run_store_destroy(store);
    test_expect(world->path, "SELECT id, resource FROM self_healing_issues ORDER BY id",
                "1|pod/shop/a;2|pod/shop/b<&\"'");
    test_expect(world->path, "SELECT actor, action, object FROM audit WHERE actor = 'alice'", "alice|toggle|dry_run");
    assert_true(audit_verify(world->path, &rows, &broken, &world->errors));
}

static void test_what_was_at_work_is_interrupted(void **state)
{
    struct test_world *world = *state;
    uint64_t interrupted;
    int64_t rows, broken;
    struct run_store *store = go_on(world, &interrupted);
    struct decision action = test_decision(DECISION_ACTION_STARTED, 13);
    uint32_t unsure[4];
    size_t count;

    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 10);
    test_step(store, DECISION_REMEDIATION_STARTED, 1, 1, UINT32_MAX, 11);
    test_step(store, DECISION_ATTEMPT_STARTED, 1, 1, 1, 12);
    action.issue = action.remediation = action.action = 1;
    action.action_kind = ACTION_SCALE_OUT;
    action.resource = WORKLOAD;
    test_write(store, &action);
    assert_true(run_store_flush(store, &world->errors));
    run_store_destroy(store); /* as after kill -9: no end was written */

    store = go_on(world, &interrupted);
    assert_int_equal(interrupted, 2);
    assert_true(run_store_unsure(store, unsure, 4, &count, &world->errors));
    assert_int_equal(count, 1);
    assert_int_equal(unsure[0], POD_A);
    assert_true(run_store_begin(store, 1, &world->errors)); /* somebody does something about it */
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 100);
    test_step(store, DECISION_REMEDIATION_STARTED, 1, 1, UINT32_MAX, 101);
    test_action(store, 1, 1, 1, ACTION_SUCCEEDED, 102, 103);
    test_end(store, 1, 1, REMEDIATION_SUCCESS, 104);
    test_close(store, 1, 105);
    assert_true(run_store_unsure(store, unsure, 4, &count, &world->errors));
    assert_int_equal(count, 0);
    assert_true(run_store_flush(store, &world->errors));
    run_store_destroy(store);
    test_expect(world->path, "SELECT outcome FROM actions ORDER BY id", "interrupted;succeeded");
    test_expect(world->path, "SELECT status, success, error_message FROM self_healing_remediations ORDER BY id",
                "failed|0|the process ended before it did;success|1|-");
    test_expect(world->path, "SELECT count(*) FROM issue_facts WHERE closed_at_ns IS NULL", "0");
    test_expect(world->path, "SELECT object, detail FROM audit WHERE action = 'interrupted' ORDER BY id",
                "action 1|scale_out: the process ended before it did;"
                "remediation 1|scale_out: the process ended before it did");
    assert_true(audit_verify(world->path, &rows, &broken, &world->errors));
}

/* The world was asked: what was done has succeeded, and nobody is unsure of it any more. */
static void test_what_was_interrupted_is_settled(void **state)
{
    struct test_world *world = *state;
    uint64_t interrupted;
    struct store_interrupted actions[4];
    struct run_store *store = go_on(world, &interrupted);
    struct decision action = test_decision(DECISION_ACTION_STARTED, 13);
    uint32_t unsure[4];
    size_t count;

    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 10);
    test_step(store, DECISION_REMEDIATION_STARTED, 1, 1, UINT32_MAX, 11);
    action.issue = action.remediation = action.action = 1;
    action.action_kind = ACTION_SCALE_OUT;
    action.resource = WORKLOAD;
    test_write(store, &action);
    assert_true(run_store_flush(store, &world->errors));
    run_store_destroy(store);

    store = go_on(world, &interrupted);
    assert_true(run_store_interrupted(store, action.at + 1, actions, 4, &count, &world->errors));
    assert_int_equal(count, 0);
    assert_true(run_store_interrupted(store, action.at, actions, 4, &count, &world->errors));
    assert_int_equal(count, 1);
    assert_int_equal(actions[0].row, 1);
    assert_int_equal(actions[0].kind, ACTION_SCALE_OUT);
    assert_int_equal(actions[0].at, action.at);
    assert_string_equal(actions[0].target, inventory_resource_id(world->inventory, WORKLOAD));
    assert_true(run_store_settle(store, 1, true, action.at, &world->errors));
    assert_true(run_store_unsure(store, unsure, 4, &count, &world->errors));
    assert_int_equal(count, 0);
    assert_true(run_store_flush(store, &world->errors));
    run_store_destroy(store);
    test_expect(world->path, "SELECT outcome FROM actions", "succeeded");
    test_expect(world->path, "SELECT detail FROM audit WHERE action = 'verified'", "it was done");
}

/* What is watched may be another and in another order: rows go by names. */
static void test_rows_keep_their_names_whatever_is_watched(void **state)
{
    struct test_world *world = *state;
    uint64_t interrupted;
    struct inventory *now = inventory_create();

    run_store_destroy(go_on(world, &interrupted));
    test_series(now, "pod/shop/new:cpu_utilization_ratio");
    test_series(now, inventory_series_id(world->inventory, CPU_A)); /* of all that was, this is left */
    assert_true(inventory_freeze(now));
    inventory_destroy(world->inventory);
    world->inventory = now;
    struct run_store *store = go_on(world, &interrupted);
    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, 1, 1, 10);
    test_issue(store, 2, ISSUE_HIGH_CPU, 0, 0, 11);
    assert_true(run_store_flush(store, &world->errors));
    run_store_destroy(store);
    test_expect(world->path, "SELECT count(*) FROM series", "5");
    test_expect(world->path, "SELECT count(*) FROM resources", "7");
    test_expect(world->path, "SELECT r.name FROM series s JOIN resources r ON r.id = s.resource_id WHERE s.id = 4",
                "pod/shop/new");
    char expected[64];
    snprintf(expected, sizeof expected, "%d|%d;6|4", POD_A, CPU_A);
    test_expect(world->path, "SELECT resource_id, series_id FROM issue_facts ORDER BY issue_id", expected);
}

/* Only what something happened to lately has a place before it is seen. */
static void test_an_inventory_starts_from_what_is_to_be_remembered(void **state)
{
    struct test_world *world = *state;
    uint64_t interrupted;
    struct inventory *known = inventory_create();

    assert_true(continuation_known(world->path, 0, known, &world->errors)); /* no file: nothing known */
    struct run_store *store = go_on(world, &interrupted);
    assert_true(run_store_begin(store, 0, &world->errors));
    assert_true(continuation_known(world->path, 0, known, &world->errors)); /* nothing happened */
    assert_int_equal(inventory_resource_count(known), 0);
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 10);
    assert_true(run_store_flush(store, &world->errors));
    run_store_destroy(store);
    run_store_destroy(go_on(world, &interrupted));                                      /* closes it */
    assert_true(continuation_known(world->path, HEAL_TIME_END, known, &world->errors)); /* long ago */
    assert_int_equal(inventory_resource_count(known), 0);
    assert_true(continuation_known(world->path, 0, known, &world->errors));
    assert_int_equal(inventory_resource_count(known), 1);
    assert_string_equal(inventory_resource_id(known, 0), inventory_resource_id(world->inventory, POD_A));
    assert_int_equal(inventory_series_count(known), 0);
    inventory_destroy(known);
}

static void test_strategies_keep_their_rows_when_the_policy_changes(void **state)
{
    struct test_world *world = *state;
    uint64_t interrupted;
    uint32_t successes[3] = {0}, failures[3] = {0};
    struct run_store *store = go_on(world, &interrupted);

    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 10);
    test_step(store, DECISION_REMEDIATION_STARTED, 1, 1, UINT32_MAX, 11);
    test_step(store, DECISION_ATTEMPT_STARTED, 1, 1, 1, 12);
    test_step(store, DECISION_ATTEMPT_VERIFIED, 1, 1, 1, 20);
    test_end(store, 1, 1, REMEDIATION_SUCCESS, 21);
    assert_true(run_store_flush(store, &world->errors));
    run_store_destroy(store);

    struct strategy first = world->strategies[0];
    world->strategies[0] = world->strategies[1]; /* scale_out is first now, and one is new */
    world->strategies[1] = first;
    world->strategies[2].name = "reroute_all";
    store = go_on(world, &interrupted);
    assert_true(run_store_tallies(store, successes, failures, &world->errors));
    assert_int_equal(successes[0], 1);
    assert_int_equal(successes[1] + successes[2] + failures[0] + failures[1] + failures[2], 0);
    assert_true(run_store_begin(store, 1, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 110);
    test_step(store, DECISION_REMEDIATION_STARTED, 1, 1, UINT32_MAX, 111);
    test_step(store, DECISION_ATTEMPT_STARTED, 1, 1, 0, 112);
    assert_true(run_store_flush(store, &world->errors));
    run_store_destroy(store);
    test_expect(world->path, "SELECT strategy_id FROM attempts ORDER BY remediation_id", "1;1");
    test_expect(world->path, "SELECT id, name FROM strategies ORDER BY id",
                "0|restart;1|scale_out;2|reroute;3|reroute_all");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_a_second_process_goes_on_behind_the_first),
        test_in_world(test_what_was_at_work_is_interrupted),
        test_in_world(test_what_was_interrupted_is_settled),
        test_in_world(test_rows_keep_their_names_whatever_is_watched),
        test_in_world(test_an_inventory_starts_from_what_is_to_be_remembered),
        test_in_world(test_strategies_keep_their_rows_when_the_policy_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
