/* certificates.h - how long certificates are good, as a client sees them.
 *
 * A TLS handshake with each server, by name (SNI), and a look at what it shows:
 * the series `ID:certificate_remaining_days`, negative when it has expired. Who
 * signed it does not matter here: a certificate that is about to expire is trouble
 * whoever made it. A server that does not answer has no sample.
 */
#ifndef SELFHEAL_LIVE_CERTIFICATES_H
#define SELFHEAL_LIVE_CERTIFICATES_H

#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct certificate_target {
    const char *resource; /* "certificate/shop/web" */
    const char *host;
    uint32_t port;
    const char *name; /* that is asked for; NULL: the host */
};

enum { CERTIFICATE_SERIES = 512 + 1, CERTIFICATE_ERROR = 256 };

/* The series of a target. Returns `series`. */
char *certificate_series(const struct certificate_target *target, char series[CERTIFICATE_SERIES]);

/* Days from `now` to the end of the certificate that the server shows. False with why
 * when there was no handshake within `timeout`. */
bool certificate_days(const struct certificate_target *target, heal_time now, heal_duration timeout, double *days,
                      char error[CERTIFICATE_ERROR]);

#endif
