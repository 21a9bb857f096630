/* cluster_kubelet.c - what the kubelet does with a container: start, restart with
 * back-off, kill, probe. */
#include "sim/cluster_life.h"

#include <math.h>

/* --- crashes -------------------------------------------------------------- */

/* A process dies when its hazard, a unit exponential drawn at its start, is used
 * up at the rate of the knob. So a turned knob changes the rate and draws nothing
 * anew, and how often it is looked at changes no instant. */
static double crash_rate(const struct cluster *cluster, size_t pod)
{
    return cluster_pod_knob(cluster, pod, KNOB_CRASHES_PER_HOUR) / (double)HEAL_HOUR;
}

static void use_hazard(struct life *life, size_t pod, heal_time at)
{
    life->crash_left[pod] -= life->crash_rate[pod] * (double)(at - life->crash_since[pod]);
    life->crash_since[pod] = at;
    life->crash_token[pod]++;
}

/* Only what is due before the queue stops is put into it, so that a rate that is
 * turned again and again leaves nothing behind in there. */
static void plan_crash(struct cluster *cluster, size_t pod)
{
    struct life *life = life_of(cluster);
    double wait = fmax(life->crash_left[pod], 0.0) / life->crash_rate[pod];

    if (wait <= (double)(life->horizon - life->crash_since[pod]))
        life_plan(cluster, life->crash_since[pod] + (heal_duration)wait, LIFE_CRASH, life->crash_token[pod], pod);
}

void kubelet_plan_crashes(struct cluster *cluster)
{
    const double *rate = life_of(cluster)->crash_rate;

    for (size_t pod = 0; cluster->knob_turned[KNOB_CRASHES_PER_HOUR] && pod < cluster->pods.count; pod++) {
        if (rate[pod] > 0.0)
            plan_crash(cluster, pod);
    }
}

static void arm_crash(struct cluster *cluster, size_t pod, heal_time at)
{
    struct life *life = life_of(cluster);
    double rate = life_runs(cluster, pod) ? crash_rate(cluster, pod) : 0.0;

    if (rate == life->crash_rate[pod])
        return;
    use_hazard(life, pod, at);
    life->crash_rate[pod] = rate;
    if (rate > 0.0)
        plan_crash(cluster, pod);
}

void kubelet_new_hazard(struct cluster *cluster, size_t pod, heal_time at)
{
    struct life *life = life_of(cluster);

    use_hazard(life, pod, at);
    life->crash_rate[pod] = 0.0;
    life->crash_left[pod] = random_exponential(&life->crash_draws[pod], 1.0);
    arm_crash(cluster, pod, at);
}

static void disarm_crash(struct life *life, size_t pod, heal_time at)
{
    use_hazard(life, pod, at);
    life->crash_rate[pod] = 0.0;
}

/* --- probes --------------------------------------------------------------- */

/* Probes are drawn only while some would fail; their instants are whole periods
 * from the start of the process, whenever that begins. */
static void plan_probe(struct cluster *cluster, size_t pod, heal_time after)
{
    struct life *life = life_of(cluster);
    const struct workload_spec *spec = &cluster->spec->workloads[cluster->pods.workload[pod]];
    heal_duration period = life_span(spec->probe_period);
    heal_time started = cluster->pods.started[pod];

    life->probing[pod] = true;
    life_plan(cluster, started + ((after - started) / period + 1) * period, LIFE_PROBE, ++life->probe_token[pod], pod);
}

static bool is_probed(const struct cluster *cluster, size_t pod)
{
    uint8_t phase = cluster->pods.phase[pod];

    return phase == POD_READY || phase == POD_UNREADY;
}

static void stop_probing(struct life *life, size_t pod)
{
    life->probing[pod] = false;
    life->probe_failed[pod] = 0;
    life->probe_token[pod]++;
}

static void begin_probing(struct cluster *cluster, size_t pod, heal_time at)
{
    if (is_probed(cluster, pod) && !life_of(cluster)->probing[pod] &&
        cluster_pod_knob(cluster, pod, KNOB_PROBE_FAILURES) > 0.0)
        plan_probe(cluster, pod, at);
}

void kubelet_probe(struct cluster *cluster, size_t pod, heal_time at)
{
    struct life *life = life_of(cluster);
    const struct workload_spec *spec = &cluster->spec->workloads[cluster->pods.workload[pod]];
    double share = cluster_pod_knob(cluster, pod, KNOB_PROBE_FAILURES);
    bool failed = share > 0.0 && random_uniform(&life->probe_draws[pod]) < share;

    life->probe_failed[pod] = failed ? life->probe_failed[pod] + 1 : 0;
    if (spec->liveness_failures > 0 && life->probe_failed[pod] >= spec->liveness_failures) {
        kubelet_die(cluster, pod, at, false); /* and back, by its back-off */
        return;
    }
    if (!failed && cluster->pods.phase[pod] == POD_UNREADY) {
        kubelet_ready(cluster, pod, at);
    } else if (life->probe_failed[pod] >= spec->probe_failures && cluster->pods.phase[pod] == POD_READY) {
        life_enter(cluster, pod, POD_UNREADY, at);
    }
    if (share > 0.0 || cluster->pods.phase[pod] == POD_UNREADY)
        plan_probe(cluster, pod, at);
    else
        stop_probing(life, pod);
}

/* --- start and end -------------------------------------------------------- */

static bool cannot_start(const struct cluster *cluster, size_t pod)
{
    return cluster_pod_knob(cluster, pod, KNOB_DOWN) > 0.5;
}

/* A process is there; it dies at once where it can't start. */
void kubelet_start(struct cluster *cluster, size_t pod, heal_time at)
{
    struct life *life = life_of(cluster);
    struct cluster_pods *pods = &cluster->pods;
    const struct log_normal *start = &cluster->spec->workloads[pods->workload[pod]].start;

    life_enter(cluster, pod, POD_STARTING, at);
    pods->started[pod] = at;
    pods->leak_since[pod] = at;
    pods->leaked[pod] = 0.0;
    pods->memory_used[pod] = 0.0; /* until the next step has worked it out */
    life->lost[pod] = false;
    if (cannot_start(cluster, pod)) {
        kubelet_die(cluster, pod, at, false);
        return;
    }
    double takes = start->mean_seconds > 0.0
                       ? random_log_normal(&life->start_draws[pod], start->mean_seconds, start->sd_seconds)
                       : 0.0;
    life_plan(cluster, at + life_span(takes), LIFE_READY, pods->generation[pod], pod);
    kubelet_new_hazard(cluster, pod, at);
}

void kubelet_restart(struct cluster *cluster, size_t pod, heal_time at)
{
    /* More than 1 where it will have been forgotten in part when the step is over. */
    double age = heal_duration_seconds(at - life_of(cluster)->forgotten);

    cluster->totals.restarts += 1.0;
    cluster->pods.restarts[pod] += exp(age / 3600.0);
    kubelet_start(cluster, pod, at);
}

void kubelet_ready(struct cluster *cluster, size_t pod, heal_time at)
{
    life_enter(cluster, pod, POD_READY, at);
    begin_probing(cluster, pod, at);
    drain_go_on(cluster);
}

void kubelet_stop_now(struct cluster *cluster, size_t pod, heal_time at)
{
    disarm_crash(life_of(cluster), pod, at);
    stop_probing(life_of(cluster), pod);
}

/* The container ended by itself or was killed: again at once, or after a wait. */
void kubelet_die(struct cluster *cluster, size_t pod, heal_time at, bool oom)
{
    struct life *life = life_of(cluster);
    struct cluster_pods *pods = &cluster->pods;
    bool stopping = pods->phase[pod] == POD_STOPPING;
    double wait;

    if (!life_runs(cluster, pod))
        return;
    kubelet_stop_now(cluster, pod, at);
    pods->oom[pod] = oom;
    if (oom) {
        life->oom_at[pod] = at;
        cluster->totals.oom_kills += 1.0;
    }
    if (stopping) {
        kubelet_stopped(cluster, pod, at);
        return;
    }
    if (at - pods->started[pod] >= BACK_OFF_RESET)
        pods->back_off[pod] = 0.0;
    wait = pods->back_off[pod];
    pods->back_off[pod] = wait == 0.0 ? BACK_OFF_FIRST : fmin(2.0 * wait, BACK_OFF_LAST);
    if (wait == 0.0) {
        kubelet_restart(cluster, pod, at);
        return;
    }
    life_enter(cluster, pod, POD_BACK_OFF, at);
    life_plan(cluster, at + life_span(wait), LIFE_START, pods->generation[pod], pod);
}

void kubelet_lose(struct cluster *cluster, size_t pod, heal_time at)
{
    kubelet_stop_now(cluster, pod, at);
    if (cluster->pods.phase[pod] == POD_STOPPING) {
        kubelet_stopped(cluster, pod, at);
        return;
    }
    life_enter(cluster, pod, POD_BACK_OFF, at);
    life_of(cluster)->lost[pod] = true;
}

void kubelet_stop(struct cluster *cluster, size_t pod, heal_time at, enum after_stop after)
{
    struct life *life = life_of(cluster);
    bool runs = life_runs(cluster, pod);

    if (cluster->pods.phase[pod] == POD_STOPPING) {
        if (after == AFTER_EMPTY) /* nobody needs what should have followed */
            life->after_stop[pod] = (uint8_t)after;
        return;
    }
    life->after_stop[pod] = (uint8_t)after;
    kubelet_stop_now(cluster, pod, at);
    if (!runs) {
        kubelet_stopped(cluster, pod, at);
        return;
    }
    life_enter(cluster, pod, POD_STOPPING, at);
    life_plan(cluster, at + STOP_TIME, LIFE_STOPPED, cluster->pods.generation[pod], pod);
}

static bool may_start_again(const struct cluster *cluster, size_t pod)
{
    uint32_t node = cluster->pods.node[pod];

    return node != UINT32_MAX && !cluster->nodes.down[node];
}

void kubelet_stopped(struct cluster *cluster, size_t pod, heal_time at)
{
    struct life *life = life_of(cluster);

    switch ((enum after_stop)life->after_stop[pod]) {
    case AFTER_EMPTY:
        scheduler_release(cluster, pod);
        life_enter(cluster, pod, POD_NONE, at);
        cluster->pods.revision[pod] = 0;
        break;
    case AFTER_RESTART:
        if (may_start_again(cluster, pod)) {
            scheduler_renew(cluster, pod, at);
            kubelet_start(cluster, pod, at);
            break;
        }
        scheduler_release(cluster, pod);
        scheduler_add(cluster, pod, at);
        break;
    case AFTER_MOVE:
        scheduler_release(cluster, pod);
        scheduler_add(cluster, pod, at);
        break;
    }
    scheduler_retry(cluster);
}

/* --- knobs and memory ------------------------------------------------------ */

static void see_kill(struct cluster *cluster, size_t pod, heal_time at)
{
    struct life *life = life_of(cluster);
    bool kill = cluster_knob_at(cluster, CLUSTER_POD, pod, KNOB_KILL) > 0.5;
    bool rises = kill && !life->kill_seen[pod];

    life->kill_seen[pod] = kill;
    if (!rises || !life_runs(cluster, pod))
        return;
    cluster->totals.kills += 1.0;
    kubelet_die(cluster, pod, at, false);
}

void kubelet_knobs(struct cluster *cluster, heal_time at)
{
    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        see_kill(cluster, pod, at);
        if (cluster->pods.phase[pod] == POD_NONE || cluster->pods.phase[pod] == POD_PENDING)
            continue;
        if (life_runs(cluster, pod) && cannot_start(cluster, pod))
            kubelet_die(cluster, pod, at, false);
        arm_crash(cluster, pod, at);
        begin_probing(cluster, pod, at);
    }
}

static void kill_for_memory(struct cluster *cluster)
{
    const struct cluster_pods *pods = &cluster->pods;

    for (size_t pod = 0; pod < pods->count; pod++) {
        if (pods->memory_used[pod] > cluster->workloads.memory_limit[pods->workload[pod]] && life_runs(cluster, pod))
            kubelet_die(cluster, pod, cluster->now, true);
    }
}

void cluster_kubelet_look(struct cluster *cluster)
{
    kill_for_memory(cluster);
    nodes_look(cluster);
}
