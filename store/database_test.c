/* database_test.c - values go in as they are, troubles come out as messages. */
#include "store/database.h"

#include "store/test_query.h"

static struct database *open_table(struct test_world *world)
{
    struct database *database = database_create(world->path, &world->errors);

    assert_non_null(database);
    assert_true(database_set_version(database, 1, &world->errors));
    assert_true(database_execute(database, "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, r REAL, x TEXT, b BLOB)",
                                 &world->errors));
    return database;
}

/* Whatever the doubles are, the same bits come back: digests hang on it. */
static void test_values_come_back_bit_for_bit(void **state)
{
    static const int64_t whole[] = {INT64_MIN, INT64_MAX, 0, -1};
    static const double real[] = {0.1, -1.0 / 3, 5e-324, 1.7976931348623157e308};
    static const char *const text[] = {"", "it's", "\\ \"%\" $1 ?1", "\xC3\xBC \xE2\x82\xAC"};
    static const char bytes[] = "n\0w\xFF";
    struct test_world *world = *state;
    struct database *database = open_table(world);
    struct statement *insert =
        database_prepare(database, "INSERT INTO t (n, r, x, b) VALUES (?1, ?2, ?3, ?4)", &world->errors);
    bool failed = false;
    size_t length;

    for (size_t i = 0; i < 4; i++)
        assert_true(database_run(
            insert,
            CELLS(cell_integer(whole[i]), cell_real(real[i]), cell_text(text[i]), cell_bytes(bytes, sizeof bytes)),
            &world->errors));
    struct statement *query = database_prepare(database, "SELECT n, r, x, b FROM t ORDER BY id", &world->errors);
    for (size_t i = 0; i < 4; i++) {
        assert_true(database_next(query, &failed, &world->errors));
        double got = statement_real(query, 1);
        assert_int_equal(statement_integer(query, 0), whole[i]);
        assert_memory_equal(&got, &real[i], sizeof got);
        assert_string_equal(statement_text(query, 2), text[i]);
        assert_memory_equal(statement_bytes(query, 3, &length), bytes, sizeof bytes);
        assert_int_equal(length, sizeof bytes);
    }
    assert_false(database_next(query, &failed, &world->errors));
    assert_false(failed);
    statement_finalize(query);
    statement_finalize(insert);
    database_close(database);
}

static void test_what_is_no_value_is_null(void **state)
{
    struct test_world *world = *state;
    struct database *database = open_table(world);
    struct statement *insert =
        database_prepare(database, "INSERT INTO t (n, r, x) VALUES (?1, ?2, ?3)", &world->errors);
    struct statement *query;
    bool failed = false;

    assert_true(database_run(insert, CELLS(cell_instant(HEAL_TIME_NEVER), cell_real(INFINITY), cell_text(NULL)),
                             &world->errors));
    assert_true(database_run(insert, CELLS(cell_instant(0), cell_real(NAN), cell_null()), &world->errors));
    query = database_query(database, "SELECT n, r, x FROM t WHERE id >= ?1 ORDER BY id", CELLS(cell_integer(0)),
                           &world->errors);
    for (int row = 0; row < 2; row++) {
        assert_true(database_next(query, &failed, &world->errors));
        assert_int_equal(statement_is_null(query, 0), row == 0);
        assert_true(statement_is_null(query, 1));
        assert_null(statement_text(query, 2));
        assert_int_equal(statement_integer(query, 0), 0);
    }
    statement_finalize(query);
    statement_finalize(insert);
    database_close(database);
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

    test_needs_file(world);
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
    struct statement *insert = database_prepare(database, "INSERT INTO t (id, n) VALUES (?1, ?2)", &world->errors);
    char text[512];

    assert_true(database_run(insert, CELLS(cell_integer(1), cell_null()), &world->errors));
    assert_false(database_run(insert, CELLS(cell_integer(1), cell_null()), &world->errors));
    error_format(&world->errors, 0, text, sizeof text);
    assert_non_null(strstr(text, database_is_shared(world->path) ? "duplicate key value" : "UNIQUE constraint failed"));
    assert_non_null(strstr(text, database_name(database)));
    assert_true(database_run(insert, CELLS(cell_integer(2), cell_integer(2)), &world->errors));
    statement_finalize(insert);
    database_close(database);
}

static void test_what_was_refused_within_a_transaction_commits_nothing(void **state)
{
    struct test_world *world = *state;
    struct database *database = open_table(world);
    struct statement *insert = database_prepare(database, "INSERT INTO t (id, n) VALUES (?1, 1)", &world->errors);

    assert_true(database_begin(database, &world->errors));
    assert_true(database_run(insert, CELLS(cell_integer(1)), &world->errors));
    bool told = !database_run(insert, CELLS(cell_integer(1)), &world->errors);
    if (told) /* a file says so at once, and leaves the rest to its caller */
        assert_true(database_rollback(database, &world->errors));
    else
        assert_false(database_commit(database, &world->errors));
    assert_true(world->errors.count >= 1);
    assert_true(database_begin(database, &world->errors));
    assert_true(database_run(insert, CELLS(cell_integer(7)), &world->errors));
    assert_true(database_commit(database, &world->errors));
    assert_true(database_begin(database, &world->errors));
    assert_true(database_run(insert, CELLS(cell_integer(8)), &world->errors));
    assert_true(database_rollback(database, &world->errors));
    statement_finalize(insert);
    database_close(database);
    test_expect(world->path, "SELECT id FROM t", "7");
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

    test_needs_file(world);
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
        test_in_world(test_values_come_back_bit_for_bit),
        test_in_world(test_what_is_no_value_is_null),
        test_in_world(test_what_was_refused_within_a_transaction_commits_nothing),
        test_in_world(test_the_careless_do_not_wait_for_the_disk_and_hold_the_same),
        test_in_world(test_a_statement_works_again_after_it_failed),
        test_in_world(test_a_bad_statement_leaves_the_rest_empty),
        test_in_world(test_a_missing_file_and_a_file_that_is_no_database_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
