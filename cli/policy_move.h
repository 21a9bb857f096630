/* policy_move.h - one figure of all of a policy's rules, or of its baselines, by a factor: what hangs
 * on it is asked by `selfheal eval --robustness`. */
#ifndef SELFHEAL_CLI_POLICY_MOVE_H
#define SELFHEAL_CLI_POLICY_MOVE_H

#include "engine/policy.h"

enum { POLICY_MOVES = 8 };
extern const char *const POLICY_MOVE_NAMES[POLICY_MOVES];

/* In place; `policy->rules` may be written to. Warm-up stays within what baseline.h allows. */
void policy_move(struct policy *policy, size_t which, double factor);

#endif
