#include "cli/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct document *parse(const char *text, struct error_list *errors)
{
    return yaml_parse("t.yaml", text, strlen(text), errors);
}

/* The text is refused with exactly this as its first message. */
static void refused(const char *text, size_t length, const char *expected)
{
    struct error_list errors = {0};
    char said[512];
    struct document *document = yaml_parse("t.yaml", text, length, &errors);
    if (document)
        fail_msg("'%.40s' was read, expected: %s", text, expected);
    assert_string_equal(error_format(&errors, 0, said, sizeof said), expected);
    assert_false(errors.environment);
    error_list_clear(&errors);
}

static void refused_text(const char *text, const char *expected)
{
    refused(text, strlen(text), expected);
}

static void test_a_tree_knows_kinds_lines_and_quotes(void **state)
{
    struct error_list errors = {0};
    struct document *document = parse("a: 1\nb:\n  - 'x y'\n  - {c: ~}\nd: |\n  one\n  two\ne:\n", &errors);
    (void)state;
    assert_non_null(document);
    const struct node *root = document->root;
    assert_string_equal(document->file, "t.yaml");
    assert_int_equal(root->kind, NODE_MAP);
    assert_int_equal(root->count, 4);
    assert_string_equal(root->keys[1], "b");
    assert_int_equal(root->key_lines[1], 2);
    assert_string_equal(root->items[0]->text, "1");
    assert_false(root->items[0]->quoted);
    const struct node *list = root->items[1];
    assert_int_equal(list->kind, NODE_LIST);
    assert_int_equal(list->count, 2);
    assert_true(list->items[0]->quoted);
    assert_int_equal(list->items[0]->line, 3);
    assert_int_equal(list->items[1]->items[0]->kind, NODE_NULL);
    assert_string_equal(root->items[2]->text, "one\ntwo\n");
    assert_int_equal(root->items[3]->kind, NODE_NULL);
    assert_int_equal(root->items[3]->line, 8);
    document_destroy(document);
}

static void test_json_reads_the_same(void **state)
{
    struct error_list errors = {0};
    struct document *document =
        parse("{\n\t\"a\": \"\\ud83d\\ude00\\/\\u0041\",\n\t\"b\": [1,\ttrue, null, \"null\"]\n}\n", &errors);
    (void)state;
    assert_non_null(document);
    assert_string_equal(document->root->items[0]->text, "\xf0\x9f\x98\x80/A");
    const struct node *list = document->root->items[1];
    assert_int_equal(list->count, 4);
    assert_int_equal(list->items[2]->kind, NODE_NULL);
    assert_int_equal(list->items[3]->kind, NODE_TEXT);
    document_destroy(document);
}

/* libfyaml 0.7.12 gives b'''a for the second and loses memory over the fourth. */
static void test_quotes_within_quotes_keep_their_order(void **state)
{
    static const struct {
        const char *written, *meant;
    } TEXTS[] = {{"'it''s'", "it's"},       {"'b''''a'''", "b''a'"},  {"''", ""},
                 {"''''''''''''", "'''''"}, {"'a \\n b'", "a \\n b"}, {"\"a\\n\\\"b\\\"\\u00e4\"", "a\n\"b\"\xc3\xa4"}};
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        struct error_list errors = {0};
        char line[96];
        snprintf(line, sizeof line, "\xc3\xa4: {k: %s, l: 1}\n", TEXTS[i].written);
        struct document *document = parse(line, &errors);
        assert_non_null(document);
        assert_string_equal(document->root->items[0]->items[0]->text, TEXTS[i].meant);
        assert_true(document->root->items[0]->items[0]->quoted);
        document_destroy(document);
    }
    refused_text("a: \"x\n  y\"\n",
                 "t.yaml:1: a text in quotes over several lines, expected one line, or > and no quotes");
}

static void test_a_byte_order_mark_and_windows_lines_are_fine(void **state)
{
    struct error_list errors = {0};
    struct document *document = parse("\xef\xbb\xbf"
                                      "a: 1\r\nb: 2\r\n",
                                      &errors);
    (void)state;
    assert_non_null(document);
    assert_string_equal(document->root->keys[0], "a");
    assert_string_equal(document->root->items[1]->text, "2");
    assert_int_equal(document->root->key_lines[1], 2);
    document_destroy(document);
}

static void test_what_configurations_do_not_need_is_refused(void **state)
{
    (void)state;
    refused_text("", "t.yaml: empty, expected a YAML or JSON map");
    refused_text("# only a comment\n", "t.yaml: empty, expected a YAML or JSON map");
    refused_text("a: &x 1\n", "t.yaml:1: anchors (&) and aliases (*) are not read here, write the value out");
    refused_text("a: 1\nb: *x\n", "t.yaml:2: aliases (*) are not read here, write the value out");
    refused_text("a: !!int 1\n", "t.yaml:1: tags (!) are not read here, write the plain value");
    refused_text("<<: {a: 1}\n", "t.yaml:1: merge keys (<<) are not read here, write the fields out");
    refused_text("a: 1\n---\nb: 2\n", "t.yaml:2: a second document (---), expected one in a file");
    refused_text("a: 1\nb: 2\na: 3\n", "t.yaml:3: a: given twice, first on line 1, expected once");
    refused_text("? [a, b]\n: 1\n", "t.yaml:1: a field needs a name, expected a text before the colon");
    refused_text("%YAML 1.2\n---\na: 1\n", "t.yaml:1: a line that begins with %, directives are not read here");
    refused_text("a: \"x\\0y\"\n", "t.yaml:1: a NUL character in a text, expected none");
}

static void test_every_key_that_is_there_twice_is_named(void **state)
{
    struct error_list errors = {0};
    char said[128];
    (void)state;
    assert_null(parse("a: 1\nb: {x: 1, x: 2}\na: 3\na: 4\n", &errors));
    assert_int_equal(errors.count, 3);
    assert_string_equal(error_format(&errors, 0, said, sizeof said),
                        "t.yaml:2: x: given twice, first on line 2, expected once");
    assert_string_equal(error_format(&errors, 2, said, sizeof said),
                        "t.yaml:4: a: given twice, first on line 3, expected once");
    error_list_clear(&errors);
}

static void test_bad_bytes_are_named_with_their_line(void **state)
{
    (void)state;
    refused("a: 1\nb: \xff\n", 10, "t.yaml:2: not UTF-8, expected UTF-8 text");
    refused("a: 1\n\nb: \0x\n", 12, "t.yaml:3: a NUL byte, expected text");
    refused("a: \xed\xa0\x80\n", 7, "t.yaml:1: not UTF-8, expected UTF-8 text");
}

static void test_syntax_faults_carry_their_line(void **state)
{
    (void)state;
    refused_text("a: \"x\n", "t.yaml:1: not YAML or JSON: double-quoted scalar without closing quote");
    refused_text("a: 1\nb: [1, 2\nc: 3\n", "t.yaml:4: not YAML or JSON: flow sequence without a closing bracket");
}

static char *repeated(const char *unit, size_t times)
{
    size_t size = strlen(unit);
    char *text = malloc(size * times + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * size, unit, size);
    text[size * times] = '\0';
    return text;
}

static void test_deep_nesting_is_refused_however_it_is_written(void **state)
{
    static const char *const UNITS[] = {"[", "{a: ", "- ", "[{a: ", "{\"a\":"};
    (void)state;
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
        char *text = repeated(UNITS[i], 100000);
        refused_text(text, "t.yaml:1: nested deeper than 32 levels, expected a flatter file");
        free(text);
    }
}

static void test_32_levels_are_read(void **state)
{
    struct error_list errors = {0};
    char text[80] = "";
    (void)state;
    memset(text, '[', 32);
    memset(text + 32, ']', 32);
    struct document *document = parse(text, &errors);
    assert_non_null(document);
    document_destroy(document);
    memset(text, '[', 33);
    memset(text + 33, ']', 33);
    assert_null(parse(text, &errors));
    error_list_clear(&errors);
}

static void test_too_many_values_are_refused(void **state)
{
    char *text = repeated("- a\n", (1 << 20) + 8);
    (void)state;
    refused_text(text, "t.yaml:1048576: more than 1,048,576 values, expected a smaller file");
    free(text);
}

/* One map of 200,000 fields: sorted, not compared all with all. */
static void test_a_wide_map_is_read_in_time(void **state)
{
    struct error_list errors = {0};
    char *text = malloc(200000 * 16);
    size_t length = 0;
    (void)state;
    for (int i = 0; i < 200000; i++)
        length += (size_t)sprintf(text + length, "k%d: 1\n", i);
    struct document *document = yaml_parse("t.yaml", text, length, &errors);
    assert_non_null(document);
    assert_int_equal(document->root->count, 200000);
    document_destroy(document);
    free(text);
}

static void write_file(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
}

static void test_files_are_read_or_refused_with_their_path(void **state)
{
    struct error_list errors = {0};
    char folder[] = "/tmp/yaml_test.XXXXXX", path[64], said[256];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.yaml", folder);
    write_file(path, "a: 1\n", 5);
    struct document *document = yaml_read(path, &errors);
    assert_non_null(document);
    assert_string_equal(document->file, path);
    document_destroy(document);

    char *large = repeated("# sixteen bytes\n", (1 << 20) + 1);
    write_file(path, large, strlen(large));
    free(large);
    assert_null(yaml_read(path, &errors));
    assert_non_null(
        strstr(error_format(&errors, 0, said, sizeof said), "/a.yaml: over 16 MiB, expected a smaller file"));
    assert_null(yaml_read(folder, &errors));
    assert_non_null(strstr(error_format(&errors, 1, said, sizeof said), "cannot be read: Is a directory"));
    remove(path);
    assert_null(yaml_read(path, &errors));
    assert_non_null(strstr(error_format(&errors, 2, said, sizeof said), "cannot be opened: No such file"));
    assert_false(errors.environment);
    rmdir(folder);
    error_list_clear(&errors);
}

/* libfyaml must leave stderr to the program. */
static void test_nothing_is_printed(void **state)
{
    struct error_list errors = {0};
    char name[] = "/tmp/yaml_test.XXXXXX";
    int file = mkstemp(name), kept = dup(STDERR_FILENO);
    (void)state;
    assert_true(file >= 0 && kept >= 0);
    dup2(file, STDERR_FILENO);
    assert_null(parse("a: [1\nb: {", &errors));
    assert_null(parse("\ta: @x\n", &errors));
    fflush(stderr);
    off_t written = lseek(file, 0, SEEK_END);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(file);
    remove(name);
    assert_int_equal(written, 0);
    assert_true(errors.count >= 2);
    error_list_clear(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tree_knows_kinds_lines_and_quotes),
        cmocka_unit_test(test_json_reads_the_same),
        cmocka_unit_test(test_quotes_within_quotes_keep_their_order),
        cmocka_unit_test(test_a_byte_order_mark_and_windows_lines_are_fine),
        cmocka_unit_test(test_what_configurations_do_not_need_is_refused),
        cmocka_unit_test(test_every_key_that_is_there_twice_is_named),
        cmocka_unit_test(test_bad_bytes_are_named_with_their_line),
        cmocka_unit_test(test_syntax_faults_carry_their_line),
        cmocka_unit_test(test_deep_nesting_is_refused_however_it_is_written),
        cmocka_unit_test(test_32_levels_are_read),
        cmocka_unit_test(test_too_many_values_are_refused),
        cmocka_unit_test(test_a_wide_map_is_read_in_time),
        cmocka_unit_test(test_files_are_read_or_refused_with_their_path),
        cmocka_unit_test(test_nothing_is_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
