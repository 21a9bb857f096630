/* kube_manifests.c - see kube_manifests.h. */
#include "live/kube_manifests.h"

#include "live/kube_changes.h"
#include "live/kube_document.h"
#include "live/kube_notes.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 16 << 20, FILES_MAX = 1000 };

/* -- files ---------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_manifest(const char *name)
{
    const char *dot = strrchr(name, '.');
    return name[0] != '.' && dot &&
           (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0 || strcmp(dot, ".json") == 0);
}

static bool list_files(struct kube_manifests *out, const char *folder, struct error_list *errors)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;

    out->files = calloc(FILES_MAX, sizeof *out->files);
    if (!directory || !out->files) {
        error_add(errors, ERROR_ENVIRONMENT, folder, 0, NULL, "cannot be read: %s", strerror(errno));
        if (directory)
            closedir(directory);
        return false;
    }
    while ((entry = readdir(directory)) != NULL) {
        size_t size = strlen(folder) + strlen(entry->d_name) + 2;
        if (!is_manifest(entry->d_name))
            continue;
        char *path = out->file_count < FILES_MAX ? malloc(size) : NULL;
        if (!path) {
            error_add(errors, ERROR_INPUT, folder, 0, NULL, "expected at most %d manifests", FILES_MAX);
            break;
        }
        snprintf(path, size, "%s/%s", folder, entry->d_name);
        out->files[out->file_count++] = path;
    }
    closedir(directory);
    qsort(out->files, out->file_count, sizeof *out->files, by_name);
    return true;
}

static char *read_text(const char *path, struct error_list *errors)
{
    FILE *file = fopen(path, "rb");
    char *text = file ? malloc(FILE_BYTES_MAX + 1) : NULL;
    size_t length = text ? fread(text, 1, FILE_BYTES_MAX + 1, file) : 0;
    bool good = text && !ferror(file) && length <= FILE_BYTES_MAX;

    if (file)
        fclose(file);
    if (good) {
        text[length] = '\0';
        return text;
    }
    error_add(errors, ERROR_INPUT, path, 0, NULL, "expected a readable file of at most 16 MiB");
    free(text);
    return NULL;
}

/* "config/shop/deployment.web" */
static bool name_object(const cJSON *object, char id[SERIES_ID_MAX + 1])
{
    const char *kind = kube_text(object, "kind"), *name = kube_text(object, "metadata.name");
    const char *space = kube_text(object, "metadata.namespace");
    int length =
        kind && name ? snprintf(id, SERIES_ID_MAX + 1, "config/%s/%s.%s", space ? space : "default", kind, name) : -1;

    for (char *at = id; length > 0 && *at; at++)
        *at = *at == ':' ? '_' : (char)tolower((unsigned char)*at);
    return length > 0 && length <= SERIES_ID_MAX && kube_text(object, "apiVersion");
}

static void add_document(struct kube_manifests *out, const char *file, uint32_t line, const struct document *document,
                         struct error_list *errors)
{
    cJSON *object = kube_document_json(document->root);
    struct kube_manifest *item = &out->items[out->count];

    if (out->count == KUBE_MANIFESTS_MAX) {
        error_add(errors, ERROR_INPUT, file, line, NULL, "expected at most %d objects in all", KUBE_MANIFESTS_MAX);
    } else if (!name_object(object, item->id)) {
        error_add(errors, ERROR_INPUT, file, line, NULL, "expected an object with apiVersion, kind and metadata.name");
    } else {
        item->object = object;
        item->file = file;
        out->count++;
        return;
    }
    cJSON_Delete(object);
}

static bool is_blank(const char *text, size_t length)
{
    bool comment = false;

    for (size_t i = 0; i < length; i++) {
        comment = text[i] == '#' || (comment && text[i] != '\n');
        if (!comment && !isspace((unsigned char)text[i]))
            return false;
    }
    return true;
}

/* One file's documents, parted at lines that begin with "---". */
static void read_documents(struct kube_manifests *out, const char *file, const char *text,
                           const struct document_reader *reader, struct error_list *errors)
{
    uint32_t line = 1;

    for (const char *begin = text; *begin;) {
        const char *next = strncmp(begin, "---", 3) == 0 && isspace((unsigned char)begin[3]) ? begin + 3 : begin;
        const char *end = strstr(next, "\n---");
        while (end && end[4] && !isspace((unsigned char)end[4]))
            end = strstr(end + 1, "\n---");
        size_t length = end ? (size_t)(end + 1 - next) : strlen(next);
        if (!is_blank(next, length)) {
            size_t before = errors->count;
            struct document *document = reader->parse(file, next, length, errors);
            if (document)
                add_document(out, file, line, document, errors);
            else if (errors->count > before && line > 1)
                error_add(errors, ERROR_INPUT, file, line, NULL,
                          "lines above are counted from here, where the document begins");
            reader->destroy(document);
        }
        for (const char *at = begin; at < next + length; at++)
            line += *at == '\n';
        begin = next + length;
    }
}

bool kube_manifests_read(struct kube_manifests *out, const char *folder, const struct document_reader *reader,
                         struct error_list *errors)
{
    size_t before = errors->count;

    *out = (struct kube_manifests){.items = calloc(KUBE_MANIFESTS_MAX + 1, sizeof *out->items)};
    if (!out->items || !list_files(out, folder, errors))
        return false;
    for (size_t i = 0; i < out->file_count; i++) {
        char *text = read_text(out->files[i], errors);
        if (text)
            read_documents(out, out->files[i], text, reader, errors);
        free(text);
    }
    return errors->count == before;
}

void kube_manifests_clear(struct kube_manifests *manifests)
{
    for (size_t i = 0; i < manifests->count; i++)
        cJSON_Delete(manifests->items[i].object);
    for (size_t i = 0; i < manifests->file_count; i++)
        free(manifests->files[i]);
    free(manifests->files);
    free(manifests->items);
    *manifests = (struct kube_manifests){0};
}

/* -- where objects are ------------------------------------------------------------------ */

static cJSON *get(const struct kube_api *api, const char *path, long *status, char *why)
{
    struct http_answer answer = {0};
    cJSON *object = api->call(api->context, "GET", path, NULL, NULL, &answer) ? cJSON_Parse(answer.body) : NULL;

    *status = answer.status;
    if (!object)
        snprintf(why, KUBE_MESSAGE, "%.200s: %s", path, answer.error[0] ? answer.error : "the answer is no JSON");
    http_answer_clear(&answer);
    return object;
}

bool kube_manifest_path(const struct kube_api *api, struct kube_types *kinds, const cJSON *object, char out[KUBE_PATH],
                        char why[KUBE_MESSAGE])
{
    const char *version = kube_text(object, "apiVersion"), *kind = kube_text(object, "kind");
    const char *name = kube_text(object, "metadata.name"), *space = kube_text(object, "metadata.namespace");
    char path[KUBE_PATH];
    const cJSON *item;
    long status;

    if (!kinds->answers)
        kinds->answers = cJSON_CreateObject();
    if (strspn(version, "abcdefghijklmnopqrstuvwxyz0123456789.-/") != strlen(version) || strchr(name, '/') ||
        strchr(name, '?') || strchr(name, '%')) {
        snprintf(why, KUBE_MESSAGE, "%.100s %.100s is no name of an object", version, name);
        return false;
    }
    if (!cJSON_GetObjectItemCaseSensitive(kinds->answers, version)) {
        snprintf(path, sizeof path, "/%s/%s", strchr(version, '/') ? "apis" : "api", version);
        cJSON *answer = get(api, path, &status, why);
        if (!answer)
            return false;
        cJSON_AddItemToObject(kinds->answers, version, answer);
    }
    cJSON_ArrayForEach(item, kube_at(cJSON_GetObjectItemCaseSensitive(kinds->answers, version), "resources"))
    {
        const char *plural = kube_text(item, "name"), *own = kube_text(item, "kind");
        struct kube_type known = {kind, version, plural, cJSON_IsTrue(kube_at(item, "namespaced"))};
        if (plural && own && strcmp(own, kind) == 0 && !strchr(plural, '/'))
            return kube_path(&known, space ? space : "default", name, out);
    }
    snprintf(why, KUBE_MESSAGE, "the server knows no %.100s in %.100s", kind, version);
    return false;
}

void kube_types_clear(struct kube_types *kinds)
{
    cJSON_Delete(kinds->answers);
    kinds->answers = NULL;
}

/* -- drift -------------------------------------------------------------------------------- */

void kube_strip(cJSON *object)
{
    static const char *const KEPT_BY_SERVER[] = {"managedFields", "resourceVersion",   "generation",       "selfLink",
                                                 "uid",           "creationTimestamp", "deletionTimestamp"};
    cJSON *metadata = cJSON_GetObjectItemCaseSensitive(object, "metadata");
    cJSON *annotations = cJSON_GetObjectItemCaseSensitive(metadata, "annotations");

    cJSON_DeleteItemFromObjectCaseSensitive(object, "status");
    for (size_t i = 0; i < sizeof KEPT_BY_SERVER / sizeof KEPT_BY_SERVER[0]; i++)
        cJSON_DeleteItemFromObjectCaseSensitive(metadata, KEPT_BY_SERVER[i]);
    cJSON_DeleteItemFromObjectCaseSensitive(annotations, "selfheal/actions");
    if (annotations && !annotations->child)
        cJSON_DeleteItemFromObjectCaseSensitive(metadata, "annotations");
}

/* Takes out of the object what selfheal changed for a while and may take back. */
static void without_remedies(cJSON *object)
{
    cJSON *notes = kube_notes_of(object), *note;

    for (int i = cJSON_GetArraySize(notes) - 1; i >= 0; i--) {
        note = cJSON_GetArrayItem(notes, i);
        const char *action = kube_text(note, "action");
        const cJSON *changes = kube_at(note, "changes");
        if (action && strcmp(action, action_name(ACTION_RECONCILE_CONFIG)) != 0 &&
            strcmp(action, action_name(ACTION_RESTORE_CONFIG)) != 0 && cJSON_IsArray(changes) &&
            kube_changes_state(object, changes) == KUBE_STATE_IS)
            kube_changes_apply(object, changes, true);
    }
    cJSON_Delete(notes);
}

/* Fields that an apply would change; negative with `why` when that is not known. */
static double drift_of(const struct kube_api *api, struct kube_types *kinds, const struct kube_manifest *manifest,
                       char *why)
{
    char path[KUBE_PATH], apply[KUBE_PATH + 64];
    struct http_answer answer = {0};
    long status;

    if (!kube_manifest_path(api, kinds, manifest->object, path, why))
        return -1;
    cJSON *now = get(api, path, &status, why);
    if (!now)
        return status == 404 ? 1 : -1;
    snprintf(apply, sizeof apply, "%s?fieldManager=selfheal&force=true&dryRun=All", path);
    char *body = cJSON_PrintUnformatted(manifest->object);
    bool good = body && api->call(api->context, "PATCH", apply, "application/apply-patch+yaml", body, &answer);
    cJSON *wanted = good ? cJSON_Parse(answer.body) : NULL;
    if (!wanted)
        snprintf(why, KUBE_MESSAGE, "%.200s: %s", path, answer.error[0] ? answer.error : "the answer is no JSON");
    http_answer_clear(&answer);
    free(body);
    without_remedies(now);
    kube_strip(now);
    kube_strip(wanted);
    cJSON *changes = wanted ? kube_changes_between(now, wanted) : NULL;
    double fields = changes ? cJSON_GetArraySize(changes) : -1;
    cJSON_Delete(changes);
    cJSON_Delete(wanted);
    cJSON_Delete(now);
    return fields;
}

bool kube_manifests_drift(const struct kube_api *api, const struct kube_plans *plans, struct kube_drift_sink sink,
                          char error[HTTP_ERROR_TEXT])
{
    struct kube_manifests manifests;
    struct kube_types kinds = {0};
    struct error_list errors = {0};
    bool good = kube_manifests_read(&manifests, plans->manifests, &plans->reader, &errors);
    char series[SERIES_ID_MAX + 32], why[KUBE_MESSAGE] = "";

    if (!good && errors.kept > 0)
        error_format(&errors, 0, why, sizeof why);
    for (size_t i = 0; i < manifests.count; i++) {
        char told[KUBE_MESSAGE] = "";
        double fields = drift_of(api, &kinds, &manifests.items[i], told);
        snprintf(series, sizeof series, "%s:config_drift", manifests.items[i].id);
        if (fields >= 0)
            sink.take(sink.context, series, fields);
        else if (good)
            memcpy(why, told, sizeof why);
        good &= fields >= 0;
    }
    snprintf(error, HTTP_ERROR_TEXT, "%.*s", HTTP_ERROR_TEXT - 1, why);
    error_list_clear(&errors);
    kube_types_clear(&kinds);
    kube_manifests_clear(&manifests);
    return good;
}
