/* dataset.h - a folder of recorded series with labelled windows, as NAB lays it out.
 *
 * FOLDER/windows.json maps names to lists of [start, end]; FOLDER/data/NAME (or
 * FOLDER/NAME) is the recording of each, whose first series counts.
 */
#ifndef SELFHEAL_REPLAY_DATASET_H
#define SELFHEAL_REPLAY_DATASET_H

#include "engine/error.h"
#include "replay/labels.h"
#include "replay/trace.h"

struct dataset_item {
    char *name;
    struct trace *trace;
    struct labels labels;
};

struct dataset {
    struct dataset_item *items; /* by name */
    size_t count;
};

/* False with messages; nothing is left then. The caller clears. */
bool dataset_open(const char *folder, struct dataset *out, struct error_list *errors);
void dataset_clear(struct dataset *dataset);

#endif
