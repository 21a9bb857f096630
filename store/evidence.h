/* evidence.h - decisions in words.
 *
 * The engine's record is numbers; here they become what a person reads in a
 * ticket, an audit row or a report: "cpu_utilization_ratio 0.97 over its
 * threshold 0.85". Texts depend on the decision, the inventory and the policy
 * alone.
 */
#ifndef SELFHEAL_STORE_EVIDENCE_H
#define SELFHEAL_STORE_EVIDENCE_H

#include "engine/inventory.h"
#include "engine/journal.h"
#include "engine/policy.h"

#include <stddef.h>

enum { EVIDENCE_TEXT = 768 }; /* enough for a series id and a sentence; longer is cut */

/* What the series showed, by its value, reference, score and by_baseline.
 * All functions write into text[size], NUL-terminated, and return `text`. */
char *evidence_of_series(const struct decision *decision, const struct inventory *inventory, char *text, size_t size);

/* The same as a JSON object {series, value, reference, score, by}; numbers that
 * are not finite are null. The caller frees; NULL when out of memory. */
char *evidence_json(const struct decision *decision, const struct inventory *inventory);

/* Why, or with what, a decision was taken, for the audit log; "" for kinds that
 * the log does not hold. */
char *evidence_of_decision(const struct decision *decision, const struct policy *policy,
                           const struct inventory *inventory, char *text, size_t size);

/* Why a remediation that did not succeed ended, from its status and gate. */
char *evidence_of_ending(const struct decision *decision, char *text, size_t size);

/* Names that stand for "none" outside the range, so that a text can always be made. */
const char *evidence_resource(const struct inventory *inventory, uint32_t resource);   /* "-" */
const struct strategy *evidence_strategy(const struct policy *policy, uint32_t index); /* or NULL */

/* DECISION_EVIDENCE: an echo at another resource, or the load. Writes into `text` and
 * returns it. */
char *evidence_more(const struct decision *decision, const struct inventory *inventory, char *text, size_t size);
/* The same for what is no issue's or remedy's own course: ranks, forecasts, followers,
 * plans, commands, alerts, patterns, undos (evidence_insight.c). */
char *evidence_of_insight(const struct decision *decision, const struct policy *policy,
                          const struct inventory *inventory, char *text, size_t size);

#endif
