/* policy_rules.c - the `rules:` of a policy file: how series are watched.
 *
 * The file's rules come first, in their order, then those of the base that no
 * rule of the file has the name of. What a rule leaves out switches its part
 * off: a threshold is NaN, a span 0. A rule that could never fire, or could
 * never clear again, is a mistake and is said. */
#include "engine/policy_parts.h"

#include "engine/inventory.h"

#include <math.h>
#include <string.h>

#define LIMIT_MAX 1e18 /* of thresholds, either way */

static void read_words(struct reader *reader, struct policy *policy, struct policy_rule *rule)
{
    static const char *const DIRECTIONS[] = {
        [DIRECTION_UP] = "up", [DIRECTION_DOWN] = "down", [DIRECTION_BOTH] = "both"};
    size_t found;

    if (reader_require(reader, "name"))
        reader_text_into(reader, "name", policy->arena, &rule->name);
    if (reader_require(reader, "series") && reader_text_into(reader, "series", policy->arena, &rule->series) &&
        strlen(rule->series) > SERIES_ID_MAX)
        reader_error(reader, "series", "expected a pattern of at most %d bytes", SERIES_ID_MAX);
    policy_read_issue(reader, "issue", true, &rule->issue);
    policy_read_severity(reader, "severity", &rule->severity);
    if (reader_choice(reader, "direction", DIRECTIONS, sizeof DIRECTIONS / sizeof *DIRECTIONS, &found))
        rule->direction = (enum direction)found;
}

static void read_numbers(struct reader *reader, struct policy_rule *rule)
{
    reader_number(reader, "above", -LIMIT_MAX, LIMIT_MAX, &rule->above);
    reader_number(reader, "below", -LIMIT_MAX, LIMIT_MAX, &rule->below);
    reader_number(reader, "critical_above", -LIMIT_MAX, LIMIT_MAX, &rule->critical_above);
    reader_number(reader, "critical_below", -LIMIT_MAX, LIMIT_MAX, &rule->critical_below);
    reader_number(reader, "clear_ratio", 0.01, 1, &rule->clear_ratio);
    reader_duration(reader, "hold", 0, HEAL_DAY, &rule->hold);
    reader_duration(reader, "clear_hold", 0, HEAL_DAY, &rule->clear_hold);
    reader_bool(reader, "baseline", &rule->baseline);
    reader_number(reader, "deviation", 1, 1000, &rule->deviation);
    reader_number(reader, "min_change", 0, LIMIT_MAX, &rule->min_change);
    reader_number(reader, "min_ratio", 0, 1000, &rule->min_ratio);
    reader_duration(reader, "baseline_hold", 0, HEAL_DAY, &rule->baseline_hold);
    reader_bool(reader, "critical_at_once", &rule->critical_at_once);
    reader_number(reader, "unless_normal", 0, 1000, &rule->unless_normal);
    reader_bool(reader, "surprise", &rule->surprise);
    reader_bool(reader, "season", &rule->season);
    reader_bool(reader, "counter", &rule->counter);
    reader_bool(reader, "symptom", &rule->symptom);
    reader_bool(reader, "load", &rule->load);
    reader_bool(reader, "change", &rule->change);
    reader_duration(reader, "settle", 0, HEAL_DAY, &rule->settle);
    reader_duration(reader, "forecast_within", 0, 3650 * HEAL_DAY, &rule->forecast_within);
    reader_number(reader, "exhausts_at", -LIMIT_MAX, LIMIT_MAX, &rule->exhausts_at);
}

/* Comparisons with NaN are false, so a limit that is not there fails no check. */
static void check_limits(struct reader *reader, const struct policy_rule *rule)
{
    double ratio = rule->clear_ratio;
    if (rule->below >= rule->above)
        reader_error(reader, "below", "expected less than above (%g), found %g", rule->above, rule->below);
    else if (rule->below / ratio >= rule->above * ratio)
        reader_error(reader, "clear_ratio", "expected nearer to 1: with %g no value between below and above clears",
                     ratio);
    if (!isnan(rule->critical_above) && isnan(rule->above))
        reader_error(reader, "critical_above", "expected above to be given as well");
    if (rule->critical_above < rule->above)
        reader_error(reader, "critical_above", "expected at least above (%g), found %g", rule->above,
                     rule->critical_above);
    if (!isnan(rule->critical_below) && isnan(rule->below))
        reader_error(reader, "critical_below", "expected below to be given as well");
    if (rule->critical_below > rule->below)
        reader_error(reader, "critical_below", "expected at most below (%g), found %g", rule->below,
                     rule->critical_below);
    if (ratio < 1 && (rule->above <= 0 || rule->below <= 0))
        reader_error(reader, "clear_ratio", "expected 1 where a limit is not above 0");
}

static void check_parts(struct reader *reader, const struct policy_rule *rule)
{
    bool limited = !isnan(rule->above) || !isnan(rule->below);
    if (rule->forecast_within > 0 && !limited && isnan(rule->exhausts_at))
        reader_error(reader, "forecast_within", "expected exhausts_at, above or below to be given as well");
    if (rule->baseline && isnan(rule->deviation))
        reader_error(reader, "baseline", "expected deviation to be given with baseline: true");
    if (rule->unless_normal > 0 && (isnan(rule->above) || !rule->baseline))
        reader_error(reader, "unless_normal", "expected above and baseline: true with it");
    if (rule->surprise && !rule->baseline)
        reader_error(reader, "surprise", "expected baseline: true with it");
    if (rule->issue != ISSUE_NONE && !limited && !rule->baseline)
        reader_error(reader, NULL, "expected above, below or baseline: true, else no %s issue can open",
                     issue_type_name(rule->issue));
}

static void read_rule(struct reader *reader, struct policy *policy, struct policy_rule *rule)
{
    *rule = (struct policy_rule){.name = "",
                                 .series = "",
                                 .issue = ISSUE_NONE,
                                 .severity = SEVERITY_MEDIUM,
                                 .above = NAN,
                                 .below = NAN,
                                 .critical_above = NAN,
                                 .critical_below = NAN,
                                 .clear_ratio = 1,
                                 .deviation = NAN,
                                 .exhausts_at = NAN,
                                 .direction = DIRECTION_BOTH};
    if (!reader->map)
        return;
    read_words(reader, policy, rule);
    read_numbers(reader, rule);
    reader_close(reader);
    check_limits(reader, rule);
    check_parts(reader, rule);
}

static bool named(const struct policy_rule *rules, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rules[i].name, name) == 0)
            return true;
    }
    return false;
}

/* The base's rules behind the file's, but those that the file's replace. */
static void inherit(struct reader *root, const struct policy *base, struct policy *policy)
{
    size_t own = policy->rule_count;
    for (size_t i = 0; i < base->rule_count; i++) {
        if (named(policy->rules, own, base->rules[i].name))
            continue;
        if (policy->rule_count == POLICY_RULES_MAX) {
            reader_error(root, "rules", "expected at most %d rules with those of the base", POLICY_RULES_MAX);
            return;
        }
        struct policy_rule *rule = &policy->rules[policy->rule_count++];
        *rule = base->rules[i];
        rule->name = reader_copy(root, policy->arena, rule->name);
        rule->series = reader_copy(root, policy->arena, rule->series);
    }
}

void policy_read_rules(struct reader *root, const struct policy *base, struct policy *policy)
{
    size_t count;
    const struct node *const *items = reader_list(root, "rules", &count);
    policy->rules = reader_array(root, policy->arena, POLICY_RULES_MAX, sizeof *policy->rules);
    if (!policy->rules)
        return;
    if (count > POLICY_RULES_MAX) {
        reader_error(root, "rules", "%zu rules, expected at most %d", count, POLICY_RULES_MAX);
        count = POLICY_RULES_MAX;
    }
    for (size_t i = 0; i < count; i++) {
        struct policy_rule *rule = &policy->rules[i];
        struct reader item = reader_item(root, "rules", items, i);
        read_rule(&item, policy, rule);
        if (rule->name[0] && named(policy->rules, i, rule->name))
            reader_error(&item, "name", "a second rule '%s', expected another name", rule->name);
        policy->rule_count = i + 1;
    }
    if (base)
        inherit(root, base, policy);
}
