/* fuzz_labels.c - any bytes are labels or errors, never both. */
#include "replay/labels.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error_list errors = {0};
    struct labels labels;
    bool read = labels_parse("fuzz", (const char *)data, size, "realX/a.csv", &labels, &errors);
    if (read != (errors.count == 0) || (!read && labels.count != 0))
        abort();
    for (size_t i = 0; i < labels.count; i++) {
        if (labels.items[i].end <= labels.items[i].start)
            abort();
    }
    labels_clear(&labels);
    error_list_clear(&errors);
    return 0;
}
