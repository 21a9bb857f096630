#include "engine/grouping.h"

#include "engine/test_engine.h"

/* A shop: front calls cart and pay, both call store; links beside the calls. */
static const char *const SERIES[] = {"pod/shop/front-1:latency_seconds",     "pod/shop/cart-1:latency_seconds",
                                     "pod/shop/pay-1:latency_seconds",       "pod/shop/store-1:cpu_ratio",
                                     "link/shop/front-cart:latency_seconds", "link/shop/cart-store:latency_seconds",
                                     "link/shop/pay-store:latency_seconds",  "workload/shop/front:success_ratio",
                                     "pod/other/store-1:latency_seconds"};
enum { FRONT, CART, PAY, STORE, FRONT_CART, CART_STORE, PAY_STORE, WORKLOAD, STRANGER, SERIES_COUNT };

struct shop {
    struct inventory *inventory;
    struct grouping *grouping;
    struct issue_book *book;
    uint32_t resource[SERIES_COUNT];
};

static int open_shop(void **state)
{
    struct shop *shop = calloc(1, sizeof *shop);
    assert_non_null(shop);
    shop->inventory = inventory_create();
    for (size_t i = 0; i < SERIES_COUNT; i++) {
        uint32_t series = inventory_add_series(shop->inventory, SERIES[i], strlen(SERIES[i]));
        shop->resource[i] = inventory_series_resource(shop->inventory, series);
    }
    inventory_relate(shop->inventory, shop->resource[FRONT], RELATION_CALLS, shop->resource[CART]);
    inventory_relate(shop->inventory, shop->resource[FRONT], RELATION_CALLS, shop->resource[PAY]);
    inventory_relate(shop->inventory, shop->resource[CART], RELATION_CALLS, shop->resource[STORE]);
    inventory_relate(shop->inventory, shop->resource[PAY], RELATION_CALLS, shop->resource[STORE]);
    assert_true(inventory_freeze(shop->inventory));
    shop->grouping = grouping_create(shop->inventory);
    shop->book = issue_book_create(shop->inventory);
    assert_non_null(shop->grouping);
    assert_non_null(shop->book);
    *state = shop;
    return 0;
}

static int close_shop(void **state)
{
    struct shop *shop = *state;
    grouping_destroy(shop->grouping);
    issue_book_destroy(shop->book);
    inventory_destroy(shop->inventory);
    free(shop);
    return 0;
}

static struct open_issue *open_at(struct shop *shop, int where, enum issue_type type)
{
    struct open_issue *issue = issue_book_open(shop->book, shop->resource[where], type);
    assert_non_null(issue);
    return issue;
}

static struct open_issue *root_of(struct shop *shop, int where)
{
    return grouping_root(shop->grouping, shop->book, shop->resource[where], ISSUE_NETWORK_LATENCY);
}

static void test_every_caller_up_to_the_front_echoes_the_busy_callee(void **state)
{
    struct shop *shop = *state;
    struct open_issue *busy = open_at(shop, STORE, ISSUE_HIGH_CPU);
    for (int where = 0; where < STRANGER; where++) {
        if (where != STORE)
            assert_ptr_equal(root_of(shop, where), busy);
    }
    assert_null(root_of(shop, STORE));
    assert_null(root_of(shop, STRANGER));
}

static void test_links_into_one_callee_are_one_trouble(void **state)
{
    struct shop *shop = *state;
    struct open_issue *first = open_at(shop, CART_STORE, ISSUE_NETWORK_LATENCY);
    assert_ptr_equal(root_of(shop, PAY_STORE), first);
    assert_ptr_equal(root_of(shop, CART), first);
    assert_ptr_equal(root_of(shop, FRONT_CART), first);
    assert_null(root_of(shop, PAY));
    assert_null(root_of(shop, STORE));
}

static void test_trouble_of_a_caller_is_no_root(void **state)
{
    struct shop *shop = *state;
    open_at(shop, FRONT, ISSUE_HIGH_CPU);
    assert_null(root_of(shop, CART));
    assert_null(root_of(shop, PAY_STORE));
}

static void test_the_deepest_open_issue_is_the_root(void **state)
{
    struct shop *shop = *state;
    open_at(shop, CART, ISSUE_HIGH_CPU);
    struct open_issue *deep = open_at(shop, STORE, ISSUE_HIGH_CPU);
    assert_ptr_equal(root_of(shop, WORKLOAD), deep);
    deep->closed_at = 1;
    assert_true(root_of(shop, WORKLOAD) != deep);
}

static void test_events_are_taken_callee_first(void **state)
{
    struct shop *shop = *state;
    struct detector_event events[SERIES_COUNT] = {0};
    for (uint32_t i = 0; i < SERIES_COUNT; i++)
        events[i].series = i;
    const uint32_t *order = grouping_order(shop->grouping, events, SERIES_COUNT);
    bool met[SERIES_COUNT] = {false};
    size_t at[SERIES_COUNT];
    for (size_t i = 0; i < SERIES_COUNT; i++) {
        assert_false(met[order[i]]);
        met[order[i]] = true;
        at[order[i]] = i;
    }
    assert_true(at[STORE] < at[CART_STORE] && at[CART_STORE] < at[CART] && at[CART] < at[FRONT_CART] &&
                at[FRONT_CART] < at[FRONT] && at[FRONT] < at[WORKLOAD]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_caller_up_to_the_front_echoes_the_busy_callee, open_shop,
                                        close_shop),
        cmocka_unit_test_setup_teardown(test_links_into_one_callee_are_one_trouble, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(test_trouble_of_a_caller_is_no_root, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(test_the_deepest_open_issue_is_the_root, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(test_events_are_taken_callee_first, open_shop, close_shop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
