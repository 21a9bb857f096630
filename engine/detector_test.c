#define TEST_ALLOCATIONS
#include "engine/detector.h"

#include "engine/baseline.h"

#include "engine/test_engine.h"

enum { SERIES = 130, RULES = 4 };

/* One detector with its surroundings; the default rule is changed by the test
 * before fixture_start. */
struct fixture {
    struct policy_rule rules[RULES];
    struct policy policy;
    struct inventory *inventory;
    struct detector *detector;
    heal_time now;
    double values[SERIES];
};

static int create(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    fixture->rules[0] = test_rule("*", ISSUE_HIGH_CPU);
    fixture->policy = test_policy(fixture->rules, 1);
    fixture->policy.baseline = (struct policy_baseline){.window = HEAL_SECOND, .warm_up = 16};
    fixture->inventory = inventory_create();
    *state = fixture;
    return fixture->inventory == NULL;
}

static int destroy(void **state)
{
    struct fixture *fixture = *state;

    detector_destroy(fixture->detector);
    inventory_destroy(fixture->inventory);
    free(fixture);
    return 0;
}

static void start(struct fixture *fixture, size_t series)
{
    for (size_t i = 0; i < series; i++) {
        char id[64];
        int length = snprintf(id, sizeof id, "pod/shop/p%zu:m", i);
        assert_int_equal(inventory_add_series(fixture->inventory, id, (size_t)length), i);
    }
    assert_true(inventory_freeze(fixture->inventory));
    fixture->detector = detector_create(&fixture->policy, fixture->inventory);
    assert_non_null(fixture->detector);
}

/* The next frame, a second later. */
static const struct detector_event *frame(struct fixture *fixture, size_t *count)
{
    fixture->now += HEAL_SECOND;
    return detector_frame(fixture->detector, fixture->now, fixture->values, count);
}

/* The next frame of series 0; its event, or NULL. */
static const struct detector_event *sample(struct fixture *fixture, double value)
{
    size_t count;

    fixture->values[0] = value;
    const struct detector_event *events = frame(fixture, &count);
    assert_true(count <= 1);
    return count ? events : NULL;
}

static void assert_quiet(struct fixture *fixture, double value)
{
    assert_null(sample(fixture, value));
}

static const struct detector_event *assert_event(struct fixture *fixture, double value, enum detector_event_kind kind)
{
    const struct detector_event *event = sample(fixture, value);

    assert_non_null(event);
    assert_int_equal(event->kind, kind);
    assert_int_equal(event->series, 0);
    assert_true(event->value == value);
    return event;
}

/* Values around 50 with a spread of 1 until the baseline stands. */
static void settle(struct fixture *fixture)
{
    for (int i = 0; i < 150; i++)
        assert_quiet(fixture, 50.0 + (i % 5 - 2) * 0.674);
}

static void test_above_the_threshold_is_an_anomaly_and_at_it_is_not(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].above = 0.8;
    start(fixture, 1);
    assert_quiet(fixture, 0.8);
    const struct detector_event *event = assert_event(fixture, 1.0, ANOMALY_BEGAN);
    assert_false(event->by_baseline);
    assert_false(event->critical);
    assert_true(event->reference == 0.8);
    assert_true(fabs(event->score - 1.25) < 1e-12);
    assert_quiet(fixture, 1.0); /* said once */
    assert_event(fixture, 0.8, ANOMALY_ENDED);
    assert_quiet(fixture, 0.8);
}

static void test_below_the_threshold_is_an_anomaly_and_at_it_is_not(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].below = 10.0;
    start(fixture, 1);
    assert_quiet(fixture, 10.0);
    const struct detector_event *event = assert_event(fixture, 4.0, ANOMALY_BEGAN);
    assert_true(event->reference == 10.0);
    assert_true(event->score == 2.5);
    assert_event(fixture, 10.0, ANOMALY_ENDED);
}

static void test_each_side_of_a_band_is_judged_by_its_own_limit(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].below = 10.0;
    fixture->rules[0].above = 20.0;
    start(fixture, 1);
    assert_true(assert_event(fixture, 25.0, ANOMALY_BEGAN)->reference == 20.0);
    assert_quiet(fixture, 5.0); /* from one side to the other: still the same anomaly */
    assert_event(fixture, 15.0, ANOMALY_ENDED);
    assert_true(assert_event(fixture, 5.0, ANOMALY_BEGAN)->reference == 10.0);
}

static void test_a_condition_must_hold_for_the_hold_time(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].above = 1.0;
    fixture->rules[0].hold = 3 * HEAL_SECOND;
    start(fixture, 1);
    for (int i = 0; i < 3; i++)
        assert_quiet(fixture, 2.0);
    assert_event(fixture, 2.0, ANOMALY_BEGAN); /* 3 s after the first */
}

static void test_an_interrupted_hold_starts_anew(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].above = 1.0;
    fixture->rules[0].hold = 3 * HEAL_SECOND;
    start(fixture, 1);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 3; i++)
            assert_quiet(fixture, 2.0);
        assert_quiet(fixture, 1.0);
    }
}

static void test_a_value_that_hangs_at_the_limit_does_not_flap(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].above = 1.0;
    fixture->rules[0].clear_ratio = 0.8;
    start(fixture, 1);
    assert_event(fixture, 1.01, ANOMALY_BEGAN);
    for (int i = 0; i < 10; i++)
        assert_quiet(fixture, i % 2 ? 1.01 : 0.81);
    assert_event(fixture, 0.8, ANOMALY_ENDED);
    for (int i = 0; i < 10; i++)
        assert_quiet(fixture, 0.99); /* and the way in is the threshold itself */
}

static void test_hysteresis_below_divides(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].below = 8.0;
    fixture->rules[0].clear_ratio = 0.8;
    start(fixture, 1);
    assert_event(fixture, 7.0, ANOMALY_BEGAN);
    assert_quiet(fixture, 9.9);
    assert_event(fixture, 10.0, ANOMALY_ENDED);
}

static void test_it_is_over_only_after_the_clear_hold(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].above = 1.0;
    fixture->rules[0].clear_hold = 2 * HEAL_SECOND;
    start(fixture, 1);
    assert_event(fixture, 2.0, ANOMALY_BEGAN);
    assert_quiet(fixture, 0.5);
    assert_quiet(fixture, 0.5);
    assert_quiet(fixture, 2.0); /* starts the wait anew */
    assert_quiet(fixture, 0.5);
    assert_quiet(fixture, 0.5);
    assert_event(fixture, 0.5, ANOMALY_ENDED);
}

static void test_no_sample_is_no_news(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].above = 1.0;
    fixture->rules[0].below = -1.0;
    start(fixture, 1);
    for (int i = 0; i < 10; i++)
        assert_quiet(fixture, NAN);
    assert_event(fixture, 2.0, ANOMALY_BEGAN);
    for (int i = 0; i < 10; i++)
        assert_quiet(fixture, NAN);
    assert_event(fixture, 0.0, ANOMALY_ENDED);
    assert_int_equal(detector_samples(fixture->detector), 2);
}

static void test_beyond_the_critical_limit_it_worsens_once(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].above = 1.0;
    fixture->rules[0].critical_above = 2.0;
    start(fixture, 1);
    assert_false(assert_event(fixture, 1.5, ANOMALY_BEGAN)->critical);
    assert_quiet(fixture, 2.0);
    assert_true(assert_event(fixture, 2.5, ANOMALY_WORSENED)->critical);
    assert_quiet(fixture, 3.0);
    assert_quiet(fixture, 1.5);
    assert_quiet(fixture, 3.0);
    assert_false(assert_event(fixture, 0.5, ANOMALY_ENDED)->critical);
    assert_true(assert_event(fixture, 2.5, ANOMALY_BEGAN)->critical); /* at once */
    assert_quiet(fixture, 3.0);
}

static void test_beyond_the_lower_critical_limit_it_worsens_too(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].below = 30.0;
    fixture->rules[0].critical_below = 7.0;
    start(fixture, 1);
    assert_false(assert_event(fixture, 20.0, ANOMALY_BEGAN)->critical);
    assert_true(assert_event(fixture, 6.0, ANOMALY_WORSENED)->critical);
}

static void test_zero_and_negative_values_get_a_score_above_zero(void **state)
{
    static const double values[] = {0.0, -0.0, -5.0, 1e-300, -INFINITY};
    struct fixture *fixture = *state;

    fixture->rules[0].below = 0.5;
    start(fixture, 1);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        double score = assert_event(fixture, values[i], ANOMALY_BEGAN)->score;
        assert_true(isfinite(score) && score > 0.0);
        assert_event(fixture, 1.0, ANOMALY_ENDED);
    }
}

static void test_the_first_rule_that_matches_watches_and_none_means_unwatched(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0] = test_rule("pod/shop/p1:*", ISSUE_HIGH_CPU);
    fixture->rules[1] = test_rule("pod/shop/p2:*", ISSUE_DISK_FULL);
    fixture->rules[0].above = fixture->rules[1].above = 1.0;
    fixture->policy.rule_count = 2;
    start(fixture, 3);
    assert_null(detector_rule(fixture->detector, 0));
    assert_ptr_equal(detector_rule(fixture->detector, 1), &fixture->rules[0]);
    assert_ptr_equal(detector_rule(fixture->detector, 2), &fixture->rules[1]);
    for (size_t i = 0; i < 3; i++)
        fixture->values[i] = 1e9;
    size_t count;
    const struct detector_event *events = frame(fixture, &count);
    assert_int_equal(count, 2);
    assert_int_equal(events[0].series, 1);
    assert_int_equal(events[1].series, 2);
    assert_int_equal(detector_samples(fixture->detector), 3);
}

static void test_far_off_its_own_past_is_an_anomaly(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].baseline = true;
    start(fixture, 1);
    settle(fixture);
    assert_quiet(fixture, 57.0);
    const struct detector_event *event = assert_event(fixture, 60.0, ANOMALY_BEGAN);
    assert_true(event->by_baseline);
    assert_true(event->reference == 50.0);
    assert_true(event->score > 8.0 && event->score < 12.0);
    assert_event(fixture, 50.0, ANOMALY_ENDED);
    assert_event(fixture, 40.0, ANOMALY_BEGAN);
}

static void test_only_the_direction_asked_for_counts(void **state)
{
    static const enum direction directions[] = {DIRECTION_UP, DIRECTION_DOWN, DIRECTION_BOTH};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < 3; i++)
        fixture->rules[i] = test_rule(i == 0 ? "*p0:m" : i == 1 ? "*p1:m" : "*p2:m", ISSUE_HIGH_CPU);
    for (size_t i = 0; i < 3; i++) {
        fixture->rules[i].baseline = true;
        fixture->rules[i].direction = directions[i];
    }
    fixture->policy.rule_count = 3;
    start(fixture, 3);
    size_t count;
    for (int i = 0; i < 150; i++) {
        for (size_t k = 0; k < 3; k++)
            fixture->values[k] = 50.0 + i % 5;
        frame(fixture, &count);
        assert_int_equal(count, 0);
    }
    fixture->values[0] = fixture->values[1] = fixture->values[2] = 1000.0;
    const struct detector_event *events = frame(fixture, &count);
    assert_int_equal(count, 2);
    assert_int_equal(events[0].series, 0);
    assert_int_equal(events[1].series, 2);
    fixture->values[0] = fixture->values[1] = fixture->values[2] = 52.0;
    frame(fixture, &count);
    assert_int_equal(count, 2);
    fixture->values[0] = fixture->values[1] = fixture->values[2] = -1000.0;
    events = frame(fixture, &count);
    assert_int_equal(count, 2);
    assert_int_equal(events[0].series, 1);
    assert_int_equal(events[1].series, 2);
}

/* What an anomaly tells beside its score: how improbable, since when, and what is normal
 * at that time; news the way that a rule does not look is none. */
static void test_an_event_tells_its_probability_and_how_long(void **state)
{
    struct fixture *fixture = *state;
    struct policy_rule *rule = &fixture->rules[0];
    size_t count = 0;

    rule->above = 3;
    rule->hold = 2 * HEAL_SECOND;
    start(fixture, 1);
    for (int i = 0; i < 200; i++) {
        fixture->values[0] = i % 5 * 0.1;
        frame(fixture, &count);
        assert_int_equal(count, 0);
    }
    fixture->values[0] = 9;
    frame(fixture, &count);
    frame(fixture, &count);
    const struct detector_event *event = frame(fixture, &count);
    assert_int_equal(count, 1);
    assert_true(event->lasted == 2 * HEAL_SECOND);
    assert_true(event->probability > 0 && event->probability < 0.05);
    assert_true(isnan(event->expected));
}

static void test_news_the_other_way_is_none(void **state)
{
    struct fixture *fixture = *state;
    struct policy_rule *rule = &fixture->rules[0];
    size_t count = 0, news = 0;

    rule->baseline = rule->surprise = true;
    rule->deviation = 1000;
    rule->direction = DIRECTION_UP;
    fixture->policy.baseline.alarm_probability = 0.0001;
    fixture->policy.baseline.false_alarms_per_day = 1e6;
    start(fixture, 2);
    struct random_stream stream = random_stream_named(7, "detector", "news", 0);
    for (int i = 0; i < 400; i++) {
        fixture->values[0] = fixture->values[1] = random_normal(&stream);
        frame(fixture, &count);
        assert_int_equal(count, 0);
    }
    fixture->values[0] = -60;
    fixture->values[1] = 60;
    const struct detector_event *events = frame(fixture, &count);
    for (size_t i = 0; i < count; i++) {
        news += events[i].kind == ANOMALY_BEGAN;
        assert_int_equal(events[i].series, 1);
        assert_true(events[i].probability < 0.01 && events[i].lasted == 0);
    }
    assert_int_equal(news, 1);
}

static void test_the_least_change_and_ratio_widen_the_band(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].baseline = true;
    fixture->rules[0].min_change = 20.0;
    fixture->rules[0].min_ratio = 0.6; /* of 50: 30 */
    start(fixture, 1);
    settle(fixture);
    assert_quiet(fixture, 79.0);
    assert_quiet(fixture, 21.0);
    const struct detector_event *event = assert_event(fixture, 81.0, ANOMALY_BEGAN);
    /* the floor stands in for the spread: just over the limit is just over `deviation` */
    assert_true(event->score > 8.0 && event->score < 9.0);
}

static void test_a_baseline_condition_has_its_own_hold(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].baseline = true;
    fixture->rules[0].baseline_hold = 2 * HEAL_SECOND;
    fixture->rules[0].above = 200.0;
    start(fixture, 1);
    settle(fixture);
    assert_quiet(fixture, 100.0);
    assert_quiet(fixture, 100.0);
    assert_true(assert_event(fixture, 100.0, ANOMALY_BEGAN)->by_baseline);
    assert_event(fixture, 50.0, ANOMALY_ENDED);
    assert_false(assert_event(fixture, 201.0, ANOMALY_BEGAN)->by_baseline); /* the threshold has none */
}

static void test_a_constant_series_has_no_band_unless_one_is_given(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].baseline = true;
    start(fixture, 1);
    for (int i = 0; i < 150; i++)
        assert_quiet(fixture, 7.0);
    assert_quiet(fixture, 7.1);
    assert_quiet(fixture, 1e9);
}

/* Baselines keep floats, 24 bits of a value; the rest must not look like a change. */
static void test_a_large_constant_is_not_off_itself(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].baseline = true;
    fixture->rules[0].min_change = 1.0;
    start(fixture, 1);
    for (int i = 0; i < 300; i++)
        assert_quiet(fixture, 1700000037.0);
    assert_event(fixture, 1700009999.0, ANOMALY_BEGAN);
}

static void test_nothing_is_judged_by_a_baseline_that_warms_up(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].baseline = true;
    fixture->rules[0].min_change = 1.0;
    start(fixture, 1);
    for (int i = 0; i < 15; i++)
        assert_quiet(fixture, i % 2 ? 1e6 : -1e6);
}

static void test_what_is_anomalous_is_not_learned(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].baseline = true;
    start(fixture, 1);
    settle(fixture);
    assert_event(fixture, 100.0, ANOMALY_BEGAN);
    for (int i = 0; i < 30; i++)
        assert_quiet(fixture, 100.0);
    assert_event(fixture, 50.0, ANOMALY_ENDED);
    for (int i = 0; i < 40; i++) /* the window still reaches back to it */
        assert_quiet(fixture, 50.0 + (i % 5 - 2) * 0.674);
    assert_event(fixture, 60.0, ANOMALY_BEGAN); /* nothing wild has become normal */
}

static void test_hysteresis_goes_half_way_back_to_the_median(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].baseline = true;
    fixture->rules[0].min_change = 20.0;
    fixture->rules[0].clear_ratio = 0.5;
    start(fixture, 1);
    settle(fixture);
    assert_event(fixture, 71.0, ANOMALY_BEGAN);
    assert_quiet(fixture, 60.5);
    assert_quiet(fixture, 39.5);
    assert_event(fixture, 59.5, ANOMALY_ENDED);
}

/* The number of frames at `value` until the anomaly is over. */
static int frames_until_over(struct fixture *fixture, double value)
{
    for (int i = 1; i <= 1000; i++) {
        const struct detector_event *event = sample(fixture, value + (i % 5 - 2) * 0.674);
        if (event) {
            assert_int_equal(event->kind, ANOMALY_ENDED);
            return i;
        }
    }
    fail_msg("never over");
    return 0;
}

/* A level that stays is learned once the hold is used up, and so is the way back:
 * no anomaly lasts for ever. */
static void test_a_level_that_lasts_becomes_normal(void **state)
{
    struct fixture *fixture = *state;

    fixture->rules[0].baseline = true;
    fixture->rules[0].clear_ratio = 0.9;
    start(fixture, 1);
    settle(fixture);
    assert_event(fixture, 1000.0, ANOMALY_BEGAN);
    int until_normal = frames_until_over(fixture, 1000.0);
    assert_true(until_normal > BASELINE_SLOTS / 2);
    for (int i = 0; i < 200; i++)
        assert_quiet(fixture, 1000.0 + (i % 5 - 2) * 0.674);
    assert_event(fixture, 50.0, ANOMALY_BEGAN);
    assert_true(frames_until_over(fixture, 50.0) > BASELINE_SLOTS / 2);
}

static void test_normal_noise_is_seldom_an_anomaly(void **state)
{
    struct fixture *fixture = *state;
    size_t count, events = 0;

    fixture->rules[0].baseline = true;
    fixture->policy.baseline.warm_up = 48;
    start(fixture, 64);
    struct random_stream stream = random_stream_named(1, "detector_test", "noise", 0);
    for (int i = 0; i < 400; i++) {
        for (size_t k = 0; k < 64; k++)
            fixture->values[k] = 100.0 + 5.0 * random_normal(&stream);
        frame(fixture, &count);
        events += count;
    }
    assert_int_equal(events, 0); /* 25,600 samples within 8 robust sigmas */
}

/* The definition, one series at a time and without any of the short cuts. */
struct judge {
    heal_time over, clear;
    bool active, critical;
};

static bool judge(struct judge *judge, const struct policy_rule *rule, heal_time now, double value,
                  enum detector_event_kind *kind)
{
    double ratio = judge->active ? rule->clear_ratio : 1.0;
    bool over = value > rule->above * ratio || value < rule->below / ratio;

    if (isnan(value))
        return false;
    judge->over = !over ? HEAL_TIME_NEVER : judge->over == HEAL_TIME_NEVER ? now : judge->over;
    judge->clear = over || !judge->active ? HEAL_TIME_NEVER : judge->clear == HEAL_TIME_NEVER ? now : judge->clear;
    bool critical = value > rule->critical_above;
    if (!judge->active && over && now - judge->over >= rule->hold) {
        *kind = ANOMALY_BEGAN;
        judge->active = true;
        judge->critical = critical;
        return true;
    }
    if (judge->active && judge->clear != HEAL_TIME_NEVER && now - judge->clear >= rule->clear_hold) {
        *kind = ANOMALY_ENDED;
        *judge = (struct judge){HEAL_TIME_NEVER, HEAL_TIME_NEVER, false, false};
        return true;
    }
    if (judge->active && critical && !judge->critical) {
        *kind = ANOMALY_WORSENED;
        judge->critical = true;
        return true;
    }
    return false;
}

static double random_value(struct random_stream *stream)
{
    switch (random_below(stream, 12)) {
    case 0:
        return NAN;
    case 1:
        return random_below(stream, 2) ? INFINITY : -INFINITY;
    case 2:
        return random_below(stream, 2) ? 2.0 : 1.0; /* just at the limits */
    default:
        return 1.5 + 0.4 * random_normal(stream);
    }
}

/* All block sizes and fill-ups: every frame's events are those of the
 * definition, in ascending order of series, one per series at most. */
static void check_against_definition(struct fixture *fixture, size_t series, uint64_t seed)
{
    struct random_stream stream = random_stream_named(seed, "detector_test", "definition", 0);
    struct judge judges[SERIES];
    uint64_t samples = 0;

    for (size_t i = 0; i < series; i++)
        judges[i] = (struct judge){HEAL_TIME_NEVER, HEAL_TIME_NEVER, false, false};
    for (int round = 0; round < 150; round++) {
        for (size_t i = 0; i < series; i++) {
            if (random_below(&stream, 3) == 0) /* else it stays, so that holds can hold */
                fixture->values[i] = random_value(&stream);
            samples += isnan(fixture->values[i]) ? 0 : 1;
        }
        size_t count, at = 0;
        const struct detector_event *events = frame(fixture, &count);
        for (size_t i = 0; i < series; i++) {
            enum detector_event_kind kind;
            if (!judge(&judges[i], &fixture->rules[0], fixture->now, fixture->values[i], &kind))
                continue;
            assert_for_seed(at < count && events[at].series == i && events[at].kind == kind, seed);
            assert_for_seed(events[at].value == fixture->values[i], seed);
            assert_for_seed(isfinite(events[at].score) && events[at].score > 0.0, seed);
            at++;
        }
        assert_for_seed(at == count, seed);
    }
    assert_for_seed(detector_samples(fixture->detector) == samples, seed);
}

static void test_any_number_of_series_is_judged_as_each_alone(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 4, 5, 63, 64, 65, 127, 128, 129, SERIES};

    (void)state;
    for (uint64_t seed = 0; seed < sizeof sizes / sizeof sizes[0]; seed++) {
        void *own = NULL;
        assert_int_equal(create(&own), 0);
        struct fixture *fixture = own;
        struct policy_rule *rule = &fixture->rules[0];
        rule->above = 2.0;
        rule->below = 1.0;
        rule->critical_above = 2.3;
        rule->clear_ratio = seed % 2 ? 1.0 : 0.9;
        rule->hold = (heal_duration)(seed % 3) * HEAL_SECOND;
        rule->clear_hold = (heal_duration)(seed / 2 % 3) * HEAL_SECOND;
        start(fixture, sizes[seed]);
        check_against_definition(fixture, sizes[seed], seed);
        destroy(&own);
    }
}

static void test_a_frame_takes_no_memory(void **state)
{
    struct fixture *fixture = *state;
    struct random_stream stream = random_stream_named(1, "detector_test", "memory", 0);
    size_t count, events = 0;

    fixture->rules[0].baseline = true;
    fixture->rules[0].above = 150.0;
    start(fixture, SERIES);
    test_heap_watch();
    uint64_t before = test_heap.taken;
    for (int i = 0; i < 1000; i++) {
        for (size_t k = 0; k < SERIES; k++)
            fixture->values[k] = i < 300 ? 100.0 + random_normal(&stream) : 150.0 * random_uniform(&stream) + 2.0;
        frame(fixture, &count);
        events += count;
    }
    assert_true(test_heap.taken == before);
    assert_true(events > 100); /* and there was something to do */
}

static void test_create_gives_up_cleanly_at_every_failed_allocation(void **state)
{
    struct fixture *fixture = *state;
    uint64_t at = 1;

    start(fixture, 70);
    if (!test_heap_can_fail)
        skip();
    for (bool done = false; !done; at++) {
        int64_t live = test_heap.live;
        test_heap.fail_at = at;
        struct detector *detector = detector_create(&fixture->policy, fixture->inventory);
        done = detector != NULL;
        detector_destroy(detector);
        test_heap.fail_at = 0;
        assert_for_seed(test_heap.live == live, at);
    }
    assert_true(at > 15);
}

/* `above` at 52 with a normal of 50 and a spread of 1: ten sigmas lie beyond it. */
static void excuse_what_is_normal(struct fixture *fixture, double above)
{
    struct policy_rule *rule = &fixture->rules[0];

    rule->above = above;
    rule->unless_normal = 10;
    rule->baseline = true;
    rule->deviation = 1000; /* the baseline's own band lies far off */
    rule->clear_ratio = 0.5;
    start(fixture, 1);
}

static void test_a_limit_unless_normal_holds_for_who_lies_well_under_it(void **state)
{
    struct fixture *fixture = *state;

    excuse_what_is_normal(fixture, 100);
    settle(fixture);
    assert_quiet(fixture, 100.0);
    const struct detector_event *event = assert_event(fixture, 101.0, ANOMALY_BEGAN);
    assert_false(event->by_baseline);
    assert_true(event->reference == 100.0);
    assert_quiet(fixture, 76.0); /* not yet half way back to its normal */
    assert_event(fixture, 74.0, ANOMALY_ENDED);
}

static void test_a_limit_unless_normal_is_not_met_by_the_noise_about_it(void **state)
{
    struct fixture *fixture = *state;

    excuse_what_is_normal(fixture, 52);
    settle(fixture);
    assert_quiet(fixture, 55.0);
    assert_event(fixture, 65.0, ANOMALY_BEGAN);
}

static void test_a_limit_unless_normal_excuses_who_is_always_over_it(void **state)
{
    struct fixture *fixture = *state;

    excuse_what_is_normal(fixture, 40);
    settle(fixture); /* warming up, too: nobody knows yet what is normal */
    assert_quiet(fixture, 500.0);
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(test_above_the_threshold_is_an_anomaly_and_at_it_is_not),
        with_fixture(test_below_the_threshold_is_an_anomaly_and_at_it_is_not),
        with_fixture(test_each_side_of_a_band_is_judged_by_its_own_limit),
        with_fixture(test_a_condition_must_hold_for_the_hold_time),
        with_fixture(test_an_interrupted_hold_starts_anew),
        with_fixture(test_a_value_that_hangs_at_the_limit_does_not_flap),
        with_fixture(test_hysteresis_below_divides),
        with_fixture(test_it_is_over_only_after_the_clear_hold),
        with_fixture(test_no_sample_is_no_news),
        with_fixture(test_beyond_the_critical_limit_it_worsens_once),
        with_fixture(test_beyond_the_lower_critical_limit_it_worsens_too),
        with_fixture(test_zero_and_negative_values_get_a_score_above_zero),
        with_fixture(test_the_first_rule_that_matches_watches_and_none_means_unwatched),
        with_fixture(test_far_off_its_own_past_is_an_anomaly),
        with_fixture(test_only_the_direction_asked_for_counts),
        with_fixture(test_an_event_tells_its_probability_and_how_long),
        with_fixture(test_news_the_other_way_is_none),
        with_fixture(test_the_least_change_and_ratio_widen_the_band),
        with_fixture(test_a_baseline_condition_has_its_own_hold),
        with_fixture(test_a_constant_series_has_no_band_unless_one_is_given),
        with_fixture(test_a_large_constant_is_not_off_itself),
        with_fixture(test_nothing_is_judged_by_a_baseline_that_warms_up),
        with_fixture(test_what_is_anomalous_is_not_learned),
        with_fixture(test_hysteresis_goes_half_way_back_to_the_median),
        with_fixture(test_a_level_that_lasts_becomes_normal),
        with_fixture(test_a_limit_unless_normal_holds_for_who_lies_well_under_it),
        with_fixture(test_a_limit_unless_normal_is_not_met_by_the_noise_about_it),
        with_fixture(test_a_limit_unless_normal_excuses_who_is_always_over_it),
        with_fixture(test_normal_noise_is_seldom_an_anomaly),
        cmocka_unit_test(test_any_number_of_series_is_judged_as_each_alone),
        with_fixture(test_a_frame_takes_no_memory),
        with_fixture(test_create_gives_up_cleanly_at_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
