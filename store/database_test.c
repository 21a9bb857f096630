/* database_test.c - values go in as they are, troubles come out as messages. */
#include "store/database.h"

#include "store/test_query.h"

static struct database *open_table(struct test_world *world)
{
    struct database *database = database_create(world->path, &world->errors);

    assert_non_null(database);
    assert_true(database_execute(database, "CREATE TABLE t (a, b NOT NULL)", &world->errors));
    return database;
}

static void test_values_keep_their_kind_and_no_number_is_null(void **state)
{
    struct test_world *world = *state;
    struct database *database = open_table(world);
    struct statement *insert = database_prepare(database, "INSERT INTO t VALUES (?1, ?2)", &world->errors);

    assert_true(database_run(insert, CELLS(cell_integer(INT64_MIN), cell_text("it's")), &world->errors));
    assert_true(database_run(insert, CELLS(cell_real(0.5), cell_unsigned(7)), &world->errors));
    assert_true(database_run(insert, CELLS(cell_real(INFINITY), cell_text("")), &world->errors));
    assert_true(database_run(insert, CELLS(cell_instant(HEAL_TIME_NEVER), cell_instant(0)), &world->errors));
    assert_true(database_run(insert, CELLS(cell_text(NULL), cell_real(1)), &world->errors));
    assert_true(database_run(insert, CELLS(cell_null(), cell_real(1)), &world->errors));
    statement_finalize(insert);
    database_close(database);
    test_expect(world->path, "SELECT a, typeof(a), b FROM t",
                "-9223372036854775808|integer|it's;0.5|real|7;-|null|;-|null|0;-|null|1.0;-|null|1.0");
}

static void expect_mode(struct test_world *world, struct database *database, const char *pragma, const char *wanted)
{
    struct statement *query = database_prepare(database, pragma, &world->errors);
    bool failed = false;

    assert_true(query && database_next(query, &failed, &world->errors));
    assert_string_equal(statement_text(query, 0), wanted);
    statement_finalize(query);
}

/* A journal that is not there cannot be waited for; what is there is another matter. */
static void test_the_careless_do_not_wait_for_the_disk_and_hold_the_same(void **state)
{
    static const char *const JOURNALS[] = {"wal", "off"};
    struct test_world *world = *state;

    for (int scratch = 0; scratch < 2; scratch++) {
        struct database *database = database_create_careless(world->path, scratch, &world->errors);
        assert_non_null(database);
        expect_mode(world, database, "PRAGMA synchronous", "0");
        expect_mode(world, database, "PRAGMA journal_mode", JOURNALS[scratch]);
        expect_mode(world, database, "PRAGMA foreign_keys", "1");
        assert_true(database_execute(database, "CREATE TABLE t (a); INSERT INTO t VALUES (3)", &world->errors));
        database_settle(database);
        database_close(database);
        test_expect(world->path, "SELECT a FROM t", "3");
        assert_null(database_create_careless(world->path, scratch, &world->errors)); /* it is there */
        error_list_clear(&world->errors);
        database_remove(world->path);
    }
}

static void test_a_statement_works_again_after_it_failed(void **state)
{
    struct test_world *world = *state;
    struct database *database = open_table(world);
    struct statement *insert = database_prepare(database, "INSERT INTO t VALUES (?1, ?2)", &world->errors);
    char text[256];

    assert_false(database_run(insert, CELLS(cell_integer(1), cell_null()), &world->errors));
    assert_non_null(strstr(error_format(&world->errors, 0, text, sizeof text), "NOT NULL constraint failed: t.b"));
    assert_non_null(strstr(text, world->path));
    assert_true(database_run(insert, CELLS(cell_integer(1), cell_integer(2)), &world->errors));
    statement_finalize(insert);
    database_close(database);
}

static void test_a_bad_statement_leaves_the_rest_empty(void **state)
{
    static const char *const sql[] = {"SELECT 1", "SELECT nothing", "SELECT 2"};
    struct test_world *world = *state;
    struct database *database = open_table(world);
    struct statement *statements[3];

    assert_false(database_prepare_all(database, sql, 3, statements, &world->errors));
    assert_non_null(statements[0]);
    assert_null(statements[1]);
    assert_null(statements[2]);
    database_finalize_all(statements, 3);
    assert_int_equal(world->errors.count, 1);
    database_close(database);
}

static void test_a_missing_file_and_a_file_that_is_no_database_are_told(void **state)
{
    struct test_world *world = *state;
    FILE *file;
    char text[256];

    assert_null(database_open(world->path, &world->errors));
    assert_non_null(strstr(error_format(&world->errors, 0, text, sizeof text), "No such file"));
    assert_int_equal(access(world->path, F_OK), -1);
    file = fopen(world->path, "w");
    assert_non_null(file);
    for (int i = 0; i < 200; i++)
        fputs("not a database\n", file);
    fclose(file);
    assert_null(database_open(world->path, &world->errors));
    assert_non_null(strstr(error_format(&world->errors, 1, text, sizeof text), "not a database"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_values_keep_their_kind_and_no_number_is_null),
        test_in_world(test_the_careless_do_not_wait_for_the_disk_and_hold_the_same),
        test_in_world(test_a_statement_works_again_after_it_failed),
        test_in_world(test_a_bad_statement_leaves_the_rest_empty),
        test_in_world(test_a_missing_file_and_a_file_that_is_no_database_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
