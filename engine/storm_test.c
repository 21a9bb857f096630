/* storm_test.c - one node down is one issue, seen through the whole engine. */
#include "engine/storm.h"

#include "engine/command.h"
#include "engine/state.h"
#include "engine/test_engine.h"

enum { PODS = 6 };

/* Six pods on a node; the node may have a series of its own (the last). */
static struct bed *node_bed(void)
{
    struct bed *bed = bed_create(7, "pod/s/p0:up", "pod/s/p1:up", "pod/s/p2:up", "pod/s/p3:up", "pod/s/p4:up",
                                 "pod/s/p5:up", "node/-/n:up");

    bed_rule(bed, "*:up", ISSUE_POD_CRASH)->below = 0.5;
    bed_strategy(bed, "restart", ISSUE_POD_CRASH, ACTION_RESTART_POD);
    for (int i = 0; i < PODS; i++) {
        char id[16];
        snprintf(id, sizeof id, "pod/s/p%d", i);
        bed_relate(bed, id, RELATION_RUNS_ON, "node/-/n");
    }
    bed->policy.guards.storm_followers = 4;
    bed->policy.guards.storm_share = 0.6;
    bed->policy.guards.storm_window = 2 * HEAL_MINUTE;
    bed->policy.guards.storm_cool_down = HEAL_MINUTE;
    for (size_t i = 0; i < 7; i++)
        bed->values[i] = 1.0;
    bed_start(bed, 1);
    bed_frame(bed, 10);
    return bed;
}

static void set_pods(struct bed *bed, size_t from, size_t to, double up)
{
    for (size_t i = from; i < to; i++)
        bed->values[i] = up;
}

static void test_pods_that_fall_together_are_one_issue_of_their_node(void **state)
{
    struct bed *bed = node_bed();

    (void)state;
    set_pods(bed, 0, PODS, 0.0);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 1);
    assert_int_equal(bed_last(bed, DECISION_ISSUE_OPENED)->resource, bed_find(bed, "node/-/n"));
    assert_int_equal(bed_count(bed, DECISION_FOLLOWER_ATTACHED), PODS);
    assert_int_equal(bed_deeds(bed), 1); /* the root is healed, nobody else */
    assert_int_equal(bed_last_action(bed)->target, bed_find(bed, "node/-/n"));
    assert_int_equal(engine_counts(bed->engine).open_issues, 1);
    bed_destroy(bed);
}

static void test_the_nodes_own_issue_is_the_root_when_it_has_one(void **state)
{
    struct bed *bed = node_bed();

    (void)state;
    set_pods(bed, 0, 7, 0.0); /* the node's series comes last, and counts first */
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 1);
    assert_int_equal(bed_last(bed, DECISION_ISSUE_OPENED)->series, 6);
    assert_int_equal(bed_count(bed, DECISION_FOLLOWER_ATTACHED), PODS);
    bed_destroy(bed);
}

static void test_a_few_are_no_storm(void **state)
{
    struct bed *bed = node_bed();

    (void)state;
    set_pods(bed, 0, 3, 0.0);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 3);
    assert_int_equal(bed_count(bed, DECISION_FOLLOWER_ATTACHED), 0);
    bed_destroy(bed);
}

static void test_those_that_fell_a_moment_before_and_wait_are_gathered(void **state)
{
    struct bed *bed = node_bed();

    (void)state;
    set_pods(bed, 0, 2, 0.0); /* one is worked on, and its node busy with it */
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 2);
    set_pods(bed, 2, PODS, 0.0);
    bed_frame(bed, 10);
    assert_true(bed_count(bed, DECISION_ISSUE_OPENED) == 3);
    assert_true(bed_count(bed, DECISION_FOLLOWER_ATTACHED) >= 4);
    bed_destroy(bed);
}

static void test_the_root_closes_with_its_last_follower_and_the_group_cools_down(void **state)
{
    struct bed *bed = node_bed();

    (void)state;
    set_pods(bed, 0, PODS, 0.0);
    bed_frame(bed, 10);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    set_pods(bed, 0, PODS - 1, 1.0);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_CLOSED), 0);
    set_pods(bed, 0, PODS, 1.0);
    bed_frame(bed, 10);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_CLOSED), 1);
    assert_int_equal(bed_count(bed, DECISION_FOLLOWER_RELEASED), PODS);
    assert_int_equal(engine_counts(bed->engine).open_issues, 0);
    bed->values[0] = 0.0; /* one alone is sick again at once */
    bed_frame(bed, 10);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_STORM);
    bed_frame(bed, 60);
    assert_int_equal(bed_last_action(bed)->target, bed_find(bed, "pod/s/p0"));
    bed_destroy(bed);
}

static void test_who_is_still_sick_when_the_root_is_well_goes_on_alone(void **state)
{
    struct bed *bed = node_bed();

    (void)state;
    set_pods(bed, 0, 7, 0.0);
    bed_frame(bed, 10);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    bed->values[6] = 1.0; /* the node is back, its pods are not */
    bed_frame(bed, 10);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_CLOSED), 1);
    assert_int_equal(bed_count(bed, DECISION_FOLLOWER_RELEASED), PODS);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 1 + PODS);
    bed_destroy(bed);
}

/* Three nodes of a zone, with a series each (n0, n1, n2), two pods on each (0 .. 5). */
static struct bed *zone_bed(void)
{
    struct bed *bed = bed_create(9, "pod/s/p0:up", "pod/s/p1:up", "pod/s/p2:up", "pod/s/p3:up", "pod/s/p4:up",
                                 "pod/s/p5:up", "node/-/n0:up", "node/-/n1:up", "node/-/n2:up");

    bed_rule(bed, "*:up", ISSUE_POD_CRASH)->below = 0.5;
    bed_strategy(bed, "restart", ISSUE_POD_CRASH, ACTION_RESTART_POD);
    for (int i = 0; i < PODS; i++) {
        char id[16], node[16];
        snprintf(id, sizeof id, "pod/s/p%d", i);
        snprintf(node, sizeof node, "node/-/n%d", i / 2);
        bed_relate(bed, id, RELATION_RUNS_ON, node);
        bed_relate(bed, node, RELATION_RUNS_ON, "zone/-/a");
    }
    bed_relate(bed, "pod/s/p0", RELATION_OWNED_BY, "workload/s/w");
    bed_relate(bed, "pod/s/p2", RELATION_OWNED_BY, "workload/s/w");
    bed->policy.guards.storm_followers = 2;
    bed->policy.guards.storm_share = 0.6;
    bed->policy.guards.storm_window = 2 * HEAL_MINUTE;
    for (size_t i = 0; i < 9; i++)
        bed->values[i] = 1.0;
    bed_start(bed, 1);
    bed_frame(bed, 10);
    return bed;
}

static void test_a_zone_that_goes_down_is_one_issue(void **state)
{
    (void)state;
    for (size_t nodes_too = 0; nodes_too < 2; nodes_too++) {
        struct bed *bed = zone_bed();
        set_pods(bed, 0, nodes_too ? 9 : PODS, 0.0);
        bed_frame(bed, 10);
        assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 1);
        assert_int_equal(bed_last(bed, DECISION_ISSUE_OPENED)->resource, bed_find(bed, "zone/-/a"));
        assert_int_equal(bed_count(bed, DECISION_FOLLOWER_ATTACHED), nodes_too ? 9 : PODS);
        assert_int_equal(bed_deeds(bed), 1);
        set_pods(bed, 0, 9, 1.0);
        bed_answer(bed, 5, ACTION_SUCCEEDED);
        bed_frame(bed, 10);
        bed_frame(bed, 10);
        assert_int_equal(engine_counts(bed->engine).open_issues, 0);
        bed_destroy(bed);
    }
}

static void heal_nothing(struct bed *bed)
{
    struct command off = {.kind = COMMAND_AUTO_REMEDIATION, .resource = RESOURCE_NONE, .strategy = UINT32_MAX};
    assert_int_equal(engine_command(bed->engine, bed->now, &off), COMMAND_DONE);
}

static size_t followers_of(struct bed *bed, uint64_t root)
{
    size_t count = 0;

    for (size_t i = 0; i < bed->decision_count; i++) {
        const struct decision *decision = &bed->decisions[i];
        count += decision->kind == DECISION_FOLLOWER_ATTACHED && decision->issue == root;
    }
    return count;
}

/* One node in one scan, the others in the next: the zone's root takes the node's in, with
 * all that follows it, and lasts as long as one of them is sick. */
static void test_a_zone_that_goes_down_in_two_scans_takes_in_the_first_nodes_root(void **state)
{
    struct bed *bed = zone_bed();

    (void)state;
    heal_nothing(bed);
    set_pods(bed, 0, 2, 0.0);
    bed_frame(bed, 10);
    assert_int_equal(bed_last(bed, DECISION_ISSUE_OPENED)->resource, bed_find(bed, "node/-/n0"));
    set_pods(bed, 2, PODS, 0.0);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 2);
    const struct decision *zone = bed_last(bed, DECISION_ISSUE_OPENED);
    assert_int_equal(zone->resource, bed_find(bed, "zone/-/a"));
    assert_int_equal(followers_of(bed, zone->issue), PODS + 1);
    set_pods(bed, 2, PODS, 1.0); /* the first node's pods keep the zone's issue open */
    bed_frame(bed, 10);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_CLOSED), 1); /* the node's, which showed nothing itself */
    set_pods(bed, 0, 2, 1.0);
    bed_frame(bed, 10);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_CLOSED), 2);
    assert_int_equal(engine_counts(bed->engine).open_issues, 0);
    bed_destroy(bed);
}

/* What is under way on the node comes to its end first; then the zone is healed, and no
 * second try is made on the node. */
static void test_a_root_at_work_is_taken_in_when_its_try_has_failed(void **state)
{
    struct bed *bed = zone_bed();

    (void)state;
    bed->strategies[0].attempts = 3;
    set_pods(bed, 0, 2, 0.0);
    bed_frame(bed, 10);
    assert_int_equal(bed_last_action(bed)->target, bed_find(bed, "node/-/n0"));
    set_pods(bed, 2, PODS, 0.0);
    bed_frame(bed, 10);
    uint64_t zone = bed_last(bed, DECISION_ISSUE_OPENED)->issue;
    assert_int_equal(followers_of(bed, zone), PODS - 2);
    assert_int_equal(bed_deeds(bed), 1); /* its ancestor waits */
    bed_answer(bed, 5, ACTION_FAILED);
    assert_int_equal(followers_of(bed, zone), PODS + 1);
    bed_frame(bed, 10);
    assert_int_equal(bed_deeds(bed), 2);
    assert_int_equal(bed_last_action(bed)->target, bed_find(bed, "zone/-/a"));
    set_pods(bed, 0, PODS, 1.0);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    bed_frame(bed, 10);
    bed_frame(bed, 10);
    assert_int_equal(engine_counts(bed->engine).open_issues, 0);
    bed_destroy(bed);
}

/* The node's own exporter may be the last to tell. */
static void test_a_node_that_is_sick_itself_takes_in_the_pods_before(void **state)
{
    struct bed *bed = zone_bed();

    (void)state;
    heal_nothing(bed);
    set_pods(bed, 2, 3, 0.0);
    bed_frame(bed, 10);
    assert_int_equal(bed_last(bed, DECISION_ISSUE_OPENED)->resource, bed_find(bed, "pod/s/p2"));
    bed->values[7] = 0.0;
    bed_frame(bed, 10);
    set_pods(bed, 3, 4, 0.0);
    bed_frame(bed, 10);
    const struct decision *node = bed_last(bed, DECISION_ISSUE_OPENED);
    assert_int_equal(node->resource, bed_find(bed, "node/-/n1"));
    assert_int_equal(followers_of(bed, node->issue), 2);
    bed_destroy(bed);
}

static void test_one_node_of_a_zone_is_the_nodes_issue(void **state)
{
    (void)state;
    for (size_t node_too = 0; node_too < 2; node_too++) {
        struct bed *bed = zone_bed();
        set_pods(bed, 2, 4, 0.0);
        bed->values[7] = node_too ? 0.0 : 1.0;
        bed_frame(bed, 10);
        assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 1);
        assert_int_equal(bed_last(bed, DECISION_ISSUE_OPENED)->resource, bed_find(bed, "node/-/n1"));
        bed_destroy(bed);
    }
}

static void test_a_zone_of_one_node_leaves_the_issue_to_the_node(void **state)
{
    struct bed *bed = bed_create(3, "pod/s/p0:up", "pod/s/p1:up", "node/-/n:up");

    (void)state;
    bed_rule(bed, "*:up", ISSUE_POD_CRASH)->below = 0.5;
    bed_relate(bed, "pod/s/p0", RELATION_RUNS_ON, "node/-/n");
    bed_relate(bed, "pod/s/p1", RELATION_RUNS_ON, "node/-/n");
    bed_relate(bed, "node/-/n", RELATION_RUNS_ON, "zone/-/a");
    bed->policy.guards.storm_followers = 2;
    bed->policy.guards.storm_share = 0.6;
    bed->policy.guards.storm_window = 2 * HEAL_MINUTE;
    bed_start(bed, 1);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 1);
    assert_int_equal(bed_last(bed, DECISION_ISSUE_OPENED)->resource, bed_find(bed, "node/-/n"));
    bed_destroy(bed);
}

/* An issue that people know of says why nothing is done about it. */
static void test_an_issue_that_comes_to_follow_is_held_as_follower(void **state)
{
    struct bed *bed = node_bed();

    (void)state;
    bed->engine->own.limits.concurrent = 1;
    set_pods(bed, 0, 2, 0.0); /* one is worked on; the other waits */
    bed_frame(bed, 10);
    set_pods(bed, 2, PODS, 0.0);
    bed_frame(bed, 10);
    size_t held = 0;
    for (size_t i = 0; i < bed->decision_count; i++) {
        if (bed->decisions[i].kind != DECISION_REMEDIATION_HELD || bed->decisions[i].gate != GATE_FOLLOWER)
            continue;
        assert_true(bed->decisions[i].issue <= 2); /* those that follow from the start are no issues */
        held++;
    }
    assert_true(held > 0);
    bed_destroy(bed);
}

static void test_impact_orders_the_work(void **state)
{
    struct bed *bed = bed_create(2, "pod/s/leaf:up", "database/s/d:up");

    (void)state;
    bed_rule(bed, "*:up", ISSUE_POD_CRASH)->below = 0.5;
    bed_strategy(bed, "restart", ISSUE_POD_CRASH, ACTION_RESTART_POD);
    bed_relate(bed, "pod/s/x", RELATION_CALLS, "database/s/d");
    bed_relate(bed, "pod/s/y", RELATION_CALLS, "database/s/d");
    bed->policy.limits.concurrent = 1;
    bed_start(bed, 1);
    bed_frame(bed, 10); /* both are down; the database carries others */
    assert_int_equal(bed_last_action(bed)->target, bed_find(bed, "database/s/d"));
    assert_int_equal(bed_count(bed, DECISION_ISSUE_RANKED), 2);
    bed_destroy(bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pods_that_fall_together_are_one_issue_of_their_node),
        cmocka_unit_test(test_the_nodes_own_issue_is_the_root_when_it_has_one),
        cmocka_unit_test(test_a_few_are_no_storm),
        cmocka_unit_test(test_those_that_fell_a_moment_before_and_wait_are_gathered),
        cmocka_unit_test(test_the_root_closes_with_its_last_follower_and_the_group_cools_down),
        cmocka_unit_test(test_who_is_still_sick_when_the_root_is_well_goes_on_alone),
        cmocka_unit_test(test_a_zone_that_goes_down_is_one_issue),
        cmocka_unit_test(test_a_zone_that_goes_down_in_two_scans_takes_in_the_first_nodes_root),
        cmocka_unit_test(test_a_root_at_work_is_taken_in_when_its_try_has_failed),
        cmocka_unit_test(test_a_node_that_is_sick_itself_takes_in_the_pods_before),
        cmocka_unit_test(test_one_node_of_a_zone_is_the_nodes_issue),
        cmocka_unit_test(test_a_zone_of_one_node_leaves_the_issue_to_the_node),
        cmocka_unit_test(test_an_issue_that_comes_to_follow_is_held_as_follower),
        cmocka_unit_test(test_impact_orders_the_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
