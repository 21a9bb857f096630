#include "engine/siblings.h"

#include "engine/test_engine.h"

/* Three pods of one workload, two metrics; a pod of another; a node. */
static struct bed *make_bed(void)
{
    struct bed *bed = bed_create(6, "pod/shop/a-1:cpu_ratio", "pod/shop/a-2:cpu_ratio", "pod/shop/a-3:cpu_ratio",
                                 "pod/shop/a-1:mem_ratio", "pod/shop/b-1:cpu_ratio", "node/-/n:cpu_ratio");
    for (int i = 1; i <= 3; i++) {
        char pod[] = "pod/shop/a-0";
        pod[sizeof pod - 2] = (char)('0' + i);
        bed_relate(bed, pod, RELATION_OWNED_BY, "workload/shop/a");
    }
    bed_relate(bed, "pod/shop/b-1", RELATION_OWNED_BY, "workload/shop/b");
    return bed;
}

static void test_only_the_same_metric_of_the_same_workload_is_asked(void **state)
{
    static const struct baseline_config CONFIG = {.window = HEAL_SECOND, .warm_up = 10};
    struct bed *bed = make_bed();
    double upper, lower;
    (void)state;
    assert_true(inventory_freeze(bed->inventory));
    struct siblings *siblings = siblings_create(bed->inventory);
    struct baseline *baseline = baseline_create(&CONFIG, 6);
    assert_true(siblings && baseline);
    assert_true(siblings_has(siblings, 0) && siblings_has(siblings, 1) && siblings_has(siblings, 2));
    assert_false(siblings_has(siblings, 3) || siblings_has(siblings, 4) || siblings_has(siblings, 5));
    assert_false(siblings_scale(siblings, baseline, 2, &upper, &lower)); /* nobody knows anything yet */
    for (int i = 0; i < 200; i++) { /* a-1 swings by 1, a-2 by 3, b-1 by 100; a-3 is not there */
        double sign = i % 2 ? 1 : -1, frame[6] = {sign, 3 * sign, NAN, 50 * sign, 100 * sign, 1000 * sign};
        baseline_learn(baseline, (heal_time)i * HEAL_SECOND, frame, NULL);
    }
    assert_true(siblings_scale(siblings, baseline, 2, &upper, &lower));
    double first = (double)baseline_upper(baseline)[0], second = (double)baseline_upper(baseline)[1];
    assert_true(first > 0 && fabs(second / first - 3) < 1e-5);
    assert_true(fabs(upper - (first + second) / 2) < 1e-6); /* the median of two */
    baseline_destroy(baseline);
    siblings_destroy(siblings);
    bed_destroy(bed);
}

/* A pod that starts late and is sick ten minutes later, before it has a scale of its own. Seconds from then to its
 * issue, or -1. */
static double late_pod(bool borrows)
{
    struct bed *bed = make_bed();
    struct random_stream stream = random_stream_named(2, "siblings", "noise", 0);
    struct policy_rule *rule = bed_rule(bed, "*cpu_ratio", ISSUE_HIGH_CPU);
    double found = -1;

    rule->baseline = true;
    rule->direction = DIRECTION_UP;
    bed->policy.baseline = (struct policy_baseline){.window = 2 * HEAL_HOUR,
                                                    .warm_up = 10,
                                                    .alarm_probability = 0.001,
                                                    .false_alarms_per_day = 1,
                                                    .siblings = borrows};
    bed_start(bed, 1);
    for (int i = 0; i < 600; i++) {
        bool there = i >= 500, sick = i >= 520;
        for (size_t k = 0; k < 6; k++)
            bed->values[k] = 0.2 + 0.01 * random_normal(&stream);
        bed->values[2] = !there ? (double)NAN : sick ? 0.8 : bed->values[2];
        bed_frame(bed, 30);
        if (bed_count(bed, DECISION_ISSUE_OPENED) > 0 && found < 0)
            found = (i - 520) * 30.0;
        if (!sick)
            assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 0);
    }
    if (found >= 0) {
        assert_int_equal(bed_last(bed, DECISION_ISSUE_OPENED)->series, 2);
        assert_true(bed_last(bed, DECISION_ISSUE_OPENED)->score > 8);
        assert_true(fabs(bed_last(bed, DECISION_ISSUE_OPENED)->reference - 0.2) < 0.05);
    }
    bed_destroy(bed);
    return found;
}

static void test_a_pod_that_is_sick_at_its_start_is_told_early(void **state)
{
    (void)state;
    assert_true(late_pod(true) == 0);
    assert_true(late_pod(false) < 0); /* its trouble is all it ever learns */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_same_metric_of_the_same_workload_is_asked),
        cmocka_unit_test(test_a_pod_that_is_sick_at_its_start_is_told_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
