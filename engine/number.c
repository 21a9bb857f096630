/* number.c - decimal numbers without a locale.
 *
 * `12.5e3` is handed to strtod as `125e2`: a text without a point reads the same
 * in every locale, and strtod rounds it to the nearest double. */
#include "engine/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct scan {
    const char *text;
    size_t length;
    size_t at;
};

static bool scan_one_of(struct scan *scan, char a, char b)
{
    if (scan->at == scan->length || (scan->text[scan->at] != a && scan->text[scan->at] != b))
        return false;
    scan->at++;
    return true;
}

/* Copies a run of digits behind digits[*count]; returns how many. */
static size_t scan_digits(struct scan *scan, char *digits, size_t *count)
{
    size_t before = *count;
    while (scan->at < scan->length && scan->text[scan->at] >= '0' && scan->text[scan->at] <= '9')
        digits[(*count)++] = scan->text[scan->at++];
    return *count - before;
}

/* The exponent behind the 'e', at most four digits; false when there is none. */
static bool scan_exponent(struct scan *scan, int *exponent)
{
    size_t start = scan->at;
    bool negative = scan_one_of(scan, '-', '-');
    if (!negative)
        scan_one_of(scan, '+', '+');
    size_t first = scan->at;
    int value = 0;
    while (scan->at < scan->length && scan->at - start < 6) {
        char digit = scan->text[scan->at];
        if (digit < '0' || digit > '9')
            break;
        value = value * 10 + (digit - '0');
        scan->at++;
    }
    *exponent = negative ? -value : value;
    return scan->at > first;
}

bool number_parse(const char *text, size_t length, double *out)
{
    if (length > NUMBER_TEXT_MAX)
        return false;
    struct scan scan = {text, length, 0};
    char digits[NUMBER_TEXT_MAX + 16];
    size_t count = 0;
    bool negative = scan_one_of(&scan, '-', '-');
    if (!negative)
        scan_one_of(&scan, '+', '+');
    size_t whole = scan_digits(&scan, digits, &count);
    size_t fraction = scan_one_of(&scan, '.', '.') ? scan_digits(&scan, digits, &count) : 0;
    int exponent = 0;
    if (whole + fraction == 0)
        return false;
    if (scan_one_of(&scan, 'e', 'E') && !scan_exponent(&scan, &exponent))
        return false;
    if (scan.at != length)
        return false;
    snprintf(digits + count, sizeof digits - count, "e%d", exponent - (int)fraction);
    double value = strtod(digits, NULL);
    if (!isfinite(value))
        return false;
    *out = negative ? -value : value;
    return true;
}

bool integer_parse(const char *text, size_t length, int64_t *out)
{
    char copy[24];
    size_t sign = length > 0 && text[0] == '-' ? 1 : 0;
    if (length == sign || length >= sizeof copy)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (i >= sign && (text[i] < '0' || text[i] > '9'))
            return false;
        copy[i] = text[i];
    }
    copy[length] = '\0';
    errno = 0;
    long long value = strtoll(copy, NULL, 10);
    if (errno != 0)
        return false;
    *out = value;
    return true;
}
