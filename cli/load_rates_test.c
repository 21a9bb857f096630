/* load_rates_test.c - requests as a trace recorded them; and a trace and a cluster in one scenario. */
#include "cli/load.h"

#include "cli/options.h"
#include "cli/test_capture.h"

#include <math.h>

static const struct bundle_options AS_IT_SAYS = {0};

#define HEAD "name: r\nduration: 1h\n"
#define CLUSTER                                                                                                        \
    "cluster:\n"                                                                                                       \
    "  nodes: [{id: node/default/n, cpu: 8, memory: 16Gi}]\n"                                                          \
    "  workloads: [{id: workload/shop/web, cpu: {limit: 1}, memory: {limit: 512Mi}, service: {work: 5ms}}]\n"
#define RATE(map) HEAD CLUSTER "  load: [{to: workload/shop/web, rate: " map "}]\n"

static const char LOAD[] = "time,asked,other\n"
                           "2026-01-01T00:00:00Z,10,-1\n"
                           "2026-01-01T00:05:00Z,40,2\n";

static bool reads(const char *folder, const char *text, struct bundle *bundle, struct error_list *errors)
{
    char path[TEST_PATH];

    test_write_file(folder, "load.csv", LOAD);
    test_write_file(folder, "s.yaml", text);
    return bundle_scenario(bundle, test_path(path, folder, "s.yaml"), &AS_IT_SAYS, errors);
}

static void refused(const char *folder, const char *text, const char *file, const char *told)
{
    struct error_list errors = {0};
    struct bundle bundle = {0};
    char said[1024], wanted[1024];

    assert_false(reads(folder, text, &bundle, &errors));
    assert_int_equal(errors.count, 1);
    error_format(&errors, 0, said, sizeof said);
    snprintf(wanted, sizeof wanted, "%s/%s%s", folder, file, told);
    assert_string_equal(said, wanted);
    error_list_clear(&errors);
    bundle_clear(&bundle);
}

static void must_read(const char *folder, const char *text, struct bundle *bundle)
{
    struct error_list errors = {0};
    char said[1024];

    if (!reads(folder, text, bundle, &errors))
        fail_msg("%s", error_format(&errors, 0, said, sizeof said));
}

static void test_a_rate_is_as_recorded(void **state)
{
    struct bundle bundle = {0};

    must_read(*state, RATE("{trace: load.csv, series: asked, scale: 2, speed: 5, repeat: true}"), &bundle);
    const struct load_spec *load = &bundle.scenario->cluster->loads[0];
    assert_non_null(load->recorded.curve);
    assert_true(rate_curve_mean(load->recorded.curve, 0, HEAL_MINUTE) == 20.0);
    assert_true(rate_curve_mean(load->recorded.curve, HEAL_MINUTE, 2 * HEAL_MINUTE) == 80.0);
    assert_true(rate_curve_mean(load->recorded.curve, 2 * HEAL_MINUTE, 3 * HEAL_MINUTE) == 20.0);
    assert_int_equal(bundle.duration, HEAL_HOUR); /* the scenario's: the trace is only asked for its rate */
    bundle_clear(&bundle);
}

static void test_a_cluster_of_its_own_file_has_traces_beside_it(void **state)
{
    struct bundle bundle = {0};
    char sub[TEST_PATH], command[2 * TEST_PATH];

    snprintf(command, sizeof command, "mkdir '%s'", test_path(sub, *state, "sub"));
    assert_int_equal(system(command), 0);
    test_write_file(
        sub, "c.yaml",
        "nodes: [{id: node/default/n, cpu: 8, memory: 16Gi}]\n"
        "workloads: [{id: workload/shop/web, cpu: {limit: 1}, memory: {limit: 512Mi}, service: {work: 5ms}}]\n"
        "load: [{to: workload/shop/web, rate: {trace: one.csv}}]\n");
    test_write_file(sub, "one.csv", "time,value\n2026-01-01T00:00:00Z,7\n");
    must_read(*state, HEAD "cluster: sub/c.yaml\n", &bundle);
    assert_true(rate_curve_mean(bundle.scenario->cluster->loads[0].recorded.curve, 0, HEAL_DAY) == 7.0);
    bundle_clear(&bundle);
    test_write_file(sub, "one.csv", "time,value\n2026-01-01T00:00:00Z,-7\n");
    refused(*state, HEAD "cluster: sub/c.yaml\n", "sub/c.yaml",
            ":3: load[0].rate.series: 'series/trace/one:value' is -7 at 2026-01-01T00:00:00Z, expected a finite rate "
            "of 0 or more");
}

static void test_what_is_wrong_is_told_with_its_place(void **state)
{
    const char *folder = *state;

    refused(folder, RATE("{series: asked}"), "s.yaml",
            ":6: cluster.load[0].rate.trace: missing, this field must be given");
    refused(folder, RATE("{trace: load.csv, series: wanted}"), "s.yaml",
            ":6: cluster.load[0].rate.series: the trace has no series 'wanted', expected one of "
            "series/trace/load:asked, series/trace/load:other");
    refused(folder, RATE("{trace: load.csv}"), "s.yaml",
            ":6: cluster.load[0].rate.series: missing, expected one of series/trace/load:asked, "
            "series/trace/load:other");
    refused(folder, RATE("{trace: load.csv, series: other}"), "s.yaml",
            ":6: cluster.load[0].rate.series: 'series/trace/load:other' is -1 at 2026-01-01T00:00:00Z, expected a "
            "finite rate of 0 or more");
    refused(folder, RATE("{trace: load.csv, series: asked, speed: 10000}"), "s.yaml",
            ":6: cluster.load[0].rate.series: 'series/trace/load:asked': shorter than a second at this speed, expected "
            "at least one");
    refused(folder, RATE("{trace: load.csv, series: asked, speed: 0}"), "s.yaml",
            ":6: cluster.load[0].rate.speed: expected a number from 1e-06 to 1e+06, found '0'");
    refused(folder, RATE("{trace: load.csv, series: asked}, daily: 3"), "s.yaml",
            ":6: cluster.load[0].daily: expected either rate or level with daily and weekend, not both");
    test_write_file(folder, "bad.csv", "time,asked\n2026-01-01T00:00:00Z,10\n2026-01-01T00:05:00Z,many\n");
    refused(folder, RATE("{trace: bad.csv, series: asked}"), "bad.csv",
            ":3: asked: expected a finite decimal number or an empty cell, found \"many\"");
    struct error_list errors = {0};
    struct bundle bundle = {0};
    assert_false(reads(folder, RATE("{trace: gone.csv}"), &bundle, &errors));
    assert_int_equal(errors.count, 1);
    error_list_clear(&errors);
    bundle_clear(&bundle);
}

/* --- a trace and a cluster ------------------------------------------------- */

#define HOSTS "trace: {file: hosts.csv}\n"

static void write_hosts(const char *folder, const char *id)
{
    char text[256];

    snprintf(text, sizeof text, "time,%s:cpu_utilization_ratio\n2026-01-01T00:00:00Z,0.1\n2026-01-01T00:00:30Z,0.2\n",
             id);
    test_write_file(folder, "hosts.csv", text);
}

static void test_a_trace_and_a_cluster_are_one_world(void **state)
{
    struct bundle bundle = {0};

    write_hosts(*state, "node/rack/h1");
    must_read(*state,
              "name: b\n" HOSTS CLUSTER "  load: [{to: workload/shop/web, level: 5}]\n"
              "faults:\n"
              "  - {kind: cpu-stress, target: node/rack/h1, at: 10s}\n"
              "  - {kind: cpu-stress, target: pod/shop/web-1, at: 20s}\n",
              &bundle);
    assert_int_equal(bundle.duration, HEAL_MINUTE); /* the recording's */
    assert_int_equal(inventory_find_series(bundle.inventory, "node/rack/h1:cpu_utilization_ratio", 34), 0);
    assert_int_not_equal(inventory_find_resource(bundle.inventory, "pod/shop/web-1", 14), RESOURCE_NONE);
    bundle_clear(&bundle);
}

static void test_a_name_that_both_have_is_refused(void **state)
{
    static const char *const BOTH[] = {"node/default/n", "workload/shop/web", "pod/shop/web-1"};
    static const char SCENARIO[] = "name: b\n" HOSTS CLUSTER "  load: [{to: workload/shop/web, level: 5}]\n";

    for (size_t i = 0; i < sizeof BOTH / sizeof *BOTH; i++) {
        struct error_list errors = {0};
        struct bundle bundle = {0};
        char said[1024];
        write_hosts(*state, BOTH[i]);
        assert_false(reads(*state, SCENARIO, &bundle, &errors));
        assert_int_equal(errors.count, 1);
        error_format(&errors, 0, said, sizeof said);
        if (!strstr(said, BOTH[i]) || !strstr(said, "is there already") ||
            !strstr(said, i == 0 ? "s.yaml:4:" : "s.yaml:5:"))
            fail_msg("%s", said);
        error_list_clear(&errors);
        bundle_clear(&bundle);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_folder(test_a_rate_is_as_recorded),
        test_in_folder(test_a_cluster_of_its_own_file_has_traces_beside_it),
        test_in_folder(test_what_is_wrong_is_told_with_its_place),
        test_in_folder(test_a_trace_and_a_cluster_are_one_world),
        test_in_folder(test_a_name_that_both_have_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
