/* cluster_scan_test.c - a scan that was cut shows what the whole of it would. */
#include "sim/test_traffic.h"

#define WEB_RATE WEB ":request_rate_per_second"
#define WEB_ERRORS WEB ":error_ratio"
#define WEB_P99 WEB ":request_latency_seconds"

/* A step of which nobody sees the end. */
static void part(struct test_traffic *test, double seconds)
{
    test->now += (heal_duration)(seconds * 1e9);
    assert_true(cluster_step(test->cluster, test->now, NULL));
    test_balance(test);
}

static struct test_traffic *opened(void)
{
    struct test_traffic *test = test_traffic_new();

    test_traffic_open(test);
    return test;
}

/* Two clusters alike, one of which is stepped in parts: what both show in 40 scans, of
 * which some end with a part that takes no time, as where a fault strikes with the scan. */
static void test_a_cut_alone_changes_next_to_nothing(void **state)
{
    static const double PARTS[] = {0.1, 7.0, 2.9, 15.0};
    struct test_traffic *whole = opened(), *cut = opened();

    (void)state;
    for (int scan = 0; scan < 40; scan++) {
        test_step(whole, 30.0);
        for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
            part(cut, PARTS[i]);
        if (scan % 2)
            part(cut, 5.0);
        test_step(cut, scan % 2 ? 0.0 : 5.0);
        for (uint32_t i = 0; i < inventory_series_count(whole->inventory); i++) {
            double a = whole->values[i], b = cut->values[i];
            if (isnan(a) != isnan(b) || (!isnan(a) && fabs(a - b) > 0.02 * fabs(a) + 1e-6))
                fail_msg("%s: %.9g whole, %.9g cut", inventory_series_id(whole->inventory, i), a, b);
        }
    }
    test_traffic_free(whole);
    test_traffic_free(cut);
}

/* Of 30 s the last 10 answer with errors. */
static void test_rates_and_ratios_are_of_the_whole_scan(void **state)
{
    struct test_traffic *test = opened();

    (void)state;
    test_run(test, 300.0);
    part(test, 20.0);
    test_turn(test, WEB ":error_ratio", 1.0);
    test_step(test, 10.0);
    test_near(test_value(test, WEB_ERRORS), 1.0 / 3.0, 0.02);
    test_near(test_value(test, WEB_RATE), 200.0, 10.0);
    test_near(test_feel(test, WEB).error_ratio, 1.0, 1e-9); /* users feel it as it is now */
    test_step(test, 30.0);
    test_near(test_value(test, WEB_ERRORS), 1.0, 1e-9);
    test_traffic_free(test);
}

/* The joint percentile lies between those of the parts, and leans to the slow one: with
 * 1 / 3 of requests ten times as slow, 0.01 = 2/3 0.01^(10 x) + 1/3 0.01^x at x = 0.761. */
static void test_percentiles_join_by_their_tails(void **state)
{
    struct test_traffic *test = opened();

    (void)state;
    test->loads[0].noise = 0.0;
    test_run(test, 300.0);
    double before = test_feel(test, WEB).latency;
    part(test, 20.0);
    test_turn(test, "link/shop/web-api:delay_seconds", 0.5 * before * 9.0);
    test_step(test, 10.0);
    double after = test_feel(test, WEB).latency, seen = test_value(test, WEB_P99);
    assert_true(after > 5.0 * before);
    double ratio = after / before, low = 0.0, high = 1.0;
    for (int i = 0; i < 60; i++) {
        double x = 0.5 * (low + high), over = 2.0 / 3.0 * pow(0.01, x * ratio) + 1.0 / 3.0 * pow(0.01, x);
        *(over > 0.01 ? &low : &high) = x;
    }
    test_near(seen / after, high, 0.1); /* the monitoring's noise: 6,000 requests, 3 % */
    test_traffic_free(test);
}

/* What is there at the end counts, whatever was before. */
static void test_what_stands_is_what_stands_at_the_end(void **state)
{
    struct test_traffic *test = opened();

    (void)state;
    test_run(test, 60.0);
    test_turn(test, "node/default/n-1:down", 1.0);
    part(test, 10.0);
    test_turn(test, "node/default/n-1:down", 0.0);
    part(test, 10.0);
    test_turn(test, "node/default/m-2:down", 1.0);
    test_step(test, 10.0);
    assert_true(test_value(test, "node/default/m-2:up") == 0.0);
    assert_true(isnan(test_value(test, "node/default/m-2:cpu_utilization_ratio")));
    test_traffic_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cut_alone_changes_next_to_nothing),
        cmocka_unit_test(test_rates_and_ratios_are_of_the_whole_scan),
        cmocka_unit_test(test_percentiles_join_by_their_tails),
        cmocka_unit_test(test_what_stands_is_what_stands_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
