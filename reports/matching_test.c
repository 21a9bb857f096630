/* matching_test.c - the sweep agrees with the definition, read pair by pair. */
#include "reports/matching.h"

#include <gsl/gsl_rng.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* Resources 0 - 1 - 2 in a line, 3 alone. */
static const struct match_edge LINE[] = {{0, 1}, {2, 1}};

static struct match_fault fault(uint32_t resource, heal_time onset, heal_time end)
{
    return (struct match_fault){.resource = resource,
                                .counted = true,
                                .type = ISSUE_HIGH_CPU,
                                .onset = onset,
                                .end = end,
                                .until = end == HEAL_TIME_NEVER ? end : end + 10};
}

static struct match_issue issue(uint32_t resource, heal_time opened_at)
{
    return (struct match_issue){.resource = resource, .type = ISSUE_HIGH_CPU, .opened_at = opened_at};
}

static void match(struct match_fault *faults, size_t fault_count, struct match_issue *issues, size_t issue_count)
{
    assert_true(matching_run(faults, fault_count, issues, issue_count, LINE, 2, 4));
}

static void test_the_window_is_onset_to_end_and_grace_both_included(void **state)
{
    struct match_fault faults[] = {fault(0, 100, 200)};
    struct match_issue issues[] = {issue(0, 99), issue(0, 100), issue(0, 210), issue(0, 211)};

    (void)state;
    match(faults, 1, issues, 4);
    assert_int_equal(issues[0].verdict, VERDICT_FALSE);
    assert_int_equal(issues[1].verdict, VERDICT_HIT);
    assert_int_equal(issues[2].verdict, VERDICT_HIT);
    assert_int_equal(issues[3].verdict, VERDICT_FALSE);
    assert_int_equal(faults[0].issue, 1);
}

static void test_one_edge_is_near_and_two_are_far(void **state)
{
    struct match_fault faults[] = {fault(0, 100, 200)};
    struct match_issue issues[] = {issue(2, 110), issue(3, 110), issue(1, 120)};

    (void)state;
    match(faults, 1, issues, 3);
    assert_int_equal(issues[0].verdict, VERDICT_FALSE);
    assert_int_equal(issues[1].verdict, VERDICT_FALSE);
    assert_int_equal(issues[2].verdict, VERDICT_HIT);
    assert_int_equal(faults[0].issue, 2);
}

static void test_the_type_must_be_the_faults_unless_it_names_none(void **state)
{
    struct match_fault faults[] = {fault(0, 100, 200), fault(3, 100, 200)};
    struct match_issue issues[] = {issue(0, 110), issue(3, 110)};

    (void)state;
    issues[0].type = issues[1].type = ISSUE_DISK_FULL;
    faults[1].type = ISSUE_NONE;
    match(faults, 2, issues, 2);
    assert_int_equal(issues[0].verdict, VERDICT_FALSE);
    assert_int_equal(issues[1].verdict, VERDICT_HIT);
}

static void test_a_fault_without_a_resource_matches_anywhere_and_an_unknown_one_nowhere(void **state)
{
    struct match_fault faults[] = {fault(RESOURCE_NONE, 100, 200), fault(RESOURCE_NONE, 300, 400)};
    struct match_issue issues[] = {issue(3, 110), issue(3, 310)};

    (void)state;
    faults[0].anywhere = true;
    match(faults, 2, issues, 2);
    assert_int_equal(issues[0].verdict, VERDICT_HIT);
    assert_int_equal(issues[1].verdict, VERDICT_FALSE);
    assert_int_equal(faults[1].issue, MATCH_NONE);
}

static void test_a_suspect_is_neither_hit_nor_false(void **state)
{
    struct match_fault faults[] = {fault(0, 100, 200), fault(0, 150, 200)};
    struct match_issue issues[] = {issue(0, 110), issue(0, 160)};

    (void)state;
    faults[0].counted = false;
    match(faults, 2, issues, 2);
    assert_int_equal(issues[0].verdict, VERDICT_SUSPECT);
    assert_int_equal(issues[1].verdict, VERDICT_HIT);
    assert_int_equal(issues[1].fault, 1);
}

static void test_replications_do_not_see_each_other(void **state)
{
    struct match_fault faults[] = {fault(0, 100, HEAL_TIME_NEVER), fault(0, 500, 600)};
    struct match_issue issues[] = {issue(0, 90), issue(0, 110), issue(0, 510)};

    (void)state;
    faults[1].replication = issues[1].replication = issues[2].replication = 2;
    match(faults, 2, issues, 3);
    assert_int_equal(faults[0].issue, MATCH_NONE);
    assert_int_equal(issues[1].verdict, VERDICT_FALSE);
    assert_int_equal(faults[1].issue, 2);
}

static void test_recovery_is_first_seen_good_at_or_after_the_real_end(void **state)
{
    static const heal_time early[] = {150}, around[] = {150, 230, 260}, at_end[] = {200};
    struct match_fault faults[] = {fault(0, 100, 200)};
    struct match_issue issues[] = {issue(0, 110), issue(0, 120), issue(0, 130)};

    (void)state;
    match(faults, 1, issues, 1);
    assert_true(faults[0].recovered == HEAL_TIME_NEVER);
    issues[0].good = early;
    issues[0].good_count = 1;
    match(faults, 1, issues, 1);
    assert_true(faults[0].recovered == 200);
    issues[1].good = around;
    issues[1].good_count = 3;
    match(faults, 1, issues, 2);
    assert_true(faults[0].recovered == 230);
    issues[2].good = at_end;
    issues[2].good_count = 1;
    match(faults, 1, issues, 3);
    assert_true(faults[0].recovered == 200);
    faults[0].end = faults[0].until = HEAL_TIME_NEVER;
    match(faults, 1, issues, 3);
    assert_true(faults[0].recovered == HEAL_TIME_NEVER);
}

enum { SMALL = 60, RESOURCES = 6, EDGES = 5 };

static bool related(const struct match_edge *edges, uint32_t a, uint32_t b)
{
    if (a == b)
        return true;
    for (size_t i = 0; i < EDGES; i++)
        if ((edges[i].a == a && edges[i].b == b) || (edges[i].a == b && edges[i].b == a))
            return true;
    return false;
}

static bool pair_matches(const struct match_edge *edges, const struct match_fault *a, const struct match_issue *b)
{
    return a->replication == b->replication && b->opened_at >= a->onset && b->opened_at <= a->until &&
           (a->type == ISSUE_NONE || a->type == b->type) &&
           (a->anywhere || (a->resource != RESOURCE_NONE && related(edges, a->resource, b->resource)));
}

static int by_onset(const void *left, const void *right)
{
    const struct match_fault *a = left, *b = right;

    if (a->replication != b->replication)
        return a->replication < b->replication ? -1 : 1;
    return (a->onset > b->onset) - (a->onset < b->onset);
}

static int by_opening(const void *left, const void *right)
{
    const struct match_issue *a = left, *b = right;

    if (a->replication != b->replication)
        return a->replication < b->replication ? -1 : 1;
    return (a->opened_at > b->opened_at) - (a->opened_at < b->opened_at);
}

static void draw(gsl_rng *rng, struct match_fault *faults, struct match_issue *issues, struct match_edge *edges)
{
    for (size_t i = 0; i < EDGES; i++)
        edges[i] = (struct match_edge){(uint32_t)gsl_rng_uniform_int(rng, RESOURCES),
                                       (uint32_t)gsl_rng_uniform_int(rng, RESOURCES)};
    for (size_t i = 0; i < SMALL; i++) {
        heal_time onset = (heal_time)gsl_rng_uniform_int(rng, 100);

        faults[i] = fault((uint32_t)gsl_rng_uniform_int(rng, RESOURCES), onset,
                          onset + (heal_time)gsl_rng_uniform_int(rng, 30));
        faults[i].replication = (uint32_t)gsl_rng_uniform_int(rng, 3);
        faults[i].counted = gsl_rng_uniform_int(rng, 4) > 0;
        faults[i].type = (enum issue_type)(gsl_rng_uniform_int(rng, 3) + ISSUE_TYPE_COUNT - 2);
        if (gsl_rng_uniform_int(rng, 10) == 0) {
            faults[i].resource = RESOURCE_NONE;
            faults[i].anywhere = gsl_rng_uniform_int(rng, 2) == 0;
        }
        issues[i] = issue((uint32_t)gsl_rng_uniform_int(rng, RESOURCES), (heal_time)gsl_rng_uniform_int(rng, 130));
        issues[i].replication = (uint32_t)gsl_rng_uniform_int(rng, 3);
        issues[i].type = (enum issue_type)(gsl_rng_uniform_int(rng, 2) + ISSUE_TYPE_COUNT - 2);
    }
    qsort(faults, SMALL, sizeof *faults, by_onset);
    qsort(issues, SMALL, sizeof *issues, by_opening);
}

static void compare(const struct match_edge *edges, const struct match_fault *faults, const struct match_issue *issues)
{
    for (size_t i = 0; i < SMALL; i++) {
        size_t first = MATCH_NONE;
        enum verdict verdict = VERDICT_FALSE;

        for (size_t j = SMALL; j-- > 0;) {
            if (pair_matches(edges, &faults[i], &issues[j]))
                first = j;
            if (!pair_matches(edges, &faults[j], &issues[i]))
                continue;
            if (faults[j].counted)
                verdict = VERDICT_HIT;
            else if (verdict == VERDICT_FALSE)
                verdict = VERDICT_SUSPECT;
        }
        assert_int_equal(faults[i].issue, first);
        assert_int_equal(issues[i].verdict, verdict);
        if (verdict == VERDICT_FALSE)
            assert_int_equal(issues[i].fault, MATCH_NONE);
        else
            assert_true(pair_matches(edges, &faults[issues[i].fault], &issues[i]) &&
                        faults[issues[i].fault].counted == (verdict == VERDICT_HIT));
    }
}

static void test_the_sweep_agrees_with_the_definition_on_random_runs(void **state)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

    (void)state;
    assert_non_null(rng);
    for (unsigned long seed = 1; seed <= 300; seed++) {
        struct match_fault faults[SMALL];
        struct match_issue issues[SMALL];
        struct match_edge edges[EDGES];

        gsl_rng_set(rng, seed);
        draw(rng, faults, issues, edges);
        assert_true(matching_run(faults, SMALL, issues, SMALL, edges, EDGES, RESOURCES));
        compare(edges, faults, issues);
    }
    gsl_rng_free(rng);
}

/* Pairwise this would be 10^10 comparisons. */
static void test_a_hundred_thousand_issues_are_matched_at_once(void **state)
{
    enum { MANY = 100000 };
    struct match_fault *faults = calloc(MANY, sizeof *faults);
    struct match_issue *issues = calloc(MANY, sizeof *issues);

    (void)state;
    assert_non_null(faults);
    assert_non_null(issues);
    for (size_t i = 0; i < MANY; i++) {
        faults[i] = fault((uint32_t)(i % 4), (heal_time)i * 10, (heal_time)i * 10 + 5);
        issues[i] = issue((uint32_t)(i % 4), (heal_time)i * 10 + 1);
    }
    match(faults, MANY, issues, MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(faults[i].issue, i);
    free(faults);
    free(issues);
}

static void test_nothing_matches_nothing(void **state)
{
    (void)state;
    assert_true(matching_run(NULL, 0, NULL, 0, NULL, 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_window_is_onset_to_end_and_grace_both_included),
        cmocka_unit_test(test_one_edge_is_near_and_two_are_far),
        cmocka_unit_test(test_the_type_must_be_the_faults_unless_it_names_none),
        cmocka_unit_test(test_a_fault_without_a_resource_matches_anywhere_and_an_unknown_one_nowhere),
        cmocka_unit_test(test_a_suspect_is_neither_hit_nor_false),
        cmocka_unit_test(test_replications_do_not_see_each_other),
        cmocka_unit_test(test_recovery_is_first_seen_good_at_or_after_the_real_end),
        cmocka_unit_test(test_the_sweep_agrees_with_the_definition_on_random_runs),
        cmocka_unit_test(test_a_hundred_thousand_issues_are_matched_at_once),
        cmocka_unit_test(test_nothing_matches_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
