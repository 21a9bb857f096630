/* tuning.h - the constants of surprise, together.
 *
 * They are the detector's own, not the policy's: one setting for all data. They are in one
 * place so that an evaluation can move each of them and show what hangs on it
 * (replay/robustness.h); everybody else passes NOVELTY_TUNING.
 */
#ifndef SELFHEAL_ENGINE_TUNING_H
#define SELFHEAL_ENGINE_TUNING_H

/* Time constants of means, in samples: views are named in novelty.h. */
struct memory_tuning {
    float fast, middle, slow, slowest, spread_middle, spread_slowest;
};

struct tail_tuning {
    float edge_share, far_share;      /* of the samples beyond edge and far, 0 .. 1, far the smaller */
    float edge_nats, far_nats;        /* -ln of both */
    float prior_weight, prior_excess; /* of Hill's mean excess, in records and in nats */
    float gain_first, gain_least;     /* of the approximation: first / samples, and never less */
};

struct season_tuning {
    float learn_profile, learn_weekday, learn_error, learn_smooth; /* shares of what is new */
    float doubt;      /* periods: a profile that has seen as many is trusted by half, beside the level */
    float noise;      /* a profile misleads when its error is more than this many times the level's */
    float clear_gain; /* less than this many times: there is a season */
    float peak;       /* least autocorrelation of a period */
};

struct novelty_tuning {
    struct memory_tuning memory;
    struct tail_tuning tail;
    struct season_tuning season;
    float mean_share;  /* of the surprise: the views' mean, the rest is the greatest */
    float rest;        /* samples for which an episode is not told again, */
    float rest_factor; /* unless it is so many times as surprising */
};

extern const struct novelty_tuning NOVELTY_TUNING;

#endif
