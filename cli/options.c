/* options.c - reading a command line by a table. */
#include "cli/options.h"

#include "engine/time.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show_help(const struct subcommand *command, const struct option *options, size_t count)
{
    printf("selfheal %s %s\n\n%s\n", command->name, command->synopsis, command->summary);
    if (command->details)
        printf("\n%s\n", command->details);
    printf("\nOptions:\n");
    for (size_t i = 0; i < count; i++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", options[i].name, options[i].argument ? " " : "",
                 options[i].argument ? options[i].argument : "");
        printf("  %-26s %s\n", left, options[i].help);
    }
    printf("  %-26s %s\n", "--help", "show this and stop");
    printf("\nExamples:\n%s\n", command->examples);
}

static const struct option *find(const struct option *options, size_t count, const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(options[i].name) == length && memcmp(options[i].name, name, length) == 0)
            return &options[i];
    }
    return NULL;
}

static bool take_number(const struct option *option, const char *value)
{
    struct option_number *number = option->target;
    char *end = NULL;

    errno = 0;
    unsigned long long parsed = isdigit((unsigned char)value[0]) ? strtoull(value, &end, 10) : 0;
    if (!end || *end || errno || parsed < number->low || parsed > number->high) {
        fprintf(stderr, "selfheal: --%s: \"%s\" is not a whole number from %llu to %llu\n", option->name, value,
                (unsigned long long)number->low, (unsigned long long)number->high);
        return false;
    }
    number->value = parsed;
    number->given = true;
    return true;
}

static bool take(const struct option *option, const char *value)
{
    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)option->target = true;
        return true;
    case OPTION_TEXT:
        *(const char **)option->target = value;
        return true;
    case OPTION_NUMBER:
        return take_number(option, value);
    case OPTION_DURATION: {
        heal_duration span;
        if (!heal_duration_parse(value, strlen(value), &span) || span == 0) {
            fprintf(stderr, "selfheal: --%s: \"%s\" is not a span such as 90s, 5m or 2h\n", option->name, value);
            return false;
        }
        *(heal_duration *)option->target = span;
        return true;
    }
    case OPTION_LIST: {
        struct option_list *list = option->target;
        if (list->count == OPTION_LIST_MAX) {
            fprintf(stderr, "selfheal: --%s: given more than %d times\n", option->name, OPTION_LIST_MAX);
            return false;
        }
        list->items[list->count++] = value;
        return true;
    }
    }
    return false;
}

/* One `--option` at argv[*at]; moves *at over its value. */
static bool parse_option(int argc, char **argv, int *at, const struct subcommand *command, const struct option *options,
                         size_t count)
{
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct option *option = find(options, count, name, length);

    if (!option) {
        fprintf(stderr, "selfheal: %s has no option --%.*s; see selfheal %s --help\n", command->name, (int)length, name,
                command->name);
        return false;
    }
    if (option->kind == OPTION_FLAG) {
        if (equals)
            fprintf(stderr, "selfheal: --%s takes no value\n", option->name);
        return !equals && take(option, NULL);
    }
    if (!equals && *at + 1 >= argc) {
        fprintf(stderr, "selfheal: --%s wants a value: %s\n", option->name, option->argument);
        return false;
    }
    return take(option, equals ? equals + 1 : argv[++*at]);
}

int options_parse(int argc, char **argv, const struct subcommand *command, const struct option *options,
                  size_t option_count, const char **positional, size_t least, size_t most, size_t *positional_count)
{
    bool good = true, only_names = false;
    size_t found = 0;

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            show_help(command, options, option_count);
            return OPTIONS_HELP_SHOWN;
        }
    }
    for (int i = 1; i < argc; i++) {
        if (!only_names && strcmp(argv[i], "--") == 0)
            only_names = true;
        else if (!only_names && argv[i][0] == '-' && argv[i][1] == '-')
            good &= parse_option(argc, argv, &i, command, options, option_count);
        else if (!only_names && argv[i][0] == '-' && argv[i][1] != '\0') {
            fprintf(stderr, "selfheal: %s has no option %s; options are written --name\n", command->name, argv[i]);
            good = false;
        } else if (found < most)
            positional[found++] = argv[i];
        else {
            fprintf(stderr, "selfheal: %s: one argument too many: %s\n", command->name, argv[i]);
            good = false;
        }
    }
    if (good && found < least) {
        fprintf(stderr, "selfheal: usage: selfheal %s %s; see selfheal %s --help\n", command->name, command->synopsis,
                command->name);
        good = false;
    }
    *positional_count = found;
    return good ? OPTIONS_RUN : OPTIONS_WRONG;
}
