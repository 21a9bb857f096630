/* kube_client.h - calls to a Kubernetes API server over HTTPS (libcurl).
 *
 * Over http_client.h, with its retries, pauses and circuit: who one is (client
 * certificate, bearer token, a token file that is rotated, a credential plug-in),
 * and what the server says when it says no (a Status object's message). A 401 makes
 * the credentials be fetched anew, once a call. Reads (GET) are repeated; what
 * changes something only where the server cannot have done it: no connection, 503,
 * or a 429 that is not a disruption budget's.
 *
 * Not thread safe: each thread has its own client over the same settings.
 */
#ifndef SELFHEAL_LIVE_KUBE_CLIENT_H
#define SELFHEAL_LIVE_KUBE_CLIENT_H

#include "live/http_client.h"
#include "live/kube_exec.h"

/* Where the server is and who asks: from a kubeconfig (kubeconfig.h) or a pod's
 * service account. All texts are borrowed. */
struct kube_settings {
    const char *url;                                                       /* "https://host:6443" */
    const char *ca_file, *ca_data;                                         /* file, or PEM; NULL: the system's */
    const char *certificate_file, *certificate_data, *key_file, *key_data; /* client certificate */
    const char *token, *token_file; /* the file goes before the text and is read at each call */
    struct kube_exec *exec;         /* credential plug-in, shared by all clients; NULL: none */
    const char *server_name;        /* tls-server-name; NULL: the url's host */
    const char *own_namespace;      /* the context's or the pod's; NULL: "default" */
    bool insecure;
    heal_duration timeout; /* of one try; 0: 10 s */
    uint32_t retries;      /* beside the first try */
};

struct kube_client;
/* `settings` is borrowed. NULL with a message when out of memory. */
struct kube_client *kube_client_create(const struct kube_settings *settings, char error[HTTP_ERROR_TEXT]);
void kube_client_destroy(struct kube_client *client); /* NULL is fine */
/* Ends its calls within about a second once *stop is set (borrowed). */
void kube_client_stop_on(struct kube_client *client, const atomic_bool *stop);

/* One call; `method` "GET" "POST" "PUT" "PATCH" "DELETE"; `type` such as
 * "application/merge-patch+json" (NULL with a NULL body). True for 200 .. 299. Else
 * answer->status is what was said (0: no answer), answer->error why in one line. The
 * caller clears the answer either way. */
bool kube_call(struct kube_client *client, const char *method, const char *path, const char *type, const char *body,
               struct http_answer *answer);

/* True for the 429 of an eviction that a disruption budget forbids for now. */
bool kube_is_budget(const struct http_answer *answer);

/* A GET whose body goes to `take` as it comes (first, with no bytes, that it will),
 * until it ends, `take` says false, or after `timeout`. True when the server answered
 * 200 and the stream ended by itself. Not repeated once it has begun. */
struct kube_stream {
    bool (*take)(void *context, const char *data, size_t length);
    void *context;
    heal_duration timeout;
};
bool kube_stream(struct kube_client *client, const char *path, const struct kube_stream *stream,
                 struct http_answer *answer);

#endif
