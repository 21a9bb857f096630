/* knowledge.c - one table, written at its end and read from it; or a file. */
#include "store/knowledge.h"

#include "engine/knowledge.h"
#include "store/database.h"
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool forget(struct database *database, struct error_list *errors)
{
    struct statement *statement =
        database_prepare(database, "DELETE FROM knowledge WHERE id <= (SELECT max(id) FROM knowledge) - ?1", errors);
    bool done = statement && database_run(statement, CELLS(cell_integer(KNOWLEDGE_KEPT)), errors);

    statement_finalize(statement);
    return done;
}

bool knowledge_write(struct database *database, heal_time at, const unsigned char *bytes, size_t length,
                     struct error_list *errors)
{
    struct statement *insert = database_prepare(database, "INSERT INTO knowledge (at, bytes) VALUES (?1, ?2)", errors);
    char text[HEAL_TIME_TEXT];
    bool done;

    if (!insert)
        return false;
    heal_time_format(at, text);
    done = database_run(insert, CELLS(cell_text(text), cell_bytes(bytes, length)), errors);
    statement_finalize(insert);
    return done && forget(database, errors);
}

bool knowledge_read(struct database *database, unsigned char **bytes, size_t *length, struct error_list *errors)
{
    struct statement *select =
        database_prepare(database, "SELECT bytes FROM knowledge ORDER BY id DESC LIMIT 1", errors);
    bool failed = false;

    *bytes = NULL;
    *length = 0;
    if (!select)
        return false;
    if (database_next(select, &failed, errors)) {
        const void *kept = statement_bytes(select, 0, length);
        *bytes = malloc(*length + 1);
        if (*bytes && *length > 0)
            memcpy(*bytes, kept, *length);
        if (!*bytes) {
            error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
            failed = true;
        }
    }
    statement_finalize(select);
    return !failed;
}

static bool load_database(const char *path, unsigned char **bytes, size_t *length, struct error_list *errors)
{
    struct database *database = database_open(path, errors);
    bool good = database && schema_check(database, errors) && knowledge_read(database, bytes, length, errors);

    database_close(database);
    return good;
}

static bool load_file(FILE *file, unsigned char **bytes, size_t *length)
{
    *bytes = malloc(KNOWLEDGE_MAX);
    *length = *bytes ? fread(*bytes, 1, KNOWLEDGE_MAX, file) : 0;
    return *bytes && !ferror(file);
}

static bool is_some(size_t length, const char *name, struct error_list *errors)
{
    if (length == 0)
        error_add(errors, ERROR_INPUT, name, 0, NULL, "nothing that was learned is in it");
    return length > 0;
}

bool knowledge_load(const char *path, unsigned char **bytes, size_t *length, struct error_list *errors)
{
    static const char SQLITE[] = "SQLite format 3"; /* its NUL counts */
    char first[sizeof SQLITE] = "";
    FILE *file = database_is_shared(path) ? NULL : fopen(path, "rb");
    bool good = false;

    *bytes = NULL;
    *length = 0;
    if (database_is_shared(path)) {
        good = load_database(path, bytes, length, errors) && is_some(*length, "store", errors);
        if (!good)
            free(*bytes);
        *bytes = good ? *bytes : NULL;
        return good;
    }
    if (!file) {
        error_add(errors, errno == ENOMEM ? ERROR_ENVIRONMENT : ERROR_INPUT, path, 0, NULL, "cannot be opened: %s",
                  strerror(errno));
        return false;
    }
    if (fread(first, 1, sizeof first, file) == sizeof first && memcmp(first, SQLITE, sizeof first) == 0) {
        good = load_database(path, bytes, length, errors);
    } else {
        rewind(file);
        good = load_file(file, bytes, length);
        if (!good)
            error_add(errors, *bytes ? ERROR_INPUT : ERROR_ENVIRONMENT, path, 0, NULL, "cannot be read: %s",
                      strerror(errno));
    }
    fclose(file);
    if (good && is_some(*length, path, errors))
        return true;
    free(*bytes);
    *bytes = NULL;
    return false;
}

bool knowledge_save(const char *path, const unsigned char *bytes, size_t length, struct error_list *errors)
{
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(bytes, 1, length, file) == length;

    if (file)
        good = fclose(file) == 0 && good;
    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot write: %s", strerror(errno));
    return good;
}
