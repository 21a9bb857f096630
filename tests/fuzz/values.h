/* values.h - numbers from a fuzzer's bytes: every exponent, NaN and infinities too. */
#ifndef SELFHEAL_TESTS_FUZZ_VALUES_H
#define SELFHEAL_TESTS_FUZZ_VALUES_H

#include <stdint.h>
#include <string.h>

/* The upper bytes of a double. */
static inline double fuzz_value(const uint8_t bytes[2])
{
    uint64_t bits = (uint64_t)(bytes[0] | bytes[1] << 8) << 48;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* 0 .. 65535 seconds. */
static inline int64_t fuzz_seconds(const uint8_t bytes[2])
{
    return bytes[0] | bytes[1] << 8;
}

#endif
