/* utf8.h - is a text UTF-8 (RFC 3629), and can a person see it. */
#ifndef SELFHEAL_ENGINE_UTF8_H
#define SELFHEAL_ENGINE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes of text[0 .. length) from the start are UTF-8: `length` when
 * all are, else the offset of the first sequence that is none (overlong forms,
 * surrogates and code points past U+10FFFF are none). NUL counts as UTF-8. */
size_t utf8_prefix(const char *text, size_t length);

/* True when all is UTF-8 and holds no control character (C0, DEL, C1). */
bool utf8_printable(const char *text, size_t length);

#endif
