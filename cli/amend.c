/* amend.c - see amend.h. A tree is written as YAML in flow style; where the path of
 * a node is that of an amendment, its value is written instead. */
#include "cli/amend.h"

#include "cli/builtin.h"
#include "cli/load.h"
#include "cli/yaml.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_TEXT = 512, CHAIN_MAX = 10, AMENDMENTS_MAX = 64 };

struct writer {
    FILE *out;
    const struct amendment *amendments;
    size_t count;
    bool used[AMENDMENTS_MAX];
};

static const char *amended_value(struct writer *writer, const char *path)
{
    for (size_t i = 0; i < writer->count; i++) {
        if (strcmp(writer->amendments[i].path, path) == 0) {
            writer->used[i] = true;
            return writer->amendments[i].value;
        }
    }
    return NULL;
}

static bool is_plain(const char *text)
{
    if (!isalnum((unsigned char)text[0]) && text[0] != '.' && text[0] != '-' && text[0] != '_')
        return false;
    for (const char *at = text; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && !strchr("._/-+", *at))
            return false;
    }
    return strcmp(text, "-") != 0;
}

static void write_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else if (byte < 0x20)
            fprintf(out, "\\x%02x", byte);
        else
            fputc(byte, out);
    }
    fputc('"', out);
}

static void write_node(struct writer *writer, const struct node *node, const char *path);

static void write_key(FILE *out, const char *key)
{
    if (is_plain(key))
        fputs(key, out);
    else
        write_quoted(out, key);
    fputs(": ", out);
}

/* The field of `path` directly below `parent`, or NULL. */
static const char *field_below(const char *parent, const char *path)
{
    size_t length = strlen(parent);
    const char *rest = length == 0                                                 ? path
                       : strncmp(path, parent, length) == 0 && path[length] == '.' ? path + length + 1
                                                                                   : NULL;
    return rest && *rest && !strpbrk(rest, ".[") ? rest : NULL;
}

static bool has_key(const struct node *map, const char *key)
{
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->keys[i], key) == 0)
            return true;
    }
    return false;
}

static void write_map(struct writer *writer, const struct node *node, const char *path, const char *separator)
{
    bool first = true;
    char below[PATH_TEXT];

    for (size_t i = 0; i < node->count; i++, first = false) {
        fputs(first ? "" : separator, writer->out);
        snprintf(below, sizeof below, "%s%s%s", path, path[0] ? "." : "", node->keys[i]);
        write_key(writer->out, node->keys[i]);
        write_node(writer, node->items[i], below);
    }
    for (size_t i = 0; i < writer->count; i++) {
        const char *field = field_below(path, writer->amendments[i].path);
        if (!field || has_key(node, field) || writer->used[i])
            continue;
        fputs(first ? "" : separator, writer->out);
        write_key(writer->out, field);
        fputs(writer->amendments[i].value, writer->out);
        writer->used[i] = true;
        first = false;
    }
}

/* What an item is called: its name, id, kind, or whom it goes to. */
static const char *name_of(const struct node *node)
{
    static const char *const KEYS[] = {"name", "id", "kind", "to"};

    for (size_t k = 0; node->kind == NODE_MAP && k < 4; k++) {
        for (size_t i = 0; i < node->count; i++) {
            if (strcmp(node->keys[i], KEYS[k]) == 0 && node->items[i]->kind == NODE_TEXT)
                return node->items[i]->text;
        }
    }
    return NULL;
}

static bool speaks_of(const struct writer *writer, const char *path)
{
    size_t length = strlen(path);

    for (size_t i = 0; i < writer->count; i++) {
        if (strncmp(writer->amendments[i].path, path, length) == 0)
            return true;
    }
    return false;
}

static void write_node(struct writer *writer, const struct node *node, const char *path)
{
    const char *value = amended_value(writer, path);
    char below[PATH_TEXT];

    if (value) {
        fputs(value, writer->out);
        return;
    }
    switch (node->kind) {
    case NODE_NULL:
        fputs("null", writer->out);
        break;
    case NODE_TEXT:
        if (node->quoted || !is_plain(node->text))
            write_quoted(writer->out, node->text);
        else
            fputs(node->text, writer->out);
        break;
    case NODE_LIST:
        fputc('[', writer->out);
        for (size_t i = 0; i < node->count; i++) {
            const char *name = name_of(node->items[i]);
            snprintf(below, sizeof below, "%s[%s]", path, name ? name : "");
            if (!name || !speaks_of(writer, below))
                snprintf(below, sizeof below, "%s[%zu]", path, i);
            fputs(i > 0 ? ",\n      " : "\n      ", writer->out);
            write_node(writer, node->items[i], below);
        }
        fputc(']', writer->out);
        break;
    case NODE_MAP:
        fputc('{', writer->out);
        write_map(writer, node, path, ", ");
        fputc('}', writer->out);
        break;
    }
}

static bool all_used(const struct writer *writer, const char *of, const char *file, struct error_list *errors)
{
    bool good = true;

    for (size_t i = 0; i < writer->count; i++) {
        if (writer->used[i])
            continue;
        error_add(errors, ERROR_INPUT, file, writer->amendments[i].line, "path", "%s has no %s", of,
                  writer->amendments[i].path);
        good = false;
    }
    return good;
}

struct document *amend_document(const struct document *document, const struct amendment *amendments, size_t count,
                                const char *file, struct error_list *errors)
{
    char *text = NULL;
    size_t length = 0;
    struct writer writer = {.out = open_memstream(&text, &length), .amendments = amendments, .count = count};
    struct document *made = NULL;

    if (writer.out && document->root->kind == NODE_MAP && count <= AMENDMENTS_MAX) {
        write_map(&writer, document->root, "", "\n");
        fputc('\n', writer.out);
    }
    if (!writer.out || fclose(writer.out) != 0)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    else if (all_used(&writer, document->file, file, errors))
        made = yaml_parse(document->file, text, length, errors);
    free(text);
    return made;
}

/* --- policies ------------------------------------------------------------------- */

/* A policy and what it is based on, the built-in default last. */
struct chain {
    struct document *documents[CHAIN_MAX];
    size_t count;
};

static bool read_chain(struct chain *chain, const char *path, struct error_list *errors)
{
    char *at = path && strcmp(path, "default") != 0 ? strdup(path) : NULL;

    while (at && chain->count < CHAIN_MAX - 1) {
        struct document *document = yaml_read(at, errors);
        struct error_list unheard = {0};
        const char *base = NULL;
        if (!document) {
            free(at);
            return false;
        }
        chain->documents[chain->count++] = document;
        struct reader root = reader_open(document, document->root, "", &unheard);
        reader_text(&root, "base", &base);
        error_list_clear(&unheard);
        char *next = base && strcmp(base, "default") != 0 ? path_beside(at, base) : NULL;
        free(at);
        at = next;
    }
    free(at);
    chain->documents[chain->count] =
        yaml_parse(BUILTIN_POLICY.name, BUILTIN_POLICY.text, BUILTIN_POLICY.length, errors);
    chain->count += chain->documents[chain->count] != NULL;
    return chain->count > 0;
}

static const struct node *section_of(const struct document *document, const char *section, size_t length)
{
    const struct node *root = document->root;

    for (size_t i = 0; root->kind == NODE_MAP && i < root->count; i++) {
        if (strlen(root->keys[i]) == length && strncmp(root->keys[i], section, length) == 0)
            return root->items[i];
    }
    return NULL;
}

/* The item that `path`, "rules[high_cpu].above", speaks of: the first in the chain. */
static const struct node *item_of(const struct chain *chain, const char *path, char prefix[PATH_TEXT])
{
    size_t section = strcspn(path, "["), end = strcspn(path, "]");

    if (path[end] == '\0' || end >= PATH_TEXT - 1)
        return NULL;
    snprintf(prefix, PATH_TEXT, "%.*s", (int)end + 1, path);
    for (size_t d = 0; d < chain->count; d++) {
        const struct node *list = section_of(chain->documents[d], path, section);
        for (size_t i = 0; list && list->kind == NODE_LIST && i < list->count; i++) {
            const char *name = name_of(list->items[i]);
            if (name && strlen(name) == end - section - 1 && strncmp(name, path + section + 1, strlen(name)) == 0)
                return list->items[i];
        }
    }
    return NULL;
}

/* Whether an earlier amendment has the same first `length` bytes. */
static bool seen_before(const struct writer *writer, size_t index, size_t length)
{
    const char *path = writer->amendments[index].path;

    for (size_t i = 0; i < index; i++) {
        const char *other = writer->amendments[i].path;
        if (strncmp(other, path, length) == 0 && (other[length] == path[length] || path[length - 1] == ']'))
            return true;
    }
    return false;
}

/* `rules:` or `strategies:` with every item that an amendment speaks of, whole. */
static void write_items(struct writer *writer, const struct chain *chain, const char *section, size_t length)
{
    fprintf(writer->out, "%.*s:\n", (int)length, section);
    for (size_t i = 0; i < writer->count; i++) {
        const char *path = writer->amendments[i].path;
        char prefix[PATH_TEXT];
        if (strncmp(path, section, length) != 0 || path[length] != '[')
            continue;
        const struct node *item = item_of(chain, path, prefix);
        if (!item || seen_before(writer, i, strlen(prefix)))
            continue;
        fputs("  - ", writer->out);
        write_node(writer, item, prefix);
        fputc('\n', writer->out);
    }
}

static void write_section(struct writer *writer, const struct chain *chain, size_t index)
{
    const char *path = writer->amendments[index].path;
    size_t length = strcspn(path, ".[");
    char name[PATH_TEXT];

    if (path[length] == '[') {
        write_items(writer, chain, path, length);
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)length, path);
    for (size_t d = 0; d < chain->count; d++) {
        const struct node *node = section_of(chain->documents[d], path, length);
        if (!node)
            continue;
        fprintf(writer->out, "%s: ", name);
        write_node(writer, node, name);
        fputc('\n', writer->out);
        return;
    }
    if (path[length] == '.' && !strpbrk(path + length + 1, ".["))
        fprintf(writer->out, "%s: {%s: %s}\n", name, path + length + 1, writer->amendments[index].value);
    else
        fprintf(writer->out, "%s: %s\n", name, writer->amendments[index].value);
    writer->used[index] = true;
}

bool amend_policy(FILE *out, const char *name, const char *path, const struct amendment *amendments, size_t count,
                  const char *file, struct error_list *errors)
{
    struct writer writer = {.out = out, .amendments = amendments, .count = count};
    struct chain chain = {0};
    bool good = count <= AMENDMENTS_MAX && read_chain(&chain, path, errors);

    if (good) {
        char folder[4096] = "", based[8192];
        bool builtin = !path || strcmp(path, "default") == 0;
        if (!builtin && (path[0] == '/' || !getcwd(folder, sizeof folder)))
            folder[0] = '\0';
        fprintf(out, "name: ");
        write_quoted(out, name);
        fprintf(out, "\nbase: ");
        snprintf(based, sizeof based, "%s%s%s", folder, folder[0] ? "/" : "", builtin ? "default" : path);
        write_quoted(out, based);
        fputc('\n', out);
        for (size_t i = 0; i < count; i++) {
            size_t length = strcspn(amendments[i].path, ".[");
            if (!seen_before(&writer, i, length))
                write_section(&writer, &chain, i);
        }
        good = all_used(&writer, "the policy", file, errors);
    }
    for (size_t i = 0; i < chain.count; i++)
        document_destroy(chain.documents[i]);
    return good;
}
