/* chart.c - see chart.h. */
#include "reports/chart.h"

#include "reports/gnuplot.h"
#include "reports/inline_svg.h"
#include "reports/page_file.h"
#include "reports/page_style.h"
#include "reports/plot_script.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { GNUPLOT_SECONDS = 30, FOREST_ROW = 22, FOREST_MARGIN = 90, HEIGHT = 360, FOREST_ROWS_MAX = 120 };

static const char *const COLOURS[CHART_SERIES_MAX] = {COLOUR_ISSUE, COLOUR_FAULT, COLOUR_REMEDY};
static const int SHAPES[CHART_SERIES_MAX] = {7, 9, 5}; /* disc, triangle, square: told apart without colour */

static size_t shown(const struct chart *chart)
{
    return chart->kind == CHART_FOREST && chart->count > FOREST_ROWS_MAX ? FOREST_ROWS_MAX : chart->count;
}

static void write_cell(FILE *csv, double value)
{
    if (isfinite(value))
        fprintf(csv, ",%.9g", value);
    else
        fputs(",NaN", csv);
}

/* The label quoted as RFC 4180 has it. */
static void write_label(FILE *csv, const char *label)
{
    fputc('"', csv);
    for (; label && *label; label++)
        fprintf(csv, *label == '"' ? "\"\"" : "%c", *label == '\n' ? ' ' : *label);
    fputc('"', csv);
}

static bool write_csv(const struct chart *chart, const char *folder, struct error_list *errors)
{
    struct page_file file;
    char name[CHART_NAME + 8];

    snprintf(name, sizeof name, "%s.csv", chart->name);
    if (!page_file_open(&file, folder, name, errors))
        return false;
    fputs("row,series,x,x_low,x_high,y,y_low,y_high,label\n", file.stream);
    for (size_t i = 0; i < shown(chart); i++) {
        const struct chart_point *point = &chart->points[i];
        bool x_interval = isfinite(point->x_low), y_interval = isfinite(point->y_low);
        fprintf(file.stream, "%zu,%u", i, point->series);
        write_cell(file.stream, point->x);
        write_cell(file.stream, x_interval ? point->x_low : point->x);
        write_cell(file.stream, x_interval ? point->x_high : point->x);
        write_cell(file.stream, point->y);
        write_cell(file.stream, y_interval ? point->y_low : point->y);
        write_cell(file.stream, y_interval ? point->y_high : point->y);
        fputc(',', file.stream);
        write_label(file.stream, point->label);
        fputc('\n', file.stream);
    }
    return page_file_commit(&file, errors);
}

static bool has_series(const struct chart *chart, unsigned series)
{
    for (size_t i = 0; i < chart->count; i++) {
        if (chart->points[i].series == series)
            return true;
    }
    return false;
}

static void write_forest_axis(FILE *script, const struct chart *chart)
{
    fputs("set ytics (", script);
    for (size_t i = 0; i < shown(chart); i++) {
        fputs(i > 0 ? ", " : "", script);
        plot_script_label(script, chart->points[i].label);
        fprintf(script, " %zu", i);
    }
    fprintf(script, ")\nset yrange [%zu.5:-0.5]\nset grid xtics\n", shown(chart) - 1);
}

static void write_plots(FILE *script, const struct chart *chart)
{
    const char *comma = "";
    int x_scale = chart->x_share ? 100 : 1, y_scale = chart->y_share ? 100 : 1;

    fputs("plot ", script);
    for (unsigned s = 0; s < CHART_SERIES_MAX; s++) {
        if (!has_series(chart, s))
            continue;
        fprintf(script, "%s'%s.csv' skip 1 using ($2==%u ? $3*%d : NaN):", comma, chart->name, s, x_scale);
        if (chart->kind == CHART_FOREST)
            fprintf(script, "1:($4*%d):($5*%d) with xerrorbars", x_scale, x_scale);
        else
            fprintf(script, "($6*%d):($4*%d):($5*%d):($7*%d):($8*%d) with xyerrorbars", y_scale, x_scale, x_scale,
                    y_scale, y_scale);
        fprintf(script, " pt %d ps 0.7 lw 1.5 lc rgb '%s'", SHAPES[s], COLOURS[s]);
        comma = ", \\\n  ";
        if (chart->kind == CHART_LINES)
            fprintf(script, "%s'%s.csv' skip 1 using ($2==%u ? $3*%d : 1/0):($6*%d) with lines lw 1.5 lc rgb '%s'",
                    comma, chart->name, s, x_scale, y_scale, COLOURS[s]);
    }
    fputc('\n', script);
}

static bool write_script(const struct chart *chart, const char *folder, struct error_list *errors)
{
    struct page_file file;
    char name[CHART_NAME + 8];

    snprintf(name, sizeof name, "%s.gp", chart->name);
    if (!page_file_open(&file, folder, name, errors))
        return false;
    plot_script_begin(file.stream, chart->name,
                      chart->kind == CHART_FOREST ? FOREST_MARGIN + FOREST_ROW * (int)shown(chart) : HEIGHT);
    fputs("set datafile missing 'NaN'\nset offsets graph 0.04, graph 0.04, graph 0.05, graph 0.05\n", file.stream);
    fprintf(file.stream, "set format x '%s'\nset xlabel ", chart->x_share ? "%g %%" : "%g");
    plot_script_label(file.stream, chart->x_title);
    fputs(" textcolor rgb '#566173'\n", file.stream);
    if (chart->kind == CHART_FOREST) {
        write_forest_axis(file.stream, chart);
    } else {
        fprintf(file.stream, "set format y '%s'\nset ylabel ", chart->y_share ? "%g %%" : "%g");
        plot_script_label(file.stream, chart->y_title);
        fputs(" textcolor rgb '#566173'\n", file.stream);
    }
    if (isfinite(chart->line) && chart->kind == CHART_FOREST)
        fprintf(file.stream, "set arrow from %.9g, graph 0 to %.9g, graph 1 nohead dt 2 lc rgb '%s'\n",
                chart->line * (chart->x_share ? 100 : 1), chart->line * (chart->x_share ? 100 : 1), COLOUR_LIMIT);
    else if (isfinite(chart->line))
        fprintf(file.stream, "set arrow from graph 0, first %.9g to graph 1, first %.9g nohead dt 2 lc rgb '%s'\n",
                chart->line * (chart->y_share ? 100 : 1), chart->line * (chart->y_share ? 100 : 1), COLOUR_LIMIT);
    write_plots(file.stream, chart);
    return page_file_commit(&file, errors);
}

static void draw(const struct chart *chart, const struct chart_options *options, struct drawing *out,
                 struct error_list *errors)
{
    char script[CHART_NAME + 8], svg[CHART_NAME + 8];
    size_t length;

    snprintf(script, sizeof script, "%s.gp", chart->name);
    snprintf(svg, sizeof svg, "%s.svg", chart->name);
    enum gnuplot_result result = gnuplot_run(options->gnuplot, options->folder, script, NULL, GNUPLOT_SECONDS);
    out->missing = result == GNUPLOT_MISSING;
    char *path = result == GNUPLOT_DRAWN ? page_file_path(options->folder, svg, errors) : NULL;
    char *drawn = path ? page_file_read(path, &length) : NULL;
    out->svg = drawn ? inline_svg(drawn, chart->caption) : NULL;
    free(drawn);
    free(path);
    if (out->svg)
        gnuplot_images(options->gnuplot, options->folder, script, options->images, GNUPLOT_SECONDS);
}

bool chart_draw(const struct chart *chart, const struct chart_options *options, struct drawing *out,
                struct error_list *errors)
{
    *out = (struct drawing){.svg = NULL};
    snprintf(out->caption, sizeof out->caption, "%s", chart->caption);
    snprintf(out->name, sizeof out->name, "%s", chart->name);
    memcpy(out->series, chart->series, sizeof out->series);
    if (mkdir(options->folder, 0777) != 0 && errno != EEXIST) {
        error_add(errors, ERROR_ENVIRONMENT, options->folder, 0, NULL, "cannot make the folder: %s", strerror(errno));
        return false;
    }
    if (!write_csv(chart, options->folder, errors) || !write_script(chart, options->folder, errors))
        return false;
    draw(chart, options, out, errors);
    return true;
}

void drawing_clear(struct drawing *drawing)
{
    free(drawing->svg);
    *drawing = (struct drawing){0};
}

void chart_show(struct page *page, const struct drawing *drawing)
{
    struct page_legend legend[CHART_SERIES_MAX];
    size_t count = 0;

    if (!drawing->svg) {
        char text[160];
        snprintf(text, sizeof text,
                 drawing->missing ? "gnuplot is not installed, so there is no plot here; plots/%s.csv has its data."
                                  : "gnuplot could not draw this plot; plots/%s.csv has its data.",
                 drawing->name);
        page_note(page, text);
        return;
    }
    for (unsigned s = 0; s < CHART_SERIES_MAX; s++) {
        if (drawing->series[s])
            legend[count++] = (struct page_legend){COLOURS[s], drawing->series[s]};
    }
    page_picture(page, drawing->svg, drawing->name, drawing->caption, legend, count);
}

bool drawings_add(struct drawings *drawings, const struct chart *chart, const struct chart_options *options,
                  struct error_list *errors)
{
    if (chart->count == 0 || drawings->count == sizeof drawings->items / sizeof drawings->items[0])
        return true;
    return chart_draw(chart, options, &drawings->items[drawings->count++], errors);
}

void drawings_show(const struct drawings *drawings, const char *prefix, struct page *page)
{
    for (size_t i = 0; drawings && i < drawings->count; i++) {
        if (strncmp(drawings->items[i].name, prefix, strlen(prefix)) == 0)
            chart_show(page, &drawings->items[i]);
    }
}

void drawings_clear(struct drawings *drawings)
{
    for (size_t i = 0; i < drawings->count; i++)
        drawing_clear(&drawings->items[i]);
    drawings->count = 0;
}
