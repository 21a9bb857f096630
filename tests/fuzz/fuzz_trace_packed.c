/* fuzz_trace_packed.c - a hostile packed file is refused or can be walked. Each
 * input is tried as it is and with a checksum that fits, since a fuzzer would
 * not get past that. */
#include "replay/checksum.h"
#include "replay/trace_parts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER_BYTES = 128, CHECKSUM_OFFSET = 72 };

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void sign(unsigned char *bytes, size_t size)
{
    struct checksum checksum;
    memset(bytes + CHECKSUM_OFFSET, 0, sizeof(uint64_t));
    checksum_start(&checksum);
    checksum_add(&checksum, bytes, size);
    uint64_t value = checksum_value(&checksum);
    memcpy(bytes + CHECKSUM_OFFSET, &value, sizeof value);
}

static void walk(const struct trace *trace)
{
    struct inventory *inventory = inventory_create();
    struct trace_cursor *cursor = trace_cursor_create(trace);
    heal_time at, before = INT64_MIN;
    double sum = 0.0;
    require(trace_describe(trace, inventory));
    for (const double *row; (row = trace_cursor_next(cursor, &at)) != NULL; before = at) {
        require(at > before);
        for (size_t i = 0; i < trace_series_count(trace); i++)
            sum += row[i] == row[i] ? row[i] * 0x1p-200 : 0.0;
    }
    require(sum - sum == 0.0); /* no infinity was among them */
    trace_cursor_destroy(cursor);
    inventory_destroy(inventory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int signing = 0; signing < 2 && size > 0; signing++) {
        struct error_list errors = {0};
        struct mapping file;
        require(mapping_reserve(size, &file));
        memcpy(file.base, data, size);
        if (signing == 1 && size >= HEADER_BYTES && size % CHECKSUM_STRIPE == 0)
            sign(file.base, size);
        struct trace *trace = trace_unpack("fuzz.trace", file, &errors);
        require((trace == NULL) == (errors.count > 0));
        if (trace != NULL)
            walk(trace);
        trace_destroy(trace);
        error_list_clear(&errors);
    }
    return 0;
}
