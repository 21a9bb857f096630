/* builtin.h - files that the binary carries: the default policy and the fault
 * catalogue, made from scenarios/ at build time (scripts/embed.cmake).
 */
#ifndef SELFHEAL_CLI_BUILTIN_H
#define SELFHEAL_CLI_BUILTIN_H

#include <stddef.h>

struct builtin_file {
    const char *name; /* as messages call it: "built-in default.yaml" */
    const char *text;
    size_t length;
};

extern const struct builtin_file BUILTIN_POLICY;
extern const struct builtin_file BUILTIN_FAULTS;

#endif
