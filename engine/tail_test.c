#include "engine/tail.h"

#include "engine/test_engine.h"

static void test_the_logarithm_is_one(void **state)
{
    (void)state;
    for (float x = 1e-30F; x < 1e30F; x *= 1.37F)
        assert_true(fabs((double)tail_log(x) - log((double)x)) < 3e-5);
}

static void test_packing_keeps_order_and_two_digits(void **state)
{
    uint16_t before = 0;
    (void)state;
    for (float x = 1e-20F; x < 1e20F; x *= 1.03F) {
        uint16_t packed = tail_pack(x);
        assert_true(packed >= before);
        assert_true(tail_unpack(packed) <= x && tail_unpack(packed) > 0.99F * x);
        before = packed;
    }
    assert_true(tail_unpack(tail_pack(0)) == 0);
}

struct learned_tail {
    struct tail tail;
    float edge, seen;
};

/* A tail that has met `samples` distances of a distribution. */
static struct learned_tail learn(double (*draw)(struct random_stream *), int samples, double scale, uint64_t seed)
{
    struct random_stream stream = random_stream_named(seed, "tail", "noise", 0);
    struct learned_tail it = {{0}, 0, 0};

    for (int i = 0; i < samples; i++) {
        float distance = (float)(scale * draw(&stream)), gain = fmaxf(0.02F, 4 / (it.seen + 1));
        gain = fminf(gain, 1);
        it.seen++;
        struct tail_gain up = tail_gain(&NOVELTY_TUNING.tail, gain);
        struct tail_loss down = tail_loss(&NOVELTY_TUNING.tail, gain, 1);
        if (distance > it.edge)
            tail_raise(&up, &it.tail, &it.edge, distance);
        tail_shrink(&down, &it.tail, &it.edge);
    }
    return it;
}

static double half_normal(struct random_stream *stream)
{
    return fabs(random_normal(stream));
}
static double pareto_3(struct random_stream *stream)
{
    return pow(1 - random_uniform(stream), -1.0 / 3);
}

/* One in twenty lies beyond the edge, one in a hundred beyond far. */
static void test_edge_and_far_are_the_quantiles(void **state)
{
    double edge = 0, far = 0;
    enum { TAILS = 60 };
    (void)state;
    for (uint64_t seed = 0; seed < TAILS; seed++) {
        struct learned_tail it = learn(half_normal, 4000, 1, seed);
        edge += (double)it.edge / TAILS;
        far += (double)it.edge * exp((double)((float)it.tail.far / TAIL_STEPS_PER_NAT)) / TAILS;
    }
    assert_true(fabs(edge / 1.95996 - 1) < 0.08);
    assert_true(fabs(far / 2.57583 - 1) < 0.12);
}

/* Far beyond all records Hill's exponent carries on. -ln p of Pareto(3) is 3 ln x, 13.8 at
 * 100; three records say it within a factor of 1.6. Of normal samples the same distance
 * (seven times the greatest met) is beyond all measure. */
static void test_a_heavy_tail_is_taken_for_one(void **state)
{
    double heavy = 0, light = 0;
    enum { TAILS = 60 };
    (void)state;
    for (uint64_t seed = 0; seed < TAILS; seed++) {
        struct learned_tail pareto = learn(pareto_3, 3000, 1, seed), normal = learn(half_normal, 3000, 1, seed);
        heavy += (double)tail_nats(&NOVELTY_TUNING.tail, &pareto.tail, pareto.edge, 100, pareto.seen) / TAILS;
        light += (double)tail_nats(&NOVELTY_TUNING.tail, &normal.tail, normal.edge, 25, normal.seen) / TAILS;
    }
    assert_true(heavy > 13.8 / 1.6 && heavy < 13.8 * 1.6);
    assert_true(light > 1.3 * heavy);
}

static void test_farther_is_never_less_surprising_and_units_do_not_matter(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct learned_tail it = learn(half_normal, 500, 1, seed), scaled = learn(half_normal, 500, 1024, seed);
        float before = 0;
        assert_true(tail_nats(&NOVELTY_TUNING.tail, &it.tail, it.edge, it.edge, it.seen) == 0);
        for (float x = 0.1F; x < 1e6F; x *= 1.02F) {
            float nats = tail_nats(&NOVELTY_TUNING.tail, &it.tail, it.edge, x, it.seen);
            assert_for_seed(nats >= before - 1e-4F && nats <= TAIL_NATS_MAX, seed);
            assert_for_seed(nats == tail_nats(&NOVELTY_TUNING.tail, &scaled.tail, scaled.edge, 1024 * x, it.seen),
                            seed);
            before = nats;
        }
        assert_for_seed(before == TAIL_NATS_MAX, seed);
    }
}

/* Nothing was ever beyond 0: Laplace's rule of succession. */
static void test_what_was_never_met_is_as_surprising_as_the_past_is_long(void **state)
{
    struct tail tail = {0};
    (void)state;
    assert_true(fabs((double)tail_nats(&NOVELTY_TUNING.tail, &tail, 0, 1, 99) - log(100)) < 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_logarithm_is_one),
        cmocka_unit_test(test_packing_keeps_order_and_two_digits),
        cmocka_unit_test(test_edge_and_far_are_the_quantiles),
        cmocka_unit_test(test_a_heavy_tail_is_taken_for_one),
        cmocka_unit_test(test_farther_is_never_less_surprising_and_units_do_not_matter),
        cmocka_unit_test(test_what_was_never_met_is_as_surprising_as_the_past_is_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
