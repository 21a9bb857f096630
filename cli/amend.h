/* amend.h - documents with some of their fields set otherwise.
 *
 * A path names a field as messages do: limits.concurrent, rules[high_cpu].above,
 * resources[pod/shop/web].count, faults[0].at; an item of a list by its name, id,
 * kind or whom it goes to (`to`), or by its number. Values are YAML text.
 */
#ifndef SELFHEAL_CLI_AMEND_H
#define SELFHEAL_CLI_AMEND_H

#include "engine/document.h"

#include <stdio.h>

struct amendment {
    const char *path;
    const char *value;
    uint32_t line; /* of the study, for messages */
};

/* The document's text with the amendments in it, read again under its own name.
 * `file` and the lines are what messages about amendments name. NULL with messages. */
struct document *amend_document(const struct document *document, const struct amendment *amendments, size_t count,
                                const char *file, struct error_list *errors);

/* A policy file that says what `amendments` want otherwise than the policy at
 * `path` (NULL: the built-in default), on which it is based. False with messages. */
bool amend_policy(FILE *out, const char *name, const char *path, const struct amendment *amendments, size_t count,
                  const char *file, struct error_list *errors);

#endif
