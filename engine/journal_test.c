#include "engine/journal.h"

#include "engine/test_engine.h"

/* One value per field that is found again in the bytes. */
static struct decision sample(void)
{
    return (struct decision){
        .sequence = UINT64_C(0x0102030405060708),
        .at = -2,
        .kind = DECISION_ACTION_ENDED,
        .type = ISSUE_NONE,
        .severity = SEVERITY_CRITICAL,
        .action_kind = ACTION_KIND_COUNT,
        .outcome = ACTION_TIMED_OUT,
        .status = REMEDIATION_ESCALATED,
        .gate = GATE_APPROVAL,
        .resource = UINT32_C(0xa1a2a3a4),
        .series = SERIES_NONE,
        .strategy = 7,
        .attempt = 3,
        .issue = 11,
        .remediation = 12,
        .action = 13,
        .value = 1.0,
        .reference = -2.0,
        .score = NAN,
        .by_baseline = true,
        .rollback = false,
        .health = {100.0, 99.5, 0.0, 1.0, 2.0},
    };
}

static void test_the_bytes_are_the_fields_in_order_and_little_endian(void **state)
{
    static const unsigned char wanted[DECISION_BYTES] = {
        8,
        7,
        6,
        5,
        4,
        3,
        2,
        1,
        0xfe,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff, /* sequence, at */
        DECISION_ACTION_ENDED,
        9,
        3,
        ACTION_KIND_COUNT,
        2,
        3,
        8,
        1, /* kind .. gate, flags */
        0xa4,
        0xa3,
        0xa2,
        0xa1,
        0xff,
        0xff,
        0xff,
        0xff,
        7,
        0,
        0,
        0,
        3,
        0,
        0,
        0, /* resource .. attempt */
        11,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        12,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        13,
        0,
        0,
        0,
        0,
        0,
        0,
        0, /* issue .. action */
        0,
        0,
        0,
        0,
        0,
        0,
        0xf0,
        0x3f,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0xc0,
        0,
        0,
        0,
        0,
        0,
        0,
        0xf8,
        0x7f, /* 1, -2, NaN */
        0,
        0,
        0,
        0,
        0,
        0,
        0x59,
        0x40,
        0,
        0,
        0,
        0,
        0,
        0xe0,
        0x58,
        0x40,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0, /* 100, 99.5, 0 */
        0,
        0,
        0,
        0,
        0,
        0,
        0xf0,
        0x3f,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0x40, /* 1, 2 */
    };
    struct decision decision = sample();
    unsigned char bytes[DECISION_BYTES];

    (void)state;
    decision_encode(&decision, bytes);
    assert_memory_equal(bytes, wanted, sizeof bytes);
}

static void test_bytes_do_not_depend_on_the_memory_between_the_fields(void **state)
{
    unsigned char bytes[2][DECISION_BYTES];
    struct decision from = sample();

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct decision decision;
        memset(&decision, i ? 0xff : 0, sizeof decision);
        decision = from;
        memset(bytes[i], i ? 0xff : 0, sizeof bytes[i]);
        decision_encode(&decision, bytes[i]);
    }
    assert_memory_equal(bytes[0], bytes[1], DECISION_BYTES);
}

static void test_all_nans_are_one_and_both_zeros_are_one(void **state)
{
    static const uint64_t nans[] = {UINT64_C(0x7ff8000000000000), UINT64_C(0xfff8000000000000),
                                    UINT64_C(0x7ff800000000beef), UINT64_C(0x7ff0000000000001)};
    struct decision decision = sample();
    unsigned char first[DECISION_BYTES], bytes[DECISION_BYTES];

    (void)state;
    decision.value = NAN;
    decision.health[4] = 0.0;
    decision_encode(&decision, first);
    for (size_t i = 0; i < sizeof nans / sizeof nans[0]; i++) {
        memcpy(&decision.value, &nans[i], sizeof nans[i]);
        decision.health[4] = -0.0;
        decision_encode(&decision, bytes);
        assert_memory_equal(bytes, first, sizeof bytes);
    }
}

/* Every field is in the digest: a run that differs in any of them is another. */
static void test_a_change_in_any_field_changes_the_bytes(void **state)
{
    enum { FIELDS = 24 + COMPONENT_COUNT };
    unsigned char seen[FIELDS][DECISION_BYTES];

    (void)state;
    for (int field = 0; field < FIELDS; field++) {
        struct decision d = sample();
        switch (field) {
        case 1:
            d.sequence++;
            break;
        case 2:
            d.at++;
            break;
        case 3:
            d.kind = DECISION_HEALTH;
            break;
        case 4:
            d.type = ISSUE_HIGH_CPU;
            break;
        case 5:
            d.severity = SEVERITY_LOW;
            break;
        case 6:
            d.action_kind = ACTION_DRAIN;
            break;
        case 7:
            d.outcome = ACTION_FAILED;
            break;
        case 8:
            d.status = REMEDIATION_FAILED;
            break;
        case 9:
            d.gate = GATE_NONE;
            break;
        case 10:
            d.resource++;
            break;
        case 11:
            d.series--;
            break;
        case 12:
            d.strategy++;
            break;
        case 13:
            d.attempt++;
            break;
        case 14:
            d.issue++;
            break;
        case 15:
            d.remediation++;
            break;
        case 16:
            d.action++;
            break;
        case 17:
            d.value = nextafter(d.value, 2.0);
            break;
        case 18:
            d.reference = -d.reference;
            break;
        case 19:
            d.score = 0.0;
            break;
        case 20:
            d.by_baseline = false;
            break;
        case 21:
            d.rollback = true;
            break;
        case 22:
            d.by_forecast = true;
            break;
        case 23:
            d.amount_unit = AMOUNT_BYTES;
            break;
        default:
            if (field > 23)
                d.health[field - 24] += 0.5;
        }
        decision_encode(&d, seen[field]);
        for (int other = 0; other < field; other++)
            assert_memory_not_equal(seen[other], seen[field], DECISION_BYTES);
    }
}

/* Who gave a command stands where a health score has its parts. */
static void test_who_gave_a_command_is_in_the_bytes(void **state)
{
    struct decision decision = sample();
    unsigned char ann[DECISION_BYTES], bob[DECISION_BYTES];

    (void)state;
    decision.kind = DECISION_COMMAND;
    memset(decision.who, 0, sizeof decision.who);
    memcpy(decision.who, "person ann", 10);
    decision_encode(&decision, ann);
    assert_memory_equal(ann + DECISION_BYTES - WHO_BYTES, decision.who, WHO_BYTES);
    memcpy(decision.who, "person bob", 10);
    decision_encode(&decision, bob);
    assert_memory_not_equal(ann, bob, DECISION_BYTES);
}

static void test_every_kind_and_gate_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DECISION_KIND_COUNT; i++) {
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(decision_kind_name((enum decision_kind)i),
                                    decision_kind_name((enum decision_kind)k));
    }
    for (unsigned i = 0; i < GATE_COUNT; i++) {
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(gate_name((enum gate)i), gate_name((enum gate)k));
    }
    assert_string_equal(decision_kind_name(DECISION_ISSUE_OPENED), "issue_opened");
    assert_string_equal(gate_name(GATE_NONE), "none");
    assert_string_equal(decision_kind_name(DECISION_KIND_COUNT), "unknown");
    assert_string_equal(gate_name(GATE_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_bytes_are_the_fields_in_order_and_little_endian),
        cmocka_unit_test(test_bytes_do_not_depend_on_the_memory_between_the_fields),
        cmocka_unit_test(test_all_nans_are_one_and_both_zeros_are_one),
        cmocka_unit_test(test_a_change_in_any_field_changes_the_bytes),
        cmocka_unit_test(test_who_gave_a_command_is_in_the_bytes),
        cmocka_unit_test(test_every_kind_and_gate_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
