/* flight_parts.h - the records of a flight recording, shared by writer and reader. */
#ifndef SELFHEAL_REPLAY_FLIGHT_PARTS_H
#define SELFHEAL_REPLAY_FLIGHT_PARTS_H

#include <stddef.h>
#include <stdint.h>

#define FLIGHT_MAGIC "SHFLIGHT\2\0\0\0"
enum { FLIGHT_MAGIC_BYTES = 12, FLIGHT_RECORD_HEAD = 64, FLIGHT_RECORD_NOTE = 65 };
enum { FLIGHT_RECORD_MAX = 1 << 28 }; /* bytes: a head of a million series fits */

/* FNV-1a (Fowler, Noll, Vo): finds a torn record, not malice. */
static inline uint32_t flight_sum(const unsigned char *data, size_t length)
{
    uint32_t sum = UINT32_C(2166136261);
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ data[i]) * UINT32_C(16777619);
    return sum;
}

#endif
