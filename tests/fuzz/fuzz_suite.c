/* fuzz_suite.c - any bytes as a suite file: messages or a suite, no fault. */
#include "sim/suite_file.h"
#include "tests/fuzz/reader.h"

static bool read(const struct document *document, struct error_list *errors)
{
    struct arena *arena = arena_create();
    struct suite_file suite = {0};
    bool good = suite_file_read(document, arena, &suite, errors);

    arena_destroy(arena);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_reader(data, size, read);
}
