/* store_lease.c - see store_lease.h. */
#include "live/store_lease.h"

#include "live/mailbox.h"
#include "store/database.h"
#include "store/lease.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const heal_duration LEAST_STEP = 200 * HEAL_MILLISECOND;

struct store_lease {
    const char *url;
    struct store_judge judge;
    heal_duration duration;
    char identity[LEASE_HOLDER];
    pthread_t thread;
    bool started;
    /* Of others' leases: what was seen last, and when. The thread's. */
    struct lease_look seen;
    heal_time seen_at;
    char told[STORE_LEASE_WHY]; /* not twice the same */
    pthread_mutex_t asking;     /* guards the connection; taken before `lock` */
    struct database *database;  /* NULL: none now */
    pthread_mutex_t lock;       /* guards what follows */
    pthread_cond_t change;
    bool stopping, settled, answers;
    int64_t token;     /* -1: not ours */
    heal_time renewed; /* monotonic, before the beat was sent */
};

/* -- what is known ------------------------------------------------------------------- */

static void hold(struct store_lease *lease, int64_t token, heal_time renewed)
{
    pthread_mutex_lock(&lease->lock);
    lease->token = token;
    lease->renewed = renewed;
    pthread_mutex_unlock(&lease->lock);
}

static int64_t token_as_known(struct store_lease *lease, bool *fresh)
{
    pthread_mutex_lock(&lease->lock);
    int64_t token = lease->token;
    *fresh = monotonic_now() < lease->renewed + lease->duration - lease->duration / 3;
    pthread_mutex_unlock(&lease->lock);
    return token;
}

int64_t store_lease_token(struct store_lease *lease)
{
    bool fresh;
    int64_t token = token_as_known(lease, &fresh);

    return fresh ? token : -1;
}

enum store_lead store_lease_state(struct store_lease *lease)
{
    if (store_lease_token(lease) >= 0)
        return STORE_LEAD_OURS;
    pthread_mutex_lock(&lease->lock);
    bool others = lease->answers && lease->token < 0;
    pthread_mutex_unlock(&lease->lock);
    return others ? STORE_LEAD_OTHERS : STORE_LEAD_UNKNOWN;
}

/* -- the store; `asking` is held ------------------------------------------------------- */

static bool connected(struct store_lease *lease, struct error_list *errors)
{
    if (!lease->database)
        lease->database = lease_open(lease->url, errors);
    return lease->database != NULL;
}

/* What failed is begun anew the next time. Gives `good` back. */
static bool closed_unless(struct store_lease *lease, bool good)
{
    if (!good) {
        database_close(lease->database);
        lease->database = NULL;
    }
    return good;
}

/* Whether who has it may still be alive. */
static bool is_taken(struct store_lease *lease, const struct lease_look *look)
{
    if (look->token != lease->seen.token || look->beats != lease->seen.beats || lease->seen_at == 0) {
        lease->seen = *look;
        lease->seen_at = monotonic_now();
    }
    return look->holder[0] != '\0' && monotonic_now() < lease->seen_at + lease->duration;
}

static bool take(struct store_lease *lease, struct error_list *errors)
{
    heal_time sent = monotonic_now();
    struct lease_look look;
    int64_t token;
    bool judged = lease->judge.leads != NULL;

    if (!lease_read(lease->database, &look, errors))
        return false;
    bool taken = is_taken(lease, &look);
    if (judged ? !lease->judge.leads(lease->judge.context) : taken)
        return true;
    if (!lease_take(lease->database, &look, lease->identity, &token, errors))
        return false;
    hold(lease, token, sent);
    return true;
}

static bool beat(struct store_lease *lease, int64_t token, struct error_list *errors)
{
    heal_time sent = monotonic_now();
    bool held;

    if (lease->judge.leads && !lease->judge.leads(lease->judge.context)) {
        hold(lease, -1, 0);
        return lease_release(lease->database, token, errors);
    }
    if (!lease_beat(lease->database, token, &held, errors))
        return false;
    lease->seen_at = 0;
    hold(lease, held ? token : -1, sent);
    return true;
}

/* -- the thread ---------------------------------------------------------------------- */

static void say(struct store_lease *lease, const char *text)
{
    if (strcmp(lease->told, text) == 0)
        return;
    snprintf(lease->told, sizeof lease->told, "%s", text);
    fprintf(stderr, "selfheal: %s\n", text);
}

static void tell(struct store_lease *lease, bool answers, struct error_list *errors)
{
    char text[STORE_LEASE_WHY], why[STORE_LEASE_WHY - 64] = "";
    int64_t token = store_lease_token(lease);

    if (!answers && errors->kept > 0)
        error_format(errors, 0, why, sizeof why);
    if (!answers)
        snprintf(text, sizeof text, "the store's lease cannot be looked at: %s", why);
    else if (token >= 0)
        snprintf(text, sizeof text, "this replica leads (token %" PRId64 " of the store)", token);
    else
        snprintf(text, sizeof text, "another replica leads: this one stands by");
    say(lease, text);
    error_list_clear(errors);
}

static void step(struct store_lease *lease)
{
    struct error_list errors = {0};
    bool fresh;
    int64_t token = token_as_known(lease, &fresh);

    pthread_mutex_lock(&lease->asking);
    bool answers = connected(lease, &errors) &&
                   closed_unless(lease, token >= 0 ? beat(lease, token, &errors) : take(lease, &errors));
    pthread_mutex_unlock(&lease->asking);
    pthread_mutex_lock(&lease->lock);
    lease->answers = answers;
    lease->settled = true;
    pthread_cond_broadcast(&lease->change);
    pthread_mutex_unlock(&lease->lock);
    tell(lease, answers, &errors);
}

static struct timespec as_timespec(heal_time at)
{
    return (struct timespec){.tv_sec = at / HEAL_SECOND, .tv_nsec = (long)(at % HEAL_SECOND)};
}

static void *keep(void *context)
{
    struct store_lease *lease = context;
    heal_duration pause = lease->duration / 5 > LEAST_STEP ? lease->duration / 5 : LEAST_STEP;

    for (bool stopping = false; !stopping;) {
        step(lease);
        struct timespec until = as_timespec(monotonic_now() + pause);
        pthread_mutex_lock(&lease->lock);
        while (!lease->stopping && pthread_cond_timedwait(&lease->change, &lease->lock, &until) == 0)
            ;
        stopping = lease->stopping;
        pthread_mutex_unlock(&lease->lock);
    }
    return NULL;
}

struct store_lease *store_lease_create(const char *url, const char *identity, heal_duration duration,
                                       struct store_judge judge)
{
    struct store_lease *lease = calloc(1, sizeof *lease);
    pthread_condattr_t attributes;

    if (!lease)
        return NULL;
    lease->url = url;
    lease->judge = judge;
    lease->duration = duration;
    lease->token = -1;
    snprintf(lease->identity, sizeof lease->identity, "%s", identity);
    pthread_mutex_init(&lease->asking, NULL);
    pthread_mutex_init(&lease->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&lease->change, &attributes);
    pthread_condattr_destroy(&attributes);
    lease->started = pthread_create(&lease->thread, NULL, keep, lease) == 0;
    if (lease->started)
        return lease;
    store_lease_destroy(lease);
    return NULL;
}

void store_lease_destroy(struct store_lease *lease)
{
    if (!lease)
        return;
    if (lease->started) {
        pthread_mutex_lock(&lease->lock);
        lease->stopping = true;
        pthread_cond_broadcast(&lease->change);
        pthread_mutex_unlock(&lease->lock);
        pthread_join(lease->thread, NULL);
    }
    struct error_list errors = {0};
    if (lease->token >= 0 && lease->database)
        lease_release(lease->database, lease->token, &errors); /* it runs out by itself otherwise */
    error_list_clear(&errors);
    database_close(lease->database);
    pthread_cond_destroy(&lease->change);
    pthread_mutex_destroy(&lease->lock);
    pthread_mutex_destroy(&lease->asking);
    free(lease);
}

void store_lease_settle(struct store_lease *lease)
{
    heal_time end = monotonic_now() + 10 * HEAL_SECOND;
    struct timespec until = as_timespec(end);

    pthread_mutex_lock(&lease->lock);
    while (!lease->settled && monotonic_now() < end)
        pthread_cond_timedwait(&lease->change, &lease->lock, &until);
    pthread_mutex_unlock(&lease->lock);
}

/* -- for others ---------------------------------------------------------------------- */

bool store_lease_holds(struct store_lease *lease, char why[STORE_LEASE_WHY])
{
    struct error_list errors = {0};
    int64_t token = store_lease_token(lease);
    bool held = false;

    snprintf(why, STORE_LEASE_WHY, "this replica does not hold the lease of the store");
    if (token < 0)
        return false;
    pthread_mutex_lock(&lease->asking);
    bool answers =
        connected(lease, &errors) && closed_unless(lease, lease_is_held(lease->database, token, &held, &errors));
    pthread_mutex_unlock(&lease->asking);
    if (!answers && errors.kept > 0)
        error_format(&errors, 0, why, STORE_LEASE_WHY);
    error_list_clear(&errors);
    if (answers && !held)
        hold(lease, -1, 0);
    return answers && held && store_lease_token(lease) == token;
}

bool store_lease_write(struct store_lease *lease, const char *name, const char *text)
{
    struct error_list errors = {0};
    int64_t token = store_lease_token(lease);
    bool held = false;

    pthread_mutex_lock(&lease->asking);
    bool good = token >= 0 && connected(lease, &errors) &&
                closed_unless(lease, lease_keep_text(lease->database, token, name, text, &held, &errors));
    pthread_mutex_unlock(&lease->asking);
    error_list_clear(&errors);
    return good && held;
}

bool store_lease_read(struct store_lease *lease, const char *name, char **text, struct error_list *errors)
{
    *text = NULL;
    pthread_mutex_lock(&lease->asking);
    bool good = connected(lease, errors) && closed_unless(lease, lease_kept_text(lease->database, name, text, errors));
    pthread_mutex_unlock(&lease->asking);
    return good;
}
