/* policy_parts.h - the lists of a policy file, each read by a file of its own.
 *
 * Used by policy_file.c only. Each fills its part of `policy`, which is over
 * `base` (may be NULL) as policy_file.h says, and notes every fault.
 */
#ifndef SELFHEAL_ENGINE_POLICY_PARTS_H
#define SELFHEAL_ENGINE_POLICY_PARTS_H

#include "engine/document.h"
#include "engine/policy.h"

void policy_read_rules(struct reader *root, const struct policy *base, struct policy *policy);
void policy_read_strategies(struct reader *root, const struct policy *base, struct policy *policy);
/* After the strategies; the base's ladders are in `policy` already. */
void policy_read_ladders(struct reader *root, struct policy *policy);

/* Reads an issue type; `none_too`: "none" is one of the words. */
bool policy_read_issue(struct reader *reader, const char *key, bool none_too, enum issue_type *out);

#endif
