/* fuzz_study.c - any bytes as a study, whose first candidates are worked out: messages or a study, no fault. */
#include "reports/study.h"
#include "tests/fuzz/reader.h"

static void try_candidates(const struct study *study)
{
    struct study_design *design = study_design_create(study);
    double x[STUDY_PARAMETERS_MAX];

    for (int i = 0; design && i < 4 && study_design_next(design, x); i++) {
        for (size_t p = 0; p < study->parameter_count; p++) {
            if (!study_value(&study->parameters[p], x[p], study->arena))
                abort();
        }
    }
    study_design_destroy(design);
}

static bool read(const struct document *document, struct error_list *errors)
{
    struct study *study = study_read(document, errors);
    bool good = study != NULL;

    if (good)
        try_candidates(study);
    study_destroy(study);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_reader(data, size, read);
}
