/* commands.h - what people and the live process tell a running engine.
 *
 * Inputs like any other: given in the same order they have the same effect, so a
 * recording of them replays. Switches start as the policy says and change this
 * engine alone; the policy that was handed in stays as it is.
 */
#ifndef SELFHEAL_ENGINE_COMMANDS_H
#define SELFHEAL_ENGINE_COMMANDS_H

#include "engine/engine.h"

enum engine_switch { SWITCH_AUTO_REMEDIATION, SWITCH_DRY_RUN, SWITCH_COUNT };
const char *engine_switch_name(enum engine_switch which); /* "auto_remediation", "dry_run" */

/* Dry run off: issues whose remedy was only planned are taken up again. */
void engine_set_switch(struct engine *engine, heal_time now, enum engine_switch which, bool on);
bool engine_switch_is_on(const struct engine *engine, enum engine_switch which);

/* A frame of the past: baselines learn from it, nobody judges it. Only before
 * the first engine_frame. */
void engine_learn_frame(struct engine *engine, heal_time at, const double *values);

/* What an earlier engine saw of a strategy (index in the policy). */
void engine_recall(struct engine *engine, uint32_t strategy, uint32_t successes, uint32_t failures);

/* No remedy starts on the resource by itself any more: what was last done there is
 * not known. A person may start one. */
void engine_freeze(struct engine *engine, uint32_t resource);

enum command_result {
    COMMAND_DONE,
    COMMAND_UNKNOWN, /* no such issue or remediation here, or it is over */
    COMMAND_NOT_NOW, /* it is at work already, or nothing is left to undo */
};

/* A person wants a remedy for the open `issue` now: held by a limit, a switch or
 * a freeze it starts all the same, ended it starts over, waiting for a yes it
 * gets one. A dry run stays dry. */
enum command_result engine_remediate(struct engine *engine, heal_time now, uint64_t issue);

/* Undoes what the remediation did and left standing, last step first; the remedy
 * ends as failed. */
enum command_result engine_roll_back(struct engine *engine, heal_time now, uint64_t remediation);

#endif
