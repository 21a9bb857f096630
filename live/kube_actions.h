/* kube_actions.h - the primitive actions that a Kubernetes API server can do.
 *
 * One action is: look at the object, decide what it should be, write down on the object
 * itself what is changed (kube_notes.h) and as an Event who does it, and send both in
 * one patch that holds only for the version that was looked at. Where somebody else was
 * quicker (409) it looks and decides again, CHANGE_TRIES times. Where the answer got
 * lost it looks whether its note is there. So an action with the same id, repeated after
 * a crash, is done once.
 *
 * reschedule_pod cordons the node for the time of the move and waits until the new pod
 * has another (kube_move.c).
 *
 * "Succeeded" means that the server took the change; whether it helped is for the
 * signals to say. patch_staging, patch_rolling and jobs are waited for to their end.
 *
 *   target       restart_pod delete_pod reschedule_pod        pod
 *   raise/lower_*_limit, scale_*, roll_*_revision             workload, or pod: its workload
 *   patch_*                                                   the same, or image: all that run it
 *   cordon_node uncordon_node drain undrain                   node, or pod: its node (but not drain)
 *   expand_volume                                             volume (a claim)
 *   *_certificate                                             certificate (cert-manager)
 *   isolate release                                           pod, workload
 *   reconcile_config restore_config                           config/NS/KIND.NAME (kube_manifests.h), workload
 *   what `jobs:` names                                        any
 *
 * What only a program inside a pod can do (clear_caches, tune_workload, shift_traffic,
 * restart_proxy, ...) is ACTION_UNSUPPORTED here: a hook of the operator's does it.
 */
#ifndef SELFHEAL_LIVE_KUBE_ACTIONS_H
#define SELFHEAL_LIVE_KUBE_ACTIONS_H

#include "live/http_client.h"
#include "live/kube_object.h"
#include "live/kube_plans.h"

enum { KUBE_CHANGE_TRIES = 6, KUBE_ID = 128 };

/* How the server is called: kube_call with a client behind it, or a test's own. */
struct kube_api {
    void *context;
    bool (*call)(void *context, const char *method, const char *path, const char *type, const char *body,
                 struct http_answer *answer);
};

/* Whether this process may still act, asked before everything that changes something.
 * `holds` NULL: always. False with one line in `why`. */
struct kube_fence {
    void *context;
    bool (*holds)(void *context, char why[KUBE_MESSAGE]);
};

struct kube_actor {
    struct kube_api api;
    struct kube_fence fence;
    const struct kube_plans *plans;
    heal_duration pause; /* between looks at something that takes time; 0: 1 s */
};

struct kube_order {
    const struct action *action;
    const char *target;
    const char *id; /* kube_action_id: the same for no two actions */
    heal_time at;   /* when it was decided */
    double *before; /* gets what was there, in the unit of action_before_unit, where it is known; NULL: not wanted */
};

/* A name for the action that no other action of any process has: the instance's name,
 * the action's row in its database, when it was decided. Fit for names of objects. */
const char *kube_action_id(const char *instance, int64_t row, heal_time at, char out[KUBE_ID]);

/* Whether the action can be done here at all: not a word to the server. */
bool kube_action_is_known(const struct kube_plans *plans, enum action_kind kind, const char *target);

/* Does it, within action->timeout. `message` gets one line. */
enum action_outcome kube_action_run(const struct kube_actor *actor, const struct kube_order *order,
                                    char message[KUBE_MESSAGE]);

/* Gives back what an action that nobody saw the end of holds only while it runs: the cordon
 * of reschedule_pod, where it still stands. False with one line in `message`. */
bool kube_action_give_back(const struct kube_actor *actor, const struct kube_order *order, char message[KUBE_MESSAGE]);

enum kube_done {
    KUBE_DONE_NO,
    KUBE_DONE_YES,
    KUBE_DONE_UNKNOWN, /* the server does not say, or what was noted is too old */
};
/* Whether an action that nobody saw the end of was done. Changes nothing. `now` as `at`. */
enum kube_done kube_action_done(const struct kube_actor *actor, const struct kube_order *order, heal_time now);

#endif
