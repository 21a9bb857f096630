#include "sim/test_cluster.h"

#include "sim/cluster_autoscaler.h"

static uint32_t wish(double used, uint32_t ready, uint32_t unready, uint32_t current)
{
    const struct autoscale_spec spec = {.present = true, .min = 1, .max = 100, .target = 0.5};
    const struct autoscaler_sample sample = {used, ready, ready, unready, current}; /* one core asked for by each */

    return autoscaler_wish(&spec, &sample);
}

/* desired = ceil(current * utilisation / target): the documentation's own examples,
 * 200 against 100 doubles, 50 against 100 halves. */
static void test_known_answers(void **state)
{
    (void)state;
    assert_int_equal(wish(4.0, 4, 0, 4), 8);
    assert_int_equal(wish(1.0, 4, 0, 4), 2);
    assert_int_equal(wish(2.19, 4, 0, 4), 4); /* 9.5 % over: within the tolerance */
    assert_int_equal(wish(2.21, 4, 0, 4), 5); /* 10.5 % */
    assert_int_equal(wish(1.81, 4, 0, 4), 4);
    assert_int_equal(wish(1.5, 4, 0, 4), 3);
    assert_int_equal(wish(1.0, 0, 4, 4), 4); /* nobody ready, nothing known */
    assert_int_equal(wish(2.0, 2, 2, 4), 4); /* twice the target, half not ready: 0 % of them, it is the target */
    assert_int_equal(wish(4.0, 4, 2, 6), 8); /* 4 / (6 * 0.5) = 1.33 of 6 */
    assert_int_equal(wish(0.0, 4, 0, 4), 0); /* limits come later */
}

static void test_limits(void **state)
{
    const struct autoscale_spec spec = {.present = true, .min = 2, .max = 30, .target = 0.5};

    (void)state;
    assert_int_equal(autoscaler_limit(&spec, 3, 0), 2);
    assert_int_equal(autoscaler_limit(&spec, 3, 20), 7);   /* four more */
    assert_int_equal(autoscaler_limit(&spec, 10, 28), 20); /* twice as many */
    assert_int_equal(autoscaler_limit(&spec, 20, 40), 30);
}

static struct test_cluster *open_scaled(heal_duration stabilization)
{
    struct test_cluster *test = test_cluster_new();

    test->workloads[0].cpu_request = 0.5;
    test->workloads[0].autoscale = (struct autoscale_spec){true, 1, 5, 0.5, stabilization};
    test_cluster_open(test);
    return test;
}

/* One look of the autoscaler, `seconds` on, at pods that use so many cores each. */
static uint32_t look(struct test_cluster *test, double cores, double seconds)
{
    struct cluster *cluster = test->cluster;

    for (size_t pod = 0; pod < cluster->pods.count; pod++)
        cluster->pods.cpu_used[pod] = cluster->pods.phase[pod] == POD_READY ? cores : 0.0;
    cluster->last = cluster->now;
    cluster->now += (heal_duration)(seconds * 1e9);
    cluster_life_until(cluster, cluster->now);
    cluster_autoscaler_look(cluster);
    return cluster->workloads.wanted[0];
}

static void test_it_looks_every_fifteen_seconds(void **state)
{
    struct test_cluster *test = open_scaled(0);

    (void)state;
    assert_int_equal(look(test, 0.4, 14.0), 3);
    assert_int_equal(look(test, 0.4, 1.0), 5); /* ceil(3 * 0.8 / 0.5) */
    test_cluster_free(test);
}

/* Down only when the highest wish of the last five minutes is lower. */
static void test_the_way_down_is_stabilized(void **state)
{
    struct test_cluster *test = open_scaled(5 * HEAL_MINUTE);
    uint32_t wanted = 3;

    (void)state;
    for (int i = 0; i < 20; i++)
        assert_int_equal(look(test, 0.08, 15.0), 3); /* wishes for one: 3 * 0.16 / 0.5 */
    wanted = look(test, 0.08, 15.0);
    assert_int_equal(wanted, 1);
    test_cluster_free(test);
}

/* A replica that somebody adds by hand is gone when the autoscaler looks next. */
static void test_it_takes_back_what_it_did_not_ask_for(void **state)
{
    struct test_cluster *test = open_scaled(0);

    (void)state;
    assert_int_equal(look(test, 0.25, 15.0), 3);
    test->now = test->cluster->now;
    assert_int_equal(test_act(test, ACTION_SCALE_OUT, "workload/shop/web", 1.0), ACTION_SUCCEEDED);
    look(test, 0.25, 25.0);                        /* the new one is ready now */
    assert_int_equal(look(test, 0.1875, 15.0), 3); /* four at 37.5 % are three at 50 % */
    test_cluster_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_it_looks_every_fifteen_seconds),
        cmocka_unit_test(test_the_way_down_is_stabilized),
        cmocka_unit_test(test_it_takes_back_what_it_did_not_ask_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
