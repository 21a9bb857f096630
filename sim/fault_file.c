/* fault_file.c - the fault catalogue from its document.
 *
 *   sources:  where figures come from, for people: read for their form alone
 *   actions:  how the world runs each action; `default` for those not named
 *   faults:   the kinds: how metrics bend, which causes are behind it, what cures
 *
 * A kind answers to its name and its aliases, so no word may stand for two. */
#include "sim/scenario_file.h"

#include "sim/scenario_parts.h"

#include <string.h>

static void read_action_model(struct reader *reader, struct action_model *model)
{
    const char *ignored;
    if (!reader->map)
        return;
    reader_text(reader, "source", &ignored); /* for people */
    log_normal_read(reader, &model->mean_seconds, &model->sd_seconds);
    reader_number(reader, "failure", 0, 1, &model->failure);
    reader_number(reader, "lost", 0, 1, &model->lost);
    reader_number(reader, "partial", 0, 1, &model->partial);
    reader_number(reader, "slow", 0, 1, &model->slow);
    if (model->failure + model->lost + model->partial > 1)
        reader_error(reader, "lost", "expected failure, lost and partial to be at most 1 together");
    reader_close(reader);
}

static void read_sources(struct reader *root)
{
    size_t count;
    const char *ignored;
    const struct node *const *items = reader_list(root, "sources", &count);
    for (size_t i = 0; items && i < count; i++) {
        struct reader item = reader_item(root, "sources", items, i);
        if (!item.map)
            continue;
        if (reader_require(&item, "key"))
            reader_text(&item, "key", &ignored);
        if (reader_require(&item, "what"))
            reader_text(&item, "what", &ignored);
        reader_text(&item, "address", &ignored);
        reader_close(&item);
    }
}

static void read_actions(struct reader *root, struct fault_catalogue *catalogue)
{
    struct action_model fallback = {0};
    if (!reader_require(root, "actions"))
        return;
    struct reader actions = reader_map(root, "actions");
    reader_require(&actions, "default");
    struct reader item = reader_map(&actions, "default");
    read_action_model(&item, &fallback);
    for (unsigned kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        const char *name = action_name((enum action_kind)kind);
        item = reader_map(&actions, name);
        catalogue->actions[kind] = fallback;
        if (item.map) {
            catalogue->actions[kind] = (struct action_model){0};
            read_action_model(&item, &catalogue->actions[kind]);
        }
    }
    reader_close(&actions);
}

/* A list of action names into a set; returns how many. */
static size_t read_action_set(struct reader *reader, const char *key, bool set[ACTION_KIND_COUNT])
{
    size_t count;
    const struct node *const *items = reader_list(reader, key, &count);
    for (size_t i = 0; i < count; i++) {
        enum action_kind kind;
        const char *text = items[i]->kind == NODE_TEXT ? items[i]->text : NULL;
        if (text && action_parse(text, &kind))
            set[kind] = true;
        else
            error_add(reader->errors, ERROR_INPUT, reader->document->file, items[i]->line,
                      reader_item_path(reader, key, i),
                      "expected the name of an action such as restart_pod, found '%.60s'", text ? text : "no text");
    }
    return count;
}

static void read_cause(struct reader *reader, struct arena *arena, struct cause *cause)
{
    const char *ignored;
    *cause = (struct cause){.name = "", .weight = 1, .worse = 1};
    if (!reader->map)
        return;
    if (reader_require(reader, "name"))
        reader_text_into(reader, "name", arena, &cause->name);
    reader_number(reader, "weight", 1e-6, 1e6, &cause->weight);
    reader_text(reader, "source", &ignored); /* for people */
    read_action_set(reader, "cures", cause->cures);
    size_t relieving = read_action_set(reader, "relieves", cause->relieves);
    reader_duration(reader, "relief", HEAL_SECOND, SCENARIO_SPAN_MAX, &cause->relief);
    reader_duration(reader, "cure_delay", 0, SCENARIO_SPAN_MAX, &cause->cure_delay);
    reader_duration(reader, "passes", 0, SCENARIO_SPAN_MAX, &cause->passes);
    strains_read(reader, arena, &cause->strains);
    if (reader_node(reader, "removed_by"))
        read_action_set(reader, "removed_by", cause->removed_by);
    else
        memcpy(cause->removed_by, cause->cures, sizeof cause->removed_by);
    reader_duration(reader, "strain_lasts", HEAL_SECOND, SCENARIO_SPAN_MAX, &cause->strain_lasts);
    reader_bool(reader, "in_process", &cause->in_process);
    size_t worsening = read_action_set(reader, "worsened_by", cause->worsened_by);
    reader_number(reader, "worse", 1, 1000, &cause->worse);
    if ((worsening > 0) != (reader_node(reader, "worse") != NULL))
        reader_error(reader, "worse", "expected together with worsened_by");
    if (relieving > 0 && !reader_node(reader, "relief"))
        reader_error(reader, "relief", "missing, expected how long relieves lasts");
    if (relieving == 0 && cause->relief > 0)
        reader_error(reader, "relief", "expected only with relieves");
    for (unsigned kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        if (cause->cures[kind] && cause->relieves[kind])
            reader_error(reader, "relieves", "%s is in cures as well, expected it in one",
                         action_name((enum action_kind)kind));
    }
    reader_close(reader);
}

static void read_causes(struct reader *reader, struct arena *arena, struct fault_kind *kind)
{
    size_t count;
    if (!reader_require(reader, "causes"))
        return;
    const struct node *const *items = reader_list(reader, "causes", &count);
    if (items && (count == 0 || count > CAUSES_MAX))
        reader_error(reader, "causes", "%zu causes, expected 1 to %d", count, CAUSES_MAX);
    kind->cause_count = count < CAUSES_MAX ? count : CAUSES_MAX;
    for (size_t i = 0; i < kind->cause_count; i++) {
        struct reader item = reader_item(reader, "causes", items, i);
        read_cause(&item, arena, &kind->causes[i]);
        for (size_t other = 0; other < i; other++) {
            if (kind->causes[i].name[0] && strcmp(kind->causes[i].name, kind->causes[other].name) == 0)
                reader_error(&item, "name", "a second cause '%s', expected another name", kind->causes[i].name);
        }
    }
}

static void read_aliases(struct reader *reader, struct arena *arena, struct fault_kind *kind)
{
    size_t count;
    const struct node *const *items = reader_list(reader, "aliases", &count);
    const char **aliases = reader_array(reader, arena, count, sizeof(char *));
    if (!aliases)
        return;
    kind->aliases = aliases;
    for (size_t i = 0; i < count; i++) {
        bool named = items[i]->kind == NODE_TEXT && items[i]->text[0] != '\0';
        const char *alias = named ? reader_copy(reader, arena, items[i]->text) : NULL;
        if (alias)
            aliases[kind->alias_count++] = alias;
        else if (!named)
            error_add(reader->errors, ERROR_INPUT, reader->document->file, items[i]->line,
                      reader_item_path(reader, "aliases", i), "expected a name");
    }
}

static void read_oracle(struct reader *reader, struct fault_kind *kind)
{
    const char *names[ORACLE_COUNT];
    size_t oracle;

    for (unsigned i = 0; i < ORACLE_COUNT; i++)
        names[i] = oracle_name((enum oracle)i);
    kind->oracle = kind->issue == ISSUE_DISK_FULL                ? ORACLE_SPACE
                   : kind->issue == ISSUE_CERTIFICATE_EXPIRY     ? ORACLE_DAYS
                   : kind->issue == ISSUE_SECURITY_VULNERABILITY ? ORACLE_VULNERABILITIES
                   : kind->issue == ISSUE_CONFIG_DRIFT           ? ORACLE_DRIFT
                                                                 : ORACLE_USERS;
    if (reader_choice(reader, "oracle", names, ORACLE_COUNT, &oracle))
        kind->oracle = (enum oracle)oracle;
}

static void read_kind(struct reader *reader, struct arena *arena, struct fault_kind *kind)
{
    const char *issues[ISSUE_TYPE_COUNT + 1];
    size_t issue;

    *kind = (struct fault_kind){.name = "", .source = "", .issue = ISSUE_NONE};
    if (!reader->map)
        return;
    for (unsigned i = 0; i <= ISSUE_TYPE_COUNT; i++)
        issues[i] = issue_type_name((enum issue_type)i);
    if (reader_require(reader, "name"))
        reader_text_into(reader, "name", arena, &kind->name);
    if (kind->name[strcspn(kind->name, ":@ ")] != '\0')
        reader_error(reader, "name", "expected a name without blank, ':' and '@'");
    read_aliases(reader, arena, kind);
    if (reader_require(reader, "source"))
        reader_text_into(reader, "source", arena, &kind->source);
    if (reader_require(reader, "issue") &&
        reader_choice(reader, "issue", issues, sizeof issues / sizeof *issues, &issue))
        kind->issue = (enum issue_type)issue;
    read_oracle(reader, kind);
    strains_read(reader, arena, &kind->strains);
    reader_duration(reader, "recovery", 0, SCENARIO_SPAN_MAX, &kind->recovery);
    if (reader_require(reader, "bends")) {
        kind->bend_count = bends_read(reader, arena, kind->bends);
        if (kind->bend_count == 0)
            reader_error(reader, "bends", "expected at least one bend");
    }
    read_causes(reader, arena, kind);
    reader_close(reader);
}

/* Notes each word of `kind` that a kind before it answers to as well. */
static void check_words(struct reader *reader, const struct fault_catalogue *before, const struct fault_kind *kind)
{
    if (kind->name[0] && fault_kind_find(before, kind->name))
        reader_error(reader, "name", "'%s' is a fault already, expected another name", kind->name);
    for (size_t i = 0; i < kind->alias_count; i++) {
        const struct fault_kind *other = fault_kind_find(before, kind->aliases[i]);
        if (other || strcmp(kind->aliases[i], kind->name) == 0)
            reader_error(reader, "aliases", "'%s' stands for %s already, expected another word", kind->aliases[i],
                         other ? other->name : kind->name);
    }
}

static void read_kinds(struct reader *root, struct fault_catalogue *catalogue)
{
    size_t count;
    if (!reader_require(root, "faults"))
        return;
    const struct node *const *items = reader_list(root, "faults", &count);
    if (items && (count == 0 || count > FAULT_KINDS_MAX))
        reader_error(root, "faults", "%zu faults, expected 1 to %d", count, FAULT_KINDS_MAX);
    if (count > FAULT_KINDS_MAX)
        count = FAULT_KINDS_MAX;
    catalogue->kinds = reader_array(root, catalogue->arena, count, sizeof *catalogue->kinds);
    if (!catalogue->kinds)
        return;
    for (size_t i = 0; i < count; i++) {
        struct reader item = reader_item(root, "faults", items, i);
        read_kind(&item, catalogue->arena, &catalogue->kinds[i]);
        check_words(&item, catalogue, &catalogue->kinds[i]);
        catalogue->kind_count = i + 1;
    }
}

struct fault_catalogue *fault_catalogue_from_document(const struct document *document, struct error_list *errors)
{
    size_t before = errors->count;
    struct arena *arena = arena_create();
    struct fault_catalogue *catalogue = arena ? arena_alloc(arena, sizeof *catalogue) : NULL;
    if (!catalogue) {
        error_add(errors, ERROR_ENVIRONMENT, document->file, 0, NULL, "out of memory");
        arena_destroy(arena);
        return NULL;
    }
    catalogue->arena = arena;
    struct reader root = reader_open(document, document->root, "", errors);
    read_sources(&root);
    read_actions(&root, catalogue);
    read_kinds(&root, catalogue);
    reader_close(&root);
    if (errors->count > before) {
        fault_catalogue_destroy(catalogue);
        return NULL;
    }
    return catalogue;
}
