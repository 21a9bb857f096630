/* cluster_links.c - calls: what they cost the caller, and what they ask of the callee. */
#include "sim/cluster_traffic.h"

#include "sim/queueing.h"

#include <math.h>

static double lower(double a, double b)
{
    return a < b ? a : b;
}

/* Two messages, each late by `delay` and sent again after the RTO when it is lost:
 * loss / (1 - loss) times in the mean, a geometric number of them. */
void network_add(double delay, double loss, double *mean, double *variance)
{
    *mean += 2.0 * delay;
    if (loss <= 0.0)
        return;
    double lost = lower(loss, LOSS_MAX), again = lost / (1.0 - lost);
    *mean += 2.0 * RETRANSMIT_SECONDS * again;
    *variance += 2.0 * RETRANSMIT_SECONDS * RETRANSMIT_SECONDS * again / (1.0 - lost);
}

/* Share of calls that cross zones when callers and callees find each other at random. */
static double crossing(const struct cluster *cluster, size_t caller, size_t target)
{
    const struct traffic *traffic = traffic_of(cluster);
    size_t zones = cluster->spec->zone_count;
    double same = 0.0;

    if (zones < 2 || target >= cluster->workloads.count)
        return 0.0;
    for (size_t zone = 0; zone < zones; zone++)
        same += traffic->zone_mix[caller * zones + zone] * traffic->zone_mix[target * zones + zone];
    return 1.0 - lower(same, 1.0);
}

static void measure_network(struct cluster *cluster, size_t link)
{
    struct traffic *traffic = traffic_of(cluster);
    struct asker *asker = &traffic->askers[traffic->load_count + link];
    const struct link *of = &traffic->links[link];
    double usual = cluster->spec->link_delay;
    double delay = of->share * cluster_knob_at(cluster, CLUSTER_LINK, link, KNOB_DELAY_SECONDS);
    double loss = of->share * cluster_knob_at(cluster, CLUSTER_LINK, link, KNOB_LOSS_RATIO);

    if (cluster->spec->zone_delay > 0.0)
        usual += cluster->spec->zone_delay * crossing(cluster, of->caller, asker->target);
    asker->round_trip = asker->round_variance = 0.0;
    network_add(usual * (2.0 - of->share) + delay, loss, &asker->round_trip, &asker->round_variance);
}

/* Calls of the requests that `workload` can get through in the step, by what it could
 * in the last one. Tries that find no name do not come to the callee. */
void links_ask(struct cluster *cluster, size_t workload, double seconds)
{
    struct traffic *traffic = traffic_of(cluster);
    const struct target *caller = &traffic->targets[workload];
    const struct service_spec *service = &cluster->spec->workloads[workload].service;
    size_t first = cluster->workloads.first_link[workload];
    double through = caller->closed || caller->weight <= 0.0 ? 0.0 : caller->in;

    if (caller->capacity > 0.0)
        through = lower(through, caller->capacity * seconds);

    for (size_t i = 0; i < service->call_count; i++) {
        struct asker *asker = &traffic->askers[traffic->load_count + first + i];
        struct link *link = &traffic->links[first + i];
        measure_network(cluster, first + i);
        asker->asked = through * service->calls[i].per_request;
        asker->tries = asker->asked * tries_mean(asker->fail, asker->retries) * (1.0 - link->unnamed);
        link->weight = link->mean = link->square = link->failed = link->nameless = 0.0;
    }
}

/* Calls of the link that can be under way at once. */
double links_slots(const struct cluster *cluster, size_t link, double seconds)
{
    const struct traffic *traffic = traffic_of(cluster);
    uint32_t caller = traffic->links[link].caller;
    const struct service_spec *service = &cluster->spec->workloads[caller].service;
    const struct call_spec *call = &service->calls[link - cluster->workloads.first_link[caller]];
    double slots = service->concurrency;

    if (call->pool > 0)
        slots = lower(slots, call->pool * cluster->workloads.pool_factor[caller]);
    return slots * traffic->targets[caller].ready_seconds / seconds;
}

/* How one try goes. */
struct
try {
    double fail, mean, square;
};

static struct try try_of(const struct cluster *cluster, const struct asker *asker, const struct network *network)
{
    const struct target *target = &traffic_of(cluster)->targets[asker->target];
    double ended = target->served + target->refused;
    bool apart = network->delay != 0.0 || network->loss != 0.0;
    double trip = asker->round_trip, variance = asker->round_variance, wait = 0.0, spread = 0.0;
    double refused = ended > 0.0 ? target->refused / ended : 0.0, wrong = 0.0, late = 0.0;

    network_add(network->delay, network->loss, &trip, &variance);
    if (target->served > 0.0) {
        double right = target->served - target->errors;
        wait = target->stay / target->served;
        spread = target->square / target->served - wait * wait;
        spread = spread > 0.0 ? spread : 0.0;
        wrong = target->errors / target->served;
        late = right > 0.0 ? lower(asker->late / right, 1.0) : 0.0;
    }
    if (apart) {
        double its = gamma_tail(wait + trip, spread + variance, asker->timeout);
        late = its > late ? its : late;
    }
    if (network->loss >= LOSS_MAX)
        late = 1.0;
    double answered = lower(wait + trip, asker->timeout), refusal = lower(trip, asker->timeout);
    double left = lower(spread + variance, asker->timeout * asker->timeout);
    double patience = asker->timeout;
    struct try try;
    try.mean = refused * refusal + (1.0 - refused) * (late * patience + (1.0 - late) * answered);
    try.square = refused * refusal * refusal +
                 (1.0 - refused) * (late * patience * patience + (1.0 - late) * (answered * answered + left));
    try.mean *= 1.0 - network->dns;
    try.square *= 1.0 - network->dns;
    try.fail = 1.0 - (1.0 - network->dns) * (1.0 - refused) * (1.0 - wrong) * (1.0 - late);
    return try;
}

/* A connection is held for the whole of a try. Adds the wait for one, as M/M/c has it,
 * and lowers the limit; without a connection all tries time out. */
static void pool_wait(const struct asker *asker, const struct try *try, double connections, double tries,
                      double per_request, double rate, double *mean, double *variance, struct calls *calls)
{
    double busy = rate * per_request * tries * try->mean;

    if (connections < 0.5) {
        *mean = tries * asker->timeout;
        calls->fail = 1.0;
        return;
    }
    if (try->mean <= 0.0)
        return;
    calls->limit = lower(calls->limit, connections / (per_request * tries * try->mean));
    double used = lower(busy / connections, 1.0 - 1e-6), waits = wait_probability(connections, used);
    double wait = lower(waits * try->mean / (connections * (1.0 - used)), asker->timeout);
    *mean += tries * wait;
    *variance += waits > 1e-12 ? tries * wait * wait * (2.0 / waits - 1.0) : 0.0;
}

/* All tries of one call. */
static void tries_of(const struct asker *asker, const struct try *try, double *mean, double *variance)
{
    double tries = tries_mean(try->fail, asker->retries);

    *mean = tries * try->mean;
    *variance = tries * (try->square - try->mean * try->mean) + (tries - 1.0) * try->mean * try->mean;
    *variance = *variance > 0.0 ? *variance : 0.0;
}

static double pool_of(const struct cluster *cluster, size_t workload, const struct call_spec *call,
                      const struct network *network)
{
    double free = network->held < 1.0 ? 1.0 - network->held : 0.0;

    return call->pool * cluster->workloads.pool_factor[workload] * free;
}

/* Of `per_request` calls the whole ones are made, one more by chance. */
void links_time(const struct cluster *cluster, size_t workload, size_t call, const struct network *network,
                double *mean, double *variance, double *connections)
{
    const struct traffic *traffic = traffic_of(cluster);
    const struct call_spec *spec = &cluster->spec->workloads[workload].service.calls[call];
    size_t link = cluster->workloads.first_link[workload] + call;
    const struct asker *asker = &traffic->askers[traffic->load_count + link];
    struct try try = try_of(cluster, asker, network);
    double more = spec->per_request - floor(spec->per_request);

    tries_of(asker, &try, mean, variance);
    *variance = spec->per_request * *variance + more * (1.0 - more) * *mean * *mean;
    *mean *= spec->per_request;
    *connections = spec->pool > 0 ? pool_of(cluster, workload, spec, network) : INFINITY;
    if (*connections < 0.5) { /* none: all tries time out */
        *mean = spec->per_request * tries_mean(1.0, asker->retries) * asker->timeout;
        *variance = 0.0;
        *connections = INFINITY;
    }
}

static void note(struct link *link, double calls, double mean, double variance, double fail, double dns)
{
    link->weight += calls;
    link->mean += calls * mean;
    link->square += calls * (variance + mean * mean);
    link->failed += calls * fail;
    link->nameless += calls * dns;
}

struct calls links_call(struct cluster *cluster, size_t workload, const struct network *network, double rate,
                        double requests)
{
    struct traffic *traffic = traffic_of(cluster);
    const struct service_spec *service = &cluster->spec->workloads[workload].service;
    size_t first = cluster->workloads.first_link[workload];
    struct calls calls = {.limit = INFINITY};
    double succeed = 1.0;

    for (size_t i = 0; i < service->call_count; i++) {
        const struct call_spec *call = &service->calls[i];
        const struct asker *asker = &traffic->askers[traffic->load_count + first + i];
        struct link *link = &traffic->links[first + i];
        struct try try = try_of(cluster, asker, network);
        double tries = tries_mean(try.fail, asker->retries), mean, variance;
        tries_of(asker, &try, &mean, &variance);
        calls.fail = tries_fail(try.fail, asker->retries);
        if (call->pool > 0)
            pool_wait(asker, &try, pool_of(cluster, workload, call, network), tries, call->per_request, rate, &mean,
                      &variance, &calls);
        if (requests > 0.0)
            note(link, requests * call->per_request, mean, variance, calls.fail, network->dns);
        calls.mean += call->per_request * mean;
        calls.variance += call->per_request * variance;
        if (calls.fail > 0.0)
            succeed *= call->per_request == 1.0 ? 1.0 - calls.fail : pow(1.0 - calls.fail, call->per_request);
    }
    calls.fail = 1.0 - succeed;
    return calls;
}

static void show_link(struct cluster *cluster, size_t index)
{
    struct traffic *traffic = traffic_of(cluster);
    struct link *link = &traffic->links[index];
    const struct asker *asker = &traffic->askers[traffic->load_count + index];

    link->unnamed = link->weight > 0.0 ? link->nameless / link->weight : 0.0;
    if (!(link->weight > 0.0)) {
        link->latency = link->latency_seen = NAN;
        link->error_ratio = link->error_seen = 0.0;
        return;
    }
    double mean = link->mean / link->weight, variance = link->square / link->weight - mean * mean;
    double most = asker->timeout * (asker->retries + 1.0);
    struct random_stream stream = cell_stream(traffic, &link->draws);
    link->latency = lower(gamma_quantile(mean, variance > 0.0 ? variance : 0.0, NORMAL_99), most);
    link->error_ratio = lower(link->failed / link->weight, 1.0);
    link->latency_seen = seen_percentile(link->latency, link->weight * traffic->whole, random_normal(&stream));
    link->error_seen = seen_ratio(link->error_ratio, link->weight * traffic->whole, random_normal(&stream));
}

/* What the links of a workload show, once its pods are done. */
void links_done(struct cluster *cluster, size_t workload)
{
    size_t first = cluster->workloads.first_link[workload];

    for (size_t i = 0; i < cluster->spec->workloads[workload].service.call_count; i++)
        show_link(cluster, first + i);
}
