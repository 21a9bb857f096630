/* scoring.h - detectors over one recorded series, to be held beside each other.
 *
 * Each gives a score per sample, in nats: -ln of how likely a quiet sample would be so
 * far out, by its own lights. Causal: a score depends on samples up to its own.
 */
#ifndef SELFHEAL_REPLAY_SCORING_H
#define SELFHEAL_REPLAY_SCORING_H

#include "engine/baseline.h"
#include "engine/time.h"
#include "engine/tuning.h"

#include <stdbool.h>
#include <stddef.h>

enum scorer_kind {
    SCORER_THRESHOLD, /* distance from the mean of the first 15 %, which stays */
    SCORER_GAUSSIAN,  /* from the mean and sd of the last 512 samples */
    SCORER_NOVELTY    /* engine/novelty.h with `parts` */
};

struct scorer {
    const char *name;
    enum scorer_kind kind;
    unsigned parts;                      /* SCORER_NOVELTY */
    const struct novelty_tuning *tuning; /* SCORER_NOVELTY */
};

enum { SCORER_COUNT = 11, SCORER_MOVING_GAUSSIAN = 9 };
extern const struct scorer SCORERS[SCORER_COUNT]; /* [0] is ours whole */

/* False when out of memory. `nats` holds `count`. */
bool scorer_run(const struct scorer *scorer, const heal_time *times, const double *values, size_t count, double *nats);

/* The calibrated tail probability of each sample (novelty_score) at its surprise `nats`, its
 * rank taken by a baseline of `config`; NaN where it is not known: no sample, warming up.
 * False when out of memory. */
bool scores_calibrate(const struct baseline_config *config, const heal_time *times, const double *values, size_t count,
                      const double *nats, double *probability);

/* Episodes told once (novelty.h, alarm_rests) at the level `alarm`: what would be told
 * again is put just under it. `values` tells which samples are there. */
void scores_rest(const struct novelty_tuning *tuning, const double *values, size_t count, double alarm,
                 const double *nats, double *told);

#endif
