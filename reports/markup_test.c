/* markup_test.c - what people read, at the edges. */
#include "reports/markup.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *written(void (*write)(FILE *out, const char *text), const char *text)
{
    char *made = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&made, &length);

    assert_non_null(out);
    write(out, text);
    assert_int_equal(fclose(out), 0);
    return made;
}

static void test_nothing_from_outside_is_markup(void **state)
{
    char *html = written(markup_html, "<script>\"a\" & 'b'</script>");
    char *markdown = written(markup_markdown, "a|b*c_d`e[f]#<g>&h\\\ni~");

    (void)state;
    assert_string_equal(html, "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;");
    assert_string_equal(markdown, "a\\|b\\*c\\_d\\`e\\[f\\]\\#&lt;g>&amp;h\\\\ i\\~");
    free(html);
    free(markdown);
}

static void test_seconds_take_the_unit_that_fits(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } rows[] = {
        {0, "0 s"},           {0.0123, "0.012 s"},    {0.996, "1.0 s"},     {59.94, "59.9 s"},  {59.96, "1 min 00 s"},
        {65.4, "1 min 05 s"}, {3599.6, "1 h 00 min"}, {7830, "2 h 11 min"}, {86399, "1 d 0 h"}, {277200, "3 d 5 h"},
        {NAN, "\u2013"},      {INFINITY, "\u2013"}};
    char text[MARKUP_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(markup_seconds(rows[i].seconds, text), rows[i].text);
}

static void test_a_span_that_was_set_drops_what_is_zero(void **state)
{
    char text[MARKUP_TEXT];

    (void)state;
    assert_string_equal(markup_span(1800, text), "30 min");
    assert_string_equal(markup_span(7200, text), "2 h");
    assert_string_equal(markup_span(86400, text), "1 d");
    assert_string_equal(markup_span(90, text), "1 min 30 s");
    assert_string_equal(markup_span(30, text), "30.0 s");
}

static void test_a_share_is_not_rounded_to_all_or_nothing(void **state)
{
    static const struct {
        double share;
        const char *text;
    } rows[] = {{0, "0 %"},           {1, "100 %"},   {0.9333, "93.3 %"}, {0.99999, "99.9990 %"},
                {0.0001, "0.0100 %"}, {NAN, "\u2013"}};
    char text[MARKUP_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(markup_percent(rows[i].share, text), rows[i].text);
}

static void test_intervals_numbers_and_elapsed_time(void **state)
{
    const double interval[2] = {0.5, 90}, shares[2] = {0.25, 0.5}, none[2] = {NAN, NAN};
    char text[MARKUP_TEXT];

    (void)state;
    assert_string_equal(markup_interval_seconds(interval, text), "0.5 s to 1 min 30 s");
    assert_string_equal(markup_interval_percent(shares, text), "25.0 % to 50.0 %");
    assert_string_equal(markup_interval_seconds(none, text), "\u2013");
    assert_string_equal(markup_number(0.123456, text), "0.1235");
    assert_string_equal(markup_number(NAN, text), "\u2013");
    assert_string_equal(markup_elapsed(245.4, text), "0:04:05");
    assert_string_equal(markup_elapsed(90061, text), "1 d 1:01:01");
    assert_string_equal(markup_elapsed(-5, text), "-0:00:05");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_from_outside_is_markup),
        cmocka_unit_test(test_seconds_take_the_unit_that_fits),
        cmocka_unit_test(test_a_span_that_was_set_drops_what_is_zero),
        cmocka_unit_test(test_a_share_is_not_rounded_to_all_or_nothing),
        cmocka_unit_test(test_intervals_numbers_and_elapsed_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
