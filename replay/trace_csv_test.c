#include "replay/trace_csv.h"

#include "replay/trace_csv_plain.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEED UINT64_C(20220822)
#define ROW_1 "2022-08-22T03:51:00Z"
#define ROW_2 "2022-08-22T03:52:00Z"

static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A copy that ends where its memory ends, so that a sanitizer sees every step past it. */
static struct trace *parse(const char *text, size_t length, struct trace_notes *notes, struct error_list *errors)
{
    char *exact = malloc(length + (length == 0));
    memcpy(exact, text, length);
    struct trace *trace = trace_csv_parse("dir/file.csv", exact, length, notes, errors);
    free(exact);
    return trace;
}

static struct trace *parse_good(const char *text, struct trace_notes *notes)
{
    struct error_list errors = {0};
    char message[256];
    struct trace *trace = parse(text, strlen(text), notes, &errors);
    if (trace == NULL)
        fail_msg("refused: %s", error_format(&errors, 0, message, sizeof message));
    assert_int_equal(errors.count, 0);
    return trace;
}

/* All messages, one a line. */
static void check_refused(const char *text, size_t length, const char *expected)
{
    struct error_list errors = {0};
    char all[4096] = "";
    char message[512];
    assert_null(parse(text, length, NULL, &errors));
    assert_int_equal(errors.count, errors.kept);
    for (size_t i = 0; i < errors.kept; i++) {
        strcat(all, error_format(&errors, i, message, sizeof message));
        strcat(all, "\n");
    }
    assert_string_equal(all, expected);
    error_list_clear(&errors);
}

static void refused(const char *text, const char *expected)
{
    check_refused(text, strlen(text), expected);
}

static void test_columns_and_instants_are_read(void **state)
{
    (void)state;
    struct trace *trace =
        parse_good("timestamp,pod/shop/a:cpu_utilization_ratio,value\n" ROW_1 ",0.25,-3\n" ROW_2 ",,2e3\n", NULL);
    assert_int_equal(trace_series_count(trace), 2);
    assert_int_equal(trace_frame_count(trace), 2);
    assert_string_equal(trace_series_id(trace, 0), "pod/shop/a:cpu_utilization_ratio");
    assert_string_equal(trace_series_id(trace, 1), "series/trace/file:value");
    assert_int_equal(trace_times(trace)[1] - trace_times(trace)[0], HEAL_MINUTE);
    assert_true(trace_column(trace, 0)[0] == 0.25);
    assert_true(isnan(trace_column(trace, 0)[1]));
    assert_true(trace_column(trace, 1)[0] == -3.0);
    assert_true(trace_column(trace, 1)[1] == 2000.0);
    trace_destroy(trace);
}

static void check_one_value(const char *text)
{
    struct trace *trace = parse_good(text, NULL);
    assert_int_equal(trace_frame_count(trace), 1);
    assert_true(trace_column(trace, 0)[0] == 1.5);
    trace_destroy(trace);
}

static void test_layout_does_not_matter(void **state)
{
    (void)state;
    check_one_value("t,v\n" ROW_1 ",1.5");
    check_one_value("t,v\r\n" ROW_1 ",1.5\r\n");
    check_one_value("t,v\r" ROW_1 ",1.5\r");
    check_one_value("\xef\xbb\xbft,v\n" ROW_1 ",1.5\n");
    check_one_value("\n\nt,v\n\n \n" ROW_1 ",1.5\n\n\n");
    check_one_value("t,v\n\r\n" ROW_1 ",1.5\n\r\n");
    check_one_value("t , v\n" ROW_1 " ,\t1.5 \n");
    check_one_value("\"t\",\"v\"\n\"" ROW_1 "\",\"1.5\"\n");
    check_one_value("t,v\n2022-08-22 03:51:00,1.5\n");
    check_one_value("t,v\n2022-08-22T05:51:00.000000+02:00,1.5\n");
    struct trace *odd = parse_good("t,\"a,\"\"b\"\"\nc\"\n" ROW_1 ",1.5\n", NULL);
    assert_string_equal(trace_series_id(odd, 0), "series/trace/file:a,\"b\"_c");
    trace_destroy(odd);
}

static void test_every_fault_has_its_place(void **state)
{
    (void)state;
    refused("", "dir/file.csv: is empty\n");
    refused(" \n\n", "dir/file.csv: is empty\n");
    refused("t,v\n", "dir/file.csv: holds a header but no rows\n");
    refused("t\n" ROW_1 "\n",
            "dir/file.csv:1: expected a header with an instant and at least one series, found one column\n");
    refused("t,a,,a\n" ROW_1 ",1,2,3\n", "dir/file.csv:1: column 3: its name is empty\n"
                                         "dir/file.csv:1: column 4: \"a\" is the name of column 2 already\n");
    refused(",a\n" ROW_1 ",1\n", "dir/file.csv:1: column 1: its name is empty\n");
    refused("t,a,b\n" ROW_1 ",1\n" ROW_2 ",1,2,3\n", "dir/file.csv:2: 2 cells, expected 3 as in the header\n"
                                                     "dir/file.csv:3: 4 cells, expected 3 as in the header\n");
    refused("t,a\nyesterday,1\n,2\n",
            "dir/file.csv:2: t: expected an instant such as 2022-08-22T03:51:00Z, found \"yesterday\"\n"
            "dir/file.csv:3: t: expected an instant such as 2022-08-22T03:51:00Z, found \"\"\n");
    refused("t,a,pod/s/p:b\n" ROW_1 ",NaN,inf\n" ROW_2 ",0x10,1e999\n",
            "dir/file.csv:2: a: expected a finite decimal number or an empty cell, found \"NaN\"\n"
            "dir/file.csv:2: pod/s/p:b: expected a finite decimal number or an empty cell, found \"inf\"\n"
            "dir/file.csv:3: a: expected a finite decimal number or an empty cell, found \"0x10\"\n"
            "dir/file.csv:3: pod/s/p:b: expected a finite decimal number or an empty cell, found \"1e999\"\n");
    refused("t,a\n" ROW_1 ",\"1\n", "dir/file.csv:2: a quote is never closed\n");
}

static void test_time_that_does_not_move_on_is_refused(void **state)
{
    (void)state;
    refused("t,a\n" ROW_2 ",1\n" ROW_1 ",2\n" ROW_2 ",3\n",
            "dir/file.csv:3: t: expected an instant after 2022-08-22T03:52:00Z, that of the row before, found an "
            "earlier one\n"
            "dir/file.csv:4: t: expected an instant after 2022-08-22T03:52:00Z, that of the row before, found the "
            "same\n");
    refused("t,a\n" ROW_1 ",1\n2022-08-22 03:52:00,2\n",
            "dir/file.csv:3: t: expected an instant with a zone as in the first row\n");
    refused("t,a\n2022-08-22 03:50:00,2\n" ROW_1 ",1\n",
            "dir/file.csv:3: t: expected an instant without a zone as in the first row\n");
    refused("t,a\n2022-08-22 03:50:00,1\n2022-08-22 02:49:59,2\n",
            "dir/file.csv:3: t: expected an instant after 2022-08-22T03:50:00Z, that of the row before, found an "
            "earlier one\n");
}

static void test_bytes_that_are_no_text_are_told_once_a_line(void **state)
{
    static const char zero[] = "t,a\n" ROW_1 ",1\0\n" ROW_2 ",x\n";
    static const char binary[] = "\x89PNG\0\0\0\n,,,\n";
    (void)state;
    refused("t,caf\xe9\n" ROW_1 ",1\xff\n" ROW_2 ",x\n",
            "dir/file.csv:1: byte 6 (0xe9) is not UTF-8\n"
            "dir/file.csv:2: byte 23 (0xff) is not UTF-8\n"
            "dir/file.csv:3: expected a finite decimal number or an empty cell, found \"x\"\n");
    check_refused(zero, sizeof zero - 1,
                  "dir/file.csv:2: byte 23 is NUL, expected text\n"
                  "dir/file.csv:3: a: expected a finite decimal number or an empty cell, found \"x\"\n");
    check_refused(binary, sizeof binary - 1, "dir/file.csv: is no text, its first line holds NUL bytes\n");
}

/* NAB's rogue_agent_key_updown turns its clock back in the middle of the file. */
static void test_the_fold_of_a_local_clock_is_dropped_and_counted(void **state)
{
    struct trace_notes notes;
    (void)state;
    struct trace *trace = parse_good("t,v\n"
                                     "2014-11-02 01:30:00,1\n"
                                     "2014-11-02 01:55:00,2\n"
                                     "2014-11-02 01:00:00,3\n"
                                     "2014-11-02 01:55:00,4\n"
                                     "2014-11-02 02:00:00,5\n"
                                     "2014-11-02 02:00:00,6\n"
                                     "2014-11-02 02:05:00,7\n",
                                     &notes);
    assert_int_equal(notes.folded_rows, 3);
    assert_int_equal(notes.fold_line, 4);
    assert_int_equal(trace_frame_count(trace), 4);
    assert_true(trace_column(trace, 0)[2] == 5.0);
    assert_true(trace_column(trace, 0)[3] == 7.0);
    trace_destroy(trace);
    trace_destroy(parse_good("t,v\n" ROW_1 ",1\n", &notes));
    assert_int_equal(notes.folded_rows, 0);
}

static void test_names_are_bounded(void **state)
{
    char text[2000];
    (void)state;
    int used = snprintf(text, sizeof text, "t,%0600d\n" ROW_1 ",1\n", 7);
    check_refused(text, (size_t)used, "dir/file.csv:1: column 2: its name is over 512 bytes long\n");
    used = snprintf(text, sizeof text, "t,%0500d\n" ROW_1 ",1\n", 7);
    check_refused(text, (size_t)used,
                  "dir/file.csv:1: column 2: its name and that of the file are over 512 bytes long\n");
    used = snprintf(text, sizeof text, "t,pod/s/p:%0502d\n" ROW_1 ",1\n", 7);
    struct error_list errors = {0};
    struct trace *trace = parse(text, (size_t)used, NULL, &errors);
    assert_non_null(trace);
    trace_destroy(trace);
}

/* A header of `columns` series and one row. */
static char *wide_text(size_t columns, size_t *length)
{
    size_t size = columns * 11 + 64;
    char *text = malloc(size);
    if (text == NULL)
        abort();
    size_t used = (size_t)snprintf(text, size, "t");
    for (size_t i = 0; i < columns; i++)
        used += (size_t)snprintf(text + used, size - used, ",m%zu", i);
    used += (size_t)snprintf(text + used, size - used, "\n" ROW_1);
    for (size_t i = 0; i < columns; i++)
        used += (size_t)snprintf(text + used, size - used, ",1");
    *length = used;
    return text;
}

static void test_a_million_columns_are_read_and_more_refused(void **state)
{
    struct error_list errors = {0};
    char message[256];
    size_t length;
    (void)state;
    char *text = wide_text(1000000, &length);
    struct trace *trace = trace_csv_parse("f", text, length, NULL, &errors);
    assert_non_null(trace);
    assert_int_equal(trace_series_count(trace), 1000000);
    assert_true(trace_column(trace, 999999)[0] == 1.0);
    trace_destroy(trace);
    free(text);
    text = wide_text(SERIES_MAX + 5, &length);
    assert_null(trace_csv_parse("f", text, length, NULL, &errors));
    assert_int_equal(errors.count, 1);
    assert_string_equal(error_format(&errors, 0, message, sizeof message), "f:1: over 1048576 columns");
    error_list_clear(&errors);
    free(text);
}

/* Many columns and many short lines: what is set aside follows the text, not
 * their product. */
static void test_a_wide_header_over_many_short_lines_costs_no_more_than_the_text(void **state)
{
    struct error_list errors = {0};
    size_t length;
    (void)state;
    char *text = wide_text(200000, &length);
    text = realloc(text, length + 4000000);
    if (text == NULL)
        abort();
    for (size_t i = 0; i < 2000000; i++)
        memcpy(text + length + 2 * i, "\n,", 2);
    assert_true(trace_csv_rows_bound(text, length + 4000000, 200000, true) < 64);
    assert_null(trace_csv_parse("f", text, length + 4000000, NULL, &errors));
    assert_true(errors.count >= 2000000);
    assert_int_equal(errors.kept, ERROR_KEPT);
    error_list_clear(&errors);
    free(text);
}

static void test_a_row_over_64_mebibytes_is_refused(void **state)
{
    struct error_list errors = {0};
    char message[256];
    size_t length = ((size_t)64 << 20) + 1000;
    char *text = malloc(length);
    (void)state;
    memset(text, '1', length);
    memcpy(text, "t,v\n" ROW_1 ",", 25);
    assert_null(trace_csv_parse("f", text, length, NULL, &errors));
    assert_string_equal(error_format(&errors, 0, message, sizeof message), "f:2: row over 67108864 bytes");
    assert_int_equal(errors.count, 1);
    error_list_clear(&errors);
    free(text);
}

/* Quadratic time would not end here. */
static void test_many_lines_that_end_in_cr_alone_take_linear_time(void **state)
{
    enum { ROWS = 400000, ROW_BYTES = 23 };
    struct error_list errors = {0};
    char *text = malloc(4 + (size_t)ROWS * ROW_BYTES + 1);
    char stamp[HEAL_TIME_TEXT];
    (void)state;
    if (text == NULL)
        abort();
    memcpy(text, "t,v\r", 4);
    for (int i = 0; i < ROWS; i++)
        snprintf(text + 4 + i * ROW_BYTES, ROW_BYTES + 1, "%s,1\r", heal_time_format(i * HEAL_SECOND, stamp));
    struct trace *trace = trace_csv_parse("f", text, 4 + (size_t)ROWS * ROW_BYTES, NULL, &errors);
    assert_non_null(trace);
    assert_int_equal(trace_frame_count(trace), ROWS);
    trace_destroy(trace);
    free(text);
}

static int print_cell(char *text, size_t size, uint64_t *state)
{
    static const char *const formats[] = {"%.6g", "%.7g", "%.3f", "%.17g", "%.0f", "%.9f", "%.2e"};
    static const double scales[] = {1.0, 1e-3, 1e-6, 1e8, 1e4, -1.0, -1e9};
    if (draw(state) % 10 == 0)
        return snprintf(text, size, "%s", "");
    double value = (double)(draw(state) >> 11) * 0x1p-53 * scales[draw(state) % 7];
    return snprintf(text, size, formats[draw(state) % 7], value);
}

/* A random plain file into `text`; returns its length. */
static size_t print_file(char *text, size_t size, uint64_t *state)
{
    size_t series = 1 + draw(state) % 40, rows = 1 + draw(state) % 40, used = 0;
    const char *line_end = draw(state) % 2 == 0 ? "\n" : "\r\n";
    const char *zone = draw(state) % 2 == 0 ? "Z" : "";
    char stamp[HEAL_TIME_TEXT];
    heal_time at = (heal_time)(draw(state) % (UINT64_C(1) << 60));
    used += (size_t)snprintf(text, size, "timestamp");
    for (size_t i = 0; i < series; i++)
        used += (size_t)snprintf(text + used, size - used, ",m%zu", i);
    for (size_t row = 0; row < rows; row++) {
        at += 1 + (heal_duration)(draw(state) % (uint64_t)HEAL_DAY);
        heal_time_format(at, stamp);
        stamp[strlen(stamp) - 1] = '\0';
        used += (size_t)snprintf(text + used, size - used, "%s%s%s", line_end, stamp, zone);
        for (size_t i = 0; i < series; i++) {
            text[used++] = ',';
            used += (size_t)print_cell(text + used, size - used, state);
        }
    }
    if (draw(state) % 2 == 0)
        used += (size_t)snprintf(text + used, size - used, "%s", line_end);
    return used;
}

static void check_same(const struct trace *a, const struct trace *b)
{
    size_t frames = trace_frame_count(a);
    assert_int_equal(frames, trace_frame_count(b));
    assert_int_equal(trace_series_count(a), trace_series_count(b));
    assert_memory_equal(trace_times(a), trace_times(b), frames * sizeof(heal_time));
    for (size_t i = 0; i < trace_series_count(a); i++) {
        assert_string_equal(trace_series_id(a, i), trace_series_id(b, i));
        assert_memory_equal(trace_column(a, i), trace_column(b, i), frames * sizeof(double));
    }
}

static void test_both_paths_give_the_same_bits(void **state)
{
    enum { SIZE = 1 << 17 };
    uint64_t seed = SEED;
    char *text = malloc(SIZE);
    (void)state;
    print_message("seed %" PRIu64 "\n", seed);
    for (int i = 0; i < 500; i++) {
        struct error_list errors = {0};
        size_t length = print_file(text, SIZE, &seed);
        char *exact = malloc(length);
        memcpy(exact, text, length);
        struct trace *plain = trace_csv_plain("f", exact, length);
        struct trace *tolerant = trace_csv_parse_tolerant("f", exact, length, NULL, &errors);
        if (plain == NULL || tolerant == NULL)
            fail_msg("file %d was declined", i);
        check_same(plain, tolerant);
        trace_destroy(plain);
        trace_destroy(tolerant);
        free(exact);
    }
    free(text);
}

/* Cut anywhere and with any byte changed, a file is a trace or an error, never
 * both, and where the plain path takes it the tolerant path says the same. */
static void test_damaged_files_are_judged_alike(void **state)
{
    static const char bytes[] = ",\n\r\" .-+eE05\0\x80x:TZ";
    enum { SIZE = 1 << 17 };
    uint64_t seed = SEED + 1;
    char *text = malloc(SIZE);
    (void)state;
    print_message("seed %" PRIu64 "\n", seed);
    for (int i = 0; i < 3000; i++) {
        struct error_list errors = {0};
        size_t length = print_file(text, SIZE, &seed);
        if (length > 3000)
            length = 3000;
        for (uint64_t changes = draw(&seed) % 4; changes > 0; changes--)
            text[draw(&seed) % length] = bytes[draw(&seed) % (sizeof bytes - 1)];
        length = draw(&seed) % 2 == 0 ? length : draw(&seed) % length;
        char *exact = malloc(length + (length == 0));
        memcpy(exact, text, length);
        struct trace *plain = trace_csv_plain("f", exact, length);
        struct trace *tolerant = trace_csv_parse_tolerant("f", exact, length, NULL, &errors);
        assert_int_equal(tolerant == NULL, errors.count > 0);
        if (plain != NULL) {
            assert_non_null(tolerant);
            check_same(plain, tolerant);
        }
        trace_destroy(plain);
        trace_destroy(tolerant);
        error_list_clear(&errors);
        free(exact);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_and_instants_are_read),
        cmocka_unit_test(test_layout_does_not_matter),
        cmocka_unit_test(test_every_fault_has_its_place),
        cmocka_unit_test(test_time_that_does_not_move_on_is_refused),
        cmocka_unit_test(test_bytes_that_are_no_text_are_told_once_a_line),
        cmocka_unit_test(test_the_fold_of_a_local_clock_is_dropped_and_counted),
        cmocka_unit_test(test_names_are_bounded),
        cmocka_unit_test(test_a_million_columns_are_read_and_more_refused),
        cmocka_unit_test(test_a_wide_header_over_many_short_lines_costs_no_more_than_the_text),
        cmocka_unit_test(test_a_row_over_64_mebibytes_is_refused),
        cmocka_unit_test(test_many_lines_that_end_in_cr_alone_take_linear_time),
        cmocka_unit_test(test_both_paths_give_the_same_bits),
        cmocka_unit_test(test_damaged_files_are_judged_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
