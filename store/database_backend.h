/* database_backend.h - what a kind of database has to be able to do; database.c asks
 * through these tables, and nobody else includes this. Each function is the one of the
 * same name in database.h. */
#ifndef SELFHEAL_STORE_DATABASE_BACKEND_H
#define SELFHEAL_STORE_DATABASE_BACKEND_H

#include "store/database.h"

struct backend {
    struct database *(*create)(const char *path, struct error_list *errors);
    struct database *(*create_careless)(const char *path, bool scratch, struct error_list *errors); /* NULL: create */
    struct database *(*go_on)(const char *path, struct error_list *errors);
    struct database *(*use)(const char *path, struct error_list *errors);
    struct database *(*open)(const char *path, struct error_list *errors);
    void (*close)(struct database *database);
    bool (*is_there)(const char *path, bool *there, struct error_list *errors);
    void (*remove)(const char *path);
    bool (*make_durable)(struct database *database, struct error_list *errors);
    bool (*make_careless)(struct database *database, struct error_list *errors);
    void (*settle)(struct database *database);
    bool (*set_version)(struct database *database, int version, struct error_list *errors);
    bool (*version)(struct database *database, int *version, struct error_list *errors);
    const char *(*trouble)(struct database *database); /* what was last said */
    bool (*begin)(struct database *database);
    bool (*commit)(struct database *database);
    bool (*rollback)(struct database *database);
    bool (*execute)(struct database *database, const char *sql); /* trouble() says why not */
    struct statement *(*prepare)(struct database *database, const char *sql);
    void (*finalize)(struct statement *statement);
    size_t (*parameters)(const struct statement *statement);
    bool (*run)(struct statement *statement, const struct cell *cells, size_t count);
    bool (*bind)(struct statement *statement, const struct cell *cells, size_t count);
    enum step { STEP_ROW, STEP_END, STEP_FAILED } (*step)(struct statement *statement);
    void (*reset)(struct statement *statement);
    bool (*is_null)(struct statement *statement, int column);
    int64_t (*integer)(struct statement *statement, int column);
    double (*real)(struct statement *statement, int column);
    const char *(*text)(struct statement *statement, int column);
    int (*columns)(struct statement *statement);
    const void *(*bytes)(struct statement *statement, int column, size_t *length);
};

/* The first member of each kind's own. */
struct database {
    const struct backend *backend;
    char *name; /* for messages: no password */
};
struct statement {
    struct database *database;
};

extern const struct backend SQLITE_BACKEND, POSTGRES_BACKEND;

#endif
