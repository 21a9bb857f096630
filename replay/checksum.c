/* checksum.c - XXH64; the steps and names follow the specification. */
#include "replay/checksum.h"

#include <assert.h>
#include <string.h>

#define PRIME_1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME_2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME_3 UINT64_C(0x165667B19E3779F9)
#define PRIME_4 UINT64_C(0x85EBCA77C2B2AE63)

static uint64_t rotate(uint64_t value, int bits)
{
    return (value << bits) | (value >> (64 - bits));
}

static uint64_t round_of(uint64_t lane, uint64_t input)
{
    return rotate(lane + input * PRIME_2, 31) * PRIME_1;
}

void checksum_start(struct checksum *checksum)
{
    *checksum = (struct checksum){.lanes = {PRIME_1 + PRIME_2, PRIME_2, 0, -PRIME_1}};
}

void checksum_add(struct checksum *checksum, const void *data, size_t length)
{
    assert(length % CHECKSUM_STRIPE == 0);
    const unsigned char *at = data;
    uint64_t a = checksum->lanes[0], b = checksum->lanes[1], c = checksum->lanes[2], d = checksum->lanes[3];
    for (const unsigned char *end = at + length; at < end; at += CHECKSUM_STRIPE) {
        uint64_t words[4];
        memcpy(words, at, sizeof words);
        a = round_of(a, words[0]);
        b = round_of(b, words[1]);
        c = round_of(c, words[2]);
        d = round_of(d, words[3]);
    }
    *checksum = (struct checksum){.lanes = {a, b, c, d}, .bytes = checksum->bytes + length};
}

uint64_t checksum_value(const struct checksum *checksum)
{
    const uint64_t *lanes = checksum->lanes;
    uint64_t value = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
    for (int i = 0; i < 4; i++)
        value = (value ^ round_of(0, lanes[i])) * PRIME_1 + PRIME_4;
    value += checksum->bytes;
    value = (value ^ (value >> 33)) * PRIME_2;
    value = (value ^ (value >> 29)) * PRIME_3;
    return value ^ (value >> 32);
}
