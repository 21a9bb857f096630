/* undo.h - past remedies, and taking them back later.
 *
 * A remedy that succeeded and changed something is remembered here, the last
 * UNDO_MAX of them. It is taken back when its strategy says so (`undo_after`) or a
 * person does. An undo works like a rollback: each done step's inverse, last first,
 * going on when one fails; then the resource is frozen and a person called. It
 * waits while a remedy is at work on its line of descent, and, when nobody asked
 * for it, while its resource is paused or automatic remediation is off. What an earlier
 * engine left standing (engine_take_back) comes back the same way, step by step.
 */
#ifndef SELFHEAL_ENGINE_UNDO_H
#define SELFHEAL_ENGINE_UNDO_H

#include "engine/issue_book.h"

enum { UNDO_MAX = 512 };

enum past_state {
    PAST_NONE,
    PAST_STANDS,  /* what was done is in place */
    PAST_UNDOING, /* an undoing action is out */
    PAST_UNDONE,
};

struct past {
    enum past_state state;
    uint64_t issue, remediation;
    enum issue_type type;
    enum severity severity;
    uint32_t resource, strategy, signature;
    uint32_t done_steps;
    double load_amount;
    double before[STRATEGY_STEPS_MAX]; /* of each done step, as the world told it; NaN: not known */
    heal_time due;                     /* HEAL_TIME_NEVER: when a person says so */
    bool by_hand;                      /* a person said so */
    bool failed;                       /* one of its steps did */
    bool left;                         /* an earlier engine's step, alone: `strategy` is none */
    struct strategy_step left_step;    /* its target is `resource` itself */
    uint32_t step;                     /* UNDOING */
    uint64_t action;
    enum action_kind action_kind;
    heal_time deadline;
};

struct undo {
    struct past pasts[UNDO_MAX];
    uint64_t kept; /* ever */
};

/* Remembers a remedy. Makes room by forgetting the oldest that is not due by itself. */
void undo_keep(struct undo *undo, const struct past *past);
struct past *undo_find(struct undo *undo, uint64_t remediation); /* NULL: not here */
struct past *undo_by_action(struct undo *undo, uint64_t action); /* NULL: none is out with that id */

#endif
