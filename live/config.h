/* config.h - what a live process is told: its file and its environment.
 *
 * The file is read like a policy (all faults in one pass, with their lines); the
 * environment then overrides it: AUTO_REMEDIATION_ENABLED LEARNING_MODE
 * MAX_REMEDIATIONS_PER_HOUR DRY_RUN_MODE SCAN_INTERVAL_SECONDS
 * HEALTH_CHECK_INTERVAL KUBERNETES_URL PROMETHEUS_URL ALERTMANAGER_URL SELFHEAL_STORE. What of it
 * belongs to the policy becomes one more policy text, laid over the others, so that
 * a flight recording holds all of it. Where neither says otherwise that text says `dry_run: true`.
 */
#ifndef SELFHEAL_LIVE_CONFIG_H
#define SELFHEAL_LIVE_CONFIG_H

#include "engine/document.h"
#include "engine/inventory.h"
#include "live/alert_book.h"
#include "live/certificates.h"
#include "live/hook.h"
#include "live/kube_config.h"
#include "live/postgres.h"
#include "live/prometheus.h"

struct live_edge {
    const char *source, *target;
    enum relation relation;
};

struct live_api {
    const char *listen;            /* an address, 127.0.0.1 by default */
    uint32_t port;                 /* 0: any free one, printed at start */
    const char *tokens;            /* file of hashed tokens; NULL: nobody may do anything but look, from loopback */
    const char *certificate, *key; /* PEM; NULL: no TLS */
    uint32_t connections;
    heal_duration idle; /* a client that says nothing for so long is dropped */
};

struct live_config {
    struct arena *arena;
    const char *file;
    const char *name;
    const char *data;   /* folder: run.db, flight/ */
    const char *store;  /* postgresql:// of the store that replicas share; NULL: run.db */
    heal_duration store_lease;
    const char *policy; /* as written; NULL: the default */
    uint64_t seed;
    heal_duration rediscover;              /* new series are taken in this often at most */
    struct prometheus_settings prometheus; /* http.url NULL: none */
    struct http_settings alertmanager;     /* url NULL: none */
    struct alert_settings alerts;          /* that come in; count 0: none are taken */
    struct kube_config kubernetes;
    struct live_api api;
    struct certificate_target *certificates;
    size_t certificate_count;
    struct postgres_settings postgres; /* count 0: none */
    struct hook *hooks;
    size_t hook_count;
    struct live_edge *edges;
    size_t edge_count;
    uint64_t flight_file, flight_disk; /* bytes */
    const char *layer;                 /* the policy text made of file and environment */
};

/* What `getenv` gives, or a test's own. */
typedef const char *live_environment(const char *name);

/* NULL with messages. */
struct live_config *live_config_from_document(const struct document *document, live_environment *environment,
                                              struct error_list *errors);
/* Where the state is: the URL, or run.db in the folder of data. */
enum { LIVE_STORE_PATH = 4096 };
const char *live_config_store(const struct live_config *config, char path[LIVE_STORE_PATH]);
void live_config_destroy(struct live_config *config); /* NULL is fine */

#endif
