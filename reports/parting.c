/* parting.c - see parting.h. */
#include "reports/parting.h"

#include "store/database.h"

#include <string.h>

static const char ROWS[] = "SELECT at, action || ' ' || object || CASE WHEN detail = '' THEN '' ELSE ': ' || detail END"
                           " FROM audit ORDER BY id";

static const char *keep(struct arena *arena, const char *text)
{
    const char *made = text ? arena_text(arena, text, strlen(text)) : NULL;
    return made ? made : "the run was over";
}

static bool same_row(struct statement *a, struct statement *b)
{
    for (int column = 0; column < 2; column++) {
        const char *x = statement_text(a, column), *y = statement_text(b, column);
        if (!x || !y || strcmp(x, y) != 0)
            return false;
    }
    return true;
}

static bool walk(struct statement *a, struct statement *b, struct arena *arena, struct parting *out,
                 struct error_list *errors)
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
            const char *text = statement_text(a, 1);
            snprintf(before, sizeof before, "%s", text ? text : "");
            out->alike++;
            continue;
        }
        const char *x = more_a ? statement_text(a, 0) : NULL, *y = more_b ? statement_text(b, 0) : NULL;
        const char *first = !x ? y : !y ? x : strcmp(x, y) < 0 ? x : y;
        out->differs = true;
        snprintf(out->at, sizeof out->at, "%s", first ? first : "");
        out->before = keep(arena, before);
        out->a = keep(arena, more_a ? statement_text(a, 1) : NULL);
        out->b = keep(arena, more_b ? statement_text(b, 1) : NULL);
        return true;
    }
}

bool parting_find(const char *a_path, const char *b_path, struct arena *arena, struct parting *out,
                  struct error_list *errors)
{
    struct database *a = database_open(a_path, errors), *b = a ? database_open(b_path, errors) : NULL;
    struct statement *rows_a = b ? database_prepare(a, ROWS, errors) : NULL;
    struct statement *rows_b = rows_a ? database_prepare(b, ROWS, errors) : NULL;

    *out = (struct parting){0};
    out->known = rows_b && walk(rows_a, rows_b, arena, out, errors);
    statement_finalize(rows_a);
    statement_finalize(rows_b);
    database_close(a);
    database_close(b);
    return out->known;
}
