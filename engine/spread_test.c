/* Whether one member of a workload is sick, or many: known cases of three pods and a loner. */
#include "engine/spread.h"

#include "engine/test_engine.h"

enum { PODS = 5, SERIES = PODS + 3 };

struct spread_bed {
    struct policy policy;
    struct policy_rule rules[1];
    struct inventory *inventory;
    struct dependents *dependents;
    struct detector *detector;
    double values[SERIES];
};

/* pod/s/0 .. 4 of workload/s/w, pod/s/alone of none, workload/s/w and workload/s/empty. */
static int open_bed(void **state)
{
    static const char *const IDS[SERIES] = {"pod/s/0:x", "pod/s/1:x",     "pod/s/2:x",      "pod/s/3:x",
                                            "pod/s/4:x", "pod/s/alone:x", "workload/s/w:x", "workload/s/empty:x"};

    struct spread_bed *bed = calloc(1, sizeof *bed);

    assert_non_null(bed);
    *state = bed;
    bed->rules[0] = test_rule("*:x", ISSUE_HIGH_CPU);
    bed->rules[0].above = 10;
    bed->rules[0].baseline = true;
    bed->rules[0].deviation = 100;
    bed->policy = test_policy(bed->rules, 1);
    bed->inventory = inventory_create();
    for (size_t i = 0; i < SERIES; i++) {
        assert_int_equal(inventory_add_series(bed->inventory, IDS[i], strlen(IDS[i])), i);
        bed->values[i] = 1 + 0.01 * (double)i;
    }
    for (uint32_t i = 0; i < PODS; i++)
        inventory_relate(bed->inventory, inventory_series_resource(bed->inventory, i), RELATION_OWNED_BY,
                         inventory_find_resource(bed->inventory, "workload/s/w", 12));
    assert_true(inventory_freeze(bed->inventory));
    bed->dependents = dependents_create(bed->inventory);
    bed->detector = detector_create(&bed->policy, bed->inventory);
    assert_non_null(bed->dependents);
    assert_non_null(bed->detector);
    return 0;
}

static int close_bed(void **state)
{
    struct spread_bed *bed = *state;

    detector_destroy(bed->detector);
    dependents_destroy(bed->dependents);
    inventory_destroy(bed->inventory);
    free(bed);
    return 0;
}

static void learn(struct spread_bed *bed)
{
    for (int i = 0; i < 40; i++)
        detector_learn(bed->detector, i * HEAL_SECOND, bed->values);
}

static enum issue_spread spread(const struct spread_bed *bed, uint32_t series)
{
    return spread_of(bed->detector, bed->inventory, bed->dependents, bed->values, series, bed->values[series]);
}

static void test_one_sick_pod_is_one(void **state)
{
    struct spread_bed *bed = *state;

    learn(bed);
    bed->values[2] = 20;
    assert_int_equal(spread(bed, 2), ISSUE_SPREAD_ONE);
    bed->values[0] = 18; /* one of the four others */
    assert_int_equal(spread(bed, 2), ISSUE_SPREAD_ONE);
}

static void test_half_of_the_others_are_many(void **state)
{
    struct spread_bed *bed = *state;

    learn(bed);
    bed->values[2] = 20;
    bed->values[0] = 18;
    bed->values[1] = 11; /* nearer to 20 than to its 1, though hardly */
    assert_int_equal(spread(bed, 2), ISSUE_SPREAD_MANY);
    bed->values[1] = 10; /* nearer to its own */
    assert_int_equal(spread(bed, 2), ISSUE_SPREAD_ONE);
}

static void test_who_has_no_sample_does_not_count(void **state)
{
    struct spread_bed *bed = *state;

    learn(bed);
    bed->values[2] = 20;
    bed->values[0] = 18;
    bed->values[3] = bed->values[4] = NAN; /* one of two */
    assert_int_equal(spread(bed, 2), ISSUE_SPREAD_MANY);
    bed->values[0] = bed->values[1] = NAN;
    assert_int_equal(spread(bed, 2), ISSUE_SPREAD_UNKNOWN);
}

static void test_before_a_median_is_known_the_limit_tells(void **state)
{
    struct spread_bed *bed = *state;

    bed->values[2] = 20;
    bed->values[0] = bed->values[1] = 10.5;
    assert_int_equal(spread(bed, 2), ISSUE_SPREAD_MANY);
    bed->values[1] = 10; /* not above */
    assert_int_equal(spread(bed, 2), ISSUE_SPREAD_ONE);
}

static void test_a_workload_is_many_and_a_loner_unknown(void **state)
{
    struct spread_bed *bed = *state;

    learn(bed);
    assert_int_equal(spread(bed, 6), ISSUE_SPREAD_MANY);
    assert_int_equal(spread(bed, 5), ISSUE_SPREAD_UNKNOWN);
    assert_int_equal(spread(bed, 7), ISSUE_SPREAD_UNKNOWN);
}

/* How far a counter has come tells how old its pod is. */
static void test_a_counter_tells_nothing(void **state)
{
    struct spread_bed *bed = *state;

    learn(bed);
    bed->values[2] = 20;
    assert_int_equal(spread(bed, 2), ISSUE_SPREAD_ONE);
    bed->rules[0].counter = true;
    assert_int_equal(spread(bed, 2), ISSUE_SPREAD_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_sick_pod_is_one, open_bed, close_bed),
        cmocka_unit_test_setup_teardown(test_half_of_the_others_are_many, open_bed, close_bed),
        cmocka_unit_test_setup_teardown(test_who_has_no_sample_does_not_count, open_bed, close_bed),
        cmocka_unit_test_setup_teardown(test_before_a_median_is_known_the_limit_tells, open_bed, close_bed),
        cmocka_unit_test_setup_teardown(test_a_workload_is_many_and_a_loner_unknown, open_bed, close_bed),
        cmocka_unit_test_setup_teardown(test_a_counter_tells_nothing, open_bed, close_bed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
