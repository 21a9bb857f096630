/* season_test.c - the profile of the day, and who tells of it (profiles.h). */
#include "engine/season.h"

#include "engine/profiles.h"
#include "engine/test_engine.h"

#define PI 3.141592653589793
enum { FRAMES_PER_DAY = 96, DAYS = 28 };
static const heal_time MONDAY = INT64_C(1767571200) * HEAL_SECOND; /* 2026-01-05 00:00 UTC */

static heal_time at(int frame)
{
    return MONDAY + (heal_time)frame * HEAL_DAY / FRAMES_PER_DAY;
}

static double day(int frame)
{
    return 50 + 40 * sin(2 * PI * frame / FRAMES_PER_DAY);
}

/* Weeks of a day with noise. */
static struct season *learn_weeks(double scale, double shift)
{
    struct random_stream stream = random_stream_named(8, "season", "noise", 0);
    struct season *season = season_create(&NOVELTY_TUNING.season, 1);

    assert_non_null(season);
    for (int frame = 0; frame < DAYS * FRAMES_PER_DAY; frame++) {
        float residual = NAN, smooth = NAN;
        double value = shift + scale * (day(frame) + random_normal(&stream));
        season_frame_begin(season, at(frame));
        if (season_take(season, 0, (float)value, (float)(shift + 50 * scale), &residual, &smooth))
            assert_true(isfinite(residual) && isfinite(smooth));
        season_frame_end(season, &value);
    }
    return season;
}

static void test_a_day_is_expected_at_each_of_its_hours(void **state)
{
    struct season *season = learn_weeks(1, 0);
    (void)state;
    assert_true(season_helps(season, 0) && season_period(season, 0) == HEAL_DAY);
    for (int quarter = 0; quarter < FRAMES_PER_DAY; quarter++)
        assert_true(fabs(season_expected(season, 0, at(DAYS * FRAMES_PER_DAY + quarter)) - day(quarter)) < 3);
    season_destroy(season);
}

static void test_scale_and_shift_carry_over(void **state)
{
    struct season *plain = learn_weeks(1, 0), *scaled = learn_weeks(64, 0), *shifted = learn_weeks(1, 1000);
    (void)state;
    for (int quarter = 0; quarter < FRAMES_PER_DAY; quarter++) {
        heal_time then = at(DAYS * FRAMES_PER_DAY + quarter);
        double expected = season_expected(plain, 0, then);
        assert_true(fabs(season_expected(scaled, 0, then) - 64 * expected) < 0.01);
        assert_true(fabs(season_expected(shifted, 0, then) - 1000 - expected) < 0.05);
    }
    season_destroy(plain);
    season_destroy(scaled);
    season_destroy(shifted);
}

/* Half a day of doubt: after n days n / (n + 0.5) of what the profile says. A day of two
 * samples, so that the weekdays learn next to nothing. */
static void test_the_profile_is_trusted_more_the_more_days_it_has_seen(void **state)
{
    struct season *season = season_create(&NOVELTY_TUNING.season, 1);
    (void)state;
    assert_non_null(season);
    for (int days = 0; days < 20; days++) {
        for (int quarter = 30; quarter < FRAMES_PER_DAY; quarter += 40) {
            float residual = NAN, smooth = NAN, value = quarter == 30 ? 10 : -10;
            season_frame_begin(season, at(days * FRAMES_PER_DAY + quarter));
            season_take(season, 0, value, 0, &residual, &smooth);
            double left = days / (days + 0.5);
            assert_true(days == 0 ? isnan(residual) : fabs((double)residual - (double)value * (1 - left)) < 0.1);
        }
    }
    season_destroy(season);
}

static void test_noise_has_no_day_and_nothing_is_expected(void **state)
{
    struct random_stream stream = random_stream_named(9, "season", "noise", 0);
    struct season *season = season_create(&NOVELTY_TUNING.season, 2);
    int heeded = 0;
    (void)state;
    for (int frame = 0; frame < DAYS * FRAMES_PER_DAY; frame++) {
        double values[2] = {random_normal(&stream), NAN};
        float residual, smooth;
        season_frame_begin(season, at(frame));
        heeded += season_take(season, 0, (float)values[0], 0, &residual, &smooth);
        season_frame_end(season, values);
    }
    assert_false(season_helps(season, 0));
    assert_true(isnan(season_expected(season, 0, at(5))) && isnan(season_expected(season, 1, at(5))));
    assert_true(heeded > 0); /* it may be heeded, it just helps nobody */
    season_destroy(season);
}

/* By weekday: Sundays are quieter, which the profile of the day alone cannot know. */
static void test_profiles_tell_of_the_wanted_by_time_and_weekday(void **state)
{
    static const bool WANTED[3] = {false, true, true};
    struct profiles *profiles = profiles_create(3, WANTED);
    static const float LEVEL[3] = {50, 50, 50};
    int frame = 0;
    (void)state;
    assert_non_null(profiles);
    for (; frame < 20 * 7 * FRAMES_PER_DAY; frame++) {
        bool sunday = frame / FRAMES_PER_DAY % 7 == 6;
        double values[3] = {day(frame), day(frame) - (sunday ? 10 : 0), frame % 2 ? (double)NAN : INFINITY};
        profiles_frame(profiles, at(frame), values, LEVEL);
    }
    assert_true(isnan(profiles_expected(profiles, 0, at(frame))));
    assert_true(isnan(profiles_expected(profiles, 2, at(frame))));
    double noon = profiles_expected(profiles, 1, at(frame + FRAMES_PER_DAY / 2));
    double sunday_noon = profiles_expected(profiles, 1, at(frame + 6 * FRAMES_PER_DAY + FRAMES_PER_DAY / 2));
    assert_true(fabs(noon - day(FRAMES_PER_DAY / 2)) < 6);
    assert_true(sunday_noon < noon - 2);
    profiles_destroy(profiles);
}

static void test_nobody_wanted_costs_nothing(void **state)
{
    static const bool WANTED[2] = {false, false};
    struct profiles *profiles = profiles_create(2, WANTED);
    double values[2] = {1, 2};
    float level[2] = {1, 2};
    (void)state;
    profiles_frame(profiles, 0, values, level);
    assert_true(isnan(profiles_expected(profiles, 1, 0)));
    profiles_destroy(profiles);
    profiles_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_day_is_expected_at_each_of_its_hours),
        cmocka_unit_test(test_scale_and_shift_carry_over),
        cmocka_unit_test(test_the_profile_is_trusted_more_the_more_days_it_has_seen),
        cmocka_unit_test(test_noise_has_no_day_and_nothing_is_expected),
        cmocka_unit_test(test_profiles_tell_of_the_wanted_by_time_and_weekday),
        cmocka_unit_test(test_nobody_wanted_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
