/* kubeconfig.h - where the API server is and who we are, from kubeconfig files or a pod.
 *
 * Several files are one, as kubectl has it: for the current context, and for each
 * cluster, user and context by its name, the first file that has it counts. Paths in
 * a file are beside that file. What would silently mean another identity (passwords,
 * auth-provider, impersonation) or another way (proxy-url) is refused; unknown fields
 * are not, since kubectl writes some of its own.
 */
#ifndef SELFHEAL_LIVE_KUBECONFIG_H
#define SELFHEAL_LIVE_KUBECONFIG_H

#include "engine/document.h"
#include "live/kube_client.h"

/* Fills url, certificates, token, exec, server_name, own_namespace and insecure of
 * *settings by `context` (NULL: the current one). Texts live in `arena`;
 * settings->exec, where there is one, is the caller's to destroy. False with messages
 * (file, line, field) when anything of that context is missing or wrong. */
bool kubeconfig_read(const struct document *const *documents, size_t count, const char *context, struct arena *arena,
                     struct kube_settings *settings, struct error_list *errors);

/* The service account that is mounted at `folder` (token, ca.crt, namespace), for the
 * server at `host`:`port` (KUBERNETES_SERVICE_HOST and _PORT). The token is rotated by
 * the kubelet, so it is named and not read. */
bool kubeconfig_in_cluster(const char *folder, const char *host, const char *port, struct arena *arena,
                           struct kube_settings *settings, struct error_list *errors);

#endif
