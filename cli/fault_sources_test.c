/* fault_sources_test.c - the built-in catalogue says of every figure where it comes from:
 * a source of its list, which has an address, or a judgement with what it lies between. */
#include "cli/test_files.h"

#include <ctype.h>

static const struct node *field(const struct node *map, const char *key)
{
    for (size_t i = 0; map->kind == NODE_MAP && i < map->count; i++) {
        if (strcmp(map->keys[i], key) == 0)
            return map->items[i];
    }
    return NULL;
}

static const char *text_of(const struct node *map, const char *key)
{
    const struct node *node = field(map, key);
    return node && node->kind == NODE_TEXT ? node->text : NULL;
}

static bool is_listed(const struct node *sources, const char *key, size_t length)
{
    for (size_t i = 0; i < sources->count; i++) {
        const char *listed = text_of(sources->items[i], "key");
        if (strlen(listed) == length && strncmp(listed, key, length) == 0)
            return true;
    }
    return false;
}

/* The keys in brackets; fails where one is not of the list. */
static size_t cited(const struct node *sources, const char *source, const char *what)
{
    size_t count = 0;

    for (const char *open = strchr(source, '['); open; open = strchr(open + 1, '['), count++) {
        size_t length = strcspn(open + 1, "]");
        if (!is_listed(sources, open + 1, length))
            fail_msg("%s: [%.*s] is not among the sources", what, (int)length, open + 1);
    }
    return count;
}

/* `between A and B`: numbers, or words for them (half and double). */
static bool has_bounds(const char *source)
{
    const char *between = strstr(source, "between ");
    const char *and = between ? strstr(between, " and ") : NULL;
    return between && and&&and[5] != '\0';
}

static void check_source(const struct node *sources, const struct node *map, const char *what)
{
    const char *source = text_of(map, "source");

    if (!source || source[0] == '\0')
        fail_msg("%s has no source", what);
    bool judged = strstr(source, "judgement") != NULL;
    if (judged && !has_bounds(source))
        fail_msg("%s: a judgement without what it lies between: %s", what, source);
    if (cited(sources, source, what) == 0 && !judged && !has_bounds(source) && strcmp(what, "page_operator") != 0)
        fail_msg("%s: neither a source nor a judgement: %s", what, source);
}

static void test_every_source_can_be_looked_up(void **state)
{
    struct document *document = *state;
    const struct node *sources = field(document->root, "sources");

    assert_non_null(sources);
    assert_true(sources->count >= 10);
    for (size_t i = 0; i < sources->count; i++) {
        const char *key = text_of(sources->items[i], "key"), *address = text_of(sources->items[i], "address");
        assert_non_null(key);
        assert_true(isupper((unsigned char)key[0]));
        if (!address || strncmp(address, "https://", 8) != 0)
            fail_msg("source %s has no address", key);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(text_of(sources->items[k], "key"), key);
    }
}

static void test_every_action_kind_and_cause_has_its_source(void **state)
{
    struct document *document = *state;
    const struct node *sources = field(document->root, "sources"), *actions = field(document->root, "actions");
    const struct node *faults = field(document->root, "faults");
    char what[128];
    size_t causes_seen = 0;

    for (size_t i = 0; i < actions->count; i++)
        check_source(sources, actions->items[i], actions->keys[i]);
    for (size_t i = 0; i < faults->count; i++) {
        const char *name = text_of(faults->items[i], "name");
        const struct node *causes = field(faults->items[i], "causes");
        check_source(sources, faults->items[i], name);
        for (size_t k = 0; k < causes->count; k++, causes_seen++) {
            snprintf(what, sizeof what, "%s, %s", name, text_of(causes->items[k], "name"));
            check_source(sources, causes->items[k], what);
        }
    }
    assert_true(actions->count > 25 && faults->count > 30 && causes_seen > 80);
}

static bool cites(const struct node *node, const char *bracketed)
{
    const char *source = node->kind == NODE_MAP ? text_of(node, "source") : NULL;
    bool found = source && strstr(source, bracketed) != NULL;

    for (size_t i = 0; node->kind != NODE_TEXT && i < node->count && !found; i++)
        found = cites(node->items[i], bracketed);
    return found;
}

/* A source that nothing leans on is no source. */
static void test_every_source_is_cited(void **state)
{
    struct document *document = *state;
    const struct node *sources = field(document->root, "sources");

    for (size_t i = 0; i < sources->count; i++) {
        char key[16];
        snprintf(key, sizeof key, "[%s]", text_of(sources->items[i], "key"));
        if (!cites(document->root, key))
            fail_msg("nothing cites %s", key);
    }
}

static int open_catalogue(void **state)
{
    *state = test_bundled("faults.yaml");
    return *state == NULL;
}

static int close_catalogue(void **state)
{
    document_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_source_can_be_looked_up),
        cmocka_unit_test(test_every_action_kind_and_cause_has_its_source),
        cmocka_unit_test(test_every_source_is_cited),
    };
    return cmocka_run_group_tests(tests, open_catalogue, close_catalogue);
}
