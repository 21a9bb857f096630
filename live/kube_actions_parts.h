/* kube_actions_parts.h - the inside of kube_actions, shared by its files and no other. */
#ifndef SELFHEAL_LIVE_KUBE_ACTIONS_PARTS_H
#define SELFHEAL_LIVE_KUBE_ACTIONS_PARTS_H

#include "live/kube_actions.h"

#include "live/kube_edit.h"
#include "live/mailbox.h"

/* One action under way. */
struct kube_work {
    const struct kube_actor *actor;
    const struct kube_order *order;
    struct kube_target target;
    heal_time until; /* monotonic */
    long status;     /* of the last call; 0: no answer */
    cJSON *subject;  /* what it changes, named in an event before that; NULL: nothing yet */
    char *message;   /* KUBE_MESSAGE */
};

/* -- kube_look.c: calls ---------------------------------------------------------- */

/* A line for the message; returns `outcome`. */
enum action_outcome kube_say(struct kube_work *work, enum action_outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* GET; NULL with work->status and the message when there is none. The caller frees. */
cJSON *kube_read(struct kube_work *work, const char *path);
/* The same for an object of a kind that kube_type_find knows. */
cJSON *kube_read_of(struct kube_work *work, const char *kind, const char *space, const char *name);
/* Sends a change (`body` borrowed; NULL: none), if the fence holds and there is time. The
 * answer's object in *out (may be NULL; the caller frees). */
bool kube_send(struct kube_work *work, const char *method, const char *path, const char *type, const cJSON *body,
               cJSON **out);
/* What a failed send means: ACTION_TIMED_OUT where it may have been done. */
enum action_outcome kube_verdict(const struct kube_work *work);
bool kube_is_unclear(long status); /* no answer, or a server's fault: done or not, nobody knows */
/* Rests one pause; false when the time is up. */
bool kube_rest(struct kube_work *work);
/* The path of an object as the server gave it. */
bool kube_path_of(const cJSON *object, char out[KUBE_PATH]);
/* Writes the event that the action begins on `object`, once. False with a message: then
 * nothing may be changed. */
bool kube_begin(struct kube_work *work, const cJSON *object);
/* Writes the event that it is over. Best effort: what is over is over. */
void kube_end(struct kube_work *work, enum action_outcome outcome);

/* -- kube_change.c: look, decide, write down, send --------------------------------- */

/* Makes `object` what it should be; false with one line in `why`. */
typedef bool kube_editor(cJSON *object, void *context, char why[KUBE_MESSAGE]);
struct kube_change {
    const char *path; /* of the object */
    kube_editor *edit;
    void *context;
    const char *subresource; /* "/scale": spec.replicas goes there; "/status": all of it, without a note; NULL */
};
enum action_outcome kube_change(struct kube_work *work, const struct kube_change *change);
/* Takes back the newest change of `kind` that stands, or the editor's way where none does. */
enum action_outcome kube_take_back(struct kube_work *work, const struct kube_change *change, enum action_kind kind);

/* -- kube_workload.c ------------------------------------------------------------------ */

/* The workload of the target (itself, or the one that controls the pod; *pod is then the
 * pod, else NULL). NULL with a message. The caller frees both. */
cJSON *kube_find_workload(struct kube_work *work, cJSON **pod);
enum action_outcome kube_act_limits(struct kube_work *work);
/* How much an action changes, by its amount and unit. */
struct kube_step kube_step_of(const struct action *action);
enum action_outcome kube_act_scale(struct kube_work *work);
enum action_outcome kube_act_restart_workload(struct kube_work *work);
enum action_outcome kube_act_revision(struct kube_work *work);
/* Of a Deployment, a ReplicaSet (by annotation) or a ControllerRevision; -1: none. */
int64_t kube_revision_number(const cJSON *object);
/* Waits until the workload's new template runs everywhere. */
enum action_outcome kube_await_rollout(struct kube_work *work, const char *path);

/* -- kube_pods.c, kube_nodes.c --------------------------------------------------------- */

enum action_outcome kube_act_pod(struct kube_work *work);
/* Takes the pod (evicted when it is ready, else deleted), only this one. */
enum action_outcome kube_take_pod(struct kube_work *work, const cJSON *pod);
/* kube_move.c: takes it, and has the owner's new one on another node. */
enum action_outcome kube_move_pod(struct kube_work *work, const cJSON *pod);
/* Evicts one pod, waiting for its budget. A pod that is gone is done. */
enum action_outcome kube_evict(struct kube_work *work, const char *space, const char *name, const char *uid);
enum action_outcome kube_act_node(struct kube_work *work);
/* Whether a drain moves the pod: it is neither a DaemonSet's, nor static, nor ended. */
bool kube_pod_is_drained(const cJSON *pod);

/* -- the others ------------------------------------------------------------------------- */

enum action_outcome kube_act_image(struct kube_work *work);
enum action_outcome kube_act_volume(struct kube_work *work);
enum action_outcome kube_act_certificate(struct kube_work *work);
enum action_outcome kube_act_quarantine(struct kube_work *work);
/* The name of the target's policy, the same for the same target. */
void kube_quarantine_name(const struct kube_target *target, char out[KUBE_NAME]);
enum action_outcome kube_act_job(struct kube_work *work);
void kube_job_name(const struct kube_order *order, char out[KUBE_NAME]);
enum action_outcome kube_act_config(struct kube_work *work);

#endif
