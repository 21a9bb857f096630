/* fuzz_faults.c - any bytes as a fault catalogue; what comes out bends finite
 * values into its own limits. */
#include "cli/yaml.h"
#include "sim/scenario_file.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void bend_all(const struct fault_catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->kind_count; i++) {
        const struct fault_kind *kind = &catalogue->kinds[i];
        if (fault_kind_find(catalogue, kind->name) != kind)
            abort(); /* a name must lead to its kind */
        for (size_t b = 0; b < kind->bend_count; b++) {
            const struct bend *bend = &kind->bends[b];
            double bent = bend_apply(bend, bend->magnitude, 0.5, HEAL_MINUTE);
            if (!isnan(bent) && (bent < bend->low || bent > bend->high))
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error_list *errors = calloc(1, sizeof *errors);
    struct document *document = yaml_parse("fuzz.yaml", (const char *)data, size, errors);
    if (document) {
        struct fault_catalogue *catalogue = fault_catalogue_from_document(document, errors);
        if (catalogue)
            bend_all(catalogue);
        else if (errors->count == 0)
            abort(); /* refused without a reason */
        fault_catalogue_destroy(catalogue);
    }
    document_destroy(document);
    error_list_clear(errors);
    free(errors);
    return 0;
}
