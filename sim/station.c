/* station.c - a set of stations: made, asked, changed from outside. */
#include "sim/station_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 64, RETRIES_MAX = 60000 };
static const double SPAN_MAX = 4e18; /* ns; the queue takes what lies past HEAL_TIME_NEVER as never */

void station_push(struct stations *stations, heal_time at, enum station_event kind, uint32_t index)
{
    if (!event_queue_push(stations->queue, (struct event){at, stations->first_kind + (uint32_t)kind, index}))
        stations->failed = true;
}

heal_duration station_span(double seconds)
{
    double span = seconds * (double)HEAL_SECOND + 0.5;
    return span < SPAN_MAX ? (heal_duration)span : (heal_duration)SPAN_MAX;
}

heal_time station_later(heal_time now, heal_duration span)
{
    return now > HEAL_TIME_NEVER - span ? HEAL_TIME_NEVER : now + span;
}

/* --- requests ------------------------------------------------------------- */

static bool grow_requests(struct stations *stations, uint32_t room)
{
    struct request *requests = aligned_alloc(LINE, (size_t)room * LINE);

    if (!requests)
        return false;
    if (stations->observer.tried) {
        heal_time *attempted = realloc(stations->attempted, room * sizeof *attempted);
        if (!attempted) {
            free(requests);
            return false;
        }
        stations->attempted = attempted;
    }
    if (stations->request_count > 0)
        memcpy(requests, stations->requests, stations->request_count * sizeof *requests);
    free(stations->requests);
    stations->requests = requests;
    stations->request_room = room;
    return true;
}

uint32_t request_take(struct stations *stations)
{
    uint32_t index = stations->spare;

    if (index != NO_REQUEST) {
        stations->spare = stations->requests[index].next;
    } else {
        if (stations->request_count == stations->request_room &&
            (stations->request_room > NO_REQUEST / 2 || !grow_requests(stations, 2 * stations->request_room))) {
            stations->failed = true;
            return NO_REQUEST;
        }
        index = stations->request_count++;
    }
    stations->requests[index] = (struct request){.next = NO_REQUEST, .prev = NO_REQUEST, .deadline = HEAL_TIME_NEVER};
    return index;
}

void request_give(struct stations *stations, uint32_t index)
{
    stations->requests[index].state = REQUEST_SPARE;
    stations->requests[index].next = stations->spare;
    stations->spare = index;
}

/* --- made ----------------------------------------------------------------- */

static const char *station_fault(const struct station_spec *spec)
{
    if (!spec->name || spec->name[0] == '\0')
        return "a station without a name";
    if (spec->discipline != STATION_FCFS && spec->discipline != STATION_SHARED)
        return "a station of no known discipline";
    if (spec->connections == 0)
        return "a station without connections";
    return service_time_valid(&spec->service) ? NULL : "a service time out of its range";
}

static const char *source_fault(const struct source_spec *spec, uint32_t station_count)
{
    if (!spec->name || spec->name[0] == '\0')
        return "a source without a name";
    if (!service_time_valid(&spec->gap))
        return "a gap out of its range";
    if (spec->route_length < 1 || spec->route_length > STATION_ROUTE)
        return "a route of no length, or too long a one";
    for (uint32_t i = 0; i < spec->route_length; i++) {
        if (spec->route[i] >= station_count || spec->lanes > station_count - spec->route[i])
            return "a route to a station that is not there";
    }
    if (spec->timeout < 0 || spec->backoff < 0 || spec->backoff_limit < 0 || spec->retries > RETRIES_MAX)
        return "a timeout, backoff or number of retries out of its range";
    return NULL;
}

const char *stations_fault(const struct station_config *config)
{
    const char *fault = config->station_count == 0 || !config->queue ? "no station, or no queue" : NULL;

    for (uint32_t i = 0; !fault && i < config->station_count; i++)
        fault = station_fault(&config->stations[i]);
    for (uint32_t i = 0; !fault && i < config->source_count; i++)
        fault = source_fault(&config->sources[i], config->station_count);
    return fault;
}

static void init_station(struct station *station, const struct station_spec *spec, const struct station_config *config)
{
    static const struct request_list EMPTY = {NO_REQUEST, NO_REQUEST};

    *station = (struct station){
        .discipline = spec->discipline,
        .holds = spec->holds,
        .servers = spec->servers,
        .connections = spec->connections,
        .queue_limit = spec->queue_limit,
        .line = EMPTY,
        .queue = EMPTY,
        .serving = EMPTY,
        .speed = 1.0,
        .processors = spec->servers,
        .weight = 1.0,
        .scheduled = HEAL_TIME_NEVER,
        .service = spec->service,
        .stream = random_stream_named(config->seed, spec->name, "service", config->replication),
        .wrongs = random_stream_named(config->seed, spec->name, "errors", config->replication),
    };
}

static void init_source(struct source *source, const struct source_spec *spec, const struct station_config *config)
{
    *source = (struct source){
        .spec = *spec,
        .due = HEAL_TIME_NEVER,
        .gaps = random_stream_named(config->seed, spec->name, "gap", config->replication),
        .retries = random_stream_named(config->seed, spec->name, "retry", config->replication),
        .lanes = random_stream_named(config->seed, spec->name, "lane", config->replication),
    };
    source->spec.name = NULL; /* was borrowed */
}

struct stations *stations_create(const struct station_config *config)
{
    struct stations *stations = stations_fault(config) ? NULL : calloc(1, sizeof *stations);

    if (!stations)
        return NULL;
    stations->queue = config->queue;
    stations->first_kind = config->first_kind;
    stations->observer = config->observer;
    stations->spare = NO_REQUEST;
    stations->stations = calloc(config->station_count, sizeof *stations->stations);
    stations->sources = calloc(config->source_count + 1, sizeof *stations->sources);
    if (!stations->stations || !stations->sources || !grow_requests(stations, config->room > 16 ? config->room : 16)) {
        stations_destroy(stations);
        return NULL;
    }
    for (; stations->station_count < config->station_count; stations->station_count++)
        init_station(&stations->stations[stations->station_count], &config->stations[stations->station_count], config);
    for (; stations->source_count < config->source_count; stations->source_count++)
        init_source(&stations->sources[stations->source_count], &config->sources[stations->source_count], config);
    return stations;
}

void stations_destroy(struct stations *stations)
{
    if (!stations)
        return;
    for (uint32_t i = 0; i < stations->station_count; i++)
        free(stations->stations[i].heap);
    free(stations->stations);
    free(stations->sources);
    free(stations->requests);
    free(stations->attempted);
    free(stations);
}

void stations_start(struct stations *stations, heal_time now)
{
    for (uint32_t i = 0; i < stations->station_count; i++)
        stations->stations[i].touched = now;
    for (uint32_t i = 0; i < stations->source_count; i++) {
        uint32_t population = stations->sources[i].spec.population;
        if (population == 0)
            client_schedule_gap(stations, i, now);
        for (uint32_t client = 0; client < population; client++) {
            uint32_t index = request_take(stations);
            if (index == NO_REQUEST)
                return;
            stations->requests[index].source = i;
            client_think(stations, index, now);
        }
    }
}

/* --- events --------------------------------------------------------------- */

bool stations_own(const struct stations *stations, const struct event *event)
{
    return event->kind - stations->first_kind < STATION_EVENTS;
}

void stations_handle(struct stations *stations, const struct event *event)
{
    enum station_event kind = (enum station_event)(event->kind - stations->first_kind);
    const struct request *request = &stations->requests[event->index]; /* good for those that are about one */
    heal_time now = event->at;

    switch (kind) {
    case STATION_GAP_OVER:
        if (stations->sources[event->index].due == now)
            client_gap_over(stations, event->index, now);
        break;
    case STATION_THOUGHT:
        if (request->state == REQUEST_THINKING && request->due == now)
            client_thought(stations, event->index, now);
        break;
    case STATION_RETRY:
        if (request->state == REQUEST_BACKING_OFF && request->due == now)
            client_retry(stations, event->index, now);
        break;
    case STATION_SERVED:
        if (request->state == REQUEST_IN_SERVICE && request_station(stations, request)->discipline == STATION_FCFS &&
            request->due == now)
            station_served(stations, event->index, now);
        break;
    case STATION_SHARED_DUE:
        if (stations->stations[event->index].scheduled == now)
            station_shared_due(stations, event->index, now);
        break;
    case STATION_OUT_OF_TIME:
        if (request->state >= REQUEST_IN_LINE && request->deadline == now)
            client_out_of_time(stations, event->index, now);
        break;
    }
}

bool stations_failed(const struct stations *stations)
{
    return stations->failed;
}

/* --- changed -------------------------------------------------------------- */

void stations_send(struct stations *stations, heal_time now, uint32_t source)
{
    client_send(stations, source, now);
}

void stations_set_gap(struct stations *stations, heal_time now, uint32_t index, double mean_seconds)
{
    struct source *source = &stations->sources[index];
    double ratio = mean_seconds / source->spec.gap.mean_seconds;

    if (source->spec.population > 0)
        return;
    if (!isfinite(mean_seconds)) {
        source->due = HEAL_TIME_NEVER;
        return;
    }
    source->spec.gap.mean_seconds = mean_seconds;
    if (source->due == HEAL_TIME_NEVER) {
        client_schedule_gap(stations, index, now);
        return;
    }
    source->due = station_later(now, station_span(heal_duration_seconds(source->due - now) * ratio));
    station_push(stations, source->due, STATION_GAP_OVER, index);
}

void stations_set_servers(struct stations *stations, heal_time now, uint32_t index, uint32_t servers)
{
    struct station *station = &stations->stations[index];

    station_advance(station, now);
    station->servers = servers;
    station->processors = servers;
    if (station->discipline == STATION_SHARED)
        station_reschedule(stations, index, now);
    else
        station_start_queued(stations, index, now);
}

void stations_set_processors(struct stations *stations, heal_time now, uint32_t index, double processors)
{
    struct station *station = &stations->stations[index];

    if (station->discipline != STATION_SHARED)
        return;
    station_advance(station, now);
    station->processors = processors;
    station_reschedule(stations, index, now);
}

void stations_set_service(struct stations *stations, uint32_t station, const struct service_time *service)
{
    stations->stations[station].service = *service;
}

void stations_set_errors(struct stations *stations, uint32_t station, double ratio)
{
    stations->stations[station].errors = ratio;
}

void stations_set_weight(struct stations *stations, uint32_t station, double weight)
{
    stations->stations[station].weight = weight;
}

void stations_set_route_length(struct stations *stations, uint32_t source, uint32_t length)
{
    stations->sources[source].spec.route_length = length;
}

void stations_set_timeout(struct stations *stations, uint32_t source, heal_duration timeout)
{
    stations->sources[source].spec.timeout = timeout;
}

void stations_set_connections(struct stations *stations, heal_time now, uint32_t index, uint32_t connections)
{
    stations->stations[index].connections = connections;
    station_admit_line(stations, index, now);
}

void stations_set_speed(struct stations *stations, heal_time now, uint32_t index, double speed)
{
    struct station *station = &stations->stations[index];
    double ratio = station->speed / speed;

    station_advance(station, now);
    station->speed = speed;
    if (station->discipline == STATION_SHARED)
        station_reschedule(stations, index, now);
    else
        station_restart_services(stations, index, now, ratio);
}

/* --- asked ---------------------------------------------------------------- */

/* Brings the clock and the integrals up to `now`. */
void station_advance(struct station *station, heal_time now)
{
    double elapsed = heal_duration_seconds(now - station->touched);
    double busy = station->in_service;

    if (station->discipline == STATION_SHARED) {
        station->clock += elapsed * station->speed * station_share(station);
        busy = busy < station->processors ? busy : station->processors;
    }
    station->counts.present_seconds += elapsed * station->counts.present;
    station->counts.busy_seconds += elapsed * busy;
    station->touched = now;
}

struct station_counts stations_counts(const struct stations *stations, uint32_t index, heal_time now)
{
    struct station station = stations->stations[index];

    station_advance(&station, now);
    station.counts.waiting = station.waiting;
    return station.counts;
}

struct source_counts stations_source_counts(const struct stations *stations, uint32_t source)
{
    return stations->sources[source].counts;
}
