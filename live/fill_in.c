/* fill_in.c - see fill_in.h. */
#include "live/fill_in.h"

#include <string.h>

bool fill_in(const char *text, const char *(*value)(const void *context, const char *name, size_t length),
             const void *context, char *out, size_t room)
{
    size_t used = 0;

    for (const char *at = text; *at;) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        const char *known = end ? value(context, at + 1, (size_t)(end - at - 1)) : NULL;
        size_t more = known ? strlen(known) : 1;
        if (used + more >= room)
            return false;
        memcpy(out + used, known ? known : at, more);
        used += more;
        at = known ? end + 1 : at + 1;
    }
    out[used] = '\0';
    return true;
}
