/* number.h - decimal numbers as people write them, in any locale.
 *
 * strtod asks the locale what a decimal point is; a file must mean the same
 * everywhere. So the point is taken out first and put into the exponent.
 */
#ifndef SELFHEAL_ENGINE_NUMBER_H
#define SELFHEAL_ENGINE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NUMBER_TEXT_MAX = 64 };

/* Reads `[+-]digits[.digits][(e|E)[+-]digits]`; digits may be missing on one side
 * of the point. The whole of text[0 .. length), at most NUMBER_TEXT_MAX bytes,
 * must match and the value be finite; it is the nearest double. False leaves
 * *out alone. */
bool number_parse(const char *text, size_t length, double *out);

/* Reads `[-]digits` that fit int64_t; the same terms. */
bool integer_parse(const char *text, size_t length, int64_t *out);

#endif
