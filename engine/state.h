/* state.h - the engine's inside, shared by the files of this room and no other. */
#ifndef SELFHEAL_ENGINE_STATE_H
#define SELFHEAL_ENGINE_STATE_H

#include "engine/alerts.h"
#include "engine/changes.h"
#include "engine/circuit.h"
#include "engine/comebacks.h"
#include "engine/detector.h"
#include "engine/engine.h"
#include "engine/forecast.h"
#include "engine/gates.h"
#include "engine/grouping.h"
#include "engine/issue_book.h"
#include "engine/learning.h"
#include "engine/plan.h"
#include "engine/recurrence.h"
#include "engine/storm.h"
#include "engine/undo.h"

struct engine {
    const struct policy *policy; /* &own */
    struct policy own;           /* the policy as people have switched it; its arrays are the caller's */
    const struct inventory *inventory;
    struct world_port world;
    struct journal_port journal;
    struct detector *detector;
    struct grouping *grouping;
    const double *frame; /* that is being taken, until all issues were advanced; or NULL */
    struct forecast *forecast;
    struct dependents *dependents;
    struct storm *storm;
    struct issue_book *book;
    struct learning *learning;
    struct gates *gates;
    struct circuit *circuit;
    struct changes *changes;
    struct comebacks *comebacks;
    struct alerts *alerts;
    struct recurrence *recurrence;
    struct plans plans;
    struct undo undo;
    uint32_t *order; /* positions in the book, by priority; room for all of it */
    heal_time now;   /* of the latest input; never goes back */
    uint64_t sequence;
    uint64_t remediations;
    uint64_t actions;
    uint64_t frames;
    uint64_t issues_told;
    uint64_t auto_remediated;
    uint64_t known_actions, known_decisions; /* engine_resume: up to these they are not told again */
    heal_time next_health;
};

/* A decision about `issue` (NULL: about none), everything else set to "none". */
struct decision decision_about(const struct open_issue *issue, heal_time now, enum decision_kind kind);
/* Numbers the decision and hands it to the journal. */
void engine_record(struct engine *engine, struct decision *decision);
/* Sends an action out; its id comes here and is returned. `decision` is ACTION_STARTED
 * and about its owner; the rest of it comes from the action. */
uint64_t engine_start_action(struct engine *engine, heal_time now, struct decision *decision, struct action action);
/* Calls a person; nobody waits for the answer. Not in a dry run: a page is an action. */
void engine_page(struct engine *engine, heal_time now, uint64_t issue, uint64_t remediation, uint32_t resource,
                 enum issue_type type, enum severity severity);
/* Tells an alert; a failure rate switches automatic remediation off. */
void engine_alert(struct engine *engine, heal_time now, enum alert_kind kind, uint32_t resource, double value,
                  double limit);

/* --- followers.c: storms and their roots ------------------------------------- */

void followers_record(struct engine *engine, const struct open_issue *follower, uint64_t root, heal_time now,
                      enum decision_kind kind, bool goes_on);
void followers_attach(struct engine *engine, struct open_issue *follower, struct open_issue *root, heal_time now);
/* A follower fell sick or well: a gathered root lasts as long as one of them is sick. */
void followers_stir(struct engine *engine, const struct open_issue *follower, bool sick, heal_time now);
/* Takes in the issues that opened below the root about when it did and nobody works on,
 * among them roots of a part of what is below it. Once an instant. */
void followers_gather(struct engine *engine, struct open_issue *root, heal_time now);
/* What was tried on the issue has failed. If a root above it leads a storm by now, it follows
 * that instead of trying more. */
bool followers_leave(struct engine *engine, struct open_issue *issue, heal_time now);

/* --- intake.c: anomalies and forecasts become issues ------------------------- */

void intake_frame(struct engine *engine, heal_time now, const struct detector_event *events, size_t count,
                  const struct forecast_event *forecasts, size_t forecast_count);
/* What was done changes the resource: its forecasts are over. */
void intake_forget_forecasts(struct engine *engine, heal_time now, uint32_t resource);
/* The issue is over: tells it, and lets its followers go on by themselves. */
void intake_close(struct engine *engine, struct open_issue *issue, heal_time now);
/* The cause signature of what the issue rests on, 0 .. SIGNATURES - 1: which rules
 * spoke, and whether its load makes it demand or a fault; the same on every resource. */
uint32_t intake_signature(const struct engine *engine, const struct open_issue *issue);

/* --- rank.c: how much it matters ------------------------------------------------ */

/* Works out impact, urgency and priority and tells them. */
void rank_issue(struct engine *engine, struct open_issue *issue, heal_time now);
/* Tells the patterns that an issue which has just opened completes. */
void rank_patterns(struct engine *engine, const struct open_issue *issue, heal_time now);

/* --- remediation.c, attempt.c, word.c: an issue's course ------------------------------ */

uint32_t step_target(const struct engine *engine, uint32_t resource, const struct strategy_step *step);
double step_amount(const struct strategy_step *step, double load_amount);
/* The action of a step, or its undo by `kind`, with `before` as the world told it. */
struct action step_action(const struct strategy_step *step, enum action_kind kind, uint32_t target, double load_amount,
                          double before);
/* What a world told of before, or NaN where that means nothing for the kind. */
double known_before(enum action_kind kind, double before);

/* Moves the issue's remediation on as far as it goes at `now`: starts it, lets
 * timers go off, verifies, undoes, escalates. */
void remediation_advance(struct engine *engine, struct open_issue *issue, heal_time now);
void remediation_action_ended(struct engine *engine, struct open_issue *issue, heal_time now,
                              enum action_outcome outcome, double before);
/* The trouble is back within the cool-down: the remedy of last time did not last. */
void remediation_relapse(struct engine *engine, struct open_issue *issue);
/* A person wants it now, by `strategy` or (UINT32_MAX) by the ladder. False: it is at work already. */
bool remediation_force(struct open_issue *issue, uint32_t strategy);
/* A person says yes, or no, to the attempt that waits. False: none waits. */
bool remediation_approve(struct engine *engine, struct open_issue *issue, heal_time now);
bool remediation_deny(struct engine *engine, struct open_issue *issue, heal_time now);
/* A person wants back what is being verified. False: nothing stands that could be. */
bool remediation_take_back(struct engine *engine, struct open_issue *issue, heal_time now);
/* When the remediation wants to be advanced without any input, or HEAL_TIME_NEVER. */
heal_time remediation_deadline(const struct engine *engine, const struct open_issue *issue);

/* Between the two files. */
struct decision about_attempt(const struct open_issue *issue, heal_time now, enum decision_kind kind);
const struct strategy *strategy_of(const struct engine *engine, const struct open_issue *issue);
void remediation_next(struct engine *engine, struct open_issue *issue, heal_time now);
void remediation_end(struct engine *engine, struct open_issue *issue, heal_time now, enum remediation_status status,
                     enum gate gate);
void remediation_escalate(struct engine *engine, struct open_issue *issue, heal_time now, enum gate gate);
void remediation_hold(struct engine *engine, struct open_issue *issue, heal_time now, enum gate gate);
/* The attempt that waits is not made, for `why`; the strategy has had its chance. */
void remediation_give_up_rung(struct engine *engine, struct open_issue *issue, heal_time now, enum gate why);
/* A step of its strategy is done to what is frozen. */
bool remediation_targets_frozen(const struct engine *engine, uint32_t resource, const struct strategy *strategy);
bool remediation_may_act(const struct engine *engine, const struct open_issue *issue);
bool remediation_can_undo(const struct strategy *strategy, uint32_t done_steps);
/* Somebody has said yes and it is still good, or nobody has to. */
bool attempt_is_allowed(const struct engine *engine, const struct open_issue *issue, heal_time now);
void attempt_begin(struct engine *engine, struct open_issue *issue, heal_time now, heal_duration backoff);
void attempt_open(struct engine *engine, struct open_issue *issue, heal_time now, heal_duration backoff);
void attempt_start(struct engine *engine, struct open_issue *issue, heal_time now);
void attempt_run_step(struct engine *engine, struct open_issue *issue, heal_time now);
void attempt_fail(struct engine *engine, struct open_issue *issue, heal_time now);
void attempt_take_back(struct engine *engine, struct open_issue *issue, heal_time now);
/* Nobody can see the signal now: the verdict has to be in not before another verify_within. */
void attempt_put_off(const struct engine *engine, struct open_issue *issue, heal_time now);
void attempt_verify(struct engine *engine, struct open_issue *issue, heal_time now);
heal_time attempt_good_at(const struct engine *engine, const struct open_issue *issue);
/* Works out how much the steps that go by load are to do. */
void attempt_weigh(const struct engine *engine, struct open_issue *issue);

/* --- undo.c, plan.c ------------------------------------------------------------ */

void undo_advance(struct engine *engine, heal_time now);
void undo_action_ended(struct engine *engine, struct past *past, heal_time now, enum action_outcome outcome,
                       double before);
heal_time undo_deadline(const struct engine *engine, heal_time now);

/* Dry run: writes down what the chosen strategy would do and what would follow. */
void plan_attempt(struct engine *engine, struct open_issue *issue, heal_time now);
/* GATE_PLANNED when an earlier plan would have healed the issue, GATE_RESOURCE_BUSY
 * while one would be at work near it, else GATE_NONE. */
enum gate plan_gate(const struct engine *engine, const struct open_issue *issue, heal_time now);

/* Scores by component, 0..100: 100 less the policy's penalty for every open
 * issue that counts there, not under 0; followers count with their root. Overall:
 * the mean of the worst component and of the mean of all, so that one dead part is
 * not averaged away. */
double health_scores(const struct engine *engine, double scores[COMPONENT_COUNT]);
/* The overall score if every plan worked. */
double health_if_planned(const struct engine *engine);

#endif
