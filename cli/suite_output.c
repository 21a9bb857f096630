/* suite_output.c - see suite_output.h. */
#include "cli/suite_output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const SUITE_FILES[] = {
    "summary.json",     "report.html",  "report.md",    "plots/tornado.svg",
    "suite.db-journal", "suite.db-wal", "suite.db-shm", "suite.db",
};
/* The mark stays from the first moment on: a run that was killed may be run again. */
static const struct folder_kind FOLDER_SUITE = {"suite", ".suite", SUITE_FILES,
                                                sizeof SUITE_FILES / sizeof SUITE_FILES[0]};

bool suite_output_prepare(const char *folder, struct error_list *errors)
{
    return folder_prepare(folder, &FOLDER_SUITE, errors) && folder_write(folder, ".suite", "selfheal test\n", errors);
}

bool suite_output_check(const struct suite_output *output, struct error_list *errors)
{
    const char *const paths[] = {output->junit, output->markdown};

    if (output->tap && output->json)
        error_add(errors, ERROR_INPUT, NULL, 0, "--json", "either --tap or --json goes to stdout, not both");
    for (size_t i = 0; i < 2; i++) {
        FILE *file = paths[i] ? fopen(paths[i], "a") : NULL;
        if (paths[i] && !file)
            error_add(errors, ERROR_ENVIRONMENT, paths[i], 0, NULL, "cannot write: %s", strerror(errno));
        if (file)
            fclose(file);
    }
    return errors->count == 0;
}

static bool write_file(const struct suite *suite, const char *path, void (*write)(const struct suite *, FILE *),
                       struct error_list *errors)
{
    FILE *file = fopen(path, "w");
    bool good = file != NULL;

    if (file) {
        write(suite, file);
        good = !ferror(file);
        good = fclose(file) == 0 && good;
    }
    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot write: %s", strerror(errno));
    return good;
}

static bool write_in(const struct suite *suite, const char *folder, const char *name,
                     void (*write)(const struct suite *, FILE *), struct error_list *errors)
{
    char path[FOLDER_PATH];
    return folder_join(path, folder, name, errors) && write_file(suite, path, write, errors);
}

static void write_json(const struct suite *suite, FILE *out)
{
    char *text = suite_json(suite);
    fprintf(out, "%s\n", text ? text : "");
    free(text);
}

/* The picture that report.md names. */
static bool write_plots(const struct suite *suite, const char *folder, struct error_list *errors)
{
    char plots[FOLDER_PATH];
    char *picture = suite->variation_count > 0 ? suite_tornado(suite) : NULL;
    bool good = suite->variation_count == 0 || picture;

    if (picture)
        good = folder_join(plots, folder, "plots", errors) && folder_make(plots, errors) &&
               folder_write(plots, "tornado.svg", picture, errors);
    else if (!good)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    free(picture);
    return good;
}

static bool write_html(struct suite *suite, const struct suite_output *output, struct error_list *errors)
{
    struct drawings drawings = {0};
    char plots[FOLDER_PATH];
    struct chart_options options = {.folder = plots, .images = output->images};
    bool good = folder_join(plots, output->folder, "plots", errors) && suite_draw(suite, &options, &drawings, errors);

    suite->drawings = &drawings;
    good = good && write_in(suite, output->folder, "report.html", suite_write_page, errors);
    suite->drawings = NULL;
    drawings_clear(&drawings);
    return good;
}

bool suite_output_write(struct suite *suite, const struct suite_output *output, bool told, struct error_list *errors)
{
    char path[FOLDER_PATH];

    if (!folder_join(path, output->folder, "suite.db", errors) || !suite_save(suite, path, errors) ||
        !write_in(suite, output->folder, "summary.json", write_json, errors) ||
        !write_in(suite, output->folder, "report.md", suite_write_markdown, errors) ||
        !write_html(suite, output, errors) || !write_plots(suite, output->folder, errors) ||
        (output->junit && !write_file(suite, output->junit, suite_write_junit, errors)) ||
        (output->markdown && !write_file(suite, output->markdown, suite_write_markdown, errors)))
        return false;
    if (output->tap)
        suite_write_tap(suite, stdout);
    else if (output->json)
        write_json(suite, stdout);
    else {
        if (!told)
            suite_write_lines(suite, stdout);
        else
            suite_write_totals(suite, stdout);
        printf("%s/report.html\n", output->folder);
    }
    return true;
}
