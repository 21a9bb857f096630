/* cluster_rollout.c - how many pods of which revision: ReplicaSets and Deployment.
 *
 * A look compares what is with what should be and moves one step there; each move
 * brings the next look. The sums are those of the Deployment controller's rolling
 * update (Kubernetes, pkg/controller/deployment/rolling.go): as many new pods as
 * max_surge lets be, old pods that are not ready go first, and ready ones only
 * while max_unavailable leaves enough. So a revision that never gets ready stops
 * half way, and the old one goes on serving. */
#include "sim/cluster_life.h"

struct census {
    int64_t wanted;
    int64_t total, ready;         /* pods that stay */
    int64_t new_total, new_ready; /* of the workload's revision */
};

void rollout_look(struct cluster *cluster, size_t workload)
{
    struct life *life = life_of(cluster);

    if (life->dirty[workload])
        return;
    life->dirty[workload] = true;
    life->dirty_list[life->dirty_count++] = (uint32_t)workload;
}

/* It is there, and will be there when what is under way is over. */
static bool stays(const struct cluster *cluster, size_t pod)
{
    uint8_t phase = cluster->pods.phase[pod];

    return phase != POD_NONE && (phase != POD_STOPPING || life_of(cluster)->after_stop[pod] != AFTER_EMPTY);
}

/* A slot whose process ends comes back as the revision that is current then. */
static bool is_new(const struct cluster *cluster, size_t pod)
{
    uint32_t workload = cluster->pods.workload[pod];

    return cluster->pods.phase[pod] == POD_STOPPING ||
           cluster->pods.revision[pod] == cluster->workloads.revision[workload];
}

static struct census count(const struct cluster *cluster, size_t workload)
{
    struct census all = {.wanted = cluster->workloads.wanted[workload]};
    uint32_t first = cluster->workloads.first[workload];

    for (uint32_t pod = first; pod < first + cluster->workloads.slots[workload]; pod++) {
        if (!stays(cluster, pod))
            continue;
        bool ready = cluster->pods.phase[pod] == POD_READY;
        all.total++;
        all.ready += ready;
        if (is_new(cluster, pod)) {
            all.new_total++;
            all.new_ready += ready;
        }
    }
    return all;
}

uint32_t rollout_ready(const struct cluster *cluster, size_t workload)
{
    return (uint32_t)count(cluster, workload).ready;
}

static void add(struct cluster *cluster, size_t workload, int64_t number, heal_time at)
{
    uint32_t first = cluster->workloads.first[workload];

    for (uint32_t pod = first; pod < first + cluster->workloads.slots[workload] && number > 0; pod++) {
        if (cluster->pods.phase[pod] != POD_NONE)
            continue;
        scheduler_add(cluster, pod, at);
        number--;
    }
}

/* Who goes first: who has no node, who is not ready, then the others. */
static int rank(const struct cluster *cluster, size_t pod)
{
    switch ((enum pod_phase)cluster->pods.phase[pod]) {
    case POD_PENDING:
        return 3;
    case POD_READY:
        return 1;
    default:
        return 2;
    }
}

/* Takes `number` pods away, the highest slot of the first rank first; only new or
 * old ones, and those of at least `lowest` rank. */
static void take_away(struct cluster *cluster, size_t workload, int64_t number, bool new, int lowest, heal_time at)
{
    uint32_t first = cluster->workloads.first[workload];

    for (int wanted = 3; wanted >= lowest; wanted--) {
        for (uint32_t pod = first + cluster->workloads.slots[workload]; pod-- > first && number > 0;) {
            if (!stays(cluster, pod) || is_new(cluster, pod) != new || rank(cluster, pod) != wanted)
                continue;
            kubelet_stop(cluster, pod, at, AFTER_EMPTY);
            number--;
        }
    }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void roll(struct cluster *cluster, size_t workload, const struct census *all, heal_time at)
{
    const struct workload_spec *spec = &cluster->spec->workloads[workload];
    int64_t enough = all->wanted - (int64_t)spec->max_unavailable;
    int64_t may_go = all->total - enough - (all->new_total - all->new_ready);
    int64_t idle = (all->total - all->ready) - (all->new_total - all->new_ready); /* old ones that are not ready */

    if (all->new_total < all->wanted)
        add(cluster, workload, least(all->wanted - all->new_total, all->wanted + (int64_t)spec->max_surge - all->total),
            at);
    if (may_go <= 0)
        return;
    idle = least(idle, may_go);
    take_away(cluster, workload, idle, false, 2, at);
    take_away(cluster, workload, least(may_go - idle, all->ready - enough), false, 1, at);
}

void rollout_settle(struct cluster *cluster, size_t workload, heal_time at)
{
    struct census all = count(cluster, workload);

    if (all.new_total > all.wanted)
        take_away(cluster, workload, all.new_total - all.wanted, true, 1, at);
    else if (all.new_total < all.total)
        roll(cluster, workload, &all, at);
    else if (all.total < all.wanted)
        add(cluster, workload, all.wanted - all.total, at);
}

/* --- revisions ------------------------------------------------------------- */

static void replace_revision(struct cluster *cluster, size_t workload, uint32_t before)
{
    struct cluster_workloads *workloads = &cluster->workloads;

    workloads->revision_before[workload] = before;
    workloads->revision_next[workload] = 0;
    workloads->revision[workload] = ++life_of(cluster)->newest[workload];
    rollout_look(cluster, workload);
}

static bool is_bad(const struct cluster *cluster, size_t workload)
{
    uint32_t bad = cluster->workloads.bad_revision[workload];

    return bad != 0 && bad == cluster->workloads.revision[workload];
}

/* As `kubectl rollout restart`: what is bad in the revision is in the next, and a
 * roll back goes to where it went. */
void rollout_restart(struct cluster *cluster, size_t workload)
{
    bool bad = is_bad(cluster, workload);

    replace_revision(cluster, workload, cluster->workloads.revision_before[workload]);
    if (bad)
        cluster->workloads.bad_revision[workload] = cluster->workloads.revision[workload];
}

/* What is rolled out on top of a bad revision holds what is bad in it, too. */
void rollout_deploy(struct cluster *cluster, size_t workload)
{
    if (is_bad(cluster, workload))
        rollout_restart(cluster, workload);
    else
        replace_revision(cluster, workload, cluster->workloads.revision[workload]);
}

bool rollout_back(struct cluster *cluster, size_t workload)
{
    struct cluster_workloads *workloads = &cluster->workloads;

    if (workloads->revision_before[workload] == 0)
        return false;
    workloads->revision_next[workload] = workloads->revision[workload];
    workloads->revision[workload] = workloads->revision_before[workload];
    workloads->revision_before[workload] = 0;
    rollout_look(cluster, workload);
    return true;
}

bool rollout_forward(struct cluster *cluster, size_t workload)
{
    struct cluster_workloads *workloads = &cluster->workloads;

    if (workloads->revision_next[workload] == 0)
        return false;
    workloads->revision_before[workload] = workloads->revision[workload];
    workloads->revision[workload] = workloads->revision_next[workload];
    workloads->revision_next[workload] = 0;
    rollout_look(cluster, workload);
    return true;
}

bool rollout_scale(struct cluster *cluster, size_t workload, int64_t wanted)
{
    if (wanted < 1 || wanted > (int64_t)cluster->workloads.slots[workload])
        return false;
    cluster->workloads.wanted[workload] = (uint32_t)wanted;
    rollout_look(cluster, workload);
    return true;
}

void rollout_knobs(struct cluster *cluster)
{
    struct life *life = life_of(cluster);

    for (size_t w = 0; w < cluster->workloads.count; w++) {
        bool deploy = cluster_knob_at(cluster, CLUSTER_WORKLOAD, w, KNOB_DEPLOY) > 0.5;
        if (deploy && !life->deploy_seen[w]) {
            replace_revision(cluster, w, cluster->workloads.revision[w]);
            cluster->workloads.bad_revision[w] = cluster->workloads.revision[w];
        } else if (!deploy) {
            cluster->workloads.bad_revision[w] = 0;
        }
        life->deploy_seen[w] = deploy;
    }
}
