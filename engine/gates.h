/* gates.h - what holds a remediation back.
 *
 * Checked before a remediation starts; each gate is a property of the policy and
 * of what was started before. Starts of the last rolling hour are kept in a ring
 * as long as the policy's total limit, so the limits are exact.
 */
#ifndef SELFHEAL_ENGINE_GATES_H
#define SELFHEAL_ENGINE_GATES_H

#include "engine/issue_book.h"

struct gates;

struct gates *gates_create(const struct policy *policy, const struct inventory *inventory); /* NULL: out of memory */
void gates_destroy(struct gates *gates);

/* The first gate that is closed for a new remediation of `issue`, or GATE_NONE. */
enum gate gates_check(const struct gates *gates, struct issue_book *book, const struct open_issue *issue,
                      heal_time now);
/* A remediation of `resource` starts. */
void gates_note_start(struct gates *gates, uint32_t resource, heal_time now);
/* A rollback failed on `resource`: nothing acts on it any more. */
void gates_freeze(struct gates *gates, uint32_t resource);

#endif
