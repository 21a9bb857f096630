/* trace_source_test.c - a recording gives its own frames, every time and to everybody. */
#include "replay/trace_source.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SERIES = 3 };
static const char *const IDS[SERIES] = {"pod/shop/a:cpu", "pod/shop/b:cpu", "node/x/n:load1"};

/* Value `frame * 10 + series`, NaN where both are odd. */
static double sample(size_t frame, size_t series)
{
    return frame % 2 && series % 2 ? NAN : (double)(frame * 10 + series);
}

static struct trace *make_trace(size_t frames, const heal_duration *spacing)
{
    struct trace *trace = trace_create(SERIES, frames, IDS);
    heal_time at = 1000;

    assert_non_null(trace);
    for (size_t i = 0; i < frames; i++) {
        trace_times_writable(trace)[i] = at;
        at += spacing ? spacing[i] : 10;
        for (size_t s = 0; s < SERIES; s++)
            trace_column_writable(trace, s)[i] = sample(i, s);
    }
    return trace;
}

static void expect_frame(struct frame_source *source, const struct trace *trace, size_t frame)
{
    heal_time at = 0;
    const double *values = source->next(source->context, &at);

    assert_non_null(values);
    assert_int_equal(at, trace_times(trace)[frame]);
    for (size_t s = 0; s < SERIES; s++) {
        double expected = sample(frame, s);
        assert_true(isnan(expected) ? isnan(values[s]) : values[s] == expected);
    }
}

static void test_frames_come_in_order_with_all_series_and_then_none(void **state)
{
    (void)state;
    struct trace *trace = make_trace(700, NULL); /* over several of the cursor's blocks */
    struct frame_supply supply = trace_supply(trace);
    struct frame_source source;
    heal_time at;

    assert_true(supply.open(supply.context, 0, &source));
    for (size_t i = 0; i < 700; i++)
        expect_frame(&source, trace, i);
    assert_null(source.next(source.context, &at));
    assert_null(source.next(source.context, &at));
    source.destroy(source.context);
    trace_destroy(trace);
}

static void test_each_source_reads_for_itself_and_every_replication_the_same(void **state)
{
    (void)state;
    struct trace *trace = make_trace(50, NULL);
    struct frame_supply supply = trace_supply(trace);
    struct frame_source one, other;

    assert_true(supply.open(supply.context, 0, &one));
    for (size_t i = 0; i < 20; i++)
        expect_frame(&one, trace, i);
    assert_true(supply.open(supply.context, 7, &other));
    for (size_t i = 0; i < 30; i++) {
        expect_frame(&other, trace, i);
        expect_frame(&one, trace, 20 + i);
    }
    other.destroy(other.context);
    one.destroy(one.context);
    trace_destroy(trace);
}

static void expect_duration(size_t frames, const heal_duration *spacing, heal_duration duration)
{
    struct trace *trace = make_trace(frames, spacing);

    assert_int_equal(trace_duration(trace), duration);
    trace_destroy(trace);
}

static void test_it_lasts_one_usual_spacing_beyond_its_last_frame(void **state)
{
    (void)state;
    expect_duration(2, NULL, 20);
    expect_duration(3, NULL, 30);
    expect_duration(500, NULL, 5000);
    expect_duration(4, (const heal_duration[]){10, 900, 10, 0}, 930); /* a gap is not usual */
    expect_duration(6, (const heal_duration[]){700, 30, 30, 1, 30, 0}, 821);
}

static void test_a_single_frame_lasts_a_second(void **state)
{
    (void)state;
    expect_duration(1, NULL, HEAL_SECOND);
}

/* The last frame has to lie inside [start, start + duration) for a world to show it. */
static void test_the_last_frame_is_inside_the_duration(void **state)
{
    (void)state;
    for (size_t frames = 1; frames < 130; frames++) {
        struct trace *trace = make_trace(frames, NULL);
        const heal_time *times = trace_times(trace);
        assert_true(times[frames - 1] < times[0] + trace_duration(trace));
        trace_destroy(trace);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_come_in_order_with_all_series_and_then_none),
        cmocka_unit_test(test_each_source_reads_for_itself_and_every_replication_the_same),
        cmocka_unit_test(test_it_lasts_one_usual_spacing_beyond_its_last_frame),
        cmocka_unit_test(test_a_single_frame_lasts_a_second),
        cmocka_unit_test(test_the_last_frame_is_inside_the_duration),
    };
    return cmocka_run_group_tests_name("trace_source", tests, NULL, NULL);
}
