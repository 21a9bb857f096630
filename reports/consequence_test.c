/* consequence_test.c - what a fault brought about, and what it did not.
 *
 * Resources: 0 node, 1 pod on it, 2 the pod's workload, 3 a caller of it, 4 its
 * database, 5 something else. */
#include "reports/consequence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct depends_edge EDGES[] = {{1, 0}, {1, 2}, {2, 1}, {3, 2}, {2, 4}};
enum { EDGE_COUNT = sizeof EDGES / sizeof EDGES[0], RESOURCES = 6 };

static struct match_fault fault(uint32_t resource)
{
    return (struct match_fault){
        .resource = resource, .counted = true, .onset = 100, .end = 200, .until = 260, .issue = MATCH_NONE};
}

static struct match_issue issue(uint32_t resource, heal_time opened_at)
{
    return (struct match_issue){
        .resource = resource, .opened_at = opened_at, .verdict = VERDICT_FALSE, .fault = MATCH_NONE};
}

static enum verdict verdict(uint32_t broken, uint32_t noticed, heal_time at)
{
    struct match_fault faults[] = {fault(broken)};
    struct match_issue issues[] = {issue(noticed, at)};

    assert_true(consequence_run(faults, 1, issues, 1, EDGES, EDGE_COUNT, RESOURCES));
    assert_int_equal(faults[0].issue, issues[0].verdict == VERDICT_CONSEQUENCE ? 0 : MATCH_NONE);
    return issues[0].verdict;
}

static void test_a_fault_spreads_to_what_depends_on_it(void **state)
{
    (void)state;
    for (uint32_t r = 0; r < RESOURCES; r++) {
        assert_int_equal(verdict(0, r, 150), r <= 3 ? VERDICT_CONSEQUENCE : VERDICT_FALSE);           /* the node */
        assert_int_equal(verdict(4, r, 150), r >= 1 && r <= 4 ? VERDICT_CONSEQUENCE : VERDICT_FALSE); /* database */
        assert_int_equal(verdict(3, r, 150), r == 3 ? VERDICT_CONSEQUENCE : VERDICT_FALSE);           /* the caller */
    }
}

static void test_only_while_the_fault_stands(void **state)
{
    (void)state;
    assert_int_equal(verdict(0, 3, 99), VERDICT_FALSE);
    assert_int_equal(verdict(0, 3, 100), VERDICT_CONSEQUENCE);
    assert_int_equal(verdict(0, 3, 260), VERDICT_CONSEQUENCE);
    assert_int_equal(verdict(0, 3, 261), VERDICT_FALSE);
}

static void test_not_in_another_replication(void **state)
{
    (void)state;
    struct match_fault faults[] = {fault(0), fault(0)};
    struct match_issue issues[] = {issue(3, 150), issue(3, 150), issue(3, 150)};

    faults[1].replication = 2;
    for (uint32_t i = 0; i < 3; i++)
        issues[i].replication = i;
    assert_true(consequence_run(faults, 2, issues, 3, EDGES, EDGE_COUNT, RESOURCES));
    assert_int_equal(issues[0].verdict, VERDICT_CONSEQUENCE);
    assert_int_equal(issues[1].verdict, VERDICT_FALSE);
    assert_int_equal(issues[2].verdict, VERDICT_CONSEQUENCE);
    assert_int_equal(faults[1].issue, 2);
}

static void test_what_was_matched_stays_as_it_is(void **state)
{
    (void)state;
    struct match_fault faults[] = {fault(0)};
    struct match_issue issues[] = {issue(3, 150), issue(1, 160)};

    issues[1].verdict = VERDICT_HIT;
    faults[0].issue = 1;
    assert_true(consequence_run(faults, 1, issues, 2, EDGES, EDGE_COUNT, RESOURCES));
    assert_int_equal(issues[0].verdict, VERDICT_CONSEQUENCE);
    assert_int_equal(issues[1].verdict, VERDICT_HIT);
    assert_int_equal(faults[0].issue, 1);
}

static void test_resources_that_nobody_watches_are_no_trouble(void **state)
{
    (void)state;
    assert_int_equal(verdict(RESOURCE_NONE, 3, 150), VERDICT_FALSE);
    assert_int_equal(verdict(0, RESOURCE_NONE, 150), VERDICT_FALSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fault_spreads_to_what_depends_on_it),
        cmocka_unit_test(test_only_while_the_fault_stands),
        cmocka_unit_test(test_not_in_another_replication),
        cmocka_unit_test(test_what_was_matched_stays_as_it_is),
        cmocka_unit_test(test_resources_that_nobody_watches_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
