/* journal.c - the words of decisions and their canonical bytes. */
#include "engine/journal.h"

#include "engine/names.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const char *const KINDS[DECISION_KIND_COUNT] = {
    [DECISION_ANOMALY_BEGAN] = "anomaly_began",
    [DECISION_ANOMALY_ENDED] = "anomaly_ended",
    [DECISION_ISSUE_OPENED] = "issue_opened",
    [DECISION_ISSUE_CHANGED] = "issue_changed",
    [DECISION_ISSUE_REOPENED] = "issue_reopened",
    [DECISION_ISSUE_CLOSED] = "issue_closed",
    [DECISION_REMEDIATION_STARTED] = "remediation_started",
    [DECISION_REMEDIATION_HELD] = "remediation_held",
    [DECISION_ATTEMPT_STARTED] = "attempt_started",
    [DECISION_ACTION_STARTED] = "action_started",
    [DECISION_ACTION_ENDED] = "action_ended",
    [DECISION_ATTEMPT_VERIFIED] = "attempt_verified",
    [DECISION_ATTEMPT_FAILED] = "attempt_failed",
    [DECISION_ROLLBACK_STARTED] = "rollback_started",
    [DECISION_ROLLBACK_ENDED] = "rollback_ended",
    [DECISION_REMEDIATION_ENDED] = "remediation_ended",
    [DECISION_HEALTH] = "health",
    [DECISION_EVIDENCE] = "evidence",
    [DECISION_ISSUE_RANKED] = "issue_ranked",
    [DECISION_FORECAST] = "forecast",
    [DECISION_FOLLOWER_ATTACHED] = "follower_attached",
    [DECISION_FOLLOWER_RELEASED] = "follower_released",
    [DECISION_ACTION_PLANNED] = "action_planned",
    [DECISION_PLAN_OUTCOME] = "plan_outcome",
    [DECISION_COMMAND] = "command",
    [DECISION_ALERT] = "alert",
    [DECISION_PATTERN] = "pattern",
    [DECISION_UNDO_STARTED] = "undo_started",
    [DECISION_UNDO_ENDED] = "undo_ended",
    [DECISION_CIRCUIT_OPENED] = "circuit_opened",
};
static const char *const GATES[GATE_COUNT] = {
    [GATE_NONE] = "none",
    [GATE_AUTO_REMEDIATION_OFF] = "auto_remediation_off",
    [GATE_DRY_RUN] = "dry_run",
    [GATE_RESOURCE_BUSY] = "resource_busy",
    [GATE_RESOURCE_LIMIT] = "resource_limit",
    [GATE_TOTAL_LIMIT] = "total_limit",
    [GATE_CONCURRENT_LIMIT] = "concurrent_limit",
    [GATE_FROZEN] = "frozen",
    [GATE_APPROVAL] = "approval",
    [GATE_NO_STRATEGY] = "no_strategy",
    [GATE_PAUSED] = "paused",
    [GATE_MAINTENANCE] = "maintenance",
    [GATE_FOLLOWER] = "follower",
    [GATE_STORM] = "storm",
    [GATE_MIN_HEALTHY] = "min_healthy",
    [GATE_BLAST_RADIUS] = "blast_radius",
    [GATE_ATTEMPTS] = "attempts",
    [GATE_FUTILE] = "futile",
    [GATE_WINDOW] = "window",
    [GATE_APPROVAL_EXPIRED] = "approval_expired",
    [GATE_REFUSED] = "refused",
    [GATE_PLANNED] = "planned",
    [GATE_RUNG_TIMEOUT] = "rung_timeout",
};

const char *decision_kind_name(enum decision_kind kind)
{
    return name_of(KINDS, DECISION_KIND_COUNT, (size_t)kind);
}

const char *gate_name(enum gate gate)
{
    return name_of(GATES, GATE_COUNT, (size_t)gate);
}

static unsigned char *put_u64(unsigned char *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        *at++ = (unsigned char)(value >> (8 * i));
    return at;
}

static unsigned char *put_u32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        *at++ = (unsigned char)(value >> (8 * i));
    return at;
}

/* -0.0 and 0.0 are one value to a reader, and so to the digest. */
static unsigned char *put_double(unsigned char *at, double value)
{
    uint64_t bits = UINT64_C(0x7ff8000000000000);

    if (!isnan(value)) {
        double canonical = value == 0.0 ? 0.0 : value;
        memcpy(&bits, &canonical, sizeof bits);
    }
    return put_u64(at, bits);
}

_Static_assert(COMPONENT_COUNT * sizeof(double) == sizeof(struct decision_finding), "one place in the bytes for both");
_Static_assert(COMPONENT_COUNT * sizeof(double) == WHO_BYTES, "one place in the bytes for both");

/* u64 sequence, i64 at; u8 kind, type, severity, action_kind, outcome, status,
 * gate, by_baseline | rollback << 1 | by_forecast << 2 | bytes << 3 |
 * cause << 4; u32 resource, series, strategy, attempt; u64
 * issue, remediation, action; f64 value, reference, score, health[] (or
 * finding) or the 40 bytes of who. */
void decision_encode(const struct decision *decision, unsigned char bytes[DECISION_BYTES])
{
    unsigned char *at = bytes;

    at = put_u64(at, decision->sequence);
    at = put_u64(at, (uint64_t)decision->at);
    *at++ = (unsigned char)decision->kind;
    *at++ = (unsigned char)decision->type;
    *at++ = (unsigned char)decision->severity;
    *at++ = (unsigned char)decision->action_kind;
    *at++ = (unsigned char)decision->outcome;
    *at++ = (unsigned char)decision->status;
    *at++ = (unsigned char)decision->gate;
    *at++ = (unsigned char)((decision->by_baseline ? 1 : 0) | (decision->rollback ? 2 : 0) |
                            (decision->by_forecast ? 4 : 0) | (decision->amount_unit == AMOUNT_BYTES ? 8 : 0) |
                            (unsigned)decision->cause << 4);
    at = put_u32(at, decision->resource);
    at = put_u32(at, decision->series);
    at = put_u32(at, decision->strategy);
    at = put_u32(at, decision->attempt);
    at = put_u64(at, decision->issue);
    at = put_u64(at, decision->remediation);
    at = put_u64(at, decision->action);
    at = put_double(at, decision->value);
    at = put_double(at, decision->reference);
    at = put_double(at, decision->score);
    assert(at + WHO_BYTES == bytes + DECISION_BYTES);
    if (decision->kind == DECISION_COMMAND) {
        memcpy(at, decision->who, WHO_BYTES);
        return;
    }
    for (int i = 0; i < COMPONENT_COUNT; i++)
        at = put_double(at, decision->health[i]);
}
