/* run_store.h - the run database: every decision, the truth, the audit chain.
 *
 * One SQLite schema (schema.sql, embedded) that simulated, replayed and live runs
 * share. It is fed decision by decision, in order, and turns them into the rows
 * that people query; it never decides anything. Rows of one replication are fed
 * before those of the next. Times in the tables are RFC 3339 text in UTC, made
 * from the instants of the run: `created_at` is when the row's fact happened,
 * not when a disk wrote it, so two runs give the same database content.
 *
 * The audit table is append-only by trigger and hash-chained: each row's hash is
 * SHA-256 over the previous row's hash and the row's text.
 *
 * Durability: WAL; run_store_flush commits what came so far, so that a killed run
 * leaves a database that opens with what it had decided by the last flush.
 */
#ifndef SELFHEAL_STORE_RUN_STORE_H
#define SELFHEAL_STORE_RUN_STORE_H

#include "engine/engine.h"
#include "engine/error.h"
#include "engine/inventory.h"
#include "engine/journal.h"
#include "engine/policy.h"

#include <stdbool.h>

struct run_store;

/* What the `run` table says of the whole run (one row). */
struct store_run {
    const char *mode;     /* "simulate", "replay-open", "replay-closed", "live" */
    const char *scenario; /* its name */
    const char *source;   /* trace or scenario file as given */
    const char *policy_name;
    uint64_t seed;
    uint32_t replications;
    heal_time start;        /* of each replication, instants of the run */
    heal_duration duration; /* of each replication */
    heal_duration warm_up;  /* the first part of it, which the figures leave out */
    const char *arm;        /* "selfheal", "operators" or "complaints": who heals here */
    int64_t fence;          /* the lease's token, that guards every commit; 0: nobody else writes (lease.h) */
    bool unsynced;          /* no waiting for the disk: for runs that are easily made again */
    bool scratch;           /* read for its figures and thrown away: no audit log, and a kill leaves nothing to open */
};

/* Truth: one fault of one replication, written when the replication ends. */
struct store_fault {
    uint32_t replication;      /* 0.. */
    const char *kind;          /* "cpu-stress" */
    uint32_t resource;         /* RESOURCE_NONE when the label names none */
    const char *resource_text; /* as written; used where `resource` is none */
    enum issue_type type;      /* what a healer should call it; ISSUE_NONE: any type matches */
    const char *cause;         /* hidden cause; NULL unknown (labels) */
    heal_time onset;
    heal_time end;        /* cleared, or HEAL_TIME_NEVER */
    const char *ended_by; /* "remediation", "operator", "itself", "label"; NULL not ended */
    heal_duration grace;  /* an issue may open this long after `end` and still match */
    bool counted;         /* false: a suspect, neither hit nor miss (matching issues are left out too) */
    bool hurt;            /* users felt it */
};

/* What people did: pages they got, repairs they made. */
struct store_operator_act {
    uint32_t replication;
    heal_time at;
    heal_time ended_at;
    const char *kind; /* "page", "repair" */
    uint32_t resource;
};

/* Opens a new database at `path`, which must not exist; writes schema, run row,
 * resources, series, relations, strategies. A scratch one has empty tables of audit and
 * the figures of any other. `policy` and `inventory` are
 * borrowed until destroy. NULL with messages. */
struct run_store *run_store_create(const char *path, const struct store_run *run, const struct policy *policy,
                                   const struct inventory *inventory, struct error_list *errors);

/* A live run's database: made when it is not there, else gone on with. `inventory`
 * began with continuation_known. `path` may be a server's URL (database.h): a store that
 * replicas share, of which one writes. Commits are on the disk when they return. What
 * was at work when the last process ended is marked as interrupted, and counted
 * in *interrupted. NULL with messages. */
struct run_store *run_store_continue(const char *path, const struct store_run *run, const struct policy *policy,
                                     const struct inventory *inventory, uint64_t *interrupted,
                                     struct error_list *errors);
uint32_t run_store_next_replication(const struct run_store *store);
/* The run lasts until `until` at least. */
bool run_store_extend(struct run_store *store, heal_time until, struct error_list *errors);
/* One row in the audit log about what `actor` did; no secrets. */
bool run_store_note(struct run_store *store, heal_time at, const char *actor, const char *action, const char *object,
                    const char *detail, struct error_list *errors);
/* How the attempts of each strategy ended so far, policy->strategy_count of each. */
bool run_store_tallies(struct run_store *store, uint32_t *successes, uint32_t *failures, struct error_list *errors);
/* Who gives the next command, and why: decision_rows_said. */
void run_store_said(struct run_store *store, const char *actor, const char *why);
/* What was learned (store/knowledge.h), and the newest of it; *bytes is the caller's. */
bool run_store_learned(struct run_store *store, heal_time at, const unsigned char *bytes, size_t length,
                       struct error_list *errors);
bool run_store_recall(struct run_store *store, unsigned char **bytes, size_t *length, struct error_list *errors);
/* Resources on which an action that is not repeatable was interrupted, or was done by a
 * remediation that was, and no other remediation did anything since; at most `room` of them, *count in all. */
bool run_store_unsure(struct run_store *store, uint32_t *resources, size_t room, size_t *count,
                      struct error_list *errors);
/* An action whose end nobody saw, for a look at the world. */
struct store_interrupted {
    int64_t row;
    enum action_kind kind;
    heal_time at;
    char target[SERIES_ID_MAX + 1];
};
/* Those that were started at `since` or later, the oldest first; at most `room`, *count of them. */
bool run_store_interrupted(struct run_store *store, heal_time since, struct store_interrupted *out, size_t room,
                           size_t *count, struct error_list *errors);
/* What the look said: it was done, or it was not. A row of the audit log says so too. */
bool run_store_settle(struct run_store *store, int64_t action, bool done, heal_time at, struct error_list *errors);
/* Steps that nobody goes on from (leftovers.h), started at `since` or later. */
bool run_store_left(struct run_store *store, heal_time since, struct standing_step *out, size_t room, size_t *count,
                    struct error_list *errors);
/* Rows and the engine's ids of this replication, and back: decision_rows.h. */
struct decision_rows;
const struct decision_rows *run_store_rows(const struct run_store *store);

/* The next replication begins: engine ids start over. 0, 1, ... in order. */
bool run_store_begin(struct run_store *store, uint32_t replication, struct error_list *errors);
bool run_store_decision(struct run_store *store, const struct decision *decision, struct error_list *errors);
bool run_store_fault(struct run_store *store, const struct store_fault *fault, struct error_list *errors);
bool run_store_operator(struct run_store *store, const struct store_operator_act *act, struct error_list *errors);

/* One sum over the replication, by a name that it has once: "cost_people", ... */
bool run_store_total(struct run_store *store, uint32_t replication, const char *name, double value,
                     struct error_list *errors);

/* What the report draws: for one series of replication 0 one bucket of time with
 * the lowest and highest value seen in it. */
bool run_store_plot(struct run_store *store, uint32_t series, heal_time at, float low, float high,
                    struct error_list *errors);

bool run_store_flush(struct run_store *store, struct error_list *errors); /* commits */
/* The replication at work is over; so many are meant by now. Commits: readers see a
 * run of complete replications, though not a complete run. More may follow. */
bool run_store_pause(struct run_store *store, uint32_t replications, struct error_list *errors);
/* Notes the digest (hex) and that the run is complete, commits, checkpoints the WAL into the file. */
bool run_store_finish(struct run_store *store, const char *digest, struct error_list *errors);
void run_store_destroy(struct run_store *store); /* closes; unflushed rows are lost; NULL is fine */

/* Walks the audit chain of the database at `path`. True when whole; otherwise
 * *broken_row is the first audit id that does not follow (0: could not be read,
 * with messages). */
bool audit_verify(const char *path, int64_t *rows, int64_t *broken_row, struct error_list *errors);

#endif
