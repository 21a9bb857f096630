/* trace.c - `selfheal trace pack|info|head|validate`. */
#include "replay/trace.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/options.h"
#include "replay/trace_source.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct subcommand COMMAND = {
    "trace",
    "pack IN OUT | info TRACE | head TRACE | validate TRACE...",
    "Packs, looks into and checks recorded traces.",
    "A trace is wide CSV (first column the instant, RFC 3339; every other column a series\n"
    "kind/namespace/name:metric; an empty cell is no sample) or the packed form of it, which is\n"
    "mapped into memory and needs no reading.",
    "  selfheal trace validate scenarios/traces/demo.csv\n"
    "  selfheal trace pack scenarios/traces/demo.csv demo.trace\n"
    "  selfheal trace info demo.trace --json\n"
    "  selfheal trace head demo.trace --rows 3",
};

struct trace_settings {
    struct option_number rows;
    bool json;
};

static struct trace *open_trace(const char *path, struct error_list *errors)
{
    struct trace_notes notes = {0};
    struct trace *trace = trace_open(path, &notes, errors);

    if (trace && notes.folded_rows > 0)
        fprintf(stderr, "selfheal: %s:%" PRIu64 ": clock set back: %" PRIu64 " rows left out until time moves on\n",
                path, notes.fold_line, notes.folded_rows);
    return trace;
}

static size_t missing_cells(const struct trace *trace)
{
    size_t missing = 0;

    for (size_t series = 0; series < trace_series_count(trace); series++) {
        const double *column = trace_column(trace, series);
        for (size_t i = 0; i < trace_frame_count(trace); i++)
            missing += isnan(column[i]) ? 1 : 0;
    }
    return missing;
}

static void info_json(const struct trace *trace, const char *first, const char *last, double seconds)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *series = cJSON_AddArrayToObject(root, "series");

    cJSON_AddNumberToObject(root, "frames", (double)trace_frame_count(trace));
    cJSON_AddStringToObject(root, "start", first);
    cJSON_AddStringToObject(root, "end", last);
    cJSON_AddNumberToObject(root, "duration_seconds", seconds);
    cJSON_AddNumberToObject(root, "missing_samples", (double)missing_cells(trace));
    for (size_t i = 0; i < trace_series_count(trace); i++)
        cJSON_AddItemToArray(series, cJSON_CreateString(trace_series_id(trace, i)));
    char *text = cJSON_Print(root);
    if (text)
        puts(text);
    cJSON_free(text);
    cJSON_Delete(root);
}

static void info(const struct trace *trace, bool json)
{
    char first[HEAL_TIME_TEXT], last[HEAL_TIME_TEXT], span[HEAL_DURATION_TEXT];
    size_t frames = trace_frame_count(trace), cells = frames * trace_series_count(trace);
    const heal_time *times = trace_times(trace);
    heal_duration duration = trace_duration(trace);

    heal_time_format(times[0], first);
    heal_time_format(times[frames - 1], last);
    if (json) {
        info_json(trace, first, last, heal_duration_seconds(duration));
        return;
    }
    printf("%zu series, %zu frames, %s to %s (%s)\n", trace_series_count(trace), frames, first, last,
           heal_duration_format(duration, span));
    printf("%zu of %zu samples missing\n", missing_cells(trace), cells);
    for (size_t i = 0; i < trace_series_count(trace); i++)
        printf("  %s\n", trace_series_id(trace, i));
}

static void head(const struct trace *trace, size_t rows)
{
    struct trace_cursor *cursor = trace_cursor_create(trace);
    const double *values;
    heal_time at;

    if (!cursor)
        return;
    printf("timestamp");
    for (size_t i = 0; i < trace_series_count(trace); i++)
        printf(",%s", trace_series_id(trace, i));
    putchar('\n');
    while (rows-- > 0 && (values = trace_cursor_next(cursor, &at)) != NULL) {
        char text[HEAL_TIME_TEXT];
        printf("%s", heal_time_format(at, text));
        for (size_t i = 0; i < trace_series_count(trace); i++) {
            if (isnan(values[i]))
                putchar(',');
            else
                printf(",%.17g", values[i]);
        }
        putchar('\n');
    }
    trace_cursor_destroy(cursor);
}

static bool run_one(const char *verb, const char *path, const char *out, const struct trace_settings *settings,
                    struct error_list *errors)
{
    struct trace *trace = open_trace(path, errors);
    bool good = trace != NULL;

    if (!good)
        return false;
    if (strcmp(verb, "pack") == 0)
        good = trace_pack(trace, out, errors);
    else if (strcmp(verb, "info") == 0)
        info(trace, settings->json);
    else if (strcmp(verb, "head") == 0)
        head(trace, (size_t)settings->rows.value);
    else /* validate: what trace_open lets pass is good */
        printf("%s: good: %zu series, %zu frames\n", path, trace_series_count(trace), trace_frame_count(trace));
    trace_destroy(trace);
    return good;
}

int command_trace(int argc, char **argv)
{
    struct trace_settings settings = {.rows = {10, 1, UINT64_MAX, false}};
    const struct option options[] = {
        {"rows", OPTION_NUMBER, &settings.rows, "N", "head: frames to show (10)"},
        {"json", OPTION_FLAG, &settings.json, NULL, "info: as JSON"},
    };
    static const char *const VERBS[] = {"pack", "info", "head", "validate"};
    const char *words[OPTION_LIST_MAX];
    size_t count;
    bool known = false;

    int parsed = options_parse(argc, argv, &COMMAND, options, sizeof options / sizeof options[0], words, 2,
                               OPTION_LIST_MAX, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    for (size_t i = 0; i < sizeof VERBS / sizeof VERBS[0]; i++)
        known |= strcmp(words[0], VERBS[i]) == 0;
    bool packs = strcmp(words[0], "pack") == 0, validates = strcmp(words[0], "validate") == 0;
    if (!known || (packs && count != 3) || (!packs && !validates && count != 2)) {
        fprintf(stderr, "selfheal: usage: selfheal trace %s; see selfheal trace --help\n", COMMAND.synopsis);
        return EXIT_BAD_INPUT;
    }
    struct error_list errors = {0};
    enum exit_code worst = EXIT_DONE;
    for (size_t i = 1; i < (packs ? 2 : count); i++) {
        run_one(words[0], words[i], packs ? words[2] : NULL, &settings, &errors);
        enum exit_code code = console_errors(&errors);
        worst = code > worst ? code : worst;
    }
    return (int)worst;
}
