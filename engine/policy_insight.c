/* policy_insight.c - what the engine makes of what it has seen: forecasts, the
 * order of the work, odds, alerts, patterns. */
#include "engine/policy_parts.h"

#include <math.h>

#define KEYS(...) (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static void read_forecast(struct reader *root, const struct policy *base, struct policy *policy)
{
    struct reader part = policy_part(root, base, "forecast");
    struct policy_forecast *forecast = &policy->forecast;

    policy_require(&part, base, KEYS("window", "min_span", "confidence"));
    reader_duration(&part, "window", HEAL_MINUTE, 365 * HEAL_DAY, &forecast->window);
    reader_duration(&part, "min_span", HEAL_SECOND, 365 * HEAL_DAY, &forecast->min_span);
    reader_number(&part, "confidence", 0.5, 0.9999, &forecast->confidence);
    if (forecast->min_span > forecast->window)
        reader_error(&part, "min_span", "expected at most window");
    reader_close(&part);
}

static void read_priority(struct reader *root, const struct policy *base, struct policy *policy)
{
    struct reader part = policy_part(root, base, "priority");
    struct policy_priority *priority = &policy->priority;

    policy_require(&part, base, KEYS("severity", "impact", "urgency"));
    reader_number(&part, "severity", 0, 1, &priority->severity);
    reader_number(&part, "impact", 0, 1, &priority->impact);
    reader_number(&part, "urgency", 0, 1, &priority->urgency);
    if (fabs(priority->severity + priority->impact + priority->urgency - 1.0) > 1e-9 && part.map)
        reader_error(&part, NULL, "expected severity, impact and urgency to sum to 1");
    reader_close(&part);
}

static void read_odds(struct reader *root, const struct policy *base, struct policy *policy)
{
    struct reader part = policy_part(root, base, "odds");
    struct policy_odds *odds = &policy->odds;

    policy_require(&part, base, KEYS("half_life", "pooling", "cost_weight", "exploit_from"));
    reader_duration(&part, "half_life", 0, 3650 * HEAL_DAY, &odds->half_life);
    reader_number(&part, "pooling", 0, 1000, &odds->pooling);
    policy_read_severity(&part, "exploit_from", &odds->exploit_from);
    struct reader weights = reader_map(&part, "cost_weight");
    for (unsigned i = 0; i < SEVERITY_COUNT; i++) {
        const char *severity = severity_name((enum severity)i);
        policy_require(&weights, base, &severity, 1);
        reader_number(&weights, severity, 0, 1, &odds->cost_weight[i]);
    }
    reader_close(&weights);
    reader_close(&part);
}

static void read_alerts(struct reader *root, const struct policy *base, struct policy *policy)
{
    struct reader part = policy_part(root, base, "alerts");
    struct policy_alerts *alerts = &policy->alerts;

    policy_require(&part, base,
                   KEYS("window", "min_endings", "failure_rate", "health_below", "repeats", "repeat_within"));
    reader_duration(&part, "window", HEAL_MINUTE, 365 * HEAL_DAY, &alerts->window);
    reader_count(&part, "min_endings", 1, 1000, &alerts->min_endings);
    reader_number(&part, "failure_rate", 0, 1, &alerts->failure_rate);
    reader_number(&part, "health_below", 0, 100, &alerts->health_below);
    reader_count(&part, "repeats", 0, 1000, &alerts->repeats);
    reader_duration(&part, "repeat_within", 0, 365 * HEAL_DAY, &alerts->repeat_within);
    reader_close(&part);
}

static void read_patterns(struct reader *root, const struct policy *base, struct policy *policy)
{
    struct reader part = policy_part(root, base, "patterns");
    struct policy_patterns *patterns = &policy->patterns;

    policy_require(&part, base, KEYS("significance", "min_count", "after_within"));
    reader_number(&part, "significance", 0, 0.5, &patterns->significance);
    reader_count(&part, "min_count", 2, 1000, &patterns->min_count);
    reader_duration(&part, "after_within", 0, HEAL_DAY, &patterns->after_within);
    reader_close(&part);
}

void policy_read_insight(struct reader *root, const struct policy *base, struct policy *policy)
{
    read_forecast(root, base, policy);
    read_priority(root, base, policy);
    read_odds(root, base, policy);
    read_alerts(root, base, policy);
    read_patterns(root, base, policy);
}
