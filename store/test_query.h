/* test_query.h - values out of a database, for tests. */
#ifndef SELFHEAL_STORE_TEST_QUERY_H
#define SELFHEAL_STORE_TEST_QUERY_H

#include "store/test_run.h"

#include <sqlite3.h>

/* What only a file can be, or only SQLite says. */
static inline void test_needs_file(const struct test_world *world)
{
    if (database_is_shared(world->path))
        skip();
}

static inline char *test_server_rows(const char *path, const char *sql)
{
    struct error_list errors = {0};
    struct database *database = database_open(path, &errors);
    struct statement *statement = database ? database_prepare(database, sql, &errors) : NULL;
    bool failed = statement == NULL;
    size_t length;
    char *copy = NULL, text[512];
    FILE *out = open_memstream(&copy, &length);

    for (int rows = 0; !failed && database_next(statement, &failed, &errors); rows++) {
        for (int i = 0; i < statement_columns(statement); i++) {
            const char *value = statement_text(statement, i);
            fprintf(out, "%s%s", i > 0 ? "|" : rows > 0 ? ";" : "", value ? value : "-");
        }
    }
    if (failed)
        fail_msg("%s: %s", sql, error_format(&errors, 0, text, sizeof text));
    statement_finalize(statement);
    database_close(database);
    assert_int_equal(fclose(out), 0);
    return copy;
}

/* The rows of `sql` as text: columns joined by '|', rows by ';', NULL as "-".
 * The caller frees. */
static inline char *test_rows(const char *path, const char *sql)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    sqlite3_str *text = sqlite3_str_new(NULL);
    char *copy, *made;
    int rows = 0;

    if (database_is_shared(path)) {
        sqlite3_free(sqlite3_str_finish(text));
        return test_server_rows(path, sql);
    }
    assert_int_equal(sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        if (rows++ > 0)
            sqlite3_str_appendchar(text, 1, ';');
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const unsigned char *value = sqlite3_column_text(statement, i);

            sqlite3_str_appendf(text, "%s%s", i > 0 ? "|" : "", value ? (const char *)value : "-");
        }
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
    made = sqlite3_str_finish(text);
    copy = strdup(made ? made : "");
    sqlite3_free(made);
    assert_non_null(copy);
    return copy;
}

static inline void test_expect(const char *path, const char *sql, const char *expected)
{
    char *rows = test_rows(path, sql);

    assert_string_equal(rows, expected);
    free(rows);
}

/* Runs `sql` on the database as somebody with its shell would: SQLITE_OK, SQLITE_CONSTRAINT
 * where the database itself refuses, or another. */
static inline int test_tamper(const char *path, const char *sql)
{
    sqlite3 *database = NULL;
    char state[6];
    int code;

    if (database_is_shared(path)) {
        test_server_do(path, sql, state);
        return state[0] == '\0' ? SQLITE_OK : memcmp(state, "23", 2) == 0 ? SQLITE_CONSTRAINT : SQLITE_ERROR;
    }
    assert_int_equal(sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    code = sqlite3_exec(database, sql, NULL, NULL, NULL);
    sqlite3_close(database);
    return code;
}

static inline int test_open_world(void **state)
{
    struct test_world *world = malloc(sizeof *world);

    if (!world)
        return -1;
    test_world_open(world);
    *state = world;
    return 0;
}

static inline int test_close_world(void **state)
{
    test_world_close(*state);
    free(*state);
    return 0;
}

#define test_in_world(function) cmocka_unit_test_setup_teardown(function, test_open_world, test_close_world)

#endif
