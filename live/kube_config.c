/* kube_config.c - see kube_config.h. */
#include "live/kube_config.h"

#include <string.h>

void kube_config_defaults(struct kube_config *config)
{
    *config = (struct kube_config){
        .service_account = "/var/run/secrets/kubernetes.io/serviceaccount",
        .timeout = 10 * HEAL_SECOND,
        .retries = 2,
        .stale_after = HEAL_MINUTE,
        .start_within = 2 * HEAL_MINUTE,
    };
}

static void read_namespaces(struct reader *part, struct arena *arena, struct kube_config *config)
{
    size_t count = 0;
    const struct node *const *items = reader_list(part, "namespaces", &count);

    if (count > KUBE_NAMESPACES_MAX)
        reader_error(part, "namespaces", "expected at most %d; with none all are watched", KUBE_NAMESPACES_MAX);
    for (size_t i = 0; items && i < count && i < KUBE_NAMESPACES_MAX; i++) {
        static const char ALLOWED[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
        const char *name = items[i]->kind == NODE_TEXT ? items[i]->text : "";
        if (!*name || strspn(name, ALLOWED) != strlen(name) || strlen(name) > 63) {
            reader_error(part, "namespaces", "expected names of namespaces");
            return;
        }
        for (size_t j = 0; j < config->namespace_count; j++) {
            if (strcmp(config->namespaces[j], name) == 0)
                reader_error(part, "namespaces", "\"%s\" is there twice", name);
        }
        config->namespaces[config->namespace_count++] = reader_copy(part, arena, name);
    }
}

static void read_url(struct reader *part, struct arena *arena, const char **out)
{
    const char *url = NULL;

    if (!reader_text(part, "url", &url))
        return;
    size_t length = strlen(url);
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        reader_error(part, "url", "expected http://... or https://..., found \"%s\"", url);
    *out = arena_text(arena, url, length > 0 && url[length - 1] == '/' ? length - 1 : length);
}

void kube_config_read(struct reader *root, struct arena *arena, struct kube_config *config)
{
    struct reader part = reader_map(root, "kubernetes");

    if (!part.map)
        return;
    config->on = true;
    reader_text_into(&part, "kubeconfig", arena, &config->kubeconfig);
    reader_text_into(&part, "context", arena, &config->context);
    reader_text_into(&part, "service_account", arena, &config->service_account);
    read_url(&part, arena, &config->url);
    reader_text_into(&part, "token_file", arena, &config->token_file);
    reader_text_into(&part, "ca_file", arena, &config->ca_file);
    read_namespaces(&part, arena, config);
    reader_duration(&part, "timeout", HEAL_MILLISECOND, HEAL_HOUR, &config->timeout);
    reader_count(&part, "retries", 0, 10, &config->retries);
    reader_duration(&part, "stale_after", HEAL_SECOND, HEAL_DAY, &config->stale_after);
    reader_duration(&part, "start_within", 0, HEAL_DAY, &config->start_within);
    kube_plans_read(&part, arena, &config->plans);
    if ((config->token_file || config->ca_file) && !config->url)
        reader_error(&part, config->token_file ? "token_file" : "ca_file", "goes with url; a kubeconfig has its own");
    if (config->url && config->kubeconfig)
        reader_error(&part, "url", "goes against kubeconfig, expected one of them");
    reader_close(&part);
}
