/* fuzz_kubeconfig.c - any bytes as a kubeconfig: credentials for one server, or a reason why not. */
#include "live/kube_exec.h"
#include "live/kubeconfig.h"
#include "tests/fuzz/reader.h"

static bool read(const struct document *document, struct error_list *errors)
{
    static const char *const CONTEXTS[] = {NULL, "a", "b"};
    size_t taken = 0;

    for (size_t i = 0; i < sizeof CONTEXTS / sizeof CONTEXTS[0]; i++) {
        struct arena *arena = arena_create();
        struct kube_settings settings = {0};
        size_t before = errors->count;
        bool good = kubeconfig_read(&document, 1, CONTEXTS[i], arena, &settings, errors);
        if (good != (errors->count == before) || (good && !settings.url))
            abort(); /* both, or neither; and a server has an address */
        taken += good;
        kube_exec_destroy(settings.exec);
        arena_destroy(arena);
    }
    return taken > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_reader(data, size, read);
}
