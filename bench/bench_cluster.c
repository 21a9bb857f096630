/* bench_cluster.c - what does a simulated week of a cluster cost?
 *
 * 1,000 pods of 40 workloads on 50 nodes in three zones, five tiers that call each
 * other, four databases; frames 30 s apart for seven days, one core, no engine. Asked:
 * under 8 s, and no memory beyond what it opened with. Printed beside it: the same week
 * with knobs that stand on something all the time, and as reference in the same run the
 * least that a model of request batches has to do, one Poisson draw for each pod and
 * frame.
 *
 *   bench_cluster [DAYS]
 */
#include "sim/cluster.h"

#include "engine/random.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { WORKLOADS = 40, TIERS = 5, PODS = 25, NODES = 50, DATABASES = 4, IDS = 64 };
#define GIB (1024.0 * 1024 * 1024)

struct world {
    char ids[WORKLOADS][IDS], database_ids[DATABASES][IDS];
    struct zone_spec zones[3];
    struct node_spec nodes[3];
    struct workload_spec workloads[WORKLOADS];
    struct call_spec calls[WORKLOADS];
    struct load_spec loads[WORKLOADS / TIERS];
    struct database_spec databases[DATABASES];
    struct cluster_spec spec;
    struct inventory *inventory, *knobs;
    double *values;
};

static void die(const char *what)
{
    fprintf(stderr, "bench_cluster: %s\n", what);
    exit(3);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* one thread: of the core, whoever else wants it */
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long peak_kilobytes(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss;
}

/* Eight chains of five tiers; the last calls a database. */
static void fill_workload(struct world *world, size_t i)
{
    bool last = i % TIERS == TIERS - 1;

    world->calls[i] = (struct call_spec){
        .to = last ? world->database_ids[i / TIERS % DATABASES] : world->ids[i + 1],
        .per_request = 1.0,
        .pool = last ? 20 : 0,
        .timeout = 2.0,
        .retries = 1,
    };
    world->workloads[i] = (struct workload_spec){
        .id = world->ids[i],
        .replicas = PODS,
        .slots = PODS,
        .cpu_request = 0.5,
        .cpu_limit = 1.0,
        .memory_request = 0.25 * GIB,
        .memory_limit = 0.5 * GIB,
        .memory_base = 0.1 * GIB,
        .memory_per_request = 1e6,
        .start = {15.0, 5.0},
        .probe_period = 10.0,
        .probe_failures = 3,
        .max_surge = 1,
        .service = {0.01, 1.0, 50, 100, 0.5, 0.01, &world->calls[i], 1},
    };
}

static void fill(struct world *world)
{
    static const char *const ZONES[] = {"zone/default/a", "zone/default/b", "zone/default/c"};
    static const char *const KINDS[] = {"node/default/a", "node/default/b", "node/default/c"};

    for (uint32_t i = 0; i < 3; i++) {
        world->zones[i].id = ZONES[i];
        world->nodes[i] = (struct node_spec){KINDS[i], i < 2 ? 17 : NODES - 34, i, 16.0, 64.0 * GIB, 500.0 * GIB, 1};
    }
    for (size_t i = 0; i < DATABASES; i++) {
        snprintf(world->database_ids[i], IDS, "database/bench/d%zu", i);
        world->databases[i] = (struct database_spec){.id = world->database_ids[i],
                                                     .cores = 32,
                                                     .query = 0.004,
                                                     .scan_factor = 50.0,
                                                     .cache_hit = 0.99,
                                                     .miss_factor = 10.0,
                                                     .connections = 2000,
                                                     .indexed = true,
                                                     .slo_latency = 0.1};
    }
    for (size_t i = 0; i < WORKLOADS; i++)
        snprintf(world->ids[i], IDS, "workload/bench/w%zu", i);
    for (size_t i = 0; i < WORKLOADS; i++)
        fill_workload(world, i);
    for (size_t i = 0; i < WORKLOADS / TIERS; i++)
        world->loads[i] = (struct load_spec){.to = world->ids[i * TIERS],
                                             .level = 1000.0,
                                             .daily = 500.0,
                                             .weekend = 0.6,
                                             .noise = 0.05,
                                             .correlation = 0.9,
                                             .timeout = 5.0,
                                             .retries = 1};
    world->spec = (struct cluster_spec){.zones = world->zones,
                                        .zone_count = 3,
                                        .nodes = world->nodes,
                                        .node_count = 3,
                                        .workloads = world->workloads,
                                        .workload_count = WORKLOADS,
                                        .loads = world->loads,
                                        .load_count = WORKLOADS / TIERS,
                                        .databases = world->databases,
                                        .database_count = DATABASES,
                                        .link_delay = 0.0002,
                                        .zone_delay = 0.001};
}

static void describe(struct world *world)
{
    struct error_list errors = {0};

    world->inventory = inventory_create();
    world->knobs = inventory_create();
    if (!world->inventory || !world->knobs ||
        !cluster_describe(&world->spec, world->inventory, world->knobs, &errors) ||
        !inventory_freeze(world->inventory) || !inventory_freeze(world->knobs))
        die("cannot describe the cluster");
    world->values = calloc(inventory_series_count(world->inventory), sizeof *world->values);
    if (!world->values)
        die("out of memory");
}

static void turn(const struct world *world, struct cluster *cluster, const char *series, double value)
{
    uint32_t knob = inventory_find_series(world->knobs, series, strlen(series));
    if (knob == SERIES_NONE)
        die("no such knob");
    cluster_knob_values(cluster)[knob] = value;
}

static double run(const struct world *world, double days, bool faults, struct cluster_totals *totals, long *grown)
{
    heal_time start = INT64_C(1767225600) * HEAL_SECOND;
    struct cluster *cluster = cluster_create(&world->spec, world->inventory, world->knobs, start, 1, 0);
    uint64_t steps = (uint64_t)(days * 2880.0);

    if (!cluster)
        die("out of memory");
    if (faults) {
        turn(world, cluster, "pod/bench/w3-1:cpu_cores", 0.5);
        turn(world, cluster, "workload/bench/w7:delay_seconds", 0.01);
        turn(world, cluster, "workload/bench/w12:error_ratio", 0.02);
    }
    double begin = seconds_now();
    for (uint64_t i = 0; i < steps; i++) {
        if (i == steps / 10)
            *grown = -peak_kilobytes();
        if (!cluster_step(cluster, start + (heal_time)(i + 1) * 30 * HEAL_SECOND, world->values))
            die("out of memory");
    }
    double took = seconds_now() - begin;
    *grown += peak_kilobytes();
    *totals = cluster_totals(cluster);
    cluster_destroy(cluster);
    return took;
}

static double reference(double days)
{
    uint64_t draws = (uint64_t)(days * 2880.0) * WORKLOADS * PODS, sum = 0;
    struct random_stream stream = random_stream_named(1, "bench_cluster", "reference", 0);
    gsl_rng rng = random_gsl(&stream);
    double begin = seconds_now();

    for (uint64_t i = 0; i < draws; i++)
        sum += gsl_ran_poisson(&rng, 1200.0);
    volatile uint64_t kept = sum;
    (void)kept;
    return seconds_now() - begin;
}

int main(int count, char **arguments)
{
    double days = count > 1 ? strtod(arguments[1], NULL) : 7.0, pods = WORKLOADS * PODS * days * 2880.0;
    struct world *world = calloc(1, sizeof *world);
    struct cluster_totals totals;
    long grown = 0;

    if (!world || !(days > 0.0))
        die("cannot prepare");
    fill(world);
    describe(world);
    double quiet = run(world, days, false, &totals, &grown);
    printf("quiet      %6.2f s for %g days of %d pods, %.0f ns a pod and frame; %.3g requests, %.2g %% failed; "
           "%ld kB grown after a tenth\n",
           quiet, days, WORKLOADS * PODS, quiet / pods * 1e9, totals.offered, 100.0 * totals.failed / totals.offered,
           grown);
    bool met = quiet * 7.0 / days < 8.0 && grown < 1024;
    double bent = run(world, days, true, &totals, &grown);
    printf("faults     %6.2f s, %.0f ns a pod and frame; %.2g %% failed\n", bent, bent / pods * 1e9,
           100.0 * totals.failed / totals.offered);
    double least = reference(days);
    printf("reference  %6.2f s: a Poisson draw for each pod and frame\n", least);
    printf("ratio      %6.2f; asked: under 8 s a week, no memory grown: %s\n", quiet / least, met ? "yes" : "no");
    inventory_destroy(world->inventory);
    inventory_destroy(world->knobs);
    free(world->values);
    free(world);
    return met ? 0 : 1;
}
