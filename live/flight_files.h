/* flight_files.h - the folder of flight recordings: names, and a bound on the disk. */
#ifndef SELFHEAL_LIVE_FLIGHT_FILES_H
#define SELFHEAL_LIVE_FLIGHT_FILES_H

#include "engine/error.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FLIGHT_PATH = 4096 };

/* Makes `data` and the folder in it. False with messages. */
bool flight_files_prepare(const char *data, struct error_list *errors);

/* data/flight/00000012-20260102T030405Z.flight. False with messages. */
bool flight_files_name(const char *data, uint32_t chapter, heal_time now, char path[FLIGHT_PATH],
                       struct error_list *errors);

/* Deletes the oldest recordings but `keep` until all together fit into `bytes`.
 * The number deleted. */
size_t flight_files_prune(const char *data, const char *keep, uint64_t bytes);

#endif
