/* time.c - instants and durations as text, by integer arithmetic alone.
 *
 * Civil dates and day numbers follow the proleptic Gregorian calendar by Howard
 * Hinnant's algorithms (chrono-Compatible Low-Level Date Algorithms, 2013):
 * years that start in March, eras of 400 years of 146,097 days.
 */
#include "engine/time.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

struct civil {
    int64_t year;
    int month; /* 1 .. 12 */
    int day;   /* 1 .. 31 */
};

static int64_t days_from_civil(struct civil date)
{
    int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static struct civil civil_from_days(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    struct civil date = {.day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
                         .month = (int)(month < 10 ? month + 3 : month - 9)};
    date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
    return date;
}

static int days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* What is left of a text that is being read. */
struct reader {
    const char *at;
    const char *end;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_char(struct reader *reader, const char *any_of)
{
    if (reader->at == reader->end)
        return false;
    for (; *any_of != '\0'; any_of++) {
        if (*reader->at == *any_of) {
            reader->at++;
            return true;
        }
    }
    return false;
}

static bool read_digits(struct reader *reader, int count, int low, int high, int *out)
{
    if (reader->end - reader->at < count)
        return false;
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit(reader->at[i]))
            return false;
        value = value * 10 + (reader->at[i] - '0');
    }
    reader->at += count;
    *out = value;
    return value >= low && value <= high;
}

static bool read_date(struct reader *reader, int64_t *days)
{
    int year, month, day;
    if (!read_digits(reader, 4, 1970, 2261, &year) || !read_char(reader, "-") ||
        !read_digits(reader, 2, 1, 12, &month) || !read_char(reader, "-") ||
        !read_digits(reader, 2, 1, days_in_month(year, month), &day))
        return false;
    *days = days_from_civil((struct civil){.year = year, .month = month, .day = day});
    return true;
}

/* Digits behind a point; those past the ninth are below a nanosecond and cut. */
static bool read_fraction(struct reader *reader, int64_t *nanoseconds)
{
    int64_t scale = HEAL_SECOND;
    const char *start = reader->at;
    *nanoseconds = 0;
    for (; reader->at < reader->end && is_digit(*reader->at); reader->at++) {
        scale /= 10;
        *nanoseconds += scale * (*reader->at - '0');
    }
    return reader->at > start;
}

static bool read_clock(struct reader *reader, int64_t *nanoseconds)
{
    int hour, minute, second;
    int64_t fraction = 0;
    if (!read_digits(reader, 2, 0, 23, &hour) || !read_char(reader, ":") || !read_digits(reader, 2, 0, 59, &minute) ||
        !read_char(reader, ":") || !read_digits(reader, 2, 0, 60, &second))
        return false;
    if (read_char(reader, ".") && !read_fraction(reader, &fraction))
        return false;
    *nanoseconds = hour * HEAL_HOUR + minute * HEAL_MINUTE + second * HEAL_SECOND + fraction;
    return true;
}

/* The zone's offset east of UTC; nothing at all is UTC without a zone. */
static bool read_zone(struct reader *reader, heal_duration *offset, bool *zoned)
{
    int hour, minute;
    *offset = 0;
    *zoned = reader->at < reader->end;
    if (!*zoned || read_char(reader, "Zz"))
        return true;
    bool west = *reader->at == '-';
    if (!read_char(reader, "+-") || !read_digits(reader, 2, 0, 23, &hour) || !read_char(reader, ":") ||
        !read_digits(reader, 2, 0, 59, &minute))
        return false;
    *offset = (hour * HEAL_HOUR + minute * HEAL_MINUTE) * (west ? -1 : 1);
    return true;
}

bool heal_time_parse(const char *text, size_t length, heal_time *out, bool *zoned)
{
    struct reader reader = {text, text + length};
    int64_t days, clock;
    heal_duration offset;
    bool has_zone;
    if (!read_date(&reader, &days) || !read_char(&reader, "Tt ") || !read_clock(&reader, &clock) ||
        !read_zone(&reader, &offset, &has_zone) || reader.at != reader.end)
        return false;
    int64_t at = days * HEAL_DAY + clock - offset;
    if (at < 0 || at >= HEAL_TIME_END)
        return false;
    *out = at;
    if (zoned != NULL)
        *zoned = has_zone;
    return true;
}

/* `value` >= 0 in `digits` digits and one more byte behind them. Returns what is behind. */
static char *put_digits(char *at, int64_t value, int digits, char behind)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
    at[digits] = behind;
    return at + digits + 1;
}

/* By hand, because every row that is kept has one. */
char *heal_time_format(heal_time at, char text[HEAL_TIME_TEXT])
{
    int64_t days = at / HEAL_DAY;
    int64_t rest = at % HEAL_DAY;
    if (rest < 0) {
        days--;
        rest += HEAL_DAY;
    }
    struct civil date = civil_from_days(days); /* an int64_t of nanoseconds has years of four digits only */
    int64_t fraction = rest % HEAL_SECOND;
    int digits = fraction == 0 ? 0 : fraction % 1000000 == 0 ? 3 : fraction % 1000 == 0 ? 6 : 9;
    int64_t shown = digits == 3 ? fraction / 1000000 : digits == 6 ? fraction / 1000 : fraction;

    char *end = put_digits(text, date.year, 4, '-');
    end = put_digits(end, date.month, 2, '-');
    end = put_digits(end, date.day, 2, 'T');
    end = put_digits(end, rest / HEAL_HOUR, 2, ':');
    end = put_digits(end, rest / HEAL_MINUTE % 60, 2, ':');
    end = put_digits(end, rest / HEAL_SECOND % 60, 2, digits > 0 ? '.' : 'Z');
    if (digits > 0)
        end = put_digits(end, shown, digits, 'Z');
    *end = '\0';
    return text;
}

struct unit {
    const char *name;
    int64_t span;
};

/* Largest first; a text names each at most once, in this order. */
static const struct unit UNITS[] = {
    {"d", HEAL_DAY},          {"h", HEAL_HOUR}, {"m", HEAL_MINUTE}, {"s", HEAL_SECOND},
    {"ms", HEAL_MILLISECOND}, {"us", 1000},     {"ns", 1},
};
enum { UNIT_COUNT = sizeof UNITS / sizeof UNITS[0] };

/* The unit that is spelled at the reader, at `first` or below; the longest name
 * wins, so that `5ms` is not five minutes and an s. UNIT_COUNT for none. */
static size_t read_unit(struct reader *reader, size_t first)
{
    const char *start = reader->at;
    while (reader->at < reader->end && *reader->at >= 'a' && *reader->at <= 'z')
        reader->at++;
    size_t length = (size_t)(reader->at - start);
    for (size_t i = first; i < UNIT_COUNT; i++) {
        const char *name = UNITS[i].name;
        if ((length == 1 && start[0] == name[0] && name[1] == '\0') ||
            (length == 2 && start[0] == name[0] && start[1] == name[1]))
            return i;
    }
    return UNIT_COUNT;
}

static bool add_product(int64_t *sum, int64_t count, int64_t span)
{
    if (count > (INT64_MAX - *sum) / span)
        return false;
    *sum += count * span;
    return true;
}

/* Adds one `<digits>[.<digits>]<unit>` and moves *next behind its unit. The
 * fraction is folded from its last digit, which keeps it exact to the
 * nanosecond: floor((a + floor(b)) / 10) = floor((a + b) / 10). */
static bool read_term(struct reader *reader, size_t *next, int64_t *sum)
{
    int64_t whole = 0;
    const char *start = reader->at;
    for (; reader->at < reader->end && is_digit(*reader->at); reader->at++) {
        int digit = *reader->at - '0';
        if (whole > (INT64_MAX - digit) / 10)
            return false;
        whole = whole * 10 + digit;
    }
    if (reader->at == start)
        return false;
    const char *fraction = reader->at;
    if (read_char(reader, ".")) {
        fraction++;
        while (reader->at < reader->end && is_digit(*reader->at))
            reader->at++;
        if (reader->at == fraction)
            return false;
    }
    const char *fraction_end = reader->at;
    size_t unit = read_unit(reader, *next);
    if (unit == UNIT_COUNT)
        return false;
    int64_t part = 0;
    for (const char *digit = fraction_end; digit > fraction; digit--)
        part = ((digit[-1] - '0') * UNITS[unit].span + part) / 10;
    *next = unit + 1;
    return add_product(sum, whole, UNITS[unit].span) && add_product(sum, part, 1);
}

bool heal_duration_parse(const char *text, size_t length, heal_duration *out)
{
    struct reader reader = {text, text + length};
    int64_t sum = 0;
    size_t next = 0;
    if (length == 0)
        return false;
    if (length == 1 && text[0] == '0') {
        *out = 0;
        return true;
    }
    while (reader.at < reader.end) {
        if (!read_term(&reader, &next, &sum))
            return false;
    }
    *out = sum;
    return true;
}

char *heal_duration_format(heal_duration span, char text[HEAL_DURATION_TEXT])
{
    assert(span >= 0);
    uint64_t rest = (uint64_t)span;
    size_t used = 0;
    if (rest == 0)
        snprintf(text, HEAL_DURATION_TEXT, "0s");
    for (size_t i = 0; i < UNIT_COUNT && rest > 0; i++) {
        uint64_t count = rest / (uint64_t)UNITS[i].span;
        rest %= (uint64_t)UNITS[i].span;
        if (count > 0)
            used += (size_t)snprintf(text + used, HEAL_DURATION_TEXT - used, "%" PRIu64 "%s", count, UNITS[i].name);
    }
    return text;
}

double heal_duration_seconds(heal_duration span)
{
    return (double)span / (double)HEAL_SECOND;
}
