/* swarm.h - random worlds around one engine, and what must hold in each of them.
 *
 * One seed is one rehearsal: a topology, a policy, faults, a world that fails, hangs,
 * answers late, twice or never, people who command at random, a clock that jumps,
 * frames that are missing, and an engine that stops in the middle of a sentence
 * and is started again from its journal. After every event the safety properties
 * are checked from outside, by the decisions and actions alone (swarm_check.c).
 */
#ifndef SELFHEAL_TESTS_SWARM_H
#define SELFHEAL_TESTS_SWARM_H

#include "engine/calendar.h"
#include "engine/command.h"
#include "engine/input.h"
#include "engine/random.h"

enum { SWARM_RESOURCES = 48, SWARM_SERIES = 160, SWARM_RULES = 16, SWARM_STRATEGIES = 48, SWARM_REMEDIES = 4096 };

/* The world's rules of one seed. Random draws of building come from streams named
 * after what is built. */
struct setting {
    struct policy policy;
    struct policy_rule rules[SWARM_RULES];
    struct strategy strategies[SWARM_STRATEGIES];
    struct policy_window windows[4];
    struct policy_approval approvals[2];
    struct inventory *inventory;
    uint32_t resources[SWARM_RESOURCES];
    size_t resource_count, series_count;
};
void setting_make(struct setting *setting, uint64_t seed);
void setting_clear(struct setting *setting);

/* One remedy as the journal tells it. */
struct remedy {
    uint64_t id, issue;
    uint32_t resource, strategy;
    bool working; /* an attempt, a rollback or an undo is under way */
    bool forced;  /* a person started it */
    bool asks;    /* waits for a yes */
    bool undoing; /* a past remedy that is taken back */
    bool live_before_dry_run;
    uint32_t standing; /* bit per step that was done in this attempt and not undone */
    uint32_t next_step;
    uint64_t action; /* out, 0: none */
    uint32_t action_target;
    heal_time action_deadline;
};

/* The engine as seen from outside. */
struct check {
    const struct setting *setting;
    struct remedy remedies[SWARM_REMEDIES];
    size_t remedy_count;
    uint64_t last_sequence, last_action;
    struct {
        heal_time at;
        uint32_t resource;
    } starts[SWARM_REMEDIES];
    size_t start_count;
    bool frozen[SWARM_RESOURCES];
    uint32_t attempts[SWARM_RESOURCES];
    heal_time attempted[SWARM_RESOURCES];
    heal_time paused_until[SWARM_RESOURCES + 1]; /* the last: everything */
    struct {
        uint64_t issue;
        heal_time until;
        bool forced;         /* holds until the remedy that it began ends */
        bool used;           /* a yes is for one attempt */
    } words[SWARM_REMEDIES]; /* what people said of an issue */
    size_t word_count;
    struct {
        uint64_t issue, root;
    } followers[SWARM_REMEDIES];
    size_t follower_count;
    bool auto_remediation, dry_run;
    const char *broken; /* the property that does not hold; NULL: all do */
};
void check_start(struct check *check, const struct setting *setting);
/* A command is about to be given. */
void check_command(struct check *check, const struct command *command);
void check_decision(struct check *check, const struct decision *decision);
/* After every event. */
void check_instant(struct check *check, heal_time now, heal_time next_deadline);

#endif
