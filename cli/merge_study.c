/* merge_study.c - see merge_study.h. */
#include "cli/merge_study.h"

#include "cli/evaluation.h"
#include "cli/folder.h"
#include "cli/tune_output.h"
#include "cli/tune_run.h"
#include "cli/yaml.h"
#include "reports/study_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool database_of(const char *path, char file[FOLDER_PATH], struct error_list *errors)
{
    struct stat there;
    bool folder = stat(path, &there) == 0 && S_ISDIR(there.st_mode);

    return folder_join(file, path, folder ? "study.db" : NULL, errors);
}

bool is_of_study(const char *path)
{
    struct error_list unheard = {0};
    char file[FOLDER_PATH];
    const char *slash;
    bool known = database_of(path, file, &unheard);

    error_list_clear(&unheard);
    slash = known ? strrchr(file, '/') : NULL;
    return known && strcmp(slash ? slash + 1 : file, "study.db") == 0 && access(file, F_OK) == 0;
}

/* All shards of one study, each once. */
static bool check(const char *const *paths, size_t count, struct study_shard *first, struct error_list *errors)
{
    struct study_shard shard;
    const char **from = NULL;
    bool good = true;

    for (size_t i = 0; i < count; i++) {
        char file[FOLDER_PATH];
        if (!database_of(paths[i], file, errors) || !study_shard_read(file, i == 0 ? first : &shard, errors)) {
            free(from);
            return false;
        }
        if (i == 0) {
            from = calloc(first->shards + 1, sizeof *from);
            shard = *first;
        }
        if (!from || strcmp(shard.fingerprint, first->fingerprint) != 0 || shard.shards != first->shards) {
            error_add(errors, ERROR_INPUT, paths[i], 0, NULL,
                      "is of another study, or of another number of shards, than %s", paths[0]);
            good = false;
        } else if (from[shard.shard]) {
            error_add(errors, ERROR_INPUT, paths[i], 0, NULL, "shard %u is in %s already", shard.shard,
                      from[shard.shard]);
            good = false;
        } else {
            from[shard.shard] = paths[i];
        }
    }
    for (uint32_t k = 1; good && k <= first->shards; k++) {
        if (from[k])
            continue;
        error_add(errors, ERROR_INPUT, NULL, 0, NULL, "shard %u of %u is missing", k, first->shards);
        good = false;
    }
    free(from);
    return good;
}

static bool gather(const char *const *paths, size_t count, const char *folder, const char *fingerprint, uint64_t *taken,
                   struct error_list *errors)
{
    char path[FOLDER_PATH];
    struct study_store *store =
        folder_join(path, folder, "study.db", errors) ? study_store_open(path, fingerprint, errors) : NULL;
    bool good = store != NULL;

    for (size_t i = 0; good && i < count; i++)
        good = database_of(paths[i], path, errors) && study_store_take(store, path, taken, errors);
    study_store_close(store);
    return good;
}

/* The study as it is now; it must be what the shards were made of. */
static struct study *read_study(const struct study_shard *shard, struct error_list *errors)
{
    struct document *document = yaml_read(shard->file, errors);
    struct study *study = document ? study_read(document, errors) : NULL;
    char fingerprint[65];

    document_destroy(document);
    if (!study)
        error_add(errors, ERROR_INPUT, shard->file, 0, NULL,
                  "is what the shards were made of; merge where it can be read");
    if (!study || (candidate_fingerprint(study, fingerprint, errors) && strcmp(fingerprint, shard->fingerprint) == 0))
        return study;
    if (errors->count == 0)
        error_add(errors, ERROR_INPUT, shard->file, 0, NULL, "was changed since the shards were made of it");
    study_destroy(study);
    return NULL;
}

enum exit_code merge_study(const char *const *paths, size_t count, uint32_t jobs, struct tune_output *output)
{
    struct error_list errors = {0};
    struct study_shard shard = {0};
    struct study_result result = {0};
    char folder[FOLDER_PATH];
    const char *out = output->folder;
    struct tune_options options = {.folder = folder, .jobs = jobs};
    uint64_t taken = 0;
    struct study *study = check(paths, count, &shard, &errors) ? read_study(&shard, &errors) : NULL;
    bool good =
        study && (out ? folder_join(folder, out, NULL, &errors) : folder_join(folder, "runs", study->name, &errors));

    good = good && tune_prepare(folder, &errors);
    output->folder = folder;
    bool prepared = good;
    good = good && gather(paths, count, folder, shard.fingerprint, &taken, &errors) &&
           tune_run(study, &options, &result, &errors);
    if (prepared)
        tune_clean(folder, jobs);
    good = good && tune_write(&result, output, &errors);
    if (good)
        fprintf(stderr, "selfheal: %llu evaluations from %zu shards, %llu made now\n", (unsigned long long)taken, count,
                (unsigned long long)result.made);
    enum exit_code code = console_errors(&errors);
    if (good)
        code = tune_verdict(&result);
    else if (code == EXIT_DONE)
        code = EXIT_ENVIRONMENT;
    study_destroy(study);
    output->folder = NULL; /* was ours */
    return code;
}
