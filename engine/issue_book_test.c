#include "engine/issue_book.h"

#include "engine/test_engine.h"

enum { RESOURCES = 12 };

static struct inventory *resources(size_t count)
{
    struct inventory *inventory = inventory_create();

    for (size_t i = 0; i < count; i++) {
        char id[64];
        int length = snprintf(id, sizeof id, "pod/shop/p%zu", i);
        assert_int_equal(inventory_add_resource(inventory, id, (size_t)length), i);
    }
    assert_true(inventory_freeze(inventory));
    return inventory;
}

static int create(void **state)
{
    struct inventory *inventory = resources(RESOURCES);

    *state = issue_book_create(inventory);
    inventory_destroy(inventory); /* the book keeps nothing of it */
    return *state == NULL;
}

static int destroy(void **state)
{
    issue_book_destroy(*state);
    return 0;
}

static void test_a_new_issue_is_open_quiet_and_untouched(void **state)
{
    const struct open_issue *issue = issue_book_open(*state, 3, ISSUE_DISK_FULL);

    assert_int_equal(issue->id, 1);
    assert_int_equal(issue->resource, 3);
    assert_int_equal(issue->type, ISSUE_DISK_FULL);
    assert_true(issue->closed_at == HEAL_TIME_NEVER && issue->quiet_since == HEAL_TIME_NEVER);
    assert_int_equal(issue->anomalies, 0);
    assert_int_equal(issue->remediation.phase, PHASE_NONE);
    assert_int_equal(issue->remediation.id, 0);
    assert_int_equal(issue->remediation.tried, 0);
    assert_true(issue->remediation.strategy == UINT32_MAX);
    assert_true(issue->remediation.deadline == HEAL_TIME_NEVER);
}

static void test_an_issue_is_found_by_its_resource_and_type_only(void **state)
{
    struct open_issue *issue = issue_book_open(*state, 3, ISSUE_DISK_FULL);

    for (uint32_t resource = 0; resource < RESOURCES; resource++) {
        for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++) {
            struct open_issue *found = issue_book_find(*state, resource, (enum issue_type)type);
            assert_ptr_equal(found, resource == 3 && type == ISSUE_DISK_FULL ? issue : NULL);
        }
    }
}

static void test_a_slot_that_is_used_again_remembers_nothing(void **state)
{
    struct open_issue *issue = issue_book_open(*state, 0, ISSUE_HIGH_CPU);

    issue->closed_at = 5;
    issue->anomalies = 7;
    issue->remediation.tried = 0xff;
    issue->remediation.phase = PHASE_ENDED;
    issue_book_expire(*state, 6);
    assert_null(issue_book_find(*state, 0, ISSUE_HIGH_CPU));
    issue = issue_book_open(*state, 0, ISSUE_HIGH_CPU);
    assert_int_equal(issue->id, 2); /* ids are never used again */
    assert_int_equal(issue->anomalies, 0);
    assert_int_equal(issue->remediation.tried, 0);
    assert_int_equal(issue->remediation.phase, PHASE_NONE);
}

static void test_the_book_knows_who_is_at_work(void **state)
{
    struct open_issue *issues[4];

    for (uint32_t resource = 0; resource < 4; resource++)
        issues[resource] = issue_book_open(*state, resource, ISSUE_HIGH_CPU);
    assert_int_equal(issue_book_working(*state), 0);
    issue_book_set_phase(*state, issues[1], PHASE_ACTING);
    issue_book_set_phase(*state, issues[1], PHASE_VERIFY); /* counts once */
    issue_book_set_phase(*state, issues[3], PHASE_DELAY);
    issue_book_set_phase(*state, issues[2], PHASE_APPROVAL); /* waits */
    assert_int_equal(issue_book_working(*state), 2);
    assert_ptr_equal(issue_book_worker(*state, 0), issues[1]);
    assert_ptr_equal(issue_book_worker(*state, 1), issues[3]);
    issue_book_set_phase(*state, issues[1], PHASE_ENDED);
    assert_int_equal(issue_book_working(*state), 1);
    assert_ptr_equal(issue_book_worker(*state, 0), issues[3]);
    issue_book_remove(*state, issues[3]); /* while it is at work */
    assert_int_equal(issue_book_working(*state), 0);
    issue_book_set_phase(*state, issues[0], PHASE_UNDO);
    issues[0]->closed_at = 5;
    issue_book_expire(*state, 6);
    assert_int_equal(issue_book_working(*state), 0);
}

static void test_only_what_was_closed_before_expires(void **state)
{
    for (uint32_t resource = 0; resource < 4; resource++)
        issue_book_open(*state, resource, ISSUE_HIGH_CPU);
    issue_book_find(*state, 0, ISSUE_HIGH_CPU)->closed_at = 99;
    issue_book_find(*state, 1, ISSUE_HIGH_CPU)->closed_at = 100;
    issue_book_find(*state, 2, ISSUE_HIGH_CPU)->closed_at = 101;
    issue_book_expire(*state, 100);
    assert_null(issue_book_find(*state, 0, ISSUE_HIGH_CPU));
    for (uint32_t resource = 1; resource < 4; resource++)
        assert_non_null(issue_book_find(*state, resource, ISSUE_HIGH_CPU));
    issue_book_expire(*state, INT64_MAX); /* what is open stays for ever */
    assert_int_equal(issue_book_count(*state), 1);
    assert_non_null(issue_book_find(*state, 3, ISSUE_HIGH_CPU));
    assert_int_equal(issue_book_opened(*state), 4);
}

/* Every entry once, by ascending id, and each one found under its own pair. */
static void check_order(struct issue_book *book, uint64_t seed)
{
    uint64_t last = 0;

    for (size_t i = 0; i < issue_book_count(book); i++) {
        struct open_issue *issue = issue_book_at(book, i);
        assert_for_seed(issue->id > last, seed);
        assert_for_seed(issue_book_find(book, issue->resource, issue->type) == issue, seed);
        last = issue->id;
    }
}

static void random_step(struct issue_book *book, struct random_stream *stream, heal_time now,
                        uint64_t ids[RESOURCES][ISSUE_TYPE_COUNT])
{
    uint32_t resource = (uint32_t)random_below(stream, RESOURCES);
    unsigned type = (unsigned)random_below(stream, ISSUE_TYPE_COUNT);
    struct open_issue *issue = issue_book_find(book, resource, (enum issue_type)type);

    if (!issue) {
        ids[resource][type] = issue_book_open(book, resource, (enum issue_type)type)->id;
    } else if (random_below(stream, 4) == 0) {
        issue_book_remove(book, issue);
        ids[resource][type] = 0;
    } else if (issue->closed_at == HEAL_TIME_NEVER) {
        issue->closed_at = now;
    }
}

static void test_the_book_holds_what_was_opened_and_not_yet_forgotten(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random_stream stream = random_stream_named(seed, "issue_book_test", "steps", 0);
        uint64_t ids[RESOURCES][ISSUE_TYPE_COUNT] = {{0}};
        void *own = NULL;
        create(&own);
        struct issue_book *book = own;
        for (heal_time now = 1; now <= 500; now++) {
            random_step(book, &stream, now, ids);
            if (now % 20 == 0)
                issue_book_expire(book, now - 50);
            check_order(book, seed);
        }
        for (uint32_t resource = 0; resource < RESOURCES; resource++) {
            for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++) {
                const struct open_issue *issue = issue_book_find(book, resource, (enum issue_type)type);
                assert_for_seed(!issue || issue->id == ids[resource][type], seed);
                assert_for_seed(!issue || issue->closed_at >= 450, seed);
            }
        }
        issue_book_destroy(book);
    }
}

static void test_removing_leaves_the_others_in_order(void **state)
{
    struct issue_book *book = *state;

    for (uint32_t resource = 0; resource < 5; resource++)
        issue_book_open(book, resource, ISSUE_HIGH_CPU);
    issue_book_remove(book, issue_book_find(book, 2, ISSUE_HIGH_CPU));
    issue_book_remove(book, issue_book_find(book, 4, ISSUE_HIGH_CPU));
    issue_book_remove(book, issue_book_find(book, 0, ISSUE_HIGH_CPU));
    assert_int_equal(issue_book_count(book), 2);
    assert_int_equal(issue_book_at(book, 0)->id, 2);
    assert_int_equal(issue_book_at(book, 1)->id, 4);
}

static void test_a_full_book_forgets_the_closed_first_and_then_refuses(void **state)
{
    struct inventory *inventory = resources(BOOK_MAX / ISSUE_TYPE_COUNT + 2);
    struct issue_book *book = issue_book_create(inventory);

    (void)state;
    for (uint32_t i = 0; i < BOOK_MAX; i++)
        assert_non_null(issue_book_open(book, i / ISSUE_TYPE_COUNT, (enum issue_type)(i % ISSUE_TYPE_COUNT)));
    const uint32_t more = BOOK_MAX / ISSUE_TYPE_COUNT + 1;
    assert_null(issue_book_open(book, more, ISSUE_HIGH_CPU));
    assert_int_equal(issue_book_opened(book), BOOK_MAX); /* a refused one takes no id */
    issue_book_at(book, 700)->closed_at = 2;
    issue_book_at(book, 7)->closed_at = 1;
    assert_int_equal(issue_book_open(book, more, ISSUE_HIGH_CPU)->id, BOOK_MAX + 1);
    assert_null(issue_book_find(book, 0, (enum issue_type)7));
    assert_non_null(issue_book_open(book, more, ISSUE_DISK_FULL));
    assert_null(issue_book_open(book, more, ISSUE_POD_CRASH));
    assert_int_equal(issue_book_count(book), BOOK_MAX);
    check_order(book, 0);
    issue_book_destroy(book);
    inventory_destroy(inventory);
}

static void test_no_book_can_be_destroyed(void **state)
{
    (void)state;
    issue_book_destroy(NULL);
}

#define with_book(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_book(test_a_new_issue_is_open_quiet_and_untouched),
        with_book(test_an_issue_is_found_by_its_resource_and_type_only),
        with_book(test_a_slot_that_is_used_again_remembers_nothing),
        with_book(test_the_book_knows_who_is_at_work),
        with_book(test_only_what_was_closed_before_expires),
        cmocka_unit_test(test_the_book_holds_what_was_opened_and_not_yet_forgotten),
        with_book(test_removing_leaves_the_others_in_order),
        cmocka_unit_test(test_a_full_book_forgets_the_closed_first_and_then_refuses),
        cmocka_unit_test(test_no_book_can_be_destroyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
