/* http_client.h - calls to one server over HTTP (libcurl), patient but not for ever.
 *
 * A call that fails is tried again after a pause that doubles and is drawn at
 * random between half and all of it. After BREAKER_FAILURES failed calls in a row
 * the circuit opens: calls fail at once for a while that doubles up to five
 * minutes, then one call tries the line. What the server says 4xx to is no
 * failure of the line and is not repeated, except 429. Not thread safe: each
 * thread has its own client.
 */
#ifndef SELFHEAL_LIVE_HTTP_CLIENT_H
#define SELFHEAL_LIVE_HTTP_CLIENT_H

#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BREAKER_FAILURES = 5, HTTP_ERROR_TEXT = 256, HTTP_BODY_MAX = 256 << 20 };

struct http_settings {
    const char *url;           /* "http://host:9090/prefix", without a slash at its end */
    heal_duration timeout;     /* of one try */
    uint32_t retries;          /* beside the first try */
    const char *token_file;    /* bearer token, read at each call: it may be renewed; NULL: none */
    const char *ca_file;       /* NULL: the system's */
    heal_duration first_pause; /* between tries; 0: 200 ms */
    heal_duration open_for;    /* the circuit's first pause; 0: 10 s */
};

struct http_answer {
    long status; /* 0: no answer */
    char *body;  /* NUL-terminated; http_answer_clear frees */
    size_t length;
    char error[HTTP_ERROR_TEXT]; /* why there is none, or what the status says; no secrets */
};
void http_answer_clear(struct http_answer *answer);

struct http_client;
/* `settings` is borrowed. NULL when out of memory. */
struct http_client *http_client_create(const struct http_settings *settings);
void http_client_destroy(struct http_client *client); /* NULL is fine */

/* `path` with its query comes behind the url. A NULL body is a GET; else a POST
 * of `body` as `type`. True for a status of 200 .. 299. */
bool http_client_call(struct http_client *client, const char *path, const char *type, const char *body,
                      struct http_answer *answer);
bool http_client_circuit_is_open(const struct http_client *client);

/* `text` as part of a form or query; the caller frees. NULL when out of memory. */
char *http_escape(const char *text);

#endif
