/* fuzz_expectation.c - any line as an expectation: a message or what it means, no fault. */
#include "reports/expectation.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error_list *errors = calloc(1, sizeof *errors);
    struct arena *arena = arena_create();
    struct expectation expectation;
    char *text = malloc(size + 1);

    memcpy(text, data, size);
    text[size] = '\0';
    if (!expectation_parse(text, "fuzz.yaml", 1, "expect[0]", arena, &expectation, errors) && errors->count == 0)
        abort(); /* refused without a reason */
    error_list_clear(errors);
    free(errors);
    arena_destroy(arena);
    free(text);
    return 0;
}
