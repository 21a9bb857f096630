/* flight_files_test.c - the disk that recordings take is bounded. */
#include "live/flight_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_the_oldest_go_and_the_current_stays(void **state)
{
    char data[] = "/tmp/selfheal-files-XXXXXX", path[4][FLIGHT_PATH], command[128];
    struct error_list errors = {0};
    (void)state;

    assert_non_null(mkdtemp(data));
    assert_true(flight_files_prepare(data, &errors));
    assert_true(flight_files_prepare(data, &errors)); /* again is no fault */
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(flight_files_name(data, i, (heal_time)i * HEAL_DAY, path[i], &errors));
        FILE *file = fopen(path[i], "w");
        for (int byte = 0; byte < 1000; byte++)
            fputc('x', file);
        fclose(file);
    }
    assert_non_null(strstr(path[1], "/flight/00000001-19700102T000000Z.flight"));
    assert_int_equal(flight_files_prune(data, path[3], 5000), 0);
    assert_int_equal(flight_files_prune(data, path[3], 2500), 2);
    assert_int_not_equal(access(path[0], F_OK), 0);
    assert_int_equal(access(path[2], F_OK), 0);
    assert_int_equal(flight_files_prune(data, path[3], 0), 1); /* never the current one */
    assert_int_equal(access(path[3], F_OK), 0);
    assert_false(flight_files_prepare("/proc/nowhere", &errors));
    error_list_clear(&errors);
    snprintf(command, sizeof command, "rm -rf '%s'", data);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_oldest_go_and_the_current_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
