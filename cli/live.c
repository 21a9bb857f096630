/* live.c - `selfheal live`: the engine on the real thing. */
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/live_files.h"
#include "cli/options.h"
#include "live/daemon.h"
#include "live/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct subcommand COMMAND = {
    "live",
    "",
    "Watches and heals the real thing: Prometheus and Kubernetes in, actions out, API and dashboard on 8400.",
    "Starts in a dry run, which prints what it would do, until the configuration, DRY_RUN_MODE or\n"
    "a person says otherwise. Ends on SIGTERM. Every input is recorded: selfheal replay DATA/flight/FILE\n"
    "gives every decision again. The environment overrides the file: AUTO_REMEDIATION_ENABLED\n"
    "LEARNING_MODE MAX_REMEDIATIONS_PER_HOUR DRY_RUN_MODE SCAN_INTERVAL_SECONDS\n"
    "HEALTH_CHECK_INTERVAL KUBERNETES_URL PROMETHEUS_URL ALERTMANAGER_URL SELFHEAL_STORE.",
    "  selfheal live --check --config deploy/live.yaml",
};

static bool add_token(const struct live_files *files, const char *who, struct error_list *errors)
{
    const char *colon = strchr(who, ':');
    char token[TOKEN_TEXT];

    if (!files->config->api.tokens) {
        error_add(errors, ERROR_INPUT, files->config->file, 0, "api.tokens", "names no file to add a token to");
        return false;
    }
    for (enum role role = ROLE_VIEWER; colon && role < ROLE_COUNT; role++) {
        if (strlen(role_name(role)) == (size_t)(colon - who) &&
            memcmp(role_name(role), who, (size_t)(colon - who)) == 0) {
            if (!tokens_add(files->config->api.tokens, role, colon + 1, token, errors))
                return false;
            puts(token);
            return true;
        }
    }
    error_add(errors, ERROR_INPUT, NULL, 0, "--add-token",
              "expected viewer:NAME, operator:NAME, approver:NAME or sender:NAME");
    return false;
}

/* As the environment says it: checked in one place. */
static bool use_store(const char *url)
{
    return !url || setenv("SELFHEAL_STORE", url, 1) == 0;
}

static bool run(const struct live_files *files, struct error_list *errors)
{
    struct live_setup setup = {.config = files->config, .policy = files->policy};

    setup.head.layer_count = files->layers.count;
    memcpy(setup.head.layers, files->layers.items, sizeof setup.head.layers);
    return daemon_run(&setup, errors);
}

int command_live(int argc, char **argv)
{
    const char *path = NULL, *token = NULL, *store = NULL;
    bool check = false;
    const struct option options[] = {
        {"config", OPTION_TEXT, &path, "FILE", "what to watch and how (docs/live.md)"},
        {"store", OPTION_TEXT, &store, "URL",
         "postgresql:// of the store that replicas share; a password belongs into SELFHEAL_STORE or .pgpass"},
        {"check", OPTION_FLAG, &check, NULL, "read configuration and policy, say what is wrong, and stop"},
        {"add-token", OPTION_TEXT, &token, "ROLE:NAME", "make a token for the API, print it once, and stop"},
    };
    size_t count;

    int parsed = options_parse(argc, argv, &COMMAND, options, sizeof options / sizeof options[0], NULL, 0, 0, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    if (!path) {
        fputs("selfheal: live: --config FILE must be given\n", stderr);
        return EXIT_BAD_INPUT;
    }
    struct error_list errors = {0};
    struct live_files files = {0};
    bool good = use_store(store) && live_files_read(&files, path, &errors);

    if (good && token)
        good = add_token(&files, token, &errors);
    else if (good && check)
        printf("%s: good: %zu queries, %zu actions, policy %s, %s\n", path, files.config->prometheus.query_count,
               files.config->hook_count, files.policy->name, files.policy->dry_run ? "dry run" : "not a dry run");
    else if (good)
        good = run(&files, &errors);
    live_files_clear(&files);
    enum exit_code code = console_errors(&errors);
    return (int)(good ? EXIT_DONE : code == EXIT_DONE ? EXIT_ENVIRONMENT : code);
}
