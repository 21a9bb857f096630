/* daemon.c - see daemon.h. */
#include "live/daemon.h"

#include "live/daemon_parts.h"
#include "live/flight_files.h"

#include <curl/curl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAILBOX_ROOM = 1024, WORKER_THREADS = 4, WORKER_ROOM = 256 };
static const heal_duration DEGRADED_PAUSE = 30 * HEAL_SECOND, KUBERNETES_PATIENCE = 15 * HEAL_SECOND,
                           ALERT_PAUSE = 10 * HEAL_SECOND, CLOCK_PATIENCE = HEAL_HOUR, FORGET_AFTER = HEAL_HOUR,
                           LEAD_LOOK = HEAL_SECOND;
static const char WAITS_FOR_CLOCK[] = "the clock was set";

static heal_time now_of(struct daemon *daemon)
{
    return engine_clock_read(&daemon->clock, wall_now(), monotonic_now());
}

static void into_inventory(void *context, const char *series, heal_time at, double value)
{
    (void)at;
    (void)value;
    inventory_add_series(context, series, strlen(series)); /* one that is there already is no fault */
}

/* -- what holds it back --------------------------------------------------------- */

/* Tells once that the wall clock was set, and keeps how far it is off. */
static void note_clock(struct daemon *daemon)
{
    char span[HEAL_DURATION_TEXT];

    now_of(daemon);
    bool was = daemon->set_at != HEAL_TIME_NEVER, is = engine_clock_was_set(&daemon->clock);
    if (is && !was) {
        heal_duration seconds = daemon->clock.off / HEAL_SECOND;
        daemon->set_at = monotonic_now();
        heal_duration_format((seconds > 0 ? seconds : -seconds) * HEAL_SECOND, span);
        fprintf(stderr, "selfheal: the clock was set %s by %s: nothing new is begun until what is at work is over\n",
                seconds > 0 ? "forward" : "back", span);
    } else if (!is && was) {
        daemon->set_at = HEAL_TIME_NEVER;
    } else if (!is) {
        return;
    }
    struct status_view *view = status_lock(daemon->status);
    view->clock_steps += is && !was;
    view->clock_off = is ? heal_duration_seconds(daemon->clock.off) : 0;
    status_unlock(daemon->status);
}

/* The lease comes and goes: only who has it heals. Nor does who does not know what time it is. */
static void note_holds(struct daemon *daemon)
{
    note_clock(daemon);
    bool leads = daemon_note_lead(daemon);
    const char *why = !leads ? "another replica acts" : daemon->set_at != HEAL_TIME_NEVER ? WAITS_FOR_CLOCK : NULL;
    if (why == daemon->only_watches)
        return;
    bool same = (why != NULL) == (daemon->only_watches != NULL);
    daemon->only_watches = why;
    if (!daemon->chapter || same)
        return;
    chapter_keep_switches(daemon->chapter, daemon->clock.now);
    chapter_flush(daemon->chapter, daemon->clock.now);
}

/* -- chapters ------------------------------------------------------------------ */

static void not_ready(struct daemon *daemon, const char *why)
{
    struct status_view *view = status_lock(daemon->status);

    view->ready = false;
    snprintf(view->why_not, sizeof view->why_not, "%s", why);
    status_unlock(daemon->status);
}

/* A chapter is at work: what is decided is kept. */
static void note_begun(struct daemon *daemon)
{
    struct status_view *view = status_lock(daemon->status);
    bool degraded = view->degraded;

    view->degraded = view->standby = false;
    status_unlock(daemon->status);
    if (degraded)
        fprintf(stderr, "selfheal: what is decided can be kept again\n");
}

/* What Kubernetes knows; one that is away is taken in by a later chapter. */
static void add_cluster(struct daemon *daemon, struct inventory *inventory, char error[HTTP_ERROR_TEXT])
{
    if (!daemon->kubernetes)
        return;
    kube_feed_wait(daemon->kubernetes, KUBERNETES_PATIENCE);
    daemon->without_cluster = !kube_feed_is_listed(daemon->kubernetes);
    if (!kube_feed_is_well(daemon->kubernetes, error))
        fprintf(stderr, "selfheal: kubernetes: %s\n", error);
    if (!kube_feed_discover(daemon->kubernetes, inventory))
        fprintf(stderr, "selfheal: kubernetes: not all of the cluster could be taken in\n");
}

/* What gave a sample lately, or would if its source answered, is watched in the next chapter too; what has been
 * silent for longer is gone: pods come and go, and who kept all that ever were would grow for ever. */
static void note_recent(struct daemon *daemon)
{
    const struct inventory *inventory = chapter_inventory_of(daemon->chapter);

    inventory_destroy(daemon->recent);
    daemon->recent = inventory_create();
    for (uint32_t i = 0; daemon->recent && i < inventory_series_count(inventory); i++) {
        uint32_t source = board_source(daemon->board, i);
        bool waits = source < FEED_COUNT && daemon->feeds[source] && !daemon->good[source];
        const char *series = inventory_series_id(inventory, i);
        if (waits || monotonic_now() - daemon->seen[i] < FORGET_AFTER)
            inventory_add_series(daemon->recent, series, strlen(series));
    }
}

static void add_recent(struct daemon *daemon, struct inventory *inventory)
{
    for (uint32_t i = 0; daemon->recent && i < inventory_series_count(daemon->recent); i++) {
        const char *series = inventory_series_id(daemon->recent, i);
        inventory_add_series(inventory, series, strlen(series));
    }
    inventory_destroy(daemon->recent);
    daemon->recent = NULL;
}

/* Looks what there is to watch, and into its past. False when there is nothing:
 * messages in `errors` only for what another try cannot mend. */
static bool begin_chapter(struct daemon *daemon, struct error_list *errors)
{
    const struct live_setup *setup = daemon->setup;
    engine_clock_begin(&daemon->clock, wall_now(), monotonic_now()); /* a new engine may begin earlier than the last */
    note_holds(daemon);
    heal_time now = daemon->clock.now;
    heal_duration step = setup->policy->scan_interval, back = setup->config->prometheus.back_fill;

    if (!daemon_may_begin(daemon))
        return false;
    struct inventory *inventory = chapter_inventory(setup, now, errors);
    char error[HTTP_ERROR_TEXT] = "";
    struct history *past = NULL;

    if (!inventory || !daemon_take_pauses(daemon, errors)) {
        inventory_destroy(inventory);
        return false;
    }
    bool asks = daemon->feeds[FEED_PROMETHEUS] != NULL;
    add_recent(daemon, inventory);
    daemon_add_certificates(setup->config, inventory);
    daemon_add_databases(setup->config, inventory);
    daemon_add_alerts(daemon, inventory);
    daemon_add_manifests(setup->config, inventory);
    add_cluster(daemon, inventory, error);
    bool good = !asks ||
                prometheus_read(daemon->read_at_start, now, (struct prometheus_sink){inventory, into_inventory}, error);
    if (asks && good && back >= step && (past = history_create(inventory, now - back, now - step, step)) != NULL)
        good = prometheus_back_fill(daemon->read_at_start, past, error);
    if (!good)
        fprintf(stderr, "selfheal: prometheus: %s\n", error);
    daemon->without_metrics = asks && !good;
    if (inventory_series_count(inventory) == 0) {
        char why[STATUS_TEXT];
        snprintf(why, sizeof why, "no series to watch%s%.200s", error[0] ? ": " : "", error);
        not_ready(daemon, why);
        inventory_destroy(inventory);
        history_destroy(past);
        return false;
    }
    struct chapter_outside outside = {.status = daemon->status,
                                      .workers = daemon->workers,
                                      .mailbox = daemon->mailbox,
                                      .pauses = daemon->pauses,
                                      .alertmanager = daemon->alertmanager,
                                      .switches = daemon->switches,
                                      .fence = daemon->lease ? daemon->token : 0,
                                      .only_watches = &daemon->only_watches,
                                      .look = daemon_look,
                                      .context = daemon};
    daemon->chapter = chapter_begin(setup, outside, inventory, past, now, errors);
    if (daemon->chapter)
        note_begun(daemon);
    if (past && daemon->chapter)
        printf("back-filled %zu frames of %zu series\n", history_frames(past), inventory_series_count(inventory));
    history_destroy(past);
    free(daemon->values);
    daemon->values = daemon->chapter ? malloc((inventory_series_count(inventory) + 1) * sizeof(double)) : NULL;
    free(daemon->seen);
    daemon->seen = daemon->chapter ? calloc(inventory_series_count(inventory) + 1, sizeof *daemon->seen) : NULL;
    for (size_t i = 0; daemon->seen && i < inventory_series_count(inventory); i++)
        daemon->seen[i] = monotonic_now();
    daemon->chapter_at = monotonic_now();
    daemon->unknown = 0;
    return daemon->values && daemon->seen && daemon_watch(daemon, inventory);
}

static bool wants_new_chapter(const struct daemon *daemon)
{
    const struct live_config *config = daemon->setup->config;
    heal_duration age = monotonic_now() - daemon->chapter_at;
    uint64_t bytes = chapter_flight_bytes(daemon->chapter);

    if (chapter_is_degraded(daemon->chapter))
        return age > DEGRADED_PAUSE && (!daemon->lease || daemon->leads); /* a store that is away is waited for */
    if (engine_clock_was_set(&daemon->clock) &&
        (chapter_is_quiet(daemon->chapter) || monotonic_now() - daemon->set_at > CLOCK_PATIENCE))
        return true;
    if (bytes > 2 * config->flight_file)
        return true;
    return chapter_is_quiet(daemon->chapter) &&
           (bytes > config->flight_file || (daemon->unknown > 0 && age > config->rediscover) ||
            (daemon->alerts && age > ALERT_PAUSE && alert_book_is_fresh(daemon->alerts)) ||
            (daemon->without_metrics && daemon->good[FEED_PROMETHEUS]) ||
            (daemon->without_cluster && kube_feed_is_listed(daemon->kubernetes)));
}

static void print_errors(struct error_list *errors)
{
    char text[512];

    for (size_t i = 0; i < errors->kept; i++)
        fprintf(stderr, "selfheal: %s\n", error_format(errors, i, text, sizeof text));
    error_list_clear(errors);
}

static void turn_over(struct daemon *daemon)
{
    struct error_list errors = {0};

    note_recent(daemon);
    daemon_watch(daemon, NULL); /* the old inventory goes */
    struct chapter *old = daemon->chapter;
    daemon->chapter = NULL;
    chapter_end(old, now_of(daemon), false, &errors);
    begin_chapter(daemon, &errors);
    print_errors(&errors);
}

/* -- the loop ------------------------------------------------------------------ */

/* An endpoint that is dead is no pod that is gone: its issues do not go stale by it. Nor did a remedy fail that
 * nobody sees the effect of. */
static void excuse_silent(struct daemon *daemon, heal_time now)
{
    heal_duration often = daemon->setup->policy->stale_after / 4;

    for (uint32_t i = 0; i < FEED_COUNT; i++) {
        bool silent = daemon->feeds[i] && !daemon->good[i], first = daemon->excused[i] == HEAL_TIME_NEVER;
        bool all = silent && often > 0 && (first || monotonic_now() - daemon->excused[i] >= often);
        if (silent)
            chapter_excuse(daemon->chapter, now, daemon->board, i, all);
        if (all || !silent)
            daemon->excused[i] = silent ? monotonic_now() : HEAL_TIME_NEVER;
    }
}

static void note_seen(struct daemon *daemon)
{
    size_t count = inventory_series_count(chapter_inventory_of(daemon->chapter));
    heal_time now = monotonic_now();

    for (size_t i = 0; i < count; i++) {
        if (!isnan(daemon->values[i]))
            daemon->seen[i] = now;
    }
}

static void take_frame(struct daemon *daemon)
{
    heal_time begun = monotonic_now(), now = now_of(daemon);
    const char *down = "";

    daemon->collect_until = 0;
    daemon->unknown = board_take(daemon->board, daemon->values);
    excuse_silent(daemon, now);
    note_seen(daemon);
    chapter_input(daemon->chapter, &(struct flight_input){.kind = FLIGHT_FRAME, .at = now, .values = daemon->values});
    chapter_flush(daemon->chapter, now);
    double deciding = heal_duration_seconds(chapter_deciding(daemon->chapter));
    daemon_note_sources(daemon);
    bool good = daemon_all_good(daemon, &down);
    struct status_view *view = status_lock(daemon->status);
    view->frames++;
    view->frame_at = now;
    view->unknown_series = daemon->unknown;
    view->decide_seconds = deciding;
    view->alerts_waiting = alertmanager_waiting(daemon->alertmanager);
    view->scan_seconds = heal_duration_seconds(monotonic_now() - begun);
    bool set = daemon->set_at != HEAL_TIME_NEVER;
    view->ready = good && !view->degraded && !set;
    snprintf(view->why_not, sizeof view->why_not, "%s%s",
             view->degraded ? "watching only: what is decided cannot be kept"
             : set          ? "the clock was set: nothing new is begun until what is at work is over"
                            : down,
             view->degraded || set || good ? "" : " does not answer");
    status_unlock(daemon->status);
}

static void begin_scan(struct daemon *daemon, heal_time monotonic)
{
    heal_duration interval = daemon->setup->policy->scan_interval;

    daemon->next_scan += interval;
    if (daemon->next_scan <= monotonic) /* behind: scans that were missed are not made up for */
        daemon->next_scan = monotonic + interval;
    if (daemon->chapter) {
        for (size_t i = 0; i < FEED_COUNT; i++) {
            daemon->read[i] = daemon->feeds[i] == NULL;
            daemon->good[i] = false;
            if (daemon->feeds[i])
                feed_trigger(daemon->feeds[i], wall_now()); /* what the world has now */
        }
        daemon->collect_until = monotonic + interval / 2;
    } else {
        struct error_list errors = {0};
        begin_chapter(daemon, &errors);
        print_errors(&errors);
    }
}

static void take_message(struct daemon *daemon, const struct message *message)
{
    switch (message->kind) {
    case MESSAGE_STOP:
        daemon->stopping = true;
        break;
    case MESSAGE_SOURCE_READ:
        daemon->good[message->id] = message->value != 0;
        daemon->read[message->id] = true;
        if (daemon->chapter && daemon->collect_until > 0 && daemon_all_read(daemon))
            take_frame(daemon);
        break;
    case MESSAGE_ACTION_ENDED:
        if (daemon->chapter)
            chapter_action_ended(daemon->chapter, now_of(daemon), message);
        break;
    case MESSAGE_COMMAND:
        message->call->refused = daemon->chapter == NULL;
        if (daemon->chapter)
            chapter_command(daemon->chapter, now_of(daemon), message->call);
        mailbox_answer(daemon->mailbox, message->call);
        break;
    }
}

/* When the loop has to wake up without a message, by the monotonic clock. */
static heal_time wake_at(struct daemon *daemon)
{
    heal_time wake = daemon->next_scan;

    if (daemon->collect_until > 0 && daemon->collect_until < wake)
        wake = daemon->collect_until;
    if (daemon->lease && wake > monotonic_now() + LEAD_LOOK) /* the lead may come or go meanwhile */
        wake = monotonic_now() + LEAD_LOOK;
    heal_time deadline = daemon->chapter ? chapter_deadline(daemon->chapter) : HEAL_TIME_NEVER;
    if (deadline != HEAL_TIME_NEVER) {
        heal_time now = now_of(daemon), monotonic = monotonic_now();
        heal_time due = deadline > now ? monotonic + (deadline - now) : monotonic;
        wake = due < wake ? due : wake;
    }
    return wake;
}

static void run_loop(struct daemon *daemon)
{
    daemon->next_scan = monotonic_now();
    while (!daemon->stopping) {
        struct message message;
        if (mailbox_take(daemon->mailbox, wake_at(daemon), &message))
            take_message(daemon, &message);
        heal_time monotonic = monotonic_now();
        note_holds(daemon);
        if (daemon->chapter && daemon->collect_until > 0 && monotonic >= daemon->collect_until)
            take_frame(daemon);
        if (daemon->chapter && chapter_deadline(daemon->chapter) <= now_of(daemon)) {
            chapter_input(daemon->chapter, &(struct flight_input){.kind = FLIGHT_TICK, .at = daemon->clock.now});
            chapter_flush(daemon->chapter, daemon->clock.now);
        }
        if (daemon->chapter && wants_new_chapter(daemon))
            turn_over(daemon);
        if (monotonic >= daemon->next_scan)
            begin_scan(daemon, monotonic);
    }
}

/* Waits for the signals that all other threads block. */
static void *wait_for_signals(void *context)
{
    sigset_t ends;
    int number;

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGUSR1); /* the daemon's own: it is over */
    sigwait(&ends, &number);
    if (number != SIGUSR1)
        mailbox_put(context, &(struct message){.kind = MESSAGE_STOP}, true);
    return NULL;
}

static bool start_parts(struct daemon *daemon, struct error_list *errors)
{
    const struct live_setup *setup = daemon->setup;

    daemon->mailbox = mailbox_create(MAILBOX_ROOM);
    daemon->status = status_create(wall_now());
    daemon->board = board_create();
    daemon->switches[SWITCH_DRY_RUN] = setup->policy->dry_run;
    daemon->switches[SWITCH_AUTO_REMEDIATION] = setup->policy->auto_remediation;
    engine_clock_begin(&daemon->clock, wall_now(), monotonic_now());
    if (daemon->mailbox && daemon->status && daemon->board)
        daemon->workers = workers_create(WORKER_THREADS, WORKER_ROOM, daemon_run_job, daemon);
    const char *tells = setup->config->alertmanager.url;
    if (tells)
        daemon->alertmanager = alertmanager_create(&setup->config->alertmanager, setup->config->name);
    if (!daemon->workers || (tells && !daemon->alertmanager) || !daemon_start_feeds(daemon)) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory or threads");
        return false;
    }
    if (!daemon_start_lead(daemon, errors))
        return false;
    struct api_outside outside = {daemon->status, daemon->mailbox, daemon->alerts, daemon->pauses};
    daemon->api = api_create(setup, outside, errors);
    return daemon->api != NULL;
}

static void stop_parts(struct daemon *daemon)
{
    if (daemon->mailbox)
        mailbox_close(daemon->mailbox);
    if (daemon->status)
        status_close(daemon->status);
    api_destroy(daemon->api);
    postgres_stop(daemon->postgres);
    for (size_t i = 0; i < FEED_COUNT; i++)
        feed_destroy(daemon->feeds[i]);
    workers_destroy(daemon->workers);
    alertmanager_destroy(daemon->alertmanager);
    postgres_destroy(daemon->postgres);
    prometheus_destroy(daemon->read_by_feed);
    prometheus_destroy(daemon->read_at_start);
    store_lease_destroy(daemon->lease); /* its judge is the actuator */
    kube_actuator_destroy(daemon->actuator);
    kube_client_destroy(daemon->manifests);
    kube_feed_destroy(daemon->kubernetes);
    alert_book_destroy(daemon->alerts);
    pauses_destroy(daemon->pauses);
    board_destroy(daemon->board);
    status_destroy(daemon->status);
    mailbox_destroy(daemon->mailbox);
    free(daemon->values);
    free(daemon->seen);
    inventory_destroy(daemon->recent);
}

bool daemon_run(const struct live_setup *setup, struct error_list *errors)
{
    struct daemon daemon = {.setup = setup, .set_at = HEAL_TIME_NEVER};

    for (size_t i = 0; i < FEED_COUNT; i++)
        daemon.excused[i] = HEAL_TIME_NEVER;
    pthread_t signals;
    sigset_t blocked, before;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGUSR1);
    sigaddset(&blocked, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    bool good = start_parts(&daemon, errors);
    bool listens = good && pthread_create(&signals, NULL, wait_for_signals, daemon.mailbox) == 0;
    if (listens) {
        bool begun = begin_chapter(&daemon, errors);
        good = begun || errors->count == 0; /* nothing to watch yet: it goes on looking */
        if (good) {
            printf("listening on %s\n", api_address(daemon.api));
            printf("%s\n", daemon.switches[SWITCH_DRY_RUN] ? "dry run: nothing is done, plans are printed"
                                                           : "not a dry run: actions are taken");
            fflush(stdout);
            run_loop(&daemon);
        }
        board_watch(daemon.board, NULL);
        chapter_end(daemon.chapter, now_of(&daemon), true, errors);
        pthread_kill(signals, SIGUSR1);
        pthread_join(signals, NULL);
    }
    stop_parts(&daemon);
    curl_global_cleanup();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return good && errors->count == 0;
}
