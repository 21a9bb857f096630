#include "engine/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/yaml.h"

struct fixture {
    struct error_list errors;
    struct document *document;
    char text[1024];
};

static struct reader open_text(struct fixture *fixture, const char *text)
{
    fixture->document = yaml_parse("t.yaml", text, strlen(text), &fixture->errors);
    assert_non_null(fixture->document);
    return reader_open(fixture->document, fixture->document->root, "", &fixture->errors);
}

static const char *message(struct fixture *fixture, size_t index)
{
    return error_format(&fixture->errors, index, fixture->text, sizeof fixture->text);
}

static void finish(struct fixture *fixture)
{
    document_destroy(fixture->document);
    error_list_clear(&fixture->errors);
    memset(fixture, 0, sizeof *fixture);
}

static void test_right_values_are_read_without_a_message(void **state)
{
    static const char *const NAMES[] = {"red", "green"};
    struct fixture fixture = {0};
    const char *text = NULL;
    double number = 0;
    int64_t whole = 0;
    uint32_t few = 0;
    bool yes = false;
    heal_duration span = 0;
    heal_time at = 0;
    size_t choice = 9, count = 9;
    struct reader reader =
        open_text(&fixture, "text: a b\nnumber: 1.5\nwhole: -3\nfew: 7\nyes: true\nspan: 1h30m\n"
                            "at: 1970-01-01T00:00:01Z\nchoice: green\nlist: [1, 2]\nmap: {inner: 2}\n");
    (void)state;
    assert_true(reader_require(&reader, "text"));
    assert_true(reader_text(&reader, "text", &text));
    assert_string_equal(text, "a b");
    assert_true(reader_number(&reader, "number", 0, 2, &number));
    assert_true(number == 1.5);
    assert_true(reader_integer(&reader, "whole", -3, 3, &whole));
    assert_int_equal(whole, -3);
    assert_true(reader_count(&reader, "few", 1, 7, &few));
    assert_int_equal(few, 7);
    assert_true(reader_bool(&reader, "yes", &yes));
    assert_true(yes);
    assert_true(reader_duration(&reader, "span", 0, HEAL_DAY, &span));
    assert_true(span == 90 * HEAL_MINUTE);
    assert_true(reader_time(&reader, "at", &at));
    assert_true(at == HEAL_SECOND);
    assert_true(reader_choice(&reader, "choice", NAMES, 2, &choice));
    assert_int_equal(choice, 1);
    assert_non_null(reader_list(&reader, "list", &count));
    assert_int_equal(count, 2);
    struct reader inner = reader_map(&reader, "map");
    assert_true(reader_number(&inner, "inner", 0, 2, &number));
    reader_close(&inner);
    reader_close(&reader);
    assert_int_equal(fixture.errors.count, 0);
    finish(&fixture);
}

static void test_an_absent_field_leaves_the_value_and_says_nothing(void **state)
{
    struct fixture fixture = {0};
    const char *text = "old";
    double number = 4;
    size_t count = 9;
    struct reader reader = open_text(&fixture, "{other: 1}");
    (void)state;
    assert_false(reader_text(&reader, "text", &text));
    assert_string_equal(text, "old");
    assert_false(reader_number(&reader, "number", 0, 1, &number));
    assert_true(number == 4);
    assert_null(reader_list(&reader, "list", &count));
    assert_int_equal(count, 0);
    assert_null(reader_map(&reader, "map").map);
    assert_int_equal(fixture.errors.count, 0);
    assert_false(reader_require(&reader, "text"));
    assert_string_equal(message(&fixture, 0), "t.yaml:1: text: missing, this field must be given");
    finish(&fixture);
}

static void test_every_wrong_value_says_what_was_expected(void **state)
{
    static const char *const NAMES[] = {"red", "green"};
    static const char *const EXPECTED[] = {
        "t.yaml:1: text: expected a text, found a list",
        "t.yaml:2: number: expected a number from 0 to 1, found '1.5'",
        "t.yaml:3: quoted: expected a number from 0 to 1, found a text in quotes",
        "t.yaml:4: whole: expected a whole number from 0 to 9, found '2.5'",
        "t.yaml:5: yes: expected true or false, found 'yes'",
        "t.yaml:6: span: expected a duration such as 90s, 5m or 1h30m from 1s to 1h, found '2h'",
        "t.yaml:7: at: expected a time such as 2026-01-31T08:00:00Z, found 'noon'",
        "t.yaml:8: choice: expected one of red, green, found 'blue'",
        "t.yaml:9: list: expected a list, found a map",
        "t.yaml:10: map: expected a map of fields, found no value",
    };
    struct fixture fixture = {0};
    const char *text;
    double number;
    int64_t whole;
    bool yes;
    heal_duration span;
    heal_time at;
    size_t index;
    struct reader reader = open_text(&fixture, "text: [a]\nnumber: 1.5\nquoted: '0.5'\nwhole: 2.5\nyes: yes\nspan: 2h\n"
                                               "at: noon\nchoice: blue\nlist: {a: 1}\nmap:\n");
    (void)state;
    assert_false(reader_text(&reader, "text", &text));
    assert_false(reader_number(&reader, "number", 0, 1, &number));
    assert_false(reader_number(&reader, "quoted", 0, 1, &number));
    assert_false(reader_integer(&reader, "whole", 0, 9, &whole));
    assert_false(reader_bool(&reader, "yes", &yes));
    assert_false(reader_duration(&reader, "span", HEAL_SECOND, HEAL_HOUR, &span));
    assert_false(reader_time(&reader, "at", &at));
    assert_false(reader_choice(&reader, "choice", NAMES, 2, &index));
    assert_null(reader_list(&reader, "list", &index));
    assert_null(reader_map(&reader, "map").map);
    assert_int_equal(fixture.errors.count, sizeof EXPECTED / sizeof *EXPECTED);
    for (size_t i = 0; i < sizeof EXPECTED / sizeof *EXPECTED; i++)
        assert_string_equal(message(&fixture, i), EXPECTED[i]);
    finish(&fixture);
}

static void test_unknown_fields_are_named_with_what_was_asked_for(void **state)
{
    struct fixture fixture = {0};
    double number;
    struct reader reader = open_text(&fixture, "inner:\n  a: 1\n  b: 2\n  c: 3\n");
    (void)state;
    struct reader inner = reader_map(&reader, "inner");
    reader_number(&inner, "b", 0, 9, &number);
    reader_number(&inner, "d", 0, 9, &number);
    reader_number(&inner, "b", 0, 9, &number);
    reader_close(&inner);
    assert_int_equal(fixture.errors.count, 2);
    assert_string_equal(message(&fixture, 0), "t.yaml:2: inner.a: unknown field, expected one of b, d");
    assert_string_equal(message(&fixture, 1), "t.yaml:4: inner.c: unknown field, expected one of b, d");
    finish(&fixture);
}

static void test_a_wrong_kind_of_map_is_said_once(void **state)
{
    struct fixture fixture = {0};
    const char *text;
    struct reader reader = open_text(&fixture, "just text");
    (void)state;
    assert_false(reader_text(&reader, "name", &text));
    assert_false(reader_require(&reader, "name"));
    reader_error(&reader, "name", "never said");
    reader_close(&reader);
    assert_int_equal(fixture.errors.count, 1);
    assert_string_equal(message(&fixture, 0), "t.yaml:1: expected a map of fields, found 'just text'");
    finish(&fixture);
}

static void test_a_map_of_513_fields_is_refused(void **state)
{
    struct fixture fixture = {0};
    char *text = calloc(1, 513 * 12 + 1);
    size_t length = 0;
    (void)state;
    for (int i = 0; i < 513; i++)
        length += (size_t)sprintf(text + length, "k%d: 1\n", i);
    struct reader reader = open_text(&fixture, text);
    assert_null(reader.map);
    assert_string_equal(message(&fixture, 0), "t.yaml:1: 513 fields, expected at most 512");
    free(text);
    finish(&fixture);
}

static void test_the_last_of_512_fields_is_found_and_marked(void **state)
{
    struct fixture fixture = {0};
    char *text = calloc(1, 512 * 12 + 1);
    size_t length = 0;
    int64_t value = 0;
    (void)state;
    for (int i = 0; i < 512; i++)
        length += (size_t)sprintf(text + length, "k%d: %d\n", i, i);
    struct reader reader = open_text(&fixture, text);
    assert_true(reader_integer(&reader, "k511", 0, 999, &value));
    assert_int_equal(value, 511);
    reader_close(&reader);
    assert_int_equal(fixture.errors.count, 511);
    free(text);
    finish(&fixture);
}

static void test_long_values_are_cut_between_characters(void **state)
{
    struct fixture fixture = {0};
    double number;
    char text[256] = "a: x"; /* 59 bytes of x, then two-byte characters over the cut at 60 */
    (void)state;
    memset(text + 4, 'x', 58);
    for (int i = 0; i < 10; i++)
        strcat(text, "\xc3\xa4");
    struct reader reader = open_text(&fixture, text);
    reader_number(&reader, "a", 0, 1, &number);
    const char *said = message(&fixture, 0);
    assert_non_null(strstr(said, "xx...'"));
    finish(&fixture);
}

static void test_paths_read_as_people_write_them(void **state)
{
    struct fixture fixture = {0};
    struct reader reader = open_text(&fixture, "{a: {b: 1}}");
    (void)state;
    assert_string_equal(reader_path(&reader, "a"), "a");
    struct reader inner = reader_map(&reader, "a");
    assert_string_equal(reader_path(&inner, "b"), "a.b");
    assert_string_equal(reader_item_path(&inner, "b", 12), "a.b[12]");
    reader_error(&inner, NULL, "is %s", "odd");
    assert_string_equal(message(&fixture, 0), "t.yaml:1: a: is odd");
    finish(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_values_are_read_without_a_message),
        cmocka_unit_test(test_an_absent_field_leaves_the_value_and_says_nothing),
        cmocka_unit_test(test_every_wrong_value_says_what_was_expected),
        cmocka_unit_test(test_unknown_fields_are_named_with_what_was_asked_for),
        cmocka_unit_test(test_a_wrong_kind_of_map_is_said_once),
        cmocka_unit_test(test_a_map_of_513_fields_is_refused),
        cmocka_unit_test(test_the_last_of_512_fields_is_found_and_marked),
        cmocka_unit_test(test_long_values_are_cut_between_characters),
        cmocka_unit_test(test_paths_read_as_people_write_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
