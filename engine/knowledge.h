/* knowledge.h - what an engine has learned, as bytes that outlive it.
 *
 * Odds, attempts per resource and frozen resources; by name, so that a policy or
 * an inventory that changed meanwhile takes what still fits and leaves the rest.
 * Not in it: baselines, open issues and remedies at work; for those give a new
 * engine the journalled inputs (input.h).
 *
 *   "SHK2", u32 strategies, each: u64 name's hash, (1 + SIGNATURES) x (f64 success,
 *   f64 failure, i64 at); u32 resources, each: u64 id's hash, u32 attempts, i64
 *   attempted, u8 frozen; u64 FNV-1a of all before it.
 */
#ifndef SELFHEAL_ENGINE_KNOWLEDGE_H
#define SELFHEAL_ENGINE_KNOWLEDGE_H

#include "engine/engine.h"
#include "engine/learning.h"

#include <stdbool.h>
#include <stddef.h>

enum { KNOWLEDGE_MAX = 1 << 24 }; /* bytes that are read at all */

/* Writes the bytes when they fit in `room`; returns how many they are. */
size_t engine_export(const struct engine *engine, unsigned char *bytes, size_t room);

/* Takes them in; before the first frame. False, and nothing is changed, when they
 * are no knowledge or damaged. */
bool engine_import(struct engine *engine, const unsigned char *bytes, size_t length);

/* The odds alone: what a rehearsal begins with, where other resources live. */
bool engine_import_odds(struct engine *engine, const unsigned char *bytes, size_t length);

/* The odds of an engine, its own. */
const struct learning *engine_odds(const struct engine *engine);

/* The same bytes from and into odds that belong to no engine; without resources. */
size_t odds_export(const struct policy *policy, const struct learning *odds, unsigned char *bytes, size_t room);
bool odds_import(const struct policy *policy, struct learning *odds, const unsigned char *bytes, size_t length);

#endif
