#include "engine/circuit.h"

#include "engine/test_engine.h"

struct fixture {
    struct policy policy;
    struct strategy strategies[2];
    struct circuit *circuit;
};

static int create(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    fixture->policy = test_policy(NULL, 0);
    fixture->policy.strategies = fixture->strategies;
    fixture->policy.strategy_count = 2;
    fixture->policy.guards.circuit_failures = 3;
    fixture->policy.guards.circuit_open_for = HEAL_HOUR;
    fixture->circuit = circuit_create(&fixture->policy);
    *state = fixture;
    return fixture->circuit == NULL;
}

static int destroy(void **state)
{
    struct fixture *fixture = *state;

    circuit_destroy(fixture->circuit);
    free(fixture);
    return 0;
}

static void fail_times(struct fixture *fixture, int times, heal_time now)
{
    for (int i = 0; i < times; i++) {
        circuit_note_start(fixture->circuit, 0, now);
        circuit_note_end(fixture->circuit, 0, false, now);
    }
}

static void test_it_opens_after_so_many_failures_in_a_row(void **state)
{
    struct fixture *fixture = *state;

    fail_times(fixture, 2, 0);
    assert_true(circuit_allows(fixture->circuit, 0, 0));
    assert_true(circuit_note_end(fixture->circuit, 0, false, 0));
    assert_false(circuit_allows(fixture->circuit, 0, 0));
    assert_false(circuit_allows(fixture->circuit, 0, HEAL_HOUR - 1));
    assert_true(circuit_allows(fixture->circuit, 1, 0)); /* the other is not blamed */
}

static void test_a_success_between_them_starts_the_count_over(void **state)
{
    struct fixture *fixture = *state;

    fail_times(fixture, 2, 0);
    circuit_note_end(fixture->circuit, 0, true, 0);
    fail_times(fixture, 2, 0);
    assert_true(circuit_allows(fixture->circuit, 0, 0));
}

static void test_half_open_lets_one_attempt_through(void **state)
{
    struct fixture *fixture = *state;

    fail_times(fixture, 3, 0);
    assert_true(circuit_allows(fixture->circuit, 0, HEAL_HOUR));
    circuit_note_start(fixture->circuit, 0, HEAL_HOUR);
    assert_false(circuit_allows(fixture->circuit, 0, HEAL_HOUR));
    assert_true(circuit_note_end(fixture->circuit, 0, false, HEAL_HOUR)); /* open again */
    assert_false(circuit_allows(fixture->circuit, 0, 2 * HEAL_HOUR - 1));
    circuit_note_start(fixture->circuit, 0, 2 * HEAL_HOUR);
    circuit_note_end(fixture->circuit, 0, true, 2 * HEAL_HOUR);
    assert_true(circuit_allows(fixture->circuit, 0, 2 * HEAL_HOUR));
}

static void test_an_attempt_that_was_stopped_frees_the_trial(void **state)
{
    struct fixture *fixture = *state;

    fail_times(fixture, 3, 0);
    circuit_note_start(fixture->circuit, 0, HEAL_HOUR);
    circuit_note_abandoned(fixture->circuit, 0);
    assert_true(circuit_allows(fixture->circuit, 0, HEAL_HOUR));
}

static void test_without_a_limit_it_never_opens(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.guards.circuit_failures = 0;
    fail_times(fixture, 100, 0);
    assert_true(circuit_allows(fixture->circuit, 0, 0));
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(test_it_opens_after_so_many_failures_in_a_row),
        with_fixture(test_a_success_between_them_starts_the_count_over),
        with_fixture(test_half_open_lets_one_attempt_through),
        with_fixture(test_an_attempt_that_was_stopped_frees_the_trial),
        with_fixture(test_without_a_limit_it_never_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
