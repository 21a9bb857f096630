/* silence_test.c - an endpoint is dead for an hour, and comes back.
 *
 * For each: the process says so (/ready, metrics) and lives, asks with bounded pauses,
 * opens and closes nothing because of the silence, keeps its memory, goes on with what
 * other endpoints show, and is back within two scans. */
#include "tests/driven/line.h"
#include "tests/driven/live_bed.h"
#include "tests/driven/prometheus_world.h"
#include "tests/kube_stub/kube_stub.h"

#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#define POD_LIST "/api/v1/pods"
enum { PATIENCE = 120 };
static const double AWAKE = 10, ASLEEP = 240; /* times real time; an hour is 15 s */

static const char POLICY[] =
    "scan_interval: 10s\n"
    "issue_cool_down: 0\n"
    "rules:\n"
    "  - {name: memory, series: 'pod/*:memory_ratio', issue: high_memory, severity: high, above: 0.9, hold: 10s, "
    "clear_hold: 10s}\n"
    "  - {name: crash, series: 'pod/*:ready', issue: pod_crash, severity: high, below: 0.5, hold: 20s, "
    "clear_hold: 10s}\n"
    "  - {name: days, series: 'certificate/*:certificate_days', issue: certificate_expiry, severity: medium, below: "
    "30, "
    "hold: 0, clear_hold: 10s}\n"
    "strategies:\n"
    "  - name: more_memory\n"
    "    description: more memory\n"
    "    issue: high_memory\n"
    "    steps: [{action: clear_caches, timeout: 10m}]\n"
    "    attempts: 1\n"
    "    settle: 0\n"
    "    verify_hold: 10s\n"
    "    verify_within: 10m\n"
    "    prior_success: 0.8\n"
    "    prior_weight: 5\n"
    "  - name: renew\n"
    "    description: a new certificate\n"
    "    issue: certificate_expiry\n"
    "    steps: [{action: renew_certificate, timeout: 10m}]\n"
    "    attempts: 20\n"
    "    backoff: 1m\n"
    "    backoff_factor: 1.5\n"
    "    settle: 0\n"
    "    verify_hold: 10s\n"
    "    verify_within: 5m\n"
    "    prior_success: 0.8\n"
    "    prior_weight: 5\n"
    "circuit: {failures: 0, open_for: 1m}\n"
    "ladders: {high_memory: [more_memory], pod_crash: [], certificate_expiry: [renew]}\n";

/* What an Alertmanager was told. */
struct heard {
    struct http_stub *stub;
    atomic_int posts, web_fires, web_ends, api_fires, api_ends;
};

struct world {
    struct prometheus_world prometheus;
    struct kube_stub *cluster;
    struct heard heard;
    struct http_stub *issuer; /* an ACME server, of which it is only seen whether it answers */
    atomic_int orders;
    struct line *to_prometheus, *to_cluster, *to_alertmanager, *to_issuer;
    struct live_bed *bed;
    long pages; /* of memory, before the silence */
};

static void put_pod(struct world *world, const char *name, bool ready)
{
    char text[512];

    snprintf(text, sizeof text,
             "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"shop\",\"resourceVersion\":\"0\"},\"spec\":{},\"status\":{"
             "\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"%s\"}]}}",
             name, ready ? "True" : "False");
    kube_stub_put(world->cluster, POD_LIST, name, text);
}

/* An alert of a pod that is over by now, or will be only later. */
static void hear(atomic_int *fires, atomic_int *ends, const char *body, const char *pod)
{
    const char *at = strstr(body, pod), *end = at ? strstr(at, "endsAt") : NULL;
    heal_time until;

    if (!end || !heal_time_parse(end + 9, strcspn(end + 9, "\""), &until, NULL))
        return;
    atomic_fetch_add(until > driven_wall() ? fires : ends, 1);
}

static unsigned alertmanager_answer(void *context, const char *path, const char *body, char out[HTTP_STUB_ROOM])
{
    struct heard *heard = context;

    (void)path;
    atomic_fetch_add(&heard->posts, 1);
    hear(&heard->web_fires, &heard->web_ends, body, "pod/shop/web");
    hear(&heard->api_fires, &heard->api_ends, body, "pod/shop/api");
    snprintf(out, HTTP_STUB_ROOM, "{}");
    return 200;
}

static unsigned issuer_answer(void *context, const char *path, const char *body, char out[HTTP_STUB_ROOM])
{
    struct world *world = context;

    (void)path, (void)body;
    atomic_fetch_add(&world->orders, 1);
    atomic_store(&world->prometheus.days, 90);
    snprintf(out, HTTP_STUB_ROOM, "{}");
    return 200;
}

static long pages_used(void)
{
    long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &all, &resident), 2);
    fclose(file);
    return resident;
}

static int begin(void **state)
{
    static struct world world;
    char config[2048];

    driven_speed(AWAKE);
    live_bed_block();
    world = (struct world){.bed = NULL};
    prometheus_world_begin(&world.prometheus);
    world.heard.stub = http_stub_start(alertmanager_answer, &world.heard);
    world.issuer = http_stub_start(issuer_answer, &world);
    assert_true(world.heard.stub && world.issuer);
    world.to_alertmanager = line_open(http_stub_port(world.heard.stub));
    world.to_issuer = line_open(http_stub_port(world.issuer));
    assert_true(world.to_alertmanager && world.to_issuer);
    world.cluster = kube_stub_start();
    assert_non_null(world.prometheus.stub);
    assert_non_null(world.cluster);
    kube_stub_serve(world.cluster, POD_LIST);
    put_pod(&world, "front", true);
    put_pod(&world, "back", true);
    world.to_prometheus = line_open(http_stub_port(world.prometheus.stub));
    world.to_cluster = line_open((uint16_t)atoi(strrchr(kube_stub_url(world.cluster), ':') + 1));
    assert_non_null(world.to_prometheus);
    assert_non_null(world.to_cluster);
    snprintf(config, sizeof config,
             "prometheus:\n  url: http://127.0.0.1:%u\n  timeout: 5m\n  retries: 1\n  back_fill: 0\n"
             "  queries:\n    - {series: 'pod/shop/{pod}:memory_ratio', query: memory}\n"
             "    - {series: 'certificate/shop/web:certificate_days', query: days}\n"
             "alertmanager: {url: 'http://127.0.0.1:%u', timeout: 5m}\n"
             "kubernetes: {url: 'http://127.0.0.1:%u', timeout: 5m, retries: 1}\n"
             "actions:\n  - {action: clear_caches, target: 'pod/*', run: ['true']}\n"
             "  - {action: renew_certificate, target: '*', run: [curl, -fsS, 'http://127.0.0.1:%u/new-order']}\n",
             line_port(world.to_prometheus), line_port(world.to_alertmanager), line_port(world.to_cluster),
             line_port(world.to_issuer));
    world.bed = live_bed_start(POLICY, config);
    assert_true(live_bed_until(world.bed, "/ready", "\"ready\":true", PATIENCE));
    *state = &world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;

    driven_speed(1);
    live_bed_stop(world->bed);
    line_close(world->to_prometheus);
    line_close(world->to_cluster);
    line_close(world->to_alertmanager);
    line_close(world->to_issuer);
    http_stub_stop(world->heard.stub);
    http_stub_stop(world->issuer);
    http_stub_stop(world->prometheus.stub);
    kube_stub_stop(world->cluster);
    return 0;
}

static bool until_count(const struct live_bed *bed, const char *sql, int64_t count)
{
    for (int i = 0; i < PATIENCE * 20; i++) {
        if (live_bed_count(bed, sql) >= count)
            return true;
        poll(NULL, 0, 50);
    }
    return false;
}

#define ISSUES "SELECT count(*) FROM self_healing_issues"
#define CLOSED "SELECT count(*) FROM issue_facts WHERE closed_at_ns IS NOT NULL"
#define ACTIONS "SELECT count(*) FROM actions"

/* An hour of silence on a line; the number of scans in it. */
static double be_silent(struct world *world, struct line *line, const char *source)
{
    char up[96], says[64];

    snprintf(up, sizeof up, "self_healing_source_up{source=\"%s\"}", source);
    snprintf(says, sizeof says, "%s does not answer", source);
    line_cut(line, true);
    assert_true(live_bed_until_metric(world->bed, up, 0, PATIENCE));
    assert_true(live_bed_until(world->bed, "/ready", says, PATIENCE));
    world->pages = pages_used();
    double frames = live_bed_metric(world->bed, "self_healing_frames_total");
    driven_speed(ASLEEP);
    driven_pass(HEAL_HOUR);
    driven_speed(AWAKE);
    frames = live_bed_metric(world->bed, "self_healing_frames_total") - frames;
    assert_true(frames > 10); /* it went on */
    assert_true(live_bed_metric(world->bed, up) == 0);
    return frames;
}

/* Two scans and their answers: so long it may take until it is well again. */
static void come_back(struct world *world, struct line *line, const char *source, heal_duration pause)
{
    char up[96];

    snprintf(up, sizeof up, "self_healing_source_up{source=\"%s\"}", source);
    line_cut(line, false);
    heal_time back = driven_monotonic();
    assert_true(live_bed_until_metric(world->bed, up, 1, PATIENCE));
    assert_true(live_bed_until(world->bed, "/ready", "\"ready\":true", PATIENCE));
    assert_true(driven_monotonic() - back < pause + 4 * 10 * HEAL_SECOND);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) /* they keep what is freed for a while */
enum { PAGES_MORE = 512 << 8 };
#else
enum { PAGES_MORE = 4 << 8 };
#endif

static void test_an_hour_without_prometheus(void **state)
{
    struct world *world = *state;

    atomic_store(&world->prometheus.web, 95); /* one issue is open, its remedy waits to be judged */
    assert_true(until_count(world->bed, ACTIONS " WHERE outcome = 'succeeded'", 1));
    double frames = be_silent(world, world->to_prometheus, "prometheus");
    uint64_t tries = line_tries(world->to_prometheus);
    assert_true(tries >= 60);                         /* at least each minute */
    assert_true((double)tries <= 2 * 3600 / 10 + 20); /* a try and its repeat in a scan, and fewer */
    assert_true(frames > 0);
    assert_int_equal(live_bed_count(world->bed, ISSUES), 1);
    assert_int_equal(live_bed_count(world->bed, CLOSED), 0); /* nobody saw it get well */
    assert_int_equal(live_bed_count(world->bed, ACTIONS), 1);
    print_message("memory: %ld KiB more\n", 4 * (pages_used() - world->pages));
    assert_true(pages_used() - world->pages < PAGES_MORE);
    put_pod(world, "back", false); /* what the other endpoint shows is seen meanwhile */
    assert_true(until_count(world->bed, ISSUES, 2));
    put_pod(world, "back", true);
    assert_true(until_count(world->bed, CLOSED, 1));
    atomic_store(&world->prometheus.web, 40);
    come_back(world, world->to_prometheus, "prometheus", 30 * HEAL_SECOND);
    assert_true(until_count(world->bed, CLOSED, 2)); /* now it is seen */
    assert_true(until_count(world->bed, "SELECT count(*) FROM self_healing_remediations WHERE status = 'success'", 1));
    driven_pass(HEAL_MINUTE);
    assert_int_equal(live_bed_count(world->bed, ISSUES), 2);
    atomic_store(&world->prometheus.api, 95); /* and it sees what is new */
    assert_true(until_count(world->bed, ISSUES, 3));
}

static void test_an_hour_without_the_api_server(void **state)
{
    struct world *world = *state;

    put_pod(world, "back", false);
    assert_true(until_count(world->bed, ISSUES, 1));
    be_silent(world, world->to_cluster, "kubernetes");
    /* The probe, one watch, and those of kinds that the server lacks: half a minute at most between two tries. */
    uint64_t tries = line_tries(world->to_cluster);
    assert_true(tries >= 100);
    assert_true(tries <= 10 * 3600 / 10);
    assert_int_equal(live_bed_count(world->bed, ISSUES), 1);
    assert_int_equal(live_bed_count(world->bed, CLOSED), 0);
    print_message("memory: %ld KiB more\n", 4 * (pages_used() - world->pages));
    assert_true(pages_used() - world->pages < PAGES_MORE);
    atomic_store(&world->prometheus.web, 95);
    assert_true(until_count(world->bed, ISSUES, 2));
    assert_true(until_count(world->bed, ACTIONS " WHERE outcome = 'succeeded'", 1));
    put_pod(world, "back", true); /* while nobody looked */
    put_pod(world, "front", false);
    come_back(world, world->to_cluster, "kubernetes", 60 * HEAL_SECOND);
    assert_true(until_count(world->bed, CLOSED, 1));
    assert_true(until_count(world->bed, ISSUES, 3));
    put_pod(world, "front", true);
    atomic_store(&world->prometheus.web, 40);
    assert_true(until_count(world->bed, CLOSED, 3));
    assert_int_equal(live_bed_count(world->bed, ISSUES), 3);
}

static bool until_at_least(atomic_int *number, int least)
{
    for (int i = 0; i < PATIENCE * 20; i++) {
        if (atomic_load(number) >= least)
            return true;
        poll(NULL, 0, 50);
    }
    return false;
}

/* What began meanwhile is told when it is back, what ended too, and what came and went is not. */
static void test_an_hour_without_alertmanager(void **state)
{
    struct world *world = *state;
    struct heard *heard = &world->heard;

    atomic_store(&world->prometheus.web, 95);
    assert_true(until_at_least(&heard->web_fires, 1));
    assert_true(until_at_least(&heard->web_fires, 2)); /* again, so that it is not forgotten */
    line_cut(world->to_alertmanager, true);
    world->pages = pages_used();
    atomic_store(&world->prometheus.web, 40);
    assert_true(until_count(world->bed, CLOSED, 1));                               /* healed without it */
    assert_true(live_bed_until(world->bed, "/ready", "\"ready\":true", PATIENCE)); /* it only cannot tell */
    assert_true(live_bed_until_metric(world->bed, "self_healing_alerts_waiting", 1, PATIENCE));
    assert_true(live_bed_said(world->bed, "Alertmanager was not told"));
    driven_speed(ASLEEP);
    driven_pass(HEAL_HOUR);
    driven_speed(AWAKE);
    uint64_t tries = line_tries(world->to_alertmanager);
    assert_true(tries >= 60 && tries < 3600 / 5);
    atomic_store(&world->prometheus.api, 95);
    assert_true(until_count(world->bed, ISSUES, 2));
    assert_true(pages_used() - world->pages < PAGES_MORE);
    assert_int_equal(atomic_load(&heard->web_ends), 0);
    line_cut(world->to_alertmanager, false);
    heal_time back = driven_monotonic();
    assert_true(until_at_least(&heard->web_ends, 1));
    assert_true(until_at_least(&heard->api_fires, 1));
    assert_true(driven_monotonic() - back < 60 * HEAL_SECOND);
    assert_true(live_bed_until_metric(world->bed, "self_healing_alerts_waiting", 0, PATIENCE));
    assert_int_equal(atomic_load(&heard->web_ends), 1); /* once is enough */
    atomic_store(&world->prometheus.api, 40);
    assert_true(until_at_least(&heard->api_ends, 1));
}

/* Renewals fail for an hour, each later than the last; when the issuer is back the next one helps. */
static void test_an_hour_without_the_issuer_of_certificates(void **state)
{
    struct world *world = *state;

    line_cut(world->to_issuer, true);
    atomic_store(&world->prometheus.days, 20);
    assert_true(until_count(world->bed, ACTIONS " WHERE outcome = 'failed'", 1));
    driven_speed(60);
    driven_pass(HEAL_HOUR);
    driven_speed(AWAKE);
    int64_t failed = live_bed_count(world->bed, ACTIONS " WHERE kind = 'renew_certificate'");
    assert_true(failed >= 4 && failed <= 12);
    assert_int_equal(live_bed_count(world->bed, ISSUES), 1);
    assert_int_equal(live_bed_count(world->bed, CLOSED), 0);
    assert_true(live_bed_metric(world->bed, "self_healing_ready") == 1); /* it watches; a program of its failed */
    line_cut(world->to_issuer, false);
    driven_speed(60);
    assert_true(until_count(world->bed, CLOSED, 1));
    assert_int_equal(atomic_load(&world->orders), 1);
    assert_true(until_count(world->bed, "SELECT count(*) FROM self_healing_remediations WHERE status = 'success'", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_hour_without_prometheus, begin, end),
        cmocka_unit_test_setup_teardown(test_an_hour_without_the_api_server, begin, end),
        cmocka_unit_test_setup_teardown(test_an_hour_without_alertmanager, begin, end),
        cmocka_unit_test_setup_teardown(test_an_hour_without_the_issuer_of_certificates, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
