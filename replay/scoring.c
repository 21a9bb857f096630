/* scoring.c - ours, ours without each of its parts, and two that everyone has. */
#include "replay/scoring.h"

#include "engine/novelty.h"

#include <math.h>
#include <stdint.h>

enum { MOVING = 512 };

const struct scorer SCORERS[SCORER_COUNT] = {
    {"all parts", SCORER_NOVELTY, NOVELTY_ALL, &NOVELTY_TUNING},
    {"without the spike view", SCORER_NOVELTY, NOVELTY_ALL & ~(unsigned)NOVELTY_SPIKE, &NOVELTY_TUNING},
    {"without the shift views", SCORER_NOVELTY, NOVELTY_ALL & ~(unsigned)NOVELTY_SHIFT, &NOVELTY_TUNING},
    {"without the spread view", SCORER_NOVELTY, NOVELTY_ALL & ~(unsigned)NOVELTY_SPREAD, &NOVELTY_TUNING},
    {"change points (CUSUM) for shift and spread", SCORER_NOVELTY, NOVELTY_ALL | NOVELTY_CUSUM, &NOVELTY_TUNING},
    {"without the season", SCORER_NOVELTY, NOVELTY_ALL & ~(unsigned)NOVELTY_SEASON, &NOVELTY_TUNING},
    {"normal tails for ranked ones", SCORER_NOVELTY, NOVELTY_ALL & ~(unsigned)NOVELTY_RANKS, &NOVELTY_TUNING},
    {"greatest view alone", SCORER_NOVELTY, NOVELTY_ALL & ~(unsigned)NOVELTY_AGREEMENT, &NOVELTY_TUNING},
    {"every sample of an episode", SCORER_NOVELTY, NOVELTY_ALL & ~(unsigned)NOVELTY_REST, &NOVELTY_TUNING},
    {"moving Gaussian", SCORER_GAUSSIAN, 0, NULL},
    {"fixed threshold", SCORER_THRESHOLD, 0, NULL},
};

/* -ln of a normal distribution's two-sided tail: erfc, and its asymptote where erfc
 * is 0 (Abramowitz and Stegun 7.1.23). */
static double normal_nats(double sigmas)
{
    double z = fabs(sigmas);
    return z < 30 ? -log(erfc(z / sqrt(2))) : z * z / 2 + log(z) + 0.2257913526447274;
}

static double against(double value, double sum, double squares, double n)
{
    double mean = sum / n, variance = squares / n - mean * mean;

    if (!(variance > 1e-12 * mean * mean) || variance <= 0)
        return value == mean ? 0 : 1;
    return normal_nats((value - mean) / sqrt(variance));
}

static void run_moments(const double *values, size_t count, size_t window, size_t learn_until, double *nats)
{
    double sum = 0, squares = 0, n = 0, base = 0;

    for (size_t i = 0; i < count; i++) {
        double value = values[i];
        nats[i] = 0;
        if (isnan(value))
            continue;
        base = n == 0 && sum == 0 ? value : base;
        double x = value - base; /* near 0: the squares keep their digits */
        nats[i] = n >= 20 ? against(x, sum, squares, n) : 0;
        if (i >= learn_until)
            continue;
        sum += x;
        squares += x * x;
        n++;
        if (i >= window && !isnan(values[i - window])) {
            double old = values[i - window] - base;
            sum -= old;
            squares -= old * old;
            n--;
        }
    }
}

static bool run_novelty(const struct scorer *scorer, const heal_time *times, const double *values, size_t count,
                        double *nats)
{
    struct novelty *set = novelty_create(scorer->tuning, 1, scorer->parts);

    for (size_t i = 0; set && i < count; i++) {
        float surprise;
        novelty_frame(set, times[i], &values[i], &surprise);
        nats[i] = (double)surprise;
    }
    novelty_destroy(set);
    return set != NULL;
}

bool scorer_run(const struct scorer *scorer, const heal_time *times, const double *values, size_t count, double *nats)
{
    switch (scorer->kind) {
    case SCORER_THRESHOLD:
        run_moments(values, count, SIZE_MAX, (size_t)(0.15 * (double)count) + 1, nats);
        return true;
    case SCORER_GAUSSIAN:
        run_moments(values, count, MOVING, SIZE_MAX, nats);
        return true;
    case SCORER_NOVELTY:
        break;
    }
    return run_novelty(scorer, times, values, count, nats);
}

bool scores_calibrate(const struct baseline_config *config, const heal_time *times, const double *values, size_t count,
                      const double *nats, double *probability)
{
    struct baseline *set = baseline_create(config, 1);
    size_t seen = 0;

    for (size_t i = 0; set && i < count; i++) {
        seen += isnan(values[i]) ? 0 : 1;
        bool known = !isnan(values[i]) && seen > NOVELTY_WARM_UP;
        probability[i] = known ? novelty_score(nats[i], baseline_probability(set, 0, values[i])) : (double)NAN;
        baseline_learn(set, times[i], &values[i], NULL);
    }
    baseline_destroy(set);
    return set != NULL;
}

void scores_rest(const struct novelty_tuning *tuning, const double *values, size_t count, double alarm,
                 const double *nats, double *told)
{
    struct alarm_rest rest = {0};
    float seen = 0;

    for (size_t i = 0; i < count; i++) {
        seen += isnan(values[i]) ? 0.0f : 1.0f;
        bool news = nats[i] < alarm || alarm_rests(tuning, &rest, seen, (float)nats[i], (float)alarm);
        told[i] = news ? nats[i] : 0.999 * alarm;
    }
}
