/* fuzz_input.c - what reads as an engine's input is written as bytes that read back
 * as the same, and an engine takes any list of them. */
#include "engine/input.h"

#include <stdlib.h>
#include <string.h>

enum { SERIES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double values[SERIES];
    unsigned char again[256];
    struct input input;

    while (size > 0) {
        size_t used = input_decode(data, size, values, SERIES, &input);
        if (used == 0)
            return 0;
        if (used > size || input_size(&input) != used || input_encode(&input, again, sizeof again) != used ||
            memcmp(again, data, used) != 0)
            abort();
        data += used;
        size -= used;
    }
    return 0;
}
