/* learning.h - which strategy helps: Beta posteriors per strategy and evidence.
 *
 * A strategy (it belongs to one issue type) has odds at large, which start from the
 * policy's prior (prior_success * prior_weight successes seen before), and odds for
 * each cause signature, which start from those at large with the weight `pooling`
 * (partial pooling: what is rare leans on what is known). Verified and failed
 * attempts count; what was counted loses half its weight in `half_life`, so that
 * odds drift back to the prior. The next rung of a ladder is the first one, the
 * best by a draw (Thompson 1933), or the best by the 5 % lower bound; from
 * `exploit_from` severity on the mean stands in for the draw, and below it a unit
 * of a strategy's cost is worth cost_weight of the odds.
 */
#ifndef SELFHEAL_ENGINE_LEARNING_H
#define SELFHEAL_ENGINE_LEARNING_H

#include "engine/policy.h"
#include "engine/random.h"

/* Cause signatures are 0 .. SIGNATURES - 1: which rules spoke, in EVIDENCE_KINDS kinds, for
 * each issue_cause; 0 where nothing is told. */
enum { EVIDENCE_KINDS = 16, SIGNATURES = EVIDENCE_KINDS * ISSUE_CAUSE_COUNT };

struct learning;

struct learning *learning_create(const struct policy *policy, uint64_t seed); /* NULL when out of memory */
void learning_destroy(struct learning *learning);

/* Counts one attempt of `strategy`; a no-op when the policy does not learn. */
void learning_note(struct learning *learning, uint32_t strategy, uint32_t signature, bool success, heal_time now);
/* A success that did not last: takes it back and counts a failure. */
void learning_relapse(struct learning *learning, uint32_t strategy, uint32_t signature, heal_time now);

/* The mean of the posterior for that evidence, 0 .. 1. */
double learning_mean(const struct learning *learning, uint32_t strategy, uint32_t signature);

/* The rung to climb next among those whose bit in `skip` is clear, or -1. */
int learning_choose(struct learning *learning, const struct ladder *ladder, uint32_t skip, uint32_t signature,
                    enum severity severity);

/* What was counted, as numbers that a file can keep: counts beside the prior. */
struct learned {
    double success, failure;
    heal_time at; /* they were brought up to; INT64_MIN: never counted */
};
struct learned learning_get(const struct learning *learning, uint32_t strategy, int signature); /* -1: at large */
/* The same, faded to `at` where that is later. */
struct learned learning_at(const struct learning *learning, uint32_t strategy, int signature, heal_time at);
void learning_set(struct learning *learning, uint32_t strategy, int signature, struct learned learned);

#endif
