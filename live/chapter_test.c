/* chapter_test.c - nothing leaves before the disk knows of it. */
#include "live/chapter.h"

#include "engine/test_engine.h"

#include <pthread.h>
#include <sqlite3.h>
#include <time.h>
#include <unistd.h>

enum { PODS = 40, WAIT_STEPS = 1000 };

struct place {
    char folder[64], database[96], pauses[96];
    struct bed *bed; /* its policy */
    struct live_config config;
    struct live_setup setup;
    struct chapter_outside outside;
    bool switches[SWITCH_COUNT];
    struct chapter *chapter;
    struct error_list errors;
    double values[PODS];
    pthread_mutex_t mutex;
    size_t left, known; /* actions that a worker got; those of them that were on the disk */
};

/* What a query of one number says, to a reader who sees only what is committed. */
static int64_t ask(const struct place *place, const char *sql, int64_t row)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t answer = -1;

    assert_int_equal(sqlite3_open_v2(place->database, &database, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    sqlite3_bind_int64(statement, 1, row);
    if (sqlite3_step(statement) == SQLITE_ROW)
        answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return answer;
}

/* On a worker's thread. */
static void take_job(void *context, const struct job *job)
{
    struct place *place = context;
    bool known = ask(place, "SELECT count(*) FROM actions WHERE id = ?1 AND outcome IS NULL", job->row) == 1;

    pthread_mutex_lock(&place->mutex);
    place->left++;
    place->known += known;
    pthread_mutex_unlock(&place->mutex);
}

static size_t wait_for(struct place *place, size_t count)
{
    size_t left = 0;

    for (int step = 0; step < WAIT_STEPS && left < count; step++) {
        pthread_mutex_lock(&place->mutex);
        left = place->left;
        pthread_mutex_unlock(&place->mutex);
        if (left < count)
            nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return left;
}

static int open_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    struct inventory *inventory;
    char series[64];

    assert_non_null(place);
    strcpy(place->folder, "/tmp/selfheal-chapter-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->database, sizeof place->database, "%s/run.db", place->folder);
    snprintf(place->pauses, sizeof place->pauses, "%s/pauses", place->folder);
    pthread_mutex_init(&place->mutex, NULL);
    place->bed = bed_create(0);
    bed_rule(place->bed, "*:load", ISSUE_HIGH_CPU)->above = 1.0;
    bed_strategy(place->bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    place->config = (struct live_config){.name = "test", .data = place->folder, .flight_disk = 1 << 30};
    place->setup = (struct live_setup){.config = &place->config, .policy = &place->bed->policy};
    place->switches[SWITCH_AUTO_REMEDIATION] = true;
    place->outside = (struct chapter_outside){.status = status_create(0),
                                              .workers = workers_create(1, 2 * PODS, take_job, place),
                                              .mailbox = mailbox_create(4 * PODS),
                                              .pauses = pauses_create(place->pauses, &place->errors),
                                              .switches = place->switches};
    inventory = chapter_inventory(&place->setup, place->bed->now, &place->errors);
    for (int i = 0; i < PODS; i++) {
        int length = snprintf(series, sizeof series, "pod/shop/p%d:load", i);
        assert_int_equal(inventory_add_series(inventory, series, (size_t)length), i);
    }
    place->chapter = chapter_begin(&place->setup, place->outside, inventory, NULL, place->bed->now, &place->errors);
    assert_non_null(place->chapter);
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;
    char command[96];

    chapter_end(place->chapter, place->bed->now, true, &place->errors);
    workers_destroy(place->outside.workers);
    mailbox_destroy(place->outside.mailbox);
    status_destroy(place->outside.status);
    pauses_destroy(place->outside.pauses);
    bed_destroy(place->bed);
    error_list_clear(&place->errors);
    pthread_mutex_destroy(&place->mutex);
    snprintf(command, sizeof command, "rm -rf '%s'", place->folder);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

static void give_frame(struct place *place, double value)
{
    for (int i = 0; i < PODS; i++)
        place->values[i] = value;
    place->bed->now += 10 * HEAL_SECOND;
    chapter_input(place->chapter,
                  &(struct flight_input){.kind = FLIGHT_FRAME, .at = place->bed->now, .values = place->values});
}

static void test_no_action_leaves_before_its_start_is_on_the_disk(void **state)
{
    struct place *place = *state;

    give_frame(place, 0.5);
    give_frame(place, 2.0); /* all at once: nobody has flushed, one commit is for all */
    assert_int_equal(wait_for(place, PODS), PODS);
    assert_int_equal(place->known, PODS);
    assert_true(chapter_flush(place->chapter, place->bed->now));
    assert_int_equal(ask(place, "SELECT count(*) FROM actions WHERE ?1", 1), PODS);
    assert_int_equal(ask(place, "SELECT count(DISTINCT issue_id) FROM actions WHERE ?1", 1), PODS);
    assert_true(chapter_deciding(place->chapter) > 0);
}

static void test_what_cannot_be_kept_is_not_done(void **state)
{
    struct place *place = *state;
    sqlite3 *database = NULL;
    struct message message;
    size_t refused = 0;

    give_frame(place, 0.5);
    assert_true(chapter_flush(place->chapter, place->bed->now));
    assert_int_equal(sqlite3_open(place->database, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "DROP TABLE actions", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    give_frame(place, 2.0);
    assert_true(chapter_is_degraded(place->chapter));
    while (mailbox_take(place->outside.mailbox, 0, &message)) {
        assert_int_equal(message.kind, MESSAGE_ACTION_ENDED);
        assert_int_equal(message.value, ACTION_FAILED);
        refused++;
    }
    assert_int_equal(refused, PODS);
    assert_int_equal(place->left, 0);
}

#define in_place(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_place(test_no_action_leaves_before_its_start_is_on_the_disk),
        in_place(test_what_cannot_be_kept_is_not_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
