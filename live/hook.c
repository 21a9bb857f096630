/* hook.c - see hook.h. */
#include "live/hook.h"

#include "engine/number.h"
#include "engine/policy.h"
#include "live/fill_in.h"
#include "live/program.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

enum { WORD_MAX = 1024, VARIABLES = 8 };

const struct hook *hook_find(const struct hook *hooks, size_t count, enum action_kind kind, const char *target)
{
    for (size_t i = 0; i < count; i++) {
        if (hooks[i].kind == kind && series_glob_match(hooks[i].target, target))
            return &hooks[i];
    }
    return NULL;
}

/* What an argument or a variable may hold of the action. */
struct fact {
    const char *name;
    const char *variable;
    char value[WORD_MAX];
};
enum {
    FACT_ID,
    FACT_KIND,
    FACT_NAMESPACE,
    FACT_NAME,
    FACT_AMOUNT,
    FACT_UNIT,
    FACT_BEFORE,
    FACT_ACTION,
    FACT_ACTION_ID,
    FACT_ROLLBACK,
    FACTS
};

static void gather(struct fact facts[FACTS], const struct action *action, int64_t row, const char *target)
{
    static const char *const NAMES[FACTS] = {"id",   "kind",   "namespace", "name",      "amount",
                                             "unit", "before", "action",    "action_id", "rollback"};
    static const char *const VARIABLES_OF[FACTS] = {
        "SELFHEAL_TARGET", "SELFHEAL_KIND",   "SELFHEAL_NAMESPACE", "SELFHEAL_NAME",      "SELFHEAL_AMOUNT",
        "SELFHEAL_UNIT",   "SELFHEAL_BEFORE", "SELFHEAL_ACTION",    "SELFHEAL_ACTION_ID", "SELFHEAL_ROLLBACK"};
    const char *first = strchr(target, '/'), *second = first ? strchr(first + 1, '/') : NULL;

    for (size_t i = 0; i < FACTS; i++) {
        facts[i].name = NAMES[i];
        facts[i].variable = VARIABLES_OF[i];
        facts[i].value[0] = '\0';
    }
    snprintf(facts[FACT_ID].value, WORD_MAX, "%s", target);
    if (second) {
        snprintf(facts[FACT_KIND].value, WORD_MAX, "%.*s", (int)(first - target), target);
        snprintf(facts[FACT_NAMESPACE].value, WORD_MAX, "%.*s", (int)(second - first - 1), first + 1);
        snprintf(facts[FACT_NAME].value, WORD_MAX, "%s", second + 1);
    }
    snprintf(facts[FACT_AMOUNT].value, WORD_MAX, "%.15g", action->amount);
    snprintf(facts[FACT_UNIT].value, WORD_MAX, "%s", amount_unit_name(action->unit));
    if (isfinite(action->before))
        snprintf(facts[FACT_BEFORE].value, WORD_MAX, "%.15g", action->before);
    snprintf(facts[FACT_ACTION].value, WORD_MAX, "%s", action_name(action->kind));
    snprintf(facts[FACT_ACTION_ID].value, WORD_MAX, "%lld", (long long)row);
    snprintf(facts[FACT_ROLLBACK].value, WORD_MAX, "%d", action->rollback);
}

static const char *value_of(const void *context, const char *name, size_t length)
{
    const struct fact *facts = context;

    for (size_t i = 0; i < FACTS; i++) {
        if (strlen(facts[i].name) == length && memcmp(facts[i].name, name, length) == 0)
            return facts[i].value;
    }
    return NULL;
}

/* One argument with its facts; the caller frees. NULL when out of memory or too long. */
static char *fill_word(const char *word, const struct fact facts[FACTS])
{
    char out[4 * WORD_MAX];

    return fill_in(word, value_of, facts, out, sizeof out) ? strdup(out) : NULL;
}

/* The caller's environment without what only the daemon should know, and the facts. */
static char **make_environment(const struct fact facts[FACTS])
{
    size_t count = 0, used = 0;

    while (environ[count])
        count++;
    char **variables = calloc(count + FACTS + 1, sizeof *variables);
    for (size_t i = 0; variables && i < count; i++) {
        if (strncmp(environ[i], "SELFHEAL_", 9) != 0)
            variables[used++] = strdup(environ[i]);
    }
    for (size_t i = 0; variables && i < FACTS; i++) {
        size_t size = strlen(facts[i].variable) + strlen(facts[i].value) + 2;
        variables[used] = malloc(size);
        if (variables[used])
            snprintf(variables[used++], size, "%s=%s", facts[i].variable, facts[i].value);
    }
    return variables;
}

static void free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

enum action_outcome hook_run(const struct hook *hook, const struct action *action, int64_t row, const char *target,
                             char output[HOOK_OUTPUT])
{
    struct fact facts[FACTS];
    char **words = calloc(HOOK_WORDS_MAX + 1, sizeof *words), **variables;
    enum action_outcome outcome = ACTION_FAILED;
    bool good = words != NULL;

    output[0] = '\0';
    gather(facts, action, row, target);
    for (size_t i = 0; good && hook->run[i]; i++)
        good = (words[i] = fill_word(hook->run[i], facts)) != NULL;
    variables = good ? make_environment(facts) : NULL;
    struct program program = {.words = words,
                              .variables = variables,
                              .timeout = action->timeout,
                              .errors_too = true,
                              .output = output,
                              .room = HOOK_OUTPUT,
                              .code = ENOMEM};
    enum program_end end = variables && words[0] ? program_run(&program) : PROGRAM_NOT_STARTED;
    if (end == PROGRAM_NOT_STARTED)
        snprintf(output, HOOK_OUTPUT, "%s cannot be started: %s", hook->run[0], strerror(program.code));
    else if (end == PROGRAM_TIMED_OUT)
        outcome = ACTION_TIMED_OUT;
    else if (end == PROGRAM_EXITED && program.code == 0)
        outcome = ACTION_SUCCEEDED;
    free_words(words);
    free_words(variables);
    return outcome;
}

double hook_before(const char *output)
{
    static const char WORD[] = "before ";
    double value;

    for (const char *line = output; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        size_t length = strcspn(line, "\r\n");
        if (strncmp(line, WORD, sizeof WORD - 1) == 0 &&
            number_parse(line + sizeof WORD - 1, length - (sizeof WORD - 1), &value))
            return value;
    }
    return NAN;
}
