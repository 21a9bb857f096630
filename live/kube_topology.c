/* kube_topology.c - see kube_topology.h. */
#include "live/kube_topology.h"

#include "live/kube_stand_in.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WATCHES_MAX = 512 };

struct kube_world {
    pthread_mutex_t mutex;
    struct kube_table tables[KUBE_KIND_COUNT];
    uint32_t generations[KUBE_KIND_COUNT][WATCHES_MAX];
    const struct inventory *inventory;
    struct kube_stand_ins departed;
};

struct kube_world *kube_world_create(void)
{
    struct kube_world *world = calloc(1, sizeof *world);

    if (world)
        pthread_mutex_init(&world->mutex, NULL);
    return world;
}

void kube_world_destroy(struct kube_world *world)
{
    if (!world)
        return;
    for (size_t i = 0; i < KUBE_KIND_COUNT; i++)
        kube_table_clear(&world->tables[i]);
    kube_stand_ins_clear(&world->departed);
    pthread_mutex_destroy(&world->mutex);
    free(world);
}

/* -- how it hangs together --------------------------------------------------------- */

/* "Kind/ns/name": whether it is of `kind`, and then its key. */
static const char *owner_of_kind(const char *owner, enum kube_kind kind)
{
    size_t length = strlen(KUBE_KINDS[kind].name);

    return owner && strncmp(owner, KUBE_KINDS[kind].name, length) == 0 && owner[length] == '/' ? owner + length + 1
                                                                                               : NULL;
}

/* The workload behind an owner, as "workload/ns/name"; false when it is none, or not known yet. */
static bool workload_of(const struct kube_world *world, const char *owner, char out[SERIES_ID_MAX + 1])
{
    static const enum kube_kind WORKLOADS[] = {KUBE_DEPLOYMENT, KUBE_STATEFUL_SET, KUBE_DAEMON_SET};
    const char *set = owner_of_kind(owner, KUBE_REPLICA_SET);

    if (set) {
        const struct kube_entry *entry = kube_table_find(&world->tables[KUBE_REPLICA_SET], set);
        owner = entry ? entry->facts->owner : NULL;
    }
    for (size_t i = 0; i < sizeof WORKLOADS / sizeof WORKLOADS[0]; i++) {
        const char *key = owner_of_kind(owner, WORKLOADS[i]);
        if (key)
            return snprintf(out, SERIES_ID_MAX + 1, "workload/%s", key) <= SERIES_ID_MAX;
    }
    return false;
}

/* Whom a pod may be replaced by: those of its workload, else of its bare owner; NULL: nobody. */
static const char *group_of(const struct kube_world *world, const struct kube_facts *pod, char out[SERIES_ID_MAX + 1])
{
    if (!pod->owner || owner_of_kind(pod->owner, KUBE_NODE)) /* a node owns its mirror pods */
        return NULL;
    return workload_of(world, pod->owner, out) ? out : pod->owner;
}

/* True when nothing of the group is missing: it has what it wants, or is gone itself. */
static bool group_is_well(const struct kube_world *world, const char *group)
{
    static const enum kube_kind WORKLOADS[] = {KUBE_DEPLOYMENT, KUBE_STATEFUL_SET, KUBE_DAEMON_SET};
    const char *key = strncmp(group, "workload/", 9) == 0 ? group + 9 : NULL;
    const char *set = owner_of_kind(group, KUBE_REPLICA_SET);

    if (set)
        return !kube_table_find(&world->tables[KUBE_REPLICA_SET], set);
    for (size_t i = 0; key && i < sizeof WORKLOADS / sizeof WORKLOADS[0]; i++) {
        const struct kube_entry *entry = kube_table_find(&world->tables[WORKLOADS[i]], key);
        if (entry)
            return entry->facts->idle || entry->facts->samples[0].value >= 1.0;
    }
    return key != NULL;
}

/* -- what the watches say ---------------------------------------------------------- */

/* A pod that a chapter knows is gone or going. */
static void depart(struct kube_world *world, const struct kube_facts *pod)
{
    char buffer[SERIES_ID_MAX + 1];
    const char *group = group_of(world, pod, buffer);

    if (group && world->inventory && strchr(pod->key, '/') &&
        inventory_find_resource(world->inventory, pod->resource, strlen(pod->resource)) != RESOURCE_NONE)
        kube_stand_ins_add(&world->departed, pod->key, group);
}

static void take_out(struct kube_world *world, enum kube_kind kind, struct kube_entry *entry)
{
    if (kind == KUBE_POD)
        depart(world, entry->facts);
    kube_table_remove(&world->tables[kind], entry);
}

void kube_world_begin(struct kube_world *world, enum kube_kind kind, uint32_t source)
{
    pthread_mutex_lock(&world->mutex);
    if (source < WATCHES_MAX)
        world->generations[kind][source]++;
    pthread_mutex_unlock(&world->mutex);
}

/* The restarts between what was known of a pod and what is. */
static void note_restarts(struct kube_entry *entry, const struct kube_facts *fresh, heal_time now)
{
    int64_t more = entry->facts ? fresh->restarts - entry->facts->restarts : 0;

    if (more < 0) { /* another pod of the same name */
        free(entry->restarts);
        entry->restarts = NULL;
    }
    if (more > 0 && !entry->restarts)
        entry->restarts = calloc(1, sizeof *entry->restarts);
    for (int64_t i = 0; entry->restarts && i < more && i < KUBE_RESTARTS_KEPT; i++)
        entry->restarts->at[entry->restarts->next++ % KUBE_RESTARTS_KEPT] = now;
}

void kube_world_put(struct kube_world *world, uint32_t source, struct kube_facts *facts, heal_time now)
{
    if (!facts)
        return;
    pthread_mutex_lock(&world->mutex);
    struct kube_entry *entry = source < WATCHES_MAX ? kube_table_place(&world->tables[facts->kind], facts->key) : NULL;
    if (entry && facts->kind == KUBE_POD)
        note_restarts(entry, facts, now);
    if (entry) {
        kube_facts_free(entry->facts);
        entry->facts = facts;
        entry->source = source;
        entry->generation = world->generations[facts->kind][source];
    }
    if (entry && facts->kind == KUBE_POD && facts->leaving)
        depart(world, facts);
    if (!entry)
        kube_facts_free(facts);
    pthread_mutex_unlock(&world->mutex);
}

void kube_world_gone(struct kube_world *world, enum kube_kind kind, const char *key)
{
    pthread_mutex_lock(&world->mutex);
    struct kube_entry *entry = kube_table_find(&world->tables[kind], key);
    if (entry)
        take_out(world, kind, entry);
    pthread_mutex_unlock(&world->mutex);
}

void kube_world_end(struct kube_world *world, enum kube_kind kind, uint32_t source)
{
    pthread_mutex_lock(&world->mutex);
    struct kube_entry **sorted = kube_table_sorted(&world->tables[kind]);
    size_t count = world->tables[kind].live, lost = 0;
    char **keys = sorted ? malloc((count + 1) * sizeof *keys) : NULL;
    for (size_t i = 0; keys && i < count; i++) { /* taking out moves entries: first the names */
        if (sorted[i]->source == source && source < WATCHES_MAX &&
            sorted[i]->generation != world->generations[kind][source])
            keys[lost++] = strdup(sorted[i]->facts->key);
    }
    for (size_t i = 0; i < lost; i++) {
        struct kube_entry *entry = keys[i] ? kube_table_find(&world->tables[kind], keys[i]) : NULL;
        if (entry)
            take_out(world, kind, entry);
        free(keys[i]);
    }
    free(keys);
    free(sorted);
    pthread_mutex_unlock(&world->mutex);
}

void kube_world_watch(struct kube_world *world, const struct inventory *inventory)
{
    struct kube_table *pods = &world->tables[KUBE_POD];

    pthread_mutex_lock(&world->mutex);
    world->inventory = inventory;
    kube_stand_ins_clear(&world->departed);
    for (size_t i = 0; i < pods->count; i++)
        pods->entries[i].stands_in = false;
    pthread_mutex_unlock(&world->mutex);
}

size_t kube_world_count(struct kube_world *world, enum kube_kind kind)
{
    pthread_mutex_lock(&world->mutex);
    size_t count = world->tables[kind].live;
    pthread_mutex_unlock(&world->mutex);
    return count;
}

/* -- what a chapter is told -------------------------------------------------------- */

/* The resource that an entry's samples belong to, in `out` where it has to be looked up; NULL: none. */
static const char *resource_of(const struct kube_world *world, const struct kube_facts *facts,
                               char out[SERIES_ID_MAX + 1])
{
    const char *set = owner_of_kind(facts->owner, KUBE_REPLICA_SET);
    const char *pod = owner_of_kind(facts->owner, KUBE_POD);

    if (facts->resource)
        return facts->leaving && facts->kind == KUBE_POD ? NULL : facts->resource;
    if (facts->kind != KUBE_VULNERABILITY)
        return NULL;
    if (set) {
        const struct kube_entry *entry = kube_table_find(&world->tables[KUBE_REPLICA_SET], set);
        if (!entry || entry->facts->idle)
            return NULL; /* an old revision, or not seen yet */
    }
    if (pod)
        return kube_table_find(&world->tables[KUBE_POD], pod) && snprintf(out, SERIES_ID_MAX, "pod/%s", pod) > 0 ? out
                                                                                                                 : NULL;
    return workload_of(world, facts->owner, out) ? out : NULL;
}

static bool add_series(struct inventory *inventory, const char *resource, const char *const *metrics)
{
    char series[SERIES_ID_MAX + 64];

    if (inventory_add_resource(inventory, resource, strlen(resource)) == RESOURCE_NONE)
        return false;
    for (; *metrics; metrics++) {
        int length = snprintf(series, sizeof series, "%s:%s", resource, *metrics);
        inventory_add_series(inventory, series, (size_t)length); /* one that is there already is no fault */
    }
    return true;
}

static bool relate(struct inventory *inventory, const char *source, enum relation relation, const char *target)
{
    uint32_t from = inventory_add_resource(inventory, source, strlen(source));
    uint32_t to = inventory_add_resource(inventory, target, strlen(target));

    return from != RESOURCE_NONE && to != RESOURCE_NONE && inventory_relate(inventory, from, relation, to);
}

static bool relate_pod(const struct kube_world *world, struct inventory *inventory, const struct kube_facts *pod)
{
    char workload[SERIES_ID_MAX + 1];
    bool good = !pod->node || relate(inventory, pod->resource, RELATION_RUNS_ON, pod->node);

    if (workload_of(world, pod->owner, workload))
        good = good && relate(inventory, pod->resource, RELATION_OWNED_BY, workload);
    for (size_t i = 0; i < pod->claim_count; i++)
        good = good && relate(inventory, pod->resource, RELATION_MOUNTS, pod->claims[i]);
    return good;
}

bool kube_world_discover(struct kube_world *world, struct inventory *inventory)
{
    char buffer[SERIES_ID_MAX + 1];
    bool good = true;

    pthread_mutex_lock(&world->mutex);
    for (enum kube_kind kind = 0; kind < KUBE_KIND_COUNT; kind++) {
        struct kube_entry **sorted = kube_table_sorted(&world->tables[kind]);
        good = good && sorted;
        for (size_t i = 0; sorted && i < world->tables[kind].live; i++) { /* one that does not fit hinders no other */
            const struct kube_facts *facts = sorted[i]->facts;
            const char *resource = resource_of(world, facts, buffer);
            bool fits = !resource || add_series(inventory, resource, KUBE_KINDS[kind].metrics);
            if (fits && resource && kind == KUBE_POD)
                fits = relate_pod(world, inventory, facts);
            good = good && fits;
        }
        free(sorted);
    }
    pthread_mutex_unlock(&world->mutex);
    return good;
}

/* -- samples ------------------------------------------------------------------------ */

static void tell(struct kube_sink sink, const char *resource, const char *metric, double value)
{
    char series[SERIES_ID_MAX + 64];

    if (isnan(value))
        return;
    snprintf(series, sizeof series, "%s:%s", resource, metric);
    sink.take(sink.context, series, value);
}

static double restarts_in_an_hour(const struct kube_entry *entry, heal_time now)
{
    double count = 0;

    for (size_t i = 0; entry->restarts && i < KUBE_RESTARTS_KEPT; i++)
        count += entry->restarts->at[i] > 0 && entry->restarts->at[i] > now - HEAL_HOUR;
    return count;
}

static void tell_entry(const struct kube_entry *entry, const char *resource, heal_time now, struct kube_sink sink)
{
    const struct kube_facts *facts = entry->facts;

    for (size_t i = 0; i < facts->sample_count; i++)
        tell(sink, resource, facts->samples[i].metric, kube_sample_value(&facts->samples[i], now));
    if (facts->kind == KUBE_POD)
        tell(sink, resource, "restarts_per_hour", restarts_in_an_hour(entry, now));
}

/* Reports of one resource, added up. */
struct sum {
    char *resource;
    double values[KUBE_SAMPLES_MAX];
};

static int by_resource(const void *a, const void *b)
{
    return strcmp(((const struct sum *)a)->resource, ((const struct sum *)b)->resource);
}

static void tell_reports(const struct kube_world *world, struct kube_sink sink)
{
    const struct kube_table *table = &world->tables[KUBE_VULNERABILITY];
    const char *const *metrics = KUBE_KINDS[KUBE_VULNERABILITY].metrics;
    struct sum *sums = malloc((table->live + 1) * sizeof *sums);
    char buffer[SERIES_ID_MAX + 1];
    size_t count = 0;

    for (size_t i = 0; sums && i < table->count; i++) {
        const struct kube_facts *facts = table->entries[i].facts;
        const char *resource = facts ? resource_of(world, facts, buffer) : NULL;
        struct sum sum = {.resource = resource ? strdup(resource) : NULL};
        for (size_t j = 0; sum.resource && j < facts->sample_count; j++)
            sum.values[j] = facts->samples[j].value;
        if (sum.resource)
            sums[count++] = sum;
    }
    if (count > 0)
        qsort(sums, count, sizeof *sums, by_resource);
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && strcmp(sums[next].resource, sums[i].resource) == 0; next++) {
            for (size_t j = 0; j < KUBE_SAMPLES_MAX; j++)
                sums[i].values[j] += sums[next].values[j];
        }
        for (size_t j = 0; metrics[j]; j++)
            tell(sink, sums[i].resource, metrics[j], sums[i].values[j]);
    }
    for (size_t i = 0; i < count; i++)
        free(sums[i].resource);
    free(sums);
}

/* Finds stand-ins among the pods that the chapter does not know. */
static void match(struct kube_world *world)
{
    struct kube_table *pods = &world->tables[KUBE_POD];
    struct kube_candidate *candidates;
    size_t count = 0;

    if (!world->inventory || !kube_stand_ins_wait(&world->departed, pods))
        return;
    candidates = malloc((pods->live + 1) * sizeof *candidates);
    for (size_t i = 0; candidates && i < pods->count; i++) {
        struct kube_entry *entry = &pods->entries[i];
        char buffer[SERIES_ID_MAX + 1];
        if (!entry->facts || entry->facts->leaving || entry->stands_in ||
            inventory_find_resource(world->inventory, entry->facts->resource, strlen(entry->facts->resource)) !=
                RESOURCE_NONE)
            continue;
        const char *group = group_of(world, entry->facts, buffer);
        char *copy = group ? strdup(group) : NULL;
        if (copy)
            candidates[count++] = (struct kube_candidate){entry, copy};
    }
    if (candidates)
        kube_stand_ins_match(&world->departed, pods, candidates, count);
    for (size_t i = 0; i < count; i++)
        free(candidates[i].group);
    free(candidates);
}

static void tell_departed(const struct kube_world *world, heal_time now, struct kube_sink sink)
{
    static const struct {
        const char *metric;
        double value;
    } WELL[] = {{"up", 1}, {"ready", 1}, {"crash_loop", 0}, {"oom_killed", 0}, {"restarts_per_hour", 0}};
    char resource[SERIES_ID_MAX + 1];

    for (size_t i = 0; i < world->departed.count; i++) {
        const struct kube_departed *departed = &world->departed.items[i];
        const struct kube_entry *entry =
            departed->stand_in ? kube_table_find(&world->tables[KUBE_POD], departed->stand_in) : NULL;
        snprintf(resource, sizeof resource, "pod/%s", departed->pod);
        if (entry)
            tell_entry(entry, resource, now, sink);
        for (size_t j = 0; !entry && j < sizeof WELL / sizeof WELL[0] && group_is_well(world, departed->group); j++)
            tell(sink, resource, WELL[j].metric, WELL[j].value);
    }
}

void kube_world_read(struct kube_world *world, heal_time now, const bool fresh[KUBE_KIND_COUNT], struct kube_sink sink)
{
    char buffer[SERIES_ID_MAX + 1];

    pthread_mutex_lock(&world->mutex);
    for (enum kube_kind kind = 0; kind < KUBE_KIND_COUNT; kind++) {
        const struct kube_table *table = &world->tables[kind];
        for (size_t i = 0; fresh[kind] && kind != KUBE_VULNERABILITY && i < table->count; i++) {
            const struct kube_entry *entry = &table->entries[i];
            const char *resource = entry->facts ? resource_of(world, entry->facts, buffer) : NULL;
            if (resource)
                tell_entry(entry, resource, now, sink);
        }
    }
    if (fresh[KUBE_VULNERABILITY])
        tell_reports(world, sink);
    if (fresh[KUBE_POD]) {
        match(world);
        tell_departed(world, now, sink);
    }
    pthread_mutex_unlock(&world->mutex);
}

bool kube_world_stand_in(struct kube_world *world, const char *pod, char out[SERIES_ID_MAX + 1])
{
    bool found = false;

    pthread_mutex_lock(&world->mutex);
    match(world);
    for (size_t i = 0; i < world->departed.count && !found; i++) {
        const struct kube_departed *departed = &world->departed.items[i];
        if (!departed->stand_in || strncmp(pod, "pod/", 4) != 0 || strcmp(departed->pod, pod + 4) != 0)
            continue;
        found = snprintf(out, SERIES_ID_MAX + 1, "pod/%s", departed->stand_in) <= SERIES_ID_MAX;
    }
    pthread_mutex_unlock(&world->mutex);
    return found;
}
