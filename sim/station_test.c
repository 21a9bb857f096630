/* station_test.c - requests one by one, told beforehand; and that none is ever lost. */
#include "sim/station.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t SEED = 20260102;
enum { FIRST_KIND = 100, ENDS_MAX = 4096 };

struct told {
    uint32_t source;
    enum request_end end;
    double at, took;
};

struct bench {
    struct event_queue *queue;
    struct stations *stations;
    struct told ends[ENDS_MAX];
    size_t end_count;
    uint32_t tries[TRY_DROPPED + 1], lanes[4];
    double waited, stayed; /* of the last that left a station */
    heal_time now;
};

static void hear_left(void *context, uint32_t station, heal_time now, heal_duration waited, heal_duration stayed)
{
    struct bench *bench = context;

    (void)station;
    assert_true(waited >= 0 && stayed >= waited && now == bench->now);
    bench->waited = heal_duration_seconds(waited);
    bench->stayed = heal_duration_seconds(stayed);
}

static void hear_end(void *context, uint32_t source, heal_time now, enum request_end end, heal_duration took)
{
    struct bench *bench = context;

    assert_true(bench->end_count < ENDS_MAX);
    bench->ends[bench->end_count++] =
        (struct told){source, end, heal_duration_seconds(now), heal_duration_seconds(took)};
}

static void hear_try(void *context, uint32_t source, uint32_t lane, heal_time now, enum try_end end, heal_duration took)
{
    struct bench *bench = context;

    (void)source;
    assert_true(took >= 0 && took <= now);
    bench->tries[end]++;
    if (lane < 4)
        bench->lanes[lane]++;
}

static struct station_spec fixed_station(enum station_discipline discipline, uint32_t servers, double seconds)
{
    return (struct station_spec){.name = "web",
                                 .discipline = discipline,
                                 .servers = servers,
                                 .connections = STATION_UNLIMITED,
                                 .queue_limit = STATION_UNLIMITED,
                                 .service = {SERVICE_DETERMINISTIC, seconds, 0}};
}

/* Sends nothing of its own in any time that a test looks at. */
static struct source_spec silent_source(void)
{
    return (struct source_spec){.name = "users", .gap = {SERVICE_DETERMINISTIC, 1e6, 0}, .route_length = 1};
}

static void bench_open(struct bench *bench, const struct station_spec *stations, uint32_t station_count,
                       const struct source_spec *sources, uint32_t source_count)
{
    memset(bench, 0, sizeof *bench);
    bench->queue = event_queue_create(16);
    struct station_config config = {.stations = stations,
                                    .station_count = station_count,
                                    .sources = sources,
                                    .source_count = source_count,
                                    .seed = SEED,
                                    .queue = bench->queue,
                                    .first_kind = FIRST_KIND,
                                    .observer = {bench, hear_left, hear_end, hear_try}};
    assert_null(stations_fault(&config));
    bench->stations = stations_create(&config);
    assert_non_null(bench->stations);
    stations_start(bench->stations, 0);
}

static void bench_close(struct bench *bench)
{
    assert_false(stations_failed(bench->stations));
    assert_true(stations_consistent(bench->stations));
    stations_destroy(bench->stations);
    event_queue_destroy(bench->queue);
}

/* Up to `seconds`, the books checked after every event. */
static void run_until(struct bench *bench, double seconds)
{
    heal_time end = (heal_time)(seconds * 1e9);
    struct event event;

    for (;;) {
        assert_true(event_queue_pop(bench->queue, &event));
        if (event.at > end)
            break;
        assert_true(stations_own(bench->stations, &event));
        bench->now = event.at;
        stations_handle(bench->stations, &event);
        assert_true(stations_consistent(bench->stations));
    }
    assert_true(event_queue_push(bench->queue, event));
    bench->now = end;
}

static void send_at(struct bench *bench, double seconds)
{
    run_until(bench, seconds);
    stations_send(bench->stations, bench->now, 0);
}

static void expect_end(const struct bench *bench, size_t nth, enum request_end end, double at, double took)
{
    assert_true(nth < bench->end_count);
    assert_int_equal(bench->ends[nth].end, end);
    assert_true(fabs(bench->ends[nth].at - at) < 2e-9);
    assert_true(fabs(bench->ends[nth].took - took) < 2e-9);
}

/* --- disciplines ---------------------------------------------------------- */

static void test_first_come_first_served_by_two(void **state)
{
    (void)state;
    struct station_spec station = fixed_station(STATION_FCFS, 2, 1.0);
    struct source_spec source = silent_source();
    struct bench bench;

    bench_open(&bench, &station, 1, &source, 1);
    send_at(&bench, 0.0);
    send_at(&bench, 0.25);
    send_at(&bench, 0.5); /* waits until 1.0 */
    send_at(&bench, 0.5); /* waits until 1.25 */
    run_until(&bench, 10);
    expect_end(&bench, 0, REQUEST_SERVED, 1.0, 1.0);
    expect_end(&bench, 1, REQUEST_SERVED, 1.25, 1.0);
    expect_end(&bench, 2, REQUEST_SERVED, 2.0, 1.5);
    expect_end(&bench, 3, REQUEST_SERVED, 2.25, 1.75);
    assert_true(fabs(bench.waited - 0.75) < 1e-9 && fabs(bench.stayed - 1.75) < 1e-9);
    struct station_counts counts = stations_counts(bench.stations, 0, bench.now);
    assert_true(fabs(counts.busy_seconds - 4.0) < 1e-8);
    assert_true(fabs(counts.present_seconds - 5.25) < 1e-8);
    bench_close(&bench);
}

static void test_a_shared_processor_slows_everybody_alike(void **state)
{
    (void)state;
    struct station_spec station = fixed_station(STATION_SHARED, 1, 1.0);
    struct source_spec source = silent_source();
    struct bench bench;

    bench_open(&bench, &station, 1, &source, 1);
    send_at(&bench, 0.0); /* half done at 0.5, then shares: 1.5 */
    send_at(&bench, 0.5); /* shares until 1.5, alone after: 2.0 */
    send_at(&bench, 5.0);
    send_at(&bench, 5.0);
    send_at(&bench, 5.0); /* three at once: 8.0 */
    run_until(&bench, 10);
    expect_end(&bench, 0, REQUEST_SERVED, 1.5, 1.5);
    expect_end(&bench, 1, REQUEST_SERVED, 2.0, 1.5);
    for (size_t i = 2; i < 5; i++)
        expect_end(&bench, i, REQUEST_SERVED, 8.0, 3.0);
    bench_close(&bench);
}

static void test_two_shared_processors_give_nobody_more_than_one(void **state)
{
    (void)state;
    struct station_spec station = fixed_station(STATION_SHARED, 2, 1.0);
    struct source_spec source = silent_source();
    struct bench bench;

    bench_open(&bench, &station, 1, &source, 1);
    send_at(&bench, 0.0);
    send_at(&bench, 0.5);
    send_at(&bench, 0.5); /* 2/3 each: the first is done at 1.25, the others at 1.75 */
    run_until(&bench, 10);
    expect_end(&bench, 0, REQUEST_SERVED, 1.25, 1.25);
    expect_end(&bench, 1, REQUEST_SERVED, 1.75, 1.25);
    expect_end(&bench, 2, REQUEST_SERVED, 1.75, 1.25);
    bench_close(&bench);
}

/* Half speed from 0.5 to 1.5: a second of work takes one and a half. */
static void test_a_change_of_speed_reaches_what_is_under_way(void **state)
{
    (void)state;
    for (int discipline = STATION_FCFS; discipline <= STATION_SHARED; discipline++) {
        struct station_spec station = fixed_station((enum station_discipline)discipline, 1, 1.0);
        struct source_spec source = silent_source();
        struct bench bench;
        bench_open(&bench, &station, 1, &source, 1);
        send_at(&bench, 0.0);
        run_until(&bench, 0.5);
        stations_set_speed(bench.stations, bench.now, 0, 0.5);
        run_until(&bench, 1.4);
        assert_int_equal(bench.end_count, 0);
        stations_set_speed(bench.stations, bench.now, 0, 1.0);
        run_until(&bench, 3);
        expect_end(&bench, 0, REQUEST_SERVED, 1.45, 1.45);
        bench_close(&bench);
    }
}

static void test_without_servers_nothing_moves_until_some_come(void **state)
{
    (void)state;
    for (int discipline = STATION_FCFS; discipline <= STATION_SHARED; discipline++) {
        struct station_spec station = fixed_station((enum station_discipline)discipline, 1, 1.0);
        struct source_spec source = silent_source();
        struct bench bench;
        bench_open(&bench, &station, 1, &source, 1);
        stations_set_servers(bench.stations, 0, 0, 0);
        send_at(&bench, 0.0);
        send_at(&bench, 0.0);
        run_until(&bench, 5);
        assert_int_equal(bench.end_count, 0);
        stations_set_servers(bench.stations, bench.now, 0, 2);
        run_until(&bench, 9);
        expect_end(&bench, 0, REQUEST_SERVED, 6.0, 6.0);
        expect_end(&bench, 1, REQUEST_SERVED, 6.0, 6.0);
        bench_close(&bench);
    }
}

/* --- limits --------------------------------------------------------------- */

static void test_a_full_queue_refuses(void **state)
{
    (void)state;
    struct station_spec station = fixed_station(STATION_FCFS, 1, 1.0);
    struct source_spec source = silent_source();
    struct bench bench;

    station.queue_limit = 2;
    bench_open(&bench, &station, 1, &source, 1);
    for (int i = 0; i < 4; i++)
        send_at(&bench, 0.0); /* one served, two wait, one refused */
    run_until(&bench, 10);
    expect_end(&bench, 0, REQUEST_REFUSED, 0.0, 0.0);
    expect_end(&bench, 3, REQUEST_SERVED, 3.0, 3.0);
    assert_int_equal(stations_counts(bench.stations, 0, bench.now).refused, 1);
    assert_int_equal(stations_source_counts(bench.stations, 0).refused, 1);
    bench_close(&bench);
}

static void test_who_finds_no_connection_waits_in_line(void **state)
{
    (void)state;
    struct station_spec station = fixed_station(STATION_SHARED, 1, 1.0);
    struct source_spec source = silent_source();
    struct bench bench;

    station.connections = 2;
    station.queue_limit = 1;
    bench_open(&bench, &station, 1, &source, 1);
    for (int i = 0; i < 4; i++)
        send_at(&bench, 0.0); /* two share until 2.0, one waits in line, one is refused */
    run_until(&bench, 10);
    expect_end(&bench, 0, REQUEST_REFUSED, 0.0, 0.0);
    expect_end(&bench, 1, REQUEST_SERVED, 2.0, 2.0);
    expect_end(&bench, 2, REQUEST_SERVED, 2.0, 2.0);
    expect_end(&bench, 3, REQUEST_SERVED, 3.0, 3.0);
    assert_true(fabs(bench.waited - 2.0) < 1e-8);
    bench_close(&bench);
}

/* A server and a connection become free at once: the server goes to who queues for
 * it, not to who comes out of the line. */
static void test_the_queue_comes_before_the_line(void **state)
{
    (void)state;
    struct station_spec station = fixed_station(STATION_FCFS, 1, 1.0);
    struct source_spec source = silent_source();
    struct bench bench;

    station.connections = 2;
    bench_open(&bench, &station, 1, &source, 1);
    send_at(&bench, 0.0);
    send_at(&bench, 0.125); /* queues */
    send_at(&bench, 0.25);  /* in line */
    run_until(&bench, 10);
    expect_end(&bench, 1, REQUEST_SERVED, 2.0, 1.875);
    expect_end(&bench, 2, REQUEST_SERVED, 3.0, 2.75);
    bench_close(&bench);
}

/* One worker thread of the front is held while the back works: the second request
 * does not even start, though the front's processor is idle. */
static void test_a_held_connection_waits_for_what_it_called(void **state)
{
    (void)state;
    struct station_spec stations[] = {fixed_station(STATION_FCFS, 1, 1.0), fixed_station(STATION_FCFS, 9, 5.0)};
    struct source_spec source = silent_source();
    struct bench bench;

    stations[0].connections = 1;
    stations[0].holds = true;
    stations[1].name = "database";
    source.route[1] = 1;
    source.route_length = 2;
    bench_open(&bench, stations, 2, &source, 1);
    send_at(&bench, 0.0);
    send_at(&bench, 0.0);
    run_until(&bench, 5.5);
    assert_int_equal(stations_counts(bench.stations, 0, bench.now).present, 1);
    run_until(&bench, 20);
    expect_end(&bench, 0, REQUEST_SERVED, 6.0, 6.0);
    expect_end(&bench, 1, REQUEST_SERVED, 12.0, 12.0);
    send_at(&bench, 20.0);
    send_at(&bench, 20.0);
    run_until(&bench, 20.5);
    stations_set_connections(bench.stations, bench.now, 0, 2); /* two at once from now on */
    run_until(&bench, 40);
    expect_end(&bench, 3, REQUEST_SERVED, 27.0, 7.0);
    bench_close(&bench);
}

/* --- clients -------------------------------------------------------------- */

static void test_a_cancelled_attempt_makes_room(void **state)
{
    (void)state;
    for (int discipline = STATION_FCFS; discipline <= STATION_SHARED; discipline++) {
        struct station_spec station = fixed_station((enum station_discipline)discipline, 1, 4.0);
        struct source_spec source = silent_source();
        struct bench bench;
        source.timeout = 3 * HEAL_SECOND;
        source.cancels = true;
        bench_open(&bench, &station, 1, &source, 1);
        send_at(&bench, 0.0);
        run_until(&bench, 3.5);
        expect_end(&bench, 0, REQUEST_TIMED_OUT, 3.0, 3.0);
        struct station_counts counts = stations_counts(bench.stations, 0, bench.now);
        assert_int_equal(counts.cancelled, 1);
        assert_int_equal(counts.present, 0);
        bench_close(&bench);
    }
}

static void test_an_attempt_that_is_given_up_may_go_on_for_nobody(void **state)
{
    (void)state;
    struct station_spec station = fixed_station(STATION_FCFS, 1, 4.0);
    struct source_spec source = silent_source();
    struct bench bench;

    source.timeout = 3 * HEAL_SECOND;
    bench_open(&bench, &station, 1, &source, 1);
    send_at(&bench, 0.0);
    send_at(&bench, 3.5); /* finds the server busy with what nobody waits for, until 4.0 */
    run_until(&bench, 20);
    expect_end(&bench, 0, REQUEST_TIMED_OUT, 3.0, 3.0);
    expect_end(&bench, 1, REQUEST_TIMED_OUT, 6.5, 3.0);
    assert_int_equal(bench.end_count, 2);
    assert_int_equal(stations_source_counts(bench.stations, 0).orphans, 2);
    assert_int_equal(stations_counts(bench.stations, 0, bench.now).served, 2);
    bench_close(&bench);
}

/* Retries feed on themselves: with a service of 2 s and a patience of 1 s nobody is
 * ever served, and each request costs four attempts. */
static void test_retries_make_a_storm(void **state)
{
    (void)state;
    struct station_spec station = fixed_station(STATION_SHARED, 1, 2.0);
    struct source_spec source = silent_source();
    struct bench bench;

    source.timeout = HEAL_SECOND;
    source.retries = 3;
    source.backoff = HEAL_SECOND;
    source.backoff_limit = 2 * HEAL_SECOND;
    bench_open(&bench, &station, 1, &source, 1);
    for (int i = 0; i < 50; i++)
        send_at(&bench, 0.1 * i);
    run_until(&bench, 1000);
    struct source_counts counts = stations_source_counts(bench.stations, 0);
    assert_int_equal(counts.timed_out, 50);
    assert_int_equal(counts.retries, 150);
    assert_int_equal(counts.orphans, 200);
    assert_int_equal(stations_counts(bench.stations, 0, bench.now).arrived, 200);
    for (size_t i = 0; i < bench.end_count; i++) /* four seconds of patience and up to 1 + 2 + 2 of backing off */
        assert_true(bench.ends[i].took > 4.0 && bench.ends[i].took <= 9.0);
    bench_close(&bench);
}

static void test_a_closed_pool_has_so_many_clients_and_no_more(void **state)
{
    (void)state;
    struct station_spec station = fixed_station(STATION_FCFS, 1, 1.0);
    struct source_spec source = silent_source();
    struct bench bench;

    source.population = 3;
    source.gap.mean_seconds = 0.5; /* all three ask at 0.5; then one a second for ever */
    bench_open(&bench, &station, 1, &source, 1);
    run_until(&bench, 100.5);
    assert_int_equal(bench.end_count, 100);
    struct source_counts counts = stations_source_counts(bench.stations, 0);
    assert_int_equal(counts.sent, counts.served + counts.under_way);
    expect_end(&bench, 99, REQUEST_SERVED, 100.5, 2.5);
    bench_close(&bench);
}

static void test_a_source_is_slowed_stopped_and_started(void **state)
{
    (void)state;
    struct station_spec station = fixed_station(STATION_FCFS, 9, 0.125);
    struct source_spec source = silent_source();
    struct bench bench;

    source.gap.mean_seconds = 1.0;
    bench_open(&bench, &station, 1, &source, 1);
    run_until(&bench, 10.5); /* 10 sent; the next one half a gap away */
    assert_int_equal(stations_source_counts(bench.stations, 0).sent, 10);
    stations_set_gap(bench.stations, bench.now, 0, 4.0); /* at 12.5, 16.5, 20.5 */
    run_until(&bench, 21);
    assert_int_equal(stations_source_counts(bench.stations, 0).sent, 13);
    stations_set_gap(bench.stations, bench.now, 0, INFINITY);
    assert_true(event_queue_push(bench.queue, (struct event){100 * HEAL_SECOND, FIRST_KIND, 0})); /* an old hint */
    run_until(&bench, 50);
    assert_int_equal(stations_source_counts(bench.stations, 0).sent, 13);
    stations_set_gap(bench.stations, bench.now, 0, 2.0);
    run_until(&bench, 54.5);
    assert_int_equal(stations_source_counts(bench.stations, 0).sent, 15);
    bench_close(&bench);
}

/* --- what holds whatever happens ------------------------------------------ */

static uint32_t some(struct random_stream *stream, uint32_t from, uint32_t to)
{
    return from + (uint32_t)random_below(stream, to - from + 1);
}

static void random_specs(struct random_stream *stream, struct station_spec *stations, struct source_spec *sources)
{
    static const char *const NAMES[] = {"a", "b", "c", "d"};

    for (uint32_t i = 0; i < 4; i++) {
        stations[i] = (struct station_spec){
            .name = NAMES[i],
            .discipline = random_below(stream, 2) ? STATION_FCFS : STATION_SHARED,
            .servers = some(stream, 1, 3),
            .connections = random_below(stream, 2) ? STATION_UNLIMITED : some(stream, 1, 6),
            .queue_limit = random_below(stream, 2) ? STATION_UNLIMITED : some(stream, 0, 5),
            .holds = random_below(stream, 3) == 0,
            .service = {(enum service_law)random_below(stream, 5), 0.1 + random_uniform(stream), 1.5}};
        sources[i] =
            (struct source_spec){.name = NAMES[i],
                                 .population = random_below(stream, 2) ? 0 : some(stream, 1, 8),
                                 .gap = {(enum service_law)random_below(stream, 5), 0.3 + random_uniform(stream), 2.0},
                                 .route_length = some(stream, 1, 5),
                                 .timeout = (heal_duration)random_below(stream, 3) * HEAL_SECOND,
                                 .cancels = random_below(stream, 2),
                                 .retries = some(stream, 0, 3),
                                 .backoff = (heal_duration)random_below(stream, 2) * HEAL_SECOND / 4,
                                 .backoff_limit = HEAL_SECOND};
        sources[i].lanes = some(stream, 0, 2);
        for (uint32_t hop = 0; hop < STATION_ROUTE; hop++)
            sources[i].route[hop] = some(stream, 0, sources[i].lanes > 1 ? 2 : 3);
    }
}

static void meddle(struct bench *bench, struct random_stream *stream)
{
    uint32_t station = some(stream, 0, 3);

    switch (random_below(stream, 8)) {
    case 0:
        stations_set_servers(bench->stations, bench->now, station, some(stream, 0, 4));
        break;
    case 1:
        stations_set_speed(bench->stations, bench->now, station, 0.25 + 2 * random_uniform(stream));
        break;
    case 2:
        stations_set_connections(bench->stations, bench->now, station, some(stream, 1, 6));
        break;
    case 3:
        stations_set_processors(bench->stations, bench->now, station, 3.0 * random_uniform(stream));
        break;
    case 4:
        stations_set_errors(bench->stations, station, random_uniform(stream));
        break;
    case 5:
        stations_set_weight(bench->stations, station, (double)random_below(stream, 3));
        break;
    case 6:
        stations_drop(bench->stations, bench->now, station);
        break;
    default:
        stations_set_gap(bench->stations, bench->now, station, 0.2 + 2 * random_uniform(stream));
    }
}

/* in = served + failed + waiting, connection by connection, after every event, in
 * nets of any kind that are changed all the time. */
static void test_nothing_is_lost_whatever_happens(void **state)
{
    (void)state;
    for (uint64_t number = 0; number < 60; number++) {
        struct random_stream stream = random_stream_named(SEED, "station", "chaos", number);
        struct station_spec stations[4];
        struct source_spec sources[4];
        struct bench bench;
        struct event event;
        random_specs(&stream, stations, sources);
        bench_open(&bench, stations, 4, sources, 4);
        for (int step = 0; step < 1500 && event_queue_pop(bench.queue, &event); step++) {
            bench.now = event.at;
            bench.end_count = 0;
            stations_handle(bench.stations, &event);
            assert_true(stations_consistent(bench.stations));
            if (random_below(&stream, 20) == 0)
                meddle(&bench, &stream);
            assert_true(stations_consistent(bench.stations));
        }
        bench_close(&bench);
    }
}

/* One more station and source change no other's numbers. */
static void test_each_draws_for_itself(void **state)
{
    (void)state;
    struct station_spec stations[] = {fixed_station(STATION_FCFS, 1, 1.0), fixed_station(STATION_SHARED, 1, 1.0)};
    struct source_spec sources[] = {silent_source(), silent_source()};
    struct bench alone, both;

    for (int i = 0; i < 2; i++) {
        stations[i].service = (struct service_time){SERVICE_GAMMA, 1.0, 0.7};
        sources[i].gap = (struct service_time){SERVICE_EXPONENTIAL, 1.5, 1};
        sources[i].route[0] = (uint32_t)i;
    }
    stations[1].name = sources[1].name = "other";
    bench_open(&alone, stations, 1, sources, 1);
    run_until(&alone, 1000);
    bench_open(&both, stations, 2, sources, 2);
    run_until(&both, 1000);
    size_t same = 0;
    for (size_t i = 0; i < both.end_count; i++) {
        if (both.ends[i].source != 0)
            continue;
        assert_true(both.ends[i].at == alone.ends[same].at && both.ends[i].took == alone.ends[same].took);
        same++;
    }
    assert_int_equal(same, alone.end_count);
    assert_true(same > 500 && both.end_count > same + 500);
    bench_close(&alone);
    bench_close(&both);
}

static void test_what_is_out_of_range_is_refused(void **state)
{
    (void)state;
    struct event_queue *queue = event_queue_create(1);
    struct station_spec good_station = fixed_station(STATION_FCFS, 1, 1.0), station;
    struct source_spec good_source = silent_source(), source;
    struct station_config config = {
        .stations = &station, .station_count = 1, .sources = &source, .source_count = 1, .queue = queue};

#define REFUSED(change)                                                                                                \
    do {                                                                                                               \
        station = good_station;                                                                                        \
        source = good_source;                                                                                          \
        change;                                                                                                        \
        assert_non_null(stations_fault(&config));                                                                      \
        assert_null(stations_create(&config));                                                                         \
    } while (0)
    REFUSED(station.name = "");
    REFUSED(station.connections = 0);
    REFUSED(station.service.mean_seconds = 0.0);
    REFUSED(station.service.mean_seconds = NAN);
    REFUSED(station.service = ((struct service_time){SERVICE_HYPEREXPONENTIAL, 1.0, 0.9}));
    REFUSED(station.service = ((struct service_time){SERVICE_GAMMA, 1.0, 0.0}));
    REFUSED(station.service = ((struct service_time){SERVICE_LOG_NORMAL, 1.0, -0.1}));
    REFUSED(source.name = NULL);
    REFUSED(source.gap.mean_seconds = INFINITY);
    REFUSED(source.route_length = 0);
    REFUSED(source.route_length = STATION_ROUTE + 1);
    REFUSED(source.route[0] = 1);
    REFUSED(source.timeout = -1);
    REFUSED(source.backoff = -1);
    REFUSED(source.retries = 100000);
    REFUSED(config.station_count = 0);
#undef REFUSED
    stations_destroy(NULL);
    event_queue_destroy(queue);
}

/* Three pods of which one has no weight and one twice that of the other. */
static void test_lanes_are_drawn_by_weight(void **state)
{
    struct station_spec pods[6];
    struct source_spec source = silent_source();
    struct bench bench;

    (void)state;
    for (size_t i = 0; i < 6; i++)
        pods[i] = fixed_station(STATION_SHARED, 1, 1e-3);
    pods[0].holds = pods[1].holds = pods[2].holds = true;
    source.lanes = 3;
    source.route_length = 2;
    source.route[0] = 0;
    source.route[1] = 3;
    bench_open(&bench, pods, 6, &source, 1);
    stations_set_weight(bench.stations, 0, 2.0);
    stations_set_weight(bench.stations, 1, 0.0);
    for (int i = 0; i < 3000; i++) {
        stations_send(bench.stations, bench.now, 0);
        run_until(&bench, 0.01 * (i + 1));
    }
    assert_int_equal(bench.lanes[1], 0);
    assert_int_equal(bench.lanes[0] + bench.lanes[2], 3000);
    assert_true(abs((int)bench.lanes[0] - 2000) < 130);                                     /* 5 standard deviations */
    assert_int_equal(stations_counts(bench.stations, 3, bench.now).served, bench.lanes[0]); /* its own second station */
    stations_set_weight(bench.stations, 0, 0.0);
    stations_set_weight(bench.stations, 2, 0.0);
    stations_send(bench.stations, bench.now, 0);
    run_until(&bench, 40.0);
    assert_int_equal(bench.tries[TRY_REFUSED], 1);
    assert_int_equal(stations_source_counts(bench.stations, 0).refused, 1);
    bench_close(&bench);
}

/* A third is wrong; with two retries 1 in 27 stays so. */
static void test_wrong_answers_are_tried_again(void **state)
{
    struct station_spec web = fixed_station(STATION_FCFS, 1, 1e-3);
    struct source_spec source = silent_source();
    struct bench bench;

    (void)state;
    source.retries = 2;
    bench_open(&bench, &web, 1, &source, 1);
    stations_set_errors(bench.stations, 0, 1.0 / 3.0);
    for (int i = 0; i < 4000; i++) {
        stations_send(bench.stations, bench.now, 0);
        run_until(&bench, 0.01 * (i + 1));
    }
    struct source_counts counts = stations_source_counts(bench.stations, 0);
    assert_true(labs((long)counts.wrong - 148) < 60); /* 5 standard deviations */
    assert_int_equal(counts.served + counts.wrong, 4000);
    assert_int_equal(bench.tries[TRY_SERVED], counts.served);
    assert_int_equal(bench.tries[TRY_WRONG], counts.retries + counts.wrong);
    bench_close(&bench);
}

/* Two in service, one in line, one that waits elsewhere and holds a connection: all are
 * lost with the process, and what they held is free. */
static void test_what_a_dead_process_had_is_lost(void **state)
{
    struct station_spec stations[2] = {fixed_station(STATION_SHARED, 1, 1.0), fixed_station(STATION_FCFS, 1, 5.0)};
    struct source_spec source = silent_source();
    struct bench bench;

    (void)state;
    stations[0].connections = 3;
    stations[0].holds = true;
    source.route_length = 2;
    source.route[1] = 1;
    bench_open(&bench, stations, 2, &source, 1);
    stations_send(bench.stations, 0, 0);
    run_until(&bench, 1.5);
    for (int i = 0; i < 3; i++)
        stations_send(bench.stations, bench.now, 0);
    run_until(&bench, 2.0);
    assert_int_equal(stations_counts(bench.stations, 0, bench.now).present, 3);
    stations_drop(bench.stations, bench.now, 0);
    assert_true(stations_consistent(bench.stations));
    assert_int_equal(bench.tries[TRY_DROPPED], 4);
    assert_int_equal(stations_source_counts(bench.stations, 0).refused, 4);
    assert_int_equal(stations_counts(bench.stations, 0, bench.now).present, 0);
    assert_int_equal(stations_counts(bench.stations, 1, bench.now).present, 0);
    stations_send(bench.stations, bench.now, 0);
    run_until(&bench, 10.0);
    assert_int_equal(bench.tries[TRY_SERVED], 1);
    assert_true(bench.ends[4].at == 8.0);
    bench_close(&bench);
}

/* Half a processor, then one and a half for two. */
static void test_parts_of_a_processor(void **state)
{
    struct station_spec web = fixed_station(STATION_SHARED, 1, 1.0);
    struct source_spec source = silent_source();
    struct service_time longer = {SERVICE_DETERMINISTIC, 3.0, 0};
    struct bench bench;

    (void)state;
    bench_open(&bench, &web, 1, &source, 1);
    stations_set_processors(bench.stations, 0, 0, 0.5);
    stations_send(bench.stations, 0, 0);
    run_until(&bench, 4.0);
    assert_true(bench.ends[0].at == 2.0);
    assert_true(fabs(stations_counts(bench.stations, 0, bench.now).busy_seconds - 1.0) < 1e-9);
    stations_set_processors(bench.stations, bench.now, 0, 1.5);
    stations_set_service(bench.stations, 0, &longer);
    stations_set_timeout(bench.stations, 0, 3500 * HEAL_MILLISECOND);
    stations_send(bench.stations, bench.now, 0);
    stations_send(bench.stations, bench.now, 0);
    run_until(&bench, 9.0); /* both would end at 8.0 and are given up at 7.5 */
    assert_int_equal(stations_source_counts(bench.stations, 0).timed_out, 2);
    assert_int_equal(bench.tries[TRY_LATE], 2);
    assert_true(fabs(bench.stayed - 4.0) < 1e-6);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_come_first_served_by_two),
        cmocka_unit_test(test_a_shared_processor_slows_everybody_alike),
        cmocka_unit_test(test_two_shared_processors_give_nobody_more_than_one),
        cmocka_unit_test(test_a_change_of_speed_reaches_what_is_under_way),
        cmocka_unit_test(test_without_servers_nothing_moves_until_some_come),
        cmocka_unit_test(test_a_full_queue_refuses),
        cmocka_unit_test(test_who_finds_no_connection_waits_in_line),
        cmocka_unit_test(test_the_queue_comes_before_the_line),
        cmocka_unit_test(test_a_held_connection_waits_for_what_it_called),
        cmocka_unit_test(test_a_cancelled_attempt_makes_room),
        cmocka_unit_test(test_an_attempt_that_is_given_up_may_go_on_for_nobody),
        cmocka_unit_test(test_retries_make_a_storm),
        cmocka_unit_test(test_a_closed_pool_has_so_many_clients_and_no_more),
        cmocka_unit_test(test_a_source_is_slowed_stopped_and_started),
        cmocka_unit_test(test_nothing_is_lost_whatever_happens),
        cmocka_unit_test(test_each_draws_for_itself),
        cmocka_unit_test(test_what_is_out_of_range_is_refused),
        cmocka_unit_test(test_lanes_are_drawn_by_weight),
        cmocka_unit_test(test_wrong_answers_are_tried_again),
        cmocka_unit_test(test_what_a_dead_process_had_is_lost),
        cmocka_unit_test(test_parts_of_a_processor),
    };
    return cmocka_run_group_tests_name("station", tests, NULL, NULL);
}
