/* counter.h - series that only grow, looked at by their rate.
 *
 * The rate is per second between two samples; a value under the last one is a reset,
 * after which the counter started at 0 (Prometheus' rule). A gap gives the mean rate
 * over it. The first sample has no rate.
 */
#ifndef SELFHEAL_ENGINE_COUNTER_H
#define SELFHEAL_ENGINE_COUNTER_H

#include "engine/memory.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>

struct counters;

/* For the series i of `count` with is_counter[i]. NULL when out of memory. */
struct counters *counters_create(size_t count, const bool *is_counter);
void counters_destroy(struct counters *counters); /* NULL is fine */

/* The frame with rates in the place of counters; `values` itself where there are
 * none, else good until the next call. `now` must not run backwards. */
const double *counters_frame(struct counters *counters, heal_time now, const double *values);

void counters_memory(const struct counters *counters, struct memory *memory); /* adds what it holds */

#endif
