/* limits_file.c - see limits_file.h. */
#include "reports/limits_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LIMITS_MAX = 256 };

/* "20%", "0.05" or "30s"; *relative says which. */
static bool read_amount(struct reader *item, const char *key, const struct metric *metric, double *out, bool *relative)
{
    const char *text;
    char *end;
    heal_duration span;

    if (!reader_text(item, key, &text))
        return false;
    size_t length = strlen(text);
    double value = strtod(text, &end);
    *relative = end > text && strcmp(end, "%") == 0;
    if (*relative)
        value /= 100;
    else if (metric->unit == METRIC_SECONDS && heal_duration_parse(text, length, &span))
        value = heal_duration_seconds(span);
    else if (end == text || *end != '\0' || metric->unit == METRIC_SECONDS)
        value = NAN;
    if (value >= 0 && isfinite(value)) {
        *out = value;
        return true;
    }
    reader_error(item, key, "expected a share of the baseline such as 20%%, or %s, found '%s'",
                 metric->unit == METRIC_SECONDS ? "a span such as 30s" : "a number from 0 on", text);
    return false;
}

static void read_limit(struct reader *item, struct limit *out)
{
    const char *name;
    bool relative[2] = {false, false};

    *out = (struct limit){.weight = 1, .warn = 0, .fail = INFINITY};
    if (!reader_require(item, "metric") || !reader_text(item, "metric", &name)) {
        (void)reader_node(item, "warn");
        (void)reader_node(item, "fail");
    } else if (!metric_parse(name, strlen(name), &out->metric)) {
        reader_error(item, "metric", "'%s' is no figure of summary.json, such as mttr_seconds.p95", name);
        (void)reader_node(item, "warn");
        (void)reader_node(item, "fail");
    } else {
        bool warn = read_amount(item, "warn", &out->metric, &out->warn, &relative[0]);
        bool fail = read_amount(item, "fail", &out->metric, &out->fail, &relative[1]);
        out->relative = relative[0] || relative[1];
        if (warn && fail && relative[0] != relative[1])
            reader_error(item, "fail", "expected warn and fail both as a percentage or both not");
        else if (warn && fail && out->fail < out->warn)
            reader_error(item, "fail", "expected at least warn");
        if (!warn && fail)
            out->warn = 0;
        if (out->metric.wish == METRIC_NEITHER)
            reader_error(item, "metric", "%s is neither better nor worse when it grows", name);
    }
    reader_number(item, "weight", 0, 1e6, &out->weight);
    reader_close(item);
}

bool limits_read(const struct document *document, struct arena *arena, struct limits *out, struct error_list *errors)
{
    size_t before = errors->count, count = 0;
    struct reader root = reader_open(document, document->root, "", errors);
    const struct node *const *items = reader_require(&root, "metrics") ? reader_list(&root, "metrics", &count) : NULL;
    struct limit *limits = items ? reader_array(&root, arena, count, sizeof *limits) : NULL;

    if (items && (count == 0 || count > LIMITS_MAX))
        reader_error(&root, "metrics", "expected 1 to %d metrics", LIMITS_MAX);
    for (size_t i = 0; limits && i < count; i++) {
        struct reader item = reader_item(&root, "metrics", items, i);
        read_limit(&item, &limits[i]);
    }
    reader_close(&root);
    *out = (struct limits){limits, limits ? count : 0};
    return errors->count == before;
}
