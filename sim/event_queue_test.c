/* event_queue_test.c - one total order, whatever goes in and however much. */
#include "sim/event_queue.h"

#include "engine/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pops_as_a_stable_sort_would),
        cmocka_unit_test(test_keeps_its_order_while_pushes_and_pops_alternate),
        cmocka_unit_test(test_ties_come_out_as_they_went_in),
        cmocka_unit_test(test_grows_from_room_for_one_and_loses_nothing),
        cmocka_unit_test(test_an_empty_queue_pops_nothing_and_leaves_the_event_alone),
        cmocka_unit_test(test_takes_the_ends_of_time),
    };
    return cmocka_run_group_tests_name("event_queue", tests, NULL, NULL);
}
