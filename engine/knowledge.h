/* knowledge.h - what an engine has learned, as bytes that outlive it.
 *
 * Odds, attempts per resource and frozen resources; by name, so that a policy or
 * an inventory that changed meanwhile takes what still fits and leaves the rest.
 * Not in it: baselines, open issues and remedies at work; for those give a new
 * engine the journalled inputs (input.h).
 *
 *   "SHK1", u32 strategies, each: u64 name's hash, (1 + SIGNATURES) x (f64 success,
 *   f64 failure, i64 at); u32 resources, each: u64 id's hash, u32 attempts, i64
 *   attempted, u8 frozen; u64 FNV-1a of all before it.
 */
#ifndef SELFHEAL_ENGINE_KNOWLEDGE_H
#define SELFHEAL_ENGINE_KNOWLEDGE_H

#include "engine/engine.h"

#include <stdbool.h>
#include <stddef.h>

/* Writes the bytes when they fit in `room`; returns how many they are. */
size_t engine_export(const struct engine *engine, unsigned char *bytes, size_t room);

/* Takes them in; before the first frame. False, and nothing is changed, when they
 * are no knowledge or damaged. */
bool engine_import(struct engine *engine, const unsigned char *bytes, size_t length);

#endif
