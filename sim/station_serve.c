/* station_serve.c - one station: in, queue, service, out.
 *
 * Lists run through the requests themselves, so a wait costs no memory and a
 * cancelled request is taken out of the middle at once. A SHARED station keeps a
 * binary heap by the clock at which each request is done, and one hint in the
 * event queue: a new one is pushed only when the next end came nearer; when it
 * moved away, the old hint wakes the station and is pushed again. */
#include "sim/station_parts.h"

#include <stdlib.h>

uint32_t request_hop(const struct stations *stations, const struct request *request, uint32_t hop)
{
    return stations->sources[request->source].spec.route[hop] + request->lane;
}

struct station *request_station(const struct stations *stations, const struct request *request)
{
    return &stations->stations[request_hop(stations, request, request->hop)];
}

static uint32_t station_index(const struct stations *stations, const struct station *station)
{
    return (uint32_t)(station - stations->stations);
}

/* --- lists ---------------------------------------------------------------- */

static void list_append(struct stations *stations, struct request_list *list, uint32_t index)
{
    struct request *request = &stations->requests[index];

    request->next = NO_REQUEST;
    request->prev = list->tail;
    if (list->tail == NO_REQUEST)
        list->head = index;
    else
        stations->requests[list->tail].next = index;
    list->tail = index;
}

static void list_remove(struct stations *stations, struct request_list *list, uint32_t index)
{
    const struct request *request = &stations->requests[index];

    if (request->prev == NO_REQUEST)
        list->head = request->next;
    else
        stations->requests[request->prev].next = request->next;
    if (request->next == NO_REQUEST)
        list->tail = request->prev;
    else
        stations->requests[request->next].prev = request->prev;
}

/* --- the heap of a SHARED station ----------------------------------------- */

static void heap_put(struct stations *stations, struct station *station, uint32_t place, struct shared_entry entry)
{
    station->heap[place] = entry;
    stations->requests[entry.request].prev = place;
}

static void heap_up(struct stations *stations, struct station *station, uint32_t place, struct shared_entry entry)
{
    for (; place > 0 && entry.finish < station->heap[(place - 1) / 2].finish; place = (place - 1) / 2)
        heap_put(stations, station, place, station->heap[(place - 1) / 2]);
    heap_put(stations, station, place, entry);
}

static void heap_down(struct stations *stations, struct station *station, uint32_t count, uint32_t place,
                      struct shared_entry entry)
{
    uint32_t child;

    for (; (child = 2 * place + 1) < count; place = child) {
        if (child + 1 < count && station->heap[child + 1].finish < station->heap[child].finish)
            child++;
        if (station->heap[child].finish >= entry.finish)
            break;
        heap_put(stations, station, place, station->heap[child]);
    }
    heap_put(stations, station, place, entry);
}

static bool heap_room(struct station *station)
{
    if (station->in_service < station->heap_room)
        return true;
    uint32_t room = station->heap_room ? 2 * station->heap_room : 8;
    struct shared_entry *heap = realloc(station->heap, room * sizeof *heap);
    if (!heap)
        return false;
    station->heap = heap;
    station->heap_room = room;
    return true;
}

static void heap_remove(struct stations *stations, struct station *station, uint32_t place)
{
    struct shared_entry last = station->heap[--station->in_service];

    if (place == station->in_service)
        return;
    if (place > 0 && last.finish < station->heap[(place - 1) / 2].finish)
        heap_up(stations, station, place, last);
    else
        heap_down(stations, station, station->in_service, place, last);
}

/* Nanoseconds until the first in the heap is done; the station must not be empty. */
static double shared_wait(const struct station *station)
{
    return (station->heap[0].finish - station->clock) / (station_share(station) * station->speed) * (double)HEAL_SECOND;
}

void station_reschedule(struct stations *stations, uint32_t index, heal_time now)
{
    struct station *station = &stations->stations[index];

    if (station->in_service == 0 || station->processors <= 0.0)
        return;
    double wait = shared_wait(station) / (double)HEAL_SECOND;
    heal_time due = station_later(now, wait > 0.0 ? station_span(wait) : 0);
    if (due < station->scheduled) {
        station->scheduled = due;
        station_push(stations, due, STATION_SHARED_DUE, index);
    }
}

static void shared_start(struct stations *stations, struct station *station, uint32_t index, heal_time now)
{
    struct request *request = &stations->requests[index];

    if (!heap_room(station)) {
        stations->failed = true;
        return;
    }
    if (station->in_service == 0)
        station->clock = 0.0; /* nobody remembers it: keeps it small, so exact */
    request->finish = station->clock + service_time_draw(&station->service, &station->stream);
    station->in_service++;
    heap_up(stations, station, station->in_service - 1, (struct shared_entry){request->finish, index});
    station_reschedule(stations, station_index(stations, station), now);
}

/* --- service -------------------------------------------------------------- */

static void fcfs_start(struct stations *stations, struct station *station, uint32_t index, heal_time now)
{
    struct request *request = &stations->requests[index];
    double seconds = service_time_draw(&station->service, &station->stream) / station->speed;

    station->in_service++;
    list_append(stations, &station->serving, index);
    request->due = station_later(now, station_span(seconds));
    station_push(stations, request->due, STATION_SERVED, index);
}

static void start(struct stations *stations, struct station *station, uint32_t index, heal_time now)
{
    struct request *request = &stations->requests[index];

    request->state = REQUEST_IN_SERVICE;
    request->started = now;
    if (station->discipline == STATION_SHARED)
        shared_start(stations, station, index, now);
    else
        fcfs_start(stations, station, index, now);
}

/* Also while a server is free: those who queue already come first. */
static bool must_queue(const struct station *station)
{
    return station->discipline == STATION_FCFS &&
           (station->in_service >= station->servers || station->queue.head != NO_REQUEST);
}

static void wait_in(struct stations *stations, struct station *station, struct request_list *list, uint32_t index,
                    enum request_state state)
{
    stations->requests[index].state = (uint8_t)state;
    list_append(stations, list, index);
    station->waiting++;
}

/* It has its connection: to a server or to the queue. */
static void admit(struct stations *stations, struct station *station, uint32_t index, heal_time now)
{
    station->inside++;
    if (must_queue(station))
        wait_in(stations, station, &station->queue, index, REQUEST_QUEUED);
    else
        start(stations, station, index, now);
}

enum station_way station_enter(struct stations *stations, uint32_t index, heal_time now)
{
    struct request *request = &stations->requests[index];
    struct station *station = request_station(stations, request);
    bool in_line = station->inside >= station->connections;

    station_advance(station, now);
    station->counts.arrived++;
    if ((in_line || must_queue(station)) && station->waiting >= station->queue_limit) {
        station->counts.refused++;
        return WAY_REFUSED;
    }
    station->counts.present++;
    request->entered = now;
    if (in_line)
        wait_in(stations, station, &station->line, index, REQUEST_IN_LINE);
    else
        admit(stations, station, index, now);
    return WAY_IN;
}

void station_start_queued(struct stations *stations, uint32_t index, heal_time now)
{
    struct station *station = &stations->stations[index];

    while (station->queue.head != NO_REQUEST && station->in_service < station->servers) {
        uint32_t first = station->queue.head;
        list_remove(stations, &station->queue, first);
        station->waiting--;
        start(stations, station, first, now);
    }
}

void station_restart_services(struct stations *stations, uint32_t index, heal_time now, double ratio)
{
    const struct station *station = &stations->stations[index];

    for (uint32_t i = station->serving.head; i != NO_REQUEST; i = stations->requests[i].next) {
        struct request *request = &stations->requests[i];
        double left = heal_duration_seconds(request->due - now);
        request->due = station_later(now, station_span(left * ratio));
        station_push(stations, request->due, STATION_SERVED, i);
    }
}

/* --- out ------------------------------------------------------------------ */

/* Free connections go to the first in line. */
void station_admit_line(struct stations *stations, uint32_t index, heal_time now)
{
    struct station *station = &stations->stations[index];
    uint32_t first;

    while ((first = station->line.head) != NO_REQUEST && station->inside < station->connections) {
        station_advance(station, now);
        list_remove(stations, &station->line, first);
        station->waiting--;
        admit(stations, station, first, now);
    }
}

static void release(struct stations *stations, struct station *station, heal_time now)
{
    station->inside--;
    station_admit_line(stations, station_index(stations, station), now);
}

/* Out of service, the station's clock being up to date. */
static void stop(struct stations *stations, struct station *station, uint32_t index)
{
    if (station->discipline == STATION_SHARED) {
        heap_remove(stations, station, stations->requests[index].prev);
        return;
    }
    list_remove(stations, &station->serving, index);
    station->in_service--;
}

/* Served: its connection is kept or passed on, the next ones start, and it goes its way. */
static void leave(struct stations *stations, struct station *station, uint32_t index, heal_time now)
{
    struct request *request = &stations->requests[index];
    const struct station_observer *observer = &stations->observer;

    stop(stations, station, index);
    station->counts.served++;
    station->counts.present--;
    if (observer->left)
        observer->left(observer->context, station_index(stations, station), now, request->started - request->entered,
                       now - request->entered);
    if (station->errors > 0.0 && random_uniform(&station->wrongs) < station->errors)
        request->wrong = true;
    if (station->holds)
        request->held |= (uint8_t)(1u << request->hop);
    else
        release(stations, station, now);
    station_start_queued(stations, station_index(stations, station), now);
    client_onwards(stations, index, now);
}

void station_served(struct stations *stations, uint32_t index, heal_time now)
{
    struct station *station = request_station(stations, &stations->requests[index]);

    station_advance(station, now);
    leave(stations, station, index, now);
}

void station_shared_due(struct stations *stations, uint32_t index, heal_time now)
{
    struct station *station = &stations->stations[index];

    station_advance(station, now);
    station->scheduled = now; /* no other hint is pushed until all that are done have left */
    while (station->in_service > 0 && station->processors > 0.0 && shared_wait(station) < 0.5)
        leave(stations, station, station->heap[0].request, now);
    station->scheduled = HEAL_TIME_NEVER;
    station_reschedule(stations, index, now);
}

/* Takes a request out of wherever it is. */
void station_cancel(struct stations *stations, uint32_t index, heal_time now)
{
    const struct request *request = &stations->requests[index];
    struct station *station = request_station(stations, request);
    enum request_state state = (enum request_state)request->state;

    station_advance(station, now);
    station->counts.cancelled++;
    station->counts.present--;
    if (state == REQUEST_IN_SERVICE) {
        stop(stations, station, index);
    } else {
        list_remove(stations, state == REQUEST_IN_LINE ? &station->line : &station->queue, index);
        station->waiting--;
    }
    if (state != REQUEST_IN_LINE)
        release(stations, station, now);
    if (station->discipline == STATION_SHARED)
        station_reschedule(stations, station_index(stations, station), now);
    else
        station_start_queued(stations, station_index(stations, station), now);
}

void station_release_held(struct stations *stations, uint32_t index, heal_time now)
{
    struct request *request = &stations->requests[index];
    uint8_t held = request->held;

    request->held = 0;
    for (uint32_t hop = 0; hop < STATION_ROUTE; hop++) {
        if (held & 1u << hop)
            release(stations, &stations->stations[request_hop(stations, request, hop)], now);
    }
}

void stations_drop(struct stations *stations, heal_time now, uint32_t dropped)
{
    for (uint32_t i = 0; i < stations->request_count; i++) {
        const struct request *request = &stations->requests[i];
        bool here = false;
        if (request->state < REQUEST_IN_LINE)
            continue;
        for (uint32_t hop = 0; hop <= request->hop; hop++)
            here = here || ((hop == request->hop || request->held >> hop & 1u) &&
                            request_hop(stations, request, hop) == dropped);
        if (!here)
            continue;
        station_cancel(stations, i, now);
        station_release_held(stations, i, now);
        client_lost(stations, i, now);
    }
}
