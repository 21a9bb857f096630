/* bench_burst.c - a scan in which everything breaks at once: what deciding it costs,
 * and what keeping it costs.
 *
 * 10,000 pods of six series each are quiet, then one metric of all of them goes to its
 * limit in one frame, and comes back later. Worlds: pods that nothing is known of, and
 * pods on 100 nodes in 500 workloads; memory (a cause) and latency (a symptom, which
 * asks whose echo it is); each as a dry run and as a policy that acts. Printed, for the
 * slowest frame of the burst and of the recovery: the engine alone (its decisions
 * chained, as the flight recorder does), and a live process's chapter, whose decisions
 * are on the disk when it is done, by the clock and by the processor. The reference is a quiet frame of the same world
 * in the same run. Lines on standard output are part of a chapter's work and go to /dev/null here.
 *
 *   bench_burst [PODS]
 */
#include "cli/layers.h"
#include "engine/policy.h"
#include "engine/random.h"
#include "live/chapter.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    METRICS = 6,
    MEMORY = 1,
    LATENCY = 3,
    NODES = 100,
    PER_WORKLOAD = 20,
    QUIET = 30,
    SICK = 8,
    WELL = 12,
    ID = 64,
    ROOM = 65536
};

static double seconds_by(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static _Noreturn void die(const char *why, struct error_list *errors)
{
    char text[512];

    fprintf(stderr, "bench_burst: %s\n", why);
    for (size_t i = 0; errors && i < errors->kept; i++)
        fprintf(stderr, "bench_burst: %s\n", error_format(errors, i, text, sizeof text));
    exit(3);
}

/* -- the world ------------------------------------------------------------------ */

static void relate(struct inventory *inventory, const char *source, enum relation relation, const char *target)
{
    uint32_t from = inventory_add_resource(inventory, source, strlen(source));
    uint32_t to = inventory_add_resource(inventory, target, strlen(target));

    if (from == RESOURCE_NONE || to == RESOURCE_NONE || !inventory_relate(inventory, from, relation, to))
        die("out of memory", NULL);
}

static void add_pods(struct inventory *inventory, size_t pods, bool placed)
{
    static const char *const NAMES[METRICS] = {"cpu_utilization_ratio", "memory_utilization_ratio",
                                               "disk_used_ratio",       "request_latency_seconds",
                                               "queue_ratio",           "cache_ratio"};
    char pod[ID], series[2 * ID], other[ID];

    for (size_t i = 0; i < pods; i++) {
        snprintf(pod, sizeof pod, "pod/ns%zu/pod-%05zu", i % 50, i);
        for (size_t k = 0; k < METRICS; k++) {
            int length = snprintf(series, sizeof series, "%s:%s", pod, NAMES[k]);
            if (inventory_add_series(inventory, series, (size_t)length) == SERIES_NONE)
                die("out of memory", NULL);
        }
        if (!placed)
            continue;
        snprintf(other, sizeof other, "node/bench/n%zu", i % NODES);
        relate(inventory, pod, RELATION_RUNS_ON, other);
        snprintf(other, sizeof other, "workload/ns/w%zu", i / PER_WORKLOAD);
        relate(inventory, pod, RELATION_OWNED_BY, other);
    }
}

static void fill(double *values, size_t count, size_t metric, uint32_t frame)
{
    struct random_stream stream = random_stream_named(1, "bench_burst", "noise", frame);
    bool sick = frame >= QUIET && frame < QUIET + SICK;

    for (size_t i = 0; i < count; i++)
        values[i] = (sick && i % METRICS == metric ? 0.99 : 0.01) + 0.002 * random_uniform(&stream);
}

/* -- the engine alone ------------------------------------------------------------- */

struct decided {
    struct flight_chain chain;
    uint64_t actions;
};

static void record(void *context, const struct decision *decision)
{
    flight_chain_add(&((struct decided *)context)->chain, decision);
}

static void start(void *context, heal_time now, const struct action *action)
{
    (void)now, (void)action;
    ((struct decided *)context)->actions++;
}

/* Seconds of the last quiet frame, of the slowest with trouble, of the slowest without it again. */
struct figures {
    double quiet, burst, recovery;
    uint64_t decisions; /* at most, of one frame */
};

static void note(struct figures *figures, uint32_t frame, double spent, uint64_t decisions)
{
    if (frame < QUIET)
        figures->quiet = spent;
    else if (frame < QUIET + SICK)
        figures->burst = fmax(figures->burst, spent);
    else
        figures->recovery = fmax(figures->recovery, spent);
    figures->decisions = decisions > figures->decisions ? decisions : figures->decisions;
}

static const heal_time BEGIN = INT64_C(1767225600) * HEAL_SECOND;

static struct figures engine_alone(const struct policy *policy, size_t pods, bool placed, size_t metric)
{
    struct figures figures = {0};
    struct decided decided = {0};
    struct inventory *inventory = inventory_create();
    char digest[FLIGHT_DIGEST_TEXT];

    add_pods(inventory, pods, placed);
    if (!inventory_freeze(inventory))
        die("out of memory", NULL);
    struct engine *engine = engine_create(policy, inventory, 1, (struct world_port){&decided, start},
                                          (struct journal_port){&decided, record});
    double *values = malloc((pods * METRICS + 1) * sizeof *values);
    if (!engine || !values)
        die("out of memory", NULL);
    for (uint32_t frame = 0; frame < QUIET + SICK + WELL; frame++) {
        uint64_t before = decided.chain.decisions;
        fill(values, pods * METRICS, metric, frame);
        double begun = seconds_by(CLOCK_THREAD_CPUTIME_ID);
        engine_frame(engine, BEGIN + frame * 30 * HEAL_SECOND, values);
        double spent = seconds_by(CLOCK_THREAD_CPUTIME_ID) - begun;
        note(&figures, frame, spent, decided.chain.decisions - before);
    }
    printf("  digest of all %" PRIu64 " decisions, %" PRIu64 " actions: %.16s\n", decided.chain.decisions,
           decided.actions, flight_digest_text(decided.chain.head, digest));
    flight_chain_clear(&decided.chain);
    engine_destroy(engine);
    inventory_destroy(inventory);
    free(values);
    return figures;
}

/* -- a live process's chapter ------------------------------------------------------- */

static void do_nothing(void *context, const struct job *job)
{
    (void)context, (void)job;
}

/* By the clock; *processor: of it, the thread's own time. */
static struct figures chapter(const struct policy *policy, size_t pods, bool placed, size_t metric,
                              struct figures *processor)
{
    struct figures figures = {0};
    struct error_list errors = {0};
    char folder[] = "/tmp/bench_burst_XXXXXX", pauses[sizeof folder + 16];
    if (!mkdtemp(folder))
        die("no folder to work in", NULL);
    snprintf(pauses, sizeof pauses, "%s/pauses.json", folder);
    struct live_config config = {.name = "burst", .data = folder, .seed = 1, .flight_file = UINT64_MAX / 4};
    struct live_setup setup = {.config = &config, .policy = policy};
    bool switches[SWITCH_COUNT] = {[SWITCH_AUTO_REMEDIATION] = true, [SWITCH_DRY_RUN] = policy->dry_run};
    struct chapter_outside outside = {.status = status_create(BEGIN),
                                      .workers = workers_create(1, ROOM, do_nothing, NULL),
                                      .mailbox = mailbox_create(ROOM),
                                      .pauses = pauses_create(pauses, &errors),
                                      .switches = switches};
    struct inventory *inventory = chapter_inventory(&setup, BEGIN, &errors);
    double *values = malloc((pods * METRICS + 1) * sizeof *values);
    if (!outside.status || !outside.workers || !outside.mailbox || !outside.pauses || !inventory || !values)
        die("cannot prepare", &errors);
    add_pods(inventory, pods, placed);
    struct chapter *chapter = chapter_begin(&setup, outside, inventory, NULL, BEGIN, &errors);
    if (!chapter)
        die("cannot begin", &errors);
    for (uint32_t frame = 0; frame < QUIET + SICK + WELL; frame++) {
        heal_time now = BEGIN + frame * 30 * HEAL_SECOND;
        fill(values, pods * METRICS, metric, frame);
        double begun = seconds_by(CLOCK_MONOTONIC), worked = seconds_by(CLOCK_THREAD_CPUTIME_ID);
        chapter_input(chapter, &(struct flight_input){.kind = FLIGHT_FRAME, .at = now, .values = values});
        chapter_flush(chapter, now);
        note(processor, frame, seconds_by(CLOCK_THREAD_CPUTIME_ID) - worked, 0);
        note(&figures, frame, seconds_by(CLOCK_MONOTONIC) - begun, 0);
    }
    chapter_end(chapter, BEGIN + HEAL_HOUR, true, &errors);
    workers_destroy(outside.workers);
    mailbox_destroy(outside.mailbox);
    status_destroy(outside.status);
    pauses_destroy(outside.pauses);
    free(values);
    snprintf(pauses, sizeof pauses, "rm -rf %s", folder);
    if (system(pauses) != 0)
        fprintf(stderr, "bench_burst: %s is left behind\n", folder);
    return figures;
}

static void tell(const char *what, const struct figures *figures)
{
    printf("  %-8s quiet %6.1f ms, burst %7.1f ms, recovery %7.1f ms", what, 1e3 * figures->quiet, 1e3 * figures->burst,
           1e3 * figures->recovery);
    if (figures->decisions > 0)
        printf("; at most %" PRIu64 " decisions a frame", figures->decisions);
    putchar('\n');
}

int main(int count, char **arguments)
{
    size_t pods = count > 1 ? (size_t)strtoul(arguments[1], NULL, 10) : 10000;
    struct error_list errors = {0};
    struct layers layers = {0};
    struct policy *policy = NULL;
    double most = 0;

    if (layers_read(&layers, NULL, &errors))
        policy = layers_policy(layers.items, layers.count, &errors);
    if (!policy)
        die("no policy", &errors);
    for (int world = 0; world < 8; world++) {
        bool placed = world & 2, acting = world & 1;
        size_t metric = world & 4 ? LATENCY : MEMORY;
        policy->dry_run = !acting;
        policy->auto_remediation = true;
        printf("%s of %zu pods %s, %s\n", metric == MEMORY ? "memory" : "latency", pods,
               placed ? "on nodes and in workloads" : "of which nothing is known", acting ? "acting" : "dry run");
        struct figures alone = engine_alone(policy, pods, placed, metric);
        tell("engine", &alone);
        most = fmax(most, fmax(alone.burst, alone.recovery));
        fflush(stdout);
        int out = dup(1);
        if (!freopen("/dev/null", "w", stdout))
            die("no /dev/null", NULL);
        struct figures processor = {0}, kept = chapter(policy, pods, placed, metric, &processor);
        fflush(stdout);
        dup2(out, 1);
        close(out);
        tell("on disk", &kept);
        tell("  worked", &processor);
    }
    printf("decided at most in %.1f ms; asked: under 100: %s\n", 1e3 * most, most < 0.1 ? "yes" : "no");
    policy_destroy(policy);
    layers_clear(&layers);
    return most < 0.1 ? 0 : 1;
}
