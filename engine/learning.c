/* learning.c - Beta posteriors and the three ways to choose by them. */
#include "engine/learning.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>

static const double LOWER_BOUND_PROBABILITY = 0.05;

struct posterior {
    double success, failure;
};

struct learning {
    const struct policy *policy;
    struct random_stream stream;
    struct posterior posteriors[]; /* per strategy */
};

struct learning *learning_create(const struct policy *policy, uint64_t seed)
{
    struct learning *learning =
        calloc(1, sizeof *learning + policy->strategy_count * sizeof learning->posteriors[0]);

    if (!learning)
        return NULL;
    learning->policy = policy;
    learning->stream = random_stream_named(seed, "engine", "strategy choice", 0);
    for (size_t i = 0; i < policy->strategy_count; i++) {
        const struct strategy *strategy = &policy->strategies[i];
        learning->posteriors[i].success = strategy->prior_success * strategy->prior_weight;
        learning->posteriors[i].failure = (1.0 - strategy->prior_success) * strategy->prior_weight;
    }
    return learning;
}

void learning_destroy(struct learning *learning)
{
    free(learning);
}

void learning_note(struct learning *learning, uint32_t strategy, bool success)
{
    if (!learning->policy->learning)
        return;
    if (success)
        learning->posteriors[strategy].success += 1.0;
    else
        learning->posteriors[strategy].failure += 1.0;
}

void learning_relapse(struct learning *learning, uint32_t strategy)
{
    if (!learning->policy->learning)
        return;
    learning->posteriors[strategy].success -= 1.0;
    learning->posteriors[strategy].failure += 1.0;
}

double learning_mean(const struct learning *learning, uint32_t strategy)
{
    const struct posterior *posterior = &learning->posteriors[strategy];
    return posterior->success / (posterior->success + posterior->failure);
}

/* The quantile of Beta(success, failure), by bisection: gsl_cdf_beta_Pinv gives up
 * (and by default aborts) for lopsided shapes such as (1093, 40). */
static double lower_bound(const struct posterior *posterior)
{
    double low = 0.0, high = 1.0;

    for (int i = 0; i < 52; i++) {
        double middle = (low + high) / 2.0;
        if (gsl_cdf_beta_P(middle, posterior->success, posterior->failure) < LOWER_BOUND_PROBABILITY)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static double worth(struct learning *learning, uint32_t strategy)
{
    const struct posterior *posterior = &learning->posteriors[strategy];

    if (learning->policy->choice == CHOICE_LOWER_BOUND)
        return lower_bound(posterior);
    gsl_rng rng = random_gsl(&learning->stream);
    return gsl_ran_beta(&rng, posterior->success, posterior->failure);
}

int learning_choose(struct learning *learning, const struct ladder *ladder, uint32_t tried)
{
    int best = -1;
    double best_worth = -1.0;

    for (size_t rung = 0; rung < ladder->count; rung++) {
        if (tried >> rung & 1)
            continue;
        if (learning->policy->choice == CHOICE_LADDER)
            return (int)rung;
        double value = worth(learning, ladder->rungs[rung]);
        if (value > best_worth) {
            best_worth = value;
            best = (int)rung;
        }
    }
    return best;
}
