/* time.h - instants and durations, as the engine counts them.
 *
 * One typedef for instants, nanoseconds since the Unix epoch, UTC; one for
 * spans. Nothing here reads a clock: an instant comes from a world. The texts
 * people write (`90s`, `5m`, `2h`, RFC 3339) are read and written here and
 * nowhere else, without locale or time zone data base.
 */
#ifndef SELFHEAL_ENGINE_TIME_H
#define SELFHEAL_ENGINE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t heal_time;     /* nanoseconds since 1970-01-01T00:00:00Z */
typedef int64_t heal_duration; /* nanoseconds */

#define HEAL_MILLISECOND INT64_C(1000000)
#define HEAL_SECOND INT64_C(1000000000)
#define HEAL_MINUTE (60 * HEAL_SECOND)
#define HEAL_HOUR (60 * HEAL_MINUTE)
#define HEAL_DAY (24 * HEAL_HOUR)
#define HEAL_TIME_NEVER INT64_MAX
#define HEAL_TIME_END (INT64_C(9214646400) * HEAL_SECOND) /* 2262-01-01: past every instant that is read */

enum { HEAL_TIME_TEXT = 32, HEAL_DURATION_TEXT = 32 }; /* bytes with the NUL */

/* Reads `YYYY-MM-DDThh:mm:ss[.fraction](Z|+hh:mm|-hh:mm)`; a space is taken for
 * the T, and a missing zone for UTC with *zoned = false (`zoned` may be NULL).
 * Years 1970 .. 2261; a leap second (:60) reads as the next second. The whole
 * of text[0 .. length) must match. False leaves *out alone. */
bool heal_time_parse(const char *text, size_t length, heal_time *out, bool *zoned);

/* Writes RFC 3339 in UTC: whole seconds as `...:00Z`, otherwise with three,
 * six or nine digits of fraction. Returns `text`. */
char *heal_time_format(heal_time at, char text[HEAL_TIME_TEXT]);

/* Reads `250ms`, `90s`, `5m`, `2h`, `7d`, `1h30m`, decimals such as `1.5h`, and a
 * bare `0`. Not negative. False leaves *out alone. */
bool heal_duration_parse(const char *text, size_t length, heal_duration *out);

/* Writes what heal_duration_parse reads back, largest units first: `1h30m`. */
char *heal_duration_format(heal_duration span, char text[HEAL_DURATION_TEXT]);

double heal_duration_seconds(heal_duration span);

#endif
