/* kube_feed_test.c - a cluster's samples on the board, or why there are none. */
#include "live/kube_feed.h"

#include "tests/kube_stub/kube_stub.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define PODS "/api/v1/pods"

struct world {
    struct kube_stub *stub;
    struct kube_config config;
    struct kube_feed *feed;
    struct board *board;
    struct inventory *inventory;
    double values[64];
    char error[HTTP_ERROR_TEXT];
};

static void put_pod(struct world *world, const char *path, const char *space, const char *name, bool ready)
{
    char text[512];

    snprintf(text, sizeof text,
             "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\",\"resourceVersion\":\"0\"},\"spec\":{},\"status\":{"
             "\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"%s\"}]}}",
             name, space, ready ? "True" : "False");
    kube_stub_put(world->stub, path, name, text);
}

static void begin(struct world *world)
{
    *world = (struct world){.stub = kube_stub_start(), .board = board_create()};
    assert_non_null(world->stub);
    kube_config_defaults(&world->config);
    world->config.access = (struct kube_settings){.url = kube_stub_url(world->stub), .timeout = HEAL_SECOND};
    world->config.stale_after = HEAL_SECOND;
}

static void follow(struct world *world)
{
    world->feed = kube_feed_create(&world->config);
    assert_non_null(world->feed);
    kube_feed_wait(world->feed, 10 * HEAL_SECOND);
    world->inventory = inventory_create();
    assert_true(kube_feed_discover(world->feed, world->inventory));
    assert_true(inventory_freeze(world->inventory));
    assert_true(board_watch(world->board, world->inventory));
    kube_feed_watch(world->feed, world->inventory);
}

static bool scan(struct world *world)
{
    world->error[0] = '\0';
    bool good = kube_feed_read(world->feed, wall_now(), &(struct board_place){world->board, 0}, world->error);
    board_take(world->board, world->values);
    return good;
}

static double value(const struct world *world, const char *series)
{
    uint32_t index = inventory_find_series(world->inventory, series, strlen(series));

    assert_true(index < 64);
    return world->values[index];
}

/* Scans until it is `good` or not; false after a while. */
static bool becomes(struct world *world, bool good)
{
    for (heal_time until = monotonic_now() + 40 * HEAL_SECOND; monotonic_now() < until;) {
        if (scan(world) == good)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    return false;
}

static void end(struct world *world)
{
    kube_feed_destroy(world->feed);
    board_destroy(world->board);
    inventory_destroy(world->inventory);
    kube_stub_stop(world->stub);
}

static void test_what_the_cluster_lacks_is_not_missed(void **state)
{
    struct world world;
    (void)state;

    begin(&world);
    put_pod(&world, PODS, "shop", "web", true);
    follow(&world); /* the stub answers 404 to all kinds but pods */
    assert_true(kube_feed_is_listed(world.feed));
    assert_true(scan(&world));
    assert_string_equal(world.error, "");
    assert_true(fabs(value(&world, "pod/shop/web:ready") - 1) < 1e-9);
    put_pod(&world, PODS, "shop", "web", false);
    for (int i = 0; i < 200 && (!scan(&world) || value(&world, "pod/shop/web:ready") > 0.5); i++)
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    assert_true(fabs(value(&world, "pod/shop/web:ready")) < 1e-9);
    end(&world);
}

static void test_namespaces_are_watched_apart(void **state)
{
    struct world world;
    (void)state;

    begin(&world);
    world.config.namespaces[0] = "shop";
    world.config.namespaces[1] = "pay";
    world.config.namespace_count = 2;
    put_pod(&world, "/api/v1/namespaces/shop/pods", "shop", "web", true);
    put_pod(&world, "/api/v1/namespaces/pay/pods", "pay", "web", true);
    put_pod(&world, PODS, "other", "web", true);
    follow(&world);
    assert_true(scan(&world));
    assert_true(fabs(value(&world, "pod/shop/web:up") - 1) < 1e-9);
    assert_true(fabs(value(&world, "pod/pay/web:up") - 1) < 1e-9);
    assert_int_equal(inventory_resource_count(world.inventory), 2);
    end(&world);
}

static void test_a_server_in_trouble_has_no_samples_and_comes_back(void **state)
{
    static const enum stub_fault FAULTS[] = {STUB_500, STUB_SILENT, STUB_429};
    struct world world;
    (void)state;

    begin(&world);
    put_pod(&world, PODS, "shop", "web", true);
    follow(&world);
    assert_true(scan(&world));
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        kube_stub_misbehave(world.stub, FAULTS[i], STUB_OTHER, "/version", UINT32_MAX);
        assert_false(scan(&world));
        assert_string_not_equal(world.error, "");
        assert_true(isnan(value(&world, "pod/shop/web:up")));
        kube_stub_misbehave(world.stub, STUB_GOOD, STUB_OTHER, "/", 0);
        assert_true(becomes(&world, true));
        assert_true(fabs(value(&world, "pod/shop/web:up") - 1) < 1e-9);
    }
    end(&world);
}

static void test_a_watch_that_cannot_go_on_is_told_when_it_is_stale(void **state)
{
    struct world world;
    (void)state;

    begin(&world);
    put_pod(&world, PODS, "shop", "web", true);
    follow(&world);
    assert_true(scan(&world));
    kube_stub_misbehave(world.stub, STUB_500, STUB_WATCH, PODS, UINT32_MAX);
    kube_stub_cut_watches(world.stub);
    assert_true(scan(&world)); /* for stale_after it is as it was */
    assert_true(becomes(&world, false));
    assert_non_null(strstr(world.error, PODS));
    assert_true(isnan(value(&world, "pod/shop/web:up")));
    kube_stub_misbehave(world.stub, STUB_GOOD, STUB_OTHER, "/", 0);
    assert_true(becomes(&world, true));
    end(&world);
}

static void test_a_cluster_that_is_away_at_the_start_is_waited_for(void **state)
{
    struct world world;
    (void)state;

    begin(&world);
    put_pod(&world, PODS, "shop", "web", true);
    kube_stub_misbehave(world.stub, STUB_500, STUB_LIST, PODS, 2);
    follow(&world);
    assert_false(kube_feed_is_listed(world.feed));
    assert_int_equal(inventory_series_count(world.inventory), 0);
    assert_false(kube_feed_is_well(world.feed, world.error));
    assert_non_null(strstr(world.error, "500"));
    for (int i = 0; i < 500 && !kube_feed_is_listed(world.feed); i++)
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    assert_true(kube_feed_is_listed(world.feed));
    assert_true(kube_feed_count(world.feed).objects == 1);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_cluster_lacks_is_not_missed),
        cmocka_unit_test(test_namespaces_are_watched_apart),
        cmocka_unit_test(test_a_server_in_trouble_has_no_samples_and_comes_back),
        cmocka_unit_test(test_a_watch_that_cannot_go_on_is_told_when_it_is_stale),
        cmocka_unit_test(test_a_cluster_that_is_away_at_the_start_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
