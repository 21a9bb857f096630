#include "engine/alerts.h"

#include "engine/random.h"
#include "engine/test_engine.h"

struct fixture {
    struct policy policy;
    struct alerts *alerts;
};

static int create(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    fixture->policy = test_policy(NULL, 0);
    fixture->policy.alerts = (struct policy_alerts){HEAL_HOUR, 10, 0.3, 70.0, 3, HEAL_DAY};
    fixture->alerts = alerts_create(&fixture->policy);
    *state = fixture;
    return fixture->alerts == NULL;
}

static int destroy(void **state)
{
    struct fixture *fixture = *state;

    alerts_destroy(fixture->alerts);
    free(fixture);
    return 0;
}

static int tell_endings(struct fixture *fixture, int count, bool success, heal_time now)
{
    double rate;
    int told = 0;

    for (int i = 0; i < count; i++)
        told += alerts_note_ending(fixture->alerts, success, now, &rate);
    return told;
}

static void test_thirty_per_cent_is_not_over_thirty_per_cent(void **state)
{
    assert_int_equal(tell_endings(*state, 7, true, 0), 0);
    assert_int_equal(tell_endings(*state, 3, false, 1), 0);
    assert_int_equal(tell_endings(*state, 1, false, 2), 1); /* 4 of 11 */
    assert_int_equal(tell_endings(*state, 1, false, 3), 0); /* said already */
}

static void test_a_few_endings_prove_nothing(void **state)
{
    assert_int_equal(tell_endings(*state, 9, false, 0), 0);
    assert_int_equal(tell_endings(*state, 1, false, 0), 1);
}

static void test_old_endings_do_not_count(void **state)
{
    assert_int_equal(tell_endings(*state, 9, false, 0), 0);
    assert_int_equal(tell_endings(*state, 9, false, HEAL_HOUR), 0);
    assert_int_equal(tell_endings(*state, 1, false, HEAL_HOUR), 1);
}

static void test_after_a_persons_word_the_count_starts_over(void **state)
{
    struct fixture *fixture = *state;

    tell_endings(fixture, 10, false, 0);
    alerts_forgive(fixture->alerts);
    assert_int_equal(tell_endings(fixture, 9, false, 1), 0);
    assert_int_equal(tell_endings(fixture, 1, false, 1), 1);
}

static void test_health_is_told_once_per_fall(void **state)
{
    struct fixture *fixture = *state;

    assert_false(alerts_note_health(fixture->alerts, 70.0));
    assert_true(alerts_note_health(fixture->alerts, 69.9));
    assert_false(alerts_note_health(fixture->alerts, 20.0));
    assert_false(alerts_note_health(fixture->alerts, 90.0));
    assert_true(alerts_note_health(fixture->alerts, 50.0));
}

static void test_the_third_issue_on_one_resource_is_told(void **state)
{
    struct fixture *fixture = *state;
    uint32_t times;

    assert_false(alerts_note_opening(fixture->alerts, 1, 0, &times));
    assert_false(alerts_note_opening(fixture->alerts, 2, 1, &times));
    assert_false(alerts_note_opening(fixture->alerts, 1, 2, &times));
    assert_true(alerts_note_opening(fixture->alerts, 1, 3, &times));
    assert_int_equal(times, 3);
    assert_false(alerts_note_opening(fixture->alerts, 1, 4, &times)); /* the next three are the next alert */
    assert_false(alerts_note_opening(fixture->alerts, 1, 2 * HEAL_DAY, &times));
}

static void test_limits_of_none_are_silent(void **state)
{
    struct fixture *fixture = *state;
    uint32_t times;

    fixture->policy.alerts = (struct policy_alerts){0};
    assert_int_equal(tell_endings(fixture, 50, false, 0), 0);
    assert_false(alerts_note_health(fixture->alerts, 0.0));
    for (int i = 0; i < 9; i++)
        assert_false(alerts_note_opening(fixture->alerts, 1, i, &times));
}

/* The count as alerts.h has it, over all that was opened. */
struct told_opening {
    heal_time at;
    uint32_t resource;
    bool told;
};

static bool count_plainly(struct told_opening *all, size_t count, uint32_t *times)
{
    uint32_t resource = all[count - 1].resource;
    size_t first = count > ALERT_OPENINGS_MAX ? count - ALERT_OPENINGS_MAX : 0;

    *times = 0;
    for (size_t i = count; i-- > first && all[count - 1].at - all[i].at < HEAL_DAY;)
        *times += all[i].resource == resource && !all[i].told;
    for (size_t i = first; *times >= 3 && i < count; i++)
        all[i].told |= all[i].resource == resource;
    return *times >= 3;
}

static void test_openings_are_counted_as_if_each_looked_at_all(void **state)
{
    enum { OPENINGS = 30000 };
    static struct told_opening all[OPENINGS];
    struct fixture *fixture = *state;
    struct random_stream stream = random_stream_named(7, "alerts_test", "openings", 0);
    heal_time now = 0;
    size_t alerts = 0;

    for (size_t i = 0; i < OPENINGS; i++) {
        uint32_t times, expected;
        /* Few resources and many by turns; some share a chain. */
        uint32_t resource = (uint32_t)(random_bits(&stream) % (i / 5000 % 2 ? 6000 : 3)) * (ALERT_OPENINGS_MAX / 2);
        now += random_bits(&stream) % 50 == 0 ? HEAL_HOUR : 0;
        all[i] = (struct told_opening){now, resource, false};
        bool told = alerts_note_opening(fixture->alerts, resource, now, &times);
        assert_int_equal(told, count_plainly(all, i + 1, &expected));
        assert_int_equal(times, expected);
        alerts += told;
    }
    assert_true(alerts > 100);
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(test_thirty_per_cent_is_not_over_thirty_per_cent),
        with_fixture(test_a_few_endings_prove_nothing),
        with_fixture(test_old_endings_do_not_count),
        with_fixture(test_after_a_persons_word_the_count_starts_over),
        with_fixture(test_health_is_told_once_per_fall),
        with_fixture(test_the_third_issue_on_one_resource_is_told),
        with_fixture(test_limits_of_none_are_silent),
        with_fixture(test_openings_are_counted_as_if_each_looked_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
