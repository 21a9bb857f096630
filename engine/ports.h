/* ports.h - the two function tables through which the engine meets the outside.
 *
 * A world runs actions; a journal keeps decisions. Both are called from inside
 * engine_* calls, on the caller's thread, and must not call back into the
 * engine: a world answers later, with engine_action_ended.
 */
#ifndef SELFHEAL_ENGINE_PORTS_H
#define SELFHEAL_ENGINE_PORTS_H

#include "engine/action.h"
#include "engine/journal.h"

struct world_port {
    void *context;
    /* Starts `action` (copy it; it is gone after the call). The world must call
     * engine_action_ended once for its id; if it does not within the action's
     * timeout, the engine takes it as timed out and ignores a late answer. */
    void (*start)(void *context, heal_time now, const struct action *action);
};

struct journal_port {
    void *context;
    void (*record)(void *context, const struct decision *decision);
};

#endif
