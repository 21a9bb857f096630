/* certificates.c - see certificates.h; OpenSSL. */
#include "live/certificates.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

char *certificate_series(const struct certificate_target *target, char series[CERTIFICATE_SERIES])
{
    snprintf(series, CERTIFICATE_SERIES, "%s:certificate_remaining_days", target->resource);
    return series;
}

static int64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * HEAL_SECOND + now.tv_nsec;
}

/* Waits for the socket; false at `until`. */
static bool ready(int file, short events, int64_t until)
{
    struct pollfd wait = {.fd = file, .events = events};
    int64_t left = until - clock_now();

    return left > 0 && poll(&wait, 1, (int)(left / HEAL_MILLISECOND) + 1) > 0;
}

static bool connects(int file, const struct addrinfo *address, int64_t until)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (connect(file, address->ai_addr, address->ai_addrlen) == 0)
        return true;
    return errno == EINPROGRESS && ready(file, POLLOUT, until) &&
           getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

static int open_socket(const struct certificate_target *target, int64_t until, char *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    char port[16];
    int file = -1;

    snprintf(port, sizeof port, "%u", target->port);
    int code = getaddrinfo(target->host, port, &hints, &found);
    if (code != 0) {
        snprintf(error, CERTIFICATE_ERROR, "%s: %s", target->host, gai_strerror(code));
        return -1;
    }
    for (const struct addrinfo *address = found; address && file < 0; address = address->ai_next) {
        file = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
        if (file < 0)
            continue;
        fcntl(file, F_SETFD, FD_CLOEXEC);
        fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK);
        if (!connects(file, address, until)) {
            close(file);
            file = -1;
        }
    }
    freeaddrinfo(found);
    if (file < 0)
        snprintf(error, CERTIFICATE_ERROR, "%s:%u does not answer", target->host, target->port);
    return file;
}

static bool shake_hands(SSL *ssl, int file, int64_t until)
{
    for (;;) {
        int code = SSL_connect(ssl);
        if (code == 1)
            return true;
        int wants = SSL_get_error(ssl, code);
        short events = wants == SSL_ERROR_WANT_READ ? POLLIN : wants == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
        if (events == 0 || !ready(file, events, until))
            return false;
    }
}

static bool days_left(const SSL *ssl, heal_time now, double *days)
{
    X509 *certificate = SSL_get1_peer_certificate(ssl);
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(now / HEAL_SECOND));
    int whole = 0, seconds = 0;
    bool good = certificate && from && ASN1_TIME_diff(&whole, &seconds, from, X509_get0_notAfter(certificate)) == 1;

    if (good)
        *days = (double)whole + (double)seconds / 86400.0;
    ASN1_TIME_free(from);
    X509_free(certificate);
    return good;
}

bool certificate_days(const struct certificate_target *target, heal_time now, heal_duration timeout, double *days,
                      char error[CERTIFICATE_ERROR])
{
    int64_t until = clock_now() + timeout;
    int file = open_socket(target, until, error);
    SSL_CTX *context = file >= 0 ? SSL_CTX_new(TLS_client_method()) : NULL;
    SSL *ssl = context ? SSL_new(context) : NULL;
    char name[256];
    bool good = false;

    snprintf(name, sizeof name, "%s", target->name ? target->name : target->host);
    if (ssl && SSL_set_fd(ssl, file) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1)
        good = shake_hands(ssl, file, until) && days_left(ssl, now, days);
    if (!good && file >= 0)
        snprintf(error, CERTIFICATE_ERROR, "%s:%u: no TLS handshake", target->host, target->port);
    ERR_clear_error();
    SSL_free(ssl);
    SSL_CTX_free(context);
    if (file >= 0)
        close(file);
    return good;
}
