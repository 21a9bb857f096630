#include "engine/grouping.h"

#include "engine/random.h"
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

/* What depends on what in the shop, as grouping.h has it. */
static const int DEPENDS[][2] = {{FRONT, CART},       {FRONT, PAY},       {CART, STORE},    {PAY, STORE},
                                 {FRONT, FRONT_CART}, {CART, CART_STORE}, {PAY, PAY_STORE}, {FRONT_CART, CART},
                                 {CART_STORE, STORE}, {PAY_STORE, STORE}, {WORKLOAD, FRONT}};

static void measure_depths(int from, int depth[SERIES_COUNT])
{
    for (int i = 0; i < SERIES_COUNT; i++)
        depth[i] = i == from ? 0 : -1;
    for (int far = 0; far < SERIES_COUNT; far++) {
        for (size_t e = 0; e < sizeof DEPENDS / sizeof DEPENDS[0]; e++) {
            if (depth[DEPENDS[e][0]] == far && depth[DEPENDS[e][1]] < 0)
                depth[DEPENDS[e][1]] = far + 1;
        }
    }
}

/* The header's sentence, asked of every issue in the book. */
static struct open_issue *root_plainly(struct shop *shop, int where, enum issue_type type)
{
    struct open_issue *root = NULL;
    int depth[SERIES_COUNT], deepest = 0;

    measure_depths(where, depth);
    for (size_t i = 0; i < issue_book_count(shop->book); i++) {
        struct open_issue *issue = issue_book_at(shop->book, i);
        int at = 0;
        while (shop->resource[at] != issue->resource)
            at++;
        bool links = (where == CART_STORE && at == PAY_STORE) || (where == PAY_STORE && at == CART_STORE);
        int far = links && issue->type == type ? 1 : depth[at];
        if (issue->closed_at != HEAL_TIME_NEVER || at == where || far <= deepest)
            continue;
        deepest = far;
        root = issue;
    }
    return root;
}

static void test_whatever_is_open_the_root_is_the_deepest_and_of_those_the_oldest(void **state)
{
    static const enum issue_type TYPES[] = {ISSUE_NETWORK_LATENCY, ISSUE_HIGH_CPU, ISSUE_POD_CRASH};
    struct shop *shop = *state;
    struct random_stream stream = random_stream_named(3, "grouping_test", "open", 0);
    size_t found = 0;

    for (int round = 0; round < 500; round++) {
        while (issue_book_count(shop->book) > 0)
            issue_book_remove(shop->book, issue_book_at(shop->book, 0));
        for (uint64_t more = random_bits(&stream) % 8; more > 0; more--) {
            int where = (int)(random_bits(&stream) % SERIES_COUNT);
            enum issue_type type = TYPES[random_bits(&stream) % 3];
            if (!issue_book_find(shop->book, shop->resource[where], type))
                open_at(shop, where, type)->closed_at = random_bits(&stream) % 4 ? HEAL_TIME_NEVER : 1;
        }
        for (int where = 0; where < SERIES_COUNT; where++) {
            struct open_issue *root = root_of(shop, where);
            assert_ptr_equal(root, root_plainly(shop, where, ISSUE_NETWORK_LATENCY));
            found += root != NULL;
        }
    }
    assert_true(found > 1000);
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
        cmocka_unit_test_setup_teardown(test_whatever_is_open_the_root_is_the_deepest_and_of_those_the_oldest,
                                        open_shop, close_shop),
        cmocka_unit_test_setup_teardown(test_events_are_taken_callee_first, open_shop, close_shop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
