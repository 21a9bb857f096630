/* When a workload was last changed by others: what counts as a change, whose it is, and until when. */
#include "engine/changes.h"

#include "engine/test_engine.h"

enum { REVISION, OTHER, SERIES_COUNT_HERE };

struct changes_bed {
    struct policy policy;
    struct policy_rule rules[1];
    struct inventory *inventory;
    struct changes *changes;
    uint32_t workload, pod, stranger;
    heal_time now;
};

static void open_bed(struct changes_bed *bed)
{
    memset(bed, 0, sizeof *bed);
    bed->rules[0] = test_rule("*:revision", ISSUE_NONE);
    bed->rules[0].change = true;
    bed->policy = test_policy(bed->rules, 1);
    bed->inventory = inventory_create();
    inventory_add_series(bed->inventory, "workload/s/w:revision", 21);
    inventory_add_series(bed->inventory, "workload/s/w:other", 18);
    bed->workload = inventory_find_resource(bed->inventory, "workload/s/w", 12);
    bed->pod = inventory_add_resource(bed->inventory, "pod/s/w-1", 9);
    bed->stranger = inventory_add_resource(bed->inventory, "pod/s/x", 7);
    inventory_relate(bed->inventory, bed->pod, RELATION_OWNED_BY, bed->workload);
    assert_true(inventory_freeze(bed->inventory));
    bed->changes = changes_create(&bed->policy, bed->inventory);
    assert_non_null(bed->changes);
}

static void close_bed(struct changes_bed *bed)
{
    changes_destroy(bed->changes);
    inventory_destroy(bed->inventory);
}

static void frame(struct changes_bed *bed, heal_duration passed, double revision)
{
    double values[SERIES_COUNT_HERE] = {[REVISION] = revision, [OTHER] = (double)(bed->now / HEAL_SECOND)};

    bed->now += passed;
    changes_frame(bed->changes, bed->now, values);
}

static void act(struct changes_bed *bed, enum action_kind kind, uint32_t target)
{
    changes_note_action(bed->changes, bed->now, &(struct action){.kind = kind, .target = target});
}

static heal_time last(const struct changes_bed *bed, uint32_t resource)
{
    return changes_last(bed->changes, resource, bed->now);
}

static void test_a_new_value_is_a_change_and_the_first_is_none(void **state)
{
    struct changes_bed bed;

    (void)state;
    open_bed(&bed);
    frame(&bed, HEAL_MINUTE, 4);
    frame(&bed, HEAL_MINUTE, 4); /* the other series moves, and says nothing */
    assert_true(last(&bed, bed.workload) == HEAL_TIME_NEVER);
    frame(&bed, HEAL_MINUTE, NAN);
    frame(&bed, HEAL_MINUTE, 4); /* a gap is none */
    assert_true(last(&bed, bed.workload) == HEAL_TIME_NEVER);
    frame(&bed, HEAL_MINUTE, 5);
    heal_time changed = bed.now;
    frame(&bed, HEAL_MINUTE, 5);
    assert_true(last(&bed, bed.workload) == changed);
    assert_true(last(&bed, bed.pod) == changed); /* it is a change of its pods */
    assert_true(last(&bed, bed.stranger) == HEAL_TIME_NEVER);
    close_bed(&bed);
}

static void test_a_change_that_came_after_is_none(void **state)
{
    struct changes_bed bed;

    (void)state;
    open_bed(&bed);
    frame(&bed, HEAL_MINUTE, 1);
    frame(&bed, HEAL_MINUTE, 2);
    assert_true(changes_last(bed.changes, bed.pod, bed.now) == bed.now);
    assert_true(changes_last(bed.changes, bed.pod, bed.now - 1) == HEAL_TIME_NEVER);
    close_bed(&bed);
}

static void test_what_the_healer_rolls_out_is_its_own(void **state)
{
    static const enum action_kind KINDS[] = {ACTION_RAISE_MEMORY_LIMIT, ACTION_PATCH_ROLLING,
                                             ACTION_ROLL_FORWARD_REVISION};

    (void)state;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        struct changes_bed bed;
        open_bed(&bed);
        frame(&bed, HEAL_MINUTE, 1);
        act(&bed, KINDS[i], bed.pod); /* done to the pod, written into its workload */
        frame(&bed, OWN_CHANGE_FOR, 2);
        assert_true(last(&bed, bed.workload) == HEAL_TIME_NEVER);
        frame(&bed, HEAL_SECOND, 3); /* so late it is somebody else's */
        assert_true(last(&bed, bed.workload) == bed.now);
        close_bed(&bed);
    }
}

static void test_a_restarted_pod_makes_no_revision_a_restarted_workload_does(void **state)
{
    struct changes_bed bed;

    (void)state;
    open_bed(&bed);
    frame(&bed, HEAL_MINUTE, 1);
    act(&bed, ACTION_RESTART_POD, bed.pod);
    act(&bed, ACTION_PAGE_OPERATOR, bed.workload);
    frame(&bed, HEAL_MINUTE, 2);
    assert_true(last(&bed, bed.workload) == bed.now);
    heal_time before = bed.now;
    act(&bed, ACTION_RESTART_POD, bed.workload);
    frame(&bed, HEAL_MINUTE, 3);
    assert_true(last(&bed, bed.workload) == before);
    close_bed(&bed);
}

static void test_a_way_back_forgets_the_change(void **state)
{
    struct changes_bed bed;

    (void)state;
    open_bed(&bed);
    frame(&bed, HEAL_MINUTE, 1);
    frame(&bed, HEAL_MINUTE, 2);
    act(&bed, ACTION_ROLL_BACK_REVISION, bed.workload);
    assert_true(last(&bed, bed.pod) == HEAL_TIME_NEVER);
    frame(&bed, HEAL_MINUTE, 1); /* what it does shows, and is its own */
    assert_true(last(&bed, bed.pod) == HEAL_TIME_NEVER);
    close_bed(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_value_is_a_change_and_the_first_is_none),
        cmocka_unit_test(test_a_change_that_came_after_is_none),
        cmocka_unit_test(test_what_the_healer_rolls_out_is_its_own),
        cmocka_unit_test(test_a_restarted_pod_makes_no_revision_a_restarted_workload_does),
        cmocka_unit_test(test_a_way_back_forgets_the_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
