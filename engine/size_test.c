#include "engine/size.h"

#include "engine/test_engine.h"

static bool parse(const char *text, uint64_t *out)
{
    return size_parse(text, strlen(text), out);
}

static void test_units_are_powers_of_1024(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } known[] = {{"1", 1},
                 {"1000", 1000},
                 {"64Ki", 65536},
                 {"512Mi", 536870912},
                 {"2Gi", UINT64_C(2147483648)},
                 {"1Ti", UINT64_C(1099511627776)},
                 {"1024Ti", SIZE_MAX_BYTES}};
    char text[SIZE_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint64_t bytes = 0;
        assert_true(parse(known[i].text, &bytes));
        assert_int_equal(bytes, known[i].bytes);
        assert_true(parse(size_format(bytes, text), &bytes)); /* reads back as the same */
        assert_int_equal(bytes, known[i].bytes);
    }
    assert_string_equal(size_format(536870912, text), "512Mi");
    assert_string_equal(size_format(1536, text), "1536");
}

static void test_what_is_no_size_is_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "0",
                                        "0Mi",
                                        "-1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1.5Gi",
                                        "Mi",
                                        "1M",
                                        "1mi",
                                        "1Mib",
                                        "1Pi",
                                        "1e3",
                                        "1K",
                                        "1025Ti",
                                        "99999999999999999999"};
    uint64_t bytes = 7;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(parse(wrong[i], &bytes));
    assert_int_equal(bytes, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_are_powers_of_1024),
        cmocka_unit_test(test_what_is_no_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
