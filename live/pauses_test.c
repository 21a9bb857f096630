/* pauses_test.c - what people hold back outlives the process. */
#include "live/pauses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

static struct pauses *open_again(struct pauses *before)
{
    struct error_list errors = {0};
    pauses_destroy(before);
    struct pauses *pauses = pauses_create(path, &errors);
    assert_non_null(pauses);
    assert_int_equal(errors.count, 0);
    return pauses;
}

static int set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/selfheal-pauses-%ld", (long)getpid());
    unlink(path);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static struct pause_word word(const char *resource, enum pause_reason reason, heal_time until)
{
    struct pause_word made = {.reason = reason, .until = until, .actor = "person ann", .why = "we \"deploy\" – now"};
    snprintf(made.resource, sizeof made.resource, "%s", resource);
    return made;
}

static void keep(struct pauses *pauses, const char *resource, enum pause_reason reason, heal_time until)
{
    struct pause_word made = word(resource, reason, until);
    assert_true(pauses_keep(pauses, &made));
}

static void test_a_pause_is_there_after_a_restart(void **state)
{
    struct pauses *pauses = open_again(NULL);
    struct pause_word list[PAUSES_MAX];
    (void)state;

    keep(pauses, "pod/shop/web", PAUSE_DEPLOY, HEAL_TIME_NEVER);
    keep(pauses, "", PAUSE_PERSON, 7);
    keep(pauses, "node/default/n1", PAUSE_UPGRADE, INT64_C(1767225600000000001)); /* more than a double holds */
    pauses = open_again(pauses);
    assert_int_equal(pauses_list(pauses, 0, list), 3);
    assert_string_equal(list[0].resource, "");
    assert_int_equal(list[0].reason, PAUSE_PERSON);
    assert_int_equal(list[0].until, 7);
    assert_int_equal(list[1].until, INT64_C(1767225600000000001));
    assert_string_equal(list[2].resource, "pod/shop/web");
    assert_int_equal(list[2].until, HEAL_TIME_NEVER);
    assert_string_equal(list[2].actor, "person ann");
    assert_string_equal(list[2].why, "we \"deploy\" – now");
    pauses_destroy(pauses);
}

static void test_the_last_word_on_a_resource_counts(void **state)
{
    struct pauses *pauses = open_again(NULL);
    struct pause_word list[PAUSES_MAX];
    (void)state;

    keep(pauses, "pod/shop/web", PAUSE_DEPLOY, 5);
    keep(pauses, "pod/shop/web", PAUSE_OTHER, 9);
    assert_int_equal(pauses_list(pauses, 0, list), 1);
    assert_int_equal(list[0].until, 9);
    assert_true(pauses_drop(pauses, "pod/shop/other")); /* there is none */
    assert_true(pauses_drop(pauses, "pod/shop/web"));
    pauses = open_again(pauses);
    assert_int_equal(pauses_list(pauses, 0, list), 0);
    pauses_destroy(pauses);
}

static void test_a_pause_ends_at_its_time(void **state)
{
    struct pauses *pauses = open_again(NULL);
    struct pause_word list[PAUSES_MAX];
    (void)state;

    keep(pauses, "pod/shop/web", PAUSE_DEPLOY, 5);
    assert_int_equal(pauses_list(pauses, 4, list), 1);
    assert_int_equal(pauses_list(pauses, 5, list), 0);
    pauses_destroy(pauses);
}

static void test_one_too_many_is_refused(void **state)
{
    struct pauses *pauses = open_again(NULL);
    struct pause_word list[PAUSES_MAX];
    char resource[32];
    (void)state;

    for (int i = 0; i < PAUSES_MAX; i++) {
        snprintf(resource, sizeof resource, "pod/shop/p%d", (i * 37) % PAUSES_MAX);
        keep(pauses, resource, PAUSE_DEPLOY, 5);
    }
    struct pause_word more = word("pod/shop/more", PAUSE_DEPLOY, 5), again = word("pod/shop/p3", PAUSE_OTHER, 6);
    assert_false(pauses_keep(pauses, &more));
    assert_true(pauses_keep(pauses, &again));
    assert_int_equal(pauses_list(pauses, 0, list), PAUSES_MAX);
    pauses_destroy(pauses);
}

static void test_a_damaged_file_is_no_silence(void **state)
{
    static const char *const WRONG[] = {"", "{}", "[{}]", "[",
                                        "[{\"resource\":\"\",\"cause\":\"none\",\"until_ns\":\"1\","
                                        "\"actor\":\"\",\"why\":\"\"}]"};
    (void)state;

    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        struct error_list errors = {0};
        FILE *file = fopen(path, "w");
        fputs(WRONG[i], file);
        fclose(file);
        assert_null(pauses_create(path, &errors));
        assert_int_equal(errors.count, 1);
        error_list_clear(&errors);
    }
}

static void test_what_cannot_be_written_is_said(void **state)
{
    struct error_list errors = {0};
    struct pauses *pauses = pauses_create("/nowhere/at/all", &errors);
    struct pause_word made = word("", PAUSE_PERSON, HEAL_TIME_NEVER), list[PAUSES_MAX];
    (void)state;

    assert_non_null(pauses);
    assert_false(pauses_keep(pauses, &made));
    assert_int_equal(pauses_list(pauses, 0, list), 1); /* it holds all the same */
    pauses_destroy(pauses);
}

static bool keep_on_shelf(void *context, const char *text)
{
    char **shelf = context;

    free(*shelf);
    *shelf = strdup(text);
    return true;
}

/* Another replica reads what this one was told. */
static void test_a_shelf_gives_back_what_was_put_there(void **state)
{
    struct error_list errors = {0};
    char *shelf = NULL;
    struct pauses *one = pauses_create_on((struct pauses_shelf){&shelf, keep_on_shelf});
    struct pauses *two = pauses_create_on((struct pauses_shelf){&shelf, keep_on_shelf});
    struct pause_word word = {.resource = "pod/shop/a", .until = HEAL_TIME_NEVER}, words[PAUSES_MAX];

    (void)state;
    assert_true(pauses_keep(one, &word));
    assert_true(pauses_load(two, shelf, &errors));
    assert_int_equal(pauses_list(two, 0, words), 1);
    assert_string_equal(words[0].resource, "pod/shop/a");
    assert_true(pauses_load(two, NULL, &errors));
    assert_int_equal(pauses_list(two, 0, words), 0);
    assert_false(pauses_load(two, "{}", &errors));
    assert_int_equal(errors.count, 1);
    error_list_clear(&errors);
    pauses_destroy(one);
    pauses_destroy(two);
    free(shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_shelf_gives_back_what_was_put_there),
        cmocka_unit_test_setup_teardown(test_a_pause_is_there_after_a_restart, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_the_last_word_on_a_resource_counts, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_a_pause_ends_at_its_time, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_one_too_many_is_refused, set_up, clean_up),
        cmocka_unit_test_setup_teardown(test_a_damaged_file_is_no_silence, set_up, clean_up),
        cmocka_unit_test(test_what_cannot_be_written_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
