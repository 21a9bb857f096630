/* chapter.h - one engine's life within a live process.
 *
 * A chapter is an engine, its inventory, its flight recording and its replication
 * in the database. The next one begins when the process starts, when new series
 * are taken in, and when the recording's file is full; what was learnt goes over,
 * open issues are found anew. All calls come from one thread.
 */
#ifndef SELFHEAL_LIVE_CHAPTER_H
#define SELFHEAL_LIVE_CHAPTER_H

#include "live/alertmanager.h"
#include "live/config.h"
#include "live/feed.h"
#include "live/history.h"
#include "live/mailbox.h"
#include "live/pauses.h"
#include "live/status.h"
#include "live/workers.h"
#include "store/run_store.h"

/* What a live process is made of, put together by who starts it. */
struct live_setup {
    const struct live_config *config;
    const struct policy *policy;
    struct flight_head head; /* the policy's texts; start is set by each chapter */
};

struct chapter_outside {
    struct status *status;
    struct workers *workers;
    struct mailbox *mailbox;
    struct pauses *pauses;             /* over all chapters */
    struct alertmanager *alertmanager; /* NULL: none */
    int64_t fence;                     /* of a store that is shared: the lease's token; 0: it is not */
    bool *switches;                    /* SWITCH_COUNT of them: as people want them, over all chapters */
    /* Why this process only watches now ("another replica acts"): automatic remediation is off.
     * *only_watches NULL: it may heal; NULL: always. */
    const char *const *only_watches;
    /* Whether an action that nobody saw the end of was done; false when nobody knows. NULL: nobody ever does. */
    bool (*look)(void *context, const struct store_interrupted *action, bool *done);
    void *context;
};

struct chapter;

/* The first half: resources of which something is to be remembered at `now`; the caller adds what there is. */
struct inventory *chapter_inventory(const struct live_setup *setup, heal_time now, struct error_list *errors);

/* Takes `inventory` over and freezes it; `past` (may be NULL) warms the baselines.
 * NULL with messages; the inventory is gone then too. */
struct chapter *chapter_begin(const struct live_setup *setup, struct chapter_outside outside,
                              struct inventory *inventory, const struct history *past, heal_time now,
                              struct error_list *errors);
/* `over`: the process ends; else another chapter follows. NULL is fine. */
void chapter_end(struct chapter *chapter, heal_time now, bool over, struct error_list *errors);

/* Another replica has the store: nothing more is written, without a word. */
void chapter_lose(struct chapter *chapter);

/* One input: recorded, given to the engine, kept. */
enum command_result chapter_input(struct chapter *chapter, struct flight_input *input);
/* What is off, and was last told of by `source` of the board, is seen by nobody now: that is no sign that it is gone,
 * nor that a remedy did not help. `all`, or only what remedies wait for. */
void chapter_excuse(struct chapter *chapter, heal_time now, struct board *board, uint32_t source, bool all);
/* Commits; false when the database cannot be written: the engine only watches then. */
bool chapter_flush(struct chapter *chapter, heal_time now);
/* A person's word, with its row in the audit log. PAUSE, RESUME and THAW name their resource. */
void chapter_command(struct chapter *chapter, heal_time now, struct command_call *call);
/* An answer of the world that is of this chapter. */
void chapter_action_ended(struct chapter *chapter, heal_time now, const struct message *message);

const struct inventory *chapter_inventory_of(const struct chapter *chapter);
heal_time chapter_deadline(const struct chapter *chapter);
/* Makes the switches what they are to be: `only_watches` has changed. */
void chapter_keep_switches(struct chapter *chapter, heal_time now);
heal_duration chapter_deciding(const struct chapter *chapter); /* what recording and deciding the last input took */
bool chapter_is_degraded(const struct chapter *chapter);
bool chapter_is_quiet(const struct chapter *chapter); /* no remediation is at work */
uint64_t chapter_flight_bytes(const struct chapter *chapter);
uint64_t chapter_open_issues(const struct chapter *chapter);

#endif
