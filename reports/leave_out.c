/* leave_out.c - each group judged by what the others chose. */
#include "reports/leave_out.h"

#include <stdint.h>

/* Of one setting over all groups but `without`. */
static double sum(const double *gain, size_t groups, size_t without)
{
    double total = 0;

    for (size_t group = 0; group < groups; group++)
        total += group == without ? 0 : gain[group];
    return total;
}

static size_t best_without(const double *gain, size_t settings, size_t groups, size_t without)
{
    size_t best = 0;

    for (size_t setting = 1; setting < settings; setting++) {
        if (sum(gain + setting * groups, groups, without) > sum(gain + best * groups, groups, without))
            best = setting;
    }
    return best;
}

struct leave_out leave_out(const double *gain, size_t settings, size_t groups)
{
    struct leave_out result = {.best_at = best_without(gain, settings, groups, SIZE_MAX)};

    result.best = sum(gain + result.best_at * groups, groups, SIZE_MAX);
    for (size_t group = 0; group < groups; group++) {
        size_t chosen = best_without(gain, settings, groups, group);
        result.left_out += gain[chosen * groups + group];
        result.different += chosen != result.best_at;
    }
    return result;
}
