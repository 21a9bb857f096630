/* run_store_test.c - the run database as people and other rooms find it. */
#include "store/run_store.h"

#include "store/test_query.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* How the columns of a table are asked for. */
static const char *columns_of(const struct test_world *world, const char *table)
{
    static _Thread_local char sql[256];

    snprintf(sql, sizeof sql,
             database_is_shared(world->path)
                 ? "SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) FROM information_schema.columns"
                   " WHERE table_schema = 'selfheal' AND table_name = '%s'"
                 : "SELECT group_concat(name, ' ') FROM pragma_table_info('%s')",
             table);
    return sql;
}

static void test_the_three_tables_have_the_agreed_columns_in_order(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);

    assert_true(run_store_finish(store, "d", &world->errors));
    run_store_destroy(store);
    test_expect(world->path, columns_of(world, "self_healing_issues"),
                "id type severity resource description detected_at metrics remediated created_at");
    test_expect(world->path, columns_of(world, "self_healing_remediations"),
                "id issue_id action_type description status started_at completed_at success error_message "
                "rollback_performed created_at");
    test_expect(world->path, columns_of(world, "health_scores"),
                "id overall_score compute_score network_score storage_score database_score security_score "
                "issues_detected auto_remediated timestamp created_at");
}

static void test_the_run_row_and_the_watched_world_are_written(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(3);
    struct run_store *store = test_store(world, &run);

    assert_true(run_store_finish(store, "abc", &world->errors));
    run_store_destroy(store);
    test_expect(world->path,
                "SELECT mode, arm, scenario, source, policy, seed, replications, started_at, heals, digest, complete"
                " FROM run",
                "simulate|selfheal|demo|demo.yaml|test|18446744073709551615|3|2023-11-14T22:13:20Z|1|abc|1");
    test_expect(world->path, "SELECT count(*) FROM resources", "6");
    test_expect(world->path, "SELECT metric, rule, above, below FROM series WHERE id IN (0, 1) ORDER BY id",
                "cpu_utilization_ratio|cpu|0.85|-;memory_used_ratio|-|-|-");
    test_expect(world->path, "SELECT source_id, relation, target_id FROM relations ORDER BY 1, 2",
                "0|owned_by|3;0|runs_on|2;1|runs_on|2");
    test_expect(world->path, "SELECT name, issue_type FROM strategies WHERE id = 2", "reroute|network_latency");
}

/* One bad attempt with its rollback, then a second strategy that works. */
static void write_course(struct run_store *store)
{
    struct decision rollback = test_decision(DECISION_ROLLBACK_ENDED, 60);

    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 10);
    test_step(store, DECISION_REMEDIATION_STARTED, 1, 1, UINT32_MAX, 11);
    test_step(store, DECISION_ATTEMPT_STARTED, 1, 1, 0, 12);
    test_action(store, 1, 1, 1, ACTION_FAILED, 13, 20);
    test_step(store, DECISION_ATTEMPT_FAILED, 1, 1, 0, 21);
    test_step(store, DECISION_ROLLBACK_STARTED, 1, 1, 0, 22);
    rollback.issue = rollback.remediation = 1;
    rollback.outcome = ACTION_SUCCEEDED;
    test_write(store, &rollback);
    test_step(store, DECISION_ATTEMPT_STARTED, 1, 1, 1, 70);
    test_action(store, 1, 1, 2, ACTION_SUCCEEDED, 71, 80);
    test_step(store, DECISION_ATTEMPT_VERIFIED, 1, 1, 1, 100);
    test_end(store, 1, 1, REMEDIATION_SUCCESS, 101);
    test_close(store, 1, 130);
}

static void test_a_course_of_decisions_becomes_rows(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);

    assert_true(run_store_begin(store, 0, &world->errors));
    write_course(store);
    assert_true(run_store_finish(store, "d", &world->errors));
    run_store_destroy(store);
    test_expect(world->path,
                "SELECT id, type, severity, resource, description, detected_at, remediated FROM"
                " self_healing_issues",
                "1|high_cpu|high|pod/shop/a|cpu_utilization_ratio 0.97 over its threshold 0.85|"
                "2023-11-14T22:13:30Z|1");
    test_expect(world->path,
                database_is_shared(world->path)
                    ? "SELECT metrics::json ->> 'series', metrics::json ->> 'value' FROM self_healing_issues"
                    : "SELECT json_extract(metrics, '$.series'), json_extract(metrics, '$.value') FROM"
                      " self_healing_issues",
                "pod/shop/a:cpu_utilization_ratio|0.97");
    test_expect(world->path,
                "SELECT issue_id, action_type, description, status, completed_at, success, error_message,"
                " rollback_performed FROM self_healing_remediations",
                "1|scale_out|Add a replica|success|2023-11-14T22:15:01Z|1|-|1");
    test_expect(world->path,
                "SELECT number, strategy_id, verified, error, rollback_succeeded FROM attempts ORDER BY number",
                "1|0|0|action restart_pod failed|1;2|1|1|-|-");
    test_expect(world->path,
                "SELECT attempts, rungs, (first_action_at_ns - 1700000000000000000) / 1000000000,"
                " (last_action_ended_ns - 1700000000000000000) / 1000000000,"
                " (verified_at_ns - 1700000000000000000) / 1000000000 FROM remediation_facts",
                "2|2|13|80|100");
    test_expect(world->path, "SELECT kind, outcome, rollback FROM actions ORDER BY id",
                "restart_pod|failed|0;restart_pod|succeeded|0");
    test_expect(world->path, "SELECT (closed_at_ns - opened_at_ns) / 1000000000 FROM issue_facts", "120");
    test_expect(world->path, "SELECT complete, decisions FROM replications", "1|14");
}

/* Ids apart by what the writer's memory of them holds take turns at one place in it. */
static void test_an_issue_keeps_the_first_sixteen_echoes(void **state)
{
    static const uint64_t ISSUES[] = {1, 1025, 2};
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);

    assert_true(run_store_begin(store, 0, &world->errors));
    for (size_t i = 0; i < 3; i++)
        test_issue(store, ISSUES[i], ISSUE_HIGH_CPU, POD_A, CPU_A, 10);
    for (int echo = 0; echo < 3 * 40; echo++) {
        struct decision decision = test_decision(DECISION_EVIDENCE, 11);
        decision.issue = ISSUES[echo % 40 < 5 ? 0 : echo % 3];
        decision.resource = POD_B;
        decision.series = CPU_B;
        decision.value = echo;
        test_write(store, &decision);
    }
    assert_true(run_store_finish(store, "d", &world->errors));
    run_store_destroy(store);
    test_expect(
        world->path,
        database_is_shared(world->path)
            ? "SELECT id, json_array_length(metrics::json -> 'evidence'),"
              " metrics::json -> 'evidence' -> 0 ->> 'value' FROM self_healing_issues ORDER BY id"
            : "SELECT id, json_array_length(metrics, '$.evidence'), json_extract(metrics, '$.evidence[0].value')"
              " FROM self_healing_issues ORDER BY id",
        "1|16|0;2|16|5;1025|16|7");
    test_expect(world->path, "SELECT count(*) FROM audit WHERE action = 'evidence'", "120");
}

static void test_a_remediation_that_ends_badly_says_why(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);
    struct decision denied = test_decision(DECISION_REMEDIATION_ENDED, 9);

    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 1);
    test_step(store, DECISION_REMEDIATION_STARTED, 1, 1, UINT32_MAX, 2);
    test_step(store, DECISION_ATTEMPT_STARTED, 1, 1, 0, 3);
    test_action(store, 1, 1, 1, ACTION_SUCCEEDED, 4, 5);
    test_step(store, DECISION_ATTEMPT_FAILED, 1, 1, 0, 6);
    test_end(store, 1, 1, REMEDIATION_ESCALATED, 7);
    test_step(store, DECISION_REMEDIATION_STARTED, 1, 2, UINT32_MAX, 8);
    denied.issue = 1;
    denied.remediation = 2;
    denied.status = REMEDIATION_DENIED;
    denied.gate = GATE_FROZEN;
    test_write(store, &denied);
    assert_true(run_store_finish(store, "d", &world->errors));
    run_store_destroy(store);
    test_expect(world->path,
                "SELECT action_type, status, success, error_message FROM self_healing_remediations ORDER BY id",
                "restart|escalated|0|restart: the signal did not recover in time;"
                "none|denied|0|frozen after a rollback that failed");
    test_expect(world->path, "SELECT remediated FROM self_healing_issues", "0");
}

static void test_ids_go_on_over_replications(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(2);
    struct run_store *store = test_store(world, &run);

    for (uint32_t i = 0; i < 2; i++) {
        assert_true(run_store_begin(store, i, &world->errors));
        write_course(store);
        test_issue(store, 2, ISSUE_HIGH_CPU, POD_B, CPU_B, 200);
    }
    assert_true(run_store_finish(store, "d", &world->errors));
    run_store_destroy(store);
    test_expect(world->path, "SELECT issue_id, replication FROM issue_facts ORDER BY issue_id", "1|0;2|0;3|1;4|1");
    test_expect(world->path, "SELECT id, issue_id, status FROM self_healing_remediations ORDER BY id",
                "1|1|success;2|3|success");
    test_expect(world->path, "SELECT id, issue_id, remediation_id FROM actions ORDER BY id", "1|1|1;2|1|1;3|3|2;4|3|2");
    if (!database_is_shared(world->path)) /* a server has checked them at each row */
        test_expect(world->path, "SELECT count(*) FROM pragma_foreign_key_check", "0");
}

static void test_truth_operators_health_and_plots_are_kept(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);
    struct store_fault fault = test_fault(0, RESOURCE_NONE, ISSUE_NONE, 5, -1);
    struct store_operator_act act = {.at = TEST_START, .ended_at = TEST_START + HEAL_MINUTE, .kind = "repair"};
    struct decision health = test_decision(DECISION_HEALTH, 30);

    fault.resource_text = "pod/else/where";
    health.score = 91.5;
    health.health[COMPONENT_SECURITY] = NAN;
    health.value = 2;
    health.reference = 7;
    assert_true(run_store_begin(store, 0, &world->errors));
    assert_true(run_store_fault(store, &fault, &world->errors));
    assert_true(run_store_operator(store, &act, &world->errors));
    test_write(store, &health);
    assert_true(run_store_plot(store, CPU_A, TEST_START, 0.25F, 0.5F, &world->errors));
    assert_true(run_store_plot(store, CPU_A, TEST_START + 1, NAN, NAN, &world->errors));
    assert_true(run_store_finish(store, "d", &world->errors));
    run_store_destroy(store);
    test_expect(world->path, "SELECT resource, resource_id, type, cause, ended_at, end_ns, counted FROM faults",
                "pod/else/where|-|none|runaway loop|-|-|1");
    test_expect(world->path, "SELECT kind, resource_id, ended_at_ns - at_ns FROM operator_acts",
                "repair|0|60000000000");
    test_expect(world->path,
                "SELECT overall_score, compute_score, security_score, issues_detected, auto_remediated, timestamp"
                " FROM health_scores",
                "91.5|0.0|-|2|7|2023-11-14T22:13:50Z");
    test_expect(world->path, "SELECT low, high FROM plot_series ORDER BY at_ns", "0.25|0.5;-|-");
}

static void test_two_equal_runs_give_equal_content(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    char *content[2];

    for (int i = 0; i < 2; i++) {
        struct run_store *store = test_store(world, &run);

        assert_true(run_store_begin(store, 0, &world->errors));
        write_course(store);
        if (i == 1) /* when rows are committed must not show */
            assert_true(run_store_flush(store, &world->errors));
        assert_true(run_store_finish(store, "d", &world->errors));
        run_store_destroy(store);
        content[i] = test_rows(world->path, "SELECT * FROM audit CROSS JOIN self_healing_remediations CROSS JOIN run"
                                            " ORDER BY audit.id, self_healing_remediations.id");
        test_forget(world);
    }
    assert_string_equal(content[0], content[1]);
    free(content[0]);
    free(content[1]);
}

static void test_a_killed_run_leaves_what_it_had_flushed(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    int64_t rows, broken;
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct run_store *store = run_store_create(world->path, &run, &world->policy, world->inventory, NULL);

        run_store_begin(store, 0, NULL);
        write_course(store);
        run_store_flush(store, NULL);
        test_issue(store, 2, ISSUE_HIGH_CPU, POD_B, CPU_B, 200);
        raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    test_expect(world->path, "SELECT count(*) FROM self_healing_issues", "1");
    test_expect(world->path, "SELECT complete, digest FROM run", "0|-");
    test_expect(world->path, "SELECT complete, decisions FROM replications", "0|14");
    if (!database_is_shared(world->path))
        test_expect(world->path, "PRAGMA integrity_check", "ok");
    assert_true(audit_verify(world->path, &rows, &broken, &world->errors));
    assert_int_equal(rows, 15); /* the begin of the replication, 14 decisions */
}

static void test_a_finished_run_is_one_file_that_reads_where_nothing_can_be_written(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    char wal[300];

    test_needs_file(world);
    struct run_store *store = test_store(world, &run);
    assert_true(run_store_begin(store, 0, &world->errors));
    write_course(store);
    assert_true(run_store_finish(store, "d", &world->errors));
    assert_false(run_store_flush(store, &world->errors)); /* nothing comes after the end */
    run_store_destroy(store);
    snprintf(wal, sizeof wal, "%s-wal", world->path);
    assert_int_equal(access(wal, F_OK), -1);
    assert_int_equal(chmod(world->path, 0444), 0);
    test_expect(world->path, "SELECT count(*) FROM self_healing_issues", "1");
}

static void test_a_file_that_is_there_is_not_touched(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    char text[256], kept[8] = "";

    test_needs_file(world);
    FILE *file = fopen(world->path, "w");
    assert_non_null(file);
    fputs("mine", file);
    fclose(file);
    assert_null(run_store_create(world->path, &run, &world->policy, world->inventory, &world->errors));
    assert_int_equal(world->errors.count, 1);
    assert_true(world->errors.environment);
    assert_non_null(strstr(error_format(&world->errors, 0, text, sizeof text), "File exists"));
    file = fopen(world->path, "r");
    assert_non_null(file);
    assert_non_null(fgets(kept, sizeof kept, file));
    fclose(file);
    assert_string_equal(kept, "mine");
}

static void test_a_folder_that_is_missing_is_told(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);

    assert_null(run_store_create("/nowhere/run.db", &run, &world->policy, world->inventory, &world->errors));
    assert_int_equal(world->errors.count, 1);
    assert_int_equal(world->errors.items[0].class, ERROR_ENVIRONMENT);
    assert_string_equal(world->errors.items[0].file, "/nowhere/run.db");
}

/* A limit on the size of files stands for a full disk. Returns the messages. */
static size_t write_until_full(struct test_world *world)
{
    struct store_run run = test_run(1);
    struct rlimit limit = {400 * 1024, 400 * 1024};
    struct run_store *store = run_store_create(world->path, &run, &world->policy, world->inventory, NULL);
    bool done = run_store_begin(store, 0, NULL);

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    for (uint64_t i = 1; done && i < 100000; i++) {
        struct decision decision = test_decision(DECISION_ISSUE_OPENED, (int64_t)i);

        decision.issue = i;
        decision.type = ISSUE_HIGH_CPU;
        decision.resource = POD_A;
        done = run_store_decision(store, &decision, &world->errors);
    }
    if (done || run_store_flush(store, &world->errors) || run_store_finish(store, "d", &world->errors))
        return 0;
    run_store_destroy(store);
    return world->errors.environment ? world->errors.count : 0;
}

static void test_a_full_disk_is_told_once_and_what_was_committed_stays(void **state)
{
    struct test_world *world = *state;
    int status;

    test_needs_file(world);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit((int)write_until_full(world));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    test_expect(world->path, "PRAGMA integrity_check", "ok");
    test_expect(world->path, "SELECT complete FROM run", "0");
}

static void test_a_decision_about_nothing_known_is_refused(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);
    struct decision decision = test_decision(DECISION_REMEDIATION_STARTED, 1);

    decision.issue = 77;
    decision.remediation = 1;
    assert_true(run_store_begin(store, 0, &world->errors));
    /* A server may say so at the commit alone. */
    assert_false(run_store_decision(store, &decision, &world->errors) && run_store_flush(store, &world->errors));
    assert_false(run_store_decision(store, &decision, &world->errors));
    assert_int_equal(world->errors.count, 1);
    run_store_destroy(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_the_three_tables_have_the_agreed_columns_in_order),
        test_in_world(test_the_run_row_and_the_watched_world_are_written),
        test_in_world(test_a_course_of_decisions_becomes_rows),
        test_in_world(test_an_issue_keeps_the_first_sixteen_echoes),
        test_in_world(test_a_remediation_that_ends_badly_says_why),
        test_in_world(test_ids_go_on_over_replications),
        test_in_world(test_truth_operators_health_and_plots_are_kept),
        test_in_world(test_two_equal_runs_give_equal_content),
        test_in_world(test_a_killed_run_leaves_what_it_had_flushed),
        test_in_world(test_a_finished_run_is_one_file_that_reads_where_nothing_can_be_written),
        test_in_world(test_a_file_that_is_there_is_not_touched),
        test_in_world(test_a_folder_that_is_missing_is_told),
        test_in_world(test_a_full_disk_is_told_once_and_what_was_committed_stays),
        test_in_world(test_a_decision_about_nothing_known_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
