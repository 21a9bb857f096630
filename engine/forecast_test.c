#define TEST_ALLOCATIONS
#include "engine/forecast.h"

#include "engine/test_engine.h"

static const double CONFIDENCE = 0.999;

static void ramp(double seconds[FORECAST_SLOTS], double values[FORECAST_SLOTS], double slope)
{
    for (size_t i = 0; i < FORECAST_SLOTS; i++) {
        seconds[i] = (double)i * 60.0;
        values[i] = 10.0 + slope * seconds[i];
    }
}

static void test_a_straight_line_is_found_exactly(void **state)
{
    double seconds[FORECAST_SLOTS], values[FORECAST_SLOTS];
    struct trend trend;

    (void)state;
    ramp(seconds, values, 0.5);
    assert_true(trend_fit(seconds, values, FORECAST_SLOTS, CONFIDENCE, &trend));
    assert_true(fabs(trend.slope - 0.5) < 1e-12);
    assert_true(fabs(trend.level - values[FORECAST_SLOTS - 1]) < 1e-9);
    assert_true(trend.low <= 0.5 && trend.high >= 0.5 - 1e-12);
}

/* Sen 1968: the slope holds while under 29 % of the points are wild. */
static void test_wild_points_and_gaps_do_not_bend_it(void **state)
{
    double seconds[FORECAST_SLOTS], values[FORECAST_SLOTS];
    struct trend trend;

    (void)state;
    ramp(seconds, values, 0.5);
    for (int i = 3; i < FORECAST_SLOTS; i += 6)
        values[i] = i % 4 ? 1e6 : -1e6;
    values[5] = values[11] = NAN;
    assert_true(trend_fit(seconds, values, FORECAST_SLOTS, CONFIDENCE, &trend));
    assert_true(fabs(trend.slope - 0.5) < 1e-9);
}

/* Units of value and of time, and where zero lies. */
static void test_scale_and_shift_of_a_trend_carry_over(void **state)
{
    struct random_stream stream = random_stream_named(5, "forecast", "noise", 0);
    double seconds[FORECAST_SLOTS], values[FORECAST_SLOTS], moved[FORECAST_SLOTS];
    struct trend plain, other;
    (void)state;
    for (int i = 0; i < FORECAST_SLOTS; i++) {
        seconds[i] = 60.0 * i;
        values[i] = 0.01 * i + 0.02 * random_normal(&stream);
        moved[i] = 1024 * values[i] + 512;
    }
    assert_true(trend_fit(seconds, values, FORECAST_SLOTS, 0.99, &plain));
    assert_true(trend_fit(seconds, moved, FORECAST_SLOTS, 0.99, &other));
    assert_true(fabs(other.slope / (1024 * plain.slope) - 1) < 1e-9);
    assert_true(fabs(other.low / (1024 * plain.low) - 1) < 1e-9 && fabs(other.high / (1024 * plain.high) - 1) < 1e-9);
    assert_true(fabs(other.level - 512 - 1024 * plain.level) < 1e-9);
    assert_true(plain.low <= plain.slope && plain.slope <= plain.high);
}

static void test_too_few_points_tell_nothing(void **state)
{
    double seconds[FORECAST_SLOTS], values[FORECAST_SLOTS];
    struct trend trend;

    (void)state;
    ramp(seconds, values, 0.5);
    assert_false(trend_fit(seconds, values, FORECAST_POINTS_MIN - 1, CONFIDENCE, &trend));
}

/* The interval holds its promise, also for noise that leans on itself: a trend of
 * none is called one in about 1 - confidence of the cases. */
static double false_share(double correlation, double confidence)
{
    size_t wrong = 0, cases = 2000;

    for (uint64_t seed = 1; seed <= cases; seed++) {
        struct random_stream stream =
            random_stream_named(seed, "forecast_test", "noise", (uint64_t)(correlation * 100));
        double seconds[FORECAST_SLOTS], values[FORECAST_SLOTS], noise = random_normal(&stream);
        struct trend trend;
        for (size_t i = 0; i < FORECAST_SLOTS; i++) {
            noise = correlation * noise + sqrt(1 - correlation * correlation) * random_normal(&stream);
            seconds[i] = (double)i;
            values[i] = noise;
        }
        assert_true(trend_fit(seconds, values, FORECAST_SLOTS, confidence, &trend));
        wrong += trend.low > 0.0 || trend.high < 0.0;
    }
    return (double)wrong / (double)cases;
}

static void test_noise_is_rarely_taken_for_a_trend(void **state)
{
    (void)state;
    assert_true(false_share(0.0, 0.95) < 0.07);
    assert_true(false_share(0.5, 0.95) < 0.09);
    assert_true(false_share(0.8, 0.99) < 0.06);
}

/* --- streaming --------------------------------------------------------------- */

struct fixture {
    struct policy policy;
    struct policy_rule rules[1];
    struct inventory *inventory;
    struct forecast *forecast;
    heal_time now;
};

static struct fixture *start(const char *series, double above, double below)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    fixture->rules[0] = test_rule("*:disk*", ISSUE_DISK_FULL);
    fixture->rules[0].above = above;
    fixture->rules[0].below = below;
    fixture->rules[0].forecast_within = 2 * HEAL_HOUR;
    fixture->policy = test_policy(fixture->rules, 1);
    fixture->policy.forecast = (struct policy_forecast){4 * HEAL_HOUR, 30 * HEAL_MINUTE, CONFIDENCE};
    fixture->inventory = inventory_create();
    inventory_add_series(fixture->inventory, "pod/s/w:other", 13);
    inventory_add_series(fixture->inventory, series, strlen(series));
    assert_true(inventory_freeze(fixture->inventory));
    fixture->forecast = forecast_create(&fixture->policy, fixture->inventory);
    assert_non_null(fixture->forecast);
    return fixture;
}

static void finish(struct fixture *fixture)
{
    forecast_destroy(fixture->forecast);
    inventory_destroy(fixture->inventory);
    free(fixture);
}

/* One frame, 30 s on; the event of the series, or one without a limit. */
static struct forecast_event feed(struct fixture *fixture, double value)
{
    double values[2] = {0.0, value};
    size_t count;
    const struct forecast_event *events = forecast_frame(fixture->forecast, fixture->now, values, &count);

    fixture->now += 30 * HEAL_SECOND;
    return count > 0 ? events[0] : (struct forecast_event){.limit = NAN};
}

static void test_a_filling_disk_is_told_before_its_limit(void **state)
{
    struct fixture *fixture = start("volume/s/d:disk_used_ratio", 0.95, NAN);
    struct random_stream stream = random_stream_named(1, "forecast_test", "disk", 0);
    struct forecast_event event = {.limit = NAN};
    double value = 0.0;

    (void)state;
    for (int frame = 0; frame < 2000 && isnan(event.limit); frame++) { /* 0.1 an hour: full after 4.5 h */
        value = 0.5 + 0.1 * frame / 120.0 + 0.002 * random_normal(&stream);
        event = feed(fixture, value);
    }
    assert_true(event.began);
    assert_int_equal(event.series, 1);
    assert_true(value < 0.90 && value > 0.70); /* about two hours of way left */
    assert_true(event.soonest <= event.expected && event.expected <= event.latest);
    assert_true(event.latest <= 2 * HEAL_HOUR);
    double truth = (0.95 - value) / 0.1 * 3600.0;
    assert_true(fabs(heal_duration_seconds(event.expected) - truth) < 0.1 * truth);
    finish(fixture);
}

static void test_a_certificate_runs_down_to_its_limit(void **state)
{
    struct fixture *fixture = start("certificate/s/c:disk_days", NAN, 30.0);
    struct forecast_event event = {.limit = NAN};
    double value = 30.2;

    (void)state;
    for (int frame = 0; frame < 600 && isnan(event.limit); frame++, value -= 1.0 / 2880.0)
        event = feed(fixture, value);
    assert_true(event.began);
    assert_true(event.value > 30.0);
    finish(fixture);
}

static void test_a_level_series_is_never_told(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct fixture *fixture = start("volume/s/d:disk_used_ratio", 0.95, NAN);
        struct random_stream stream = random_stream_named(seed, "forecast_test", "level", 0);
        double noise = 0.0;
        for (int frame = 0; frame < 3000; frame++) {
            noise = 0.95 * noise + 0.312 * random_normal(&stream);
            assert_for_seed(isnan(feed(fixture, 0.7 + 0.01 * noise).limit), seed);
        }
        finish(fixture);
    }
}

static void test_it_is_over_when_the_trend_is(void **state)
{
    struct fixture *fixture = start("volume/s/d:disk_used_ratio", 0.95, NAN);
    struct forecast_event event = {.limit = NAN};
    double value = 0.6;

    (void)state;
    for (int frame = 0; frame < 2000 && isnan(event.limit); frame++)
        event = feed(fixture, value += 0.1 / 120.0);
    assert_true(event.began);
    event.limit = NAN;
    for (int frame = 0; frame < 2000 && isnan(event.limit); frame++)
        event = feed(fixture, value);
    assert_true(!isnan(event.limit));
    assert_false(event.began);
    finish(fixture);
}

static void test_a_series_that_was_acted_on_starts_over(void **state)
{
    struct fixture *fixture = start("volume/s/d:disk_used_ratio", 0.95, NAN);
    struct forecast_event event = {.limit = NAN};
    double value = 0.6;

    (void)state;
    for (int frame = 0; frame < 2000 && isnan(event.limit); frame++)
        event = feed(fixture, value += 0.1 / 120.0);
    assert_true(forecast_forget(fixture->forecast, 1));
    assert_false(forecast_forget(fixture->forecast, 1));
    assert_false(forecast_forget(fixture->forecast, 0)); /* is not forecast at all */
    for (int frame = 0; frame < 60; frame++)             /* half an hour: too short to be sure */
        assert_true(isnan(feed(fixture, value += 0.1 / 120.0).limit));
    finish(fixture);
}

static void test_frames_take_no_memory(void **state)
{
    struct fixture *fixture = start("volume/s/d:disk_used_ratio", 0.95, NAN);

    (void)state;
    test_heap_watch();
    uint64_t taken = test_heap.taken;
    for (int frame = 0; frame < 3000; frame++)
        feed(fixture, 0.5 + 0.0005 * frame);
    assert_true(test_heap.taken == taken);
    finish(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_straight_line_is_found_exactly),
        cmocka_unit_test(test_wild_points_and_gaps_do_not_bend_it),
        cmocka_unit_test(test_scale_and_shift_of_a_trend_carry_over),
        cmocka_unit_test(test_too_few_points_tell_nothing),
        cmocka_unit_test(test_noise_is_rarely_taken_for_a_trend),
        cmocka_unit_test(test_a_filling_disk_is_told_before_its_limit),
        cmocka_unit_test(test_a_certificate_runs_down_to_its_limit),
        cmocka_unit_test(test_a_level_series_is_never_told),
        cmocka_unit_test(test_it_is_over_when_the_trend_is),
        cmocka_unit_test(test_a_series_that_was_acted_on_starts_over),
        cmocka_unit_test(test_frames_take_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
