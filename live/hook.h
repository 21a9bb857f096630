/* hook.h - an action as a program of the operator's own.
 *
 * For what has no endpoint here: a unit restarted by systemctl, a script that
 * cleans a disk. The program is started as it is written, without a shell; in
 * its arguments {id} {kind} {namespace} {name} {amount} {unit} {before} are filled in,
 * and the same stands in SELFHEAL_TARGET, SELFHEAL_KIND, SELFHEAL_NAMESPACE,
 * SELFHEAL_NAME, SELFHEAL_AMOUNT, SELFHEAL_UNIT, SELFHEAL_BEFORE (empty where it is not
 * known: action.h) beside SELFHEAL_ACTION, SELFHEAL_ACTION_ID (the same for no two
 * actions) and SELFHEAL_ROLLBACK. Exit 0 is success, 75 (EX_TEMPFAIL) and all else
 * failure. At its time-out its process group is killed. A program that knows what was
 * there before it changed it says so in a line of its output, `before 536870912`.
 */
#ifndef SELFHEAL_LIVE_HOOK_H
#define SELFHEAL_LIVE_HOOK_H

#include "engine/action.h"

#include <stddef.h>

enum { HOOK_WORDS_MAX = 64, HOOK_OUTPUT = 1024 };

struct hook {
    enum action_kind kind;
    const char *target;                  /* glob over resource ids */
    const char *run[HOOK_WORDS_MAX + 1]; /* NULL-terminated */
};

/* The first hook for the action on `target`, or NULL. */
const struct hook *hook_find(const struct hook *hooks, size_t count, enum action_kind kind, const char *target);

/* Runs it to its end. `row` is the action's id in the database. `output` gets the
 * beginning of what it printed, NUL-terminated. */
enum action_outcome hook_run(const struct hook *hook, const struct action *action, int64_t row, const char *target,
                             char output[HOOK_OUTPUT]);

/* What a program said was there before, NaN where it did not. */
double hook_before(const char *output);

#endif
