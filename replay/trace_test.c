#include "replay/trace.h"

#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct trace *make_trace(size_t series, size_t frames)
{
    const char **ids = malloc(series * sizeof *ids);
    char(*texts)[32] = malloc(series * sizeof *texts);
    for (size_t i = 0; i < series; i++) {
        snprintf(texts[i], sizeof texts[i], "pod/s/p%zu:m", i);
        ids[i] = texts[i];
    }
    struct trace *trace = trace_create(series, frames, ids);
    assert_non_null(trace);
    for (size_t i = 0; i < frames; i++)
        trace_times_writable(trace)[i] = (heal_time)i * HEAL_SECOND;
    free(texts);
    free(ids);
    return trace;
}

static void test_a_new_trace_holds_no_sample(void **state)
{
    (void)state;
    struct trace *trace = make_trace(3, 5);
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 5; j++)
            assert_true(isnan(trace_column(trace, i)[j]));
    }
    assert_string_equal(trace_series_id(trace, 2), "pod/s/p2:m");
    trace_destroy(trace);
    trace_destroy(NULL);
}

static void test_sizes_are_bounded(void **state)
{
    const char *id = "pod/s/p:m";
    (void)state;
    assert_null(trace_create(0, 1, &id));
    assert_null(trace_create(1, 0, &id));
    assert_null(trace_create(1, SIZE_MAX / 8, &id));
    assert_null(trace_create((size_t)SERIES_MAX + 1, 1, &id));
}

static void check_rows(size_t series, size_t frames)
{
    struct trace *trace = make_trace(series, frames);
    struct trace_cursor *cursor;
    heal_time at;
    for (size_t i = 0; i < series; i++) {
        for (size_t j = 0; j < frames; j++)
            trace_column_writable(trace, i)[j] = (double)(j * series + i);
    }
    cursor = trace_cursor_create(trace);
    for (size_t start = 0; start <= frames; start += 1 + frames / 7) {
        trace_cursor_seek(cursor, start);
        for (size_t j = start; j < frames; j++) {
            const double *row = trace_cursor_next(cursor, &at);
            assert_non_null(row);
            assert_int_equal(at, (heal_time)j * HEAL_SECOND);
            for (size_t i = 0; i < series; i++)
                assert_true(row[i] == (double)(j * series + i));
        }
        assert_null(trace_cursor_next(cursor, &at));
    }
    trace_cursor_destroy(cursor);
    trace_destroy(trace);
}

static void test_the_cursor_gives_every_row_from_any_start(void **state)
{
    static const size_t sizes[][2] = {{1, 1}, {1, 7}, {3, 8}, {5, 9}, {200, 131}, {1000, 70}, {40000, 19}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        check_rows(sizes[i][0], sizes[i][1]);
    trace_cursor_destroy(NULL);
}

static void test_series_are_described_in_column_order(void **state)
{
    (void)state;
    struct trace *trace = make_trace(4, 1);
    struct inventory *inventory = inventory_create();
    assert_true(trace_describe(trace, inventory));
    assert_int_equal(inventory_find_series(inventory, "pod/s/p3:m", 10), 3);
    assert_false(trace_describe(trace, inventory));
    inventory_destroy(inventory);
    trace_destroy(trace);
}

static void check_unopened(const char *path, const char *expected)
{
    struct error_list errors = {0};
    char message[512];
    assert_null(trace_open(path, NULL, &errors));
    assert_int_equal(errors.count, 1);
    assert_false(errors.environment);
    const char *text = error_format(&errors, 0, message, sizeof message);
    assert_string_equal(text + strlen(path), expected);
    error_list_clear(&errors);
}

static void test_what_is_no_readable_file_gets_one_clear_message(void **state)
{
    char folder[] = "/tmp/trace_test.XXXXXX";
    char path[64];
    (void)state;
    assert_non_null(mkdtemp(folder));
    check_unopened(folder, ": is a directory, expected a file");
    snprintf(path, sizeof path, "%s/missing.csv", folder);
    check_unopened(path, ": cannot open: No such file or directory");
    snprintf(path, sizeof path, "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    check_unopened(path, ": is no regular file (a pipe or device cannot be mapped)");
    unlink(path);
    snprintf(path, sizeof path, "%s/empty.csv", folder);
    fclose(fopen(path, "w"));
    check_unopened(path, ": is empty");
    unlink(path);
    rmdir(folder);
}

/* ---- the recordings in the shared folder ---- */

struct recordings {
    size_t opened;
    uint64_t folded_rows;
};

static void open_recording(const char *path, struct recordings *found)
{
    struct error_list errors = {0};
    struct trace_notes notes;
    char message[512];
    struct trace *trace = trace_open(path, &notes, &errors);
    if (trace == NULL)
        fail_msg("%s", error_format(&errors, 0, message, sizeof message));
    found->opened++;
    found->folded_rows += notes.folded_rows;
    trace_destroy(trace);
}

static void open_matching(const char *pattern, struct recordings *found)
{
    glob_t paths;
    assert_int_equal(glob(pattern, 0, NULL, &paths), 0);
    for (size_t i = 0; i < paths.gl_pathc; i++)
        open_recording(paths.gl_pathv[i], found);
    globfree(&paths);
}

static void test_every_shared_recording_opens_unchanged(void **state)
{
    const char *shared = getenv("SELFHEAL_SHARED");
    char path[1024];
    struct recordings nab = {0}, nezha = {0};
    (void)state;
    if (shared == NULL)
        shared = SELFHEAL_SOURCE_DIR "/../shared";
    snprintf(path, sizeof path, "%s/traces", shared);
    if (access(path, R_OK) != 0) {
        fprintf(stderr, "trace_test: NOT TESTED: no recordings at %s (set SELFHEAL_SHARED)\n", path);
        skip();
    }
    snprintf(path, sizeof path, "%s/traces/nab/data/*/*.csv", shared);
    open_matching(path, &nab);
    assert_int_equal(nab.opened, 35);
    assert_true(nab.folded_rows > 0);
    snprintf(path, sizeof path, "%s/traces/nezha-*/metrics.csv", shared);
    open_matching(path, &nezha);
    assert_int_equal(nezha.opened, 1);
    assert_int_equal(nezha.folded_rows, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_trace_holds_no_sample),
        cmocka_unit_test(test_sizes_are_bounded),
        cmocka_unit_test(test_the_cursor_gives_every_row_from_any_start),
        cmocka_unit_test(test_series_are_described_in_column_order),
        cmocka_unit_test(test_what_is_no_readable_file_gets_one_clear_message),
        cmocka_unit_test(test_every_shared_recording_opens_unchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
