/* leftovers_test.c - what stands in the world and is nobody's any more, by the database. */
#include "store/leftovers.h"

#include "store/schema.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const char CUT_SHORT[] = "cut short";

struct bed {
    char folder[64], path[96];
    struct database *database;
    struct strategy strategies[2];
    struct policy policy;
    struct inventory *inventory;
    struct standing_step steps[8];
    size_t count;
};

static void run(struct bed *bed, const char *sql)
{
    struct error_list errors = {0};
    char text[512];

    if (!database_execute(bed->database, sql, &errors))
        fail_msg("%s", error_format(&errors, 0, text, sizeof text));
}

static int begin(void **state)
{
    struct error_list errors = {0};
    struct bed *bed = calloc(1, sizeof *bed);

    snprintf(bed->folder, sizeof bed->folder, "/tmp/selfheal-leftovers.XXXXXX");
    assert_non_null(mkdtemp(bed->folder));
    snprintf(bed->path, sizeof bed->path, "%s/run.db", bed->folder);
    bed->database = database_create(bed->path, &errors);
    assert_non_null(bed->database);
    assert_true(schema_create(bed->database, &errors));
    bed->strategies[0] = (struct strategy){.name = "more", .issue = ISSUE_POD_CRASH, .undo_after = HEAL_HOUR};
    bed->strategies[1] = (struct strategy){.name = "for_good", .issue = ISSUE_POD_CRASH};
    bed->policy.strategies = bed->strategies;
    bed->policy.strategy_count = 2;
    run(bed, "INSERT INTO resources VALUES (0, 'pod/a/b'), (1, 'node/a/n')");
    run(bed,
        "INSERT INTO self_healing_issues (id, type, severity, resource, description, detected_at, metrics, created_at)"
        " VALUES (1, 'pod_crash', 'high', 'pod/a/b', '', '', '', '')");
    run(bed, "INSERT INTO replications (replication) VALUES (0)");
    run(bed, "INSERT INTO issue_facts (issue_id, replication, type, resource_id, by_baseline, opened_at_ns)"
             " VALUES (1, 0, 0, 0, 0, 5)");
    bed->inventory = inventory_create(); /* in an order of its own */
    inventory_add_resource(bed->inventory, "workload/a/new", 14);
    inventory_add_resource(bed->inventory, "pod/a/b", 7);
    inventory_add_resource(bed->inventory, "node/a/n", 8);
    assert_true(inventory_freeze(bed->inventory));
    *state = bed;
    return 0;
}

static int end(void **state)
{
    struct bed *bed = *state;

    inventory_destroy(bed->inventory);
    database_close(bed->database);
    database_remove(bed->path);
    rmdir(bed->folder);
    free(bed);
    return 0;
}

/* A remedy that ended at 100; `error` NULL: with success. */
static void remedy(struct bed *bed, int id, const char *strategy, const char *error)
{
    char sql[1024];

    snprintf(sql, sizeof sql,
             "INSERT INTO self_healing_remediations (id, issue_id, action_type, description, status, started_at,"
             " error_message, created_at) VALUES (%d, 1, '%s', '', '%s', '', %s%s%s, '');"
             "INSERT INTO remediation_facts (remediation_id, issue_id, replication, started_at_ns, ended_at_ns)"
             " VALUES (%d, 1, 0, 10, 100);"
             "INSERT INTO attempts (remediation_id, number, started_at_ns) VALUES (%d, 1, 10), (%d, 2, 20)",
             id, strategy, error ? "failed" : "success", error ? "'" : "NULL", error ? error : "", error ? "'" : "", id,
             id, id);
    run(bed, sql);
}

/* An action of a remedy (0: of none) on a resource, at 30. */
static void action(struct bed *bed, int id, int remediation, const char *kind, int target, const char *outcome,
                   bool rollback)
{
    char sql[512], of[32] = "NULL";

    if (remediation > 0)
        snprintf(of, sizeof of, "%d", remediation);
    snprintf(sql, sizeof sql,
             "INSERT INTO actions (id, replication, issue_id, remediation_id, kind, target_id, amount, rollback,"
             " started_at, outcome, started_at_ns, ended_at_ns, amount_unit, before)"
             " VALUES (%d, 0, 1, %s, '%s', %d, 2, %d, '', '%s', 30, 40, 'own', 3)",
             id, of, kind, target, rollback, outcome);
    run(bed, sql);
}

static void find(struct bed *bed)
{
    struct error_list errors = {0};
    assert_true(
        leftovers_find(bed->database, &bed->policy, bed->inventory, 0, CUT_SHORT, bed->steps, 8, &bed->count, &errors));
}

static void test_what_was_cut_short_is_taken_back_the_last_first(void **state)
{
    struct bed *bed = *state;

    remedy(bed, 1, "for_good", CUT_SHORT);
    action(bed, 1, 1, "cordon_node", 1, "succeeded", false);
    action(bed, 2, 1, "isolate", 0, "interrupted", false);   /* perhaps done */
    action(bed, 3, 1, "restart_pod", 0, "succeeded", false); /* nothing to take back */
    find(bed);
    assert_int_equal(bed->count, 2);
    assert_int_equal(bed->steps[0].kind, ACTION_ISOLATE);
    assert_int_equal(bed->steps[0].target, 1);
    assert_int_equal(bed->steps[1].kind, ACTION_CORDON_NODE);
    assert_int_equal(bed->steps[1].target, 2);
    assert_int_equal(bed->steps[1].severity, SEVERITY_HIGH);
    assert_int_equal(bed->steps[1].type, ISSUE_POD_CRASH);
    assert_true(bed->steps[1].due == INT64_MIN);
}

static void test_what_failed_or_may_not_be_repeated_is_left(void **state)
{
    struct bed *bed = *state;

    remedy(bed, 1, "for_good", CUT_SHORT);
    action(bed, 1, 1, "cordon_node", 1, "failed", false);
    action(bed, 2, 1, "scale_out", 0, "succeeded", false);     /* waits for a person */
    action(bed, 3, 1, "patch_rolling", 0, "succeeded", false); /* its undo goes a revision back, each time */
    remedy(bed, 2, "for_good", "a step failed");
    action(bed, 4, 2, "drain", 1, "succeeded", false); /* its own process saw to it */
    find(bed);
    assert_int_equal(bed->count, 0);
}

static void test_what_was_taken_back_since_is_not_again(void **state)
{
    struct bed *bed = *state;

    remedy(bed, 1, "for_good", CUT_SHORT);
    action(bed, 1, 1, "cordon_node", 1, "succeeded", false);
    action(bed, 2, 0, "uncordon_node", 1, "interrupted", true); /* the kill was quicker */
    find(bed);
    assert_int_equal(bed->count, 1);
    action(bed, 3, 0, "uncordon_node", 1, "failed", true); /* a person was called: it is hers */
    find(bed);
    assert_int_equal(bed->count, 0);
}

/* drain, clear_caches, undrain: the last is what gives the first back. */
static void test_a_step_that_gives_back_is_not_taken_back(void **state)
{
    struct bed *bed = *state;

    remedy(bed, 1, "for_good", CUT_SHORT);
    action(bed, 1, 1, "drain", 1, "succeeded", false);
    action(bed, 2, 1, "undrain", 1, "interrupted", false);
    find(bed);
    assert_int_equal(bed->count, 1);
    assert_int_equal(bed->steps[0].kind, ACTION_DRAIN);
    run(bed, "UPDATE actions SET outcome = 'succeeded' WHERE id = 2");
    find(bed);
    assert_int_equal(bed->count, 0);
}

static void test_what_another_remedy_did_again_is_its_own(void **state)
{
    struct bed *bed = *state;

    remedy(bed, 1, "for_good", CUT_SHORT);
    action(bed, 1, 1, "cordon_node", 1, "interrupted", false);
    remedy(bed, 2, "for_good", NULL);
    action(bed, 2, 2, "cordon_node", 1, "succeeded", false);
    find(bed);
    assert_int_equal(bed->count, 0);
}

static void test_what_was_to_stand_for_an_hour_is_due_after_it(void **state)
{
    struct bed *bed = *state;

    remedy(bed, 1, "more", NULL);
    action(bed, 1, 1, "scale_out", 0, "succeeded", false);
    remedy(bed, 2, "for_good", NULL);
    action(bed, 2, 2, "cordon_node", 1, "succeeded", false);
    find(bed);
    assert_int_equal(bed->count, 1);
    assert_int_equal(bed->steps[0].kind, ACTION_SCALE_OUT);
    assert_true(bed->steps[0].due == 100 + HEAL_HOUR);
    assert_true(bed->steps[0].amount == 2 && bed->steps[0].before == 3);
    action(bed, 3, 0, "scale_in", 0, "interrupted", true); /* perhaps done: not twice */
    find(bed);
    assert_int_equal(bed->count, 0);
}

/* A step of an attempt before the one that helped is not what was to stand. */
static void test_an_earlier_attempts_step_is_not_the_successes(void **state)
{
    struct bed *bed = *state;

    remedy(bed, 1, "more", NULL);
    action(bed, 1, 1, "scale_out", 0, "succeeded", false);
    run(bed, "UPDATE attempts SET started_at_ns = 35 WHERE number = 2");
    find(bed);
    assert_int_equal(bed->count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_what_was_cut_short_is_taken_back_the_last_first),
        TEST(test_what_failed_or_may_not_be_repeated_is_left),
        TEST(test_what_was_taken_back_since_is_not_again),
        TEST(test_a_step_that_gives_back_is_not_taken_back),
        TEST(test_what_another_remedy_did_again_is_its_own),
        TEST(test_what_was_to_stand_for_an_hour_is_due_after_it),
        TEST(test_an_earlier_attempts_step_is_not_the_successes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
