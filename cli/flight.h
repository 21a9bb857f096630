/* flight.h - running a flight recording again. */
#ifndef SELFHEAL_CLI_FLIGHT_H
#define SELFHEAL_CLI_FLIGHT_H

#include "cli/console.h"

#include <stdbool.h>

/* Runs the recording at `path`. Without a policy: says whether every decision came
 * out as it was taken, EXIT_MISSED where one did not. With one: what it would
 * have decided otherwise. `json`: one object on stdout. */
enum exit_code flight_replay(const char *path, const char *policy, bool json);

#endif
