/* kube_exec.c - see kube_exec.h. */
#include "live/kube_exec.h"

#include "live/mailbox.h"
#include "live/program.h"

#include <cJSON.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

enum { OUTPUT_ROOM = 256 << 10 };
static const heal_duration TIMEOUT = 30 * HEAL_SECOND, EARLY = HEAL_MINUTE;

struct kube_exec {
    const struct kube_exec_settings *settings;
    pthread_mutex_t mutex;
    struct kube_credential kept;
    heal_time until; /* HEAL_TIME_NEVER: as long as the server takes it */
};

struct kube_exec *kube_exec_create(const struct kube_exec_settings *settings)
{
    struct kube_exec *exec = calloc(1, sizeof *exec);

    if (!exec)
        return NULL;
    exec->settings = settings;
    pthread_mutex_init(&exec->mutex, NULL);
    return exec;
}

void kube_credential_clear(struct kube_credential *credential)
{
    free(credential->token);
    free(credential->certificate);
    free(credential->key);
    *credential = (struct kube_credential){0};
}

void kube_exec_destroy(struct kube_exec *exec)
{
    if (!exec)
        return;
    kube_credential_clear(&exec->kept);
    pthread_mutex_destroy(&exec->mutex);
    free(exec);
}

/* What the plug-in is told, as NAME=JSON. The caller frees; NULL when out of memory. */
static char *make_info(const struct kube_exec_settings *settings)
{
    static const char NAME[] = "KUBERNETES_EXEC_INFO=";
    cJSON *root = cJSON_CreateObject();

    cJSON_AddStringToObject(root, "apiVersion", settings->version);
    cJSON_AddStringToObject(root, "kind", "ExecCredential");
    cJSON *spec = cJSON_AddObjectToObject(root, "spec");
    cJSON_AddBoolToObject(spec, "interactive", false);
    if (settings->cluster)
        cJSON_AddRawToObject(spec, "cluster", settings->cluster);
    char *text = cJSON_PrintUnformatted(root);
    size_t size = text ? strlen(text) + sizeof NAME : 0;
    char *variable = text ? malloc(size) : NULL;
    if (variable)
        snprintf(variable, size, "%s%s", NAME, text);
    cJSON_free(text);
    cJSON_Delete(root);
    return variable;
}

/* True when `variable` ("NAME=...") is set anew by the kubeconfig, or is only the daemon's. */
static bool is_replaced(const struct kube_exec_settings *settings, const char *variable)
{
    if (strncmp(variable, "KUBERNETES_EXEC_INFO=", 21) == 0 || strncmp(variable, "SELFHEAL_", 9) == 0)
        return true;
    for (size_t i = 0; settings->variables[i]; i++) {
        size_t length = strcspn(settings->variables[i], "=") + 1;
        if (strncmp(variable, settings->variables[i], length) == 0)
            return true;
    }
    return false;
}

/* The daemon's environment, the kubeconfig's, and `info`. Only the array is the caller's. */
static char **make_environment(const struct kube_exec_settings *settings, char *info)
{
    size_t count = 0, used = 0;

    while (environ[count])
        count++;
    char **variables = calloc(count + KUBE_EXEC_VARIABLES + 2, sizeof *variables);
    for (size_t i = 0; variables && i < count; i++) {
        if (!is_replaced(settings, environ[i]))
            variables[used++] = environ[i];
    }
    for (size_t i = 0; variables && settings->variables[i]; i++)
        variables[used++] = (char *)settings->variables[i];
    if (variables)
        variables[used] = info;
    return variables;
}

static char *copy_of(const cJSON *status, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(status, name));

    return text && *text ? strdup(text) : NULL;
}

/* The ExecCredential that was printed. False with a message that holds none of it. */
static bool take(struct kube_exec *exec, const char *output, char *error)
{
    cJSON *root = cJSON_Parse(output);
    const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "kind"));
    const char *version = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "apiVersion"));
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(root, "status");
    const char *until = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(status, "expirationTimestamp"));
    struct kube_credential fresh = {.token = copy_of(status, "token"),
                                    .certificate = copy_of(status, "clientCertificateData"),
                                    .key = copy_of(status, "clientKeyData"),
                                    .number = exec->kept.number + 1};
    heal_time end = HEAL_TIME_NEVER;
    const char *fault = NULL;

    if (!kind || strcmp(kind, "ExecCredential") != 0)
        fault = "printed no ExecCredential";
    else if (!version || strcmp(version, exec->settings->version) != 0)
        fault = "printed an ExecCredential of another apiVersion than it was asked for";
    else if (until && !heal_time_parse(until, strlen(until), &end, NULL))
        fault = "printed an expirationTimestamp that is no RFC 3339 time";
    else if (!fresh.token && !(fresh.certificate && fresh.key))
        fault = "printed neither a token nor a client certificate with its key";
    cJSON_Delete(root);
    if (fault) {
        snprintf(error, HTTP_ERROR_TEXT, "the credential plug-in %.100s %s", exec->settings->words[0], fault);
        kube_credential_clear(&fresh);
        return false;
    }
    kube_credential_clear(&exec->kept);
    exec->kept = fresh;
    exec->until = end == HEAL_TIME_NEVER ? end : end - EARLY;
    return true;
}

static bool run(struct kube_exec *exec, char *error)
{
    const struct kube_exec_settings *settings = exec->settings;
    char *words[KUBE_EXEC_WORDS + 1] = {0}, *output = malloc(OUTPUT_ROOM), *info = make_info(settings);
    char **variables = info ? make_environment(settings, info) : NULL;
    bool good = false;

    for (size_t i = 0; settings->words[i]; i++)
        words[i] = (char *)settings->words[i];
    if (output && variables) {
        struct program program = {.words = words,
                                  .variables = variables,
                                  .timeout = settings->timeout > 0 ? settings->timeout : TIMEOUT,
                                  .output = output,
                                  .room = OUTPUT_ROOM};
        enum program_end end = program_run(&program);
        if (end == PROGRAM_EXITED && program.code == 0)
            good = take(exec, output, error);
        else if (end == PROGRAM_NOT_STARTED)
            snprintf(error, HTTP_ERROR_TEXT, "the credential plug-in %.100s cannot be started: %s", words[0],
                     strerror(program.code));
        else if (end == PROGRAM_EXITED)
            snprintf(error, HTTP_ERROR_TEXT, "the credential plug-in %.100s ended with exit code %d", words[0],
                     program.code);
        else
            snprintf(error, HTTP_ERROR_TEXT, "the credential plug-in %.100s %s", words[0],
                     end == PROGRAM_TIMED_OUT ? "did not end in time" : "was killed");
    } else {
        snprintf(error, HTTP_ERROR_TEXT, "out of memory");
    }
    free(variables);
    free(info);
    free(output);
    return good;
}

static bool copy_all(const struct kube_credential *from, struct kube_credential *to)
{
    *to = (struct kube_credential){.number = from->number};
    to->token = from->token ? strdup(from->token) : NULL;
    to->certificate = from->certificate ? strdup(from->certificate) : NULL;
    to->key = from->key ? strdup(from->key) : NULL;
    if (!from->token == !to->token && !from->certificate == !to->certificate && !from->key == !to->key)
        return true;
    kube_credential_clear(to);
    return false;
}

bool kube_exec_get(struct kube_exec *exec, uint64_t refused, struct kube_credential *out, char error[HTTP_ERROR_TEXT])
{
    *out = (struct kube_credential){0};
    pthread_mutex_lock(&exec->mutex);
    bool good = exec->kept.number > 0 && exec->kept.number != refused && wall_now() < exec->until;
    if (!good)
        good = run(exec, error);
    if (good && !copy_all(&exec->kept, out)) {
        snprintf(error, HTTP_ERROR_TEXT, "out of memory");
        good = false;
    }
    pthread_mutex_unlock(&exec->mutex);
    return good;
}
