/* suite_order.c - see suite_order.h. */
#include "cli/suite_order.h"

#include <math.h>

/* Something that grows as the time of a scenario does. */
static double effort(const struct bundle *bundle)
{
    double frames = (double)bundle->duration / (double)bundle->policy->scan_interval;
    double series = (double)inventory_series_count(bundle->inventory);

    return bundle->scenario->replications * frames * (series + 1.0);
}

void suite_order(const struct suite_plan *plan, const size_t *planned, size_t count, uint32_t jobs, bool in_order,
                 struct suite_turn *turns)
{
    double all = 0.0;

    for (size_t i = 0; i < count; i++)
        all += effort(&plan->cases[planned[i]].bundle);
    for (size_t i = 0; i < count; i++) {
        double own = effort(&plan->cases[planned[i]].bundle), threads = ceil(own * jobs / all);
        size_t at = i;
        for (; at > 0 && !in_order && effort(&plan->cases[planned[turns[at - 1].item]].bundle) < own; at--)
            turns[at] = turns[at - 1];
        turns[at] = (struct suite_turn){i, threads > 1.0 ? (uint32_t)threads : 1};
    }
}
