/* expectation.c - see expectation.h. A reader of words: each take_ function moves
 * `at` over what it knows and leaves it where it does not. */
#include "reports/expectation.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct words {
    const char *text, *at;
    struct arena *arena;
    char wanted[512]; /* what was expected at `at`; "" as long as all is well */
};

static void skip_blanks(struct words *words)
{
    while (*words->at == ' ' || *words->at == '\t')
        words->at++;
}

static bool want(struct words *words, const char *what)
{
    if (words->wanted[0] == '\0')
        snprintf(words->wanted, sizeof words->wanted, "%s", what);
    return false;
}

static size_t word_length(const char *at)
{
    size_t length = 0;
    while (isalnum((unsigned char)at[length]) || at[length] == '_' || at[length] == '.')
        length++;
    return length;
}

static bool take_word(struct words *words, const char *word)
{
    skip_blanks(words);
    size_t length = word_length(words->at);
    if (length != strlen(word) || strncmp(words->at, word, length) != 0)
        return false;
    words->at += length;
    return true;
}

static bool take_sign(struct words *words, char sign)
{
    skip_blanks(words);
    if (*words->at != sign)
        return false;
    words->at++;
    return true;
}

/* The word at hand, in `text`; "" where there is none or it is too long. */
static size_t peek_word(struct words *words, char *text, size_t size)
{
    skip_blanks(words);
    size_t length = word_length(words->at);
    if (length >= size)
        length = 0;
    memcpy(text, words->at, length);
    text[length] = '\0';
    return length;
}

static bool take_span(struct words *words, heal_duration *out)
{
    skip_blanks(words);
    size_t length = word_length(words->at);
    if (!heal_duration_parse(words->at, length, out))
        return want(words, "a span such as 90s, 5m or 2h");
    words->at += length;
    return true;
}

/* A number, or one in percent. */
static bool take_number(struct words *words, double *out, bool *percent)
{
    char *end;
    skip_blanks(words);
    if (!isdigit((unsigned char)*words->at) && *words->at != '.' && *words->at != '-')
        return want(words, "a number");
    *out = strtod(words->at, &end);
    if (end == words->at || !isfinite(*out))
        return want(words, "a number");
    *percent = *end == '%';
    words->at = end + *percent;
    *out = *percent ? *out / 100 : *out;
    return true;
}

static bool take_share(struct words *words, double *out)
{
    const char *before = words->at;
    double value;
    bool percent = false;
    if (take_number(words, &value, &percent) && percent && value > 0 && value <= 1) {
        *out = value;
        return true;
    }
    words->at = before;
    words->wanted[0] = '\0';
    return want(words, "a percentage above 0% and up to 100%");
}

static bool take_comparison(struct words *words, enum relation_sign *out)
{
    static const struct {
        const char *sign;
        enum relation_sign comparison;
    } SIGNS[] = {{"<=", COMPARE_LESS_EQUAL},
                 {">=", COMPARE_MORE_EQUAL},
                 {"==", COMPARE_EQUAL},
                 {"<", COMPARE_LESS},
                 {">", COMPARE_MORE}};
    skip_blanks(words);
    for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++) {
        if (strncmp(words->at, SIGNS[i].sign, strlen(SIGNS[i].sign)) == 0) {
            words->at += strlen(SIGNS[i].sign);
            *out = SIGNS[i].comparison;
            return true;
        }
    }
    return want(words, "one of <, <=, >, >=, ==");
}

static bool take_bound(struct words *words, enum metric_unit unit, double *out)
{
    bool percent = false;
    skip_blanks(words);
    size_t length = word_length(words->at);
    heal_duration span;
    if (unit == METRIC_SECONDS) {
        if (length > 0 && isalpha((unsigned char)words->at[length - 1])) {
            if (!take_span(words, &span))
                return false;
            *out = heal_duration_seconds(span);
            return true;
        }
        return (take_number(words, out, &percent) && !percent) || want(words, "a span such as 90s or 5m");
    }
    if (!take_number(words, out, &percent))
        return false;
    return !percent || unit == METRIC_SHARE || want(words, "a number without %");
}

/* `with NN%`, where it may stand. */
static bool take_confidence(struct words *words, struct expectation *out)
{
    if (!take_word(words, "with"))
        return true;
    if (!take_share(words, &out->confidence))
        return false;
    return out->confidence < 1 || want(words, "a confidence below 100%");
}

static bool take_replications(struct words *words, struct expectation *out)
{
    if (!take_word(words, "in"))
        return true;
    return take_share(words, &out->share) && take_confidence(words, out);
}

static bool take_resource(struct words *words, const char **out)
{
    size_t length;
    skip_blanks(words);
    length = strcspn(words->at, " \t,()");
    if (length == 0)
        return want(words, "a resource or a pattern such as pod/shop/*");
    *out = arena_text(words->arena, words->at, length);
    words->at += length;
    return *out != NULL || want(words, "memory");
}

static bool take_issue_field(struct words *words, struct event_pattern *out)
{
    char word[64];
    bool type = take_word(words, "type"), severity = !type && take_word(words, "severity");
    if (!type && !severity && !take_word(words, "resource"))
        return want(words, "type=, resource= or severity=");
    if (!take_sign(words, '='))
        return want(words, "=");
    if (!type && !severity)
        return take_resource(words, &out->resource);
    size_t length = peek_word(words, word, sizeof word);
    if (type && (!issue_type_parse(word, &out->type) || out->type == ISSUE_NONE))
        return want(words, "an issue type such as disk_full");
    if (severity && !severity_parse(word, &out->severity))
        return want(words, "one of low, medium, high, critical");
    words->at += length;
    return true;
}

static bool take_action_kind(struct words *words, enum action_kind *out)
{
    char word[64];
    size_t length = peek_word(words, word, sizeof word);
    if (length == 0 || !action_parse(word, out))
        return want(words, "an action such as restart_pod");
    words->at += length;
    return true;
}

static bool take_action_field(struct words *words, struct event_pattern *out)
{
    if (!take_word(words, "resource"))
        return take_action_kind(words, &out->kind);
    return (take_sign(words, '=') || want(words, "=")) && take_resource(words, &out->resource);
}

static struct event_pattern any_event(bool action)
{
    return (struct event_pattern){action, ISSUE_NONE, SEVERITY_COUNT, ACTION_KIND_COUNT, NULL};
}

static bool take_event(struct words *words, struct event_pattern *out)
{
    bool action = take_word(words, "action");
    if (!action && !take_word(words, "issue"))
        return want(words, "issue(...) or action(...)");
    *out = any_event(action);
    if (!take_sign(words, '('))
        return want(words, "(");
    if (take_sign(words, ')'))
        return true;
    do {
        if (!(action ? take_action_field(words, out) : take_issue_field(words, out)))
            return false;
    } while (take_sign(words, ','));
    return take_sign(words, ')') || want(words, ", or )");
}

static bool take_order(struct words *words, struct expectation *out)
{
    out->kind = EXPECT_ORDER;
    do {
        if (out->event_count == EXPECTATION_STEPS_MAX)
            return want(words, "at most 8 actions");
        out->events[out->event_count] = any_event(true);
        if (!take_action_kind(words, &out->events[out->event_count].kind))
            return false;
        out->event_count++;
    } while (take_word(words, "then"));
    return (out->event_count > 1 || want(words, "then, and another action")) && take_replications(words, out);
}

static bool take_health(struct words *words, struct expectation *out)
{
    char word[64];
    size_t length = peek_word(words, word, sizeof word);

    out->kind = EXPECT_HEALTH;
    out->component = COMPONENT_COUNT;
    for (unsigned i = 0; i < COMPONENT_COUNT; i++) {
        if (strcmp(word + strlen("health."), component_name((enum component)i)) == 0)
            out->component = (enum component)i;
    }
    if (out->component == COMPONENT_COUNT && strcmp(word, "health.overall") != 0)
        return want(words, "health.overall, or health. and compute, network, storage, database or security");
    words->at += length;
    if (!take_comparison(words, &out->comparison) || !take_bound(words, METRIC_PLAIN, &out->bound))
        return false;
    if (out->comparison != COMPARE_MORE && out->comparison != COMPARE_MORE_EQUAL)
        return want(words, "> or >=: the lowest score is compared");
    return (take_word(words, "always") || want(words, "always")) && take_replications(words, out);
}

static bool take_figure(struct words *words, struct expectation *out)
{
    size_t length = word_length(words->at);

    out->kind = EXPECT_FIGURE;
    if (!metric_parse(words->at, length, &out->metric))
        return want(words, "a figure of summary.json such as mttr_seconds.p95 or false_positive_rate, health.overall, "
                           "issue(...), action(...), never or order");
    words->at += length;
    if (!take_comparison(words, &out->comparison) || !take_bound(words, out->metric.unit, &out->bound))
        return false;
    const char *before = words->at;
    if (!take_confidence(words, out))
        return false;
    if (out->confidence > 0 &&
        ((out->metric.kind != METRIC_MEAN && out->metric.kind != METRIC_RATE) || out->comparison == COMPARE_EQUAL)) {
        words->at = before;
        return want(words, "no `with`: it goes with a bound on a mean or a rate");
    }
    return true;
}

static bool take_statement(struct words *words, struct expectation *out)
{
    char word[64];

    peek_word(words, word, sizeof word);
    if (take_word(words, "order"))
        return take_order(words, out);
    if (take_word(words, "never")) {
        out->kind = EXPECT_NEVER;
        out->event_count = 1;
        return take_event(words, &out->events[0]) && take_replications(words, out);
    }
    if (strncmp(word, "health.", strlen("health.")) == 0)
        return take_health(words, out);
    if (strcmp(word, "issue") != 0 && strcmp(word, "action") != 0)
        return take_figure(words, out);
    out->kind = EXPECT_EVENT;
    out->event_count = 1;
    if (!take_event(words, &out->events[0]))
        return false;
    if (take_word(words, "within")) {
        if (!take_span(words, &out->within))
            return false;
        if (out->within == 0)
            return want(words, "a span above 0");
        out->from_start = take_word(words, "of");
        if (out->from_start && !take_span(words, &out->from))
            return false;
    }
    return take_replications(words, out);
}

bool expectation_parse(const char *text, const char *file, uint32_t line, const char *field, struct arena *arena,
                       struct expectation *out, struct error_list *errors)
{
    struct words words = {.text = text, .at = text, .arena = arena};

    *out = (struct expectation){.text = text, .line = line, .share = 1};
    bool good = take_statement(&words, out);
    skip_blanks(&words);
    if (good && *words.at != '\0')
        good = want(&words, "the end of the line");
    if (!good)
        error_add(errors, ERROR_INPUT, file, line, field, "at \"%.40s\": expected %s", words.at, words.wanted);
    return good;
}

bool comparison_holds(enum relation_sign comparison, double value, double bound)
{
    switch (comparison) {
    case COMPARE_LESS:
        return value < bound;
    case COMPARE_LESS_EQUAL:
        return value <= bound;
    case COMPARE_MORE:
        return value > bound;
    case COMPARE_MORE_EQUAL:
        return value >= bound;
    case COMPARE_EQUAL:
        return !(value < bound) && !(value > bound) && !isnan(value);
    }
    return false;
}
