/* recording.c - from sim's records to store's rows: the one place that knows both.
 *
 * Rows are committed several times a second by the wall clock, which decides
 * only how much a kill can lose and nothing that is written. */
#include "cli/recording.h"

#include "cli/folder.h"
#include "replay/trace_source.h"
#include "sim/digest.h"
#include "sim/made_source.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PLOT_BUCKETS = 1440 };
static const int64_t FLUSH_EVERY = 200 * HEAL_MILLISECOND;

struct recording {
    const struct bundle *bundle;
    const struct policy *policy;
    struct run_store *store;
    struct digest *digest;
    struct error_list *errors;
    struct progress progress;
    heal_duration grace;
    uint32_t replication, threads;
    uint32_t told; /* replications so far */
    int64_t flushed_at;
};

static int64_t wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * HEAL_SECOND + now.tv_nsec;
}

static bool tell_labels(struct recording *recording, const struct labels *labels, bool counted)
{
    const struct bundle *bundle = recording->bundle;
    heal_time run_end = bundle->start + bundle->duration;

    for (size_t i = 0; i < labels->count; i++) {
        const struct label *label = &labels->items[i];
        const struct fault_kind *kind = fault_kind_find(bundle->catalogue, label->fault_type);
        size_t length = strlen(label->resource);
        struct store_fault fault = {
            .replication = recording->replication,
            .kind = label->fault_type[0] ? label->fault_type : "unnamed",
            .resource = inventory_find_resource(bundle->inventory, label->resource, length),
            .resource_text = label->resource,
            .type = kind ? kind->issue : ISSUE_NONE,
            .onset = label->start,
            .end = label->end,
            .ended_by = "label",
            .grace = recording->grace,
            .counted = counted,
        };
        if (label->start < run_end && label->end >= bundle->start &&
            !run_store_fault(recording->store, &fault, recording->errors))
            return false;
    }
    return true;
}

static bool begin(void *context, uint32_t replication)
{
    struct recording *recording = context;
    bool open_loop = recording->bundle->policy->dry_run;

    recording->replication = replication;
    return run_store_begin(recording->store, replication, recording->errors) &&
           tell_labels(recording, &recording->bundle->labels, open_loop) &&
           tell_labels(recording, &recording->bundle->suspects, false);
}

static bool fault_row(struct recording *recording, const struct fault_record *fault)
{
    static const char *const ENDED_BY[] = {
        [FAULT_STANDS] = NULL,
        [FAULT_ENDED_BY_REMEDIATION] = "remediation",
        [FAULT_ENDED_BY_OPERATOR] = "operator",
        [FAULT_ENDED_BY_ITSELF] = "itself",
    };
    struct store_fault row = {
        .replication = recording->replication,
        .kind = fault->kind,
        .resource = fault->resource,
        .resource_text = inventory_resource_id(recording->bundle->inventory, fault->resource),
        .type = fault->type,
        .cause = fault->cause,
        .onset = fault->onset,
        .end = fault->end,
        .ended_by = ENDED_BY[fault->ended_by],
        .grace = recording->grace,
        .counted = true,
    };
    return run_store_fault(recording->store, &row, recording->errors);
}

static bool operator_row(struct recording *recording, const struct operator_record *act)
{
    struct store_operator_act row = {
        .replication = recording->replication,
        .at = act->at,
        .ended_at = act->ended_at,
        .kind = act->repair ? "repair" : "page",
        .resource = act->resource,
    };
    return run_store_operator(recording->store, &row, recording->errors);
}

static bool write_record(struct recording *recording, const struct run_record *record)
{
    switch (record->kind) {
    case RECORD_DECISION:
        if (!digest_add(recording->digest, &record->decision)) {
            error_add(recording->errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "SHA-256 failed");
            return false;
        }
        return run_store_decision(recording->store, &record->decision, recording->errors);
    case RECORD_FAULT:
        return fault_row(recording, &record->fault);
    case RECORD_OPERATOR:
        return operator_row(recording, &record->operator);
    case RECORD_PLOT:
        return run_store_plot(recording->store, record->plot.series, record->plot.at, record->plot.low,
                              record->plot.high, recording->errors);
    }
    return false;
}

static bool take_record(void *context, const struct run_record *record)
{
    struct recording *recording = context;
    int64_t now = wall_clock();

    if (!write_record(recording, record))
        return false;
    if (now - recording->flushed_at < FLUSH_EVERY)
        return true;
    recording->flushed_at = now;
    return run_store_flush(recording->store, recording->errors);
}

static bool end(void *context, uint32_t replication, const struct world_counts *counts)
{
    (void)context;
    (void)replication;
    (void)counts;
    return true;
}

static bool breathe(void *context, double done)
{
    struct recording *recording = context;
    if (recording->progress.label)
        progress_show(&recording->progress, done);
    return true;
}

/* Frames of the trace, of the made series, or of both. */
static bool choose_supply(const struct bundle *bundle, struct frame_supply *from_trace, struct frame_supply *made,
                          const struct frame_supply **out)
{
    if (bundle->trace)
        *from_trace = trace_supply(bundle->trace);
    *out = from_trace;
    if (bundle->scenario->resource_count == 0)
        return true;
    *made = made_supply(bundle->scenario, bundle->inventory, bundle->policy->scan_interval, bundle->duration,
                        bundle->trace ? from_trace : NULL);
    *out = made;
    return made->context != NULL;
}

static bool run_on(struct recording *recording, uint32_t count)
{
    const struct bundle *bundle = recording->bundle;
    struct frame_supply from_trace = {0}, made = {0};
    const struct frame_supply *supply;
    struct run_consumer consumer = {recording, begin, take_record, end, breathe};
    struct run_config config = {
        .world = {.scenario = bundle->scenario,
                  .catalogue = bundle->catalogue,
                  .policy = recording->policy,
                  .inventory = bundle->inventory,
                  .start = bundle->start,
                  .duration = bundle->duration,
                  .plot_buckets = PLOT_BUCKETS},
        .first = recording->told,
        .replications = count,
        .threads = recording->threads,
    };
    enum run_end ended = RUN_OUT_OF_MEMORY;

    if (choose_supply(bundle, &from_trace, &made, &supply)) {
        config.supply = supply;
        ended = run_replications(&config, &consumer);
    }
    made_supply_destroy(&made);
    progress_clear(&recording->progress);
    if (ended == RUN_OUT_OF_MEMORY)
        error_add(recording->errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    recording->told += count;
    return ended == RUN_DONE;
}

static bool recording_open(struct recording *recording, const struct store_run *run, const char *path)
{
    recording->flushed_at = wall_clock();
    recording->digest = digest_create();
    recording->store = run_store_create(path, run, recording->policy, recording->bundle->inventory, recording->errors);
    return recording->digest && recording->store;
}

/* `good`: all that was meant to be in it is. */
static bool recording_close(struct recording *recording, bool good)
{
    char digest[DIGEST_TEXT];

    if (recording->digest && recording->store) {
        good = good ? digest_finish(recording->digest, digest) &&
                          run_store_finish(recording->store, digest, recording->errors)
                    : run_store_flush(recording->store, recording->errors) && false;
    }
    run_store_destroy(recording->store);
    digest_destroy(recording->digest);
    return good;
}

static bool record(const struct bundle *bundle, const struct policy *policy, const struct store_run *run,
                   const char *path, uint32_t threads, heal_duration grace, const char *label,
                   struct error_list *errors)
{
    struct recording recording = {.bundle = bundle,
                                  .policy = policy,
                                  .errors = errors,
                                  .grace = grace,
                                  .threads = threads,
                                  .progress = {.label = label}};

    return recording_close(&recording,
                           recording_open(&recording, run, path) && run_on(&recording, bundle->scenario->replications));
}

bool record_run(const struct bundle *bundle, const struct policy *policy, const struct store_run *run, const char *path,
                uint32_t threads, heal_duration grace, struct error_list *errors)
{
    return record(bundle, policy, run, path, threads, grace, run->arm, errors);
}

bool record_quietly(const struct bundle *bundle, const struct policy *policy, const struct store_run *run,
                    const char *path, uint32_t threads, heal_duration grace, struct error_list *errors)
{
    return record(bundle, policy, run, path, threads, grace, NULL, errors);
}

/* --- arms ----------------------------------------------------------------- */

struct arm_recording {
    struct recording recording;
    struct policy policy; /* the bundle's, as this arm has it */
};

struct arm_recording *arm_open(const struct bundle *bundle, const char *folder, const struct arm *arm,
                               struct error_list *errors)
{
    struct arm_recording *opened = calloc(1, sizeof *opened);
    char path[FOLDER_PATH];
    const struct store_run run = {.mode = arm->mode,
                                  .scenario = bundle->scenario->name,
                                  .source = arm->source,
                                  .policy_name = bundle->policy->name,
                                  .seed = bundle->scenario->seed,
                                  .replications = bundle->scenario->replications,
                                  .start = bundle->start,
                                  .duration = bundle->duration,
                                  .arm = arm->healer ? "selfheal" : "operators",
                                  .unsynced = arm->quiet};

    if (!opened) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return NULL;
    }
    opened->policy = *bundle->policy;
    opened->policy.auto_remediation = opened->policy.auto_remediation && arm->healer;
    opened->recording = (struct recording){.bundle = bundle,
                                           .policy = &opened->policy,
                                           .errors = errors,
                                           .grace = arm->grace,
                                           .threads = arm->threads,
                                           .progress = {.label = arm->quiet ? NULL : run.arm}};
    if (folder_join(path, folder, arm->healer ? "run.db" : "baseline.db", errors) &&
        recording_open(&opened->recording, &run, path))
        return opened;
    arm_close(opened, false);
    return NULL;
}

bool arm_run(struct arm_recording *arm, uint32_t count)
{
    struct recording *recording = &arm->recording;

    return run_on(recording, count) && run_store_pause(recording->store, recording->told, recording->errors);
}

bool arm_close(struct arm_recording *arm, bool good)
{
    if (!arm)
        return good;
    good = recording_close(&arm->recording, good);
    free(arm);
    return good;
}

bool record_arm(const struct bundle *bundle, const char *folder, const struct arm *arm, struct error_list *errors)
{
    struct arm_recording *opened = arm_open(bundle, folder, arm, errors);

    return opened && arm_close(opened, arm_run(opened, bundle->scenario->replications));
}
