/* cluster_traffic.h - traffic's inside: who asks whom, and how that went in a step.
 *
 * Used by cluster_traffic.c (order of a step), cluster_targets.c, cluster_loads.c (requests from
 * outside), cluster_links.c (calls), cluster_serving.c (pods), cluster_cores.c, cluster_database.c,
 * cluster_feel.c and cluster_traffic_act.c only.
 *
 * An *asker* is a load or a link; a *target* what it asks: a workload or a database.
 * An asker sends tries; a try that fails (refused, answered with an error, or too late
 * for the asker) is tried again at once, so an asker of a target whose tries failed with
 * probability p in the last step sends tries_mean(p) tries for each request in this one.
 * That is all that a retry storm needs: a target whose queue is longer than its askers'
 * patience serves nobody, and is asked the more for it.
 *
 * A step goes twice through the call graph, which has no circle:
 *   callers first   what is asked: loads, and calls of what the callers can get through
 *   callees first   what comes of it: each pod is a station (batch_station.h) whose
 *                   requests hold their slots while they wait for what they call
 *
 * Draws belong to cells of time, as long as the scenario's frames, counted from the
 * start: a cell's draws are the same however the step that ends in it was cut. Within
 * a cell requests come evenly.
 *
 * Requests that are in slots when a step ends count as served in it: they are few, and
 * their time is short beside a step.
 */
#ifndef SELFHEAL_SIM_CLUSTER_TRAFFIC_H
#define SELFHEAL_SIM_CLUSTER_TRAFFIC_H

#include "sim/cluster_parts.h"
#include "sim/queueing.h"
#include "sim/request_pods.h"

#define RETRANSMIT_SECONDS 0.2        /* TCP's least RTO as Linux has it (TCP_RTO_MIN; RFC 6298 would take 1 s) */
#define LOSS_MAX 0.999                /* a link that loses more loses all that matters */
#define CLOCK_SKEW_MAX 300.0          /* Kerberos' default and the leeway of most token checks */
#define CACHE_WARM_SECONDS 600.0      /* of a database, to 63 %; judgement */
#define DATABASE_RESTART_SECONDS 20.0 /* judgement */
#define READS_PER_REQUEST 1.0         /* from disk, of a pod on a node or volume with a slow one; judgement */
#define WRITE_SHARE 0.5               /* of a workload's requests that write to its volume; judgement */
#define TUNED_QUERY_FACTOR 0.9        /* of a tuned database; judgement */

/* A part of a knob's value that an action took away while the knob stands: what comes
 * later counts again. */
static inline double still_there(double knob, double *gone)
{
    *gone = knob < *gone ? knob : *gone;
    return knob - *gone;
}

/* A process is there that works on what it has. */
static inline bool pod_runs(uint8_t phase)
{
    return phase == POD_READY || phase == POD_UNREADY || phase == POD_STOPPING;
}

/* An additive knob of a resource itself, at least 0; most are turned nowhere. */
static inline double knob_own(const struct cluster *cluster, enum cluster_kind kind, size_t index,
                              enum cluster_knob knob)
{
    double value = cluster->knob_turned[knob] ? cluster_knob_at(cluster, kind, index, knob) : 0.0;

    return value > 0.0 ? value : 0.0;
}

struct asker {
    uint32_t target, retries;
    double timeout;
    double asked; /* requests or calls of the step */
    double tries; /* that reached the target */
    double fail;  /* probability of a try, in the last step; in the step under way once its target is done */
    double late;  /* tries served too late for it, in the step */
    double slow;  /* served in time, but over the SLO's latency */
    double round_trip, round_variance; /* of the network, seconds */
};

struct load_source {
    struct random_stream counts, noise;
    uint64_t cells; /* drawn so far */
    double count;   /* requests of the last of them */
    double state;   /* AR(1) */
    double waiting; /* users who wait for an answer */
};

struct link {
    uint32_t caller;
    double share; /* of its calls that go its usual way; the others go around its troubles */
    double weight, mean, square, failed, nameless; /* sums of the step's calls */
    double unnamed;                                /* share of calls that found no name, in the last step */
    double latency, error_ratio;                   /* of its calls, retries and all */
    double latency_seen, error_seen;
    struct random_stream draws;
};

struct target {
    uint32_t first_asker, asker_count;               /* in traffic.askers_of */
    double patience;                                 /* longest timeout of its askers; 0: nobody asks it */
    bool closed;                                     /* its users get nothing at all */
    double weight, ready_seconds;                    /* of its pods together */
    double at_once;                                  /* requests that its callers can have there; or INFINITY */
    double held;                                     /* tries that its callers could not send after all */
    double dropped;                                  /* waited in pods whose process ended */
    double tries, in, left, served, refused, errors; /* of the step; in: tries and backlog; refused: dropped, too */
    double late;                                     /* mean over askers, of the served without error */
    double stay, square, within;                     /* sums over `served`: stays, their squares, variances */
    double capacity, capacity_sum;                   /* per second, of the last step; of the step under way */
    double latency, error_ratio;
    double latency_seen, error_seen;
    struct random_stream draws;
};

struct database_state {
    double warm; /* of the buffer cache, 0 .. 1 */
    double held_gone, lock_gone;
    bool added;        /* an index by an action */
    heal_time up_from; /* after a restart */
    double timeout;    /* seconds after which sessions that only hold something end; 0: never */
    double timeout_before;
    heal_time timeout_from;
};

/* A pod of those whose percentile is looked for. */
struct crowd_part {
    double served;
    struct gamma_shape stay;
};

struct traffic {
    struct crowd_part *crowd; /* scratch of pods_percentile, a part for each pod */
    uint64_t cell;            /* in which the step ends */
    heal_duration cell_span;
    struct request_pods **each; /* by workload; NULL: its requests are worked out, not simulated */
    double whole;               /* 1; of a step that is a part of a scan, how much longer a cell is: what is drawn for
                                   it is the cell's draw, of the cell's size, and the parts add up to that */
    size_t load_count, link_count, target_count;
    uint32_t *order;      /* workloads, callers before callees */
    struct asker *askers; /* loads, then links */
    uint32_t *askers_of;  /* by target, see target.first_asker */
    struct load_source *loads;
    struct link *links;
    struct target *targets; /* workloads, then databases */
    struct database_state *databases;
    uint32_t *volume_of, *certificate_of; /* by target; certificate by workload; UINT32_MAX: none */
    /* by pod */
    double *shift;                                             /* 1; share of its usual requests that it gets */
    double *weight, *arrivals, *cores;                         /* of the step */
    double *burnt, *errors, *work, *delay, *loss, *dns, *held; /* knobs that meet it */
    double *held_gone;                                         /* of `held`, dropped with its process or proxy */
    uint8_t *special;                                          /* its calls differ from its workload's */
    double *stay, *variance, *served, *ended, *inside;         /* of the step; ended: served, refused and dropped */
    double *latency_seen, *error_seen;
    struct random_stream *draws;
    bool knobs_stand; /* some of the above are not neutral */
    /* by node, zone */
    double *node_shift, *zone_shift;
    double *wanted, *claims, *met, *unmet; /* cores, of the step */
    double *zone_mix;                      /* [workload * zones + zone]: share of its ready pods */
};

static inline struct traffic *traffic_of(const struct cluster *cluster)
{
    return cluster->traffic;
}

/* cluster_loads.c */
bool loads_open(struct cluster *cluster);
void loads_ask(struct cluster *cluster);     /* askers' requests of the step */
void loads_account(struct cluster *cluster); /* and what came of them, to the totals */

/* cluster_links.c */
struct network { /* what a pod adds to the calls that it makes */
    double delay, loss, dns, held;
};
struct calls { /* of one request, all of them */
    double mean, variance;
    double fail;
    double limit; /* requests per second of one pod that its connection pools let through */
};
void links_ask(struct cluster *cluster, size_t workload, double seconds);
/* Calls of a pod that has `rate` requests per second; those of `requests` of them are
 * noted for what links show. Its callees are done. */
struct calls links_call(struct cluster *cluster, size_t workload, const struct network *network, double rate,
                        double requests);
/* One of a workload's calls as a request makes it: all tries of all of them, without the wait
 * for a connection of its pool; and how many connections a pod has, INFINITY: as many as it likes. */
void links_time(const struct cluster *cluster, size_t workload, size_t call, const struct network *network,
                double *mean, double *variance, double *connections);
double links_slots(const struct cluster *cluster, size_t link, double seconds);
void links_done(struct cluster *cluster, size_t workload);
void network_add(double delay, double loss, double *mean, double *variance); /* of a message there and one back */

/* cluster_cores.c: of a pod's request, CPU-seconds; and traffic.cores of the step. */
double cores_work(const struct cluster *cluster, size_t pod);
void cores_give(struct cluster *cluster, double seconds);

/* cluster_serving.c */
bool serving_open(struct cluster *cluster);
void serving_knobs(struct cluster *cluster);
void serving_weigh(struct cluster *cluster);                  /* shares of pods, mix of zones */
void serving_spread(struct cluster *cluster, double seconds); /* requests over pods, cores of nodes */
void serving_workload(struct cluster *cluster, size_t workload, double seconds);
void serving_use(struct cluster *cluster); /* memory, nodes */

/* What burns in a pod leaves the requests the rest, or the share of one thread. */
double cores_left(double cores, double burnt);

/* What all pods of a workload have in common in a step. */
struct serving {
    size_t workload;
    double seconds;
    struct calls calls;
    double errors;  /* beside its pods' own and its calls': writes to a full volume */
    double read;    /* seconds that its disk adds */
    double at_once; /* requests that its callers can have in a pod, >= 1 */
};
double serving_disk_delay(const struct cluster *cluster, const struct serving *serving, size_t pod);

/* cluster_each.c: workloads whose requests are simulated one by one */
bool each_open(struct cluster *cluster);
void each_close(struct cluster *cluster);
void each_begin(struct cluster *cluster);            /* a step; before its pods are looked at */
void each_drop(struct cluster *cluster, size_t pod); /* its process ended */
void each_serve(struct cluster *cluster, const struct serving *serving);
void each_account(struct cluster *cluster, size_t load);

/* cluster_database.c */
bool databases_open(struct cluster *cluster);
void database_step(struct cluster *cluster, size_t database, double seconds);
enum action_outcome database_act(struct cluster *cluster, heal_time now, const struct action *action, size_t index);

/* cluster_targets.c */
/* Notes `served` requests with this stay, `errors` of them answered with an error, in
 * the target's sums and its askers'; *late: those that came too late, over all askers. */
void target_note(struct cluster *cluster, size_t target, double served, double errors, double stay, double variance,
                 double *late);
void target_judge(struct cluster *cluster, size_t target); /* its sums are complete */
/* The 99th percentile over pods `first` .. `end` - 1 of those on `node` (UINT32_MAX: on any)
 * or in `zone` (likewise). NaN when nobody was served. */
double pods_percentile(const struct cluster *cluster, uint32_t first, uint32_t end, uint32_t node, uint32_t zone);

/* A stream as it is at the start of the step's cell. */
static inline struct random_stream cell_stream(const struct traffic *traffic, const struct random_stream *stream)
{
    return (struct random_stream){stream->state + traffic->cell * 64 * stream->increment, stream->increment};
}

/* What a monitoring system reads off a sample of n requests: a percentile, q, of
 * which the density is that of an exponential tail, has the sd q * sqrt(p / (1-p) / n)
 * / ln(1 / (1-p)); a ratio has the binomial's. `z`: standard normal. */
double seen_percentile(double percentile, double n, double z);
double seen_ratio(double ratio, double n, double z);

/* cluster_storage.c */
double storage_used_ratio(const struct cluster *cluster, size_t volume);
bool storage_expired(const struct cluster *cluster, size_t certificate); /* at the end of the step */

#endif
