/* kube_watch.h - one collection of an API server, followed.
 *
 * A thread lists the collection in pages, then watches from the list's
 * resourceVersion on, with bookmarks. A stream that ends is taken up again at the last
 * version that was told whole, so nothing is lost and nothing is told twice; when the
 * server has forgotten that version (410 Gone) it is listed anew. After a failure it
 * rests, each time twice as long, from half a second to half a minute and as long as
 * Retry-After says, each pause drawn between half and all of it. An optional
 * collection that the server does not have (404) or does not show us (403) is absent,
 * and looked for again each minute.
 *
 * Memory: one page, or one event, at a time.
 */
#ifndef SELFHEAL_LIVE_KUBE_WATCH_H
#define SELFHEAL_LIVE_KUBE_WATCH_H

#include "live/kube_client.h"

#include <cJSON.h>

enum { KUBE_EVENT_MAX = 16 << 20 };

/* Called on the watch's thread, one at a time; objects are gone after the call. */
struct kube_watch_sink {
    void *context;
    void (*begin)(void *context); /* a list begins */
    void (*put)(void *context, const cJSON *object);
    void (*gone)(void *context, const cJSON *object);
    void (*end)(void *context); /* the list is whole: what was not in it is gone */
};

struct kube_watch_settings {
    const struct kube_settings *server;
    const char *path;    /* "/api/v1/pods", "/api/v1/namespaces/shop/pods" */
    uint32_t page;       /* objects; 0: 250 */
    bool optional;       /* may be absent */
    heal_duration first; /* pause after the first failure; 0: 500 ms */
    heal_duration turn;  /* the server is asked to end a stream after this; 0: 4 min */
    struct kube_watch_sink sink;
};

struct kube_watch_state {
    bool listed;       /* at least once */
    bool watching;     /* a stream is open now */
    bool absent;       /* optional, and not there */
    bool tried;        /* one list was answered or failed */
    heal_time good_at; /* monotonic: when something was last heard; 0: never */
    uint64_t lists, streams, events, failures;
    char error[HTTP_ERROR_TEXT]; /* of the last failure; "" since something went well */
};

struct kube_watch;
/* Starts the thread; `settings` is copied, what it points to is borrowed. NULL when out of memory or threads. */
struct kube_watch *kube_watch_create(const struct kube_watch_settings *settings);
void kube_watch_stop(struct kube_watch *watch);    /* does not wait; NULL is fine */
void kube_watch_destroy(struct kube_watch *watch); /* waits for its thread, about a second; NULL is fine */
void kube_watch_look(struct kube_watch *watch, struct kube_watch_state *out);

#endif
