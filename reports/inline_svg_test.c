/* inline_svg_test.c - what stays of gnuplot's SVG and what goes. */
#include "reports/inline_svg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_the_picture_stays_and_ids_titles_and_definitions_go(void **state)
{
    char *svg =
        inline_svg("<?xml version=\"1.0\"?>\n<svg \n viewBox=\"0 0 9 9\"\n xmlns=\"http://www.w3.org/2000/svg\"\n"
                   " xmlns:xlink=\"http://www.w3.org/1999/xlink\"\n>\n<title>Gnuplot</title><desc>x</desc>"
                   "<defs><path id='p'/></defs><g id=\"a\" ><title>plot_1</title><text>R&amp;D</text></g></svg>\n",
                   "CPU of <b> & \"c\"");

    (void)state;
    assert_string_equal(svg, "<svg role=\"img\" aria-label=\"CPU of &lt;b&gt; &amp; &quot;c&quot;\" \n"
                             " viewBox=\"0 0 9 9\"\n>\n<g ><text>R&amp;D</text></g></svg>");
    free(svg);
}

static void test_what_is_no_whole_picture_is_refused(void **state)
{
    (void)state;
    assert_null(inline_svg("", "x"));
    assert_null(inline_svg("<svg viewBox", "x"));
    assert_null(inline_svg("</svg>", "x"));
}

static void test_a_span_that_does_not_end_is_kept(void **state)
{
    char *svg = inline_svg("<svg><title>a</svg>", "x");

    (void)state;
    assert_string_equal(svg, "<svg role=\"img\" aria-label=\"x\"><title>a</svg>");
    free(svg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_picture_stays_and_ids_titles_and_definitions_go),
        cmocka_unit_test(test_what_is_no_whole_picture_is_refused),
        cmocka_unit_test(test_a_span_that_does_not_end_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
