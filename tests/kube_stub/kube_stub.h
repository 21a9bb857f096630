/* kube_stub.h - a small Kubernetes API server that misbehaves as it is told.
 *
 * For what a real one can't be made to show: 500, 429 with Retry-After, garbage,
 * silence, a stream cut in the middle of a line, a history that is forgotten (410
 * Gone), tokens that change. It keeps objects as the texts it was given, lists them in
 * pages, and tells watchers what changed, with bookmarks, over plain HTTP on a free
 * port of loopback. Objects carry `"resourceVersion":"0"`, which becomes the version.
 */
#ifndef SELFHEAL_TESTS_KUBE_STUB_H
#define SELFHEAL_TESTS_KUBE_STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stub_fault {
    STUB_GOOD,
    STUB_500,
    STUB_429, /* with Retry-After: 1 */
    STUB_403,
    STUB_404,
    STUB_GARBAGE, /* 200, and no JSON */
    STUB_SLOW,    /* good, but after two seconds */
    STUB_SILENT,  /* takes the call and says nothing for a minute */
    STUB_CUT,     /* the body ends in its middle */
    STUB_GONE,    /* 410 */
    STUB_FAULTS
};

enum stub_call { STUB_LIST, STUB_WATCH, STUB_OTHER, STUB_CALLS };

struct kube_stub;
struct kube_stub *kube_stub_start(void); /* NULL when it can't */
void kube_stub_stop(struct kube_stub *stub);
const char *kube_stub_url(const struct kube_stub *stub);

/* Makes a collection such as "/api/v1/pods" known; others are answered 404. */
void kube_stub_serve(struct kube_stub *stub, const char *collection);
/* Puts an object; `key` is only its name within the stub. A NULL text takes it away. */
void kube_stub_put(struct kube_stub *stub, const char *collection, const char *key, const char *text);

/* The next `count` calls of `call` whose path begins with `path` go wrong. One order at a time. */
void kube_stub_misbehave(struct kube_stub *stub, enum stub_fault fault, enum stub_call call, const char *path,
                         uint32_t count);
void kube_stub_cut_watches(struct kube_stub *stub);              /* ends what streams now, within a line */
void kube_stub_forget(struct kube_stub *stub);                   /* of what changed: watchers are told 410 */
void kube_stub_token(struct kube_stub *stub, const char *token); /* only who says this is heard; NULL: everybody */

uint64_t kube_stub_calls(struct kube_stub *stub, enum stub_call call); /* so far, whatever was answered */
uint64_t kube_stub_version(struct kube_stub *stub);

#endif
