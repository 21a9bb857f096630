/* issue_book.h - the issues that are open, and those closed a moment ago.
 *
 * One entry per (resource, type). A closed issue stays for the policy's cool-down,
 * so that trouble that comes straight back is the same issue and its remedies go
 * on where they were. A fixed pool: when it is full the oldest closed issue
 * makes room; with BOOK_MAX issues open a further one is counted, not opened.
 */
#ifndef SELFHEAL_ENGINE_ISSUE_BOOK_H
#define SELFHEAL_ENGINE_ISSUE_BOOK_H

#include "engine/inventory.h"
#include "engine/journal.h"
#include "engine/policy.h"

enum { BOOK_MAX = 16384 };

enum remediation_phase {
    PHASE_NONE,     /* not started, or held by a gate */
    PHASE_APPROVAL, /* the next attempt waits for a person's word */
    PHASE_DELAY,    /* until `deadline`, then `step` starts */
    PHASE_ACTING,   /* an action is out; `deadline` is its time-out */
    PHASE_VERIFY,   /* from `settled` on the signal must be good; `deadline` ends it */
    PHASE_UNDO,     /* an undoing action is out; `deadline` is its time-out */
    PHASE_ENDED,    /* until the issue closes */
    PHASE_WAIT,     /* the next attempt waits for its window (`deadline`) or for a gate; nothing is at work */
};

/* One issue's course through its ladder. */
struct remediation {
    enum remediation_phase phase;
    uint64_t id;
    uint64_t action;
    enum action_kind action_kind;
    uint32_t strategy; /* UINT32_MAX before the first attempt */
    uint32_t attempt;  /* of this strategy, 1.. */
    uint32_t tried;    /* bit per rung that was begun */
    uint32_t step;
    uint32_t done_steps; /* bit per step that was, or may have been, done */
    bool undo_failed;
    bool did;    /* the last attempt did, or may have done, something */
    bool undone; /* and was rolled back */
    bool approved;
    bool forced;                    /* a person wants it now: limits, switches and freezes do not hold it */
    bool by_hand;                   /* a person has it undone: nothing is tried after that */
    bool paged;                     /* a person was told of the gate */
    enum gate gate;                 /* what holds it, PHASE_NONE and PHASE_APPROVAL */
    enum remediation_status status; /* PHASE_ENDED */
    heal_time settled;
    heal_time deadline;
    heal_time rung_until;              /* the rung's time is over then; HEAL_TIME_NEVER: it has no bound */
    heal_time approved_until;          /* of `approved` */
    double before[STRATEGY_STEPS_MAX]; /* what was there before each done step; NaN: not known */
    double load_amount;                /* of this attempt's steps whose amount goes by load */
    uint32_t signature;                /* of the evidence when the strategy was chosen */
    uint32_t wanted;                   /* strategy that a person named, or UINT32_MAX */
    bool refused;                      /* a person said no to the attempt that was to be made, and none was since */
    bool acted;                        /* an attempt was made since it started */
};

struct open_issue {
    uint64_t id;
    enum issue_type type;
    enum severity severity;
    uint32_t resource;
    uint32_t series; /* the one that opened it */
    double value, reference, score;
    bool by_baseline;
    double probability, expected; /* as detector_event has them; 0: not known */
    heal_duration lasted;
    double load; /* of its resource or the nearest that tells, as a multiple of normal; 0: not known */
    enum issue_cause cause;
    enum issue_spread spread; /* as it was when the strategy was chosen */
    uint32_t anomalies;       /* that are active now */
    heal_time opened_at;
    heal_time quiet_since;     /* HEAL_TIME_NEVER while an anomaly is active */
    heal_time closed_at;       /* HEAL_TIME_NEVER while open */
    uint64_t root;             /* id of the issue that it follows; 0: none */
    bool told;                 /* the journal has it as an issue; a follower from the start is none */
    bool stale;                /* quiet because a series of it went silent: no proof that it is well */
    bool gathered;             /* opened for its followers: lasts as long as they do */
    bool led;                  /* had a follower in its life: most never have, and need no search for them */
    heal_time swept_at;        /* when it last took in what had opened below it; HEAL_TIME_NEVER: not yet */
    uint64_t evidence;         /* bit per series of the resource (its first 64) that was anomalous in its life */
    heal_duration forecast_in; /* until its limit, where a forecast opened it; HEAL_TIME_NEVER */
    double impact, urgency;    /* 0..1 */
    uint32_t priority;         /* 0..100 */
    struct remediation remediation;
};

struct issue_book;

struct issue_book *issue_book_create(const struct inventory *inventory); /* NULL when out of memory */
void issue_book_destroy(struct issue_book *book);

/* The issue of (resource, type), open or cooling down, or NULL. */
struct open_issue *issue_book_find(struct issue_book *book, uint32_t resource, enum issue_type type);

/* The entry with that id, or NULL. */
struct open_issue *issue_book_find_id(struct issue_book *book, uint64_t id);

/* A new entry with its resource and type set and a new id; the pair must not be in the book.
 * NULL when BOOK_MAX issues are open. */
struct open_issue *issue_book_open(struct issue_book *book, uint32_t resource, enum issue_type type);

/* The one way to change a phase: the book knows which entries are at work. */
void issue_book_set_phase(struct issue_book *book, struct open_issue *issue, enum remediation_phase phase);
bool phase_is_at_work(enum remediation_phase phase); /* DELAY, ACTING, VERIFY, UNDO */
/* The entries that are at work, in no order: position 0 .. count-1. Not to be kept. */
size_t issue_book_working(const struct issue_book *book);
struct open_issue *issue_book_worker(const struct issue_book *book, size_t position);

/* Takes one entry out of the book; the pointer is dead after it. */
void issue_book_remove(struct issue_book *book, struct open_issue *issue);

/* Forgets the issues that were closed before `before`. */
void issue_book_expire(struct issue_book *book, heal_time before);

/* All entries in ascending order of id: position 0 .. count-1. Not to be kept
 * across open and expire. */
size_t issue_book_count(const struct issue_book *book);
size_t issue_book_capacity(const struct issue_book *book);
struct open_issue *issue_book_at(const struct issue_book *book, size_t position);

uint64_t issue_book_opened(const struct issue_book *book); /* ids given out so far */

#endif
