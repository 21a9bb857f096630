#include "engine/inventory.h"

#include "engine/arena.h"
#include "engine/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int create(void **state)
{
    *state = inventory_create();
    return *state == NULL;
}

static int destroy(void **state)
{
    inventory_destroy(*state);
    return 0;
}

static uint32_t series(struct inventory *inventory, const char *id)
{
    return inventory_add_series(inventory, id, strlen(id));
}

static uint32_t resource(struct inventory *inventory, const char *id)
{
    return inventory_add_resource(inventory, id, strlen(id));
}

static void test_numbers_follow_the_order_of_addition(void **state)
{
    struct inventory *inventory = *state;
    assert_int_equal(series(inventory, "pod/shop/a:cpu_utilization_ratio"), 0);
    assert_int_equal(series(inventory, "pod/shop/b:cpu_utilization_ratio"), 1);
    assert_int_equal(series(inventory, "pod/shop/a:memory_used_bytes"), 2);
    assert_int_equal(resource(inventory, "node/-/n1"), 2);
    assert_int_equal(resource(inventory, "pod/shop/b"), 1);
    assert_int_equal(inventory_resource_count(inventory), 3);
    assert_int_equal(inventory_series_count(inventory), 3);
    assert_string_equal(inventory_series_metric(inventory, 2), "memory_used_bytes");
    assert_int_equal(inventory_series_resource(inventory, 2), 0);
    assert_string_equal(inventory_resource_id(inventory, 1), "pod/shop/b");
    assert_string_equal(inventory_series_id(inventory, 1), "pod/shop/b:cpu_utilization_ratio");
}

static void test_a_series_is_added_once_and_found(void **state)
{
    struct inventory *inventory = *state;
    assert_int_equal(series(inventory, "pod/shop/a:x"), 0);
    assert_int_equal(series(inventory, "pod/shop/a:x"), SERIES_NONE);
    assert_int_equal(inventory_find_series(inventory, "pod/shop/a:x!", 12), 0);
    assert_int_equal(inventory_find_series(inventory, "pod/shop/a:y", 12), SERIES_NONE);
    assert_int_equal(inventory_find_resource(inventory, "pod/shop/a:x", 10), 0);
    assert_int_equal(inventory_find_resource(inventory, "pod/shop/a", 9), RESOURCE_NONE);
}

static void test_malformed_ids_are_refused(void **state)
{
    static const char *const wrong[] = {"",           "pod",           "pod/shop",    "pod/shop/",   "/shop/a",
                                        "pod//a",     "pod/shop/a/b",  "pod/sh op/a", "pod/shop/a:", "pod/shop/a\t",
                                        "pod/s/\xff", "pod/s/\xc2\x80"};
    struct inventory *inventory = *state;
    char longest[SERIES_ID_MAX + 2];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(resource(inventory, wrong[i]), RESOURCE_NONE);
        assert_int_equal(series(inventory, wrong[i]), SERIES_NONE);
    }
    assert_int_equal(series(inventory, "pod/shop/a:b c"), SERIES_NONE);
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "pod/s/n:", 8);
    assert_int_equal(inventory_add_series(inventory, longest, SERIES_ID_MAX + 1), SERIES_NONE);
    assert_int_equal(inventory_add_series(inventory, longest, SERIES_ID_MAX), 0);
    assert_int_equal(series(inventory, "pod/\xc3\xa9t\xc3\xa9/n:job:rate5m"), 1);
    assert_string_equal(inventory_series_metric(inventory, 1), "job:rate5m");
}

static void test_series_of_a_resource_are_ascending(void **state)
{
    struct inventory *inventory = *state;
    size_t count;
    series(inventory, "pod/s/a:1");
    resource(inventory, "pod/s/bare");
    series(inventory, "pod/s/b:1");
    series(inventory, "pod/s/a:2");
    series(inventory, "pod/s/b:2");
    series(inventory, "pod/s/a:3");
    assert_true(inventory_freeze(inventory));
    const uint32_t *of_a = inventory_resource_series(inventory, 0, &count);
    assert_int_equal(count, 3);
    assert_int_equal(of_a[0], 0);
    assert_int_equal(of_a[1], 2);
    assert_int_equal(of_a[2], 4);
    inventory_resource_series(inventory, 1, &count);
    assert_int_equal(count, 0);
    const uint32_t *of_b = inventory_resource_series(inventory, 2, &count);
    assert_int_equal(count, 2);
    assert_int_equal(of_b[1], 3);
}

static void test_frozen_means_nothing_is_added(void **state)
{
    struct inventory *inventory = *state;
    assert_int_equal(resource(inventory, "pod/s/a"), 0);
    assert_true(inventory_freeze(inventory));
    assert_true(inventory_freeze(inventory));
    assert_int_equal(resource(inventory, "pod/s/b"), RESOURCE_NONE);
    assert_int_equal(resource(inventory, "pod/s/a"), RESOURCE_NONE);
    assert_int_equal(series(inventory, "pod/s/a:x"), SERIES_NONE);
    assert_false(inventory_relate(inventory, 0, RELATION_CALLS, 0));
}

static void test_edges_are_sorted_and_count_once(void **state)
{
    struct inventory *inventory = *state;
    uint32_t pod = resource(inventory, "pod/s/a");
    uint32_t node = resource(inventory, "node/-/n");
    uint32_t workload = resource(inventory, "workload/s/a");
    uint32_t lone = resource(inventory, "pod/s/lone");
    size_t count;
    assert_true(inventory_relate(inventory, pod, RELATION_OWNED_BY, workload));
    assert_true(inventory_relate(inventory, pod, RELATION_RUNS_ON, node));
    assert_true(inventory_relate(inventory, pod, RELATION_OWNED_BY, workload));
    assert_false(inventory_relate(inventory, pod, RELATION_CALLS, 99));
    assert_true(inventory_freeze(inventory));
    const struct inventory_edge *edges = inventory_edges(inventory, &count);
    assert_int_equal(count, 2);
    assert_int_equal(edges[0].relation, RELATION_RUNS_ON);
    assert_int_equal(inventory_target(inventory, pod, RELATION_RUNS_ON), node);
    assert_int_equal(inventory_target(inventory, pod, RELATION_OWNED_BY), workload);
    assert_int_equal(inventory_target(inventory, pod, RELATION_MOUNTS), RESOURCE_NONE);
    assert_int_equal(inventory_target(inventory, lone, RELATION_RUNS_ON), RESOURCE_NONE);
    assert_true(inventory_related(inventory, node, pod));
    assert_true(inventory_related(inventory, pod, workload));
    assert_true(inventory_related(inventory, lone, lone));
    assert_false(inventory_related(inventory, node, workload));
    assert_false(inventory_related(inventory, lone, pod));
}

static void test_a_link_calls_the_one_resource_that_bears_its_end(void **state)
{
    struct inventory *inventory = *state;
    uint32_t cart = resource(inventory, "pod/shop/cart-service-579f-wc2");
    resource(inventory, "pod/other/cart-service-579f-wc2");
    resource(inventory, "pod/shop/web-1");
    resource(inventory, "pod/shop/web-2");
    uint32_t web = resource(inventory, "workload/shop/web");
    uint32_t database = resource(inventory, "database/shop/orders");
    resource(inventory, "pod/shop/cart-servicex");
    uint32_t to_cart = resource(inventory, "link/shop/front-end-cart-service");
    uint32_t to_web = resource(inventory, "link/shop/front-end-web");
    uint32_t to_orders = resource(inventory, "link/shop/cart-orders");
    uint32_t to_nobody = resource(inventory, "link/shop/cart-billing");
    uint32_t odd = resource(inventory, "link/shop/cart-");
    assert_true(inventory_freeze(inventory));
    assert_int_equal(inventory_target(inventory, to_cart, RELATION_CALLS), cart);
    assert_int_equal(inventory_target(inventory, to_web, RELATION_CALLS), web);
    assert_int_equal(inventory_target(inventory, to_orders, RELATION_CALLS), database);
    assert_int_equal(inventory_target(inventory, to_nobody, RELATION_CALLS), RESOURCE_NONE);
    assert_int_equal(inventory_target(inventory, odd, RELATION_CALLS), RESOURCE_NONE);
}

static void test_a_full_house_is_numbered_and_found(void **state)
{
    struct inventory *inventory = *state;
    char id[64];
    for (uint32_t i = 0; i < SERIES_MAX; i++) {
        int length = snprintf(id, sizeof id, "pod/s/p%u:m%u", i / 8, i % 8);
        if (inventory_add_series(inventory, id, (size_t)length) != i)
            fail_msg("series %u", i);
    }
    assert_int_equal(series(inventory, "pod/s/one-more:m"), SERIES_NONE);
    assert_true(inventory_freeze(inventory));
    for (uint32_t i = 0; i < SERIES_MAX; i += 997) {
        int length = snprintf(id, sizeof id, "pod/s/p%u:m%u", i / 8, i % 8);
        assert_int_equal(inventory_find_series(inventory, id, (size_t)length), i);
    }
}

static void test_relations_have_names(void **state)
{
    enum relation relation;
    (void)state;
    for (int i = 0; i < RELATION_COUNT; i++) {
        assert_true(relation_parse(relation_name((enum relation)i), &relation));
        assert_int_equal(relation, i);
    }
    assert_string_equal(relation_name(RELATION_RUNS_ON), "runs_on");
    assert_false(relation_parse("loves", &relation));
}

static void test_arena_memory_is_zeroed_apart_and_bounded(void **state)
{
    struct arena *arena = arena_create();
    (void)state;
    assert_non_null(arena);
    unsigned char *small = arena_alloc(arena, 24);
    unsigned char *large = arena_alloc(arena, 1 << 20);
    char *text = arena_text(arena, "abcdef", 3);
    assert_non_null(small);
    assert_non_null(large);
    assert_string_equal(text, "abc");
    memset(small, 0xff, 24);
    for (size_t i = 0; i < 1 << 20; i++)
        assert_int_equal(large[i], 0);
    assert_int_equal((uintptr_t)arena_alloc(arena, 1) % sizeof(double), 0);
    assert_null(arena_array(arena, SIZE_MAX / 2, 3));
    assert_null(arena_alloc(arena, SIZE_MAX - 8));
    arena_destroy(arena);
    arena_destroy(NULL);
}

static void test_only_well_formed_utf8_passes(void **state)
{
    static const char *const wrong[] = {"\x80",         "\xc0\xaf",         "\xc3",     "\xe0\x80\xaf",
                                        "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88", "\xe2\x82"};
    (void)state;
    const char *right = "plain ascii, \xc3\xa9, \xe2\x82\xac, \xf0\x9f\x98\x80";
    assert_int_equal(utf8_prefix(right, strlen(right)), strlen(right));
    assert_true(utf8_printable(right, strlen(right)));
    assert_false(utf8_printable("a\x7f", 2));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[32];
        int length = snprintf(text, sizeof text, "0123456789%s", wrong[i]);
        assert_int_equal(utf8_prefix(text, (size_t)length), 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_numbers_follow_the_order_of_addition, create, destroy),
        cmocka_unit_test_setup_teardown(test_a_series_is_added_once_and_found, create, destroy),
        cmocka_unit_test_setup_teardown(test_malformed_ids_are_refused, create, destroy),
        cmocka_unit_test_setup_teardown(test_series_of_a_resource_are_ascending, create, destroy),
        cmocka_unit_test_setup_teardown(test_frozen_means_nothing_is_added, create, destroy),
        cmocka_unit_test_setup_teardown(test_edges_are_sorted_and_count_once, create, destroy),
        cmocka_unit_test_setup_teardown(test_a_link_calls_the_one_resource_that_bears_its_end, create, destroy),
        cmocka_unit_test_setup_teardown(test_a_full_house_is_numbered_and_found, create, destroy),
        cmocka_unit_test(test_relations_have_names),
        cmocka_unit_test(test_arena_memory_is_zeroed_apart_and_bounded),
        cmocka_unit_test(test_only_well_formed_utf8_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
