/* options_test.c - command lines as people type them, right and wrong. */
#include "cli/options.h"

#include "cli/test_capture.h"
#include "engine/time.h"

static const struct subcommand COMMAND = {"try", "FILE...", "Tries options.", "In detail.", "  selfheal try a.yaml"};

/* One option of each kind. */
struct given {
    bool flag;
    const char *text;
    struct option_number number;
    heal_duration span;
    struct option_list list;
    const char *positional[3];
    size_t count;
    char out[4096], err[4096];
};

static int parse(struct given *given, size_t least, size_t most, int argc, const char **argv)
{
    const struct option options[] = {
        {"flag", OPTION_FLAG, &given->flag, NULL, "a flag"},
        {"text", OPTION_TEXT, &given->text, "FILE", "a text"},
        {"number", OPTION_NUMBER, &given->number, "N", "a number"},
        {"span", OPTION_DURATION, &given->span, "SPAN", "a span"},
        {"list", OPTION_LIST, &given->list, "ITEM", "an item"},
    };
    char *copies[2 * OPTION_LIST_MAX + 8];
    struct capture out = capture_begin(stdout), err = capture_begin(stderr);

    assert_true((size_t)argc < sizeof copies / sizeof copies[0]);
    for (int i = 0; i < argc; i++)
        copies[i] = (char *)(uintptr_t)argv[i];
    int result = options_parse(argc, copies, &COMMAND, options, sizeof options / sizeof options[0], given->positional,
                               least, most, &given->count);
    capture_end(&out, given->out, sizeof given->out);
    capture_end(&err, given->err, sizeof given->err);
    return result;
}

/* `try` and the given words; 0 .. 3 positional ones are fine. */
#define PARSE(given, ...)                                                                                              \
    parse((given), 0, 3, (int)(sizeof((const char *[]){"try", __VA_ARGS__}) / sizeof(const char *)),                   \
          (const char *[]){"try", __VA_ARGS__})

static struct given nothing(void)
{
    return (struct given){.text = "default", .number = {5, 1, 10, false}, .span = 7};
}

static void test_what_is_not_given_keeps_its_default(void **state)
{
    (void)state;
    struct given given = nothing();

    assert_int_equal(PARSE(&given, "a.yaml"), OPTIONS_RUN);
    assert_false(given.flag);
    assert_string_equal(given.text, "default");
    assert_int_equal(given.number.value, 5);
    assert_false(given.number.given);
    assert_int_equal(given.span, 7);
    assert_int_equal(given.list.count, 0);
    assert_int_equal(given.count, 1);
    assert_string_equal(given.positional[0], "a.yaml");
    assert_string_equal(given.out, "");
    assert_string_equal(given.err, "");
}

static void test_values_come_after_a_blank_or_an_equals_sign(void **state)
{
    (void)state;
    struct given blank = nothing(), equals = nothing();

    assert_int_equal(PARSE(&blank, "--flag", "--text", "x=y", "a", "--number", "9", "--span", "90s", "--list", "i", "b",
                           "--list", "j"),
                     OPTIONS_RUN);
    assert_int_equal(
        PARSE(&equals, "--flag", "--text=x=y", "--number=9", "a", "b", "--span=90s", "--list=i", "--list=j"),
        OPTIONS_RUN);
    for (int i = 0; i < 2; i++) {
        const struct given *given = i ? &equals : &blank;
        assert_true(given->flag);
        assert_string_equal(given->text, "x=y");
        assert_int_equal(given->number.value, 9);
        assert_true(given->number.given);
        assert_int_equal(given->span, 90 * HEAL_SECOND);
        assert_int_equal(given->list.count, 2);
        assert_string_equal(given->list.items[0], "i");
        assert_string_equal(given->list.items[1], "j");
        assert_int_equal(given->count, 2);
        assert_string_equal(given->positional[1], "b");
    }
}

static void test_the_last_of_several_values_counts_and_may_be_empty(void **state)
{
    (void)state;
    struct given given = nothing();

    assert_int_equal(PARSE(&given, "--text", "one", "--number=2", "--text=", "--number=3"), OPTIONS_RUN);
    assert_string_equal(given.text, "");
    assert_int_equal(given.number.value, 3);
}

static void test_numbers_are_whole_and_within_their_limits(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"0",
                                        "11",
                                        "-1",
                                        "+3",
                                        " 3",
                                        "3 ",
                                        "3x",
                                        "0x3",
                                        "1e1",
                                        "2.0",
                                        "",
                                        "ten",
                                        "99999999999999999999",
                                        "18446744073709551617"};

    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        struct given given = nothing();
        assert_int_equal(PARSE(&given, "--number", WRONG[i]), OPTIONS_WRONG);
        assert_non_null(strstr(given.err, "--number"));
        assert_non_null(strstr(given.err, "from 1 to 10"));
        assert_int_equal(given.number.value, 5);
        assert_false(given.number.given);
    }
    struct given given = nothing();
    assert_int_equal(PARSE(&given, "--number=1"), OPTIONS_RUN);
    assert_int_equal(PARSE(&given, "--number=10"), OPTIONS_RUN);
    given.number.high = UINT64_MAX;
    assert_int_equal(PARSE(&given, "--number=18446744073709551615"), OPTIONS_RUN);
    assert_true(given.number.value == UINT64_MAX);
}

static void test_spans_are_spans_and_not_empty(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"0", "0s", "5", "-5m", "5 m", "m", "", "5y", "1h-5m"};

    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        struct given given = nothing();
        assert_int_equal(PARSE(&given, "--span", WRONG[i]), OPTIONS_WRONG);
        assert_non_null(strstr(given.err, "--span"));
        assert_int_equal(given.span, 7);
    }
}

static void test_every_wrong_word_is_told_at_once(void **state)
{
    (void)state;
    struct given given = nothing();

    assert_int_equal(PARSE(&given, "--nope", "--number=x", "-f", "--flag=yes", "--span=?", "a", "b", "c", "d", "--=x",
                           "--numbe=1", "--numbers=1", "--text"),
                     OPTIONS_WRONG);
    static const char *const TOLD[] = {"--nope",
                                       "\"x\"",
                                       "-f;",
                                       "--flag takes no value",
                                       "\"?\"",
                                       "too many: d",
                                       "no option --;",
                                       "no option --numbe;",
                                       "no option --numbers;",
                                       "--text wants a value: FILE"};
    for (size_t i = 0; i < sizeof TOLD / sizeof TOLD[0]; i++)
        assert_non_null(strstr(given.err, TOLD[i]));
    size_t lines = 0;
    for (const char *at = given.err; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, sizeof TOLD / sizeof TOLD[0]);
    assert_string_equal(given.out, "");
    assert_false(given.flag);
}

static void test_there_must_be_enough_arguments(void **state)
{
    (void)state;
    struct given given = nothing();

    assert_int_equal(parse(&given, 1, 1, 2, (const char *[]){"try", "--flag"}), OPTIONS_WRONG);
    assert_non_null(strstr(given.err, "usage: selfheal try FILE..."));
    assert_int_equal(parse(&given, 1, 1, 1, (const char *[]){"try"}), OPTIONS_WRONG);
    assert_int_equal(parse(&given, 0, 0, 1, (const char *[]){"try"}), OPTIONS_RUN);
    assert_int_equal(parse(&given, 1, 1, 3, (const char *[]){"try", "a", "b"}), OPTIONS_WRONG);
}

static void test_after_two_dashes_all_is_names(void **state)
{
    (void)state;
    struct given given = nothing();

    assert_int_equal(PARSE(&given, "-", "--", "--flag", "--help"), OPTIONS_RUN);
    assert_false(given.flag);
    assert_int_equal(given.count, 3);
    assert_string_equal(given.positional[0], "-"); /* a lone dash is a name */
    assert_string_equal(given.positional[1], "--flag");
    assert_string_equal(given.positional[2], "--help");
}

static void test_help_shows_all_that_can_be_typed_and_wins_over_errors(void **state)
{
    (void)state;
    struct given given = nothing();

    assert_int_equal(PARSE(&given, "--nope", "--number=x", "--help"), OPTIONS_HELP_SHOWN);
    static const char *const SHOWN[] = {
        "selfheal try FILE...", "Tries options.", "In detail.",  "--flag ", "--text FILE",
        "--number N",           "--span SPAN",    "--list ITEM", "--help",  "selfheal try a.yaml"};
    for (size_t i = 0; i < sizeof SHOWN / sizeof SHOWN[0]; i++)
        assert_non_null(strstr(given.out, SHOWN[i]));
    assert_string_equal(given.err, "");
}

static void test_a_list_has_an_end(void **state)
{
    (void)state;
    static struct given given;
    const char *argv[OPTION_LIST_MAX + 2];

    given = nothing();
    argv[0] = "try";
    for (int i = 0; i <= OPTION_LIST_MAX; i++)
        argv[i + 1] = "--list=x";
    assert_int_equal(parse(&given, 0, 0, OPTION_LIST_MAX + 1, argv), OPTIONS_RUN);
    assert_int_equal(given.list.count, OPTION_LIST_MAX);
    given = nothing();
    assert_int_equal(parse(&given, 0, 0, OPTION_LIST_MAX + 2, argv), OPTIONS_WRONG);
    assert_non_null(strstr(given.err, "more than 256 times"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_given_keeps_its_default),
        cmocka_unit_test(test_values_come_after_a_blank_or_an_equals_sign),
        cmocka_unit_test(test_the_last_of_several_values_counts_and_may_be_empty),
        cmocka_unit_test(test_numbers_are_whole_and_within_their_limits),
        cmocka_unit_test(test_spans_are_spans_and_not_empty),
        cmocka_unit_test(test_every_wrong_word_is_told_at_once),
        cmocka_unit_test(test_there_must_be_enough_arguments),
        cmocka_unit_test(test_after_two_dashes_all_is_names),
        cmocka_unit_test(test_help_shows_all_that_can_be_typed_and_wins_over_errors),
        cmocka_unit_test(test_a_list_has_an_end),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
