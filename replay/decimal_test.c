#include "replay/decimal.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEED UINT64_C(20220822)

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Reads `text` as it stands in a file: other cells before it, a comma behind. */
static bool read_cell(const char *before, const char *text, double *out)
{
    char line[256];
    int start = snprintf(line, sizeof line, "2022-08-22T03:51:00Z,%s,", before);
    snprintf(line + start, sizeof line - (size_t)start, "%s,", text);
    return decimal_read(line + start, strlen(text), out);
}

static void check_against_strtod(const char *before, const char *text)
{
    double read;
    double expected = strtod(text, NULL);
    if (!read_cell(before, text, &read))
        fail_msg("refused \"%s\"", text);
    if (memcmp(&read, &expected, sizeof read) != 0)
        fail_msg("\"%s\" read as %a, expected %a", text, read, expected);
}

static void test_known_numbers_are_strtods_to_the_bit(void **state)
{
    static const char *const right[] = {"0",
                                        "-0",
                                        "1",
                                        "-1",
                                        "0.0587494",
                                        "2.11014e+08",
                                        "29341.7",
                                        "144470",
                                        "1e5",
                                        "1E-05",
                                        "5.",
                                        ".5",
                                        "-.5",
                                        "00012",
                                        "9007199254740992",
                                        "9007199254740993",
                                        "9007199254740995",
                                        "123456789012345",
                                        "1234567890123456",
                                        "0.1",
                                        "0.3",
                                        "0.00542241",
                                        "0.000012345678",
                                        "0.1234567890123456789",
                                        "12345678.12345678",
                                        "1e22",
                                        "1e23",
                                        "1e-22",
                                        "1e-23",
                                        "1.7976931348623157e308",
                                        "4.9e-324",
                                        "2.2250738585072011e-308",
                                        "1e-400",
                                        "3.14159e+00",
                                        "+7",
                                        "+7.5e+1",
                                        "1e0005",
                                        "8.5",
                                        "0.5e1",
                                        "179769313486231570000000000000000000000"};
    static const char *const before[] = {"", "1.5", "e", ".", "-", "3e+08", "12345678"};
    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        for (size_t j = 0; j < sizeof before / sizeof before[0]; j++)
            check_against_strtod(before[j], right[i]);
    }
}

static void test_what_is_no_finite_decimal_is_refused(void **state)
{
    static const char *const wrong[] = {"-",
                                        "+",
                                        ".",
                                        "-.",
                                        "e5",
                                        "1e",
                                        "1e+",
                                        "1e-",
                                        "--1",
                                        "+-1",
                                        "1.2.3",
                                        "1..2",
                                        "1 ",
                                        " 1",
                                        "0x10",
                                        "nan",
                                        "NaN",
                                        "inf",
                                        "-inf",
                                        "Infinity",
                                        "1e999",
                                        "-1e999",
                                        "1,5",
                                        "1_000",
                                        "12a4567",
                                        "1234567a",
                                        "a2345678",
                                        "12345678a12345",
                                        "a12345678901",
                                        "1/2",
                                        "1:2",
                                        "1e+0a",
                                        "1ea8",
                                        ".e+08",
                                        "-e+08",
                                        "e+08",
                                        "1.5e+0",
                                        "1\t",
                                        "\xd9\xa1",
                                        "1e5.5",
                                        "1.e",
                                        "12345.67890.12"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        double out = 42.0;
        bool good = strtod(wrong[i], NULL) == 1.5; /* "1.5e+0" is well-formed */
        if (read_cell("7.25", wrong[i], &out) != good)
            fail_msg("\"%s\"", wrong[i]);
    }
}

static void print_random(char *text, size_t size, uint64_t *state)
{
    static const char *const formats[] = {"%.6g", "%.7g", "%.3f", "%.17g", "%.0f", "%.9f", "%.15e", "%.2e", "%.12g"};
    uint64_t bits = draw(state);
    double value;
    memcpy(&value, &bits, sizeof value);
    switch (draw(state) % 3) {
    case 0:
        value = (double)(int64_t)draw(state) * 0x1p-40;
        break;
    case 1:
        value = (double)(draw(state) % 2000000) / 1000.0;
        break;
    default:
        if (!(value > -1e15 && value < 1e15))
            value = 0.25;
    }
    snprintf(text, size, formats[draw(state) % (sizeof formats / sizeof formats[0])], value);
}

static void test_random_numbers_are_strtods_to_the_bit(void **state)
{
    uint64_t seed = SEED;
    char text[400];
    char before[400] = "";
    (void)state;
    print_message("seed %" PRIu64 "\n", seed);
    for (int i = 0; i < 400000; i++) {
        print_random(text, sizeof text, &seed);
        check_against_strtod(before, text);
        memcpy(before, text, sizeof before);
        before[20] = '\0';
    }
}

/* 15 to 21 digits with a point anywhere, many of them half way between doubles. */
static void test_long_decimals_are_strtods_to_the_bit(void **state)
{
    uint64_t seed = SEED + 2;
    char digits[80];
    char text[96];
    (void)state;
    print_message("seed %" PRIu64 "\n", seed);
    for (int i = 0; i < 400000; i++) {
        int count = 15 + (int)(draw(&seed) % 7);
        uint64_t whole = draw(&seed);
        if (draw(&seed) % 4 == 0) /* 54 bits, the last one set: a tie */
            whole = (whole >> 10 | UINT64_C(1) << 53 | 1) << draw(&seed) % 3;
        int length = snprintf(digits, sizeof digits, "%" PRIu64, whole);
        length = length < count ? length : count;
        int whole_digits = (int)(draw(&seed) % (uint64_t)(length + 1));
        snprintf(text, sizeof text, "%.*s.%.*s%.*s", whole_digits, digits, (int)(draw(&seed) % 9), "00000000",
                 length - whole_digits, digits + whole_digits);
        check_against_strtod("0.5", text);
    }
}

/* Random texts over the alphabet of numbers: both readers accept the same. */
static void test_random_texts_are_judged_as_the_slow_reader_judges_them(void **state)
{
    static const char alphabet[] = "0123456789012345678901234567890123456789..-+eE,a";
    uint64_t seed = SEED + 1;
    (void)state;
    print_message("seed %" PRIu64 "\n", seed);
    for (int i = 0; i < 400000; i++) {
        char text[24] = "";
        size_t length = 1 + draw(&seed) % 20;
        for (size_t j = 0; j < length; j++)
            text[j] = alphabet[draw(&seed) % (sizeof alphabet - 1)];
        double fast = 0.0, slow = 0.0;
        bool read = read_cell("1.5", text, &fast);
        if (read != decimal_read_slow(text, length, &slow) || memcmp(&fast, &slow, sizeof fast) != 0)
            fail_msg("\"%s\"", text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_numbers_are_strtods_to_the_bit),
        cmocka_unit_test(test_what_is_no_finite_decimal_is_refused),
        cmocka_unit_test(test_random_numbers_are_strtods_to_the_bit),
        cmocka_unit_test(test_long_decimals_are_strtods_to_the_bit),
        cmocka_unit_test(test_random_texts_are_judged_as_the_slow_reader_judges_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
