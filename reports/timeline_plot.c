/* timeline_plot.c - every fault, issue and remediation of replication 0 as bars.
 *
 * One lane per resource; in a lane faults above, issues in the middle,
 * remediations below. Of more than LANES_MAX resources those are shown that most
 * happened to. */
#include "reports/page_file.h"
#include "reports/page_style.h"
#include "reports/plot_parts.h"
#include "reports/plot_script.h"

#include "store/database.h"

#include <stdlib.h>
#include <string.h>

enum { LANES_MAX = 24, LANE_HEIGHT = 34 };

enum bar_kind { BAR_FAULT, BAR_ISSUE, BAR_REMEDIATION };

struct bar {
    enum bar_kind kind;
    uint32_t resource;
    heal_time from, to;
};

struct bars {
    struct bar *items;
    size_t count;
    uint32_t *load; /* bars by resource */
    uint32_t *lane; /* 1 .. by resource; 0: not shown */
};

double plot_seconds(const struct run_data *data)
{
    double seconds = heal_duration_seconds(data->duration);

    for (size_t i = 0; data->duration <= 0 && i < data->issue_count; i++) {
        double opened = heal_duration_seconds(data->issues[i].opened_at - data->start);

        seconds = opened * 1.05 > seconds ? opened * 1.05 : seconds;
    }
    return seconds > 0 ? seconds : 1;
}

double plot_second(const struct run_data *data, heal_time at)
{
    double end = plot_seconds(data);
    double second = at == HEAL_TIME_NEVER ? end : heal_duration_seconds(at - data->start);

    return second < 0 ? 0 : second < end ? second : end;
}

static void add_bar(struct bars *bars, const struct run_data *data, enum bar_kind kind, uint32_t resource,
                    heal_time from, heal_time to)
{
    if (resource >= data->resource_count)
        return;
    bars->items[bars->count++] = (struct bar){kind, resource, from, to};
    bars->load[resource]++;
}

static void gather_bars(struct bars *bars, const struct run_data *data)
{
    for (size_t i = 0; i < data->fault_count && data->faults[i].replication == 0; i++)
        add_bar(bars, data, BAR_FAULT, data->faults[i].resource, data->faults[i].onset, data->faults[i].end);
    for (size_t i = 0; i < data->issue_count && data->issues[i].replication == 0; i++)
        add_bar(bars, data, BAR_ISSUE, data->issues[i].resource, data->issues[i].opened_at, data->issues[i].closed_at);
    for (size_t i = 0; i < data->remediation_count; i++) {
        const struct run_remediation *remediation = &data->remediations[i];

        if (data->issues[remediation->issue].replication == 0)
            add_bar(bars, data, BAR_REMEDIATION, data->issues[remediation->issue].resource, remediation->started_at,
                    remediation->ended_at);
    }
}

static int by_load(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;

    return (*a < *b) - (*a > *b);
}

/* The load of the busiest resource that has no lane of its own any more; 0: all have. */
static uint32_t first_left_out(struct bars *bars, size_t resources)
{
    if (resources <= LANES_MAX)
        return 0;
    memcpy(bars->lane, bars->load, resources * sizeof *bars->lane);
    qsort(bars->lane, resources, sizeof *bars->lane, by_load);
    return bars->lane[LANES_MAX];
}

static uint32_t assign_lanes(struct bars *bars, size_t resources, struct plots *plots)
{
    uint32_t limit = first_left_out(bars, resources), lanes = 0, spare = LANES_MAX;

    for (size_t i = 0; i < resources; i++) {
        plots->lanes_total += bars->load[i] > 0;
        spare -= bars->load[i] > limit;
    }
    for (size_t i = 0; i < resources; i++) {
        bool level = limit > 0 && bars->load[i] == limit && spare > 0;

        spare -= level;
        bars->lane[i] = bars->load[i] > limit || level ? ++lanes : 0;
    }
    plots->lanes = lanes;
    return lanes;
}

static int by_place(const void *left, const void *right)
{
    const struct bar *a = left, *b = right;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->resource != b->resource)
        return a->resource < b->resource ? -1 : 1;
    return (a->from > b->from) - (a->from < b->from);
}

/* One row per bar. Bars that a reader could not tell apart are joined, so that a
 * picture of 30,000 incidents is no larger than one of 300. */
static void write_rows(FILE *csv, const struct run_data *data, const struct bars *bars)
{
    double thin = plot_seconds(data) / 300; /* what can be seen at all */

    for (size_t i = 0, next; i < bars->count; i = next) {
        const struct bar *bar = &bars->items[i];
        double from = plot_second(data, bar->from), to = plot_second(data, bar->to);

        to = to - from < thin ? from + thin : to;
        for (next = i + 1; next < bars->count; next++) {
            const struct bar *other = &bars->items[next];
            double end = plot_second(data, other->to);

            if (other->kind != bar->kind || other->resource != bar->resource ||
                plot_second(data, other->from) > to + thin / 3)
                break;
            to = end > to ? end : to;
        }
        if (bars->lane[bar->resource] > 0)
            fprintf(csv, "%d,%u,%.9g,%.9g\n", (int)bar->kind, bars->lane[bar->resource], from, to);
    }
}

static bool write_bars(const struct plot_source *source, const struct bars *bars, const char *name,
                       struct error_list *errors)
{
    struct page_file file;
    char csv[40];

    snprintf(csv, sizeof csv, "%s.csv", name);
    if (!page_file_open(&file, source->folder, csv, errors))
        return false;
    qsort(bars->items, bars->count, sizeof *bars->items, by_place);
    fputs("# kind (0 fault, 1 issue, 2 remediation),lane,from_seconds,to_seconds\n", file.stream);
    write_rows(file.stream, source->data, bars);
    return page_file_commit(&file, errors);
}

static bool write_lane_names(FILE *script, const struct plot_source *source, const struct bars *bars,
                             struct error_list *errors)
{
    struct statement *query = database_prepare(source->database, "SELECT id, name FROM resources", errors);
    const char *comma = "";
    bool failed = !query;

    fputs("set ytics scale 0 (", script);
    while (query && database_next(query, &failed, errors)) {
        int64_t id = statement_integer(query, 0);

        if (id < 0 || (size_t)id >= source->data->resource_count || bars->lane[id] == 0)
            continue;
        fputs(comma, script);
        plot_script_label(script, statement_text(query, 1));
        fprintf(script, " %u", bars->lane[id]);
        comma = ", ";
    }
    fputs(")\n", script);
    statement_finalize(query);
    return !failed;
}

static bool write_script(const struct plot_source *source, const struct bars *bars, uint32_t lanes, const char *name,
                         struct error_list *errors)
{
    static const char *const colours[] = {COLOUR_FAULT, COLOUR_ISSUE, COLOUR_REMEDY};
    struct page_file file;
    char gp[40];
    bool named;

    snprintf(gp, sizeof gp, "%s.gp", name);
    if (!page_file_open(&file, source->folder, gp, errors))
        return false;
    plot_script_begin(file.stream, name, 80 + LANE_HEIGHT * (int)(lanes < 3 ? 3 : lanes));
    plot_script_time_axis(file.stream, source->data->start, plot_seconds(source->data));
    named = write_lane_names(file.stream, source, bars, errors);
    fprintf(file.stream, "set yrange [%u.5:0.5]\nset grid xtics ytics lc rgb '#E5E7EB'\n", lanes);
    fputs("set style fill solid 0.9 noborder\nplot ", file.stream);
    for (int kind = BAR_FAULT; kind <= BAR_REMEDIATION; kind++) {
        double top = -0.38 + 0.26 * kind;

        fprintf(file.stream,
                "%s'%s.csv' using ($1==%d ? ($3+$4)/2 : NaN):2:3:4:($2%+.2f):($2%+.2f) with boxxyerror lc rgb '%s'",
                kind == BAR_FAULT ? "" : ", \\\n  ", name, kind, top, top + 0.24, colours[kind]);
    }
    fputc('\n', file.stream);
    return page_file_commit(&file, errors) && named;
}

bool timeline_plot_write(const struct plot_source *source, struct plots *plots, const char *name, bool *empty,
                         struct error_list *errors)
{
    const struct run_data *data = source->data;
    size_t room = data->fault_count + data->issue_count + data->remediation_count + 1;
    struct bars bars = {.items = malloc(room * sizeof *bars.items),
                        .load = calloc(data->resource_count + 1, sizeof *bars.load),
                        .lane = calloc(data->resource_count + 1, sizeof *bars.lane)};
    bool done = bars.items && bars.load && bars.lane;

    if (!done)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    else
        gather_bars(&bars, data);
    *empty = bars.count == 0;
    if (done && !*empty) {
        uint32_t lanes = assign_lanes(&bars, data->resource_count, plots);

        done = write_bars(source, &bars, name, errors) && write_script(source, &bars, lanes, name, errors);
    }
    free(bars.items);
    free(bars.load);
    free(bars.lane);
    return done;
}
