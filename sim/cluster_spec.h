/* cluster_spec.h - a cluster as a scenario describes it, under `cluster:`.
 *
 * Plain data in the scenario's arena, checked by cluster_file.c: names resolve,
 * ratios lie in 0 .. 1, sizes are > 0, calls make no circle. Kubernetes' words.
 * Cores are CPU cores, memory and disk are bytes, spans are seconds.
 */
#ifndef SELFHEAL_SIM_CLUSTER_SPEC_H
#define SELFHEAL_SIM_CLUSTER_SPEC_H

#include "engine/time.h"
#include "sim/log_normal.h"
#include "sim/rate_curve.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zone_spec {
    const char *id; /* "zone/default/a" */
    uint32_t line;
};

/* `count` of one kind: node/default/NAME-1 .. NAME-count, or NAME when it is one. */
struct node_spec {
    const char *id;
    uint32_t count;
    uint32_t zone;       /* index, UINT32_MAX for none */
    double cpu;          /* cores for pods */
    double memory, disk; /* bytes for pods */
    uint32_t line;
};

/* A call that a request to the caller makes while it is served. */
struct call_spec {
    const char *to;     /* workload or database id */
    double per_request; /* mean number of calls, > 0 */
    uint32_t pool;      /* connections of one pod of the caller; 0: as many as it likes */
    double timeout;     /* of one try, seconds, > 0 */
    uint32_t retries;   /* beside the first try, at once */
    uint32_t line;
};

/* What one request costs, and how a pod serves: PS or FCFS over its CPU limit. */
struct service_spec {
    double work;          /* mean CPU-seconds of a request, > 0; 0: the workload serves nobody */
    double work_cv;       /* coefficient of variation of it, >= 0; 1 is exponential */
    uint32_t concurrency; /* requests at work at once in a pod, >= 1; more of them wait */
    uint32_t queue;       /* that may wait in a pod; more are refused */
    double slo_latency;   /* seconds: 99th percentile that users are promised */
    double slo_errors;    /* ratio that users are promised */
    struct call_spec *calls;
    size_t call_count;
    bool each; /* its requests are simulated one by one (request_pods.h), not worked out (batch_station.h) */
};

/* HorizontalPodAutoscaler, autoscaling/v2 on CPU utilisation of the request.
 * desired = ceil(current * utilisation / target), 10 % tolerance, every 15 s; down
 * by the highest wish of the last `stabilization` (Kubernetes' documentation). */
struct autoscale_spec {
    bool present;
    uint32_t min, max;
    double target; /* utilisation of the request, 0 .. */
    heal_duration stabilization;
};

struct workload_spec {
    const char *id;    /* "workload/shop/web"; its pods are pod/shop/web-1 .. */
    uint32_t replicas; /* wished for at the start */
    uint32_t
        slots; /* pods that may ever be at once: max of replicas, autoscale.max, plus room for scale-outs and surge */
    double cpu_request, cpu_limit;       /* cores */
    double memory_request, memory_limit; /* bytes */
    double memory_base;                  /* of a fresh process */
    double memory_per_request;           /* for each request in the pod at once */
    struct log_normal start;             /* seconds from container start to ready (image there) */
    double probe_period;                 /* seconds */
    uint32_t probe_failures;             /* in a row before not ready (readiness) */
    uint32_t liveness_failures;          /* in a row before its container is started again; 0: never */
    uint32_t max_surge, max_unavailable; /* of a rolling update */
    uint32_t min_available;              /* PodDisruptionBudget; 0: none */
    struct autoscale_spec autoscale;
    struct service_spec service;
    const char *volume; /* that its pods mount; NULL */
    uint32_t line;
};

/* A rate that a recording has: whoever read the file reads that trace into `curve`. */
struct recorded_rate {
    const char *trace;  /* path as written; NULL: none */
    const char *series; /* its column, by full id or by the name in the file; NULL: its only one */
    double scale, speed;
    bool repeats;
    const struct rate_curve *curve; /* NULL: not read yet */
    uint32_t line;
};

/* Requests from outside: rate(t) = level + daily * cos(2 pi (t - 14:00)/24 h), times
 * `weekend` on Saturday and Sunday; or by hand; or as recorded. Times AR(1) noise. */
struct load_spec {
    const char *to;            /* workload id */
    double level, daily;       /* requests per second */
    double weekend;            /* factor, 1: none */
    double noise, correlation; /* sd as a share of the rate; from frame to frame */
    double timeout;            /* that users wait, seconds */
    uint32_t retries;          /* that clients make at once when it failed */
    const double *samples;     /* one per frame of the scenario, by hand, or NULL */
    size_t sample_count;
    struct recorded_rate recorded;
    uint32_t line;
};

struct database_spec {
    const char *id;
    uint32_t cores;       /* queries at work at once */
    double query;         /* mean seconds of a query by index and from cache, > 0 */
    double scan_factor;   /* times longer without the index */
    double cache_hit;     /* share of pages from the buffer cache in good times */
    double miss_factor;   /* times longer from disk */
    uint32_t connections; /* max_connections */
    bool indexed;
    double slo_latency; /* seconds, 99th percentile */
    const char *volume; /* or NULL */
    uint32_t line;
};

struct volume_spec {
    const char *id;
    double size, used; /* bytes */
    double logs, temp; /* shares of `used` that rotation and cleaning can take away, 0 .. 1 together */
    double growth;     /* bytes per day, of data */
    uint32_t line;
};

struct certificate_spec {
    const char *id;
    double days;         /* left at the start */
    double validity;     /* days of a new one */
    double renew_before; /* days; what renews it by itself; 0: nobody does */
    const char *of;      /* workload that shows it, or NULL: expired, its users fail */
    uint32_t line;
};

struct image_spec {
    const char *id; /* "image/shop/web" */
    const char *of; /* workload */
    uint32_t line;
};

struct config_spec {
    const char *id; /* "config/shop/web" */
    const char *of; /* workload */
    uint32_t line;
};

struct cluster_spec {
    struct zone_spec *zones;
    size_t zone_count;
    struct node_spec *nodes;
    size_t node_count;
    struct workload_spec *workloads;
    size_t workload_count;
    struct load_spec *loads;
    size_t load_count;
    struct database_spec *databases;
    size_t database_count;
    struct volume_spec *volumes;
    size_t volume_count;
    struct certificate_spec *certificates;
    size_t certificate_count;
    struct image_spec *images;
    size_t image_count;
    struct config_spec *configs;
    size_t config_count;
    heal_duration interval; /* between the scenario's frames: samples and noise go by it; 0: 30 s */
    const char *file;       /* that it was read from; NULL: none */
    double link_delay;      /* seconds one way between pods of one zone, and */
    double zone_delay;      /* what crossing zones adds */
    uint32_t line;
};

/* A pod of the cluster that is not there from the start: a slot for one more. False
 * for every other id. */
bool cluster_is_spare(const struct cluster_spec *spec, const char *id);

#endif
