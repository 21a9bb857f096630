/* status.h - how the live process is doing, for whoever asks from another thread.
 *
 * The engine's thread writes, the API reads a copy. Counters are since the
 * process started; what happened before is in the database. Decisions also become
 * events (JSON) in a ring of the last EVENTS_KEPT, from which any number of
 * clients read at their own pace; who is too slow misses some and is told.
 */
#ifndef SELFHEAL_LIVE_STATUS_H
#define SELFHEAL_LIVE_STATUS_H

#include "engine/journal.h"

enum { EVENTS_KEPT = 1024, EVENT_TEXT = 1024, SOURCES_MAX = 8, DURATION_BUCKETS = 8, STATUS_TEXT = 256 };
extern const double STATUS_BUCKETS[DURATION_BUCKETS]; /* upper bounds in seconds, ascending */

struct source_status {
    const char *name;
    bool good;         /* the last read was */
    heal_time good_at; /* of the last good read; 0: none yet */
    char error[STATUS_TEXT];
};

struct status_view {
    bool ready;
    char why_not[STATUS_TEXT];
    bool dry_run, auto_remediation;
    bool standby;                   /* another replica leads, and this one has no engine */
    bool degraded;                  /* watches only: what it decides cannot be kept */
    uint64_t alerts_waiting;        /* not yet told to Alertmanager */
    uint64_t clock_steps;           /* how often the wall clock was set */
    double clock_off;               /* seconds that the engine's time is behind it; 0: it is not */
    heal_time started_at, frame_at; /* frame_at 0: none yet */
    uint64_t frames, series, unknown_series, open_issues, decisions;
    double health[COMPONENT_COUNT], overall; /* NaN before the first score */
    heal_time health_at;
    uint64_t issues_detected, auto_remediated; /* as the last score had them */
    uint64_t issues[ISSUE_TYPE_COUNT][SEVERITY_COUNT];
    uint64_t remediations[REMEDIATION_STATUS_COUNT]; /* ended */
    uint64_t duration_buckets[DURATION_BUCKETS];     /* each bucket by itself */
    uint64_t duration_count;
    double duration_sum; /* seconds */
    double decide_seconds; /* what deciding the last frame took */
    double scan_seconds;   /* the same with keeping it, on the disk */
    struct source_status sources[SOURCES_MAX];
    size_t source_count;
};

struct status;
struct status *status_create(heal_time now); /* NULL when out of memory */
void status_destroy(struct status *status);
void status_read(struct status *status, struct status_view *out);

/* The engine's thread: changes the view between lock and unlock. */
struct status_view *status_lock(struct status *status);
void status_unlock(struct status *status);

/* Counts a decision and makes an event of it; rows are those of the database. */
struct event_rows {
    int64_t issue, remediation, action;
    const char *resource, *strategy; /* or NULL */
};
void status_decision(struct status *status, const struct decision *decision, const struct event_rows *rows);
/* An event of another kind; `json` is an object. */
void status_event(struct status *status, const char *json);

/* The first event after *number, waiting up to `patience`; *number is its own then.
 * *missed: how many were overwritten before. False: none, or the status is closed. */
bool status_next_event(struct status *status, uint64_t *number, heal_duration patience, char out[EVENT_TEXT],
                       uint64_t *missed);
uint64_t status_last_event(struct status *status);
bool status_is_closed(struct status *status);
void status_close(struct status *status); /* wakes all who wait */

#endif
