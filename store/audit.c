/* audit.c - see audit.h. Writer and checker share one function for the hash. */
#include "store/audit.h"

#include "engine/utf8.h"
#include "store/database.h"
#include "store/run_store.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHOLE_MAX = 4096, PAGE = 10000 };

static const char GENESIS[AUDIT_HASH_TEXT] = "0000000000000000000000000000000000000000000000000000000000000000";

/* SHA-256 with what it costs to set up paid once. */
struct hasher {
    EVP_MD *method;
    EVP_MD_CTX *context;
};

struct audit {
    struct statement *insert;
    struct hasher hasher;
    int64_t rows;
    char head[AUDIT_HASH_TEXT];
};

static bool hasher_open(struct hasher *hasher, struct error_list *errors)
{
    hasher->method = EVP_MD_fetch(NULL, "SHA256", NULL);
    hasher->context = EVP_MD_CTX_new();
    if (hasher->method && hasher->context)
        return true;
    error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "SHA-256 is not to be had from libcrypto");
    return false;
}

static void hasher_close(struct hasher *hasher)
{
    EVP_MD_CTX_free(hasher->context);
    EVP_MD_free(hasher->method);
}

/* Text on its way into the hash: many short pieces go in as few. */
struct gathering {
    EVP_MD_CTX *context;
    bool good;
    size_t used;
    char text[1024];
};

static void hand_over(struct gathering *gathering)
{
    gathering->good = gathering->good && EVP_DigestUpdate(gathering->context, gathering->text, gathering->used);
    gathering->used = 0;
}

static void gather(struct gathering *gathering, const char *text, size_t size)
{
    while (size > 0) {
        size_t room = sizeof gathering->text - gathering->used, part = size < room ? size : room;
        memcpy(gathering->text + gathering->used, text, part);
        gathering->used += part;
        text += part;
        size -= part;
        if (gathering->used == sizeof gathering->text)
            hand_over(gathering);
    }
}

/* `value` in decimal at the end of `text`; returns where it begins. */
static char *decimal(size_t value, char *end)
{
    do
        *--end = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    return end;
}

static void add_netstring(struct gathering *gathering, const char *text)
{
    char length[24], *end = length + sizeof length, *begin;
    size_t size = strlen(text);

    *--end = ':';
    begin = decimal(size, end);
    gather(gathering, begin, (size_t)(end + 1 - begin));
    gather(gathering, text, size);
    gather(gathering, ",", 1);
}

static bool row_hash(struct hasher *hasher, const char *previous, int64_t id, const struct audit_entry *entry,
                     char hash[AUDIT_HASH_TEXT])
{
    static const char hex[] = "0123456789abcdef";
    const char *const fields[] = {entry->at, entry->actor, entry->action, entry->object, entry->detail};
    struct gathering gathering;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    char number[24];

    gathering.context = hasher->context;
    gathering.good = EVP_DigestInit_ex2(hasher->context, hasher->method, NULL);
    gathering.used = 0;
    snprintf(number, sizeof number, "%lld", (long long)id);
    add_netstring(&gathering, previous);
    add_netstring(&gathering, number);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        add_netstring(&gathering, fields[i]);
    hand_over(&gathering);
    if (!gathering.good || !EVP_DigestFinal_ex(hasher->context, digest, &size) || 2 * size + 1 != AUDIT_HASH_TEXT)
        return false;
    for (unsigned int i = 0; i < size; i++) {
        hash[2 * i] = hex[digest[i] >> 4];
        hash[2 * i + 1] = hex[digest[i] & 15];
    }
    hash[AUDIT_HASH_TEXT - 1] = '\0';
    return true;
}

struct audit *audit_create(struct database *database, struct error_list *errors)
{
    struct audit *audit = calloc(1, sizeof *audit);

    if (!audit) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return NULL;
    }
    memcpy(audit->head, GENESIS, sizeof GENESIS);
    audit->insert = database_prepare(database, "INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", errors);
    if (audit->insert && hasher_open(&audit->hasher, errors))
        return audit;
    audit_destroy(audit);
    return NULL;
}

bool audit_resume(struct audit *audit, struct database *database, struct error_list *errors)
{
    struct statement *query = database_prepare(database, "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1", errors);
    bool failed = !query;

    if (query && database_next(query, &failed, errors)) {
        audit->rows = statement_integer(query, 0);
        snprintf(audit->head, sizeof audit->head, "%s", statement_text(query, 1));
    }
    statement_finalize(query);
    return !failed;
}

void audit_destroy(struct audit *audit)
{
    if (!audit)
        return;
    statement_finalize(audit->insert);
    hasher_close(&audit->hasher);
    free(audit);
}

/* A text that was cut within a character gets '?' there: a server takes UTF-8 alone, and what
 * is hashed has to be what is kept. */
static const char *whole(const char *text, char room[WHOLE_MAX])
{
    size_t length = strlen(text), at = utf8_prefix(text, length);

    if (at == length)
        return text;
    snprintf(room, WHOLE_MAX, "%s", text);
    length = strlen(room);
    for (at = utf8_prefix(room, length); at < length; at += utf8_prefix(room + at, length - at))
        room[at] = '?';
    return room;
}

bool audit_append(struct audit *audit, const struct audit_entry *given, struct error_list *errors)
{
    char hash[AUDIT_HASH_TEXT], actor[WHOLE_MAX], action[WHOLE_MAX], object[WHOLE_MAX], detail[WHOLE_MAX];
    const struct audit_entry made = {given->at, whole(given->actor, actor), whole(given->action, action),
                                     whole(given->object, object), whole(given->detail, detail)};
    const struct audit_entry *entry = &made;

    if (!row_hash(&audit->hasher, audit->head, audit->rows + 1, entry, hash)) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "libcrypto failed to hash an audit row");
        return false;
    }
    if (!database_run(audit->insert,
                      CELLS(cell_integer(audit->rows + 1), cell_text(entry->at), cell_text(entry->actor),
                            cell_text(entry->action), cell_text(entry->object), cell_text(entry->detail),
                            cell_text(audit->head), cell_text(hash)),
                      errors))
        return false;
    audit->rows++;
    memcpy(audit->head, hash, sizeof hash);
    return true;
}

int64_t audit_rows(const struct audit *audit)
{
    return audit->rows;
}

const char *audit_head(const struct audit *audit)
{
    return audit->head;
}

/* A text column, "" for NULL: a row that somebody emptied is broken, not fatal. */
static const char *column(struct statement *statement, int index)
{
    const char *text = statement_text(statement, index);

    return text ? (const char *)text : "";
}

/* What the walk knows after `rows` whole rows. */
struct walk {
    int64_t rows;
    int64_t broken;
    char head[AUDIT_HASH_TEXT];
};

/* A page of rows behind the id `after`: a server's answer is read as a whole. */
static bool walk_page(struct database *database, struct hasher *hasher, struct walk *walk, int64_t after, int *count,
                      struct error_list *errors)
{
    struct statement *query =
        database_query(database,
                       "SELECT id, at, actor, action, object, detail, prev_hash, hash FROM audit WHERE id > ?1"
                       " ORDER BY id LIMIT ?2",
                       CELLS(cell_integer(after), cell_integer(PAGE)), errors);
    bool failed = !query;

    *count = 0;
    while (query && walk->broken == 0 && database_next(query, &failed, errors)) {
        int64_t id = statement_integer(query, 0);
        struct audit_entry entry = {column(query, 1), column(query, 2), column(query, 3), column(query, 4),
                                    column(query, 5)};
        char hash[AUDIT_HASH_TEXT] = "";
        ++*count;

        if (id != walk->rows + 1 || strcmp(column(query, 6), walk->head) != 0 ||
            !row_hash(hasher, walk->head, id, &entry, hash) || strcmp(column(query, 7), hash) != 0) {
            walk->broken = id > walk->rows + 1 ? walk->rows + 1 : id;
        } else {
            walk->rows = id;
            memcpy(walk->head, hash, sizeof hash);
        }
    }
    statement_finalize(query);
    return !failed;
}

static bool walk_rows(struct database *database, struct hasher *hasher, struct walk *walk, struct error_list *errors)
{
    int64_t after = INT64_MIN;
    int count = PAGE;

    while (count == PAGE && walk->broken == 0) {
        if (!walk_page(database, hasher, walk, after, &count, errors))
            return false;
        after = walk->rows;
    }
    return true;
}

/* A chain whose end was cut off is whole in itself; the run row knows better. */
static bool compare_with_run(struct database *database, struct walk *walk, struct error_list *errors)
{
    struct statement *query =
        database_prepare(database, "SELECT audit_rows, audit_head FROM run WHERE audit_rows IS NOT NULL", errors);
    bool failed = !query;

    if (query && walk->broken == 0 && database_next(query, &failed, errors)) {
        int64_t rows = statement_integer(query, 0);

        if (rows != walk->rows)
            walk->broken = (rows < walk->rows ? rows : walk->rows) + 1;
        else if (strcmp(column(query, 1), walk->head) != 0)
            walk->broken = walk->rows;
    }
    statement_finalize(query);
    return !failed;
}

bool audit_verify(const char *path, int64_t *rows, int64_t *broken_row, struct error_list *errors)
{
    struct walk walk = {0};
    struct hasher hasher = {0};
    struct database *database = database_open(path, errors);
    bool read = false;

    memcpy(walk.head, GENESIS, sizeof GENESIS);
    if (database && hasher_open(&hasher, errors))
        read = walk_rows(database, &hasher, &walk, errors) && compare_with_run(database, &walk, errors);
    hasher_close(&hasher);
    database_close(database);
    *rows = walk.rows;
    *broken_row = read ? walk.broken : 0;
    return read && walk.broken == 0;
}
