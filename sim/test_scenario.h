/* test_scenario.h - scenario texts for tests, read with the built-in catalogue. */
#ifndef SELFHEAL_SIM_TEST_SCENARIO_H
#define SELFHEAL_SIM_TEST_SCENARIO_H

#include "sim/scenario_file.h"

#include "cli/test_files.h"

static inline struct scenario *test_scenario(const struct fault_catalogue *catalogue, const char *text,
                                             struct error_list *errors)
{
    struct document *document = test_text("s.yaml", text, errors);
    struct scenario *scenario = scenario_from_document(document, catalogue, errors);
    document_destroy(document);
    return scenario;
}

/* The text is refused with exactly these messages. */
static inline void test_refused(const char *text, const char *const *expected, size_t count)
{
    struct error_list errors = {0};
    struct fault_catalogue *catalogue = test_catalogue();
    assert_null(test_scenario(catalogue, text, &errors));
    test_messages(&errors, expected, count);
    fault_catalogue_destroy(catalogue);
}

#define REFUSED(text, ...) test_refused(text, TEXTS(__VA_ARGS__))

#endif
