/* notation.c - promtool's series notation, expanded.
 *
 * Two passes of one walk: the first counts and finds what is wrong, the second
 * writes. So memory is taken once, at its exact size, and only for a text that
 * is whole. */
#include "sim/notation.h"

#include "engine/number.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* One item: `times` samples first, first + step, first + 2 step, ... */
struct item {
    double first, step;
    size_t times;
};

static bool blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* The `n` behind an x; the item then has `n + extra` samples. */
static const char *read_times(const char *text, size_t length, size_t extra, size_t *times)
{
    int64_t value;
    if (!integer_parse(text, length, &value) || value < 0)
        return "expected a whole number behind the x";
    if (value > NOTATION_SAMPLES_MAX)
        return "too many samples, expected at most 16,777,216";
    *times = (size_t)value + extra;
    return NULL;
}

/* Where the step's sign is: the first + or - that is neither the first byte nor
 * the sign of an exponent. `length` when there is none. */
static size_t find_step(const char *text, size_t length)
{
    for (size_t i = 1; i < length; i++) {
        bool exponent = text[i - 1] == 'e' || text[i - 1] == 'E';
        if ((text[i] == '+' || text[i] == '-') && !exponent)
            return i;
    }
    return length;
}

static const char *read_numbers(const char *text, size_t length, bool repeated, struct item *item)
{
    size_t sign = find_step(text, length);
    if (!number_parse(text, sign, &item->first))
        return "expected a finite number, _ or stale";
    if (sign == length)
        return NULL;
    if (!repeated)
        return "expected xN behind the step, as in 0+1x10";
    if (!number_parse(text + sign, length - sign, &item->step))
        return "expected a finite number as the step";
    return NULL;
}

static const char *read_item(const char *text, size_t length, struct item *item)
{
    const char *x = memchr(text, 'x', length);
    size_t head = x ? (size_t)(x - text) : length;

    *item = (struct item){.first = NAN, .times = 1};
    if (length == 5 && memcmp(text, "stale", 5) == 0)
        return NULL;
    bool missing = head == 1 && text[0] == '_';
    if (!missing) {
        const char *fault = read_numbers(text, head, x != NULL, item);
        if (fault)
            return fault;
    }
    if (!x)
        return NULL;
    const char *fault = read_times(x + 1, length - head - 1, missing ? 0 : 1, &item->times);
    if (!fault && !missing && !isfinite(item->first + item->step * (double)(item->times - 1)))
        fault = "the last value is not finite";
    return fault;
}

/* Walks all items; writes them where `values` is given. */
static const char *walk(const char *text, double *values, size_t *count, size_t *at)
{
    size_t here = 0;
    *count = 0;
    for (;;) {
        while (blank(text[here]))
            here++;
        *at = here;
        if (text[here] == '\0')
            return *count > 0 ? NULL : "empty, expected samples such as 0.2x10 0.9";
        while (text[here] != '\0' && !blank(text[here]))
            here++;
        struct item item;
        const char *fault = read_item(text + *at, here - *at, &item);
        if (fault)
            return fault;
        if (item.times > NOTATION_SAMPLES_MAX - *count)
            return "too many samples, expected at most 16,777,216";
        for (size_t i = 0; values && i < item.times; i++)
            values[*count + i] = item.first + item.step * (double)i;
        *count += item.times;
    }
}

bool notation_expand(const char *text, struct arena *arena, double **values, size_t *count, const char **fault,
                     size_t *at)
{
    *fault = walk(text, NULL, count, at);
    if (*fault)
        return false;
    *values = arena_array(arena, *count, sizeof **values);
    if (!*values) {
        *fault = "out of memory";
        return false;
    }
    walk(text, *values, count, at);
    return true;
}
