#include "engine/names.h"

#include "engine/test_engine.h"

static const char *const WORDS[] = {"red", "green", "blue", "green"};
enum { WORD_COUNT = sizeof WORDS / sizeof WORDS[0] };

static void test_every_value_has_its_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < WORD_COUNT; i++)
        assert_string_equal(name_of(WORDS, WORD_COUNT, i), WORDS[i]);
}

static void test_a_value_outside_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(name_of(WORDS, WORD_COUNT, WORD_COUNT), "unknown");
    assert_string_equal(name_of(WORDS, WORD_COUNT, (size_t)-1), "unknown");
    assert_string_equal(name_of(WORDS, 0, 0), "unknown");
}

static void test_the_first_of_equal_words_is_found(void **state)
{
    size_t found = 99;

    (void)state;
    assert_true(name_find(WORDS, WORD_COUNT, "green", &found));
    assert_int_equal(found, 1);
    assert_true(name_find(WORDS, WORD_COUNT, "blue", &found));
    assert_int_equal(found, 2);
}

static void test_only_the_whole_word_in_its_case_is_found(void **state)
{
    static const char *const wrong[] = {"", "re", "redd", "Red", "red ", " red"};
    size_t found = 99;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(name_find(WORDS, WORD_COUNT, wrong[i], &found));
    assert_false(name_find(WORDS, WORD_COUNT, NULL, &found));
    assert_false(name_find(WORDS, 0, "red", &found));
    assert_int_equal(found, 99);
}

static void test_a_name_is_cut_between_characters(void **state)
{
    char out[8];

    (void)state;
    memset(out, 'x', sizeof out);
    name_copy(out, sizeof out, "ann");
    assert_memory_equal(out, "ann\0\0\0\0\0", 8);
    name_copy(out, sizeof out, "abcdef\xc3\xab"); /* the ë would be cut in two */
    assert_string_equal(out, "abcdef");
    name_copy(out, sizeof out, "abcde\xc3\xab!");
    assert_string_equal(out, "abcde\xc3\xab");
    name_copy(out, sizeof out, "abcdefgh");
    assert_string_equal(out, "abcdefg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_value_has_its_word),
        cmocka_unit_test(test_a_value_outside_is_unknown),
        cmocka_unit_test(test_the_first_of_equal_words_is_found),
        cmocka_unit_test(test_only_the_whole_word_in_its_case_is_found),
        cmocka_unit_test(test_a_name_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
