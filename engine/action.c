/* action.c - the words of the action vocabulary, and what undoes what. */
#include "engine/action.h"

#include "engine/names.h"

static const struct {
    const char *name;
    enum action_kind inverse;
} KINDS[ACTION_KIND_COUNT] = {
    [ACTION_RESTART_POD] = {"restart_pod", ACTION_KIND_COUNT},
    [ACTION_DELETE_POD] = {"delete_pod", ACTION_KIND_COUNT},
    [ACTION_RAISE_MEMORY_LIMIT] = {"raise_memory_limit", ACTION_LOWER_MEMORY_LIMIT},
    [ACTION_LOWER_MEMORY_LIMIT] = {"lower_memory_limit", ACTION_RAISE_MEMORY_LIMIT},
    [ACTION_RAISE_CPU_LIMIT] = {"raise_cpu_limit", ACTION_LOWER_CPU_LIMIT},
    [ACTION_LOWER_CPU_LIMIT] = {"lower_cpu_limit", ACTION_RAISE_CPU_LIMIT},
    [ACTION_SCALE_OUT] = {"scale_out", ACTION_SCALE_IN},
    [ACTION_SCALE_IN] = {"scale_in", ACTION_SCALE_OUT},
    [ACTION_ROLL_BACK_REVISION] = {"roll_back_revision", ACTION_ROLL_FORWARD_REVISION},
    [ACTION_ROLL_FORWARD_REVISION] = {"roll_forward_revision", ACTION_ROLL_BACK_REVISION},
    [ACTION_TUNE_WORKLOAD] = {"tune_workload", ACTION_RESTORE_WORKLOAD_SETTINGS},
    [ACTION_RESTORE_WORKLOAD_SETTINGS] = {"restore_workload_settings", ACTION_TUNE_WORKLOAD},
    [ACTION_DRAIN] = {"drain", ACTION_UNDRAIN},
    [ACTION_UNDRAIN] = {"undrain", ACTION_DRAIN},
    [ACTION_CLEAR_CACHES] = {"clear_caches", ACTION_KIND_COUNT},
    [ACTION_CLEAN_TEMP_FILES] = {"clean_temp_files", ACTION_KIND_COUNT},
    [ACTION_ROTATE_LOGS] = {"rotate_logs", ACTION_KIND_COUNT},
    [ACTION_EXPAND_VOLUME] = {"expand_volume", ACTION_KIND_COUNT},
    [ACTION_SHIFT_TRAFFIC] = {"shift_traffic", ACTION_RESTORE_TRAFFIC},
    [ACTION_RESTORE_TRAFFIC] = {"restore_traffic", ACTION_SHIFT_TRAFFIC},
    [ACTION_RESTART_PROXY] = {"restart_proxy", ACTION_KIND_COUNT},
    [ACTION_CORDON_NODE] = {"cordon_node", ACTION_UNCORDON_NODE},
    [ACTION_UNCORDON_NODE] = {"uncordon_node", ACTION_CORDON_NODE},
    [ACTION_RESCHEDULE_POD] = {"reschedule_pod", ACTION_KIND_COUNT},
    [ACTION_ADD_INDEX] = {"add_index", ACTION_DROP_INDEX},
    [ACTION_DROP_INDEX] = {"drop_index", ACTION_ADD_INDEX},
    [ACTION_TUNE_DATABASE] = {"tune_database", ACTION_RESTORE_DATABASE_SETTINGS},
    [ACTION_RESTORE_DATABASE_SETTINGS] = {"restore_database_settings", ACTION_TUNE_DATABASE},
    [ACTION_RAISE_POOL_SIZE] = {"raise_pool_size", ACTION_LOWER_POOL_SIZE},
    [ACTION_LOWER_POOL_SIZE] = {"lower_pool_size", ACTION_RAISE_POOL_SIZE},
    [ACTION_RENEW_CERTIFICATE] = {"renew_certificate", ACTION_KIND_COUNT},
    [ACTION_RENEW_CERTIFICATE_FALLBACK] = {"renew_certificate_fallback", ACTION_KIND_COUNT},
    [ACTION_VALIDATE_CERTIFICATE] = {"validate_certificate", ACTION_KIND_COUNT},
    [ACTION_DEPLOY_CERTIFICATE] = {"deploy_certificate", ACTION_RESTORE_CERTIFICATE},
    [ACTION_ISOLATE] = {"isolate", ACTION_RELEASE},
    [ACTION_RELEASE] = {"release", ACTION_ISOLATE},
    [ACTION_PATCH_STAGING] = {"patch_staging", ACTION_KIND_COUNT},
    [ACTION_PATCH_ROLLING] = {"patch_rolling", ACTION_ROLL_BACK_REVISION},
    [ACTION_RECONCILE_CONFIG] = {"reconcile_config", ACTION_RESTORE_CONFIG},
    [ACTION_RESTORE_CONFIG] = {"restore_config", ACTION_RECONCILE_CONFIG},
    [ACTION_PAGE_OPERATOR] = {"page_operator", ACTION_KIND_COUNT},
    [ACTION_SET_DATABASE_TIMEOUTS] = {"set_database_timeouts", ACTION_RESTORE_DATABASE_TIMEOUTS},
    [ACTION_RESTORE_DATABASE_TIMEOUTS] = {"restore_database_timeouts", ACTION_SET_DATABASE_TIMEOUTS},
    [ACTION_RESTORE_CERTIFICATE] = {"restore_certificate", ACTION_DEPLOY_CERTIFICATE},
};

static const char *const OUTCOMES[ACTION_OUTCOME_COUNT] = {
    [ACTION_SUCCEEDED] = "succeeded",
    [ACTION_FAILED] = "failed",
    [ACTION_TIMED_OUT] = "timed_out",
    [ACTION_UNSUPPORTED] = "unsupported",
};

const char *action_name(enum action_kind kind)
{
    return (unsigned)kind < ACTION_KIND_COUNT ? KINDS[kind].name : "unknown";
}

bool action_parse(const char *name, enum action_kind *out)
{
    for (unsigned kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        size_t found;
        if (name_find(&KINDS[kind].name, 1, name, &found)) {
            *out = (enum action_kind)kind;
            return true;
        }
    }
    return false;
}

const char *amount_unit_name(enum amount_unit unit)
{
    static const char *const UNITS[AMOUNT_UNIT_COUNT] = {[AMOUNT_OWN] = "own", [AMOUNT_BYTES] = "bytes"};
    return name_of(UNITS, AMOUNT_UNIT_COUNT, (size_t)unit);
}

bool action_takes_bytes(enum action_kind kind)
{
    return kind == ACTION_RAISE_MEMORY_LIMIT || kind == ACTION_LOWER_MEMORY_LIMIT || kind == ACTION_EXPAND_VOLUME;
}

const char *action_before_unit(enum action_kind kind)
{
    switch (kind) {
    case ACTION_RAISE_MEMORY_LIMIT:
    case ACTION_LOWER_MEMORY_LIMIT:
    case ACTION_EXPAND_VOLUME:
        return "bytes";
    case ACTION_RAISE_CPU_LIMIT:
    case ACTION_LOWER_CPU_LIMIT:
        return "cores";
    case ACTION_SCALE_OUT:
    case ACTION_SCALE_IN:
        return "replicas";
    case ACTION_RAISE_POOL_SIZE:
    case ACTION_LOWER_POOL_SIZE:
        return "connections";
    case ACTION_ROLL_BACK_REVISION:
    case ACTION_ROLL_FORWARD_REVISION:
    case ACTION_PATCH_ROLLING:
        return "revision";
    case ACTION_SET_DATABASE_TIMEOUTS:
    case ACTION_RESTORE_DATABASE_TIMEOUTS:
        return "seconds";
    case ACTION_DEPLOY_CERTIFICATE:
    case ACTION_RESTORE_CERTIFICATE:
        return "days left";
    default:
        return NULL;
    }
}

const char *action_outcome_name(enum action_outcome outcome)
{
    return name_of(OUTCOMES, ACTION_OUTCOME_COUNT, (size_t)outcome);
}

enum action_kind action_inverse(enum action_kind kind)
{
    return (unsigned)kind < ACTION_KIND_COUNT ? KINDS[kind].inverse : ACTION_KIND_COUNT;
}

bool action_is_irreversible(enum action_kind kind)
{
    return kind == ACTION_CLEAN_TEMP_FILES || kind == ACTION_ROTATE_LOGS || kind == ACTION_EXPAND_VOLUME;
}

bool action_is_repeatable(enum action_kind kind)
{
    switch (kind) {
    case ACTION_RAISE_MEMORY_LIMIT:
    case ACTION_LOWER_MEMORY_LIMIT:
    case ACTION_RAISE_CPU_LIMIT:
    case ACTION_LOWER_CPU_LIMIT:
    case ACTION_SCALE_OUT:
    case ACTION_SCALE_IN:
    case ACTION_ROLL_BACK_REVISION:
    case ACTION_ROLL_FORWARD_REVISION:
    case ACTION_EXPAND_VOLUME:
    case ACTION_RAISE_POOL_SIZE:
    case ACTION_LOWER_POOL_SIZE:
        return false;
    default:
        return true;
    }
}
