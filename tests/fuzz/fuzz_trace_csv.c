/* fuzz_trace_csv.c - any bytes are a trace or an error, and where the fast path
 * takes a file the tolerant path reads the same bits. */
#include "replay/trace_csv.h"
#include "replay/trace_csv_plain.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_same(const struct trace *a, const struct trace *b)
{
    size_t frames = trace_frame_count(a);
    require(frames == trace_frame_count(b) && trace_series_count(a) == trace_series_count(b));
    require(memcmp(trace_times(a), trace_times(b), frames * sizeof(heal_time)) == 0);
    for (size_t i = 0; i < trace_series_count(a); i++) {
        require(strcmp(trace_series_id(a, i), trace_series_id(b, i)) == 0);
        require(memcmp(trace_column(a, i), trace_column(b, i), frames * sizeof(double)) == 0);
    }
}

static void check_trace(const struct trace *trace)
{
    struct inventory *inventory = inventory_create();
    for (size_t i = 1; i < trace_frame_count(trace); i++)
        require(trace_times(trace)[i - 1] < trace_times(trace)[i]);
    require(trace_describe(trace, inventory));
    inventory_destroy(inventory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error_list errors = {0};
    struct trace_notes notes;
    const char *text = (const char *)data;
    struct trace *plain = trace_csv_plain("fuzz.csv", text, size);
    struct trace *tolerant = trace_csv_parse_tolerant("fuzz.csv", text, size, &notes, &errors);
    require((tolerant == NULL) == (errors.count > 0));
    if (plain != NULL) {
        require(tolerant != NULL && notes.folded_rows == 0);
        check_same(plain, tolerant);
    }
    if (tolerant != NULL)
        check_trace(tolerant);
    trace_destroy(plain);
    trace_destroy(tolerant);
    error_list_clear(&errors);
    return 0;
}
