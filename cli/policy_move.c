/* policy_move.c - figures by their place in rule and baseline. */
#include "cli/policy_move.h"

#include "engine/baseline.h"

#include <math.h>
#include <stddef.h>

enum { WINDOW = 6, WARM_UP = 7, WARM_UP_LEAST = 8 };
const char *const POLICY_MOVE_NAMES[POLICY_MOVES] = {
    "deviation",     "min_change", "min_ratio",       "hold",
    "baseline_hold", "clear_hold", "baseline.window", "baseline.warm_up",
};

static heal_duration times(heal_duration span, double factor)
{
    return (heal_duration)llround((double)span * factor);
}

static void move_rule(struct policy_rule *rule, size_t which, double factor)
{
    double *const figures[] = {&rule->deviation, &rule->min_change, &rule->min_ratio};
    heal_duration *const spans[] = {&rule->hold, &rule->baseline_hold, &rule->clear_hold};

    if (which < 3)
        *figures[which] *= factor;
    else
        *spans[which - 3] = times(*spans[which - 3], factor);
}

void policy_move(struct policy *policy, size_t which, double factor)
{
    double warm_up = round((double)policy->baseline.warm_up * factor);

    if (which == WINDOW)
        policy->baseline.window = times(policy->baseline.window, factor);
    else if (which == WARM_UP)
        policy->baseline.warm_up = (uint32_t)fmin(fmax(warm_up, WARM_UP_LEAST), BASELINE_SLOTS);
    else
        for (size_t i = 0; i < policy->rule_count; i++)
            move_rule(&policy->rules[i], which, factor);
}
