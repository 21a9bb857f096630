/* bench_csv.c - reading a wide CSV: ours against libcsv + strtod, in one run.
 *
 * Writes a 270 MB file of 240 series with six or seven significant digits into a
 * folder of its own under TMPDIR (or /tmp), reads it in turns with both, prints
 * the best of each in MB/s and their ratio, and removes the file. The reference
 * does less: it keeps no columns, only the row in hand and a sum of all values,
 * which must be ours to the bit.
 */
#include "engine/error.h"
#include "engine/time.h"
#include "replay/trace.h"

#include <csv.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SERIES = 240, ROUNDS = 3, CHUNK = 1 << 20 };
#define FILE_BYTES INT64_C(270000000)
#define START (INT64_C(1661140260) * HEAL_SECOND)

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* splitmix64 (Steele, Lea, Flood 2014): the same file on every machine. */
static double uniform(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* The scales of a cluster's metrics: ratios, bytes, rates, seconds. */
static double cell_value(size_t series, uint64_t *state)
{
    static const double scale[] = {1.0, 0.1, 4e8, 3e4, 2e5, 0.02, 30.0, 1.0};
    return scale[series % 8] * (0.5 + 0.5 * uniform(state));
}

static bool write_file(const char *path)
{
    static const char *const metrics[] = {"cpu_utilization_ratio",
                                          "memory_utilization_ratio",
                                          "memory_used_bytes",
                                          "network_receive_bytes_per_second",
                                          "network_transmit_bytes_per_second",
                                          "request_latency_p50_seconds",
                                          "requests_per_second",
                                          "disk_used_ratio"};
    FILE *file = fopen(path, "w");
    uint64_t state = 1;
    char stamp[HEAL_TIME_TEXT];
    if (file == NULL)
        return false;
    fputs("timestamp", file);
    for (size_t i = 0; i < SERIES; i++)
        fprintf(file, ",pod/shop/service-%zu:%s", i / 8, metrics[i % 8]);
    for (int64_t row = 0; ftell(file) < FILE_BYTES; row++) {
        fprintf(file, "\n%s", heal_time_format(START + row * 15 * HEAL_SECOND, stamp));
        for (size_t i = 0; i < SERIES; i++)
            fprintf(file, i % 2 == 0 ? ",%.6g" : ",%.7g", cell_value(i, &state));
    }
    fputc('\n', file);
    return fclose(file) == 0;
}

struct reference {
    size_t column;
    size_t rows;
    double row[SERIES];
    double sum; /* of all values, row by row */
};

static void on_cell(void *text, size_t length, void *data)
{
    struct reference *reference = data;
    heal_time at;
    if (reference->column > 0 && reference->column <= SERIES)
        reference->row[reference->column - 1] = length == 0 ? NAN : strtod(text, NULL);
    else if (reference->column == 0)
        heal_time_parse(text, length, &at, NULL);
    reference->column++;
}

static void on_row(int terminator, void *data)
{
    struct reference *reference = data;
    (void)terminator;
    for (size_t i = 0; i < SERIES && reference->rows > 0; i++)
        reference->sum += reference->row[i];
    reference->rows++;
    reference->column = 0;
}

static double read_reference(const char *path, double *sum)
{
    struct reference reference = {0};
    struct csv_parser parser;
    char *chunk = malloc(CHUNK);
    FILE *file = fopen(path, "r");
    if (chunk == NULL || file == NULL || csv_init(&parser, CSV_APPEND_NULL) != 0)
        exit(3);
    double start = seconds_now();
    for (size_t got; (got = fread(chunk, 1, CHUNK, file)) > 0;)
        csv_parse(&parser, chunk, got, on_cell, on_row, &reference);
    csv_fini(&parser, on_cell, on_row, &reference);
    double took = seconds_now() - start;
    csv_free(&parser);
    fclose(file);
    free(chunk);
    *sum = reference.sum;
    return took;
}

static double read_ours(const char *path, double *sum)
{
    struct error_list errors = {0};
    double start = seconds_now();
    struct trace *trace = trace_open(path, NULL, &errors);
    double took = seconds_now() - start;
    if (trace == NULL)
        exit(3);
    *sum = 0;
    struct trace_cursor *cursor = trace_cursor_create(trace);
    heal_time at;
    for (const double *row; cursor != NULL && (row = trace_cursor_next(cursor, &at)) != NULL;) {
        for (size_t i = 0; i < SERIES; i++)
            *sum += row[i];
    }
    trace_cursor_destroy(cursor);
    trace_destroy(trace);
    return took;
}

static int measure(const char *path)
{
    double ours = INFINITY, reference = INFINITY, our_sum, reference_sum;
    if (!write_file(path)) {
        fprintf(stderr, "bench_csv: cannot write %s\n", path);
        return 3;
    }
    for (int round = 0; round < ROUNDS; round++) {
        ours = fmin(ours, read_ours(path, &our_sum));
        reference = fmin(reference, read_reference(path, &reference_sum));
    }
    double megabytes = (double)FILE_BYTES / 1e6;
    printf("bench_csv: %.0f MB, %d series; trace_open %.0f MB/s, libcsv + strtod %.0f MB/s, ratio %.2f (target 4)\n",
           megabytes, SERIES, megabytes / ours, megabytes / reference, reference / ours);
    if (memcmp(&our_sum, &reference_sum, sizeof our_sum) != 0) {
        fprintf(stderr, "bench_csv: the values differ\n");
        return 1;
    }
    return 0;
}

int main(void)
{
    const char *parent = getenv("TMPDIR");
    char folder[4096];
    char path[4200];
    snprintf(folder, sizeof folder, "%s/bench_csv.XXXXXX", parent == NULL ? "/tmp" : parent);
    if (mkdtemp(folder) == NULL) {
        fprintf(stderr, "bench_csv: cannot make a folder %s\n", folder);
        return 3;
    }
    snprintf(path, sizeof path, "%s/wide.csv", folder);
    int code = measure(path);
    unlink(path);
    rmdir(folder);
    return code;
}
