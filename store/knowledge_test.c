#include "store/knowledge.h"

#include "store/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static sqlite3 *empty_database(void)
{
    struct error_list errors = {0};
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    assert_true(schema_create(database, &errors));
    return database;
}

static void test_the_newest_comes_back_byte_for_byte(void **state)
{
    sqlite3 *database = empty_database();
    struct error_list errors = {0};
    unsigned char *bytes;
    size_t length;

    (void)state;
    assert_true(knowledge_write(database, HEAL_HOUR, (const unsigned char *)"old", 3, &errors));
    assert_true(knowledge_write(database, 2 * HEAL_HOUR, (const unsigned char *)"n\0w!", 4, &errors));
    assert_true(knowledge_read(database, &bytes, &length, &errors));
    assert_int_equal(length, 4);
    assert_memory_equal(bytes, "n\0w!", 4);
    free(bytes);
    sqlite3_close(database);
}

static void test_without_any_there_is_none(void **state)
{
    sqlite3 *database = empty_database();
    struct error_list errors = {0};
    unsigned char *bytes;
    size_t length;

    (void)state;
    assert_true(knowledge_read(database, &bytes, &length, &errors));
    assert_null(bytes);
    assert_int_equal(length, 0);
    sqlite3_close(database);
}

static void test_a_database_without_the_table_is_told(void **state)
{
    struct error_list errors = {0};
    sqlite3 *database = NULL;
    unsigned char *bytes;
    size_t length;

    (void)state;
    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    assert_false(knowledge_read(database, &bytes, &length, &errors));
    assert_false(knowledge_write(database, 0, (const unsigned char *)"x", 1, &errors));
    assert_int_equal(errors.count, 2);
    error_list_clear(&errors);
    sqlite3_close(database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_newest_comes_back_byte_for_byte),
        cmocka_unit_test(test_without_any_there_is_none),
        cmocka_unit_test(test_a_database_without_the_table_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
