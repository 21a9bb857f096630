/* policy_docs_test.c - docs/policy.md and docs/healing.md say what the policy is.
 *
 * Every field that the JSON Schema has (which the readers are held to by
 * schema_test) stands in policy.md, with the built-in default's value where it has
 * one; every built-in strategy, every gate and every alert stands in healing.md. */
#include "cli/test_files.h"

#include "engine/alerts.h"
#include "engine/journal.h"

static char *read_page(const char *name)
{
    char path[512];
    long size;

    snprintf(path, sizeof path, "%s/docs/%s", SELFHEAL_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    assert_true(size > 0);
    rewind(file);
    char *text = calloc((size_t)size + 1, 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    return text;
}

static const struct node *child(const struct node *map, const char *key)
{
    for (size_t i = 0; map && map->kind == NODE_MAP && i < map->count; i++) {
        if (strcmp(map->keys[i], key) == 0)
            return map->items[i];
    }
    return NULL;
}

/* `name`, `part.name` or, in a list such as `.low`, `.name`. */
static bool stands(const char *page, const char *part, const char *name)
{
    char forms[4][256];

    snprintf(forms[0], sizeof forms[0], "`%s`", name);
    snprintf(forms[1], sizeof forms[1], "`%s.%s`", part, name);
    snprintf(forms[2], sizeof forms[2], "`.%s`", name);
    snprintf(forms[3], sizeof forms[3], "{%s", name);
    for (size_t i = 0; i < 4; i++) {
        if (strstr(page, forms[i]))
            return true;
    }
    return false;
}

static void check_fields(const char *page, const struct node *schema, const char *part)
{
    const struct node *properties = child(schema, "properties");

    for (size_t i = 0; properties && i < properties->count; i++) {
        const struct node *field = properties->items[i];
        const char *name = properties->keys[i];
        char path[256];
        snprintf(path, sizeof path, "%s%s%s", part, part[0] ? "." : "", name);
        const struct node *items = child(field, "items");
        bool nested = child(field, "properties") != NULL;
        if (!nested && !stands(page, part, name))
            fail_msg("docs/policy.md has no `%s`", path);
        check_fields(page, field, path);
        if (items && child(items, "properties"))
            check_fields(page, items, "");
    }
}

static void test_every_field_of_a_policy_is_documented(void **state)
{
    static const char *const PARTS[] = {"rule", "strategy"};
    struct document *schema = test_bundled("schema/policy.schema.json");
    char *page = read_page("policy.md");
    const struct node *properties = child(schema->root, "properties");

    (void)state;
    assert_non_null(properties);
    for (size_t i = 0; i < properties->count; i++) {
        if (strcmp(properties->keys[i], "ladders") == 0)
            continue; /* its fields are the issue types */
        if (!child(properties->items[i], "properties") && !strstr(page, properties->keys[i]))
            fail_msg("docs/policy.md has no `%s`", properties->keys[i]);
        check_fields(page, properties->items[i], properties->keys[i]);
    }
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
        check_fields(page, child(child(schema->root, "$defs"), PARTS[i]), "");
    free(page);
    document_destroy(schema);
}

static void test_every_action_and_issue_type_is_documented(void **state)
{
    char *page = read_page("policy.md");

    (void)state;
    for (unsigned kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        const char *name = action_name((enum action_kind)kind);
        if (strncmp(name, "lower_", 6) != 0 && !strstr(page, name))
            fail_msg("docs/policy.md has no action %s", name);
    }
    for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++)
        assert_non_null(strstr(page, issue_type_name((enum issue_type)type)));
    free(page);
}

static void test_the_catalogue_is_the_built_in_policys(void **state)
{
    struct policy *policy = test_policy();
    char *page = read_page("healing.md"), row[256];

    (void)state;
    for (size_t i = 0; i < policy->strategy_count; i++) {
        const struct strategy *strategy = &policy->strategies[i];
        snprintf(row, sizeof row, "`%s`", strategy->name);
        const char *at = strstr(page, row);
        if (!at)
            fail_msg("docs/healing.md has no %s", strategy->name);
        const char *end = strchr(at, '\n');
        snprintf(row, sizeof row, "| %.2f |", strategy->prior_success);
        const char *prior = strstr(at, row);
        if (!prior || prior > end)
            fail_msg("docs/healing.md has another prior for %s than %.2f", strategy->name, strategy->prior_success);
        snprintf(row, sizeof row, "| %s |",
                 strategy->risk == RISK_LOW      ? "low"
                 : strategy->risk == RISK_MEDIUM ? "medium"
                                                 : "high");
        const char *risk = strstr(at, row);
        if (!risk || risk > end)
            fail_msg("docs/healing.md has another risk for %s", strategy->name);
    }
    policy_destroy(policy);
    free(page);
}

static void test_every_gate_and_alert_is_documented(void **state)
{
    char *page = read_page("healing.md"), name[64];

    (void)state;
    for (unsigned gate = GATE_NONE + 1; gate < GATE_COUNT; gate++) {
        if (gate == GATE_DRY_RUN)
            continue; /* told in words: a plan, an empty ladder, a storm */
        snprintf(name, sizeof name, "`%s`", gate_name((enum gate)gate));
        if (!strstr(page, name))
            fail_msg("docs/healing.md has no gate %s", name);
    }
    for (unsigned alert = 0; alert < ALERT_KIND_COUNT; alert++) {
        snprintf(name, sizeof name, "`%s`", alert_kind_name((enum alert_kind)alert));
        assert_non_null(strstr(page, name));
    }
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_of_a_policy_is_documented),
        cmocka_unit_test(test_every_action_and_issue_type_is_documented),
        cmocka_unit_test(test_the_catalogue_is_the_built_in_policys),
        cmocka_unit_test(test_every_gate_and_alert_is_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
