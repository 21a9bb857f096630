/* cluster_database_test.c - queries, indexes, caches, locks, connections. */
#include "sim/test_traffic.h"

#include "sim/queueing.h"

static struct test_traffic *open_shop(double level)
{
    struct test_traffic *test = test_traffic_new();

    test->loads[0].level = level;
    test_traffic_open(test);
    test_run(test, 120.0);
    return test;
}

/* 200 queries per second of 2 ms * (0.99 + 0.01 * 10) on 8 cores: hardly anybody waits. */
static void test_queries_take_their_time(void **state)
{
    struct test_traffic *test = open_shop(100.0);
    const struct target *target = &traffic_of(test->cluster)->targets[2];

    (void)state;
    test_near(target->stay / target->served, 0.002 * 1.09, 1e-5);
    test_near(test_value(test, DB ":cpu_utilization_ratio"), 200.0 * 0.00218 / 8.0, 0.006);
    test_near(test_value(test, DB ":lock_wait_seconds"), 0.0, 0.0);
    test_traffic_free(test);
}

static void test_a_missing_index_is_cured_by_an_index_alone(void **state)
{
    struct test_traffic *test = open_shop(15.0);
    double quiet = test_feel(test, DB).latency;

    (void)state;
    test_turn(test, DB ":index_missing", 1.0);
    test_run(test, 60.0);
    double slow = test_feel(test, DB).latency;
    assert_true(slow > 80.0 * quiet);
    assert_int_equal(test_act(test, ACTION_TUNE_DATABASE, DB, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_RESTART_PROXY, DB, 0.0), ACTION_SUCCEEDED);
    test_run(test, 60.0);
    assert_true(test_feel(test, DB).latency > 0.5 * slow);
    assert_int_equal(test_act(test, ACTION_RESTORE_DATABASE_SETTINGS, DB, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_ADD_INDEX, DB, 0.0), ACTION_SUCCEEDED);
    test_run(test, 60.0);
    test_near(test_feel(test, DB).latency, quiet, 0.1 * quiet);
    assert_int_equal(test_act(test, ACTION_DROP_INDEX, DB, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_DROP_INDEX, DB, 0.0), ACTION_FAILED); /* the scenario's own stays */
    test_run(test, 60.0);
    assert_true(test_feel(test, DB).latency > 80.0 * quiet);
    test_turn(test, DB ":index_missing", 0.0);
    test_run(test, 60.0);
    test_near(test_feel(test, DB).latency, quiet, 0.1 * quiet);
    test_traffic_free(test);
}

static void test_an_unused_index_is_cured_by_tuning_alone(void **state)
{
    struct test_traffic *test = open_shop(15.0);
    double quiet = test_feel(test, DB).latency;

    (void)state;
    test_turn(test, DB ":index_unused", 1.0);
    test_run(test, 60.0);
    assert_int_equal(test_act(test, ACTION_ADD_INDEX, DB, 0.0), ACTION_SUCCEEDED);
    test_run(test, 60.0);
    assert_true(test_feel(test, DB).latency > 80.0 * quiet);
    assert_int_equal(test_act(test, ACTION_TUNE_DATABASE, DB, 0.0), ACTION_SUCCEEDED);
    test_run(test, 60.0);
    assert_true(test_feel(test, DB).latency < quiet);
    test_traffic_free(test);
}

/* After a restart the cache is cold: 10 times slower at first, 63 % better in 10 min. */
static void test_a_restart_leaves_a_cold_cache(void **state)
{
    struct test_traffic *test = open_shop(50.0);
    const struct target *target = &traffic_of(test->cluster)->targets[2];

    (void)state;
    assert_int_equal(test_act(test, ACTION_RESTART_POD, DB, 0.0), ACTION_SUCCEEDED);
    test_step(test, 10.0); /* down meanwhile */
    test_near(test_feel(test, DB).error_ratio, 1.0, 0.0);
    test_step(test, 15.0);
    test_near(target->stay / target->served, 0.02, 0.001);
    test_run(test, 600.0);
    double cold = 0.01 + 0.99 * exp(-1.0);
    test_near(target->stay / target->served, 0.002 * (1.0 + 9.0 * cold), 0.001);
    test_run(test, 7200.0);
    test_near(target->stay / target->served, 0.00218, 1e-5);
    test_traffic_free(test);
}

static void test_slow_disks_slow_what_the_cache_misses(void **state)
{
    struct test_traffic *test = open_shop(15.0);
    const struct target *target = &traffic_of(test->cluster)->targets[2];

    (void)state;
    test_turn(test, "volume/shop/data:io_delay_seconds", 0.5);
    test_run(test, 60.0);
    test_near(target->stay / target->served, 0.00218 + 0.01 * 0.5, 1e-4);
    test_turn(test, DB ":cache_miss_ratio", 0.1);
    test_run(test, 60.0);
    test_near(target->stay / target->served, 0.002 * (1.0 + 9.0 * 0.11) + 0.11 * 0.5, 5e-3);
    test_traffic_free(test);
}

/* Locks are waited for with the connection held, and go with the sessions. */
static void test_locks_hold_connections(void **state)
{
    struct test_traffic *test = open_shop(50.0);
    double quiet = test_feel(test, DB).latency, used = test->cluster->databases.connections_used[0];

    (void)state;
    test_turn(test, DB ":lock_wait_seconds", 0.2);
    test_run(test, 60.0);
    assert_true(test_feel(test, DB).latency > quiet + 0.5);
    test_near(test->cluster->databases.connections_used[0], used + 100.0 * 0.2 / 200.0, 0.02);
    test_near(test_value(test, DB ":lock_wait_seconds"), 0.2, 0.0);
    assert_int_equal(test_act(test, ACTION_RESTART_PROXY, DB, 0.0), ACTION_SUCCEEDED);
    test_run(test, 60.0);
    test_near(test_feel(test, DB).latency, quiet, 0.1 * quiet);
    test_traffic_free(test);
}

/* 10 of 200 connections are left for 100 queries per second that take 0.2 s: Erlang's
 * loss at 20 erlangs, nearly 54 % refused. */
static void test_held_connections_refuse_queries(void **state)
{
    struct test_traffic *test = open_shop(50.0);

    (void)state;
    test_turn(test, DB ":held_connections", 190.0);
    test_turn(test, DB ":lock_wait_seconds", 0.198);
    test_run(test, 90.0);
    test_near(test_feel(test, DB).error_ratio, erlang_b(10, 20.0), 0.05);
    assert_true(test_value(test, DB ":connections_used_ratio") > 0.95);
    assert_true(test_feel(test, WEB).error_ratio > 0.5);
    assert_int_equal(test_act(test, ACTION_RAISE_POOL_SIZE, DB, 1.0), ACTION_SUCCEEDED);
    test_run(test, 90.0);
    test_near(test_feel(test, DB).error_ratio, 0.0, 1e-3);
    assert_int_equal(test_act(test, ACTION_LOWER_POOL_SIZE, DB, 1.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_RESTART_PROXY, DB, 0.0), ACTION_SUCCEEDED);
    test_run(test, 90.0);
    test_near(test_feel(test, DB).error_ratio, 0.0, 1e-3);
    test_traffic_free(test);
}

static void test_a_database_that_is_down_refuses_all(void **state)
{
    struct test_traffic *test = open_shop(50.0);

    (void)state;
    test_turn(test, DB ":down", 1.0);
    test_run(test, 60.0);
    test_near(test_feel(test, DB).error_ratio, 1.0, 0.0);
    test_near(test_feel(test, WEB).error_ratio, 1.0, 0.0);
    test_turn(test, DB ":down", 0.0);
    test_run(test, 60.0);
    test_near(test_feel(test, WEB).error_ratio, 0.0, 1e-9);
    test_traffic_free(test);
}

/* Who only holds a connection or a lock is thrown out when the time-out is over, again and
 * again; the sessions that work are not. */
static void test_timeouts_end_who_only_holds(void **state)
{
    struct test_traffic *test = open_shop(50.0);

    (void)state;
    test_turn(test, DB ":held_connections", 190.0);
    test_turn(test, DB ":lock_wait_seconds", 0.198);
    test_near(test_value(test, DB ":statement_timeout_seconds"), 0.0, 0.0);
    assert_int_equal(test_act(test, ACTION_SET_DATABASE_TIMEOUTS, DB, 0.0), ACTION_FAILED);
    assert_int_equal(test_act(test, ACTION_SET_DATABASE_TIMEOUTS, DB, 120.0), ACTION_SUCCEEDED);
    test_run(test, 90.0);
    test_near(test_value(test, DB ":statement_timeout_seconds"), 120.0, 0.0);
    assert_true(test_feel(test, DB).error_ratio > 0.4);
    test_run(test, 120.0);
    test_near(test_feel(test, DB).error_ratio, 0.0, 1e-3);
    test_near(test_value(test, DB ":lock_wait_seconds"), 0.0, 0.0);
    test_turn(test, DB ":held_connections", 195.0);
    test_run(test, 90.0);
    test_near(test_feel(test, DB).error_ratio, 0.0, 1e-3);
    assert_int_equal(test_act(test, ACTION_SET_DATABASE_TIMEOUTS, DB, 300.0), ACTION_SUCCEEDED); /* 120 is stricter */
    test_run(test, 30.0);
    test_near(test_value(test, DB ":statement_timeout_seconds"), 120.0, 0.0);
    test_traffic_free(test);
}

static void test_restored_timeouts_are_those_before(void **state)
{
    struct test_traffic *test = open_shop(50.0);

    (void)state;
    assert_int_equal(test_act(test, ACTION_SET_DATABASE_TIMEOUTS, DB, 60.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_SET_DATABASE_TIMEOUTS, DB, 20.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_RESTORE_DATABASE_TIMEOUTS, DB, 20.0), ACTION_SUCCEEDED);
    test_run(test, 30.0);
    test_near(test_value(test, DB ":statement_timeout_seconds"), 60.0, 0.0);
    test_traffic_free(test);
}

/* What an action changes is seen, so that what was there before can be told. */
static void test_the_pool_is_seen_as_it_is(void **state)
{
    struct test_traffic *test = open_shop(50.0);
    double before = test_value(test, DB ":pool_connections_max");

    (void)state;
    test_near(before, 200.0, 0.0);
    assert_int_equal(test_act(test, ACTION_RAISE_POOL_SIZE, DB, 0.25), ACTION_SUCCEEDED);
    test_run(test, 30.0);
    test_near(test_value(test, DB ":pool_connections_max"), 250.0, 1e-9);
    assert_int_equal(test_act(test, ACTION_LOWER_POOL_SIZE, DB, 0.25), ACTION_SUCCEEDED);
    test_run(test, 30.0);
    test_near(test_value(test, DB ":pool_connections_max"), before, 1e-9);
    test_traffic_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries_take_their_time),
        cmocka_unit_test(test_a_missing_index_is_cured_by_an_index_alone),
        cmocka_unit_test(test_an_unused_index_is_cured_by_tuning_alone),
        cmocka_unit_test(test_a_restart_leaves_a_cold_cache),
        cmocka_unit_test(test_slow_disks_slow_what_the_cache_misses),
        cmocka_unit_test(test_locks_hold_connections),
        cmocka_unit_test(test_held_connections_refuse_queries),
        cmocka_unit_test(test_timeouts_end_who_only_holds),
        cmocka_unit_test(test_restored_timeouts_are_those_before),
        cmocka_unit_test(test_the_pool_is_seen_as_it_is),
        cmocka_unit_test(test_a_database_that_is_down_refuses_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
