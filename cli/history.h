/* history.h - `selfheal report --history DIR`: all results below a folder on one page. */
#ifndef SELFHEAL_CLI_HISTORY_H
#define SELFHEAL_CLI_HISTORY_H

#include "cli/console.h"

/* Reads DIR/NAME/summary.json of every NAME, by name; writes DIR/history.html and
 * DIR/plots. `images`: bits of IMAGE_. */
enum exit_code history_report(const char *folder, unsigned images);

#endif
