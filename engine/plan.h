/* plan.h - what a dry run would have done, and what it would have changed.
 *
 * A dry run is no list of independent lines: each plan is made in the world as it
 * would be had the earlier ones worked. So a plan is kept while its issue is open:
 *   - another issue of the same type below one of its targets is healed by it, too,
 *     and gets no plan of its own;
 *   - until it would be verified, nothing else is planned on its line of descent;
 *   - amounts add up: the second scale_out of a workload is told with the sum.
 */
#ifndef SELFHEAL_ENGINE_PLAN_H
#define SELFHEAL_ENGINE_PLAN_H

#include "engine/inventory.h"
#include "engine/policy.h"

enum { PLANS_MAX = 256 };

struct plan {
    uint64_t issue;
    enum issue_type type;
    uint32_t resource;
    heal_time until; /* it would be verified by then */
    size_t step_count;
    struct {
        enum action_kind kind;
        uint32_t target;
        double amount;
        enum amount_unit unit;
    } steps[STRATEGY_STEPS_MAX];
};

struct plans {
    struct plan items[PLANS_MAX]; /* in the order in which they were made; a full list drops the oldest */
    size_t count;
    size_t wide[ISSUE_TYPE_COUNT]; /* steps of a type's plans that reach beyond the issue's own resource */
};

void plans_add(struct plans *plans, const struct plan *plan);
void plans_drop(struct plans *plans, uint64_t issue);
/* What is planned of `kind` on `target` so far; bytes and ratios do not add up. */
double plans_amount(const struct plans *plans, enum action_kind kind, uint32_t target, enum amount_unit unit);
/* The issues that have a plan, ascending. Returns how many. */
size_t plans_issues(const struct plans *plans, uint64_t out[PLANS_MAX]);
/* An issue of that type on `resource`, other than `issue`, would be healed by one of them. */
bool plans_cover(const struct plans *plans, const struct inventory *inventory, uint64_t issue, enum issue_type type,
                 uint32_t resource);
/* One of them would be at work on the resource's line of descent at `now`. */
bool plans_busy(const struct plans *plans, const struct inventory *inventory, uint32_t resource, heal_time now);

#endif
