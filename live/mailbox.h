/* mailbox.h - how other threads reach the thread that owns the engine.
 *
 * A bounded queue: the owner takes, all others put. What does not fit is refused
 * or waited for, as the sender chooses; that is the back-pressure.
 */
#ifndef SELFHEAL_LIVE_MAILBOX_H
#define SELFHEAL_LIVE_MAILBOX_H

#include "engine/time.h"
#include "replay/flight.h"

enum message_kind {
    MESSAGE_STOP,
    MESSAGE_SOURCE_READ,  /* source `id` has read; value: whether it could */
    MESSAGE_ACTION_ENDED, /* action `id` of chapter `chapter` with outcome `value` */
    MESSAGE_COMMAND,      /* call */
};

/* A person's word, which a thread of the API waits for. */
struct command_call {
    struct command command; /* its issue or remediation by `row`; with who and why */
    int64_t row;            /* of the issue or remediation; 0: the command names none */
    bool by_name;           /* PAUSE, RESUME, THAW: `resource` and `lasting` count */
    char resource[SERIES_ID_MAX + 1]; /* "": everything */
    heal_duration lasting;            /* of a pause; 0: until it is resumed */
    enum command_result result;
    bool refused; /* the process is not ready or is stopping */
    bool done;    /* guarded by the mailbox */
};

struct message {
    enum message_kind kind;
    uint64_t id;
    uint32_t chapter;
    uint32_t value;
    double before; /* ACTION_ENDED: what was there before, NaN: not known */
    struct command_call *call;
};

struct mailbox;
struct mailbox *mailbox_create(size_t room); /* NULL when out of memory */
void mailbox_destroy(struct mailbox *mailbox);

/* False when it is full and `wait` is false, or when it is closed. */
bool mailbox_put(struct mailbox *mailbox, const struct message *message, bool wait);
/* The next message; false when there was none until `until` (CLOCK_MONOTONIC). */
bool mailbox_take(struct mailbox *mailbox, heal_time until, struct message *out);

/* Puts the call and waits for its end; false when it is full or closed. */
bool mailbox_call(struct mailbox *mailbox, struct command_call *call);
void mailbox_answer(struct mailbox *mailbox, struct command_call *call);
/* Refuses what comes and what is waiting. */
void mailbox_close(struct mailbox *mailbox);

heal_time monotonic_now(void);
heal_time wall_now(void);

#endif
