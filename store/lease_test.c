/* lease_test.c - one writer at a time, and the one that was is heard no more. On a server
 * alone (tests/store_on_postgres.sh); without one there is nothing to test. */
#include "store/lease.h"

#include "store/test_query.h"

static void needs_server(const struct test_world *world)
{
    if (!database_is_shared(world->path))
        skip();
}

static int64_t take(struct test_world *world, struct database *database, const char *holder)
{
    struct lease_look look;
    int64_t token;

    assert_true(lease_read(database, &look, &world->errors));
    assert_true(lease_take(database, &look, holder, &token, &world->errors));
    return token;
}

static void test_it_is_taken_once_for_what_was_seen(void **state)
{
    struct test_world *world = *state;
    struct lease_look look;
    int64_t a, b;
    bool held;

    needs_server(world);
    struct database *one = lease_open(world->path, &world->errors), *two = lease_open(world->path, &world->errors);
    assert_true(one && two);
    assert_true(lease_read(one, &look, &world->errors));
    assert_int_equal(look.token, 0);
    assert_string_equal(look.holder, "");
    assert_true(lease_take(one, &look, "one", &a, &world->errors));
    assert_int_equal(a, 1);
    assert_true(lease_take(two, &look, "two", &b, &world->errors)); /* seen before: too late */
    assert_int_equal(b, -1);
    assert_true(lease_beat(one, a, &held, &world->errors) && held);
    assert_true(lease_read(two, &look, &world->errors));
    assert_string_equal(look.holder, "one");
    assert_int_equal(look.beats, 2);
    assert_true(lease_take(two, &look, "two", &b, &world->errors));
    assert_int_equal(b, 2);
    assert_true(lease_beat(one, a, &held, &world->errors) && !held);
    assert_true(lease_is_held(one, a, &held, &world->errors) && !held);
    assert_true(lease_release(two, b, &world->errors));
    assert_true(lease_beat(two, b, &held, &world->errors) && !held); /* given back */
    assert_int_equal(world->errors.count, 0);
    database_close(one);
    database_close(two);
}

static struct run_store *write_as(struct test_world *world, int64_t token, struct error_list *errors)
{
    struct store_run run = test_run(1);
    uint64_t interrupted;

    run.mode = "live";
    run.fence = token;
    return run_store_continue(world->path, &run, &world->policy, world->inventory, &interrupted, errors);
}

static void test_who_was_deposed_commits_nothing(void **state)
{
    struct test_world *world = *state;
    int64_t rows, broken;
    char text[512];

    needs_server(world);
    struct database *lease = lease_open(world->path, &world->errors);
    struct run_store *old = write_as(world, take(world, lease, "old"), &world->errors);
    assert_true(old && run_store_begin(old, 0, &world->errors));
    test_issue(old, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 1);
    assert_true(run_store_flush(old, &world->errors));
    test_issue(old, 2, ISSUE_HIGH_CPU, POD_B, CPU_B, 2); /* on its way when the other one comes */

    struct run_store *new = write_as(world, take(world, lease, "new"), &world->errors);
    assert_non_null(new);
    assert_true(run_store_begin(new, 1, &world->errors));
    test_issue(new, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 3);
    assert_true(run_store_flush(new, &world->errors));
    assert_int_equal(world->errors.count, 0);
    assert_false(run_store_flush(old, &world->errors));
    assert_null(write_as(world, 1, &world->errors)); /* nor when it tries again */
    assert_int_equal(world->errors.count, 2);
    assert_non_null(strstr(error_format(&world->errors, 1, text, sizeof text), "another replica has taken"));
    run_store_destroy(old);
    run_store_destroy(new);
    database_close(lease);
    test_expect(world->path, "SELECT id, resource FROM self_healing_issues ORDER BY id", "1|pod/shop/a;2|pod/shop/a");
    assert_true(audit_verify(world->path, &rows, &broken, &world->errors));
}

/* The fence holds by itself too, where the old connection was not ended. */
static void test_the_guard_refuses_a_token_that_is_over(void **state)
{
    struct test_world *world = *state;

    needs_server(world);
    struct database *one = lease_open(world->path, &world->errors), *two = lease_open(world->path, &world->errors);
    int64_t token = take(world, one, "one");
    assert_true(database_begin(one, &world->errors) && lease_guard(one, token, &world->errors) &&
                database_commit(one, &world->errors));
    take(world, two, "two");
    assert_true(database_begin(one, &world->errors));
    assert_false(lease_guard(one, token, &world->errors));
    assert_true(database_rollback(one, &world->errors));
    assert_int_equal(world->errors.count, 1);
    database_close(one);
    database_close(two);
}

static void test_a_text_is_kept_by_the_holder_alone(void **state)
{
    struct test_world *world = *state;
    char *text;
    bool held;

    needs_server(world);
    struct database *lease = lease_open(world->path, &world->errors);
    int64_t token = take(world, lease, "one");
    assert_true(lease_kept_text(lease, "pauses", &text, &world->errors));
    assert_null(text);
    assert_true(lease_keep_text(lease, token, "pauses", "[1]", &held, &world->errors) && held);
    assert_true(lease_keep_text(lease, token, "pauses", "[1,2]", &held, &world->errors) && held);
    take(world, lease, "two");
    assert_true(lease_keep_text(lease, token, "pauses", "[]", &held, &world->errors) && !held);
    assert_true(lease_kept_text(lease, "pauses", &text, &world->errors));
    assert_string_equal(text, "[1,2]");
    free(text);
    database_close(lease);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_it_is_taken_once_for_what_was_seen),
        test_in_world(test_who_was_deposed_commits_nothing),
        test_in_world(test_the_guard_refuses_a_token_that_is_over),
        test_in_world(test_a_text_is_kept_by_the_holder_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
