/* fuzz_policy.c - any bytes as a policy file: messages or a policy, no fault.
 *
 * What is read once serves as the base for reading the same text again, so that
 * laying a file over a base is tried as well. */
#include "cli/yaml.h"
#include "engine/policy_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error_list *errors = calloc(1, sizeof *errors);
    struct document *document = yaml_parse("fuzz.yaml", (const char *)data, size, errors);
    char text[256];
    if (document) {
        struct policy *base = policy_from_document(document, NULL, errors);
        struct policy *over = base ? policy_from_document(document, base, errors) : NULL;
        if (base && !over && errors->count == 0)
            abort(); /* refused without a reason */
        policy_destroy(base);
        if (over)
            policy_rule_for(over, "pod/shop/web-1:cpu_utilization_ratio");
        policy_destroy(over);
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
