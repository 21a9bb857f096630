/* kube_config.h - the section `kubernetes:` of a live configuration.
 *
 * What is watched and how patiently. Where the server is stands here, in a
 * kubeconfig, or in the pod's service account; whoever reads those files fills
 * `access` (cli/kube_files.h).
 */
#ifndef SELFHEAL_LIVE_KUBE_CONFIG_H
#define SELFHEAL_LIVE_KUBE_CONFIG_H

#include "engine/document.h"
#include "live/kube_client.h"
#include "live/kube_plans.h"

enum { KUBE_NAMESPACES_MAX = 32 };

struct kube_config {
    bool on;                     /* there is a section, or KUBERNETES_URL */
    const char *kubeconfig;      /* paths with ':' between them; NULL: KUBECONFIG, ~/.kube/config, the pod's */
    const char *context;         /* NULL: the current one */
    const char *service_account; /* folder */
    const char *url;             /* NULL: as those files say */
    const char *url_override;    /* of KUBERNETES_URL: another server for the same user */
    const char *token_file, *ca_file;
    const char *namespaces[KUBE_NAMESPACES_MAX]; /* none: all of them */
    size_t namespace_count;
    heal_duration timeout;
    uint32_t retries;
    heal_duration stale_after;  /* what was seen counts so long after contact was lost */
    heal_duration start_within; /* a pod younger than this need not be ready yet */
    struct kube_plans plans; /* what may be changed, and how */
    struct kube_settings access;
};

/* Reads the section, if there is one, out of `root`; `config` holds the defaults. */
void kube_config_read(struct reader *root, struct arena *arena, struct kube_config *config);
void kube_config_defaults(struct kube_config *config);

#endif
