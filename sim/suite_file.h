/* suite_file.h - a suite: which scenarios are run together, and what they share.
 *
 *   name: basic
 *   description: one line
 *   policy: ../policies/mine.yaml     # over each scenario's own
 *   replications: 20                  # over each scenario's own
 *   scenarios: [../quickstart.yaml, "more-*.yaml"]
 *   targets: [{name: "MTTR", goal: "mttr_seconds cut 65%"}]
 *
 * Paths and patterns are as written; whoever read the file resolves them against
 * the file's folder.
 */
#ifndef SELFHEAL_SIM_SUITE_FILE_H
#define SELFHEAL_SIM_SUITE_FILE_H

#include "engine/document.h"

struct suite_entry {
    const char *path; /* or a pattern with * ? [ */
    uint32_t line;
};

/* As written; reports/target.h says what it means. */
struct suite_target_line {
    const char *name, *goal;
    uint32_t line;
};

/* Zero-initialise; the texts belong to the arena that it was read into. */
struct suite_file {
    const char *name, *description; /* description: "" where none */
    const char *policy_path;        /* NULL: each scenario's own */
    uint32_t replications;          /* 0: each scenario's own */
    struct suite_entry *entries;    /* at least one */
    size_t entry_count;
    struct suite_target_line *targets;
    size_t target_count;
};

/* Whether the document is a suite rather than a scenario: it lists scenarios. */
bool suite_file_is(const struct document *document);

/* False with messages. */
bool suite_file_read(const struct document *document, struct arena *arena, struct suite_file *out,
                     struct error_list *errors);

#endif
