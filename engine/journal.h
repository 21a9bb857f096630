/* journal.h - what the engine decided, one record at a time.
 *
 * The engine tells every decision here, in order, and nothing else leaves it but
 * actions. A record is a fixed set of numbers: what a person reads is made from
 * them later, by whoever keeps the journal. The digest of a run is SHA-256 over
 * decision_encode of all its records, so the encoding is part of the contract.
 */
#ifndef SELFHEAL_ENGINE_JOURNAL_H
#define SELFHEAL_ENGINE_JOURNAL_H

#include "engine/action.h"
#include "engine/inventory.h"
#include "engine/issue.h"
#include "engine/time.h"

#include <stddef.h>
#include <stdint.h>

enum decision_kind {
    DECISION_ANOMALY_BEGAN,       /* series, value, reference, score, cause_is_baseline */
    DECISION_ANOMALY_ENDED,       /* series, value */
    DECISION_ISSUE_OPENED,        /* issue, type, severity, resource, series, value, reference, score */
    DECISION_ISSUE_CHANGED,       /* severity rose; as opened */
    DECISION_ISSUE_REOPENED,      /* came back within the cool-down */
    DECISION_ISSUE_CLOSED,        /* its anomalies are over; attempt = 1: stale, a series of it went silent */
    DECISION_REMEDIATION_STARTED, /* issue, remediation */
    DECISION_REMEDIATION_HELD,    /* a gate says wait: gate */
    DECISION_ATTEMPT_STARTED,     /* strategy, attempt (1..), rung */
    DECISION_ACTION_STARTED,      /* action, action_kind, resource (target), value = amount, amount_unit, rollback;
                                     reference = what an undo goes back to, NaN: not known */
    DECISION_ACTION_ENDED, /* action, action_kind, outcome; value = what was there before, where the world said so */
    DECISION_ATTEMPT_VERIFIED,  /* strategy: the signal recovered */
    DECISION_ATTEMPT_FAILED,    /* strategy: a step failed or the signal did not recover in time */
    DECISION_ROLLBACK_STARTED,  /* strategy */
    DECISION_ROLLBACK_ENDED,    /* strategy, outcome: SUCCEEDED or FAILED */
    DECISION_REMEDIATION_ENDED, /* status */
    DECISION_HEALTH,       /* health[], overall in score; value = open issues, reference = auto-remediated so far */
    DECISION_EVIDENCE,     /* more about an open issue: an echo of it (type, resource, series, value, reference,
                              score), or the load (type none; score = value / reference) */
    DECISION_ISSUE_RANKED, /* value = impact, reference = urgency, both 0..1; score = priority, 0..100 */
    DECISION_FORECAST,     /* series, value now, reference = limit; score = seconds until then at the median slope */
    DECISION_FOLLOWER_ATTACHED, /* issue = the root's, resource = the follower's, value = the follower's own id */
    DECISION_FOLLOWER_RELEASED, /* the same; attempt = 1 when it goes on as an issue of its own */
    DECISION_ACTION_PLANNED,    /* dry run: as ACTION_STARTED; reference = amount planned there so far, with this */
    DECISION_PLAN_OUTCOME, /* dry run: if it works: value = its odds, reference = health then, score = seconds to it */
    DECISION_COMMAND,      /* attempt = enum command_kind, outcome; value = its argument; who */
    DECISION_ALERT,        /* attempt = enum alert_kind, severity, value, reference = its limit */
    DECISION_PATTERN, /* attempt = enum pattern_kind, strategy = suggestion; value, reference, score: recurrence.h */
    DECISION_UNDO_STARTED,   /* a past remedy is taken back; attempt = 1 by a person, 0 as planned */
    DECISION_UNDO_ENDED,     /* outcome */
    DECISION_CIRCUIT_OPENED, /* strategy is left out; value = seconds */
    DECISION_KIND_COUNT
};
const char *decision_kind_name(enum decision_kind kind); /* "issue_opened", ... */

/* Why a remediation waits or is denied. */
enum gate {
    GATE_NONE,
    GATE_AUTO_REMEDIATION_OFF,
    GATE_DRY_RUN,
    GATE_RESOURCE_BUSY,  /* another remediation is at work on it or on an ancestor */
    GATE_RESOURCE_LIMIT, /* per resource and hour */
    GATE_TOTAL_LIMIT,
    GATE_CONCURRENT_LIMIT,
    GATE_FROZEN, /* a rollback failed here */
    GATE_APPROVAL,
    GATE_NO_STRATEGY,      /* the type has no ladder; of an ending */
    GATE_PAUSED,           /* by a person, for a deploy or an upgrade */
    GATE_MAINTENANCE,      /* a freeze window */
    GATE_FOLLOWER,         /* its storm's root is healed instead */
    GATE_STORM,            /* cool-down after a storm */
    GATE_MIN_HEALTHY,      /* too much of the workload is sick: the cause is not in one member */
    GATE_BLAST_RADIUS,     /* enough of the workload is being touched */
    GATE_ATTEMPTS,         /* the resource's attempts are used up */
    GATE_FUTILE,           /* remedies did not last, again and again */
    GATE_WINDOW,           /* the strategy's window is closed */
    GATE_APPROVAL_EXPIRED, /* nobody answered */
    GATE_REFUSED,          /* a person said no */
    GATE_PLANNED,          /* dry run: an earlier plan would have healed it */
    GATE_RUNG_TIMEOUT,     /* the rung's time is over */
    GATE_COUNT
};
const char *gate_name(enum gate gate);

enum { WHO_BYTES = 40 };

/* More about what a series was found to do; 0 where it is not known. */
struct decision_finding {
    double probability;    /* of a quiet sample at least as unusual, calibrated, (0, 1] */
    double lasted_seconds; /* since when */
    double expected;       /* what the series normally is at this time of the day and week */
    double load;           /* of the resource, as a multiple of its normal, where cause is known */
    double reserved;       /* 0 */
};

struct decision {
    uint64_t sequence; /* 1, 2, ... in one engine */
    heal_time at;
    enum decision_kind kind;
    enum issue_type type; /* ISSUE_NONE where none */
    enum severity severity;
    enum action_kind action_kind; /* ACTION_KIND_COUNT where none */
    enum action_outcome outcome;
    enum remediation_status status;
    enum gate gate;
    uint32_t resource; /* RESOURCE_NONE where none */
    uint32_t series;   /* SERIES_NONE where none */
    uint32_t strategy; /* index in the policy; UINT32_MAX where none */
    uint32_t attempt;
    uint64_t issue;       /* 1.. ; 0 where none */
    uint64_t remediation; /* 1.. ; 0 where none */
    uint64_t action;      /* 1.. ; 0 where none */
    double value;
    double reference; /* the threshold, or the baseline's median */
    double score;     /* robust sigmas off the baseline, or value / threshold; NaN where none */
    bool by_baseline; /* the baseline spoke, not the threshold */
    bool by_forecast; /* its trend spoke: the value is not there yet */
    bool rollback;
    enum amount_unit amount_unit; /* ACTION_STARTED, ACTION_PLANNED: of value */
    enum issue_cause cause;       /* of an issue, as its load has it */
    union {
        struct decision_finding finding; /* anomalies, issues, evidence; all 0 where none */
        double health[COMPONENT_COUNT];  /* DECISION_HEALTH, 0..100 */
        char who[WHO_BYTES]; /* DECISION_COMMAND: a person's or a part's name, NUL behind it; "": not said */
    };
};

enum { DECISION_BYTES = 128 };
/* The canonical bytes: fields in the order above, little-endian, integers
 * widened as decision_encode's source says, every NaN as one bit pattern. */
void decision_encode(const struct decision *decision, unsigned char bytes[DECISION_BYTES]);

#endif
