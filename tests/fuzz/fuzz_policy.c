/* fuzz_policy.c - any bytes as a policy file: messages or a policy, no fault.
 *
 * What is read once serves as the base for reading the same text again, so that
 * laying a file over a base is tried as well. */
#include "engine/policy_file.h"
#include "tests/fuzz/reader.h"

static bool read(const struct document *document, struct error_list *errors)
{
    struct policy *base = policy_from_document(document, NULL, errors);
    struct policy *over = base ? policy_from_document(document, base, errors) : NULL;
    bool good = over != NULL;

    if (good)
        policy_rule_for(over, "pod/shop/web-1:cpu_utilization_ratio");
    policy_destroy(base);
    policy_destroy(over);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_reader(data, size, read);
}
