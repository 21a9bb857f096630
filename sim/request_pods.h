/* request_pods.h - the pods of one service, request by request.
 *
 * What cluster_serving.c works out with formulas for a whole step, here simulated: each
 * pod is a station of sim/station.h whose `connections` requests share its cores, others
 * wait in line, more are refused; a request keeps its connection while it makes its
 * calls, one after the other, each a station with as many servers as the pod's pool has
 * connections. An asker (users, or a service that calls) sends at random (Poisson) at a
 * rate, each attempt to a pod drawn by weight; it gives up after its patience and tries
 * again at once, up to `retries` times, while the pod goes on for nobody.
 *
 * The owner begins a span, says how the pods are in it, runs to its end, and asks what
 * came of it. What a process had is dropped with it.
 *
 * Percentiles are read off histograms (stay_histogram.h), within 0.8 %.
 * Each pod, call and asker draws from streams of its own name. Memory grows with the
 * requests under way alone.
 */
#ifndef SELFHEAL_SIM_REQUEST_PODS_H
#define SELFHEAL_SIM_REQUEST_PODS_H

#include "sim/station.h"

enum { REQUEST_CALLS = STATION_ROUTE - 2 };

struct request_pods_config {
    const char *name;
    const char *const *pod_names; /* borrowed during create, as the other names */
    uint32_t pods;                /* >= 1 */
    uint32_t calls;               /* 0 .. REQUEST_CALLS that a request makes */
    uint32_t connections, queue;  /* of a pod: at work or calling; waiting */
    const char *const *asker_names;
    const uint32_t *retries; /* by asker */
    const double *slow;      /* by asker: seconds from which an answer is slow; INFINITY: none */
    uint32_t askers;
    double cv; /* of a request's work */
    uint64_t seed;
    uint32_t replication;
    heal_time start;
};

struct request_pods;
struct request_pods *request_pods_create(const struct request_pods_config *config); /* NULL: out of memory */
void request_pods_destroy(struct request_pods *pods);                               /* NULL is fine */

struct request_call {
    double mean, variance; /* seconds that it takes once it has a connection */
    uint32_t pool;         /* connections; 0: as many as it likes */
};

struct request_pod {
    double weight;                  /* share of attempts, >= 0; 0: gets none */
    double cores;                   /* 0: nothing moves */
    double work;                    /* mean CPU-seconds of a request, > 0 */
    double errors;                  /* share answered with an error */
    double disk;                    /* seconds that its disk adds, its connection held */
    double delay, loss, retransmit; /* of each of two messages: late by, lost, sent again after */
    struct request_call calls[REQUEST_CALLS];
};

/* What is told is since then. */
void request_pods_begin(struct request_pods *pods);

/* From `at` on, the instant to which it was run last. */
void request_pods_set(struct request_pods *pods, heal_time at, uint32_t pod, const struct request_pod *how);
/* rate >= 0 a second; patience > 0, seconds. */
void request_pods_ask(struct request_pods *pods, heal_time at, uint32_t asker, double rate, double patience);
void request_pods_drop(struct request_pods *pods, heal_time at, uint32_t pod);

/* False when out of memory. */
bool request_pods_run(struct request_pods *pods, heal_time until);

/* Attempts: those that began, those that ended, and how they are now. */
struct request_pod_told {
    double begun;
    double served, wrong, late, refused; /* right in time; with an error; for nobody; refused and dropped */
    double stay, square;                 /* sums over served, wrong and late, seconds */
    double left, waiting;                /* in the pod at the end; of them, for a connection */
    double inside, busy;                 /* mean number at work or calling; cores at work */
};
struct request_pod_told request_pods_pod(const struct request_pods *pods, uint32_t pod);

struct request_asker_told {
    double sent, served, failed, waiting;    /* requests; under way at the end */
    double tried, good, late, slow, nowhere; /* attempts that ended; right in time; for nobody; of the good
                                                over `slow`; that found no pod */
};
struct request_asker_told request_pods_asker(const struct request_pods *pods, uint32_t asker);

/* The 99th percentile of stays in a pod, or in all (STATION_UNLIMITED), each counted as at most
 * `patience`; NaN: nobody stayed. */
double request_pods_percentile(const struct request_pods *pods, uint32_t pod, double patience);

bool request_pods_consistent(const struct request_pods *pods); /* for tests */

#endif
