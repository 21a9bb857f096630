/* siblings.h - the scale that a new series borrows.
 *
 * A pod that has just started has no past. The same metric of the other pods of its
 * workload has: until a series' own scale is known, the median of theirs stands in for
 * it. Only the scale is borrowed, the level is the series' own: replicas differ in
 * how much they do, less in how much they vary.
 */
#ifndef SELFHEAL_ENGINE_SIBLINGS_H
#define SELFHEAL_ENGINE_SIBLINGS_H

#include "engine/baseline.h"
#include "engine/inventory.h"
#include "engine/memory.h"

enum { SIBLINGS_ASKED = 32 }; /* at most; the next ones in the order of the inventory */

struct siblings;

/* Siblings have the same metric and resources that one owns (owned_by). `inventory`
 * (frozen) is looked at here and not kept. NULL when out of memory. */
struct siblings *siblings_create(const struct inventory *inventory);
void siblings_destroy(struct siblings *siblings); /* NULL is fine */

void siblings_memory(const struct siblings *siblings, struct memory *memory); /* adds what it holds */

/* Whether it has any. */
bool siblings_has(const struct siblings *siblings, size_t series);

/* Whether one of its siblings has a sample in `values`. */
bool siblings_are_seen(const struct siblings *siblings, size_t series, const double *values);

/* The medians of its siblings' scales up and down; false when none of them is known. */
bool siblings_scale(const struct siblings *siblings, const struct baseline *baseline, size_t series, double *upper,
                    double *lower);

#endif
