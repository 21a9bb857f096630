#include "reports/incidents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const IDS[] = {"pod/shop/front-1:m", "pod/shop/cart-1:m", "pod/shop/pay-1:m",
                                  "link/shop/front-cart:m"};
enum { FRONT, CART, PAY, LINK, IDS_COUNT };

static int open_shop(void **state)
{
    struct inventory *inventory = inventory_create();
    for (size_t i = 0; i < IDS_COUNT; i++)
        inventory_add_series(inventory, IDS[i], strlen(IDS[i]));
    inventory_relate(inventory, FRONT, RELATION_CALLS, CART);
    assert_true(inventory_freeze(inventory));
    *state = inventory;
    return 0;
}
static int close_shop(void **state)
{
    inventory_destroy(*state);
    return 0;
}

static struct incident fault(uint32_t resource, enum issue_type type)
{
    return (struct incident){.resource = resource, .type = type, .counted = true, .onset = 100, .end = 200};
}
static struct episode issue(heal_time at, uint32_t resource, enum issue_type type)
{
    return (struct episode){.at = at, .resource = resource, .type = type};
}

static void test_type_resource_and_time_must_be_right(void **state)
{
    struct incident faults[] = {fault(CART, ISSUE_HIGH_CPU)};
    struct episode episodes[] = {issue(110, CART, ISSUE_NETWORK_LATENCY), issue(120, FRONT, ISSUE_HIGH_CPU),
                                 issue(130, CART, ISSUE_HIGH_CPU)};
    incidents_match(faults, 1, episodes, 3, *state, 50, 10);
    assert_int_equal(faults[0].episode, 2);
    assert_int_equal(faults[0].any, 0);
    incidents_match(faults, 1, episodes, 3, *state, 20, 10);
    assert_true(faults[0].episode == SIZE_MAX);
}

static void test_a_link_into_the_pod_tells_of_its_network_alone(void **state)
{
    struct incident faults[] = {fault(CART, ISSUE_NETWORK_LATENCY), fault(CART, ISSUE_HIGH_CPU)};
    struct episode episodes[] = {issue(110, LINK, ISSUE_NETWORK_LATENCY)};
    incidents_match(faults, 2, episodes, 1, *state, 50, 10);
    assert_int_equal(faults[0].episode, 0);
    assert_true(faults[1].episode == SIZE_MAX);
    assert_int_equal(faults[1].any, 0);
    assert_false(episodes[0].is_false);
}

static void test_what_no_fault_explains_is_false_and_suspects_excuse(void **state)
{
    struct incident faults[] = {fault(CART, ISSUE_HIGH_CPU), fault(PAY, ISSUE_NONE)};
    struct episode episodes[] = {issue(99, CART, ISSUE_HIGH_CPU), issue(150, PAY, ISSUE_HIGH_CPU),
                                 issue(210, CART, ISSUE_HIGH_MEMORY), issue(211, CART, ISSUE_HIGH_CPU)};
    faults[1].counted = false;
    incidents_match(faults, 2, episodes, 4, *state, 50, 10);
    assert_true(episodes[0].is_false);
    assert_true(!episodes[1].is_false && episodes[1].on_suspect);
    assert_true(!episodes[2].is_false && !episodes[2].on_suspect);
    assert_true(episodes[3].is_false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_type_resource_and_time_must_be_right, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(test_a_link_into_the_pod_tells_of_its_network_alone, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(test_what_no_fault_explains_is_false_and_suspects_excuse, open_shop,
                                        close_shop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
