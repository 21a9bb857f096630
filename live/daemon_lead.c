/* daemon_lead.c - which replica leads, and what the one does that does not.
 *
 * With a Lease of Kubernetes alone each replica has a store and an engine of its own; the
 * one that does not lead only watches. With a store that is shared there is one engine: a
 * replica that does not lead stands by without a chapter, answers from the store, and
 * begins a chapter when it gets the lease, just as after a restart.
 */
#include "live/daemon_parts.h"

#include "store/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char PAUSES[] = "pauses";

static bool cluster_leads(void *context)
{
    struct daemon *daemon = context;

    return kube_actuator_leads(daemon->actuator);
}

static bool keep_pauses(void *context, const char *text)
{
    struct daemon *daemon = context;

    return store_lease_write(daemon->lease, PAUSES, text);
}

bool daemon_start_lead(struct daemon *daemon, struct error_list *errors)
{
    const struct live_config *config = daemon->setup->config;
    bool judged = daemon->actuator && config->kubernetes.plans.lease.name;
    struct store_judge judge = {daemon, judged ? cluster_leads : NULL};
    char path[LIVE_STORE_PATH + 16], host[64] = "", identity[128];

    daemon->token = -1;
    if (!config->store) {
        snprintf(path, sizeof path, "%s/pauses.json", config->data);
        daemon->pauses = pauses_create(path, errors);
        return daemon->pauses != NULL;
    }
    gethostname(host, sizeof host - 1);
    snprintf(identity, sizeof identity, "%s_%ld_%llx", host, (long)getpid(),
             (unsigned long long)(wall_now() / HEAL_MILLISECOND));
    daemon->pauses = pauses_create_on((struct pauses_shelf){daemon, keep_pauses});
    daemon->lease = store_lease_create(config->store, identity, config->store_lease, judge);
    if (!daemon->pauses || !daemon->lease) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory or threads");
        return false;
    }
    daemon->leads = false;
    store_lease_settle(daemon->lease);
    return true;
}

static void note_standby(struct daemon *daemon, bool answers)
{
    struct status_view *view = status_lock(daemon->status);

    view->standby = true;
    view->degraded = false;
    view->ready = answers;
    snprintf(view->why_not, sizeof view->why_not, "%s", answers ? "" : "the store does not answer");
    view->series = view->open_issues = 0;
    status_unlock(daemon->status);
}

bool daemon_may_begin(struct daemon *daemon)
{
    if (!daemon->lease)
        return true;
    daemon->token = store_lease_token(daemon->lease);
    daemon->leads = daemon->token >= 0;
    if (daemon->leads)
        return true;
    note_standby(daemon, store_lease_state(daemon->lease) == STORE_LEAD_OTHERS);
    return false;
}

bool daemon_take_pauses(struct daemon *daemon, struct error_list *errors)
{
    char *text = NULL;
    bool good = !daemon->lease ||
                (store_lease_read(daemon->lease, PAUSES, &text, errors) && pauses_load(daemon->pauses, text, errors));

    free(text);
    return good;
}

/* Whether the chapter's time is over: somebody else leads, or did in between. */
static bool is_deposed(struct daemon *daemon)
{
    int64_t token = store_lease_token(daemon->lease);

    return store_lease_state(daemon->lease) == STORE_LEAD_OTHERS || (token >= 0 && token != daemon->token);
}

static void stand_by(struct daemon *daemon)
{
    struct error_list errors = {0};
    struct chapter *old = daemon->chapter;

    fprintf(stderr, "selfheal: another replica has taken the lead: this one stands by\n");
    daemon_watch(daemon, NULL);
    daemon->chapter = NULL;
    daemon->collect_until = 0;
    chapter_lose(old);
    chapter_end(old, daemon->clock.now, false, &errors);
    error_list_clear(&errors); /* what it could not write is the other one's now */
    note_standby(daemon, true);
}

bool daemon_note_lead(struct daemon *daemon)
{
    bool leads = daemon->lease ? store_lease_token(daemon->lease) >= 0
                               : !daemon->actuator || kube_actuator_leads(daemon->actuator);

    if (daemon->lease && daemon->chapter && is_deposed(daemon))
        stand_by(daemon);
    if (daemon->lease && leads && !daemon->leads && !daemon->chapter)
        daemon->next_scan = monotonic_now(); /* begins one at once */
    daemon->leads = leads;
    return leads;
}

bool daemon_may_act(struct daemon *daemon, char why[STORE_LEASE_WHY])
{
    return !daemon->lease || store_lease_holds(daemon->lease, why);
}
