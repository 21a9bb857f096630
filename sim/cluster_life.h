/* cluster_life.h - the control plane's inside: how pods come, run, die and go.
 *
 * Used by cluster_life.c, cluster_kubelet.c, cluster_nodes.c, cluster_scheduler.c, cluster_rollout.c,
 * cluster_autoscaler.c, cluster_drain.c, cluster_act.c and cluster_show.c only.
 *
 * A pod is a slot of its workload and moves through enum pod_phase. Each move
 * bumps the slot's generation, so that what was planned for the phase before is
 * void. All moves happen at an exact instant, `at`: events of the queue in order,
 * actions and turned knobs at the instant of the last event or step.
 *
 * Kubernetes' numbers, from its documentation:
 *   restarts      at once the first time, then after 10 s, 20 s, 40 s .. 300 s; the
 *                 count starts anew when the container ran for 10 minutes
 *                 (Pod lifecycle, "Container restart policy")
 *   node down     its pods are evicted after tolerationSeconds 300 (Taints and
 *                 tolerations, default of DefaultTolerationSeconds)
 *   pressure      a pod is evicted while less than 100 MiB memory or 10 % of the
 *                 disk is free, one per 10 s housekeeping interval; the node takes
 *                 no pods for 5 minutes after it (Node-pressure eviction)
 *   autoscaler    cluster_autoscaler.c
 * Simpler than there: that a node is gone is known at once, scheduling takes no
 * time, and a deleted pod's replacement has its slot when the old one is gone.
 */
#ifndef SELFHEAL_SIM_CLUSTER_LIFE_H
#define SELFHEAL_SIM_CLUSTER_LIFE_H

#include "sim/cluster_parts.h"

#define BACK_OFF_FIRST 10.0 /* seconds */
#define BACK_OFF_LAST 300.0
#define BACK_OFF_RESET (10 * HEAL_MINUTE)
#define NODE_TOLERATION (5 * HEAL_MINUTE)
#define NODE_REBOOT (2 * HEAL_MINUTE)
#define STOP_TIME (5 * HEAL_SECOND) /* to finish what it has; the limit would be 30 s */
#define PRESSURE_TIME (5 * HEAL_MINUTE)
#define HOUSEKEEPING (10 * HEAL_SECOND)
#define PRESSURE_MEMORY (100.0 * 1024 * 1024) /* bytes left */
#define PRESSURE_DISK 0.1                     /* share left */
#define OOM_SHOWN (5 * HEAL_MINUTE)
#define LATE (2 * HEAL_MINUTE) /* a new pod that is not ready by then shows as down */

/* Events of the cluster's queue; `kind` is one of these with the low 24 bits of a
 * generation or token above it. */
enum life_event {
    LIFE_READY,     /* pod: its process is up and its probe succeeds */
    LIFE_START,     /* pod: its back-off is over */
    LIFE_STOPPED,   /* pod: its process is gone */
    LIFE_CRASH,     /* pod */
    LIFE_PROBE,     /* pod */
    LIFE_NODE_GONE, /* node: down for as long as its pods tolerate */
    LIFE_NODE_BOOT, /* node: back from a reboot */
    LIFE_ROOM,      /* node: pressure is over */
    LIFE_STEP,      /* the step ends here */
};

/* What becomes of a pod's slot when its process is gone. */
enum after_stop { AFTER_EMPTY, AFTER_RESTART, AFTER_MOVE };

struct life {
    heal_time clock;      /* all events up to here are done */
    heal_time horizon;    /* and those up to here are being done */
    heal_time accounted;  /* totals of seconds are right up to here */
    heal_time ready_from; /* ready_so_far counts from here */
    heal_time forgotten;  /* pods.restarts are as old as that */
    size_t running, pending, nodes_up, draining_count;
    bool retry, drain; /* pods that wait, drains that wait are to be looked at */
    heal_time next_scaling;
    /* by pod */
    double *ready_so_far; /* seconds, since ready_from */
    struct random_stream *start_draws, *crash_draws, *probe_draws;
    heal_time *created, *oom_at;
    uint8_t *after_stop, *kill_seen;
    uint8_t *lost;                   /* its node is down, it is started when that is back */
    uint32_t *avoid;                 /* node that its next place should not be */
    double *crash_left, *crash_rate; /* hazard until it crashes; used up at this rate, per nanosecond */
    heal_time *crash_since;
    uint32_t *crash_token, *probe_token, *probe_failed;
    uint8_t *probing;
    /* by node */
    uint8_t *draining, *rebooting, *closed;
    heal_time *pressure_until;
    uint32_t *node_token;
    uint32_t *same; /* scratch of the scheduler */
    uint32_t *same_zone;
    /* by workload */
    uint8_t *deploy_seen, *no_room;
    uint32_t *newest; /* revision */
    uint8_t *dirty;   /* to be looked at, and in the list */
    uint32_t *dirty_list;
    size_t dirty_count;
    struct scaling *scaling; /* cluster_autoscaler.c */
};

static inline struct life *life_of(const struct cluster *cluster)
{
    return cluster->life;
}

/* --- cluster_life.c: phases and events -------------------------------------- */
void life_plan(struct cluster *cluster, heal_time at, enum life_event event, uint32_t generation, size_t index);
void life_enter(struct cluster *cluster, size_t pod, enum pod_phase phase, heal_time at);
void life_advance(struct cluster *cluster, heal_time until); /* does the events up to then */
void life_settle(struct cluster *cluster, heal_time at);     /* controllers act on what has moved */
void life_count_node(struct cluster *cluster, bool up, heal_time at);
heal_duration life_span(double seconds);
bool life_runs(const struct cluster *cluster, size_t pod); /* it has a process */

/* --- cluster_kubelet.c: one node's side ------------------------------------- */
void kubelet_start(struct cluster *cluster, size_t pod, heal_time at);
void kubelet_restart(struct cluster *cluster, size_t pod, heal_time at); /* of a container that died */
void kubelet_lose(struct cluster *cluster, size_t pod, heal_time at);    /* its node is gone */
void kubelet_die(struct cluster *cluster, size_t pod, heal_time at, bool oom);
/* Ends the process in good order; then the slot is what `after` says. */
void kubelet_stop(struct cluster *cluster, size_t pod, heal_time at, enum after_stop after);
void kubelet_ready(struct cluster *cluster, size_t pod, heal_time at);
void kubelet_stopped(struct cluster *cluster, size_t pod, heal_time at);
void kubelet_probe(struct cluster *cluster, size_t pod, heal_time at);
void kubelet_knobs(struct cluster *cluster, heal_time at);
void kubelet_plan_crashes(struct cluster *cluster);                         /* those before the horizon */
void kubelet_stop_now(struct cluster *cluster, size_t pod, heal_time at);   /* no crash and no probe follows */
void kubelet_new_hazard(struct cluster *cluster, size_t pod, heal_time at); /* of a new process */

/* --- cluster_nodes.c: nodes that fall, boot, fill up ------------------------- */
void nodes_knobs(struct cluster *cluster, heal_time at);
void nodes_reboot(struct cluster *cluster, size_t node, heal_time at); /* no more than one at a time */
void nodes_booted(struct cluster *cluster, size_t node, heal_time at);
void nodes_gone(struct cluster *cluster, size_t node, heal_time at);
void nodes_room(struct cluster *cluster, size_t node, heal_time at);
void nodes_look(struct cluster *cluster); /* pressure */
void nodes_cordon(struct cluster *cluster, size_t node, bool cordon);

/* --- cluster_scheduler.c ------------------------------------------------------ */
/* The slot holds a new pod of the workload's revision that looks for a node. */
void scheduler_add(struct cluster *cluster, size_t pod, heal_time at);
void scheduler_renew(struct cluster *cluster, size_t pod, heal_time at); /* a new pod where the old one was */
void scheduler_open(struct cluster *cluster, size_t pod, heal_time at);  /* it is ready, since `at` */
void scheduler_release(struct cluster *cluster, size_t pod);             /* its node's room */
void scheduler_retry(struct cluster *cluster);                           /* there may be room now */
void scheduler_settle(struct cluster *cluster, heal_time at);
uint32_t scheduler_choose(struct cluster *cluster, size_t pod); /* a node with room but `avoid`, or UINT32_MAX */

/* --- cluster_rollout.c -------------------------------------------------------- */
/* There should be as many pods as wanted, of its revision. */
void rollout_look(struct cluster *cluster, size_t workload);
void rollout_settle(struct cluster *cluster, size_t workload, heal_time at);
void rollout_knobs(struct cluster *cluster);
void rollout_deploy(struct cluster *cluster, size_t workload);                /* a new revision */
void rollout_restart(struct cluster *cluster, size_t workload);               /* the same once more */
bool rollout_back(struct cluster *cluster, size_t workload);                  /* false: there is none to go back to */
bool rollout_forward(struct cluster *cluster, size_t workload);               /* false: nothing was rolled back */
bool rollout_scale(struct cluster *cluster, size_t workload, int64_t wanted); /* false: none, or more than slots */
uint32_t rollout_ready(const struct cluster *cluster, size_t workload);       /* pods that are */

/* --- cluster_drain.c ---------------------------------------------------------- */
bool drain_node(struct cluster *cluster, size_t node, heal_time at); /* false: a budget forbids it */
bool drain_may_evict(const struct cluster *cluster, size_t pod);
void drain_evict(struct cluster *cluster, size_t pod, heal_time at);
void drain_go_on(struct cluster *cluster); /* a budget may allow more now */
void drain_settle(struct cluster *cluster, heal_time at);
void drain_end(struct cluster *cluster, size_t node);

/* --- cluster_autoscaler.c ------------------------------------------------------ */
bool autoscaler_open(struct cluster *cluster);

#endif
