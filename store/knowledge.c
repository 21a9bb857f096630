/* knowledge.c - one table, written at its end and read from it. */
#include "store/knowledge.h"

#include "store/database.h"

#include <stdlib.h>
#include <string.h>

bool knowledge_write(sqlite3 *database, heal_time at, const unsigned char *bytes, size_t length,
                     struct error_list *errors)
{
    sqlite3_stmt *insert = database_prepare(database, "INSERT INTO knowledge VALUES (NULL, ?1, ?2)", errors);
    char text[HEAL_TIME_TEXT];
    bool done;

    if (!insert)
        return false;
    heal_time_format(at, text);
    done = sqlite3_bind_text(insert, 1, text, -1, SQLITE_STATIC) == SQLITE_OK &&
           sqlite3_bind_blob64(insert, 2, bytes, length, SQLITE_STATIC) == SQLITE_OK &&
           sqlite3_step(insert) == SQLITE_DONE;
    if (!done)
        error_add(errors, ERROR_ENVIRONMENT, sqlite3_db_filename(database, "main"), 0, NULL, "%s",
                  sqlite3_errmsg(database));
    sqlite3_finalize(insert);
    return done;
}

bool knowledge_read(sqlite3 *database, unsigned char **bytes, size_t *length, struct error_list *errors)
{
    sqlite3_stmt *select = database_prepare(database, "SELECT bytes FROM knowledge ORDER BY id DESC LIMIT 1", errors);
    bool failed = false;

    *bytes = NULL;
    *length = 0;
    if (!select)
        return false;
    if (database_next(select, &failed, errors)) {
        *length = (size_t)sqlite3_column_bytes(select, 0);
        *bytes = malloc(*length + 1);
        if (*bytes && *length > 0)
            memcpy(*bytes, sqlite3_column_blob(select, 0), *length);
        if (!*bytes) {
            error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
            failed = true;
        }
    }
    sqlite3_finalize(select);
    return !failed;
}
