/* decimal.h - the decimal numbers of a plain file, eight digits at a time.
 *
 * Eight digits in one 64-bit word become an integer with three multiplications
 * (the SWAR reduction that Lemire's fast_float made known). A decimal w * 10^p
 * with w <= 2^53 and |p| <= 22 is one exact product or quotient of two doubles
 * that are exact themselves, hence correctly rounded, bit for bit what strtod
 * gives (Clinger 1990, "How to read floating point numbers accurately"). All
 * else is left to a slower reader. This is inline because the loop over the
 * cells of a file is where reading spends its time.
 */
#ifndef SELFHEAL_REPLAY_DECIMAL_H
#define SELFHEAL_REPLAY_DECIMAL_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0 && DBL_MANT_DIG == 53, "Clinger's fast path rounds once, to binary64");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first character is the lowest byte");

/* Bytes that must be readable before a number. */
enum { DECIMAL_LEAD = 16 };
enum { DECIMAL_EXPONENT_MAX = 22 };

extern const double DECIMAL_POWERS[DECIMAL_EXPONENT_MAX + 1]; /* 10^i, exact */

static inline uint64_t decimal_load(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* The bytes of `word` that equal `byte`: 0x80 there, 0 elsewhere, no carries. */
static inline uint64_t decimal_equal(uint64_t word, unsigned char byte)
{
    const uint64_t low_bits = UINT64_C(0x7f7f7f7f7f7f7f7f);
    word ^= byte * UINT64_C(0x0101010101010101);
    return ~(((word & low_bits) + low_bits) | word | low_bits);
}

/* True when the bytes of `digits`, characters xor '0', are all below ten. */
static inline bool decimal_all(uint64_t digits)
{
    return (((digits + UINT64_C(0x7676767676767676)) | digits) & UINT64_C(0x8080808080808080)) == 0;
}

/* The value of eight digits, the first in the lowest byte. */
static inline uint64_t decimal_value(uint64_t digits)
{
    digits = digits * 10 + (digits >> 8);
    uint64_t high = (digits & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x000f424000000064);
    uint64_t low = (digits >> 16 & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x0000271000000001);
    return (high + low) >> 32;
}

/* (-1)^negative * value * 10^power, for value <= 2^53 and |power| <= 22. */
static inline double decimal_scale(uint64_t value, int power, bool negative)
{
    double exact = (double)(int64_t)value;
    double result = power < 0 ? exact / DECIMAL_POWERS[-power] : exact * DECIMAL_POWERS[power];
    uint64_t bits;
    memcpy(&bits, &result, sizeof bits);
    bits |= (uint64_t)negative << 63;
    memcpy(&result, &bits, sizeof bits);
    return result;
}

/* The exponent of a text that ends at `end` in `e+08`; false when it is another. */
static inline bool decimal_exponent(const char *end, int *power)
{
    unsigned tens = (unsigned char)end[-2] - (unsigned)'0';
    unsigned ones = (unsigned char)end[-1] - (unsigned)'0';
    *power = (int)(tens * 10 + ones);
    if (end[-3] == '-')
        *power = -*power;
    return tens <= 9 && ones <= 9 && (end[-3] == '-' || end[-3] == '+');
}

/* The slower reader: any number that engine/number.h reads. */
bool decimal_read_slow(const char *text, size_t length, double *out);

/* Reads text[0 .. length), length > 0, of which DECIMAL_LEAD bytes before `text`
 * must be readable: what engine/number.h reads, to the same bits. False when it
 * is no finite number.
 *
 * Digits are found from the end. The last eight characters hold those behind the
 * point, the eight that start one earlier those in front of it; spliced at the
 * point they are the last eight digits without it. With up to seven more in front
 * the integer stays below 2^53. */
static inline bool decimal_read(const char *text, size_t length, double *out)
{
    const uint64_t zeroes = UINT64_C(0x3030303030303030);
    const char *end = text + length;
    bool negative = *text == '-';
    size_t left = length - negative;
    int power = 0;
    if ((end[-4] | 0x20) == 'e') {
        if (left <= 4 || !decimal_exponent(end, &power))
            return decimal_read_slow(text, length, out);
        end -= 4;
        left -= 4;
    }
    const char *front = end - 16;
    uint64_t word = decimal_load(end - 8);
    uint64_t before = decimal_load(end - 9);
    uint64_t points = decimal_equal(before, '.');
    unsigned fraction = (unsigned)__builtin_clzll(points | 1) / 8 + 1;
    if (points != 0 && fraction < left) {
        uint64_t behind = ~UINT64_C(0) << (64 - 8 * fraction);
        word = (word & behind) | (before & ~behind);
        power -= (int)fraction;
        left--;
        front--;
    }
    word ^= zeroes;
    uint64_t value = 0;
    if (left > 8) {
        uint64_t high = decimal_load(front) ^ zeroes;
        if (left > 15)
            return decimal_read_slow(text, length, out);
        high &= ~UINT64_C(0) << (128 - 8 * left);
        if (!decimal_all(high))
            return decimal_read_slow(text, length, out);
        value = decimal_value(high) * 100000000;
    } else {
        word &= ~UINT64_C(0) << ((64 - 8 * left) & 63);
    }
    if (left == 0 || !decimal_all(word) || power < -DECIMAL_EXPONENT_MAX || power > DECIMAL_EXPONENT_MAX)
        return decimal_read_slow(text, length, out);
    *out = decimal_scale(value + decimal_value(word), power, negative);
    return true;
}

#endif
