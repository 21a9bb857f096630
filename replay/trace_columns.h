/* trace_columns.h - from the header of a wide file to the series of a trace. */
#ifndef SELFHEAL_REPLAY_TRACE_COLUMNS_H
#define SELFHEAL_REPLAY_TRACE_COLUMNS_H

#include "engine/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_columns;

/* For the file `name`, whose stem names bare columns. NULL when out of memory. */
struct trace_columns *trace_columns_create(const char *name);
void trace_columns_destroy(struct trace_columns *columns); /* NULL is fine */

/* Takes the header's next cell; the first one is the column of the instants.
 * False with a message when it is empty, over-long or there already. */
bool trace_columns_add(struct trace_columns *columns, uint64_t line, const char *text, size_t length,
                       struct error_list *errors);

size_t trace_columns_count(const struct trace_columns *columns); /* cells taken, with the first */

/* The ids of the series, count - 1 of them; NULL entries where add said false. */
const char *const *trace_columns_ids(const struct trace_columns *columns);

/* What the file calls column `column` (0 is the instants'), for messages. */
const char *trace_columns_label(const struct trace_columns *columns, size_t column);

#endif
