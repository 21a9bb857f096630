/* cluster_traffic.c - the call graph and the order of a step. */
#include "sim/cluster_traffic.h"

#include <math.h>
#include <string.h>

/* --- opening ---------------------------------------------------------------- */

static void *take(struct cluster *cluster, size_t count, size_t size)
{
    void *items = arena_array(cluster->arena, count + 1, size);

    cluster->out_of_memory = cluster->out_of_memory || !items;
    return items;
}

#define TAKE(field, count) ((field) = take(cluster, (count), sizeof *(field)))

static void take_pods(struct cluster *cluster, struct traffic *traffic)
{
    size_t pods = cluster->pods.count;
    double **arrays[] = {
        &traffic->shift,        &traffic->weight,     &traffic->arrivals,  &traffic->cores,  &traffic->burnt,
        &traffic->errors,       &traffic->work,       &traffic->delay,     &traffic->loss,   &traffic->dns,
        &traffic->held,         &traffic->stay,       &traffic->variance,  &traffic->served, &traffic->inside,
        &traffic->latency_seen, &traffic->error_seen, &traffic->held_gone, &traffic->ended,
    };

    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        TAKE(*arrays[i], pods);
    TAKE(traffic->special, pods);
    TAKE(traffic->draws, pods);
    TAKE(traffic->crowd, pods);
}

static bool take_all(struct cluster *cluster, struct traffic *traffic)
{
    size_t nodes = cluster->nodes.count, zones = cluster->spec->zone_count;

    traffic->load_count = cluster->spec->load_count;
    traffic->link_count = cluster_spec_count(cluster->spec, CLUSTER_LINK);
    traffic->target_count = cluster->workloads.count + cluster->databases.count;
    TAKE(traffic->order, cluster->workloads.count);
    TAKE(traffic->each, cluster->workloads.count);
    TAKE(traffic->askers, traffic->load_count + traffic->link_count);
    TAKE(traffic->askers_of, traffic->load_count + traffic->link_count);
    TAKE(traffic->loads, traffic->load_count);
    TAKE(traffic->links, traffic->link_count);
    TAKE(traffic->targets, traffic->target_count);
    TAKE(traffic->databases, cluster->databases.count);
    TAKE(traffic->volume_of, traffic->target_count);
    TAKE(traffic->certificate_of, traffic->target_count);
    TAKE(traffic->node_shift, nodes);
    TAKE(traffic->wanted, nodes);
    TAKE(traffic->claims, nodes);
    TAKE(traffic->met, nodes);
    TAKE(traffic->unmet, nodes);
    TAKE(traffic->zone_shift, zones);
    TAKE(traffic->zone_mix, cluster->workloads.count * zones);
    take_pods(cluster, traffic);
    return !cluster->out_of_memory;
}

static bool find_target(const struct cluster *cluster, const char *id, uint32_t *target)
{
    enum cluster_kind kind;
    size_t index;

    if (!cluster_find_id(cluster, id, &kind, &index) || (kind != CLUSTER_WORKLOAD && kind != CLUSTER_DATABASE))
        return false;
    *target = (uint32_t)(kind == CLUSTER_WORKLOAD ? index : cluster->workloads.count + index);
    return true;
}

static bool open_askers(struct cluster *cluster, struct traffic *traffic)
{
    for (size_t i = 0; i < traffic->load_count; i++) {
        const struct load_spec *spec = &cluster->spec->loads[i];
        struct asker *asker = &traffic->askers[i];
        *asker = (struct asker){.timeout = spec->timeout, .retries = spec->retries};
        if (!find_target(cluster, spec->to, &asker->target))
            return false;
    }
    size_t link = 0;
    for (size_t workload = 0; workload < cluster->workloads.count; workload++) {
        const struct service_spec *service = &cluster->spec->workloads[workload].service;
        for (size_t i = 0; i < service->call_count; i++, link++) {
            struct asker *asker = &traffic->askers[traffic->load_count + link];
            const char *id = inventory_resource_id(cluster->inventory, cluster_resource(cluster, CLUSTER_LINK, link));
            *asker = (struct asker){.timeout = service->calls[i].timeout, .retries = service->calls[i].retries};
            traffic->links[link] = (struct link){.caller = (uint32_t)workload, .share = 1.0, .latency = NAN};
            traffic->links[link].latency_seen = NAN;
            traffic->links[link].draws =
                random_stream_named(cluster->streams.seed, id, "traffic", cluster->streams.index);
            if (!find_target(cluster, service->calls[i].to, &asker->target))
                return false;
        }
    }
    return true;
}

static void open_targets(struct cluster *cluster, struct traffic *traffic)
{
    size_t askers = traffic->load_count + traffic->link_count;
    uint32_t next = 0;

    for (size_t t = 0; t < traffic->target_count; t++) {
        struct target *target = &traffic->targets[t];
        bool workload = t < cluster->workloads.count;
        uint32_t resource = workload ? cluster_resource(cluster, CLUSTER_WORKLOAD, t)
                                     : cluster_resource(cluster, CLUSTER_DATABASE, t - cluster->workloads.count);
        target->first_asker = next;
        target->latency = target->latency_seen = NAN;
        target->draws = random_stream_named(cluster->streams.seed, inventory_resource_id(cluster->inventory, resource),
                                            "traffic", cluster->streams.index);
        for (size_t i = 0; i < askers; i++) {
            if (traffic->askers[i].target != t)
                continue;
            traffic->askers_of[next++] = (uint32_t)i;
            if (traffic->askers[i].timeout > target->patience)
                target->patience = traffic->askers[i].timeout;
        }
        target->asker_count = next - target->first_asker;
    }
}

/* Workloads whose callers are all in the order already come next, by index; what is
 * left when nothing can (a circle, which the reader refuses) comes last. */
static void order_workloads(struct cluster *cluster, struct traffic *traffic)
{
    size_t count = cluster->workloads.count, ordered = 0;
    bool found = true;

    while (ordered < count && found) {
        found = false;
        for (size_t w = 0; w < count && !found; w++) {
            bool taken = false, ready = true;
            for (size_t i = 0; i < ordered; i++)
                taken = taken || traffic->order[i] == w;
            for (size_t l = 0; l < traffic->link_count && !taken && ready; l++) {
                if (traffic->askers[traffic->load_count + l].target != w)
                    continue;
                ready = false;
                for (size_t i = 0; i < ordered; i++)
                    ready = ready || traffic->order[i] == traffic->links[l].caller;
            }
            if (!taken && ready) {
                traffic->order[ordered++] = (uint32_t)w;
                found = true;
            }
        }
    }
    for (size_t w = 0; w < count && ordered < count; w++) {
        bool taken = false;
        for (size_t i = 0; i < ordered; i++)
            taken = taken || traffic->order[i] == w;
        if (!taken)
            traffic->order[ordered++] = (uint32_t)w;
    }
}

static uint32_t index_of(const struct cluster *cluster, const char *id)
{
    enum cluster_kind kind;
    size_t index;

    return id && cluster_find_id(cluster, id, &kind, &index) ? (uint32_t)index : UINT32_MAX;
}

static void open_mounts(struct cluster *cluster, struct traffic *traffic)
{
    size_t workloads = cluster->workloads.count;

    for (size_t i = 0; i < workloads; i++) {
        traffic->volume_of[i] = index_of(cluster, cluster->spec->workloads[i].volume);
        traffic->certificate_of[i] = UINT32_MAX;
    }
    for (size_t i = 0; i < cluster->databases.count; i++) {
        traffic->volume_of[workloads + i] = index_of(cluster, cluster->spec->databases[i].volume);
        traffic->certificate_of[workloads + i] = UINT32_MAX;
    }
    for (size_t i = 0; i < cluster->certificates.count; i++) {
        uint32_t target;
        if (cluster->spec->certificates[i].of && find_target(cluster, cluster->spec->certificates[i].of, &target))
            traffic->certificate_of[target] = (uint32_t)i;
    }
}

bool cluster_traffic_open(struct cluster *cluster)
{
    struct traffic *traffic = arena_alloc(cluster->arena, sizeof *traffic);

    cluster->traffic = traffic;
    if (!traffic || !take_all(cluster, traffic) || !open_askers(cluster, traffic))
        return false;
    traffic->cell_span = cluster->spec->interval > 0 ? cluster->spec->interval : 30 * HEAL_SECOND;
    open_targets(cluster, traffic);
    order_workloads(cluster, traffic);
    open_mounts(cluster, traffic);
    return loads_open(cluster) && serving_open(cluster) && databases_open(cluster) && each_open(cluster);
}

void cluster_traffic_close(struct cluster *cluster)
{
    if (cluster->traffic)
        each_close(cluster);
    cluster->traffic = NULL; /* all else is the arena's */
}

/* --- a step ----------------------------------------------------------------- */

static bool is_closed(const struct cluster *cluster, size_t workload)
{
    uint32_t certificate = traffic_of(cluster)->certificate_of[workload];

    return cluster->spec->workloads[workload].service.work <= 0.0 || cluster->workloads.quarantined[workload] ||
           (certificate != UINT32_MAX && storage_expired(cluster, certificate));
}

static void clear_sums(struct cluster *cluster)
{
    struct traffic *traffic = traffic_of(cluster);

    for (size_t t = 0; t < traffic->target_count; t++) {
        struct target *target = &traffic->targets[t];
        target->held = target->dropped = target->tries = target->in = target->left = 0.0;
        target->served = target->refused = target->errors = target->late = 0.0;
        target->stay = target->square = target->within = target->capacity_sum = 0.0;
        target->closed = t < cluster->workloads.count && is_closed(cluster, t);
    }
    for (size_t i = 0; i < traffic->load_count + traffic->link_count; i++)
        traffic->askers[i].late = traffic->askers[i].slow = 0.0;
}

static void gather(struct traffic *traffic, size_t index)
{
    struct target *target = &traffic->targets[index];

    for (uint32_t i = 0; i < target->asker_count; i++)
        target->tries += traffic->askers[traffic->askers_of[target->first_asker + i]].tries;
    target->in += target->tries;
}

static double target_slots(const struct cluster *cluster, size_t index, double seconds)
{
    const struct target *target = &traffic_of(cluster)->targets[index];

    if (index >= cluster->workloads.count)
        return cluster->spec->databases[index - cluster->workloads.count].connections;
    return cluster->spec->workloads[index].service.concurrency * (target->ready_seconds / seconds);
}

/* Callers wait for their calls, one at a time for each slot (or connection of a pool), so
 * no more than so many are at a target at once: who would ask it faster is held back in
 * its own slots. Where a target is so slow that its callers give up first, what they gave
 * up stays there, and a slot sends one more each `timeout`. Users hold nothing back. */
static void hold_back(struct cluster *cluster, size_t index, double seconds)
{
    struct traffic *traffic = traffic_of(cluster);
    struct target *target = &traffic->targets[index];
    double at_once = 0.0, by_timeout = 0.0;

    target->at_once = INFINITY;
    if (target->closed || target->capacity <= 0.0 || target->tries <= 0.0)
        return;
    for (uint32_t i = 0; i < target->asker_count; i++) {
        uint32_t which = traffic->askers_of[target->first_asker + i];
        if (which < traffic->load_count)
            return;
        double slots = links_slots(cluster, which - traffic->load_count, seconds);
        at_once += slots;
        by_timeout += slots / traffic->askers[which].timeout;
    }
    double backlog = target->in - target->tries, most = by_timeout * seconds;
    if (by_timeout <= target->capacity) {
        double room = at_once - target_slots(cluster, index, seconds) - backlog;
        target->at_once = at_once;
        most = target->capacity * seconds + (room > 0.0 ? room : 0.0);
    }
    if (target->tries <= most)
        return;
    for (uint32_t i = 0; i < target->asker_count; i++)
        traffic->askers[traffic->askers_of[target->first_asker + i]].tries *= most / target->tries;
    target->in += most - target->tries;
    target->tries = most;
}

void cluster_traffic_step(struct cluster *cluster)
{
    struct traffic *traffic = traffic_of(cluster);
    size_t workloads = cluster->workloads.count;
    double seconds = heal_duration_seconds(cluster->now - cluster->last);

    if (cluster->now <= cluster->last)
        return;
    traffic->whole = 1.0;
    if (cluster->scan.cut && traffic->cell_span > cluster->now - cluster->last)
        traffic->whole = heal_duration_seconds(traffic->cell_span) / seconds;
    traffic->cell = (uint64_t)((cluster->now - cluster->start - 1) / traffic->cell_span);
    clear_sums(cluster);
    serving_weigh(cluster);
    serving_knobs(cluster);
    loads_ask(cluster);
    for (size_t i = 0; i < workloads; i++) {
        gather(traffic, traffic->order[i]);
        hold_back(cluster, traffic->order[i], seconds);
        links_ask(cluster, traffic->order[i], seconds);
        cluster->workloads.rate[traffic->order[i]] = traffic->targets[traffic->order[i]].tries / seconds;
    }
    for (size_t i = 0; i < cluster->databases.count; i++) {
        gather(traffic, workloads + i);
        hold_back(cluster, workloads + i, seconds);
    }
    serving_spread(cluster, seconds);
    for (size_t i = 0; i < cluster->databases.count; i++)
        database_step(cluster, i, seconds);
    for (size_t i = workloads; i-- > 0;)
        serving_workload(cluster, traffic->order[i], seconds);
    loads_account(cluster);
    serving_use(cluster);
}
