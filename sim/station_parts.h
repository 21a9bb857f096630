/* station_parts.h - what the files behind station.h share.
 *
 *   station.c           a set of stations: made, asked, changed from outside
 *   station_serve.c     one station: in, queue, service, out
 *   station_client.c    one client: sends, waits, gives up, tries again
 *   station_check.c     everything counted anew
 *
 * An event is a hint: "something may be due at this place at this instant". Its
 * place says itself what it waits for, and until when; a hint that does not agree
 * was overtaken and is passed over, so nothing is ever taken out of the queue. */
#ifndef SELFHEAL_SIM_STATION_PARTS_H
#define SELFHEAL_SIM_STATION_PARTS_H

#include "sim/station.h"

enum station_event {
    STATION_GAP_OVER,    /* index: source */
    STATION_THOUGHT,     /* index: request */
    STATION_RETRY,       /* index: request */
    STATION_SERVED,      /* index: request in a FCFS station */
    STATION_SHARED_DUE,  /* index: SHARED station */
    STATION_OUT_OF_TIME, /* index: request */
};

enum request_state {
    REQUEST_SPARE,
    REQUEST_THINKING,
    REQUEST_BACKING_OFF,
    REQUEST_IN_LINE, /* for a connection */
    REQUEST_QUEUED,  /* for a server */
    REQUEST_IN_SERVICE,
};

#define NO_REQUEST UINT32_MAX

/* One line of cache: an event touches one request, so a struct of arrays would
 * touch eight lines where this touches one. */
struct request {
    heal_time began;    /* the client's first attempt */
    heal_time entered;  /* the station */
    heal_time started;  /* service there */
    heal_time deadline; /* of the attempt; HEAL_TIME_NEVER without one */
    union {
        heal_time due; /* end of thinking, backing off, FCFS service */
        double finish; /* SHARED: the station's clock at which it is done */
    };
    uint32_t next, prev; /* in the one list it is in; SHARED: prev is its place in the heap */
    uint32_t source;
    uint16_t attempt; /* 0 is the first */
    uint8_t state, hop;
    uint8_t held; /* bit h: holds a connection of hop h, which it left */
    bool orphan;  /* nobody waits for it */
    bool wrong;   /* some station answered with an error */
    uint32_t lane;
};
_Static_assert(sizeof(struct request) <= 64, "a request is one cache line");

struct request_list {
    uint32_t head, tail;
};

struct shared_entry {
    double finish;
    uint32_t request;
};

struct station {
    enum station_discipline discipline;
    bool holds;
    uint32_t servers, connections, queue_limit;
    uint32_t in_service, inside; /* inside: connections taken */
    uint32_t waiting;            /* in line and queued */
    struct request_list line, queue, serving;
    struct shared_entry *heap; /* SHARED: in_service of them */
    uint32_t heap_room;
    double clock; /* SHARED: seconds of a whole processor given to each so far */
    double speed;
    double processors; /* SHARED: what `servers` says, or parts of it */
    double errors, weight;
    heal_time touched;   /* clock and integrals are up to here */
    heal_time scheduled; /* SHARED: its pending hint; HEAL_TIME_NEVER: none */
    struct service_time service;
    struct random_stream stream, wrongs;
    struct station_counts counts;
};

struct source {
    struct source_spec spec;
    heal_time due; /* open: the next request */
    struct random_stream gaps, retries, lanes;
    struct source_counts counts;
};

struct stations {
    struct station *stations;
    struct source *sources;
    uint32_t station_count, source_count;
    struct request *requests;
    heal_time *attempted; /* by request, when its attempt began; NULL: nobody hears of attempts */
    uint32_t request_count, request_room;
    uint32_t spare; /* head of the spare requests, linked by next */
    struct event_queue *queue;
    uint32_t first_kind;
    struct station_observer observer;
    bool failed;
};

/* station.c */
void station_push(struct stations *stations, heal_time at, enum station_event kind, uint32_t index);
heal_duration station_span(double seconds); /* to nanoseconds, rounded, at most some centuries */
heal_time station_later(heal_time now, heal_duration span);
void station_advance(struct station *station, heal_time now);
uint32_t request_take(struct stations *stations); /* NO_REQUEST: out of memory; moves all requests */
void request_give(struct stations *stations, uint32_t index);

/* station_serve.c */
enum station_way { WAY_IN, WAY_REFUSED };
/* The index of the station of a request's hop. */
uint32_t request_hop(const struct stations *stations, const struct request *request, uint32_t hop);
struct station *request_station(const struct stations *stations, const struct request *request);
enum station_way station_enter(struct stations *stations, uint32_t index, heal_time now);
void station_served(struct stations *stations, uint32_t index, heal_time now); /* FCFS: the server is free again */
void station_shared_due(struct stations *stations, uint32_t station, heal_time now);
void station_cancel(struct stations *stations, uint32_t index, heal_time now);
void station_release_held(struct stations *stations, uint32_t index, heal_time now);
void station_admit_line(struct stations *stations, uint32_t station, heal_time now);
void station_start_queued(struct stations *stations, uint32_t station, heal_time now);
void station_reschedule(struct stations *stations, uint32_t station, heal_time now);                     /* SHARED */
void station_restart_services(struct stations *stations, uint32_t station, heal_time now, double ratio); /* FCFS */

/* How fast each of those who share it runs, beside one who has a processor to itself. */
static inline double station_share(const struct station *station)
{
    return station->in_service <= station->processors ? 1.0 : station->processors / station->in_service;
}

/* station_client.c */
void client_gap_over(struct stations *stations, uint32_t source, heal_time now);
void client_send(struct stations *stations, uint32_t source, heal_time now);
void client_schedule_gap(struct stations *stations, uint32_t source, heal_time now);
void client_think(struct stations *stations, uint32_t index, heal_time now);
void client_thought(struct stations *stations, uint32_t index, heal_time now);
void client_retry(struct stations *stations, uint32_t index, heal_time now);
void client_out_of_time(struct stations *stations, uint32_t index, heal_time now);
void client_lost(struct stations *stations, uint32_t index, heal_time now);    /* its station dropped it */
void client_onwards(struct stations *stations, uint32_t index, heal_time now); /* a station is done with it */

#endif
