/* postgres_parts.h - the inside of postgres.h, shared by its files and no other. */
#ifndef SELFHEAL_LIVE_POSTGRES_PARTS_H
#define SELFHEAL_LIVE_POSTGRES_PARTS_H

#include "live/postgres_link.h"
#include "live/postgres_statements.h"

#include <pthread.h>

enum { DEEDS_KEPT = 1024 };

/* What an action of this process did, for its rollback. */
struct deed {
    uint32_t chapter;
    uint64_t remediation;
    int64_t row;
    heal_time at;
    const struct postgres_target *target;
    enum action_kind kind;
    char schema[POSTGRES_NAME], index[POSTGRES_NAME]; /* ACTION_ADD_INDEX */
};

struct database {
    const struct postgres_target *target;
    struct postgres_link link;    /* the feed's */
    struct statements statements; /* `slow` is guarded by the mutex */
};

struct postgres {
    const struct postgres_settings *settings;
    struct database *databases;
    atomic_bool stopping;
    pthread_mutex_t mutex; /* deeds, slow statements */
    struct deed deeds[DEEDS_KEPT];
    size_t deed_count; /* of all; the oldest are forgotten */
};

/* One action under way. */
struct task {
    struct postgres *postgres;
    const struct postgres_order *order;
    struct database *database;
    struct postgres_link link;
    heal_time until; /* monotonic: for what is wanted */
    heal_time end;   /* of the action's time-out: what is between is for tidying up */
    char *output;    /* POSTGRES_OUTPUT bytes */
};

/* What is left of the time, at least a moment. */
heal_duration task_left(const struct task *task);
/* Writes the output and gives ACTION_FAILED back. */
enum action_outcome task_fails(struct task *task, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, because of what the link says. */
enum action_outcome task_fails_by_link(struct task *task, const char *what);

void postgres_note_deed(struct task *task, const char *schema, const char *index);
void postgres_keep_deed(struct postgres *postgres, const struct deed *deed);
/* What the remediation of `task` did by an action of this kind; false: nothing. Takes it out. */
bool postgres_take_deed(struct task *task, enum action_kind kind, struct deed *out);
/* The dearest statements that are known; how many. */
size_t postgres_slow(struct task *task, struct slow_statement out[STATEMENTS_SLOW]);
/* The schema of pg_stat_statements in double quotes, for PQfreemem; NULL with the link's error. */
char *postgres_statements_schema(struct postgres_link *link);

enum action_outcome postgres_add_index(struct task *task);
enum action_outcome postgres_drop_index(struct task *task);
enum action_outcome postgres_tune(struct task *task);
enum action_outcome postgres_set_timeouts(struct task *task);
enum action_outcome postgres_restore(struct task *task);
enum action_outcome postgres_resize_pool(struct task *task);
enum action_outcome postgres_reconnect_pool(struct task *task);
enum postgres_done postgres_index_done(struct task *task);
enum postgres_done postgres_tune_done(struct task *task);

#endif
