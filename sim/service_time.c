#include "sim/service_time.h"

#include <gsl/gsl_randist.h>
#include <math.h>

bool service_time_valid(const struct service_time *time)
{
    if (!(time->mean_seconds > 0.0) || !isfinite(time->mean_seconds))
        return false;
    switch (time->law) {
    case SERVICE_EXPONENTIAL:
    case SERVICE_DETERMINISTIC:
        return true;
    case SERVICE_LOG_NORMAL:
        return time->spread >= 0.0 && isfinite(time->spread);
    case SERVICE_GAMMA:
        return time->spread > 0.0 && isfinite(time->spread);
    case SERVICE_HYPEREXPONENTIAL:
        return time->spread >= 1.0 && isfinite(time->spread);
    }
    return false;
}

double service_time_spread(const struct service_time *time)
{
    return time->law == SERVICE_EXPONENTIAL ? 1.0 : time->law == SERVICE_DETERMINISTIC ? 0.0 : time->spread;
}

/* Each branch carries half of the work: p m1 = (1 - p) m2 = mean / 2. */
static double draw_hyperexponential(const struct service_time *time, struct random_stream *stream)
{
    double p = (1.0 + sqrt((time->spread - 1.0) / (time->spread + 1.0))) / 2.0;
    double share = random_uniform(stream) < p ? p : 1.0 - p;

    return random_exponential(stream, time->mean_seconds / (2.0 * share));
}

double service_time_draw(const struct service_time *time, struct random_stream *stream)
{
    switch (time->law) {
    case SERVICE_EXPONENTIAL:
        return random_exponential(stream, time->mean_seconds);
    case SERVICE_DETERMINISTIC:
        break;
    case SERVICE_LOG_NORMAL:
        return random_log_normal(stream, time->mean_seconds, time->mean_seconds * sqrt(time->spread));
    case SERVICE_GAMMA: {
        gsl_rng rng = random_gsl(stream);
        return gsl_ran_gamma(&rng, 1.0 / time->spread, time->mean_seconds * time->spread);
    }
    case SERVICE_HYPEREXPONENTIAL:
        return draw_hyperexponential(time, stream);
    }
    return time->mean_seconds;
}
