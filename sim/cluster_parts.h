/* cluster_parts.h - the cluster's inside, shared by its files and no other.
 *
 * Struct of arrays: what the batch step reads of every pod lies in straight arrays.
 * Slots of one workload lie side by side, in order of workloads.
 *
 * Who writes what: the control plane (cluster_kubelet.c, cluster_scheduler.c,
 * cluster_rollout.c, cluster_autoscaler.c, cluster_act.c) writes `pods.phase` to
 * `pods.ready_seconds`, nodes and workloads; traffic (cluster_traffic.c,
 * cluster_database.c) reads those and writes demand, latency and errors; storage
 * (cluster_storage.c) writes volumes, certificates, images, configs.
 *
 * One step from `last` to `now`:
 *   1. cluster_life_until(now): the pods' events in order; each pod's ready seconds
 *   2. cluster_traffic_step: requests, queues, CPU and memory use; databases
 *   3. cluster_storage_step: volumes grow, certificates age
 *   4. cluster_kubelet_look: OOM kills and evictions by what 2. and 3. used
 *   5. cluster_autoscaler_look, every 15 s of time
 *   6. scan_show: the values, by cluster_life_show, cluster_traffic_show and
 *      cluster_storage_show, joined with what scan_keep kept of the scan's earlier steps
 *
 * Arrays lie in the cluster's arena and are taken by the three `open`s; nothing is
 * taken afterwards, but for the queue where its first room was too small.
 */
#ifndef SELFHEAL_SIM_CLUSTER_PARTS_H
#define SELFHEAL_SIM_CLUSTER_PARTS_H

#include "engine/arena.h"
#include "sim/cluster.h"
#include "sim/event_queue.h"
#include "sim/streams.h"

enum pod_phase {
    POD_NONE,     /* the slot is empty */
    POD_PENDING,  /* no node has room, or it is not scheduled yet */
    POD_STARTING, /* its container starts */
    POD_READY,
    POD_UNREADY,  /* runs, its probe fails */
    POD_BACK_OFF, /* CrashLoopBackOff: waits to be started again */
    POD_STOPPING, /* gets no requests, finishes what it has */
};

struct cluster_pods {
    size_t count;              /* slots */
    uint32_t *workload, *node; /* node UINT32_MAX: none */
    uint8_t *phase;
    uint32_t *generation; /* of the slot; an event of an older one is void */
    uint32_t *revision;
    heal_time *started; /* of the process that runs; HEAL_TIME_NEVER */
    heal_time *phase_since;
    heal_time *leak_since; /* `started`, or when its caches were cleared after that */
    double *leaked;        /* bytes since then, at the step's end: what leaked while the knob stood */
    double *back_off;      /* seconds of the next wait, 10 .. 300; 0: none yet */
    double *ready_seconds; /* in the step under way */
    double *delay_factor;  /* 1; a drain or shift sends it a share of its usual requests: 0 .. 1 */
    uint8_t *oom;          /* last death was one of memory */
    double *restarts;      /* recent, decays: per hour */
    /* traffic */
    double *cpu_used;                     /* cores, mean of the step */
    double *memory_used;                  /* bytes at its end */
    double *rate, *latency, *error_ratio; /* of the step; NaN latency when nobody asked */
    double *backlog;                      /* requests that wait at its end */
};

struct cluster_nodes {
    size_t count;
    uint32_t *zone;
    double *cpu, *memory, *disk;              /* capacity */
    double *cpu_requested, *memory_requested; /* by the pods on it */
    uint8_t *cordoned, *down;
    double *cpu_used, *memory_used, *disk_used;
};

struct cluster_workloads {
    size_t count;
    uint32_t *first, *slots;                              /* of its pods */
    uint32_t *wanted;                                     /* replicas */
    uint32_t *revision, *revision_before, *revision_next; /* current, to roll back to, undone */
    double *cpu_limit, *memory_limit;                     /* of new pods (and, in place, of running ones) */
    double *cpu_request, *memory_request;
    uint8_t *quarantined;   /* isolated: serves nobody, harms nobody */
    double *work_factor;    /* 1; below when tuned */
    double *pool_factor;    /* 1; connection pools times this */
    uint32_t *bad_revision; /* that KNOB_DEPLOY rolled out and still stands; 0: none */
    uint32_t *first_link;   /* the link of its first call; those of the others follow */
    /* traffic of the step, over all pods */
    double *rate, *latency, *error_ratio, *ready_ratio;
};

struct cluster_databases {
    size_t count;
    uint8_t *indexed, *tuned;
    double *pool_factor;
    double *rate, *latency, *error_ratio, *connections_used, *cpu_used, *lock_wait, *backlog;
};

struct cluster_volumes {
    size_t count;
    double *size, *logs, *temp, *data; /* bytes */
};

struct cluster_certificates {
    size_t count;
    heal_time *expires, *renewed; /* what is shown; what is renewed but not deployed (HEAL_TIME_NEVER: none) */
};

/* Kinds of resources, in the order in which cluster_describe adds them. */
enum cluster_kind {
    CLUSTER_ZONE,
    CLUSTER_NODE,
    CLUSTER_WORKLOAD,
    CLUSTER_POD,
    CLUSTER_LINK,
    CLUSTER_DATABASE,
    CLUSTER_VOLUME,
    CLUSTER_CERTIFICATE,
    CLUSTER_IMAGE,
    CLUSTER_CONFIG,
    CLUSTER_KIND_COUNT
};

/* The series of a kind's resource, as offsets from its first one. */
enum { NODE_SERIES_CPU, NODE_SERIES_MEMORY, NODE_SERIES_DISK, NODE_SERIES_UP };
enum {
    WORKLOAD_SERIES_READY,
    WORKLOAD_SERIES_RATE,
    WORKLOAD_SERIES_LATENCY,
    WORKLOAD_SERIES_ERRORS,
    WORKLOAD_SERIES_REPLICAS, /* wished for */
    WORKLOAD_SERIES_MEMORY_LIMIT,
    WORKLOAD_SERIES_CPU_LIMIT,
    WORKLOAD_SERIES_REVISION, /* current */
    WORKLOAD_SERIES_POOL      /* connections of one pod's pools, all together; NaN: none is bounded */
};
enum {
    POD_SERIES_UP,
    POD_SERIES_CPU,
    POD_SERIES_MEMORY,
    POD_SERIES_RATE,
    POD_SERIES_LATENCY,
    POD_SERIES_ERRORS,
    POD_SERIES_RESTARTS,
    POD_SERIES_CRASH_LOOP,
    POD_SERIES_OOM_KILLED
};
enum { LINK_SERIES_LATENCY, LINK_SERIES_ERRORS };
enum {
    DATABASE_SERIES_LATENCY,
    DATABASE_SERIES_CONNECTIONS,
    DATABASE_SERIES_CPU,
    DATABASE_SERIES_LOCK_WAIT,
    DATABASE_SERIES_POOL,   /* connections that it takes */
    DATABASE_SERIES_TIMEOUT /* 0: none */
};
enum { VOLUME_SERIES_USED, VOLUME_SERIES_CAPACITY };
enum { CLUSTER_SERIES_ONLY }; /* of a certificate, image, config */

/* What is seen of a scan that was cut (cluster_scan.c). */
struct cluster_scan {
    double seconds;                    /* of the parts that were kept; 0: none */
    bool cut;                          /* the step under way is a part of one */
    double *kept, *part;               /* by series of the inventory: of all parts; of one */
    double *requests;                  /* by place, of the parts that were kept */
    size_t series[CLUSTER_KIND_COUNT]; /* of a kind's resource */
};

struct cluster {
    const struct cluster_spec *spec;
    struct arena *arena;
    const struct inventory *inventory, *knob_inventory;
    heal_time start, last, now; /* of the step under way: from `last` to `now` */
    struct stream_book streams;
    struct event_queue *queue;
    double *knobs;                              /* one per knob series */
    double *knobs_seen;                         /* of the last step */
    bool knob_turned[CLUSTER_KNOB_COUNT];       /* somewhere it is not neutral: most are nowhere */
    uint8_t *knob_kind;                         /* by knob series */
    size_t place_first[CLUSTER_KIND_COUNT + 1]; /* places: all resources, kind after kind */
    uint32_t *resource_of, *series_of;          /* by place: resource, its first series */
    uint32_t *place_of;                         /* by resource of the inventory; UINT32_MAX: not the cluster's */
    uint32_t *knob_of;                          /* [place * CLUSTER_KNOB_COUNT + knob] -> knob series or UINT32_MAX */
    struct cluster_pods pods;
    struct cluster_nodes nodes;
    struct cluster_workloads workloads;
    struct cluster_databases databases;
    struct cluster_volumes volumes;
    struct cluster_certificates certificates;
    uint8_t *image_patched, *config_restored; /* per image, config: an action put it right while the knob stands */
    struct cluster_totals totals;
    struct cluster_scan scan;
    void *traffic; /* cluster_traffic.c's own: call graph in callee order, links, queues */
    void *life;    /* the control plane's own */
    void *storage; /* cluster_storage.c's own: disks beside the volumes, what was renewed */
    bool out_of_memory;
};

/* The knob's value at a resource by its index in the cluster's own lists, neutral where it has none. */
double cluster_knob_at(const struct cluster *cluster, enum cluster_kind kind, size_t index, enum cluster_knob knob);
/* Of a pod with what its workload adds; and with what its node and zone add, too. */
double cluster_process_knob(const struct cluster *cluster, size_t pod, enum cluster_knob knob);
double cluster_pod_knob(const struct cluster *cluster, size_t pod, enum cluster_knob knob);

/* The resource index in the inventory of the index'th of a kind, and back. */
uint32_t cluster_resource(const struct cluster *cluster, enum cluster_kind kind, size_t index);
bool cluster_find(const struct cluster *cluster, uint32_t resource, enum cluster_kind *kind, size_t *index);
bool cluster_find_id(const struct cluster *cluster, const char *id, enum cluster_kind *kind, size_t *index);
/* Its first series in the inventory; the others follow in the order of the enums above. */
uint32_t cluster_series(const struct cluster *cluster, enum cluster_kind kind, size_t index);

/* --- what a spec holds (cluster_describe.c) --------------------------------- */
size_t cluster_spec_count(const struct cluster_spec *spec, enum cluster_kind kind); /* pods: slots */
/* The id of the index'th of a kind; false when it is longer than SERIES_ID_MAX. */
bool cluster_spec_id(const struct cluster_spec *spec, enum cluster_kind kind, size_t index, char id[SERIES_ID_MAX + 1]);
const char *cluster_kind_name(enum cluster_kind kind);
bool cluster_has_knob(enum cluster_kind kind, enum cluster_knob knob);

/* --- scans (cluster_scan.c) ------------------------------------------------- */
void scan_keep(struct cluster *cluster, double seconds); /* the step was a part; nobody looks yet */
void scan_show(struct cluster *cluster, double seconds, double *values);

/* --- control plane ---------------------------------------------------------- */
bool cluster_life_open(struct cluster *cluster);
void cluster_life_close(struct cluster *cluster);
void cluster_life_knobs(struct cluster *cluster); /* some were turned, and are as they are from now on */
void cluster_life_until(struct cluster *cluster, heal_time now);
void cluster_kubelet_look(struct cluster *cluster);
void cluster_autoscaler_look(struct cluster *cluster);
void cluster_life_show(const struct cluster *cluster, double *values); /* up, ready, use, restarts */
enum action_outcome cluster_life_act(struct cluster *cluster, heal_time now, const struct action *action,
                                     enum cluster_kind kind, size_t index);

/* --- traffic, databases ----------------------------------------------------- */
bool cluster_traffic_open(struct cluster *cluster);
void cluster_traffic_close(struct cluster *cluster);
void cluster_traffic_step(struct cluster *cluster);
void cluster_traffic_show(const struct cluster *cluster, double *values); /* rates, latencies, errors, databases */
enum action_outcome cluster_traffic_act(struct cluster *cluster, heal_time now, const struct action *action,
                                        enum cluster_kind kind, size_t index);
struct cluster_feeling cluster_traffic_feel(const struct cluster *cluster, enum cluster_kind kind, size_t index);

/* --- volumes, certificates, images, configs --------------------------------- */
bool cluster_storage_open(struct cluster *cluster);
void cluster_storage_step(struct cluster *cluster);
void cluster_storage_show(const struct cluster *cluster, double *values);
enum action_outcome cluster_storage_act(struct cluster *cluster, heal_time now, const struct action *action,
                                        enum cluster_kind kind, size_t index);
struct cluster_feeling cluster_storage_feel(const struct cluster *cluster, enum cluster_kind kind, size_t index);

#endif
