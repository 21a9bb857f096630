/* anomaly_rows_test.c - anomalies are kept, closed and capped. */
#include "store/anomaly_rows.h"

#include "store/test_query.h"

static void write_anomaly(struct run_store *store, enum decision_kind kind, uint32_t series, bool by_baseline,
                          int64_t second)
{
    struct decision decision = test_decision(kind, second);

    decision.series = series;
    decision.by_baseline = by_baseline;
    decision.value = 1;
    test_write(store, &decision);
}

static void test_an_end_closes_the_anomaly_of_its_series(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);

    assert_true(run_store_begin(store, 0, &world->errors));
    write_anomaly(store, DECISION_ANOMALY_ENDED, CPU_A, false, 0); /* began before the run */
    write_anomaly(store, DECISION_ANOMALY_BEGAN, CPU_A, true, 1);
    write_anomaly(store, DECISION_ANOMALY_BEGAN, CPU_B, false, 3);
    write_anomaly(store, DECISION_ANOMALY_ENDED, CPU_A, false, 4); /* does not say that the baseline spoke */
    write_anomaly(store, DECISION_ANOMALY_BEGAN, CPU_B, true, 5);  /* again: the first one is over */
    assert_true(run_store_finish(store, "d", &world->errors));
    run_store_destroy(store);
    test_expect(world->path,
                "SELECT series_id, by_baseline, (began_at_ns - 1700000000000000000) / 1000000000,"
                " (ended_at_ns - 1700000000000000000) / 1000000000 FROM anomalies ORDER BY id",
                "0|1|1|4;2|0|3|5;2|1|5|-");
}

static void test_what_is_over_the_limit_is_counted_and_not_kept(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(2);
    struct run_store *store = test_store(world, &run);

    assert_true(run_store_begin(store, 0, &world->errors));
    for (int64_t i = 0; i < ANOMALIES_PER_REPLICATION + 5; i++) {
        write_anomaly(store, DECISION_ANOMALY_BEGAN, CPU_A, false, i);
        write_anomaly(store, DECISION_ANOMALY_ENDED, CPU_A, false, i);
    }
    assert_true(run_store_begin(store, 1, &world->errors));
    write_anomaly(store, DECISION_ANOMALY_BEGAN, CPU_A, false, 1);
    assert_true(run_store_finish(store, "d", &world->errors));
    run_store_destroy(store);
    test_expect(world->path, "SELECT anomalies, anomalies_kept FROM replications ORDER BY replication",
                "20005|20000;1|1");
    test_expect(world->path, "SELECT count(*), count(*) FILTER (WHERE ended_at_ns IS NULL) FROM anomalies", "20001|1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_an_end_closes_the_anomaly_of_its_series),
        test_in_world(test_what_is_over_the_limit_is_counted_and_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
