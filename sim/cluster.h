/* cluster.h - the simulated cluster: nodes, pods, services, and what they show.
 *
 * A deterministic model that the world drives: it is stepped from frame to frame,
 * takes actions, and fills the frame with what a monitoring system would see. It
 * knows nothing of faults: a fault turns *knobs* (a node is down, a process leaks,
 * a query lacks its index), and everything else follows by mechanism: the kubelet
 * restarts, the scheduler finds room or not, the autoscaler scales, queues grow,
 * callers time out and retry. What cures is what takes the pressure away or gives
 * the system room; nothing here knows which.
 *
 * Two clocks. Pods live in events (a container dies, is ready, backs off) at exact
 * instants in the cluster's own queue. Traffic is worked out in batches, once per
 * step, from what each pod could serve in that step (cluster_traffic.h).
 *
 * Every draw is from a stream named by the resource and the purpose, of the
 * replication (stream_book), so one more pod changes no other pod's numbers.
 *
 * Resources and series that a cluster describes (cluster_describe):
 *   zone/default/Z
 *   node/default/N         cpu_utilization_ratio memory_utilization_ratio disk_used_ratio up
 *   workload/NS/W          replicas_ready_ratio request_rate_per_second request_latency_seconds error_ratio
 *                          replicas memory_limit_bytes cpu_limit_cores revision
 *   pod/NS/W-i             up cpu_utilization_ratio memory_utilization_ratio request_rate_per_second
 *                          request_latency_seconds error_ratio restarts_per_hour crash_loop oom_killed
 *   link/NS/W-CALLEE       client_latency_seconds error_ratio
 *   database/NS/D          query_latency_seconds connections_used_ratio cpu_utilization_ratio lock_wait_seconds
 *   volume/NS/V            disk_used_ratio
 *   certificate/NS/C       certificate_days_left
 *   image/NS/I             vulnerabilities
 *   config/NS/C            config_drift
 * A pod slot that holds no pod has no samples (NaN). Latencies are 99th percentiles
 * in seconds, rates are per second, both since somebody looked last.
 * `up` is 1 for a ready pod and 0 for one that is not; a pod that is being made has
 * no sample until it is late (two minutes, or three times its mean start).
 * Relations: pod runs_on node (where it starts), node runs_on zone, pod owned_by
 * workload, workload calls callee, link calls callee, pod mounts volume, database
 * mounts volume, workload mounts certificate/image/config.
 */
#ifndef SELFHEAL_SIM_CLUSTER_H
#define SELFHEAL_SIM_CLUSTER_H

#include "engine/action.h"
#include "engine/error.h"
#include "engine/inventory.h"
#include "sim/cluster_spec.h"

/* What a fault can turn on a resource. Neutral is 0, but 1 for factors. Knobs of a
 * node meet its pods, of a zone its nodes, of a workload all its pods; additive
 * ones add up, factors multiply, `down` is the highest. */
enum cluster_knob {
    KNOB_CPU_CORES,           /* pod, node, database: cores burnt for nothing */
    KNOB_MEMORY_BYTES,        /* pod, workload (each of its pods), node: bytes taken for nothing */
    KNOB_LEAK_BYTES_PER_HOUR, /* pod, workload: from when it is turned on; gone with the process */
    KNOB_DOWN,                /* pod, workload: its container can't start; node, zone: down; database: refuses; > 0.5 */
    KNOB_KILL,                /* pod: a rise above 0.5 kills the container once */
    KNOB_CRASHES_PER_HOUR,    /* pod, workload: the process dies at this rate while it runs */
    KNOB_PROBE_FAILURES,      /* pod, workload: share of probes that fail though it serves, 0 .. 1 */
    KNOB_ERROR_RATIO,         /* pod, workload, database: share of requests that it answers with an error */
    KNOB_WORK_FACTOR,         /* pod, workload: times CPU-seconds of a request */
    KNOB_LOAD_FACTOR,         /* workload: times requests from outside */
    KNOB_DELAY_SECONDS,       /* pod, node, zone, link, workload: on each message to or from it, one way */
    KNOB_LOSS_RATIO,          /* likewise: messages lost; each is sent again after the RTO (200 ms) */
    KNOB_DNS_FAILURES,        /* pod, workload, node, zone: share of its outgoing calls that find no name */
    KNOB_CLOCK_SKEW_SECONDS,  /* pod, node: over 300 s its calls are refused (tokens, certificates) */
    KNOB_QUERY_FACTOR,        /* database: times the time of a query */
    KNOB_INDEX_MISSING,       /* database: > 0.5: the index is not there */
    KNOB_INDEX_UNUSED,        /* database: > 0.5: it is there, the planner does not use it */
    KNOB_LOCK_WAIT_SECONDS,   /* database: mean wait for a lock */
    KNOB_HELD_CONNECTIONS,    /* database: connections that nobody uses; pod, workload: of its pools, a share 0 .. 1 */
    KNOB_CACHE_MISS_RATIO,    /* database: added to the misses */
    KNOB_IO_DELAY_SECONDS,    /* database, volume, node: on each read from disk */
    KNOB_LOG_BYTES,
    KNOB_TEMP_BYTES,
    KNOB_DATA_BYTES,      /* volume, node: written there beside the growth */
    KNOB_RENEWAL_FAILS,   /* certificate: > 0.5: the usual issuer does not renew */
    KNOB_DAYS_LOST,       /* certificate: days that it has less than it should */
    KNOB_VULNERABILITIES, /* image: known ones */
    KNOB_DRIFT,           /* config: > 0.5: it is not as desired */
    KNOB_DEPLOY,          /* workload: a rise above 0.5 rolls a new revision out. While it stands, what the
                             workload's knobs do to its pods they do to pods of that revision alone. */
    CLUSTER_KNOB_COUNT
};
const char *cluster_knob_name(enum cluster_knob knob); /* "cpu_cores", "leak_bytes_per_hour", ... */
bool cluster_knob_parse(const char *name, enum cluster_knob *out);
double cluster_knob_neutral(enum cluster_knob knob);

/* Adds the cluster's resources, series and topology to `inventory` (not frozen),
 * and to `knobs` (not frozen, its own inventory) one "series" RESOURCE:KNOB for
 * each knob that a resource has. Notes ids that are there already. */
bool cluster_describe(const struct cluster_spec *spec, struct inventory *inventory, struct inventory *knobs,
                      struct error_list *errors);

struct cluster;

/* A healthy cluster at `start`, pods ready, queues empty. All borrowed; inventories
 * frozen. `seed` and `replication` name the streams. NULL when out of memory. */
struct cluster *cluster_create(const struct cluster_spec *spec, const struct inventory *inventory,
                               const struct inventory *knobs, heal_time start, uint64_t seed, uint32_t replication);
void cluster_destroy(struct cluster *cluster); /* NULL is fine */

/* One value for each knob "series", neutral at first; whoever turns them writes
 * here between steps. cluster_knob_reset puts one back to neutral. */
double *cluster_knob_values(struct cluster *cluster);
void cluster_knob_reset(struct cluster *cluster, uint32_t knob_series);

/* Goes on to `now` (not before the last step), and writes what is seen then to the
 * cluster's series of `values` (one per series of the inventory; others are left).
 * NULL: nobody looks yet, and who looks next sees that step's share with its own.
 * Knobs hold from the last step on: step to the instant at which they are turned, or at
 * which an action is done, before that. False when out of memory. */
bool cluster_step(struct cluster *cluster, heal_time now, double *values);
heal_time cluster_now(const struct cluster *cluster); /* of the last step; at first the start */

/* Does `action` to the cluster as it is at `now` >= the last step. SUCCEEDED: it is
 * under way or done; FAILED: the API said no (no room, a disruption budget, nothing
 * to roll back to); UNSUPPORTED: the target knows no such action. An action that
 * has a mechanism here acts by it alone. */
enum action_outcome cluster_act(struct cluster *cluster, heal_time now, const struct action *action);

/* The workload that an action on `resource` changes, where it changes one: itself, a pod's, of a
 * link its caller, who runs the image, config or certificate; RESOURCE_NONE: none. */
uint32_t cluster_workload_meant(struct cluster *cluster, uint32_t resource);

/* When the process of a pod that runs now was started; HEAL_TIME_NEVER: none runs, or no pod. */
heal_time cluster_process_started(const struct cluster *cluster, uint32_t resource);
bool cluster_has(const struct cluster *cluster, uint32_t resource); /* it is one of the cluster's */

/* What users of `resource` feel over the last step: of a pod, its own requests; of a
 * node or zone, the requests of its pods; of a workload or database, all; of a link,
 * its calls. NaN where it has no such side or nobody asked. */
struct cluster_feeling {
    double latency; /* 99th percentile, seconds */
    double slo_latency;
    double error_ratio; /* refused, failed, timed out; of all */
    double slo_errors;
    double used_ratio;      /* volume, node disk */
    double days_left;       /* certificate */
    double vulnerabilities; /* image */
    double drift;           /* config */
};
struct cluster_feeling cluster_feel(const struct cluster *cluster, uint32_t resource);

/* Totals since the start, for availability, cost and conservation:
 * offered = served + failed + refused + waiting, each to 1e-9 of itself. */
struct cluster_totals {
    double offered, served, failed, waiting; /* requests from outside; failed holds refused and timed out */
    double bad;                              /* of served: over their SLO's latency */
    double pod_seconds;                      /* of running pods */
    double node_seconds;                     /* of nodes that are up */
    double evictions, kills, oom_kills, restarts, pending_seconds;
};
struct cluster_totals cluster_totals(const struct cluster *cluster);

#endif
