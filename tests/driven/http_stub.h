/* http_stub.h - a server on a free port of loopback that answers what a function says. */
#ifndef SELFHEAL_TESTS_DRIVEN_HTTP_STUB_H
#define SELFHEAL_TESTS_DRIVEN_HTTP_STUB_H

#include <stddef.h>
#include <stdint.h>

enum { HTTP_STUB_ROOM = 1 << 20 };

/* Writes the answer's body (JSON) and returns its status. One call at a time. */
typedef unsigned http_stub_answer(void *context, const char *path, const char *body, char out[HTTP_STUB_ROOM]);

struct http_stub;
struct http_stub *http_stub_start(http_stub_answer *answer, void *context); /* NULL when it can't */
void http_stub_stop(struct http_stub *stub);
uint16_t http_stub_port(const struct http_stub *stub);

#endif
