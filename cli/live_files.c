/* live_files.c - see live_files.h. Paths in the file are beside it. */
#include "cli/live_files.h"

#include "cli/kube_files.h"
#include "cli/kube_plan_files.h"
#include "cli/load.h"
#include "cli/yaml.h"

#include <stdlib.h>
#include <string.h>

static const char *from_environment(const char *name)
{
    return getenv(name);
}

/* The path beside the configuration, in its arena. */
static void settle(struct live_config *config, const char **path)
{
    char *joined = path_beside(config->file, *path);

    if (joined)
        *path = arena_text(config->arena, joined, strlen(joined));
    free(joined);
}

bool live_files_read(struct live_files *files, const char *path, struct error_list *errors)
{
    struct document *document = yaml_read(path, errors);
    struct live_config *config = document ? live_config_from_document(document, from_environment, errors) : NULL;

    document_destroy(document);
    files->config = config;
    if (!config)
        return false;
    settle(config, &config->data);
    settle(config, &config->policy);
    settle(config, &config->prometheus.http.token_file);
    settle(config, &config->prometheus.http.ca_file);
    settle(config, &config->alertmanager.token_file);
    settle(config, &config->alertmanager.ca_file);
    settle(config, &config->kubernetes.token_file);
    settle(config, &config->kubernetes.ca_file);
    settle(config, &config->kubernetes.service_account);
    settle(config, &config->api.tokens);
    settle(config, &config->api.certificate);
    settle(config, &config->api.key);
    if (kube_files_read(config, from_environment, errors) && kube_plan_files_read(config, errors) &&
        layers_read(&files->layers, config->policy, errors) &&
        layers_add(&files->layers, "live settings", config->layer, strlen(config->layer), errors))
        files->policy = layers_policy(files->layers.items, files->layers.count, errors);
    return files->policy != NULL;
}

void live_files_clear(struct live_files *files)
{
    policy_destroy(files->policy);
    layers_clear(&files->layers);
    live_config_destroy(files->config);
    *files = (struct live_files){0};
}
