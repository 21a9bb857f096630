/* http_client.h - calls to one server over HTTP (libcurl), patient but not for ever.
 *
 * A call that fails is tried again after a pause that doubles and is drawn at
 * random between half and all of it; a server that says how long it wants to be
 * left alone (Retry-After) is, up to RETRY_AFTER_MOST. After BREAKER_FAILURES failed
 * calls in a row the circuit opens: calls fail at once for a while that doubles up
 * to open_most, then one call tries the line. What the server says 4xx to is no
 * failure of the line and is not repeated, except 429. Not thread safe: each
 * thread has its own client.
 */
#ifndef SELFHEAL_LIVE_HTTP_CLIENT_H
#define SELFHEAL_LIVE_HTTP_CLIENT_H

#include "engine/time.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BREAKER_FAILURES = 5, HTTP_ERROR_TEXT = 256, HTTP_BODY_MAX = 256 << 20, HTTP_TOKEN_MAX = 16384 };

struct http_settings {
    const char *url;           /* "http://host:9090/prefix", without a slash at its end */
    heal_duration timeout;     /* of one try */
    uint32_t retries;          /* beside the first try */
    const char *token_file;    /* bearer token, read at each call: it may be renewed; NULL: none */
    const char *ca_file;       /* NULL: the system's */
    heal_duration first_pause; /* between tries; 0: 200 ms */
    heal_duration open_for;    /* the circuit's first pause; 0: 10 s */
    heal_duration open_most;   /* its longest; 0: 30 s, so that a scan or two see who is back */
    const char *ca_text;       /* PEM, goes before ca_file; NULL: none */
    /* The client's own certificate and key: files, or PEM texts, which go before files. */
    const char *certificate_file, *certificate_text, *key_file, *key_text;
    const char *server_name; /* what the server's certificate is for, where that is not its host; NULL */
    bool insecure;           /* whoever answers is believed */
};

struct http_answer {
    long status; /* 0: no answer */
    char *body;  /* NUL-terminated; http_answer_clear frees */
    size_t length;
    heal_duration retry_after;   /* what the server asked for; 0: nothing */
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

/* All that a call can be; zero-initialise what is not asked for. */
struct http_request {
    const char *method; /* NULL: GET, or POST with a body */
    const char *path, *type, *body;
    const char *accept; /* NULL: anything */
    const char *token;  /* bearer token of this call; goes before the settings' file */
    /* The call changes something: it is repeated only where nothing can have been done
     * yet (no connection, 429, 503). */
    bool once;
    /* A 429 of this call means no, not later: it is not repeated and no failure. */
    bool (*refuses)(const struct http_answer *answer);
    heal_duration timeout; /* 0: the settings' */
    /* Takes a good answer's body piece by piece instead of answer->body; false ends the
     * call. Called with no bytes when the answer begins, which may be long before the first. */
    bool (*take)(void *context, const char *data, size_t length);
    void *context;
    const atomic_bool *stop; /* ends the call within about a second; NULL: nothing does */
};
bool http_client_request(struct http_client *client, const struct http_request *request, struct http_answer *answer);
bool http_client_circuit_is_open(const struct http_client *client);

/* The first line of a file, without its end, as a token. False when there is none. */
bool http_read_token(const char *path, char token[HTTP_TOKEN_MAX]);

/* `text` as part of a form or query; the caller frees. NULL when out of memory. */
char *http_escape(const char *text);

#endif
