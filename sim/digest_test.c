/* digest_test.c - known SHA-256 answers, and that every decision and its place count.
 *
 * The answers are those of Python's hashlib over the bytes that journal.h
 * promises, packed there by struct.pack; the first is FIPS 180's empty message. */
#include "sim/digest.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void digest_of(const struct decision *decisions, size_t count, char text[DIGEST_TEXT])
{
    struct digest *digest = digest_create();

    assert_non_null(digest);
    for (size_t i = 0; i < count; i++)
        assert_true(digest_add(digest, &decisions[i]));
    assert_true(digest_finish(digest, text));
    digest_destroy(digest);
}

static struct decision some_decision(void)
{
    return (struct decision){
        .sequence = 1,
        .at = INT64_C(1767225600000000000),
        .kind = DECISION_ACTION_STARTED,
        .type = ISSUE_HIGH_CPU,
        .severity = SEVERITY_HIGH,
        .action_kind = ACTION_RESTART_POD,
        .outcome = ACTION_FAILED,
        .status = REMEDIATION_ESCALATED,
        .gate = GATE_APPROVAL,
        .resource = 5,
        .series = 6,
        .strategy = 7,
        .attempt = 8,
        .issue = 9,
        .remediation = 10,
        .action = 11,
        .value = 0.5,
        .reference = -0.25,
        .score = NAN,
        .by_baseline = true,
        .rollback = true,
        .health = {1, 2, 3, 4, 100},
    };
}

static void test_no_decision_gives_the_hash_of_nothing(void **state)
{
    (void)state;
    char text[DIGEST_TEXT];

    digest_of(NULL, 0, text);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_decisions_give_the_hash_of_their_bytes(void **state)
{
    (void)state;
    const struct decision decisions[] = {{0}, some_decision()};
    char text[DIGEST_TEXT];

    digest_of(decisions, 1, text); /* 128 zero bytes */
    assert_string_equal(text, "38723a2e5e8a17aa7950dc008209944e898f69a7bd10a23c839d341e935fd5ca");
    digest_of(decisions + 1, 1, text);
    assert_string_equal(text, "5df74ea07cc225e9ba7adc8836ec9d099159f7826456e5cbd5c0801f0890ef9a");
    digest_of(decisions, 2, text);
    assert_string_equal(text, "dd125a63083c2cafdee82b0cdd914e4e636923c21518b9acc3bd9689b8169ffb");
}

static void test_order_and_every_field_change_it(void **state)
{
    (void)state;
    struct decision changed[23];
    size_t count = sizeof changed / sizeof changed[0], n = 0;
    char texts[23][DIGEST_TEXT], forth[DIGEST_TEXT], back[DIGEST_TEXT];

    for (size_t i = 0; i < count; i++)
        changed[i] = some_decision();
    n++; /* the first stays as it is */
    changed[n++].sequence++;
    changed[n++].at++;
    changed[n++].kind = DECISION_ACTION_ENDED;
    changed[n++].type = ISSUE_NONE;
    changed[n++].severity = SEVERITY_LOW;
    changed[n++].action_kind = ACTION_DELETE_POD;
    changed[n++].outcome = ACTION_SUCCEEDED;
    changed[n++].status = REMEDIATION_FAILED;
    changed[n++].gate = GATE_NONE;
    changed[n++].resource = RESOURCE_NONE;
    changed[n++].series++;
    changed[n++].strategy++;
    changed[n++].attempt++;
    changed[n++].issue++;
    changed[n++].remediation++;
    changed[n++].action++;
    changed[n++].value = nextafter(0.5, 1.0);
    changed[n++].reference = 0.25;
    changed[n++].score = 0.0;
    changed[n++].by_baseline = false;
    changed[n++].rollback = false;
    changed[n++].health[COMPONENT_SECURITY] = 99;
    assert_int_equal(n, count);
    for (size_t i = 0; i < count; i++) {
        digest_of(&changed[i], 1, texts[i]);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(texts[i], texts[j]);
    }
    digest_of((const struct decision[]){changed[0], changed[1]}, 2, forth);
    digest_of((const struct decision[]){changed[1], changed[0]}, 2, back);
    assert_string_not_equal(forth, back);
}

/* Which NaN it is, and the sign of a zero, depend on the machine. */
static void test_machine_details_do_not_change_it(void **state)
{
    (void)state;
    struct decision one = some_decision(), other = some_decision();
    char a[DIGEST_TEXT], b[DIGEST_TEXT];

    one.value = 0.0;
    other.value = -0.0;
    other.score = -nan("0x123");
    digest_of(&one, 1, a);
    digest_of(&other, 1, b);
    assert_string_equal(a, b);
}

static void test_destroy_takes_null_and_unfinished(void **state)
{
    (void)state;
    struct digest *digest = digest_create();
    struct decision decision = some_decision();

    assert_true(digest_add(digest, &decision));
    digest_destroy(digest);
    digest_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_decision_gives_the_hash_of_nothing),
        cmocka_unit_test(test_decisions_give_the_hash_of_their_bytes),
        cmocka_unit_test(test_order_and_every_field_change_it),
        cmocka_unit_test(test_machine_details_do_not_change_it),
        cmocka_unit_test(test_destroy_takes_null_and_unfinished),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
