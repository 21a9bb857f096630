/* test_files.h - for the tests of the file readers: bundled files, and what a
 * reader answers to a wrong text. */
#ifndef SELFHEAL_CLI_TEST_FILES_H
#define SELFHEAL_CLI_TEST_FILES_H

#include "cli/yaml.h"
#include "engine/policy_file.h"
#include "sim/scenario_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifndef SELFHEAL_SOURCE_DIR
#define SELFHEAL_SOURCE_DIR "."
#endif

/* A file under scenarios/ that must be well-formed. */
static inline struct document *test_bundled(const char *name)
{
    struct error_list errors = {0};
    char path[512], said[512];
    snprintf(path, sizeof path, "%s/scenarios/%s", SELFHEAL_SOURCE_DIR, name);
    struct document *document = yaml_read(path, &errors);
    if (!document)
        fail_msg("%s", error_format(&errors, 0, said, sizeof said));
    return document;
}

static inline struct document *test_text(const char *name, const char *text, struct error_list *errors)
{
    struct document *document = yaml_parse(name, text, strlen(text), errors);
    assert_non_null(document);
    return document;
}

static inline void test_no_message(const struct error_list *errors)
{
    char said[1200];
    if (errors->count > 0)
        fail_msg("%s", error_format(errors, 0, said, sizeof said));
}

/* The built-in catalogue. */
static inline struct fault_catalogue *test_catalogue(void)
{
    struct error_list errors = {0};
    struct document *document = test_bundled("faults.yaml");
    struct fault_catalogue *catalogue = fault_catalogue_from_document(document, &errors);
    test_no_message(&errors);
    document_destroy(document);
    return catalogue;
}

/* The built-in policy. */
static inline struct policy *test_policy(void)
{
    struct error_list errors = {0};
    struct document *document = test_bundled("policies/default.yaml");
    struct policy *policy = policy_from_document(document, NULL, &errors);
    test_no_message(&errors);
    document_destroy(document);
    return policy;
}

/* The list holds exactly these messages, in this order; clears it. */
static inline void test_messages(struct error_list *errors, const char *const *expected, size_t count)
{
    char said[1200];
    for (size_t i = 0; i < count && i < errors->kept; i++)
        assert_string_equal(error_format(errors, i, said, sizeof said), expected[i]);
    if (errors->count != count)
        fail_msg("%zu messages, expected %zu; last: %s", errors->count, count,
                 errors->kept ? error_format(errors, errors->kept - 1, said, sizeof said) : "none");
    error_list_clear(errors);
}

#define TEXTS(...) (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

#endif
