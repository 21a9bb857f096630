/* cluster_each.c - workloads whose requests are simulated one by one (request_pods.h).
 *
 * In a step such a workload takes the place of the batch stations of its pods: callers
 * first it is asked, callees first it serves, as all others. It is asked at random at the
 * rate at which its users or callers ask, and what its calls take is drawn with the mean
 * and the variance that its callees have in the step, so both kinds of workloads
 * call each other. What is different is inside: who waits, who shares, who finds a
 * connection, who is late and tries again, is what happens to each request.
 *
 * Attempts that are in a pod when a step ends are there still in the next one. */
#include "sim/cluster_traffic.h"

#include "sim/batch_station.h"
#include "sim/queueing.h"

#include <math.h>
#include <stdio.h>

static double lower(double a, double b)
{
    return a < b ? a : b;
}

static double higher(double a, double b)
{
    return a > b ? a : b;
}

/* --- opening -------------------------------------------------------------------- */

struct asker_names {
    const char **names;
    uint32_t *retries;
    double *slow;
};

/* Links by their ids; loads by what they ask and which of those they are. */
static bool name_askers(struct cluster *cluster, size_t workload, struct asker_names *out)
{
    const struct traffic *traffic = traffic_of(cluster);
    const struct target *target = &traffic->targets[workload];
    double slo = cluster->spec->workloads[workload].service.slo_latency;
    uint32_t loads = 0;

    out->names = arena_array(cluster->arena, target->asker_count + 1, sizeof *out->names);
    out->retries = arena_array(cluster->arena, target->asker_count + 1, sizeof *out->retries);
    out->slow = arena_array(cluster->arena, target->asker_count + 1, sizeof *out->slow);
    for (uint32_t i = 0; out->names && out->retries && out->slow && i < target->asker_count; i++) {
        uint32_t which = traffic->askers_of[target->first_asker + i];
        bool load = which < traffic->load_count;
        out->retries[i] = traffic->askers[which].retries;
        out->slow[i] = load && slo > 0.0 ? slo : INFINITY;
        if (load) {
            char name[32];
            int length = snprintf(name, sizeof name, "users %u", ++loads);
            out->names[i] = arena_text(cluster->arena, name, (size_t)length);
        } else {
            out->names[i] = inventory_resource_id(cluster->inventory,
                                                  cluster_resource(cluster, CLUSTER_LINK, which - traffic->load_count));
        }
        if (!out->names[i])
            return false;
    }
    return out->names && out->retries && out->slow;
}

static bool open_one(struct cluster *cluster, size_t workload)
{
    struct traffic *traffic = traffic_of(cluster);
    const struct service_spec *service = &cluster->spec->workloads[workload].service;
    uint32_t first = cluster->workloads.first[workload], slots = cluster->workloads.slots[workload];
    const char **pods = arena_array(cluster->arena, slots + 1, sizeof *pods);
    struct asker_names askers;

    if (!pods || !name_askers(cluster, workload, &askers))
        return false;
    for (uint32_t i = 0; i < slots; i++)
        pods[i] = inventory_resource_id(cluster->inventory, cluster_resource(cluster, CLUSTER_POD, first + i));
    struct request_pods_config config = {
        .name = cluster->spec->workloads[workload].id,
        .pod_names = pods,
        .pods = slots,
        .calls = (uint32_t)service->call_count,
        .connections = service->concurrency,
        .queue = service->queue,
        .asker_names = askers.names,
        .retries = askers.retries,
        .slow = askers.slow,
        .askers = traffic->targets[workload].asker_count,
        .cv = service->work_cv,
        .seed = cluster->streams.seed,
        .replication = (uint32_t)cluster->streams.index,
        .start = cluster->start,
    };
    traffic->each[workload] = request_pods_create(&config);
    return traffic->each[workload] != NULL;
}

bool each_open(struct cluster *cluster)
{
    for (size_t i = 0; i < cluster->workloads.count; i++) {
        if (cluster->spec->workloads[i].service.each && !open_one(cluster, i))
            return false;
    }
    return true;
}

void each_close(struct cluster *cluster)
{
    struct traffic *traffic = traffic_of(cluster);

    for (size_t i = 0; traffic->each && i < cluster->workloads.count; i++)
        request_pods_destroy(traffic->each[i]);
}

/* --- a step ----------------------------------------------------------------------- */

void each_begin(struct cluster *cluster)
{
    for (size_t i = 0; i < cluster->workloads.count; i++) {
        if (traffic_of(cluster)->each[i])
            request_pods_begin(traffic_of(cluster)->each[i]);
    }
}

void each_drop(struct cluster *cluster, size_t pod)
{
    uint32_t workload = cluster->pods.workload[pod];
    struct request_pods *each = traffic_of(cluster)->each[workload];

    if (each)
        request_pods_drop(each, cluster->last, (uint32_t)pod - cluster->workloads.first[workload]);
}

/* How a pod is in the step; *capacity: requests per second that it could serve. */
static struct request_pod pod_now(struct cluster *cluster, const struct serving *serving, size_t pod, double *capacity)
{
    const struct traffic *traffic = traffic_of(cluster);
    const struct service_spec *service = &cluster->spec->workloads[serving->workload].service;
    struct network network = {traffic->delay[pod], traffic->loss[pod], traffic->dns[pod], traffic->held[pod]};
    double span = higher(cluster->pods.ready_seconds[pod], 1e-9), hold = 0.0;
    struct calls calls = serving->calls;
    struct request_pod how = {.weight = traffic->targets[serving->workload].closed ? 0.0 : traffic->weight[pod],
                              .work = cores_work(cluster, pod),
                              .delay = traffic->delay[pod],
                              .loss = lower(traffic->loss[pod], LOSS_MAX),
                              .retransmit = RETRANSMIT_SECONDS};

    if (pod_runs(cluster->pods.phase[pod]) || cluster->pods.ready_seconds[pod] > 0.0)
        how.cores = higher(cores_left(traffic->cores[pod], traffic->burnt[pod]), BATCH_CORES_MIN);
    if (traffic->special[pod])
        calls = links_call(cluster, serving->workload, &network, traffic->arrivals[pod] / span, traffic->arrivals[pod]);
    how.errors = 1.0 - (1.0 - traffic->errors[pod]) * (1.0 - calls.fail) * (1.0 - serving->errors);
    if (traffic->loss[pod] >= LOSS_MAX)
        how.errors = 1.0;
    how.disk = serving_disk_delay(cluster, serving, pod);
    for (size_t i = 0; i < service->call_count; i++) {
        double connections;
        links_time(cluster, serving->workload, i, &network, &how.calls[i].mean, &how.calls[i].variance, &connections);
        how.calls[i].pool = connections < (double)UINT32_MAX ? (uint32_t)higher(connections + 0.5, 1.0) : 0;
        hold += how.calls[i].mean;
    }
    double alone = how.work / lower(higher(how.cores, BATCH_CORES_MIN), 1.0);
    *capacity = lower(lower(how.cores / how.work, service->concurrency / (alone + hold + how.disk)), calls.limit);
    return how;
}

static void set_pods(struct cluster *cluster, const struct serving *serving)
{
    struct traffic *traffic = traffic_of(cluster);
    uint32_t first = cluster->workloads.first[serving->workload], slots = cluster->workloads.slots[serving->workload];
    double capacity;

    for (uint32_t i = 0; i < slots; i++) {
        struct request_pod how = pod_now(cluster, serving, first + i, &capacity);
        request_pods_set(traffic->each[serving->workload], cluster->last, i, &how);
        traffic->targets[serving->workload].capacity_sum +=
            capacity * (cluster->pods.ready_seconds[first + i] / serving->seconds);
    }
}

/* Who asks sends its own retries, so what is asked is what comes of first tries. */
static void set_askers(struct cluster *cluster, const struct serving *serving)
{
    struct traffic *traffic = traffic_of(cluster);
    const struct target *target = &traffic->targets[serving->workload];

    for (uint32_t i = 0; i < target->asker_count; i++) {
        const struct asker *asker = &traffic->askers[traffic->askers_of[target->first_asker + i]];
        double first = asker->tries / tries_mean(asker->fail, asker->retries);
        request_pods_ask(traffic->each[serving->workload], cluster->last, i, first / serving->seconds,
                         higher(asker->timeout - asker->round_trip, 1e-3));
    }
}

/* --- what came of it ---------------------------------------------------------------- */

/* A pod and its share of the target's sums. Errors are counted, so what is seen of them needs no noise. */
static void take_pod(struct cluster *cluster, const struct serving *serving, uint32_t slot)
{
    struct traffic *traffic = traffic_of(cluster);
    struct cluster_pods *pods = &cluster->pods;
    struct target *target = &traffic->targets[serving->workload];
    const struct request_pods *each = traffic->each[serving->workload];
    size_t pod = cluster->workloads.first[serving->workload] + slot;
    struct request_pod_told told = request_pods_pod(each, slot);
    double served = told.served + told.wrong + told.late, ended = served + told.refused;
    double mean = served > 0.0 ? told.stay / served : 0.0, square = served > 0.0 ? told.square / served : 0.0;

    traffic->stay[pod] = mean;
    traffic->variance[pod] = higher(square - mean * mean, 0.0);
    traffic->served[pod] = served;
    traffic->ended[pod] = ended;
    traffic->inside[pod] = higher(told.inside - told.waiting, 0.0);
    pods->backlog[pod] = told.waiting;
    pods->rate[pod] = told.begun / serving->seconds;
    pods->latency[pod] = traffic->latency_seen[pod] = request_pods_percentile(each, slot, target->patience);
    pods->error_ratio[pod] = traffic->error_seen[pod] =
        ended > 0.0 ? (told.refused + told.wrong + told.late) / ended : 0.0;
    double burnt = pod_runs(pods->phase[pod]) ? traffic->burnt[pod] : 0.0;
    pods->cpu_used[pod] = lower(told.busy + burnt, higher(traffic->cores[pod], BATCH_CORES_MIN));
    if (!pod_runs(pods->phase[pod]) && told.busy <= 0.0)
        pods->cpu_used[pod] = 0.0;
    target->served += served;
    target->errors += told.wrong;
    target->refused += told.refused;
    target->late += told.late;
    target->stay += told.stay;
    target->square += told.square;
    target->within += served * traffic->variance[pod];
    target->left += told.left;
    target->tries += told.begun;
}

/* How often its own tries failed; and, for what its callers wait, its share of late ones
 * as one of all that were served right. */
static void take_asker(struct cluster *cluster, size_t workload, uint32_t index)
{
    struct traffic *traffic = traffic_of(cluster);
    struct target *target = &traffic->targets[workload];
    struct asker *asker = &traffic->askers[traffic->askers_of[target->first_asker + index]];
    struct request_asker_told told = request_pods_asker(traffic->each[workload], index);

    target->refused += told.nowhere;
    target->tries += told.nowhere;
    if (told.tried > 0.0)
        asker->fail = 1.0 - told.good / told.tried;
    asker->late =
        told.good + told.late > 0.0 ? (target->served - target->errors) * (told.late / (told.good + told.late)) : 0.0;
    asker->slow = told.slow;
}

static void judge(struct cluster *cluster, const struct serving *serving)
{
    struct traffic *traffic = traffic_of(cluster);
    struct target *target = &traffic->targets[serving->workload];
    double ended = target->served + target->refused;

    target->in = ended + target->left;
    target->capacity = target->capacity_sum;
    target->error_ratio = ended > 0.0 ? (target->refused + target->errors + target->late) / ended : 0.0;
    target->latency = request_pods_percentile(traffic->each[serving->workload], STATION_UNLIMITED, target->patience);
    target->latency_seen = target->latency;
    target->error_seen = target->error_ratio;
    cluster->workloads.latency[serving->workload] = target->latency;
    cluster->workloads.error_ratio[serving->workload] = target->error_ratio;
    cluster->workloads.rate[serving->workload] = target->tries / serving->seconds;
}

void each_serve(struct cluster *cluster, const struct serving *serving)
{
    struct traffic *traffic = traffic_of(cluster);
    struct request_pods *each = traffic->each[serving->workload];
    struct target *target = &traffic->targets[serving->workload];
    uint32_t first = cluster->workloads.first[serving->workload], slots = cluster->workloads.slots[serving->workload];

    set_pods(cluster, serving);
    set_askers(cluster, serving);
    if (!request_pods_run(each, cluster->now)) {
        cluster->out_of_memory = true;
        return;
    }
    for (uint32_t i = 0; i < slots; i++) {
        if (!pod_runs(cluster->pods.phase[first + i])) /* it died in this step, and its queue with it */
            request_pods_drop(each, cluster->now, i);
    }
    target->tries = target->refused = 0.0;
    for (uint32_t i = 0; i < slots; i++)
        take_pod(cluster, serving, i);
    for (uint32_t i = 0; i < target->asker_count; i++)
        take_asker(cluster, serving->workload, i);
    judge(cluster, serving);
}

/* Users' requests are counted, each once. */
void each_account(struct cluster *cluster, size_t load)
{
    struct traffic *traffic = traffic_of(cluster);
    struct cluster_totals *totals = &cluster->totals;
    uint32_t workload = traffic->askers[load].target;
    const struct target *target = &traffic->targets[workload];
    uint32_t index = 0;

    while (traffic->askers_of[target->first_asker + index] != load)
        index++;
    struct request_asker_told told = request_pods_asker(traffic->each[workload], index);
    totals->offered += told.sent;
    totals->served += told.served;
    totals->failed += told.failed;
    totals->bad += lower(told.slow, told.served);
    traffic->loads[load].waiting = told.waiting;
    totals->waiting += told.waiting;
}
