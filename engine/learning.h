/* learning.h - which strategy helps: a Beta posterior per strategy.
 *
 * Starts from the policy's prior (prior_success * prior_weight successes seen
 * before), counts verified and failed attempts, and picks the next rung of a
 * ladder: in the ladder's order, by Thompson sampling (Thompson 1933), or by the
 * 5 % lower bound of the posterior.
 */
#ifndef SELFHEAL_ENGINE_LEARNING_H
#define SELFHEAL_ENGINE_LEARNING_H

#include "engine/policy.h"
#include "engine/random.h"

struct learning;

struct learning *learning_create(const struct policy *policy, uint64_t seed); /* NULL when out of memory */
void learning_destroy(struct learning *learning);

/* Counts one attempt of `strategy`; a no-op when the policy does not learn. */
void learning_note(struct learning *learning, uint32_t strategy, bool success);
/* A success that did not last: takes it back and counts a failure. */
void learning_relapse(struct learning *learning, uint32_t strategy);

/* The mean of the posterior, 0 .. 1. */
double learning_mean(const struct learning *learning, uint32_t strategy);

/* The rung to climb next among those whose bit in `tried` is clear, or -1. */
int learning_choose(struct learning *learning, const struct ladder *ladder, uint32_t tried);

#endif
