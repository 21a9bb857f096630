/* word.c - what a person's word does to one issue's course: start it, let it go on,
 * stop it, take it back. command.c finds the issue. */
#include "engine/state.h"

bool remediation_force(struct open_issue *issue, uint32_t strategy)
{
    struct remediation *remediation = &issue->remediation;

    if (remediation->phase != PHASE_NONE && remediation->phase != PHASE_ENDED)
        return false;
    remediation->tried = 0; /* from the foot of the ladder */
    remediation->strategy = UINT32_MAX;
    remediation->attempt = 0;
    remediation->phase = PHASE_NONE;
    remediation->gate = GATE_NONE;
    remediation->wanted = strategy;
    remediation->forced = true;
    return true;
}

bool remediation_approve(struct engine *engine, struct open_issue *issue, heal_time now)
{
    heal_duration expires = engine->policy->guards.approval_expires;
    bool waits = issue->remediation.phase == PHASE_APPROVAL;

    issue->remediation.approved = true; /* also before it is asked for */
    issue->remediation.approved_until = expires > 0 ? now + expires : HEAL_TIME_NEVER;
    return waits;
}

bool remediation_deny(struct engine *engine, struct open_issue *issue, heal_time now)
{
    issue->remediation.approved = false;
    if (issue->remediation.phase != PHASE_APPROVAL)
        return false;
    issue->remediation.refused = true;
    remediation_give_up_rung(engine, issue, now, GATE_REFUSED);
    return true;
}

bool remediation_take_back(struct engine *engine, struct open_issue *issue, heal_time now)
{
    struct remediation *remediation = &issue->remediation;

    if (remediation->phase != PHASE_VERIFY ||
        !remediation_can_undo(strategy_of(engine, issue), remediation->done_steps))
        return false;
    circuit_note_abandoned(engine->circuit, remediation->strategy);
    remediation->by_hand = true;
    attempt_take_back(engine, issue, now);
    return true;
}
