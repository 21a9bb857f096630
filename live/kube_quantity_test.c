/* kube_quantity_test.c - quantities are read as Kubernetes reads them, and scaled in whole units. */
#include "live/kube_quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_texts_have_known_values(void **state)
{
    static const struct {
        const char *text;
        int64_t milli;
    } KNOWN[] = {
        {"0", 0},
        {"1", 1000},
        {"500m", 500},
        {"0.5", 500},
        {".5", 500},
        {"1.", 1000},
        {"1k", 1000000},
        {"1Ki", 1024000},
        {"512Mi", INT64_C(536870912000)},
        {"1.5Gi", INT64_C(1610612736000)},
        {"2e3", 2000000},
        {"2E3", 2000000},
        {"1e-3", 1},
        {"100u", 1},
        {"1n", 1},
        {"1500000u", 1500},
        {"+3", 3000},
        {"1M", INT64_C(1000000000)},
        {"1E", -1},
        {"9Ei", -1},
    };
    (void)state;

    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        int64_t milli = 0;
        assert_int_equal(kube_quantity_parse(KNOWN[i].text, &milli), KNOWN[i].milli >= 0);
        if (KNOWN[i].milli >= 0)
            assert_int_equal(milli, KNOWN[i].milli);
    }
}

static void test_what_is_none_is_refused(void **state)
{
    static const char *const NONE[] = {"", "m", "-1", "1 Gi", "Gi", "1GiB", "1.2.3", "e3", "1e", "1e 3", "0x10", "1kk"};
    int64_t milli = 77;
    (void)state;

    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++)
        assert_false(kube_quantity_parse(NONE[i], &milli));
    assert_int_equal(milli, 77);
}

static const char *scaled(const char *text, double ratio, bool binary, char out[KUBE_QUANTITY_TEXT])
{
    int64_t milli;

    assert_true(kube_quantity_parse(text, &milli));
    assert_true(kube_quantity_scale(milli, ratio, binary, &milli));
    return kube_quantity_format(milli, binary, out);
}

static void test_more_is_in_whole_units_and_never_less(void **state)
{
    char out[KUBE_QUANTITY_TEXT];
    (void)state;

    assert_string_equal(scaled("512Mi", 0.5, true, out), "768Mi");
    assert_string_equal(scaled("1Gi", 0.2, true, out), "1229Mi"); /* 1228.8 */
    assert_string_equal(scaled("1000", 0.5, true, out), "1500");  /* under a MiB: bytes */
    assert_string_equal(scaled("500m", 0.5, false, out), "750m");
    assert_string_equal(scaled("1", 1, false, out), "2");
    assert_string_equal(scaled("333m", 0.1, false, out), "367m"); /* 366.3 */
    assert_string_equal(scaled("750m", 1 / 1.5 - 1, false, out), "500m");
    assert_string_equal(scaled("768Mi", 1 / 1.5 - 1, true, out), "512Mi");
}

static void test_too_much_is_refused(void **state)
{
    int64_t out;
    (void)state;

    assert_false(kube_quantity_scale(INT64_MAX / 2, 3, true, &out));
    assert_false(kube_quantity_scale(1000, -1, true, &out));
    assert_false(kube_quantity_scale(1000, 0.0 / 0.0, true, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_have_known_values),
        cmocka_unit_test(test_what_is_none_is_refused),
        cmocka_unit_test(test_more_is_in_whole_units_and_never_less),
        cmocka_unit_test(test_too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
