/* kube_exec.h - credentials from a plug-in (client.authentication.k8s.io/v1, v1beta1).
 *
 * The program that a kubeconfig names is run without a shell and prints an
 * ExecCredential: a token, or a client certificate and its key, good until a time. It
 * is kept until a minute before that and shared by all clients; the program runs in
 * one thread at a time.
 */
#ifndef SELFHEAL_LIVE_KUBE_EXEC_H
#define SELFHEAL_LIVE_KUBE_EXEC_H

#include "live/http_client.h"

enum { KUBE_EXEC_WORDS = 64, KUBE_EXEC_VARIABLES = 32 };

struct kube_exec_settings {
    const char *version;                            /* "client.authentication.k8s.io/v1" */
    const char *words[KUBE_EXEC_WORDS + 1];         /* NULL-terminated */
    const char *variables[KUBE_EXEC_VARIABLES + 1]; /* "NAME=value", NULL-terminated */
    const char *cluster;                            /* JSON of spec.cluster; NULL: the plug-in does not want it */
    heal_duration timeout;                          /* of one run; 0: 30 s */
};

struct kube_exec;
struct kube_exec *kube_exec_create(const struct kube_exec_settings *settings); /* borrowed; NULL when out of memory */
void kube_exec_destroy(struct kube_exec *exec);                                /* NULL is fine */

/* One set of credentials; each text is NULL when the plug-in gave none. */
struct kube_credential {
    char *token, *certificate, *key;
    uint64_t number; /* which run of the program they are from, 1 .. */
};
void kube_credential_clear(struct kube_credential *credential);

/* A copy of what is good now. `refused`: the number of the set that the server did not
 * take (0: none); if it is the newest the program is run again. False with a message,
 * which never holds what the program printed to stdout. */
bool kube_exec_get(struct kube_exec *exec, uint64_t refused, struct kube_credential *out, char error[HTTP_ERROR_TEXT]);

#endif
