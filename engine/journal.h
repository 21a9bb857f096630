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
    DECISION_ANOMALY_BEGAN,        /* series, value, reference, score, cause_is_baseline */
    DECISION_ANOMALY_ENDED,        /* series, value */
    DECISION_ISSUE_OPENED,         /* issue, type, severity, resource, series, value, reference, score */
    DECISION_ISSUE_CHANGED,        /* severity rose; as opened */
    DECISION_ISSUE_REOPENED,       /* came back within the cool-down */
    DECISION_ISSUE_CLOSED,         /* its anomalies are over */
    DECISION_REMEDIATION_STARTED,  /* issue, remediation */
    DECISION_REMEDIATION_HELD,     /* a gate says wait: gate */
    DECISION_ATTEMPT_STARTED,      /* strategy, attempt (1..), rung */
    DECISION_ACTION_STARTED,       /* action, action_kind, resource (target), value = amount, rollback */
    DECISION_ACTION_ENDED,         /* action, action_kind, outcome */
    DECISION_ATTEMPT_VERIFIED,     /* strategy: the signal recovered */
    DECISION_ATTEMPT_FAILED,       /* strategy: a step failed or the signal did not recover in time */
    DECISION_ROLLBACK_STARTED,     /* strategy */
    DECISION_ROLLBACK_ENDED,       /* strategy, outcome: SUCCEEDED or FAILED */
    DECISION_REMEDIATION_ENDED,    /* status */
    DECISION_HEALTH,               /* health[], overall in score; value = open issues, reference = auto-remediated so far */
    DECISION_EVIDENCE,             /* more about an open issue: an echo of it (type, resource, series, value, reference,
                                      score), or the load (type none; score = value / reference) */
    DECISION_KIND_COUNT
};
const char *decision_kind_name(enum decision_kind kind); /* "issue_opened", ... */

/* Why a remediation waits or is denied. */
enum gate {
    GATE_NONE,
    GATE_AUTO_REMEDIATION_OFF,
    GATE_DRY_RUN,
    GATE_RESOURCE_BUSY,      /* another remediation is at work on it or on an ancestor */
    GATE_RESOURCE_LIMIT,     /* per resource and hour */
    GATE_TOTAL_LIMIT,
    GATE_CONCURRENT_LIMIT,
    GATE_FROZEN,             /* a rollback failed here */
    GATE_APPROVAL,
    GATE_NO_STRATEGY,
    GATE_COUNT
};
const char *gate_name(enum gate gate);

struct decision {
    uint64_t sequence; /* 1, 2, ... in one engine */
    heal_time at;
    enum decision_kind kind;
    enum issue_type type; /* ISSUE_NONE where none */
    enum severity severity;
    enum action_kind action_kind;     /* ACTION_KIND_COUNT where none */
    enum action_outcome outcome;
    enum remediation_status status;
    enum gate gate;
    uint32_t resource;    /* RESOURCE_NONE where none */
    uint32_t series;      /* SERIES_NONE where none */
    uint32_t strategy;    /* index in the policy; UINT32_MAX where none */
    uint32_t attempt;
    uint64_t issue;       /* 1.. ; 0 where none */
    uint64_t remediation; /* 1.. ; 0 where none */
    uint64_t action;      /* 1.. ; 0 where none */
    double value;
    double reference;     /* the threshold, or the baseline's median */
    double score;         /* robust sigmas off the baseline, or value / threshold; NaN where none */
    bool by_baseline;     /* the baseline spoke, not the threshold */
    bool rollback;
    double health[COMPONENT_COUNT]; /* DECISION_HEALTH only, 0..100 */
};

enum { DECISION_BYTES = 128 };
/* The canonical bytes: fields in the order above, little-endian, integers
 * widened as decision_encode's source says, every NaN as one bit pattern. */
void decision_encode(const struct decision *decision, unsigned char bytes[DECISION_BYTES]);

#endif
