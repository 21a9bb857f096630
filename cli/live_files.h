/* live_files.h - a live configuration and the policy that belongs to it, read. */
#ifndef SELFHEAL_CLI_LIVE_FILES_H
#define SELFHEAL_CLI_LIVE_FILES_H

#include "cli/layers.h"
#include "live/config.h"

struct live_files {
    struct live_config *config;
    struct layers layers;
    struct policy *policy;
};

/* Reads `path`, the environment and the policy. False with messages; clear either way. */
bool live_files_read(struct live_files *files, const char *path, struct error_list *errors);
void live_files_clear(struct live_files *files);

#endif
