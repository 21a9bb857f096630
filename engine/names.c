/* names.c - the one look-up behind every enum's name. Tables are short (tens of
 * words) and are read when files are, so a linear search is all it takes. */
#include "engine/names.h"

#include <string.h>

const char *name_of(const char *const *names, size_t count, size_t value)
{
    return value < count ? names[value] : "unknown";
}

void name_copy(char *out, size_t size, const char *name)
{
    size_t length = strlen(name);

    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80) /* in the middle of a character */
            length--;
    }
    memset(out, 0, size);
    for (size_t i = 0; i < length; i++)
        out[i] = name[i];
}

bool name_find(const char *const *names, size_t count, const char *text, size_t *out)
{
    if (!text)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}
