#include "engine/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_a_message_names_file_line_and_field(void **state)
{
    struct error_list list = {0};
    char text[128];
    (void)state;
    error_add(&list, ERROR_INPUT, "a.yaml", 7, "faults[2].at", "expected a duration, found %d", 5);
    error_add(&list, ERROR_INPUT, "a.yaml", 0, NULL, "is empty");
    error_add(&list, ERROR_INPUT, NULL, 0, "--seed", "expected a number");
    error_add(&list, ERROR_INPUT, NULL, 3, NULL, "odd");
    assert_string_equal(error_format(&list, 0, text, sizeof text),
                        "a.yaml:7: faults[2].at: expected a duration, found 5");
    assert_string_equal(error_format(&list, 1, text, sizeof text), "a.yaml: is empty");
    assert_string_equal(error_format(&list, 2, text, sizeof text), "--seed: expected a number");
    assert_string_equal(error_format(&list, 3, text, sizeof text), "line 3: odd");
    assert_string_equal(error_format(&list, 4, text, sizeof text), "");
    assert_int_equal(list.count, 4);
    assert_false(list.environment);
    error_list_clear(&list);
    assert_int_equal(list.count, 0);
}

static void test_the_first_hundred_are_kept_and_the_rest_counted(void **state)
{
    struct error_list list = {0};
    char text[64];
    (void)state;
    for (int i = 0; i < 250; i++)
        error_add(&list, i == 249 ? ERROR_ENVIRONMENT : ERROR_INPUT, "f", 0, NULL, "message %d", i);
    assert_int_equal(list.kept, ERROR_KEPT);
    assert_int_equal(list.count, 250);
    assert_true(list.environment);
    assert_string_equal(error_format(&list, ERROR_KEPT - 1, text, sizeof text), "f: message 99");
    error_list_clear(&list);
}

static void test_text_is_cut_to_size_and_control_bytes_are_masked(void **state)
{
    struct error_list list = {0};
    char text[8];
    (void)state;
    error_add(&list, ERROR_INPUT, "a\x1b[2Jb", 0, NULL, "long message");
    memset(text, 'x', sizeof text);
    assert_string_equal(error_format(&list, 0, text, sizeof text), "a?[2Jb:");
    assert_string_equal(error_format(&list, 0, text, 1), "");
    text[0] = 'x';
    error_format(&list, 0, text, 0);
    assert_int_equal(text[0], 'x');
    error_list_clear(&list);
}

static void test_a_null_list_takes_nothing(void **state)
{
    (void)state;
    error_add(NULL, ERROR_INPUT, "f", 1, NULL, "nobody listens");
    error_list_clear(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message_names_file_line_and_field),
        cmocka_unit_test(test_the_first_hundred_are_kept_and_the_rest_counted),
        cmocka_unit_test(test_text_is_cut_to_size_and_control_bytes_are_masked),
        cmocka_unit_test(test_a_null_list_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
