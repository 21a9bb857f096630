/* batch_station_test.c - the batch step against a simulation of single requests,
 * and what must hold whatever comes in. */
#include "sim/batch_station.h"

#include "engine/random.h"
#include "sim/queueing.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { INSIDE_MAX = 4096, REQUESTS_MAX = 500000, WARM_UP = 20000 };

/* --- requests one by one ---------------------------------------------------- */

struct request {
    double came, left; /* CPU-seconds still to do */
};

struct line {
    struct request inside[INSIDE_MAX], *queue;
    size_t at_work, head, tail;
};

static double draw(struct random_stream *stream, double mean, double cv)
{
    gsl_rng rng = random_gsl(stream);

    return cv > 0.0 ? gsl_ran_gamma(&rng, 1.0 / (cv * cv), mean * cv * cv) : mean;
}

static void enter(struct line *line, size_t slots)
{
    while (line->at_work < slots && line->head < line->tail)
        line->inside[line->at_work++] = line->queue[line->head++];
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* Poisson arrivals at `rate`; a request in a slot gets min(1, cores / at work) of a
 * core. Writes the mean and the 99th percentile of the stays. */
static void simulate(const struct batch_station *station, double rate, size_t requests, double *mean, double *p99)
{
    const uint64_t seed = 42;
    struct random_stream gaps = random_stream_named(seed, "batch_station", "gaps", 0);
    struct random_stream works = random_stream_named(seed, "batch_station", "works", 0);
    struct line *line = calloc(1, sizeof *line);
    double *stays = malloc(requests * sizeof *stays), now = 0.0, sum = 0.0;
    size_t done = 0, came = 0, slots = (size_t)station->slots;

    assert_true(line && stays && (line->queue = malloc((requests + WARM_UP) * sizeof *line->queue)));
    double next = random_exponential(&gaps, 1.0 / rate);
    while (done < requests) {
        size_t first = 0;
        for (size_t i = 1; i < line->at_work; i++)
            first = line->inside[i].left < line->inside[first].left ? i : first;
        double speed = line->at_work > 0 ? fmin(1.0, station->cores / (double)line->at_work) : 1.0;
        double ends = line->at_work > 0 ? now + line->inside[first].left / speed : INFINITY;
        bool arrival = came < requests + WARM_UP && next < ends;
        double until = arrival ? next : ends;
        for (size_t i = 0; i < line->at_work; i++)
            line->inside[i].left -= (until - now) * speed;
        now = until;
        if (arrival) {
            line->queue[line->tail++] = (struct request){now, draw(&works, station->work, station->work_cv)};
            next = now + random_exponential(&gaps, 1.0 / rate);
            came++;
        } else {
            if (came > WARM_UP && line->inside[first].came > 0.0 && done < requests)
                stays[done++] = now - line->inside[first].came;
            line->inside[first] = line->inside[--line->at_work];
        }
        enter(line, slots);
        assert_true(line->at_work < INSIDE_MAX);
        if (came == requests + WARM_UP && line->at_work == 0)
            break;
    }
    for (size_t i = 0; i < done; i++)
        sum += stays[i];
    qsort(stays, done, sizeof *stays, by_size);
    *mean = sum / (double)done;
    *p99 = stays[(size_t)(0.99 * (double)done)];
    free(line->queue);
    free(line);
    free(stays);
}

/* What the batch step says once it has settled. */
static struct batch_result settle(const struct batch_station *station, double rate)
{
    struct batch_step step = {30.0, rate * 30.0, 0.0};
    struct batch_result result = {0};

    for (int i = 0; i < 2000; i++) {
        result = batch_station_step(station, &step);
        step.backlog = result.left;
    }
    return result;
}

static const double UTILISATIONS[] = {0.1, 0.5, 0.8, 0.9, 0.95};
enum { UTILISATION_COUNT = sizeof UTILISATIONS / sizeof *UTILISATIONS };

static double off(double got, double wanted)
{
    return fabs(got - wanted) / wanted;
}

/* Within `mean_off` and `p99_off` of the simulation at each utilisation. */
static void hold_against(const struct batch_station *station, double mean_off, double p99_off)
{
    for (size_t i = 0; i < UTILISATION_COUNT; i++) {
        if (UTILISATIONS[i] > 0.9)
            p99_off *= 1.6; /* of the simulation's own 99th percentile, at so many requests */
        double rate = UTILISATIONS[i] * station->cores / station->work, mean, p99;
        struct batch_result result = settle(station, rate);
        double quantile = gamma_quantile(result.stay, result.stay_variance, NORMAL_99);
        simulate(station, rate, UTILISATIONS[i] < 0.7 ? REQUESTS_MAX / 6 : REQUESTS_MAX, &mean, &p99);
        if (off(result.stay, mean) >= mean_off || off(quantile, p99) >= p99_off)
            fail_msg("cores %.2f slots %.0f cv %.1f u %.2f: mean %.5f, simulated %.5f; 99 %% %.5f, simulated %.5f",
                     station->cores, station->slots, station->work_cv, UTILISATIONS[i], result.stay, mean, quantile,
                     p99);
    }
}

static struct batch_station station_of(double cores, double slots, double cv)
{
    return (struct batch_station){
        .cores = cores, .work = 0.01, .work_cv = cv, .slots = slots, .room = 1e9, .limit = INFINITY, .crowd = INFINITY};
}

/* Exponential work. The simulation itself is within 4 % of the truth at u = 0.95. */
static void test_one_server_first_come_first_served(void **state)
{
    struct batch_station station = station_of(1.0, 1.0, 1.0);

    (void)state;
    hold_against(&station, 0.05, 0.10);
}

static void test_one_server_shared(void **state)
{
    struct batch_station all = station_of(1.0, 100.0, 1.0), few = station_of(1.0, 8.0, 1.0),
                         half = station_of(0.5, 50.0, 1.0);

    (void)state;
    hold_against(&all, 0.05, 0.10);
    hold_against(&few, 0.05, 0.10);
    hold_against(&half, 0.05, 0.10);
}

static void test_several_servers(void **state)
{
    struct batch_station queue = station_of(4.0, 4.0, 1.0), shared = station_of(4.0, 100.0, 1.0),
                         parts = station_of(1.5, 50.0, 1.0);

    (void)state;
    hold_against(&queue, 0.05, 0.10);
    hold_against(&shared, 0.05, 0.20);
    hold_against(&parts, 0.05, 0.10);
}

/* Work twice as spread as exponential, and none: the mean of a shared server does not
 * mind, its tail does. The 99th percentile of even work is under by up to a quarter. */
static void test_other_distributions_of_work(void **state)
{
    struct batch_station spread_queue = station_of(1.0, 1.0, 2.0), spread = station_of(1.0, 100.0, 2.0),
                         even_queue = station_of(1.0, 1.0, 0.0), even = station_of(1.0, 100.0, 0.0);

    (void)state;
    hold_against(&spread_queue, 0.10, 0.15);
    hold_against(&spread, 0.10, 0.15);
    hold_against(&even_queue, 0.05, 0.15);
    hold_against(&even, 0.05, 0.26);
}

static void near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance))
        fail_msg("%.9g, wanted %.9g +- %.1g", got, wanted, tolerance);
}

/* M/M/1: 1 / (mu - lambda), whatever the number of slots. */
static void test_slots_do_not_move_the_mean_of_exponential_work(void **state)
{
    (void)state;
    for (double slots = 1.0; slots < 1000.0; slots *= 3.0) {
        struct batch_station station = station_of(1.0, slots, 1.0);
        near(settle(&station, 80.0).stay, 0.05, 0.001);
        near(settle(&station, 50.0).stay, 0.02, 0.0002);
    }
}

/* 180 per second come for 30 s where 100 can be served, then 50: 2,400 wait, gone
 * after 48 s more. */
static void test_an_overload_builds_up_and_drains(void **state)
{
    struct batch_station station = station_of(1.0, 10.0, 1.0);
    struct batch_step step = {30.0, 5400.0, 0.0};
    struct batch_result result = batch_station_step(&station, &step);

    (void)state;
    near(result.left, 2400.0, 5.0);
    near(result.served, 3000.0, 5.0);
    near(result.wait, 12.0, 0.2); /* half of what is there at the end */
    step = (struct batch_step){30.0, 1500.0, result.left};
    result = batch_station_step(&station, &step);
    near(result.left, 900.0, 10.0);
    step = (struct batch_step){30.0, 1500.0, result.left};
    result = batch_station_step(&station, &step);
    near(result.left, 0.0, 2.0);
    near(result.wait, 450.0 * 18.0 / 2400.0, 0.3); /* the area of the triangle over those served */
}

static void test_a_full_room_refuses(void **state)
{
    struct batch_station station = station_of(1.0, 10.0, 1.0);
    struct batch_step step = {30.0, 6000.0, 0.0};

    (void)state;
    station.room = 50.0;
    for (int i = 0; i < 3; i++)
        step.backlog = batch_station_step(&station, &step).left;
    struct batch_result result = batch_station_step(&station, &step);
    near(result.left, 50.0, 1.0);
    near(result.refused, 3000.0, 20.0);
    near(result.wait, 0.5, 0.02);
    near(result.stay, 0.6, 0.02); /* 10 in slots, 10 ms each */
}

/* Slots that wait for somebody else: 20 of them for 1 s each let 20 per second through. */
static void test_slow_callees_take_the_slots(void **state)
{
    struct batch_station station = station_of(4.0, 20.0, 1.0);
    struct batch_step step = {30.0, 900.0, 0.0};

    (void)state;
    station.hold = 0.99;
    struct batch_result result = batch_station_step(&station, &step);
    near(result.capacity, 20.0, 1e-9);
    near(result.served, 600.0, 1.0);
    near(result.left, 300.0, 1.0);
    station.limit = 5.0;
    near(batch_station_step(&station, &step).served, 150.0, 1.0);
}

/* Ten callers that wait for their answers are ten requests here, however slow it is. */
static void test_callers_who_wait_never_queue_beyond_their_number(void **state)
{
    struct batch_station station = station_of(1.0, 50.0, 1.0);
    struct batch_step step = {30.0, 6000.0, 0.0};

    (void)state;
    station.crowd = 10.0;
    struct batch_result result = batch_station_step(&station, &step);
    near(result.left, 0.0, 0.0);
    near(result.served, 3000.0, 60.0);
    near(result.held, 3000.0, 60.0);
    near(result.stay, 0.1, 0.001); /* ten of them share 100 per second */
    station.slots = 4.0;
    result = batch_station_step(&station, &step);
    near(result.left, 6.0, 1e-9);
    near(result.stay, 0.07, 0.001); /* 4 at work all the time, and 0 .. 6 wait */
}

static double anything(struct random_stream *stream, double mean)
{
    double how = random_uniform(stream);

    return how < 0.1 ? 0.0 : how < 0.2 ? 1e-9 * mean : how < 0.3 ? 1e4 * mean : random_exponential(stream, mean);
}

static struct batch_station any_station(struct random_stream *stream)
{
    double hold = anything(stream, 0.1);

    return (struct batch_station){
        .cores = anything(stream, 2.0),
        .work = 1e-6 + anything(stream, 0.01),
        .work_cv = fmin(anything(stream, 1.0), 10.0),
        .slots = 1.0 + anything(stream, 20.0),
        .room = anything(stream, 100.0),
        .hold = hold,
        .hold_variance = hold * hold * fmin(anything(stream, 1.0), 10.0),
        .limit = random_uniform(stream) < 0.7 ? INFINITY : 1e-3 + anything(stream, 100.0),
        .crowd = random_uniform(stream) < 0.7 ? INFINITY : 1.0 + anything(stream, 100.0),
    };
}

static void check(const struct batch_station *station, const struct batch_step *step, const struct batch_result *result)
{
    double in = step->arrivals + step->backlog;

    near(result->served + result->refused + result->held + result->left, in, 1e-9 * (1.0 + in));
    assert_true(result->served >= 0.0 && result->refused >= 0.0 && result->left >= 0.0 && result->held >= 0.0);
    assert_true(result->left <= station->room);
    assert_true(result->served <= result->capacity * step->span + 1e-9 * (1.0 + in));
    assert_true(isfinite(result->stay) && result->stay > 0.0 && result->stay >= result->wait);
    assert_true(isfinite(result->stay_variance) && result->stay_variance >= 0.0);
    assert_true(result->inside >= 0.0 && result->inside <= station->slots);
}

static void test_nothing_is_lost_whatever_comes(void **state)
{
    struct random_stream stream = random_stream_named(3, "batch_station", "anything", 0);

    (void)state;
    for (int i = 0; i < 300000; i++) {
        struct batch_station station = any_station(&stream);
        struct batch_step step = {0.001 + anything(&stream, 30.0), anything(&stream, 1000.0), anything(&stream, 50.0)};
        struct batch_result result = batch_station_step(&station, &step);
        check(&station, &step, &result);
    }
}

/* More load never lowers the stay or what is refused; more cores never raise the stay,
 * to two hundredths: faster work beside an unchanged hold spreads the slots' time more. */
static void test_more_load_never_helps_and_more_cores_never_harm(void **state)
{
    struct random_stream stream = random_stream_named(4, "batch_station", "anything", 0);

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct batch_station station = any_station(&stream), stronger;
        double rate = anything(&stream, 100.0);
        struct batch_step step = {30.0, rate * 30.0, 0.0}, more = {30.0, rate * 33.0, 0.0};
        station.crowd = INFINITY;
        stronger = station;
        stronger.cores = 1.1 * fmax(station.cores, BATCH_CORES_MIN);
        struct batch_result now = batch_station_step(&station, &step), loaded = batch_station_step(&station, &more),
                            helped = batch_station_step(&stronger, &step);
        if (loaded.refused == 0.0 && loaded.stay < now.stay * (1.0 - 1e-6))
            fail_msg("%d: more load, stay from %.9g to %.9g", i, now.stay, loaded.stay);
        assert_true(loaded.refused >= now.refused * (1.0 - 1e-9));
        if (helped.refused == 0.0 && now.refused == 0.0 && helped.stay > now.stay * 1.02)
            fail_msg("%d: more cores, stay from %.9g to %.9g", i, now.stay, helped.stay);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_server_first_come_first_served),
        cmocka_unit_test(test_one_server_shared),
        cmocka_unit_test(test_several_servers),
        cmocka_unit_test(test_other_distributions_of_work),
        cmocka_unit_test(test_slots_do_not_move_the_mean_of_exponential_work),
        cmocka_unit_test(test_an_overload_builds_up_and_drains),
        cmocka_unit_test(test_a_full_room_refuses),
        cmocka_unit_test(test_slow_callees_take_the_slots),
        cmocka_unit_test(test_callers_who_wait_never_queue_beyond_their_number),
        cmocka_unit_test(test_nothing_is_lost_whatever_comes),
        cmocka_unit_test(test_more_load_never_helps_and_more_cores_never_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
