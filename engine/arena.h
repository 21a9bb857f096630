/* arena.h - memory that is taken piece by piece and given back at once.
 *
 * For what is built at start and lives as long as its owner: names, policies,
 * scenarios. Blocks double in size; nothing moves, so pointers stay good until
 * arena_destroy.
 */
#ifndef SELFHEAL_ENGINE_ARENA_H
#define SELFHEAL_ENGINE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_create(void);        /* NULL when out of memory */
void arena_destroy(struct arena *arena); /* NULL is fine */

/* `size` zeroed bytes, aligned for any type; NULL when out of memory. */
void *arena_alloc(struct arena *arena, size_t size);

/* `count` zeroed elements; NULL when out of memory or when the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* A NUL-terminated copy of text[0 .. length); NULL when out of memory. */
char *arena_text(struct arena *arena, const char *text, size_t length);

#endif
