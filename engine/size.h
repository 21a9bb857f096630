/* size.h - sizes in bytes, as people write them.
 *
 * `64Ki`, `512Mi`, `2Gi`, `1Ti` or plain bytes, as Kubernetes quantities have it; the
 * units are powers of 1024.
 */
#ifndef SELFHEAL_ENGINE_SIZE_H
#define SELFHEAL_ENGINE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIZE_TEXT = 32 };                   /* bytes with the NUL */
#define SIZE_MAX_BYTES (UINT64_C(1) << 50) /* 1024 Ti: exact in a double */

/* Whole digits and a unit or none; the whole of text[0 .. length) must match, the
 * value be 1 .. SIZE_MAX_BYTES. False leaves *out alone. */
bool size_parse(const char *text, size_t length, uint64_t *out);

/* Writes what size_parse reads back, in the largest unit that divides it. */
char *size_format(uint64_t bytes, char text[SIZE_TEXT]);

#endif
