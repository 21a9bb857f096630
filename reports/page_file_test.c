/* page_file_test.c - whole or not there. */
#include "reports/page_file.h"

#include "store/test_query.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void test_a_file_appears_when_it_is_committed(void **state)
{
    struct test_world *world = *state;
    char *path = page_file_path(world->folder, "a.txt", &world->errors);
    struct page_file file;
    size_t length = 0;
    char *text;

    assert_true(page_file_open(&file, world->folder, "a.txt", &world->errors));
    fputs("hello", file.stream);
    assert_int_equal(access(path, F_OK), -1);
    assert_true(page_file_commit(&file, &world->errors));
    text = page_file_read(path, &length);
    assert_string_equal(text, "hello");
    assert_int_equal(length, 5);
    free(text);
    free(path);
}

static void test_a_missing_folder_is_told(void **state)
{
    struct test_world *world = *state;
    size_t length;

    assert_false(page_file_write("/nowhere", "a.txt", "x", 1, &world->errors));
    assert_int_equal(world->errors.count, 1);
    assert_string_equal(world->errors.items[0].file, "/nowhere/a.txt");
    assert_null(page_file_read("/nowhere/a.txt", &length));
}

static int write_too_much(const char *folder)
{
    const struct rlimit limit = {4096, 4096};
    struct error_list errors = {0};
    static char text[100000];

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    return !page_file_write(folder, "big", text, sizeof text, &errors) && errors.environment ? 7 : 1;
}

static void test_a_full_disk_leaves_the_old_file_and_nothing_else(void **state)
{
    struct test_world *world = *state;
    char *path = page_file_path(world->folder, "big", &world->errors);
    char *half = page_file_path(world->folder, "big.new", &world->errors);
    size_t length = 0;
    int status;
    pid_t child;
    char *text;

    assert_true(page_file_write(world->folder, "big", "old", 3, &world->errors));
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(write_too_much(world->folder));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    text = page_file_read(path, &length);
    assert_string_equal(text, "old");
    assert_int_equal(access(half, F_OK), -1);
    free(text);
    free(path);
    free(half);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_a_file_appears_when_it_is_committed),
        test_in_world(test_a_missing_folder_is_told),
        test_in_world(test_a_full_disk_leaves_the_old_file_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
