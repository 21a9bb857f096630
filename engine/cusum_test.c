#include "engine/cusum.h"

#include "engine/novelty.h"
#include "engine/test_engine.h"

/* Samples until the sum reaches `limit`, on average over many starts. */
static double run_length(float limit, float shift)
{
    enum { RUNS = 4000 };
    struct random_stream stream = random_stream_named(17, "cusum", "noise", 0);
    double samples = 0;

    for (int run = 0; run < RUNS; run++) {
        float sum = 0;
        while (sum <= limit && sum >= -limit) {
            sum = cusum_step(sum, (float)random_normal(&stream) + shift, 0.5F);
            samples++;
        }
    }
    return samples / RUNS;
}

/* Crosier 1986: a limit of 3.73 is as far off as 4 is for Page's pair of sums, 168
 * samples between false alarms, and meets a shift by one sigma a little sooner. */
static void test_run_lengths_are_crosiers(void **state)
{
    double quiet = run_length(3.73F, 0), shifted = run_length(3.73F, 1), down = run_length(3.73F, -1);
    (void)state;
    assert_true(fabs(quiet / 168 - 1) < 0.06);
    assert_true(shifted > 7.5 && shifted < 8.4 && fabs(shifted - down) < 0.4);
}

static void test_scores_within_the_allowance_leave_no_sum(void **state)
{
    float sum = 0;
    (void)state;
    for (int i = 0; i < 100; i++)
        sum = cusum_step(sum, i % 2 ? 0.4F : -0.5F, 0.5F);
    assert_true(sum == 0);
    assert_true(fabsf(cusum_step(0, 2, 0.5F) - 1.5F) < 1e-6F);
    assert_true(fabsf(cusum_step(1.5F, -1, 0.5F)) < 1e-6F);
    for (int i = 0; i < 1000; i++)
        sum = cusum_step(sum, 3, 0.5F);
    assert_true(sum == CUSUM_MAX);
    assert_true(cusum_cut(9, -3, 3) == 3 && cusum_cut(-9, -3, 3) == -3 && cusum_cut(1, -3, 3) == 1);
}

enum { FRAMES = 1500, CHANGE = 1300 };

/* The greatest surprise of the sums alone, before and after a change. */
static void surprise_of_change(double shift, double spread, double scale, float *before, float *after)
{
    struct random_stream stream = random_stream_named(6, "cusum", "change", 0);
    struct novelty *set =
        novelty_create(&NOVELTY_TUNING, 1, NOVELTY_SHIFT | NOVELTY_SPREAD | NOVELTY_CUSUM | NOVELTY_RANKS);

    *before = *after = 0;
    assert_non_null(set);
    for (int i = 0; i < FRAMES; i++) {
        double x = random_normal(&stream), value = scale * (i >= CHANGE ? x * spread + shift : x);
        float nats;
        novelty_frame(set, (heal_time)i * HEAL_MINUTE, &value, &nats);
        float *most = i >= CHANGE ? after : i > 600 ? before : NULL;
        if (most)
            *most = fmaxf(*most, nats);
    }
    novelty_destroy(set);
}

static void test_changes_of_level_and_of_spread_stand_out(void **state)
{
    static const double CHANGES[][2] = {{1.5, 1}, {-1.5, 1}, {0, 3}, {0, 0.2}};
    (void)state;
    for (int k = 0; k < 4; k++) {
        float before, after, larger;
        surprise_of_change(CHANGES[k][0], CHANGES[k][1], 1, &before, &after);
        if (!(after > before + 1 && after > 7))
            fail_msg("change %d: %g before, %g after", k, (double)before, (double)after);
        surprise_of_change(CHANGES[k][0], CHANGES[k][1], 4096, &before, &larger);
        assert_true(fabsf(larger - after) < 0.05F * after); /* a unit never matters */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_lengths_are_crosiers),
        cmocka_unit_test(test_scores_within_the_allowance_leave_no_sum),
        cmocka_unit_test(test_changes_of_level_and_of_spread_stand_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
