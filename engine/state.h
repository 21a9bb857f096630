/* state.h - the engine's inside, shared by the files of this room and no other. */
#ifndef SELFHEAL_ENGINE_STATE_H
#define SELFHEAL_ENGINE_STATE_H

#include "engine/detector.h"
#include "engine/engine.h"
#include "engine/gates.h"
#include "engine/issue_book.h"
#include "engine/learning.h"

struct engine {
    const struct policy *policy; /* &own */
    struct policy own;           /* the policy as the switches have it; its arrays are the caller's */
    const struct inventory *inventory;
    struct world_port world;
    struct journal_port journal;
    struct detector *detector;
    struct issue_book *book;
    struct learning *learning;
    struct gates *gates;
    uint64_t sequence;
    uint64_t remediations;
    uint64_t actions;
    uint64_t frames;
    uint64_t auto_remediated;
    heal_time next_health;
};

/* A decision about `issue` (NULL: about none), everything else set to "none". */
struct decision decision_about(const struct open_issue *issue, heal_time now, enum decision_kind kind);
/* Numbers the decision and hands it to the journal. */
void engine_record(struct engine *engine, struct decision *decision);

/* Moves the issue's remediation on as far as it goes at `now`: starts it, lets
 * timers go off, verifies, undoes, escalates. */
void remediation_advance(struct engine *engine, struct open_issue *issue, heal_time now);
void remediation_action_ended(struct engine *engine, struct open_issue *issue, heal_time now,
                              enum action_outcome outcome);
/* The trouble is back within the cool-down: the remedy of last time did not last. */
void remediation_relapse(struct engine *engine, struct open_issue *issue);
/* A person wants it now. False when it is at work already. */
bool remediation_force(struct open_issue *issue);
/* A person wants it undone. False when nothing stands that could be. */
bool remediation_roll_back(struct engine *engine, struct open_issue *issue, heal_time now);
/* When the remediation wants to be advanced without any input, or HEAL_TIME_NEVER. */
heal_time remediation_deadline(const struct engine *engine, const struct open_issue *issue);

/* Scores by component, 0..100: 100 less the policy's penalty for every open
 * issue that counts there, not under 0. Overall: the mean of the worst component
 * and of the mean of all, so that one dead part is not averaged away. */
double health_scores(const struct engine *engine, double scores[COMPONENT_COUNT]);

#endif
