/* issue.h - the words for what can be wrong and how a remedy's course ends. */
#ifndef SELFHEAL_ENGINE_ISSUE_H
#define SELFHEAL_ENGINE_ISSUE_H

#include <stdbool.h>

enum issue_type {
    ISSUE_POD_CRASH,
    ISSUE_HIGH_CPU,
    ISSUE_HIGH_MEMORY,
    ISSUE_DISK_FULL,
    ISSUE_NETWORK_LATENCY,
    ISSUE_DATABASE_SLOW,
    ISSUE_CERTIFICATE_EXPIRY,
    ISSUE_SECURITY_VULNERABILITY,
    ISSUE_CONFIG_DRIFT,
    ISSUE_TYPE_COUNT,
    ISSUE_NONE = ISSUE_TYPE_COUNT /* a series that is watched and never becomes an issue */
};

enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL, SEVERITY_COUNT };

/* Why a resource is in trouble, by how much work it has: more than it normally has, or
 * trouble without that. */
enum issue_cause { ISSUE_CAUSE_UNKNOWN, ISSUE_CAUSE_FAULT, ISSUE_CAUSE_DEMAND, ISSUE_CAUSE_COUNT };

/* How much of its workload shows the trouble of one member: less than half of the others, or
 * half and more. */
enum issue_spread { ISSUE_SPREAD_UNKNOWN, ISSUE_SPREAD_ONE, ISSUE_SPREAD_MANY, ISSUE_SPREAD_COUNT };

enum remediation_status {
    REMEDIATION_RUNNING,
    REMEDIATION_SUCCESS,
    REMEDIATION_FAILED,    /* ended without success and without a person to take over */
    REMEDIATION_ESCALATED, /* handed to a person */
    REMEDIATION_DRY_RUN,   /* would have; did nothing */
    REMEDIATION_DENIED,    /* a person said no to the last thing that could be done */
    REMEDIATION_STATUS_COUNT
};

/* The parts that a health score is given for. */
enum component {
    COMPONENT_COMPUTE,
    COMPONENT_NETWORK,
    COMPONENT_STORAGE,
    COMPONENT_DATABASE,
    COMPONENT_SECURITY,
    COMPONENT_COUNT
};

/* Names are as DESIGN.md spells them: "pod_crash", "critical", "dry_run",
 * "compute". Parsing is exact. */
const char *issue_type_name(enum issue_type type); /* "none" for ISSUE_NONE */
bool issue_type_parse(const char *name, enum issue_type *out);
const char *severity_name(enum severity severity);
bool severity_parse(const char *name, enum severity *out);
const char *issue_cause_name(enum issue_cause cause); /* "unknown", "fault", "demand" */
const char *remediation_status_name(enum remediation_status status);
const char *component_name(enum component component);
enum component issue_component(enum issue_type type); /* where an issue of this type counts */

#endif
