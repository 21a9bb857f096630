/* score_calibration_test.c - the score of a sample is the probability that it says, over
 * the whole range: Kolmogorov and Smirnov's distance on quiet data. */
#include "reports/calibration.h"

#include "engine/novelty.h"
#include "engine/random.h"
#include "replay/scoring.h"
#include "replay/trace.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define DISTANCE 0.05 /* of Kolmogorov and Smirnov, at most */
enum { SERIES = 8, SAMPLES = 4000, QUIET_FROM = 1600 };
static const struct baseline_config CONFIG = {.window = 2 * HEAL_HOUR, .warm_up = 10};

struct noise {
    const char *name;
    double (*draw)(struct random_stream *stream, double before);
};

static double normal(struct random_stream *stream, double before)
{
    (void)before;
    return random_normal(stream);
}

static double laplace(struct random_stream *stream, double before)
{
    double u = random_uniform(stream);
    (void)before;
    return random_uniform(stream) < 0.5 ? log(1 - u) : -log(1 - u);
}

static double student_3(struct random_stream *stream, double before)
{
    double chi = 0;
    (void)before;
    for (int i = 0; i < 3; i++)
        chi += pow(random_normal(stream), 2);
    return random_normal(stream) / sqrt(chi / 3);
}

static double log_normal(struct random_stream *stream, double before)
{
    (void)before;
    return exp(random_normal(stream));
}

static double uniform(struct random_stream *stream, double before)
{
    (void)before;
    return random_uniform(stream);
}

static double autoregressive(struct random_stream *stream, double before)
{
    return 0.7 * before + random_normal(stream);
}

static size_t score(const double *values, const heal_time *times, size_t count, size_t from, double *all, size_t known)
{
    double *nats = calloc(count, sizeof *nats), *p = calloc(count, sizeof *p);

    assert_true(nats && p);
    assert_true(scorer_run(&SCORERS[0], times, values, count, nats));
    assert_true(scores_calibrate(&CONFIG, times, values, count, nats, p));
    for (size_t i = 0; i < count; i++) {
        assert_true(isnan(p[i]) || (p[i] > 0 && p[i] <= 1));
        if (i >= from && !isnan(p[i]))
            all[known++] = p[i];
    }
    free(nats);
    free(p);
    return known;
}

static void test_scores_are_uniform_on_quiet_noise_of_any_shape(void **state)
{
    static const struct noise NOISES[] = {{"normal", normal},          {"laplace", laplace},
                                          {"student t(3)", student_3}, {"log-normal", log_normal},
                                          {"uniform", uniform},        {"autoregressive", autoregressive}};
    static double values[SAMPLES], all[SERIES * SAMPLES];
    static heal_time times[SAMPLES];
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++)
        times[i] = (heal_time)i * 5 * HEAL_MINUTE;
    for (size_t k = 0; k < sizeof NOISES / sizeof *NOISES; k++) {
        struct random_stream stream = random_stream_named(21, "series", NOISES[k].name, 0);
        size_t known = 0;
        for (int series = 0; series < SERIES; series++) {
            double value = 0;
            for (size_t i = 0; i < SAMPLES; i++) {
                value = NOISES[k].draw(&stream, value);
                values[i] = value;
            }
            known = score(values, times, SAMPLES, QUIET_FROM, all, known);
        }
        struct calibration found = calibration_of(all, known);
        double distance = fmax(found.bold, found.shy);
        print_message("%-15s Kolmogorov-Smirnov %.3f; p <= 0.1: %.3f, 0.01: %.4f, 0.001: %.5f\n", NOISES[k].name,
                      distance, calibration_share(all, known, 0.1), calibration_share(all, known, 0.01),
                      calibration_share(all, known, 0.001));
        if (distance > DISTANCE)
            fail_msg("%s: distance %.3f", NOISES[k].name, distance);
    }
}

/* On its second day a profile rests on one. Each of its bins is a mean of fifteen samples a minute
 * apart, and all of them are off by that mean's noise. */
static void test_a_profile_of_one_day_is_not_too_bold(void **state)
{
    enum { DAY = 1440, FEW = 4 };
    static double values[2 * DAY], all[FEW * 2 * DAY];
    static heal_time times[2 * DAY];
    struct random_stream stream = random_stream_named(21, "series", "second day", 0);
    size_t known = 0;
    (void)state;
    for (size_t i = 0; i < (size_t)2 * DAY; i++)
        times[i] = (heal_time)i * HEAL_MINUTE;
    for (int series = 0; series < FEW; series++) {
        for (size_t i = 0; i < (size_t)2 * DAY; i++)
            values[i] = random_normal(&stream);
        known = score(values, times, (size_t)2 * DAY, DAY, all, known);
    }
    calibration_of(all, known); /* sorts */
    double share = calibration_share(all, known, 0.1);
    print_message("normal, a sample a minute, second day: p <= 0.1: %.3f, 0.01: %.4f\n", share,
                  calibration_share(all, known, 0.01));
    assert_true(share < 0.12);
}

/* The sixteen quiet hours of the shared recording: whatever shapes real series have. */
static void test_scores_are_calibrated_on_the_quiet_hours_of_a_real_cluster(void **state)
{
    static const char RECORDING[] =
        SELFHEAL_SOURCE_DIR "/../shared/traces/nezha-online-boutique-2022-08-22/metrics.csv";
    static const char END_OF_FAULTS[] = "2022-08-22T08:10:00Z";
    struct error_list errors = {0};
    size_t known = 0, from = 0;
    heal_time quiet_from;
    (void)state;
    if (access(RECORDING, R_OK) != 0) {
        print_message("SKIPPED: the shared recordings are not here: no calibration on real quiet hours was tested\n");
        skip();
    }
    struct trace_notes notes = {0};
    struct trace *trace = trace_open(RECORDING, &notes, &errors);
    assert_non_null(trace);
    assert_true(heal_time_parse(END_OF_FAULTS, sizeof END_OF_FAULTS - 1, &quiet_from, NULL));
    size_t frames = trace_frame_count(trace), series = trace_series_count(trace);
    while (from < frames && trace_times(trace)[from] < quiet_from)
        from++;
    double *all = calloc(frames * series, sizeof *all);
    assert_true(all && from < frames / 2);
    for (size_t k = 0; k < series; k++)
        known = score(trace_column(trace, k), trace_times(trace), frames, from, all, known);
    struct calibration found = calibration_of(all, known);
    print_message("quiet hours     Kolmogorov-Smirnov %.3f (bold %.3f); p <= 0.1: %.3f, 0.01: %.4f, 0.001: %.5f\n",
                  fmax(found.bold, found.shy), found.bold, calibration_share(all, known, 0.1),
                  calibration_share(all, known, 0.01), calibration_share(all, known, 0.001));
    assert_true(found.bold < 0.05); /* ties only make p larger, which cannot be helped */
    assert_true(found.shy < 0.2);
    free(all);
    trace_destroy(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores_are_uniform_on_quiet_noise_of_any_shape),
        cmocka_unit_test(test_a_profile_of_one_day_is_not_too_bold),
        cmocka_unit_test(test_scores_are_calibrated_on_the_quiet_hours_of_a_real_cluster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
