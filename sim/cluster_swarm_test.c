/* cluster_swarm_test.c - what must hold of a cluster whatever is turned and done:
 * requests balance, no NaN leaks, the same seed gives the same bytes, and what one
 * workload draws is no other's business. */
#include "sim/test_traffic.h"

#include "engine/random.h"

enum { ROUNDS = 40, STEPS = 120 };

/* A value for a knob that is now and then absurd. */
static double any_value(struct random_stream *stream, enum cluster_knob knob)
{
    static const double SIZES[CLUSTER_KNOB_COUNT] = {
        [KNOB_CPU_CORES] = 2.0,
        [KNOB_MEMORY_BYTES] = 1e9,
        [KNOB_LEAK_BYTES_PER_HOUR] = 1e9,
        [KNOB_DOWN] = 1.0,
        [KNOB_KILL] = 1.0,
        [KNOB_CRASHES_PER_HOUR] = 60.0,
        [KNOB_PROBE_FAILURES] = 1.0,
        [KNOB_ERROR_RATIO] = 1.0,
        [KNOB_WORK_FACTOR] = 3.0,
        [KNOB_LOAD_FACTOR] = 3.0,
        [KNOB_DELAY_SECONDS] = 0.5,
        [KNOB_LOSS_RATIO] = 1.0,
        [KNOB_DNS_FAILURES] = 1.0,
        [KNOB_CLOCK_SKEW_SECONDS] = 500.0,
        [KNOB_QUERY_FACTOR] = 50.0,
        [KNOB_INDEX_MISSING] = 1.0,
        [KNOB_INDEX_UNUSED] = 1.0,
        [KNOB_LOCK_WAIT_SECONDS] = 1.0,
        [KNOB_HELD_CONNECTIONS] = 250.0,
        [KNOB_CACHE_MISS_RATIO] = 1.0,
        [KNOB_IO_DELAY_SECONDS] = 0.1,
        [KNOB_LOG_BYTES] = 60e9,
        [KNOB_TEMP_BYTES] = 60e9,
        [KNOB_DATA_BYTES] = 60e9,
        [KNOB_RENEWAL_FAILS] = 1.0,
        [KNOB_DAYS_LOST] = 100.0,
        [KNOB_VULNERABILITIES] = 5.0,
        [KNOB_DRIFT] = 1.0,
        [KNOB_DEPLOY] = 1.0,
    };
    double how = random_uniform(stream);

    return how < 0.4 ? cluster_knob_neutral(knob) : how < 0.45 ? 0.0 : random_uniform(stream) * SIZES[knob];
}

static void turn_something(struct test_traffic *test, struct random_stream *stream)
{
    size_t count = inventory_series_count(test->knobs);
    uint32_t series = (uint32_t)random_below(stream, count);
    enum cluster_knob knob;

    assert_true(cluster_knob_parse(inventory_series_metric(test->knobs, series), &knob));
    cluster_knob_values(test->cluster)[series] = any_value(stream, knob);
}

static void do_something(struct test_traffic *test, struct random_stream *stream)
{
    struct action action = {.id = 1, .timeout = HEAL_MINUTE};

    action.kind = (enum action_kind)random_below(stream, ACTION_KIND_COUNT);
    action.target = (uint32_t)random_below(stream, inventory_resource_count(test->inventory));
    action.amount = random_uniform(stream) * (random_uniform(stream) < 0.2 ? 3.0 : 0.9);
    cluster_act(test->cluster, test->now, &action);
}

static void is_ratio(double value, const char *what)
{
    if (!(value >= 0.0 && value <= 1.0 + 1e-9))
        fail_msg("%s is %g", what, value);
}

/* What came to a target, or waited there, is served, refused or waits, and those who
 * wait are in its pods. Refused counts what waited in a process that ended, too. */
static void check_targets(const struct cluster *cluster)
{
    const struct traffic *traffic = traffic_of(cluster);

    for (size_t i = 0; i < traffic->target_count; i++) {
        const struct target *target = &traffic->targets[i];
        double backlog = 0.0;
        test_near(target->served + target->refused + target->left, target->in, 1e-9 * (1.0 + target->in));
        assert_true(target->errors >= 0.0 && target->errors <= target->served * (1.0 + 1e-9));
        assert_true(target->late >= 0.0 && target->errors + target->late <= target->served * (1.0 + 1e-9));
        if (i >= cluster->workloads.count)
            continue;
        for (uint32_t pod = 0; pod < cluster->pods.count; pod++)
            backlog += cluster->pods.workload[pod] == i ? cluster->pods.backlog[pod] : 0.0;
        if (traffic->each[i]) { /* some are not waiting but at work */
            assert_true(backlog <= target->left && request_pods_consistent(traffic->each[i]));
            continue;
        }
        test_near(backlog, target->left, 1e-9 * (1.0 + backlog));
    }
}

static void check(const struct test_traffic *test)
{
    const struct cluster *cluster = test->cluster;

    check_targets(cluster);

    for (size_t i = 0; i < inventory_series_count(test->inventory); i++) {
        const char *metric = inventory_series_metric(test->inventory, (uint32_t)i);
        double value = test->values[i];
        if (isinf(value) || (value < 0.0 && strcmp(metric, "certificate_days_left") != 0))
            fail_msg("%s is %g", inventory_series_id(test->inventory, (uint32_t)i), value);
        if (strcmp(metric, "error_ratio") == 0 && !isnan(value))
            is_ratio(value, metric);
    }
    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        assert_true(isfinite(cluster->pods.cpu_used[pod]) && cluster->pods.cpu_used[pod] >= 0.0);
        assert_true(isfinite(cluster->pods.memory_used[pod]) && cluster->pods.memory_used[pod] >= 0.0);
        assert_true(isfinite(cluster->pods.backlog[pod]) && cluster->pods.backlog[pod] >= 0.0);
        assert_true(cluster->pods.backlog[pod] <= 100.0 + 1e-9);
        assert_true(isfinite(cluster->pods.rate[pod]) && cluster->pods.rate[pod] >= -1e-9);
        is_ratio(cluster->pods.error_ratio[pod], "a pod's error ratio");
    }
    for (size_t node = 0; node < cluster->nodes.count; node++) {
        assert_true(cluster->nodes.cpu_used[node] <= cluster->nodes.cpu[node] + 1e-9);
        is_ratio(cluster->nodes.disk_used[node] / cluster->nodes.disk[node], "a node's disk");
    }
    is_ratio(cluster->databases.connections_used[0], "connections");
    for (uint32_t i = 0; i < inventory_resource_count(test->inventory); i++) {
        struct cluster_feeling feeling = cluster_feel(cluster, i);
        assert_true(isnan(feeling.latency) || (feeling.latency >= 0.0 && isfinite(feeling.latency)));
        if (!isnan(feeling.error_ratio))
            is_ratio(feeling.error_ratio, "an error that is felt");
    }
}

static struct test_traffic *open_random(uint64_t seed)
{
    struct random_stream stream = random_stream_named(seed, "cluster", "shape", 0);
    struct test_traffic *test = test_traffic_new();

    test->seed = seed;
    test->loads[0].level = random_exponential(&stream, 150.0);
    test->loads[0].daily = 0.5 * test->loads[0].level;
    test->loads[0].noise = 0.1;
    test->loads[0].correlation = 0.9;
    test->loads[0].retries = (uint32_t)random_below(&stream, 4);
    test->web_calls[0].retries = (uint32_t)random_below(&stream, 4);
    test->web_calls[0].pool = (uint32_t)random_below(&stream, 20);
    test->api_calls[0].pool = (uint32_t)random_below(&stream, 20);
    test->api_calls[0].per_request = random_exponential(&stream, 2.0) + 0.01;
    test->workloads[WEB_INDEX].volume = random_uniform(&stream) < 0.5 ? "volume/shop/data" : NULL;
    test->loads[1] = test->loads[0];
    test->loads[1].to = API;
    test->loads[1].timeout = 0.5;
    test->spec.load_count = 1 + random_below(&stream, 2);
    test->web_calls[1] = (struct call_spec){DB, 0.5, 0, 1.0, 1, 1};
    test->workloads[WEB_INDEX].service.call_count = 1 + random_below(&stream, 2);
    test->workloads[WEB_INDEX].service.each = random_uniform(&stream) < 0.3;
    test->workloads[API_INDEX].service.each = random_uniform(&stream) < 0.3;
    test_traffic_open(test);
    return test;
}

static void live(struct test_traffic *test, uint64_t seed, size_t steps)
{
    struct random_stream stream = random_stream_named(seed, "cluster", "swarm", 0);

    for (size_t i = 0; i < steps; i++) {
        double span = random_uniform(&stream) < 0.7 ? 30.0 : random_exponential(&stream, 20.0);
        if (random_uniform(&stream) < 0.2) { /* nobody looks yet */
            test->now += (heal_duration)(random_exponential(&stream, 10.0) * 1e9);
            assert_true(cluster_step(test->cluster, test->now, NULL));
        }
        test_step(test, span); /* checks the balance */
        check(test);
        while (random_uniform(&stream) < 0.3)
            turn_something(test, &stream);
        while (random_uniform(&stream) < 0.3)
            do_something(test, &stream);
    }
}

static void test_requests_balance_and_nothing_leaks(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct test_traffic *test = open_random(seed);
        live(test, seed, STEPS);
        test_traffic_free(test);
    }
}

static void test_the_same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct test_traffic *one = open_random(seed), *two = open_random(seed), *other = open_random(seed + 100);
        size_t bytes = inventory_series_count(one->inventory) * sizeof *one->values;
        live(one, seed, STEPS);
        live(two, seed, STEPS);
        live(other, seed, 1);
        assert_memory_equal(one->values, two->values, bytes);
        assert_true(cluster_totals(one->cluster).offered == cluster_totals(two->cluster).offered);
        assert_true(cluster_totals(one->cluster).offered != cluster_totals(other->cluster).offered);
        test_traffic_free(one);
        test_traffic_free(two);
        test_traffic_free(other);
    }
}

/* After everything is put right, users are served again. */
static void test_a_cluster_put_right_recovers(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct test_traffic *test = test_traffic_new();
        struct random_stream stream = random_stream_named(seed, "cluster", "recovery", 0);
        test->seed = seed;
        test_traffic_open(test);
        for (int i = 0; i < 60; i++) {
            test_step(test, 30.0);
            if (i < 40)
                turn_something(test, &stream);
        }
        for (uint32_t i = 0; i < inventory_series_count(test->knobs); i++)
            cluster_knob_reset(test->cluster, i);
        test_run(test, 3.0 * 3600.0);
        struct cluster_feeling feeling = test_feel(test, WEB);
        if (!(feeling.error_ratio < 0.01 && feeling.latency < 0.5))
            fail_msg("seed %d: errors %g, latency %g", (int)seed, feeling.error_ratio, feeling.latency);
        test_traffic_free(test);
    }
}

/* Users come by the clock: how a span is cut into steps changes nothing of that. */
static void test_requests_do_not_depend_on_the_steps(void **state)
{
    static const double STEPS_OF[] = {30.0, 7.5, 13.0, 600.0};
    double first = 0.0;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct test_traffic *test = test_traffic_new();
        test->loads[0].noise = 0.1;
        test->loads[0].correlation = 0.9;
        test_traffic_open(test);
        while (test->now < TEST_START + 7800 * HEAL_SECOND)
            test_step(test, STEPS_OF[i]);
        double offered = cluster_totals(test->cluster).offered;
        first = i == 0 ? offered : first;
        test_near(offered, first, 1e-6);
        test_traffic_free(test);
    }
}

/* A third workload, with its own users, beside the shop. */
static void test_one_more_workload_changes_no_others_draws(void **state)
{
    static const char *const SERIES[] = {
        WEB ":request_rate_per_second",
        WEB ":request_latency_seconds",
        "pod/shop/web-1:request_latency_seconds",
        "pod/shop/api-2:request_rate_per_second",
        DB ":query_latency_seconds",
        "pod/shop/web-3:cpu_utilization_ratio",
    };
    struct test_traffic *less = test_traffic_new(), *more = test_traffic_new();

    (void)state;
    less->spec.zone_delay = more->spec.zone_delay = 0.0; /* another scheduling may cross more zones */
    more->workloads[2] = test_service("workload/shop/mail", NULL, 0);
    more->spec.workload_count = 3;
    more->loads[1] = (struct load_spec){.to = "workload/shop/mail", .level = 50.0, .weekend = 1.0, .timeout = 5.0};
    more->spec.load_count = 2;
    test_traffic_open(less);
    test_traffic_open(more);
    for (int i = 0; i < 200; i++) {
        test_step(less, 30.0);
        test_step(more, 30.0);
        for (size_t j = 0; j < sizeof SERIES / sizeof *SERIES; j++)
            test_near(test_value(more, SERIES[j]), test_value(less, SERIES[j]), 0.0);
    }
    test_traffic_free(less);
    test_traffic_free(more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_balance_and_nothing_leaks),
        cmocka_unit_test(test_the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(test_a_cluster_put_right_recovers),
        cmocka_unit_test(test_requests_do_not_depend_on_the_steps),
        cmocka_unit_test(test_one_more_workload_changes_no_others_draws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
