#include "engine/learning.h"

#include "engine/test_engine.h"

#include <gsl/gsl_cdf.h>

enum { STRATEGIES = 4, DRAWS = 10000 };

struct fixture {
    struct policy policy;
    struct strategy strategies[STRATEGIES];
    struct ladder ladder;
    struct learning *learning;
};

static int create(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    fixture->policy = test_policy(NULL, 0);
    fixture->policy.strategies = fixture->strategies;
    fixture->policy.strategy_count = STRATEGIES;
    for (uint32_t i = 0; i < STRATEGIES; i++)
        fixture->strategies[i] = (struct strategy){.prior_success = 0.5, .prior_weight = 2.0};
    fixture->ladder = (struct ladder){.rungs = {2, 0, 3, 1}, .count = STRATEGIES};
    *state = fixture;
    return 0;
}

static int destroy(void **state)
{
    struct fixture *fixture = *state;

    learning_destroy(fixture->learning);
    free(fixture);
    return 0;
}

static struct learning *start(struct fixture *fixture, enum choice choice, uint64_t seed)
{
    learning_destroy(fixture->learning);
    fixture->policy.choice = choice;
    fixture->learning = learning_create(&fixture->policy, seed);
    assert_non_null(fixture->learning);
    return fixture->learning;
}

static void set_prior(struct fixture *fixture, uint32_t strategy, double success, double failure)
{
    fixture->strategies[strategy].prior_weight = success + failure;
    fixture->strategies[strategy].prior_success = success / (success + failure);
}

static void assert_mean(const struct learning *learning, uint32_t strategy, double mean)
{
    assert_true(fabs(learning_mean(learning, strategy, 0) - mean) < 1e-12);
}

static void test_the_first_opinion_is_the_prior(void **state)
{
    struct fixture *fixture = *state;

    fixture->strategies[1].prior_success = 0.9;
    struct learning *learning = start(fixture, CHOICE_LADDER, 1);
    assert_mean(learning, 0, 0.5);
    assert_mean(learning, 1, 0.9);
}

/* Beta(a, b) after s successes and f failures is Beta(a + s, b + f). */
static void test_each_attempt_counts_one(void **state)
{
    struct fixture *fixture = *state;

    set_prior(fixture, 0, 3.0, 1.0);
    struct learning *learning = start(fixture, CHOICE_LADDER, 1);
    learning_note(learning, 0, 0, true, 0);
    assert_mean(learning, 0, 4.0 / 5.0);
    learning_note(learning, 0, 0, false, 0);
    assert_mean(learning, 0, 4.0 / 6.0);
    assert_mean(learning, 1, 0.5); /* the others learn nothing from it */
}

static void test_the_order_of_attempts_does_not_matter(void **state)
{
    struct fixture *fixture = *state;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random_stream stream = random_stream_named(seed, "learning_test", "order", 0);
        struct learning *learning = start(fixture, CHOICE_LADDER, 1);
        int successes = 0;
        for (int i = 0; i < 30; i++) {
            bool success = random_below(&stream, 2);
            successes += success;
            learning_note(learning, 0, 0, success, 0);
        }
        assert_for_seed(fabs(learning_mean(learning, 0, 0) - (1.0 + successes) / 32.0) < 1e-12, seed);
    }
}

static void test_a_relapse_turns_the_success_into_a_failure(void **state)
{
    struct learning *learning = start(*state, CHOICE_LADDER, 1);

    learning_note(learning, 0, 0, true, 0);
    learning_relapse(learning, 0, 0, 0);
    learning_note(learning, 1, 0, false, 0);
    assert_mean(learning, 0, learning_mean(learning, 1, 0));
}

static void test_a_policy_that_does_not_learn_keeps_its_priors(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.learning = false;
    struct learning *learning = start(fixture, CHOICE_LADDER, 1);
    learning_note(learning, 0, 0, true, 0);
    learning_note(learning, 0, 0, true, 0);
    learning_relapse(learning, 0, 0, 0);
    assert_mean(learning, 0, 0.5);
}

static void test_a_ladder_is_climbed_in_its_order_whatever_was_learned(void **state)
{
    struct fixture *fixture = *state;
    struct learning *learning = start(fixture, CHOICE_LADDER, 1);

    for (int i = 0; i < 100; i++)
        learning_note(learning, 1, 0, true, 0); /* the last rung */
    for (uint32_t rung = 0; rung < STRATEGIES; rung++)
        assert_int_equal(learning_choose(learning, &fixture->ladder, (1U << rung) - 1, 0, SEVERITY_LOW), rung);
    assert_int_equal(learning_choose(learning, &fixture->ladder, 0x5, 0, SEVERITY_LOW), 1);
}

static void test_when_all_was_tried_nothing_is_left(void **state)
{
    static const enum choice choices[] = {CHOICE_LADDER, CHOICE_THOMPSON, CHOICE_LOWER_BOUND};
    struct fixture *fixture = *state;
    const struct ladder empty = {.count = 0};

    for (size_t i = 0; i < 3; i++) {
        struct learning *learning = start(fixture, choices[i], 1);
        assert_int_equal(learning_choose(learning, &fixture->ladder, 0xf, 0, SEVERITY_LOW), -1);
        assert_int_equal(learning_choose(learning, &empty, 0, 0, SEVERITY_LOW), -1);
    }
}

static void test_only_what_was_not_tried_is_chosen(void **state)
{
    static const enum choice choices[] = {CHOICE_LADDER, CHOICE_THOMPSON, CHOICE_LOWER_BOUND};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < 3; i++) {
        struct learning *learning = start(fixture, choices[i], 1);
        for (uint32_t tried = 0; tried < 0xf; tried++) {
            int rung = learning_choose(learning, &fixture->ladder, tried, 0, SEVERITY_LOW);
            assert_true(rung >= 0 && rung < STRATEGIES && !(tried >> rung & 1));
        }
    }
}

static void test_the_lower_bound_prefers_the_proven(void **state)
{
    struct fixture *fixture = *state;

    set_prior(fixture, 2, 4.5, 0.5);   /* mean 0.9, hardly known */
    set_prior(fixture, 0, 80.0, 20.0); /* mean 0.8, well known */
    struct learning *learning = start(fixture, CHOICE_LOWER_BOUND, 1);
    assert_true(gsl_cdf_beta_Pinv(0.05, 80.0, 20.0) > gsl_cdf_beta_Pinv(0.05, 4.5, 0.5));
    assert_int_equal(learning_choose(learning, &fixture->ladder, 0, 0, SEVERITY_LOW), 1);
    for (int i = 0; i < 40; i++)
        learning_note(learning, 2, 0, true, 0); /* and now the other is proven too */
    assert_int_equal(learning_choose(learning, &fixture->ladder, 0, 0, SEVERITY_LOW), 0);
}

static void test_of_equals_the_lower_bound_takes_the_first_rung(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(learning_choose(start(fixture, CHOICE_LOWER_BOUND, 1), &fixture->ladder, 0, 0, SEVERITY_LOW), 0);
}

/* Against GSL's own inverse, where that works: the choice is the larger bound. */
static void test_the_lower_bound_is_the_quantile_of_the_posterior(void **state)
{
    struct fixture *fixture = *state;

    fixture->ladder = (struct ladder){.rungs = {0, 1}, .count = 2};
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random_stream stream = random_stream_named(seed, "learning_test", "bound", 0);
        double a[2], b[2], bound[2];
        for (uint32_t i = 0; i < 2; i++) {
            a[i] = 1.0 + 20.0 * random_uniform(&stream);
            b[i] = 1.0 + 20.0 * random_uniform(&stream);
            set_prior(fixture, i, a[i], b[i]);
            bound[i] = gsl_cdf_beta_Pinv(0.05, a[i], b[i]);
        }
        int rung = learning_choose(start(fixture, CHOICE_LOWER_BOUND, 1), &fixture->ladder, 0, 0, SEVERITY_LOW);
        assert_for_seed(fabs(bound[0] - bound[1]) < 1e-6 || rung == (bound[1] > bound[0]), seed);
    }
}

/* The ends of what a policy may say, and years of attempts on top: a choice comes
 * out, and the process is still there. */
static void test_extreme_posteriors_are_chosen_from(void **state)
{
    static const double successes[] = {0.001, 0.5, 0.999}, weights[] = {0.1, 1.0, 1000.0};
    static const enum choice choices[] = {CHOICE_THOMPSON, CHOICE_LOWER_BOUND};
    struct fixture *fixture = *state;

    for (size_t k = 0; k < 2 * 9; k++) {
        fixture->strategies[0].prior_success = successes[k % 3];
        fixture->strategies[0].prior_weight = weights[k / 3 % 3];
        for (int notes = 0; notes < 3; notes++) {
            struct learning *learning = start(fixture, choices[k / 9], 1);
            for (int i = 0; notes > 0 && i < 1133; i++)
                learning_note(learning, 0, 0, notes == 1 ? i % 29 != 0 : i % 29 == 0, 0);
            int rung = learning_choose(learning, &fixture->ladder, 0, 0, SEVERITY_LOW);
            assert_in_range(rung, 0, STRATEGIES - 1);
            assert_int_equal(learning_choose(learning, &fixture->ladder, 0xd, 0, SEVERITY_LOW),
                             1); /* the extreme one alone */
        }
    }
}

/* P(X > Y) for X ~ Beta(2, 1), Y ~ Beta(1, 1) is E[X] = 2/3. */
static void test_thompson_takes_each_as_often_as_it_is_likely_the_best(void **state)
{
    struct fixture *fixture = *state;
    int first = 0;

    set_prior(fixture, 0, 2.0, 1.0);
    set_prior(fixture, 1, 1.0, 1.0);
    fixture->ladder = (struct ladder){.rungs = {0, 1}, .count = 2};
    struct learning *learning = start(fixture, CHOICE_THOMPSON, 1);
    for (int i = 0; i < DRAWS; i++)
        first += learning_choose(learning, &fixture->ladder, 0, 0, SEVERITY_LOW) == 0;
    double sd = sqrt(DRAWS * (2.0 / 3.0) / 3.0);
    assert_true(fabs(first - DRAWS * 2.0 / 3.0) < 4.0 * sd);
}

static void test_thompson_learns_which_of_two_helps(void **state)
{
    static const double success[] = {0.3, 0.8};
    struct fixture *fixture = *state;

    fixture->ladder = (struct ladder){.rungs = {0, 1}, .count = 2};
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct random_stream stream = random_stream_named(seed, "learning_test", "world", 0);
        struct learning *learning = start(fixture, CHOICE_THOMPSON, seed);
        int better = 0;
        for (int i = 0; i < 400; i++) {
            int rung = learning_choose(learning, &fixture->ladder, 0, 0, SEVERITY_LOW);
            learning_note(learning, (uint32_t)rung, 0, random_uniform(&stream) < success[rung], 0);
            better += i >= 200 && rung == 1;
        }
        assert_for_seed(better > 180, seed);
        assert_for_seed(fabs(learning_mean(learning, 1, 0) - 0.8) < 0.1, seed);
    }
}

static void test_the_same_seed_chooses_the_same(void **state)
{
    struct fixture *fixture = *state;
    int runs[3][100], differ = 0;

    for (size_t run = 0; run < 3; run++) {
        struct learning *learning = start(fixture, CHOICE_THOMPSON, run < 2 ? 5 : 6);
        for (int i = 0; i < 100; i++)
            runs[run][i] = learning_choose(learning, &fixture->ladder, 0, 0, SEVERITY_LOW);
    }
    assert_memory_equal(runs[0], runs[1], sizeof runs[0]);
    for (int i = 0; i < 100; i++)
        differ += runs[0][i] != runs[2][i];
    assert_true(differ > 40); /* of four equals, three in four differ by chance */
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, create, destroy)

/* A count of w successes weighs w/2 a half-life later: (1 + 8/2) / (2 + 8/2). */
static void test_what_was_learned_fades(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.odds.half_life = HEAL_DAY;
    struct learning *learning = start(fixture, CHOICE_LADDER, 1);
    for (int i = 0; i < 8; i++)
        learning_note(learning, 0, 0, true, 0);
    assert_mean(learning, 0, 9.0 / 10.0);
    learning_note(learning, 0, 0, false, HEAL_DAY);
    assert_mean(learning, 0, 5.0 / 7.0);
}

/* What helps against one kind of evidence need not help against another; what is
 * known of neither comes from the odds at large. */
static void test_each_signature_has_odds_of_its_own(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.odds.pooling = 2.0;
    struct learning *learning = start(fixture, CHOICE_LOWER_BOUND, 1);
    for (int i = 0; i < 10; i++) {
        learning_note(learning, 0, 3, true, 0);
        learning_note(learning, 0, 5, false, 0);
    }
    assert_true(learning_mean(learning, 0, 3) > 0.85);
    assert_true(learning_mean(learning, 0, 5) < 0.15);
    assert_true(fabs(learning_mean(learning, 0, 7) - 0.5) < 1e-12); /* never seen: at large, 11 of 22 */
    assert_int_equal(learning_choose(learning, &fixture->ladder, 0, 3, SEVERITY_LOW), 1); /* rung 1 is strategy 0 */
    assert_int_not_equal(learning_choose(learning, &fixture->ladder, 0, 5, SEVERITY_LOW), 1);
}

static void test_a_critical_issue_is_no_experiment(void **state)
{
    struct fixture *fixture = *state;

    set_prior(fixture, 0, 6.0, 4.0);
    struct learning *learning = start(fixture, CHOICE_THOMPSON, 1);
    int other = 0;
    for (int i = 0; i < 200; i++) {
        assert_int_equal(learning_choose(learning, &fixture->ladder, 0, 0, SEVERITY_CRITICAL), 1);
        other += learning_choose(learning, &fixture->ladder, 0, 0, SEVERITY_HIGH) != 1;
    }
    assert_true(other > 20); /* below, others get their draws */
}

static void test_cost_counts_where_there_is_time(void **state)
{
    struct fixture *fixture = *state;

    for (uint32_t i = 0; i < STRATEGIES; i++)
        set_prior(fixture, i, 5000.0, 5000.0);
    set_prior(fixture, 0, 5200.0, 4800.0); /* a little better, and dear */
    fixture->strategies[0].cost = 10.0;
    fixture->policy.odds.cost_weight[SEVERITY_LOW] = 0.01;
    struct learning *learning = start(fixture, CHOICE_LOWER_BOUND, 1);
    assert_int_not_equal(learning_choose(learning, &fixture->ladder, 0, 0, SEVERITY_LOW), 1);
    assert_int_equal(learning_choose(learning, &fixture->ladder, 0, 0, SEVERITY_CRITICAL), 1);
}

static void test_what_was_learned_can_be_kept_and_given_back(void **state)
{
    struct fixture *fixture = *state;

    fixture->policy.odds.pooling = 2.0;
    struct learning *learning = start(fixture, CHOICE_LADDER, 1);
    for (int i = 0; i < 5; i++)
        learning_note(learning, 1, 4, i % 2, i * HEAL_HOUR);
    double mean = learning_mean(learning, 1, 4);
    struct learned large = learning_get(learning, 1, -1), own = learning_get(learning, 1, 4);
    learning = start(fixture, CHOICE_LADDER, 1);
    learning_set(learning, 1, -1, large);
    learning_set(learning, 1, 4, own);
    assert_true(learning_mean(learning, 1, 4) == mean);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(test_the_first_opinion_is_the_prior),
        with_fixture(test_each_attempt_counts_one),
        with_fixture(test_the_order_of_attempts_does_not_matter),
        with_fixture(test_a_relapse_turns_the_success_into_a_failure),
        with_fixture(test_a_policy_that_does_not_learn_keeps_its_priors),
        with_fixture(test_a_ladder_is_climbed_in_its_order_whatever_was_learned),
        with_fixture(test_when_all_was_tried_nothing_is_left),
        with_fixture(test_only_what_was_not_tried_is_chosen),
        with_fixture(test_the_lower_bound_prefers_the_proven),
        with_fixture(test_of_equals_the_lower_bound_takes_the_first_rung),
        with_fixture(test_the_lower_bound_is_the_quantile_of_the_posterior),
        with_fixture(test_extreme_posteriors_are_chosen_from),
        with_fixture(test_thompson_takes_each_as_often_as_it_is_likely_the_best),
        with_fixture(test_thompson_learns_which_of_two_helps),
        with_fixture(test_the_same_seed_chooses_the_same),
        with_fixture(test_what_was_learned_fades),
        with_fixture(test_each_signature_has_odds_of_its_own),
        with_fixture(test_a_critical_issue_is_no_experiment),
        with_fixture(test_cost_counts_where_there_is_time),
        with_fixture(test_what_was_learned_can_be_kept_and_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
