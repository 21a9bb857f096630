/* fuzz_limits.c - any bytes as limits of a comparison: messages or limits, no fault. */
#include "reports/limits_file.h"
#include "tests/fuzz/reader.h"

static bool read(const struct document *document, struct error_list *errors)
{
    struct arena *arena = arena_create();
    struct limits limits = {0};
    bool good = limits_read(document, arena, &limits, errors);

    arena_destroy(arena);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_reader(data, size, read);
}
