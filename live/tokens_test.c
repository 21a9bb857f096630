/* tokens_test.c - who may do what, from a file that holds no token. */
#include "live/tokens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void test_a_token_is_known_by_its_hash_alone(void **state)
{
    char path[] = "/tmp/selfheal-tokens-XXXXXX", viewer[TOKEN_TEXT], approver[TOKEN_TEXT], name[TOKEN_NAME], text[4096];
    struct error_list errors = {0};
    (void)state;

    close(mkstemp(path));
    assert_true(tokens_add(path, ROLE_VIEWER, "vera", viewer, &errors));
    struct tokens *tokens = tokens_create(path, &errors);
    assert_non_null(tokens);
    assert_int_equal(tokens_check(tokens, viewer, name), ROLE_VIEWER);
    assert_string_equal(name, "vera");
    assert_int_equal(tokens_check(tokens, "", name), ROLE_NONE);
    viewer[10] ^= 1;
    assert_int_equal(tokens_check(tokens, viewer, name), ROLE_NONE);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    assert_true(tokens_add(path, ROLE_APPROVER, "ann", approver, &errors)); /* while it runs */
    assert_int_equal(tokens_check(tokens, approver, name), ROLE_APPROVER);
    FILE *file = fopen(path, "r");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_null(strstr(text, approver));
    assert_string_not_equal(viewer, approver);
    tokens_destroy(tokens);
    unlink(path);
}

static void test_a_wrong_or_open_file_is_refused(void **state)
{
    char path[] = "/tmp/selfheal-tokens-XXXXXX", token[TOKEN_TEXT];
    struct error_list errors = {0};
    (void)state;

    int file = mkstemp(path);
    assert_true(dprintf(file, "# comment\n\nking carl sha256:00\nviewer\n") > 0);
    close(file);
    assert_null(tokens_create(path, &errors));
    assert_int_equal(errors.count, 2);
    assert_int_equal(errors.items[0].line, 3);
    error_list_clear(&errors);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(chmod(path, 0644), 0);
    assert_null(tokens_create(path, &errors));
    assert_null(tokens_create("/nonexistent", &errors));
    assert_false(tokens_add(path, ROLE_VIEWER, "two words", token, &errors));
    assert_int_equal(errors.count, 3);
    error_list_clear(&errors);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_is_known_by_its_hash_alone),
        cmocka_unit_test(test_a_wrong_or_open_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
