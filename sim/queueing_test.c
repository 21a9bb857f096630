/* queueing_test.c - the formulas against published values and against each other. */
#include "sim/queueing.h"

#include "engine/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance))
        fail_msg("%.9g, wanted %.9g +- %.1g", got, wanted, tolerance);
}

/* Tables of Erlang B: 5 circuits, 3 erlangs: 11.01 %; 10, 5: 1.84 %; 20, 12: 0.98 %;
 * 100, 84.064 erlangs: 1 %. */
static void test_erlang_b_is_the_printed_table(void **state)
{
    (void)state;
    near(erlang_b(5, 3.0), 0.1101, 5e-5);
    near(erlang_b(10, 5.0), 0.0184, 5e-5);
    near(erlang_b(20, 12.0), 0.0098, 5e-5);
    near(erlang_b(100, 84.064), 0.01, 5e-6);
    near(erlang_b(0, 2.0), 1.0, 0.0);
}

/* C(1, a) = a; C(2, 1) = 1/3; C(10, 8) = 0.409 (Gross and Harris). */
static void test_erlang_c_knows_its_textbook_cases(void **state)
{
    (void)state;
    for (double load = 0.1; load < 1.0; load += 0.1)
        near(erlang_c(1, load), load, 1e-12);
    near(erlang_c(2, 1.0), 1.0 / 3.0, 1e-12);
    near(erlang_c(10, 8.0), 0.4092, 5e-5);
    near(erlang_c(3, 3.0), 1.0, 0.0);
    near(erlang_c(3, 9.0), 1.0, 0.0);
}

static void test_waits_of_one_server_are_in_closed_form(void **state)
{
    (void)state;
    near(mmc_wait_mean(1, 0.8, 0.5), 0.8 * 0.5 / 0.2, 1e-12);
    /* P(W <= t) = 1 - u exp(-(mu - lambda) t) */
    near(mmc_wait_quantile(1, 0.8, 0.5, 0.95), log(0.8 / 0.05) * 0.5 / 0.2, 1e-12);
    near(mmc_wait_quantile(1, 0.8, 0.5, 0.1), 0.0, 0.0);
    assert_true(isinf(mmc_wait_mean(2, 2.0, 1.0)));
    assert_true(isinf(mmc_wait_quantile(2, 2.5, 1.0, 0.5)));
    /* Pollaczek-Khinchine: M/D/1 waits half as long as M/M/1. */
    near(mgc_wait_mean(1, 0.8, 0.5, 0.0), 0.5 * mmc_wait_mean(1, 0.8, 0.5), 1e-12);
    near(mgc_wait_mean(1, 0.8, 0.5, 2.0), 2.5 * mmc_wait_mean(1, 0.8, 0.5), 1e-12);
}

static void test_the_power_is_near_erlang_c(void **state)
{
    double worst = 0.0;

    (void)state;
    for (uint32_t servers = 1; servers <= 64; servers *= 2) {
        for (double u = 0.05; u < 1.0; u += 0.05) {
            double off = fabs(wait_probability(servers, u) - erlang_c(servers, u * servers));
            worst = off > worst ? off : worst;
        }
    }
    near(worst, 0.0, 0.06);
    near(wait_probability(1.0, 0.37), 0.37, 0.0);
    near(wait_probability(3.5, 1.0), 1.0, 0.0);
    near(wait_probability(3.5, 7.0), 1.0, 0.0);
    near(wait_probability(3.5, 0.0), 0.0, 0.0);
}

/* Coffman, Muntz and Trotter: var = (2 + u) / (2 - u) / (mu - lambda)^2. */
static void test_sharing_has_the_published_variance(void **state)
{
    (void)state;
    for (double u = 0.1; u < 1.0; u += 0.2)
        near(ps_stay_cv2(u, 1.0), (2.0 + u) / (2.0 - u), 1e-12);
    near(ps_stay_cv2(0.0, 0.0), 0.0, 0.0);
    near(ps_stay_mean(1, 0.75, 2.0), 8.0, 1e-12);
}

/* M/M/1/K: (1 - u) u^K / (1 - u^(K+1)); at u = 1 all states are alike; without a
 * waiting room it is Erlang B. */
static void test_blocking_is_the_truncated_chain(void **state)
{
    (void)state;
    for (double u = 0.2; u < 1.0; u += 0.2) {
        double room = 4.0, size = room + 1.0;
        near(blocking(u, u, room), (1.0 - u) * pow(u, size) / (1.0 - pow(u, size + 1.0)), 1e-12);
    }
    near(blocking(1.0 - 1e-6, 1.0 - 1e-6, 8.0), 1.0 / 10.0, 1e-6);
    near(blocking(erlang_c(10, 5.0), 0.5, 0.0), erlang_b(10, 5.0), 1e-12);
    near(blocking(0.5, 0.0, 3.0), 0.0, 0.0);
}

static void test_a_backlog_settles_where_the_queue_does(void **state)
{
    double left = 0.0;

    (void)state;
    for (int i = 0; i < 200; i++)
        left = backlog_after(left, 80.0, 100.0, 1.0);
    near(left, 0.8 / 0.2, 1e-9);                              /* M/M/1: u / (1 - u) */
    near(backlog_after(500.0, 80.0, 100.0, 1.0), 480.0, 5.0); /* drains by what is spare */
    near(backlog_after(500.0, 180.0, 100.0, 0.0), 580.0, 1e-9);
    near(backlog_after(0.0, 80.0, 100.0, 0.0), 0.0, 0.0);
    near(backlog_after(7.0, 3.0, 0.0, 1.0), 10.0, 1e-9);
    near(backlog_after(0.0, 0.0, 0.0, 0.0), 0.0, 0.0);
}

static void test_a_backlog_stays_between_its_bounds(void **state)
{
    struct random_stream stream = random_stream_named(7, "queueing", "backlog", 0);

    (void)state;
    for (int i = 0; i < 100000; i++) {
        double backlog = random_uniform(&stream) < 0.3 ? 0.0 : random_exponential(&stream, 100.0);
        double arrivals = random_exponential(&stream, 100.0), capacity = random_exponential(&stream, 100.0);
        double weight = random_uniform(&stream) < 0.2 ? 0.0 : random_exponential(&stream, 1.0);
        double left = backlog_after(backlog, arrivals, capacity, weight);
        assert_true(left >= 0.0 && left <= backlog + arrivals);
        assert_true(left >= backlog + arrivals - capacity - 1e-9 * (backlog + arrivals));
        assert_true(backlog_after(backlog, arrivals + 1.0, capacity, weight) >= left);
        assert_true(backlog_after(backlog, arrivals, capacity + 1.0, weight) <= left + 1e-9);
    }
}

static void test_tries_are_a_geometric_sum(void **state)
{
    (void)state;
    near(tries_mean(0.5, 3), 1.875, 1e-12);
    near(tries_mean(1.0, 3), 4.0, 1e-12);
    near(tries_mean(0.0, 3), 1.0, 0.0);
    near(tries_fail(0.5, 3), 0.0625, 1e-12);
    near(tries_fail(0.5, 0), 0.5, 0.0);
}

/* The fixed point holds, and what comes through is the capacity. */
static void test_retries_settle_on_their_fixed_point(void **state)
{
    (void)state;
    for (uint32_t retries = 0; retries < 5; retries++) {
        for (double capacity = 1.0; capacity < 100.0; capacity *= 3.0) {
            double offered = retry_offered(100.0, capacity, retries), p = 1.0 - capacity / offered;
            near(offered, 100.0 * tries_mean(p, retries), 1e-6 * offered);
            near(100.0 * (1.0 - tries_fail(p, retries)), capacity, 1e-6 * capacity);
        }
    }
    near(retry_offered(80.0, 100.0, 3), 80.0, 0.0);
    near(retry_offered(80.0, 0.0, 3), 320.0, 0.0);
    assert_true(retry_storm_lasts(40.0, 100.0, 2));
    assert_false(retry_storm_lasts(30.0, 100.0, 2));
}

/* Exponential and chi-square quantiles: ln 100; chi2(10, 99 %) = 23.209. */
static void test_gamma_by_its_cube_root_is_near_the_tables(void **state)
{
    (void)state;
    near(gamma_quantile(1.0, 1.0, NORMAL_99), log(100.0), 0.01);
    near(gamma_quantile(10.0, 20.0, NORMAL_99), 23.209, 0.05);
    near(gamma_quantile(3.0, 0.0, NORMAL_99), 3.0, 0.0);
    near(gamma_quantile(0.0, 0.0, NORMAL_99), 0.0, 0.0);
    for (double cv2 = 0.1; cv2 < 3.0; cv2 += 0.3)
        near(gamma_tail(2.0, 4.0 * cv2, gamma_quantile(2.0, 4.0 * cv2, NORMAL_99)), 0.01, 1e-6);
    near(gamma_tail(1.0, 1.0, log(2.0)), 0.5, 0.01);
    near(gamma_tail(1.0, 1.0, -1.0), 1.0, 0.0);
    near(gamma_tail(1.0, 1.0, 20.0), 0.0, 0.0);
    near(gamma_tail(1.0, 0.0, 2.0), 0.0, 0.0);
    near(gamma_tail(1.0, 0.0, 0.5), 1.0, 0.0);
}

/* With a shape or without: the very same bits, so that who worked it out once changed no run. */
static void test_a_shape_gives_the_tail_to_the_bit(void **state)
{
    (void)state;
    for (double mean = 0.001; mean < 10.0; mean *= 1.7) {
        for (double cv2 = 0.0; cv2 < 20.0; cv2 = 1.9 * cv2 + 0.003) {
            struct gamma_shape shape = gamma_shape(mean, cv2 * mean * mean);
            for (double at = -mean; at < 40.0 * mean; at += 0.37 * mean) {
                double tail = gamma_tail(mean, cv2 * mean * mean, at), with = gamma_tail_at(&shape, at);
                assert_memory_equal(&tail, &with, sizeof tail);
            }
        }
    }
    double cv2 = 0.7 / (1.3 * 1.3), z = 3.0 * (cbrt(2.9 / 1.3) - 1.0 + cv2 / 9.0) / sqrt(cv2);
    near(gamma_tail(1.3, 0.7, 2.9), 0.5 * erfc(z * 0.70710678118654752), 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erlang_b_is_the_printed_table),
        cmocka_unit_test(test_erlang_c_knows_its_textbook_cases),
        cmocka_unit_test(test_waits_of_one_server_are_in_closed_form),
        cmocka_unit_test(test_the_power_is_near_erlang_c),
        cmocka_unit_test(test_sharing_has_the_published_variance),
        cmocka_unit_test(test_blocking_is_the_truncated_chain),
        cmocka_unit_test(test_a_backlog_settles_where_the_queue_does),
        cmocka_unit_test(test_a_backlog_stays_between_its_bounds),
        cmocka_unit_test(test_tries_are_a_geometric_sum),
        cmocka_unit_test(test_retries_settle_on_their_fixed_point),
        cmocka_unit_test(test_gamma_by_its_cube_root_is_near_the_tables),
        cmocka_unit_test(test_a_shape_gives_the_tail_to_the_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
