/* tune_run.h - a study is searched: candidates raced, the best refined and checked. */
#ifndef SELFHEAL_CLI_TUNE_RUN_H
#define SELFHEAL_CLI_TUNE_RUN_H

#include "reports/study_result.h"

struct tune_options {
    const char *folder;     /* study.db in it is gone on with */
    uint32_t jobs;          /* evaluations at once; results do not change */
    uint32_t shard, shards; /* this one of so many: its share is evaluated, there is no winner; 0: all of it */
};

/* Fills *out, whose memory is the study's arena. False with messages. */
bool tune_run(struct study *study, const struct tune_options *options, struct study_result *out,
              struct error_list *errors);

#endif
