#include "engine/watch.h"

#include "engine/test_engine.h"

static void assert_same(const struct watch *a, const struct watch *b)
{
    assert_true(a->over_threshold == b->over_threshold && a->over_baseline == b->over_baseline);
    assert_true(a->clear == b->clear && a->critical == b->critical);
    assert_true(a->seen == b->seen);
}

static void test_what_was_set_is_got(void **state)
{
    struct watches *watches = watches_create(3);
    static const heal_time NEVER = HEAL_TIME_NEVER, START = 1700000000000000123;
    const struct watch over = {START, START + 7, NEVER, START, true}, clear = {NEVER, NEVER, START + 9, START, false};
    (void)state;
    assert_non_null(watches);
    watches_set(watches, 0, &over);
    watches_set(watches, 2, &clear);
    struct watch got = watches_get(watches, 0), other = watches_get(watches, 2), none = watches_get(watches, 1);
    assert_same(&got, &over);
    assert_same(&other, &clear);
    assert_true(none.over_threshold == NEVER && none.over_baseline == NEVER && none.clear == NEVER && !none.critical);
    watches_clear(watches, 0);
    got = watches_get(watches, 0);
    assert_true(got.over_threshold == NEVER && got.over_baseline == NEVER && !got.critical);
    watches_destroy(watches);
}

/* Never early, or silence would end what still speaks. */
static void test_the_last_sample_is_known_to_the_second(void **state)
{
    struct watches *watches = watches_create(1);
    struct watch watch = {HEAL_TIME_NEVER, HEAL_TIME_NEVER, HEAL_TIME_NEVER, 5, false};
    (void)state;
    for (heal_time now = 5; now < 300 * HEAL_DAY; now += now / 7 + 1) {
        watch.seen = now;
        watches_set(watches, 0, &watch);
        heal_time got = watches_get(watches, 0).seen;
        assert_true(got >= now && got < now + HEAL_SECOND);
    }
    watch.seen = 100 * 365 * HEAL_DAY; /* more than it can say, and it says the most it can */
    watches_set(watches, 0, &watch);
    assert_true(watches_get(watches, 0).seen > 30 * 365 * HEAL_DAY);
    watch.seen = 0; /* before the first: as early as it can say */
    watches_set(watches, 0, &watch);
    assert_true(watches_get(watches, 0).seen == 5);
    watches_destroy(watches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_set_is_got),
        cmocka_unit_test(test_the_last_sample_is_known_to_the_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
