/* kube_files.c - see kube_files.h. */
#include "cli/kube_files.h"

#include "cli/load.h"
#include "cli/yaml.h"
#include "live/kubeconfig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES_MAX = 16 };

/* Reads the files of a list with ':' between them. Those of an environment (`lenient`)
 * need not be there, as long as one is. */
static bool read_list(struct live_config *config, const char *list, bool lenient, struct error_list *errors)
{
    struct document *documents[FILES_MAX] = {0};
    size_t count = 0, before = errors->count;
    bool good = true;

    for (const char *at = list; good && *at;) {
        size_t length = strcspn(at, ":");
        char *path = strndup(at, length);
        at += length + (at[length] == ':');
        if (path && length > 0 && !(lenient && access(path, F_OK) != 0)) {
            if (count == FILES_MAX)
                error_add(errors, ERROR_INPUT, path, 0, NULL, "expected at most %d kubeconfig files", FILES_MAX);
            else
                documents[count] = yaml_read(path, errors);
            good = count < FILES_MAX && documents[count++] != NULL;
        }
        free(path);
    }
    if (good && count == 0)
        error_add(errors, ERROR_INPUT, list, 0, NULL, "expected a kubeconfig file");
    if (good && count > 0)
        kubeconfig_read((const struct document *const *)documents, count, config->kubernetes.context, config->arena,
                        &config->kubernetes.access, errors);
    for (size_t i = 0; i < count; i++)
        document_destroy(documents[i]);
    return errors->count == before;
}

static const char *set_in(live_environment *environment, const char *name)
{
    const char *value = environment(name);
    return value && *value ? value : NULL;
}

/* ~/.kube/config, or NULL when it is not there; the caller frees. */
static char *home_file(live_environment *environment)
{
    const char *home = set_in(environment, "HOME");
    size_t size = home ? strlen(home) + 16 : 0;
    char *path = home ? malloc(size) : NULL;

    if (path)
        snprintf(path, size, "%s/.kube/config", home);
    if (path && access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

/* Paths in the configuration are beside it; the list keeps its order. The caller frees. */
static char *settle_list(const char *file, const char *list)
{
    char *all = calloc(1, 1);

    for (const char *at = list; all && *at;) {
        size_t length = strcspn(at, ":");
        char *one = strndup(at, length), *path = one ? path_beside(file, one) : NULL;
        size_t size = strlen(all) + (path ? strlen(path) : 0) + 2;
        char *longer = path ? malloc(size) : NULL;
        if (longer)
            snprintf(longer, size, "%s%s%s", all, *all ? ":" : "", path);
        free(all);
        free(one);
        free(path);
        all = longer;
        at += length + (at[length] == ':');
    }
    return all;
}

static bool find(struct live_config *config, live_environment *environment, struct error_list *errors)
{
    struct kube_config *kubernetes = &config->kubernetes;
    const char *list = set_in(environment, "KUBECONFIG"), *host = set_in(environment, "KUBERNETES_SERVICE_HOST");
    char *path = NULL;

    if (kubernetes->url) {
        kubernetes->access.token_file = kubernetes->token_file;
        kubernetes->access.ca_file = kubernetes->ca_file;
        kubernetes->access.url = kubernetes->url;
        return true;
    }
    if (kubernetes->kubeconfig)
        path = settle_list(config->file, kubernetes->kubeconfig);
    else if (!list)
        path = home_file(environment);
    if (path || list) {
        bool good = read_list(config, path ? path : list, !kubernetes->kubeconfig, errors);
        free(path);
        return good;
    }
    if (host)
        return kubeconfig_in_cluster(kubernetes->service_account, host, set_in(environment, "KUBERNETES_SERVICE_PORT"),
                                     config->arena, &kubernetes->access, errors);
    if (kubernetes->url_override)
        return true; /* a server that asks nobody who he is */
    error_add(errors, ERROR_INPUT, config->file, 0, "kubernetes",
              "no server: expected url, kubeconfig, KUBECONFIG, ~/.kube/config or a pod's service account");
    return false;
}

bool kube_files_read(struct live_config *config, live_environment *environment, struct error_list *errors)
{
    struct kube_config *kubernetes = &config->kubernetes;

    if (!kubernetes->on)
        return true;
    if (!find(config, environment, errors))
        return false;
    if (kubernetes->url_override)
        kubernetes->access.url = kubernetes->url_override;
    kubernetes->access.timeout = kubernetes->timeout;
    kubernetes->access.retries = kubernetes->retries;
    return true;
}
