/* kube_topology_test.c - a cluster's objects as resources, edges and samples, and who stands in for whom. */
#include "live/kube_topology.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const heal_time NOW = INT64_C(1767322800) * HEAL_SECOND; /* 2026-01-02T03:00:00Z */
static const bool ALL[KUBE_KIND_COUNT] = {true, true, true, true, true, true, true, true, true};

static void put(struct kube_world *world, enum kube_kind kind, const char *text)
{
    cJSON *object = cJSON_Parse(text);

    assert_non_null(object);
    kube_world_put(world, 0, kube_facts_read(kind, object, 0), NOW);
    cJSON_Delete(object);
}

/* A pod of ReplicaSet web-7f, or of what `owner` says. */
static void put_pod(struct kube_world *world, const char *name, const char *owner, bool well, int restarts,
                    bool leaving)
{
    char text[1024];

    snprintf(text, sizeof text,
             "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"shop\",\"creationTimestamp\":\"2026-01-02T0%c:00:00Z\"%s,"
             "\"ownerReferences\":[{\"kind\":\"%s\",\"name\":\"web%s\",\"controller\":true}]},\"spec\":{\"nodeName\":"
             "\"n1\",\"volumes\":[{\"persistentVolumeClaim\":{\"claimName\":\"data\"}}]},\"status\":{\"phase\":"
             "\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"%s\"}],\"containerStatuses\":[{"
             "\"restartCount\":%d,\"state\":{\"%s\":{\"reason\":\"CrashLoopBackOff\"}}}]}}",
             name, name[strlen(name) - 1], leaving ? ",\"deletionTimestamp\":\"2026-01-02T03:00:00Z\"" : "", owner,
             strcmp(owner, "ReplicaSet") == 0 ? "-7f" : "", well ? "True" : "False", restarts,
             well ? "running" : "waiting");
    put(world, KUBE_POD, text);
}

static void put_set(struct kube_world *world, const char *name, int replicas)
{
    char text[512];

    snprintf(
        text, sizeof text,
        "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"shop\",\"ownerReferences\":[{\"kind\":\"Deployment\",\"name\":"
        "\"web\",\"controller\":true}]},\"spec\":{\"replicas\":%d}}",
        name, replicas);
    put(world, KUBE_REPLICA_SET, text);
}

static void put_workload(struct kube_world *world, int wanted, int ready)
{
    char text[256];

    snprintf(text, sizeof text,
             "{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\"},\"spec\":{\"replicas\":%d},\"status\":{"
             "\"readyReplicas\":%d}}",
             wanted, ready);
    put(world, KUBE_DEPLOYMENT, text);
}

static struct inventory *discover(struct kube_world *world)
{
    struct inventory *inventory = inventory_create();

    assert_true(kube_world_discover(world, inventory));
    assert_true(inventory_freeze(inventory));
    return inventory;
}

static bool has_edge(const struct inventory *inventory, const char *source, enum relation relation, const char *target)
{
    uint32_t from = inventory_find_resource(inventory, source, strlen(source));
    uint32_t to = inventory_find_resource(inventory, target, strlen(target));
    size_t count;
    const struct inventory_edge *edges = inventory_edges(inventory, &count);

    for (size_t i = 0; i < count; i++) {
        if (edges[i].source == from && edges[i].relation == relation && edges[i].target == to)
            return true;
    }
    return false;
}

/* The last value of one series. */
struct wanted {
    const char *series;
    double value;
    unsigned told;
};

static void take(void *context, const char *series, double value)
{
    struct wanted *wanted = context;

    if (strcmp(series, wanted->series) != 0)
        return;
    wanted->value = value;
    wanted->told++;
}

static double value_at(struct kube_world *world, heal_time now, const char *series)
{
    struct wanted wanted = {.series = series, .value = NAN};

    kube_world_read(world, now, ALL, (struct kube_sink){&wanted, take});
    assert_true(wanted.told <= 1);
    return wanted.value;
}

static bool is(struct kube_world *world, const char *series, double value)
{
    double found = value_at(world, NOW, series);

    return isnan(value) ? isnan(found) : fabs(found - value) < 1e-9;
}

static struct kube_world *shop(void)
{
    struct kube_world *world = kube_world_create();

    put(world, KUBE_NODE,
        "{\"metadata\":{\"name\":\"n1\"},\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}");
    put_workload(world, 2, 2);
    put_set(world, "web-7f", 2);
    put_set(world, "web-6e", 0);
    put_pod(world, "web-7f-1", "ReplicaSet", true, 0, false);
    put_pod(world, "web-7f-2", "ReplicaSet", true, 0, false);
    return world;
}

static void test_pods_are_owned_run_and_mount(void **state)
{
    struct kube_world *world = shop();
    struct inventory *inventory = discover(world);
    (void)state;

    assert_true(has_edge(inventory, "pod/shop/web-7f-1", RELATION_OWNED_BY, "workload/shop/web"));
    assert_true(has_edge(inventory, "pod/shop/web-7f-2", RELATION_RUNS_ON, "node/default/n1"));
    assert_true(has_edge(inventory, "pod/shop/web-7f-1", RELATION_MOUNTS, "volume/shop/data"));
    assert_int_equal(inventory_series_count(inventory), 1 + 2 + 2 * 6);
    assert_true(is(world, "pod/shop/web-7f-1:up", 1));
    assert_true(is(world, "node/default/n1:ready", 1));
    assert_true(is(world, "workload/shop/web:replicas_ready_ratio", 1));
    inventory_destroy(inventory);
    kube_world_destroy(world);
}

static void test_the_order_of_arrival_does_not_matter(void **state)
{
    struct kube_world *one = shop(), *other = kube_world_create();
    (void)state;

    put_pod(other, "web-7f-2", "ReplicaSet", true, 0, false);
    put_pod(other, "web-7f-1", "ReplicaSet", true, 0, false);
    put_set(other, "web-6e", 0);
    put_set(other, "web-7f", 2);
    put_workload(other, 2, 2);
    put(other, KUBE_NODE, "{\"metadata\":{\"name\":\"n1\"},\"status\":{}}");
    struct inventory *first = discover(one), *second = discover(other);
    assert_int_equal(inventory_series_count(first), inventory_series_count(second));
    for (uint32_t i = 0; i < inventory_series_count(first); i++)
        assert_string_equal(inventory_series_id(first, i), inventory_series_id(second, i));
    inventory_destroy(first);
    inventory_destroy(second);
    kube_world_destroy(one);
    kube_world_destroy(other);
}

static void test_a_new_list_takes_away_what_it_lacks(void **state)
{
    struct kube_world *world = shop();
    (void)state;

    kube_world_begin(world, KUBE_POD, 0);
    put_pod(world, "web-7f-2", "ReplicaSet", true, 0, false);
    assert_int_equal(kube_world_count(world, KUBE_POD), 2);
    kube_world_end(world, KUBE_POD, 1); /* another namespace's watch */
    assert_int_equal(kube_world_count(world, KUBE_POD), 2);
    kube_world_end(world, KUBE_POD, 0);
    assert_int_equal(kube_world_count(world, KUBE_POD), 1);
    assert_true(is(world, "pod/shop/web-7f-1:up", NAN));
    kube_world_destroy(world);
}

static void test_many_come_and_go(void **state)
{
    struct kube_world *world = kube_world_create();
    char name[32];
    (void)state;

    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "p-%d-1", i);
        put_pod(world, name, "StatefulSet", true, 0, false);
        snprintf(name, sizeof name, "shop/p-%d-1", i - 10);
        if (i >= 10)
            kube_world_gone(world, KUBE_POD, name);
    }
    assert_int_equal(kube_world_count(world, KUBE_POD), 10);
    assert_true(is(world, "pod/shop/p-4995-1:up", 1));
    kube_world_destroy(world);
}

static void test_restarts_of_the_last_hour_are_counted(void **state)
{
    struct kube_world *world = shop();
    (void)state;

    put_pod(world, "web-7f-1", "ReplicaSet", true, 5, false);
    assert_true(is(world, "pod/shop/web-7f-1:restarts_total", 5));
    assert_true(is(world, "pod/shop/web-7f-1:restarts_per_hour", 5));
    assert_true(fabs(value_at(world, NOW + HEAL_HOUR + 1, "pod/shop/web-7f-1:restarts_per_hour")) < 1e-9);
    assert_true(is(world, "pod/shop/web-7f-2:restarts_per_hour", 0));
    put_pod(world, "web-7f-1", "ReplicaSet", true, 0, false); /* another of that name */
    assert_true(is(world, "pod/shop/web-7f-1:restarts_per_hour", 0));
    kube_world_destroy(world);
}

static void test_a_new_pod_stands_in_for_a_deleted_one(void **state)
{
    struct kube_world *world = shop();
    struct inventory *inventory = discover(world);
    char name[SERIES_ID_MAX + 1];
    (void)state;

    kube_world_watch(world, inventory);
    put_pod(world, "web-7f-1", "ReplicaSet", false, 4, false);
    assert_true(is(world, "pod/shop/web-7f-1:crash_loop", 1));
    put_workload(world, 2, 1);
    put_pod(world, "web-7f-1", "ReplicaSet", false, 4, true); /* somebody deletes it */
    assert_true(is(world, "pod/shop/web-7f-1:crash_loop", NAN));
    assert_false(kube_world_stand_in(world, "pod/shop/web-7f-1", name));
    put_pod(world, "web-7f-3", "ReplicaSet", false, 1, false);
    assert_true(is(world, "pod/shop/web-7f-1:crash_loop", 1)); /* the new one is no better */
    assert_true(kube_world_stand_in(world, "pod/shop/web-7f-1", name));
    assert_string_equal(name, "pod/shop/web-7f-3");
    kube_world_gone(world, KUBE_POD, "shop/web-7f-1");
    kube_world_gone(world, KUBE_POD, "shop/web-7f-3");
    put_pod(world, "web-7f-4", "ReplicaSet", true, 0, false);
    assert_true(is(world, "pod/shop/web-7f-1:crash_loop", 0));
    assert_true(kube_world_stand_in(world, "pod/shop/web-7f-1", name));
    assert_string_equal(name, "pod/shop/web-7f-4");
    kube_world_watch(world, NULL);
    assert_true(is(world, "pod/shop/web-7f-1:crash_loop", NAN));
    inventory_destroy(inventory);
    kube_world_destroy(world);
}

static void test_nobody_stands_in_twice_nor_for_another_workload(void **state)
{
    struct kube_world *world = shop();
    put_pod(world, "db-1", "StatefulSet", true, 0, false);
    struct inventory *inventory = discover(world);
    char name[SERIES_ID_MAX + 1];
    (void)state;

    kube_world_watch(world, inventory);
    put_workload(world, 2, 0);
    kube_world_gone(world, KUBE_POD, "shop/web-7f-1");
    kube_world_gone(world, KUBE_POD, "shop/web-7f-2");
    put_pod(world, "db-2", "Job", true, 0, false);
    put_pod(world, "web-7f-3", "ReplicaSet", true, 0, false);
    assert_true(is(world, "pod/shop/web-7f-1:up", 1));
    assert_true(is(world, "pod/shop/web-7f-2:up", NAN)); /* the workload still lacks one */
    assert_false(kube_world_stand_in(world, "pod/shop/web-7f-2", name));
    put_workload(world, 1, 1); /* scaled in: nothing is missing */
    assert_true(is(world, "pod/shop/web-7f-2:up", 1));
    inventory_destroy(inventory);
    kube_world_destroy(world);
}

static void test_a_stateful_pod_comes_back_as_itself(void **state)
{
    struct kube_world *world = kube_world_create();
    put_pod(world, "web-1", "StatefulSet", false, 3, false);
    put_pod(world, "web-2", "StatefulSet", true, 0, false);
    struct inventory *inventory = discover(world);
    char name[SERIES_ID_MAX + 1];
    (void)state;

    kube_world_watch(world, inventory);
    kube_world_gone(world, KUBE_POD, "shop/web-1");
    put_pod(world, "web-1", "StatefulSet", true, 0, false);
    assert_true(is(world, "pod/shop/web-1:crash_loop", 0));
    assert_false(kube_world_stand_in(world, "pod/shop/web-1", name));
    inventory_destroy(inventory);
    kube_world_destroy(world);
}

static void put_report(struct kube_world *world, const char *name, const char *set, int critical)
{
    char text[512];

    snprintf(text, sizeof text,
             "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"shop\",\"labels\":{\"trivy-operator.resource.kind\":"
             "\"ReplicaSet\",\"trivy-operator.resource.name\":\"%s\"}},\"report\":{\"summary\":{\"criticalCount\":%d,"
             "\"highCount\":0,\"mediumCount\":9,\"lowCount\":0}}}",
             name, set, critical);
    put(world, KUBE_VULNERABILITY, text);
}

static void test_reports_add_up_and_old_revisions_do_not_count(void **state)
{
    struct kube_world *world = shop();
    (void)state;

    put_report(world, "a", "web-7f", 1);
    put_report(world, "b", "web-7f", 2);
    put_report(world, "old", "web-6e", 40);
    put_report(world, "unknown", "other-1", 7);
    struct inventory *inventory = discover(world);
    assert_true(is(world, "workload/shop/web:critical_vulnerabilities", 3));
    assert_true(is(world, "workload/shop/web:vulnerability_count_medium", 18));
    assert_int_not_equal(inventory_find_series(inventory, "workload/shop/web:high_vulnerabilities", 38), SERIES_NONE);
    inventory_destroy(inventory);
    kube_world_destroy(world);
}

static void test_what_is_not_fresh_is_not_told(void **state)
{
    struct kube_world *world = shop();
    bool fresh[KUBE_KIND_COUNT] = {[KUBE_NODE] = true};
    struct wanted pod = {.series = "pod/shop/web-7f-1:up"}, node = {.series = "node/default/n1:ready"};
    (void)state;

    kube_world_read(world, NOW, fresh, (struct kube_sink){&pod, take});
    kube_world_read(world, NOW, fresh, (struct kube_sink){&node, take});
    assert_int_equal(pod.told, 0);
    assert_int_equal(node.told, 1);
    kube_world_destroy(world);
}

/* A name that no inventory takes (found by the fuzzer) hinders no other. */
static void test_a_name_that_is_none_hinders_no_other(void **state)
{
    struct kube_world *world = shop();
    struct inventory *inventory = inventory_create();
    (void)state;

    put(world, KUBE_NODE, "{\"metadata\":{\"name\":\"a b\"}}");
    put_pod(world, "a:b", "ReplicaSet", true, 0, false);
    assert_false(kube_world_discover(world, inventory));
    assert_true(inventory_freeze(inventory));
    assert_true(inventory_find_resource(inventory, "pod/shop/web-7f-1", 17) != RESOURCE_NONE);
    assert_true(inventory_find_resource(inventory, "workload/shop/web", 17) != RESOURCE_NONE);
    inventory_destroy(inventory);
    kube_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pods_are_owned_run_and_mount),
        cmocka_unit_test(test_the_order_of_arrival_does_not_matter),
        cmocka_unit_test(test_a_new_list_takes_away_what_it_lacks),
        cmocka_unit_test(test_many_come_and_go),
        cmocka_unit_test(test_restarts_of_the_last_hour_are_counted),
        cmocka_unit_test(test_a_new_pod_stands_in_for_a_deleted_one),
        cmocka_unit_test(test_nobody_stands_in_twice_nor_for_another_workload),
        cmocka_unit_test(test_a_stateful_pod_comes_back_as_itself),
        cmocka_unit_test(test_reports_add_up_and_old_revisions_do_not_count),
        cmocka_unit_test(test_what_is_not_fresh_is_not_told),
        cmocka_unit_test(test_a_name_that_is_none_hinders_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
