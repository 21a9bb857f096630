#include "cli/test_files.h"
#include "engine/names.h"
#include "reports/limits_file.h"
#include "reports/study.h"
#include "sim/suite_file.h"

/* The readers say which fields they know when they meet one that they do not.
 * Each row of a table below puts an unknown field into one map of a file; the
 * names in the answer must be the properties that the JSON Schema has there. */
struct place {
    const char *text;   /* a file with the field `zz` in the map */
    const char *schema; /* where the map is in the schema, slashes between keys */
};

static const struct node *walk(const struct node *node, const char *path)
{
    while (path && *path) {
        size_t length = strcspn(path, "/"), i = 0;
        while (i < node->count && (strncmp(node->keys[i], path, length) != 0 || node->keys[i][length] != '\0'))
            i++;
        if (node->kind != NODE_MAP || i == node->count)
            fail_msg("the schema has no %s", path);
        node = node->items[i];
        path += length + (path[length] == '/');
    }
    return node;
}

/* The names in `..: unknown field, expected one of a, b, c`; NULL for another message. */
static char *offered(const struct error_list *errors, size_t index)
{
    static const char LEAD[] = ".zz: unknown field, expected one of ";
    char said[2048];
    error_format(errors, index, said, sizeof said);
    const char *at = strstr(said, LEAD);
    if (at)
        return strdup(at + strlen(LEAD));
    at = strstr(said, LEAD + 1);
    return at ? strdup(at + strlen(LEAD + 1)) : NULL;
}

static void same_fields(const struct place *place, const struct node *schema, char *names)
{
    const struct node *properties = walk(walk(schema, place->schema), "properties");
    size_t count = 0, index;
    char *rest = names;
    for (char *name; (name = strtok_r(rest, ", ", &rest)) != NULL; count++) {
        if (!name_find(properties->keys, properties->count, name, &index))
            fail_msg("%s: the reader knows '%s', the schema does not", place->schema, name);
    }
    if (count != properties->count)
        fail_msg("%s: the reader knows %zu fields, the schema %zu", place->schema, count, properties->count);
}

typedef void (*read_file)(const struct document *document, struct error_list *errors);

static void check(const char *schema_file, read_file read, const struct place *places, size_t count)
{
    struct document *schema = test_bundled(schema_file);
    for (size_t i = 0; i < count; i++) {
        struct error_list errors = {0};
        struct document *document = test_text("t", places[i].text, &errors);
        read(document, &errors);
        char *names = NULL;
        for (size_t e = 0; e < errors.kept && !names; e++)
            names = offered(&errors, e);
        if (!names)
            fail_msg("%s: the reader took zz for a field", places[i].schema);
        same_fields(&places[i], schema->root, names);
        free(names);
        error_list_clear(&errors);
        document_destroy(document);
    }
    document_destroy(schema);
}

static void read_policy(const struct document *document, struct error_list *errors)
{
    policy_destroy(policy_from_document(document, NULL, errors));
}

static void read_faults(const struct document *document, struct error_list *errors)
{
    fault_catalogue_destroy(fault_catalogue_from_document(document, errors));
}

static void read_scenario(const struct document *document, struct error_list *errors)
{
    const struct fault_catalogue nothing = {0};
    scenario_destroy(scenario_from_document(document, &nothing, errors));
}

static void test_policy_fields_are_the_schemas(void **state)
{
    static const struct place PLACES[] = {
        {"zz: 1", ""},
        {"baseline: {zz: 1}", "properties/baseline"},
        {"limits: {zz: 1}", "properties/limits"},
        {"health: {zz: 1}", "properties/health"},
        {"health: {penalty: {zz: 1}}", "properties/health/properties/penalty"},
        {"approval: {zz: 1}", "properties/approval"},
        {"approval: {actions: [{zz: 1}]}", "properties/approval/properties/actions/items"},
        {"attempts: {zz: 1}", "properties/attempts"},
        {"futility: {zz: 1}", "properties/futility"},
        {"circuit: {zz: 1}", "properties/circuit"},
        {"blast_radius: {zz: 1}", "properties/blast_radius"},
        {"storm: {zz: 1}", "properties/storm"},
        {"windows: [{zz: 1}]", "properties/windows/items"},
        {"forecast: {zz: 1}", "properties/forecast"},
        {"priority: {zz: 1}", "properties/priority"},
        {"odds: {zz: 1}", "properties/odds"},
        {"odds: {cost_weight: {zz: 1}}", "properties/odds/properties/cost_weight"},
        {"alerts: {zz: 1}", "properties/alerts"},
        {"patterns: {zz: 1}", "properties/patterns"},
        {"ladders: {zz: 1}", "properties/ladders"},
        {"rules: [{zz: 1}]", "$defs/rule"},
        {"strategies: [{zz: 1}]", "$defs/strategy"},
        {"strategies: [{steps: [{zz: 1}]}]", "$defs/step"},
    };
    (void)state;
    check("schema/policy.schema.json", read_policy, PLACES, sizeof PLACES / sizeof *PLACES);
}

static void test_catalogue_fields_are_the_schemas(void **state)
{
    static const struct place PLACES[] = {
        {"zz: 1", ""},
        {"sources: [{zz: 1}]", "$defs/source"},
        {"actions: {zz: 1}", "properties/actions"},
        {"actions: {default: {zz: 1}}", "$defs/model"},
        {"faults: [{zz: 1}]", "$defs/kind"},
        {"faults: [{bends: [{zz: 1}]}]", "$defs/bend"},
        {"faults: [{causes: [{zz: 1}]}]", "$defs/cause"},
    };
    (void)state;
    check("schema/faults.schema.json", read_faults, PLACES, sizeof PLACES / sizeof *PLACES);
}

static void test_scenario_fields_are_the_schemas(void **state)
{
    static const struct place PLACES[] = {
        {"zz: 1", ""},
        {"trace: {zz: 1}", "properties/trace"},
        {"resources: [{zz: 1}]", "$defs/resource"},
        {"resources: [{series: {m: {zz: 1}}}]", "$defs/generated"},
        {"topology: [{zz: 1}]", "properties/topology/items"},
        {"faults: [{zz: 1}]", "$defs/fault"},
        {"faults: [{bends: [{zz: 1}]}]", "$defs/bend"},
        {"operators: {zz: 1}", "properties/operators"},
        {"operators: {repair: {zz: 1}}", "$defs/log_normal"},
        {"cluster: {zz: 1}", "$defs/cluster"},
        {"cluster: {nodes: [{zz: 1}]}", "$defs/cluster/properties/nodes/items"},
        {"cluster: {workloads: [{zz: 1}]}", "$defs/cluster/properties/workloads/items"},
        {"cluster: {workloads: [{service: {zz: 1}}]}", "$defs/cluster/properties/workloads/items/properties/service"},
        {"cluster: {workloads: [{probe: {zz: 1}}]}", "$defs/cluster/properties/workloads/items/properties/probe"},
        {"cluster: {load: [{zz: 1}]}", "$defs/cluster/properties/load/items"},
        {"cluster: {load: [{rate: {zz: 1}}]}", "$defs/recorded_rate"},
        {"cluster: {databases: [{zz: 1}]}", "$defs/cluster/properties/databases/items"},
        {"cluster: {volumes: [{zz: 1}]}", "$defs/cluster/properties/volumes/items"},
    };
    (void)state;
    check("schema/scenario.schema.json", read_scenario, PLACES, sizeof PLACES / sizeof *PLACES);
}

static void read_suite(const struct document *document, struct error_list *errors)
{
    struct arena *arena = arena_create();
    struct suite_file suite = {0};

    suite_file_read(document, arena, &suite, errors);
    arena_destroy(arena);
}

static void test_suite_fields_are_the_schemas(void **state)
{
    static const struct place PLACES[] = {{"zz: 1", ""}};
    (void)state;
    check("schema/suite.schema.json", read_suite, PLACES, 1);
}

static void read_study(const struct document *document, struct error_list *errors)
{
    study_destroy(study_read(document, errors));
}

static void test_study_fields_are_the_schemas(void **state)
{
    static const struct place PLACES[] = {
        {"zz: 1", ""},
        {"parameters: [{zz: 1}]", "$defs/parameter"},
        {"objectives: [{zz: 1}]", "$defs/objective"},
        {"search: {zz: 1}", "properties/search"},
        {"racing: {zz: 1}", "properties/racing"},
        {"stop: {zz: 1}", "properties/stop"},
    };
    (void)state;
    check("schema/study.schema.json", read_study, PLACES, sizeof PLACES / sizeof *PLACES);
}

static void read_limits(const struct document *document, struct error_list *errors)
{
    struct arena *arena = arena_create();
    struct limits limits;

    limits_read(document, arena, &limits, errors);
    arena_destroy(arena);
}

static void test_limits_fields_are_the_schemas(void **state)
{
    static const struct place PLACES[] = {{"zz: 1", ""}, {"metrics: [{zz: 1}]", "$defs/limit"}};
    (void)state;
    check("schema/limits.schema.json", read_limits, PLACES, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy_fields_are_the_schemas),   cmocka_unit_test(test_catalogue_fields_are_the_schemas),
        cmocka_unit_test(test_scenario_fields_are_the_schemas), cmocka_unit_test(test_suite_fields_are_the_schemas),
        cmocka_unit_test(test_study_fields_are_the_schemas),    cmocka_unit_test(test_limits_fields_are_the_schemas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
