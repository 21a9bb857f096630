/* bench_requests.c - what does a service cost whose requests are simulated one by one?
 *
 * A front of 10 pods of one core that calls a back of 10, 600 requests a second for a
 * simulated hour, in scans of 30 s; one core, no engine. As reference in the same run the
 * same cluster with both services worked out in batches. Asked: 3 million events a
 * second or more, of which a user's request makes seven: in front it is sent, served,
 * called for, and watched for its time-out, in the back sent, served and watched. Printed
 * beside it is at how many requests a second single ones are as dear as batches.
 *
 *   bench_requests [SECONDS]
 */
#include "sim/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PODS = 10, SERVICES = 2, EVENTS_A_REQUEST = 7 };
#define GIB (1024.0 * 1024 * 1024)
static const double RATE = 600.0, ASKED = 3e6;

static void die(const char *what)
{
    fprintf(stderr, "bench_requests: %s\n", what);
    exit(3);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct workload_spec service(const char *id, struct call_spec *calls, size_t count, bool each)
{
    struct workload_spec workload = {.id = id,
                                     .replicas = PODS,
                                     .slots = PODS,
                                     .cpu_request = 1.0,
                                     .cpu_limit = 1.0,
                                     .memory_request = GIB,
                                     .memory_limit = 2.0 * GIB,
                                     .memory_base = 0.2 * GIB,
                                     .start = {5.0, 1.0},
                                     .probe_period = 10.0,
                                     .probe_failures = 3,
                                     .max_surge = 1};

    workload.service = (struct service_spec){0.01, 1.0, 64, 256, 0.5, 0.01, calls, count, each};
    return workload;
}

static double run(double simulated, bool each, struct cluster_totals *totals)
{
    struct node_spec node = {"node/default/n", 1, UINT32_MAX, 64.0, 256.0 * GIB, 500.0 * GIB, 1};
    struct call_spec call = {"workload/bench/back", 1.0, 32, 2.0, 1, 1};
    struct workload_spec workloads[SERVICES] = {service("workload/bench/front", &call, 1, each),
                                                service("workload/bench/back", NULL, 0, each)};
    struct load_spec load = {.to = "workload/bench/front", .level = RATE, .weekend = 1.0, .timeout = 5.0};
    struct cluster_spec spec = {.nodes = &node,
                                .node_count = 1,
                                .workloads = workloads,
                                .workload_count = SERVICES,
                                .loads = &load,
                                .load_count = 1,
                                .link_delay = 0.0002};
    heal_time start = INT64_C(1767225600) * HEAL_SECOND;
    struct error_list errors = {0};
    struct inventory *inventory = inventory_create(), *knobs = inventory_create();

    if (!inventory || !knobs || !cluster_describe(&spec, inventory, knobs, &errors) || !inventory_freeze(inventory) ||
        !inventory_freeze(knobs))
        die("cannot describe the cluster");
    struct cluster *cluster = cluster_create(&spec, inventory, knobs, start, 1, 0);
    double *values = calloc(inventory_series_count(inventory), sizeof *values);
    if (!cluster || !values)
        die("out of memory");
    double begin = seconds_now();
    for (int step = 1; step * 30 <= simulated; step++) {
        if (!cluster_step(cluster, start + step * 30 * HEAL_SECOND, values))
            die("out of memory");
    }
    double took = seconds_now() - begin;
    *totals = cluster_totals(cluster);
    cluster_destroy(cluster);
    inventory_destroy(inventory);
    inventory_destroy(knobs);
    free(values);
    return took;
}

int main(int count, char **arguments)
{
    double simulated = count > 1 ? strtod(arguments[1], NULL) : 3600.0;
    struct cluster_totals each, batch;

    if (!(simulated >= 30.0 && simulated <= 1e7))
        die("expected 30 seconds or more");
    double one_by_one = run(simulated, true, &each), batches = run(simulated, false, &batch);
    double requests = each.served * SERVICES; /* in front and back */
    double events = each.served * EVENTS_A_REQUEST / one_by_one;
    bool met = events >= ASKED;
    printf("one by one %8.3f s for %.3g requests of users, %.0f ns each in a service, %.2f million events/s\n",
           one_by_one, each.served, one_by_one / requests * 1e9, events / 1e6);
    printf("batches    %8.3f s, %.0f ns a pod and scan\n", batches,
           batches / (simulated / 30.0 * PODS * SERVICES) * 1e9);
    printf("ratio      %8.1f; asked: 3 million events/s: %s\n", one_by_one / batches, met ? "yes" : "no");
    printf("as dear at %8.3g requests a second and pod\n",
           batches / (simulated * PODS * SERVICES) / (one_by_one / requests));
    return met ? 0 : 1;
}
