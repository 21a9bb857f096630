/* alert_book.h - alerts that an Alertmanager sends here, as samples of series.
 *
 * Its webhook (format version 4) tells groups of alerts that fire or are resolved.
 * The first mapping whose pattern fits the alert's name and whose labels are all
 * there says which series an alert is: 1 while any alert of the series fires, 0 once
 * all are resolved, and no sample when it was told nothing for `forget_after`. They
 * reach the engine in its next frame like every other sample, so rules of the policy
 * judge them, and a recording replays them.
 *
 * The last word on an alert (its fingerprint; else its labels) counts. Alerts with
 * source="selfheal" are those that were sent from here, and are left out. What was
 * told is forgotten with the process; Alertmanager repeats it (repeat_interval).
 * Thread safe.
 */
#ifndef SELFHEAL_LIVE_ALERT_BOOK_H
#define SELFHEAL_LIVE_ALERT_BOOK_H

#include "engine/arena.h"
#include "engine/document.h"
#include "engine/inventory.h"
#include "engine/time.h"

enum { ALERT_BOOK_ROOM = 8192 };

struct alert_mapping {
    const char *alert;  /* glob over alertname */
    const char *series; /* "pod/{namespace}/{pod}:alert_{alertname}" */
};

struct alert_settings {
    const struct alert_mapping *mappings;
    size_t count;               /* 0: none are taken */
    heal_duration forget_after; /* longer than the repeat_interval of Alertmanager */
};

/* The section `alerts:` of a configuration. */
void alert_settings_read(struct reader *root, struct arena *arena, struct alert_settings *settings);

struct alert_book;
struct alert_book *alert_book_create(const struct alert_settings *settings); /* borrowed; NULL when out of memory */
void alert_book_destroy(struct alert_book *book);                            /* NULL is fine */

struct alert_count {
    uint32_t taken;    /* each a sample of a series now */
    uint32_t unmapped; /* no mapping fits, or they are this process's own */
};
enum alert_answer {
    ALERTS_TAKEN,
    ALERTS_WRONG, /* no body of a webhook, version 4: nothing of it is taken */
    ALERTS_FULL,  /* ALERT_BOOK_ROOM alerts are at hand: some of it is taken, all may be sent again */
};
/* The body of a webhook that came at `now` (of a clock that only grows). */
enum alert_answer alert_book_take(struct alert_book *book, const char *body, heal_time now, struct alert_count *count);

struct alert_sink {
    void *context;
    void (*take)(void *context, const char *series, double value);
};
/* Every series that there is something to say about. */
void alert_book_read(struct alert_book *book, heal_time now, struct alert_sink sink);
/* Whether a series came that no alert_book_name has named yet. */
bool alert_book_is_fresh(struct alert_book *book);
/* All series, to be watched from now on. */
void alert_book_name(struct alert_book *book, heal_time now, struct alert_sink sink);

#endif
