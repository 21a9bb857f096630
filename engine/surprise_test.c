#include "engine/surprise.h"

#include "engine/test_engine.h"

enum { SERIES_MANY = 600, DAYS = 8, FRAMES_PER_DAY = 288 };

static heal_time at(int frame)
{
    return (heal_time)frame * HEAL_DAY / FRAMES_PER_DAY;
}

/* False alarms per day of `series` quiet ones, the first two days left out. */
static double student_3(struct random_stream *stream)
{
    double normal = random_normal(stream), chi = 0;

    for (int i = 0; i < 3; i++)
        chi += pow(random_normal(stream), 2);
    return normal / sqrt(chi / 3);
}

static double false_per_day(size_t series, const struct policy_baseline *config, bool heavy)
{
    static bool wanted[SERIES_MANY];
    static double values[SERIES_MANY];
    struct random_stream stream = random_stream_named(4, "series", "noise", series);
    uint64_t alarms = 0;

    for (size_t i = 0; i < series; i++)
        wanted[i] = true;
    struct surprise *surprise = surprise_create(config, series, wanted);
    assert_non_null(surprise);
    for (int frame = 0; frame < DAYS * FRAMES_PER_DAY; frame++) {
        for (size_t i = 0; i < series; i++)
            values[i] = 50 + 5 * (heavy ? student_3(&stream) : random_normal(&stream));
        const uint64_t *news = surprise_frame(surprise, at(frame), values);
        for (size_t i = 0; i < series && frame > 2 * FRAMES_PER_DAY; i++)
            alarms += news[i / 64] >> (i % 64) & 1;
    }
    surprise_destroy(surprise);
    return (double)alarms / (DAYS - 2);
}

static void test_false_alarms_stay_within_the_policy_as_series_grow(void **state)
{
    struct policy_baseline config = {.alarm_probability = 0.01, .false_alarms_per_day = 4};
    (void)state;
    for (size_t series = 6; series <= SERIES_MANY; series *= 10)
        assert_true(false_per_day(series, &config, false) < config.false_alarms_per_day);
    /* three records tell little of such a tail, and two days little of what comes too often */
    double heavy = false_per_day(SERIES_MANY, &config, true);
    if (heavy > 4 * config.false_alarms_per_day)
        fail_msg("%g a day", heavy);
}

/* A storm of true alarms in one frame raises the level by no more than one alarm does. */
static void test_a_storm_deafens_nobody(void **state)
{
    struct policy_baseline config = {.alarm_probability = 1e-5, .false_alarms_per_day = 1};
    struct random_stream stream = random_stream_named(8, "surprise", "storm", 0);
    bool wanted[128];
    double values[128];
    uint64_t told = 0;
    (void)state;
    memset(wanted, true, sizeof wanted);
    struct surprise *surprise = surprise_create(&config, 128, wanted);
    float before = 0;
    for (int frame = 0; frame < 900; frame++) {
        for (size_t i = 0; i < 128; i++)
            values[i] = random_normal(&stream) + (frame == 899 ? 500 : 0);
        before = surprise_level(surprise);
        const uint64_t *news = surprise_frame(surprise, at(frame), values);
        told = (uint64_t)__builtin_popcountll(news[0]) + (uint64_t)__builtin_popcountll(news[1]);
    }
    assert_true(told > 100);
    surprise_frame(surprise, at(900), values);
    assert_true(surprise_level(surprise) <= before + 0.11f);
    surprise_destroy(surprise);
}

static void test_the_level_rises_with_the_samples_of_a_day(void **state)
{
    struct policy_baseline config = {.alarm_probability = 0.01, .false_alarms_per_day = 1};
    bool wanted[64];
    double values[64] = {0};
    (void)state;
    memset(wanted, true, sizeof wanted);
    struct surprise *few = surprise_create(&config, 1, wanted), *many = surprise_create(&config, 64, wanted);
    for (int frame = 0; frame < 10; frame++) {
        surprise_frame(few, at(frame), values);
        surprise_frame(many, at(frame), values);
    }
    assert_true(surprise_level(many) > surprise_level(few) + 3);
    surprise_destroy(few);
    surprise_destroy(many);
}

static void test_only_the_wanted_are_watched(void **state)
{
    struct policy_baseline config = {.alarm_probability = 0.01, .false_alarms_per_day = 1000};
    bool wanted[2] = {false, true};
    uint64_t both = 0;
    (void)state;
    struct surprise *surprise = surprise_create(&config, 2, wanted);
    for (int frame = 0; frame < 500; frame++) {
        double values[2] = {frame == 400 ? 900 : frame % 7, frame == 400 ? 900 : frame % 7};
        both |= surprise_frame(surprise, at(frame), values)[0];
    }
    assert_int_equal(both, 2);
    assert_true(surprise_nats(surprise, 0) == 0);
    surprise_destroy(surprise);
}

/* The surprise summed over the hundred samples behind it. */
static double surprise_behind_shift(enum change_views change, double scale, double shift)
{
    struct policy_baseline config = {.alarm_probability = 0.01, .false_alarms_per_day = 1000, .change = change};
    static const bool WANTED[1] = {true};
    struct random_stream stream = random_stream_named(4, "surprise", "shift", 0);
    struct surprise *surprise = surprise_create(&config, 1, WANTED);
    double sum = 0;

    assert_non_null(surprise);
    for (int frame = 0; frame < 1400; frame++) {
        double value = shift + scale * (random_normal(&stream) + (frame >= 1300 ? 1.2 : 0));
        surprise_frame(surprise, at(frame), &value);
        sum += frame >= 1300 ? (double)surprise_nats(surprise, 0) : 0;
    }
    assert_true(surprise_seen(surprise, 0) == 1400);
    surprise_destroy(surprise);
    return sum;
}

/* A unit and a zero never matter, and each way of seeing change makes more of a shift than
 * the one that is off. */
static void test_each_way_of_seeing_change_tells_a_shift_in_any_unit(void **state)
{
    double means = surprise_behind_shift(CHANGE_MEANS, 1, 0), sums = surprise_behind_shift(CHANGE_CUSUM, 1, 0);
    double off = surprise_behind_shift(CHANGE_OFF, 1, 0);
    (void)state;
    assert_true(means > off && sums > off);
    for (int change = 0; change < 3; change++) {
        double plain = surprise_behind_shift((enum change_views)change, 1, 0);
        assert_true(fabs(surprise_behind_shift((enum change_views)change, 1024, 0) / plain - 1) < 0.02);
        assert_true(fabs(surprise_behind_shift((enum change_views)change, 1, 64) / plain - 1) < 0.1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_false_alarms_stay_within_the_policy_as_series_grow),
        cmocka_unit_test(test_a_storm_deafens_nobody),
        cmocka_unit_test(test_each_way_of_seeing_change_tells_a_shift_in_any_unit),
        cmocka_unit_test(test_the_level_rises_with_the_samples_of_a_day),
        cmocka_unit_test(test_only_the_wanted_are_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
