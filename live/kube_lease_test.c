/* kube_lease_test.c - one of several acts, and who was one acts no more. */
#include "live/kube_lease.h"

#include "live/mailbox.h"
#include "live/test_kube.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#define LEASE "/apis/coordination.k8s.io/v1/namespaces/default/leases/selfheal"

static const struct kube_lease_plan PLAN = {"default", "selfheal", 300 * HEAL_MILLISECOND};
static const heal_time NOW = 1000 * HEAL_SECOND;

struct bed {
    struct test_kube kube;
    struct kube_api api;
    struct kube_lease *a, *b;
    char why[KUBE_MESSAGE];
};

static int set_up(void **state)
{
    struct bed *bed = calloc(1, sizeof *bed);

    bed->kube.objects = cJSON_CreateObject();
    bed->api = (struct kube_api){&bed->kube, test_call};
    bed->a = kube_lease_create(&PLAN, "a", 10 * HEAL_MILLISECOND);
    bed->b = kube_lease_create(&PLAN, "b", 10 * HEAL_MILLISECOND);
    *state = bed;
    return 0;
}

static int tear_down(void **state)
{
    struct bed *bed = *state;

    kube_lease_destroy(bed->a);
    kube_lease_destroy(bed->b);
    cJSON_Delete(bed->kube.objects);
    free(bed);
    return 0;
}

static void wait_ms(long milliseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000}, NULL);
}

static bool step(struct bed *bed, struct kube_lease *lease)
{
    return kube_lease_step(lease, &bed->api, NOW, bed->why);
}

static void test_the_first_leads_and_the_second_waits(void **state)
{
    struct bed *bed = *state;

    assert_true(step(bed, bed->a));
    assert_true(step(bed, bed->b));
    assert_true(kube_lease_leads(bed->a));
    assert_true(kube_lease_holds(bed->a, &bed->api, bed->why));
    assert_int_equal(kube_lease_token(bed->a), 0);
    assert_false(kube_lease_leads(bed->b));
    assert_false(kube_lease_holds(bed->b, &bed->api, bed->why));
    assert_string_equal(kube_text(test_get(&bed->kube, LEASE), "spec.holderIdentity"), "a");
    assert_string_equal(kube_text(test_get(&bed->kube, LEASE), "spec.renewTime"), "1970-01-01T00:16:40.000000Z");
    assert_true(kube_lease_due(bed->a) <= monotonic_now() + 100 * HEAL_MILLISECOND);
}

static void test_a_lease_that_is_renewed_stays(void **state)
{
    struct bed *bed = *state;

    for (int i = 0; i < 8; i++) {
        assert_true(kube_lease_step(bed->a, &bed->api, NOW + i * HEAL_SECOND, bed->why));
        assert_true(step(bed, bed->b));
        assert_true(kube_lease_leads(bed->a));
        assert_false(kube_lease_leads(bed->b));
        wait_ms(80);
    }
    assert_int_equal(kube_whole(test_get(&bed->kube, LEASE), "spec.leaseTransitions", -1), 0);
}

static void test_one_that_sleeps_is_deposed_and_knows_it(void **state)
{
    struct bed *bed = *state;

    step(bed, bed->a);
    step(bed, bed->b); /* sees it for the first time: a full duration from here */
    wait_ms(200);
    step(bed, bed->b);
    assert_false(kube_lease_leads(bed->b));
    wait_ms(150);
    assert_false(kube_lease_leads(bed->a)); /* by its own clock, without a word to anybody */
    step(bed, bed->b);
    assert_true(kube_lease_leads(bed->b));
    assert_int_equal(kube_lease_token(bed->b), 1);
    size_t calls = bed->kube.call_count;
    assert_false(kube_lease_holds(bed->a, &bed->api, bed->why));
    assert_int_equal(bed->kube.call_count, calls);
    assert_true(step(bed, bed->a)); /* and it does not take it back from one who is alive */
    assert_false(kube_lease_leads(bed->a));
}

/* It thinks that it leads; the server knows better: nothing is sent. */
static void test_the_token_is_held_against_the_server(void **state)
{
    struct bed *bed = *state;

    step(bed, bed->a);
    cJSON *spec = cJSON_GetObjectItem(test_get(&bed->kube, LEASE), "spec");
    cJSON_SetNumberValue(cJSON_GetObjectItem(spec, "leaseTransitions"), 2); /* taken and given back meanwhile */
    assert_true(kube_lease_leads(bed->a));
    assert_false(kube_lease_holds(bed->a, &bed->api, bed->why));
    assert_false(kube_lease_leads(bed->a));
    assert_non_null(strstr(bed->why, "another replica"));
}

static void test_a_server_that_is_silent_ends_the_lead_in_time(void **state)
{
    struct bed *bed = *state;

    step(bed, bed->a);
    bed->kube.down = true;
    assert_false(step(bed, bed->a));
    assert_false(kube_lease_holds(bed->a, &bed->api, bed->why)); /* no answer, no action */
    wait_ms(310);
    assert_false(kube_lease_leads(bed->a));
    bed->kube.down = false;
    assert_true(step(bed, bed->a));
    assert_true(kube_lease_leads(bed->a));
    assert_int_equal(kube_lease_token(bed->a), 0); /* nobody had it in between */
}

static void test_of_two_at_once_one_gets_it(void **state)
{
    struct bed *bed = *state;

    step(bed, bed->a);
    kube_lease_release(bed->a, &bed->api, NOW);
    assert_false(kube_lease_leads(bed->a));
    bed->kube.meddle_path = LEASE; /* somebody writes between look and write */
    bed->kube.meddle_key = "x";
    bed->kube.meddle_value = "y";
    assert_true(step(bed, bed->b));
    assert_false(kube_lease_leads(bed->b));
    assert_true(step(bed, bed->b));
    assert_true(kube_lease_leads(bed->b));
    assert_int_equal(kube_lease_token(bed->b), 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_first_leads_and_the_second_waits),          TEST(test_a_lease_that_is_renewed_stays),
        TEST(test_one_that_sleeps_is_deposed_and_knows_it),       TEST(test_the_token_is_held_against_the_server),
        TEST(test_a_server_that_is_silent_ends_the_lead_in_time), TEST(test_of_two_at_once_one_gets_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
