/* gnuplot_test.c - a program that is missing, fails, or does not end. */
#include "reports/gnuplot.h"

#include "reports/page_file.h"
#include "store/test_query.h"

#include <sys/stat.h>
#include <time.h>

static void test_what_the_program_came_to_is_told(void **state)
{
    struct test_world *world = *state;

    assert_int_equal(gnuplot_run("/bin/true", world->folder, "x.gp", NULL, 5), GNUPLOT_DRAWN);
    assert_int_equal(gnuplot_run("/bin/false", world->folder, "x.gp", NULL, 5), GNUPLOT_FAILED);
    assert_int_equal(gnuplot_run("/nowhere/gnuplot", world->folder, "x.gp", NULL, 5), GNUPLOT_MISSING);
    assert_int_equal(gnuplot_run("no-such-gnuplot", world->folder, "x.gp", NULL, 5), GNUPLOT_MISSING);
    assert_int_equal(gnuplot_run("/bin/true", "/nowhere", "x.gp", NULL, 5), GNUPLOT_FAILED);
}

static char *write_program(struct test_world *world, const char *text)
{
    char *path = page_file_path(world->folder, "program", &world->errors);

    assert_true(page_file_write(world->folder, "program", text, strlen(text), &world->errors));
    assert_int_equal(chmod(path, 0755), 0);
    return path;
}

static void test_it_runs_in_the_folder_on_the_script_in_the_plain_locale(void **state)
{
    struct test_world *world = *state;
    char *program = write_program(world, "#!/bin/sh\ntest \"$1\" = 'x y.gp' || exit 1\necho \"$LC_ALL\" > told\n");
    char *told = page_file_path(world->folder, "told", &world->errors);
    size_t length;
    char *text;

    assert_int_equal(setenv("LC_ALL", "de_DE.UTF-8", 1), 0);
    assert_int_equal(gnuplot_run(program, world->folder, "x y.gp", NULL, 5), GNUPLOT_DRAWN);
    text = page_file_read(told, &length);
    assert_string_equal(text, "C\n");
    free(text);
    free(told);
    free(program);
}

static void test_what_does_not_end_is_stopped_with_its_children(void **state)
{
    struct test_world *world = *state;
    char *program = write_program(world, "#!/bin/sh\n(sleep 3; touch survived) &\nwait\n");
    char *survived = page_file_path(world->folder, "survived", &world->errors);
    const struct timespec pause = {2, 500000000};

    assert_int_equal(gnuplot_run(program, world->folder, "x.gp", NULL, 1), GNUPLOT_FAILED);
    nanosleep(&pause, NULL);
    assert_int_equal(access(survived, F_OK), -1);
    free(survived);
    free(program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_what_the_program_came_to_is_told),
        test_in_world(test_it_runs_in_the_folder_on_the_script_in_the_plain_locale),
        test_in_world(test_what_does_not_end_is_stopped_with_its_children),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
