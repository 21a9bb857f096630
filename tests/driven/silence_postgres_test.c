/* silence_postgres_test.c - a PostgreSQL server is out of reach for an hour, and comes back. A real
 * one, behind a line that is cut; skipped, and says so, where Debian's postgresql is not. */
#include "tests/driven/clock.h"
#include "tests/driven/line.h"
#include "tests/driven/live_bed.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#define SERVER "bash " SELFHEAL_SOURCE_DIR "/tests/e2e/postgres_server.sh "
enum { TEXT = 512, PATIENCE = 120 };
static const double AWAKE = 10, ASLEEP = 240;

static const char POLICY[] =
    "scan_interval: 10s\n"
    "issue_cool_down: 0\n"
    "rules:\n"
    "  - {name: used, series: 'database/*:connections_used_ratio', issue: database_slow, severity: high, above: 0.02, "
    "hold: 10s, clear_hold: 10s}\n"
    "ladders: {database_slow: []}\n";

struct world {
    char folder[TEXT];
    struct line *line;
    struct live_bed *bed;
};

static bool run_line(const char *command, char out[TEXT])
{
    FILE *pipe = popen(command, "r");
    bool good = pipe && fgets(out, TEXT, pipe) != NULL;

    good = pipe && pclose(pipe) == 0 && good;
    out[strcspn(out, "\n")] = '\0';
    return good;
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

static int begin(void **state)
{
    static struct world world;
    char command[3 * TEXT], port[TEXT] = "", config[2 * TEXT], secret[TEXT + 16];

    if (!run_line(SERVER "start", world.folder)) {
        print_message("SKIPPED: no PostgreSQL server here (scripts/setup test)\n");
        return 0;
    }
    snprintf(command, sizeof command, "cat %s/port", world.folder);
    assert_true(run_line(command, port));
    snprintf(command, sizeof command, "psql -qX -v ON_ERROR_STOP=1 -h %s -p %s -U postgres -f %s && echo done",
             world.folder, port, SELFHEAL_SOURCE_DIR "/tests/e2e/postgres_shop.sql");
    char said[TEXT];
    assert_true(run_line(command, said));
    snprintf(secret, sizeof secret, "%s/secret", world.folder);
    FILE *file = fopen(secret, "w");
    assert_non_null(file);
    fputs("swordfish\n", file);
    fclose(file);
    chmod(secret, 0600);
    driven_speed(AWAKE);
    live_bed_block();
    world.line = line_open((uint16_t)atoi(port));
    assert_non_null(world.line);
    snprintf(config, sizeof config,
             "postgres:\n  timeout: 2m\n  databases:\n    - resource: database/test/shop\n"
             "      conninfo: host=127.0.0.1 port=%u dbname=shop user=selfheal\n      password_file: %s\n",
             line_port(world.line), secret);
    world.bed = live_bed_start(POLICY, config);
    assert_true(live_bed_until(world.bed, "/ready", "\"ready\":true", PATIENCE));
    *state = &world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    char command[2 * TEXT];

    if (!world)
        return 0;
    driven_speed(1);
    live_bed_stop(world->bed);
    line_close(world->line);
    snprintf(command, sizeof command, SERVER "stop %s", world->folder);
    assert_int_equal(system(command), 0);
    return 0;
}

static void test_an_hour_without_the_database(void **state)
{
    struct world *world = *state;

    if (!world)
        skip();
    assert_true(
        until_count(world->bed, "SELECT count(*) FROM self_healing_issues", 1)); /* our own connection is enough */
    line_cut(world->line, true);
    assert_true(live_bed_until_metric(world->bed, "self_healing_source_up{source=\"postgres\"}", 0, PATIENCE));
    assert_true(live_bed_until(world->bed, "/ready", "postgres does not answer", PATIENCE));
    driven_speed(ASLEEP);
    driven_pass(HEAL_HOUR);
    driven_speed(AWAKE);
    uint64_t tries = line_tries(world->line);
    assert_true(tries >= 60 && tries <= 3600 / 10 + 20); /* never more than once in a scan */
    assert_int_equal(live_bed_count(world->bed, "SELECT count(*) FROM self_healing_issues"), 1);
    assert_int_equal(live_bed_count(world->bed, "SELECT count(*) FROM issue_facts WHERE closed_at_ns IS NOT NULL"), 0);
    line_cut(world->line, false);
    heal_time back = driven_monotonic();
    assert_true(live_bed_until_metric(world->bed, "self_healing_source_up{source=\"postgres\"}", 1, PATIENCE));
    assert_true(live_bed_until(world->bed, "/ready", "\"ready\":true", PATIENCE));
    assert_true(driven_monotonic() - back < 90 * HEAL_SECOND);
    assert_int_equal(live_bed_count(world->bed, "SELECT count(*) FROM self_healing_issues"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_hour_without_the_database, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
