#include "engine/baseline.h"

#include "engine/inventory.h"
#include "engine/test_engine.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

enum { SLOTS = BASELINE_SLOTS, CYCLE = 32, SERIES = 40 };

static const struct baseline_config SHORT = {.window = HEAL_SECOND, .warm_up = 8}; /* is never thinned */

/* Feeds one value to a set of one series, `count` times, a second apart. */
static void feed(struct baseline *set, heal_time *now, size_t count, double value)
{
    for (size_t i = 0; i < count; i++)
        baseline_learn(set, *now += HEAL_SECOND, &value, NULL);
}

static void feed_normal(struct baseline *set, heal_time *now, size_t count, struct random_stream *stream)
{
    for (size_t i = 0; i < count; i++)
        feed(set, now, 1, random_normal(stream));
}

static bool knows_nothing(const struct baseline *set, size_t series)
{
    return isnan(baseline_median(set)[series]) && isnan(baseline_upper(set)[series]) &&
           isnan(baseline_lower(set)[series]);
}

/* Median and both scales are just these. */
static bool fits(const struct baseline *set, size_t series, float median, float scale)
{
    return baseline_median(set)[series] == median && baseline_upper(set)[series] == scale &&
           baseline_lower(set)[series] == scale;
}

static void test_settings_out_of_range_are_refused(void **state)
{
    const struct baseline_config wrong[] = {{.window = 0, .warm_up = 8},
                                            {.window = -1, .warm_up = 8},
                                            {.window = HEAL_MINUTE, .warm_up = 7},
                                            {.window = HEAL_MINUTE, .warm_up = SLOTS + 1}};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_null(baseline_create(&wrong[i], 1));
    assert_null(baseline_create(&SHORT, 0));
    assert_null(baseline_create(&SHORT, SERIES_MAX + 1));
    baseline_destroy(NULL);
}

static void test_nothing_is_said_before_the_warm_up(void **state)
{
    (void)state;
    for (uint32_t warm_up = 8; warm_up <= SLOTS; warm_up += 7) {
        struct baseline_config config = {.window = HEAL_SECOND, .warm_up = warm_up};
        struct baseline *set = baseline_create(&config, 1);
        heal_time now = 0;
        assert_true(knows_nothing(set, 0));
        feed(set, &now, warm_up - 1, 5.0);
        assert_true(knows_nothing(set, 0));
        feed(set, &now, CYCLE, 5.0); /* and then within one cycle of refits */
        assert_true(baseline_median(set)[0] == 5.0F);
        baseline_destroy(set);
    }
}

static void test_the_first_verdict_does_not_wait_for_a_full_window(void **state)
{
    struct baseline *set = baseline_create(&SHORT, 1);
    heal_time now = 0;

    (void)state;
    feed(set, &now, SHORT.warm_up + 4, 5.0);
    assert_true(baseline_median(set)[0] == 5.0F);
    baseline_destroy(set);
}

static void test_a_constant_series_has_no_spread(void **state)
{
    struct baseline *set = baseline_create(&SHORT, 1);
    heal_time now = 0;

    (void)state;
    feed(set, &now, 200, -0.25);
    assert_true(fits(set, 0, -0.25F, 0.0F));
    baseline_destroy(set);
}

/* The same window, kept in the simplest way there is: a list of frames. Whether it
 * is long enough is asked whenever SLOTS frames have come in since it was full. */
struct model {
    size_t count;
    heal_duration window;
    heal_time at[SLOTS];
    float frame[SLOTS][SERIES];
    size_t kept;
    size_t came; /* since the list was first full, or thinned; mod SLOTS */
    uint64_t thin, skipped;
    unsigned held[SERIES];
};

static void model_learn(struct model *model, heal_time now, const double *values, const uint64_t *hold)
{
    if (++model->skipped < model->thin)
        return;
    model->skipped = 0;
    if (model->kept == SLOTS && model->came == 0 && model->at[SLOTS - 1] - model->at[0] < model->window) {
        for (size_t i = 0; i < SLOTS / 2; i++) {
            model->at[i] = model->at[2 * i];
            memcpy(model->frame[i], model->frame[2 * i], sizeof model->frame[i]);
        }
        model->kept = SLOTS / 2;
        model->thin *= 2;
    } else if (model->kept == SLOTS) {
        memmove(model->at, model->at + 1, (SLOTS - 1) * sizeof model->at[0]);
        memmove(model->frame, model->frame + 1, (SLOTS - 1) * sizeof model->frame[0]);
        model->kept--;
        model->came = (model->came + 1) % SLOTS;
    }
    for (size_t i = 0; i < model->count; i++) {
        bool held = hold && (hold[i / 64] >> (i % 64) & 1);
        bool out = held && model->held[i] < SLOTS / 2;
        model->held[i] = held ? model->held[i] + out : 0;
        model->frame[model->kept][i] = out ? NAN : (float)values[i];
    }
    model->at[model->kept++] = now;
}

struct fit {
    double median, upper, lower;
};

/* As the header defines them, by GSL and in double precision. */
static struct fit model_fit(const struct model *model, size_t series, uint32_t warm_up)
{
    const double sigmas_per_decile = 1.0 / gsl_cdf_ugaussian_Pinv(0.9);
    double sample[SLOTS], work[SLOTS];
    size_t n = 0;

    for (size_t i = 0; i < model->kept; i++) {
        if (!isnan(model->frame[i][series]))
            sample[n++] = (double)model->frame[i][series];
    }
    if (n < warm_up)
        return (struct fit){NAN, NAN, NAN};
    double median = gsl_stats_median(sample, 1, n), scale = gsl_stats_mad(sample, 1, n, work);
    gsl_sort(sample, 1, n);
    double high = gsl_stats_quantile_from_sorted_data(sample, 1, n, 0.9);
    double low = gsl_stats_quantile_from_sorted_data(sample, 1, n, 0.1);
    return (struct fit){.median = median,
                        .upper = fmax(scale, sigmas_per_decile * (high - median)),
                        .lower = fmax(scale, sigmas_per_decile * (median - low))};
}

/* Equal but for the rounding of floats as large as the samples are. */
static bool near(float found, double wanted, double size)
{
    return isnan(wanted) ? isnan(found) : fabs((double)found - wanted) <= 1e-6 * size;
}

struct published {
    float median[SERIES], upper[SERIES], lower[SERIES];
};

static struct published published(const struct baseline *set, size_t count)
{
    struct published now;

    memcpy(now.median, baseline_median(set), count * sizeof *now.median);
    memcpy(now.upper, baseline_upper(set), count * sizeof *now.upper);
    memcpy(now.lower, baseline_lower(set), count * sizeof *now.lower);
    return now;
}

static bool same_number(float a, float b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Of a series that is held out, what was known stays. */
static void assert_fit(const struct baseline *set, const struct model *model, const struct published *before,
                       const uint64_t *hold, struct baseline_span span, uint32_t warm_up, uint64_t seed)
{
    for (size_t series = span.first; series < span.end; series++) {
        if (hold && *hold >> series & 1 && model->held[series] < SLOTS / 2) {
            assert_for_seed(same_number(baseline_median(set)[series], before->median[series]), seed);
            assert_for_seed(same_number(baseline_upper(set)[series], before->upper[series]), seed);
            assert_for_seed(same_number(baseline_lower(set)[series], before->lower[series]), seed);
            continue;
        }
        struct fit fit = model_fit(model, series, warm_up);
        double size = fabs(fit.median) + 10.0;
        assert_for_seed(near(baseline_median(set)[series], fit.median, size), seed);
        assert_for_seed(near(baseline_upper(set)[series], fit.upper, size), seed);
        assert_for_seed(near(baseline_lower(set)[series], fit.lower, size), seed);
    }
}

/* Against GSL on the same window, with gaps, holds, thinning, and steps in time
 * and in the series; every series, every time it was refitted. */
static void test_median_and_scale_are_those_of_the_window(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct random_stream stream = random_stream_named(seed, "baseline_test", "window", 0);
        struct model model = {.count = 1 + random_below(&stream, SERIES),
                              .window = HEAL_SECOND * (heal_duration)(1 + random_below(&stream, 400)),
                              .thin = 1};
        struct baseline_config config = {.window = model.window,
                                         .warm_up = 8 + (uint32_t)random_below(&stream, SLOTS - 7)};
        struct baseline *set = baseline_create(&config, model.count);
        double gap = random_below(&stream, 3) == 0 ? 0.4 : 0.0;
        uint64_t hold = 0;
        heal_time now = 0;
        size_t refits = 0;
        for (int frame = 0; frame < 600; frame++) {
            double values[SERIES];
            for (size_t i = 0; i < model.count; i++)
                values[i] = random_uniform(&stream) < gap ? NAN : (double)i * 10.0 + random_normal(&stream);
            if (random_below(&stream, 20) == 0)
                hold ^= UINT64_C(1) << random_below(&stream, model.count);
            now += HEAL_SECOND * (heal_duration)random_below(&stream, 4);
            const uint64_t *held = frame % 7 ? &hold : NULL;
            struct published before = published(set, model.count);
            struct baseline_span span = baseline_learn(set, now, values, held);
            model_learn(&model, now, values, held);
            assert_fit(set, &model, &before, held, span, config.warm_up, seed);
            refits += span.end - span.first;
        }
        assert_for_seed(refits >= model.count * 600 / CYCLE - model.count, seed);
        baseline_destroy(set);
    }
}

/* What is written between two refits is what a reader may rely on. */
static void test_only_the_series_of_the_span_change(void **state)
{
    struct baseline *set = baseline_create(&SHORT, 200);
    struct random_stream stream = random_stream_named(1, "baseline_test", "span", 0);
    float before[200];

    (void)state;
    for (heal_time now = 0; now < 300 * HEAL_SECOND; now += HEAL_SECOND) {
        double values[200];
        for (size_t i = 0; i < 200; i++)
            values[i] = random_normal(&stream);
        memcpy(before, baseline_median(set), sizeof before);
        struct baseline_span span = baseline_learn(set, now, values, NULL);
        assert_true(span.first <= span.end && span.end <= 200);
        assert_memory_equal(before, baseline_median(set), span.first * sizeof before[0]);
        assert_memory_equal(before + span.end, baseline_median(set) + span.end, (200 - span.end) * sizeof before[0]);
    }
    baseline_destroy(set);
}

static void test_every_series_has_its_turn_in_each_cycle(void **state)
{
    static const size_t counts[] = {1, 31, 32, 33, 64, 100, 513, 1100};
    static double values[1100];

    (void)state;
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        struct baseline *set = baseline_create(&SHORT, counts[k]);
        unsigned turns[1100] = {0};
        heal_time now = 0;
        for (int frame = 0; frame < SLOTS; frame++)
            baseline_learn(set, now += HEAL_SECOND, values, NULL);
        for (int frame = 0; frame < CYCLE; frame++) {
            struct baseline_span span = baseline_learn(set, now += HEAL_SECOND, values, NULL);
            assert_true(span.end - span.first <= counts[k] / CYCLE + 64); /* the work is spread */
            for (size_t i = span.first; i < span.end; i++)
                turns[i]++;
        }
        for (size_t i = 0; i < counts[k]; i++)
            assert_int_equal(turns[i], 1);
        baseline_destroy(set);
    }
}

/* Robustness: one wild sample must not move the verdict on the next one. In 63
 * sane samples a wild one shifts the middle by one rank at most. */
static void test_mad_ignores_a_single_spike(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random_stream stream = random_stream_named(seed, "baseline_test", "spike", 0);
        struct baseline *set = baseline_create(&SHORT, 1);
        heal_time now = 0;
        feed_normal(set, &now, SLOTS, &stream);
        feed(set, &now, 1, 1e6);
        feed_normal(set, &now, CYCLE, &stream);
        assert_for_seed(fabsf(baseline_median(set)[0]) < 0.7F, seed);
        assert_for_seed(baseline_upper(set)[0] > 0.5F && baseline_upper(set)[0] < 1.8F, seed);
        assert_for_seed(baseline_lower(set)[0] > 0.5F && baseline_lower(set)[0] < 1.8F, seed);
        baseline_destroy(set);
    }
}

/* The breakdown point of median and MAD is one half. The quantile on the wild
 * side breaks at a tenth, so that side is not asked. */
static void test_a_window_that_is_nearly_half_wild_still_holds(void **state)
{
    struct baseline *set = baseline_create(&SHORT, 1);
    heal_time now = 0;

    (void)state;
    for (int i = 0; i < 3 * SLOTS; i++) /* 24 of 64 are wild, 40 lie in 10 .. 11 */
        feed(set, &now, 1, i % 8 < 3 ? 1e9 : 10.0 + 0.01 * (i % 100));
    assert_true(baseline_median(set)[0] >= 10.0F && baseline_median(set)[0] <= 11.0F);
    assert_true(baseline_lower(set)[0] <= 1.5F);
    baseline_destroy(set);
}

/* On average over many windows of normal samples the scales are the sd, a little
 * above it for being the larger of two estimates of it. */
static void test_the_scale_of_normal_samples_is_their_deviation(void **state)
{
    double upper = 0.0, lower = 0.0;

    (void)state;
    for (uint64_t seed = 1; seed <= 24; seed++) {
        struct random_stream stream = random_stream_named(seed, "baseline_test", "scale", 0);
        struct baseline *set = baseline_create(&SHORT, 1);
        heal_time now = 0;
        feed_normal(set, &now, SLOTS + CYCLE, &stream);
        upper += (double)baseline_upper(set)[0] / 24.0;
        lower += (double)baseline_lower(set)[0] / 24.0;
        baseline_destroy(set);
    }
    assert_true(upper > 0.98 && upper < 1.15);
    assert_true(lower > 0.98 && lower < 1.15);
}

/* Latencies and the like: a long tail upwards must not be taken for trouble. */
static void test_a_skewed_series_is_wider_on_its_long_side(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct random_stream stream = random_stream_named(seed, "baseline_test", "skew", 0);
        struct baseline *set = baseline_create(&SHORT, 2);
        for (heal_time now = 0; now < 150 * HEAL_SECOND; now += HEAL_SECOND) {
            double x = random_log_normal(&stream, 1.0, 1.5);
            baseline_learn(set, now, (double[]){x, -x}, NULL);
        }
        const float *upper = baseline_upper(set), *lower = baseline_lower(set);
        assert_for_seed(upper[0] > 1.2F * lower[0] && lower[1] > 1.2F * upper[1], seed);
        baseline_destroy(set);
    }
}

static void test_shift_scale_and_sign_of_a_series_carry_over(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct random_stream stream = random_stream_named(seed, "baseline_test", "equivariance", 0);
        struct baseline *set = baseline_create(&SHORT, 4);
        for (heal_time now = 0; now < 150 * HEAL_SECOND; now += HEAL_SECOND) {
            double x = (double)random_below(&stream, 1000);
            baseline_learn(set, now, (double[]){x, 8.0 * x, x + 4096.0, -x}, NULL);
        }
        const float *median = baseline_median(set), *upper = baseline_upper(set), *lower = baseline_lower(set);
        assert_for_seed(median[1] == 8.0F * median[0] && median[2] == median[0] + 4096.0F && median[3] == -median[0],
                        seed);
        assert_for_seed(upper[1] == 8.0F * upper[0] && lower[1] == 8.0F * lower[0], seed);
        assert_for_seed(near(upper[2], (double)upper[0], 4096.0) && near(lower[2], (double)lower[0], 4096.0), seed);
        assert_for_seed(near(upper[3], (double)lower[0], 1000.0) && near(lower[3], (double)upper[0], 1000.0), seed);
        baseline_destroy(set);
    }
}

static void test_a_series_without_samples_has_no_baseline_and_harms_no_other(void **state)
{
    struct baseline *set = baseline_create(&SHORT, 3);

    (void)state;
    for (heal_time now = 0; now < 200 * HEAL_SECOND; now += HEAL_SECOND)
        baseline_learn(set, now, (double[]){1.0, NAN, 3.0}, NULL);
    assert_true(knows_nothing(set, 1));
    assert_true(baseline_median(set)[0] == 1.0F && baseline_median(set)[2] == 3.0F);
    baseline_destroy(set);
}

static void test_a_series_that_falls_silent_loses_its_baseline(void **state)
{
    struct baseline *set = baseline_create(&SHORT, 1);
    heal_time now = 0;

    (void)state;
    feed(set, &now, 2 * SLOTS, 5.0);
    feed(set, &now, SLOTS / 2, NAN);
    assert_true(baseline_median(set)[0] == 5.0F); /* half a window is left */
    feed(set, &now, SLOTS / 2 + CYCLE, NAN);
    assert_true(knows_nothing(set, 0));
    feed(set, &now, SHORT.warm_up + CYCLE, 7.0); /* and has it back after a warm-up */
    assert_true(baseline_median(set)[0] == 7.0F);
    baseline_destroy(set);
}

/* A full window reaches back for the configured time at least and for twice that
 * at most: so a new level is believed after half of that, whatever the pace. */
static void test_memory_is_as_long_as_configured_at_any_pace(void **state)
{
    static const heal_duration paces[] = {HEAL_SECOND, 3 * HEAL_SECOND, 15 * HEAL_SECOND, 30 * HEAL_SECOND};
    const struct baseline_config config = {.window = HEAL_HOUR, .warm_up = 8};

    (void)state;
    for (size_t k = 0; k < sizeof paces / sizeof paces[0]; k++) {
        struct baseline *set = baseline_create(&config, 1);
        double value = 1.0;
        heal_time now = 0;
        for (; now < 4 * HEAL_HOUR; now += paces[k])
            baseline_learn(set, now, &value, NULL);
        heal_time changed = now;
        value = 2.0;
        for (; baseline_median(set)[0] < 1.5F; now += paces[k])
            baseline_learn(set, now, &value, NULL);
        assert_true(now - changed >= config.window / 2 - 2 * paces[k]);
        assert_true(now - changed <= config.window + config.window / SLOTS + (CYCLE + 2) * paces[k]);
        baseline_destroy(set);
    }
}

static void test_a_held_series_is_not_learned_from(void **state)
{
    struct baseline *set = baseline_create(&SHORT, 2);
    uint64_t hold = 1;
    heal_time now = 0;

    (void)state;
    for (int i = 0; i < 2 * SLOTS; i++)
        baseline_learn(set, now += HEAL_SECOND, (double[]){5.0, 5.0}, NULL);
    for (int i = 0; i < SLOTS / 2; i++)
        baseline_learn(set, now += HEAL_SECOND, (double[]){100.0, 5.0}, &hold);
    assert_true(fits(set, 0, 5.0F, 0.0F));
    assert_true(baseline_median(set)[1] == 5.0F);
    baseline_destroy(set);
}

/* Else a baseline would go blind: what lasts longer than half a window is the
 * new normal in the end. */
static void test_a_series_is_held_for_half_a_window_at_most(void **state)
{
    struct baseline *set = baseline_create(&SHORT, 1);
    uint64_t hold = 1;
    double value = 100.0;
    heal_time now = 0;

    (void)state;
    feed(set, &now, 2 * SLOTS, 5.0);
    for (int i = 0; i < SLOTS + CYCLE; i++) {
        baseline_learn(set, now += HEAL_SECOND, &value, &hold);
        assert_true(!isnan(baseline_median(set)[0]));
    }
    assert_true(baseline_median(set)[0] == 100.0F);
    baseline_destroy(set);
}

static void test_who_was_free_can_be_held_anew(void **state)
{
    struct baseline *set = baseline_create(&SHORT, 1);
    uint64_t hold = 1;
    double wild = 100.0;
    heal_time now = 0;

    (void)state;
    for (int round = 0; round < 10; round++) {
        feed(set, &now, SLOTS, 5.0);
        for (int i = 0; i < SLOTS / 2; i++)
            baseline_learn(set, now += HEAL_SECOND, &wild, &hold);
        feed(set, &now, CYCLE, 5.0);
        assert_true(fits(set, 0, 5.0F, 0.0F));
    }
    baseline_destroy(set);
}

/* A stopped clock must not hang it, or write outside of the ring. */
static void test_frames_of_one_instant_are_taken(void **state)
{
    struct baseline *set = baseline_create(&SHORT, 1);
    double value = 5.0;

    (void)state;
    for (int i = 0; i < 2000; i++)
        baseline_learn(set, 0, &value, NULL);
    assert_true(baseline_median(set)[0] == 5.0F);
    baseline_destroy(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_out_of_range_are_refused),
        cmocka_unit_test(test_nothing_is_said_before_the_warm_up),
        cmocka_unit_test(test_the_first_verdict_does_not_wait_for_a_full_window),
        cmocka_unit_test(test_a_constant_series_has_no_spread),
        cmocka_unit_test(test_median_and_scale_are_those_of_the_window),
        cmocka_unit_test(test_only_the_series_of_the_span_change),
        cmocka_unit_test(test_every_series_has_its_turn_in_each_cycle),
        cmocka_unit_test(test_mad_ignores_a_single_spike),
        cmocka_unit_test(test_a_window_that_is_nearly_half_wild_still_holds),
        cmocka_unit_test(test_the_scale_of_normal_samples_is_their_deviation),
        cmocka_unit_test(test_a_skewed_series_is_wider_on_its_long_side),
        cmocka_unit_test(test_shift_scale_and_sign_of_a_series_carry_over),
        cmocka_unit_test(test_a_series_without_samples_has_no_baseline_and_harms_no_other),
        cmocka_unit_test(test_a_series_that_falls_silent_loses_its_baseline),
        cmocka_unit_test(test_memory_is_as_long_as_configured_at_any_pace),
        cmocka_unit_test(test_a_held_series_is_not_learned_from),
        cmocka_unit_test(test_a_series_is_held_for_half_a_window_at_most),
        cmocka_unit_test(test_who_was_free_can_be_held_anew),
        cmocka_unit_test(test_frames_of_one_instant_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
