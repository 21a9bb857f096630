#include "engine/state.h"

#include "engine/test_engine.h"

/* health_scores looks at the book and the penalties alone. */
struct fixture {
    struct policy policy;
    struct inventory *inventory;
    struct engine engine;
    double scores[COMPONENT_COUNT];
};

static int create(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    fixture->policy = test_policy(NULL, 0); /* penalties 5, 10, 25, 50 */
    fixture->inventory = inventory_create();
    for (char name = 'a'; name < 'k'; name++) {
        char id[] = "pod/shop/?";
        id[9] = name;
        inventory_add_resource(fixture->inventory, id, 10);
    }
    inventory_freeze(fixture->inventory);
    fixture->engine = (struct engine){
        .policy = &fixture->policy, .inventory = fixture->inventory, .book = issue_book_create(fixture->inventory)};
    *state = fixture;
    return fixture->engine.book == NULL;
}

static int destroy(void **state)
{
    struct fixture *fixture = *state;

    issue_book_destroy(fixture->engine.book);
    inventory_destroy(fixture->inventory);
    free(fixture);
    return 0;
}

static struct open_issue *open_issue(struct fixture *fixture, uint32_t resource, enum issue_type type,
                                     enum severity severity)
{
    struct open_issue *issue = issue_book_open(fixture->engine.book, resource, type);
    issue->severity = severity;
    return issue;
}

static void test_with_nothing_open_all_is_at_its_best(void **state)
{
    struct fixture *fixture = *state;

    assert_true(health_scores(&fixture->engine, fixture->scores) == 100.0);
    for (int i = 0; i < COMPONENT_COUNT; i++)
        assert_true(fixture->scores[i] == 100.0);
}

static void test_an_issue_takes_its_penalty_off_its_own_component(void **state)
{
    struct fixture *fixture = *state;

    open_issue(fixture, 0, ISSUE_DISK_FULL, SEVERITY_HIGH);
    double overall = health_scores(&fixture->engine, fixture->scores);
    for (int i = 0; i < COMPONENT_COUNT; i++)
        assert_true(fixture->scores[i] == (i == COMPONENT_STORAGE ? 75.0 : 100.0));
    assert_true(overall == (75.0 + 95.0) / 2.0);
}

static void test_penalties_add_up_and_follow_the_severity(void **state)
{
    struct fixture *fixture = *state;

    open_issue(fixture, 0, ISSUE_HIGH_CPU, SEVERITY_LOW);
    open_issue(fixture, 1, ISSUE_HIGH_MEMORY, SEVERITY_MEDIUM);
    open_issue(fixture, 2, ISSUE_POD_CRASH, SEVERITY_CRITICAL);
    health_scores(&fixture->engine, fixture->scores);
    assert_true(fixture->scores[COMPONENT_COMPUTE] == 35.0);
}

static void test_a_score_does_not_fall_under_zero(void **state)
{
    struct fixture *fixture = *state;

    for (uint32_t resource = 0; resource < 9; resource++)
        open_issue(fixture, resource, ISSUE_NETWORK_LATENCY, SEVERITY_CRITICAL);
    double overall = health_scores(&fixture->engine, fixture->scores);
    assert_true(fixture->scores[COMPONENT_NETWORK] == 0.0);
    assert_true(overall == 40.0); /* four whole parts in five do not hide a dead one */
}

static void test_a_closed_issue_costs_nothing(void **state)
{
    struct fixture *fixture = *state;

    open_issue(fixture, 0, ISSUE_DATABASE_SLOW, SEVERITY_CRITICAL)->closed_at = 1;
    assert_true(health_scores(&fixture->engine, fixture->scores) == 100.0);
}

static void test_one_more_issue_never_makes_it_better(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random_stream stream = random_stream_named(seed, "health_test", "issues", 0);
        void *own = NULL;
        assert_int_equal(create(&own), 0);
        struct fixture *fixture = own;
        double before = 100.0;
        for (uint32_t resource = 0; resource < 10; resource++) {
            open_issue(fixture, resource, (enum issue_type)random_below(&stream, ISSUE_TYPE_COUNT),
                       (enum severity)random_below(&stream, SEVERITY_COUNT));
            double overall = health_scores(&fixture->engine, fixture->scores);
            assert_for_seed(overall <= before && overall >= 0.0, seed);
            before = overall;
        }
        destroy(&own);
    }
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(test_with_nothing_open_all_is_at_its_best),
        with_fixture(test_an_issue_takes_its_penalty_off_its_own_component),
        with_fixture(test_penalties_add_up_and_follow_the_severity),
        with_fixture(test_a_score_does_not_fall_under_zero),
        with_fixture(test_a_closed_issue_costs_nothing),
        cmocka_unit_test(test_one_more_issue_never_makes_it_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
