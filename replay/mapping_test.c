/* mapping_test.c - files by the page, and what becomes of a reader whose file is cut short. */
#include "replay/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGES = 4, PAGE = 65536 }; /* whatever the machine's page is, it divides this */

/* A file of PAGES * PAGE bytes; its name is in `path`. */
static void make_file(char path[64])
{
    static char page[PAGE];

    snprintf(path, 64, "/tmp/selfheal-mapping.XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    memset(page, 'x', sizeof page);
    for (int i = 0; i < PAGES; i++)
        assert_int_equal(write(file, page, sizeof page), sizeof page);
    close(file);
}

static void test_what_a_file_holds_is_there(void **state)
{
    struct error_list errors = {0};
    struct mapping file;
    char path[64];
    (void)state;

    make_file(path);
    assert_true(mapping_read(path, &file, &errors));
    assert_int_equal(file.length, PAGES * PAGE);
    assert_int_equal(((char *)file.base)[PAGES * PAGE - 1], 'x');
    mapping_release(&file);
    mapping_release(&file);
    unlink(path);
    assert_false(mapping_read(path, &file, &errors));
    assert_null(file.base);
    assert_int_equal(errors.count, 1);
    error_list_clear(&errors);
}

/* A child maps the file, which is cut to `left` bytes, and reads its last byte; how it
 * ended, and what it said. */
static int read_when_cut(const char *path, off_t left, char *said, size_t room)
{
    int ends[2], status;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct mapping file, other;
        dup2(ends[1], STDERR_FILENO);
        mapping_guard(3);
        if (!mapping_read(path, &file, NULL) || !mapping_read("/proc/self/exe", &other, NULL))
            _exit(9);
        volatile const char *bytes = file.base;
        if (truncate(path, left) != 0)
            _exit(9);
        _exit(bytes[PAGES * PAGE - 1] == 'x' ? 0 : 1);
    }
    close(ends[1]);
    size_t used = 0;
    for (ssize_t more = 1; more > 0; used += more > 0 ? (size_t)more : 0)
        more = read(ends[0], said + used, room - 1 - used);
    said[used] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_a_file_that_is_cut_short_ends_its_reader_with_a_word(void **state)
{
    char path[64], said[256], wanted[256];
    (void)state;

    make_file(path);
    int status = read_when_cut(path, PAGE, said, sizeof said);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
    snprintf(wanted, sizeof wanted, "selfheal: %s: was cut short while it was read\n", path);
    assert_string_equal(said, wanted);
    unlink(path);
}

static void test_what_is_whole_is_read(void **state)
{
    char path[64], said[256];
    (void)state;

    make_file(path);
    int status = read_when_cut(path, PAGES * PAGE, said, sizeof said);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_string_equal(said, "");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_file_holds_is_there),
        cmocka_unit_test(test_a_file_that_is_cut_short_ends_its_reader_with_a_word),
        cmocka_unit_test(test_what_is_whole_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
