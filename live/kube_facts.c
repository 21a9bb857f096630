/* kube_facts.c - see kube_facts.h. Field names are those of the Kubernetes API v1. */
#include "live/kube_facts.h"

#include "engine/number.h"

#include "live/kube_quantity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const heal_duration OOM_COUNTS = 5 * HEAL_MINUTE;

static const char *const POD_METRICS[] = {
    "up", "ready", "crash_loop", "oom_killed", "restarts_total", "restarts_per_hour", NULL};
static const char *const NODE_METRICS[] = {"ready", NULL}, *const NONE[] = {NULL};
static const char *const WORKLOAD_METRICS[] = {"replicas_ready_ratio", "revision", NULL};
static const char *const CLAIM_METRICS[] = {"volume_capacity_bytes", NULL};
static const char *const CERTIFICATE_METRICS[] = {"certificate_remaining_days", NULL};
static const char *const VULNERABILITY_METRICS[] = {"critical_vulnerabilities", "high_vulnerabilities",
                                                    "vulnerability_count_medium", "vulnerability_count_low", NULL};

const struct kube_kind_traits KUBE_KINDS[KUBE_KIND_COUNT] = {
    [KUBE_NODE] = {"Node", "/api/v1", "nodes", "node", false, false, 0, NODE_METRICS},
    [KUBE_DEPLOYMENT] = {"Deployment", "/apis/apps/v1", "deployments", "workload", true, false, 0, WORKLOAD_METRICS},
    [KUBE_STATEFUL_SET] = {"StatefulSet", "/apis/apps/v1", "statefulsets", "workload", true, false, 0,
                           WORKLOAD_METRICS},
    [KUBE_DAEMON_SET] = {"DaemonSet", "/apis/apps/v1", "daemonsets", "workload", true, false, 0, WORKLOAD_METRICS},
    [KUBE_REPLICA_SET] = {"ReplicaSet", "/apis/apps/v1", "replicasets", NULL, true, false, 0, NONE},
    [KUBE_POD] = {"Pod", "/api/v1", "pods", "pod", true, true, 0, POD_METRICS},
    [KUBE_CLAIM] = {"PersistentVolumeClaim", "/api/v1", "persistentvolumeclaims", "volume", true, false, 0,
                    CLAIM_METRICS},
    [KUBE_CERTIFICATE] = {"Certificate", "/apis/cert-manager.io/v1", "certificates", "certificate", true, false, 0,
                          CERTIFICATE_METRICS},
    [KUBE_VULNERABILITY] = {"VulnerabilityReport", "/apis/aquasecurity.github.io/v1alpha1", "vulnerabilityreports",
                            NULL, true, false, 20, VULNERABILITY_METRICS}, /* reports are large */
};

static const cJSON *get(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(get(object, name));
    return text && *text ? text : NULL;
}

static bool is(const cJSON *object, const char *name, const char *value)
{
    const char *text = text_of(object, name);
    return text && strcmp(text, value) == 0;
}

static double number_of(const cJSON *object, const char *name, double otherwise)
{
    const cJSON *item = get(object, name);
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

static bool time_of(const cJSON *object, const char *name, heal_time *out)
{
    const char *text = text_of(object, name);
    return text && heal_time_parse(text, strlen(text), out, NULL);
}

static char *joined(const char *kind, const char *space, const char *name)
{
    size_t size = strlen(kind) + strlen(space) + strlen(name) + 3;
    char *text = malloc(size);

    if (text)
        snprintf(text, size, "%s/%s/%s", kind, space, name);
    return text;
}

double kube_sample_value(const struct kube_sample *sample, heal_time now)
{
    switch (sample->how) {
    case KUBE_IF_LATER:
        return now > sample->at ? sample->value : NAN;
    case KUBE_UNTIL:
        return now < sample->at ? sample->value : 0.0;
    case KUBE_DAYS_UNTIL:
        return heal_duration_seconds(sample->at - now) / 86400.0;
    case KUBE_AS_IS:
        break;
    }
    return sample->value;
}

static void add(struct kube_facts *facts, const char *metric, enum kube_value how, double value, heal_time at)
{
    if (facts->sample_count < KUBE_SAMPLES_MAX)
        facts->samples[facts->sample_count++] = (struct kube_sample){metric, how, value, at};
}

static const cJSON *condition(const cJSON *status, const char *type)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, get(status, "conditions"))
    {
        if (is(item, "type", type))
            return item;
    }
    return NULL;
}

/* -- pods ------------------------------------------------------------------------- */

/* What all containers of a pod come to. */
struct containers {
    int64_t restarts;
    bool looping, down; /* CrashLoopBackOff; one does not run that should */
    bool oom_now;       /* killed for memory, and not running since */
    heal_time oom_at;   /* the last that was; 0: none */
};

static void look_at_end(struct containers *all, const cJSON *terminated, bool runs)
{
    heal_time at;

    if (!is(terminated, "reason", "OOMKilled"))
        return;
    all->oom_now |= !runs;
    if (time_of(terminated, "finishedAt", &at) && at > all->oom_at)
        all->oom_at = at;
}

static void look_at(struct containers *all, const cJSON *statuses, bool must_run)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, statuses)
    {
        const cJSON *state = get(item, "state"), *terminated = get(state, "terminated");
        bool runs = get(state, "running") != NULL;
        bool done = terminated && number_of(terminated, "exitCode", 1) == 0;
        all->restarts += (int64_t)number_of(item, "restartCount", 0);
        all->looping |= is(get(state, "waiting"), "reason", "CrashLoopBackOff");
        all->down |= must_run && !runs && !done;
        look_at_end(all, terminated, runs);
        look_at_end(all, get(get(item, "lastState"), "terminated"), runs || done);
    }
}

static void add_pod_samples(struct kube_facts *facts, const cJSON *status, heal_duration start_within)
{
    struct containers all = {0};
    const char *phase = text_of(status, "phase");
    bool runs = phase && strcmp(phase, "Running") == 0, ended = phase && strcmp(phase, "Failed") == 0;
    heal_time grace_end = facts->created + start_within;

    look_at(&all, get(status, "containerStatuses"), true);
    look_at(&all, get(status, "initContainerStatuses"), false);
    facts->restarts = all.restarts;
    bool up = runs && !all.down, known = ended || all.restarts > 0; /* it is not just starting */
    bool ready = is(condition(status, "Ready"), "status", "True");
    add(facts, "up", up || known ? KUBE_AS_IS : KUBE_IF_LATER, up, grace_end);
    add(facts, "ready", ready ? KUBE_AS_IS : KUBE_IF_LATER, ready, grace_end);
    add(facts, "crash_loop", KUBE_AS_IS, all.looping, 0);
    if (all.oom_now)
        add(facts, "oom_killed", KUBE_AS_IS, 1, 0);
    else
        add(facts, "oom_killed", KUBE_UNTIL, 1, all.oom_at > 0 ? all.oom_at + OOM_COUNTS : 0);
    add(facts, "restarts_total", KUBE_AS_IS, (double)all.restarts, 0);
}

static bool add_claims(struct kube_facts *facts, const cJSON *spec, const char *space, const char *pod)
{
    const cJSON *volumes = get(spec, "volumes"), *item;
    int count = cJSON_GetArraySize(volumes);

    if (count <= 0)
        return true;
    facts->claims = calloc((size_t)count, sizeof *facts->claims);
    if (!facts->claims)
        return false;
    cJSON_ArrayForEach(item, volumes)
    {
        const char *claim = text_of(get(item, "persistentVolumeClaim"), "claimName"), *name = text_of(item, "name");
        char ephemeral[SERIES_ID_MAX];
        if (!claim && get(item, "ephemeral") && name) { /* its claim is named after pod and volume */
            snprintf(ephemeral, sizeof ephemeral, "%s-%s", pod, name);
            claim = ephemeral;
        }
        if (!claim)
            continue;
        if (!(facts->claims[facts->claim_count] = joined("volume", space, claim)))
            return false;
        facts->claim_count++;
    }
    return true;
}

static bool read_pod(struct kube_facts *facts, const cJSON *object, const char *space, const char *name,
                     heal_duration start_within)
{
    const cJSON *spec = get(object, "spec"), *status = get(object, "status");
    const char *node = text_of(spec, "nodeName");

    facts->node = node ? joined("node", "default", node) : NULL;
    /* A pod that failed and has a controller was replaced by it already. */
    facts->leaving |= is(status, "phase", "Succeeded") || (is(status, "phase", "Failed") && facts->owner);
    add_pod_samples(facts, status, start_within);
    return (!node || facts->node) && add_claims(facts, spec, space, name);
}

/* -- the others ------------------------------------------------------------------- */

static void read_workload(struct kube_facts *facts, const cJSON *object)
{
    const cJSON *status = get(object, "status");
    bool daemons = facts->kind == KUBE_DAEMON_SET;
    double wanted =
        daemons ? number_of(status, "desiredNumberScheduled", 0) : number_of(get(object, "spec"), "replicas", 1);
    double ready = number_of(status, daemons ? "numberReady" : "readyReplicas", 0);

    const char *revision = text_of(get(get(object, "metadata"), "annotations"), "deployment.kubernetes.io/revision");
    double number;

    facts->idle = wanted <= 0;
    if (!revision || !number_parse(revision, strlen(revision), &number))
        number = NAN; /* the other kinds have none that is a number */
    add(facts, "replicas_ready_ratio", KUBE_AS_IS, wanted > 0 ? (ready < wanted ? ready / wanted : 1.0) : NAN, 0);
    add(facts, "revision", KUBE_AS_IS, number, 0);
}

static void read_claim(struct kube_facts *facts, const cJSON *object)
{
    const char *text = text_of(get(get(object, "status"), "capacity"), "storage");
    int64_t milli;

    add(facts, "volume_capacity_bytes", KUBE_AS_IS,
        text && kube_quantity_parse(text, &milli) ? (double)milli / 1000.0 : NAN, 0);
}

static void read_certificate(struct kube_facts *facts, const cJSON *object)
{
    heal_time end;
    bool known = time_of(get(object, "status"), "notAfter", &end);

    add(facts, "certificate_remaining_days", known ? KUBE_DAYS_UNTIL : KUBE_AS_IS, NAN, known ? end : 0);
}

static bool read_report(struct kube_facts *facts, const cJSON *object, const char *space)
{
    static const char *const COUNTS[] = {"criticalCount", "highCount", "mediumCount", "lowCount"};
    const cJSON *summary = get(get(object, "report"), "summary");
    const cJSON *labels = get(get(object, "metadata"), "labels");
    const char *kind = text_of(labels, "trivy-operator.resource.kind");
    const char *name = text_of(labels, "trivy-operator.resource.name");
    const char *where = text_of(labels, "trivy-operator.resource.namespace");

    free(facts->owner);
    facts->owner = kind && name ? joined(kind, where ? where : space, name) : NULL;
    for (size_t i = 0; i < 4; i++)
        add(facts, VULNERABILITY_METRICS[i], KUBE_AS_IS, number_of(summary, COUNTS[i], NAN), 0);
    return !kind || !name || facts->owner;
}

/* "Kind/namespace/name" of the owner that controls it. */
static char *controller_of(const cJSON *metadata, const char *space)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, get(metadata, "ownerReferences"))
    {
        const char *kind = text_of(item, "kind"), *name = text_of(item, "name");
        if (cJSON_IsTrue(get(item, "controller")) && kind && name)
            return joined(kind, space, name);
    }
    return NULL;
}

static bool read_kind(struct kube_facts *facts, const cJSON *object, const char *space, const char *name,
                      heal_duration start_within)
{
    switch (facts->kind) {
    case KUBE_NODE: {
        bool ready = is(condition(get(object, "status"), "Ready"), "status", "True");
        add(facts, "ready", ready ? KUBE_AS_IS : KUBE_IF_LATER, ready, facts->created + start_within);
        return true;
    }
    case KUBE_DEPLOYMENT:
    case KUBE_STATEFUL_SET:
    case KUBE_DAEMON_SET:
        read_workload(facts, object);
        return true;
    case KUBE_REPLICA_SET:
        facts->idle = number_of(get(object, "spec"), "replicas", 1) <= 0;
        return true;
    case KUBE_POD:
        return read_pod(facts, object, space, name, start_within);
    case KUBE_CLAIM:
        read_claim(facts, object);
        return true;
    case KUBE_CERTIFICATE:
        read_certificate(facts, object);
        return true;
    case KUBE_VULNERABILITY:
        return read_report(facts, object, space);
    case KUBE_KIND_COUNT:
        break;
    }
    return false;
}

bool kube_facts_key(enum kube_kind kind, const cJSON *object, char key[SERIES_ID_MAX])
{
    const cJSON *metadata = get(object, "metadata");
    const char *name = text_of(metadata, "name"), *space = text_of(metadata, "namespace");
    int length = 0;

    if (!name)
        return false;
    if (KUBE_KINDS[kind].namespaced)
        length = snprintf(key, SERIES_ID_MAX, "%s/%s", space ? space : "default", name);
    else
        length = snprintf(key, SERIES_ID_MAX, "%s", name);
    return length > 0 && length < SERIES_ID_MAX;
}

struct kube_facts *kube_facts_read(enum kube_kind kind, const cJSON *object, heal_duration start_within)
{
    const cJSON *metadata = get(object, "metadata");
    const char *name = text_of(metadata, "name"), *space = text_of(metadata, "namespace");
    const char *resource = KUBE_KINDS[kind].resource;
    char key[SERIES_ID_MAX];
    struct kube_facts *facts = kube_facts_key(kind, object, key) ? calloc(1, sizeof *facts) : NULL;

    if (!facts)
        return NULL;
    space = space ? space : "default"; /* where nodes are, too */
    facts->kind = kind;
    facts->key = strdup(key);
    facts->resource = resource ? joined(resource, space, name) : NULL;
    facts->owner = controller_of(metadata, space);
    time_of(metadata, "creationTimestamp", &facts->created);
    facts->leaving = get(metadata, "deletionTimestamp") != NULL;
    if (facts->key && (!resource || facts->resource) && read_kind(facts, object, space, name, start_within))
        return facts;
    kube_facts_free(facts);
    return NULL;
}

void kube_facts_free(struct kube_facts *facts)
{
    if (!facts)
        return;
    for (size_t i = 0; i < facts->claim_count; i++)
        free(facts->claims[i]);
    free(facts->claims);
    free(facts->key);
    free(facts->resource);
    free(facts->owner);
    free(facts->node);
    free(facts);
}
