/* reader.h - any bytes as a file of some kind: it is read, or refused with a reason. */
#ifndef SELFHEAL_TESTS_FUZZ_READER_H
#define SELFHEAL_TESTS_FUZZ_READER_H

#include "cli/yaml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `read` says whether it took the document; a no has to come with a message. */
static inline int fuzz_reader(const uint8_t *data, size_t size,
                              bool (*read)(const struct document *document, struct error_list *errors))
{
    struct error_list *errors = calloc(1, sizeof *errors);
    struct document *document = yaml_parse("fuzz.yaml", (const char *)data, size, errors);
    char text[256];

    if (!(document && read(document, errors)) && errors->count == 0)
        abort(); /* refused without a reason */
    for (size_t i = 0; i < errors->kept; i++)
        error_format(errors, i, text, sizeof text);
    document_destroy(document);
    error_list_clear(errors);
    free(errors);
    return 0;
}

#endif
