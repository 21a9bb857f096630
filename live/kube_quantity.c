/* kube_quantity.c - see kube_quantity.h. */
#include "live/kube_quantity.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t MILLI_OF_MEBIBYTE = INT64_C(1000) << 20;

/* A suffix as a power of ten (in thousandths) times a power of two. */
static bool parse_suffix(const char *text, int *tens, int *twos)
{
    static const struct {
        const char *text;
        int tens, twos;
    } SUFFIXES[] = {
        {"n", -6, 0},  {"u", -3, 0},  {"m", 0, 0},   {"", 3, 0},    {"k", 6, 0},   {"M", 9, 0},
        {"G", 12, 0},  {"T", 15, 0},  {"P", 18, 0},  {"E", 21, 0},  {"Ki", 3, 10}, {"Mi", 3, 20},
        {"Gi", 3, 30}, {"Ti", 3, 40}, {"Pi", 3, 50}, {"Ei", 3, 60},
    };
    for (size_t i = 0; i < sizeof SUFFIXES / sizeof SUFFIXES[0]; i++) {
        if (strcmp(SUFFIXES[i].text, text) == 0) {
            *tens = SUFFIXES[i].tens;
            *twos = SUFFIXES[i].twos;
            return true;
        }
    }
    if ((text[0] != 'e' && text[0] != 'E') || text[1] == '\0')
        return false;
    char *end;
    long exponent = strtol(text + 1, &end, 10);
    if (*end != '\0' || isspace((unsigned char)text[1]) || exponent < -30 || exponent > 30)
        return false;
    *tens = (int)exponent + 3;
    *twos = 0;
    return true;
}

static bool times(int64_t *value, int64_t factor)
{
    if (*value > INT64_MAX / factor)
        return false;
    *value *= factor;
    return true;
}

bool kube_quantity_parse(const char *text, int64_t *milli)
{
    int64_t value = 0;
    int digits = 0, fraction = 0, tens, twos;
    bool behind_point = false, rest = false;

    if (*text == '+')
        text++;
    for (; isdigit((unsigned char)*text) || (*text == '.' && !behind_point); text++) {
        if (*text == '.') {
            behind_point = true;
            continue;
        }
        digits++;
        if (behind_point && fraction == 9) {
            rest |= *text != '0';
            continue;
        }
        fraction += behind_point;
        if (!times(&value, 10) || value > INT64_MAX - 9)
            return false;
        value += *text - '0';
    }
    if (digits == 0 || !parse_suffix(text, &tens, &twos))
        return false;
    for (; twos > 0; twos--) {
        if (!times(&value, 2))
            return false;
    }
    for (tens -= fraction; tens > 0; tens--) {
        if (value > 0 && !times(&value, 10))
            return false;
    }
    for (; tens < 0; tens++) {
        rest |= value % 10 != 0;
        value /= 10;
    }
    if (value == INT64_MAX)
        return false;
    *milli = value + rest;
    return true;
}

bool kube_quantity_scale(int64_t milli, double ratio, bool binary, int64_t *out)
{
    double more = (double)milli * ratio;

    if (!isfinite(more) || ratio <= -1 || more > 4e18 || (double)milli + more > 9e18)
        return false;
    int64_t value = milli + (int64_t)ceil(more - 1e-6);
    int64_t unit = !binary ? 1 : value >= MILLI_OF_MEBIBYTE ? MILLI_OF_MEBIBYTE : 1000;
    *out = (value + unit - 1) / unit * unit;
    return true;
}

bool kube_quantity_add(int64_t milli, int64_t units, int64_t *out)
{
    static const int64_t MOST = INT64_MAX / 2000;

    if (units > MOST || units < -MOST || milli > INT64_MAX / 2 || milli + units * 1000 < 0)
        return false;
    *out = milli + units * 1000;
    return true;
}

const char *kube_quantity_format(int64_t milli, bool binary, char out[KUBE_QUANTITY_TEXT])
{
    if (binary && milli % MILLI_OF_MEBIBYTE == 0)
        snprintf(out, KUBE_QUANTITY_TEXT, "%" PRId64 "Mi", milli / MILLI_OF_MEBIBYTE);
    else if (milli % 1000 == 0)
        snprintf(out, KUBE_QUANTITY_TEXT, "%" PRId64, milli / 1000);
    else
        snprintf(out, KUBE_QUANTITY_TEXT, "%" PRId64 "m", milli);
    return out;
}
