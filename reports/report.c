/* report.c - see report.h. Gathers once, then writes the same content in two
 * forms. Instants in it are those of the run; nothing reads a clock. */
#include "reports/report.h"

#include "reports/page_file.h"
#include "reports/report_parts.h"
#include "store/database.h"

#include <stdlib.h>
#include <string.h>

enum { TIMELINE_ROWS = 500 };

/* All that pages are made from. Zero-initialise; forget() frees. */
struct gathered {
    struct database *database;
    struct run_data *data, *baseline;
    struct plots plots;
    struct timeline timeline;
    struct strategies strategies;
};

static struct run_data *read_run(const char *folder, const char *name, struct error_list *errors)
{
    char *path = page_file_path(folder, name, errors);
    struct run_data *data = path ? run_data_read(path, errors) : NULL;

    free(path);
    return data;
}

static bool draw(struct gathered *gathered, const char *folder, const struct report_options *options,
                 struct error_list *errors)
{
    static const struct report_options defaults = {0};
    char *plots = page_file_path(folder, "plots", errors);
    struct plot_source source = {.folder = plots,
                                 .database = gathered->database,
                                 .data = gathered->data,
                                 .baseline = gathered->baseline,
                                 .options = options ? options : &defaults};
    bool done = plots && plots_draw(&gathered->plots, &source, errors);

    free(plots);
    return done;
}

static bool gather(struct gathered *gathered, const char *folder, const struct summary *summary,
                   const struct report_options *options, struct error_list *errors)
{
    char *path = page_file_path(folder, "run.db", errors);

    gathered->data = path ? run_data_read(path, errors) : NULL;
    gathered->database = gathered->data ? database_open(path, errors) : NULL;
    free(path);
    if (summary->baseline && gathered->database) {
        gathered->baseline = read_run(folder, "baseline.db", errors);
        if (!gathered->baseline)
            return false;
    }
    return gathered->database && draw(gathered, folder, options, errors) &&
           timeline_read(&gathered->timeline, gathered->database, gathered->data, TIMELINE_ROWS, errors) &&
           strategies_read(&gathered->strategies, gathered->database, errors);
}

static void forget(struct gathered *gathered)
{
    plots_clear(&gathered->plots);
    timeline_clear(&gathered->timeline);
    strategies_clear(&gathered->strategies);
    database_close(gathered->database);
    run_data_destroy(gathered->data);
    run_data_destroy(gathered->baseline);
}

static bool write_page(const char *folder, const char *name, enum page_form form, const struct report_content *content,
                       struct error_list *errors)
{
    struct page_file file;
    struct page page = {.form = form};

    if (!page_file_open(&file, folder, name, errors))
        return false;
    page.out = file.stream;
    report_overview(&page, content);
    report_figures(&page, content);
    report_types(&page, content);
    report_timeline(&page, content);
    report_series(&page, content);
    report_strategies(&page, content);
    report_reading(&page, content);
    page_end(&page);
    return page_file_commit(&file, errors);
}

static bool write_json(const char *folder, const struct summary *summary, struct error_list *errors)
{
    char *json = summary_json(summary);
    bool done = json && page_file_write(folder, "summary.json", json, strlen(json), errors);

    if (!json)
        error_add(errors, ERROR_ENVIRONMENT, folder, 0, NULL, "out of memory");
    free(json);
    return done;
}

bool report_write(const char *folder, const struct summary *summary, const struct report_options *options,
                  size_t *plots, struct error_list *errors)
{
    struct gathered gathered = {0};
    bool done = gather(&gathered, folder, summary, options, errors);
    struct report_content content = {.summary = summary,
                                     .data = gathered.data,
                                     .plots = &gathered.plots,
                                     .timeline = &gathered.timeline,
                                     .strategies = &gathered.strategies};

    done = done && write_json(folder, summary, errors) &&
           write_page(folder, "report.md", PAGE_MARKDOWN, &content, errors) &&
           write_page(folder, "report.html", PAGE_HTML, &content, errors);
    if (plots)
        *plots = gathered.plots.drawn;
    forget(&gathered);
    return done;
}
