/* plot_recorder_test.c - nothing that a series showed is lost between its lowest and highest. */
#include "sim/plot_recorder.h"

#include "engine/random.h"
#include "sim/test_world.h"

static const uint64_t SEED = 20260102;

static void frame(struct plot_recorder *recorder, heal_time at, const double *values)
{
    plot_recorder_frame(recorder, at, values);
}

static struct test_log tell(const struct plot_recorder *recorder, size_t most)
{
    struct test_log log = {0};

    plot_recorder_tell(recorder, most, (struct record_sink){&log, test_log_put});
    return log;
}

static void expect(const struct test_log *log, size_t nth, uint32_t series, heal_time at, float low, float high)
{
    assert_true(nth < log->count);
    const struct plot_record *plot = &log->items[nth].plot;

    assert_int_equal(log->items[nth].kind, RECORD_PLOT);
    assert_int_equal(plot->series, series);
    assert_int_equal(plot->at, at);
    assert_near(plot->low, low, 0);
    assert_near(plot->high, high, 0);
}

static void test_a_bucket_has_the_lowest_and_highest_of_its_frames(void **state)
{
    (void)state;
    struct plot_recorder *recorder = plot_recorder_create(1, 3, 1000, 30);

    for (heal_time at = 1000; at < 1030; at++)
        frame(recorder, at, &(double){(double)(at % 10 == 4 ? -at : at)});
    plot_recorder_mark(recorder, 0);
    struct test_log log = tell(recorder, 9);
    assert_int_equal(log.count, 3);
    expect(&log, 0, 0, 1000, -1004, 1009);
    expect(&log, 1, 0, 1010, -1014, 1019);
    expect(&log, 2, 0, 1020, -1024, 1029);
    test_log_clear(&log);
    plot_recorder_destroy(recorder);
}

/* Every division of every length: the last instant falls into a bucket too. */
static void test_buckets_cover_the_whole_span_and_nothing_else(void **state)
{
    (void)state;
    for (heal_duration duration = 1; duration <= 40; duration++) {
        for (size_t buckets = 1; buckets <= 12; buckets++) {
            struct plot_recorder *recorder = plot_recorder_create(1, buckets, 500, duration);
            plot_recorder_mark(recorder, 0);
            frame(recorder, 499, &(double){-1e9});
            frame(recorder, 500, &(double){1});
            frame(recorder, 500 + duration - 1, &(double){2});
            struct test_log log = tell(recorder, 1);
            float high = 0;
            for (size_t i = 0; i < log.count; i++) {
                assert_true(log.items[i].plot.low >= 1);
                assert_true(log.items[i].plot.at >= 500 && log.items[i].plot.at < 500 + duration);
                high = fmaxf(high, log.items[i].plot.high);
            }
            assert_near(high, 2, 0);
            assert_true(log.count >= 1 && log.count <= 2);
            test_log_clear(&log);
            plot_recorder_destroy(recorder);
        }
    }
}

static void test_agrees_with_a_plain_minimum_and_maximum(void **state)
{
    (void)state;
    enum { SERIES = 5, BUCKETS = 16, FRAMES = 4000 };
    struct random_stream stream = random_stream_named(SEED, "plot", "test", 0);
    heal_duration duration = FRAMES * HEAL_SECOND, width = duration / BUCKETS;
    struct plot_recorder *recorder = plot_recorder_create(SERIES, BUCKETS, TEST_START, duration);
    float low[BUCKETS][SERIES], high[BUCKETS][SERIES];

    for (size_t b = 0; b < BUCKETS; b++) {
        for (size_t s = 0; s < SERIES; s++) {
            low[b][s] = INFINITY;
            high[b][s] = -INFINITY;
        }
    }
    for (heal_time i = 0; i < FRAMES; i++) {
        double values[SERIES];
        for (size_t s = 0; s < SERIES; s++) {
            values[s] = random_uniform(&stream) < 0.5 ? NAN : random_normal(&stream);
            size_t b = (size_t)(i * HEAL_SECOND / width);
            low[b][s] = fminf(low[b][s], (float)values[s]); /* fmin takes NaN as missing */
            high[b][s] = fmaxf(high[b][s], (float)values[s]);
        }
        frame(recorder, TEST_START + i * HEAL_SECOND, values);
    }
    for (uint32_t s = 0; s < SERIES; s++)
        plot_recorder_mark(recorder, s);
    struct test_log log = tell(recorder, SERIES);
    assert_int_equal(log.count, SERIES * BUCKETS);
    for (size_t s = 0; s < SERIES; s++) {
        for (size_t b = 0; b < BUCKETS; b++)
            expect(&log, s * BUCKETS + b, (uint32_t)s, TEST_START + (heal_time)b * width, low[b][s], high[b][s]);
    }
    test_log_clear(&log);
    plot_recorder_destroy(recorder);
}

static void test_a_bucket_without_a_sample_is_not_told(void **state)
{
    (void)state;
    struct plot_recorder *recorder = plot_recorder_create(2, 3, 0, 30);

    plot_recorder_mark(recorder, 0);
    plot_recorder_mark(recorder, 1);
    frame(recorder, 0, (const double[]){1, NAN});
    frame(recorder, 25, (const double[]){NAN, NAN});
    struct test_log log = tell(recorder, 2);
    assert_int_equal(log.count, 1);
    expect(&log, 0, 0, 0, 1, 1);
    test_log_clear(&log);
    plot_recorder_destroy(recorder);
}

static void test_only_marked_series_are_told_and_at_most_so_many(void **state)
{
    (void)state;
    enum { SERIES = 130 };
    double values[SERIES];
    struct plot_recorder *recorder = plot_recorder_create(SERIES, 1, 0, 10);

    for (size_t i = 0; i < SERIES; i++)
        values[i] = (double)i;
    frame(recorder, 0, values);
    struct test_log log = tell(recorder, SERIES);
    assert_int_equal(log.count, 0);
    const uint32_t marked[] = {129, 63, 64, 0, 63};
    for (size_t i = 0; i < 5; i++)
        plot_recorder_mark(recorder, marked[i]);
    log = tell(recorder, SERIES);
    assert_int_equal(log.count, 4);
    expect(&log, 0, 0, 0, 0, 0);
    expect(&log, 1, 63, 0, 63, 63);
    expect(&log, 2, 64, 0, 64, 64);
    expect(&log, 3, 129, 0, 129, 129);
    test_log_clear(&log);
    log = tell(recorder, 2);
    assert_int_equal(log.count, 2);
    expect(&log, 1, 63, 0, 63, 63);
    test_log_clear(&log);
    log = tell(recorder, 0);
    assert_int_equal(log.count, 0);
    plot_recorder_destroy(recorder);
}

/* 64 MiB are 2^23 cells of two floats: 2^20 series have 8 buckets each. */
static void test_many_series_get_fewer_buckets(void **state)
{
    (void)state;
    enum { SERIES = 1 << 20 };
    double *values = calloc(SERIES, sizeof *values);
    struct plot_recorder *recorder = plot_recorder_create(SERIES, 1440, 0, 1440);

    assert_non_null(values);
    assert_non_null(recorder);
    for (heal_time at = 0; at < 1440; at += 90)
        frame(recorder, at, values);
    plot_recorder_mark(recorder, SERIES - 1);
    struct test_log log = tell(recorder, 1);
    assert_int_equal(log.count, 8);
    expect(&log, 7, SERIES - 1, 1260, 0, 0);
    test_log_clear(&log);
    free(values);
    plot_recorder_destroy(recorder);
    plot_recorder_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bucket_has_the_lowest_and_highest_of_its_frames),
        cmocka_unit_test(test_buckets_cover_the_whole_span_and_nothing_else),
        cmocka_unit_test(test_agrees_with_a_plain_minimum_and_maximum),
        cmocka_unit_test(test_a_bucket_without_a_sample_is_not_told),
        cmocka_unit_test(test_only_marked_series_are_told_and_at_most_so_many),
        cmocka_unit_test(test_many_series_get_fewer_buckets),
    };
    return cmocka_run_group_tests_name("plot_recorder", tests, NULL, NULL);
}
