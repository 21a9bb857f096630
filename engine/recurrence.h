/* recurrence.h - issues that come again and again, and are no accident.
 *
 * Three patterns, each an exact binomial test of one (resource, type) against
 * chance, Bonferroni-corrected for the number of cells that were looked at:
 *   PATTERN_RESOURCE  k of the type's n issues on one of R resources: P(X >= k),
 *                     X ~ Bin(n, 1/R), times R
 *   PATTERN_HOUR      k of its n issues in one hour of the day: X ~ Bin(n, 1/24),
 *                     times 24; value = the hour
 *   PATTERN_AFTER     k of its n issues within after_within of an issue of another
 *                     type: X ~ Bin(n, q), q = 1 - exp(-rate * after_within), times
 *                     the number of types; value = that type
 * A pattern is told when p <= significance and it rests on min_count issues, and
 * again only when half as many more have come.
 */
#ifndef SELFHEAL_ENGINE_RECURRENCE_H
#define SELFHEAL_ENGINE_RECURRENCE_H

#include "engine/inventory.h"
#include "engine/policy.h"

enum { RECURRENCE_MAX = 1024 }; /* (resource, type) pairs that are followed */

enum pattern_kind { PATTERN_RESOURCE, PATTERN_HOUR, PATTERN_AFTER, PATTERN_KIND_COUNT };
const char *pattern_kind_name(enum pattern_kind kind); /* "resource", "hour", "after" */

struct pattern {
    enum pattern_kind kind;
    double value;   /* HOUR: the hour; AFTER: the type; RESOURCE: NaN */
    uint32_t count; /* issues that it rests on */
    double p;       /* corrected, <= 1 */
};

/* P(X >= k) for X ~ Bin(n, q), times `cells`, at most 1. */
double recurrence_p(uint32_t k, uint32_t n, double q, uint32_t cells);

struct recurrence;

struct recurrence *recurrence_create(const struct policy *policy, const struct inventory *inventory);
void recurrence_destroy(struct recurrence *recurrence); /* NULL is fine */

/* An issue opened. Writes the patterns that have just shown, at most one of each
 * kind, and returns how many. */
size_t recurrence_note(struct recurrence *recurrence, uint32_t resource, enum issue_type type, heal_time now,
                       struct pattern found[PATTERN_KIND_COUNT]);

#endif
