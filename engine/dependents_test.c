#include "engine/dependents.h"

#include "engine/test_engine.h"

static uint32_t add(struct inventory *inventory, const char *id)
{
    return inventory_add_resource(inventory, id, strlen(id));
}

/* Two pods of a workload on a node; a caller of the workload; something apart. */
static struct inventory *small_world(uint32_t ids[6])
{
    static const char *const IDS[] = {"node/-/n", "workload/s/web", "pod/s/w1", "pod/s/w2", "pod/s/caller", "pod/s/x"};
    struct inventory *inventory = inventory_create();

    for (size_t i = 0; i < 6; i++)
        ids[i] = add(inventory, IDS[i]);
    inventory_relate(inventory, ids[2], RELATION_RUNS_ON, ids[0]);
    inventory_relate(inventory, ids[3], RELATION_RUNS_ON, ids[0]);
    inventory_relate(inventory, ids[2], RELATION_OWNED_BY, ids[1]);
    inventory_relate(inventory, ids[3], RELATION_OWNED_BY, ids[1]);
    inventory_relate(inventory, ids[4], RELATION_CALLS, ids[2]);
    assert_true(inventory_freeze(inventory));
    return inventory;
}

static void test_edges_are_found_from_their_end(void **state)
{
    uint32_t ids[6];
    struct inventory *inventory = small_world(ids);
    struct dependents *dependents = dependents_create(inventory);
    size_t count;

    (void)state;
    const struct dependent *below = dependents_of(dependents, ids[0], &count);
    assert_int_equal(count, 2);
    assert_int_equal(below[0].resource, ids[2]);
    assert_int_equal(below[1].resource, ids[3]);
    assert_int_equal(below[0].relation, RELATION_RUNS_ON);
    dependents_of(dependents, ids[5], &count);
    assert_int_equal(count, 0);
    assert_int_equal(dependents_members(dependents, ids[1]), 2);
    assert_int_equal(dependents_members(dependents, ids[0]), 0);
    dependents_destroy(dependents);
    inventory_destroy(inventory);
}

static void test_impact_counts_all_that_hang_on_it_once(void **state)
{
    uint32_t ids[6];
    struct inventory *inventory = small_world(ids);
    struct dependents *dependents = dependents_create(inventory);

    (void)state;
    assert_int_equal(dependents_count(dependents, ids[0]), 3); /* both pods, and who calls one */
    assert_int_equal(dependents_count(dependents, ids[2]), 1);
    assert_int_equal(dependents_count(dependents, ids[5]), 0);
    assert_true(dependents_impact(dependents, ids[5]) == 0.0);
    assert_true(fabs(dependents_impact(dependents, ids[0]) - log(4.0) / log(6.0)) < 1e-12);
    assert_true(dependents_impact(dependents, ids[0]) > dependents_impact(dependents, ids[2]));
    dependents_destroy(dependents);
    inventory_destroy(inventory);
}

static void test_a_circle_is_walked_once(void **state)
{
    struct inventory *inventory = inventory_create();
    uint32_t a = add(inventory, "pod/s/a"), b = add(inventory, "pod/s/b");

    (void)state;
    inventory_relate(inventory, a, RELATION_CALLS, b);
    inventory_relate(inventory, b, RELATION_CALLS, a);
    assert_true(inventory_freeze(inventory));
    struct dependents *dependents = dependents_create(inventory);
    assert_int_equal(dependents_count(dependents, a), 1);
    assert_true(dependents_impact(dependents, a) == 1.0); /* all the world */
    dependents_destroy(dependents);
    inventory_destroy(inventory);
}

static void test_descent_is_by_where_it_runs_whose_it_is_and_what_it_mounts(void **state)
{
    uint32_t ids[6];
    struct inventory *inventory = small_world(ids);

    (void)state;
    assert_true(hangs_on(inventory, ids[2], ids[0]));
    assert_true(hangs_on(inventory, ids[2], ids[1]));
    assert_true(hangs_on(inventory, ids[2], ids[2]));
    assert_false(hangs_on(inventory, ids[0], ids[2]));
    assert_false(hangs_on(inventory, ids[4], ids[2])); /* a call is no descent */
    inventory_destroy(inventory);
}

static void test_a_world_of_one_has_no_impact(void **state)
{
    struct inventory *inventory = inventory_create();
    uint32_t a = add(inventory, "pod/s/a");

    (void)state;
    assert_true(inventory_freeze(inventory));
    struct dependents *dependents = dependents_create(inventory);
    assert_true(dependents_impact(dependents, a) == 0.0);
    dependents_destroy(dependents);
    dependents_destroy(NULL);
    inventory_destroy(inventory);
}

/* A pod mounts two volumes; the second one's node is above the pod, too. */
static void test_all_targets_of_a_relation_and_any_mix_of_them_are_above(void **state)
{
    struct inventory *inventory = inventory_create();
    static const char *const IDS[] = {"pod/a/p", "volume/a/v1", "volume/a/v2", "node/-/n", "zone/-/z", "pod/a/other"};
    uint32_t r[6], above[ANCESTORS_MAX];

    (void)state;
    for (size_t i = 0; i < 6; i++)
        r[i] = inventory_add_resource(inventory, IDS[i], strlen(IDS[i]));
    inventory_relate(inventory, r[0], RELATION_MOUNTS, r[1]);
    inventory_relate(inventory, r[0], RELATION_MOUNTS, r[2]);
    inventory_relate(inventory, r[2], RELATION_RUNS_ON, r[3]);
    inventory_relate(inventory, r[3], RELATION_RUNS_ON, r[4]);
    inventory_relate(inventory, r[4], RELATION_OWNED_BY, r[0]); /* a circle */
    inventory_relate(inventory, r[0], RELATION_CALLS, r[5]);
    assert_true(inventory_freeze(inventory));
    assert_int_equal(ancestors_of(inventory, r[0], above, ANCESTORS_MAX), 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(above[i], r[i + 1]); /* the nearer first */
    assert_int_equal(ancestors_of(inventory, r[0], above, 2), 2);
    for (size_t i = 1; i < 5; i++)
        assert_true(hangs_on(inventory, r[0], r[i]));
    assert_false(hangs_on(inventory, r[0], r[5])); /* a call is no descent */
    assert_false(hangs_on(inventory, r[5], r[0]));
    inventory_destroy(inventory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges_are_found_from_their_end),
        cmocka_unit_test(test_impact_counts_all_that_hang_on_it_once),
        cmocka_unit_test(test_a_circle_is_walked_once),
        cmocka_unit_test(test_descent_is_by_where_it_runs_whose_it_is_and_what_it_mounts),
        cmocka_unit_test(test_a_world_of_one_has_no_impact),
        cmocka_unit_test(test_all_targets_of_a_relation_and_any_mix_of_them_are_above),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
