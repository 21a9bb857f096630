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
enum { POLICY_WINDOWS_MAX = 32, POLICY_APPROVALS_MAX = 32 };

enum direction { DIRECTION_UP, DIRECTION_DOWN, DIRECTION_BOTH };

/* How a series is watched. The first rule whose pattern matches the series id
 * applies; a series that none matches is not watched. Fields that a file leaves
 * out are NaN (numbers) or 0 (spans) and switch their part off. */
struct policy_rule {
    const char *name;
    const char *series;     /* glob over `kind/namespace/name:metric`; `*` and `?`, `*` spans '/' and ':' */
    enum issue_type issue;  /* ISSUE_NONE: anomalies are noted, no issue opens */
    enum severity severity; /* of the issue while only just over the limit */
    double above;           /* threshold: anomalous when value > above */
    double below;           /* threshold: anomalous when value < below */
    double critical_above;  /* severity rises to critical beyond these */
    double critical_below;
    double clear_ratio;          /* hysteresis, 0 < r <= 1: clears when value < above * r, or value > below / r */
    heal_duration hold;          /* the condition must hold this long before it counts */
    heal_duration clear_hold;    /* and be gone this long before it is over */
    bool baseline;               /* judge against the series' own past as well */
    double deviation;            /* robust sigmas off the median that are anomalous, > 0 */
    double min_change;           /* and at least this far off in the series' own unit, >= 0 */
    double min_ratio;            /* and at least this share of the median off, >= 0 */
    heal_duration baseline_hold; /* as hold, for the baseline condition */
    double unless_normal;  /* `above` counts only where the median is not over it, so many sigmas off it; 0: off */
    bool critical_at_once; /* beyond a critical limit no hold is waited for */
    bool surprise;         /* news by surprise.h begins an anomaly, too; needs baseline */
    bool season;           /* its day is learned, for the evidence (profiles.h) */
    bool symptom;          /* what callers feel: an echo when what they call is in trouble (grouping.h) */
    bool load;             /* tells how much work its resource has; evidence beside an issue */
    bool counter;          /* the series only grows: its rate per second is looked at */
    bool change;           /* each new value is a change that somebody made (changes.h) */
    enum direction direction;
    heal_duration settle; /* how long the metric's own averaging still holds the old fault after an action */
    heal_duration
        forecast_within; /* an issue opens when the trend surely reaches exhausts_at in less; 0: no forecast */
    double exhausts_at;  /* NaN: `above`, or `below` where there is no above */
};

enum baseline_scale { SCALE_MAD, SCALE_QN };
enum change_views { CHANGE_MEANS, CHANGE_CUSUM, CHANGE_OFF };

/* Settings of the baselines, one for all series. */
struct policy_baseline {
    heal_duration window;        /* what the moving median and MAD look back over, 1m .. 30d */
    uint32_t warm_up;            /* samples before the first verdict, 8 .. 64 */
    double alarm_probability;    /* of a quiet sample as surprising as one that is news, 0 < p < 1 */
    double false_alarms_per_day; /* expected of all series that are watched for surprise, > 0 */
    enum baseline_scale scale;   /* how the spread of a window is taken (baseline.h) */
    bool trend;                  /* a window's own trend is normal (baseline.h) */
    bool siblings;               /* a new series borrows the spread of its workload's others (siblings.h) */
    enum change_views change;    /* how surprise sees shifts of level and spread (novelty.h) */
};

struct strategy_step {
    enum action_kind action;
    enum { STEP_TARGET_SELF, STEP_TARGET_OWNER, STEP_TARGET_NODE, STEP_TARGET_VOLUME, STEP_TARGET_CALLEE } target;
    double amount;         /* at least; by load up to amount_max */
    enum amount_unit unit; /* of `amount` */
    double amount_max;     /* > amount: as many as the load asks for, see docs/healing.md; 0: always `amount` */
    heal_duration delay;   /* wait before the step */
    heal_duration timeout; /* > 0 */
};

enum risk { RISK_LOW, RISK_MEDIUM, RISK_HIGH };

struct strategy {
    const char *name;
    const char *description;
    enum issue_type issue;
    struct strategy_step steps[STRATEGY_STEPS_MAX];
    size_t step_count;           /* >= 1 */
    bool undo_on_failure;        /* rolls the done steps back, last first, by action_inverse */
    heal_duration settle;        /* after the last step, before the signal is judged */
    heal_duration verify_hold;   /* the signal must be good this long */
    heal_duration verify_within; /* else the attempt has failed; counts from the last step's end, > settle */
    uint32_t attempts;           /* tries before the next rung, 1 .. 100 */
    heal_duration backoff;       /* before the second try */
    double backoff_factor;       /* >= 1, for each later one */
    double prior_success;        /* 0 < p < 1 */
    double prior_weight;         /* pseudo-observations behind it, > 0 */
    enum risk risk;
    enum issue_cause cause;     /* only for such issues, where their load tells; ISSUE_CAUSE_UNKNOWN: for all */
    enum issue_spread spread;   /* only where so much of the workload is sick; ISSUE_SPREAD_UNKNOWN: for all */
    heal_duration after_change; /* only where the workload was changed in so long before the issue; 0: for all */
    double cost;                /* of one use, >= 0, in the policy's currency */
    bool needs_approval;
    bool dry_run;
    const char *applies_to; /* globs over resource ids (resource_glob_match); NULL: all */
    const char *evidence;   /* globs over metrics, one of which must have been anomalous on the resource; NULL: none */
    heal_duration undo_after; /* its steps are taken back so long after success; 0: never */
    const char *window;       /* starts only inside the policy's window of that name; NULL: any time */
    uint32_t window_index;    /* of that window, where there is one */
    unsigned urgent_from; /* 1 + the severity from which a person is asked outside of it; 0: it is always waited for */
};

/* Strategies of one issue type in order; indices into policy.strategies. */
struct ladder {
    uint32_t rungs[LADDER_RUNGS_MAX];
    size_t count;                             /* 0: escalate at once */
    heal_duration timeouts[LADDER_RUNGS_MAX]; /* of a rung with all its attempts; 0: none */
};

enum choice { CHOICE_LADDER, CHOICE_THOMPSON, CHOICE_LOWER_BOUND };

struct policy_limits {
    uint32_t per_resource_per_hour; /* remediations started in a rolling hour, 0 .. 1000 */
    uint32_t total_per_hour;        /* 0 .. 100000 */
    uint32_t concurrent;            /* remediations at work at once, 1 .. 10000 */
};

/* A span of the week, in UTC. */
struct policy_window {
    const char *name;
    const char *resources; /* glob over resource ids */
    uint32_t days;         /* bit per weekday, Monday is bit 0 */
    uint32_t from, to;     /* minutes of the day, 0 .. 1440; to <= from: over midnight */
    bool freeze; /* true: no remediation of these resources starts inside; else a strategy may be bound to it */
};

/* A step of this kind on these resources needs a person's yes. */
struct policy_approval {
    enum action_kind action;
    const char *resources; /* glob over the ids of the step's target */
};

/* What holds remediations back, beside the limits per hour. 0 switches each off
 * unless it says otherwise. */
struct policy_guards {
    heal_duration approval_expires; /* a question without an answer, and a yes not yet used */
    const struct policy_approval *approvals;
    size_t approval_count;
    uint32_t attempts_per_resource; /* since the last reset; 0: none is made */
    heal_duration attempts_reset;   /* without an attempt for so long the count starts over; 0: never */
    uint32_t futile_after;          /* remediations of one issue in futile_within that did not last */
    heal_duration futile_within;
    uint32_t comebacks_resource;    /* remedies of that type on a resource, */
    uint32_t comebacks_workload;    /* or on its workload, */
    heal_duration comebacks_within; /* in this span: the next calls a person as well (comebacks.h) */
    heal_duration call_again;       /* who was called for an issue is not called again for it sooner */
    uint32_t circuit_failures;      /* of one strategy in a row: it is left out for circuit_open_for, then tried once */
    heal_duration circuit_open_for;
    double min_healthy;            /* share of a workload without an open issue, below which nothing is done to it */
    uint32_t group_min;            /* workloads of fewer members have no min_healthy */
    double max_touched;            /* share of a workload under remediation at once, at least one; >= 1: all */
    uint32_t storm_followers;      /* that many sick resources below one ancestor are one storm */
    double storm_share;            /* of those below it, where the ancestor shows nothing itself */
    heal_duration storm_window;    /* in which they must have fallen sick */
    heal_duration storm_cool_down; /* after a storm, or after min_healthy was missed, before the group is touched */
};

struct policy_forecast {
    heal_duration window;   /* what a trend is taken over, at most */
    heal_duration min_span; /* and at least */
    double confidence;      /* of the slope's interval, two-sided, 0.5 .. 0.9999 */
};

/* Weights of the priority that orders the work; their sum is 1. */
struct policy_priority {
    double severity, impact, urgency;
};

struct policy_odds {
    heal_duration half_life; /* what was learned counts half after this; 0: for ever */
    double pooling; /* weight of a strategy's odds at large on those for one cause signature; 0: no signatures */
    double cost_weight[SEVERITY_COUNT]; /* odds that one unit of cost is worth, by the issue's severity */
    enum severity exploit_from;         /* from here on no experiments: the mean instead of a draw */
};

struct policy_alerts {
    heal_duration window; /* that failure_rate looks back over */
    uint32_t min_endings; /* remediations that must have ended in it */
    double failure_rate;  /* above it: automatic remediation off, alert high; 0: no such alert */
    double health_below;  /* overall: incident review, medium; 0: none */
    uint32_t repeats;     /* issues on one resource in repeat_within: root-cause investigation, low; 0: none */
    heal_duration repeat_within;
};

struct policy_patterns {
    double significance;        /* a pattern is told when chance makes it rarer than this; 0: none is looked for */
    uint32_t min_count;         /* issues it must rest on, >= 2 */
    heal_duration after_within; /* what counts as "after the same event" */
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
    heal_duration issue_cool_down; /* a closed issue that comes back within this is the same issue */
    heal_duration
        relapse_within; /* after that it is a new issue, but for this long its remedy goes on where the last one was */
    heal_duration stale_after; /* an anomaly whose series has had no sample for so long is over; 0: never */
    heal_duration
        gone_after; /* a member of a workload with no sample at all for so long, while others have: it was replaced */
    heal_duration health_interval;         /* between health scores */
    double health_penalty[SEVERITY_COUNT]; /* points an open issue takes off its component, 0 .. 100 */
    struct policy_window *windows;
    size_t window_count; /* 0 .. POLICY_WINDOWS_MAX */
    struct policy_guards guards;
    struct policy_forecast forecast;
    struct policy_priority priority;
    struct policy_odds odds;
    struct policy_alerts alerts;
    struct policy_patterns patterns;
};

void policy_destroy(struct policy *policy); /* the arena and all in it; NULL is fine */

bool series_glob_match(const char *pattern, const char *series_id);
/* Of a list of patterns with blanks between them, one of which must match; `!` in front of
 * the list: all others. NULL matches all. Also over metrics. */
bool resource_glob_match(const char *patterns, const char *id);

/* The index of the first rule that matches, or SIZE_MAX. */
size_t policy_rule_for(const struct policy *policy, const char *series_id);

#endif
