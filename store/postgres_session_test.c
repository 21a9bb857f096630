/* postgres_session_test.c - what a URL may be told as, and a server that is not there. */
#include "store/postgres_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

static void test_a_url_is_told_without_its_password(void **state)
{
    static const char *const urls[][2] = {
        {"postgresql://ann:secret@db:5433/heal?sslmode=require", "postgresql://ann@db:5433/heal"},
        {"postgres://ann@db/heal?password=secret", "postgresql://ann@db/heal"},
        {"postgresql:///heal?host=/run/pg", "postgresql:///run/pg/heal"},
        {"postgresql://[::1]/", "postgresql://::1/"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct error_list errors = {0};
        char *name = postgres_url_name(urls[i][0], &errors);
        assert_string_equal(name, urls[i][1]);
        free(name);
    }
}

static void test_a_wrong_url_is_not_repeated(void **state)
{
    static const char *const urls[] = {"postgresql://ann:se/cret@db/heal", "postgresql://ann:x@secret@db/heal",
                                       "postgresql://ann:secret@[::1/heal", "postgresql://ann@db/heal?secret=1"};

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct error_list errors = {0};
        char text[512];
        assert_null(postgres_url_name(urls[i], &errors));
        assert_int_equal(errors.count, 1);
        assert_int_equal(errors.items[0].class, ERROR_INPUT);
        assert_null(strstr(error_format(&errors, 0, text, sizeof text), "cret"));
        error_list_clear(&errors);
    }
}

static void test_a_server_that_refuses_or_hangs_is_given_up(void **state)
{
    struct postgres_session session;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int hanging = socket(AF_INET, SOCK_STREAM, 0);
    char url[128];
    struct timespec begun, ended;

    (void)state;
    assert_int_equal(bind(hanging, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(hanging, (struct sockaddr *)&address, &length), 0);
    snprintf(url, sizeof url, "postgresql://ann:secret@127.0.0.1:%u/heal", ntohs(address.sin_port));
    assert_false(postgres_session_open(&session, url)); /* nobody listens yet */
    assert_non_null(strstr(session.trouble, "refused"));
    assert_null(strstr(session.trouble, "secret"));
    assert_int_equal(listen(hanging, 1), 0); /* who never says a word */
    clock_gettime(CLOCK_MONOTONIC, &begun);
    assert_false(postgres_session_open(&session, url));
    clock_gettime(CLOCK_MONOTONIC, &ended);
    assert_string_equal(session.trouble, "the server does not answer in time");
    assert_in_range(ended.tv_sec - begun.tv_sec, 4, 20);
    assert_false(postgres_session_queue(&session, NULL, "SELECT 1", NULL)); /* stays broken */
    postgres_session_close(&session);
    close(hanging);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_url_is_told_without_its_password),
        cmocka_unit_test(test_a_wrong_url_is_not_repeated),
        cmocka_unit_test(test_a_server_that_refuses_or_hangs_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
