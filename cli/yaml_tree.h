/* yaml_tree.h - the tree of a document, built from the outside in.
 *
 * Whoever parses says what it meets, in order: a map or list opens, a text comes,
 * the innermost one closes. What the document must not hold (deep nesting, keys
 * given twice, NUL, too much of all) is refused here, whoever the parser is. No
 * recursion: the open maps and lists are on a stack of DOCUMENT_DEPTH_MAX.
 */
#ifndef SELFHEAL_CLI_YAML_TREE_H
#define SELFHEAL_CLI_YAML_TREE_H

#include "engine/document.h"

enum { YAML_NODES_MAX = 1 << 20, YAML_KEY_MAX = 1024 };

struct yaml_frame {
    struct node *node;
    size_t capacity;
    const char *key; /* MAP: the key that waits for its value, or NULL */
    uint32_t key_line;
};

/* Zero-initialise, then set document and errors. */
struct yaml_tree {
    struct document *document;
    struct error_list *errors;
    uint32_t line; /* of what comes next; the parser sets it */
    bool failed;   /* something was noted */
    struct yaml_frame stack[DOCUMENT_DEPTH_MAX];
    size_t depth;
    size_t nodes;
};

/* Each is false when the reading should end; what is wrong is noted. */
bool yaml_tree_open(struct yaml_tree *tree, enum node_kind kind); /* NODE_MAP, NODE_LIST */
bool yaml_tree_text(struct yaml_tree *tree, const char *text, size_t length, bool quoted);
bool yaml_tree_close(struct yaml_tree *tree);

/* Notes a fault at the line, or that memory is out; false. */
bool yaml_tree_fail(struct yaml_tree *tree, const char *message);
bool yaml_tree_fail_memory(struct yaml_tree *tree);

#endif
