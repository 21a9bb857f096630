/* chart_test.c - a chart's data stand beside it, and without gnuplot the page says so. */
#include "reports/chart.h"

#include "reports/page_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct chart_point POINTS[] = {
    {"first", 0, 0.25, 0.125, 0.5, NAN, NAN, NAN},
    {"a \"quoted\", one", 1, 0.75, NAN, NAN, NAN, NAN, NAN},
};
static const struct chart FOREST = {.kind = CHART_FOREST,
                                    .name = "forest",
                                    .caption = "A forest",
                                    .x_title = "share",
                                    .x_share = true,
                                    .line = 0.5,
                                    .series = {"one", "two"},
                                    .points = POINTS,
                                    .count = 2};

struct world {
    char folder[64], plots[80];
};

static int enter(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    strcpy(world->folder, "/tmp/chart_test_XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->plots, sizeof world->plots, "%s/plots", world->folder);
    *state = world;
    return 0;
}

static int leave(void **state)
{
    static const char *const NAMES[] = {"csv", "gp", "svg", "png", "pdf"};
    struct world *world = *state;
    char path[128];

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        snprintf(path, sizeof path, "%s/forest.%s", world->plots, NAMES[i]);
        unlink(path);
    }
    rmdir(world->plots);
    assert_int_equal(rmdir(world->folder), 0); /* nothing else was left */
    free(world);
    return 0;
}

static char *read_in(const struct world *world, const char *name)
{
    char path[128];
    size_t length;

    snprintf(path, sizeof path, "%s/%s", world->plots, name);
    return page_file_read(path, &length);
}

static char *shown(const struct drawing *drawing)
{
    char *text = NULL;
    size_t length = 0;
    struct page page = {.out = open_memstream(&text, &length), .form = PAGE_HTML};

    chart_show(&page, drawing);
    assert_int_equal(fclose(page.out), 0);
    return text;
}

static void test_the_data_stand_beside_the_plot(void **state)
{
    struct error_list errors = {0};
    struct drawing drawing;

    assert_true(
        chart_draw(&FOREST, &(struct chart_options){.folder = ((struct world *)*state)->plots}, &drawing, &errors));
    char *csv = read_in(*state, "forest.csv"), *script = read_in(*state, "forest.gp");
    assert_string_equal(csv, "row,series,x,x_low,x_high,y,y_low,y_high,label\n"
                             "0,0,0.25,0.125,0.5,NaN,NaN,NaN,\"first\"\n"
                             "1,1,0.75,0.75,0.75,NaN,NaN,NaN,\"a \"\"quoted\"\", one\"\n");
    assert_non_null(strstr(script, "'first' 0"));
    assert_non_null(strstr(script, "'a ?quoted?, one' 1"));
    assert_non_null(strstr(script, "set arrow from 50, graph 0"));
    assert_int_equal(errors.count, 0);
    free(csv);
    free(script);
    drawing_clear(&drawing);
}

static void test_without_gnuplot_the_page_says_so(void **state)
{
    struct error_list errors = {0};
    struct drawing drawing;
    const struct chart_options options = {.folder = ((struct world *)*state)->plots, .gnuplot = "/nowhere/gnuplot"};

    assert_true(chart_draw(&FOREST, &options, &drawing, &errors));
    assert_null(drawing.svg);
    char *text = shown(&drawing);
    assert_non_null(strstr(text, "gnuplot is not installed"));
    assert_non_null(strstr(text, "plots/forest.csv"));
    free(text);
    drawing_clear(&drawing);
}

static void test_what_gnuplot_draws_goes_into_the_page(void **state)
{
    struct error_list errors = {0};
    struct drawing drawing;
    const struct chart_options options = {.folder = ((struct world *)*state)->plots, .images = IMAGE_PNG | IMAGE_PDF};

    assert_true(chart_draw(&FOREST, &options, &drawing, &errors));
    if (drawing.missing)
        skip();
    char *text = shown(&drawing), *png = read_in(*state, "forest.png"), *pdf = read_in(*state, "forest.pdf");
    assert_non_null(strstr(text, "aria-label=\"A forest\""));
    assert_non_null(strstr(text, "two"));
    assert_non_null(png);
    assert_memory_equal(png, "\x89PNG", 4);
    assert_non_null(pdf);
    assert_memory_equal(pdf, "%PDF", 4);
    free(text);
    free(png);
    free(pdf);
    drawing_clear(&drawing);
}

static void test_a_chart_without_points_is_none(void **state)
{
    struct error_list errors = {0};
    struct drawings drawings = {0};
    struct chart chart = FOREST;

    chart.count = 0;
    assert_true(
        drawings_add(&drawings, &chart, &(struct chart_options){.folder = ((struct world *)*state)->plots}, &errors));
    assert_int_equal(drawings.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_data_stand_beside_the_plot, enter, leave),
        cmocka_unit_test_setup_teardown(test_without_gnuplot_the_page_says_so, enter, leave),
        cmocka_unit_test_setup_teardown(test_what_gnuplot_draws_goes_into_the_page, enter, leave),
        cmocka_unit_test_setup_teardown(test_a_chart_without_points_is_none, enter, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
