/* cluster_storage.c - volumes, certificates, images, configs: slow things.
 *
 * A volume holds data, which grows, logs and temporary files. What a knob wrote beside
 * them comes on top; what an action cleans of that is gone though the knob stands, and
 * what the knob writes later counts again. A node's own disk is a volume without
 * growth. A full one takes nothing more: what could not be written is lost.
 *
 * A certificate is renewed (by whoever does it by itself, or by an action), validated
 * and put in place; only what is in place counts for users. */
#include "sim/cluster_storage.h"

#include "sim/cluster_traffic.h"

#include <math.h>

static double lower(double a, double b)
{
    return a < b ? a : b;
}

static double higher(double a, double b)
{
    return a > b ? a : b;
}

/* --- disks ------------------------------------------------------------------ */

static double knob(const struct cluster *cluster, enum cluster_kind kind, size_t index, enum cluster_knob which)
{
    return higher(cluster_knob_at(cluster, kind, index, which), 0.0);
}

static void look_at_disk(struct cluster *cluster, enum cluster_kind kind, size_t index, struct disk *disk)
{
    double temp = knob(cluster, kind, index, KNOB_TEMP_BYTES);

    disk->logs = still_there(knob(cluster, kind, index, KNOB_LOG_BYTES), &disk->logs_gone);
    disk->temp = still_there(temp, &disk->temp_gone);
    disk->data = still_there(knob(cluster, kind, index, KNOB_DATA_BYTES), &disk->data_gone);
    if (disk->temp <= 0.0)
        disk->temp_since = cluster->now;
}

static double volume_used(const struct cluster *cluster, size_t volume)
{
    const struct cluster_volumes *volumes = &cluster->volumes;
    const struct disk *disk = &storage_of(cluster)->volumes[volume];

    return volumes->data[volume] + volumes->logs[volume] + volumes->temp[volume] + disk->logs + disk->temp + disk->data;
}

double storage_used_ratio(const struct cluster *cluster, size_t volume)
{
    return lower(volume_used(cluster, volume) / cluster->volumes.size[volume], 1.0);
}

static void step_volume(struct cluster *cluster, size_t volume, double days)
{
    struct cluster_volumes *volumes = &cluster->volumes;
    double grown = cluster->spec->volumes[volume].growth * days;

    look_at_disk(cluster, CLUSTER_VOLUME, volume, &storage_of(cluster)->volumes[volume]);
    double free = higher(volumes->size[volume] - volume_used(cluster, volume), 0.0);
    volumes->data[volume] = higher(volumes->data[volume] + lower(grown, free), 0.0);
}

static void step_node(struct cluster *cluster, size_t node)
{
    struct disk *disk = &storage_of(cluster)->nodes[node];

    look_at_disk(cluster, CLUSTER_NODE, node, disk);
    double used = disk->own + disk->logs + disk->temp + disk->data;
    cluster->nodes.disk_used[node] = lower(used, cluster->nodes.disk[node]);
}

/* --- certificates ----------------------------------------------------------- */

static heal_duration days(double count)
{
    return (heal_duration)(count * (double)HEAL_DAY);
}

static double days_left(const struct cluster *cluster, size_t certificate)
{
    heal_time expires = cluster->certificates.expires[certificate];
    const struct storage *storage = storage_of(cluster);
    double lost = knob(cluster, CLUSTER_CERTIFICATE, certificate, KNOB_DAYS_LOST) - storage->days_back[certificate];

    return (double)(expires - cluster->now) / (double)HEAL_DAY - higher(lost, 0.0);
}

bool storage_expired(const struct cluster *cluster, size_t certificate)
{
    return days_left(cluster, certificate) <= 0.0;
}

/* Whoever renews by itself puts it in place, too. It tries with each step. */
static void step_certificate(struct cluster *cluster, size_t certificate)
{
    const struct certificate_spec *spec = &cluster->spec->certificates[certificate];
    double lost = knob(cluster, CLUSTER_CERTIFICATE, certificate, KNOB_DAYS_LOST);

    still_there(lost, &storage_of(cluster)->days_back[certificate]);
    if (spec->renew_before <= 0.0 || days_left(cluster, certificate) > spec->renew_before ||
        knob(cluster, CLUSTER_CERTIFICATE, certificate, KNOB_RENEWAL_FAILS) > 0.5)
        return;
    cluster->certificates.expires[certificate] = cluster->now + days(spec->validity);
    storage_of(cluster)->days_back[certificate] = lost;
}

/* --- images, configs -------------------------------------------------------- */

static double vulnerabilities(const struct cluster *cluster, size_t image)
{
    uint32_t workload = storage_of(cluster)->image_of[image];
    double known = knob(cluster, CLUSTER_IMAGE, image, KNOB_VULNERABILITIES);

    if (cluster->image_patched[image])
        known = higher(known - storage_of(cluster)->patched_at[image], 0.0);
    return workload != UINT32_MAX && cluster->workloads.quarantined[workload] ? 0.0 : known; /* nobody can reach it */
}

static double drift(const struct cluster *cluster, size_t config)
{
    return knob(cluster, CLUSTER_CONFIG, config, KNOB_DRIFT) > 0.5 && !cluster->config_restored[config] ? 1.0 : 0.0;
}

/* --- open, step, show, feel ------------------------------------------------- */

static uint32_t workload_of(const struct cluster *cluster, const char *id)
{
    enum cluster_kind kind;
    size_t index;

    return id && cluster_find_id(cluster, id, &kind, &index) && kind == CLUSTER_WORKLOAD ? (uint32_t)index : UINT32_MAX;
}

static bool take_all(struct cluster *cluster, struct storage *storage)
{
    storage->volumes = arena_array(cluster->arena, cluster->volumes.count + 1, sizeof *storage->volumes);
    storage->nodes = arena_array(cluster->arena, cluster->nodes.count + 1, sizeof *storage->nodes);
    storage->days_back = arena_array(cluster->arena, cluster->certificates.count + 1, sizeof *storage->days_back);
    storage->former = arena_array(cluster->arena, cluster->certificates.count + 1, sizeof *storage->former);
    storage->validated = arena_array(cluster->arena, cluster->certificates.count + 1, sizeof *storage->validated);
    storage->image_of = arena_array(cluster->arena, cluster->spec->image_count + 1, sizeof *storage->image_of);
    storage->patched_at = arena_array(cluster->arena, cluster->spec->image_count + 1, sizeof *storage->patched_at);
    storage->config_of = arena_array(cluster->arena, cluster->spec->config_count + 1, sizeof *storage->config_of);
    return storage->volumes && storage->nodes && storage->days_back && storage->former && storage->validated &&
           storage->image_of && storage->patched_at && storage->config_of;
}

bool cluster_storage_open(struct cluster *cluster)
{
    struct storage *storage = arena_alloc(cluster->arena, sizeof *storage);
    struct cluster_volumes *volumes = &cluster->volumes;

    cluster->storage = storage;
    if (!storage || !take_all(cluster, storage))
        return false;
    for (size_t i = 0; i < volumes->count; i++) {
        const struct volume_spec *spec = &cluster->spec->volumes[i];
        volumes->size[i] = spec->size;
        volumes->logs[i] = spec->used * spec->logs;
        volumes->temp[i] = spec->used * spec->temp;
        volumes->data[i] = spec->used - volumes->logs[i] - volumes->temp[i];
    }
    for (size_t i = 0; i < cluster->nodes.count; i++) {
        storage->nodes[i].own = NODE_DISK_USED * cluster->nodes.disk[i];
        cluster->nodes.disk_used[i] = storage->nodes[i].own;
    }
    for (size_t i = 0; i < cluster->certificates.count; i++) {
        cluster->certificates.expires[i] = cluster->start + days(cluster->spec->certificates[i].days);
        cluster->certificates.renewed[i] = HEAL_TIME_NEVER;
        storage->former[i].expires = HEAL_TIME_NEVER;
    }
    for (size_t i = 0; i < cluster->spec->image_count; i++)
        storage->image_of[i] = workload_of(cluster, cluster->spec->images[i].of);
    for (size_t i = 0; i < cluster->spec->config_count; i++)
        storage->config_of[i] = workload_of(cluster, cluster->spec->configs[i].of);
    return true;
}

void cluster_storage_step(struct cluster *cluster)
{
    double passed = (double)(cluster->now - cluster->last) / (double)HEAL_DAY;
    struct storage *storage = storage_of(cluster);

    for (size_t i = 0; i < cluster->volumes.count; i++)
        step_volume(cluster, i, passed);
    for (size_t i = 0; i < cluster->nodes.count; i++)
        step_node(cluster, i);
    for (size_t i = 0; i < cluster->certificates.count; i++)
        step_certificate(cluster, i);
    for (size_t i = 0; i < cluster->spec->image_count; i++) {
        double known = knob(cluster, CLUSTER_IMAGE, i, KNOB_VULNERABILITIES);
        still_there(known, &storage->patched_at[i]);
        cluster->image_patched[i] = storage->patched_at[i] > 0.0;
    }
    for (size_t i = 0; i < cluster->spec->config_count; i++) {
        if (knob(cluster, CLUSTER_CONFIG, i, KNOB_DRIFT) <= 0.5)
            cluster->config_restored[i] = 0;
    }
}

void cluster_storage_show(const struct cluster *cluster, double *values)
{
    for (size_t i = 0; i < cluster->volumes.count; i++) {
        double *series = &values[cluster_series(cluster, CLUSTER_VOLUME, i)];
        series[VOLUME_SERIES_USED] = storage_used_ratio(cluster, i);
        series[VOLUME_SERIES_CAPACITY] = cluster->volumes.size[i];
    }
    for (size_t i = 0; i < cluster->certificates.count; i++)
        values[cluster_series(cluster, CLUSTER_CERTIFICATE, i)] = days_left(cluster, i);
    for (size_t i = 0; i < cluster->spec->image_count; i++)
        values[cluster_series(cluster, CLUSTER_IMAGE, i)] = vulnerabilities(cluster, i);
    for (size_t i = 0; i < cluster->spec->config_count; i++)
        values[cluster_series(cluster, CLUSTER_CONFIG, i)] = drift(cluster, i);
}

struct cluster_feeling cluster_storage_feel(const struct cluster *cluster, enum cluster_kind kind, size_t index)
{
    struct cluster_feeling feeling = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

    if (kind == CLUSTER_VOLUME)
        feeling.used_ratio = storage_used_ratio(cluster, index);
    else if (kind == CLUSTER_CERTIFICATE)
        feeling.days_left = days_left(cluster, index);
    else if (kind == CLUSTER_IMAGE)
        feeling.vulnerabilities = vulnerabilities(cluster, index);
    else if (kind == CLUSTER_CONFIG)
        feeling.drift = drift(cluster, index);
    return feeling;
}
