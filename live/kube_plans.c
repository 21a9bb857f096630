/* kube_plans.c - see kube_plans.h. */
#include "live/kube_plans.h"

#include "engine/policy.h"

#include <string.h>

static void read_patches(struct reader *section, struct arena *arena, struct kube_plans *plans)
{
    size_t count = 0;
    const struct node *const *items = reader_list(section, "patches", &count);

    plans->patches = reader_array(section, arena, count, sizeof *plans->patches);
    for (size_t i = 0; plans->patches && i < count; i++) {
        struct reader item = reader_item(section, "patches", items, i);
        reader_require(&item, "image");
        reader_require(&item, "fixed");
        reader_text_into(&item, "image", arena, &plans->patches[i].image);
        reader_text_into(&item, "fixed", arena, &plans->patches[i].fixed);
        reader_text_into(&item, "staging", arena, &plans->patches[i].staging);
        reader_close(&item);
    }
    plans->patch_count = plans->patches ? count : 0;
}

static void read_jobs(struct reader *section, struct arena *arena, struct kube_plans *plans)
{
    size_t count = 0;
    const struct node *const *items = reader_list(section, "jobs", &count);

    plans->jobs = reader_array(section, arena, count, sizeof *plans->jobs);
    for (size_t i = 0; plans->jobs && i < count; i++) {
        struct reader item = reader_item(section, "jobs", items, i);
        struct kube_job_plan *job = &plans->jobs[i];
        const char *action = NULL;
        reader_require(&item, "action");
        reader_require(&item, "manifest");
        if (reader_text(&item, "action", &action) && !action_parse(action, &job->kind))
            reader_error(&item, "action", "expected the name of an action, such as clean_temp_files, found \"%s\"",
                         action);
        job->target = "*";
        reader_text_into(&item, "target", arena, &job->target);
        reader_text_into(&item, "manifest", arena, &job->file);
        reader_close(&item);
    }
    plans->job_count = plans->jobs ? count : 0;
}

void kube_plans_read(struct reader *section, struct arena *arena, struct kube_plans *plans)
{
    read_patches(section, arena, plans);
    read_jobs(section, arena, plans);
    reader_text_into(section, "manifests", arena, &plans->manifests);
    struct reader issuer = reader_map(section, "fallback_issuer");
    if (issuer.map) {
        plans->fallback_issuer_kind = "Issuer";
        reader_require(&issuer, "name");
        reader_text_into(&issuer, "kind", arena, &plans->fallback_issuer_kind);
        reader_text_into(&issuer, "name", arena, &plans->fallback_issuer);
        reader_close(&issuer);
    }
    struct reader lease = reader_map(section, "lease");
    if (lease.map) {
        plans->lease = (struct kube_lease_plan){.space = "default", .duration = 15 * HEAL_SECOND};
        reader_require(&lease, "name");
        reader_text_into(&lease, "name", arena, &plans->lease.name);
        reader_text_into(&lease, "namespace", arena, &plans->lease.space);
        reader_duration(&lease, "duration", 3 * HEAL_SECOND, 10 * HEAL_MINUTE, &plans->lease.duration);
        reader_close(&lease);
    }
}

const struct kube_job_plan *kube_plans_job(const struct kube_plans *plans, enum action_kind kind, const char *target)
{
    for (size_t i = 0; i < plans->job_count; i++) {
        if (plans->jobs[i].kind == kind && series_glob_match(plans->jobs[i].target, target))
            return &plans->jobs[i];
    }
    return NULL;
}
