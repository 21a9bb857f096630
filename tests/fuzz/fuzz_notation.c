/* fuzz_notation.c - any text as a hand-written series. */
#include "sim/notation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create();
    const char *text = arena_text(arena, (const char *)data, size);
    const char *fault;
    double *values;
    size_t count, at;
    if (notation_expand(text, arena, &values, &count, &fault, &at)) {
        for (size_t i = 0; i < count; i++) {
            if (isinf(values[i]))
                abort(); /* a number or missing, nothing else */
        }
    } else if (!fault || at > strlen(text)) {
        abort();
    }
    arena_destroy(arena);
    return 0;
}
