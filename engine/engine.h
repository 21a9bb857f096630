/* engine.h - the healer: a deterministic state machine.
 *
 * Inputs: frames, ends of actions, the passing of time. Outputs: actions through
 * the world port, decisions through the journal port. The same policy,
 * inventory, seed and sequence of inputs give the same decisions, to the bit.
 * It does no I/O, reads no clock, keeps no globals, and takes no memory per frame
 * after create.
 *
 *   frame -> detect (thresholds, baselines) -> issues -> remediations -> actions
 *
 * One issue is open per (resource, type). One remediation is at work per issue:
 * it climbs the ladder of its type, rung by rung; an attempt runs the steps in
 * order, waits until the signal had time to show, and looks whether the issue's
 * anomalies are over. Failed: the done steps are rolled back, then the same rung
 * again, then the next, then a person.
 */
#ifndef SELFHEAL_ENGINE_ENGINE_H
#define SELFHEAL_ENGINE_ENGINE_H

#include "engine/inventory.h"
#include "engine/policy.h"
#include "engine/ports.h"

struct engine;

/* `policy` and `inventory` (frozen) are borrowed and must outlive the engine;
 * the ports' tables are copied. NULL when out of memory. */
struct engine *engine_create(const struct policy *policy, const struct inventory *inventory, uint64_t seed,
                             struct world_port world, struct journal_port journal);
void engine_destroy(struct engine *engine); /* NULL is fine */

/* Times should not run backwards; an earlier one is taken as the latest so far. */

/* One frame: values[i] of series i, NaN is no sample. */
void engine_frame(struct engine *engine, heal_time now, const double *values);

/* A frame of the past: what is normal is learned from it, nobody judges it. Only
 * before the first engine_frame. */
void engine_learn_frame(struct engine *engine, heal_time at, const double *values);

/* What an earlier engine saw of a strategy (index in the policy; others are ignored). */
void engine_recall(struct engine *engine, heal_time now, uint32_t strategy, uint32_t successes, uint32_t failures);

/* No remedy starts on the resource by itself any more: what was last done there is
 * not known. A person may start one. Indices that are none are ignored. */
void engine_freeze(struct engine *engine, uint32_t resource);

/* A step that an earlier engine did and that nobody will go on from: it is taken back
 * from `due` on, as a remedy that was to stand for a while is (`undo_after`): when nothing is at
 * work there, and never in a dry run. Ignored where there is nothing to take back. */
struct standing_step {
    enum action_kind kind;
    uint32_t target; /* what it was done to */
    double amount;
    enum amount_unit unit;
    double before;        /* as the world told it; NaN: not known */
    heal_time due;        /* INT64_MIN: at once */
    enum issue_type type; /* of the issue that it was meant for */
    enum severity severity;
};
void engine_take_back(struct engine *engine, const struct standing_step *standing);

/* Who gives samples of the series did not answer: that it was silent until `now` says
 * nothing about it. No issue goes stale by it, and a remedy that waits for the signal is
 * given the time again that it has for that. Indices that are none are ignored. */
void engine_excuse(struct engine *engine, heal_time now, uint32_t series);
/* Whether a remedy waits for the series to be well again. */
bool engine_waits_for(const struct engine *engine, uint32_t series);
/* Whether the series has an anomaly. */
bool engine_is_off(const struct engine *engine, uint32_t series);

/* The world's answer. Unknown, repeated or late ids are ignored. */
void engine_action_ended(struct engine *engine, heal_time now, uint64_t action, enum action_outcome outcome);
/* The same, with what the world found there before it changed it (action.h, in the
 * unit of action_before_unit): kept with the step, journalled, given to its undo. NaN,
 * infinite or of a kind that has none: not known. */
void engine_action_answered(struct engine *engine, heal_time now, uint64_t action, enum action_outcome outcome,
                            double before);

/* A person's yes to the next attempt on `issue`, which waits for it or will:
 * COMMAND_APPROVE of command.h by "operator". */
void engine_approve(struct engine *engine, heal_time now, uint64_t issue);

/* Lets time pass without a frame: timers that are due go off. */
void engine_tick(struct engine *engine, heal_time now);

/* When the next timer is due, or HEAL_TIME_NEVER. */
heal_time engine_next_deadline(const struct engine *engine);

/* Takes up the journal of an engine that stopped: a new engine, made as that one
 * was, is told up to which action and decision the journal is known to hold, and
 * then given the journalled inputs again (input.h). Up to there nothing is told to
 * the journal or started in the world a second time; from there on it goes on as
 * if it had not stopped. An action whose start was journalled and whose answer was
 * not times out, and is undone as any action of which nobody knows. */
void engine_resume(struct engine *engine, uint64_t last_action, uint64_t last_decision);

struct engine_counts {
    uint64_t frames;
    uint64_t samples; /* not NaN */
    uint64_t issues;
    uint64_t open_issues;
    uint64_t remediations;
};
struct engine_counts engine_counts(const struct engine *engine);

#endif
