/* policy.h - every threshold, setting, strategy and limit of the engine.
 *
 * A policy is data: it comes from a file (policy_file.h), the built-in default
 * is scenarios/policies/default.yaml. All memory belongs to the policy's arena;
 * once loaded it is immutable and may be shared by threads.
 */
#ifndef SELFHEAL_ENGINE_POLICY_H
#define SELFHEAL_ENGINE_POLICY_H

#include "engine/action.h"
#include "engine/arena.h"
#include "engine/issue.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POLICY_RULES_MAX = 256, POLICY_STRATEGIES_MAX = 256, STRATEGY_STEPS_MAX = 16, LADDER_RUNGS_MAX = 16 };

enum direction { DIRECTION_UP, DIRECTION_DOWN, DIRECTION_BOTH };

/* How a series is watched. The first rule whose pattern matches the series id
 * applies; a series that none matches is not watched. Fields that a file leaves
 * out are NaN (numbers) or 0 (spans) and switch their part off. */
struct policy_rule {
    const char *name;
    const char *series;      /* glob over `kind/namespace/name:metric`; `*` and `?`, `*` spans '/' and ':' */
    enum issue_type issue;   /* ISSUE_NONE: anomalies are noted, no issue opens */
    enum severity severity;  /* of the issue while only just over the limit */
    double above;            /* threshold: anomalous when value > above */
    double below;            /* threshold: anomalous when value < below */
    double critical_above;   /* severity rises to critical beyond these */
    double critical_below;
    double clear_ratio;      /* hysteresis, 0 < r <= 1: clears when value < above * r, or value > below / r */
    heal_duration hold;      /* the condition must hold this long before it counts */
    heal_duration clear_hold;/* and be gone this long before it is over */
    bool baseline;           /* judge against the series' own past as well */
    double deviation;        /* robust sigmas off the median that are anomalous, > 0 */
    double min_change;       /* and at least this far off in the series' own unit, >= 0 */
    double min_ratio;        /* and at least this share of the median off, >= 0 */
    heal_duration baseline_hold; /* as hold, for the baseline condition */
    bool critical_at_once;   /* beyond a critical limit no hold is waited for */
    bool surprise;           /* news by surprise.h begins an anomaly, too; needs baseline */
    bool symptom;            /* what callers feel: an echo when what they call is in trouble (grouping.h) */
    bool load;               /* tells how much work its resource has; evidence beside an issue */
    bool counter;            /* the series only grows: its rate per second is looked at */
    enum direction direction;
};

/* Settings of the baselines, one for all series. */
struct policy_baseline {
    heal_duration window; /* what the moving median and MAD look back over, 1m .. 30d */
    uint32_t warm_up;     /* samples before the first verdict, 8 .. 64 */
    double alarm_probability;    /* of a quiet sample as surprising as one that is news, 0 < p < 1 */
    double false_alarms_per_day; /* expected of all series that are watched for surprise, > 0 */
};

struct strategy_step {
    enum action_kind action;
    enum { STEP_TARGET_SELF, STEP_TARGET_OWNER, STEP_TARGET_NODE, STEP_TARGET_VOLUME } target;
    double amount;
    heal_duration delay;   /* wait before the step */
    heal_duration timeout; /* > 0 */
};

enum risk { RISK_LOW, RISK_MEDIUM, RISK_HIGH };

struct strategy {
    const char *name;
    const char *description;
    enum issue_type issue;
    struct strategy_step steps[STRATEGY_STEPS_MAX];
    size_t step_count; /* >= 1 */
    bool undo_on_failure;     /* rolls the done steps back, last first, by action_inverse */
    heal_duration settle;     /* after the last step, before the signal is judged */
    heal_duration verify_hold;/* the signal must be good this long */
    heal_duration verify_within; /* else the attempt has failed; counts from the last step's end, > settle */
    uint32_t attempts;        /* tries before the next rung, 1 .. 100 */
    heal_duration backoff;    /* before the second try */
    double backoff_factor;    /* >= 1, for each later one */
    double prior_success;     /* 0 < p < 1 */
    double prior_weight;      /* pseudo-observations behind it, > 0 */
    enum risk risk;
    double cost;              /* of one use, >= 0, in the policy's currency */
    bool needs_approval;
    bool dry_run;
};

/* Strategies of one issue type in order; indices into policy.strategies. */
struct ladder {
    uint32_t rungs[LADDER_RUNGS_MAX];
    size_t count; /* 0: escalate at once */
};

enum choice { CHOICE_LADDER, CHOICE_THOMPSON, CHOICE_LOWER_BOUND };

struct policy_limits {
    uint32_t per_resource_per_hour; /* remediations started in a rolling hour, 0 .. 1000 */
    uint32_t total_per_hour;        /* 0 .. 100000 */
    uint32_t concurrent;            /* remediations at work at once, 1 .. 10000 */
};

struct policy {
    struct arena *arena;
    const char *name;
    heal_duration scan_interval; /* the world makes a frame this often, > 0; a recording has its own */
    bool auto_remediation;
    bool dry_run;
    bool learning;
    struct policy_baseline baseline;
    struct policy_rule *rules;
    size_t rule_count; /* 0 .. POLICY_RULES_MAX */
    struct strategy *strategies;
    size_t strategy_count; /* 0 .. POLICY_STRATEGIES_MAX */
    struct ladder ladders[ISSUE_TYPE_COUNT];
    enum choice choice;
    struct policy_limits limits;
    heal_duration issue_cool_down;  /* a closed issue that comes back within this is the same issue */
    heal_duration relapse_within;   /* after that it is a new issue, but for this long its remedy goes on where the last one was */
    heal_duration health_interval;  /* between health scores */
    double health_penalty[SEVERITY_COUNT]; /* points an open issue takes off its component, 0 .. 100 */
};

void policy_destroy(struct policy *policy); /* the arena and all in it; NULL is fine */

bool series_glob_match(const char *pattern, const char *series_id);

/* The index of the first rule that matches, or SIZE_MAX. */
size_t policy_rule_for(const struct policy *policy, const char *series_id);

#endif
