/* cluster_links_test.c - the network between pods, names, clocks, pools, shifting. */
#include "sim/test_traffic.h"

static struct test_traffic *open_shop(void)
{
    struct test_traffic *test = test_traffic_new();

    test->loads[0].level = 100.0;
    test_traffic_open(test);
    test_run(test, 120.0);
    return test;
}

/* 100 ms more each way on a link: every call takes 200 ms more. */
static void test_a_slow_link_is_felt_by_its_callers(void **state)
{
    struct test_traffic *test = open_shop();
    double quiet = test_feel(test, WEB_API).latency, web = test_feel(test, WEB).latency,
           api = test_feel(test, API).latency;

    (void)state;
    test_turn(test, WEB_API ":delay_seconds", 0.1);
    test_run(test, 60.0);
    assert_true(test_feel(test, WEB_API).latency > quiet + 0.15);
    assert_true(test_feel(test, WEB).latency > web + 0.12);
    test_near(test_feel(test, API).latency, api, 0.1 * api);
    /* nine calls in ten go around it */
    assert_int_equal(test_act(test, ACTION_SHIFT_TRAFFIC, WEB_API, 0.9), ACTION_SUCCEEDED);
    test_run(test, 60.0);
    assert_true(test_feel(test, WEB_API).latency < quiet + 0.05);
    assert_int_equal(test_act(test, ACTION_RESTORE_TRAFFIC, WEB_API, 0.0), ACTION_SUCCEEDED);
    test_run(test, 60.0);
    assert_true(test_feel(test, WEB_API).latency > quiet + 0.15);
    test_traffic_free(test);
}

/* Half of the messages lost: each is sent once again in the mean, 0.2 s later. */
static void test_lost_messages_cost_the_retransmission_time(void **state)
{
    double mean = 0.0, variance = 0.0;

    (void)state;
    network_add(0.01, 0.5, &mean, &variance);
    test_near(mean, 0.02 + 2.0 * 0.2, 1e-12);
    test_near(variance, 2.0 * 0.04 * 0.5 / 0.25, 1e-12);
    struct test_traffic *test = open_shop();
    double quiet = test_feel(test, WEB).latency;
    test_turn(test, WEB_API ":loss_ratio", 0.2);
    test_run(test, 60.0);
    assert_true(test_feel(test, WEB).latency > quiet + 0.2);
    test_turn(test, WEB_API ":loss_ratio", 1.0); /* a partition */
    test_run(test, 90.0);
    assert_true(test_feel(test, WEB).error_ratio > 0.99);
    test_traffic_free(test);
}

/* Pods of both zones call each other at random: half of the calls cross. */
static void test_a_far_zone_slows_the_calls_that_cross(void **state)
{
    struct test_traffic *near = open_shop(), *far = test_traffic_new();

    (void)state;
    far->loads[0].level = 100.0;
    far->spec.zone_delay = 0.05;
    test_traffic_open(far);
    test_run(far, 120.0);
    assert_int_equal(far->cluster->nodes.count, 4);
    double more = traffic_of(far->cluster)->askers[1].round_trip - traffic_of(near->cluster)->askers[1].round_trip;
    test_near(more, 0.5 * 2.0 * (0.05 - 0.001), 1e-9);
    assert_true(test_feel(far, WEB).latency > test_feel(near, WEB).latency + 0.03);
    test_traffic_free(near);
    test_traffic_free(far);
}

/* A zone with a slow network: half of the pods. Shifted off it, users feel little. */
static void test_traffic_shifts_off_a_slow_zone(void **state)
{
    struct test_traffic *test = open_shop();
    double quiet = test_feel(test, WEB).latency;

    (void)state;
    test_turn(test, "zone/default/a:delay_seconds", 0.1);
    test_run(test, 60.0);
    double slow = test_feel(test, WEB).latency, zone = test_feel(test, "zone/default/a").latency;
    assert_true(slow > quiet + 0.3);
    assert_true(zone > test_feel(test, "zone/default/b").latency);
    assert_int_equal(test_act(test, ACTION_SHIFT_TRAFFIC, "zone/default/a", 1.0), ACTION_SUCCEEDED);
    test_run(test, 60.0);
    assert_true(test_feel(test, WEB).latency < quiet + 0.1);
    assert_true(isnan(test_feel(test, "zone/default/a").latency));
    test_traffic_free(test);
}

/* One pod of four is slow: a quarter of the requests, so the 99th percentile is its. The
 * workload's outliers are ejected, and nobody else. */
static void test_one_slow_pod_is_felt_and_can_be_ejected(void **state)
{
    struct test_traffic *test = open_shop();
    double quiet = test_feel(test, WEB).latency;

    (void)state;
    assert_int_equal(test_act(test, ACTION_SHIFT_TRAFFIC, WEB, 0.9), ACTION_FAILED); /* all alike */
    test_turn(test, "pod/shop/web-2:delay_seconds", 0.3);
    test_run(test, 60.0);
    assert_true(test_feel(test, WEB).latency > 0.9);
    assert_true(test_feel(test, "pod/shop/web-1").latency < quiet + 0.1);
    assert_int_equal(test_act(test, ACTION_SHIFT_TRAFFIC, WEB, 1.0), ACTION_SUCCEEDED);
    test_run(test, 60.0);
    assert_true(test_feel(test, WEB).latency < quiet + 0.1);
    test_near(test->cluster->pods.rate[1], 0.0, 0.0);
    assert_true(test->cluster->pods.rate[0] > 20.0);
    assert_int_equal(test_act(test, ACTION_RESTORE_TRAFFIC, WEB, 0.0), ACTION_SUCCEEDED);
    test_run(test, 60.0);
    assert_true(test->cluster->pods.rate[1] > 10.0);
    test_traffic_free(test);
}

static void test_names_that_are_not_found_fail_calls(void **state)
{
    struct test_traffic *test = open_shop();

    (void)state;
    test_turn(test, WEB ":dns_failures", 0.25);
    test_run(test, 90.0);
    test_near(test_feel(test, WEB).error_ratio, 0.25, 1e-9);
    test_near(test_feel(test, WEB_API).error_ratio, 0.25, 1e-9);
    test_near(test_feel(test, API).error_ratio, 0.0, 0.0);
    test_near(test->cluster->workloads.rate[API_INDEX] / test->cluster->workloads.rate[WEB_INDEX], 0.75, 1e-9);
    test_traffic_free(test);
}

static void test_a_clock_that_is_off_has_its_calls_refused(void **state)
{
    struct test_traffic *test = open_shop();

    (void)state;
    test_turn(test, "pod/shop/web-1:clock_skew_seconds", 250.0);
    test_run(test, 60.0);
    test_near(test_feel(test, "pod/shop/web-1").error_ratio, 0.0, 0.0);
    test_turn(test, "pod/shop/web-1:clock_skew_seconds", -400.0);
    test_run(test, 60.0);
    test_near(test_feel(test, "pod/shop/web-1").error_ratio, 1.0, 0.0);
    test_near(test_feel(test, "pod/shop/web-2").error_ratio, 0.0, 0.0);
    test_traffic_free(test);
}

/* Connections that nobody gives back: requests wait for the few that are left, and what
 * comes through is what they carry. A restart of the proxy, or more of them, helps. */
static void test_an_exhausted_pool_holds_requests_back(void **state)
{
    struct test_traffic *test = test_traffic_new();

    (void)state;
    test->loads[0].level = 100.0;
    test->web_calls[0].pool = 10;
    test_traffic_open(test);
    test_run(test, 120.0);
    double quiet = test_feel(test, WEB).latency;
    test_turn(test, WEB ":held_connections", 0.95);
    test_run(test, 120.0);
    assert_true(test_feel(test, WEB).latency > 3.0 * quiet);
    assert_int_equal(test_act(test, ACTION_RAISE_POOL_SIZE, WEB, 9.0), ACTION_SUCCEEDED);
    test_run(test, 300.0);
    assert_true(test_feel(test, WEB).latency < 1.5 * quiet);
    assert_int_equal(test_act(test, ACTION_LOWER_POOL_SIZE, WEB, 9.0), ACTION_SUCCEEDED);
    test_run(test, 120.0);
    assert_true(test_feel(test, WEB).latency > 3.0 * quiet);
    assert_int_equal(test_act(test, ACTION_RESTART_PROXY, WEB, 0.0), ACTION_SUCCEEDED);
    test_run(test, 300.0);
    assert_true(test_feel(test, WEB).latency < 1.2 * quiet);
    test_turn(test, WEB ":held_connections", 1.95); /* what was dropped, and as many anew */
    test_run(test, 120.0);
    assert_true(test_feel(test, WEB).error_ratio > 0.5 || test_feel(test, WEB).latency > 3.0 * quiet);
    test_traffic_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_slow_link_is_felt_by_its_callers),
        cmocka_unit_test(test_lost_messages_cost_the_retransmission_time),
        cmocka_unit_test(test_a_far_zone_slows_the_calls_that_cross),
        cmocka_unit_test(test_traffic_shifts_off_a_slow_zone),
        cmocka_unit_test(test_one_slow_pod_is_felt_and_can_be_ejected),
        cmocka_unit_test(test_names_that_are_not_found_fail_calls),
        cmocka_unit_test(test_a_clock_that_is_off_has_its_calls_refused),
        cmocka_unit_test(test_an_exhausted_pool_holds_requests_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
