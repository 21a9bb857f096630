/* profiles.h - what the watched series do at this time of the day, for who tells of them.
 *
 * Runs season.h over the series whose rule wants it (`season`), with the baseline's
 * median as the level. It decides nothing: evidence compares with it, so that a
 * person reads "3x its Tuesday 14:00 normal" where the series has a day.
 */
#ifndef SELFHEAL_ENGINE_PROFILES_H
#define SELFHEAL_ENGINE_PROFILES_H

#include "engine/memory.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>

struct profiles;

/* Of the series i of `count` with wanted[i]. NULL when out of memory. */
struct profiles *profiles_create(size_t count, const bool *wanted);
void profiles_destroy(struct profiles *profiles); /* NULL is fine */

/* Learns from a frame; `level` as baseline_median gives it. `now` must not run backwards. */
void profiles_frame(struct profiles *profiles, heal_time now, const double *values, const float *level);

/* What the series is expected to be at `at`, NaN where it has no day that is clearly
 * better than its level, or no profile. */
double profiles_expected(const struct profiles *profiles, size_t series, heal_time at);

void profiles_memory(const struct profiles *profiles, struct memory *memory); /* adds what it holds */

#endif
