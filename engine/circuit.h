/* circuit.h - a strategy that fails again and again is left out for a while.
 *
 * Closed: the strategy may be chosen. After `circuit_failures` failed attempts in
 * a row, on whatever resource, it is open: left out for `circuit_open_for`. Then
 * one attempt may try it (half open): its success closes the circuit, its failure
 * opens it again (Nygard, Release It!, 2007, ch. 5).
 */
#ifndef SELFHEAL_ENGINE_CIRCUIT_H
#define SELFHEAL_ENGINE_CIRCUIT_H

#include "engine/policy.h"

struct circuit;

struct circuit *circuit_create(const struct policy *policy); /* NULL when out of memory */
void circuit_destroy(struct circuit *circuit);               /* NULL is fine */

bool circuit_allows(const struct circuit *circuit, uint32_t strategy, heal_time now);
/* An attempt begins; while half open no other may. */
void circuit_note_start(struct circuit *circuit, uint32_t strategy, heal_time now);
/* It ended. True when this opened the circuit. */
bool circuit_note_end(struct circuit *circuit, uint32_t strategy, bool success, heal_time now);
/* It ended without a verdict (a person stopped it). */
void circuit_note_abandoned(struct circuit *circuit, uint32_t strategy);

#endif
