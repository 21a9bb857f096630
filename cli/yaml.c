/* yaml.c - YAML and JSON text to a document, by libfyaml's events.
 *
 * libfyaml's own tree recurses over the text and looks for duplicate keys by
 * comparing all with all; its event stream does neither, so the tree is built
 * from events (yaml_tree.h). What is never used in a configuration (tags,
 * anchors, aliases, merge keys, directives, several documents) is refused.
 * Directives are refused before libfyaml sees them: a directive line of a
 * megabyte keeps 0.7.12 busy for minutes. */
#include "cli/yaml.h"

#include "cli/yaml_tree.h"
#include "engine/utf8.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPEN_BRACKETS_MAX = 4096 };

struct builder {
    struct yaml_tree tree;
    struct fy_parser *parser;
    const char *text; /* all of it; marks are offsets into it */
    size_t documents;
};

/* Tags and anchors, which any value may carry. */
static bool plain_value(struct builder *builder, const struct fy_token *tag, const struct fy_token *anchor)
{
    if (tag)
        return yaml_tree_fail(&builder->tree, "tags (!) are not read here, write the plain value");
    if (anchor)
        return yaml_tree_fail(&builder->tree, "anchors (&) and aliases (*) are not read here, write the value out");
    return true;
}

/* A text in quotes. libfyaml 0.7.12 mixes up '' within single quotes and texts
 * in double quotes that run over several lines, so the first is read here from
 * the bytes between the quotes, and the second is refused. */
static bool take_quoted(struct builder *builder, struct fy_token *token, bool single)
{
    size_t start = fy_token_start_mark(token)->input_pos, end = fy_token_end_mark(token)->input_pos;
    const char *raw = builder->text + start;
    size_t length = end - start;
    if (memchr(raw, '\n', length) || memchr(raw, '\r', length))
        return yaml_tree_fail(&builder->tree,
                              "a text in quotes over several lines, expected one line, or > and no quotes");
    if (!single) {
        const char *text = fy_token_get_text(token, &length);
        return text ? yaml_tree_text(&builder->tree, text, length, true) : yaml_tree_fail_memory(&builder->tree);
    }
    char *text = arena_alloc(builder->tree.document->arena, length + 1);
    if (!text)
        return yaml_tree_fail_memory(&builder->tree);
    size_t kept = 0;
    for (size_t i = 0; i < length; i++) {
        text[kept++] = raw[i];
        if (raw[i] == '\'' && i + 1 < length && raw[i + 1] == '\'')
            i++; /* '' stands for ' */
    }
    return yaml_tree_text(&builder->tree, text, kept, true);
}

static bool take_scalar(struct builder *builder, struct fy_token *token)
{
    enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;
    size_t length = 0;
    if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
        return take_quoted(builder, token, style == FYSS_SINGLE_QUOTED);
    const char *text = token ? fy_token_get_text(token, &length) : "";
    if (!text)
        return yaml_tree_fail_memory(&builder->tree);
    return yaml_tree_text(&builder->tree, text, length, style != FYSS_PLAIN);
}

/* Takes one event; false when the rest of the text need not be read. */
static bool take_event(struct builder *builder, const struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (++builder->documents > 1)
            return yaml_tree_fail(&builder->tree, "a second document (---), expected one in a file");
        return true;
    case FYET_MAPPING_START:
        return plain_value(builder, event->mapping_start.tag, event->mapping_start.anchor) &&
               yaml_tree_open(&builder->tree, NODE_MAP);
    case FYET_SEQUENCE_START:
        return plain_value(builder, event->sequence_start.tag, event->sequence_start.anchor) &&
               yaml_tree_open(&builder->tree, NODE_LIST);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        return yaml_tree_close(&builder->tree);
    case FYET_SCALAR:
        return plain_value(builder, event->scalar.tag, event->scalar.anchor) &&
               take_scalar(builder, event->scalar.value);
    case FYET_ALIAS:
        return yaml_tree_fail(&builder->tree, "aliases (*) are not read here, write the value out");
    default:
        return true;
    }
}

/* libfyaml's own message, or a general one when it kept silent. */
static void note_syntax(struct builder *builder, struct fy_diag *diag)
{
    void *iterator = NULL;
    size_t noted = 0;
    for (const struct fy_diag_error *item; (item = fy_diag_errors_iterate(diag, &iterator)) != NULL;) {
        if (item->type < FYET_ERROR)
            continue;
        error_add(builder->tree.errors, ERROR_INPUT, builder->tree.document->file,
                  item->line > 0 ? (uint64_t)item->line : 0, NULL, "not YAML or JSON: %s",
                  item->msg ? item->msg : "syntax error");
        noted++;
    }
    if (noted == 0)
        yaml_tree_fail(&builder->tree, "not YAML or JSON");
    builder->tree.failed = true;
}

static void read_events(struct builder *builder, struct fy_diag *diag)
{
    bool ended = false;
    for (bool more = true; more && !ended;) {
        struct fy_event *event = fy_parser_parse(builder->parser);
        if (!event)
            break;
        const struct fy_mark *mark = fy_event_start_mark(event);
        if (mark && mark->line >= 0)
            builder->tree.line = (uint32_t)mark->line + 1;
        ended = event->type == FYET_STREAM_END;
        more = take_event(builder, event);
        fy_parser_event_free(builder->parser, event);
    }
    if (!builder->tree.failed && (!ended || fy_parser_get_stream_error(builder->parser)))
        note_syntax(builder, diag);
    if (!builder->tree.failed && !builder->tree.document->root) {
        builder->tree.line = 0;
        yaml_tree_fail(&builder->tree, "empty, expected a YAML or JSON map");
    }
}

static void swallow(struct fy_diag *diag, void *user, const char *text, size_t length)
{
    (void)diag;
    (void)user;
    (void)text;
    (void)length;
}

/* Runs libfyaml over the text, its messages kept off stderr. */
static void build(struct builder *builder, const char *text, size_t length)
{
    struct fy_diag_cfg messages;
    fy_diag_cfg_default(&messages);
    messages.fp = NULL;
    messages.output_fn = swallow;
    messages.colorize = false;
    struct fy_diag *diag = fy_diag_create(&messages);
    if (!diag) {
        yaml_tree_fail_memory(&builder->tree);
        return;
    }
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg settings = {.flags = FYPCF_QUIET | FYPCF_JSON_NONE, .diag = diag};
    builder->parser = fy_parser_create(&settings);
    if (builder->parser && fy_parser_set_string(builder->parser, text, length) == 0)
        read_events(builder, diag);
    else
        yaml_tree_fail_memory(&builder->tree);
    fy_parser_destroy(builder->parser);
    fy_diag_destroy(diag);
}

static uint32_t line_of(const char *text, size_t at)
{
    uint32_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n';
    return line;
}

/* Brackets that open and do not close, quotes and comments not looked at: more of
 * them than any file for people has keep libfyaml reading ahead for seconds. */
static bool check_brackets(struct builder *builder, const char *text, size_t length)
{
    size_t open = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '[' || text[i] == '{')
            open++;
        else if ((text[i] == ']' || text[i] == '}') && open > 0)
            open--;
        if (open > OPEN_BRACKETS_MAX) {
            builder->tree.line = line_of(text, i);
            return yaml_tree_fail(&builder->tree, "nested deeper than 32 levels, expected a flatter file");
        }
    }
    return true;
}

/* What must hold before libfyaml gets the text. */
static bool check_text(struct builder *builder, const char *text, size_t length)
{
    if (length > YAML_BYTES_MAX)
        return yaml_tree_fail(&builder->tree, "over 16 MiB, expected a smaller file");
    size_t prefix = utf8_prefix(text, length);
    const char *nul = length > 0 ? memchr(text, '\0', length) : NULL;
    if (prefix < length || nul) {
        size_t at = nul && (size_t)(nul - text) < prefix ? (size_t)(nul - text) : prefix;
        builder->tree.line = line_of(text, at);
        return yaml_tree_fail(&builder->tree, nul && (size_t)(nul - text) == at ? "a NUL byte, expected text"
                                                                                : "not UTF-8, expected UTF-8 text");
    }
    for (const char *at = text; length > 0 && (at = memchr(at, '%', length - (size_t)(at - text))) != NULL; at++) {
        if (at > text && at[-1] != '\n' && at[-1] != '\r')
            continue;
        builder->tree.line = line_of(text, (size_t)(at - text));
        return yaml_tree_fail(&builder->tree, "a line that begins with %, directives are not read here");
    }
    return check_brackets(builder, text, length);
}

struct document *yaml_parse(const char *name, const char *text, size_t length, struct error_list *errors)
{
    struct document *document = calloc(1, sizeof *document);
    if (!document || !(document->arena = arena_create()) ||
        !(document->file = arena_text(document->arena, name, strlen(name)))) {
        error_add(errors, ERROR_ENVIRONMENT, name, 0, NULL, "out of memory");
        document_destroy(document);
        return NULL;
    }
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3; /* a byte order mark, as some editors leave it */
        length -= 3;
    }
    struct builder builder = {.tree = {.document = document, .errors = errors}, .text = text};
    if (check_text(&builder, text, length))
        build(&builder, text, length);
    if (builder.tree.failed) {
        document_destroy(document);
        return NULL;
    }
    return document;
}

/* Reads at most YAML_BYTES_MAX + 1 bytes, enough to see that it is too much. */
static char *read_file(FILE *file, size_t *length)
{
    size_t capacity = 1 << 16;
    char *text = malloc(capacity);
    *length = 0;
    while (text) {
        *length += fread(text + *length, 1, capacity - *length, file);
        if (*length < capacity || *length > YAML_BYTES_MAX)
            break;
        capacity *= 2;
        char *larger = realloc(text, capacity);
        if (!larger)
            free(text);
        text = larger;
    }
    return text;
}

struct document *yaml_read(const char *path, struct error_list *errors)
{
    FILE *file = fopen(path, "rb");
    size_t length;
    if (!file) {
        error_add(errors, ERROR_INPUT, path, 0, NULL, "cannot be opened: %s", strerror(errno));
        return NULL;
    }
    errno = 0;
    char *text = read_file(file, &length);
    int fault = errno;
    bool broken = ferror(file) != 0;
    fclose(file);
    struct document *document = NULL;
    if (!text)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "out of memory");
    else if (broken)
        error_add(errors, fault == EISDIR ? ERROR_INPUT : ERROR_ENVIRONMENT, path, 0, NULL, "cannot be read: %s",
                  strerror(fault));
    else
        document = yaml_parse(path, text, length, errors);
    free(text);
    return document;
}

void document_destroy(struct document *document)
{
    if (!document)
        return;
    arena_destroy(document->arena);
    free(document);
}
