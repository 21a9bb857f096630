/* fault_suite_test.c - scenarios/suites/faults leaves nothing out: every kind of the
 * catalogue and every failure of an action stands in a scenario that asserts its outcome.
 * That the outcomes come about is what `selfheal test` runs it for (scripts/test). */
#include "cli/suite_plan.h"
#include "sim/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SUITE SELFHEAL_SOURCE_DIR "/scenarios/suites/faults"

static int setup_plan(void **state)
{
    static struct suite_plan plan;
    struct error_list errors = {0};
    struct option_list filter = {0};
    struct suite_choice choice = {.filter = &filter, .shard = 1, .shards = 1};

    if (!suite_plan_read(&plan, SUITE, &choice, &errors)) {
        char text[512];
        print_error("%s\n", error_format(&errors, 0, text, sizeof text));
        error_list_clear(&errors);
        return -1;
    }
    *state = &plan;
    return 0;
}

static int teardown_plan(void **state)
{
    suite_plan_clear(*state);
    return 0;
}

/* Whether a scenario with expectations has such a fault, and no other. */
static bool asserts(const struct suite_plan *plan, const char *kind)
{
    for (size_t i = 0; i < plan->case_count; i++) {
        const struct bundle *bundle = &plan->cases[i].bundle;
        if (bundle->scenario->fault_count == 1 && bundle->expectation_count > 0 &&
            strcmp(bundle->scenario->faults[0].kind->name, kind) == 0 && strcmp(plan->cases[i].name, kind) == 0)
            return true;
    }
    return false;
}

static void test_every_kind_of_the_catalogue_is_asserted(void **state)
{
    const struct suite_plan *plan = *state;
    struct error_list errors = {0};
    struct fault_catalogue *catalogue = load_catalogue(NULL, &errors);

    assert_non_null(catalogue);
    assert_true(catalogue->kind_count > 30);
    for (size_t i = 0; i < catalogue->kind_count; i++) {
        if (!asserts(plan, catalogue->kinds[i].name))
            fail_msg("no scenario of %s asserts what %s comes to", SUITE, catalogue->kinds[i].name);
    }
    assert_false(asserts(plan, "no-such-kind"));
    fault_catalogue_destroy(catalogue);
}

static const struct planned_case *case_of(const struct suite_plan *plan, const char *kind)
{
    for (size_t i = 0; i < plan->case_count; i++) {
        if (strcmp(plan->cases[i].name, kind) == 0)
            return &plan->cases[i];
    }
    return NULL;
}

/* An issue in a bounded time, or none at all where there is nothing to see. */
static bool bounds_detection(const struct expectation *one)
{
    bool none = one->kind == EXPECT_FIGURE && strcmp(one->text, "issues == 0") == 0;
    return none || (one->kind == EXPECT_EVENT && !one->events[0].action && one->within > 0);
}

/* None is left: a remedy cured it, it passed, or people came who were paged for it. */
static bool asserts_recovery(const struct expectation *one)
{
    return one->kind == EXPECT_FIGURE && strcmp(one->text, "unrecovered == 0") == 0;
}

static bool forbids(const struct expectation *one)
{
    return one->kind == EXPECT_NEVER && one->events[0].action;
}

static bool any(const struct bundle *bundle, bool (*holds)(const struct expectation *))
{
    for (size_t i = 0; i < bundle->expectation_count; i++) {
        if (holds(&bundle->expectations[i]))
            return true;
    }
    return false;
}

/* What a fault comes to: it is seen in time, it is over in the end, and what must not be
 * done for it was not. Plain shapes are of series whose meaning nobody knows: nothing can
 * be forbidden there; samples that stay away are no fault that anybody could mend. */
static void test_every_kinds_detection_recovery_and_limits_are_asserted(void **state)
{
    const struct suite_plan *plan = *state;
    struct error_list errors = {0};
    struct fault_catalogue *catalogue = load_catalogue(NULL, &errors);
    size_t meant = 0;

    assert_non_null(catalogue);
    for (size_t i = 0; i < catalogue->kind_count; i++) {
        const struct fault_kind *kind = &catalogue->kinds[i];
        const struct planned_case *planned = case_of(plan, kind->name);
        assert_non_null(planned);
        if (!any(&planned->bundle, bounds_detection))
            fail_msg("%s: no bound on when it is seen", kind->name);
        if (!any(&planned->bundle, asserts_recovery) && strcmp(kind->name, "drop-out") != 0)
            fail_msg("%s: nothing says that it is over", kind->name);
        if (!any(&planned->bundle, forbids) && kind->issue != ISSUE_NONE)
            fail_msg("%s: nothing is forbidden", kind->name);
        meant += kind->issue != ISSUE_NONE;
    }
    assert_true(meant >= 25);
    fault_catalogue_destroy(catalogue);
}

static double failure(const struct action_model *model)
{
    return model->failure;
}
static double lost(const struct action_model *model)
{
    return model->lost;
}
static double partial(const struct action_model *model)
{
    return model->partial;
}
static double slow(const struct action_model *model)
{
    return model->slow;
}

static bool goes_wrong(const struct suite_plan *plan, double (*how)(const struct action_model *))
{
    for (size_t i = 0; i < plan->case_count; i++) {
        const struct bundle *bundle = &plan->cases[i].bundle;
        if (bundle->expectation_count > 0 && how(&bundle->catalogue->actions[ACTION_RESTART_POD]) >= 1.0)
            return true;
    }
    return false;
}

static bool makes_it_worse(const struct suite_plan *plan)
{
    for (size_t i = 0; i < plan->case_count; i++) {
        const struct bundle *bundle = &plan->cases[i].bundle;
        const struct cause *cause = &bundle->catalogue->kinds[0].causes[0];
        if (bundle->expectation_count > 0 && cause->worse > 1 && cause->worsened_by[ACTION_RESTART_POD])
            return true;
    }
    return false;
}

static void test_every_failure_of_an_action_is_asserted(void **state)
{
    const struct suite_plan *plan = *state;

    assert_true(goes_wrong(plan, failure));
    assert_true(goes_wrong(plan, lost));
    assert_true(goes_wrong(plan, partial));
    assert_true(goes_wrong(plan, slow));
    assert_true(makes_it_worse(plan));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_of_the_catalogue_is_asserted),
        cmocka_unit_test(test_every_kinds_detection_recovery_and_limits_are_asserted),
        cmocka_unit_test(test_every_failure_of_an_action_is_asserted),
    };
    return cmocka_run_group_tests(tests, setup_plan, teardown_plan);
}
