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

/* `windows:`; those of the file join the base's. */
void policy_read_windows(struct reader *root, const struct policy *base, struct policy *policy);
/* Finds the window that each strategy names; after the strategies and the windows. */
void policy_bind_windows(struct reader *root, struct policy *policy);
/* `approval:`, `attempts:`, `futility:`, `comebacks:`, `circuit:`, `blast_radius:`, `storm:`. */
void policy_read_guards(struct reader *root, const struct policy *base, struct policy *policy);
/* `forecast:`, `priority:`, `odds:`, `alerts:`, `patterns:`. */
void policy_read_insight(struct reader *root, const struct policy *base, struct policy *policy);

/* A map that the base can stand in for; without a base, notes its absence. */
struct reader policy_part(struct reader *root, const struct policy *base, const char *key);
/* Without a base, notes each of `keys` that the file leaves out. */
void policy_require(struct reader *reader, const struct policy *base, const char *const *keys, size_t count);
/* A severity by its name. */
bool policy_read_severity(struct reader *reader, const char *key, enum severity *out);

/* Reads an issue type; `none_too`: "none" is one of the words. */
bool policy_read_issue(struct reader *reader, const char *key, bool none_too, enum issue_type *out);

#endif
