/* bench_station.c - whole simulated events, model included: draws, queues, clients.
 *
 * Two models, each with 1,000 and with 100,000 entities, in millions of events per
 * second of processor time on one core, best of three:
 *
 *   PHOLD-like  every entity is a client that thinks, calls a station of its own and
 *               thinks again: two events a round, each with an exponential draw
 *   network     a tenth of the entities are stations, FCFS and shared processors with
 *               connections; the others are clients that think, go through three of
 *               them and lose patience: think, three services, a timeout that is set
 *
 * The reference in the same run is the bare event queue: a hold with as many pending.
 */
#include "sim/station.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 3 };
static const uint64_t EVENTS = 6000000;

struct bench_model {
    struct station_spec *stations;
    struct source_spec *sources;
    char (*names)[16];
    uint32_t station_count, source_count;
};

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void model_take(struct bench_model *model, uint32_t stations, uint32_t sources)
{
    *model = (struct bench_model){calloc(stations, sizeof *model->stations), calloc(sources, sizeof *model->sources),
                                  calloc((size_t)stations + sources, sizeof *model->names), stations, sources};
    if (!model->stations || !model->sources || !model->names)
        exit(3);
    for (uint32_t i = 0; i < stations + sources; i++)
        snprintf(model->names[i], sizeof model->names[i], "%u", i);
    for (uint32_t i = 0; i < stations; i++)
        model->stations[i] = (struct station_spec){.name = model->names[i],
                                                   .servers = 1,
                                                   .connections = STATION_UNLIMITED,
                                                   .queue_limit = STATION_UNLIMITED,
                                                   .service = {SERVICE_EXPONENTIAL, 0.01, 1.0}};
    for (uint32_t i = 0; i < sources; i++)
        model->sources[i] = (struct source_spec){.name = model->names[stations + i],
                                                 .population = 1,
                                                 .gap = {SERVICE_EXPONENTIAL, 1.0, 1.0},
                                                 .route = {i % stations},
                                                 .route_length = 1};
}

static void model_clear(struct bench_model *model)
{
    free(model->stations);
    free(model->sources);
    free(model->names);
}

static void phold(struct bench_model *model, uint32_t entities)
{
    model_take(model, entities, entities);
}

/* Nine clients to a station, a cycle of which keeps it busy for about half the time. */
static void network(struct bench_model *model, uint32_t entities)
{
    uint32_t stations = entities / 10, clients = entities - stations;

    model_take(model, stations, clients);
    for (uint32_t i = 0; i < stations; i += 2) {
        model->stations[i].discipline = STATION_SHARED;
        model->stations[i].connections = 8;
    }
    for (uint32_t i = 0; i < clients; i++) {
        model->sources[i].gap.mean_seconds = 0.5;
        model->sources[i].route[1] = (i * 7 + 1) % stations;
        model->sources[i].route[2] = (i * 13 + 2) % stations;
        model->sources[i].route_length = 3;
        model->sources[i].timeout = 5 * HEAL_SECOND;
        model->sources[i].cancels = true;
        model->sources[i].retries = 2;
        model->sources[i].backoff = model->sources[i].backoff_limit = HEAL_SECOND;
    }
}

static uint64_t run(struct event_queue *queue, struct stations *stations, uint64_t events)
{
    struct event event;
    uint64_t done = 0;

    while (done < events && event_queue_pop(queue, &event)) {
        stations_handle(stations, &event);
        done++;
    }
    return done;
}

/* Events per second; *pending: how many wait in the queue by the end. */
static double events_per_second(const struct bench_model *model, uint32_t entities, size_t *pending)
{
    struct event_queue *queue = event_queue_create(2 * (size_t)entities);
    struct station_config config = {.stations = model->stations,
                                    .station_count = model->station_count,
                                    .sources = model->sources,
                                    .source_count = model->source_count,
                                    .seed = 1,
                                    .queue = queue,
                                    .room = 2 * entities};
    struct stations *stations = stations_create(&config);

    if (!queue || !stations)
        exit(3);
    stations_start(stations, 0);
    run(queue, stations, 20 * (uint64_t)entities); /* steady by now: the first timeouts are due */
    double start = cpu_seconds();
    uint64_t done = run(queue, stations, EVENTS);
    double rate = (double)done / (cpu_seconds() - start);
    *pending = event_queue_size(queue);
    if (stations_failed(stations) || !stations_consistent(stations))
        exit(3);
    stations_destroy(stations);
    event_queue_destroy(queue);
    return rate;
}

static double holds_per_second(size_t pending)
{
    struct event_queue *queue = event_queue_create(pending);
    struct random_stream stream = random_stream_named(1, "bench", "holds", 0);
    struct event event;

    for (size_t i = 0; i < pending; i++)
        event_queue_push(queue, (struct event){(heal_time)random_below(&stream, 1000000000), 0, 0});
    double start = cpu_seconds();
    for (uint64_t i = 0; i < EVENTS; i++) {
        event_queue_pop(queue, &event);
        event.at += (heal_time)random_below(&stream, 2000000000);
        event_queue_push(queue, event);
    }
    double rate = (double)EVENTS / (cpu_seconds() - start);
    event_queue_destroy(queue);
    return rate;
}

static void measure(const char *name, void (*build)(struct bench_model *, uint32_t), uint32_t entities)
{
    struct bench_model model;
    size_t pending = 0;
    double fastest = 0.0;

    build(&model, entities);
    for (int round = 0; round < ROUNDS; round++) {
        double rate = events_per_second(&model, entities, &pending);
        fastest = rate > fastest ? rate : fastest;
    }
    model_clear(&model);
    double holds = holds_per_second(pending);
    printf("%-11s %7u entities %6.2f million events/s (asked: 3 or more: %s); %zu pending, a bare hold %5.1f million/s,"
           " ratio %.2f\n",
           name, entities, fastest / 1e6, fastest >= 3e6 ? "met" : "MISSED", pending, holds / 1e6, fastest / holds);
}

int main(void)
{
    measure("PHOLD-like", phold, 1000);
    measure("PHOLD-like", phold, 100000);
    measure("network", network, 1000);
    measure("network", network, 100000);
    return 0;
}
