#include "engine/novelty.h"

#include "engine/test_engine.h"

enum { SERIES = 96 };
#define PI 3.141592653589793

static double normal(struct random_stream *stream)
{
    return random_normal(stream);
}

struct noise {
    const char *name;
    double (*draw)(struct random_stream *);
};

static double laplace(struct random_stream *stream)
{
    double u = random_uniform(stream);
    return random_uniform(stream) < 0.5 ? log(1 - u) : -log(1 - u);
}

static double student_3(struct random_stream *stream)
{
    double chi = 0;
    for (int i = 0; i < 3; i++)
        chi += pow(normal(stream), 2);
    return normal(stream) / sqrt(chi / 3);
}

static double log_normal(struct random_stream *stream)
{
    return exp(normal(stream));
}

static heal_time at(int frame)
{
    return (heal_time)frame * 5 * HEAL_MINUTE;
}

/* Shares of samples whose tail probability is at most p: p, on quiet data of any shape
 * (the distance that Kolmogorov and Smirnov take, in the tail that alarms are made from). */
static void test_the_tail_probability_is_calibrated_on_quiet_data(void **state)
{
    static const struct noise NOISES[] = {
        {"normal", normal}, {"laplace", laplace}, {"student", student_3}, {"log-normal", log_normal}};
    static const double LEVELS[] = {0.1, 0.03, 0.01, 0.003, 0.001};
    enum { LEVEL_COUNT = sizeof LEVELS / sizeof *LEVELS, FRAMES = 4000, QUIET = 800 };
    (void)state;
    for (size_t k = 0; k < sizeof NOISES / sizeof *NOISES; k++) {
        struct random_stream stream = random_stream_named(7, NOISES[k].name, "noise", 0);
        struct novelty *set = novelty_create(&NOVELTY_TUNING, SERIES, NOVELTY_ALL);
        double values[SERIES], below[LEVEL_COUNT] = {0};
        float nats[SERIES];
        assert_non_null(set);
        for (int frame = 0; frame < FRAMES; frame++) {
            for (size_t i = 0; i < SERIES; i++)
                values[i] = NOISES[k].draw(&stream);
            novelty_frame(set, at(frame), values, nats);
            for (size_t i = 0; i < SERIES && frame >= QUIET; i++) {
                for (size_t level = 0; level < LEVEL_COUNT; level++)
                    below[level] += novelty_probability((double)nats[i]) <= LEVELS[level];
            }
        }
        for (size_t level = 0; level < LEVEL_COUNT; level++) {
            double share = below[level] / ((double)SERIES * (FRAMES - QUIET));
            if (share > 2 * LEVELS[level] || share < LEVELS[level] / 8) /* light tails are rarer than they say */
                fail_msg("%s: %.4g of the samples have p <= %.4g", NOISES[k].name, share, LEVELS[level]);
        }
        novelty_destroy(set);
    }
}

/* Noise, then something: the surprise at frame FRAMES - 1 of series 0. */
enum { FRAMES = 1500 };
typedef double shape(int frame, double value);

static float last_surprise(shape *bend, double scale, double shift, float *everything)
{
    struct random_stream stream = random_stream_named(3, "series", "noise", 0);
    struct novelty *set = novelty_create(&NOVELTY_TUNING, 1, NOVELTY_ALL);
    float nats = 0;
    assert_non_null(set);
    for (int frame = 0; frame < FRAMES; frame++) {
        double value = shift + scale * bend(frame, normal(&stream));
        novelty_frame(set, at(frame), &value, &nats);
        assert_true(nats >= 0.0f && nats <= 50.0f);
        if (everything)
            everything[frame] = nats;
    }
    novelty_destroy(set);
    return nats;
}

static double quiet(int frame, double value)
{
    (void)frame;
    return value;
}
static double spike(int frame, double value)
{
    return frame == FRAMES - 1 ? value + 12 : value;
}
static double deeper_spike(int frame, double value)
{
    return frame == FRAMES - 1 ? value - 40 : value;
}
static double level_shift(int frame, double value)
{
    return frame >= FRAMES - 20 ? value + 2.5 : value;
}
static double trend(int frame, double value)
{
    return frame >= FRAMES - 200 ? value + (frame - FRAMES + 200) / 50.0 : value;
}
static double wilder(int frame, double value)
{
    return frame >= FRAMES - 60 ? value * 4 : value;
}
static double calmer(int frame, double value)
{
    return frame >= FRAMES - 100 ? value / 50 : value;
}
static double daily(int frame, double value)
{
    return value * 0.2 + (frame % 288 == 100 ? 10 : 0);
}
static double missed_peak(int frame, double value)
{
    return frame >= FRAMES - 1 ? value * 0.2 : value * 0.2 + 10 * sin((double)(frame - FRAMES - 72) / 144 * PI);
}

static void test_a_spike_a_shift_a_trend_and_a_missing_peak_surprise(void **state)
{
    (void)state;
    float calm = last_surprise(quiet, 1, 0, NULL);
    assert_true(calm < 5);
    assert_true(last_surprise(spike, 1, 0, NULL) > 8);
    assert_true(last_surprise(level_shift, 1, 0, NULL) > 4);
    static float rising[FRAMES];
    last_surprise(trend, 1, 0, rising);
    float most = 0;
    for (int frame = FRAMES - 150; frame < FRAMES - 50; frame++)
        most = fmaxf(most, rising[frame]);
    assert_true(most > 6);
    assert_true(last_surprise(missed_peak, 1, 0, NULL) > 4);
}

static void test_a_change_of_variance_surprises_either_way(void **state)
{
    float nats[2];
    double calm[2] = {0, 0};
    (void)state;
    shape *const shapes[2] = {wilder, calmer};
    for (int k = 0; k < 2; k++) {
        struct random_stream stream = random_stream_named(3, "series", "noise", 0);
        struct novelty *set = novelty_create(&NOVELTY_TUNING, 1, NOVELTY_SPREAD | NOVELTY_RANKS);
        nats[k] = 0;
        for (int frame = 0; frame < FRAMES; frame++) {
            double value = shapes[k](frame, random_normal(&stream));
            float now;
            novelty_frame(set, at(frame), &value, &now);
            if (frame >= FRAMES - 60)
                nats[k] = fmaxf(nats[k], now);
            else if (frame < FRAMES - 100)
                calm[k] = fmax(calm[k], frame > 500 ? (double)now : 0);
        }
        novelty_destroy(set);
        assert_true(nats[k] > 6 && (double)nats[k] > calm[k]);
    }
}

static void test_farther_out_is_more_surprising(void **state)
{
    (void)state;
    assert_true(last_surprise(deeper_spike, 1, 0, NULL) > last_surprise(spike, 1, 0, NULL));
}

static void test_what_happens_every_day_stops_to_surprise(void **state)
{
    static float nats[FRAMES];
    (void)state;
    last_surprise(daily, 1, 0, nats);
    assert_true(nats[100] > nats[100 + 4 * 288]);
}

/* Scale and shift: the unit of a series never matters; powers of two are exact. */
static void test_scale_and_shift_leave_the_surprise_alone(void **state)
{
    static float plain[FRAMES], scaled[FRAMES], shifted[FRAMES];
    (void)state;
    last_surprise(spike, 1, 0, plain);
    last_surprise(spike, 1024, 0, scaled);
    last_surprise(spike, 1, 64, shifted);
    for (int i = 0; i < FRAMES; i++) {
        assert_true(fabsf(plain[i] - scaled[i]) < 0.02f * (1 + plain[i]));
        if (plain[i] > 6)
            assert_true(fabsf(plain[i] - shifted[i]) < 0.1f * (1 + plain[i]));
    }
}

/* Series do not hear of one another, wherever they stand. */
static void test_a_series_gives_the_same_alone_and_among_others(void **state)
{
    struct random_stream stream = random_stream_named(5, "series", "noise", 0);
    struct novelty *alone = novelty_create(&NOVELTY_TUNING, 1, NOVELTY_ALL),
                   *among = novelty_create(&NOVELTY_TUNING, SERIES, NOVELTY_ALL);
    double values[SERIES];
    float one, nats[SERIES];
    (void)state;
    for (int frame = 0; frame < 600; frame++) {
        for (size_t i = 0; i < SERIES; i++)
            values[i] = normal(&stream);
        novelty_frame(among, at(frame), values, nats);
        novelty_frame(alone, at(frame), &values[0], &one);
        assert_true(one == nats[0]);
    }
    novelty_destroy(alone);
    novelty_destroy(among);
}

static void test_gaps_constants_and_wild_values_leave_no_nan(void **state)
{
    struct novelty *set = novelty_create(&NOVELTY_TUNING, 5, NOVELTY_ALL);
    float nats[5];
    (void)state;
    for (int frame = 0; frame < 3000; frame++) {
        double values[5] = {frame % 3 ? (double)NAN : frame, 7, frame % 2 ? (double)INFINITY : 1,
                            (frame % 50 == 0) * 1e300, frame == 2900 ? 1e-30 : 0};
        novelty_frame(set, at(frame), values, nats);
        for (size_t i = 0; i < 5; i++)
            assert_true(nats[i] >= 0 && nats[i] <= 50);
        assert_true(nats[1] == 0); /* a constant never surprises */
    }
    double moved[5] = {NAN, 7.5, NAN, NAN, NAN};
    novelty_frame(set, at(3000), moved, nats);
    assert_true(nats[1] > 7); /* until it is none any more */
    assert_true(nats[0] == 0);
    novelty_destroy(set);
}

static void test_a_period_is_found_from_the_data(void **state)
{
    struct random_stream stream = random_stream_named(11, "series", "noise", 0);
    struct novelty *set = novelty_create(&NOVELTY_TUNING, 3, NOVELTY_ALL);
    float nats[3];
    (void)state;
    for (int frame = 0; frame < 4000; frame++) {
        double values[3] = {normal(&stream), 5 * sin(frame * 2 * PI / 90) + 0.3 * normal(&stream),
                            5 * sin(frame * 2 * PI / 288) + 0.3 * normal(&stream)};
        novelty_frame(set, at(frame), values, nats);
    }
    const struct season *season = novelty_season(set);
    assert_false(season_helps(season, 0));
    assert_true(season_helps(season, 1));
    assert_true(fabs((double)season_period(season, 1) / (90.0 * 5 * HEAL_MINUTE) - 1) < 0.03);
    assert_true(season_helps(season, 2));
    assert_true(season_period(season, 2) == HEAL_DAY);
    novelty_destroy(set);
}

static void test_an_episode_is_told_once(void **state)
{
    struct alarm_rest rest = {0};
    (void)state;
    assert_false(alarm_rests(&NOVELTY_TUNING, &rest, 1, 5, 6));
    assert_true(alarm_rests(&NOVELTY_TUNING, &rest, 2, 7, 6));
    assert_false(alarm_rests(&NOVELTY_TUNING, &rest, 3, 8, 6));
    assert_true(alarm_rests(&NOVELTY_TUNING, &rest, 4, 15, 6));
    assert_false(alarm_rests(&NOVELTY_TUNING, &rest, 4 + NOVELTY_TUNING.rest - 1, 15, 6));
    assert_true(alarm_rests(&NOVELTY_TUNING, &rest, 4 + NOVELTY_TUNING.rest, 7, 6));
}

static void test_probability_and_surprise_are_inverse(void **state)
{
    (void)state;
    for (double p = 0.4; p > 1e-9; p /= 3)
        assert_true(fabs(novelty_probability(novelty_nats(p)) / p - 1) < 1e-3);
    assert_true(novelty_probability(0) == 1 && novelty_probability(0.8) == 1);
}

static void test_sizes_out_of_range_are_refused(void **state)
{
    (void)state;
    assert_null(novelty_create(&NOVELTY_TUNING, 0, NOVELTY_ALL));
    assert_null(novelty_create(&NOVELTY_TUNING, (size_t)SERIES_MAX + 1, NOVELTY_ALL));
    assert_null(novelty_create(&NOVELTY_TUNING, 1, NOVELTY_RANKS));
    /* with the baseline: a ring of 64, three figures, a count */
    assert_true(NOVELTY_BYTES + sizeof(struct alarm_rest) + 64 * 4 + 3 * 4 + 1 <= 512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tail_probability_is_calibrated_on_quiet_data),
        cmocka_unit_test(test_a_spike_a_shift_a_trend_and_a_missing_peak_surprise),
        cmocka_unit_test(test_a_change_of_variance_surprises_either_way),
        cmocka_unit_test(test_farther_out_is_more_surprising),
        cmocka_unit_test(test_what_happens_every_day_stops_to_surprise),
        cmocka_unit_test(test_scale_and_shift_leave_the_surprise_alone),
        cmocka_unit_test(test_a_series_gives_the_same_alone_and_among_others),
        cmocka_unit_test(test_gaps_constants_and_wild_values_leave_no_nan),
        cmocka_unit_test(test_a_period_is_found_from_the_data),
        cmocka_unit_test(test_an_episode_is_told_once),
        cmocka_unit_test(test_probability_and_surprise_are_inverse),
        cmocka_unit_test(test_sizes_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
