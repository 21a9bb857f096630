/* cluster_file_test.c - every field of a cluster arrives, and every fault is named with its line. */
#include "sim/test_scenario.h"

#define HEAD "name: c\nduration: 1h\ncluster:\n"
#define NODE "  nodes: [{id: node/default/n, cpu: 4, memory: 8Gi}]\n"

static const char WHOLE[] = HEAD
    "  link_delay: 1ms\n"
    "  zone_delay: 2ms\n"
    "  zones: [a, b]\n"
    "  nodes:\n"
    "    - {id: node/default/n, count: 3, zone: b, cpu: 8, memory: 16Gi, disk: 100Gi}\n"
    "  workloads:\n"
    "    - id: workload/shop/web\n"
    "      replicas: 2\n"
    "      slots: 9\n"
    "      cpu: {request: 250m, limit: 1.5}\n"
    "      memory: {request: 128Mi, limit: 512Mi, base: 100Mi, per_request: 1Mi}\n"
    "      start: {mean: 8s, sd: 2s}\n"
    "      probe: {period: 5s, failures: 2, liveness: 6}\n"
    "      rollout: {max_surge: 2, max_unavailable: 1}\n"
    "      min_available: 1\n"
    "      autoscale: {min: 2, max: 6, target: 0.7, stabilization: 1m}\n"
    "      service: {work: 8ms, cv: 0.5, concurrency: 4, queue: 10, slo_latency: 200ms, slo_errors: 0.05,\n"
    "                requests: each}\n"
    "      calls: [{to: database/shop/db, per_request: 2, pool: 7, timeout: 3s, retries: 1}]\n"
    "      volume: volume/shop/v\n"
    "  load: [{to: workload/shop/web, level: 10, daily: 5, weekend: 0.5, noise: 0.1, correlation: 0.8,\n"
    "          timeout: 2s, retries: 3}]\n"
    "  databases: [{id: database/shop/db, cores: 8, query: 3ms, scan_factor: 100, cache_hit: 0.9, miss_factor: 5,\n"
    "               connections: 50, indexed: false, slo_latency: 2s, volume: volume/shop/v}]\n"
    "  volumes: [{id: volume/shop/v, size: 10Gi, used: 4Gi, logs: 0.25, temp: 0.125, growth: 1Gi}]\n"
    "  certificates: [{id: certificate/shop/c, days: 20, validity: 100, renew_before: 30, of: workload/shop/web}]\n"
    "  images: [{id: image/shop/i, of: workload/shop/web}]\n"
    "  configs: [{id: config/shop/f, of: workload/shop/web}]\n";

static void test_every_field_arrives(void **state)
{
    (void)state;
    struct error_list errors = {0};
    struct fault_catalogue *catalogue = test_catalogue();
    struct scenario *scenario = test_scenario(catalogue, WHOLE, &errors);
    test_no_message(&errors);
    const struct cluster_spec *spec = scenario->cluster;

    assert_true(spec->link_delay == 0.001 && spec->zone_delay == 0.002);
    assert_string_equal(spec->zones[1].id, "zone/default/b");
    assert_true(spec->nodes[0].count == 3 && spec->nodes[0].zone == 1 && spec->nodes[0].cpu == 8);
    assert_true(spec->nodes[0].memory == 16.0 * (1 << 30) && spec->nodes[0].disk == 100.0 * (1 << 30));
    const struct workload_spec *web = &spec->workloads[0];
    assert_true(web->replicas == 2 && web->slots == 9 && web->min_available == 1);
    assert_true(web->cpu_request == 0.25 && web->cpu_limit == 1.5);
    assert_true(web->memory_request == 128.0 * (1 << 20) && web->memory_limit == 512.0 * (1 << 20));
    assert_true(web->memory_base == 100.0 * (1 << 20) && web->memory_per_request == 1 << 20);
    assert_true(web->start.mean_seconds == 8 && web->start.sd_seconds == 2);
    assert_int_equal(web->liveness_failures, 6);
    assert_true(web->probe_period == 5 && web->probe_failures == 2 && web->max_surge == 2 && web->max_unavailable == 1);
    assert_true(web->autoscale.present && web->autoscale.min == 2 && web->autoscale.max == 6);
    assert_true(web->autoscale.target == 0.7 && web->autoscale.stabilization == HEAL_MINUTE);
    assert_true(web->service.work == 0.008 && web->service.work_cv == 0.5 && web->service.concurrency == 4);
    assert_true(web->service.queue == 10 && web->service.slo_latency == 0.2 && web->service.slo_errors == 0.05);
    assert_true(web->service.each);
    const struct call_spec *call = &web->service.calls[0];
    assert_string_equal(call->to, "database/shop/db");
    assert_true(call->per_request == 2 && call->pool == 7 && call->timeout == 3 && call->retries == 1);
    assert_string_equal(web->volume, "volume/shop/v");
    const struct load_spec *load = &spec->loads[0];
    assert_true(load->level == 10 && load->daily == 5 && load->weekend == 0.5 && load->noise == 0.1);
    assert_true(load->correlation == 0.8 && load->timeout == 2 && load->retries == 3 && !load->samples);
    const struct database_spec *db = &spec->databases[0];
    assert_true(db->cores == 8 && db->query == 0.003 && db->scan_factor == 100 && db->cache_hit == 0.9);
    assert_true(db->miss_factor == 5 && db->connections == 50 && !db->indexed && db->slo_latency == 2);
    const struct volume_spec *volume = &spec->volumes[0];
    assert_true(volume->size == 10.0 * (1 << 30) && volume->used == 4.0 * (1 << 30) && volume->growth == 1 << 30);
    assert_true(volume->logs == 0.25 && volume->temp == 0.125);
    assert_true(spec->certificates[0].days == 20 && spec->certificates[0].validity == 100);
    assert_true(spec->certificates[0].renew_before == 30);
    assert_string_equal(spec->images[0].of, "workload/shop/web");
    assert_string_equal(spec->configs[0].of, "workload/shop/web");
    scenario_destroy(scenario);
    fault_catalogue_destroy(catalogue);
}

static void test_what_is_left_out_has_a_default(void **state)
{
    (void)state;
    struct error_list errors = {0};
    struct fault_catalogue *catalogue = test_catalogue();
    struct scenario *scenario =
        test_scenario(catalogue,
                      HEAD NODE "  workloads: [{id: workload/shop/web, cpu: {limit: 1}, memory: {limit: 512Mi},\n"
                                "               autoscale: {max: 5}, service: {work: 5ms}}]\n"
                                "  load: [{to: workload/shop/web, rate: 1x3}]\n"
                                "  volumes: [{id: volume/shop/v, size: 1000}]\n",
                      &errors);
    test_no_message(&errors);
    const struct workload_spec *web = &scenario->cluster->workloads[0];
    assert_true(web->replicas == 1 && web->slots == 5 + 3 + 1 && web->max_surge == 1);
    assert_true(web->cpu_request == 1 && web->memory_request == web->memory_limit);
    assert_true(web->memory_base == web->memory_limit / 2 && web->service.work_cv == 1);
    assert_false(web->service.each);
    assert_int_equal(web->liveness_failures, 0);
    assert_true(web->probe_period == 10 && web->probe_failures == 3 && web->service.concurrency == 16);
    assert_true(scenario->cluster->loads[0].sample_count == 4 && scenario->cluster->loads[0].timeout == 10);
    assert_true(scenario->cluster->volumes[0].used == 500);
    scenario_destroy(scenario);
    fault_catalogue_destroy(catalogue);
}

static void test_what_each_request_may_do_is_bounded(void **state)
{
    (void)state;
    REFUSED(HEAD NODE "  workloads: [{id: workload/shop/web, cpu: {limit: 1}, memory: {limit: 512Mi},\n"
                      "               service: {work: 5ms, requests: some}}]\n",
            "s.yaml:6: cluster.workloads[0].service.requests: expected one of batch, each, found 'some'");
    REFUSED(
        HEAD NODE "  databases: [{id: database/shop/db}]\n"
                  "  workloads: [{id: workload/shop/web, cpu: {limit: 1}, memory: {limit: 512Mi},\n"
                  "               calls: [{to: database/shop/db}, {to: database/shop/db}, {to: database/shop/db},\n"
                  "                       {to: database/shop/db}, {to: database/shop/db}, {to: database/shop/db},\n"
                  "                       {to: database/shop/db}],\n"
                  "               service: {work: 5ms, requests: each}}]\n",
        "s.yaml:10: cluster.workloads[0].service.requests: expected at most 6 calls where each is simulated, found 7");
}

static void test_fields_that_cannot_be_are_named_in_one_pass(void **state)
{
    (void)state;
    REFUSED(HEAD "  zones: [a, a]\n"
                 "  nodes: [{id: pod/default/n, cpu: 0, memory: 8Qi, zone: c}]\n"
                 "  workloads:\n"
                 "    - {id: workload/shop/web, cpu: {request: 2, limit: 1}, memory: {limit: 1Gi, base: 2Gi},\n"
                 "       rollout: {max_surge: 0}, service: {work: 0}}\n"
                 "    - {id: workload/shop/web, cpu: {limit: 1}, memory: {limit: 1Gi}, calls: [{to: x}], slots: 1}\n"
                 "  load: [{to: workload/shop/web}]\n"
                 "  volumes: [{id: volume/shop/v, size: 1Gi, used: 2Gi, logs: 0.6, temp: 0.5}]\n",
            "s.yaml:4: cluster.zones[1]: expected a name, each once, found 'a'",
            "s.yaml:5: cluster.nodes[0].id: expected node/namespace/name, found 'pod/default/n'",
            "s.yaml:5: cluster.nodes[0].cpu: expected cores such as 500m or 2, more than 0",
            "s.yaml:5: cluster.nodes[0].memory: expected a size such as 512Mi, more than 0",
            "s.yaml:5: cluster.nodes[0].zone: expected one of zones, found 'c'",
            "s.yaml:7: cluster.workloads[0].cpu.request: expected at most limit (1), found 2",
            "s.yaml:7: cluster.workloads[0].memory.base: expected less than limit (1.07374e+09): the process would be "
            "killed at once",
            "s.yaml:8: cluster.workloads[0].rollout.max_surge: expected max_surge or max_unavailable more than 0",
            "s.yaml:8: cluster.workloads[0].service.work: expected a duration such as 90s, 5m or 1h30m from 1us to "
            "365d, found '0'",
            "s.yaml:9: cluster.workloads[1].id: 'workload/shop/web' is there already, expected each once",
            "s.yaml:9: cluster.workloads[1].calls: expected service beside calls: who serves nobody calls nobody",
            "s.yaml:9: cluster.workloads[1].slots: expected at least 2: replicas or autoscale.max, and max_surge",
            "s.yaml:10: cluster.load[0].level: missing, this field must be given",
            "s.yaml:11: cluster.volumes[0].used: expected at most size (1.07374e+09)",
            "s.yaml:11: cluster.volumes[0].temp: expected logs and temp to be at most 1 together");
}

#define WEB(calls)                                                                                                     \
    "    - {id: workload/shop/web, cpu: {limit: 1}, memory: {limit: 1Gi}, service: {work: 1ms}" calls "}\n"
#define API(calls)                                                                                                     \
    "    - {id: workload/shop/api, cpu: {limit: 1}, memory: {limit: 1Gi}, service: {work: 1ms}" calls "}\n"

static void test_names_that_name_nothing_are_told(void **state)
{
    (void)state;
    REFUSED(
        HEAD NODE "  workloads:\n" WEB(
            ", volume: volume/shop/x, calls: [{to: workload/shop/none}]") "  load: [{to: pod/shop/web-1, level: 1}]\n"
                                                                          "  certificates: [{id: certificate/shop/c, "
                                                                          "of: workload/shop/no}]\n",
        "s.yaml:6: cluster.workloads.volume: expected the id of a volume of this cluster, found 'volume/shop/x'",
        "s.yaml:6: cluster.workloads.calls.to: expected a workload with a service, or a database, found "
        "'workload/shop/none'",
        "s.yaml:7: cluster.load.to: expected a workload with a service, found 'pod/shop/web-1'",
        "s.yaml:8: cluster.certificates.of: expected the id of a workload of this cluster, found "
        "'workload/shop/no'");
}

static void test_calls_make_no_circle(void **state)
{
    (void)state;
    REFUSED(HEAD NODE "  workloads:\n" WEB(", calls: [{to: workload/shop/api}]")
                API(", calls: [{to: workload/shop/web}]"),
            "s.yaml:6: cluster.workloads.calls: expected calls that do not come back to their caller, found "
            "'workload/shop/web'");
}

static void test_there_is_room_for_all_at_the_start(void **state)
{
    (void)state;
    REFUSED(HEAD NODE "  workloads:\n" WEB(", replicas: 5"),
            "s.yaml:6: cluster.workloads: expected nodes with room for all replicas' requests, found "
            "'workload/shop/web'");
}

static void test_nodes_have_a_limit_in_all(void **state)
{
    (void)state;
    REFUSED(HEAD "  nodes: [{id: node/default/n, count: 9000, cpu: 4, memory: 8Gi},\n"
                 "          {id: node/default/m, count: 1001, cpu: 4, memory: 8Gi}]\n",
            "s.yaml:4: cluster.nodes: 10001 nodes, expected at most 10000");
}

static void test_a_cluster_has_a_node(void **state)
{
    (void)state;
    REFUSED(HEAD "  workloads: []\n", "s.yaml:4: cluster.nodes: expected at least one node for the pods to run on");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_arrives),
        cmocka_unit_test(test_what_is_left_out_has_a_default),
        cmocka_unit_test(test_what_each_request_may_do_is_bounded),
        cmocka_unit_test(test_fields_that_cannot_be_are_named_in_one_pass),
        cmocka_unit_test(test_names_that_name_nothing_are_told),
        cmocka_unit_test(test_calls_make_no_circle),
        cmocka_unit_test(test_there_is_room_for_all_at_the_start),
        cmocka_unit_test(test_nodes_have_a_limit_in_all),
        cmocka_unit_test(test_a_cluster_has_a_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
