/* size.c - see size.h. */
#include "engine/size.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char UNITS[] = "KMGT";
enum { UNIT_COUNT = 4 };

bool size_parse(const char *text, size_t length, uint64_t *out)
{
    uint64_t value = 0;
    unsigned shift = 0;
    size_t at = 0;

    for (; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
        value = 10 * value + (uint64_t)(text[at] - '0');
        if (value > SIZE_MAX_BYTES)
            return false;
    }
    if (at == 0 || value == 0)
        return false;
    if (at < length) {
        const char *unit = memchr(UNITS, text[at], UNIT_COUNT);
        if (!unit || at + 2 != length || text[at + 1] != 'i')
            return false;
        shift = 10 * (unsigned)(unit - UNITS + 1);
    }
    if (value > SIZE_MAX_BYTES >> shift)
        return false;
    *out = value << shift;
    return true;
}

char *size_format(uint64_t bytes, char text[SIZE_TEXT])
{
    unsigned unit = 0;

    while (unit < UNIT_COUNT && bytes > 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    if (unit == 0)
        snprintf(text, SIZE_TEXT, "%" PRIu64, bytes);
    else
        snprintf(text, SIZE_TEXT, "%" PRIu64 "%ci", bytes, UNITS[unit - 1]);
    return text;
}
