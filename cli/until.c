/* until.c - see until.h. */
#include "cli/until.h"

#include "reports/markup.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- goals ---------------------------------------------------------------- */

static const char *skip_spaces(const char *text)
{
    while (*text == ' ')
        text++;
    return text;
}

/* A decimal number without a sign; NULL when there is none. */
static const char *take_number(const char *text, double *out)
{
    size_t length = strspn(text, "0123456789.");
    char digits[32], *end;

    if (length == 0 || length >= sizeof digits)
        return NULL;
    memcpy(digits, text, length);
    digits[length] = '\0';
    *out = strtod(digits, &end);
    return *end == '\0' ? text + length : NULL;
}

/* The width, from its sign on; what follows it or NULL. */
static const char *take_width(const char *text, struct until_goal *goal)
{
    size_t length = strcspn(text, " ");
    heal_duration span;
    const char *end = take_number(text, &goal->width);

    goal->relative = end && *end == '%';
    if (goal->relative) {
        goal->width /= 100.0;
        return end + 1;
    }
    if (goal->metric.unit != METRIC_SECONDS)
        return end;
    if (!heal_duration_parse(text, length, &span))
        return NULL;
    goal->width = heal_duration_seconds(span);
    return text + length;
}

/* " with 99%", or nothing. */
static bool take_confidence(const char *text, struct until_goal *goal)
{
    goal->confidence = 0.95;
    text = skip_spaces(text);
    if (*text == '\0')
        return true;
    if (strncmp(text, "with ", 5) != 0 || !(text = take_number(skip_spaces(text + 5), &goal->confidence)))
        return false;
    goal->confidence /= 100.0;
    return *text == '%' && *skip_spaces(text + 1) == '\0' && goal->confidence >= 0.5 && goal->confidence <= 0.9999;
}

static const char *find_sign(const char *text, size_t *length)
{
    static const char *const SIGNS[] = {"\xc2\xb1", "+/-", "+-"};

    for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++) {
        const char *found = strstr(text, SIGNS[i]);
        *length = strlen(SIGNS[i]);
        if (found)
            return found;
    }
    return NULL;
}

bool until_parse(const char *text, struct until_goal *goal, char message[UNTIL_TEXT])
{
    size_t sign_length, length;
    const char *sign = find_sign(text, &sign_length), *rest;

    *goal = (struct until_goal){.text = text, .reached = {NAN, {NAN, NAN}, 0}};
    if (!sign) {
        snprintf(message, UNTIL_TEXT, "\"%.200s\": expected a figure and a width, such as 'mttr_seconds.mean ±5%%'",
                 text);
        return false;
    }
    for (length = (size_t)(sign - text); length > 0 && text[length - 1] == ' ';)
        length--;
    if (!metric_parse(text, length, &goal->metric)) {
        snprintf(message, UNTIL_TEXT, "\"%.*s\" is no figure of summary.json", (int)(length < 200 ? length : 200),
                 text);
        return false;
    }
    if (!precision_known(&goal->metric)) {
        snprintf(message, UNTIL_TEXT, "\"%.*s\" has no interval; a mean, a rate or availability has", (int)length,
                 text);
        return false;
    }
    rest = take_width(skip_spaces(sign + sign_length), goal);
    if (!rest || !(goal->width > 0.0) || !isfinite(goal->width)) {
        snprintf(message, UNTIL_TEXT, "\"%.200s\": expected a width above 0: a share such as 5%%, or %s", text,
                 goal->metric.unit == METRIC_SECONDS ? "a span such as 30s" : "a number such as 0.01");
        return false;
    }
    if (!take_confidence(rest, goal)) {
        snprintf(message, UNTIL_TEXT, "\"%.200s\": expected nothing after the width, or 'with 99%%' (50%% to 99.99%%)",
                 text);
        return false;
    }
    return true;
}

/* Half of the interval, the longer half; NaN without one. */
static double half_width(const struct precision *reached)
{
    return fmax(reached->value - reached->interval[0], reached->interval[1] - reached->value);
}

static double wanted_width(const struct until_goal *goal)
{
    return goal->relative ? goal->width * fabs(goal->reached.value) : goal->width;
}

bool until_reached(const struct until_goal *goal)
{
    return isfinite(goal->reached.interval[0]) && half_width(&goal->reached) <= wanted_width(goal);
}

char *until_describe(const struct until_goal *goal, char text[UNTIL_TEXT])
{
    const struct precision *reached = &goal->reached;
    char value[MARKUP_TEXT], low[MARKUP_TEXT], high[MARKUP_TEXT];
    double half = half_width(reached), wanted = wanted_width(goal);

    if (!isfinite(reached->interval[0])) {
        snprintf(text, UNTIL_TEXT, "until %s: not reached, %u replications give %s", goal->text, reached->replications,
                 isfinite(reached->value) ? "no interval" : "no figure at all");
        return text;
    }
    metric_print(&goal->metric, reached->value, value);
    metric_print(&goal->metric, reached->interval[0], low);
    metric_print(&goal->metric, reached->interval[1], high);
    int length = snprintf(text, UNTIL_TEXT, "until %s: %sreached with %u replications, %s [%s, %s]", goal->text,
                          until_reached(goal) ? "" : "not ", reached->replications, value, low, high);
    if (until_reached(goal) || length < 0 || length >= UNTIL_TEXT)
        return text;
    if (wanted > 0.0) /* the width falls with the root of the number */
        snprintf(text + length, UNTIL_TEXT - (size_t)length, "; about %.0f would do",
                 ceil(reached->replications * (half / wanted) * (half / wanted)));
    else
        snprintf(text + length, UNTIL_TEXT - (size_t)length, "; a share of 0 is never reached, give a number");
    return text;
}

uint32_t until_next_batch(uint32_t done, uint32_t least, uint32_t most)
{
    uint32_t batch = done / 4 > UNTIL_BATCH ? done / 4 : UNTIL_BATCH;

    if (done == 0 && least > batch)
        batch = least;
    return batch < most - done ? batch : most - done;
}

/* --- running -------------------------------------------------------------- */

/* By enum healer; NULL: not part of this run. */
struct arms {
    struct arm_recording *open[HEALER_COUNT];
};

static bool look(const char *folder, struct until_goal *goals, size_t count, bool *reached, struct error_list *errors)
{
    *reached = true;
    for (size_t i = 0; i < count; i++) {
        if (!precision_read(folder, &goals[i].metric, goals[i].confidence, &goals[i].reached, errors))
            return false;
        *reached = *reached && until_reached(&goals[i]);
    }
    return true;
}

static bool run_batch(const struct arms *arms, uint32_t batch)
{
    bool good = true;

    for (int i = 0; good && i < HEALER_COUNT; i++)
        good = !arms->open[i] || arm_run(arms->open[i], batch);
    return good;
}

static bool run_batches(const struct arms *arms, uint32_t least, uint32_t most, const char *folder,
                        struct until_goal *goals, size_t count, bool *reached, struct error_list *errors)
{
    uint32_t batch;

    *reached = false;
    for (uint32_t done = 0; !*reached && done < most; done += batch) {
        batch = until_next_batch(done, least, most);
        if (!run_batch(arms, batch) || !look(folder, goals, count, reached, errors))
            return false;
    }
    return true;
}

bool until_run(const struct bundle *bundle, const char *folder, const struct arm arms[HEALER_COUNT],
               struct until_goal *goals, size_t count, uint32_t most, bool *reached, struct error_list *errors)
{
    struct arms running = {{NULL}};
    bool good = true;

    for (int i = 0; good && i < HEALER_COUNT; i++) {
        if (!arm_belongs(bundle, arms[i].healer))
            continue;
        running.open[i] = arm_open(bundle, folder, &arms[i], errors);
        good = running.open[i] != NULL;
    }
    good = good && run_batches(&running, bundle->scenario->replications, most, folder, goals, count, reached, errors);
    bool closed = true;
    for (int i = 0; i < HEALER_COUNT; i++)
        closed = (!running.open[i] || arm_close(running.open[i], good)) && closed;
    return good && closed;
}
