/* churn_test.c - pods come and go, all of them each hour: what is watched stays as many, and so does
 * the memory. CHURN=200 in the environment makes it 200,000 pods. */
#include "tests/driven/clock.h"
#include "tests/driven/http_stub.h"
#include "tests/driven/live_bed.h"

#include <malloc.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PODS = 1000, SERIES_OF_POD = 2, PATIENCE = 60 };
static const double SPEED = 1000;

static const char POLICY[] = "scan_interval: 4m\n"
                             "rules:\n"
                             "  - {name: memory, series: 'pod/*:memory_ratio', issue: high_memory, above: 0.9, "
                             "baseline: true, deviation: 8, min_change: 0.2}\n";

/* Each query gives a sample of each pod of this generation. */
static unsigned answer(void *context, const char *path, const char *body, char out[HTTP_STUB_ROOM])
{
    int generation = atomic_load((atomic_int *)context);
    size_t used =
        (size_t)snprintf(out, HTTP_STUB_ROOM, "{\"status\":\"success\",\"data\":{\"resultType\":\"%s\",\"result\":[",
                         strstr(path, "range") ? "matrix" : "vector");

    (void)body;
    for (int i = 0; i < PODS && !strstr(path, "range"); i++)
        used += (size_t)snprintf(out + used, HTTP_STUB_ROOM - used,
                                 "%s{\"metric\":{\"pod\":\"web-%d-%d\"},\"value\":[1,\"0.%d\"]}", i > 0 ? "," : "",
                                 generation, i, 40 + i % 10);
    snprintf(out + used, HTTP_STUB_ROOM - used, "]}}");
    return 200;
}

static long kibibytes(void)
{
    long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &all, &resident), 2);
    fclose(file);
    return 4 * resident;
}

static void test_pods_that_are_gone_are_forgotten(void **state)
{
    const char *wanted = getenv("CHURN");
    int generations = wanted ? atoi(wanted) : 8;
    atomic_int generation = 0;
    long early = 0, most = 0;
    char config[512];

    (void)state;
    assert_true(generations >= 6);
    driven_speed(SPEED);
    live_bed_block();
    struct http_stub *stub = http_stub_start(answer, &generation);
    assert_non_null(stub);
    snprintf(config, sizeof config,
             "rediscover: 5m\nprometheus:\n  url: http://127.0.0.1:%u\n  timeout: 10m\n  back_fill: 0\n  queries:\n"
             "    - {series: 'pod/shop/{pod}:memory_ratio', query: memory}\n"
             "    - {series: 'pod/shop/{pod}:other_ratio', query: other}\n",
             http_stub_port(stub));
    struct live_bed *bed = live_bed_start(POLICY, config);
    for (int i = 0; i < generations; i++) {
        char sql[128];
        atomic_store(&generation, i);
        snprintf(sql, sizeof sql, "SELECT count(*) FROM resources WHERE name = 'pod/shop/web-%d-%d'", i, PODS - 1);
        for (int tries = 0; live_bed_count(bed, sql) != 1; tries++) { /* it is watched */
            assert_true(tries < PATIENCE * 20);
            poll(NULL, 0, 50);
        }
        driven_pass(65 * HEAL_MINUTE);
        /* This generation, and at most the two before: of the last hour, and of the chapter that still lasts. */
        double series = live_bed_metric(bed, "self_healing_series");
        assert_true(series >= PODS * SERIES_OF_POD && series <= 3.0 * PODS * SERIES_OF_POD);
        if (i == 3)
            early = kibibytes();
        most = kibibytes() > most ? kibibytes() : most;
        if (i % 20 == 19)
            print_message("%d pods so far: %ld KiB, of them %zu in use\n", (i + 1) * PODS, kibibytes(),
                          mallinfo2().uordblks / 1024);
    }
    print_message("%d pods, %.0f series watched, %ld KiB after 4 generations, %ld at most\n", generations * PODS,
                  live_bed_metric(bed, "self_healing_series"), early, most);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they keep what is freed for a while */
    assert_true(most - early < 24 << 10);                           /* SQLite fills its cache, 16 MB */
#endif
    driven_speed(1);
    live_bed_stop(bed);
    http_stub_stop(stub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pods_that_are_gone_are_forgotten)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
