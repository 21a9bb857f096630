/* command.h - what people tell a running engine.
 *
 * Inputs like frames are: given in the same order they have the same effect, so a
 * recording of them replays; and each is a decision in the journal, with who gave
 * it (the first WHO_BYTES of the name; audit and recording have all of it, and why). Switches start as the policy says
 * and change this engine alone.
 *
 *   kind                 fields            effect
 *   APPROVE, DENY        issue             the attempt that waits is made, or its rung given up
 *   AUTO_REMEDIATION     on                off: nothing new is begun; on: the failure alert forgets
 *   DRY_RUN              on                on: plans only, what is under way is finished;
 *                                          off: what was only planned is taken up
 *   LEARNING             on                off: odds stay as they are
 *   REMEDIATE            issue, strategy   now, past limits, switches and freezes, but not beside
 *                                          another remedy; UINT32_MAX: by the ladder; a yes as well
 *   ROLL_BACK            remediation       undoes what it did and left standing
 *   PAUSE                resource, reason, until   holds back the resource and all below it
 *   RESUME               resource          RESOURCE_NONE in both: everything
 *   THAW                 resource          after a rollback that failed
 */
#ifndef SELFHEAL_ENGINE_COMMAND_H
#define SELFHEAL_ENGINE_COMMAND_H

#include "engine/engine.h"
#include "engine/gates.h"

enum command_kind {
    COMMAND_APPROVE,
    COMMAND_DENY,
    COMMAND_AUTO_REMEDIATION,
    COMMAND_DRY_RUN,
    COMMAND_LEARNING,
    COMMAND_REMEDIATE,
    COMMAND_ROLL_BACK,
    COMMAND_PAUSE,
    COMMAND_RESUME,
    COMMAND_THAW,
    COMMAND_KIND_COUNT
};
const char *command_kind_name(enum command_kind kind); /* "approve", "roll_back", ... */

enum { COMMAND_ACTOR = 80, COMMAND_WHY = 200 }; /* bytes with the NUL */

struct command {
    enum command_kind kind;
    bool on;
    enum pause_reason reason;
    uint32_t resource; /* RESOURCE_NONE: everything */
    uint32_t strategy; /* UINT32_MAX: the engine's choice */
    uint64_t issue;
    uint64_t remediation;
    heal_time until;           /* HEAL_TIME_NEVER: until resumed */
    char actor[COMMAND_ACTOR]; /* who; UTF-8 without control characters, "": not said */
    char why[COMMAND_WHY];     /* as they said; the same */
};

enum command_result {
    COMMAND_DONE,
    COMMAND_UNKNOWN, /* no such issue, remediation, resource or strategy here, or it is over */
    COMMAND_NOT_NOW, /* it is at work already, or there is nothing to do */
};

/* The decision's outcome is SUCCEEDED, UNSUPPORTED or FAILED, in the order above. */
enum command_result engine_command(struct engine *engine, heal_time now, const struct command *command);

/* As the switches stand. */
enum engine_switch { SWITCH_AUTO_REMEDIATION, SWITCH_DRY_RUN, SWITCH_COUNT };
const char *engine_switch_name(enum engine_switch which);          /* "auto_remediation", "dry_run" */
enum command_kind engine_switch_command(enum engine_switch which); /* that turns it */
bool engine_switch_is_on(const struct engine *engine, enum engine_switch which);

#endif
