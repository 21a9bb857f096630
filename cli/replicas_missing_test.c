/* replicas_missing_test.c - a workload that lacks replicas, by the built-in policy: no rollout
 * is an issue, a pod that tells it already is not told twice, what lasts is. */
#include "cli/load.h"
#include "engine/engine.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { RATIO, POD_READY, SERIES };
static const heal_duration SCAN = 30 * HEAL_SECOND;

struct bed {
    struct policy *policy;
    struct inventory *inventory;
    struct engine *engine;
    heal_time now;
    int opened, on_workload, evidence, closed;
    enum severity severity;
};

static void note(void *context, const struct decision *decision)
{
    struct bed *bed = context;

    bed->opened += decision->kind == DECISION_ISSUE_OPENED;
    bed->on_workload += decision->kind == DECISION_ISSUE_OPENED && decision->resource == 0;
    bed->evidence += decision->kind == DECISION_EVIDENCE;
    bed->closed += decision->kind == DECISION_ISSUE_CLOSED;
    if (decision->kind == DECISION_ISSUE_OPENED || decision->kind == DECISION_ISSUE_CHANGED)
        bed->severity = decision->severity;
}

static void act(void *context, heal_time now, const struct action *action)
{
    (void)context, (void)now, (void)action; /* in a dry run nothing is done */
}

static int begin(void **state)
{
    static struct bed bed;
    static const char *const IDS[SERIES] = {"workload/shop/web:replicas_ready_ratio", "pod/shop/web-1:ready"};
    struct error_list errors = {0};

    bed = (struct bed){.policy = load_policy(NULL, &errors), .inventory = inventory_create(), .now = HEAL_DAY};
    assert_true(bed.policy && bed.inventory);
    bed.policy->dry_run = true;
    for (size_t i = 0; i < SERIES; i++)
        inventory_add_series(bed.inventory, IDS[i], strlen(IDS[i]));
    assert_true(inventory_relate(bed.inventory, 1, RELATION_OWNED_BY, 0));
    assert_true(inventory_freeze(bed.inventory));
    bed.engine =
        engine_create(bed.policy, bed.inventory, 1, (struct world_port){&bed, act}, (struct journal_port){&bed, note});
    assert_non_null(bed.engine);
    *state = &bed;
    return 0;
}

static int end(void **state)
{
    struct bed *bed = *state;

    engine_destroy(bed->engine);
    inventory_destroy(bed->inventory);
    policy_destroy(bed->policy);
    return 0;
}

static void pass(struct bed *bed, heal_duration span, double ratio, double ready)
{
    const double values[SERIES] = {ratio, ready};

    for (heal_time until = bed->now + span; bed->now < until;)
        engine_frame(bed->engine, bed->now += SCAN, values);
}

static void test_rollouts_are_no_issue(void **state)
{
    struct bed *bed = *state;

    for (int rollout = 0; rollout < 20; rollout++) {
        pass(bed, 12 * HEAL_MINUTE, 0.75, 1);
        pass(bed, 5 * HEAL_MINUTE, 1, 1);
    }
    assert_int_equal(bed->opened, 0);
}

static void test_replicas_that_stay_missing_are_an_issue_until_they_are_there(void **state)
{
    struct bed *bed = *state;

    pass(bed, HEAL_HOUR, 1, 1);
    pass(bed, 20 * HEAL_MINUTE, 0.75, 1);
    assert_int_equal(bed->on_workload, 1);
    assert_int_equal(bed->severity, SEVERITY_MEDIUM);
    pass(bed, 5 * HEAL_MINUTE, 1, 1);
    assert_int_equal(bed->closed, 1);
    assert_int_equal(bed->opened, 1);
}

static void test_a_workload_without_any_replica_is_critical(void **state)
{
    struct bed *bed = *state;

    pass(bed, HEAL_HOUR, 1, NAN);
    pass(bed, 20 * HEAL_MINUTE, 0, NAN);
    assert_int_equal(bed->on_workload, 1);
    assert_int_equal(bed->severity, SEVERITY_CRITICAL);
}

/* The pod is seen in half a minute; that its workload lacks it is evidence of that. */
static void test_a_pod_that_is_not_ready_is_one_issue(void **state)
{
    struct bed *bed = *state;

    pass(bed, HEAL_HOUR, 1, 1);
    pass(bed, 40 * HEAL_MINUTE, 0.75, 0);
    assert_int_equal(bed->opened, 1);
    assert_int_equal(bed->on_workload, 0);
    assert_true(bed->evidence >= 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_rollouts_are_no_issue),
        TEST(test_replicas_that_stay_missing_are_an_issue_until_they_are_there),
        TEST(test_a_workload_without_any_replica_is_critical),
        TEST(test_a_pod_that_is_not_ready_is_one_issue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
