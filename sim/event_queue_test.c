/* event_queue_test.c - one total order, whatever goes in and however much. */
#include "sim/event_queue.h"

#include "engine/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t SEED = 20260101;

/* What the queue promises, done slowly: stable by time. `index` counts pushes. */
static int by_time_then_push(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void push(struct event_queue *queue, heal_time at, uint32_t index)
{
    assert_true(event_queue_push(queue, (struct event){at, 7, index}));
}

static void expect(struct event_queue *queue, heal_time at, uint32_t index)
{
    struct event event;

    assert_true(event_queue_pop(queue, &event));
    assert_true(event.at == at);
    assert_int_equal(event.kind, 7);
    assert_int_equal(event.index, index);
}

static void test_pops_as_a_stable_sort_would(void **state)
{
    (void)state;
    struct random_stream stream = random_stream_named(SEED, "event_queue", "test", 0);
    print_message("seed %llu\n", (unsigned long long)SEED);
    for (uint32_t count = 1; count <= 3000; count = count * 3 + 1) {
        struct event_queue *queue = event_queue_create(64);
        struct event *sorted = malloc(count * sizeof *sorted);
        assert_non_null(queue);
        assert_non_null(sorted);
        for (uint32_t i = 0; i < count; i++) { /* a third as many instants as events: many ties */
            sorted[i] = (struct event){(heal_time)random_below(&stream, count / 3 + 1) - 5, 7, i};
            push(queue, sorted[i].at, i);
        }
        assert_int_equal(event_queue_size(queue), count);
        qsort(sorted, count, sizeof *sorted, by_time_then_push);
        for (uint32_t i = 0; i < count; i++)
            expect(queue, sorted[i].at, sorted[i].index);
        assert_int_equal(event_queue_size(queue), 0);
        free(sorted);
        event_queue_destroy(queue);
    }
}

/* The reference is an array in which the least is looked for each time. */
static void test_keeps_its_order_while_pushes_and_pops_alternate(void **state)
{
    (void)state;
    enum { STEPS = 6000 };
    struct random_stream stream = random_stream_named(SEED, "event_queue", "mixed", 0);
    struct event_queue *queue = event_queue_create(1);
    struct event *pending = malloc(STEPS * sizeof *pending);
    size_t count = 0;
    uint32_t pushed = 0;
    heal_time now = 0;

    assert_non_null(queue);
    assert_non_null(pending);
    for (int step = 0; step < STEPS; step++) {
        if (count == 0 || random_below(&stream, 100) < 52) {
            pending[count++] = (struct event){now + (heal_time)random_below(&stream, 20), 7, pushed};
            push(queue, pending[count - 1].at, pushed++);
            continue;
        }
        size_t first = 0;
        for (size_t i = 1; i < count; i++)
            first = by_time_then_push(&pending[i], &pending[first]) < 0 ? i : first;
        now = pending[first].at;
        expect(queue, now, pending[first].index);
        pending[first] = pending[--count];
        assert_int_equal(event_queue_size(queue), count);
    }
    free(pending);
    event_queue_destroy(queue);
}

static void test_ties_come_out_as_they_went_in(void **state)
{
    (void)state;
    struct event_queue *queue = event_queue_create(4);

    for (uint32_t i = 0; i < 1000; i++)
        push(queue, 42, i);
    for (uint32_t i = 0; i < 500; i++)
        expect(queue, 42, i);
    for (uint32_t i = 1000; i < 1500; i++) /* later pushes stand behind, also after pops */
        push(queue, 42, i);
    for (uint32_t i = 500; i < 1500; i++)
        expect(queue, 42, i);
    event_queue_destroy(queue);
}

static void test_grows_from_room_for_one_and_loses_nothing(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct event_queue *queue = event_queue_create(1);

    for (uint32_t i = 0; i < COUNT; i++)
        push(queue, COUNT - (heal_time)i, i); /* each new one goes to the root */
    assert_int_equal(event_queue_size(queue), COUNT);
    for (uint32_t i = COUNT; i > 0; i--)
        expect(queue, COUNT - (heal_time)(i - 1), i - 1);
    event_queue_destroy(queue);
}

static void test_an_empty_queue_pops_nothing_and_leaves_the_event_alone(void **state)
{
    (void)state;
    struct event_queue *queue = event_queue_create(1);
    struct event event = {1, 2, 3};

    assert_false(event_queue_pop(queue, &event));
    push(queue, 9, 0);
    expect(queue, 9, 0);
    assert_false(event_queue_pop(queue, &event));
    assert_true(event.at == 1 && event.kind == 2 && event.index == 3);
    event_queue_destroy(queue);
    event_queue_destroy(NULL);
}

static void test_takes_the_ends_of_time(void **state)
{
    (void)state;
    struct event_queue *queue = event_queue_create(1);

    push(queue, HEAL_TIME_NEVER, 0);
    push(queue, INT64_MIN, 1);
    push(queue, 0, 2);
    expect(queue, INT64_MIN, 1);
    expect(queue, 0, 2);
    expect(queue, HEAL_TIME_NEVER, 0);
    event_queue_destroy(queue);
}

/* --- patterns ------------------------------------------------------------- */

/* What the queue promises, done plainly: an array in descending order, the next
 * event at its end; a new one goes before those of its instant. */
struct plain_queue {
    struct event *events;
    size_t count;
};

static void plain_push(struct plain_queue *plain, struct event event)
{
    size_t low = 0, high = plain->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (plain->events[middle].at > event.at)
            low = middle + 1;
        else
            high = middle;
    }
    memmove(&plain->events[low + 1], &plain->events[low], (plain->count - low) * sizeof event);
    plain->events[low] = event;
    plain->count++;
}

enum pattern {
    AHEAD,         /* a little later than now */
    ONE_INSTANT,   /* all at the same time */
    TWO_INSTANTS,  /* the same two over and over, however late it is */
    JUST_BEFORE,   /* a great crowd at one instant, single ones before it */
    HUGE_GAPS,     /* from a nanosecond to centuries */
    FAR_FUTURE,    /* one in ten never, the others soon */
    DECREASING,    /* each earlier than all before it */
    INTO_THE_PAST, /* before and after now alike */
    TWO_MODES,     /* mostly soon, some much later */
    ANYTHING,      /* 64 random bits */
    MIXED,         /* one of the others, changing every so often */
    PATTERNS,
};

struct course {
    struct random_stream stream;
    heal_time now, least;
    uint32_t steps;
};

static heal_time later(heal_time at, heal_duration by)
{
    return at > INT64_MAX - by ? INT64_MAX : at + by;
}

static heal_time draw_time(struct course *course, enum pattern pattern)
{
    struct random_stream *stream = &course->stream;
    heal_time soon = later(course->now, (heal_time)random_below(stream, 1000));

    switch (pattern) {
    case AHEAD:
        return later(course->now, (heal_time)random_below(stream, 1000000000));
    case ONE_INSTANT:
        return 77;
    case TWO_INSTANTS:
        return random_below(stream, 2) ? 77 : 78;
    case JUST_BEFORE:
        return random_below(stream, 50) ? 1000 : 999 - (heal_time)random_below(stream, 4);
    case HUGE_GAPS:
        return later(course->now, (heal_time)(random_bits(stream) >> 1 >> random_below(stream, 63)));
    case FAR_FUTURE:
        return random_below(stream, 10) ? soon : HEAL_TIME_NEVER;
    case DECREASING:
        return course->least > INT64_MIN ? --course->least : INT64_MIN;
    case INTO_THE_PAST:
        return course->now / 2 + (heal_time)random_below(stream, 4000) - 2000;
    case TWO_MODES:
        return later(soon, random_below(stream, 10) ? 0 : (heal_time)random_below(stream, 1000000000));
    case ANYTHING:
        return (heal_time)random_bits(stream);
    case MIXED:
        return draw_time(course, (enum pattern)(course->steps / 700 * 7 % MIXED));
    case PATTERNS:
        break;
    }
    return 0;
}

/* Pushes and pops with the odds that let the queue swell to thousands and shrink again. */
static void follow(enum pattern pattern, uint64_t number)
{
    enum { STEPS = 45000 };
    struct course course = {.stream = random_stream_named(SEED, "event_queue", "pattern", number * PATTERNS + pattern)};
    struct event_queue *queue = event_queue_create(1);
    struct plain_queue plain = {malloc(STEPS * sizeof *plain.events), 0};

    assert_non_null(queue);
    assert_non_null(plain.events);
    for (uint32_t pushed = 0; course.steps < STEPS; course.steps++) {
        uint64_t odds = course.steps / 7000 % 3 == 0 ? 90 : course.steps / 7000 % 3 == 1 ? 50 : 20;
        if (plain.count == 0 || random_below(&course.stream, 100) < odds) {
            struct event event = {draw_time(&course, pattern), 7, pushed++};
            course.least = event.at < course.least ? event.at : course.least;
            plain_push(&plain, event);
            push(queue, event.at, event.index);
        } else {
            struct event next = plain.events[--plain.count];
            expect(queue, next.at, next.index);
            course.now = next.at;
        }
        assert_int_equal(event_queue_size(queue), plain.count);
    }
    while (plain.count > 0) {
        struct event next = plain.events[--plain.count];
        expect(queue, next.at, next.index);
    }
    free(plain.events);
    event_queue_destroy(queue);
}

static void test_every_pattern_comes_out_in_order(void **state)
{
    (void)state;
    for (unsigned pattern = 0; pattern < PATTERNS; pattern++) {
        for (uint64_t number = 0; number < 2; number++)
            follow((enum pattern)pattern, number);
    }
}

/* A hold model with so many events that rungs are spread from rungs: nothing is
 * lost and time never runs backwards, ties in order of their pushes. */
static void test_a_crowd_keeps_its_order(void **state)
{
    (void)state;
    enum { COUNT = 200000, HOLDS = 400000 };
    struct random_stream stream = random_stream_named(SEED, "event_queue", "crowd", 0);
    struct event_queue *queue = event_queue_create(COUNT);
    struct event event, last = {INT64_MIN, 0, 0};
    uint32_t pushed = 0;

    assert_non_null(queue);
    while (pushed < COUNT)
        push(queue, (heal_time)random_exponential(&stream, 1e5), pushed++);
    for (size_t i = 0; i < HOLDS + COUNT; i++) {
        assert_true(event_queue_pop(queue, &event));
        assert_true(by_time_then_push(&last, &event) < 0);
        last = event;
        if (i < HOLDS)
            push(queue, event.at + (heal_time)random_exponential(&stream, 1e5), pushed++);
    }
    assert_int_equal(pushed, COUNT + HOLDS);
    assert_false(event_queue_pop(queue, &event));
    event_queue_destroy(queue);
}

/* What would be quadratic if late events were sorted in, or moved at every push: a
 * crowd of one instant that a heap has jumbled, and between any two of it an event
 * that is earlier than all. Is over in a moment, or not within the test's time limit. */
static void test_a_crowd_that_waits_costs_nothing_to_those_who_pass(void **state)
{
    (void)state;
    enum { CROWD = 100000 };
    struct random_stream stream = random_stream_named(SEED, "event_queue", "passing", 0);
    struct event_queue *queue = event_queue_create(CROWD);
    uint32_t *early = malloc(CROWD * sizeof *early), early_count = 0;

    assert_non_null(queue);
    assert_non_null(early);
    for (uint32_t i = 0; i < 2 * CROWD; i++)
        push(queue, 2000, i);
    expect(queue, 2000, 0);
    for (uint32_t i = 0; i < CROWD; i++) { /* all of them late, and the later ones pass the earlier ones */
        bool first = random_below(&stream, 2);
        push(queue, first ? 1000 : 1001, i);
        if (first)
            early[early_count++] = i;
    }
    for (uint32_t i = 0; i < early_count; i++) {
        push(queue, 999 - (heal_time)i, i);
        expect(queue, 999 - (heal_time)i, i);
        expect(queue, 1000, early[i]);
    }
    free(early);
    event_queue_destroy(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pops_as_a_stable_sort_would),
        cmocka_unit_test(test_keeps_its_order_while_pushes_and_pops_alternate),
        cmocka_unit_test(test_ties_come_out_as_they_went_in),
        cmocka_unit_test(test_grows_from_room_for_one_and_loses_nothing),
        cmocka_unit_test(test_an_empty_queue_pops_nothing_and_leaves_the_event_alone),
        cmocka_unit_test(test_takes_the_ends_of_time),
        cmocka_unit_test(test_every_pattern_comes_out_in_order),
        cmocka_unit_test(test_a_crowd_keeps_its_order),
        cmocka_unit_test(test_a_crowd_that_waits_costs_nothing_to_those_who_pass),
    };
    return cmocka_run_group_tests_name("event_queue", tests, NULL, NULL);
}
