/* kube_act.c - one action, drift or lease of live mode on a real API server, by hand.
 *
 *   kube_act CONFIG act ACTION TARGET AMOUNT ROW [rollback]   outcome and message
 *   kube_act CONFIG done ACTION TARGET ROW                    yes, no, unknown
 *   kube_act CONFIG drift                                     SERIES FIELDS, line by line
 *   kube_act CONFIG lease SECONDS                             "leads TOKEN" or "follows", as it changes
 *
 * CONFIG is a live configuration; the action's time-out is KUBE_ACT_TIMEOUT (default 10s).
 * For tests: the ids of its actions are "test", ROW, and the instant KUBE_ACT_AT (seconds). */
#include "cli/live_files.h"
#include "live/daemon.h"
#include "live/kube_actuator.h"
#include "live/kube_manifests.h"
#include "live/mailbox.h"

#include <curl/curl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool call_server(void *context, const char *method, const char *path, const char *type, const char *body,
                        struct http_answer *answer)
{
    return kube_call(context, method, path, type, body, answer);
}

static void print_drift(void *context, const char *series, double fields)
{
    (void)context;
    printf("%s %g\n", series, fields);
}

static int drift(const struct kube_config *config)
{
    char error[HTTP_ERROR_TEXT] = "";
    struct kube_client *client = kube_client_create(&config->access, error);
    struct kube_api api = {client, call_server};
    bool good =
        client && kube_manifests_drift(&api, &config->plans, (struct kube_drift_sink){NULL, print_drift}, error);

    if (!good)
        fprintf(stderr, "%s\n", error);
    kube_client_destroy(client);
    return good ? 0 : 1;
}

static int follow_lease(struct kube_actuator *actuator, int seconds)
{
    heal_time end = monotonic_now() + seconds * HEAL_SECOND;
    int last = -1;

    while (monotonic_now() < end) {
        int leads = kube_actuator_leads(actuator);
        if (leads != last)
            printf("%s\n", leads ? "leads" : "follows");
        fflush(stdout);
        last = leads;
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    return 0;
}

static heal_time decided_at(void)
{
    const char *at = getenv("KUBE_ACT_AT");
    return (at ? strtoll(at, NULL, 10) : 1) * HEAL_SECOND;
}

static int act(struct kube_actuator *actuator, int argc, char **argv)
{
    const char *timeout = getenv("KUBE_ACT_TIMEOUT");
    struct job job = {0};
    char message[KUBE_MESSAGE] = "";
    double before = NAN;

    if (argc < 7 || !action_parse(argv[3], &job.action.kind))
        return 2;
    job.action.timeout = 10 * HEAL_SECOND;
    if (timeout && !heal_duration_parse(timeout, strlen(timeout), &job.action.timeout))
        return 2;
    job.action.amount = strtod(argv[5], NULL);
    job.row = strtoll(argv[6], NULL, 10);
    job.at = decided_at();
    job.action.rollback = argc > 7 && strcmp(argv[7], "rollback") == 0;
    enum action_outcome outcome = ACTION_UNSUPPORTED;
    if (kube_actuator_can(actuator, job.action.kind, argv[4]))
        outcome = kube_actuator_run(actuator, &job, argv[4], &before, message);
    printf("%s: %s\n", action_outcome_name(outcome), message);
    return outcome == ACTION_SUCCEEDED ? 0 : 1;
}

static int done(struct kube_actuator *actuator, int argc, char **argv)
{
    static const char *const WORDS[] = {
        [KUBE_DONE_NO] = "no", [KUBE_DONE_YES] = "yes", [KUBE_DONE_UNKNOWN] = "unknown"};
    enum action_kind kind;

    if (argc < 6 || !action_parse(argv[3], &kind))
        return 2;
    puts(WORDS[kube_actuator_done(actuator, kind, argv[4], strtoll(argv[5], NULL, 10), decided_at())]);
    return 0;
}

int main(int argc, char **argv)
{
    struct error_list errors = {0};
    struct live_files files = {0};
    char text[512];
    int code = 2;

    if (argc < 3)
        return code;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (live_files_read(&files, argv[1], &errors)) {
        struct kube_actuator *actuator = kube_actuator_create(&files.config->kubernetes, "test");
        if (actuator)
            kube_actuator_settle(actuator);
        if (actuator && strcmp(argv[2], "act") == 0)
            code = act(actuator, argc, argv);
        else if (actuator && strcmp(argv[2], "done") == 0)
            code = done(actuator, argc, argv);
        else if (actuator && strcmp(argv[2], "drift") == 0)
            code = drift(&files.config->kubernetes);
        else if (actuator && strcmp(argv[2], "lease") == 0 && argc > 3)
            code = follow_lease(actuator, atoi(argv[3]));
        kube_actuator_destroy(actuator);
    }
    for (size_t i = 0; i < errors.kept; i++)
        fprintf(stderr, "%s\n", error_format(&errors, i, text, sizeof text));
    error_list_clear(&errors);
    live_files_clear(&files);
    curl_global_cleanup();
    return code;
}
