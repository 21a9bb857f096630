/* learning.c - counts that fade, posteriors made from them, three ways to choose. */
#include "engine/learning.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

static const double LOWER_BOUND_PROBABILITY = 0.05;
static const double SHAPE_MIN = 1e-3; /* a relapse may take more than was counted */

struct posterior {
    double success, failure;
};

struct counts {
    struct learned large; /* over all evidence */
    struct learned by_signature[SIGNATURES];
};

struct learning {
    const struct policy *policy;
    struct random_stream stream;
    struct counts counts[]; /* per strategy */
};

struct learning *learning_create(const struct policy *policy, uint64_t seed)
{
    struct learning *learning = calloc(1, sizeof *learning + policy->strategy_count * sizeof learning->counts[0]);

    if (!learning)
        return NULL;
    learning->policy = policy;
    learning->stream = random_stream_named(seed, "engine", "strategy choice", 0);
    for (size_t i = 0; i < policy->strategy_count; i++) {
        learning->counts[i].large.at = INT64_MIN;
        for (size_t s = 0; s < SIGNATURES; s++)
            learning->counts[i].by_signature[s].at = INT64_MIN;
    }
    return learning;
}

void learning_destroy(struct learning *learning)
{
    free(learning);
}

static void fade(const struct learning *learning, struct learned *learned, heal_time now)
{
    heal_duration half_life = learning->policy->odds.half_life;

    if (half_life > 0 && learned->at != INT64_MIN && now > learned->at) {
        double kept = exp2(-(double)(now - learned->at) / (double)half_life);
        learned->success *= kept;
        learned->failure *= kept;
    }
    if (now > learned->at)
        learned->at = now;
}

static void count(struct learning *learning, uint32_t strategy, uint32_t signature, heal_time now, double success,
                  double failure)
{
    struct learned *both[] = {&learning->counts[strategy].large,
                              &learning->counts[strategy].by_signature[signature % SIGNATURES]};

    if (!learning->policy->learning)
        return;
    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
        fade(learning, both[i], now);
        both[i]->success += success;
        both[i]->failure += failure;
    }
}

void learning_note(struct learning *learning, uint32_t strategy, uint32_t signature, bool success, heal_time now)
{
    count(learning, strategy, signature, now, success ? 1.0 : 0.0, success ? 0.0 : 1.0);
}

void learning_relapse(struct learning *learning, uint32_t strategy, uint32_t signature, heal_time now)
{
    count(learning, strategy, signature, now, -1.0, 1.0);
}

static struct posterior posterior_of(const struct learning *learning, uint32_t index, uint32_t signature)
{
    const struct strategy *strategy = &learning->policy->strategies[index];
    const struct counts *counts = &learning->counts[index];
    double pooling = learning->policy->odds.pooling;
    struct posterior large = {strategy->prior_success * strategy->prior_weight + counts->large.success,
                              (1.0 - strategy->prior_success) * strategy->prior_weight + counts->large.failure};

    large.success = fmax(large.success, SHAPE_MIN);
    large.failure = fmax(large.failure, SHAPE_MIN);
    if (pooling <= 0.0)
        return large;
    const struct learned *own = &counts->by_signature[signature % SIGNATURES];
    double mean = large.success / (large.success + large.failure);
    return (struct posterior){fmax(mean * pooling + own->success, SHAPE_MIN),
                              fmax((1.0 - mean) * pooling + own->failure, SHAPE_MIN)};
}

double learning_mean(const struct learning *learning, uint32_t strategy, uint32_t signature)
{
    struct posterior posterior = posterior_of(learning, strategy, signature);
    return posterior.success / (posterior.success + posterior.failure);
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

static double worth(struct learning *learning, uint32_t strategy, uint32_t signature, enum severity severity)
{
    const struct policy_odds *odds = &learning->policy->odds;
    struct posterior posterior = posterior_of(learning, strategy, signature);
    double cost = odds->cost_weight[severity] * learning->policy->strategies[strategy].cost;

    if (learning->policy->choice == CHOICE_LOWER_BOUND)
        return lower_bound(&posterior) - cost;
    if (severity >= odds->exploit_from)
        return posterior.success / (posterior.success + posterior.failure) - cost;
    gsl_rng rng = random_gsl(&learning->stream);
    return gsl_ran_beta(&rng, posterior.success, posterior.failure) - cost;
}

int learning_choose(struct learning *learning, const struct ladder *ladder, uint32_t skip, uint32_t signature,
                    enum severity severity)
{
    int best = -1;
    double best_worth = -INFINITY;

    for (size_t rung = 0; rung < ladder->count; rung++) {
        if (skip >> rung & 1)
            continue;
        if (learning->policy->choice == CHOICE_LADDER)
            return (int)rung;
        double value = worth(learning, ladder->rungs[rung], signature, severity);
        if (value > best_worth) {
            best_worth = value;
            best = (int)rung;
        }
    }
    return best;
}

struct learned learning_get(const struct learning *learning, uint32_t strategy, int signature)
{
    const struct counts *counts = &learning->counts[strategy];
    return signature < 0 ? counts->large : counts->by_signature[signature];
}

struct learned learning_at(const struct learning *learning, uint32_t strategy, int signature, heal_time at)
{
    struct learned learned = learning_get(learning, strategy, signature);

    fade(learning, &learned, at);
    return learned;
}

void learning_set(struct learning *learning, uint32_t strategy, int signature, struct learned learned)
{
    struct counts *counts = &learning->counts[strategy];
    *(signature < 0 ? &counts->large : &counts->by_signature[signature]) = learned;
}
