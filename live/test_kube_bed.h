/* test_kube_bed.h - a little shop on the server in memory, and a hand in it. */
#ifndef SELFHEAL_LIVE_TEST_KUBE_BED_H
#define SELFHEAL_LIVE_TEST_KUBE_BED_H

#include "live/test_kube.h"

#define WEB "/apis/apps/v1/namespaces/shop/deployments/web"
#define POD "/api/v1/namespaces/shop/pods/web-1-a"
#define NODE "/api/v1/nodes/n1"
#define CLAIM "/api/v1/namespaces/shop/persistentvolumeclaims/data"
#define CERTIFICATE "/apis/cert-manager.io/v1/namespaces/shop/certificates/front"
#define TEMPLATE(image)                                                                                                \
    "'template': {'metadata': {'labels': {'app': 'web'}}, 'spec': {'containers': [{'name': 'app', 'image': '" image    \
    "', 'resources': {'limits': {'memory': '512Mi', 'cpu': '500m'}, 'requests': {'memory': '256Mi'}}},"                \
    " {'name': 'side', 'image': 'side:1'}]}}"

struct bed {
    struct test_kube kube;
    struct kube_plans plans;
    struct kube_actor actor;
    char message[KUBE_MESSAGE];
    bool fenced;
};

static inline bool fence(void *context, char why[KUBE_MESSAGE])
{
    const struct bed *bed = context;
    snprintf(why, KUBE_MESSAGE, "deposed");
    return !bed->fenced;
}

static inline void put_world(struct test_kube *kube)
{
    test_put(kube, "/api/v1",
             "{'resources': [{'name': 'pods/eviction', 'kind': 'Eviction', 'group': 'policy', 'version': 'v1beta1'}]}");
    test_put(
        kube, WEB,
        "{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': 'web', 'namespace': 'shop', 'uid': 'd',"
        " 'generation': 1, 'annotations': {'deployment.kubernetes.io/revision': '2'}}, 'spec': {'replicas': 3,"
        " 'selector': {'matchLabels': {'app': 'web'}}," TEMPLATE(
            "shop/web:1.1") "},"
                            " 'status': {'observedGeneration': 1, 'replicas': 3, 'updatedReplicas': 3, "
                            "'readyReplicas': 3,"
                            " 'availableReplicas': 3}}");
    test_put(kube, "/apis/apps/v1/namespaces/shop/replicasets/web-1",
             "{'apiVersion': 'apps/v1', 'kind': 'ReplicaSet', 'metadata': {'name': 'web-1', 'namespace': 'shop', "
             "'uid': 'r1',"
             " 'annotations': {'deployment.kubernetes.io/revision': '2'}, 'ownerReferences': [{'kind': 'Deployment',"
             " 'name': 'web', 'uid': 'd', 'controller': true}]}, 'spec': {" TEMPLATE("shop/web:1.1") "}}");
    test_put(kube, "/apis/apps/v1/namespaces/shop/replicasets/web-0",
             "{'apiVersion': 'apps/v1', 'kind': 'ReplicaSet', 'metadata': {'name': 'web-0', 'namespace': 'shop', "
             "'uid': 'r0',"
             " 'annotations': {'deployment.kubernetes.io/revision': '1'}, 'ownerReferences': [{'kind': 'Deployment',"
             " 'name': 'web', 'uid': 'd', 'controller': true}]}, 'spec': {" TEMPLATE("shop/web:1.0") "}}");
    test_put(kube, POD,
             "{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'web-1-a', 'namespace': 'shop', 'uid': 'p',"
             " 'ownerReferences': [{'kind': 'ReplicaSet', 'name': 'web-1', 'uid': 'r1', 'controller': true}]},"
             " 'spec': {'nodeName': 'n1'}, 'status': {'phase': 'Running', 'conditions': [{'type': 'Ready', 'status':"
             " 'True'}]}}");
    test_put(kube, NODE, "{'apiVersion': 'v1', 'kind': 'Node', 'metadata': {'name': 'n1', 'uid': 'n'}, 'spec': {}}");
    test_put(kube, CLAIM,
             "{'apiVersion': 'v1', 'kind': 'PersistentVolumeClaim', 'metadata': {'name': 'data', 'namespace': 'shop'},"
             " 'spec': {'resources': {'requests': {'storage': '10Gi'}}}}");
    test_put(
        kube, CERTIFICATE,
        "{'apiVersion': 'cert-manager.io/v1', 'kind': 'Certificate', 'metadata': {'name': 'front', 'namespace': 'shop',"
        " 'generation': 4}, 'spec': {'secretName': 'front-tls', 'issuerRef': {'name': 'ca'}}, 'status': {'notAfter':"
        " '2200-01-01T00:00:00Z', 'conditions': [{'type': 'Ready', 'status': 'True'}]}}");
}

static inline int set_up(void **state)
{
    static struct kube_patch_plan patches[] = {{"shop/web:1.*", "shop/web:2.0", "staging"}};
    static struct kube_job_plan jobs[] = {
        {ACTION_CLEAN_TEMP_FILES, "volume/*", "clean.yaml",
         "{\"apiVersion\":\"batch/"
         "v1\",\"kind\":\"Job\",\"metadata\":{},\"spec\":{\"template\":{\"spec\":{\"containers\":"
         "[{\"name\":\"c\",\"args\":[\"{name}\",\"+{amount}\",\"{other}\"]}]}}}}"}};
    struct bed *bed = calloc(1, sizeof *bed);

    bed->plans = (struct kube_plans){.patches = patches,
                                     .patch_count = 1,
                                     .jobs = jobs,
                                     .job_count = 1,
                                     .fallback_issuer = "spare",
                                     .fallback_issuer_kind = "ClusterIssuer"};
    bed->actor = (struct kube_actor){
        .api = {&bed->kube, test_call}, .fence = {bed, fence}, .plans = &bed->plans, .pause = 5 * HEAL_MILLISECOND};
    put_world(&bed->kube);
    *state = bed;
    return 0;
}

static inline int tear_down(void **state)
{
    struct bed *bed = *state;

    cJSON_Delete(bed->kube.objects);
    free(bed);
    return 0;
}

static inline enum action_outcome act_as(struct bed *bed, const char *id, enum action_kind kind, const char *target,
                                         double amount, bool rollback)
{
    struct action action = {
        .id = 7, .kind = kind, .amount = amount, .timeout = 200 * HEAL_MILLISECOND, .rollback = rollback};
    struct kube_order order = {&action, target, id, 1000 * HEAL_SECOND, NULL};
    return kube_action_run(&bed->actor, &order, bed->message);
}

#endif
