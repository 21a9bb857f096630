/* parting.c - see parting.h. */
#include "reports/parting.h"

#include "store/database.h"

#include <string.h>

static const char ROWS[] = "SELECT at, action || ' ' || object || CASE WHEN detail = '' THEN '' ELSE ': ' || detail END"
                           " FROM audit ORDER BY id";

static const char *keep(struct arena *arena, const unsigned char *text)
{
    const char *made = text ? arena_text(arena, (const char *)text, strlen((const char *)text)) : NULL;
    return made ? made : "the run was over";
}

static bool same_row(sqlite3_stmt *a, sqlite3_stmt *b)
{
    for (int column = 0; column < 2; column++) {
        const char *x = (const char *)sqlite3_column_text(a, column), *y = (const char *)sqlite3_column_text(b, column);
        if (!x || !y || strcmp(x, y) != 0)
            return false;
    }
    return true;
}

static bool walk(sqlite3_stmt *a, sqlite3_stmt *b, struct arena *arena, struct parting *out, struct error_list *errors)
{
    bool failed = false;
    char before[400] = "the start";

    for (;;) {
        bool more_a = database_next(a, &failed, errors), more_b = !failed && database_next(b, &failed, errors);
        if (failed)
            return false;
        if (!more_a && !more_b)
            return true;
        if (more_a && more_b && same_row(a, b)) {
            const char *text = (const char *)sqlite3_column_text(a, 1);
            snprintf(before, sizeof before, "%s", text ? text : "");
            out->alike++;
            continue;
        }
        const unsigned char *at_a = more_a ? sqlite3_column_text(a, 0) : NULL;
        const unsigned char *at_b = more_b ? sqlite3_column_text(b, 0) : NULL;
        const char *x = at_a ? (const char *)at_a : NULL, *y = at_b ? (const char *)at_b : NULL;
        const char *first = !x ? y : !y ? x : strcmp(x, y) < 0 ? x : y;
        out->differs = true;
        snprintf(out->at, sizeof out->at, "%s", first ? first : "");
        out->before = keep(arena, (const unsigned char *)before);
        out->a = keep(arena, more_a ? sqlite3_column_text(a, 1) : NULL);
        out->b = keep(arena, more_b ? sqlite3_column_text(b, 1) : NULL);
        return true;
    }
}

bool parting_find(const char *a_path, const char *b_path, struct arena *arena, struct parting *out,
                  struct error_list *errors)
{
    sqlite3 *a = database_open(a_path, errors), *b = a ? database_open(b_path, errors) : NULL;
    sqlite3_stmt *rows_a = b ? database_prepare(a, ROWS, errors) : NULL;
    sqlite3_stmt *rows_b = rows_a ? database_prepare(b, ROWS, errors) : NULL;

    *out = (struct parting){0};
    out->known = rows_b && walk(rows_a, rows_b, arena, out, errors);
    sqlite3_finalize(rows_a);
    sqlite3_finalize(rows_b);
    database_close(a);
    database_close(b);
    return out->known;
}
