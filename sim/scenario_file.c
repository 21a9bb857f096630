/* scenario_file.c - a scenario from its document: all but its lists.
 *
 * Durations are read before the faults, which are checked against them. */
#include "sim/scenario_file.h"

#include "sim/cluster_file.h"
#include "sim/scenario_parts.h"

#include <string.h>

/* A run goes to runs/NAME: the name must stay one folder below it. */
static bool names_a_folder(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length <= 100 && name[0] != '.' && !strchr(name, '/');
}

static void read_head(struct reader *root, struct scenario *scenario)
{
    int64_t seed;
    if (reader_require(root, "name") && reader_text_into(root, "name", scenario->arena, &scenario->name) &&
        !names_a_folder(scenario->name))
        reader_error(root, "name",
                     "expected 1 to 100 bytes without '/' that do not begin with '.', as it names the run's folder");
    reader_text_into(root, "description", scenario->arena, &scenario->description);
    if (reader_integer(root, "seed", 0, INT64_MAX, &seed))
        scenario->seed = (uint64_t)seed;
    reader_count(root, "replications", 1, 1000000, &scenario->replications);
    reader_time(root, "start", &scenario->start);
    reader_duration(root, "duration", HEAL_SECOND, SCENARIO_SPAN_MAX, &scenario->duration);
    reader_duration(root, "warm_up", 0, SCENARIO_SPAN_MAX, &scenario->warm_up);
    if (scenario->duration > 0 && scenario->warm_up >= scenario->duration)
        reader_error(root, "warm_up", "expected less than duration");
    reader_text_into(root, "policy", scenario->arena, &scenario->policy_path);
    reader_text_into(root, "faults_catalogue", scenario->arena, &scenario->faults_path);
}

static void read_trace(struct reader *root, struct scenario *scenario)
{
    struct reader trace = reader_map(root, "trace");
    if (!trace.map)
        return;
    if (reader_require(&trace, "file"))
        reader_text_into(&trace, "file", scenario->arena, &scenario->trace_path);
    reader_text_into(&trace, "labels", scenario->arena, &scenario->labels_path);
    reader_text_into(&trace, "suspects", scenario->arena, &scenario->suspects_path);
    reader_text_into(&trace, "topology", scenario->arena, &scenario->topology_path);
    reader_close(&trace);
}

/* {mean, sd} under `key`; left alone where it is absent. */
static void read_span(struct reader *part, const char *key, struct log_normal *out)
{
    struct reader item = reader_map(part, key);

    if (!item.map)
        return;
    log_normal_read(&item, &out->mean_seconds, &out->sd_seconds);
    reader_close(&item);
}

/* When people sleep. Times of the day as durations since midnight, UTC. */
static void read_night(struct reader *part, struct operators *operators)
{
    struct reader night = reader_map(part, "night");

    if (!night.map)
        return;
    if (reader_require(&night, "from"))
        reader_duration(&night, "from", 0, HEAL_DAY - 1, &operators->night_from);
    if (reader_require(&night, "until"))
        reader_duration(&night, "until", 0, HEAL_DAY - 1, &operators->night_until);
    if (reader_require(&night, "factor"))
        reader_number(&night, "factor", 1, 1000, &operators->night_factor);
    reader_close(&night);
}

static void read_fatigue(struct reader *part, struct operators *operators)
{
    struct reader fatigue = reader_map(part, "fatigue");

    if (!fatigue.map)
        return;
    if (reader_require(&fatigue, "half_life"))
        reader_duration(&fatigue, "half_life", HEAL_SECOND, SCENARIO_SPAN_MAX, &operators->fatigue_half_life);
    reader_number(&fatigue, "per_page", 0, 100, &operators->fatigue_per_page);
    reader_number(&fatigue, "missed_per_page", 0, 1, &operators->missed_per_page);
    reader_duration(&fatigue, "escalate_after", HEAL_SECOND, SCENARIO_SPAN_MAX, &operators->escalate_after);
    if (operators->missed_per_page > 0.0 && operators->escalate_after == 0)
        reader_error(&fatigue, "escalate_after", "missing, expected when a missed page rings the next person");
    reader_close(&fatigue);
}

static void read_operators(struct reader *root, struct operators *operators)
{
    struct reader part = reader_map(root, "operators");

    if (!part.map)
        return;
    operators->present = true;
    reader_require(&part, "acknowledge");
    reader_require(&part, "repair");
    read_span(&part, "acknowledge", &operators->acknowledge);
    read_span(&part, "diagnose", &operators->diagnose);
    read_span(&part, "repair", &operators->repair);
    read_span(&part, "complaint", &operators->complaint);
    reader_duration(&part, "repeat", HEAL_MINUTE, SCENARIO_SPAN_MAX, &operators->repeat);
    reader_count(&part, "team", 1, 100000, &operators->team);
    read_night(&part, operators);
    read_fatigue(&part, operators);
    reader_close(&part);
}

static void read_costs(struct reader *root, struct costs *costs)
{
    struct reader part = reader_map(root, "costs");
    static const char *const KEYS[] = {"pod_hour", "node_hour", "page", "people_hour", "failed_request", "bad_minute"};
    double *const prices[] = {&costs->pod_hour,    &costs->node_hour,      &costs->page,
                              &costs->people_hour, &costs->failed_request, &costs->bad_minute};

    if (!part.map)
        return;
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        reader_number(&part, KEYS[i], 0, 1e12, prices[i]);
    reader_close(&part);
}

static void read_expects(struct reader *root, struct scenario *scenario)
{
    size_t count;
    const struct node *const *items = reader_list(root, "expect", &count);
    if (!items)
        return;
    scenario->expects = reader_array(root, scenario->arena, count, sizeof *scenario->expects);
    for (size_t i = 0; scenario->expects && i < count; i++) {
        if (items[i]->kind != NODE_TEXT) {
            error_add(root->errors, ERROR_INPUT, scenario->file, items[i]->line, reader_item_path(root, "expect", i),
                      "expected a text such as \"mttr_seconds.p95 < 5m\"");
            continue;
        }
        const char *text = reader_copy(root, scenario->arena, items[i]->text);
        if (text)
            scenario->expects[scenario->expect_count++] = (struct expect_line){text, items[i]->line};
    }
}

/* Something has to happen somewhere, for some time. */
static void check_world(struct reader *root, const struct scenario *scenario)
{
    bool written = false;
    size_t series = 0;
    if (scenario->trace_path || !root->map)
        return;
    for (size_t i = 0; i < scenario->resource_count; i++) {
        series += scenario->resources[i].series_count;
        for (size_t s = 0; s < scenario->resources[i].series_count; s++)
            written = written || scenario->resources[i].series[s].samples;
    }
    if (series == 0 && !scenario->cluster && !scenario->cluster_path)
        reader_error(root, NULL, "expected a trace, a cluster, or resources with series");
    else if (scenario->duration == 0 && !written)
        reader_error(root, "duration", "missing, expected how long the cluster or the generated series run");
}

static struct scenario *start(const struct document *document)
{
    struct arena *arena = arena_create();
    struct scenario *scenario = arena ? arena_alloc(arena, sizeof *scenario) : NULL;
    char *file = scenario ? arena_text(arena, document->file, strlen(document->file)) : NULL;
    if (!file) {
        arena_destroy(arena);
        return NULL;
    }
    *scenario = (struct scenario){.arena = arena,
                                  .file = file,
                                  .name = "",
                                  .description = "",
                                  .seed = 1,
                                  .replications = 1,
                                  .start = INT64_C(1767225600) * HEAL_SECOND}; /* 2026-01-01T00:00:00Z */
    return scenario;
}

struct scenario *scenario_from_document(const struct document *document, const struct fault_catalogue *catalogue,
                                        struct error_list *errors)
{
    size_t before = errors->count;
    struct scenario *scenario = start(document);
    if (!scenario) {
        error_add(errors, ERROR_ENVIRONMENT, document->file, 0, NULL, "out of memory");
        return NULL;
    }
    struct reader root = reader_open(document, document->root, "", errors);
    read_head(&root, scenario);
    read_trace(&root, scenario);
    resources_read(&root, scenario);
    const struct node *cluster = reader_node(&root, "cluster");
    if (cluster && cluster->kind == NODE_TEXT)
        reader_text_into(&root, "cluster", scenario->arena, &scenario->cluster_path);
    else
        scenario->cluster = cluster_read(&root, scenario->arena);
    fault_specs_read(&root, catalogue, scenario);
    read_operators(&root, &scenario->operators);
    read_costs(&root, &scenario->costs);
    read_expects(&root, scenario);
    reader_close(&root);
    if (errors->count == before)
        check_world(&root, scenario);
    if (errors->count > before) {
        scenario_destroy(scenario);
        return NULL;
    }
    return scenario;
}

void scenario_paths(const struct document *document, const char **policy_path, const char **catalogue_path)
{
    struct error_list ignored = {0};
    struct reader root = reader_open(document, document->root, "", &ignored);
    *policy_path = NULL;
    *catalogue_path = NULL;
    reader_text(&root, "policy", policy_path);
    reader_text(&root, "faults_catalogue", catalogue_path);
    error_list_clear(&ignored);
}
