/* run_test.c - replications on any number of threads are told in one order, record for record. */
#include "sim/run.h"

#include "sim/test_world.h"

enum { REPLICATIONS = 13 };

/* A consumer that notes everything, and stops where it is told to. */
struct listener {
    struct test_log log;
    uint32_t begun, ended;
    bool inside;               /* between begin and end */
    size_t ends[REPLICATIONS]; /* records told at the end of each */
    struct world_counts counts[REPLICATIONS];
    double done;
    size_t breaths;
    size_t stop_at_record; /* SIZE_MAX: never */
    uint32_t stop_at_begin, stop_at_end;
    size_t stop_at_breath;
};

static bool begin(void *context, uint32_t replication)
{
    struct listener *listener = context;

    assert_false(listener->inside);
    assert_int_equal(replication, listener->begun);
    listener->begun++;
    listener->inside = true;
    return replication != listener->stop_at_begin;
}

static bool record(void *context, const struct run_record *item)
{
    struct listener *listener = context;

    assert_true(listener->inside);
    test_log_put(&listener->log, item);
    return listener->log.count != listener->stop_at_record;
}

static bool end(void *context, uint32_t replication, const struct world_counts *counts)
{
    struct listener *listener = context;

    assert_true(listener->inside);
    assert_int_equal(replication, listener->ended);
    listener->inside = false;
    listener->ends[replication] = listener->log.count;
    listener->counts[replication] = *counts;
    listener->ended++;
    return replication != listener->stop_at_end;
}

static bool breathe(void *context, double done)
{
    struct listener *listener = context;

    assert_true(done >= listener->done && done <= 1.0);
    listener->done = done;
    return ++listener->breaths != listener->stop_at_breath;
}

static struct listener listener_init(void)
{
    return (struct listener){
        .stop_at_record = SIZE_MAX, .stop_at_begin = UINT32_MAX, .stop_at_end = UINT32_MAX, .stop_at_breath = SIZE_MAX};
}

static void listener_clear(struct listener *listener)
{
    test_log_clear(&listener->log);
}

/* A world that differs from replication to replication. */
static void run_world(struct test_world *world)
{
    test_world_init(world);
    world->cpu.generated.noise = 0.1;
    world->cpu.generated.correlation = 0.5;
    world->duration = 40 * HEAL_MINUTE;
    world->kinds[0].causes[1] = test_cause("nobody knows", 1);
    world->kinds[0].cause_count = 2;
    world->faults[0] = (struct fault_spec){
        .kind = &world->kinds[0], .target = "pod/*", .onset = ONSET_POISSON, .every = 5 * HEAL_MINUTE};
    world->scenario.fault_count = 1;
    world->scenario.operators = (struct operators){.present = true, .acknowledge = {60, 40}, .repair = {120, 80}};
    for (size_t i = 0; i < ACTION_KIND_COUNT; i++)
        world->catalogue.actions[i] = (struct action_model){.mean_seconds = 8, .sd_seconds = 6, .failure = 0.1, .lost = 0.1};
    world->plot_buckets = 20;
}

static enum run_end run_with(struct test_world *world, uint32_t replications, uint32_t threads,
                             struct listener *listener)
{
    struct frame_supply supply = test_supply(world);
    struct run_consumer consumer = {listener, begin, record, end, breathe};
    struct run_config config = {test_config(world), &supply, 0, replications, threads};
    enum run_end ended = run_replications(&config, &consumer);

    made_supply_destroy(&supply);
    return ended;
}

static void expect_same_record(const struct run_record *a, const struct run_record *b)
{
    unsigned char one[DECISION_BYTES], other[DECISION_BYTES];

    assert_int_equal(a->kind, b->kind);
    switch (a->kind) {
    case RECORD_DECISION:
        decision_encode(&a->decision, one);
        decision_encode(&b->decision, other);
        assert_memory_equal(one, other, DECISION_BYTES);
        break;
    case RECORD_FAULT:
        assert_string_equal(a->fault.kind, b->fault.kind);
        assert_string_equal(a->fault.cause, b->fault.cause);
        assert_int_equal(a->fault.resource, b->fault.resource);
        assert_int_equal(a->fault.onset, b->fault.onset);
        assert_int_equal(a->fault.end, b->fault.end);
        assert_int_equal(a->fault.ended_by, b->fault.ended_by);
        break;
    case RECORD_OPERATOR:
        assert_int_equal(a->operator.repair, b->operator.repair);
        assert_int_equal(a->operator.resource, b->operator.resource);
        assert_int_equal(a->operator.at, b->operator.at);
        assert_int_equal(a->operator.ended_at, b->operator.ended_at);
        break;
    case RECORD_TOTAL:
        assert_string_equal(a->total.name, b->total.name);
        assert_true(a->total.value == b->total.value);
        break;
    case RECORD_LEARNED:
        assert_int_equal(a->learned.strategy, b->learned.strategy);
        assert_int_equal(a->learned.signature, b->learned.signature);
        assert_true(a->learned.success == b->learned.success && a->learned.failure == b->learned.failure);
        break;
    case RECORD_PLOT:
        assert_int_equal(a->plot.series, b->plot.series);
        assert_int_equal(a->plot.at, b->plot.at);
        assert_near(a->plot.low, b->plot.low, 0);
        assert_near(a->plot.high, b->plot.high, 0);
        break;
    }
}

/* The first `count` records. */
static void expect_same_records(const struct listener *a, const struct listener *b, size_t count)
{
    assert_true(a->log.count >= count && b->log.count >= count);
    for (size_t i = 0; i < count; i++)
        expect_same_record(&a->log.items[i], &b->log.items[i]);
}

/* Some, then the others: as if they had been asked for at once. */
static void test_replications_go_on_where_they_ended(void **state)
{
    (void)state;
    struct test_world world;
    struct listener whole = listener_init();

    run_world(&world);
    assert_int_equal(run_with(&world, REPLICATIONS, 1, &whole), RUN_DONE);
    for (uint32_t threads = 1; threads <= 3; threads += 2) {
        struct listener parts = listener_init();
        struct frame_supply supply = test_supply(&world);
        struct run_consumer consumer = {&parts, begin, record, end, NULL};
        struct run_config config = {test_config(&world), &supply, 0, 5, threads};
        assert_int_equal(run_replications(&config, &consumer), RUN_DONE);
        config.first = 5;
        config.replications = REPLICATIONS - 5;
        assert_int_equal(run_replications(&config, &consumer), RUN_DONE);
        assert_int_equal(parts.ended, REPLICATIONS);
        assert_int_equal(parts.log.count, whole.log.count);
        expect_same_records(&parts, &whole, whole.log.count);
        made_supply_destroy(&supply);
        listener_clear(&parts);
    }
    listener_clear(&whole);
    test_world_clear(&world);
}

static void test_any_number_of_threads_tells_the_same_records(void **state)
{
    (void)state;
    static const uint32_t THREADS[] = {2, 3, 8, 64}; /* also more than replications */
    struct test_world world;
    struct listener straight = listener_init();

    run_world(&world);
    assert_int_equal(run_with(&world, REPLICATIONS, 1, &straight), RUN_DONE);
    assert_int_equal(straight.ended, REPLICATIONS);
    assert_true(straight.log.count > REPLICATIONS * 10);
    for (size_t t = 0; t < 4; t++) {
        struct listener threaded = listener_init();
        assert_int_equal(run_with(&world, REPLICATIONS, THREADS[t], &threaded), RUN_DONE);
        assert_int_equal(threaded.ended, REPLICATIONS);
        assert_int_equal(threaded.log.count, straight.log.count);
        expect_same_records(&straight, &threaded, straight.log.count);
        for (size_t i = 0; i < REPLICATIONS; i++) {
            assert_int_equal(threaded.ends[i], straight.ends[i]);
            assert_memory_equal(&threaded.counts[i], &straight.counts[i], sizeof threaded.counts[i]);
        }
        listener_clear(&threaded);
    }
    listener_clear(&straight);
    test_world_clear(&world);
}

static void test_a_replication_is_the_same_among_others_and_alone(void **state)
{
    (void)state;
    struct test_world world;
    struct listener all = listener_init();
    struct test_log alone = {0};

    run_world(&world);
    assert_int_equal(run_with(&world, REPLICATIONS, 2, &all), RUN_DONE);
    world.replication = 5;
    world.plot_buckets = 0;
    test_world_run(&world, &alone);
    assert_int_equal(alone.count, all.ends[5] - all.ends[4]);
    for (size_t i = 0; i < alone.count; i++)
        expect_same_record(&alone.items[i], &all.log.items[all.ends[4] + i]);
    test_log_clear(&alone);
    listener_clear(&all);
    test_world_clear(&world);
}

static void test_only_the_first_replication_is_plotted(void **state)
{
    (void)state;
    struct test_world world;
    struct listener listener = listener_init();
    size_t plots = 0;

    run_world(&world);
    assert_int_equal(run_with(&world, 3, 3, &listener), RUN_DONE);
    for (size_t i = 0; i < listener.log.count; i++) {
        bool plot = listener.log.items[i].kind == RECORD_PLOT;
        plots += plot;
        assert_true(!plot || i < listener.ends[0]);
    }
    assert_true(plots > 0);
    listener_clear(&listener);
    test_world_clear(&world);
}

/* What was told up to the stop is what a whole run tells, and nothing comes after. */
static void test_a_consumer_that_stops_is_told_no_more(void **state)
{
    (void)state;
    struct test_world world;
    struct listener whole = listener_init();

    run_world(&world);
    assert_int_equal(run_with(&world, REPLICATIONS, 1, &whole), RUN_DONE);
    for (uint32_t threads = 1; threads <= 3; threads++) {
        const size_t stops[] = {1, whole.ends[0], whole.ends[4] + 3, whole.log.count};
        for (size_t i = 0; i < 4; i++) {
            struct listener listener = listener_init();
            listener.stop_at_record = stops[i];
            assert_int_equal(run_with(&world, REPLICATIONS, threads, &listener), RUN_STOPPED);
            assert_int_equal(listener.log.count, stops[i]);
            assert_true(listener.ended < listener.begun);
            expect_same_records(&whole, &listener, stops[i]);
            listener_clear(&listener);
        }
    }
    listener_clear(&whole);
    test_world_clear(&world);
}

/* Years of it would take minutes, or be told only when they are over: the world
 * itself has to notice. */
static void test_a_stop_does_not_wait_for_the_end_of_a_long_world(void **state)
{
    (void)state;
    struct test_world world;

    run_world(&world);
    world.duration = 5 * 365 * HEAL_DAY;
    for (uint32_t threads = 1; threads <= 2; threads++) {
        struct listener listener = listener_init();
        listener.stop_at_record = 1;
        assert_int_equal(run_with(&world, REPLICATIONS, threads, &listener), RUN_STOPPED);
        listener_clear(&listener);
    }
    test_world_clear(&world);
}

static void test_a_stop_at_begin_or_end_is_a_stop(void **state)
{
    (void)state;
    struct test_world world;

    run_world(&world);
    world.duration = 20 * HEAL_MINUTE;
    for (uint32_t threads = 1; threads <= 3; threads++) {
        for (uint32_t at = 0; at < REPLICATIONS; at += REPLICATIONS - 1) {
            struct listener listener = listener_init();
            listener.stop_at_begin = at;
            assert_int_equal(run_with(&world, REPLICATIONS, threads, &listener), RUN_STOPPED);
            assert_int_equal(listener.begun, at + 1);
            assert_int_equal(listener.ended, at);
            listener_clear(&listener);
            listener = listener_init();
            listener.stop_at_end = at;
            assert_int_equal(run_with(&world, REPLICATIONS, threads, &listener), RUN_STOPPED);
            assert_int_equal(listener.ended, at + 1);
            listener_clear(&listener);
        }
        struct listener listener = listener_init();
        listener.stop_at_breath = 1;
        assert_int_equal(run_with(&world, REPLICATIONS, threads, &listener), RUN_STOPPED);
        assert_int_equal(listener.breaths, 1);
        listener_clear(&listener);
    }
    test_world_clear(&world);
}

static void test_one_replication_needs_no_second_thread(void **state)
{
    (void)state;
    struct test_world world;
    struct listener one = listener_init(), many = listener_init();

    run_world(&world);
    assert_int_equal(run_with(&world, 1, 1, &one), RUN_DONE);
    assert_int_equal(run_with(&world, 1, 8, &many), RUN_DONE);
    assert_int_equal(one.log.count, many.log.count);
    expect_same_records(&one, &many, one.log.count);
    assert_near(one.done, 1, 1e-12);
    listener_clear(&one);
    listener_clear(&many);
    test_world_clear(&world);
}

/* --- a supply that fails -------------------------------------------------- */

struct faulty {
    struct frame_supply made;
    uint32_t fails_at;
};

static bool open_faulty(void *context, uint32_t replication, struct frame_source *out)
{
    struct faulty *faulty = context;

    return replication != faulty->fails_at && faulty->made.open(faulty->made.context, replication, out);
}

static void test_a_source_that_does_not_open_ends_the_run(void **state)
{
    (void)state;
    struct test_world world;

    run_world(&world);
    world.duration = 20 * HEAL_MINUTE;
    for (uint32_t threads = 1; threads <= 3; threads++) {
        struct listener listener = listener_init();
        struct faulty faulty = {test_supply(&world), 7};
        struct frame_supply supply = {&faulty, open_faulty, 0};
        struct run_consumer consumer = {&listener, begin, record, end, NULL};
        struct run_config config = {test_config(&world), &supply, 0, REPLICATIONS, threads};
        assert_int_equal(run_replications(&config, &consumer), RUN_OUT_OF_MEMORY);
        assert_true(listener.ended <= 7);
        made_supply_destroy(&faulty.made);
        listener_clear(&listener);
    }
    test_world_clear(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_number_of_threads_tells_the_same_records),
        cmocka_unit_test(test_replications_go_on_where_they_ended),
        cmocka_unit_test(test_a_replication_is_the_same_among_others_and_alone),
        cmocka_unit_test(test_only_the_first_replication_is_plotted),
        cmocka_unit_test(test_a_consumer_that_stops_is_told_no_more),
        cmocka_unit_test(test_a_stop_does_not_wait_for_the_end_of_a_long_world),
        cmocka_unit_test(test_a_stop_at_begin_or_end_is_a_stop),
        cmocka_unit_test(test_one_replication_needs_no_second_thread),
        cmocka_unit_test(test_a_source_that_does_not_open_ends_the_run),
    };
    return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
