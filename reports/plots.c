/* plots.c - see plots.h. Which series are worth a plot, and the way from script to
 * picture. */
#include "reports/plots.h"

#include "reports/gnuplot.h"
#include "reports/inline_svg.h"
#include "reports/page_file.h"
#include "reports/plot_parts.h"
#include "store/database.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SERIES_PLOTS = 12, QUIET_PLOTS = 3, GNUPLOT_SECONDS = 30 };

static bool out_of_memory(struct error_list *errors)
{
    error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    return false;
}

/* Draws name.gp; what it came to goes into a new item. */
static bool draw(struct plots *plots, const struct plot_source *source, enum plot_kind kind, const char *name,
                 const char *caption, struct error_list *errors)
{
    struct plot *items = realloc(plots->items, (plots->count + 1) * sizeof *items);
    struct plot *plot;
    char script[48], svg[48];
    char *path = NULL, *drawn = NULL;
    size_t length;

    if (!items)
        return out_of_memory(errors);
    plots->items = items;
    plot = &items[plots->count];
    *plot = (struct plot){.kind = kind, .caption = strdup(caption)};
    if (!plot->caption)
        return out_of_memory(errors);
    plots->count++;
    snprintf(plot->name, sizeof plot->name, "%s", name);
    snprintf(script, sizeof script, "%s.gp", name);
    snprintf(svg, sizeof svg, "%s.svg", name);
    if (!plots->gnuplot_missing) {
        enum gnuplot_result result =
            gnuplot_run(source->options->gnuplot, source->folder, script, NULL, GNUPLOT_SECONDS);

        plots->gnuplot_missing = result == GNUPLOT_MISSING;
        path = result == GNUPLOT_DRAWN ? page_file_path(source->folder, svg, errors) : NULL;
    }
    drawn = path ? page_file_read(path, &length) : NULL;
    plot->svg = drawn ? inline_svg(drawn, caption) : NULL;
    plots->drawn += plot->svg != NULL;
    if (plot->svg)
        gnuplot_images(source->options->gnuplot, source->folder, script, source->options->images, GNUPLOT_SECONDS);
    free(drawn);
    free(path);
    return true;
}

/* Most telling first: issues, then faults of the resource, then anomalies. Each
 * count is gathered once for all series. */
static const char CANDIDATES[] =
    "WITH i AS (SELECT series_id AS id, count(*) AS n FROM issue_facts WHERE replication = 0 GROUP BY 1),"
    " a AS (SELECT series_id AS id, count(*) AS n FROM anomalies WHERE replication = 0 GROUP BY 1),"
    " f AS (SELECT resource_id AS id, count(*) AS n FROM faults WHERE replication = 0 GROUP BY 1)"
    " SELECT s.id, s.resource_id, s.name, s.above, s.below, coalesce(i.n, 0) AS issues,"
    " coalesce(a.n, 0) AS anomalies, coalesce(f.n, 0) AS faults"
    " FROM series s LEFT JOIN i ON i.id = s.id LEFT JOIN a ON a.id = s.id LEFT JOIN f ON f.id = s.resource_id"
    " WHERE EXISTS (SELECT 1 FROM plot_series p WHERE p.series_id = s.id)"
    " ORDER BY issues DESC, s.rule IS NULL, min(faults, 1) DESC, anomalies DESC, s.id";

static double real_or_nan(struct statement *row, int column)
{
    return statement_is_null(row, column) ? NAN : statement_real(row, column);
}

static bool take_candidate(struct plots *plots, struct statement *row, size_t most)
{
    struct plotted_series *series = &plots->series[plots->series_count];
    uint64_t telling = (uint64_t)(statement_integer(row, 5) + statement_integer(row, 6) + statement_integer(row, 7));

    plots->series_total++;
    if (plots->series_count == most || (telling == 0 && plots->series_count >= QUIET_PLOTS))
        return true;
    *series = (struct plotted_series){.id = (uint32_t)statement_integer(row, 0),
                                      .resource = (uint32_t)statement_integer(row, 1),
                                      .name = strdup(statement_text(row, 2)),
                                      .above = real_or_nan(row, 3),
                                      .below = real_or_nan(row, 4),
                                      .low = NAN,
                                      .high = NAN,
                                      .issues = (uint64_t)statement_integer(row, 5),
                                      .anomalies = (uint64_t)statement_integer(row, 6)};
    if (!series->name)
        return false;
    plots->series_count++;
    return true;
}

static bool choose_series(struct plots *plots, const struct plot_source *source, struct error_list *errors)
{
    size_t most = source->options->plots_max ? source->options->plots_max : SERIES_PLOTS;
    struct statement *query = database_prepare(source->database, CANDIDATES, errors);
    bool failed = !query;

    most = most < 99 ? most : 99; /* names have two digits */
    plots->series = calloc(most + 1, sizeof *plots->series);
    if (!plots->series)
        failed = !out_of_memory(errors);
    while (!failed && database_next(query, &failed, errors))
        if (!take_candidate(plots, query, most))
            failed = !out_of_memory(errors);
    statement_finalize(query);
    return !failed;
}

static bool draw_series(struct plots *plots, const struct plot_source *source, struct error_list *errors)
{
    if (!choose_series(plots, source, errors))
        return false;
    for (size_t i = 0; i < plots->series_count; i++) {
        bool empty = false;
        char name[40];

        snprintf(name, sizeof name, "series_%02zu", i + 1);
        if (!series_plot_write(source, &plots->series[i], name, &empty, errors))
            return false;
        if (!empty && !draw(plots, source, PLOT_SERIES, name, plots->series[i].name, errors))
            return false;
    }
    return true;
}

static bool draw_overview(struct plots *plots, const struct plot_source *source, struct error_list *errors)
{
    bool empty = false;

    if (!recovery_plot_write(source, "recovery", &empty, errors))
        return false;
    if (!empty &&
        !draw(plots, source, PLOT_RECOVERY, "recovery", "Share of faults recovered, by time since onset", errors))
        return false;
    if (!timeline_plot_write(source, plots, "timeline", &empty, errors))
        return false;
    return empty || draw(plots, source, PLOT_TIMELINE, "timeline",
                         source->data->replications > 1 ? "Faults, issues and remediations of replication 0"
                                                        : "Faults, issues and remediations",
                         errors);
}

bool plots_draw(struct plots *plots, const struct plot_source *source, struct error_list *errors)
{
    *plots = (struct plots){0};
    if (mkdir(source->folder, 0755) != 0 && errno != EEXIST) {
        error_add(errors, ERROR_ENVIRONMENT, source->folder, 0, NULL, "cannot make the folder: %s", strerror(errno));
        return false;
    }
    return draw_overview(plots, source, errors) && draw_series(plots, source, errors);
}

void plots_clear(struct plots *plots)
{
    for (size_t i = 0; i < plots->count; i++) {
        free(plots->items[i].caption);
        free(plots->items[i].svg);
    }
    for (size_t i = 0; i < plots->series_count; i++)
        free(plots->series[i].name);
    free(plots->items);
    free(plots->series);
    *plots = (struct plots){0};
}
