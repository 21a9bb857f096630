/* falling_test.c - the same as halving, in fewer questions, whatever the share looks like. */
#include "sim/falling.h"

#include "engine/random.h"
#include "sim/queueing.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { PODS = 100 };

/* A workload's pods, each with its share of the requests, and how often it was asked. */
struct mixture {
    double weight[PODS], mean[PODS], variance[PODS];
    size_t count, *asked;
};

static double tail(const void *context, double x)
{
    const struct mixture *mixture = context;
    double over = 0.0, all = 0.0;

    ++*mixture->asked;
    for (size_t i = 0; i < mixture->count; i++) {
        over += mixture->weight[i] * gamma_tail(mixture->mean[i], mixture->variance[i], x);
        all += mixture->weight[i];
    }
    return over / all;
}

/* What falling_crossing promises to return. */
static double halved(const struct falling *share, double level, double high)
{
    double low = 0.0;

    for (int i = 0; i < FALLING_HALVINGS; i++) {
        double middle = 0.5 * (low + high);
        if (share->at(share->context, middle) - level > 0.0)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static double uniform(struct random_stream *stream, double low, double high)
{
    return low + (high - low) * random_uniform(stream);
}

/* Pods alike but for the first few, which are slower. */
static void draw_mixture(struct mixture *mixture, struct random_stream *stream)
{
    double usual = uniform(stream, 0.005, 0.05), slow = floor(uniform(stream, 0.0, 4.0));

    mixture->count = 1 + (size_t)uniform(stream, 0.0, PODS - 1.0);
    for (size_t i = 0; i < mixture->count; i++) {
        double mean = usual * uniform(stream, 0.9, 1.1) * ((double)i < slow ? uniform(stream, 2.0, 60.0) : 1.0);
        mixture->weight[i] = uniform(stream, 25.0, 35.0);
        mixture->mean[i] = mean;
        mixture->variance[i] = mean * mean * uniform(stream, 0.0, 1.5);
    }
}

static double highest_quantile(const struct mixture *mixture)
{
    double high = 0.0;

    for (size_t i = 0; i < mixture->count; i++)
        high = fmax(high, gamma_quantile(mixture->mean[i], mixture->variance[i], NORMAL_99));
    return high;
}

static void test_it_is_what_halving_finds_to_the_bit_in_half_the_questions(void **state)
{
    struct random_stream stream = random_stream_named(7, "falling_test", "mixtures", 0);
    size_t asked = 0, halvings = 0, most = 0;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct mixture mixture = {.asked = &asked};
        struct falling share = {tail, &mixture};
        draw_mixture(&mixture, &stream);
        double high = highest_quantile(&mixture), at_high = tail(&mixture, high);
        size_t before = asked;
        double found = falling_crossing(&share, 0.01, high, at_high);
        most = asked - before > most ? asked - before : most;
        mixture.asked = &halvings;
        if (!(found == halved(&share, 0.01, high)))
            fail_msg("mixture %d: %.17g is not what halving finds", i, found);
    }
    print_message("%.1f questions in the mean, %zu at most, for halving's %d\n", (double)asked / 2000, most,
                  FALLING_HALVINGS);
    assert_true(asked < halvings / 2);
    assert_true(most < 2 * FALLING_HALVINGS);
}

/* Neither smooth nor ever nearer to the level than a step. */
static double stairs(const void *context, double x)
{
    const double *steps = context;
    double share = 1.0;

    for (int i = 0; i < 8; i++)
        share -= x >= steps[i] ? 0.125 : 0.0;
    return share;
}

static void test_steps_are_found_as_halving_finds_them(void **state)
{
    struct random_stream stream = random_stream_named(7, "falling_test", "stairs", 0);

    (void)state;
    for (int i = 0; i < 2000; i++) {
        double steps[8];
        struct falling share = {stairs, steps};
        for (int k = 0; k < 8; k++)
            steps[k] = uniform(&stream, 0.0, 1.0);
        double level = uniform(&stream, 0.01, 0.99);
        assert_true(falling_crossing(&share, level, 1.0, stairs(steps, 1.0)) == halved(&share, level, 1.0));
    }
}

static void test_a_share_that_stays_over_the_level_gives_the_end(void **state)
{
    double steps[8] = {2, 2, 2, 2, 2, 2, 2, 2};

    (void)state;
    assert_true(falling_crossing(&(struct falling){stairs, steps}, 0.01, 1.0, 1.0) == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_what_halving_finds_to_the_bit_in_half_the_questions),
        cmocka_unit_test(test_steps_are_found_as_halving_finds_them),
        cmocka_unit_test(test_a_share_that_stays_over_the_level_gives_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
