/* compare.c - `selfheal compare A B`: what became better, what worse, what cannot be told. */
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/results.h"
#include "cli/yaml.h"
#include "reports/limits_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct subcommand COMMAND = {
    "compare",
    "A B",
    "Compares two runs or suites, B against A; exit code 1 when a metric is worse beyond its limit.",
    "A and B are folders of `simulate`, `replay` or `test`, or a summary.json of one, as a committed\n"
    "baseline. Same scenario, same seed: in pairs, fault by fault. A metric is better or worse when\n"
    "the 95 % interval of its change leaves out zero, else it cannot be told. The first decision\n"
    "where two runs part is named.",
    "  selfheal compare runs/basic runs/other\n"
    "  selfheal compare runs/basic/summary.json runs/other --limits scenarios/suites/basic.limits.yaml\n"
    "  selfheal compare runs/basic runs/other --html comparison.html --json",
};

struct outputs {
    const char *limits, *html, *markdown;
    bool json;
    unsigned images;
};

static bool write_file(const struct comparison *comparison, const char *path,
                       void (*write)(const struct comparison *, FILE *), struct error_list *errors)
{
    FILE *file = path ? fopen(path, "w") : NULL;
    bool good = !path || file;

    if (file) {
        write(comparison, file);
        good = !ferror(file);
        good = fclose(file) == 0 && good;
    }
    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot write: %s", strerror(errno));
    return good;
}

/* The page, its plots in plots/ beside it. */
static bool write_html(struct comparison *comparison, const struct outputs *outputs, struct error_list *errors)
{
    struct drawings drawings = {0};
    const char *slash = outputs->html ? strrchr(outputs->html, '/') : NULL;
    char plots[4096];
    struct chart_options options = {.folder = plots, .images = outputs->images};
    bool good = true;

    snprintf(plots, sizeof plots, "%.*splots", slash ? (int)(slash - outputs->html) + 1 : 0,
             outputs->html ? outputs->html : "");
    if (outputs->html)
        good = comparison_draw(comparison, &options, &drawings, errors);
    comparison->drawings = &drawings;
    good = good && write_file(comparison, outputs->html, comparison_write_page, errors);
    comparison->drawings = NULL;
    drawings_clear(&drawings);
    return good;
}

static bool read_limits(const char *path, struct arena *arena, struct limits *limits, struct error_list *errors)
{
    *limits = limits_default();
    if (!path)
        return true;
    struct document *document = yaml_read(path, errors);
    bool good = document && limits_read(document, arena, limits, errors);
    document_destroy(document);
    return good;
}

static enum exit_code compare(const char *const *paths, const struct outputs *outputs)
{
    struct error_list errors = {0};
    struct arena *arena = arena_create();
    struct limits limits = {0};
    struct results a = {0}, b = {0};
    struct comparison *comparison = NULL;
    bool good = arena && read_limits(outputs->limits, arena, &limits, &errors);

    good = results_read(paths[0], &a, &errors) && good;
    good = results_read(paths[1], &b, &errors) && good;
    if (good)
        comparison = comparison_make(paths[0], a.items, a.count, paths[1], b.items, b.count, &limits, &errors);
    good = comparison && write_html(comparison, outputs, &errors) &&
           write_file(comparison, outputs->markdown, comparison_write_markdown, &errors);
    if (good && outputs->json) {
        char *json = comparison_json(comparison);
        printf("%s\n", json ? json : "");
        free(json);
    } else if (good) {
        comparison_write_lines(comparison, stdout);
    }
    enum exit_code code = console_errors(&errors);
    if (good)
        code = comparison->grade == GRADE_FAIL ? EXIT_MISSED : EXIT_DONE;
    else if (code == EXIT_DONE)
        code = EXIT_ENVIRONMENT;
    comparison_destroy(comparison);
    results_clear(&a);
    results_clear(&b);
    arena_destroy(arena);
    return code;
}

int command_compare(int argc, char **argv)
{
    struct outputs outputs = {0};
    const char *images = NULL;
    const struct option table[] = {
        {"limits", OPTION_TEXT, &outputs.limits, "FILE", "per metric a weight, and what is a warning or a failure"},
        {"html", OPTION_TEXT, &outputs.html, "FILE", "the comparison as a page, its plots in plots/ beside it"},
        {"markdown", OPTION_TEXT, &outputs.markdown, "FILE", "the same for a job summary"},
        {"json", OPTION_FLAG, &outputs.json, NULL, "the comparison as JSON on stdout"},
        {"images", OPTION_TEXT, &images, "png,pdf", "plots in these forms, too, beside the SVG"},
    };
    const char *paths[2];
    size_t count;

    int parsed = options_parse(argc, argv, &COMMAND, table, sizeof table / sizeof table[0], paths, 2, 2, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    if (!images_parse(images, &outputs.images))
        return EXIT_BAD_INPUT;
    return (int)compare(paths, &outputs);
}
