/* tuning.c - the setting that docs/evaluation.md measures. */
#include "engine/tuning.h"

const struct novelty_tuning NOVELTY_TUNING = {
    .memory = {.fast = 16, .middle = 48, .slow = 320, .slowest = 1024, .spread_middle = 48, .spread_slowest = 1024},
    .tail =
        {
            .edge_share = 0.05f,
            .far_share = 0.01f,
            .edge_nats = 2.995732274f,
            .far_nats = 4.605170186f,
            /* Three records alone would swing wildly; an exponent near 3 is what load data have. */
            .prior_weight = 0.5f,
            .prior_excess = 0.35f,
            .gain_first = 4,
            .gain_least = 0.02f,
        },
    .season =
        {
            .learn_profile = 0.4f,
            .learn_weekday = 1.0f / 256,
            .learn_error = 1.0f / 300,
            .learn_smooth = 1.0f / 24,
            .doubt = 0.5f,
            /* A profile that learns by 0.4 is noisy: where there is no season its error is
             * this many times the level's, sqrt(1 + a / (2 - a)). */
            .noise = 1.118034f,
            .clear_gain = 0.9f,
            /* White noise stays within 0.18 (two standard errors of 128 blocks). */
            .peak = 0.6f,
        },
    .mean_share = 0.5f,
    .rest = 100,
    .rest_factor = 2,
};
