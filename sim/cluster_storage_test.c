/* cluster_storage_test.c - disks, certificates, images, configs. */
#include "sim/test_traffic.h"

#include "sim/cluster_storage.h"

#define VOLUME "volume/shop/data"
#define CERTIFICATE "certificate/shop/web"
#define IMAGE "image/shop/web"
#define CONFIG "config/shop/web"

static struct test_traffic *open_shop(void)
{
    struct test_traffic *test = test_traffic_new();

    test->loads[0].level = 50.0;
    test_traffic_open(test);
    test_run(test, 60.0);
    return test;
}

static void days_pass(struct test_traffic *test, double days)
{
    for (double passed = 0.0; passed < days; passed += 1.0 / 24.0)
        test_step(test, 3600.0);
}

/* 50 of 100 GiB, a fifth of that logs, a tenth temporary; 1 GiB a day. */
static void test_a_volume_grows_and_is_cleaned(void **state)
{
    struct test_traffic *test = open_shop();

    (void)state;
    test_near(test_value(test, VOLUME ":disk_used_ratio"), 0.5, 1e-3);
    days_pass(test, 10.0);
    test_near(test_feel(test, VOLUME).used_ratio, 0.6, 1e-3);
    assert_int_equal(test_act(test, ACTION_ROTATE_LOGS, VOLUME, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, VOLUME).used_ratio, 0.5, 1e-3);
    assert_int_equal(test_act(test, ACTION_CLEAN_TEMP_FILES, VOLUME, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, VOLUME).used_ratio, 0.45, 1e-3);
    assert_int_equal(test_act(test, ACTION_EXPAND_VOLUME, VOLUME, 0.2), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, VOLUME).used_ratio, 0.45 / 1.2, 1e-3);
    assert_int_equal(test_act(test, ACTION_EXPAND_VOLUME, VOLUME, 0.0), ACTION_FAILED);
    test_traffic_free(test);
}

/* What a fault has written is gone when it is cleaned, and comes back as it writes on. */
static void test_logs_that_go_on_come_back(void **state)
{
    struct test_traffic *test = open_shop();

    (void)state;
    test_turn(test, VOLUME ":log_bytes", 40.0 * GIB);
    test_step(test, 30.0);
    test_near(test_feel(test, VOLUME).used_ratio, 0.9, 1e-3);
    assert_int_equal(test_act(test, ACTION_ROTATE_LOGS, VOLUME, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, VOLUME).used_ratio, 0.4, 1e-3);
    test_turn(test, VOLUME ":log_bytes", 60.0 * GIB);
    test_step(test, 30.0);
    test_near(test_feel(test, VOLUME).used_ratio, 0.6, 1e-3);
    test_turn(test, VOLUME ":log_bytes", 0.0);
    test_step(test, 30.0);
    test_near(test_feel(test, VOLUME).used_ratio, 0.4, 1e-3);
    test_turn(test, VOLUME ":temp_bytes", 20.0 * GIB);
    test_step(test, 30.0);
    assert_int_equal(test_act(test, ACTION_CLEAN_TEMP_FILES, VOLUME, 7.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    assert_true(test_feel(test, VOLUME).used_ratio > 0.55); /* too new for that */
    assert_int_equal(test_act(test, ACTION_CLEAN_TEMP_FILES, VOLUME, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, VOLUME).used_ratio, 0.35, 1e-3);
    test_traffic_free(test);
}

static void test_a_full_disk_stops_its_database(void **state)
{
    struct test_traffic *test = open_shop();

    (void)state;
    test_turn(test, VOLUME ":log_bytes", 60.0 * GIB);
    test_run(test, 90.0);
    test_near(test_feel(test, VOLUME).used_ratio, 1.0, 0.0);
    test_near(test_feel(test, DB).error_ratio, 1.0, 0.0);
    test_near(test_feel(test, WEB).error_ratio, 1.0, 0.0);
    assert_int_equal(test_act(test, ACTION_ROTATE_LOGS, DB, 0.0), ACTION_SUCCEEDED); /* by who mounts it */
    test_run(test, 90.0);
    test_near(test_feel(test, WEB).error_ratio, 0.0, 1e-9);
    test_traffic_free(test);
}

static void test_a_full_disk_fails_a_workloads_writes(void **state)
{
    struct test_traffic *test = test_traffic_new();

    (void)state;
    test->databases[0].volume = NULL;
    test->workloads[WEB_INDEX].volume = VOLUME;
    test_traffic_open(test);
    test_turn(test, VOLUME ":data_bytes", 60.0 * GIB);
    test_run(test, 90.0);
    test_near(test_feel(test, WEB).error_ratio, WRITE_SHARE, 1e-9);
    assert_int_equal(test_act(test, ACTION_EXPAND_VOLUME, "pod/shop/web-1", 0.2), ACTION_SUCCEEDED);
    test_run(test, 90.0);
    test_near(test_feel(test, WEB).error_ratio, 0.0, 1e-9);
    test_traffic_free(test);
}

static void test_a_nodes_disk_is_seen_and_cleaned(void **state)
{
    struct test_traffic *test = open_shop();

    (void)state;
    test_near(test_feel(test, "node/default/n-1").used_ratio, NODE_DISK_USED, 1e-9);
    test_turn(test, "node/default/n-1:log_bytes", 40.0 * GIB);
    test_step(test, 30.0);
    test_near(test_feel(test, "node/default/n-1").used_ratio, NODE_DISK_USED + 0.4, 1e-9);
    assert_int_equal(test_act(test, ACTION_ROTATE_LOGS, "node/default/n-1", 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, "node/default/n-1").used_ratio, NODE_DISK_USED, 1e-9);
    test_traffic_free(test);
}

static void test_a_certificate_is_renewed_validated_deployed(void **state)
{
    struct test_traffic *test = open_shop();

    (void)state;
    test_near(test_value(test, CERTIFICATE ":certificate_days_left"), 60.0, 0.01);
    test_turn(test, CERTIFICATE ":days_lost", 55.0);
    test_turn(test, CERTIFICATE ":renewal_fails", 1.0);
    test_step(test, 30.0);
    test_near(test_feel(test, CERTIFICATE).days_left, 5.0, 0.01);
    assert_int_equal(test_act(test, ACTION_RENEW_CERTIFICATE, CERTIFICATE, 0.0), ACTION_FAILED);
    assert_int_equal(test_act(test, ACTION_VALIDATE_CERTIFICATE, CERTIFICATE, 0.0), ACTION_FAILED);
    assert_int_equal(test_act(test, ACTION_DEPLOY_CERTIFICATE, CERTIFICATE, 0.0), ACTION_FAILED);
    assert_int_equal(test_act(test, ACTION_RENEW_CERTIFICATE_FALLBACK, CERTIFICATE, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_DEPLOY_CERTIFICATE, CERTIFICATE, 0.0), ACTION_FAILED); /* not validated */
    assert_int_equal(test_act(test, ACTION_VALIDATE_CERTIFICATE, CERTIFICATE, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, CERTIFICATE).days_left, 5.0, 0.01); /* not in place yet */
    assert_int_equal(test_act(test, ACTION_DEPLOY_CERTIFICATE, CERTIFICATE, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, CERTIFICATE).days_left, 90.0, 0.01);
    test_turn(test, CERTIFICATE ":days_lost", 0.0);
    test_step(test, 30.0);
    test_near(test_feel(test, CERTIFICATE).days_left, 90.0, 0.01);
    test_traffic_free(test);
}

/* As after a deployment that did not help: the one before is in place again, and the new
 * one has to be looked at once more before it is deployed. */
static void test_a_deployed_certificate_can_be_taken_back(void **state)
{
    struct test_traffic *test = open_shop();

    (void)state;
    test_turn(test, CERTIFICATE ":days_lost", 55.0);
    test_step(test, 30.0);
    assert_int_equal(test_act(test, ACTION_RESTORE_CERTIFICATE, CERTIFICATE, 0.0), ACTION_FAILED); /* none before */
    assert_int_equal(test_act(test, ACTION_RENEW_CERTIFICATE, CERTIFICATE, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_VALIDATE_CERTIFICATE, CERTIFICATE, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_DEPLOY_CERTIFICATE, CERTIFICATE, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, CERTIFICATE).days_left, 90.0, 0.01);
    assert_int_equal(test_act(test, ACTION_RESTORE_CERTIFICATE, CERTIFICATE, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, CERTIFICATE).days_left, 5.0, 0.01);
    assert_int_equal(test_act(test, ACTION_RESTORE_CERTIFICATE, CERTIFICATE, 0.0), ACTION_FAILED); /* once */
    assert_int_equal(test_act(test, ACTION_DEPLOY_CERTIFICATE, CERTIFICATE, 0.0), ACTION_FAILED);
    assert_int_equal(test_act(test, ACTION_VALIDATE_CERTIFICATE, CERTIFICATE, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_DEPLOY_CERTIFICATE, CERTIFICATE, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, CERTIFICATE).days_left, 90.0, 0.01);
    test_traffic_free(test);
}

static void test_an_expired_certificate_fails_its_users(void **state)
{
    struct test_traffic *test = open_shop();

    (void)state;
    test_turn(test, CERTIFICATE ":days_lost", 61.0);
    test_run(test, 90.0);
    assert_true(test_feel(test, CERTIFICATE).days_left < 0.0);
    test_near(test_feel(test, WEB).error_ratio, 1.0, 0.0);
    test_near(test->cluster->workloads.rate[API_INDEX], 0.0, 0.0);
    test_traffic_free(test);
}

static void test_what_renews_itself_does_so_unless_it_fails(void **state)
{
    struct test_traffic *test = test_traffic_new();

    (void)state;
    test->certificates[0].days = 31.0;
    test->certificates[0].renew_before = 30.0;
    test->loads[0].level = 1.0;
    test_traffic_open(test);
    test_turn(test, CERTIFICATE ":renewal_fails", 1.0);
    days_pass(test, 2.0);
    test_near(test_feel(test, CERTIFICATE).days_left, 29.0, 0.1);
    test_turn(test, CERTIFICATE ":renewal_fails", 0.0);
    days_pass(test, 0.1);
    test_near(test_feel(test, CERTIFICATE).days_left, 90.0, 0.2);
    test_traffic_free(test);
}

static uint32_t meant(struct test_traffic *test, const char *id)
{
    return cluster_workload_meant(test->cluster, inventory_find_resource(test->inventory, id, strlen(id)));
}

/* Whose revision, limits or replicas are told as what was there before. */
static void test_a_part_means_its_workload(void **state)
{
    struct test_traffic *test = open_shop();
    uint32_t web = inventory_find_resource(test->inventory, WEB, strlen(WEB));

    (void)state;
    assert_int_equal(meant(test, IMAGE), web);
    assert_int_equal(meant(test, CONFIG), web);
    assert_int_equal(meant(test, WEB), web);
    assert_int_equal(meant(test, WEB_API), web);
    assert_int_equal(meant(test, "pod/shop/web-1"), web);
    assert_int_equal(meant(test, "node/default/n-1"), RESOURCE_NONE);
    test_traffic_free(test);
}

/* Volumes and revisions are seen as they are, so that the value before a change is known. */
static void test_capacity_and_revision_are_seen(void **state)
{
    struct test_traffic *test = open_shop();
    double size = test_value(test, VOLUME ":capacity_bytes"), revision = test_value(test, WEB ":revision");

    (void)state;
    assert_true(size > 0.0 && revision > 0.0);
    assert_int_equal(test_act(test, ACTION_EXPAND_VOLUME, VOLUME, 0.2), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_PATCH_ROLLING, IMAGE, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_value(test, VOLUME ":capacity_bytes"), 1.2 * size, 1.0);
    test_near(test_value(test, WEB ":revision"), revision + 1.0, 0.0);
    assert_int_equal(test_act(test, ACTION_ROLL_BACK_REVISION, WEB, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_value(test, WEB ":revision"), revision, 0.0);
    test_traffic_free(test);
}

static void test_images_are_patched_or_out_of_reach(void **state)
{
    struct test_traffic *test = open_shop();

    (void)state;
    test_turn(test, IMAGE ":vulnerabilities", 3.0);
    test_step(test, 30.0);
    test_near(test_value(test, IMAGE ":vulnerabilities"), 3.0, 0.0);
    assert_int_equal(test_act(test, ACTION_ISOLATE, WEB, 0.0), ACTION_SUCCEEDED);
    test_run(test, 60.0);
    test_near(test_feel(test, IMAGE).vulnerabilities, 0.0, 0.0);
    test_near(test_feel(test, WEB).error_ratio, 1.0, 0.0); /* nor can users reach it */
    assert_int_equal(test_act(test, ACTION_RELEASE, WEB, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, IMAGE).vulnerabilities, 3.0, 0.0);
    assert_int_equal(test_act(test, ACTION_PATCH_STAGING, WEB, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, IMAGE).vulnerabilities, 3.0, 0.0);
    assert_int_equal(test_act(test, ACTION_PATCH_ROLLING, WEB, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, IMAGE).vulnerabilities, 0.0, 0.0);
    test_turn(test, IMAGE ":vulnerabilities", 4.0); /* one more comes out */
    test_step(test, 30.0);
    test_near(test_feel(test, IMAGE).vulnerabilities, 1.0, 0.0);
    test_traffic_free(test);
}

static void test_configs_are_put_right_and_back(void **state)
{
    struct test_traffic *test = open_shop();

    (void)state;
    test_turn(test, CONFIG ":drift", 1.0);
    test_step(test, 30.0);
    test_near(test_value(test, CONFIG ":config_drift"), 1.0, 0.0);
    assert_int_equal(test_act(test, ACTION_RECONCILE_CONFIG, CONFIG, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, CONFIG).drift, 0.0, 0.0);
    assert_int_equal(test_act(test, ACTION_RESTORE_CONFIG, CONFIG, 0.0), ACTION_SUCCEEDED);
    test_step(test, 30.0);
    test_near(test_feel(test, CONFIG).drift, 1.0, 0.0);
    test_turn(test, CONFIG ":drift", 0.0);
    test_step(test, 30.0);
    test_turn(test, CONFIG ":drift", 1.0); /* anew: what was put right does not count */
    test_step(test, 30.0);
    test_near(test_feel(test, CONFIG).drift, 1.0, 0.0);
    test_traffic_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_volume_grows_and_is_cleaned),
        cmocka_unit_test(test_logs_that_go_on_come_back),
        cmocka_unit_test(test_a_full_disk_stops_its_database),
        cmocka_unit_test(test_a_full_disk_fails_a_workloads_writes),
        cmocka_unit_test(test_a_nodes_disk_is_seen_and_cleaned),
        cmocka_unit_test(test_a_certificate_is_renewed_validated_deployed),
        cmocka_unit_test(test_a_deployed_certificate_can_be_taken_back),
        cmocka_unit_test(test_an_expired_certificate_fails_its_users),
        cmocka_unit_test(test_what_renews_itself_does_so_unless_it_fails),
        cmocka_unit_test(test_a_part_means_its_workload),
        cmocka_unit_test(test_capacity_and_revision_are_seen),
        cmocka_unit_test(test_images_are_patched_or_out_of_reach),
        cmocka_unit_test(test_configs_are_put_right_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
