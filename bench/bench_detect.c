/* bench_detect.c - how fast is detection with everything on, and does it stay flat?
 *
 * Ours: engine frames of noise with a rule that has a threshold, a baseline and
 * surprise, so that every part of the detector runs, from 100 to 100,000 series.
 * Beside it, in the same run and on the same samples: GSL's moving median and MAD
 * (gsl_movstat_median, gsl_movstat_mad; what a robust baseline costs when it is moved
 * sample by sample) and pandas' rolling z-score (Debian's python3-pandas), both over
 * windows of 64. Without pandas only the others are shown.
 *
 *   bench_detect [--no-pandas]
 */
#include "engine/detector.h"
#include "engine/engine.h"
#include "engine/random.h"

#include <gsl/gsl_movstat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WINDOW = 64, PHRASES = 64, WARM = 400, REFERENCE_SERIES = 100, REFERENCE_SAMPLES = 20000, SIZE_OF_WAYS = 10000 };
static const double SAMPLES = 2e7; /* per measurement */
static const heal_duration SPACING = 30 * HEAL_SECOND;

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void *need(void *memory)
{
    if (!memory) {
        fputs("bench_detect: out of memory\n", stderr);
        exit(3);
    }
    return memory;
}

static double *noise(size_t count)
{
    struct random_stream stream = random_stream_named(1, "series", "bench", 0);
    double *values = need(malloc(count * sizeof *values));

    for (size_t i = 0; i < count; i++)
        values[i] = 0.4 + 0.05 * random_normal(&stream);
    return values;
}

static void no_action(void *context, heal_time now, const struct action *action)
{
    (void)context;
    (void)now;
    (void)action;
}

static void no_record(void *context, const struct decision *decision)
{
    (void)decision;
    ++*(uint64_t *)context;
}

static struct inventory *make_inventory(size_t series)
{
    struct inventory *inventory = need(inventory_create());

    for (size_t i = 0; i < series; i++) {
        char id[64];
        int length = snprintf(id, sizeof id, "volume/bench/p%zu:disk_used_ratio", i);
        inventory_add_series(inventory, id, (size_t)length);
    }
    if (!inventory_freeze(inventory))
        need(NULL);
    return inventory;
}

static const struct policy_baseline DEFAULT = {
    .window = 2 * HEAL_HOUR, .warm_up = 10, .alarm_probability = 0.005, .false_alarms_per_day = 10, .siblings = true};

static struct policy_rule everything(void)
{
    return (struct policy_rule){.name = "all",
                                .series = "*",
                                .issue = ISSUE_DISK_FULL,
                                .above = 0.95,
                                .below = NAN,
                                .critical_above = NAN,
                                .critical_below = NAN,
                                .clear_ratio = 0.9,
                                .hold = HEAL_MINUTE,
                                .clear_hold = HEAL_MINUTE,
                                .baseline = true,
                                .deviation = 10,
                                .baseline_hold = HEAL_MINUTE,
                                .direction = DIRECTION_BOTH,
                                .surprise = true};
}

/* What the detector takes from the heap for each of many series. */
static void show_memory(void)
{
    struct policy_rule rule = everything();
    struct policy policy = {.name = "bench", .baseline = DEFAULT, .rules = &rule, .rule_count = 1};
    struct inventory *inventory = make_inventory(SIZE_OF_WAYS);
    struct detector *detector = need(detector_create(&policy, inventory));
    struct memory memory = detector_memory(detector);

    printf("bytes per series: %.1f of state, and for the season %.1f of profile and %.1f to find its period; room for "
           "one frame %.1f\n",
           (double)memory.state / SIZE_OF_WAYS, (double)memory.profile / SIZE_OF_WAYS,
           (double)memory.search / SIZE_OF_WAYS, (double)memory.frame / SIZE_OF_WAYS);
    detector_destroy(detector);
    inventory_destroy(inventory);
}

/* Samples per second of the whole engine over `series` series. */
static double ours(size_t series, struct policy_baseline baseline)
{
    struct policy_rule rule = everything();
    struct policy policy = {.name = "bench",
                            .dry_run = true,
                            .baseline = baseline,
                            .rules = &rule,
                            .rule_count = 1,
                            .limits = {1000, 100000, 10000},
                            .health_interval = HEAL_DAY};
    uint64_t records = 0;
    struct inventory *inventory = make_inventory(series);
    struct engine *engine = need(engine_create(&policy, inventory, 1, (struct world_port){NULL, no_action},
                                               (struct journal_port){&records, no_record}));
    double *values = noise(series * PHRASES);
    size_t frames = (size_t)(SAMPLES / (double)series), frame = 0;
    frames = frames < WARM ? WARM : frames;

    for (; frame < WARM; frame++)
        engine_frame(engine, (heal_time)frame * SPACING, values + frame % PHRASES * series);
    double start = seconds_now();
    for (; frame < WARM + frames; frame++)
        engine_frame(engine, (heal_time)frame * SPACING, values + frame * 7 % PHRASES * series);
    double spent = seconds_now() - start;
    engine_destroy(engine);
    inventory_destroy(inventory);
    free(values);
    return (double)series * (double)frames / spent;
}

static double gsls(void)
{
    double *values = noise((size_t)REFERENCE_SERIES * REFERENCE_SAMPLES);
    gsl_movstat_workspace *workspace = need(gsl_movstat_alloc2(WINDOW - 1, 0));
    gsl_vector *median = need(gsl_vector_alloc(REFERENCE_SAMPLES)), *mad = need(gsl_vector_alloc(REFERENCE_SAMPLES));
    double start = seconds_now();

    for (size_t i = 0; i < REFERENCE_SERIES; i++) {
        gsl_vector_view column = gsl_vector_view_array(values + i * REFERENCE_SAMPLES, REFERENCE_SAMPLES);
        gsl_movstat_mad(GSL_MOVSTAT_END_TRUNCATE, &column.vector, median, mad, workspace);
    }
    double spent = seconds_now() - start;
    gsl_vector_free(median);
    gsl_vector_free(mad);
    gsl_movstat_free(workspace);
    free(values);
    return (double)REFERENCE_SERIES * REFERENCE_SAMPLES / spent;
}

/* 0 without pandas. */
static double pandas(void)
{
    static const char SCRIPT[] = "import time,numpy as np,pandas as pd\n"
                                 "d=pd.DataFrame(np.random.default_rng(1).normal(0.4,0.05,(%d,%d)))\n"
                                 "t=time.process_time()\n"
                                 "r=d.rolling(%d)\n"
                                 "z=(d-r.mean().shift(1))/r.std().shift(1)\n"
                                 "print(d.size/(time.process_time()-t))\n";
    char script[512], command[700], line[64] = "";

    snprintf(script, sizeof script, SCRIPT, REFERENCE_SAMPLES, REFERENCE_SERIES, WINDOW);
    snprintf(command, sizeof command, "/usr/bin/python3 -c '%s' 2>/dev/null", script);
    FILE *answer = popen(command, "r");
    if (answer && !fgets(line, sizeof line, answer))
        line[0] = '\0';
    if (answer)
        pclose(answer);
    return atof(line);
}

/* What the parts cost that the default leaves off. */
static void show_ways(double plain)
{
    struct policy_baseline qn = DEFAULT, trend = DEFAULT, sums = DEFAULT;

    qn.scale = SCALE_QN;
    trend.trend = true;
    sums.change = CHANGE_CUSUM;
    printf("at 10,000 series with trends %.2f, with change points %.2f, with Qn %.2f times the cost\n",
           plain / ours(SIZE_OF_WAYS, trend), plain / ours(SIZE_OF_WAYS, sums), plain / ours(SIZE_OF_WAYS, qn));
}

int main(int argc, char **argv)
{
    static const size_t SIZES[] = {100, 1000, 10000, 100000};
    double rate[4], slowest = INFINITY, fastest = 0;

    for (int i = 0; i < 4; i++) {
        rate[i] = ours(SIZES[i], DEFAULT);
        slowest = fmin(slowest, rate[i]);
        fastest = fmax(fastest, rate[i]);
        printf("ours, %6zu series %12.0f samples/s  %5.1f ns each\n", SIZES[i], rate[i], 1e9 / rate[i]);
    }
    printf("cost per sample, dearest over cheapest size %10.2f\n", fastest / slowest);
    show_memory();
    show_ways(rate[2]);
    double gsl = gsls();
    printf("GSL moving median + MAD %8.0f samples/s  ours is %.1f times that at 10,000 series\n", gsl, rate[2] / gsl);
    double frame = argc > 1 && strcmp(argv[1], "--no-pandas") == 0 ? 0 : pandas();
    if (frame > 0)
        printf("pandas rolling z-score  %8.0f samples/s  ours is %.1f times that at 10,000 series\n", frame,
               rate[2] / frame);
    else
        puts("pandas is not here: apt-get install python3-pandas");
    return 0;
}
