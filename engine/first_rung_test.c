/* What an engine does first by what it sees: one pod or many, a change not long before, trouble
 * that came back, a pod that is gone, a link whose end is sick. One workload of three pods. */
#include "engine/test_engine.h"

enum { P1, P2, P3, REVISION, LINK, CALLEE, SERIES_HERE };

static const double GOOD = 1, BAD = 20;

static struct bed *make_bed(void)
{
    struct bed *bed = bed_create(SERIES_HERE, "pod/s/a-1:latency", "pod/s/a-2:latency", "pod/s/a-3:latency",
                                 "workload/s/a:revision", "link/s/a-b:latency", "pod/s/b-1:latency");

    for (int i = 1; i <= 3; i++) {
        char pod[] = "pod/s/a-0";
        pod[sizeof pod - 2] = (char)('0' + i);
        bed_relate(bed, pod, RELATION_OWNED_BY, "workload/s/a");
    }
    bed_relate(bed, "link/s/a-b", RELATION_CALLS, "pod/s/b-1");
    bed_rule(bed, "*:revision", ISSUE_NONE)->change = true;
    struct policy_rule *rule = bed_rule(bed, "*:latency", ISSUE_NETWORK_LATENCY);
    rule->above = 10;
    rule->symptom = true;
    for (size_t i = 0; i < SERIES_HERE; i++)
        bed->values[i] = GOOD;
    return bed;
}

static void learn(struct bed *bed)
{
    bed_start(bed, 1);
    for (int i = 0; i < 40; i++)
        bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 0);
}

static void test_one_pods_remedy_is_for_one_pod(void **state)
{
    for (int sick = 1; sick <= 3; sick++) {
        struct bed *bed = make_bed();
        (void)state;
        bed_strategy(bed, "one", ISSUE_NETWORK_LATENCY, ACTION_RESCHEDULE_POD)->spread = ISSUE_SPREAD_ONE;
        bed_strategy(bed, "many", ISSUE_NETWORK_LATENCY, ACTION_SCALE_OUT)->spread = ISSUE_SPREAD_MANY;
        learn(bed);
        for (int i = 0; i < sick; i++)
            bed->values[P1 + i] = BAD;
        bed_frame(bed, 10);
        assert_int_equal(bed->actions[0].kind, sick == 1 ? ACTION_RESCHEDULE_POD : ACTION_SCALE_OUT);
        bed_destroy(bed);
    }
}

/* Where no rung fits what is seen, a person is called, and nothing is tried. */
static void test_what_fits_nothing_is_left_to_a_person(void **state)
{
    struct bed *bed = make_bed();

    (void)state;
    bed_strategy(bed, "many", ISSUE_NETWORK_LATENCY, ACTION_SCALE_OUT)->spread = ISSUE_SPREAD_MANY;
    learn(bed);
    bed_frame_with(bed, 10, P2, BAD);
    assert_int_equal(bed_deeds(bed), 0);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 1);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_ESCALATED);
    bed_destroy(bed);
}

static enum action_kind first_deed(double minutes_since_change)
{
    struct bed *bed = make_bed();

    bed_strategy(bed, "back", ISSUE_NETWORK_LATENCY, ACTION_ROLL_BACK_REVISION)->after_change = HEAL_HOUR;
    bed_strategy(bed, "else", ISSUE_NETWORK_LATENCY, ACTION_RESTART_POD);
    learn(bed);
    if (minutes_since_change >= 0) {
        bed_frame_with(bed, 10, REVISION, 2);
        bed_frame(bed, 60 * minutes_since_change - 10);
    }
    bed_frame_with(bed, 10, P2, BAD);
    enum action_kind first = bed->actions[0].kind;
    bed_destroy(bed);
    return first;
}

static void test_a_way_back_is_first_soon_after_a_change(void **state)
{
    (void)state;
    assert_int_equal(first_deed(-1), ACTION_RESTART_POD);
    assert_int_equal(first_deed(1), ACTION_ROLL_BACK_REVISION);
    assert_int_equal(first_deed(60), ACTION_ROLL_BACK_REVISION);
    assert_int_equal(first_deed(61), ACTION_RESTART_POD);
}

/* It goes back once: what it rolled back to is not a change to go back from. */
static void test_a_way_back_is_taken_once(void **state)
{
    struct bed *bed = make_bed();

    (void)state;
    struct strategy *back = bed_strategy(bed, "back", ISSUE_NETWORK_LATENCY, ACTION_ROLL_BACK_REVISION);
    back->after_change = HEAL_HOUR;
    back->steps[0].target = STEP_TARGET_OWNER;
    bed_strategy(bed, "else", ISSUE_NETWORK_LATENCY, ACTION_RESTART_POD);
    learn(bed);
    bed_frame_with(bed, 10, REVISION, 2);
    bed_frame_with(bed, 10, P2, BAD);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed->values[REVISION] = 1;
    bed_frame_with(bed, 10, P2, GOOD);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_SUCCESS);
    bed_frame_with(bed, 1200, P3, BAD); /* another pod, within the hour of the change */
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RESTART_POD);
    bed_destroy(bed);
}

static void sick_and_healed(struct bed *bed, size_t pod)
{
    bed_frame_with(bed, 600, pod, BAD);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 10, pod, GOOD);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_SUCCESS);
}

/* A remedy that helped and did not last: it is done again, and somebody is called. */
static void test_what_comes_back_is_healed_and_told(void **state)
{
    struct bed *bed = make_bed();

    (void)state;
    bed_strategy(bed, "restart", ISSUE_NETWORK_LATENCY, ACTION_RESTART_POD);
    bed->policy.guards.comebacks_resource = 1;
    bed->policy.guards.comebacks_workload = 3;
    bed->policy.guards.comebacks_within = 6 * HEAL_HOUR;
    bed->policy.guards.call_again = 3 * HEAL_HOUR;
    learn(bed);
    sick_and_healed(bed, P1);
    sick_and_healed(bed, P2);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 0);
    sick_and_healed(bed, P1);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 1);
    sick_and_healed(bed, P1); /* told already */
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 1);
    sick_and_healed(bed, P3); /* its first time, but the fifth of the workload */
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 2);
    assert_int_equal(bed_count_actions(bed, ACTION_RESTART_POD), 5);
    bed_destroy(bed);
}

/* A roll back makes new pods: one of which nothing is seen any more is not sick, as long as
 * others of its workload are seen. Of a node that went silent nobody knows. */
static void test_a_pod_that_is_gone_is_not_sick(void **state)
{
    for (int others = 0; others < 2; others++) {
        struct bed *bed = make_bed();
        (void)state;
        bed->policy.gone_after = HEAL_MINUTE;
        bed_strategy(bed, "move", ISSUE_NETWORK_LATENCY, ACTION_RESCHEDULE_POD);
        learn(bed);
        bed_frame_with(bed, 10, P1, BAD);
        bed_answer(bed, 1, ACTION_SUCCEEDED);
        bed->values[P1] = NAN;
        if (others == 0)
            bed->values[P2] = bed->values[P3] = NAN;
        bed_frame(bed, 10);
        bed_frame(bed, 39); /* 59 s after the last sample, which was bad */
        assert_int_equal(bed_count(bed, DECISION_ANOMALY_ENDED), 0);
        bed_frame(bed, 20);
        assert_int_equal(bed_count(bed, DECISION_ANOMALY_ENDED), others);
        assert_int_equal(bed_count(bed, DECISION_ATTEMPT_VERIFIED), others);
        bed_destroy(bed);
    }
}

/* What is seen on the way is the trouble of a pod at its end where one pod has it, and the
 * link's where the others have it, too, or none has. */
static void test_a_link_is_told_apart_from_its_ends(void **state)
{
    for (int sick = 0; sick <= 3; sick++) {
        struct bed *bed = make_bed();
        (void)state;
        bed->rules[bed->policy.rule_count - 1].hold = 30 * HEAL_SECOND;
        struct policy_rule *rule = bed_rule(bed, "*:latency", ISSUE_NETWORK_LATENCY);
        *rule = bed->rules[bed->policy.rule_count - 2];
        bed->rules[bed->policy.rule_count - 2].series = "link/*:latency"; /* the link speaks sooner */
        bed->rules[bed->policy.rule_count - 2].hold = 0;
        learn(bed);
        bed->values[LINK] = BAD;
        for (int i = 0; i < sick; i++)
            bed->values[P1 + i] = BAD;
        bed_frame(bed, 10);
        assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), sick != 1);
        bed_frame(bed, 30);
        assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 1);
        assert_int_equal(bed_last(bed, DECISION_ISSUE_OPENED)->resource,
                         bed_find(bed, sick == 1 ? "pod/s/a-1" : "link/s/a-b"));
        bed_destroy(bed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_pods_remedy_is_for_one_pod),
        cmocka_unit_test(test_what_fits_nothing_is_left_to_a_person),
        cmocka_unit_test(test_a_way_back_is_first_soon_after_a_change),
        cmocka_unit_test(test_a_way_back_is_taken_once),
        cmocka_unit_test(test_what_comes_back_is_healed_and_told),
        cmocka_unit_test(test_a_pod_that_is_gone_is_not_sick),
        cmocka_unit_test(test_a_link_is_told_apart_from_its_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
