/* fuzz_study.c - any bytes as a study, whose first candidates are worked out: messages or a study, no fault. */
#include "cli/yaml.h"
#include "reports/study.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error_list *errors = calloc(1, sizeof *errors);
    struct document *document = yaml_parse("fuzz.yaml", (const char *)data, size, errors);
    char text[256];

    if (document) {
        struct study *study = study_read(document, errors);
        struct study_design *design = study ? study_design_create(study) : NULL;
        double x[STUDY_PARAMETERS_MAX];
        if (!study && errors->count == 0)
            abort(); /* refused without a reason */
        for (int i = 0; design && i < 4 && study_design_next(design, x); i++) {
            for (size_t p = 0; p < study->parameter_count; p++) {
                if (!study_value(&study->parameters[p], x[p], study->arena))
                    abort();
            }
        }
        study_design_destroy(design);
        study_destroy(study);
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
