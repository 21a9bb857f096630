/* action.h - the primitive actions: all that a healer can do to a world.
 *
 * A fixed, typed vocabulary. Strategies are sequences of these; a world runs
 * them and answers with an outcome. What one action needs beside its target is
 * one number, `amount`, in the unit of its kind (AMOUNT_OWN, below) or, for a
 * memory limit or a volume, in bytes (AMOUNT_BYTES):
 *
 *                        AMOUNT_OWN               AMOUNT_BYTES
 *   raise_memory_limit   limit * (1 + amount)     limit + amount
 *   lower_memory_limit   limit / (1 + amount)     limit - amount
 *   expand_volume        size * (1 + amount)      size + amount
 *
 * raise and lower of CPU limits and pools work as AMOUNT_OWN does here. The undo of
 * a step has the step's amount and unit, so it takes exactly what was added. A limit
 * is that of every container of the target that has one; a target without a limit,
 * or a lowering that would leave nothing, is FAILED and changes nothing.
 *
 * What was there before: a world that knows answers with it (`before` of
 * engine_action_answered), in the unit of action_before_unit: bytes, cores, replicas,
 * connections, seconds, a revision, days. The undo of that step carries it back. A world sets the
 * target to `before` when the target still is as the step left it, and else, as
 * somebody changed it meanwhile, goes by `amount`; with NAN it goes by `amount`.
 */
#ifndef SELFHEAL_ENGINE_ACTION_H
#define SELFHEAL_ENGINE_ACTION_H

#include "engine/time.h"

#include <stdbool.h>
#include <stdint.h>

enum action_kind {
    ACTION_RESTART_POD,           /* graceful restart */
    ACTION_DELETE_POD,            /* the owner makes a new one, maybe elsewhere */
    ACTION_RAISE_MEMORY_LIMIT,    /* amount: ratio to add, 0.5 is +50 %, or bytes */
    ACTION_LOWER_MEMORY_LIMIT,    /* amount: the ratio or the bytes that were added; undoes the raise */
    ACTION_RAISE_CPU_LIMIT,       /* amount: ratio to add */
    ACTION_LOWER_CPU_LIMIT,       /* amount: the ratio that was added */
    ACTION_SCALE_OUT,             /* amount: replicas to add */
    ACTION_SCALE_IN,              /* amount: replicas to take away */
    ACTION_ROLL_BACK_REVISION,    /* to the last good revision */
    ACTION_ROLL_FORWARD_REVISION, /* back to the revision that was current */
    ACTION_TUNE_WORKLOAD,         /* concurrency, cache and GC settings of the workload */
    ACTION_RESTORE_WORKLOAD_SETTINGS,
    ACTION_DRAIN, /* stop new work to the target and let it finish */
    ACTION_UNDRAIN,
    ACTION_CLEAR_CACHES,
    ACTION_CLEAN_TEMP_FILES, /* amount: minimum age in days */
    ACTION_ROTATE_LOGS,
    ACTION_EXPAND_VOLUME, /* amount: ratio to add, or bytes */
    ACTION_SHIFT_TRAFFIC, /* off the target; amount: share 0..1 */
    ACTION_RESTORE_TRAFFIC,
    ACTION_RESTART_PROXY, /* proxy or connection pool of the target */
    ACTION_CORDON_NODE,
    ACTION_UNCORDON_NODE,
    ACTION_RESCHEDULE_POD, /* to another node */
    ACTION_ADD_INDEX,
    ACTION_DROP_INDEX,
    ACTION_TUNE_DATABASE, /* query and planner settings */
    ACTION_RESTORE_DATABASE_SETTINGS,
    ACTION_RAISE_POOL_SIZE, /* amount: ratio to add */
    ACTION_LOWER_POOL_SIZE,
    ACTION_RENEW_CERTIFICATE,
    ACTION_RENEW_CERTIFICATE_FALLBACK, /* by the fallback issuer */
    ACTION_VALIDATE_CERTIFICATE,
    ACTION_DEPLOY_CERTIFICATE,
    ACTION_ISOLATE, /* network quarantine */
    ACTION_RELEASE, /* out of quarantine */
    ACTION_PATCH_STAGING,
    ACTION_PATCH_ROLLING,
    ACTION_RECONCILE_CONFIG,      /* to the desired state */
    ACTION_RESTORE_CONFIG,        /* to what was there before */
    ACTION_PAGE_OPERATOR,         /* tell a person; changes nothing */
    ACTION_SET_DATABASE_TIMEOUTS, /* amount: seconds a statement, and a transaction that idles, may last */
    ACTION_RESTORE_DATABASE_TIMEOUTS,
    ACTION_RESTORE_CERTIFICATE, /* the one that was in place before the deployed one */
    ACTION_KIND_COUNT
};

enum action_outcome {
    ACTION_SUCCEEDED,
    ACTION_FAILED,      /* the world said no, nothing changed */
    ACTION_TIMED_OUT,   /* no answer in time: done or not, nobody knows */
    ACTION_UNSUPPORTED, /* this world or target has no such action */
    ACTION_OUTCOME_COUNT
};

enum amount_unit {
    AMOUNT_OWN,   /* the kind's own: a ratio, replicas, days, a share */
    AMOUNT_BYTES, /* an absolute size, > 0 and whole */
    AMOUNT_UNIT_COUNT
};

struct action {
    uint64_t id; /* unique in one engine, ascending from 1 */
    uint64_t issue;
    uint64_t remediation; /* 0 for a page outside a remediation */
    enum action_kind kind;
    uint32_t target;       /* resource */
    double amount;         /* see the kind; 0 where it has none */
    enum amount_unit unit; /* of `amount` */
    double before;         /* of an undo: what was there before the step; NAN: not known */
    heal_duration timeout; /* > 0 */
    bool rollback;         /* undoes an earlier step */
};

const char *action_name(enum action_kind kind); /* "restart_pod"; never NULL for a valid kind */
bool action_parse(const char *name, enum action_kind *out);
const char *amount_unit_name(enum amount_unit unit); /* "own", "bytes" */
/* Whether the kind's amount may be in bytes. */
bool action_takes_bytes(enum action_kind kind);
/* What a world's `before` of this kind counts: "bytes", "cores", "replicas",
 * "connections", "seconds", "revision", "days left"; NULL: the kind has none. */
const char *action_before_unit(enum action_kind kind);
const char *action_outcome_name(enum action_outcome outcome); /* "succeeded", ... */

/* Whether doing it twice is like doing it once (a restart, a drain, a cleaned
 * file): changes by an amount and steps along revisions are not. */
bool action_is_repeatable(enum action_kind kind);

/* The action that undoes `kind`, or ACTION_KIND_COUNT where nothing has to be
 * undone (a restart) or can be (a cleaned file). */
enum action_kind action_inverse(enum action_kind kind);

/* What it changes lasts, and nothing takes it back: files that were cleaned or rotated
 * away, a volume that grew. A policy has to say so of a strategy that has such a step. */
bool action_is_irreversible(enum action_kind kind);

#endif
