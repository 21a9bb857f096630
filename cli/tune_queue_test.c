/* tune_queue_test.c - what is needed is made once and kept, whatever is guessed meanwhile. */
#include "cli/tune_queue.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CANDIDATES = 8, ROUNDS = 8, FIGURES = 2 };

/* A search's other half: figures that tell which evaluation they are of, and a store. */
struct fixture {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int evaluated[CANDIDATES][ROUNDS], kept[CANDIDATES][ROUNDS];
    struct task awaited; /* no other is finished before this one */
    bool waits;
    struct task failing;
    bool fails;
    struct error_list errors;
    double values[CANDIDATES][ROUNDS][FIGURES];
    uint64_t made;
};

static bool is(const struct task *a, const struct task *b)
{
    return a->candidate == b->candidate && a->round == b->round;
}

static bool evaluate(void *context, const struct task *task, uint32_t worker, double *values, struct error_list *errors)
{
    struct fixture *fixture = context;
    bool fails = fixture->fails && is(task, &fixture->failing);

    (void)worker;
    pthread_mutex_lock(&fixture->lock);
    while (fixture->waits && !is(task, &fixture->awaited) &&
           fixture->evaluated[fixture->awaited.candidate][fixture->awaited.round] == 0)
        pthread_cond_wait(&fixture->changed, &fixture->lock);
    fixture->evaluated[task->candidate][task->round]++;
    pthread_cond_broadcast(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
    values[0] = (double)task->candidate;
    values[1] = (double)task->round;
    if (fails)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "cannot");
    return !fails;
}

static bool known(void *context, const struct task *task, double *values)
{
    const struct fixture *fixture = context;

    if (!fixture->kept[task->candidate][task->round])
        return false;
    values[0] = (double)task->candidate;
    values[1] = (double)task->round;
    return true;
}

static bool keep(void *context, const struct task *task, const double *values, struct error_list *errors)
{
    struct fixture *fixture = context;

    (void)errors;
    assert_true(values[0] == (double)task->candidate && values[1] == (double)task->round);
    fixture->kept[task->candidate][task->round]++;
    return true;
}

static struct tune_queue *open_queue(struct fixture *fixture, uint32_t jobs)
{
    const struct tune_work work = {fixture, FIGURES, evaluate, known, keep};

    memset(fixture, 0, sizeof *fixture);
    pthread_mutex_init(&fixture->lock, NULL);
    pthread_cond_init(&fixture->changed, NULL);
    struct tune_queue *queue = tune_queue_create(&work, jobs, &fixture->errors);
    assert_non_null(queue);
    return queue;
}

static void close_queue(struct fixture *fixture, struct tune_queue *queue)
{
    tune_queue_destroy(queue);
    pthread_cond_destroy(&fixture->changed);
    pthread_mutex_destroy(&fixture->lock);
    error_list_clear(&fixture->errors);
}

/* All candidates in one round, which they pass; guesses are the round after. */
static bool run_round(struct fixture *fixture, struct tune_queue *queue, uint32_t round)
{
    struct task tasks[CANDIDATES], guesses[CANDIDATES];

    for (size_t i = 0; i < CANDIDATES; i++) {
        tasks[i] = (struct task){i, round, fixture->values[i][round]};
        guesses[i] = (struct task){i, round + 1, NULL};
    }
    return tune_queue_run(queue, tasks, CANDIDATES, guesses, round + 1 < ROUNDS ? CANDIDATES : 0, &fixture->made);
}

static void test_rounds_give_each_its_figures_once_with_any_number_of_threads(void **state)
{
    static const uint32_t JOBS[] = {1, 2, 3, 16};

    (void)state;
    for (size_t j = 0; j < sizeof JOBS / sizeof *JOBS; j++) {
        struct fixture fixture;
        struct tune_queue *queue = open_queue(&fixture, JOBS[j]);
        for (uint32_t round = 0; round < ROUNDS; round++) {
            assert_true(run_round(&fixture, queue, round));
            for (size_t i = 0; i < CANDIDATES; i++) {
                assert_true(fixture.values[i][round][0] == (double)i);
                assert_true(fixture.values[i][round][1] == (double)round);
            }
        }
        for (size_t i = 0; i < CANDIDATES * ROUNDS; i++) {
            assert_int_equal(fixture.evaluated[i / ROUNDS][i % ROUNDS], 1);
            assert_int_equal(fixture.kept[i / ROUNDS][i % ROUNDS], 1);
        }
        assert_int_equal(fixture.made, CANDIDATES * ROUNDS);
        close_queue(&fixture, queue);
    }
}

static void test_what_is_known_is_not_made_again(void **state)
{
    struct fixture fixture;
    struct tune_queue *queue = open_queue(&fixture, 2);

    (void)state;
    fixture.kept[3][0] = fixture.kept[5][1] = 1;
    assert_true(run_round(&fixture, queue, 0));
    assert_true(run_round(&fixture, queue, 1));
    assert_int_equal(fixture.evaluated[3][0] + fixture.evaluated[5][1], 0);
    assert_true(fixture.values[3][0][0] == 3.0 && fixture.values[5][1][1] == 1.0);
    assert_int_equal(fixture.made, 2 * CANDIDATES - 2);
    close_queue(&fixture, queue);
}

/* One need that is not finished before the guess is. */
static bool run_with_guess(struct fixture *fixture, struct tune_queue *queue, struct task guess)
{
    const struct task need = {0, 0, fixture->values[0][0]};

    fixture->awaited = guess;
    fixture->waits = true;
    bool good = tune_queue_run(queue, &need, 1, &guess, 1, &fixture->made);
    fixture->waits = false;
    return good;
}

static void test_a_guess_is_made_meanwhile_and_kept_when_it_is_needed(void **state)
{
    struct fixture fixture;
    struct tune_queue *queue = open_queue(&fixture, 2);
    const struct task guess = {4, 2, NULL}, later = {4, 2, fixture.values[4][2]};

    (void)state;
    assert_true(run_with_guess(&fixture, queue, guess));
    assert_int_equal(fixture.evaluated[4][2], 1);
    assert_int_equal(fixture.kept[4][2], 0);
    assert_int_equal(fixture.made, 1);
    assert_true(tune_queue_run(queue, &later, 1, NULL, 0, &fixture.made));
    assert_int_equal(fixture.evaluated[4][2], 1);
    assert_int_equal(fixture.kept[4][2], 1);
    assert_int_equal(fixture.made, 2);
    assert_true(fixture.values[4][2][0] == 4.0 && fixture.values[4][2][1] == 2.0);
    close_queue(&fixture, queue);
}

static void test_a_guess_that_is_never_needed_leaves_no_trace(void **state)
{
    struct fixture fixture;
    struct tune_queue *queue = open_queue(&fixture, 2);

    (void)state;
    assert_true(run_with_guess(&fixture, queue, (struct task){4, 2, NULL}));
    close_queue(&fixture, queue);
    assert_int_equal(fixture.kept[4][2], 0);
}

static void test_a_guess_that_fails_is_told_only_when_it_is_needed(void **state)
{
    struct fixture fixture;
    struct tune_queue *queue = open_queue(&fixture, 2);
    const struct task later = {4, 2, fixture.values[4][2]}, other = {1, 1, fixture.values[1][1]};

    (void)state;
    fixture.fails = true;
    fixture.failing = later;
    assert_true(run_with_guess(&fixture, queue, (struct task){4, 2, NULL}));
    assert_int_equal(fixture.errors.count, 0);
    assert_false(tune_queue_run(queue, &later, 1, NULL, 0, &fixture.made));
    assert_int_equal(fixture.errors.count, 1);
    assert_int_equal(fixture.kept[4][2], 0);
    assert_false(tune_queue_run(queue, &other, 1, NULL, 0, &fixture.made));
    assert_int_equal(fixture.evaluated[1][1], 0);
    close_queue(&fixture, queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounds_give_each_its_figures_once_with_any_number_of_threads),
        cmocka_unit_test(test_what_is_known_is_not_made_again),
        cmocka_unit_test(test_a_guess_is_made_meanwhile_and_kept_when_it_is_needed),
        cmocka_unit_test(test_a_guess_that_is_never_needed_leaves_no_trace),
        cmocka_unit_test(test_a_guess_that_fails_is_told_only_when_it_is_needed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
