/* kube_plan_files.h - the files that the plans of `kubernetes:` name (live/kube_plans.h).
 *
 * Manifests of jobs are read once, here; the folder of manifests is read by live at each
 * look, with the reader that it gets from here.
 */
#ifndef SELFHEAL_CLI_KUBE_PLAN_FILES_H
#define SELFHEAL_CLI_KUBE_PLAN_FILES_H

#include "live/config.h"

/* Paths in the configuration are beside it. False with messages. */
bool kube_plan_files_read(struct live_config *config, struct error_list *errors);

#endif
