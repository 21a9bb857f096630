/* station.h - requests one by one: stations with queues, and the clients that call.
 *
 * A request of a source goes along its route, station by station, and its client
 * waits for the end, gives up, tries again. Everything happens by events on the
 * owner's event queue, so stations live beside whatever else is simulated there:
 *
 *     stations_start(stations, now);
 *     while (event_queue_pop(queue, &event))
 *         if (stations_own(stations, &event))
 *             stations_handle(stations, &event);
 *
 * Disciplines
 *   FCFS    `servers` servers, one request each, first come first served.
 *   SHARED  processor sharing: n requests share `servers` processors, each gets
 *           min(1, servers / n) of one. Exact, by virtual time: a request that
 *           came when a server's worth of v seconds had been given to everybody
 *           ends when v + its own work has been (the fluid clock of Parekh and
 *           Gallager 1993; Kleinrock 1976, vol. II, sec. 4.4, for what it obeys).
 *
 * Connections are what a request holds while it is inside a station, in service or
 * in its queue; who finds none free waits in line for one. With `holds` it keeps
 * the connection until its whole route is done, as a worker thread waits for what
 * it called. queue_limit bounds those who wait, in line and in the queue together;
 * beyond it a request is refused.
 *
 * Lanes: a route may stand for several alike, side by side (the pods of a service): with
 * `lanes` n, attempt by attempt one k of them is drawn by the weights of stations route[0]
 * .. route[0] + n - 1, and its stations are route[i] + k. Nobody's weight over 0: refused.
 *
 * A station may answer with errors: a share of what it serves is wrong. A wrong request
 * goes its way to the end, and there its attempt has failed.
 *
 * A client waits `timeout` for an attempt. When it gives up, the attempt is taken
 * out (`cancels`) or goes on to its end for nobody, as most servers do. It tries
 * again up to `retries` times, after a wait that is uniform over (0, backoff * 2^k],
 * at most `backoff_limit`, k = 0, 1, ... ("full jitter", Brooker 2015). A closed
 * source is a pool of `population` clients that think between requests; an open
 * one sends by the law of its gaps and minds nothing.
 *
 * Determinism: each station and each source draws from streams of its own name.
 * Memory: one line of cache per request under way; taken when more are under way
 * than ever before, never per event. An event costs O(1), in a SHARED station
 * O(log n) for n requests in it.
 */
#ifndef SELFHEAL_SIM_STATION_H
#define SELFHEAL_SIM_STATION_H

#include "sim/event_queue.h"
#include "sim/service_time.h"

enum { STATION_ROUTE = 8, STATION_EVENTS = 6 };
#define STATION_UNLIMITED UINT32_MAX

enum station_discipline { STATION_FCFS, STATION_SHARED };

struct station_spec {
    const char *name; /* borrowed during create; names its stream */
    enum station_discipline discipline;
    uint32_t servers;     /* 0: nothing moves */
    uint32_t connections; /* STATION_UNLIMITED or >= 1 */
    uint32_t queue_limit; /* STATION_UNLIMITED, or who may wait at most; 0: nobody */
    bool holds;           /* the connection, until the route is done */
    struct service_time service;
};

struct source_spec {
    const char *name;                     /* borrowed during create */
    struct service_time gap;              /* open: between requests; closed: thinking */
    heal_duration timeout;                /* of one attempt; 0: waits for ever */
    heal_duration backoff, backoff_limit; /* both >= 0 */
    uint32_t population;                  /* > 0: closed, so many clients; 0: open */
    uint32_t route[STATION_ROUTE];        /* stations by index */
    uint32_t route_length;                /* 1 .. STATION_ROUTE */
    uint32_t lanes;                       /* 0 is 1 */
    uint32_t retries;
    bool cancels;
};

enum request_end {
    REQUEST_SERVED,
    REQUEST_REFUSED,   /* its last attempt met a full queue */
    REQUEST_TIMED_OUT, /* its last attempt took too long */
    REQUEST_WRONG,     /* its last attempt was answered with an error */
};

/* How an attempt went, for the stations. */
enum try_end {
    TRY_SERVED,
    TRY_WRONG,
    TRY_LATE,    /* served, right or wrong, for nobody: its client gave up before */
    TRY_REFUSED, /* met a full queue, or no lane */
    TRY_DROPPED, /* by stations_drop */
};

/* What the owner hears; either function may be NULL. Neither may call back. */
struct station_observer {
    void *context;
    /* A request was served by a station: `waited` for a server or a connection,
     * `stayed` altogether, ns. In a SHARED station nobody waits for a server. */
    void (*left)(void *context, uint32_t station, heal_time now, heal_duration waited, heal_duration stayed);
    /* A client's request came to its end after `took` ns, all attempts together. */
    void (*ended)(void *context, uint32_t source, heal_time now, enum request_end end, heal_duration took);
    /* An attempt is over after `took` ns; `lane` is STATION_UNLIMITED where none took it. */
    void (*tried)(void *context, uint32_t source, uint32_t lane, heal_time now, enum try_end end, heal_duration took);
};

/* arrived = served + refused + cancelled + present, after every event. */
struct station_counts {
    uint64_t arrived, served, refused, cancelled;
    uint32_t present;       /* in line, in the queue and in service */
    uint32_t waiting;       /* of them, in line and in the queue */
    double present_seconds; /* integral of `present` until the last event here */
    double busy_seconds;    /* likewise of the servers at work */
};

/* sent = served + refused + timed_out + wrong + under_way, after every event. */
struct source_counts {
    uint64_t sent, served, refused, timed_out, wrong;
    uint64_t retries;   /* attempts beyond the first of a request */
    uint64_t orphans;   /* attempts that went on for nobody */
    uint32_t under_way; /* in a station or backing off */
};

struct station_config {
    const struct station_spec *stations;
    uint32_t station_count; /* >= 1 */
    const struct source_spec *sources;
    uint32_t source_count;
    uint64_t seed;
    uint32_t replication;
    struct event_queue *queue; /* the owner's; must live as long */
    uint32_t first_kind;       /* event kinds first_kind .. + STATION_EVENTS - 1 are ours */
    struct station_observer observer;
    uint32_t room; /* requests under way, a guess; more is taken when needed */
};

struct stations;

/* NULL: out of memory, or a specification out of its range (stations_fault tells). */
struct stations *stations_create(const struct station_config *config);
void stations_destroy(struct stations *stations); /* NULL is fine */

/* What is wrong with a specification, a static text, or NULL when nothing is. */
const char *stations_fault(const struct station_config *config);

/* To be called first. Sources begin: open ones after a first gap, clients of closed ones thinking. */
void stations_start(struct stations *stations, heal_time now);
bool stations_own(const struct stations *stations, const struct event *event);
void stations_handle(struct stations *stations, const struct event *event);
/* An event or a request found no memory: what follows is worth nothing. */
bool stations_failed(const struct stations *stations);

/* One more request of an open source, now, beside those that its gaps send. */
void stations_send(struct stations *stations, heal_time now, uint32_t source);
/* The mean gap of an open source from now on, its spread unchanged; the pending
 * gap is stretched likewise. INFINITY stops it, until a finite one starts it anew. */
void stations_set_gap(struct stations *stations, heal_time now, uint32_t source, double mean_seconds);
/* Those in service beyond the new number of servers end where they are. */
void stations_set_servers(struct stations *stations, heal_time now, uint32_t station, uint32_t servers);
/* The same of a SHARED station, in parts of a processor: n requests get min(1, processors / n) each. */
void stations_set_processors(struct stations *stations, heal_time now, uint32_t station, double processors);
/* Of those that begin to be served from now on. */
void stations_set_service(struct stations *stations, uint32_t station, const struct service_time *service);
void stations_set_errors(struct stations *stations, uint32_t station, double ratio);  /* 0 .. 1; at first 0 */
void stations_set_weight(struct stations *stations, uint32_t station, double weight); /* >= 0; at first 1 */
/* How far along its route a source's requests go, 1 .. STATION_ROUTE. */
void stations_set_route_length(struct stations *stations, uint32_t source, uint32_t length);
/* Of a source's attempts from now on; 0: waits for ever. */
void stations_set_timeout(struct stations *stations, uint32_t source, heal_duration timeout);
/* Its process dies: every attempt that is in the station, or holds a connection of it while it
 * is elsewhere on its route, has failed, as if refused. */
void stations_drop(struct stations *stations, heal_time now, uint32_t station);
/* Connections beyond the new number (>= 1) are given up as their holders leave. */
void stations_set_connections(struct stations *stations, heal_time now, uint32_t station, uint32_t connections);
/* Work is done `speed` (> 0, finite) times as fast as declared, what is under way too. */
void stations_set_speed(struct stations *stations, heal_time now, uint32_t station, double speed);

/* With integrals up to `now`. */
struct station_counts stations_counts(const struct stations *stations, uint32_t station, heal_time now);
struct source_counts stations_source_counts(const struct stations *stations, uint32_t source);

/* Counts everything anew, request by request, and holds it against the counters,
 * the lists and the heaps: O(all), for tests. False when anything is amiss. */
bool stations_consistent(const struct stations *stations);

#endif
