/* pairs_test.c - runs with the same faults are measured fault by fault. */
#include "reports/pairs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { FAULTS = 3 };

/* Three faults in two replications; recovered after 60, 90 s, and never. */
struct fixture {
    struct match_fault faults[FAULTS];
    struct match_issue issues[FAULTS];
    struct run_repair repairs[2];
    struct run_data data;
    bool complete[2];
};

static void fill(struct fixture *f, int64_t later)
{
    static const int64_t TOOK[FAULTS] = {60, 90, -1};

    *f = (struct fixture){0};
    f->complete[0] = f->complete[1] = true;
    f->data = (struct run_data){.seed = 1,
                                .replications = 2,
                                .heals = true,
                                .truth = true,
                                .duration = HEAL_HOUR,
                                .faults = f->faults,
                                .fault_count = FAULTS,
                                .issues = f->issues,
                                .issue_count = 2,
                                .repairs = f->repairs,
                                .repair_count = 1,
                                .replication_complete = f->complete,
                                .replication_count = 2};
    for (size_t i = 0; i < FAULTS; i++) {
        heal_time onset = (heal_time)(100 + i) * HEAL_SECOND;
        f->faults[i] =
            (struct match_fault){.replication = i > 1,
                                 .counted = true,
                                 .type = ISSUE_HIGH_CPU,
                                 .onset = onset,
                                 .issue = i < 2 ? i : MATCH_NONE,
                                 .recovered = TOOK[i] < 0 ? HEAL_TIME_NEVER : onset + (TOOK[i] + later) * HEAL_SECOND};
        f->issues[i] = (struct match_issue){.replication = i > 1,
                                            .type = ISSUE_HIGH_CPU,
                                            .opened_at = onset + 20 * HEAL_SECOND,
                                            .verdict = VERDICT_HIT};
    }
}

static struct metric metric_named(const char *name)
{
    struct metric metric;
    assert_true(metric_parse(name, strlen(name), &metric));
    return metric;
}

static void test_times_are_paired_fault_by_fault(void **state)
{
    struct fixture a, b;
    struct metric metric = metric_named("mttr_seconds");
    struct paired out;

    (void)state;
    fill(&a, 0);
    fill(&b, 10);
    assert_true(pairs_possible(&a.data, &b.data));
    assert_true(pairs_of(&a.data, &b.data, &metric, &out));
    assert_int_equal(out.n, 2);
    assert_true(fabs(out.mean - 10) < 1e-9 && fabs(out.sd) < 1e-9);
}

static void test_what_never_recovered_is_counted(void **state)
{
    struct fixture a, b;
    struct metric metric = metric_named("unrecovered");
    struct paired out;

    (void)state;
    fill(&a, 0);
    fill(&b, 0);
    b.faults[1].recovered = HEAL_TIME_NEVER;
    assert_true(pairs_of(&a.data, &b.data, &metric, &out));
    assert_int_equal(out.n, 3);
    assert_true(fabs(out.mean - 1.0 / 3) < 1e-12);
}

static void test_counts_are_paired_by_replication(void **state)
{
    struct fixture a, b;
    struct metric metric = metric_named("manual_interventions");
    struct paired out;

    (void)state;
    fill(&a, 0);
    fill(&b, 0);
    b.data.repair_count = 2;
    b.repairs[1].replication = 1;
    assert_true(pairs_of(&a.data, &b.data, &metric, &out));
    assert_int_equal(out.n, 2);
    assert_true(fabs(out.mean - 0.5) < 1e-12);
}

static void test_other_faults_are_no_pairs(void **state)
{
    struct fixture a, b;
    struct metric quantile = metric_named("mttr_seconds.p95");
    struct paired out;

    (void)state;
    fill(&a, 0);
    fill(&b, 0);
    assert_false(pairs_of(&a.data, &b.data, &quantile, &out));
    b.faults[2].onset++;
    assert_false(pairs_possible(&a.data, &b.data));
    fill(&b, 0);
    b.data.seed = 2;
    assert_false(pairs_possible(&a.data, &b.data));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_are_paired_fault_by_fault),
        cmocka_unit_test(test_what_never_recovered_is_counted),
        cmocka_unit_test(test_counts_are_paired_by_replication),
        cmocka_unit_test(test_other_faults_are_no_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
