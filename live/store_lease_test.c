/* store_lease_test.c - one replica leads, whoever decides it. On a server alone, but for the
 * first (tests/store_on_postgres.sh). */
#include "live/store_lease.h"

#include "live/mailbox.h"
#include "store/test_query.h"

#include <stdatomic.h>
#include <time.h>

static const heal_duration LASTS = 2 * HEAL_SECOND;

static void needs_server(const struct test_world *world)
{
    if (!database_is_shared(world->path))
        skip();
}

static struct store_lease *start(const struct test_world *world, const char *name, struct store_judge judge)
{
    struct store_lease *lease = store_lease_create(world->path, name, LASTS, judge);

    assert_non_null(lease);
    store_lease_settle(lease);
    return lease;
}

/* Waits for it, as long as a lease may last and a little. */
static bool gets(struct store_lease *lease, enum store_lead state)
{
    heal_time until = monotonic_now() + 4 * LASTS;

    while (store_lease_state(lease) != state && monotonic_now() < until)
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    return store_lease_state(lease) == state;
}

static void test_a_store_that_does_not_answer_makes_nobody_lead(void **state)
{
    char why[STORE_LEASE_WHY];
    struct store_lease *lease =
        store_lease_create("postgresql://nobody@127.0.0.1:1/nothing", "one", LASTS, (struct store_judge){0});

    (void)state;
    assert_non_null(lease);
    store_lease_settle(lease);
    assert_int_equal(store_lease_state(lease), STORE_LEAD_UNKNOWN);
    assert_int_equal(store_lease_token(lease), -1);
    assert_false(store_lease_holds(lease, why));
    assert_false(store_lease_write(lease, "name", "text"));
    store_lease_destroy(lease);
}

static void test_the_second_waits_and_follows_the_first(void **state)
{
    struct test_world *world = *state;
    char why[STORE_LEASE_WHY], *text;

    needs_server(world);
    struct store_lease *one = start(world, "one", (struct store_judge){0});
    assert_int_equal(store_lease_token(one), 1);
    struct store_lease *two = start(world, "two", (struct store_judge){0});
    assert_int_equal(store_lease_state(two), STORE_LEAD_OTHERS);
    assert_true(store_lease_write(one, "said", "hands off"));
    assert_false(store_lease_write(two, "said", "go on"));
    nanosleep(&(struct timespec){.tv_sec = 3}, NULL); /* longer than a lease: it is kept alive */
    assert_true(store_lease_holds(one, why));
    assert_int_equal(store_lease_state(two), STORE_LEAD_OTHERS);
    store_lease_destroy(one); /* gives it back */
    assert_true(gets(two, STORE_LEAD_OURS));
    assert_int_equal(store_lease_token(two), 2);
    assert_true(store_lease_read(two, "said", &text, &world->errors));
    assert_string_equal(text, "hands off");
    free(text);
    store_lease_destroy(two);
}

static bool as_told(void *context)
{
    return atomic_load((atomic_bool *)context);
}

/* The Lease of Kubernetes has decided: the store's follows, though its holder is alive. */
static void test_a_judge_decides_over_the_head_of_the_holder(void **state)
{
    struct test_world *world = *state;
    atomic_bool first = true, second = false;
    char why[STORE_LEASE_WHY];

    needs_server(world);
    struct store_lease *one = start(world, "one", (struct store_judge){&first, as_told});
    struct store_lease *two = start(world, "two", (struct store_judge){&second, as_told});
    assert_int_equal(store_lease_state(one), STORE_LEAD_OURS);
    assert_int_equal(store_lease_state(two), STORE_LEAD_OTHERS);
    atomic_store(&second, true); /* the first does not know yet that it leads no more */
    assert_true(gets(two, STORE_LEAD_OURS));
    atomic_store(&first, false);
    assert_false(store_lease_holds(one, why));
    assert_int_equal(store_lease_state(one), STORE_LEAD_OTHERS);
    assert_true(store_lease_holds(two, why));
    atomic_store(&second, false); /* and nobody at all */
    assert_true(gets(two, STORE_LEAD_OTHERS));
    store_lease_destroy(one);
    store_lease_destroy(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_store_that_does_not_answer_makes_nobody_lead),
        test_in_world(test_the_second_waits_and_follows_the_first),
        test_in_world(test_a_judge_decides_over_the_head_of_the_holder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
