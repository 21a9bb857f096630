/* suite_order.h - which scenario of a suite is begun first, and on how many threads.
 *
 * The longest first, so that no long one is left to a single thread at the end (Graham 1969);
 * and one that is longer than a thread's fair share of all of them gets as many threads as
 * that takes. How long is guessed from what is known before: replications, frames, series.
 * What comes out of a scenario depends on none of it.
 */
#ifndef SELFHEAL_CLI_SUITE_ORDER_H
#define SELFHEAL_CLI_SUITE_ORDER_H

#include "cli/suite_plan.h"

struct suite_turn {
    size_t item; /* of the items given */
    uint32_t threads;
};

/* turns[count] of plan->cases[planned[0 .. count)], for `jobs` threads. `in_order`: as they
 * stand, which who stops at the first miss wants. */
void suite_order(const struct suite_plan *plan, const size_t *planned, size_t count, uint32_t jobs, bool in_order,
                 struct suite_turn *turns);

#endif
