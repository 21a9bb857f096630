/* daemon_parts.h - the live process's inside, shared by its files and no other. */
#ifndef SELFHEAL_LIVE_DAEMON_PARTS_H
#define SELFHEAL_LIVE_DAEMON_PARTS_H

#include "live/alert_book.h"
#include "live/api.h"
#include "live/clock.h"
#include "live/daemon.h"
#include "live/feed.h"
#include "live/kube_actuator.h"
#include "live/kube_feed.h"
#include "live/postgres.h"
#include "live/store_lease.h"

enum { FEED_PROMETHEUS, FEED_CERTIFICATES, FEED_KUBERNETES, FEED_POSTGRES, FEED_MANIFESTS, FEED_ALERTS, FEED_COUNT };

struct daemon {
    const struct live_setup *setup;
    struct mailbox *mailbox;
    struct workers *workers;
    struct status *status;
    struct board *board;
    struct prometheus *read_by_feed, *read_at_start;
    struct kube_feed *kubernetes;            /* NULL: not configured */
    struct postgres *postgres;               /* NULL: not configured */
    struct kube_actuator *actuator;          /* NULL: not configured */
    struct kube_client *manifests;           /* for the drift of a folder of manifests; NULL: none */
    struct feed *feeds[FEED_COUNT];          /* NULL: not configured */
    bool read[FEED_COUNT], good[FEED_COUNT]; /* in the scan under way */
    heal_time excused[FEED_COUNT]; /* monotonic: when its silence was last excused; HEAL_TIME_NEVER: it is not silent */
    struct alert_book *alerts;     /* that come in; NULL: none are taken */
    struct pauses *pauses;
    struct alertmanager *alertmanager; /* that is told; NULL: none */
    struct api *api;
    struct chapter *chapter;
    bool switches[SWITCH_COUNT];
    bool leads;                /* or is the only replica */
    struct store_lease *lease; /* of a store that is shared; NULL: it is not */
    int64_t token;             /* of the lease, when the chapter began */
    const char *only_watches;  /* why nothing new is begun here now; NULL: it may be */
    bool without_cluster;      /* the chapter began before Kubernetes had said anything */
    bool without_metrics;      /* nor Prometheus */
    double *values;
    heal_time *seen;          /* monotonic: when each series had its last sample; the chapter's begin: none yet */
    struct inventory *recent; /* series that the next chapter watches too; NULL: none */
    struct engine_clock clock;
    heal_time set_at;                   /* monotonic: since when the wall clock is off; HEAL_TIME_NEVER: it is not */
    heal_time chapter_at;               /* monotonic: when it began */
    heal_time next_scan, collect_until; /* monotonic; collect_until 0: no read is awaited */
    uint64_t unknown;
    bool stopping;
};

/* A worker's job, on its thread. */
void daemon_run_job(void *context, const struct job *job);

/* The feeds that are configured. False when out of memory or threads. */
bool daemon_start_feeds(struct daemon *daemon);
/* Whether all feeds that are configured have read in this scan. */
bool daemon_all_read(const struct daemon *daemon);
/* How the feeds did in this scan, for the status. */
void daemon_note_sources(struct daemon *daemon);
/* Of all that are configured, whether all are good; the first that is not to *name. */
bool daemon_all_good(const struct daemon *daemon, const char **name);
/* What is to be watched from now on, by board and feeds; NULL: nothing. False when out of memory. */
bool daemon_watch(struct daemon *daemon, const struct inventory *inventory);
/* Series that are known without asking anybody. */
void daemon_add_databases(const struct live_config *config, struct inventory *inventory);
void daemon_add_alerts(struct daemon *daemon, struct inventory *inventory);
void daemon_add_certificates(const struct live_config *config, struct inventory *inventory);
/* daemon_lead.c: the lease of a shared store, and the pauses, there or in their file. False with messages. */
bool daemon_start_lead(struct daemon *daemon, struct error_list *errors);
/* Whether this replica leads, or is the only one. The lease may have come or gone: ends the chapter of one that was
 * deposed. */
bool daemon_note_lead(struct daemon *daemon);
/* Whether this replica may begin a chapter; false: it stands by, and the status says so. */
bool daemon_may_begin(struct daemon *daemon);
/* What people hold back, as the replica before knew it. False with messages. */
bool daemon_take_pauses(struct daemon *daemon, struct error_list *errors);
/* The fence before an action leaves; false with one line in `why`. */
bool daemon_may_act(struct daemon *daemon, char why[STORE_LEASE_WHY]);
/* daemon_act.c: the hand in Kubernetes. False when out of memory or threads. */
bool daemon_start_actuator(struct daemon *daemon);
/* The series of drift, one for each manifest; what is wrong with one is told. */
void daemon_add_manifests(const struct live_config *config, struct inventory *inventory);
bool daemon_read_manifests(void *context, heal_time at, struct board_place *place, char error[HTTP_ERROR_TEXT]);
/* For chapter_outside.look. */
bool daemon_look(void *context, const struct store_interrupted *action, bool *done);

#endif
