/* decimal.c - the numbers that are too long or too odd for the inline reader. */
#include "replay/decimal.h"

#include "engine/number.h"

#include <math.h>

const double DECIMAL_POWERS[DECIMAL_EXPONENT_MAX + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                         1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                         1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

__extension__ typedef unsigned __int128 wide;

enum { FRACTION_MAX = 27 }; /* 5^27 < 2^63 */
static const uint64_t FIVES[FRACTION_MAX + 1] = {1,
                                                 5,
                                                 25,
                                                 125,
                                                 625,
                                                 3125,
                                                 15625,
                                                 78125,
                                                 390625,
                                                 1953125,
                                                 9765625,
                                                 48828125,
                                                 244140625,
                                                 1220703125ULL,
                                                 6103515625ULL,
                                                 30517578125ULL,
                                                 152587890625ULL,
                                                 762939453125ULL,
                                                 3814697265625ULL,
                                                 19073486328125ULL,
                                                 95367431640625ULL,
                                                 476837158203125ULL,
                                                 2384185791015625ULL,
                                                 11920928955078125ULL,
                                                 59604644775390625ULL,
                                                 298023223876953125ULL,
                                                 1490116119384765625ULL,
                                                 7450580596923828125ULL};

/* Digits and a point as they come. */
struct decimal {
    uint64_t value;
    int digits; /* significant ones; past the nineteenth `value` is wrong */
    int fraction;
};

static const char *read_digits(const char *at, const char *end, struct decimal *decimal, int fraction)
{
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        if (decimal->digits < 19)
            decimal->value = decimal->value * 10 + (uint64_t)(*at - '0');
        decimal->digits += decimal->value != 0;
        decimal->fraction += fraction;
    }
    return at;
}

/* value / 10^fraction, 0 < value, fraction <= FRACTION_MAX: to the nearest, ties
 * to even, as IEEE 754 rounds. 10^f is 5^f * 2^f, so an integer division by 5^f
 * gives all bits of the quotient (65 at least) and whether anything is left. */
static double divide(uint64_t value, int fraction)
{
    int shift = __builtin_clzll(value);
    wide dividend = (wide)(value << shift) << 64;
    wide quotient = dividend / FIVES[fraction];
    bool rest = quotient * FIVES[fraction] != dividend;
    int drop = 128 - DBL_MANT_DIG - __builtin_clzll((uint64_t)(quotient >> 64));
    uint64_t mantissa = (uint64_t)(quotient >> drop);
    wide dropped = quotient - ((wide)mantissa << drop);
    wide half = (wide)1 << (drop - 1);
    mantissa += dropped > half || (dropped == half && (rest || mantissa % 2 == 1));
    return ldexp((double)(int64_t)mantissa, drop - 64 - shift - fraction);
}

/* Up to 19 digits with any number of leading zeroes and no exponent: what people
 * print with repr or %.17g. */
static bool read_exact(const char *text, const char *end, double *out)
{
    struct decimal decimal = {0};
    bool negative = *text == '-';
    const char *start = text + negative;
    const char *point = read_digits(start, end, &decimal, 0);
    const char *at = point;
    if (at < end && *at == '.')
        at = read_digits(at + 1, end, &decimal, 1);
    bool some = point > start || at > point + 1;
    if (at != end || !some || decimal.digits > 19 || decimal.fraction > FRACTION_MAX)
        return false;
    if (decimal.value <= UINT64_C(1) << DBL_MANT_DIG && decimal.fraction <= DECIMAL_EXPONENT_MAX) {
        *out = decimal_scale(decimal.value, -decimal.fraction, negative);
    } else {
        double value = decimal.value == 0 ? 0.0 : divide(decimal.value, decimal.fraction);
        *out = negative ? -value : value;
    }
    return true;
}

bool decimal_read_slow(const char *text, size_t length, double *out)
{
    if (length > NUMBER_TEXT_MAX)
        return false;
    return read_exact(text, text + length, out) || number_parse(text, length, out);
}
