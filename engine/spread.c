/* spread.c - see spread.h. */
#include "engine/spread.h"

#include <math.h>
#include <string.h>

/* The series of that metric, or SERIES_NONE. */
static uint32_t series_of(const struct inventory *inventory, uint32_t resource, const char *metric)
{
    size_t count;
    const uint32_t *all = inventory_resource_series(inventory, resource, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(inventory_series_metric(inventory, all[i]), metric) == 0)
            return all[i];
    }
    return SERIES_NONE;
}

static bool is_sick(const struct detector *detector, uint32_t series, double seen, double sick)
{
    const struct policy_rule *rule = detector_rule(detector, series);
    double median = detector_median(detector, series);

    if (!isnan(median))
        return fabs(seen - sick) < fabs(seen - median);
    return rule && (seen > rule->above || seen < rule->below); /* without a limit: false */
}

enum issue_spread spread_of(const struct detector *detector, const struct inventory *inventory,
                            const struct dependents *dependents, const double *frame, uint32_t series, double value)
{
    uint32_t resource = inventory_series_resource(inventory, series);
    uint32_t owner = inventory_target(inventory, resource, RELATION_OWNED_BY);
    const char *metric = inventory_series_metric(inventory, series);
    const struct policy_rule *rule = detector_rule(detector, series);
    size_t count, seen = 0, sick = 0;

    if (dependents_members(dependents, resource) > 0)
        return ISSUE_SPREAD_MANY;
    if (owner == RESOURCE_NONE || isnan(value) || (rule && rule->counter)) /* a frame has its sum, a median its rate */
        return ISSUE_SPREAD_UNKNOWN;
    const struct dependent *list = dependents_of(dependents, owner, &count);
    for (size_t i = 0; i < count; i++) {
        uint32_t other = list[i].relation == RELATION_OWNED_BY && list[i].resource != resource
                             ? series_of(inventory, list[i].resource, metric)
                             : SERIES_NONE;
        if (other == SERIES_NONE || isnan(frame[other]))
            continue;
        seen++;
        sick += is_sick(detector, other, frame[other], value);
    }
    if (seen == 0)
        return ISSUE_SPREAD_UNKNOWN;
    return 2 * sick >= seen ? ISSUE_SPREAD_MANY : ISSUE_SPREAD_ONE;
}
