/* request_pods.c - see request_pods.h. Stations lie in blocks of one for each pod: the
 * pods, then those of the first call, and so on: the lanes of station.h. */
#include "sim/request_pods.h"

#include "sim/stay_histogram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX = 300, ROOM = 256 };
static const double IDLE_GAP = 1e6, CALL_LEAST = 1e-9, CALL_CV_MAX = 30.0;

struct tally {
    double served, wrong, late, refused, stay, square, disk;
    double left;                  /* attempts in the pod when the span began */
    struct station_counts before; /* of the pod's station at the last run's end */
    double calling;               /* integral of requests in its calls, likewise */
    double delay, loss, retransmit;
};

struct asking {
    double tried, good, late, slow, nowhere;
    double slow_from;
    double rate;
    struct source_counts before;
};

struct request_pods {
    uint32_t pods, calls, askers;
    double cv;
    heal_time from, at; /* of the last run */
    struct event_queue *queue;
    struct stations *stations;
    struct tally *tallies;
    struct stay_histogram *stays; /* by pod */
    struct asking *asking;
    struct random_stream losses;
};

/* --- what is heard ------------------------------------------------------------ */

/* Messages there and back, each sent again until it comes through. */
static double on_the_way(struct request_pods *pods, const struct tally *pod)
{
    double seconds = 2.0 * pod->delay;

    for (int message = 0; message < 2 && pod->loss > 0.0; message++) {
        while (random_uniform(&pods->losses) < pod->loss)
            seconds += pod->retransmit;
    }
    return seconds;
}

static void note_stay(struct request_pods *pods, uint32_t lane, double seconds)
{
    struct tally *pod = &pods->tallies[lane];

    seconds += on_the_way(pods, pod);
    pod->stay += seconds;
    pod->square += seconds * seconds;
    stay_histogram_add(&pods->stays[lane], seconds);
}

static void hear_try(void *context, uint32_t source, uint32_t lane, heal_time now, enum try_end end, heal_duration took)
{
    struct request_pods *pods = context;
    struct asking *asking = &pods->asking[source];
    struct tally *pod = lane == STATION_UNLIMITED ? NULL : &pods->tallies[lane];
    double seconds = heal_duration_seconds(took);

    (void)now;
    asking->tried++;
    if (!pod) {
        asking->nowhere++;
        return;
    }
    switch (end) {
    case TRY_SERVED:
        pod->served++;
        asking->good++;
        asking->slow += seconds > asking->slow_from;
        break;
    case TRY_WRONG:
        pod->wrong++;
        break;
    case TRY_LATE:
        pod->late++;
        asking->late++;
        break;
    case TRY_REFUSED:
    case TRY_DROPPED:
        pod->refused++;
        return;
    }
    note_stay(pods, lane, seconds);
}

/* --- made ----------------------------------------------------------------------- */

/* A law with this mean and coefficient of variation. */
static struct service_time law_of(double mean, double cv)
{
    if (cv < 1e-3)
        return (struct service_time){SERVICE_DETERMINISTIC, mean, 0.0};
    if (cv == 1.0)
        return (struct service_time){SERVICE_EXPONENTIAL, mean, 1.0};
    return (struct service_time){SERVICE_GAMMA, mean, cv * cv};
}

/* The stations of a pod: itself, its calls, its disk. */
static uint32_t blocks(const struct request_pods_config *config)
{
    return config->calls + 2;
}

static void name_stations(const struct request_pods_config *config, struct station_spec *stations,
                          char (*names)[NAME_MAX])
{
    for (uint32_t i = 0; i < config->pods * blocks(config); i++) {
        uint32_t call = i / config->pods;
        if (call == 0)
            snprintf(names[i], NAME_MAX, "%s", config->pod_names[i]);
        else
            snprintf(names[i], NAME_MAX, "%s calls %u", config->pod_names[i % config->pods], call);
        stations[i] = (struct station_spec){
            .name = names[i],
            .discipline = call == 0 ? STATION_SHARED : STATION_FCFS,
            .servers = call == 0 ? 1 : STATION_UNLIMITED,
            .connections = call == 0 ? config->connections : STATION_UNLIMITED,
            .queue_limit = call == 0 ? config->queue : STATION_UNLIMITED,
            .holds = call == 0,
            .service = law_of(1.0, 1.0),
        };
    }
}

static void name_sources(const struct request_pods_config *config, struct source_spec *sources)
{
    for (uint32_t i = 0; i < config->askers; i++) {
        sources[i] = (struct source_spec){
            .name = config->asker_names[i],
            .gap = law_of(IDLE_GAP, 1.0),
            .timeout = HEAL_SECOND,
            .route_length = config->calls + 1,
            .lanes = config->pods,
            .retries = config->retries[i],
        };
        for (uint32_t call = 0; call < blocks(config); call++)
            sources[i].route[call] = call * config->pods;
    }
}

static bool make_stations(struct request_pods *pods, const struct request_pods_config *config)
{
    uint32_t count = config->pods * blocks(config);
    struct station_spec *stations = calloc(count, sizeof *stations);
    struct source_spec *sources = calloc((size_t)config->askers + 1, sizeof *sources);
    char(*names)[NAME_MAX] = calloc(count, sizeof *names);

    if (stations && sources && names) {
        name_stations(config, stations, names);
        name_sources(config, sources);
        struct station_config made = {.stations = stations,
                                      .station_count = count,
                                      .sources = sources,
                                      .source_count = config->askers,
                                      .seed = config->seed,
                                      .replication = config->replication,
                                      .queue = pods->queue,
                                      .observer = {.context = pods, .tried = hear_try},
                                      .room = ROOM};
        pods->stations = stations_create(&made);
    }
    free(stations);
    free(sources);
    free(names);
    return pods->stations != NULL;
}

static bool make_tallies(struct request_pods *pods, const struct request_pods_config *config)
{
    pods->tallies = calloc(config->pods, sizeof *pods->tallies);
    pods->asking = calloc((size_t)config->askers + 1, sizeof *pods->asking);
    pods->stays = calloc(config->pods, sizeof *pods->stays);
    if (!pods->tallies || !pods->asking || !pods->stays)
        return false;
    for (uint32_t i = 0; i < config->askers; i++)
        pods->asking[i].slow_from = config->slow[i];
    return true;
}

struct request_pods *request_pods_create(const struct request_pods_config *config)
{
    struct request_pods *pods = calloc(1, sizeof *pods);

    if (!pods)
        return NULL;
    pods->pods = config->pods;
    pods->calls = config->calls;
    pods->askers = config->askers;
    pods->cv = config->cv;
    pods->from = pods->at = config->start;
    pods->losses = random_stream_named(config->seed, config->name, "losses", config->replication);
    pods->queue = event_queue_create(ROOM);
    if (!pods->queue || !make_tallies(pods, config) || !make_stations(pods, config)) {
        request_pods_destroy(pods);
        return NULL;
    }
    stations_start(pods->stations, config->start);
    for (uint32_t i = 0; i < pods->askers; i++)
        stations_set_gap(pods->stations, config->start, i, INFINITY);
    return pods;
}

void request_pods_destroy(struct request_pods *pods)
{
    if (!pods)
        return;
    stations_destroy(pods->stations);
    event_queue_destroy(pods->queue);
    free(pods->tallies);
    free(pods->asking);
    free(pods->stays);
    free(pods);
}

/* --- set and run ------------------------------------------------------------------ */

void request_pods_set(struct request_pods *pods, heal_time at, uint32_t pod, const struct request_pod *how)
{
    struct tally *tally = &pods->tallies[pod];
    struct service_time work = law_of(how->work, pods->cv);

    stations_set_weight(pods->stations, pod, how->weight);
    stations_set_processors(pods->stations, at, pod, how->cores);
    stations_set_service(pods->stations, pod, &work);
    stations_set_errors(pods->stations, pod, how->errors);
    tally->delay = how->delay;
    tally->loss = how->loss;
    tally->retransmit = how->retransmit;
    tally->disk = how->disk;
    struct service_time disk = law_of(how->disk > CALL_LEAST ? how->disk : CALL_LEAST, 0.0);
    stations_set_service(pods->stations, (pods->calls + 1) * pods->pods + pod, &disk);
    for (uint32_t i = 0; i < pods->calls; i++) {
        const struct request_call *call = &how->calls[i];
        uint32_t station = (i + 1) * pods->pods + pod;
        double mean = call->mean > CALL_LEAST ? call->mean : CALL_LEAST;
        struct service_time law = law_of(mean, fmin(sqrt(call->variance) / mean, CALL_CV_MAX));
        stations_set_service(pods->stations, station, &law);
        stations_set_servers(pods->stations, at, station, call->pool > 0 ? call->pool : STATION_UNLIMITED);
    }
}

void request_pods_ask(struct request_pods *pods, heal_time at, uint32_t asker, double rate, double patience)
{
    stations_set_timeout(pods->stations, asker, (heal_duration)(patience * (double)HEAL_SECOND));
    if (rate == pods->asking[asker].rate)
        return;
    pods->asking[asker].rate = rate;
    stations_set_gap(pods->stations, at, asker, rate > 0.0 ? 1.0 / rate : INFINITY);
}

/* Integral of requests in a pod's calls. */
static double calling(const struct request_pods *pods, uint32_t pod)
{
    double sum = 0.0;

    for (uint32_t i = 1; i <= pods->calls + 1; i++)
        sum += stations_counts(pods->stations, i * pods->pods + pod, pods->at).present_seconds;
    return sum;
}

/* Attempts in a pod. */
static double left_in(const struct request_pods *pods, uint32_t pod)
{
    double sum = 0.0;

    for (uint32_t i = 0; i <= pods->calls + 1; i++)
        sum += stations_counts(pods->stations, i * pods->pods + pod, pods->at).present;
    return sum;
}

void request_pods_drop(struct request_pods *pods, heal_time at, uint32_t pod)
{
    if (left_in(pods, pod) > 0.0) /* it is asked of empty slots, too */
        stations_drop(pods->stations, at, pod);
}

void request_pods_begin(struct request_pods *pods)
{
    pods->from = pods->at;
    for (uint32_t i = 0; i < pods->pods; i++) {
        struct tally *pod = &pods->tallies[i];
        pod->served = pod->wrong = pod->late = pod->refused = pod->stay = pod->square = 0.0;
        pod->before = stations_counts(pods->stations, i, pods->at);
        pod->calling = calling(pods, i);
        pod->left = left_in(pods, i);
        stay_histogram_clear(&pods->stays[i]);
    }
    for (uint32_t i = 0; i < pods->askers; i++) {
        struct asking *asking = &pods->asking[i];
        asking->tried = asking->good = asking->late = asking->slow = asking->nowhere = 0.0;
        asking->before = stations_source_counts(pods->stations, i);
    }
}

/* The disk is no hop of the way while no pod waits for it: that saves an event a request. */
static void set_ways(struct request_pods *pods)
{
    bool disks = false;

    for (uint32_t i = 0; i < pods->pods; i++)
        disks = disks || pods->tallies[i].disk > 0.0;
    for (uint32_t i = 0; i < pods->askers; i++)
        stations_set_route_length(pods->stations, i, pods->calls + (disks ? 2 : 1));
}

bool request_pods_run(struct request_pods *pods, heal_time until)
{
    struct event event = {.at = HEAL_TIME_NEVER};

    set_ways(pods);

    while (event_queue_pop(pods->queue, &event)) {
        if (event.at > until)
            break;
        stations_handle(pods->stations, &event);
        event.at = HEAL_TIME_NEVER;
    }
    if (event.at != HEAL_TIME_NEVER && !event_queue_push(pods->queue, event))
        return false;
    pods->at = until;
    return !stations_failed(pods->stations);
}

/* --- told --------------------------------------------------------------------------- */

struct request_pod_told request_pods_pod(const struct request_pods *pods, uint32_t index)
{
    const struct tally *pod = &pods->tallies[index];
    struct station_counts now = stations_counts(pods->stations, index, pods->at);
    double seconds = heal_duration_seconds(pods->at - pods->from);
    struct request_pod_told told = {.served = pod->served,
                                    .wrong = pod->wrong,
                                    .late = pod->late,
                                    .refused = pod->refused,
                                    .stay = pod->stay,
                                    .square = pod->square,
                                    .left = left_in(pods, index),
                                    .waiting = now.waiting};

    told.begun = told.served + told.wrong + told.late + told.refused + told.left - pod->left;
    if (seconds > 0.0) {
        told.busy = (now.busy_seconds - pod->before.busy_seconds) / seconds;
        told.inside =
            (now.present_seconds - pod->before.present_seconds + calling(pods, index) - pod->calling) / seconds;
    }
    return told;
}

struct request_asker_told request_pods_asker(const struct request_pods *pods, uint32_t index)
{
    const struct asking *asking = &pods->asking[index];
    struct source_counts now = stations_source_counts(pods->stations, index);
    const struct source_counts *before = &asking->before;

    return (struct request_asker_told){.sent = (double)(now.sent - before->sent),
                                       .served = (double)(now.served - before->served),
                                       .failed = (double)(now.refused - before->refused + now.timed_out -
                                                          before->timed_out + now.wrong - before->wrong),
                                       .waiting = now.under_way,
                                       .tried = asking->tried,
                                       .good = asking->good,
                                       .late = asking->late,
                                       .slow = asking->slow,
                                       .nowhere = asking->nowhere};
}

double request_pods_percentile(const struct request_pods *pods, uint32_t pod, double patience)
{
    bool all = pod == STATION_UNLIMITED;
    double stay = stay_histogram_quantile(&pods->stays[all ? 0 : pod], all ? pods->pods : 1, 0.99);

    return stay > patience ? patience : stay;
}

bool request_pods_consistent(const struct request_pods *pods)
{
    return stations_consistent(pods->stations);
}
