/* fuzz_suite.c - any bytes as a suite file: messages or a suite, no fault. */
#include "cli/yaml.h"
#include "sim/suite_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error_list *errors = calloc(1, sizeof *errors);
    struct document *document = yaml_parse("fuzz.yaml", (const char *)data, size, errors);
    char text[256];

    if (document) {
        struct arena *arena = arena_create();
        struct suite_file suite = {0};
        if (!suite_file_read(document, arena, &suite, errors) && errors->count == 0)
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
