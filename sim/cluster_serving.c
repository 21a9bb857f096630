/* cluster_serving.c - pods at work: their shares of the requests, of the cores, and
 * what becomes of both. Straight loops over the pods' arrays. */
#include "sim/cluster_traffic.h"

#include "sim/batch_station.h"
#include "sim/queueing.h"

#include <math.h>
#include <string.h>

static double lower(double a, double b)
{
    return a < b ? a : b;
}

static double higher(double a, double b)
{
    return a > b ? a : b;
}

/* --- knobs ------------------------------------------------------------------ */

/* Most knobs are turned nowhere, and then nobody has to be asked. */
static double pod_knob(const struct cluster *cluster, size_t pod, enum cluster_knob knob)
{
    return cluster->knob_turned[knob] ? cluster_pod_knob(cluster, pod, knob) : knob == KNOB_WORK_FACTOR ? 1.0 : 0.0;
}

static double ratio(double value)
{
    return value > 0.0 ? lower(value, 1.0) : 0.0;
}

static void meet_knobs(struct cluster *cluster, size_t pod)
{
    struct traffic *traffic = traffic_of(cluster);
    double skew = pod_knob(cluster, pod, KNOB_CLOCK_SKEW_SECONDS);

    traffic->burnt[pod] = knob_own(cluster, CLUSTER_POD, pod, KNOB_CPU_CORES);
    traffic->errors[pod] = ratio(pod_knob(cluster, pod, KNOB_ERROR_RATIO));
    traffic->work[pod] = higher(pod_knob(cluster, pod, KNOB_WORK_FACTOR), 1e-3);
    traffic->delay[pod] = higher(pod_knob(cluster, pod, KNOB_DELAY_SECONDS), 0.0);
    traffic->loss[pod] = ratio(pod_knob(cluster, pod, KNOB_LOSS_RATIO));
    traffic->dns[pod] = fabs(skew) > CLOCK_SKEW_MAX ? 1.0 : ratio(pod_knob(cluster, pod, KNOB_DNS_FAILURES));
    traffic->held[pod] = ratio(still_there(pod_knob(cluster, pod, KNOB_HELD_CONNECTIONS), &traffic->held_gone[pod]));
    traffic->special[pod] =
        traffic->delay[pod] > 0.0 || traffic->loss[pod] > 0.0 || traffic->dns[pod] > 0.0 || traffic->held[pod] > 0.0;
}

/* Most of the time no knob of traffic stands anywhere, and nothing has to be asked. */
void serving_knobs(struct cluster *cluster)
{
    static const enum cluster_knob KNOBS[] = {
        KNOB_CPU_CORES,  KNOB_ERROR_RATIO,  KNOB_WORK_FACTOR,        KNOB_DELAY_SECONDS,
        KNOB_LOSS_RATIO, KNOB_DNS_FAILURES, KNOB_CLOCK_SKEW_SECONDS, KNOB_HELD_CONNECTIONS,
    };
    struct traffic *traffic = traffic_of(cluster);
    bool stand = false;

    for (size_t i = 0; i < sizeof KNOBS / sizeof *KNOBS; i++)
        stand = stand || cluster->knob_turned[KNOBS[i]];
    if (!stand && !traffic->knobs_stand)
        return;
    for (size_t pod = 0; pod < cluster->pods.count; pod++)
        meet_knobs(cluster, pod);
    traffic->knobs_stand = stand;
}

/* --- shares ----------------------------------------------------------------- */

/* What a balancer gives a pod: by the time that it is ready, less what is shifted off
 * it, its node and its zone. */
static double weight_of(const struct cluster *cluster, size_t pod)
{
    const struct traffic *traffic = traffic_of(cluster);
    uint32_t node = cluster->pods.node[pod];
    double weight = cluster->pods.ready_seconds[pod] * cluster->pods.delay_factor[pod] * traffic->shift[pod];

    if (node == UINT32_MAX)
        return weight;
    weight *= traffic->node_shift[node];
    return cluster->nodes.zone[node] == UINT32_MAX ? weight : weight * traffic->zone_shift[cluster->nodes.zone[node]];
}

static void mix_zones(struct cluster *cluster)
{
    struct traffic *traffic = traffic_of(cluster);
    size_t zones = cluster->spec->zone_count;

    memset(traffic->zone_mix, 0, cluster->workloads.count * zones * sizeof *traffic->zone_mix);
    for (size_t workload = 0; workload < cluster->workloads.count; workload++) {
        double *mix = &traffic->zone_mix[workload * zones], sum = 0.0;
        uint32_t first = cluster->workloads.first[workload], end = first + cluster->workloads.slots[workload];
        for (uint32_t pod = first; pod < end; pod++) {
            uint32_t node = cluster->pods.node[pod];
            if (traffic->weight[pod] <= 0.0 || node == UINT32_MAX || cluster->nodes.zone[node] == UINT32_MAX)
                continue;
            mix[cluster->nodes.zone[node]] += traffic->weight[pod];
            sum += traffic->weight[pod];
        }
        for (size_t zone = 0; zone < zones && sum > 0.0; zone++)
            mix[zone] /= sum;
    }
}

/* The backlog of a process goes with it. */
static void drop_backlogs(struct cluster *cluster)
{
    struct cluster_pods *pods = &cluster->pods;
    struct traffic *traffic = traffic_of(cluster);

    for (size_t pod = 0; pod < pods->count; pod++) {
        bool same = pod_runs(pods->phase[pod]) && pods->started[pod] <= cluster->last;
        if (same)
            continue;
        each_drop(cluster, pod);
        traffic->targets[pods->workload[pod]].dropped += pods->backlog[pod];
        pods->backlog[pod] = 0.0;
        if (cluster->knob_turned[KNOB_HELD_CONNECTIONS])
            traffic->held_gone[pod] = pod_knob(cluster, pod, KNOB_HELD_CONNECTIONS);
        if (pods->phase[pod] == POD_NONE)
            traffic->shift[pod] = 1.0;
    }
}

void serving_weigh(struct cluster *cluster)
{
    struct traffic *traffic = traffic_of(cluster);

    each_begin(cluster);
    drop_backlogs(cluster);
    for (size_t workload = 0; workload < cluster->workloads.count; workload++) {
        struct target *target = &traffic->targets[workload];
        uint32_t first = cluster->workloads.first[workload], end = first + cluster->workloads.slots[workload];
        target->weight = target->ready_seconds = 0.0;
        for (uint32_t pod = first; pod < end; pod++) {
            traffic->weight[pod] = weight_of(cluster, pod);
            target->weight += traffic->weight[pod];
            target->ready_seconds += cluster->pods.ready_seconds[pod];
            target->in += cluster->pods.backlog[pod];
        }
        target->in += target->dropped;
    }
    if (cluster->spec->zone_count > 1)
        mix_zones(cluster);
}

/* Requests are independent, so a pod's number is Poisson's, near a normal one; scaled
 * so that all of the workload's go somewhere. */
static void spread_workload(struct cluster *cluster, size_t workload)
{
    struct traffic *traffic = traffic_of(cluster);
    const struct target *target = &traffic->targets[workload];
    uint32_t first = cluster->workloads.first[workload], end = first + cluster->workloads.slots[workload];
    double tries = target->closed ? 0.0 : target->tries, sum = 0.0;

    for (uint32_t pod = first; pod < end; pod++) {
        if (traffic->weight[pod] <= 0.0 || tries <= 0.0) {
            traffic->arrivals[pod] = 0.0;
            continue;
        }
        double mean = tries * (traffic->weight[pod] / target->weight);
        if (traffic->each[workload]) {
            traffic->arrivals[pod] = mean; /* expected: who is asked is drawn request by request */
            sum += mean;
            continue;
        }
        struct random_stream stream = cell_stream(traffic, &traffic->draws[pod]);
        traffic->arrivals[pod] = higher(mean + sqrt(mean / traffic->whole) * random_normal(&stream), 0.05 * mean);
        sum += traffic->arrivals[pod];
    }
    double scale = sum > 0.0 ? tries / sum : 0.0;
    for (uint32_t pod = first; pod < end; pod++)
        traffic->arrivals[pod] *= scale;
}

void serving_spread(struct cluster *cluster, double seconds)
{
    for (size_t workload = 0; workload < cluster->workloads.count; workload++)
        spread_workload(cluster, workload);
    cores_give(cluster, seconds);
}

/* --- one pod ---------------------------------------------------------------- */

double cores_left(double cores, double burnt)
{
    return burnt > 0.0 ? higher(cores - burnt, cores / (1.0 + burnt)) : cores;
}

double serving_disk_delay(const struct cluster *cluster, const struct serving *serving, size_t pod)
{
    uint32_t node = cluster->pods.node[pod];
    double delay = serving->read;

    if (node != UINT32_MAX)
        delay += knob_own(cluster, CLUSTER_NODE, node, KNOB_IO_DELAY_SECONDS);
    return delay * READS_PER_REQUEST;
}

static void idle(struct cluster *cluster, size_t pod)
{
    struct traffic *traffic = traffic_of(cluster);
    double running = pod_runs(cluster->pods.phase[pod]) ? 1.0 : 0.0;

    cluster->pods.rate[pod] = 0.0;
    cluster->pods.latency[pod] = traffic->latency_seen[pod] = NAN;
    cluster->pods.error_ratio[pod] = traffic->error_seen[pod] = 0.0;
    cluster->pods.cpu_used[pod] = running * lower(traffic->burnt[pod], traffic->cores[pod]);
    traffic->served[pod] = traffic->ended[pod] = traffic->inside[pod] = 0.0;
}

/* What a pod shows, and what its monitoring makes of it. */
static void show_pod(struct cluster *cluster, const struct serving *serving, size_t pod,
                     const struct batch_result *result, double errors, double late, double work)
{
    struct traffic *traffic = traffic_of(cluster);
    struct cluster_pods *pods = &cluster->pods;
    const struct target *target = &traffic->targets[serving->workload];
    double ended = result->served + result->refused;
    struct random_stream stream = cell_stream(traffic, &traffic->draws[pod]);
    double z[3] = {random_normal(&stream), random_normal(&stream), 0.0}; /* the first made its number of requests */

    pods->rate[pod] = traffic->arrivals[pod] / serving->seconds;
    double bad = result->refused + result->served * errors + late;
    pods->error_ratio[pod] = ended > 0.0 ? ratio(bad / ended) : 0.0;
    pods->latency[pod] = NAN;
    if (result->served > 0.0) {
        double p99 = gamma_quantile(traffic->stay[pod], traffic->variance[pod], NORMAL_99);
        pods->latency[pod] = target->patience > 0.0 ? lower(p99, target->patience) : p99;
    }
    traffic->latency_seen[pod] = seen_percentile(pods->latency[pod], result->served * traffic->whole, z[1]);
    if (pods->error_ratio[pod] > 0.0)
        z[2] = random_normal(&stream);
    traffic->error_seen[pod] = seen_ratio(pods->error_ratio[pod], ended * traffic->whole, z[2]);
    double cv = cluster->spec->workloads[serving->workload].service.work_cv, burnt = traffic->burnt[pod];
    double cpu = result->served * work / serving->seconds;
    if (result->served * traffic->whole > 1.0)
        cpu *= higher(1.0 + cv * z[1] / sqrt(result->served * traffic->whole),
                      0.5); /* the sum of so many pieces of work */
    pods->cpu_used[pod] = lower(cpu + burnt, higher(traffic->cores[pod], BATCH_CORES_MIN));
}

static void serve_pod(struct cluster *cluster, const struct serving *serving, size_t pod)
{
    struct traffic *traffic = traffic_of(cluster);
    struct cluster_pods *pods = &cluster->pods;
    const struct service_spec *service = &cluster->spec->workloads[serving->workload].service;
    double ready = pods->ready_seconds[pod], span = ready > 0.0 ? ready : serving->seconds;
    struct calls calls = serving->calls;
    double rate = traffic->arrivals[pod] / span, work = cores_work(cluster, pod), late = 0.0;

    if (traffic->special[pod]) {
        struct network network = {traffic->delay[pod], traffic->loss[pod], traffic->dns[pod], traffic->held[pod]};
        calls = links_call(cluster, serving->workload, &network, rate, traffic->arrivals[pod]);
    }
    double disk = serving_disk_delay(cluster, serving, pod);
    struct batch_station station = {
        .cores = cores_left(traffic->cores[pod], traffic->burnt[pod]),
        .work = work,
        .work_cv = service->work_cv,
        .slots = service->concurrency,
        .room = service->queue,
        .hold = calls.mean + disk,
        .hold_variance = calls.variance + disk * disk,
        .limit = calls.limit,
        .crowd = serving->at_once,
    };
    struct batch_step step = {span, traffic->arrivals[pod], pods->backlog[pod]};
    struct batch_result result = batch_station_step(&station, &step);
    if (!pod_runs(pods->phase[pod])) { /* it died in this step, and its queue with it */
        result.refused += result.left;
        result.left = 0.0;
    }
    double stay = result.stay, variance = result.stay_variance;
    network_add(traffic->delay[pod], traffic->loss[pod], &stay, &variance);
    double errors = 1.0 - (1.0 - traffic->errors[pod]) * (1.0 - calls.fail) * (1.0 - serving->errors);
    if (traffic->loss[pod] >= LOSS_MAX)
        errors = 1.0;
    struct target *target = &traffic->targets[serving->workload];
    target_note(cluster, serving->workload, result.served, result.served * errors, stay, variance, &late);
    target->refused += result.refused;
    target->held += result.held;
    traffic->arrivals[pod] -= result.held;
    target->left += result.left;
    target->capacity_sum += result.capacity * (ready / serving->seconds);
    pods->backlog[pod] = result.left;
    traffic->stay[pod] = stay;
    traffic->variance[pod] = variance;
    traffic->served[pod] = result.served;
    traffic->ended[pod] = result.served + result.refused;
    traffic->inside[pod] = result.inside;
    show_pod(cluster, serving, pod, &result, errors, late, work);
}

static double volume_errors(const struct cluster *cluster, size_t target)
{
    uint32_t volume = traffic_of(cluster)->volume_of[target];

    return volume != UINT32_MAX && storage_used_ratio(cluster, volume) >= 1.0 ? WRITE_SHARE : 0.0;
}

static double volume_delay(const struct cluster *cluster, size_t target)
{
    uint32_t volume = traffic_of(cluster)->volume_of[target];

    return volume == UINT32_MAX ? 0.0 : knob_own(cluster, CLUSTER_VOLUME, volume, KNOB_IO_DELAY_SECONDS);
}

/* Its callees are done. */
void serving_workload(struct cluster *cluster, size_t workload, double seconds)
{
    struct traffic *traffic = traffic_of(cluster);
    struct target *target = &traffic->targets[workload];
    const struct service_spec *service = &cluster->spec->workloads[workload].service;
    uint32_t first = cluster->workloads.first[workload], end = first + cluster->workloads.slots[workload];
    struct serving serving = {.workload = workload, .seconds = seconds, .calls = {.limit = INFINITY}};
    double usual = 0.0, pods = 0.0;

    for (uint32_t pod = first; pod < end; pod++) {
        if (!traffic->special[pod] && traffic->weight[pod] > 0.0) {
            usual += traffic->arrivals[pod];
            pods += cluster->pods.ready_seconds[pod] / seconds;
        }
    }
    if (service->call_count > 0) {
        struct network none = {0};
        serving.calls = links_call(cluster, workload, &none, pods > 0.0 ? usual / seconds / pods : 0.0, usual);
    }
    serving.errors = volume_errors(cluster, workload);
    serving.read = volume_delay(cluster, workload);
    serving.at_once = INFINITY;
    if (target->at_once < INFINITY && target->ready_seconds > 0.0)
        serving.at_once = higher(target->at_once * seconds / target->ready_seconds, 1.0);
    if (traffic->each[workload]) {
        each_serve(cluster, &serving);
        links_done(cluster, workload);
        return;
    }
    target->refused = target->dropped;
    if (target->closed || target->weight <= 0.0)
        target->refused += target->tries;
    for (uint32_t pod = first; pod < end; pod++) {
        if (traffic->arrivals[pod] > 0.0 || cluster->pods.backlog[pod] > 0.0)
            serve_pod(cluster, &serving, pod);
        else
            idle(cluster, pod);
    }
    target->in -= target->held;
    links_done(cluster, workload);
    target_judge(cluster, workload);
}

/* --- memory, nodes ------------------------------------------------------------ */

static double memory_of(const struct cluster *cluster, size_t pod)
{
    const struct workload_spec *spec = &cluster->spec->workloads[cluster->pods.workload[pod]];
    double bytes = spec->memory_base;

    if (cluster->pods.phase[pod] == POD_STARTING)
        return bytes;
    bytes += spec->memory_per_request * (traffic_of(cluster)->inside[pod] + cluster->pods.backlog[pod]);
    bytes += higher(cluster_process_knob(cluster, pod, KNOB_MEMORY_BYTES), 0.0);
    return bytes + cluster->pods.leaked[pod];
}

void serving_use(struct cluster *cluster)
{
    struct cluster_pods *pods = &cluster->pods;
    struct cluster_nodes *nodes = &cluster->nodes;

    for (size_t node = 0; node < nodes->count; node++) {
        double burnt = knob_own(cluster, CLUSTER_NODE, node, KNOB_CPU_CORES);
        bool up = !nodes->down[node];
        nodes->cpu_used[node] = up ? burnt : 0.0;
        nodes->memory_used[node] = up ? knob_own(cluster, CLUSTER_NODE, node, KNOB_MEMORY_BYTES) : 0.0;
    }
    for (size_t pod = 0; pod < pods->count; pod++) {
        bool process = pod_runs(pods->phase[pod]) || pods->phase[pod] == POD_STARTING;
        pods->memory_used[pod] = process ? memory_of(cluster, pod) : 0.0;
        if (pods->node[pod] == UINT32_MAX)
            continue;
        nodes->cpu_used[pods->node[pod]] += pods->cpu_used[pod];
        nodes->memory_used[pods->node[pod]] += pods->memory_used[pod];
    }
    for (size_t node = 0; node < nodes->count; node++)
        nodes->cpu_used[node] = lower(nodes->cpu_used[node], nodes->cpu[node]);
}

bool serving_open(struct cluster *cluster)
{
    struct traffic *traffic = traffic_of(cluster);

    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        const char *id = inventory_resource_id(cluster->inventory, cluster_resource(cluster, CLUSTER_POD, pod));
        traffic->draws[pod] = random_stream_named(cluster->streams.seed, id, "traffic", cluster->streams.index);
        traffic->shift[pod] = traffic->work[pod] = 1.0;
        traffic->latency_seen[pod] = NAN;
    }
    for (size_t node = 0; node < cluster->nodes.count; node++)
        traffic->node_shift[node] = 1.0;
    for (size_t zone = 0; zone < cluster->spec->zone_count; zone++)
        traffic->zone_shift[zone] = 1.0;
    return true;
}
