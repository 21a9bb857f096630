/* line.h - a line to a server on loopback, which can be cut.
 *
 * Whoever connects to the line's port talks to the server behind it, byte for byte. While
 * it is cut, connections are taken and closed at once, those that were open end, and each
 * try is counted. A thread a connection; for tests.
 */
#ifndef SELFHEAL_TESTS_DRIVEN_LINE_H
#define SELFHEAL_TESTS_DRIVEN_LINE_H

#include <stdbool.h>
#include <stdint.h>

struct line;
struct line *line_open(uint16_t server); /* NULL when it can't */
void line_close(struct line *line);
uint16_t line_port(const struct line *line);
void line_cut(struct line *line, bool cut);
uint64_t line_tries(struct line *line); /* while it was cut, so far */

/* A port that was free just now. */
uint16_t line_free_port(void);

#endif
