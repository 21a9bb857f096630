/* schema_test.c - which files are run databases of this version. */
#include "store/schema.h"

#include "store/database.h"
#include "store/test_query.h"

static bool check(struct test_world *world, const char *change)
{
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);
    struct database *database;
    bool good;

    assert_true(run_store_finish(store, "d", &world->errors));
    run_store_destroy(store);
    assert_int_equal(test_tamper(world->path, change), SQLITE_OK);
    database = database_open(world->path, &world->errors);
    assert_non_null(database);
    good = schema_check(database, &world->errors);
    database_close(database);
    return good;
}

static void test_a_run_database_is_known(void **state)
{
    assert_true(check(*state, "SELECT 1"));
}

static void test_a_newer_schema_is_bad_input_that_names_both_versions(void **state)
{
    struct test_world *world = *state;

    assert_false(check(world, database_is_shared(world->path) ? "UPDATE schema_version SET version = 9"
                                                              : "PRAGMA user_version = 9"));
    assert_int_equal(world->errors.count, 1);
    assert_int_equal(world->errors.items[0].class, ERROR_INPUT);
    assert_non_null(strstr(world->errors.items[0].message, "schema 9, expected 2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_a_run_database_is_known),
        test_in_world(test_a_newer_schema_is_bad_input_that_names_both_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
