/* pauses.c - see pauses.h. */
#include "live/pauses.h"

#include "engine/names.h"

#include <cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, FILE_MAX = 1 << 20 };

struct pauses {
    pthread_mutex_t mutex;
    char path[PATH_BYTES]; /* "": on the shelf */
    struct pauses_shelf shelf;
    struct pause_word words[PAUSES_MAX]; /* by resource */
    size_t count;
};

/* -- the file ----------------------------------------------------------------------- */

static bool take(struct pause_word *word, const cJSON *item)
{
    const char *resource = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "resource"));
    const char *cause = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "cause"));
    const char *until = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "until_ns"));
    const char *actor = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "actor"));
    const char *why = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "why"));
    char *end = NULL;
    unsigned reason = 0;

    if (!resource || !cause || !until || !actor || !why || strlen(resource) > SERIES_ID_MAX)
        return false;
    while (reason < PAUSE_REASON_COUNT && strcmp(pause_reason_name((enum pause_reason)reason), cause) != 0)
        reason++;
    word->until = strtoll(until, &end, 10);
    word->reason = (enum pause_reason)reason;
    name_copy(word->resource, sizeof word->resource, resource);
    name_copy(word->actor, sizeof word->actor, actor);
    name_copy(word->why, sizeof word->why, why);
    return reason < PAUSE_REASON_COUNT && end != until && *end == '\0';
}

static bool parse(struct pauses *pauses, const char *text)
{
    cJSON *root = text ? cJSON_Parse(text) : NULL;
    bool good = cJSON_IsArray(root) && cJSON_GetArraySize(root) <= PAUSES_MAX;
    const cJSON *item;

    pauses->count = 0;
    cJSON_ArrayForEach(item, root)
    {
        good = good && take(&pauses->words[pauses->count++], item);
    }
    cJSON_Delete(root);
    if (!good)
        pauses->count = 0;
    return good;
}

static bool read_file(struct pauses *pauses, struct error_list *errors)
{
    FILE *file = fopen(pauses->path, "r");
    char *text = file ? calloc(1, FILE_MAX + 1) : NULL;

    if (!file && errno == ENOENT)
        return true;
    bool good = text && fread(text, 1, FILE_MAX, file) > 0 && parse(pauses, text);
    if (!good)
        error_add(errors, ERROR_INPUT, pauses->path, 0, NULL,
                  "is no list of pauses; look what is to be held back, then remove it");
    free(text);
    if (file)
        fclose(file);
    return good;
}

static char *to_text(const struct pauses *pauses)
{
    cJSON *root = cJSON_CreateArray();
    char until[32];

    for (size_t i = 0; root && i < pauses->count; i++) {
        const struct pause_word *word = &pauses->words[i];
        cJSON *item = cJSON_CreateObject();
        snprintf(until, sizeof until, "%" PRId64, (int64_t)word->until);
        bool good = cJSON_AddStringToObject(item, "resource", word->resource) &&
                    cJSON_AddStringToObject(item, "cause", pause_reason_name(word->reason)) &&
                    cJSON_AddStringToObject(item, "until_ns", until) &&
                    cJSON_AddStringToObject(item, "actor", word->actor) &&
                    cJSON_AddStringToObject(item, "why", word->why) && cJSON_AddItemToArray(root, item);
        if (!good) {
            cJSON_Delete(item);
            cJSON_Delete(root);
            root = NULL;
        }
    }
    char *text = root ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    return text;
}

/* The new file in the place of the old one, or the old one; or the shelf. */
static bool write_out(const struct pauses *pauses)
{
    char path[PATH_BYTES + 8];
    char *text = to_text(pauses);
    size_t length = text ? strlen(text) : 0;

    if (pauses->shelf.write) {
        bool kept = text && pauses->shelf.write(pauses->shelf.context, text);
        free(text);
        return kept;
    }
    snprintf(path, sizeof path, "%s.new", pauses->path);
    int file = text ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640) : -1;
    bool good = file >= 0 && write(file, text, length) == (ssize_t)length && fsync(file) == 0;
    if (file >= 0)
        good &= close(file) == 0;
    free(text);
    return good && rename(path, pauses->path) == 0;
}

/* -- the list ------------------------------------------------------------------------- */

struct pauses *pauses_create(const char *path, struct error_list *errors)
{
    struct pauses *pauses = calloc(1, sizeof *pauses);

    if (!pauses) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&pauses->mutex, NULL);
    snprintf(pauses->path, sizeof pauses->path, "%s", path);
    if (read_file(pauses, errors))
        return pauses;
    pauses_destroy(pauses);
    return NULL;
}

struct pauses *pauses_create_on(struct pauses_shelf shelf)
{
    struct pauses *pauses = calloc(1, sizeof *pauses);

    if (!pauses)
        return NULL;
    pthread_mutex_init(&pauses->mutex, NULL);
    pauses->shelf = shelf;
    return pauses;
}

bool pauses_load(struct pauses *pauses, const char *text, struct error_list *errors)
{
    pthread_mutex_lock(&pauses->mutex);
    pauses->count = 0;
    bool good = !text || parse(pauses, text);
    pthread_mutex_unlock(&pauses->mutex);
    if (!good)
        error_add(errors, ERROR_INPUT, NULL, 0, "store", "the pauses that are kept in it are no list of pauses");
    return good;
}

void pauses_destroy(struct pauses *pauses)
{
    if (!pauses)
        return;
    pthread_mutex_destroy(&pauses->mutex);
    free(pauses);
}

static size_t place_of(const struct pauses *pauses, const char *resource, bool *there)
{
    size_t place = 0;

    while (place < pauses->count && strcmp(pauses->words[place].resource, resource) < 0)
        place++;
    *there = place < pauses->count && strcmp(pauses->words[place].resource, resource) == 0;
    return place;
}

bool pauses_keep(struct pauses *pauses, const struct pause_word *word)
{
    bool there;

    pthread_mutex_lock(&pauses->mutex);
    size_t place = place_of(pauses, word->resource, &there);
    struct pause_word *at = &pauses->words[place];
    bool fits = there || pauses->count < PAUSES_MAX;
    if (fits && !there)
        memmove(at + 1, at, (pauses->count++ - place) * sizeof *at);
    if (fits)
        *at = *word;
    bool good = fits && write_out(pauses);
    pthread_mutex_unlock(&pauses->mutex);
    return good;
}

bool pauses_drop(struct pauses *pauses, const char *resource)
{
    bool there;

    pthread_mutex_lock(&pauses->mutex);
    size_t place = place_of(pauses, resource, &there);
    struct pause_word *at = &pauses->words[place];
    if (there)
        memmove(at, at + 1, (--pauses->count - place) * sizeof *at);
    bool good = !there || write_out(pauses);
    pthread_mutex_unlock(&pauses->mutex);
    return good;
}

size_t pauses_list(struct pauses *pauses, heal_time now, struct pause_word *out)
{
    size_t count = 0;

    pthread_mutex_lock(&pauses->mutex);
    for (size_t i = 0; i < pauses->count; i++) { /* what is over goes, and leaves the file at its next change */
        if (pauses->words[i].until > now)
            pauses->words[count++] = pauses->words[i];
    }
    pauses->count = count;
    memcpy(out, pauses->words, count * sizeof *out);
    pthread_mutex_unlock(&pauses->mutex);
    return count;
}
