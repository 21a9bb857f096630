/* status_test.c - counters, and events that slow readers may miss but not confuse. */
#include "live/status.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void tell(struct status *status, enum decision_kind kind, int64_t second, enum remediation_status how)
{
    struct decision decision = {.at = second * HEAL_SECOND,
                                .kind = kind,
                                .type = ISSUE_HIGH_CPU,
                                .severity = SEVERITY_HIGH,
                                .status = how,
                                .score = 80.0,
                                .value = 2.0,
                                .reference = 1.0};
    status_decision(status, &decision,
                    &(struct event_rows){.issue = 4, .remediation = 9, .resource = "pod/a/\"b\\", .strategy = "s"});
}

static void test_decisions_are_counted(void **state)
{
    struct status *status = status_create(1);
    struct status_view view;
    (void)state;

    status_read(status, &view);
    assert_true(isnan(view.overall) && !view.ready);
    tell(status, DECISION_ISSUE_OPENED, 10, 0);
    tell(status, DECISION_REMEDIATION_STARTED, 10, 0);
    tell(status, DECISION_REMEDIATION_ENDED, 22, REMEDIATION_SUCCESS);
    tell(status, DECISION_HEALTH, 30, 0);
    status_read(status, &view);
    assert_int_equal(view.issues[ISSUE_HIGH_CPU][SEVERITY_HIGH], 1);
    assert_int_equal(view.remediations[REMEDIATION_SUCCESS], 1);
    assert_int_equal(view.duration_buckets[2], 1); /* over 5 s, up to 15 s */
    assert_float_equal(view.duration_sum, 12.0, 0);
    assert_float_equal(view.overall, 80.0, 0);
    assert_int_equal(view.auto_remediated, 1);
    status_destroy(status);
}

static void test_events_come_in_order_and_losses_are_told(void **state)
{
    struct status *status = status_create(1);
    char event[EVENT_TEXT], json[64];
    uint64_t seen = 0, missed;
    (void)state;

    tell(status, DECISION_ISSUE_OPENED, 10, 0);
    assert_true(status_next_event(status, &seen, HEAL_SECOND, event, &missed));
    assert_non_null(strstr(event, "\"kind\":\"issue_opened\""));
    assert_non_null(strstr(event, "\"resource\":\"pod/a/\\\"b\\\\\""));
    for (int i = 0; i < EVENTS_KEPT + 10; i++) {
        snprintf(json, sizeof json, "{\"n\":%d}", i);
        status_event(status, json);
    }
    assert_true(status_next_event(status, &seen, HEAL_SECOND, event, &missed));
    assert_int_equal(missed, 10);
    assert_string_equal(event, "{\"n\":10}");
    assert_int_equal(status_last_event(status), EVENTS_KEPT + 11);
    status_close(status);
    assert_true(status_is_closed(status));
    assert_false(status_next_event(status, &seen, HEAL_DAY, event, &missed)); /* does not wait */
    status_destroy(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions_are_counted),
        cmocka_unit_test(test_events_come_in_order_and_losses_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
