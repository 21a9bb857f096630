/* commands.h - the subcommands: each takes its own argv and gives an exit code. */
#ifndef SELFHEAL_CLI_COMMANDS_H
#define SELFHEAL_CLI_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

int command_simulate(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_trace(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_report(int argc, char **argv);
int command_live(int argc, char **argv);
int command_record(int argc, char **argv);
int command_audit(int argc, char **argv);
int command_test(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_tune(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_merge(int argc, char **argv);

/* The default of --threads: the processors that are online, 1 .. 256. */
unsigned default_threads(void);

/* Reads "png", "pdf", "png,pdf" into bits of IMAGE_; NULL: none. False with a message on stderr. */
bool images_parse(const char *text, unsigned *images);

/* Reads "k/n", 1 <= k <= n. */
bool shard_parse(const char *text, uint32_t *shard, uint32_t *shards);

#endif
