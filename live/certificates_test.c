/* certificates_test.c - a handshake that is refused, hangs or is none. What a good one
 * shows is tried against real servers in tests/e2e. */
#include "live/certificates.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void test_the_series_is_the_resource_s(void **state)
{
    const struct certificate_target target = {"certificate/shop/web", "localhost", 443, NULL};
    char series[CERTIFICATE_SERIES];
    (void)state;

    assert_string_equal(certificate_series(&target, series), "certificate/shop/web:certificate_remaining_days");
}

static void test_a_silent_or_absent_server_is_no_sample(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int file = socket(AF_INET, SOCK_STREAM, 0);
    char error[CERTIFICATE_ERROR] = "";
    double days;
    time_t begun = time(NULL);
    (void)state;

    assert_int_equal(bind(file, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(file, (struct sockaddr *)&address, &size), 0);
    struct certificate_target target = {"certificate/a/b", "127.0.0.1", ntohs(address.sin_port), NULL};
    assert_false(certificate_days(&target, 0, HEAL_SECOND, &days, error)); /* nobody listens */
    assert_non_null(strstr(error, "does not answer"));
    assert_int_equal(listen(file, 1), 0);
    assert_false(certificate_days(&target, 0, 300 * HEAL_MILLISECOND, &days, error)); /* says nothing */
    assert_non_null(strstr(error, "no TLS handshake"));
    assert_true(time(NULL) - begun < 5);
    target.host = "name.invalid";
    assert_false(certificate_days(&target, 0, HEAL_SECOND, &days, error));
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_series_is_the_resource_s),
        cmocka_unit_test(test_a_silent_or_absent_server_is_no_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
