/* kube_watch_test.c - whatever the server does, what it holds comes out whole. */
#include "live/kube_watch.h"

#include "live/mailbox.h"
#include "tests/kube_stub/kube_stub.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PODS "/api/v1/pods"
enum { KEYS = 4000 };

/* What a follower knows: the last value of each object, -1 for none. */
struct known {
    pthread_mutex_t mutex;
    int value[KEYS];
    bool listed[KEYS], listing;
    uint64_t puts;
};

struct world {
    struct kube_stub *stub;
    struct kube_settings settings;
    struct kube_watch *watch;
    struct known *known;
};

static void begin(void *context)
{
    struct known *known = context;

    pthread_mutex_lock(&known->mutex);
    memset(known->listed, 0, sizeof known->listed);
    known->listing = true;
    pthread_mutex_unlock(&known->mutex);
}

static int field(const cJSON *object, const char *name)
{
    return atoi(cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetObjectItem(object, "metadata"), name)));
}

static void put(void *context, const cJSON *object)
{
    struct known *known = context;

    pthread_mutex_lock(&known->mutex);
    known->value[field(object, "name")] = field(object, "value");
    known->listed[field(object, "name")] = true;
    known->puts++;
    pthread_mutex_unlock(&known->mutex);
}

static void gone(void *context, const cJSON *object)
{
    struct known *known = context;

    pthread_mutex_lock(&known->mutex);
    known->value[field(object, "name")] = -1;
    pthread_mutex_unlock(&known->mutex);
}

static void end(void *context)
{
    struct known *known = context;

    pthread_mutex_lock(&known->mutex);
    for (size_t i = 0; i < KEYS; i++)
        known->value[i] = known->listed[i] ? known->value[i] : -1;
    known->listing = false;
    pthread_mutex_unlock(&known->mutex);
}

static void set(struct world *world, int name, int value)
{
    char key[16], text[160];

    snprintf(key, sizeof key, "%d", name);
    snprintf(text, sizeof text, "{\"metadata\":{\"name\":\"%d\",\"value\":\"%d\",\"resourceVersion\":\"0\"}}", name,
             value);
    kube_stub_put(world->stub, PODS, key, value < 0 ? NULL : text);
}

static struct world world_of(void)
{
    struct world world = {.stub = kube_stub_start(), .known = calloc(1, sizeof *world.known)};

    assert_non_null(world.stub);
    kube_stub_serve(world.stub, PODS);
    pthread_mutex_init(&world.known->mutex, NULL);
    memset(world.known->value, 0xff, sizeof world.known->value);
    world.settings = (struct kube_settings){.url = kube_stub_url(world.stub), .timeout = HEAL_SECOND};
    return world;
}

static void start(struct world *world, bool optional)
{
    struct kube_watch_settings settings = {
        .server = &world->settings,
        .path = PODS,
        .page = 7,
        .optional = optional,
        .first = 20 * HEAL_MILLISECOND,
        .sink = {.context = world->known, .begin = begin, .put = put, .gone = gone, .end = end}};

    world->watch = kube_watch_create(&settings);
    assert_non_null(world->watch);
}

static void stop(struct world *world)
{
    kube_watch_destroy(world->watch);
    kube_stub_stop(world->stub);
    pthread_mutex_destroy(&world->known->mutex);
    free(world->known);
}

static struct kube_watch_state look(struct world *world)
{
    struct kube_watch_state state;

    kube_watch_look(world->watch, &state);
    return state;
}

/* Waits until object `name` is `value`. */
static bool comes_to(struct world *world, int name, int value)
{
    for (heal_time until = monotonic_now() + 20 * HEAL_SECOND; monotonic_now() < until;) {
        pthread_mutex_lock(&world->known->mutex);
        bool there = world->known->value[name] == value && !world->known->listing;
        pthread_mutex_unlock(&world->known->mutex);
        if (there)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return false;
}

static void test_a_list_in_pages_and_what_follows(void **state)
{
    struct world world = world_of();
    (void)state;

    for (int i = 0; i < 20; i++)
        set(&world, i, i);
    start(&world, false);
    for (int i = 0; i < 20; i++)
        assert_true(comes_to(&world, i, i));
    assert_int_equal(kube_stub_calls(world.stub, STUB_LIST), 3); /* pages of seven */
    set(&world, 3, 33);
    set(&world, 4, -1);
    set(&world, 20, 20);
    assert_true(comes_to(&world, 20, 20));
    assert_true(comes_to(&world, 3, 33));
    assert_true(comes_to(&world, 4, -1));
    assert_int_equal(look(&world).events, 3);
    assert_true(look(&world).watching);
    stop(&world);
}

static void test_a_cut_stream_loses_nothing_and_lists_nothing_again(void **state)
{
    struct world world = world_of();
    (void)state;

    set(&world, 0, 0);
    start(&world, false);
    assert_true(comes_to(&world, 0, 0));
    for (int i = 1; i <= 5; i++) {
        while (!look(&world).watching)
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        kube_stub_cut_watches(world.stub);
        set(&world, i, i);
        assert_true(comes_to(&world, i, i));
    }
    assert_int_equal(look(&world).lists, 1);
    assert_int_equal(look(&world).events, 5);
    assert_int_equal(world.known->puts, 6);
    stop(&world);
}

static void test_a_forgotten_history_is_listed_again(void **state)
{
    struct world world = world_of();
    (void)state;

    set(&world, 0, 0);
    set(&world, 1, 1);
    start(&world, false);
    assert_true(comes_to(&world, 1, 1));
    kube_stub_forget(world.stub);
    set(&world, 1, -1); /* its deletion is in no stream that is followed */
    set(&world, 2, 2);
    assert_true(comes_to(&world, 2, 2));
    assert_true(comes_to(&world, 1, -1));
    assert_int_equal(look(&world).lists, 2);
    kube_stub_misbehave(world.stub, STUB_GONE, STUB_WATCH, PODS, 1); /* at once, as an answer and not an event */
    kube_stub_cut_watches(world.stub);
    set(&world, 3, 3);
    assert_true(comes_to(&world, 3, 3));
    assert_int_equal(look(&world).lists, 3);
    stop(&world);
}

static void test_a_list_that_expires_between_pages_begins_anew(void **state)
{
    struct world world = world_of();
    (void)state;

    for (int i = 0; i < 20; i++)
        set(&world, i, i);
    kube_stub_misbehave(world.stub, STUB_GONE, STUB_LIST, PODS, 1);
    start(&world, false);
    assert_true(comes_to(&world, 19, 19));
    assert_int_equal(look(&world).lists, 1);
    assert_int_equal(look(&world).failures, 1);
    stop(&world);
}

static void test_bookmarks_move_a_quiet_watch_on(void **state)
{
    struct world world = world_of();
    (void)state;

    set(&world, 0, 0);
    start(&world, false);
    assert_true(comes_to(&world, 0, 0));
    for (int i = 0; i < 10; i++)
        kube_stub_put(world.stub, "/api/v1/nodes", "n", "{\"metadata\":{\"resourceVersion\":\"0\"}}");
    nanosleep(&(struct timespec){.tv_sec = 2, .tv_nsec = 500000000}, NULL); /* a bookmark each second */
    kube_stub_forget(world.stub); /* the watch is past the other collection's changes; only the last step is lost */
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    assert_int_equal(look(&world).events, 0);
    set(&world, 0, 1);
    assert_true(comes_to(&world, 0, 1));
    stop(&world);
}

static void test_a_server_that_is_ill_is_waited_for(void **state)
{
    static const enum stub_fault FAULTS[] = {STUB_500, STUB_429, STUB_GARBAGE, STUB_CUT, STUB_SLOW, STUB_SILENT};
    (void)state;

    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        for (enum stub_call call = STUB_LIST; call <= STUB_WATCH; call++) {
            struct world world = world_of();
            set(&world, 0, 0);
            world.settings.timeout = 400 * HEAL_MILLISECOND;
            kube_stub_misbehave(world.stub, FAULTS[i], call, PODS, 2);
            start(&world, false);
            assert_true(comes_to(&world, 0, 0));
            set(&world, 0, 1);
            assert_true(comes_to(&world, 0, 1));
            stop(&world);
        }
    }
}

static void test_what_the_server_lacks_is_absent_and_no_failure(void **state)
{
    static const enum stub_fault FAULTS[] = {STUB_403, STUB_404};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct world world = world_of();
        kube_stub_misbehave(world.stub, FAULTS[i], STUB_LIST, PODS, UINT32_MAX);
        start(&world, true);
        while (!look(&world).tried)
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        assert_true(look(&world).absent);
        assert_int_equal(look(&world).failures, 0);
        stop(&world);
        world = world_of();
        kube_stub_misbehave(world.stub, FAULTS[i], STUB_LIST, PODS, UINT32_MAX);
        start(&world, false);
        while (!look(&world).tried)
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        assert_false(look(&world).absent);
        assert_non_null(strstr(look(&world).error, i == 0 ? "403" : "404"));
        stop(&world);
    }
}

static void test_a_token_that_expires_under_it_is_read_anew(void **state)
{
    struct world world = world_of();
    char path[] = "/tmp/selfheal-token-XXXXXX";
    (void)state;

    int file = mkstemp(path);
    assert_int_equal(write(file, "old", 3), 3);
    kube_stub_token(world.stub, "old");
    world.settings.token_file = path;
    set(&world, 0, 0);
    start(&world, false);
    assert_true(comes_to(&world, 0, 0));
    kube_stub_token(world.stub, "new");
    kube_stub_cut_watches(world.stub);
    while (look(&world).failures < 2)
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    assert_int_equal(pwrite(file, "new", 3, 0), 3);
    set(&world, 0, 1);
    assert_true(comes_to(&world, 0, 1));
    assert_int_equal(look(&world).lists, 1);
    close(file);
    unlink(path);
    stop(&world);
}

/* A storm with cuts and forgetting in it: the end is the same as on the server. */
static void test_a_storm_ends_where_the_server_is(void **state)
{
    struct world world = world_of();
    unsigned seed = 20261124;
    (void)state;

    printf("seed %u\n", seed);
    start(&world, false);
    int last[KEYS];
    for (int i = 0; i < KEYS; i++)
        last[i] = -1;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1103515245u + 12345u;
        int name = (int)(seed >> 8) % KEYS;
        last[name] = (seed >> 4) % 5 == 0 ? -1 : i;
        set(&world, name, last[name]);
        if (i % 4000 == 1999)
            kube_stub_cut_watches(world.stub);
        if (i % 7000 == 6999)
            kube_stub_forget(world.stub);
    }
    for (int i = 0; i < KEYS; i++)
        assert_true(comes_to(&world, i, last[i]));
    assert_true(look(&world).lists > 1);
    stop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_in_pages_and_what_follows),
        cmocka_unit_test(test_a_cut_stream_loses_nothing_and_lists_nothing_again),
        cmocka_unit_test(test_a_forgotten_history_is_listed_again),
        cmocka_unit_test(test_a_list_that_expires_between_pages_begins_anew),
        cmocka_unit_test(test_bookmarks_move_a_quiet_watch_on),
        cmocka_unit_test(test_a_server_that_is_ill_is_waited_for),
        cmocka_unit_test(test_what_the_server_lacks_is_absent_and_no_failure),
        cmocka_unit_test(test_a_token_that_expires_under_it_is_read_anew),
        cmocka_unit_test(test_a_storm_ends_where_the_server_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
