/* kubeconfig.c - see kubeconfig.h. */
#include "live/kubeconfig.h"

#include <cJSON.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_TEXT = 256 };

struct files {
    const struct document *const *documents;
    size_t count;
    struct arena *arena;
    struct error_list *errors;
};

/* `path` as seen from the folder of `file`. */
static const char *beside(struct arena *arena, const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    size_t folder = slash ? (size_t)(slash - file) + 1 : 0, size = folder + strlen(path) + 1;

    if (path[0] == '/' || folder == 0)
        return arena_text(arena, path, strlen(path));
    char *joined = arena_alloc(arena, size);
    if (joined)
        snprintf(joined, size, "%.*s%s", (int)folder, file, path);
    return joined;
}

static void read_path(struct reader *reader, const char *key, struct arena *arena, const char **out)
{
    const char *path;

    if (reader_text(reader, key, &path) && *path)
        *out = beside(arena, reader->document->file, path);
}

/* PEM that is written in base64. */
static void read_pem(struct reader *reader, const char *key, struct arena *arena, const char **out)
{
    const char *text;

    if (!reader_text(reader, key, &text) || !*text)
        return;
    size_t length = strlen(text);
    unsigned char *bytes = arena_alloc(arena, length + 1);
    int got = bytes && length < INT32_MAX ? EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)length) : -1;
    if (got >= 0)
        bytes[got] = '\0';
    if (got < 0 || !strstr((const char *)bytes, "-----BEGIN "))
        reader_error(reader, key, "expected PEM text in base64");
    else
        *out = (const char *)bytes;
}

static void refuse(struct reader *reader, const char *key, const char *instead)
{
    if (reader_node(reader, key))
        reader_error(reader, key, "is not supported here, %s", instead);
}

/* Opens `inner` of the item of `list` that is named `name`, in the first file that has
 * one. Its .map is NULL, with a message, when there is none. */
static struct reader find_named(const struct files *files, const char *list, const char *inner, const char *name,
                                const char *asked_by)
{
    char names[NAMES_TEXT] = "";
    size_t used = 0;

    for (size_t i = 0; i < files->count; i++) {
        struct reader root = reader_open(files->documents[i], files->documents[i]->root, "", files->errors);
        size_t count = 0;
        const struct node *const *items = reader_list(&root, list, &count);
        for (size_t j = 0; items && j < count; j++) {
            struct reader item = reader_item(&root, list, items, j);
            const char *found = NULL;
            if (!reader_text(&item, "name", &found))
                continue;
            if (strcmp(found, name) == 0) {
                reader_require(&item, inner);
                return reader_map(&item, inner);
            }
            int more = snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "", found);
            used = more > 0 && used + (size_t)more < sizeof names ? used + (size_t)more : used;
        }
    }
    error_add(files->errors, ERROR_INPUT, files->documents[0]->file, 0, list, "%s \"%s\" is not there, found %s",
              asked_by, name, used > 0 ? names : "none at all");
    return (struct reader){.document = files->documents[0], .path = list, .errors = files->errors};
}

static const char *current_context(const struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        struct reader root = reader_open(files->documents[i], files->documents[i]->root, "", files->errors);
        const char *name = NULL;
        if (reader_text(&root, "current-context", &name) && *name)
            return name;
    }
    error_add(files->errors, ERROR_INPUT, files->documents[0]->file, 0, "current-context",
              "is missing, and no context was asked for");
    return NULL;
}

static void read_server(struct reader *cluster, struct arena *arena, struct kube_settings *settings)
{
    const char *url = NULL;

    reader_require(cluster, "server");
    if (!reader_text(cluster, "server", &url))
        return;
    size_t length = strlen(url);
    if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
        reader_error(cluster, "server", "expected https://... or http://..., found \"%s\"", url);
    settings->url = arena_text(arena, url, length > 0 && url[length - 1] == '/' ? length - 1 : length);
}

static void read_cluster(struct reader *cluster, struct arena *arena, struct kube_settings *settings)
{
    if (!cluster->map)
        return;
    read_server(cluster, arena, settings);
    read_path(cluster, "certificate-authority", arena, &settings->ca_file);
    read_pem(cluster, "certificate-authority-data", arena, &settings->ca_data);
    reader_bool(cluster, "insecure-skip-tls-verify", &settings->insecure);
    reader_text_into(cluster, "tls-server-name", arena, &settings->server_name);
    refuse(cluster, "proxy-url", "the server is called without a proxy");
    if (settings->insecure && (settings->ca_file || settings->ca_data))
        reader_error(cluster, "insecure-skip-tls-verify", "goes against certificate-authority, expected one of them");
}

/* What a plug-in that asks for it is told of the cluster. */
static const char *describe_cluster(const struct reader *cluster, struct arena *arena,
                                    const struct kube_settings *settings)
{
    cJSON *root = cJSON_CreateObject();
    struct reader again = *cluster;
    const char *authority = NULL;

    cJSON_AddStringToObject(root, "server", settings->url ? settings->url : "");
    if (settings->server_name)
        cJSON_AddStringToObject(root, "tls-server-name", settings->server_name);
    if (settings->insecure)
        cJSON_AddBoolToObject(root, "insecure-skip-tls-verify", true);
    if (reader_text(&again, "certificate-authority-data", &authority))
        cJSON_AddStringToObject(root, "certificate-authority-data", authority);
    cJSON_AddNullToObject(root, "config");
    char *text = cJSON_PrintUnformatted(root);
    const char *kept = text ? arena_text(arena, text, strlen(text)) : NULL;
    cJSON_free(text);
    cJSON_Delete(root);
    return kept;
}

static void read_words(struct reader *exec, struct arena *arena, struct kube_exec_settings *out)
{
    const char *command = NULL;
    size_t count = 0;

    reader_require(exec, "command");
    if (reader_text(exec, "command", &command))
        out->words[0] = strchr(command, '/') ? beside(arena, exec->document->file, command)
                                             : arena_text(arena, command, strlen(command));
    const struct node *const *items = reader_node(exec, "args") && reader_node(exec, "args")->kind != NODE_NULL
                                          ? reader_list(exec, "args", &count)
                                          : NULL;
    if (count >= KUBE_EXEC_WORDS)
        reader_error(exec, "args", "expected at most %d words", KUBE_EXEC_WORDS - 1);
    for (size_t i = 0; items && i < count && i + 1 < KUBE_EXEC_WORDS; i++) {
        if (items[i]->kind == NODE_TEXT)
            out->words[i + 1] = arena_text(arena, items[i]->text, strlen(items[i]->text));
        else
            reader_error(exec, "args", "expected a list of words");
    }
}

static void read_variables(struct reader *exec, struct arena *arena, struct kube_exec_settings *out)
{
    size_t count = 0;

    if (!reader_node(exec, "env") || reader_node(exec, "env")->kind == NODE_NULL)
        return;
    const struct node *const *items = reader_list(exec, "env", &count);
    if (count > KUBE_EXEC_VARIABLES)
        reader_error(exec, "env", "expected at most %d variables", KUBE_EXEC_VARIABLES);
    for (size_t i = 0; items && i < count && i < KUBE_EXEC_VARIABLES; i++) {
        struct reader item = reader_item(exec, "env", items, i);
        const char *name = NULL, *value = NULL;
        reader_require(&item, "name");
        reader_require(&item, "value");
        if (!reader_text(&item, "name", &name) || !reader_text(&item, "value", &value))
            return;
        size_t size = strlen(name) + strlen(value) + 2;
        char *variable = arena_alloc(arena, size);
        if (variable)
            snprintf(variable, size, "%s=%s", name, value);
        out->variables[i] = variable;
    }
}

static void read_exec(struct reader *user, const struct reader *cluster, struct arena *arena,
                      struct kube_settings *settings)
{
    static const char *const VERSIONS[] = {"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"};
    struct reader exec = reader_map(user, "exec");
    struct kube_exec_settings *out = exec.map ? arena_alloc(arena, sizeof *out) : NULL;
    size_t before = user->errors->count, version = 0;
    bool wants_cluster = false;
    const char *mode = NULL;

    if (!out)
        return;
    reader_require(&exec, "apiVersion");
    if (reader_choice(&exec, "apiVersion", VERSIONS, 2, &version))
        out->version = VERSIONS[version];
    read_words(&exec, arena, out);
    read_variables(&exec, arena, out);
    if (reader_bool(&exec, "provideClusterInfo", &wants_cluster) && wants_cluster)
        out->cluster = describe_cluster(cluster, arena, settings);
    if (reader_text(&exec, "interactiveMode", &mode) && strcmp(mode, "Always") == 0)
        reader_error(&exec, "interactiveMode", "is Always, but nobody sits here who could answer");
    if (user->errors->count == before && !(settings->exec = kube_exec_create(out)))
        error_add(user->errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
}

static void read_user(struct reader *user, const struct reader *cluster, struct arena *arena,
                      struct kube_settings *settings)
{
    if (!user->map)
        return;
    read_path(user, "client-certificate", arena, &settings->certificate_file);
    read_path(user, "client-key", arena, &settings->key_file);
    read_pem(user, "client-certificate-data", arena, &settings->certificate_data);
    read_pem(user, "client-key-data", arena, &settings->key_data);
    reader_text_into(user, "token", arena, &settings->token);
    read_path(user, "tokenFile", arena, &settings->token_file);
    refuse(user, "username", "expected a client certificate, a token or an exec plug-in");
    refuse(user, "auth-provider", "expected an exec plug-in");
    refuse(user, "as", "expected a user of its own");
    read_exec(user, cluster, arena, settings);
    bool certificate = settings->certificate_file || settings->certificate_data;
    bool key = settings->key_file || settings->key_data;
    if (certificate != key)
        reader_error(user, certificate ? "client-certificate" : "client-key",
                     "a client certificate and its key go together");
}

bool kubeconfig_read(const struct document *const *documents, size_t count, const char *context, struct arena *arena,
                     struct kube_settings *settings, struct error_list *errors)
{
    struct files files = {documents, count, arena, errors};
    size_t before = errors->count;
    const char *cluster_name = NULL, *user_name = NULL;

    if (!context)
        context = current_context(&files);
    if (!context)
        return false;
    struct reader part = find_named(&files, "contexts", "context", context, "the context");
    if (part.map) {
        reader_require(&part, "cluster");
        reader_text(&part, "cluster", &cluster_name);
        reader_text(&part, "user", &user_name);
        reader_text_into(&part, "namespace", arena, &settings->own_namespace);
    }
    if (cluster_name) {
        struct reader cluster = find_named(&files, "clusters", "cluster", cluster_name, "the context's cluster");
        read_cluster(&cluster, arena, settings);
        if (user_name && *user_name) {
            struct reader user = find_named(&files, "users", "user", user_name, "the context's user");
            read_user(&user, &cluster, arena, settings);
        }
    }
    if (errors->count == before)
        return true;
    kube_exec_destroy(settings->exec);
    settings->exec = NULL;
    return false;
}

static const char *in_folder(struct arena *arena, const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = arena_alloc(arena, size);

    if (path)
        snprintf(path, size, "%s/%s", folder, name);
    return path;
}

bool kubeconfig_in_cluster(const char *folder, const char *host, const char *port, struct arena *arena,
                           struct kube_settings *settings, struct error_list *errors)
{
    char token[HTTP_TOKEN_MAX], url[512];
    bool is_ipv6 = strchr(host, ':') != NULL;

    settings->token_file = in_folder(arena, folder, "token");
    settings->ca_file = in_folder(arena, folder, "ca.crt");
    const char *own = in_folder(arena, folder, "namespace");
    if (!settings->token_file || !settings->ca_file || !own) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return false;
    }
    if (!http_read_token(settings->token_file, token)) {
        error_add(errors, ERROR_ENVIRONMENT, settings->token_file, 0, NULL, "expected the token of a service account");
        return false;
    }
    snprintf(url, sizeof url, is_ipv6 ? "https://[%s]:%s" : "https://%s:%s", host, port && *port ? port : "443");
    settings->url = arena_text(arena, url, strlen(url));
    if (http_read_token(own, token))
        settings->own_namespace = arena_text(arena, token, strlen(token));
    return settings->url != NULL;
}
