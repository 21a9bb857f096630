/* postgres_condition.c - see postgres_condition.h.
 *
 * PostgreSQL prints an expression with a pair of parentheses around every operator,
 * strings in '' with quotes doubled (E'' with backslashes), names in "" where needed.
 * So it is enough to know, at each byte, how deep it lies and whether it is quoted. */
#include "live/postgres_condition.h"

#include <ctype.h>
#include <string.h>

enum { NESTED_MAX = 32 };

struct piece {
    const char *text;
    size_t length;
};

/* The byte behind the quoted text that begins at `at`. */
static size_t behind_quoted(struct piece piece, size_t at)
{
    char quote = piece.text[at];
    bool escapes = quote == '\'' && at > 0 && piece.text[at - 1] == 'E';

    for (at++; at < piece.length; at++) {
        bool doubled = piece.text[at] == quote && at + 1 < piece.length && piece.text[at + 1] == quote;
        if (doubled || (escapes && piece.text[at] == '\\'))
            at++;
        else if (piece.text[at] == quote)
            return at + 1;
    }
    return piece.length;
}

/* Where `wanted` stands outside of parentheses and quotes, or the length. */
static size_t find_outside(struct piece piece, const char *wanted)
{
    size_t depth = 0, length = strlen(wanted);

    for (size_t at = 0; at < piece.length;) {
        char byte = piece.text[at];
        if (byte == '\'' || byte == '"') {
            at = behind_quoted(piece, at);
            continue;
        }
        if (depth == 0 && piece.length - at >= length && memcmp(piece.text + at, wanted, length) == 0)
            return at;
        if (byte == '(' || byte == '[')
            depth++;
        if ((byte == ')' || byte == ']') && depth > 0)
            depth--;
        at++;
    }
    return piece.length;
}

static bool has_outside(struct piece piece, const char *wanted)
{
    return find_outside(piece, wanted) < piece.length;
}

/* Without parentheses that enclose all of it. */
static struct piece bare(struct piece piece)
{
    for (size_t i = 0; i < NESTED_MAX && piece.length >= 2 && piece.text[0] == '('; i++) {
        struct piece inner = {piece.text + 1, piece.length - 1};
        size_t end = find_outside(inner, ")");
        if (end != inner.length - 1)
            break;
        piece = (struct piece){inner.text, end};
    }
    return piece;
}

/* A name at the start, with quotes taken off: its length in the text, 0: none. */
static size_t take_name(struct piece piece, char out[PLAN_NAME])
{
    size_t used = 0, at = 0;

    if (piece.length > 0 && piece.text[0] == '"') {
        size_t end = behind_quoted(piece, 0);
        for (at = 1; at + 1 < end && used + 1 < PLAN_NAME; at++) {
            out[used++] = piece.text[at];
            at += piece.text[at] == '"';
        }
        if (end < 3 || at + 1 < end || piece.text[end - 1] != '"')
            return 0;
        at = end;
    } else {
        while (at < piece.length && used + 1 < PLAN_NAME) {
            unsigned char byte = (unsigned char)piece.text[at];
            if (!isalnum(byte) && byte != '_' && byte != '$' && byte < 0x80)
                break;
            out[used++] = piece.text[at++];
        }
        if (used == 0 || isdigit((unsigned char)out[0]) || out[0] == '$')
            return 0;
    }
    out[used] = '\0';
    return at;
}

/* Whether it is ALIAS.COLUMN and nothing else. */
static bool is_column(struct piece piece, const char *alias, char column[PLAN_NAME])
{
    char table[PLAN_NAME];
    size_t at = take_name(piece, table);

    if (at == 0 || at >= piece.length || piece.text[at] != '.' || strcmp(table, alias) != 0)
        return false;
    struct piece rest = {piece.text + at + 1, piece.length - at - 1};
    size_t length = take_name(rest, column);
    return length > 0 && length == rest.length;
}

/* The same, or (ALIAS.COLUMN)::text. */
static bool read_column(struct piece piece, const char *alias, struct plan_column *out)
{
    static const char CAST[] = "::text";
    size_t cast = sizeof CAST - 1;

    piece = bare(piece);
    *out = (struct plan_column){0};
    if (is_column(piece, alias, out->name))
        return true;
    if (piece.length <= cast || memcmp(piece.text + piece.length - cast, CAST, cast) != 0)
        return false;
    out->as_text = true;
    return is_column(bare((struct piece){piece.text, piece.length - cast}), alias, out->name);
}

/* Whether a column of `alias` stands anywhere in it. */
static bool mentions(struct piece piece, const char *alias)
{
    for (size_t at = 0; at < piece.length;) {
        char name[PLAN_NAME];
        struct piece rest = {piece.text + at, piece.length - at};
        if (piece.text[at] == '\'') {
            at = behind_quoted(piece, at);
            continue;
        }
        size_t length = take_name(rest, name);
        if (length > 0 && length < rest.length && rest.text[length] == '.' && strcmp(name, alias) == 0)
            return true;
        at += length > 0 ? length : 1;
    }
    return false;
}

static void add(struct plan_candidate *candidate, const struct plan_column *column)
{
    for (size_t i = 0; i < candidate->count; i++) {
        if (strcmp(candidate->columns[i].name, column->name) != 0)
            continue;
        candidate->columns[i].range = candidate->columns[i].range && column->range;
        candidate->columns[i].as_text = candidate->columns[i].as_text || column->as_text;
        return;
    }
    if (candidate->count < PLAN_COLUMNS)
        candidate->columns[candidate->count++] = *column;
}

static void take_comparison(struct piece term, const char *alias, bool join, struct plan_candidate *candidate)
{
    static const struct {
        const char *text;
        bool range;
    } OPERATORS[] = {{" = ", false}, {" <= ", true}, {" >= ", true}, {" < ", true}, {" > ", true}};

    for (size_t i = 0; i < sizeof OPERATORS / sizeof OPERATORS[0]; i++) {
        size_t at = find_outside(term, OPERATORS[i].text), length = strlen(OPERATORS[i].text);
        struct plan_column column;
        if (at == term.length || (join && OPERATORS[i].range))
            continue;
        struct piece left = {term.text, at}, right = {term.text + at + length, term.length - at - length};
        if ((read_column(left, alias, &column) && !mentions(right, alias)) ||
            (read_column(right, alias, &column) && !mentions(left, alias))) {
            column.range = OPERATORS[i].range;
            add(candidate, &column);
        }
        return;
    }
}

static void take_terms(struct piece piece, const char *alias, bool join, size_t nested,
                       struct plan_candidate *candidate)
{
    static const char AND[] = " AND ";
    size_t length = sizeof AND - 1;

    piece = bare(piece);
    if (has_outside(piece, " OR ") || nested > NESTED_MAX)
        return;
    if (!has_outside(piece, AND)) {
        if (piece.length < 4 || memcmp(piece.text, "NOT ", 4) != 0)
            take_comparison(piece, alias, join, candidate);
        return;
    }
    while (piece.length > 0) {
        size_t at = find_outside(piece, AND);
        take_terms((struct piece){piece.text, at}, alias, join, nested + 1, candidate);
        at = at < piece.length ? at + length : at;
        piece = (struct piece){piece.text + at, piece.length - at};
    }
}

void condition_columns(const char *condition, const char *alias, bool join, struct plan_candidate *candidate)
{
    take_terms((struct piece){condition, strlen(condition)}, alias, join, 0, candidate);
}
