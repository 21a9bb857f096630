/* kube_facts.h - what one object of the Kubernetes API says to the engine.
 *
 * A pure function of the object's JSON: its resource, what it belongs to, and its
 * samples. Some samples depend on the time at which they are asked for (days to a
 * certificate's end, how long ago a container was killed), so they are kept with the
 * instant that decides. The metrics are those that the built-in policy's rules know:
 *
 *   pod/NS/NAME          up, ready, crash_loop, oom_killed (0 or 1), restarts_total
 *   node/default/NAME    ready
 *   workload/NS/NAME     replicas_ready_ratio (Deployment, StatefulSet, DaemonSet), revision (Deployment)
 *   volume/NS/CLAIM      volume_capacity_bytes
 *   certificate/NS/NAME  certificate_remaining_days (cert-manager)
 *   a report's workload  critical_vulnerabilities, high_vulnerabilities,
 *                        vulnerability_count_medium, vulnerability_count_low (Trivy
 *                        operator; the last two are told, and are no issue)
 *
 * A pod younger than `start_within` need not be up or ready: it has no sample then. A
 * container that was killed for memory counts for OOM_COUNTS after it, or for as long
 * as it does not run again.
 */
#ifndef SELFHEAL_LIVE_KUBE_FACTS_H
#define SELFHEAL_LIVE_KUBE_FACTS_H

#include "engine/inventory.h"
#include "engine/time.h"

#include <cJSON.h>

enum kube_kind {
    KUBE_NODE,
    KUBE_DEPLOYMENT,
    KUBE_STATEFUL_SET,
    KUBE_DAEMON_SET,
    KUBE_REPLICA_SET,
    KUBE_POD,
    KUBE_CLAIM,
    KUBE_CERTIFICATE,
    KUBE_VULNERABILITY,
    KUBE_KIND_COUNT
};

struct kube_kind_traits {
    const char *name;     /* as owner references have it: "ReplicaSet" */
    const char *group;    /* "/api/v1", "/apis/apps/v1" */
    const char *plural;   /* "pods" */
    const char *resource; /* kind of resource: "pod"; NULL: has none of its own */
    bool namespaced;
    bool required;              /* without it there is nothing to watch */
    uint32_t page;              /* objects in a page of a list; 0: as the watch has it */
    const char *const *metrics; /* NULL-terminated: all that it may give */
};
extern const struct kube_kind_traits KUBE_KINDS[KUBE_KIND_COUNT];

enum kube_value {
    KUBE_AS_IS,
    KUBE_IF_LATER,  /* value after `at`, no sample before */
    KUBE_UNTIL,     /* value before `at`, 0 after */
    KUBE_DAYS_UNTIL /* from then to `at` */
};

struct kube_sample {
    const char *metric;
    enum kube_value how;
    double value; /* NaN: no sample */
    heal_time at;
};

enum { KUBE_SAMPLES_MAX = 6 };

struct kube_facts {
    enum kube_kind kind;
    char *key;      /* "shop/web-7f9c-x2"; of a node "worker-1" */
    char *resource; /* "pod/shop/web-7f9c-x2", or NULL */
    char *owner;    /* what controls or, of a report, is looked at: "ReplicaSet/shop/web-7f9c"; NULL: nothing */
    char *node;     /* POD: "node/default/worker-1", or NULL */
    char **claims;  /* POD: "volume/shop/data" */
    size_t claim_count;
    struct kube_sample samples[KUBE_SAMPLES_MAX];
    size_t sample_count;
    heal_time created;
    int64_t restarts; /* POD: of all its containers */
    bool leaving;     /* is being deleted, or has ended and is not missed */
    bool idle;        /* REPLICA_SET: wants no replicas */
};

/* NULL when the object has no name or memory is out. */
struct kube_facts *kube_facts_read(enum kube_kind kind, const cJSON *object, heal_duration start_within);
void kube_facts_free(struct kube_facts *facts); /* NULL is fine */

/* The key of an object alone, as for one that is gone. False when it has no name or it is too long. */
bool kube_facts_key(enum kube_kind kind, const cJSON *object, char key[SERIES_ID_MAX]);

/* What a sample is at `now`, or NaN. */
double kube_sample_value(const struct kube_sample *sample, heal_time now);

#endif
