/* alerts.h - what people are told beside single issues.
 *
 *   ALERT_FAILURE_RATE  more than failure_rate of the remedies that ended in the
 *                       window failed: severity high; automatic remediation goes off
 *   ALERT_HEALTH        the overall score fell below health_below: incident review,
 *                       medium
 *   ALERT_REPEATED      `repeats` issues opened on one resource in repeat_within:
 *                       root-cause investigation, low
 *
 * Each is told once and again only after its condition was over. This file counts;
 * engine.c says it.
 */
#ifndef SELFHEAL_ENGINE_ALERTS_H
#define SELFHEAL_ENGINE_ALERTS_H

#include "engine/inventory.h"
#include "engine/policy.h"

enum { ALERT_ENDINGS_MAX = 1024, ALERT_OPENINGS_MAX = 4096 };

enum alert_kind { ALERT_FAILURE_RATE, ALERT_HEALTH, ALERT_REPEATED, ALERT_KIND_COUNT };
const char *alert_kind_name(enum alert_kind kind); /* "failure_rate", ... */
enum severity alert_severity(enum alert_kind kind);

struct alerts;

struct alerts *alerts_create(const struct policy *policy); /* NULL when out of memory */
void alerts_destroy(struct alerts *alerts);                /* NULL is fine */

/* A remedy ended. True when the failure rate has just gone over its limit; *rate is it. */
bool alerts_note_ending(struct alerts *alerts, bool success, heal_time now, double *rate);
/* A health score. True when it has just gone under its limit. */
bool alerts_note_health(struct alerts *alerts, double overall);
/* An issue opened. True when the resource has just had its number of them; *times is it. */
bool alerts_note_opening(struct alerts *alerts, uint32_t resource, heal_time now, uint32_t *times);

/* A person switched automatic remediation on again: the count of endings starts over. */
void alerts_forgive(struct alerts *alerts);

#endif
