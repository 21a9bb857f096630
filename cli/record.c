/* record.c - `selfheal record`: a range of Prometheus as a trace. */
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/live_files.h"
#include "cli/options.h"
#include "live/mailbox.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct subcommand COMMAND = {
    "record",
    "OUT.csv",
    "Exports what Prometheus knows of the configuration's queries to a trace, a wide CSV file.",
    "The trace can be replayed, packed and given to scenarios like any other.",
    "  selfheal record last-hour.csv --config deploy/live.yaml --last 1h --step 15s # needs Prometheus",
};

struct span {
    heal_time start, end;
    heal_duration step;
};

static bool write_csv(FILE *file, const struct history *history, const struct inventory *inventory)
{
    size_t series = inventory_series_count(inventory);
    double *values = malloc((series + 1) * sizeof *values);
    char at[HEAL_TIME_TEXT];

    if (!values)
        return false;
    fputs("timestamp", file);
    for (uint32_t i = 0; i < series; i++) {
        const char *id = inventory_series_id(inventory, i);
        bool quote = strpbrk(id, ",\"") != NULL;
        fputc(',', file);
        for (const char *c = quote ? "\"" : ""; *c; c++)
            fputc(*c, file);
        for (; *id; id++) {
            if (*id == '"')
                fputc('"', file);
            fputc(*id, file);
        }
        if (quote)
            fputc('"', file);
    }
    fputc('\n', file);
    for (size_t frame = 0; frame < history_frames(history); frame++) {
        fputs(heal_time_format(history_instant(history, frame), at), file);
        history_frame(history, frame, values, series);
        for (size_t i = 0; i < series; i++)
            fprintf(file, isnan(values[i]) ? "," : ",%.17g", values[i]);
        fputc('\n', file);
    }
    free(values);
    return !ferror(file);
}

static bool export(const struct live_files *files, const struct span *span, const char *out, struct error_list *errors)
{
    char error[HTTP_ERROR_TEXT] = "";
    struct inventory *inventory = inventory_create();
    struct prometheus *prometheus = prometheus_create(&files->config->prometheus);
    struct history *history = inventory ? history_create(inventory, span->start, span->end, span->step) : NULL;
    bool good = prometheus && history && prometheus_back_fill(prometheus, history, error);

    if (!good) {
        error_add(errors, ERROR_ENVIRONMENT, files->config->prometheus.http.url, 0, NULL, "%s",
                  error[0] ? error : "out of memory");
    } else if (inventory_series_count(inventory) == 0) {
        error_add(errors, ERROR_ENVIRONMENT, files->config->prometheus.http.url, 0, NULL,
                  "knows no sample of any query in that time");
        good = false;
    } else {
        FILE *file = fopen(out, "w");
        good = file && write_csv(file, history, inventory);
        good = (!file || fclose(file) == 0) && good;
        if (!good)
            error_add(errors, ERROR_ENVIRONMENT, out, 0, NULL, "cannot be written: %s", strerror(errno));
        else
            printf("%s: %zu series, %zu frames\n", out, inventory_series_count(inventory), history_frames(history));
    }
    history_destroy(history);
    prometheus_destroy(prometheus);
    inventory_destroy(inventory);
    return good;
}

static bool read_span(struct span *span, const char *start, const char *end, heal_duration back, heal_duration interval,
                      struct error_list *errors)
{
    span->end = wall_now();
    span->step = span->step > 0 ? span->step : interval;
    if (end && !heal_time_parse(end, strlen(end), &span->end, NULL))
        error_add(errors, ERROR_INPUT, NULL, 0, "--end", "expected an instant such as 2026-01-02T03:04:05Z");
    span->start = span->end - back;
    if (start && !heal_time_parse(start, strlen(start), &span->start, NULL))
        error_add(errors, ERROR_INPUT, NULL, 0, "--start", "expected an instant such as 2026-01-02T03:04:05Z");
    span->start -= span->start % span->step;
    if (errors->count == 0 && (span->end < span->start || (span->end - span->start) / span->step >= 1000000))
        error_add(errors, ERROR_INPUT, NULL, 0, NULL, "expected 1 to 1,000,000 frames from start to end");
    return errors->count == 0;
}

int command_record(int argc, char **argv)
{
    const char *config = NULL, *start = NULL, *end = NULL, *out;
    struct span span = {0};
    heal_duration back = HEAL_HOUR;
    const struct option options[] = {
        {"config", OPTION_TEXT, &config, "FILE", "the configuration whose queries are asked (docs/live.md)"},
        {"start", OPTION_TEXT, &start, "TIME", "from this instant on"},
        {"end", OPTION_TEXT, &end, "TIME", "up to this instant (now)"},
        {"last", OPTION_DURATION, &back, "SPAN", "from so long before the end, where no start is given (1h)"},
        {"step", OPTION_DURATION, &span.step, "SPAN", "between frames (the policy's scan interval)"},
    };
    size_t count;

    int parsed = options_parse(argc, argv, &COMMAND, options, sizeof options / sizeof options[0], &out, 1, 1, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    if (!config) {
        fputs("selfheal: record: --config FILE must be given\n", stderr);
        return EXIT_BAD_INPUT;
    }
    struct error_list errors = {0};
    struct live_files files = {0};
    bool good = live_files_read(&files, config, &errors) &&
                read_span(&span, start, end, back, files.policy->scan_interval, &errors) &&
                export(&files, &span, out, &errors);

    live_files_clear(&files);
    enum exit_code code = console_errors(&errors);
    return (int)(good ? EXIT_DONE : code);
}
