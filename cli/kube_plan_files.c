/* kube_plan_files.c - see kube_plan_files.h. */
#include "cli/kube_plan_files.h"

#include "cli/load.h"
#include "cli/yaml.h"
#include "live/kube_document.h"
#include "live/kube_object.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static const char *beside(struct live_config *config, const char *path)
{
    char *joined = path_beside(config->file, path);
    const char *copy = joined ? arena_text(config->arena, joined, strlen(joined)) : NULL;

    free(joined);
    return copy;
}

static void read_job(struct live_config *config, struct kube_job_plan *job, struct error_list *errors)
{
    job->file = beside(config, job->file);
    struct document *document = job->file ? yaml_read(job->file, errors) : NULL;
    cJSON *json = document ? kube_document_json(document->root) : NULL;
    const char *kind = kube_text(json, "kind"), *version = kube_text(json, "apiVersion");

    if (json && (!kind || strcmp(kind, "Job") != 0 || !version || strcmp(version, "batch/v1") != 0))
        error_add(errors, ERROR_INPUT, job->file, 1, "kind", "expected a Job of batch/v1");
    char *text = json ? cJSON_PrintUnformatted(json) : NULL;
    if (text)
        job->manifest = arena_text(config->arena, text, strlen(text));
    free(text);
    cJSON_Delete(json);
    document_destroy(document);
}

bool kube_plan_files_read(struct live_config *config, struct error_list *errors)
{
    struct kube_plans *plans = &config->kubernetes.plans;
    size_t before = errors->count;

    plans->reader = (struct document_reader){yaml_parse, document_destroy};
    if (plans->manifests) {
        plans->manifests = beside(config, plans->manifests);
        DIR *folder = plans->manifests ? opendir(plans->manifests) : NULL;
        if (folder)
            closedir(folder);
        else
            error_add(errors, ERROR_INPUT, config->file, 0, "kubernetes.manifests",
                      "expected a folder that can be read");
    }
    for (size_t i = 0; i < plans->job_count; i++)
        read_job(config, &plans->jobs[i], errors);
    return errors->count == before;
}
