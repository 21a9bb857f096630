/* bench_frame.c - what does a quiet frame cost the healer?
 *
 * 10,000 series under the built-in default policy (thresholds, baselines, and a
 * forecast on each fifth of them), nothing wrong, one core, once the baselines are
 * warm. Reference in the same run: the work that any healer has to do at least, the
 * same 10,000 samples compared with two limits each by a plain loop. Counts what
 * malloc, calloc, realloc and aligned_alloc are asked for meanwhile, which has to be
 * nothing.
 *
 *   bench_frame [SERIES]
 */
#include "cli/load.h"
#include "engine/engine.h"
#include "engine/random.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FRAMES_KEPT = 64, WARM_UP = 600, FRAMES = 4000 };

static uint64_t taken;
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size)
{
    taken++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    taken++;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    taken++;
    return __libc_realloc(block, size);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_frame: %s\n", what);
    exit(3);
}

static void ignore_action(void *context, heal_time now, const struct action *action)
{
    (void)now, (void)action;
    ++*(uint64_t *)context;
}

static void ignore_decision(void *context, const struct decision *decision)
{
    *(uint64_t *)context += decision->kind == DECISION_ISSUE_OPENED;
}

static struct inventory *make_inventory(size_t series)
{
    static const char *const METRICS[] = {"cpu_utilization_ratio", "memory_utilization_ratio",
                                          "request_latency_seconds", "disk_used_ratio", "up"};
    struct inventory *inventory = inventory_create();
    char id[64];

    for (size_t i = 0; inventory && i < series; i++) {
        int length = snprintf(id, sizeof id, "pod/bench/p%zu:%s", i / 5, METRICS[i % 5]);
        if (inventory_add_series(inventory, id, (size_t)length) == SERIES_NONE)
            die("out of memory");
    }
    if (!inventory || !inventory_freeze(inventory))
        die("out of memory");
    return inventory;
}

static double *make_frames(size_t series)
{
    static const double LEVELS[] = {0.35, 0.55, 0.06, 0.5, 1.0}, NOISE[] = {0.03, 0.01, 0.006, 0.002, 0.0};
    struct random_stream stream = random_stream_named(1, "bench_frame", "noise", 0);
    double *frames = malloc(FRAMES_KEPT * series * sizeof *frames);

    if (!frames)
        die("out of memory");
    for (size_t i = 0; i < FRAMES_KEPT * series; i++)
        frames[i] = LEVELS[i % series % 5] + NOISE[i % series % 5] * random_normal(&stream);
    return frames;
}

/* Nanoseconds per frame, the median and the worst of `FRAMES`. */
static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static double reference(const double *frames, size_t series, double *spent)
{
    volatile size_t out = 0;

    for (size_t f = 0; f < FRAMES; f++) {
        const double *values = frames + f % FRAMES_KEPT * series;
        size_t beyond = 0;
        double start = seconds_now();
        for (size_t i = 0; i < series; i++)
            beyond += values[i] > 2.0 || values[i] < -2.0;
        spent[f] = seconds_now() - start;
        out = out + beyond;
    }
    qsort(spent, FRAMES, sizeof *spent, by_size);
    return spent[FRAMES / 2];
}

int main(int count, char **arguments)
{
    size_t series = count > 1 ? (size_t)strtoul(arguments[1], NULL, 10) : 10000;
    struct error_list errors = {0};
    struct policy *policy = load_policy(NULL, &errors);
    struct inventory *inventory = make_inventory(series);
    double *frames = make_frames(series), *spent = calloc(FRAMES, sizeof *spent);
    uint64_t actions = 0, issues = 0;

    if (!policy || !spent)
        die("cannot prepare");
    struct engine *engine = engine_create(policy, inventory, 1, (struct world_port){&actions, ignore_action},
                                          (struct journal_port){&issues, ignore_decision});
    if (!engine)
        die("out of memory");
    heal_time now = INT64_C(1767225600) * HEAL_SECOND;
    for (size_t f = 0; f < WARM_UP; f++, now += 30 * HEAL_SECOND)
        engine_frame(engine, now, frames + f % FRAMES_KEPT * series);
    uint64_t before = taken;
    double total = 0.0;
    for (size_t f = 0; f < FRAMES; f++, now += 30 * HEAL_SECOND) {
        double start = seconds_now();
        engine_frame(engine, now, frames + f % FRAMES_KEPT * series);
        spent[f] = seconds_now() - start;
        total += spent[f];
    }
    uint64_t taken_by_frames = taken - before;
    qsort(spent, FRAMES, sizeof *spent, by_size);
    double median = spent[FRAMES / 2], p99 = spent[FRAMES * 99 / 100], worst = spent[FRAMES - 1];
    double plain = reference(frames, series, spent);
    printf("healer     %8.1f us a frame of %zu series (mean %.1f, 99 %% %.1f, worst %.1f), %" PRIu64
           " allocations, %" PRIu64 " issues\n",
           median * 1e6, series, total / FRAMES * 1e6, p99 * 1e6, worst * 1e6, taken_by_frames, issues);
    printf("reference  %8.1f us: two comparisons a sample in a plain loop\n", plain * 1e6);
    printf("ratio      %8.2f; asked: under 500 us, no allocation: %s\n", median / plain,
           median < 500e-6 && taken_by_frames == 0 ? "yes" : "no");
    engine_destroy(engine);
    inventory_destroy(inventory);
    policy_destroy(policy);
    free(frames);
    free(spent);
    return median < 500e-6 && taken_by_frames == 0 ? 0 : 1;
}
