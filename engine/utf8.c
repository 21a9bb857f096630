/* utf8.c - UTF-8 by the table of RFC 3629, section 4; runs of ASCII go by eight. */
#include "engine/utf8.h"

#include <stdint.h>
#include <string.h>

/* Offset of the first byte at or behind `at` that is not ASCII. */
static size_t skip_ascii(const char *text, size_t at, size_t length)
{
    while (length - at >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text + at, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
        at += sizeof word;
    }
    while (at < length && (unsigned char)text[at] < 0x80)
        at++;
    return at;
}

static bool within(unsigned char byte, unsigned char low, unsigned char high)
{
    return byte >= low && byte <= high;
}

/* Length of the multi-byte sequence at text[0 .. length), 0 when there is none. */
static size_t sequence(const unsigned char *text, size_t length)
{
    unsigned char lead = text[0];
    size_t size = within(lead, 0xc2, 0xdf) ? 2 : within(lead, 0xe0, 0xef) ? 3 : within(lead, 0xf0, 0xf4) ? 4 : 0;
    if (size == 0 || length < size)
        return 0;
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (!within(text[1], low, high))
        return 0;
    for (size_t i = 2; i < size; i++) {
        if (!within(text[i], 0x80, 0xbf))
            return 0;
    }
    return size;
}

size_t utf8_prefix(const char *text, size_t length)
{
    size_t at = 0;
    while ((at = skip_ascii(text, at, length)) < length) {
        size_t size = sequence((const unsigned char *)text + at, length - at);
        if (size == 0)
            break;
        at += size;
    }
    return at;
}

bool utf8_printable(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        bool second_control = byte == 0xc2 && i + 1 < length && within((unsigned char)text[i + 1], 0x80, 0x9f);
        if (byte < 0x20 || byte == 0x7f || second_control)
            return false;
    }
    return utf8_prefix(text, length) == length;
}
