/* yaml_tree.c - nodes, their places, and keys that are there twice.
 *
 * Keys of a map are compared when it closes, sorted, so a map of a million keys
 * costs n log n and not n squared. */
#include "cli/yaml_tree.h"

#include "engine/utf8.h"

#include <stdlib.h>
#include <string.h>

bool yaml_tree_fail(struct yaml_tree *tree, const char *message)
{
    error_add(tree->errors, ERROR_INPUT, tree->document->file, tree->line, NULL, "%s", message);
    tree->failed = true;
    return false;
}

bool yaml_tree_fail_memory(struct yaml_tree *tree)
{
    error_add(tree->errors, ERROR_ENVIRONMENT, tree->document->file, 0, NULL, "out of memory");
    tree->failed = true;
    return false;
}

static struct node *new_node(struct yaml_tree *tree, enum node_kind kind)
{
    if (++tree->nodes > YAML_NODES_MAX) {
        yaml_tree_fail(tree, "more than 1,048,576 values, expected a smaller file");
        return NULL;
    }
    struct node *node = arena_alloc(tree->document->arena, sizeof *node);
    if (!node) {
        yaml_tree_fail_memory(tree);
        return NULL;
    }
    node->kind = kind;
    node->line = tree->line;
    return node;
}

/* Doubles the room of the list or map on top of the stack. */
static bool grow(struct yaml_tree *tree, struct yaml_frame *frame)
{
    struct arena *arena = tree->document->arena;
    size_t capacity = frame->capacity ? frame->capacity * 2 : 4;
    struct node *node = frame->node;
    struct node **items = arena_array(arena, capacity, sizeof(struct node *));
    if (!items)
        return yaml_tree_fail_memory(tree);
    if (node->count > 0)
        memcpy(items, node->items, node->count * sizeof(struct node *));
    node->items = items;
    if (node->kind == NODE_MAP) {
        const char **keys = arena_array(arena, capacity, sizeof(char *));
        uint32_t *lines = arena_array(arena, capacity, sizeof *lines);
        if (!keys || !lines)
            return yaml_tree_fail_memory(tree);
        if (node->count > 0) {
            memcpy(keys, node->keys, node->count * sizeof(char *));
            memcpy(lines, node->key_lines, node->count * sizeof *lines);
        }
        node->keys = keys;
        node->key_lines = lines;
    }
    frame->capacity = capacity;
    return true;
}

static bool take_key(struct yaml_tree *tree, struct yaml_frame *frame, const struct node *node)
{
    if (node->kind != NODE_TEXT)
        return yaml_tree_fail(tree, "a field needs a name, expected a text before the colon");
    if (strlen(node->text) > YAML_KEY_MAX)
        return yaml_tree_fail(tree, "a field name over 1024 bytes, expected a short one");
    if (!node->quoted && strcmp(node->text, "<<") == 0)
        return yaml_tree_fail(tree, "merge keys (<<) are not read here, write the fields out");
    frame->key = node->text;
    frame->key_line = node->line;
    return true;
}

/* Puts a finished or opened node where it belongs: root, key, value or item. */
static bool place(struct yaml_tree *tree, struct node *node)
{
    if (tree->depth == 0) {
        tree->document->root = node;
        return true;
    }
    struct yaml_frame *frame = &tree->stack[tree->depth - 1];
    struct node *parent = frame->node;
    if (parent->kind == NODE_MAP && !frame->key)
        return take_key(tree, frame, node);
    if (parent->count == frame->capacity && !grow(tree, frame))
        return false;
    if (parent->kind == NODE_MAP) {
        parent->keys[parent->count] = frame->key;
        parent->key_lines[parent->count] = frame->key_line;
        frame->key = NULL;
    }
    parent->items[parent->count++] = node;
    return true;
}

bool yaml_tree_open(struct yaml_tree *tree, enum node_kind kind)
{
    if (tree->depth == DOCUMENT_DEPTH_MAX)
        return yaml_tree_fail(tree, "nested deeper than 32 levels, expected a flatter file");
    struct node *node = new_node(tree, kind);
    if (!node || !place(tree, node))
        return false;
    tree->stack[tree->depth++] = (struct yaml_frame){.node = node};
    return true;
}

struct key_place {
    const char *key;
    uint32_t line;
    size_t index;
};

static int compare_keys(const void *a, const void *b)
{
    const struct key_place *left = a, *right = b;
    int order = strcmp(left->key, right->key);
    if (order != 0)
        return order;
    return left->index < right->index ? -1 : left->index > right->index;
}

/* Notes every key of a finished map that is there twice. */
static bool close_map(struct yaml_tree *tree, const struct node *map)
{
    if (map->count < 2)
        return true;
    struct key_place *places = calloc(map->count, sizeof *places);
    if (!places)
        return yaml_tree_fail_memory(tree);
    for (size_t i = 0; i < map->count; i++)
        places[i] = (struct key_place){map->keys[i], map->key_lines[i], i};
    qsort(places, map->count, sizeof *places, compare_keys);
    for (size_t i = 1; i < map->count; i++) {
        if (strcmp(places[i].key, places[i - 1].key) != 0)
            continue;
        error_add(tree->errors, ERROR_INPUT, tree->document->file, places[i].line, places[i].key,
                  "given twice, first on line %u, expected once", places[i - 1].line);
        tree->failed = true;
    }
    free(places);
    return true;
}

bool yaml_tree_close(struct yaml_tree *tree)
{
    const struct node *node = tree->stack[--tree->depth].node;
    return node->kind != NODE_MAP || close_map(tree, node);
}

/* Plain words that YAML 1.2's core schema reads as no value. */
static bool is_null(const char *text)
{
    return text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 || strcmp(text, "Null") == 0 ||
           strcmp(text, "NULL") == 0;
}

bool yaml_tree_text(struct yaml_tree *tree, const char *text, size_t length, bool quoted)
{
    if (length > 0 && memchr(text, '\0', length))
        return yaml_tree_fail(tree, "a NUL character in a text, expected none");
    if (utf8_prefix(text, length) != length)
        return yaml_tree_fail(tree, "an escape that is no Unicode character, expected UTF-8");
    struct node *node = new_node(tree, NODE_TEXT);
    if (!node)
        return false;
    char *copy = arena_text(tree->document->arena, text, length);
    if (!copy)
        return yaml_tree_fail_memory(tree);
    node->text = copy;
    node->quoted = quoted;
    if (!quoted && is_null(copy))
        node->kind = NODE_NULL;
    return place(tree, node);
}
