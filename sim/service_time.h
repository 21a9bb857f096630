/* service_time.h - how long things take: a law with its mean and its spread.
 *
 * Spread is the squared coefficient of variation, variance / mean^2, which is all
 * that Pollaczek and Khinchine's formula asks of a service. Used for service,
 * think and inter-arrival times alike.
 */
#ifndef SELFHEAL_SIM_SERVICE_TIME_H
#define SELFHEAL_SIM_SERVICE_TIME_H

#include "engine/random.h"

#include <stdbool.h>

enum service_law {
    SERVICE_EXPONENTIAL,      /* spread 1, whatever is written */
    SERVICE_DETERMINISTIC,    /* spread 0, whatever is written */
    SERVICE_LOG_NORMAL,       /* spread >= 0 */
    SERVICE_GAMMA,            /* spread > 0; 1/k is Erlang's with k phases */
    SERVICE_HYPEREXPONENTIAL, /* spread >= 1; two branches, balanced means (Whitt 1982, "Approximating a
                                 point process by a renewal process, I", eq. 3.7) */
};

struct service_time {
    enum service_law law;
    double mean_seconds; /* > 0, finite */
    double spread;
};

/* Within the ranges above. */
bool service_time_valid(const struct service_time *time);
/* The spread that the law really has. */
double service_time_spread(const struct service_time *time);
/* Seconds, >= 0. `time` must be valid. */
double service_time_draw(const struct service_time *time, struct random_stream *stream);

#endif
