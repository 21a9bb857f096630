#include "engine/gates.h"

#include "engine/test_engine.h"

/* node/-/n1 carries two pods of one workload; w1 mounts a volume; other is apart. */
enum { N1, WEB, W1, W2, VOLUME, OTHER, RESOURCES };
static const char *const IDS[RESOURCES] = {"node/-/n1",   "workload/shop/web", "pod/shop/w1",
                                           "pod/shop/w2", "volume/shop/data",  "pod/bank/other"};

struct fixture {
    struct policy policy;
    struct inventory *inventory;
    struct dependents *dependents;
    struct issue_book *book;
    struct gates *gates;
};

static int create(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    fixture->policy = test_policy(NULL, 0);
    fixture->inventory = inventory_create();
    for (size_t i = 0; i < RESOURCES; i++)
        inventory_add_resource(fixture->inventory, IDS[i], strlen(IDS[i]));
    inventory_relate(fixture->inventory, W1, RELATION_RUNS_ON, N1);
    inventory_relate(fixture->inventory, W2, RELATION_RUNS_ON, N1);
    inventory_relate(fixture->inventory, W1, RELATION_OWNED_BY, WEB);
    inventory_relate(fixture->inventory, W2, RELATION_OWNED_BY, WEB);
    inventory_relate(fixture->inventory, W1, RELATION_MOUNTS, VOLUME);
    inventory_relate(fixture->inventory, W1, RELATION_CALLS, OTHER);
    inventory_freeze(fixture->inventory);
    fixture->book = issue_book_create(fixture->inventory);
    *state = fixture;
    return fixture->book == NULL;
}

static int destroy(void **state)
{
    struct fixture *fixture = *state;

    gates_destroy(fixture->gates);
    dependents_destroy(fixture->dependents);
    issue_book_destroy(fixture->book);
    inventory_destroy(fixture->inventory);
    free(fixture);
    return 0;
}

static void start(struct fixture *fixture)
{
    fixture->dependents = dependents_create(fixture->inventory);
    assert_non_null(fixture->dependents);
    fixture->gates = gates_create(&fixture->policy, fixture->inventory, fixture->dependents);
    assert_non_null(fixture->gates);
}

static struct open_issue *open_issue(struct fixture *fixture, uint32_t resource, enum issue_type type)
{
    struct open_issue *issue = issue_book_find(fixture->book, resource, type);
    return issue ? issue : issue_book_open(fixture->book, resource, type);
}

static enum gate check(struct fixture *fixture, uint32_t resource, heal_time now)
{
    return gates_check(fixture->gates, fixture->book, open_issue(fixture, resource, ISSUE_HIGH_CPU), now, GATES_START);
}

static void test_nothing_stands_in_the_way_at_first(void **state)
{
    start(*state);
    for (uint32_t resource = 0; resource < RESOURCES; resource++)
        assert_int_equal(check(*state, resource, 0), GATE_NONE);
}

static void test_with_auto_remediation_off_nothing_starts(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.auto_remediation = false;
    start(fixture);
    assert_int_equal(check(fixture, W1, 0), GATE_AUTO_REMEDIATION_OFF);
}

static void test_a_frozen_resource_stays_frozen_and_its_neighbours_free(void **state)
{
    struct fixture *fixture = *state;

    start(fixture);
    gates_freeze(fixture->gates, W1);
    assert_int_equal(check(fixture, W1, 0), GATE_FROZEN);
    assert_int_equal(check(fixture, W1, 1000 * HEAL_DAY), GATE_FROZEN);
    assert_int_equal(check(fixture, W2, 0), GATE_NONE);
    assert_int_equal(check(fixture, N1, 0), GATE_NONE);
}

/* While a remedy works on `busy`, which others have to wait? */
static void assert_busy(struct fixture *fixture, uint32_t busy, const bool waits[RESOURCES])
{
    struct open_issue *worker = open_issue(fixture, busy, ISSUE_DISK_FULL);

    issue_book_set_phase(fixture->book, worker, PHASE_ACTING);
    for (uint32_t resource = 0; resource < RESOURCES; resource++)
        assert_int_equal(check(fixture, resource, 0), waits[resource] ? GATE_RESOURCE_BUSY : GATE_NONE);
    issue_book_set_phase(fixture->book, worker, PHASE_NONE);
}

static void test_a_remedy_holds_back_those_above_and_below_it(void **state)
{
    start(*state);
    assert_busy(*state, W1, (bool[RESOURCES]){[W1] = true, [N1] = true, [WEB] = true, [VOLUME] = true});
    assert_busy(*state, W2, (bool[RESOURCES]){[W2] = true, [N1] = true, [WEB] = true});
    assert_busy(*state, N1, (bool[RESOURCES]){[N1] = true, [W1] = true, [W2] = true});
    assert_busy(*state, VOLUME, (bool[RESOURCES]){[VOLUME] = true, [W1] = true});
    assert_busy(*state, OTHER, (bool[RESOURCES]){[OTHER] = true}); /* a call is no descent */
}

static void test_every_phase_of_work_is_busy_and_rest_is_not(void **state)
{
    struct fixture *fixture = *state;

    start(fixture);
    struct open_issue *worker = open_issue(fixture, W1, ISSUE_DISK_FULL);
    for (unsigned phase = PHASE_NONE; phase <= PHASE_ENDED; phase++) {
        issue_book_set_phase(fixture->book, worker, (enum remediation_phase)phase);
        bool rests = phase == PHASE_NONE || phase == PHASE_ENDED || phase == PHASE_APPROVAL; /* waits for a person */
        assert_int_equal(check(fixture, N1, 0), rests ? GATE_NONE : GATE_RESOURCE_BUSY);
        assert_int_equal(gates_check(fixture->gates, fixture->book, worker, 0, GATES_START),
                         GATE_NONE); /* not in its own way */
    }
}

static void test_a_topology_in_a_circle_comes_to_an_end(void **state)
{
    struct fixture *fixture = *state;
    struct inventory *circle = inventory_create();

    for (size_t i = 0; i < RESOURCES; i++)
        inventory_add_resource(circle, IDS[i], strlen(IDS[i]));
    inventory_relate(circle, W1, RELATION_RUNS_ON, W2);
    inventory_relate(circle, W2, RELATION_RUNS_ON, W1);
    inventory_relate(circle, N1, RELATION_RUNS_ON, N1);
    inventory_freeze(circle);
    inventory_destroy(fixture->inventory);
    fixture->inventory = circle;
    start(fixture);
    assert_busy(fixture, W1, (bool[RESOURCES]){[W1] = true, [W2] = true});
    assert_busy(fixture, N1, (bool[RESOURCES]){[N1] = true});
}

static void test_so_many_at_once_and_no_more(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.limits.concurrent = 2;
    start(fixture);
    issue_book_set_phase(fixture->book, open_issue(fixture, W2, ISSUE_DISK_FULL), PHASE_VERIFY);
    assert_int_equal(check(fixture, OTHER, 0), GATE_NONE);
    issue_book_set_phase(fixture->book, open_issue(fixture, VOLUME, ISSUE_DISK_FULL), PHASE_DELAY);
    assert_int_equal(check(fixture, OTHER, 0), GATE_CONCURRENT_LIMIT);
    assert_int_equal(check(fixture, W2, 0), GATE_RESOURCE_BUSY); /* the nearer reason is named */
}

static void test_a_resource_has_its_share_of_an_hour(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.limits.per_resource_per_hour = 2;
    start(fixture);
    gates_note_start(fixture->gates, W1, 0);
    assert_int_equal(check(fixture, W1, 1), GATE_NONE);
    gates_note_start(fixture->gates, W1, HEAL_MINUTE);
    assert_int_equal(check(fixture, W1, HEAL_MINUTE), GATE_RESOURCE_LIMIT);
    assert_int_equal(check(fixture, W2, HEAL_MINUTE), GATE_NONE);
    assert_int_equal(check(fixture, W1, HEAL_HOUR - 1), GATE_RESOURCE_LIMIT);
    assert_int_equal(check(fixture, W1, HEAL_HOUR), GATE_NONE); /* the first has left the hour */
    gates_note_start(fixture->gates, W1, HEAL_HOUR);
    assert_int_equal(check(fixture, W1, HEAL_HOUR + HEAL_MINUTE - 1), GATE_RESOURCE_LIMIT);
    assert_int_equal(check(fixture, W1, HEAL_HOUR + HEAL_MINUTE), GATE_NONE);
}

static void test_all_together_have_their_share_of_an_hour(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.limits.total_per_hour = 3;
    start(fixture);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(check(fixture, OTHER, i), GATE_NONE);
        gates_note_start(fixture->gates, i, i);
    }
    assert_int_equal(check(fixture, OTHER, HEAL_HOUR - 1), GATE_TOTAL_LIMIT);
    assert_int_equal(check(fixture, OTHER, HEAL_HOUR), GATE_NONE);
    gates_note_start(fixture->gates, OTHER, HEAL_HOUR);
    assert_int_equal(check(fixture, OTHER, HEAL_HOUR), GATE_TOTAL_LIMIT);
}

static void test_a_limit_of_none_lets_none_through(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.limits.total_per_hour = 0;
    start(fixture);
    assert_int_equal(check(fixture, W1, 0), GATE_TOTAL_LIMIT);
    fixture->policy.limits.per_resource_per_hour = 0;
    assert_int_equal(check(fixture, W1, 0), GATE_RESOURCE_LIMIT);
}

/* Against a plain list of all starts: each gate's verdict is exact, and so no
 * rolling hour ever holds more than it may. */
static void check_limits(struct fixture *fixture, uint64_t seed)
{
    struct random_stream stream = random_stream_named(seed, "gates_test", "limits", 0);
    struct {
        heal_time at;
        uint32_t resource;
    } starts[1000];
    size_t count = 0;
    heal_time now = 0;

    fixture->policy.limits.per_resource_per_hour = (uint32_t)random_below(&stream, 4);
    fixture->policy.limits.total_per_hour = (uint32_t)random_below(&stream, 9);
    start(fixture);
    for (int step = 0; step < 1000; step++) {
        uint32_t resource = (uint32_t)random_below(&stream, RESOURCES), here = 0, total = 0;
        now += (heal_duration)random_below(&stream, 3) * 5 * HEAL_MINUTE;
        for (size_t i = 0; i < count; i++) {
            total += now - starts[i].at < HEAL_HOUR;
            here += now - starts[i].at < HEAL_HOUR && starts[i].resource == resource;
        }
        enum gate wanted = here >= fixture->policy.limits.per_resource_per_hour ? GATE_RESOURCE_LIMIT
                           : total >= fixture->policy.limits.total_per_hour     ? GATE_TOTAL_LIMIT
                                                                                : GATE_NONE;
        assert_for_seed(check(fixture, resource, now) == wanted, seed);
        if (wanted != GATE_NONE)
            continue;
        gates_note_start(fixture->gates, resource, now);
        starts[count].at = now;
        starts[count++].resource = resource;
    }
}

static void test_hourly_limits_are_exact_over_random_starts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        void *own = NULL;
        assert_int_equal(create(&own), 0);
        check_limits(own, seed);
        destroy(&own);
    }
}

static void test_a_pause_holds_what_hangs_on_it_until_its_end(void **state)
{
    struct fixture *fixture = *state;

    start(fixture);
    assert_true(gates_pause(fixture->gates, WEB, PAUSE_DEPLOY, HEAL_HOUR));
    assert_int_equal(check(fixture, W1, 0), GATE_PAUSED);
    assert_int_equal(check(fixture, WEB, 0), GATE_PAUSED);
    assert_int_equal(check(fixture, N1, 0), GATE_NONE);
    assert_int_equal(check(fixture, W1, HEAL_HOUR), GATE_NONE);
    assert_true(gates_resume(fixture->gates, WEB));
    assert_false(gates_resume(fixture->gates, WEB));
    assert_int_equal(check(fixture, W1, 0), GATE_NONE);
    assert_true(gates_pause(fixture->gates, RESOURCE_NONE, PAUSE_PERSON, HEAL_TIME_NEVER));
    assert_int_equal(check(fixture, OTHER, HEAL_DAY), GATE_PAUSED);
}

static void test_a_freeze_window_holds_its_resources(void **state)
{
    struct fixture *fixture = *state;
    struct policy_window window = {
        .name = "w", .resources = "pod/shop/*", .days = 127, .from = 60, .to = 120, .freeze = true};

    fixture->policy.windows = &window;
    fixture->policy.window_count = 1;
    start(fixture);
    assert_int_equal(check(fixture, W1, HEAL_HOUR), GATE_MAINTENANCE);
    assert_int_equal(check(fixture, OTHER, HEAL_HOUR), GATE_NONE);
    assert_int_equal(check(fixture, W1, 2 * HEAL_HOUR), GATE_NONE);
}

static void test_attempts_are_bounded_and_come_back_after_a_quiet_spell(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.guards.attempts_per_resource = 2;
    fixture->policy.guards.attempts_reset = HEAL_HOUR;
    start(fixture);
    gates_note_attempt(fixture->gates, W1, 0);
    assert_int_equal(check(fixture, W1, 0), GATE_NONE);
    gates_note_attempt(fixture->gates, W1, 10);
    assert_int_equal(check(fixture, W1, 10), GATE_ATTEMPTS);
    assert_int_equal(check(fixture, W2, 10), GATE_NONE);
    assert_int_equal(check(fixture, W1, HEAL_HOUR + 9), GATE_ATTEMPTS);
    assert_int_equal(check(fixture, W1, HEAL_HOUR + 10), GATE_NONE);
    fixture->policy.guards.attempts_per_resource = 0; /* none means none */
    assert_int_equal(check(fixture, OTHER, 0), GATE_ATTEMPTS);
}

static void test_a_loop_that_does_not_help_is_stopped(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.guards.futile_after = 3;
    fixture->policy.guards.futile_within = HEAL_HOUR;
    start(fixture);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(check(fixture, W1, i), GATE_NONE);
        gates_note_fruitless(fixture->gates, W1, ISSUE_HIGH_CPU, i);
    }
    assert_int_equal(check(fixture, W1, 3), GATE_FUTILE);
    assert_int_equal(
        gates_check(fixture->gates, fixture->book, open_issue(fixture, W1, ISSUE_DISK_FULL), 3, GATES_START),
        GATE_NONE); /* another trouble there is another matter */
    assert_int_equal(check(fixture, W1, HEAL_HOUR), GATE_NONE);
}

static void test_a_workload_that_is_mostly_sick_is_left_alone_and_cools_down(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.guards.min_healthy = 0.5;
    fixture->policy.guards.group_min = 2;
    fixture->policy.guards.storm_cool_down = HEAL_MINUTE;
    start(fixture);
    assert_int_equal(check(fixture, W1, 0), GATE_NONE); /* one of two */
    struct open_issue *other = open_issue(fixture, W2, ISSUE_HIGH_CPU);
    assert_int_equal(check(fixture, W1, 0), GATE_MIN_HEALTHY);
    other->closed_at = 1;
    assert_int_equal(check(fixture, W1, 1), GATE_STORM);
    assert_int_equal(check(fixture, W1, HEAL_MINUTE), GATE_NONE);
    fixture->policy.guards.group_min = 3;
    other->closed_at = HEAL_TIME_NEVER;
    assert_int_equal(check(fixture, W1, HEAL_HOUR), GATE_NONE); /* too few to tell */
}

static void test_only_so_much_of_a_workload_is_touched_at_once(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.guards.max_touched = 0.5;
    start(fixture);
    issue_book_set_phase(fixture->book, open_issue(fixture, W2, ISSUE_DISK_FULL), PHASE_VERIFY);
    assert_int_equal(check(fixture, W1, 0), GATE_BLAST_RADIUS);
    assert_int_equal(check(fixture, OTHER, 0), GATE_NONE);
    fixture->policy.guards.max_touched = 0.0; /* one may always be */
    issue_book_set_phase(fixture->book, open_issue(fixture, W2, ISSUE_DISK_FULL), PHASE_NONE);
    assert_int_equal(check(fixture, W1, 0), GATE_NONE);
}

static void test_a_persons_word_goes_past_all_but_what_keeps_remedies_apart(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.auto_remediation = false;
    fixture->policy.guards.attempts_per_resource = 0;
    fixture->policy.limits.total_per_hour = 0;
    start(fixture);
    gates_freeze(fixture->gates, W1);
    gates_pause(fixture->gates, RESOURCE_NONE, PAUSE_PERSON, HEAL_TIME_NEVER);
    struct open_issue *issue = open_issue(fixture, W1, ISSUE_HIGH_CPU);
    assert_int_equal(gates_check(fixture->gates, fixture->book, issue, 0, GATES_BY_HAND), GATE_NONE);
    assert_true(gates_occupy(fixture->gates, N1));
    assert_int_equal(gates_check(fixture->gates, fixture->book, issue, 0, GATES_BY_HAND), GATE_RESOURCE_BUSY);
    gates_leave(fixture->gates, N1);
    assert_int_equal(gates_check(fixture->gates, fixture->book, issue, 0, GATES_BY_HAND), GATE_NONE);
}

static void test_a_person_can_thaw_what_was_frozen(void **state)
{
    struct fixture *fixture = *state;

    start(fixture);
    gates_freeze(fixture->gates, W1);
    assert_true(gates_thaw(fixture->gates, W1));
    assert_false(gates_thaw(fixture->gates, W1));
    assert_int_equal(check(fixture, W1, 0), GATE_NONE);
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(test_nothing_stands_in_the_way_at_first),
        with_fixture(test_with_auto_remediation_off_nothing_starts),
        with_fixture(test_a_frozen_resource_stays_frozen_and_its_neighbours_free),
        with_fixture(test_a_remedy_holds_back_those_above_and_below_it),
        with_fixture(test_every_phase_of_work_is_busy_and_rest_is_not),
        with_fixture(test_a_topology_in_a_circle_comes_to_an_end),
        with_fixture(test_so_many_at_once_and_no_more),
        with_fixture(test_a_resource_has_its_share_of_an_hour),
        with_fixture(test_all_together_have_their_share_of_an_hour),
        with_fixture(test_a_limit_of_none_lets_none_through),
        with_fixture(test_a_pause_holds_what_hangs_on_it_until_its_end),
        with_fixture(test_a_freeze_window_holds_its_resources),
        with_fixture(test_attempts_are_bounded_and_come_back_after_a_quiet_spell),
        with_fixture(test_a_loop_that_does_not_help_is_stopped),
        with_fixture(test_a_workload_that_is_mostly_sick_is_left_alone_and_cools_down),
        with_fixture(test_only_so_much_of_a_workload_is_touched_at_once),
        with_fixture(test_a_persons_word_goes_past_all_but_what_keeps_remedies_apart),
        with_fixture(test_a_person_can_thaw_what_was_frozen),
        cmocka_unit_test(test_hourly_limits_are_exact_over_random_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
