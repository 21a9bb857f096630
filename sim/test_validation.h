/* test_validation.h - models of stations, run and held against theory.
 *
 * A model is run from several seeds, each for a warm-up that is thrown away and
 * BATCHES batches of equal time; the means of the batches are taken as independent
 * and normal (method of batch means: Law 2015, "Simulation Modeling and Analysis",
 * sec. 9.5.3). A figure holds when
 *
 *   - the 99 % interval over all batches of all seeds (Student) has the theory in it,
 *   - so have the intervals of all seeds but one at most: that two of five miss by
 *     chance happens once in a thousand,
 *   - and the interval says something: theory 10 % more or less lies outside.
 *
 * Functions are static inline so that each test program takes what it needs.
 */
#ifndef SELFHEAL_SIM_TEST_VALIDATION_H
#define SELFHEAL_SIM_TEST_VALIDATION_H

#include "sim/station.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEEDS = 5, BATCHES = 20, FIGURES_MAX = 4, MODEL_STATIONS = 2 };
static const double CONFIDENCE = 0.99, WITHIN = 0.10;

enum measure {
    MEASURE_WAIT,     /* mean time in queue or line, s */
    MEASURE_WAITS,    /* share of those who wait at all */
    MEASURE_STAY,     /* mean time in the station, s */
    MEASURE_PRESENT,  /* mean number in the station */
    MEASURE_BUSY,     /* mean number of servers at work */
    MEASURE_LOST,     /* share of requests that are refused */
    MEASURE_RATE,     /* requests served, per second */
    MEASURE_RESPONSE, /* mean time to the answer, s */
};

struct model {
    const char *name;
    struct station_spec stations[MODEL_STATIONS];
    uint32_t station_count;
    struct source_spec source;
    double warm_up, batch; /* seconds */
    struct {
        enum measure measure;
        uint32_t station;
        double theory;
        const char *name;
    } figures[FIGURES_MAX]; /* up to the first without a name */
};

/* Sums of one batch. */
struct sums {
    double waited[MODEL_STATIONS], stayed[MODEL_STATIONS], waits[MODEL_STATIONS], left[MODEL_STATIONS];
    double took, served, refused;
    double present[MODEL_STATIONS], busy[MODEL_STATIONS];
};

static inline void model_left(void *context, uint32_t station, heal_time now, heal_duration waited,
                              heal_duration stayed)
{
    struct sums *sums = context;

    (void)now;
    sums->waited[station] += heal_duration_seconds(waited);
    sums->stayed[station] += heal_duration_seconds(stayed);
    sums->waits[station] += waited > 0;
    sums->left[station] += 1;
}

static inline void model_ended(void *context, uint32_t source, heal_time now, enum request_end end, heal_duration took)
{
    struct sums *sums = context;

    (void)source;
    (void)now;
    sums->took += end == REQUEST_SERVED ? heal_duration_seconds(took) : 0.0;
    sums->served += end == REQUEST_SERVED;
    sums->refused += end == REQUEST_REFUSED;
}

static inline double measured(const struct model *model, size_t figure, const struct sums *sums)
{
    uint32_t station = model->figures[figure].station;

    switch (model->figures[figure].measure) {
    case MEASURE_WAIT:
        return sums->waited[station] / sums->left[station];
    case MEASURE_WAITS:
        return sums->waits[station] / sums->left[station];
    case MEASURE_STAY:
        return sums->stayed[station] / sums->left[station];
    case MEASURE_PRESENT:
        return sums->present[station] / model->batch;
    case MEASURE_BUSY:
        return sums->busy[station] / model->batch;
    case MEASURE_LOST:
        return sums->refused / (sums->refused + sums->served);
    case MEASURE_RATE:
        return sums->served / model->batch;
    case MEASURE_RESPONSE:
        return sums->took / sums->served;
    }
    return NAN;
}

/* Runs to `until`; what is due later stays in the queue. */
static inline void model_run(struct event_queue *queue, struct stations *stations, heal_time until)
{
    struct event event;

    while (event_queue_pop(queue, &event)) {
        if (event.at > until) {
            assert_true(event_queue_push(queue, event));
            return;
        }
        stations_handle(stations, &event);
    }
}

/* values[figure][batch] of one seed. */
static inline void model_batches(const struct model *model, uint64_t seed, double values[FIGURES_MAX][BATCHES])
{
    struct event_queue *queue = event_queue_create(256);
    struct sums sums;
    struct station_config config = {.stations = model->stations,
                                    .station_count = model->station_count,
                                    .sources = &model->source,
                                    .source_count = 1,
                                    .seed = seed,
                                    .queue = queue,
                                    .observer = {&sums, model_left, model_ended}};
    struct stations *stations = stations_create(&config);
    heal_time at = (heal_time)(model->warm_up * 1e9);

    assert_non_null(stations);
    stations_start(stations, 0);
    model_run(queue, stations, at);
    for (size_t batch = 0; batch < BATCHES; batch++) {
        struct station_counts before[MODEL_STATIONS], after;
        memset(&sums, 0, sizeof sums);
        for (uint32_t i = 0; i < model->station_count; i++)
            before[i] = stations_counts(stations, i, at);
        at += (heal_time)(model->batch * 1e9);
        model_run(queue, stations, at);
        for (uint32_t i = 0; i < model->station_count; i++) {
            after = stations_counts(stations, i, at);
            sums.present[i] = after.present_seconds - before[i].present_seconds;
            sums.busy[i] = after.busy_seconds - before[i].busy_seconds;
        }
        for (size_t figure = 0; figure < FIGURES_MAX && model->figures[figure].name; figure++)
            values[figure][batch] = measured(model, figure, &sums);
    }
    assert_true(stations_consistent(stations));
    assert_false(stations_failed(stations));
    stations_destroy(stations);
    event_queue_destroy(queue);
}

struct interval {
    double mean, low, high;
};

static inline struct interval interval_of(const double *values, size_t n)
{
    double sum = 0.0, squares = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += values[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    double error = sqrt(squares / (double)(n - 1) / (double)n);
    double margin = error * gsl_cdf_tdist_Pinv((1.0 + CONFIDENCE) / 2.0, (double)(n - 1));
    return (struct interval){mean, mean - margin, mean + margin};
}

static inline bool inside(struct interval interval, double value)
{
    return value >= interval.low && value <= interval.high;
}

/* Writes the row of one figure; true when it holds. */
static inline bool figure_holds(const char *model, const char *name, double theory, const double *values, char row[256])
{
    struct interval all = interval_of(values, (size_t)SEEDS * BATCHES);
    int hits = 0;

    for (size_t seed = 0; seed < SEEDS; seed++)
        hits += inside(interval_of(&values[seed * BATCHES], BATCHES), theory);
    snprintf(row, 256, "| %s | %s | %.4g | %.4g | %.4g .. %.4g | %d of %d |", model, name, theory, all.mean, all.low,
             all.high, hits, SEEDS);
    return inside(all, theory) && hits >= SEEDS - 1 && !inside(all, theory * (1.0 - WITHIN)) &&
           !inside(all, theory * (1.0 + WITHIN));
}

/* Whether all figures of the model hold, and `tell` (may be NULL) is content with their rows. */
static inline bool model_holds(const struct model *model, bool (*tell)(const char *row))
{
    double values[FIGURES_MAX][SEEDS][BATCHES];
    bool holds = true;

    for (size_t seed = 0; seed < SEEDS; seed++) {
        double some[FIGURES_MAX][BATCHES];
        model_batches(model, 1000 + seed, some);
        for (size_t figure = 0; figure < FIGURES_MAX && model->figures[figure].name; figure++)
            memcpy(values[figure][seed], some[figure], sizeof some[figure]);
    }
    for (size_t figure = 0; figure < FIGURES_MAX && model->figures[figure].name; figure++) {
        char row[256];
        bool good = figure_holds(model->name, model->figures[figure].name, model->figures[figure].theory,
                                 &values[figure][0][0], row);
        bool told = !tell || tell(row);
        holds = holds && good && told;
    }
    return holds;
}

/* Prints a row; true when it stands in docs/validation.md as it is printed here. */
static inline bool tell_row(const char *row)
{
    FILE *page = fopen(SELFHEAL_SOURCE_DIR "/docs/validation.md", "r");
    char line[512];
    bool found = false;

    print_message("%s\n", row);
    assert_non_null(page);
    while (!found && fgets(line, sizeof line, page)) {
        line[strcspn(line, "\n")] = '\0';
        found = strcmp(line, row) == 0;
    }
    fclose(page);
    if (!found)
        print_error("docs/validation.md has no such row\n");
    return found;
}

/* --- parts of models ------------------------------------------------------ */

static inline struct station_spec model_station(enum station_discipline discipline, uint32_t servers,
                                                struct service_time service)
{
    return (struct station_spec){"station", discipline, servers, STATION_UNLIMITED, STATION_UNLIMITED, false, service};
}

static inline struct source_spec model_arrivals(double per_second)
{
    return (struct source_spec){
        .name = "arrivals", .gap = {SERVICE_EXPONENTIAL, 1.0 / per_second, 1.0}, .route_length = 1};
}

static inline struct source_spec model_clients(uint32_t population, double think_seconds)
{
    return (struct source_spec){.name = "clients",
                                .population = population,
                                .gap = {SERVICE_EXPONENTIAL, think_seconds, 1.0},
                                .route_length = 1};
}

#endif
