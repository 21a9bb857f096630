/* test_capture.h - what a function wrote to stdout or stderr, and files for it to read.
 *
 * Functions are static inline so that each test program takes what it needs.
 */
#ifndef SELFHEAL_CLI_TEST_CAPTURE_H
#define SELFHEAL_CLI_TEST_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A stream that is caught in a file between begin and end. */
struct capture {
    FILE *stream, *file;
    int kept; /* the descriptor that the stream really has */
};

static inline struct capture capture_begin(FILE *stream)
{
    struct capture capture = {stream, tmpfile(), -1};

    assert_non_null(capture.file);
    fflush(stream);
    capture.kept = dup(fileno(stream));
    assert_true(capture.kept >= 0);
    assert_true(dup2(fileno(capture.file), fileno(stream)) >= 0);
    return capture;
}

/* What was written, cut to `size` and NUL-terminated. */
static inline void capture_end(struct capture *capture, char *text, size_t size)
{
    fflush(capture->stream);
    assert_true(dup2(capture->kept, fileno(capture->stream)) >= 0);
    close(capture->kept);
    rewind(capture->file);
    text[fread(text, 1, size - 1, capture->file)] = '\0';
    fclose(capture->file);
}

/* --- a folder of files ---------------------------------------------------- */

enum { TEST_PATH = 256 };

/* In `state`: a new folder's path, taken away with all in it afterwards. */
static inline int test_folder_open(void **state)
{
    char *folder = malloc(TEST_PATH);

    if (!folder)
        return -1;
    strcpy(folder, "/tmp/selfheal-cli-XXXXXX");
    *state = folder;
    return mkdtemp(folder) ? 0 : -1;
}

static inline int test_folder_close(void **state)
{
    char command[TEST_PATH + 16];

    snprintf(command, sizeof command, "rm -rf '%s'", (const char *)*state);
    free(*state);
    return system(command);
}

#define test_in_folder(function) cmocka_unit_test_setup_teardown(function, test_folder_open, test_folder_close)

/* "folder/name" into `path`, which is returned. */
static inline char *test_path(char path[TEST_PATH], const char *folder, const char *name)
{
    assert_true(snprintf(path, TEST_PATH, "%s/%s", folder, name) < TEST_PATH);
    return path;
}

static inline void test_write_file(const char *folder, const char *name, const char *text)
{
    char path[TEST_PATH];
    FILE *file = fopen(test_path(path, folder, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The file's text; the caller frees. */
static inline char *test_read_file(const char *folder, const char *name)
{
    char path[TEST_PATH];
    FILE *file = fopen(test_path(path, folder, name), "r");
    size_t length = 0, capacity = 1 << 16;
    char *text = malloc(capacity);

    assert_non_null(file);
    assert_non_null(text);
    for (size_t n; (n = fread(text + length, 1, capacity - length - 1, file)) > 0;) {
        length += n;
        if (capacity - length < 2)
            text = realloc(text, capacity *= 2);
        assert_non_null(text);
    }
    fclose(file);
    text[length] = '\0';
    return text;
}

static inline bool test_is_there(const char *folder, const char *name)
{
    char path[TEST_PATH];
    struct stat there;

    return stat(test_path(path, folder, name), &there) == 0;
}

#endif
