/* queueing.c - the formulas themselves. Sources stand in the header. */
#include "sim/queueing.h"

#include <math.h>

double erlang_b(uint32_t servers, double load)
{
    double b = 1.0;

    for (uint32_t n = 1; n <= servers; n++)
        b = load * b / (n + load * b);
    return b;
}

double erlang_c(uint32_t servers, double load)
{
    if (load >= servers)
        return 1.0;
    double b = erlang_b(servers, load), u = load / servers;
    return b / (1.0 - u * (1.0 - b));
}

double mmc_wait_mean(uint32_t servers, double load, double service)
{
    return load >= servers ? INFINITY : erlang_c(servers, load) * service / (servers - load);
}

double mmc_wait_quantile(uint32_t servers, double load, double service, double q)
{
    if (load >= servers)
        return INFINITY;
    double waits = erlang_c(servers, load);
    return waits <= 1.0 - q ? 0.0 : service / (servers - load) * log(waits / (1.0 - q));
}

double mgc_wait_mean(uint32_t servers, double load, double service, double cv)
{
    return 0.5 * (1.0 + cv * cv) * mmc_wait_mean(servers, load, service);
}

double wait_probability(double servers, double utilisation)
{
    if (utilisation >= 1.0)
        return 1.0;
    if (utilisation <= 0.0)
        return 0.0;
    if (servers <= 1.0)
        return utilisation;
    if (servers >= 30.0 && utilisation < 0.1) /* under 2e-7 */
        return 0.0;
    return pow(utilisation, sqrt(2.0 * (servers + 1.0)) - 1.0);
}

double ps_stay_mean(uint32_t servers, double load, double service)
{
    return service + mmc_wait_mean(servers, load, service);
}

double ps_stay_cv2(double waits, double cv)
{
    return (1.0 + cv * cv) * 2.0 / (2.0 - waits) - 1.0;
}

double blocking(double waits, double utilisation, double room)
{
    if (utilisation <= 0.0 || waits <= 0.0)
        return 0.0;
    if (room * (1.0 - utilisation) > 20.0) /* under e^-20 */
        return 0.0;
    double full = waits * pow(utilisation, room);
    return full * (1.0 - utilisation) / (1.0 - full * utilisation);
}

/* L^2 + a L - weight (backlog + arrivals) = 0 with a = weight - backlog + capacity -
 * arrivals; the root that does not lose its digits. */
double backlog_after(double backlog, double arrivals, double capacity, double weight)
{
    double in = backlog + arrivals;
    double a = weight + capacity - in, product = weight * in;
    double root = sqrt(a * a + 4.0 * product);
    double left = a > 0.0 ? 2.0 * product / (a + root) : 0.5 * (root - a);

    if (!(left > 0.0))
        return 0.0;
    return left < in ? left : in;
}

double tries_fail(double p, uint32_t retries)
{
    double fail = p;

    for (uint32_t i = 0; i < retries && fail > 0.0; i++)
        fail *= p;
    return fail;
}

double tries_mean(double p, uint32_t retries)
{
    double sum = 1.0, term = 1.0;

    for (uint32_t i = 0; i < retries && term > 0.0; i++)
        sum += term *= p;
    return sum;
}

double retry_offered(double rate, double capacity, uint32_t retries)
{
    if (rate <= capacity)
        return rate;
    if (capacity <= 0.0)
        return rate * (retries + 1.0);
    double p = pow(1.0 - capacity / rate, 1.0 / (retries + 1.0));
    return capacity / (1.0 - p);
}

bool retry_storm_lasts(double rate, double capacity, uint32_t retries)
{
    return rate * (retries + 1.0) >= capacity;
}

static double bounded_cv2(double mean, double variance)
{
    double cv2 = variance / (mean * mean);

    return cv2 < 12.0 ? cv2 : 12.0;
}

double gamma_quantile(double mean, double variance, double z)
{
    if (!(mean > 0.0))
        return 0.0;
    double cv2 = bounded_cv2(mean, variance);
    double root = 1.0 - cv2 / 9.0 + z * sqrt(cv2) / 3.0;
    return root > 0.0 ? mean * root * root * root : 0.0;
}

struct gamma_shape gamma_shape(double mean, double variance)
{
    double cv2 = bounded_cv2(mean, variance);

    return (struct gamma_shape){mean, variance, cv2, sqrt(cv2), cv2 / 9.0};
}

/* 12 standard deviations over the mean, or more. */
static bool is_far(double over, double variance)
{
    return over > 0.0 && over * over >= 144.0 * variance;
}

double gamma_tail_at(const struct gamma_shape *shape, double at)
{
    double over = at - shape->mean;

    if (at <= 0.0)
        return 1.0;
    if (is_far(over, shape->variance))
        return 0.0;
    if (shape->cv2 < 1e-12)
        return over < 0.0 ? 1.0 : 0.5;
    double z = 3.0 * (cbrt(at / shape->mean) - 1.0 + shape->shift) / shape->root;
    return 0.5 * erfc(z * 0.70710678118654752);
}

double gamma_tail(double mean, double variance, double at)
{
    if (at > 0.0 && is_far(at - mean, variance))
        return 0.0; /* most are, and need no shape */
    struct gamma_shape shape = gamma_shape(mean, variance);
    return gamma_tail_at(&shape, at);
}
