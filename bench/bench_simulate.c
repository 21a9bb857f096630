/* bench_simulate.c - a simulated day of 1,000 pods, six series each, every 30 s; or another scenario.
 *
 * Scenario, faults, engine, database and all, on one core; its time, whoever else wants
 * the core, and peak memory. The reference is the least that such a day must cost:
 * drawing its 17 million normal deviates with GSL's own generator (mt19937, ziggurat). Of
 * scenarios/benchmark/week-1000-pods.yaml is asked: under 20 s.
 *
 *   bench_simulate [SCENARIO]
 */
#include "cli/load.h"
#include "cli/recording.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* one thread */
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double draw_normals(uint64_t count)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double start = seconds_now(), sum = 0.0;

    for (uint64_t i = 0; i < count; i++)
        sum += gsl_ran_gaussian_ziggurat(rng, 1.0);
    double spent = seconds_now() - start;
    gsl_rng_free(rng);
    printf("reference  %6.2f s to draw %llu normal deviates (mean %.5f)\n", spent, (unsigned long long)count,
           sum / (double)count);
    return spent;
}

static int fail(struct error_list *errors)
{
    console_errors(errors);
    return EXIT_ENVIRONMENT;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "scenarios/day-1000-pods.yaml";
    char database[] = "/tmp/selfheal-bench-XXXXXX";
    struct bundle_options options = {.policy = NULL};
    struct bundle bundle = {0};
    struct error_list errors = {0};
    struct rusage usage;

    gsl_set_error_handler_off();
    double start = seconds_now();
    int file = mkstemp(database);
    if (file < 0 || unlink(database) != 0 || !bundle_scenario(&bundle, path, &options, &errors))
        return fail(&errors);
    close(file);
    struct store_run run = {.mode = "simulate",
                            .scenario = bundle.scenario->name,
                            .source = path,
                            .policy_name = bundle.policy->name,
                            .seed = bundle.scenario->seed,
                            .replications = 1,
                            .start = bundle.start,
                            .duration = bundle.duration,
                            .arm = "selfheal"};
    bundle.scenario->replications = 1;
    bool good = record_run(&bundle, bundle.policy, &run, database, 1, 0, &errors);
    double spent = seconds_now() - start;
    unlink(database);
    if (!good)
        return fail(&errors);
    getrusage(RUSAGE_SELF, &usage);
    uint64_t frames = (uint64_t)(bundle.duration / bundle.policy->scan_interval);
    uint64_t samples = frames * inventory_series_count(bundle.inventory);
    printf("selfheal   %6.2f s, %ld MB: %zu series, %llu frames, %.1f million samples/s\n", spent,
           usage.ru_maxrss / 1024, inventory_series_count(bundle.inventory), (unsigned long long)frames,
           (double)samples / spent / 1e6);
    double least = draw_normals(samples);
    printf("ratio      %6.2f (1 would be: it costs no more than its noise)\n", spent / least);
    bundle_clear(&bundle);
    return EXIT_DONE;
}
