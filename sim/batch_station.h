/* batch_station.h - a queueing station over one step of time, without its events.
 *
 * A server process with `cores` processors, which it shares among the requests at
 * work, at most `slots` of them; a request holds its slot while it computes and for
 * `hold` seconds beside (calls that it makes, locks, disks). Who finds no slot
 * waits in a queue of `room` places, first come first served; who finds no place is
 * refused. slots 1 is a queue with one server, hold 0 and many slots processor
 * sharing, slots = cores a queue with c servers.
 *
 * The step joins two things: what a station settles on at the step's rates
 * (sim/queueing.h), and the fluid that builds up or drains when it can't settle
 * (backlog_after). Exact for M/M/1 at any number of slots and for the mean of M/M/c
 * up to wait_probability; batch_station_test.c holds it against a simulation of
 * single requests.
 *
 * Requests are real numbers: arrivals + backlog = served + refused + held + left, to the
 * last digits. Constant time, no memory.
 */
#ifndef SELFHEAL_SIM_BATCH_STATION_H
#define SELFHEAL_SIM_BATCH_STATION_H

struct batch_station {
    double cores;         /* > 0; under BATCH_CORES_MIN counts as that */
    double work, work_cv; /* CPU-seconds of a request: mean > 0, cv >= 0 */
    double slots;         /* > 0 */
    double room;          /* >= 0 */
    double hold, hold_variance;
    double limit; /* requests per second that something else lets through; INFINITY: nothing */
    double crowd; /* requests that its callers can have here at once, >= 1; INFINITY: they do not wait for them */
};

struct batch_step {
    double span; /* seconds that it works, > 0 */
    double arrivals, backlog;
};

struct batch_result {
    double served, refused, left; /* requests; `left` wait at the end */
    double held;                  /* that callers could not send, for all they can have here were here */
    double stay, stay_variance;   /* seconds from coming to leaving, of those served */
    double wait;                  /* the part of `stay` before a slot */
    double inside;                /* requests in slots, mean */
    double capacity;              /* requests per second, at most */
};

/* A CFS quota is at least 1 ms of each 100 ms (Linux, sched-bwc.rst). */
#define BATCH_CORES_MIN 0.01

struct batch_result batch_station_step(const struct batch_station *station, const struct batch_step *step);

#endif
