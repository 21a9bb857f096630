/* kube_changes_test.c - what was changed is known leaf by leaf, and can be taken back. */
#include "live/kube_changes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BEFORE                                                                                                         \
    "{\"a\":{\"b\":1,\"gone\":\"x\"},\"list\":[{\"name\":\"app\",\"limits\":{\"memory\":\"512Mi\"}},{\"name\":"        \
    "\"side\"}],"                                                                                                      \
    "\"plain\":[1,2]}"
#define AFTER                                                                                                          \
    "{\"a\":{\"b\":2,\"new\":true},\"list\":[{\"name\":\"app\",\"limits\":{\"memory\":\"1024Mi\"}},{\"name\":"         \
    "\"side\"}],"                                                                                                      \
    "\"plain\":[1,2,3]}"

static void same(const cJSON *object, const char *json)
{
    cJSON *wanted = cJSON_Parse(json);
    assert_true(cJSON_Compare(object, wanted, true));
    cJSON_Delete(wanted);
}

static void test_changes_go_there_and_back(void **state)
{
    cJSON *before = cJSON_Parse(BEFORE), *after = cJSON_Parse(AFTER), *changes = kube_changes_between(before, after);
    (void)state;

    assert_int_equal(cJSON_GetArraySize(changes), 5);
    assert_int_equal(kube_changes_state(before, changes), KUBE_STATE_WAS);
    assert_int_equal(kube_changes_state(after, changes), KUBE_STATE_IS);
    assert_true(kube_changes_apply(before, changes, false));
    same(before, AFTER);
    assert_true(kube_changes_apply(before, changes, true));
    same(before, BEFORE);
    cJSON_Delete(changes);
    cJSON_Delete(before);
    cJSON_Delete(after);
}

static void test_containers_are_found_by_name_wherever_they_are(void **state)
{
    cJSON *before = cJSON_Parse(BEFORE), *after = cJSON_Parse(BEFORE);
    cJSON_SetValuestring(
        cJSON_GetObjectItem(cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(after, "list"), 0), "limits"),
                            "memory"),
        "1Ki");
    cJSON *changes = kube_changes_between(before, after);
    cJSON *moved = cJSON_Parse("{\"list\":[{\"name\":\"new\"},{\"name\":\"app\",\"limits\":{\"memory\":\"1024\"}}]}");
    (void)state;

    assert_int_equal(cJSON_GetArraySize(changes), 1);
    assert_int_equal(kube_changes_state(moved, changes), KUBE_STATE_IS); /* 1Ki is 1024 */
    assert_true(kube_changes_apply(moved, changes, true));
    same(moved, "{\"list\":[{\"name\":\"new\"},{\"name\":\"app\",\"limits\":{\"memory\":\"512Mi\"}}]}");
    cJSON_Delete(moved);
    cJSON_Delete(changes);
    cJSON_Delete(before);
    cJSON_Delete(after);
}

static void test_what_another_changed_is_seen(void **state)
{
    cJSON *before = cJSON_Parse("{\"v\":\"1.1\",\"n\":1}"), *after = cJSON_Parse("{\"v\":\"1.2\",\"n\":2}");
    cJSON *changes = kube_changes_between(before, after);
    static const char *const OTHERS[] = {"{\"v\":\"1.3\",\"n\":2}", "{\"v\":\"1.2\",\"n\":1}",
                                         "{\"v\":\"1.20\",\"n\":2}", "{}"};
    (void)state;

    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        cJSON *object = cJSON_Parse(OTHERS[i]);
        assert_int_equal(kube_changes_state(object, changes), KUBE_STATE_OTHER);
        cJSON_Delete(object);
    }
    cJSON_Delete(changes);
    cJSON_Delete(before);
    cJSON_Delete(after);
}

static void test_other_lists_are_one_leaf(void **state)
{
    cJSON *before = cJSON_Parse(
        "{\"l\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"m\":[{\"name\":\"x\",\"v\":1},{\"name\":\"x\",\"v\":2}]}");
    cJSON *after = cJSON_Parse(
        "{\"l\":[{\"name\":\"b\"},{\"name\":\"a\"}],\"m\":[{\"name\":\"x\",\"v\":1},{\"name\":\"x\",\"v\":3}]}");
    cJSON *changes = kube_changes_between(before, after), *change;
    (void)state;

    assert_int_equal(cJSON_GetArraySize(changes), 2);
    cJSON_ArrayForEach(change, changes) assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(change, "path")), 1);
    cJSON_Delete(changes);
    cJSON_Delete(before);
    cJSON_Delete(after);
}

static void test_a_merge_patch_holds_only_what_differs(void **state)
{
    cJSON *before = cJSON_Parse(BEFORE), *after = cJSON_Parse(AFTER), *patch = kube_merge_patch(before, after);
    (void)state;

    same(patch, "{\"a\":{\"b\":2,\"new\":true,\"gone\":null},\"plain\":[1,2,3],"
                "\"list\":[{\"name\":\"app\",\"limits\":{\"memory\":\"1024Mi\"}},{\"name\":\"side\"}]}");
    cJSON_Delete(patch);
    patch = kube_merge_patch(before, before);
    same(patch, "{}");
    cJSON_Delete(patch);
    cJSON_Delete(before);
    cJSON_Delete(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_go_there_and_back),
        cmocka_unit_test(test_containers_are_found_by_name_wherever_they_are),
        cmocka_unit_test(test_what_another_changed_is_seen),
        cmocka_unit_test(test_other_lists_are_one_leaf),
        cmocka_unit_test(test_a_merge_patch_holds_only_what_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
