/* clock_jump_test.c - the wall clock is set by hours under a live process: no deadline
 * passes, nobody goes blind, windows hold as the wall clock says, and it comes back. */
#include "tests/driven/live_bed.h"
#include "tests/driven/prometheus_world.h"

#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PATIENCE = 90 };
static const heal_time NOON = 20522 * HEAL_DAY + 12 * HEAL_HOUR; /* of a Tuesday */

static const char POLICY[] =
    "scan_interval: 5s\n"
    "issue_cool_down: 0\n"
    "rules:\n"
    "  - {name: memory, series: 'pod/*:memory_ratio', issue: high_memory, severity: high, above: 0.9, hold: 5s, "
    "clear_hold: 5s}\n"
    "windows:\n"
    "  - {name: afternoon, resources: '*', from: '14:00', to: '16:00', freeze: true}\n"
    "strategies:\n"
    "  - name: more_memory\n"
    "    description: more memory\n"
    "    issue: high_memory\n"
    "    steps: [{action: clear_caches, timeout: 10m}]\n"
    "    settle: 5s\n"
    "    verify_hold: 5s\n"
    "    verify_within: 30m\n"
    "    prior_success: 0.8\n"
    "    prior_weight: 5\n"
    "ladders: {high_memory: [more_memory]}\n";

struct world {
    struct prometheus_world prometheus;
    struct live_bed *bed;
};

static int begin(void **state)
{
    static struct world world;
    char config[1024];

    driven_speed(1);
    driven_set_wall(NOON - driven_wall());
    driven_speed(10);
    live_bed_block();
    prometheus_world_begin(&world.prometheus);
    assert_non_null(world.prometheus.stub);
    snprintf(config, sizeof config,
             "prometheus:\n  url: http://127.0.0.1:%u\n  timeout: 2m\n  back_fill: 0\n"
             "  queries: [{series: 'pod/shop/{pod}:memory_ratio', query: memory}]\n"
             "actions: [{action: clear_caches, target: 'pod/*', run: ['true']}]\n",
             http_stub_port(world.prometheus.stub));
    world.bed = live_bed_start(POLICY, config);
    assert_true(live_bed_until(world.bed, "/ready", "\"ready\":true", PATIENCE));
    *state = &world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;

    live_bed_stop(world->bed);
    http_stub_stop(world->prometheus.stub);
    driven_speed(1);
    return 0;
}

#define DONE "SELECT count(*) FROM actions WHERE kind = 'clear_caches'"

static bool until_count(const struct live_bed *bed, const char *sql, int64_t count)
{
    for (int i = 0; i < PATIENCE * 20; i++) {
        if (live_bed_count(bed, sql) >= count)
            return true;
        poll(NULL, 0, 50);
    }
    return false;
}

/* Between act and verdict: the remedy is not called a failure because it is "three hours later". */
static void test_a_remedy_at_work_is_judged_as_if_nothing_had_happened(void **state)
{
    struct world *world = *state;

    atomic_store(&world->prometheus.web, 95);
    assert_true(until_count(world->bed, DONE, 1));
    driven_set_wall(9 * HEAL_HOUR); /* past the window */
    assert_true(live_bed_until(world->bed, "/ready", "the clock was set", PATIENCE));
    assert_true(live_bed_metric(world->bed, "self_healing_clock_offset_seconds") > 8.9 * 3600);
    assert_true(live_bed_metric(world->bed, "self_healing_auto_remediation") == 0);
    assert_true(live_bed_metric(world->bed, "self_healing_ready") == 0);
    assert_true(live_bed_said(world->bed, "the clock was set forward by"));
    driven_pass(5 * HEAL_MINUTE);
    assert_int_equal(
        live_bed_count(world->bed, "SELECT count(*) FROM self_healing_remediations WHERE status = 'running'"), 1);
    atomic_store(&world->prometheus.web, 40); /* it helped */
    assert_true(until_count(world->bed, "SELECT count(*) FROM self_healing_remediations WHERE status = 'success'", 1));
    assert_true(live_bed_until(world->bed, "/ready", "\"ready\":true", PATIENCE)); /* by itself */
    assert_true(live_bed_metric(world->bed, "self_healing_clock_offset_seconds") == 0);
    assert_true(live_bed_metric(world->bed, "self_healing_clock_steps_total") == 1);
    assert_true(live_bed_until_metric(world->bed, "self_healing_auto_remediation", 1, PATIENCE));
    assert_int_equal(live_bed_count(world->bed, DONE), 1);
    assert_int_equal(atomic_load(&world->prometheus.strange), 0);
}

/* Set into a freeze window nothing is done; set back out of it, it is. */
static void test_windows_hold_as_the_wall_clock_says(void **state)
{
    struct world *world = *state;

    driven_set_wall(3 * HEAL_HOUR); /* 15:00 */
    assert_true(live_bed_until_metric(world->bed, "self_healing_clock_steps_total", 1, PATIENCE));
    assert_true(live_bed_until(world->bed, "/ready", "\"ready\":true", PATIENCE));
    atomic_store(&world->prometheus.web, 95);
    assert_true(until_count(world->bed, "SELECT count(*) FROM self_healing_issues", 1));
    driven_pass(2 * HEAL_MINUTE);
    assert_int_equal(live_bed_count(world->bed, DONE), 0);
    driven_set_wall(-2 * HEAL_HOUR); /* 13:00 */
    assert_true(live_bed_until_metric(world->bed, "self_healing_clock_steps_total", 2, PATIENCE));
    assert_true(until_count(world->bed, DONE, 1));
    atomic_store(&world->prometheus.web, 40);
    assert_true(until_count(world->bed, "SELECT count(*) FROM self_healing_remediations WHERE status = 'success'", 1));
    assert_true(live_bed_until(world->bed, "/ready", "\"ready\":true", PATIENCE));
    assert_true(live_bed_said(world->bed, "the clock was set back by"));
}

/* After a step back nobody waits for the old time to come round. */
static void test_a_clock_set_back_by_hours_blinds_nobody(void **state)
{
    struct world *world = *state;

    driven_set_wall(-11 * HEAL_HOUR);
    assert_true(live_bed_until_metric(world->bed, "self_healing_clock_steps_total", 1, PATIENCE));
    assert_true(live_bed_until(world->bed, "/ready", "\"ready\":true", PATIENCE));
    atomic_store(&world->prometheus.api, 97);
    assert_true(until_count(world->bed, "SELECT count(*) FROM self_healing_issues", 1));
    assert_true(until_count(world->bed, DONE, 1));
    atomic_store(&world->prometheus.api, 40);
    assert_true(until_count(world->bed, "SELECT count(*) FROM self_healing_remediations WHERE status = 'success'", 1));
    assert_int_equal(atomic_load(&world->prometheus.strange), 0);
    assert_int_equal(live_bed_count(world->bed, "SELECT count(*) FROM self_healing_issues"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_remedy_at_work_is_judged_as_if_nothing_had_happened, begin, end),
        cmocka_unit_test_setup_teardown(test_windows_hold_as_the_wall_clock_says, begin, end),
        cmocka_unit_test_setup_teardown(test_a_clock_set_back_by_hours_blinds_nobody, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
