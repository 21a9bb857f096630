#include "engine/policy.h"

#include "engine/test_engine.h"

#include <time.h>

static void test_globs_match_as_people_read_them(void **state)
{
    static const struct {
        const char *pattern, *id;
        bool matches;
    } cases[] = {
        {"pod/shop/web:cpu", "pod/shop/web:cpu", true},
        {"pod/shop/web:cpu", "pod/shop/web:cpux", false},
        {"pod/shop/web:cpux", "pod/shop/web:cpu", false},
        {"*", "pod/shop/web:cpu", true},
        {"*", "", true},
        {"", "", true},
        {"", "a", false},
        {"**", "", true},
        {"***a***", "a", true},
        {"?", "", false},
        {"?", "a", true},
        {"?", "ab", false},
        {"??*", "a", false},
        {"??*", "ab", true},
        {"*:cpu", "pod/shop/web:cpu", true},
        {"*:cpu", "pod/shop/web:cpu_ratio", false},
        {"*:*cpu*", "pod/shop/cpu:memory", false},
        {"pod/*:*", "pod/a/b:c", true},
        {"pod/*:*", "node/pod/b:c", false},
        {"*a*b*c", "xaxbxbxc", true},
        {"*a*b*c", "xaxcxb", false},
        {"*ab", "aab", true},
        {"*aab", "aaaab", true},
        {"a*?b", "ab", false},
        {"a*?b", "axb", true},
        {"*?", "", false},
        {"[a]", "a", false},
        {"[a]", "[a]", true},
        {"\\*", "\\anything", true},
        {"a*", "*a", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (series_glob_match(cases[i].pattern, cases[i].id) != cases[i].matches)
            fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].id);
    }
}

/* The definition, word for word; exponential, and so only for short texts. */
static bool matches_by_definition(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return matches_by_definition(pattern + 1, text) || (*text && matches_by_definition(pattern, text + 1));
    return *text && (*pattern == '?' || *pattern == *text) && matches_by_definition(pattern + 1, text + 1);
}

static void random_text(struct random_stream *stream, const char *letters, char text[9])
{
    uint64_t length = random_below(stream, 9);

    for (uint64_t i = 0; i < length; i++)
        text[i] = letters[random_below(stream, strlen(letters))];
    text[length] = '\0';
}

static void test_a_glob_matches_as_its_definition_says(void **state)
{
    size_t matched = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 50000; seed++) {
        struct random_stream stream = random_stream_named(seed, "policy_test", "glob", 0);
        char pattern[9], text[9];
        random_text(&stream, "ab?**", pattern);
        random_text(&stream, "ab", text);
        bool matches = series_glob_match(pattern, text);
        matched += matches;
        assert_for_seed(matches == matches_by_definition(pattern, text), seed);
    }
    assert_in_range(matched, 5000, 45000); /* both answers were asked for */
}

static void test_an_evil_glob_takes_no_exponential_time(void **state)
{
    char id[SERIES_ID_MAX + 1], pattern[SERIES_ID_MAX + 1];
    clock_t start = clock();

    (void)state;
    memset(id, 'a', SERIES_ID_MAX);
    id[SERIES_ID_MAX] = '\0';
    for (size_t i = 0; i + 1 < SERIES_ID_MAX; i += 2)
        memcpy(pattern + i, "a*", 2);
    memcpy(pattern + SERIES_ID_MAX - 1, "b", 2);
    assert_false(series_glob_match(pattern, id));
    assert_true(clock() - start < CLOCKS_PER_SEC);
}

static void test_the_first_rule_that_matches_counts(void **state)
{
    struct policy_rule rules[] = {test_rule("pod/*:cpu", ISSUE_HIGH_CPU), test_rule("*:cpu", ISSUE_NONE),
                                  test_rule("pod/*", ISSUE_HIGH_MEMORY)};
    struct policy policy = test_policy(rules, 3);

    (void)state;
    assert_int_equal(policy_rule_for(&policy, "pod/shop/web:cpu"), 0);
    assert_int_equal(policy_rule_for(&policy, "node/-/n1:cpu"), 1);
    assert_int_equal(policy_rule_for(&policy, "pod/shop/web:memory"), 2);
    assert_true(policy_rule_for(&policy, "node/-/n1:memory") == SIZE_MAX);
    policy.rule_count = 0;
    assert_true(policy_rule_for(&policy, "pod/shop/web:cpu") == SIZE_MAX);
}

static void test_a_list_of_globs_matches_by_one_or_all_others(void **state)
{
    (void)state;
    assert_true(resource_glob_match(NULL, "pod/a/b"));
    assert_true(resource_glob_match("pod/*", "pod/a/b"));
    assert_true(resource_glob_match("node/* pod/*", "pod/a/b"));
    assert_true(resource_glob_match("  node/*   pod/*  ", "node/a/b"));
    assert_false(resource_glob_match("node/* pod/*", "link/a/b"));
    assert_false(resource_glob_match("node/* pod/", "pod/a/b"));
    assert_false(resource_glob_match("!node/* pod/*", "pod/a/b"));
    assert_false(resource_glob_match("!node/* pod/*", "node/a/b"));
    assert_true(resource_glob_match("!node/* pod/*", "link/a/b"));
    assert_false(resource_glob_match("", "pod/a/b"));
    assert_true(resource_glob_match("!", "pod/a/b"));
}

static void test_no_policy_can_be_destroyed(void **state)
{
    (void)state;
    policy_destroy(NULL);
}

static void test_a_policy_goes_with_its_arena(void **state)
{
    struct arena *arena = arena_create();
    struct policy *policy = arena_alloc(arena, sizeof *policy);

    (void)state;
    policy->arena = arena;
    policy->name = arena_text(arena, "mine", 4);
    assert_string_equal(policy->name, "mine");
    policy_destroy(policy); /* LeakSanitizer tells whether all of it went */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_globs_match_as_people_read_them),
        cmocka_unit_test(test_a_glob_matches_as_its_definition_says),
        cmocka_unit_test(test_an_evil_glob_takes_no_exponential_time),
        cmocka_unit_test(test_the_first_rule_that_matches_counts),
        cmocka_unit_test(test_a_list_of_globs_matches_by_one_or_all_others),
        cmocka_unit_test(test_no_policy_can_be_destroyed),
        cmocka_unit_test(test_a_policy_goes_with_its_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
