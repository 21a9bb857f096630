/* surprise.h - which series do something new, at an error rate that a policy asks for.
 *
 * Runs novelty.h over the series whose rule wants it and decides what is news. A
 * sample is news when its tail probability is at most the policy's, episodes being
 * told once (alarm_rests). Many series make many chances: the level is raised so
 * that all of them together are expected to give no more than false_alarms_per_day
 * on quiet data (Bonferroni on the rate), however many they are and however often
 * they are sampled. So far out the probabilities rest on three records per series and are
 * too bold; what comes more often than allowed all the same raises the level further
 * until it does not, and a quiet time lowers it again.
 */
#ifndef SELFHEAL_ENGINE_SURPRISE_H
#define SELFHEAL_ENGINE_SURPRISE_H

#include "engine/memory.h"
#include "engine/policy.h"

struct surprise;

/* Watches the series i of `count` with wanted[i]. NULL when out of memory. */
struct surprise *surprise_create(const struct policy_baseline *config, size_t count, const bool *wanted);
void surprise_destroy(struct surprise *surprise); /* NULL is fine */

/* Takes a frame. Bit i % 64 of word i / 64 of the result is set when series i is
 * news; good until the next call. */
const uint64_t *surprise_frame(struct surprise *surprise, heal_time now, const double *values);

/* As season_expected; NaN for a series that is not watched. */
double surprise_expected(const struct surprise *surprise, size_t series, heal_time at);
/* Samples of a watched series so far; 0 for another. */
float surprise_seen(const struct surprise *surprise, size_t series);

/* Of the last frame; 0 for a series that is not watched. */
float surprise_nats(const struct surprise *surprise, size_t series);
/* What the next frame's surprises must reach. */
float surprise_level(const struct surprise *surprise);

void surprise_memory(const struct surprise *surprise, struct memory *memory); /* adds what it holds */

#endif
