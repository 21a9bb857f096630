/* issue.c - the words for issue types, severities, endings and components. */
#include "engine/issue.h"

#include "engine/names.h"

static const char *const TYPES[] = {
    [ISSUE_POD_CRASH] = "pod_crash",
    [ISSUE_HIGH_CPU] = "high_cpu",
    [ISSUE_HIGH_MEMORY] = "high_memory",
    [ISSUE_DISK_FULL] = "disk_full",
    [ISSUE_NETWORK_LATENCY] = "network_latency",
    [ISSUE_DATABASE_SLOW] = "database_slow",
    [ISSUE_CERTIFICATE_EXPIRY] = "certificate_expiry",
    [ISSUE_SECURITY_VULNERABILITY] = "security_vulnerability",
    [ISSUE_CONFIG_DRIFT] = "config_drift",
    [ISSUE_NONE] = "none",
};
static const char *const SEVERITIES[SEVERITY_COUNT] = {"low", "medium", "high", "critical"};
static const char *const STATUSES[REMEDIATION_STATUS_COUNT] = {"running",   "success", "failed",
                                                               "escalated", "dry_run", "denied"};
static const char *const CAUSES[ISSUE_CAUSE_COUNT] = {
    [ISSUE_CAUSE_UNKNOWN] = "unknown",
    [ISSUE_CAUSE_FAULT] = "fault",
    [ISSUE_CAUSE_DEMAND] = "demand",
};

static const char *const COMPONENTS[COMPONENT_COUNT] = {"compute", "network", "storage", "database", "security"};

const char *issue_type_name(enum issue_type type)
{
    return name_of(TYPES, ISSUE_NONE + 1, (size_t)type);
}

bool issue_type_parse(const char *name, enum issue_type *out)
{
    size_t found;
    if (!name_find(TYPES, ISSUE_NONE + 1, name, &found))
        return false;
    *out = (enum issue_type)found;
    return true;
}

const char *severity_name(enum severity severity)
{
    return name_of(SEVERITIES, SEVERITY_COUNT, (size_t)severity);
}

bool severity_parse(const char *name, enum severity *out)
{
    size_t found;
    if (!name_find(SEVERITIES, SEVERITY_COUNT, name, &found))
        return false;
    *out = (enum severity)found;
    return true;
}

const char *remediation_status_name(enum remediation_status status)
{
    return name_of(STATUSES, REMEDIATION_STATUS_COUNT, (size_t)status);
}

const char *issue_cause_name(enum issue_cause cause)
{
    return name_of(CAUSES, ISSUE_CAUSE_COUNT, (size_t)cause);
}

const char *component_name(enum component component)
{
    return name_of(COMPONENTS, COMPONENT_COUNT, (size_t)component);
}

enum component issue_component(enum issue_type type)
{
    switch (type) {
    case ISSUE_NETWORK_LATENCY:
        return COMPONENT_NETWORK;
    case ISSUE_DISK_FULL:
        return COMPONENT_STORAGE;
    case ISSUE_DATABASE_SLOW:
        return COMPONENT_DATABASE;
    case ISSUE_CERTIFICATE_EXPIRY:
    case ISSUE_SECURITY_VULNERABILITY:
    case ISSUE_CONFIG_DRIFT:
        return COMPONENT_SECURITY;
    case ISSUE_POD_CRASH:
    case ISSUE_HIGH_CPU:
    case ISSUE_HIGH_MEMORY:
    case ISSUE_NONE:
        break;
    }
    return COMPONENT_COMPUTE;
}
