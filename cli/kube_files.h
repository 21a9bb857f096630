/* kube_files.h - finds the files that say where the Kubernetes API server is.
 *
 * As kubectl looks for them: the configuration's kubeconfig, KUBECONFIG,
 * ~/.kube/config, the pod's service account; or the configuration says it itself.
 */
#ifndef SELFHEAL_CLI_KUBE_FILES_H
#define SELFHEAL_CLI_KUBE_FILES_H

#include "live/config.h"

/* Fills config->kubernetes.access where the endpoint is on. False with messages. */
bool kube_files_read(struct live_config *config, live_environment *environment, struct error_list *errors);

#endif
