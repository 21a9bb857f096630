/* study_file.c - a study from its document. */
#include "reports/study.h"

#include "engine/size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A choice as YAML: a plain or quoted text, or a list of texts. */
static const char *choice_text(struct reader *item, struct arena *arena, const struct node *node)
{
    char text[1024];
    size_t used = 0;

    if (node->kind == NODE_TEXT) {
        snprintf(text, sizeof text, node->quoted ? "\"%s\"" : "%s", node->text);
        return reader_copy(item, arena, text);
    }
    used = (size_t)snprintf(text, sizeof text, "[");
    for (size_t i = 0; node->kind == NODE_LIST && i < node->count && used < sizeof text - 2; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? ", " : "",
                                 node->items[i]->kind == NODE_TEXT ? node->items[i]->text : "?");
    if (node->kind != NODE_LIST || used >= sizeof text - 2) {
        reader_error(item, "choices", "expected texts, numbers, or short lists of texts");
        return NULL;
    }
    snprintf(text + used, sizeof text - used, "]");
    return reader_copy(item, arena, text);
}

/* A bound as number, span or size; both bounds have one unit. */
static bool read_bound(struct reader *item, const char *key, enum study_unit *unit, double *out)
{
    const char *text;
    char *end;
    heal_duration duration;
    uint64_t bytes;

    if (!reader_require(item, key) || !reader_text(item, key, &text))
        return false;
    *out = strtod(text, &end);
    *unit = STUDY_NUMBER;
    if (end > text && *end == '\0' && isfinite(*out))
        return true;
    if (heal_duration_parse(text, strlen(text), &duration)) {
        *unit = STUDY_DURATION;
        *out = heal_duration_seconds(duration);
    } else if (size_parse(text, strlen(text), &bytes)) {
        *unit = STUDY_SIZE;
        *out = (double)bytes;
    } else {
        reader_error(item, key, "expected a number, a span such as 30s or a size such as 512Mi, found '%s'", text);
    }
    return *unit != STUDY_NUMBER;
}

static void read_range(struct reader *item, struct study_parameter *out)
{
    enum study_unit units[2] = {STUDY_NUMBER, STUDY_NUMBER};
    bool integer = false, good = read_bound(item, "low", &units[0], &out->low);

    good = read_bound(item, "high", &units[1], &out->high) && good;
    reader_bool(item, "integer", &integer);
    reader_bool(item, "log", &out->log);
    if (!good)
        return;
    if (units[0] != units[1] && out->low != 0)
        reader_error(item, "high", "expected low and high both as numbers, spans or sizes");
    if (!(out->low < out->high))
        reader_error(item, "high", "expected more than low");
    if (out->log && !(out->low > 0))
        reader_error(item, "log", "expected low above 0");
    out->unit = units[1] == STUDY_NUMBER && integer ? STUDY_INTEGER : units[1];
}

static void read_parameter(struct reader *item, struct study *study, struct study_parameter *out)
{
    size_t count;
    const struct node *const *choices;

    if (item->map)
        out->line = item->map->line;
    if (reader_require(item, "path") && reader_text_into(item, "path", study->arena, &out->path) &&
        strncmp(out->path, "policy.", 7) != 0 && strncmp(out->path, "scenario.", 9) != 0)
        reader_error(item, "path", "expected policy. or scenario. and a field, such as policy.rules[high_cpu].above");
    choices = reader_list(item, "choices", &count);
    if (!choices) {
        read_range(item, out);
    } else if (count < 2 || count > STUDY_CHOICES_MAX) {
        reader_error(item, "choices", "expected 2 to %d choices", STUDY_CHOICES_MAX);
    } else {
        for (size_t i = 0; i < count; i++) {
            out->choices[out->choice_count] = choice_text(item, study->arena, choices[i]);
            out->choice_count += out->choices[out->choice_count] != NULL;
        }
    }
    reader_close(item);
}

static void read_parameters(struct reader *root, struct study *study)
{
    size_t count;
    const struct node *const *items =
        reader_require(root, "parameters") ? reader_list(root, "parameters", &count) : NULL;

    if (!items)
        return;
    if (count == 0 || count > STUDY_PARAMETERS_MAX) {
        reader_error(root, "parameters", "expected 1 to %d parameters", STUDY_PARAMETERS_MAX);
        return;
    }
    study->parameters = reader_array(root, study->arena, count, sizeof *study->parameters);
    for (size_t i = 0; study->parameters && i < count; i++) {
        struct reader item = reader_item(root, "parameters", items, i);
        read_parameter(&item, study, &study->parameters[study->parameter_count++]);
    }
}

static void read_objective(struct reader *item, struct study *study)
{
    static const char *const WISHES[] = {"minimize", "maximize"};
    struct study_goal goal = {.weight = 1};
    const char *name;
    size_t wish = 0;

    if (reader_require(item, "metric") && reader_text_into(item, "metric", study->arena, &name)) {
        if (!metric_parse(name, strlen(name), &goal.metric))
            reader_error(item, "metric", "'%s' is no figure of summary.json, such as mttr_seconds", name);
        goal.text = name;
        wish = goal.metric.wish == METRIC_HIGHER;
    }
    reader_choice(item, "goal", WISHES, 2, &wish);
    reader_number(item, "weight", 1e-9, 1e9, &goal.weight);
    goal.maximise = wish == 1;
    reader_close(item);
    study->goals[study->goal_count++] = goal;
}

/* Constraints are written as expectations of a figure. */
static void read_constraint(struct reader *root, struct study *study, const struct node *node, size_t index)
{
    const char *field = reader_item_path(root, "constraints", index);
    struct expectation expectation;
    const char *text = node->kind == NODE_TEXT ? reader_copy(root, study->arena, node->text) : "";

    if (!text || !expectation_parse(text, study->file, node->line, field, study->arena, &expectation, root->errors))
        return;
    if (expectation.kind != EXPECT_FIGURE || expectation.confidence > 0) {
        error_add(root->errors, ERROR_INPUT, study->file, node->line, field,
                  "expected a bound on a figure, such as false_positive_rate < 0.05");
        return;
    }
    study->goals[study->goal_count++] = (struct study_goal){.metric = expectation.metric,
                                                            .constraint = true,
                                                            .sign = expectation.comparison,
                                                            .bound = expectation.bound,
                                                            .text = text};
}

static void read_goals(struct reader *root, struct study *study)
{
    size_t count = 0, constraints = 0;
    const struct node *const *items =
        reader_require(root, "objectives") ? reader_list(root, "objectives", &count) : NULL;
    const struct node *const *bounds = reader_list(root, "constraints", &constraints);

    if (items && (count == 0 || count + constraints > STUDY_METRICS_MAX)) {
        reader_error(root, "objectives", "expected at least one, and with the constraints at most %d",
                     STUDY_METRICS_MAX);
        return;
    }
    for (size_t i = 0; items && i < count; i++) {
        struct reader item = reader_item(root, "objectives", items, i);
        read_objective(&item, study);
    }
    study->objective_count = study->goal_count;
    for (size_t i = 0; items && bounds && i < constraints; i++)
        read_constraint(root, study, bounds[i], i);
}

static void read_scenarios(struct reader *root, struct study *study)
{
    size_t count;
    const struct node *const *items = reader_require(root, "scenarios") ? reader_list(root, "scenarios", &count) : NULL;

    if (items && count == 0)
        reader_error(root, "scenarios", "expected at least one scenario");
    study->scenarios = items ? reader_array(root, study->arena, count, sizeof *study->scenarios) : NULL;
    for (size_t i = 0; study->scenarios && i < count; i++) {
        const char *path = items[i]->kind == NODE_TEXT ? reader_copy(root, study->arena, items[i]->text) : NULL;
        if (path)
            study->scenarios[study->scenario_count++] = path;
        else
            error_add(root->errors, ERROR_INPUT, study->file, items[i]->line, reader_item_path(root, "scenarios", i),
                      "expected a path");
    }
}

static void read_search(struct reader *root, struct study *study)
{
    static const char *const METHODS[] = {"sobol", "random", "grid"};
    struct reader search = reader_map(root, "search"), racing = reader_map(root, "racing"),
                  stop = reader_map(root, "stop");
    size_t method = STUDY_SOBOL;

    reader_choice(&search, "method", METHODS, 3, &method);
    study->method = (enum study_method)method;
    reader_count(&search, "candidates", 1, 10000, &study->candidates);
    reader_count(&search, "points", 2, 100, &study->grid);
    reader_count(&search, "refine", 0, 1000, &study->refine);
    reader_integer(&search, "seed", 0, INT32_MAX, &study->seed);
    reader_close(&search);
    reader_count(&racing, "rounds", 1, 1000, &study->rounds);
    reader_count(&racing, "first", 1, 1000, &study->first);
    reader_count(&racing, "replications", 1, 100000, &study->replications);
    reader_close(&racing);
    reader_count(&stop, "evaluations", 1, 100000000, &study->evaluations);
    reader_duration(&stop, "time", HEAL_SECOND, 365 * HEAL_DAY, &study->time);
    reader_close(&stop);
    reader_count(root, "fresh", 2, 1000, &study->fresh);
}

struct study *study_read(const struct document *document, struct error_list *errors)
{
    size_t before = errors->count;
    struct arena *arena = arena_create();
    struct study *study = arena ? arena_alloc(arena, sizeof *study) : NULL;
    const char *file = study ? arena_text(arena, document->file, strlen(document->file)) : NULL;

    if (!file) {
        arena_destroy(arena);
        error_add(errors, ERROR_ENVIRONMENT, document->file, 0, NULL, "out of memory");
        return NULL;
    }
    *study = (struct study){.arena = arena,
                            .file = file,
                            .name = "",
                            .description = "",
                            .candidates = 32,
                            .grid = 3,
                            .seed = 1,
                            .rounds = 8,
                            .first = 3,
                            .replications = 1,
                            .fresh = 10};
    struct reader root = reader_open(document, document->root, "", errors);
    if (reader_require(&root, "name") && reader_text_into(&root, "name", arena, &study->name) &&
        (study->name[0] == '\0' || study->name[0] == '.' || strlen(study->name) > 100 || strchr(study->name, '/')))
        reader_error(&root, "name", "expected 1 to 100 bytes without '/' that do not begin with '.'");
    reader_text_into(&root, "description", arena, &study->description);
    reader_text_into(&root, "policy", arena, &study->policy_path);
    read_scenarios(&root, study);
    read_parameters(&root, study);
    read_goals(&root, study);
    read_search(&root, study);
    reader_close(&root);
    if (errors->count == before)
        return study;
    study_destroy(study);
    return NULL;
}

void study_destroy(struct study *study)
{
    if (study)
        arena_destroy(study->arena);
}
