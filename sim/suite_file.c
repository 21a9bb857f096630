/* suite_file.c - see suite_file.h. */
#include "sim/suite_file.h"

#include <string.h>

bool suite_file_is(const struct document *document)
{
    const struct node *root = document->root;

    for (size_t i = 0; root && root->kind == NODE_MAP && i < root->count; i++) {
        if (strcmp(root->keys[i], "scenarios") == 0)
            return true;
    }
    return false;
}

static void read_entries(struct reader *root, struct arena *arena, struct suite_file *out)
{
    size_t count;
    const struct node *const *items = reader_require(root, "scenarios") ? reader_list(root, "scenarios", &count) : NULL;

    if (!items)
        return;
    if (count == 0)
        reader_error(root, "scenarios", "expected at least one scenario");
    out->entries = reader_array(root, arena, count, sizeof *out->entries);
    for (size_t i = 0; out->entries && i < count; i++) {
        if (items[i]->kind != NODE_TEXT || items[i]->text[0] == '\0') {
            error_add(root->errors, ERROR_INPUT, root->document->file, items[i]->line,
                      reader_item_path(root, "scenarios", i), "expected a path or a pattern such as \"more/*.yaml\"");
            continue;
        }
        const char *path = reader_copy(root, arena, items[i]->text);
        if (path)
            out->entries[out->entry_count++] = (struct suite_entry){path, items[i]->line};
    }
}

static void read_targets(struct reader *root, struct arena *arena, struct suite_file *out)
{
    size_t count;
    const struct node *const *items = reader_list(root, "targets", &count);

    out->targets = items ? reader_array(root, arena, count, sizeof *out->targets) : NULL;
    for (size_t i = 0; out->targets && i < count; i++) {
        struct reader item = reader_item(root, "targets", items, i);
        struct suite_target_line target = {.line = items[i]->line};
        if (reader_require(&item, "name") && reader_text_into(&item, "name", arena, &target.name) &&
            target.name[0] == '\0')
            reader_error(&item, "name", "expected a text");
        if (reader_require(&item, "goal"))
            reader_text_into(&item, "goal", arena, &target.goal);
        reader_close(&item);
        if (target.name && target.goal)
            out->targets[out->target_count++] = target;
    }
}

bool suite_file_read(const struct document *document, struct arena *arena, struct suite_file *out,
                     struct error_list *errors)
{
    size_t before = errors->count;
    struct reader root = reader_open(document, document->root, "", errors);

    out->description = "";
    if (reader_require(&root, "name") && reader_text_into(&root, "name", arena, &out->name) &&
        (out->name[0] == '\0' || out->name[0] == '.' || strlen(out->name) > 100 || strchr(out->name, '/')))
        reader_error(&root, "name",
                     "expected 1 to 100 bytes without '/' that do not begin with '.', as it names the suite's folder");
    reader_text_into(&root, "description", arena, &out->description);
    reader_text_into(&root, "policy", arena, &out->policy_path);
    reader_count(&root, "replications", 1, 1000000, &out->replications);
    read_entries(&root, arena, out);
    read_targets(&root, arena, out);
    reader_close(&root);
    return errors->count == before;
}
