/* sensitivity_test.c - a world is bent as said, and is itself again afterwards. */
#include "cli/sensitivity.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

static void test_a_world_is_bent_and_restored(void **state)
{
    struct bundle bundle = {0};
    struct bundle_options options = {0};
    struct error_list errors = {0};

    (void)state;
    assert_true(bundle_scenario(&bundle, SELFHEAL_SOURCE_DIR "/scenarios/benchmark/high-cpu.yaml", &options, &errors));
    const struct cause *causes = bundle.catalogue->kinds[0].causes;
    struct operators people = bundle.scenario->operators;
    struct action_model restart = bundle.catalogue->actions[ACTION_RESTART_POD];
    double first = causes[0].weight, second = causes[1].weight;
    struct saved_world *saved = world_bend(&bundle, &(struct bent_world){2, 0.5, 3});
    assert_non_null(saved);
    assert_true(near(causes[0].weight, first * first) && near(causes[1].weight, second * second));
    assert_true(near(bundle.scenario->operators.repair.mean_seconds, people.repair.mean_seconds / 2));
    assert_true(near(bundle.scenario->operators.acknowledge.sd_seconds, people.acknowledge.sd_seconds / 2));
    assert_true(near(bundle.scenario->operators.complaint.mean_seconds, people.complaint.mean_seconds));
    assert_true(near(bundle.catalogue->actions[ACTION_RESTART_POD].mean_seconds, 3 * restart.mean_seconds));
    assert_true(near(bundle.catalogue->actions[ACTION_RESTART_POD].failure, restart.failure));
    world_restore(&bundle, saved);
    assert_memory_equal(&bundle.scenario->operators, &people, sizeof people);
    assert_memory_equal(&bundle.catalogue->actions[ACTION_RESTART_POD], &restart, sizeof restart);
    assert_memory_equal(&causes[0].weight, &first, sizeof first);
    assert_memory_equal(&causes[1].weight, &second, sizeof second);
    bundle_clear(&bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_world_is_bent_and_restored)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
