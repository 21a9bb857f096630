/* cluster_storage_act.c - actions on volumes, certificates, images and configs. */
#include "sim/cluster_storage.h"

#include "sim/cluster_traffic.h"

/* --- disks ------------------------------------------------------------------ */

/* Temporary files of at least `days` days. */
static void clean_temp(struct disk *disk, double *own, heal_time now, double days)
{
    double oldest = days < TEMP_OLDEST_DAYS ? (days > 0.0 ? days : 0.0) : TEMP_OLDEST_DAYS;

    if (own)
        *own *= oldest / TEMP_OLDEST_DAYS;
    if ((double)(now - disk->temp_since) >= days * (double)HEAL_DAY) {
        disk->temp_gone += disk->temp;
        disk->temp = 0.0;
    }
}

static void rotate_logs(struct disk *disk, double *own)
{
    if (own)
        *own = 0.0;
    disk->logs_gone += disk->logs;
    disk->logs = 0.0;
}

static enum action_outcome act_on_disk(struct cluster *cluster, heal_time now, const struct action *action,
                                       struct disk *disk, size_t volume)
{
    struct cluster_volumes *volumes = &cluster->volumes;
    bool mounted = volume != UINT32_MAX;

    switch (action->kind) {
    case ACTION_CLEAN_TEMP_FILES:
        clean_temp(disk, mounted ? &volumes->temp[volume] : NULL, now, action->amount);
        return ACTION_SUCCEEDED;
    case ACTION_ROTATE_LOGS:
        rotate_logs(disk, mounted ? &volumes->logs[volume] : NULL);
        return ACTION_SUCCEEDED;
    case ACTION_CLEAR_CACHES: /* they lie in memory */
        return mounted ? ACTION_SUCCEEDED : ACTION_UNSUPPORTED;
    case ACTION_EXPAND_VOLUME:
        if (!mounted)
            return ACTION_UNSUPPORTED;
        if (!(action->amount > 0.0))
            return ACTION_FAILED;
        if (action->unit == AMOUNT_BYTES)
            volumes->size[volume] += action->amount;
        else
            volumes->size[volume] *= 1.0 + action->amount;
        return ACTION_SUCCEEDED;
    default:
        return ACTION_UNSUPPORTED;
    }
}

/* --- certificates ----------------------------------------------------------- */

static enum action_outcome renew(struct cluster *cluster, heal_time now, size_t certificate)
{
    double validity = cluster->spec->certificates[certificate].validity;

    cluster->certificates.renewed[certificate] = now + (heal_duration)(validity * (double)HEAL_DAY);
    storage_of(cluster)->validated[certificate] = 0;
    return ACTION_SUCCEEDED;
}

static enum action_outcome deploy(struct cluster *cluster, size_t certificate)
{
    struct cluster_certificates *certificates = &cluster->certificates;
    struct storage *storage = storage_of(cluster);

    if (certificates->renewed[certificate] == HEAL_TIME_NEVER || !storage->validated[certificate])
        return ACTION_FAILED;
    storage->former[certificate] =
        (struct former_certificate){certificates->expires[certificate], storage->days_back[certificate]};
    certificates->expires[certificate] = certificates->renewed[certificate];
    certificates->renewed[certificate] = HEAL_TIME_NEVER;
    storage->validated[certificate] = 0;
    storage->days_back[certificate] = cluster_knob_at(cluster, CLUSTER_CERTIFICATE, certificate, KNOB_DAYS_LOST);
    return ACTION_SUCCEEDED;
}

/* The new one is kept: it may be validated and deployed again. */
static enum action_outcome restore(struct cluster *cluster, size_t certificate)
{
    struct cluster_certificates *certificates = &cluster->certificates;
    struct storage *storage = storage_of(cluster);
    struct former_certificate *former = &storage->former[certificate];

    if (former->expires == HEAL_TIME_NEVER)
        return ACTION_FAILED;
    certificates->renewed[certificate] = certificates->expires[certificate];
    certificates->expires[certificate] = former->expires;
    storage->days_back[certificate] = former->days_back;
    storage->validated[certificate] = 0;
    former->expires = HEAL_TIME_NEVER;
    return ACTION_SUCCEEDED;
}

static enum action_outcome act_on_certificate(struct cluster *cluster, heal_time now, const struct action *action,
                                              size_t index)
{
    switch (action->kind) {
    case ACTION_RENEW_CERTIFICATE:
        if (cluster_knob_at(cluster, CLUSTER_CERTIFICATE, index, KNOB_RENEWAL_FAILS) > 0.5)
            return ACTION_FAILED;
        return renew(cluster, now, index);
    case ACTION_RENEW_CERTIFICATE_FALLBACK:
        return renew(cluster, now, index);
    case ACTION_VALIDATE_CERTIFICATE:
        if (cluster->certificates.renewed[index] == HEAL_TIME_NEVER)
            return ACTION_FAILED;
        storage_of(cluster)->validated[index] = 1;
        return ACTION_SUCCEEDED;
    case ACTION_DEPLOY_CERTIFICATE:
        return deploy(cluster, index);
    case ACTION_RESTORE_CERTIFICATE:
        return restore(cluster, index);
    default:
        return ACTION_UNSUPPORTED;
    }
}

/* --- images, configs -------------------------------------------------------- */

static bool patch(struct cluster *cluster, enum cluster_kind kind, size_t index)
{
    struct storage *storage = storage_of(cluster);
    bool any = false;

    for (size_t i = 0; i < cluster->spec->image_count; i++) {
        if (kind == CLUSTER_IMAGE ? i != index : storage->image_of[i] != index)
            continue;
        storage->patched_at[i] = cluster_knob_at(cluster, CLUSTER_IMAGE, i, KNOB_VULNERABILITIES);
        any = true;
    }
    return any;
}

static bool right_config(struct cluster *cluster, enum cluster_kind kind, size_t index)
{
    bool any = false;

    for (size_t i = 0; i < cluster->spec->config_count; i++) {
        if (kind == CLUSTER_CONFIG ? i != index : storage_of(cluster)->config_of[i] != index)
            continue;
        cluster->config_restored[i] = cluster_knob_at(cluster, CLUSTER_CONFIG, i, KNOB_DRIFT) > 0.5;
        any = true;
    }
    return any;
}

/* Of a workload: its images and configs. A rollback brings the configuration of the
 * revision before along. */
static enum action_outcome act_on_parts(struct cluster *cluster, const struct action *action, enum cluster_kind kind,
                                        size_t index)
{
    bool config = kind == CLUSTER_CONFIG || kind == CLUSTER_WORKLOAD;
    bool image = kind == CLUSTER_IMAGE || kind == CLUSTER_WORKLOAD;

    switch (action->kind) {
    case ACTION_PATCH_STAGING:
        return image ? ACTION_SUCCEEDED : ACTION_UNSUPPORTED;
    case ACTION_PATCH_ROLLING:
        return image && patch(cluster, kind, index) ? ACTION_SUCCEEDED : ACTION_UNSUPPORTED;
    case ACTION_RECONCILE_CONFIG:
    case ACTION_ROLL_BACK_REVISION:
        return config && right_config(cluster, kind, index) ? ACTION_SUCCEEDED : ACTION_UNSUPPORTED;
    case ACTION_RESTORE_CONFIG: /* what was there before the drift was put right */
        if (kind != CLUSTER_CONFIG)
            return ACTION_UNSUPPORTED;
        cluster->config_restored[index] = 0;
        return ACTION_SUCCEEDED;
    default:
        return ACTION_UNSUPPORTED;
    }
}

enum action_outcome cluster_storage_act(struct cluster *cluster, heal_time now, const struct action *action,
                                        enum cluster_kind kind, size_t index)
{
    const uint32_t *volume_of = traffic_of(cluster)->volume_of;
    uint32_t volume = UINT32_MAX;

    if (kind == CLUSTER_CERTIFICATE)
        return act_on_certificate(cluster, now, action, index);
    if (kind == CLUSTER_NODE)
        return act_on_disk(cluster, now, action, &storage_of(cluster)->nodes[index], UINT32_MAX);
    if (kind == CLUSTER_VOLUME)
        volume = (uint32_t)index;
    else if (kind == CLUSTER_POD)
        volume = volume_of[cluster->pods.workload[index]];
    else if (kind == CLUSTER_DATABASE)
        volume = volume_of[cluster->workloads.count + index];
    else if (kind == CLUSTER_WORKLOAD)
        volume = volume_of[index];
    enum action_outcome outcome = ACTION_UNSUPPORTED;
    if (volume != UINT32_MAX && (kind == CLUSTER_VOLUME || action->kind != ACTION_CLEAR_CACHES))
        outcome = act_on_disk(cluster, now, action, &storage_of(cluster)->volumes[volume], volume);
    return outcome != ACTION_UNSUPPORTED ? outcome : act_on_parts(cluster, action, kind, index);
}
