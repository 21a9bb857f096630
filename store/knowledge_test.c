/* knowledge_test.c - what was learned comes back as it went in. */
#include "store/knowledge.h"

#include "store/database.h"
#include "store/schema.h"
#include "store/test_query.h"

static struct database *empty_database(struct test_world *world)
{
    struct database *database = database_create(world->path, &world->errors);

    assert_non_null(database);
    assert_true(schema_create(database, &world->errors));
    return database;
}

static void test_the_newest_comes_back_byte_for_byte(void **state)
{
    struct test_world *world = *state;
    struct database *database = empty_database(world);
    unsigned char *bytes;
    size_t length;

    assert_true(knowledge_write(database, HEAL_HOUR, (const unsigned char *)"old", 3, &world->errors));
    assert_true(knowledge_write(database, 2 * HEAL_HOUR, (const unsigned char *)"n\0w!", 4, &world->errors));
    assert_true(knowledge_read(database, &bytes, &length, &world->errors));
    assert_int_equal(length, 4);
    assert_memory_equal(bytes, "n\0w!", 4);
    free(bytes);
    database_close(database);
}

static void test_without_any_there_is_none(void **state)
{
    struct test_world *world = *state;
    struct database *database = empty_database(world);
    unsigned char *bytes;
    size_t length;

    assert_true(knowledge_read(database, &bytes, &length, &world->errors));
    assert_null(bytes);
    assert_int_equal(length, 0);
    database_close(database);
}

static void test_a_database_without_the_table_is_told(void **state)
{
    struct test_world *world = *state;
    struct database *database = database_create(world->path, &world->errors);
    unsigned char *bytes;
    size_t length;

    assert_non_null(database);
    assert_false(knowledge_read(database, &bytes, &length, &world->errors));
    assert_false(knowledge_write(database, 0, (const unsigned char *)"x", 1, &world->errors));
    assert_int_equal(world->errors.count, 2);
    database_close(database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_the_newest_comes_back_byte_for_byte),
        test_in_world(test_without_any_there_is_none),
        test_in_world(test_a_database_without_the_table_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
