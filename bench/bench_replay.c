/* bench_replay.c - how fast is the engine over a packed trace, beside promtool?
 *
 * The same data both times: 200 series, 2,880 samples each (a day at 30 s),
 * noise around a level, nothing wrong. Ours: the trace is packed, mapped, and fed
 * frame by frame to an engine with the default kind of rule, a threshold and a
 * baseline. Theirs: `promtool test rules` (Debian's prometheus) on a threshold
 * rule and a z-score rule over one hour. Without promtool only ours is shown.
 *
 *   bench_replay [--series N] [--frames N] [--no-promtool]
 */
#include "cli/load.h"
#include "engine/engine.h"
#include "engine/random.h"
#include "replay/trace.h"

#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double OURS_SECONDS = 2.0; /* repeat the replay until this has passed */

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_replay: %s\n", what);
    exit(3);
}

static struct trace *make_trace(size_t series, size_t frames)
{
    char(*names)[64] = calloc(series, sizeof *names);
    const char **ids = calloc(series, sizeof *ids);

    if (!names || !ids)
        die("out of memory");
    for (size_t i = 0; i < series; i++) {
        snprintf(names[i], sizeof names[i], "pod/bench/p%zu:cpu_utilization_ratio", i);
        ids[i] = names[i];
    }
    struct trace *trace = trace_create(series, frames, ids);
    if (!trace)
        die("out of memory");
    for (size_t f = 0; f < frames; f++)
        trace_times_writable(trace)[f] = (heal_time)f * 30 * HEAL_SECOND;
    for (size_t i = 0; i < series; i++) {
        struct random_stream stream = random_stream_named(1, ids[i], "bench", 0);
        for (size_t f = 0; f < frames; f++)
            trace_column_writable(trace, i)[f] = 0.4 + 0.05 * random_normal(&stream);
    }
    free(ids);
    free(names);
    return trace;
}

static void ignore_action(void *context, heal_time now, const struct action *action)
{
    (void)context, (void)now, (void)action;
}

static void count_decision(void *context, const struct decision *decision)
{
    (void)decision;
    ++*(uint64_t *)context;
}

/* One replay; returns the samples that were judged. */
static uint64_t replay_once(const struct trace *trace, const struct policy *policy, uint64_t *decisions)
{
    struct inventory *inventory = inventory_create();
    if (!inventory || !trace_describe(trace, inventory) || !inventory_freeze(inventory))
        die("out of memory");
    struct engine *engine = engine_create(policy, inventory, 1, (struct world_port){NULL, ignore_action},
                                          (struct journal_port){decisions, count_decision});
    struct trace_cursor *cursor = trace_cursor_create(trace);
    const double *values;
    heal_time at;

    if (!engine || !cursor)
        die("out of memory");
    while ((values = trace_cursor_next(cursor, &at)) != NULL)
        engine_frame(engine, at, values);
    uint64_t samples = engine_counts(engine).samples;
    trace_cursor_destroy(cursor);
    engine_destroy(engine);
    inventory_destroy(inventory);
    return samples;
}

static double ours(const struct trace *trace)
{
    struct error_list errors = {0};
    struct policy *policy = load_policy(NULL, &errors);
    char path[] = "/tmp/selfheal-bench-XXXXXX";
    int file = mkstemp(path);

    if (!policy || file < 0 || !trace_pack(trace, path, &errors))
        die("cannot prepare the packed trace");
    close(file);
    struct trace *packed = trace_open(path, NULL, &errors);
    unlink(path);
    if (!packed)
        die("cannot open the packed trace");
    uint64_t samples = 0, decisions = 0;
    double start = seconds_now(), spent;
    do {
        samples += replay_once(packed, policy, &decisions);
        spent = seconds_now() - start;
    } while (spent < OURS_SECONDS);
    trace_destroy(packed);
    policy_destroy(policy);
    printf("selfheal  %10.0f samples/s (%llu samples in %.2f s, one core, threshold and baseline)\n",
           (double)samples / spent, (unsigned long long)samples, spent);
    return (double)samples / spent;
}

static void write_rules(const char *folder)
{
    char path[256];
    snprintf(path, sizeof path, "%s/rules.yml", folder);
    FILE *file = fopen(path, "w");
    if (!file)
        die("cannot write the rules");
    fputs("groups:\n- name: bench\n  interval: 30s\n  rules:\n"
          "  - alert: Threshold\n    expr: x > 0.85\n"
          "  - alert: Unusual\n"
          "    expr: abs(x - avg_over_time(x[1h])) / stddev_over_time(x[1h]) > 8\n",
          file);
    fclose(file);
}

static void write_test(const struct trace *trace, const char *folder)
{
    char path[256];
    size_t frames = trace_frame_count(trace);

    snprintf(path, sizeof path, "%s/test.yml", folder);
    FILE *file = fopen(path, "w");
    if (!file)
        die("cannot write the rule test");
    fputs("rule_files: [rules.yml]\nevaluation_interval: 30s\ntests:\n- interval: 30s\n  input_series:\n", file);
    for (size_t i = 0; i < trace_series_count(trace); i++) {
        fprintf(file, "  - series: 'x{pod=\"%zu\"}'\n    values: '", i);
        for (size_t f = 0; f < frames; f++)
            fprintf(file, "%.6g ", trace_column(trace, i)[f]);
        fputs("'\n", file);
    }
    fprintf(file, "  alert_rule_test:\n  - eval_time: %zus\n    alertname: Threshold\n    exp_alerts: []\n",
            (frames - 1) * 30);
    fclose(file);
}

static double promtools(const struct trace *trace)
{
    char folder[] = "/tmp/selfheal-bench-XXXXXX", command[512];

    if (!mkdtemp(folder))
        die("cannot make a temporary folder");
    write_rules(folder);
    write_test(trace, folder);
    snprintf(command, sizeof command, "cd %s && promtool test rules test.yml >out 2>&1", folder);
    double start = seconds_now();
    int code = system(command);
    double spent = seconds_now() - start;
    if (code != 0)
        fprintf(stderr, "bench_replay: promtool gave %d\n", code);
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command) != 0)
        fprintf(stderr, "bench_replay: %s was left behind\n", folder);
    if (code != 0)
        return 0.0;
    double samples = (double)(trace_series_count(trace) * trace_frame_count(trace));
    printf("promtool  %10.0f samples/s (%.0f samples in %.2f s)\n", samples / spent, samples, spent);
    return samples / spent;
}

int main(int argc, char **argv)
{
    size_t series = 200, frames = 2880;
    bool reference = system("command -v promtool >/dev/null 2>&1") == 0;

    gsl_set_error_handler_off();
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--no-promtool") == 0)
            reference = false;
        else if (strcmp(argv[i], "--series") == 0 && i + 1 < argc)
            series = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--frames") == 0 && i + 1 < argc)
            frames = strtoul(argv[++i], NULL, 10);
    }
    struct trace *trace = make_trace(series, frames);
    double our_rate = ours(trace);
    double their_rate = reference ? promtools(trace) : 0.0;
    if (their_rate > 0.0)
        printf("ratio     %10.0f\n", our_rate / their_rate);
    trace_destroy(trace);
    return 0;
}
