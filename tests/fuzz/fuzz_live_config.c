/* fuzz_live_config.c - any bytes as the configuration of a live process. */
#include "live/config.h"
#include "tests/fuzz/reader.h"

static const char *nothing(const char *name)
{
    (void)name;
    return NULL;
}

static bool read(const struct document *document, struct error_list *errors)
{
    struct live_config *config = live_config_from_document(document, nothing, errors);
    bool good = config != NULL;

    if (good && (errors->count > 0 || !config->data || !config->layer))
        abort();
    live_config_destroy(config);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_reader(data, size, read);
}
