/* When a person is called though remedies succeed, and that one issue rings once. */
#include "engine/comebacks.h"

#include "engine/test_engine.h"

struct comebacks_bed {
    struct policy policy;
    struct inventory *inventory;
    struct comebacks *comebacks;
    uint32_t pods[4]; /* the last is of another workload */
};

static void open_bed(struct comebacks_bed *bed)
{
    static const char *const IDS[] = {"pod/s/1", "pod/s/2", "pod/s/3", "pod/s/other", "workload/s/w"};
    uint32_t ids[5];

    memset(bed, 0, sizeof *bed);
    bed->policy = test_policy(NULL, 0);
    bed->policy.guards.comebacks_resource = 2;
    bed->policy.guards.comebacks_workload = 3;
    bed->policy.guards.comebacks_within = 6 * HEAL_HOUR;
    bed->policy.guards.call_again = HEAL_HOUR;
    bed->inventory = inventory_create();
    for (size_t i = 0; i < 5; i++)
        ids[i] = inventory_add_resource(bed->inventory, IDS[i], strlen(IDS[i]));
    for (size_t i = 0; i < 3; i++)
        inventory_relate(bed->inventory, ids[i], RELATION_OWNED_BY, ids[4]);
    memcpy(bed->pods, ids, sizeof bed->pods);
    assert_true(inventory_freeze(bed->inventory));
    bed->comebacks = comebacks_create(&bed->policy, bed->inventory);
    assert_non_null(bed->comebacks);
}

static void close_bed(struct comebacks_bed *bed)
{
    comebacks_destroy(bed->comebacks);
    inventory_destroy(bed->inventory);
}

static bool many(const struct comebacks_bed *bed, size_t pod, enum issue_type type, heal_time now)
{
    return comebacks_are_many(bed->comebacks, bed->pods[pod], type, now, now);
}

static void test_the_same_trouble_on_the_same_resource_counts(void **state)
{
    struct comebacks_bed bed;

    (void)state;
    open_bed(&bed);
    comebacks_note(bed.comebacks, bed.pods[0], ISSUE_HIGH_MEMORY, 0);
    assert_false(many(&bed, 0, ISSUE_HIGH_MEMORY, HEAL_HOUR));
    comebacks_note(bed.comebacks, bed.pods[0], ISSUE_HIGH_MEMORY, HEAL_HOUR);
    assert_true(many(&bed, 0, ISSUE_HIGH_MEMORY, 2 * HEAL_HOUR));
    assert_false(many(&bed, 0, ISSUE_HIGH_CPU, 2 * HEAL_HOUR));
    assert_false(many(&bed, 1, ISSUE_HIGH_MEMORY, 2 * HEAL_HOUR));
    assert_false(many(&bed, 3, ISSUE_HIGH_MEMORY, 2 * HEAL_HOUR));
    assert_false(many(&bed, 0, ISSUE_HIGH_MEMORY, 6 * HEAL_HOUR)); /* the first is forgotten */
    close_bed(&bed);
}

static void test_what_one_issue_had_tried_already_does_not_count(void **state)
{
    struct comebacks_bed bed;

    (void)state;
    open_bed(&bed);
    for (int i = 1; i <= 5; i++)
        comebacks_note(bed.comebacks, bed.pods[0], ISSUE_POD_CRASH, i * HEAL_MINUTE);
    assert_false(comebacks_are_many(bed.comebacks, bed.pods[0], ISSUE_POD_CRASH, HEAL_MINUTE, HEAL_HOUR));
    assert_false(comebacks_are_many(bed.comebacks, bed.pods[0], ISSUE_POD_CRASH, 2 * HEAL_MINUTE, HEAL_HOUR));
    assert_true(comebacks_are_many(bed.comebacks, bed.pods[0], ISSUE_POD_CRASH, 3 * HEAL_MINUTE, HEAL_HOUR));
    close_bed(&bed);
}

static void test_a_few_pods_of_one_workload_count_at_once(void **state)
{
    struct comebacks_bed bed;

    (void)state;
    open_bed(&bed);
    for (size_t i = 0; i < 3; i++) {
        assert_false(many(&bed, 0, ISSUE_HIGH_MEMORY, HEAL_SECOND));
        comebacks_note(bed.comebacks, bed.pods[i], ISSUE_HIGH_MEMORY, 0);
    }
    assert_true(many(&bed, 1, ISSUE_HIGH_MEMORY, HEAL_SECOND));
    assert_false(many(&bed, 3, ISSUE_HIGH_MEMORY, HEAL_SECOND));
    close_bed(&bed);
}

static void test_nothing_counts_where_the_policy_says_0(void **state)
{
    struct comebacks_bed bed;

    (void)state;
    open_bed(&bed);
    bed.policy.guards.comebacks_resource = bed.policy.guards.comebacks_workload = 0;
    for (int i = 0; i < 10; i++)
        comebacks_note(bed.comebacks, bed.pods[0], ISSUE_HIGH_MEMORY, 0);
    assert_false(many(&bed, 0, ISSUE_HIGH_MEMORY, HEAL_HOUR));
    close_bed(&bed);
}

static void test_one_issue_rings_once_in_call_again(void **state)
{
    struct comebacks_bed bed;

    (void)state;
    open_bed(&bed);
    assert_true(comebacks_may_call(bed.comebacks, bed.pods[0], ISSUE_HIGH_CPU, 0));
    assert_false(comebacks_may_call(bed.comebacks, bed.pods[0], ISSUE_HIGH_CPU, HEAL_HOUR - 1));
    assert_true(comebacks_may_call(bed.comebacks, bed.pods[0], ISSUE_HIGH_MEMORY, HEAL_HOUR - 1));
    assert_true(comebacks_may_call(bed.comebacks, bed.pods[1], ISSUE_HIGH_CPU, HEAL_HOUR - 1));
    assert_true(comebacks_may_call(bed.comebacks, bed.pods[0], ISSUE_HIGH_CPU,
                                   HEAL_HOUR)); /* from the call, not the question */
    bed.policy.guards.call_again = 0;
    assert_true(comebacks_may_call(bed.comebacks, bed.pods[0], ISSUE_HIGH_CPU, HEAL_HOUR));
    close_bed(&bed);
}

/* The rings hold the newest: what is older than they are long is forgotten, nothing else. */
static void test_the_rings_forget_the_oldest(void **state)
{
    struct comebacks_bed bed;

    (void)state;
    open_bed(&bed);
    comebacks_note(bed.comebacks, bed.pods[0], ISSUE_HIGH_CPU, 0);
    comebacks_note(bed.comebacks, bed.pods[0], ISSUE_HIGH_CPU, 0);
    for (int i = 0; i < COMEBACKS_MAX - 2; i++)
        comebacks_note(bed.comebacks, bed.pods[3], ISSUE_HIGH_CPU, 0);
    assert_true(many(&bed, 0, ISSUE_HIGH_CPU, HEAL_HOUR));
    comebacks_note(bed.comebacks, bed.pods[3], ISSUE_HIGH_CPU, 0);
    assert_false(many(&bed, 0, ISSUE_HIGH_CPU, HEAL_HOUR));
    close_bed(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_trouble_on_the_same_resource_counts),
        cmocka_unit_test(test_what_one_issue_had_tried_already_does_not_count),
        cmocka_unit_test(test_a_few_pods_of_one_workload_count_at_once),
        cmocka_unit_test(test_nothing_counts_where_the_policy_says_0),
        cmocka_unit_test(test_one_issue_rings_once_in_call_again),
        cmocka_unit_test(test_the_rings_forget_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
