/* series_plot.c - one series of replication 0, with what was made of it.
 *
 * Lowest and highest value of every bucket as a band; faults shaded, anomalies as
 * a strip on the ground, thresholds dashed, issues and first actions as strokes
 * at the upper edge. */
#include "reports/page_file.h"
#include "reports/page_style.h"
#include "reports/plot_parts.h"
#include "reports/plot_script.h"

#include "store/database.h"

#include <math.h>
#include <stdlib.h>

enum { BUCKETS = 900, MARKS_MAX = 200 };

static void note_range(struct plotted_series *series, double low, double high)
{
    series->low = isnan(series->low) || low < series->low ? low : series->low;
    series->high = isnan(series->high) || high > series->high ? high : series->high;
}

/* An empty bucket is a gap, not a line across it. */
static bool write_buckets(const struct plot_source *source, struct plotted_series *series, FILE *csv,
                          struct error_list *errors)
{
    int64_t span = (int64_t)(plot_seconds(source->data) * 1e9) / BUCKETS + 1;
    struct statement *query =
        database_query(source->database,
                       "SELECT min(at_ns), min(low), max(high) FROM plot_series"
                       " WHERE series_id = ?1 GROUP BY (at_ns - ?2) / ?3 ORDER BY 1",
                       CELLS(cell_integer(series->id), cell_integer(source->data->start), cell_integer(span)), errors);
    bool failed = !query;

    fputs("# seconds,low,high\n", csv);
    while (query && database_next(query, &failed, errors)) {
        double second = heal_duration_seconds(statement_integer(query, 0) - source->data->start);
        double low = statement_real(query, 1), high = statement_real(query, 2);

        if (statement_is_null(query, 1) || statement_is_null(query, 2)) {
            fprintf(csv, "%.9g,NaN,NaN\n", second);
            continue;
        }
        note_range(series, low, high);
        fprintf(csv, "%.9g,%.9g,%.9g\n", second, low, high);
    }
    statement_finalize(query);
    return !failed;
}

static void write_rectangle(FILE *script, double from, double to, double top, const char *colour, double density)
{
    fprintf(script,
            "set object rectangle from first %.9g, graph 0 to first %.9g, graph %g fc rgb '%s'"
            " fs solid %g noborder behind\n",
            from, to, top, colour, density);
}

/* A stroke at the upper edge, from graph height `low` to `high`: issues and actions
 * often begin together, and neither may hide the other or the series. */
static void write_stroke(FILE *script, double at, double low, double high, const char *colour)
{
    fprintf(script, "set arrow from first %.9g, graph %g to first %.9g, graph %g nohead lw 4 lc rgb '%s' front\n", at,
            low, at, high, colour);
}

static bool shows_fault(const struct run_data *data, const struct match_fault *fault, uint32_t series,
                        uint32_t resource)
{
    return fault->resource == resource || (fault->issue != MATCH_NONE && data->issues[fault->issue].series == series);
}

static void write_faults(const struct plot_source *source, struct plotted_series *series, FILE *script)
{
    const struct run_data *data = source->data;

    for (size_t i = 0; i < data->fault_count && data->faults[i].replication == 0; i++) {
        const struct match_fault *fault = &data->faults[i];

        if (!shows_fault(data, fault, series->id, series->resource))
            continue;
        if (series->faults++ < MARKS_MAX)
            write_rectangle(script, plot_second(data, fault->onset), plot_second(data, fault->end), 1, COLOUR_FAULT,
                            0.16);
    }
}

/* Remediations are in the order of their issues, as issues are: one walk. */
static void write_issues(const struct plot_source *source, const struct plotted_series *series, FILE *script)
{
    const struct run_data *data = source->data;
    size_t remediation = 0, marks = 0;

    for (size_t i = 0; i < data->issue_count && data->issues[i].replication == 0 && marks < MARKS_MAX; i++) {
        while (remediation < data->remediation_count && data->remediations[remediation].issue < i)
            remediation++;
        if (data->issues[i].series != series->id)
            continue;
        write_stroke(script, plot_second(data, data->issues[i].opened_at), 0.89, 1, COLOUR_ISSUE);
        marks++;
        for (size_t r = remediation; r < data->remediation_count && data->remediations[r].issue == i; r++)
            if (data->remediations[r].first_action != HEAL_TIME_NEVER)
                write_stroke(script, plot_second(data, data->remediations[r].first_action), 0.76, 0.87, COLOUR_REMEDY);
    }
}

static bool write_anomalies(const struct plot_source *source, const struct plotted_series *series, FILE *script,
                            struct error_list *errors)
{
    struct statement *query =
        database_query(source->database,
                       "SELECT began_at_ns, coalesce(ended_at_ns, 9223372036854775807) FROM anomalies"
                       " WHERE replication = 0 AND series_id = ?1 ORDER BY began_at_ns LIMIT ?2",
                       CELLS(cell_integer(series->id), cell_integer(MARKS_MAX)), errors);
    bool failed = !query;

    while (query && database_next(query, &failed, errors))
        write_rectangle(script, plot_second(source->data, statement_integer(query, 0)),
                        plot_second(source->data, statement_integer(query, 1)), 0.045, COLOUR_ANOMALY, 0.95);
    statement_finalize(query);
    return !failed;
}

/* Room for the thresholds, and for a series that never moves. */
static void write_value_axis(const struct plotted_series *series, FILE *script)
{
    const double limits[] = {series->above, series->below};
    double low = series->low, high = series->high, margin;

    for (size_t i = 0; i < 2; i++) {
        if (!isfinite(limits[i]))
            continue;
        low = limits[i] < low ? limits[i] : low;
        high = limits[i] > high ? limits[i] : high;
        fprintf(script,
                "set arrow from graph 0, first %.9g to graph 1, first %.9g nohead lw 1.4 dt (4,4) lc rgb '%s' front\n",
                limits[i], limits[i], COLOUR_LIMIT);
    }
    margin = high > low ? 0.08 * (high - low) : high != 0 ? 0.5 * fabs(high) : 1;
    if (low >= 0 && low - margin < 0)
        fprintf(script, "set yrange [0:%.9g]\n", high + margin);
    else
        fprintf(script, "set yrange [%.9g:%.9g]\n", low - margin, high + margin);
    fputs("set format y '%.4g'\n", script);
}

static bool write_script(const struct plot_source *source, struct plotted_series *series, const char *name,
                         struct error_list *errors)
{
    struct page_file file;
    char gp[40];
    bool done;

    snprintf(gp, sizeof gp, "%s.gp", name);
    if (!page_file_open(&file, source->folder, gp, errors))
        return false;
    plot_script_begin(file.stream, name, 270);
    plot_script_time_axis(file.stream, source->data->start, plot_seconds(source->data));
    write_value_axis(series, file.stream);
    write_faults(source, series, file.stream);
    done = write_anomalies(source, series, file.stream, errors);
    write_issues(source, series, file.stream);
    fprintf(file.stream,
            "plot '%s.csv' using 1:2:3 with filledcurves fc rgb '%s' fs solid 0.25 noborder, \\\n"
            "  '%s.csv' using 1:(($2+$3)/2) with lines lw 1.5 lc rgb '%s'\n",
            name, COLOUR_SERIES, name, COLOUR_SERIES);
    return page_file_commit(&file, errors) && done;
}

bool series_plot_write(const struct plot_source *source, struct plotted_series *series, const char *name, bool *empty,
                       struct error_list *errors)
{
    struct page_file file;
    char csv[40];
    bool read;

    snprintf(csv, sizeof csv, "%s.csv", name);
    if (!page_file_open(&file, source->folder, csv, errors))
        return false;
    read = write_buckets(source, series, file.stream, errors);
    if (!page_file_commit(&file, errors) || !read)
        return false;
    *empty = isnan(series->low);
    return *empty || write_script(source, series, name, errors);
}
