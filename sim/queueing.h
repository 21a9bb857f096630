/* queueing.h - formulas of queueing theory, each with its source.
 *
 * Pure functions. Throughout: `servers` work at once, a request takes `service`
 * seconds of one of them in the mean, `load` is arrivals per second * service in
 * erlangs, `utilisation` is load / servers. A queue that never settles has an
 * infinite wait. cv is a standard deviation over its mean; cv2 its square.
 */
#ifndef SELFHEAL_SIM_QUEUEING_H
#define SELFHEAL_SIM_QUEUEING_H

#include <stdbool.h>
#include <stdint.h>

/* Share of arrivals lost without a waiting room, M/G/c/c (Erlang 1917); by the
 * recursion B(n) = a B(n-1) / (n + a B(n-1)). */
double erlang_b(uint32_t servers, double load);

/* Probability that an arrival waits, M/M/c (Erlang 1917). 1 from utilisation 1 on. */
double erlang_c(uint32_t servers, double load);

/* Wait in the queue, M/M/c (Kleinrock 1975, vol. I, sec. 3.5): its mean, and the
 * time within which a share `q` (0 <= q < 1) of all arrivals is at work. */
double mmc_wait_mean(uint32_t servers, double load, double service);
double mmc_wait_quantile(uint32_t servers, double load, double service, double q);

/* Mean wait, M/G/c: (1 + cv^2) / 2 of the M/M/c's (Lee and Longton 1959; Allen and
 * Cunneen, in Allen 1990, sec. 5.2). Exact for one server (Pollaczek-Khinchine). */
double mgc_wait_mean(uint32_t servers, double load, double service, double cv);

/* Probability of waiting for real numbers of servers >= 1, of which Erlang's is the
 * case for whole ones: u^(sqrt(2 (c + 1)) - 1) (Sakasegawa 1977). Exact for c = 1,
 * within a few hundredths elsewhere. `utilisation` over 1 counts as 1. */
double wait_probability(double servers, double utilisation);

/* Processor sharing, M/G/c-PS. Mean stay: that of M/M/c, whatever the distribution
 * (Kelly 1979). Its cv^2: (1 + cv^2) * 2 / (2 - p) - 1 with p the share that
 * finds no server free: exact for M/M/1-PS (Coffman, Muntz and Trotter 1970); for other
 * cv right in light and in heavy traffic, where the stay is the work times an
 * exponential (Yashkov 1993), and ours in between. */
double ps_stay_mean(uint32_t servers, double load, double service);
double ps_stay_cv2(double waits, double cv);

/* Share of arrivals that find servers and `room` places of the queue taken,
 * M/M/c/c+room, from the probability `waits` of waiting if the room were endless:
 * waits (1-u) u^room / (1 - waits u^(room+1)) (exact: p_n of the truncated chain is
 * that of the endless one over its mass). `room` >= 0. At utilisation 1 it is 0 / 0: the
 * limit depends on how `waits` comes to 1, so stay below. */
double blocking(double waits, double utilisation, double room);

/* Requests that wait at the end of a span in which `arrivals` came and `capacity`
 * could be served, when `backlog` waited at its start. By the coordinate
 * transformation of Kimber and Hollis (1979, TRRL report LR 909), which joins the
 * queue that settles, weight * u / (1 - u), to the fluid one, backlog + arrivals -
 * capacity. `weight` >= 0 is P(wait) (1 + cv^2) / 2; 0 gives the fluid queue. Never
 * under 0 or backlog + arrivals - capacity, never over backlog + arrivals. */
double backlog_after(double backlog, double arrivals, double capacity, double weight);

/* Tries of one call when each fails with probability p and it is tried again up to
 * `retries` times: (1 - p^(r+1)) / (1 - p); and the share of calls that fail for good. */
double tries_mean(double p, uint32_t retries);
double tries_fail(double p, uint32_t retries);

/* Tries per second that callers settle on who ask `rate` per second of something
 * that serves `capacity` per second and refuses the rest at once. Fixed point of
 * offered = rate * tries_mean(1 - capacity / offered): rate (1 - p^(r+1)) = capacity
 * gives p. Under `capacity` it is `rate`. */
double retry_offered(double rate, double capacity, uint32_t retries);

/* Whether a queue longer than the callers' patience keeps itself so: every try is too
 * late, so rate * (retries + 1) come in, and that is at least `capacity` (metastable
 * failure: Bronson, Aghayev, Charapko and Zhu 2021). */
bool retry_storm_lasts(double rate, double capacity, uint32_t retries);

/* A gamma distribution by mean > 0 and variance >= 0, through Wilson and Hilferty
 * (1931): the cube root is nearly normal. Quantile by the normal's `z` of it (2.326
 * for 99 %); the mass above `at`, which is taken for 0 from 12 standard deviations
 * over the mean on. A cv^2 over 12, where the cube root is no longer nearly normal, counts
 * as 12. */
double gamma_quantile(double mean, double variance, double z);
double gamma_tail(double mean, double variance, double at);

/* The same for many places of one distribution: what does not depend on the place is
 * worked out once. gamma_tail_at(gamma_shape(m, v), at) is gamma_tail(m, v, at) to the bit. */
struct gamma_shape {
    double mean, variance, cv2, root, shift; /* sqrt(cv2), cv2 / 9 */
};
struct gamma_shape gamma_shape(double mean, double variance);
double gamma_tail_at(const struct gamma_shape *shape, double at);

#define NORMAL_99 2.3263478740408408

#endif
