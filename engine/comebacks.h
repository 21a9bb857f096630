/* comebacks.h - trouble that comes back after its remedies: relief is no cure.
 *
 * A restart winds a leak back, a larger disk fills again, a raised limit holds for a
 * while: each remedy succeeds, and the cause stands. Healing then goes on, but somebody
 * has to be called who can look for the cause, and early: after one remedy of that type
 * on the same resource, or several on its workload, within a span of the policy. What is
 * still the same issue (it came back within the cool-down) climbs its ladder yet. The
 * same ring tells when a person was last called for an issue, so that one which flaps
 * rings once.
 */
#ifndef SELFHEAL_ENGINE_COMEBACKS_H
#define SELFHEAL_ENGINE_COMEBACKS_H

#include "engine/inventory.h"
#include "engine/policy.h"

enum { COMEBACKS_MAX = 1024, CALLS_MAX = 1024 };

struct comebacks;

/* NULL when out of memory. Both are borrowed; `inventory` frozen. */
struct comebacks *comebacks_create(const struct policy *policy, const struct inventory *inventory);
void comebacks_destroy(struct comebacks *comebacks); /* NULL is fine */

/* A remediation of (resource, type) that acted has ended. */
void comebacks_note(struct comebacks *comebacks, uint32_t resource, enum issue_type type, heal_time now);
/* Whether the trouble of an issue that opened at `opened_at` has come back so often that a
 * person should look for the cause. */
bool comebacks_are_many(const struct comebacks *comebacks, uint32_t resource, enum issue_type type, heal_time opened_at,
                        heal_time now);

/* A person is to be called for (resource, type): false when one was within
 * `call_again` (policy_guards.comebacks), else true, and it is remembered. */
bool comebacks_may_call(struct comebacks *comebacks, uint32_t resource, enum issue_type type, heal_time now);

#endif
