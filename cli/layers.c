/* layers.c - see layers.h. */
#include "cli/layers.h"

#include "cli/builtin.h"
#include "cli/load.h"
#include "cli/yaml.h"
#include "engine/policy_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool layers_add(struct layers *layers, const char *name, const char *text, size_t length, struct error_list *errors)
{
    if (!layers->arena)
        layers->arena = arena_create();
    if (layers->count == FLIGHT_LAYERS_MAX) {
        error_add(errors, ERROR_INPUT, name, 0, "base", "more than %d policies on top of each other",
                  FLIGHT_LAYERS_MAX);
        return false;
    }
    struct flight_layer *layer = &layers->items[layers->count];
    layer->name = layers->arena ? arena_text(layers->arena, name, strlen(name)) : NULL;
    layer->text = layers->arena ? arena_text(layers->arena, text, length) : NULL;
    layer->length = length;
    if (layer->name && layer->text) {
        layers->count++;
        return true;
    }
    error_add(errors, ERROR_ENVIRONMENT, name, 0, NULL, "out of memory");
    return false;
}

static char *read_text(const char *path, size_t *length, struct error_list *errors)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(YAML_BYTES_MAX + 1);

    *length = file && text ? fread(text, 1, YAML_BYTES_MAX + 1, file) : 0;
    bool good = file && text && !ferror(file) && *length <= YAML_BYTES_MAX;
    if (file)
        fclose(file);
    if (good)
        return text;
    error_add(errors, ERROR_INPUT, path, 0, NULL, "cannot be read");
    free(text);
    return NULL;
}

static bool read_at_depth(struct layers *layers, const char *path, int depth, struct error_list *errors)
{
    if (!path || strcmp(path, "default") == 0)
        return layers_add(layers, BUILTIN_POLICY.name, BUILTIN_POLICY.text, BUILTIN_POLICY.length, errors);
    if (depth == FLIGHT_LAYERS_MAX) {
        error_add(errors, ERROR_INPUT, path, 0, "base", "more than %d policies on top of each other",
                  FLIGHT_LAYERS_MAX);
        return false;
    }
    size_t length = 0;
    char *text = read_text(path, &length, errors);
    struct document *document = text ? yaml_parse(path, text, length, errors) : NULL;
    const char *base = "default";
    struct error_list unheard = {0}; /* the policy's reader says what is wrong with the field */
    bool good = document != NULL;

    if (good) {
        struct reader root = reader_open(document, document->root, "", &unheard);
        reader_text(&root, "base", &base);
        char *below = strcmp(base, "default") == 0 ? NULL : path_beside(path, base);
        good = read_at_depth(layers, below, depth + 1, errors) && layers_add(layers, path, text, length, errors);
        free(below);
    }
    error_list_clear(&unheard);
    document_destroy(document);
    free(text);
    return good;
}

bool layers_read(struct layers *layers, const char *path, struct error_list *errors)
{
    return read_at_depth(layers, path, 0, errors);
}

void layers_clear(struct layers *layers)
{
    arena_destroy(layers->arena);
    *layers = (struct layers){0};
}

struct policy *layers_policy(const struct flight_layer *items, size_t count, struct error_list *errors)
{
    struct policy *policy = NULL;

    for (size_t i = 0; i < count; i++) {
        struct document *document = yaml_parse(items[i].name, items[i].text, items[i].length, errors);
        struct policy *next = document ? policy_from_document(document, policy, errors) : NULL;

        document_destroy(document);
        policy_destroy(policy);
        policy = next;
        if (!policy)
            return NULL;
    }
    if (!policy)
        error_add(errors, ERROR_INPUT, NULL, 0, NULL, "no policy in it");
    return policy;
}
