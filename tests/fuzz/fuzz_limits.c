/* fuzz_limits.c - any bytes as limits of a comparison: messages or limits, no fault. */
#include "cli/yaml.h"
#include "reports/limits_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error_list *errors = calloc(1, sizeof *errors);
    struct document *document = yaml_parse("fuzz.yaml", (const char *)data, size, errors);
    char text[256];

    if (document) {
        struct arena *arena = arena_create();
        struct limits limits = {0};
        if (!limits_read(document, arena, &limits, errors) && errors->count == 0)
            abort(); /* refused without a reason */
        arena_destroy(arena);
    } else if (errors->count == 0) {
        abort();
    }
    for (size_t i = 0; i < errors->kept; i++)
        error_format(errors, i, text, sizeof text);
    document_destroy(document);
    error_list_clear(errors);
    free(errors);
    return 0;
}
