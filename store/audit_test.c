/* audit_test.c - the chain holds, and every way to bend it shows. */
#include "store/audit.h"

#include "store/test_query.h"

enum { ISSUES = 20 };

/* A finished run with ISSUES issues: rows 2 .. ISSUES + 1 of the log are theirs. */
static void write_run(struct test_world *world)
{
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);

    assert_true(run_store_begin(store, 0, &world->errors));
    for (uint64_t i = 1; i <= ISSUES; i++)
        test_issue(store, i, ISSUE_HIGH_CPU, POD_A, CPU_A, (int64_t)i);
    assert_true(run_store_finish(store, "feed", &world->errors));
    run_store_destroy(store);
}

static void test_rows_say_who_did_what_to_what_and_why(void **state)
{
    struct test_world *world = *state;

    write_run(world);
    test_expect(world->path, "SELECT id, at, actor, action, object, detail FROM audit WHERE id = 3",
                "3|2023-11-14T22:13:22Z|engine|issue_opened|issue 2 pod/shop/a|"
                "high high_cpu: cpu_utilization_ratio 0.97 over its threshold 0.85");
    test_expect(world->path, "SELECT actor, action, object, detail FROM audit WHERE id IN (1, 22) ORDER BY id",
                "run|replication_began|replication 0|;run|run_finished|run|digest feed");
}

static void test_an_issue_that_was_remedied_still_closes_as_an_issue(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);
    struct decision closed = test_decision(DECISION_ISSUE_CLOSED, 9);

    closed.issue = closed.remediation = 1;
    closed.resource = POD_A;
    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 1);
    test_step(store, DECISION_REMEDIATION_STARTED, 1, 1, UINT32_MAX, 2);
    test_write(store, &closed);
    assert_true(run_store_finish(store, "feed", &world->errors));
    run_store_destroy(store);
    test_expect(world->path, "SELECT object FROM audit WHERE id IN (3, 4) ORDER BY id",
                "remediation 1 of issue 1;issue 1 pod/shop/a");
}

static void test_the_first_hash_is_what_the_header_says(void **state)
{
    struct test_world *world = *state;

    write_run(world);
    /* printf '64:000...0,1:1,20:2023-11-14T22:13:20Z,3:run,17:replication_began,13:replication 0,0:,' | sha256sum */
    test_expect(world->path,
                "SELECT prev_hash = '0000000000000000000000000000000000000000000000000000000000000000', hash FROM "
                "audit WHERE id = 1",
                "1|c5e115dafd7f9587c5e94040fac57d3116d3aae6af8571094550ec850332b972");
}

static void test_a_whole_chain_verifies(void **state)
{
    struct test_world *world = *state;
    int64_t rows = 0, broken = -1;

    write_run(world);
    assert_true(audit_verify(world->path, &rows, &broken, &world->errors));
    assert_int_equal(rows, ISSUES + 2);
    assert_int_equal(broken, 0);
    assert_int_equal(world->errors.count, 0);
}

/* Names are cut to their room, perhaps within a character; a server takes whole ones alone. */
static void test_half_a_character_is_hashed_as_it_is_kept(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);
    int64_t rows, broken;

    assert_true(run_store_note(store, TEST_START, "\xC3", "did", "a\xE2\x82z", "\xFF\xFF", &world->errors));
    assert_true(run_store_finish(store, "feed", &world->errors));
    run_store_destroy(store);
    test_expect(world->path, "SELECT actor, object, detail FROM audit WHERE id = 1", "?|a??z|??");
    assert_true(audit_verify(world->path, &rows, &broken, &world->errors));
}

static void test_the_log_takes_no_change_deletion_or_replacement(void **state)
{
    static const char *const attempts[] = {
        "UPDATE audit SET detail = 'x' WHERE id = 3",
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit",
        ("INSERT INTO audit SELECT id, at, 'me', action, object, detail, prev_hash, hash"
         "  FROM audit WHERE id = 3 ON CONFLICT (id) DO UPDATE SET actor = 'me'"),
        "INSERT INTO audit VALUES (99, '', '', '', '', '', '', '')",
        "INSERT INTO audit VALUES (NULL, '', '', '', '', '', '', '')",
    };
    struct test_world *world = *state;
    int64_t rows, broken;

    write_run(world);
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        assert_int_equal(test_tamper(world->path, attempts[i]), SQLITE_CONSTRAINT);
    assert_int_equal(test_tamper(world->path, database_is_shared(world->path)
                                                  ? "TRUNCATE audit"
                                                  : "INSERT OR REPLACE INTO audit SELECT id, at, 'me', action, object,"
                                                    " detail, prev_hash, hash FROM audit WHERE id = 3"),
                     SQLITE_CONSTRAINT);
    assert_true(audit_verify(world->path, &rows, &broken, &world->errors));
}

struct bend {
    const char *sql;
    int64_t broken;
};

static void test_a_log_bent_behind_the_triggers_shows_the_first_bad_row(void **state)
{
    static const struct bend bends[] = {
        {"UPDATE audit SET detail = detail || '!' WHERE id = 7", 7},
        {"UPDATE audit SET hash = prev_hash WHERE id = 7", 7},
        {"UPDATE audit SET object = 'a', detail = 'bc' WHERE id = 7", 7},
        {"DELETE FROM audit WHERE id = 7", 7},
        {"DELETE FROM audit WHERE id > 19", 20}, /* the end cut off */
        {"DELETE FROM audit", 1},
        {"UPDATE run SET audit_head = 'x'", ISSUES + 2},
        {"INSERT INTO audit SELECT 23, at, actor, action, object, detail, prev_hash, hash FROM audit WHERE id = 22",
         23},
    };
    struct test_world *world = *state;

    for (size_t i = 0; i < sizeof bends / sizeof *bends; i++) {
        int64_t rows = 0, broken = 0;

        write_run(world);
        assert_int_equal(test_tamper(world->path, database_is_shared(world->path)
                                                      ? "DROP TRIGGER audit_keeps ON audit;"
                                                        "DROP TRIGGER audit_forgets_nothing ON audit"
                                                      : "DROP TRIGGER audit_keeps; DROP TRIGGER audit_forgets_nothing"),
                         SQLITE_OK);
        assert_int_equal(test_tamper(world->path, bends[i].sql), SQLITE_OK);
        assert_false(audit_verify(world->path, &rows, &broken, &world->errors));
        assert_int_equal(broken, bends[i].broken);
        assert_int_equal(world->errors.count, 0);
        test_forget(world);
    }
}

static void test_what_cannot_be_read_is_told_and_is_not_called_broken(void **state)
{
    struct test_world *world = *state;
    int64_t rows = -1, broken = -1;

    test_needs_file(world);
    FILE *file = fopen(world->path, "w");

    assert_non_null(file);
    fputs("this is no database, and long enough not to be taken for an empty one", file);
    fclose(file);
    assert_false(audit_verify(world->path, &rows, &broken, &world->errors));
    assert_int_equal(broken, 0);
    assert_int_equal(world->errors.count, 1);
    assert_false(audit_verify("/nowhere/run.db", &rows, &broken, &world->errors));
    assert_int_equal(world->errors.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_rows_say_who_did_what_to_what_and_why),
        test_in_world(test_an_issue_that_was_remedied_still_closes_as_an_issue),
        test_in_world(test_the_first_hash_is_what_the_header_says),
        test_in_world(test_a_whole_chain_verifies),
        test_in_world(test_half_a_character_is_hashed_as_it_is_kept),
        test_in_world(test_the_log_takes_no_change_deletion_or_replacement),
        test_in_world(test_a_log_bent_behind_the_triggers_shows_the_first_bad_row),
        test_in_world(test_what_cannot_be_read_is_told_and_is_not_called_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
