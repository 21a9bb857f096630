/* gates.h - what holds a remediation back.
 *
 * Checked before a remediation starts and before an attempt of one that waited.
 * Each gate is a property of the policy, of a person's word, and of what was
 * started before. Starts of the last rolling hour are kept in a ring as long as
 * the policy's total limit, so the limits are exact.
 */
#ifndef SELFHEAL_ENGINE_GATES_H
#define SELFHEAL_ENGINE_GATES_H

#include "engine/dependents.h"
#include "engine/issue_book.h"

enum { PAUSES_MAX = 64, FRUITLESS_MAX = 1024, BUSY_MAX = 64 };

enum pause_reason { PAUSE_DEPLOY, PAUSE_UPGRADE, PAUSE_PERSON, PAUSE_OTHER, PAUSE_REASON_COUNT };
const char *pause_reason_name(enum pause_reason reason); /* "deploy", ... */

/* Which gates count: all of them; for a person who wants it now only those that
 * keep two remedies apart and the workload whole; for the next attempt of a
 * remediation that began before not the limits on beginning one. */
enum gate_scope { GATES_START, GATES_BY_HAND, GATES_AGAIN };

struct gates;

/* `policy`, `inventory` and `dependents` are borrowed. NULL: out of memory. */
struct gates *gates_create(const struct policy *policy, const struct inventory *inventory,
                           const struct dependents *dependents);
void gates_destroy(struct gates *gates);

/* The first gate that is closed for `issue`, or GATE_NONE. */
enum gate gates_check(struct gates *gates, struct issue_book *book, const struct open_issue *issue, heal_time now,
                      enum gate_scope scope);
/* Whether a remedy of another issue, or an undo, is at work on the resource, on one
 * above it or on one below it. `except` may be NULL. */
bool gates_busy(const struct gates *gates, struct issue_book *book, uint32_t resource, const struct open_issue *except);
/* Paused, or in a freeze window. */
enum gate gates_closed_for(const struct gates *gates, uint32_t resource, heal_time now);

/* A remediation of `resource` starts. */
void gates_note_start(struct gates *gates, uint32_t resource, heal_time now);
/* An attempt on `resource` begins. */
void gates_note_attempt(struct gates *gates, uint32_t resource, heal_time now);
bool gates_has_attempts(const struct gates *gates, uint32_t resource, heal_time now);
/* A remedy of (resource, type) ended without success, or its success did not last. */
void gates_note_fruitless(struct gates *gates, uint32_t resource, enum issue_type type, heal_time now);
/* A storm below `root` is over: its group cools down. */
void gates_note_storm(struct gates *gates, uint32_t root, heal_time now);
/* A rollback failed on `resource`: nothing acts on it any more, until a person thaws it or a remedy
 * that a person started there succeeds. */
void gates_freeze(struct gates *gates, uint32_t resource);
bool gates_thaw(struct gates *gates, uint32_t resource); /* false: it was not frozen */
bool gates_is_frozen(const struct gates *gates, uint32_t resource);

/* Holds back `resource` and all that hangs on it, RESOURCE_NONE: everything, until
 * `until`. A pause on the same resource is replaced. False when PAUSES_MAX are held. */
bool gates_pause(struct gates *gates, uint32_t resource, enum pause_reason reason, heal_time until);
bool gates_resume(struct gates *gates, uint32_t resource); /* false: there was none */

/* An undo of a past remedy works on `resource`, or is over. False: BUSY_MAX are at work. */
bool gates_occupy(struct gates *gates, uint32_t resource);
void gates_leave(struct gates *gates, uint32_t resource);

/* What is kept over a restart: frozen resources, attempts, starts, fruitless remedies
 * (engine/knowledge.h). */
struct gates_memory {
    uint32_t *attempts;   /* per resource */
    heal_time *attempted; /* per resource, INT64_MIN: never */
    uint64_t *frozen;     /* bit per resource */
    size_t resource_count;
};
struct gates_memory gates_memory(struct gates *gates);

#endif
