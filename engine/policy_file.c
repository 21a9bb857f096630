/* policy_file.c - the head of a policy file: what is no list.
 *
 * A new policy starts as a copy of its base, so a field that the file leaves out
 * needs no code of its own. Without a base there is nothing to start from, and
 * every scalar has to be in the file: so the built-in default is the one place
 * where defaults are written down. */
#include "engine/policy_file.h"

#include "engine/policy_parts.h"

#include <string.h>

void policy_require(struct reader *reader, const struct policy *base, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count && !base; i++)
        reader_require(reader, keys[i]);
}

struct reader policy_part(struct reader *root, const struct policy *base, const char *key)
{
    if (!base)
        reader_require(root, key);
    return reader_map(root, key);
}

static void read_ways(struct reader *part, struct policy_baseline *baseline)
{
    static const char *const SCALES[] = {[SCALE_MAD] = "mad", [SCALE_QN] = "qn"};
    static const char *const CHANGES[] = {[CHANGE_MEANS] = "means", [CHANGE_CUSUM] = "cusum", [CHANGE_OFF] = "off"};
    size_t found;

    if (reader_choice(part, "scale", SCALES, sizeof SCALES / sizeof *SCALES, &found))
        baseline->scale = (enum baseline_scale)found;
    if (reader_choice(part, "change", CHANGES, sizeof CHANGES / sizeof *CHANGES, &found))
        baseline->change = (enum change_views)found;
    reader_bool(part, "trend", &baseline->trend);
    reader_bool(part, "siblings", &baseline->siblings);
}

static void read_baseline(struct reader *root, const struct policy *base, struct policy *policy)
{
    static const char *const KEYS[] = {"window", "warm_up", "alarm_probability", "false_alarms_per_day", "scale",
                                       "change", "trend",   "siblings"};
    struct reader part = policy_part(root, base, "baseline");
    policy_require(&part, base, KEYS, sizeof KEYS / sizeof *KEYS);
    reader_duration(&part, "window", HEAL_MINUTE, 30 * HEAL_DAY, &policy->baseline.window);
    reader_count(&part, "warm_up", 8, 64, &policy->baseline.warm_up);
    reader_number(&part, "alarm_probability", 1e-12, 0.5, &policy->baseline.alarm_probability);
    reader_number(&part, "false_alarms_per_day", 1e-6, 1e9, &policy->baseline.false_alarms_per_day);
    read_ways(&part, &policy->baseline);
    reader_close(&part);
}

static void read_limits(struct reader *root, const struct policy *base, struct policy *policy)
{
    static const char *const KEYS[] = {"per_resource_per_hour", "total_per_hour", "concurrent"};
    struct reader part = policy_part(root, base, "limits");
    policy_require(&part, base, KEYS, sizeof KEYS / sizeof *KEYS);
    reader_count(&part, "per_resource_per_hour", 0, 1000, &policy->limits.per_resource_per_hour);
    reader_count(&part, "total_per_hour", 0, 100000, &policy->limits.total_per_hour);
    reader_count(&part, "concurrent", 1, 10000, &policy->limits.concurrent);
    reader_close(&part);
}

static void read_health(struct reader *root, const struct policy *base, struct policy *policy)
{
    static const char *const KEYS[] = {"interval", "penalty"};
    struct reader part = policy_part(root, base, "health");
    policy_require(&part, base, KEYS, sizeof KEYS / sizeof *KEYS);
    reader_duration(&part, "interval", HEAL_SECOND, HEAL_DAY, &policy->health_interval);
    struct reader penalty = reader_map(&part, "penalty");
    for (unsigned i = 0; i < SEVERITY_COUNT; i++) {
        const char *severity = severity_name((enum severity)i);
        policy_require(&penalty, base, &severity, 1);
        reader_number(&penalty, severity, 0, 100, &policy->health_penalty[i]);
    }
    reader_close(&penalty);
    reader_close(&part);
}

static void read_scalars(struct reader *root, const struct policy *base, struct policy *policy)
{
    static const char *const CHOICES[] = {
        [CHOICE_LADDER] = "ladder", [CHOICE_THOMPSON] = "thompson", [CHOICE_LOWER_BOUND] = "lower_bound"};
    static const char *const KEYS[] = {"name",   "scan_interval",   "auto_remediation", "dry_run",     "learning",
                                       "choice", "issue_cool_down", "relapse_within",   "stale_after", "gone_after"};
    const char *base_path; /* the caller's, who has read the base already */
    size_t choice;

    reader_text(root, "base", &base_path);
    policy_require(root, base, KEYS, sizeof KEYS / sizeof *KEYS);
    reader_text_into(root, "name", policy->arena, &policy->name);
    reader_duration(root, "scan_interval", 100 * HEAL_MILLISECOND, HEAL_DAY, &policy->scan_interval);
    reader_bool(root, "auto_remediation", &policy->auto_remediation);
    reader_bool(root, "dry_run", &policy->dry_run);
    reader_bool(root, "learning", &policy->learning);
    if (reader_choice(root, "choice", CHOICES, sizeof CHOICES / sizeof *CHOICES, &choice))
        policy->choice = (enum choice)choice;
    reader_duration(root, "issue_cool_down", 0, 30 * HEAL_DAY, &policy->issue_cool_down);
    reader_duration(root, "relapse_within", 0, 30 * HEAL_DAY, &policy->relapse_within);
    reader_duration(root, "stale_after", 0, 30 * HEAL_DAY, &policy->stale_after);
    reader_duration(root, "gone_after", 0, 30 * HEAL_DAY, &policy->gone_after);
}

bool policy_read_severity(struct reader *reader, const char *key, enum severity *out)
{
    const char *names[SEVERITY_COUNT];
    size_t found;

    for (unsigned i = 0; i < SEVERITY_COUNT; i++)
        names[i] = severity_name((enum severity)i);
    if (!reader_choice(reader, key, names, SEVERITY_COUNT, &found))
        return false;
    *out = (enum severity)found;
    return true;
}

bool policy_read_issue(struct reader *reader, const char *key, bool none_too, enum issue_type *out)
{
    const char *names[ISSUE_TYPE_COUNT + 1];
    size_t found;
    for (unsigned i = 0; i <= ISSUE_TYPE_COUNT; i++)
        names[i] = issue_type_name((enum issue_type)i);
    if (!reader_choice(reader, key, names, (size_t)ISSUE_TYPE_COUNT + (none_too ? 1 : 0), &found))
        return false;
    *out = (enum issue_type)found;
    return true;
}

/* A policy with the base's scalars in an arena of its own; NULL when memory is out. */
static struct policy *start_from(const struct policy *base)
{
    struct arena *arena = arena_create();
    struct policy *policy = arena ? arena_alloc(arena, sizeof *policy) : NULL;
    if (!policy) {
        arena_destroy(arena);
        return NULL;
    }
    if (base)
        *policy = *base;
    policy->arena = arena;
    policy->rules = NULL;
    policy->rule_count = 0;
    policy->strategies = NULL;
    policy->strategy_count = 0;
    policy->windows = NULL;
    policy->window_count = 0;
    policy->guards.approvals = NULL;
    policy->guards.approval_count = 0;
    policy->name = base ? arena_text(arena, base->name, strlen(base->name)) : "";
    if (!policy->name) {
        arena_destroy(arena);
        return NULL;
    }
    return policy;
}

struct policy *policy_from_document(const struct document *document, const struct policy *base,
                                    struct error_list *errors)
{
    size_t before = errors->count;
    struct policy *policy = start_from(base);
    if (!policy) {
        error_add(errors, ERROR_ENVIRONMENT, document->file, 0, NULL, "out of memory");
        return NULL;
    }
    struct reader root = reader_open(document, document->root, "", errors);
    read_scalars(&root, base, policy);
    read_baseline(&root, base, policy);
    read_limits(&root, base, policy);
    read_health(&root, base, policy);
    policy_read_guards(&root, base, policy);
    policy_read_insight(&root, base, policy);
    policy_read_windows(&root, base, policy);
    policy_read_rules(&root, base, policy);
    policy_read_strategies(&root, base, policy);
    policy_bind_windows(&root, policy);
    policy_read_ladders(&root, policy);
    reader_close(&root);
    if (errors->count > before) {
        policy_destroy(policy);
        return NULL;
    }
    return policy;
}
