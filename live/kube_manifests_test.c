/* kube_manifests_test.c - a folder of manifests is read, held against the world, and put back. */
#include "live/kube_manifests.h"

#include "cli/yaml.h"
#include "live/kube_document.h"
#include "live/test_kube.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#define SETTINGS "/api/v1/namespaces/shop/configmaps/settings"

struct bed {
    struct test_kube kube;
    struct kube_plans plans;
    char folder[64], file[96];
    char series[8][SERIES_ID_MAX + 1];
    double fields[8];
    size_t count;
};

static void write_file(struct bed *bed, const char *text)
{
    FILE *file = fopen(bed->file, "w");
    fputs(text, file);
    fclose(file);
}

static int set_up(void **state)
{
    struct bed *bed = calloc(1, sizeof *bed);

    strcpy(bed->folder, "manifests-XXXXXX");
    if (!mkdtemp(bed->folder))
        return -1;
    snprintf(bed->file, sizeof bed->file, "%s/all.yaml", bed->folder);
    bed->plans = (struct kube_plans){.manifests = bed->folder, .reader = {yaml_parse, document_destroy}};
    test_put(&bed->kube, "/api/v1",
             "{'resources': [{'name': 'configmaps', 'kind': 'ConfigMap', 'namespaced': true},"
             " {'name': 'namespaces', 'kind': 'Namespace', 'namespaced': false},"
             " {'name': 'namespaces/status', 'kind': 'Namespace', 'namespaced': false}]}");
    test_put(&bed->kube, SETTINGS,
             "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'settings', 'namespace': 'shop'},"
             " 'data': {'mode': 'fast', 'other': 'theirs'}}");
    *state = bed;
    return 0;
}

static int tear_down(void **state)
{
    struct bed *bed = *state;

    unlink(bed->file);
    rmdir(bed->folder);
    cJSON_Delete(bed->kube.objects);
    free(bed);
    return 0;
}

static void take(void *context, const char *series, double fields)
{
    struct bed *bed = context;
    snprintf(bed->series[bed->count], SERIES_ID_MAX + 1, "%s", series);
    bed->fields[bed->count++] = fields;
}

static bool look(struct bed *bed, char error[HTTP_ERROR_TEXT])
{
    struct kube_api api = {&bed->kube, test_call};

    bed->count = 0;
    return kube_manifests_drift(&api, &bed->plans, (struct kube_drift_sink){bed, take}, error);
}

static enum action_outcome act(struct bed *bed, enum action_kind kind, const char *id, char message[KUBE_MESSAGE])
{
    struct action action = {.kind = kind, .timeout = 200 * HEAL_MILLISECOND};
    struct kube_order order = {&action, "config/shop/configmap.settings", id, 1000 * HEAL_SECOND, NULL};
    struct kube_actor actor = {.api = {&bed->kube, test_call}, .plans = &bed->plans, .pause = HEAL_MILLISECOND};
    return kube_action_run(&actor, &order, message);
}

#define MANIFEST                                                                                                       \
    "# what should be\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n"            \
    "data:\n  mode: slow\n"

static const char *mode(struct bed *bed)
{
    return kube_text(test_get(&bed->kube, SETTINGS), "data.mode");
}

static void test_drift_is_counted_and_what_is_not_ours_is_none(void **state)
{
    struct bed *bed = *state;
    char error[HTTP_ERROR_TEXT];

    write_file(bed, MANIFEST "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: new}\n");
    assert_true(look(bed, error));
    assert_int_equal(bed->count, 2);
    assert_string_equal(bed->series[0], "config/shop/configmap.settings:config_drift");
    assert_true(bed->fields[0] == 1);
    assert_string_equal(bed->series[1], "config/default/namespace.new:config_drift");
    assert_true(bed->fields[1] == 1); /* it is missing */
    assert_int_equal(bed->kube.changes, 0);
    assert_string_equal(mode(bed), "fast");
}

static void test_drift_is_put_back_and_that_taken_back(void **state)
{
    struct bed *bed = *state;
    char error[HTTP_ERROR_TEXT], message[KUBE_MESSAGE];

    write_file(bed, MANIFEST);
    assert_int_equal(act(bed, ACTION_RECONCILE_CONFIG, "r", message), ACTION_SUCCEEDED);
    assert_string_equal(mode(bed), "slow");
    assert_string_equal(kube_text(test_get(&bed->kube, SETTINGS), "data.other"), "theirs");
    assert_true(look(bed, error));
    assert_true(bed->fields[0] == 0);
    assert_int_equal(act(bed, ACTION_RECONCILE_CONFIG, "r", message), ACTION_SUCCEEDED);
    assert_int_equal(act(bed, ACTION_RESTORE_CONFIG, "b", message), ACTION_SUCCEEDED);
    assert_string_equal(mode(bed), "fast");
    assert_true(look(bed, error));
    assert_true(bed->fields[0] == 1);
    assert_int_equal(bed->kube.changes, 2);
}

static void test_somebody_quicker_is_kept(void **state)
{
    struct bed *bed = *state;
    char message[KUBE_MESSAGE];

    write_file(bed, MANIFEST);
    bed->kube.meddle_path = SETTINGS;
    bed->kube.meddle_key = "team";
    bed->kube.meddle_value = "blue";
    assert_int_equal(act(bed, ACTION_RECONCILE_CONFIG, "r", message), ACTION_SUCCEEDED);
    assert_string_equal(mode(bed), "slow");
    assert_string_equal(kube_entry(test_get(&bed->kube, SETTINGS), "metadata.labels", "team"), "blue");
}

static void test_our_own_remedies_are_no_drift(void **state)
{
    struct bed *bed = *state;
    char error[HTTP_ERROR_TEXT];

    write_file(bed,
               "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\ndata: {mode: fast}\n");
    kube_set_text(test_get(&bed->kube, SETTINGS), "data", "mode", "tuned");
    assert_true(look(bed, error) && bed->fields[0] == 1);
    kube_set_text(test_get(&bed->kube, SETTINGS), "metadata.annotations", "selfheal/actions",
                  "[{\"id\":\"x\",\"action\":\"raise_memory_limit\",\"changes\":[{\"path\":[\"data\",\"mode\"],"
                  "\"was\":\"fast\",\"is\":\"tuned\"}]}]");
    assert_true(look(bed, error) && bed->fields[0] == 0);
}

static void test_a_bad_document_is_told_and_hinders_no_other(void **state)
{
    struct bed *bed = *state;
    char error[HTTP_ERROR_TEXT];

    write_file(bed, "kind: ConfigMap\n---\nb: [\n" MANIFEST);
    assert_false(look(bed, error));
    assert_int_equal(bed->count, 1);
    assert_non_null(strstr(error, "all.yaml"));
    write_file(bed, MANIFEST "---\napiVersion: v1\nkind: Gadget\nmetadata: {name: g}\n");
    assert_false(look(bed, error));
    assert_string_equal(error, "the server knows no Gadget in v1");
    assert_int_equal(bed->count, 1);
}

static void test_texts_become_what_kubectl_makes_of_them(void **state)
{
    static const char TEXT[] =
        "a: yes\nb: \"yes\"\nc: 0644\nd: 1.5\ne: 1.2.3\nf: ~\ng: 1e3\nh: 'off'\ni: Off\nj: 0x10\nk: -7\n"
        "l: oFF\nm: 2024-01-01\nn: |\n  7\n";
    struct error_list errors = {0};
    struct document *document = yaml_parse("t", TEXT, strlen(TEXT), &errors);
    cJSON *json = kube_document_json(document->root);
    cJSON *wanted =
        cJSON_Parse("{\"a\":true,\"b\":\"yes\",\"c\":420,\"d\":1.5,\"e\":\"1.2.3\",\"f\":null,\"g\":1000,"
                    "\"h\":\"off\",\"i\":false,\"j\":16,\"k\":-7,\"l\":\"oFF\",\"m\":\"2024-01-01\",\"n\":\"7\\n\"}");
    (void)state;

    assert_true(cJSON_Compare(json, wanted, true));
    cJSON_Delete(json);
    cJSON_Delete(wanted);
    document_destroy(document);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_drift_is_counted_and_what_is_not_ours_is_none),
        TEST(test_drift_is_put_back_and_that_taken_back),
        TEST(test_somebody_quicker_is_kept),
        TEST(test_our_own_remedies_are_no_drift),
        TEST(test_a_bad_document_is_told_and_hinders_no_other),
        TEST(test_texts_become_what_kubectl_makes_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
