/* world_cluster_test.c - faults of a cluster act from their own instant on, to their own end. */
#include "sim/test_traffic.h"
#include "sim/test_world.h"

enum { OUTAGE, SCANS = 30 };

struct shop {
    struct test_traffic *traffic;
    struct test_world world;
    struct test_log log;
};

/* The shop of test_traffic.h, of which web answers with errors alone while the fault
 * stands; nobody heals. */
static void open_shop(struct shop *shop, const struct fault_spec *fault, heal_duration scan)
{
    struct fault_kind *kind = &shop->world.kinds[OUTAGE];

    *shop = (struct shop){.traffic = test_traffic_new()};
    shop->traffic->spec.interval = scan;
    test_traffic_open(shop->traffic);
    test_world_init(&shop->world);
    *kind = (struct fault_kind){
        .name = "outage",
        .source = "test",
        .issue = ISSUE_POD_CRASH,
        .causes = {test_cause("any", 1.0)},
        .cause_count = 1,
        .strains = {
            .items =
                {{.metric = "error_ratio", .shape = BEND_STEP, .magnitude = 1.0, .low = -INFINITY, .high = INFINITY}},
            .count = 1}};
    shop->world.faults[0] = *fault;
    shop->world.faults[0].kind = kind;
    shop->world.faults[0].target = WEB;
    shop->world.scenario.fault_count = 1;
    shop->world.scenario.resource_count = 0;
    shop->world.scenario.cluster = &shop->traffic->spec;
    shop->world.inventory = shop->traffic->inventory;
    shop->world.policy.rule_count = 0;
    shop->world.policy.scan_interval = scan;
    shop->world.duration = 20 * HEAL_MINUTE;
}

static void run_shop(struct shop *shop)
{
    struct world_config config = test_config(&shop->world);
    struct frame_supply supply = test_supply(&shop->world);
    struct frame_source source;

    config.knobs = shop->traffic->knobs;
    assert_true(supply.open(supply.context, 0, &source));
    assert_true(world_run(&config, &source, (struct record_sink){&shop->log, test_log_put}, &shop->log.counts));
    source.destroy(source.context);
    made_supply_destroy(&supply);
}

static double total(const struct shop *shop, const char *name)
{
    for (size_t i = 0; i < shop->log.count; i++) {
        if (shop->log.items[i].kind == RECORD_TOTAL && strcmp(shop->log.items[i].total.name, name) == 0)
            return shop->log.items[i].total.value;
    }
    fail_msg("no total %s", name);
    return 0.0;
}

/* Seconds of users' requests that failed. */
static double failed_seconds(const struct fault_spec *fault, heal_duration scan)
{
    struct shop shop;

    open_shop(&shop, fault, scan);
    run_shop(&shop);
    double rate = total(&shop, "requests_offered") / (20.0 * 60.0 - heal_duration_seconds(scan));
    double seconds = total(&shop, "requests_failed") / rate;
    test_log_clear(&shop.log);
    test_traffic_free(shop.traffic);
    return seconds;
}

/* 200 requests a second, so a failed second is known to 1 in 14. */
static void fails_for(const struct fault_spec *fault, double wanted)
{
    static const heal_duration SCAN[] = {10 * HEAL_SECOND, 30 * HEAL_SECOND, 60 * HEAL_SECOND};

    for (size_t i = 0; i < sizeof SCAN / sizeof *SCAN; i++) {
        double seconds = failed_seconds(fault, SCAN[i]);
        if (fabs(seconds - wanted) > 0.02 * wanted + 0.2)
            fail_msg("scans of %g s: %.2f s of requests failed, wanted %.2f", heal_duration_seconds(SCAN[i]), seconds,
                     wanted);
    }
}

static void test_a_fault_acts_from_its_onset_to_its_end(void **state)
{
    struct fault_spec within = {.at = 307 * HEAL_SECOND, .lasts = 11 * HEAL_SECOND};
    struct fault_spec across = {.at = 313 * HEAL_SECOND, .lasts = 45 * HEAL_SECOND};
    struct fault_spec on_scans = {.at = 300 * HEAL_SECOND, .lasts = 60 * HEAL_SECOND};

    (void)state;
    fails_for(&within, 11.0);
    fails_for(&across, 45.0);
    fails_for(&on_scans, 60.0);
}

static void test_a_flapping_fault_acts_while_it_shows(void **state)
{
    struct fault_spec flaps = {.at = 301 * HEAL_SECOND,
                               .lasts = 120 * HEAL_SECOND,
                               .shows_for = 7 * HEAL_SECOND,
                               .hides_for = 13 * HEAL_SECOND};

    (void)state;
    fails_for(&flaps, 42.0);
}

/* A fault that begins with a scan is not in what that scan shows. */
static void test_nothing_shows_before_it_is(void **state)
{
    struct fault_spec fault = {.at = 300 * HEAL_SECOND};
    struct shop shop;

    (void)state;
    open_shop(&shop, &fault, SCANS * HEAL_SECOND);
    shop.world.policy.rule_count = 1;
    shop.world.rule.series = "workload/*:error_ratio";
    shop.world.rule.above = 0.5;
    run_shop(&shop);
    for (size_t i = 0; i < shop.log.count; i++) {
        const struct decision *decision = &shop.log.items[i].decision;
        if (shop.log.items[i].kind == RECORD_DECISION && decision->kind == DECISION_ANOMALY_BEGAN) {
            assert_true(test_seconds(decision->at) == 330.0);
            test_log_clear(&shop.log);
            test_traffic_free(shop.traffic);
            return;
        }
    }
    fail_msg("nobody saw the fault");
}

/* When the first fault of the shop's two was over for its users, in seconds; NaN: never. */
static double over_at(heal_duration hides_for, heal_time second)
{
    struct fault_spec first = {.at = 300 * HEAL_SECOND, .shows_for = 120 * HEAL_SECOND, .hides_for = hides_for};
    struct shop shop;
    double end = NAN;

    open_shop(&shop, &first, SCANS * HEAL_SECOND);
    shop.world.faults[1] = shop.world.faults[0];
    shop.world.faults[1].at = second;
    shop.world.faults[1].shows_for = shop.world.faults[1].hides_for = 0;
    shop.world.scenario.fault_count = second > 0 ? 2 : 1;
    shop.world.duration = 30 * HEAL_MINUTE;
    run_shop(&shop);
    for (size_t i = 0; i < shop.log.count; i++) {
        const struct fault_record *fault = &shop.log.items[i].fault;
        if (shop.log.items[i].kind == RECORD_FAULT && test_seconds(fault->onset) == 300.0 &&
            fault->end != HEAL_TIME_NEVER)
            end = test_seconds(fault->end);
    }
    test_log_clear(&shop.log);
    test_traffic_free(shop.traffic);
    return end;
}

/* It shows for two minutes from minute 5 and stands to the end. Over when nobody felt it
 * for ten minutes; not if it comes back, but what strikes later is not its doing. */
static void test_a_later_fault_does_not_undo_the_end_of_an_earlier_one(void **state)
{
    (void)state;
    double end = over_at(HEAL_HOUR, 0);

    assert_true(end >= 420.0 && end <= 480.0);
    assert_true(over_at(HEAL_HOUR, 22 * HEAL_MINUTE) == end);
    assert_true(isnan(over_at(11 * HEAL_MINUTE, 0)));         /* back from minute 18 to 20: too late for ten more */
    assert_true(isnan(over_at(HEAL_HOUR, 12 * HEAL_MINUTE))); /* ten minutes had not passed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fault_acts_from_its_onset_to_its_end),
        cmocka_unit_test(test_a_flapping_fault_acts_while_it_shows),
        cmocka_unit_test(test_nothing_shows_before_it_is),
        cmocka_unit_test(test_a_later_fault_does_not_undo_the_end_of_an_earlier_one),
    };
    return cmocka_run_group_tests_name("world_cluster", tests, NULL, NULL);
}
