/* validation_world_test.c - what the world draws while it runs has the law that its
 * parameters say: times and ends of every action of the catalogue, people's times; and
 * a world that breaks and is repaired is up as much as theory has it. */
#include "sim/test_draws.h"

/* --- actions -------------------------------------------------------------- */

struct action_draws {
    struct samples times;
    double ends[3]; /* succeeded, failed, never answered */
};

/* A fault every 40 minutes, 400 times, each met by one action, which cures it. */
static void draw_actions(const struct fault_catalogue *catalogue, enum action_kind action, struct action_draws *draws)
{
    struct test_world world;
    struct test_log log = {0};
    heal_time started = 0;

    test_world_init(&world);
    memcpy(world.catalogue.actions, catalogue->actions, sizeof world.catalogue.actions);
    memset(world.kinds[0].causes[0].cures, true, sizeof world.kinds[0].causes[0].cures);
    world.kinds[0].recovery = 0;
    world.faults[0].onset = ONSET_PERIODIC;
    world.faults[0].every = 40 * HEAL_MINUTE;
    world.faults[0].lasts = 25 * HEAL_MINUTE;
    world.scenario.fault_count = 1;
    world.duration = 400 * 40 * HEAL_MINUTE;
    world.policy.scan_interval = 2 * HEAL_MINUTE;
    world.policy.issue_cool_down = 0;
    world.strategies[TEST_RESTART].steps[0] =
        (struct strategy_step){.action = action, .amount = 1, .timeout = 20 * HEAL_MINUTE};
    test_world_run(&world, &log);
    *draws = (struct action_draws){.times = {.count = 0}};
    for (size_t i = 0; i < log.count; i++) {
        const struct decision *decision = &log.items[i].decision;
        if (log.items[i].kind != RECORD_DECISION || decision->action_kind != action)
            continue;
        if (decision->kind == DECISION_ACTION_STARTED)
            started = decision->at;
        if (decision->kind != DECISION_ACTION_ENDED)
            continue;
        draws->ends[decision->outcome == ACTION_SUCCEEDED ? 0 : decision->outcome == ACTION_FAILED ? 1 : 2]++;
        if (decision->outcome != ACTION_TIMED_OUT)
            add(&draws->times, heal_duration_seconds(decision->at - started));
    }
    test_log_clear(&log);
    test_world_clear(&world);
}

static void test_every_action_takes_its_time_and_fails_as_often_as_it_should(void **state)
{
    (void)state;
    static struct action_draws draws;
    struct error_list errors = {0};
    struct fault_catalogue *catalogue = load_catalogue(NULL, &errors);
    struct samples all = {.count = 0};
    double ends[3] = {0}, expected[3] = {0};

    assert_non_null(catalogue);
    for (int action = 0; action < ACTION_KIND_COUNT; action++) {
        const struct action_model *model = &catalogue->actions[action];
        struct log_normal times = {model->mean_seconds, model->sd_seconds};
        if (action == ACTION_PAGE_OPERATOR)
            continue;
        draw_actions(catalogue, (enum action_kind)action, &draws);
        double n = draws.ends[0] + draws.ends[1] + draws.ends[2];
        assert_true(n > 350);
        if (times.mean_seconds > 0.0 && times.sd_seconds > 0.0)
            keep(&all, "times", action_name((enum action_kind)action),
                 kolmogorov_smirnov(draws.times.values, draws.times.count, log_normal_law, &times));
        double shares[3] = {1.0 - model->failure - model->lost, model->failure, model->lost};
        for (size_t i = 0; i < 3; i++)
            ends[i] += draws.ends[i], expected[i] += n * shares[i];
    }
    expect_uniform(&all, "times of actions");
    double p = chi_square(ends, expected, 3);
    print_message("ends of actions: %g succeeded, %g failed, %g without an answer, P = %.4f\n", ends[0], ends[1],
                  ends[2], p);
    assert_true(p > UNLIKELY);
    expected[1] *= 1.5;
    assert_true(chi_square(ends, expected, 3) < UNLIKELY);
    fault_catalogue_destroy(catalogue);
}

/* --- people --------------------------------------------------------------- */

static const struct operators PEOPLE = {.present = true, .acknowledge = {300, 200}, .repair = {1500, 1200}};

/* A pod that breaks once in ten hours on average, with people and no healer. */
static void people_world(struct test_world *world, uint32_t replication)
{
    test_world_init(world);
    world->scenario.operators = PEOPLE;
    world->kinds[0].recovery = 0;
    world->faults[0].onset = ONSET_POISSON;
    world->faults[0].at = 0;
    world->faults[0].every = 10 * HEAL_HOUR;
    world->scenario.fault_count = 1;
    world->policy.auto_remediation = false;
    world->policy.scan_interval = 2 * HEAL_MINUTE;
    world->policy.issue_cool_down = 0;
    world->duration = 1200 * HEAL_HOUR;
    world->replication = replication;
}

static void test_people_take_their_times(void **state)
{
    (void)state;
    static struct samples acknowledged, repaired;
    struct test_log log = {0};

    for (uint32_t replication = 0; replication < 8; replication++) {
        struct test_world world;
        people_world(&world, replication);
        test_world_run(&world, &log);
        for (size_t i = 0; i < log.count; i++) {
            const struct operator_record *act = &log.items[i].operator;
            if (log.items[i].kind == RECORD_OPERATOR && (act->repair || act->ended_at > act->at))
                add(act->repair ? &repaired : &acknowledged, heal_duration_seconds(act->ended_at - act->at));
        }
        test_world_clear(&world);
    }
    test_log_clear(&log);
    assert_true(repaired.count > 800 && acknowledged.count >= repaired.count);
    struct log_normal longer = {PEOPLE.repair.mean_seconds * 1.2, PEOPLE.repair.sd_seconds * 1.2};
    double p = kolmogorov_smirnov(acknowledged.values, acknowledged.count, log_normal_law, &PEOPLE.acknowledge);
    double q = kolmogorov_smirnov(repaired.values, repaired.count, log_normal_law, &PEOPLE.repair);
    print_message("%zu pages, P = %.4f; %zu repairs, P = %.4f\n", acknowledged.count, p, repaired.count, q);
    assert_true(p > UNLIKELY && q > UNLIKELY);
    assert_true(kolmogorov_smirnov(repaired.values, repaired.count, log_normal_law, &longer) < UNLIKELY);
}

/* The share of time in which some fault stood; faults in order of onset. */
static double share_broken(const struct test_log *log, heal_duration duration)
{
    heal_time covered = TEST_START, end = TEST_START + duration;
    double broken = 0.0;

    for (size_t i = 0; i < log->count; i++) {
        const struct fault_record *fault = &log->items[i].fault;
        if (log->items[i].kind != RECORD_FAULT)
            continue;
        heal_time from = fault->onset > covered ? fault->onset : covered, to = fault->end < end ? fault->end : end;
        if (to > from) {
            broken += heal_duration_seconds(to - from);
            covered = to;
        }
    }
    return broken / heal_duration_seconds(duration);
}

/* Up for an exponential time, down until somebody has seen it, come and repaired it:
 * an alternating renewal process, whose share of time down is E[down] / (E[up] +
 * E[down]) (Barlow and Proschan 1975, ch. 7). It is seen with the next frame, half a
 * scan later on average. What strikes between a repair and the next frame looks like
 * what was there before, so nobody is paged anew; it passes after six hours, which
 * adds less than 4 % to the theory. */
static void test_a_world_that_breaks_and_is_repaired(void **state)
{
    (void)state;
    static double shares[SEEDS * BATCHES];
    char row[256];
    const double down = 60.0 + PEOPLE.acknowledge.mean_seconds + PEOPLE.repair.mean_seconds, up = 36000.0;
    struct test_log log = {0};

    for (uint32_t i = 0; i < SEEDS * BATCHES; i++) {
        struct test_world world;
        people_world(&world, i);
        world.faults[0].lasts = 6 * HEAL_HOUR;
        world.duration = 400 * HEAL_HOUR;
        test_world_run(&world, &log);
        shares[i] = share_broken(&log, world.duration);
        test_world_clear(&world);
    }
    test_log_clear(&log);
    bool holds =
        figure_holds("world with faults and people, up 10 h", "share of time down", down / (up + down), shares, row);
    assert_true(tell_row(row) && holds);
    assert_false(figure_holds("", "", down / (up * 0.85 + down), shares, row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_action_takes_its_time_and_fails_as_often_as_it_should),
        cmocka_unit_test(test_people_take_their_times),
        cmocka_unit_test(test_a_world_that_breaks_and_is_repaired),
    };
    return cmocka_run_group_tests_name("validation, world", tests, NULL, NULL);
}
