/* notation.h - series written by hand, as promtool's rule tests write them.
 *
 *   0.2+0x30 0.97x10 _x3 stale
 *
 * `a+bxn` is a, a+b, ... a+n*b (n + 1 samples), `a-bxn` likewise down, `axn` is a
 * repeated (n + 1 samples), `_` one missing sample, `_xn` n missing samples,
 * `stale` a missing sample that ends the series so far; items are separated by
 * blanks. So promtool (Prometheus docs, "unit testing rules", series notation).
 */
#ifndef SELFHEAL_SIM_NOTATION_H
#define SELFHEAL_SIM_NOTATION_H

#include "engine/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum { NOTATION_SAMPLES_MAX = 1 << 24 };

/* Expands `text` into *values (in `arena`), *count of them, NaN where missing.
 * False with *fault set to a static sentence and *at to the byte offset of the
 * item that is wrong: empty text, a bad number, NaN or Inf, too many samples,
 * out of memory. */
bool notation_expand(const char *text, struct arena *arena, double **values, size_t *count, const char **fault,
                     size_t *at);

#endif
