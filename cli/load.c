/* load.c - reading a scenario, its policy, its catalogue, its trace, in the order
 * in which they need each other, and going on after a fault as long as the next
 * file can still be judged: one round shows a person all that is wrong. */
#include "cli/load.h"

#include "cli/builtin.h"
#include "cli/load_rates.h"
#include "cli/options.h"
#include "cli/yaml.h"
#include "engine/policy_file.h"
#include "replay/trace_source.h"
#include "sim/cluster.h"
#include "sim/cluster_file.h"
#include "sim/fault_plan.h"
#include "sim/made_source.h"
#include "sim/scenario_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BASE_DEPTH_MAX = 8 };

char *path_beside(const char *beside, const char *path)
{
    if (!path)
        return NULL;
    const char *slash = beside ? strrchr(beside, '/') : NULL;
    size_t folder = path[0] == '/' || !slash ? 0 : (size_t)(slash - beside) + 1;
    char *joined = malloc(folder + strlen(path) + 1);
    if (joined) {
        if (folder > 0)
            memcpy(joined, beside, folder);
        memcpy(joined + folder, path, strlen(path) + 1);
    }
    return joined;
}

const char *path_stem(const char *path, char *text, size_t size)
{
    const char *slash = strrchr(path, '/');

    snprintf(text, size, "%s", slash ? slash + 1 : path);
    char *dot = strrchr(text, '.');
    if (dot && dot != text)
        *dot = '\0';
    return text;
}

static struct document *builtin_document(const struct builtin_file *file, struct error_list *errors)
{
    return yaml_parse(file->name, file->text, file->length, errors);
}

static struct policy *policy_at_depth(const char *path, int depth, struct error_list *errors)
{
    bool builtin = !path || strcmp(path, "default") == 0;
    struct document *document = builtin ? builtin_document(&BUILTIN_POLICY, errors) : yaml_read(path, errors);
    struct policy *base = NULL, *policy = NULL;
    bool good = document != NULL;

    if (good && !builtin) {
        struct error_list unheard = {0}; /* policy_from_document says what is wrong with it */
        struct reader root = reader_open(document, document->root, "", &unheard);
        const char *base_path = "default";
        reader_text(&root, "base", &base_path);
        char *joined = strcmp(base_path, "default") == 0 ? NULL : path_beside(path, base_path);
        if (depth == BASE_DEPTH_MAX)
            error_add(errors, ERROR_INPUT, path, 0, "base", "more than %d policies on top of each other",
                      BASE_DEPTH_MAX);
        else
            base = policy_at_depth(joined, depth + 1, errors);
        free(joined);
        error_list_clear(&unheard);
        good = base != NULL;
    }
    if (good)
        policy = policy_from_document(document, base, errors);
    policy_destroy(base);
    document_destroy(document);
    return policy;
}

/* LEARNING_MODE=false in the environment freezes the odds, whatever the file says. */
static void heed_environment(struct policy *policy)
{
    const char *mode = getenv("LEARNING_MODE");

    if (policy && mode && (strcmp(mode, "false") == 0 || strcmp(mode, "0") == 0))
        policy->learning = false;
}

struct policy *load_policy(const char *path, struct error_list *errors)
{
    struct policy *policy = policy_at_depth(path, 0, errors);

    heed_environment(policy);
    return policy;
}

struct fault_catalogue *load_catalogue(const char *path, struct error_list *errors)
{
    struct document *document = path ? yaml_read(path, errors) : builtin_document(&BUILTIN_FAULTS, errors);
    struct fault_catalogue *catalogue = document ? fault_catalogue_from_document(document, errors) : NULL;

    document_destroy(document);
    return catalogue;
}

void bundle_clear(struct bundle *bundle)
{
    policy_destroy(bundle->policy);
    scenario_destroy(bundle->scenario);
    fault_catalogue_destroy(bundle->catalogue);
    trace_destroy(bundle->trace);
    inventory_destroy(bundle->inventory);
    inventory_destroy(bundle->knobs);
    labels_clear(&bundle->labels);
    labels_clear(&bundle->suspects);
    *bundle = (struct bundle){0};
}

static void out_of_memory(struct error_list *errors)
{
    error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
}

/* The trace's file name with its folder: what NAB's windows call it. */
static const char *trace_key(const char *path)
{
    const char *last = strrchr(path, '/'), *at = last;

    while (at && at > path && at[-1] != '/')
        at--;
    return at ? at : path;
}

static void read_truth(struct bundle *bundle, const char *trace_path, const char *labels, const char *suspects,
                       struct error_list *errors)
{
    if (labels)
        labels_read(labels, trace_key(trace_path), &bundle->labels, errors);
    if (suspects)
        labels_read(suspects, trace_key(trace_path), &bundle->suspects, errors);
}

static void describe_trace(struct bundle *bundle, const char *path, const char *topology_path,
                           struct error_list *errors)
{
    struct trace_notes notes = {0};
    struct topology topology = {0};

    bundle->trace = trace_open(path, &notes, errors);
    if (notes.folded_rows > 0)
        fprintf(stderr, "selfheal: %s:%llu: clock set back: %llu rows left out until time moves on\n", path,
                (unsigned long long)notes.fold_line, (unsigned long long)notes.folded_rows);
    if (bundle->trace && !trace_describe(bundle->trace, bundle->inventory))
        out_of_memory(errors);
    if (topology_path && topology_read(topology_path, &topology, errors))
        topology_relate(&topology, bundle->inventory);
    topology_clear(&topology);
}

static void set_span(struct bundle *bundle, heal_duration asked, struct error_list *errors)
{
    struct scenario *scenario = bundle->scenario;
    heal_duration wanted = asked > 0 ? asked : scenario->duration;
    heal_duration longest =
        bundle->trace ? trace_duration(bundle->trace) : made_duration(scenario, bundle->policy->scan_interval);

    bundle->start = bundle->trace ? trace_times(bundle->trace)[0] : scenario->start;
    bundle->duration = wanted > 0 && (!bundle->trace || wanted < longest) ? wanted : longest;
    if (bundle->duration <= 0)
        error_add(errors, ERROR_INPUT, scenario->file, 0, "duration",
                  "missing, and there is neither a trace nor a hand-written series to take it from");
    else if (bundle->duration > HEAL_TIME_NEVER - bundle->start)
        error_add(errors, ERROR_INPUT, scenario->file, 0, "start", "the run would end beyond the year 2261");
}

static void inject(struct bundle *bundle, const struct option_list *list, struct error_list *errors)
{
    struct scenario *scenario = bundle->scenario;
    struct fault_spec *faults = arena_array(scenario->arena, scenario->fault_count + list->count, sizeof *faults);

    if (!faults) {
        out_of_memory(errors);
        return;
    }
    for (size_t i = 0; i < scenario->fault_count; i++)
        faults[i] = scenario->faults[i];
    scenario->faults = faults;
    for (size_t i = 0; i < list->count; i++) {
        if (fault_spec_parse(list->items[i], bundle->catalogue, scenario->arena, &faults[scenario->fault_count],
                             errors))
            scenario->fault_count++;
    }
}

/* Whether a fault of `kind` on `resource` would show in a series that the policy
 * watches for just that type of issue; "scale" bends anything and may show nowhere. */
static bool would_show(const struct bundle *bundle, const struct fault_kind *kind, uint32_t resource)
{
    size_t count;
    const uint32_t *series = inventory_resource_series(bundle->inventory, resource, &count);
    const struct policy_rule *rules = bundle->policy->rules;

    for (size_t i = 0; i < count; i++) {
        const char *metric = inventory_series_metric(bundle->inventory, series[i]);
        size_t rule = policy_rule_for(bundle->policy, inventory_series_id(bundle->inventory, series[i]));
        bool watched = rule != SIZE_MAX && rules[rule].issue == kind->issue;
        for (size_t j = 0; j < kind->bend_count; j++) {
            if ((watched || kind->issue == ISSUE_NONE) && !kind->bends[j].callers &&
                series_glob_match(kind->bends[j].metric, metric))
                return true;
        }
    }
    return false;
}

/* Puts `kind` on up to PICKED_TARGETS of the resources where it would show, spread
 * over the inventory: one or two faults on each at random times, and on the first
 * one that is sure to come. */
enum { PICKED_TARGETS = 3 };
static void pick_kind(struct bundle *bundle, const struct fault_kind *kind)
{
    struct scenario *scenario = bundle->scenario;
    size_t resources = inventory_resource_count(bundle->inventory), fitting = 0, seen = 0, picked = 0;

    for (uint32_t i = 0; i < resources; i++)
        fitting += would_show(bundle, kind, i);
    for (uint32_t i = 0; i < resources && picked < PICKED_TARGETS; i++) {
        if (!would_show(bundle, kind, i) || seen++ * PICKED_TARGETS < picked * fitting)
            continue;
        struct fault_spec spec = {.kind = kind,
                                  .target = inventory_resource_id(bundle->inventory, i),
                                  .onset = ONSET_AT,
                                  .at = bundle->duration / 4,
                                  .every = bundle->duration / 2};
        if (picked++ == 0)
            scenario->faults[scenario->fault_count++] = spec;
        spec.onset = ONSET_POISSON;
        scenario->faults[scenario->fault_count++] = spec;
    }
}

/* Faults for a trace that a person names none for: of each kind that its series
 * would show, some, at random times; where none fits, the series are scaled. */
static void pick_faults(struct bundle *bundle, struct error_list *errors)
{
    static const char *const KINDS[] = {"cpu-stress",    "memory-stress", "disk-fill", "pod-kill",
                                        "network-delay", "missing-index", "scale"};
    size_t kinds = sizeof KINDS / sizeof KINDS[0];
    struct scenario *scenario = bundle->scenario;

    scenario->faults = arena_array(scenario->arena, kinds * (PICKED_TARGETS + 1), sizeof *scenario->faults);
    if (!scenario->faults) {
        out_of_memory(errors);
        return;
    }
    for (size_t i = 0; i < kinds; i++) {
        const struct fault_kind *kind = fault_kind_find(bundle->catalogue, KINDS[i]);
        if (kind && (i + 1 < kinds || scenario->fault_count == 0))
            pick_kind(bundle, kind);
    }
}

static bool describe_cluster(struct bundle *bundle, struct error_list *errors)
{
    if (bundle->policy)
        bundle->scenario->cluster->interval = bundle->policy->scan_interval;
    bundle->knobs = inventory_create();
    if (bundle->knobs)
        return cluster_describe(bundle->scenario->cluster, bundle->inventory, bundle->knobs, errors);
    out_of_memory(errors);
    return false;
}

/* A cluster that stands in a file of its own. */
static void read_cluster(struct bundle *bundle, const char *beside, const struct bundle_options *options,
                         struct error_list *errors)
{
    char *path = path_beside(beside, bundle->scenario->cluster_path);
    struct document *document = path ? yaml_read(path, errors) : NULL;

    if (document && options->amend)
        document = options->amend(document, true, options->amend_context, errors);
    if (document)
        bundle->scenario->cluster = cluster_from_document(document, bundle->scenario->arena, errors);
    if (bundle->scenario->cluster)
        load_rates(bundle->scenario->cluster, path, "load", bundle->scenario->arena, errors);
    document_destroy(document);
    free(path);
}

static int by_time(const void *left, const void *right)
{
    heal_time a = *(const heal_time *)left, b = *(const heal_time *)right;
    return (a > b) - (a < b);
}

/* The onsets that a fault line takes from a labels file: as far apart as its incidents began. */
static void read_onsets(struct bundle *bundle, const char *beside, struct fault_spec *spec, struct error_list *errors)
{
    char *path = path_beside(beside, spec->times_path);
    struct labels labels = {0};
    heal_duration *times = NULL;

    if (path && labels_read(path, trace_key(path), &labels, errors) && labels.count > 0)
        times = arena_array(bundle->scenario->arena, labels.count, sizeof *times);
    if (labels.count == 0 && path && errors->count == 0)
        error_add(errors, ERROR_INPUT, path, 0, NULL, "no incident in it, expected onsets for a fault");
    for (size_t i = 0; times && i < labels.count; i++)
        times[i] = labels.items[i].start;
    if (times)
        qsort(times, labels.count, sizeof *times, by_time); /* the file may have any order */
    for (size_t i = labels.count; times && i-- > 0;)
        times[i] = times[i] - times[0] + spec->at;
    spec->times = times;
    spec->time_count = times ? labels.count : 0;
    labels_clear(&labels);
    free(path);
}

/* What scenarios and bare traces share: series, faults, span. Called without a
 * policy it only looks for what else is wrong. */
static bool assemble(struct bundle *bundle, const char *trace_path, const char *topology_path,
                     const struct bundle_options *options, struct error_list *errors)
{
    bundle->inventory = inventory_create();
    if (!bundle->inventory) {
        out_of_memory(errors);
        return false;
    }
    if (trace_path)
        describe_trace(bundle, trace_path, topology_path, errors);
    if (options->inject && options->inject->count > 0)
        inject(bundle, options->inject, errors);
    bool whole = made_describe(bundle->scenario, bundle->inventory, errors) && (!trace_path || bundle->trace);
    if (bundle->scenario->cluster)
        whole = describe_cluster(bundle, errors) && whole;
    if (!inventory_freeze(bundle->inventory) || (bundle->knobs && !inventory_freeze(bundle->knobs))) {
        out_of_memory(errors);
        return false;
    }
    if (!whole)
        return false;
    if (inventory_series_count(bundle->inventory) == 0)
        error_add(errors, ERROR_INPUT, bundle->scenario->file, 0, NULL, "no series: neither a trace nor resources");
    if (bundle->policy)
        set_span(bundle, options->duration, errors);
    if (bundle->policy && errors->count == 0 && options->pick_faults &&
        !(options->inject && options->inject->count > 0))
        pick_faults(bundle, errors);
    fault_plan_check(bundle->scenario, bundle->inventory, bundle->knobs, bundle->duration, errors);
    return errors->count == 0;
}

/* Opens what a scenario names that could itself not be read, for its faults. */
static void judge_trace(const struct document *document, const char *path, struct error_list *errors)
{
    struct error_list unheard = {0}; /* scenario_from_document said what is wrong with the fields */
    struct reader root = reader_open(document, document->root, "", &unheard);
    struct reader part = reader_map(&root, "trace");
    enum { TRACE, LABELS, SUSPECTS, TOPOLOGY, PARTS };
    const char *names[PARTS] = {NULL};
    char *paths[PARTS];
    struct labels labels = {0};
    struct topology topology = {0};

    reader_text(&part, "file", &names[TRACE]);
    reader_text(&part, "labels", &names[LABELS]);
    reader_text(&part, "suspects", &names[SUSPECTS]);
    reader_text(&part, "topology", &names[TOPOLOGY]);
    for (size_t i = 0; i < PARTS; i++)
        paths[i] = path_beside(path, names[i]);
    if (paths[TRACE])
        trace_destroy(trace_open(paths[TRACE], NULL, errors));
    for (size_t i = LABELS; i <= SUSPECTS; i++) {
        if (paths[i])
            labels_read(paths[i], trace_key(paths[TRACE] ? paths[TRACE] : path), &labels, errors);
        labels_clear(&labels);
    }
    if (paths[TOPOLOGY])
        topology_read(paths[TOPOLOGY], &topology, errors);
    topology_clear(&topology);
    for (size_t i = 0; i < PARTS; i++)
        free(paths[i]);
    error_list_clear(&unheard);
}

static void read_expectations(struct bundle *bundle, struct error_list *errors)
{
    const struct scenario *scenario = bundle->scenario;

    bundle->expectations = arena_array(scenario->arena, scenario->expect_count, sizeof *bundle->expectations);
    if (!bundle->expectations)
        out_of_memory(errors);
    for (size_t i = 0; bundle->expectations && i < scenario->expect_count; i++) {
        char field[32];
        snprintf(field, sizeof field, "expect[%zu]", i);
        if (expectation_parse(scenario->expects[i].text, scenario->file, scenario->expects[i].line, field,
                              scenario->arena, &bundle->expectations[bundle->expectation_count], errors))
            bundle->expectation_count++;
    }
}

bool bundle_scenario(struct bundle *bundle, const char *path, const struct bundle_options *options,
                     struct error_list *errors)
{
    struct document *document = yaml_read(path, errors);
    const char *policy_path = NULL, *catalogue_path = NULL;

    if (document && options->amend)
        document = options->amend(document, false, options->amend_context, errors);
    if (!document)
        return false;
    scenario_paths(document, &policy_path, &catalogue_path);
    char *policy = options->policy ? path_beside(NULL, options->policy) : path_beside(path, policy_path);
    char *catalogue = options->catalogue ? path_beside(NULL, options->catalogue) : path_beside(path, catalogue_path);
    bundle->policy = load_policy(policy, errors);
    bundle->catalogue = load_catalogue(catalogue, errors);
    if (bundle->catalogue)
        bundle->scenario = scenario_from_document(document, bundle->catalogue, errors);
    bool good = false;
    if (bundle->scenario) { /* also without a policy: what is wrong with the rest belongs in the same round */
        char *trace = path_beside(path, bundle->scenario->trace_path);
        char *topology = path_beside(path, bundle->scenario->topology_path);
        char *labels = path_beside(path, bundle->scenario->labels_path);
        char *suspects = path_beside(path, bundle->scenario->suspects_path);
        read_truth(bundle, trace ? trace : path, labels, suspects, errors);
        read_expectations(bundle, errors);
        if (bundle->scenario->cluster_path)
            read_cluster(bundle, path, options, errors);
        else if (bundle->scenario->cluster)
            load_rates(bundle->scenario->cluster, path, "cluster.load", bundle->scenario->arena, errors);
        for (size_t i = 0; i < bundle->scenario->fault_count; i++) {
            if (bundle->scenario->faults[i].times_path)
                read_onsets(bundle, path, &bundle->scenario->faults[i], errors);
        }
        good = assemble(bundle, trace, topology, options, errors);
        free(trace);
        free(topology);
        free(labels);
        free(suspects);
    } else {
        judge_trace(document, path, errors);
    }
    free(policy);
    free(catalogue);
    document_destroy(document);
    return good && errors->count == 0;
}

static struct scenario *bare_scenario(const char *path)
{
    struct arena *arena = arena_create();
    struct scenario *scenario = arena ? arena_alloc(arena, sizeof *scenario) : NULL;
    char stem[256];

    path_stem(path, stem, sizeof stem);
    if (scenario) {
        scenario->arena = arena;
        scenario->file = arena_text(arena, path, strlen(path));
        scenario->name = arena_text(arena, stem, strlen(stem));
        scenario->seed = 1;
        scenario->replications = 1;
    }
    if (!scenario || !scenario->file || !scenario->name) {
        arena_destroy(arena);
        return NULL;
    }
    return scenario;
}

bool bundle_trace(struct bundle *bundle, const char *path, const struct bundle_options *options,
                  struct error_list *errors)
{
    bundle->policy = load_policy(options->policy, errors);
    bundle->catalogue = load_catalogue(options->catalogue, errors);
    bundle->scenario = bare_scenario(path);
    if (!bundle->scenario)
        out_of_memory(errors);
    read_truth(bundle, path, options->labels, options->suspects, errors);
    if (!bundle->catalogue || !bundle->scenario) {
        trace_destroy(trace_open(path, NULL, errors)); /* its faults belong in the same round */
        return false;
    }
    return assemble(bundle, path, options->topology, options, errors) && errors->count == 0;
}
