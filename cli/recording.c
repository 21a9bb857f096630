/* recording.c - from sim's records to store's rows: the one place that knows both.
 *
 * Rows are committed several times a second by the wall clock, which decides
 * only how much a kill can lose and nothing that is written. */
#include "cli/recording.h"

#include "cli/folder.h"
#include "engine/knowledge.h"
#include "replay/trace_source.h"
#include "sim/digest.h"
#include "sim/made_source.h"
#include "store/knowledge.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PLOT_BUCKETS = 1440 };
static const int64_t FLUSH_EVERY = 200 * HEAL_MILLISECOND;

static const char *const ARMS[HEALER_COUNT] = {"selfheal", "operators", "complaints"};
static const char *const ARM_FILES[HEALER_COUNT] = {"run.db", "baseline.db", "complaints.db"};

struct recording {
    const struct bundle *bundle;
    const struct policy *policy;
    struct run_store *store;
    struct digest *digest;
    struct error_list *errors;
    struct progress progress;
    heal_duration grace;
    bool complaints_only;
    const struct arm *arm;    /* NULL: nothing but the run itself */
    struct learning *learned; /* with what all replications so far have learned */
    heal_time learned_at;     /* their end */
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
            .hurt = true,
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

/* An issue may open while the cause stands, though users feel nothing of it just then. */
static heal_duration grace_of(const struct recording *recording, const struct fault_record *fault)
{
    if (fault->end == HEAL_TIME_NEVER || (fault->gone != HEAL_TIME_NEVER && fault->gone <= fault->end))
        return recording->grace;
    if (fault->gone == HEAL_TIME_NEVER)
        return recording->bundle->duration;
    return fault->gone - fault->end + recording->grace;
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
        .grace = grace_of(recording, fault),
        .counted = fault->hurt || fault->ended_by == FAULT_ENDED_BY_REMEDIATION ||
                   fault->ended_by == FAULT_ENDED_BY_OPERATOR, /* what hurt nobody need not be mended: no miss */
        .hurt = fault->hurt,
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

static void add_learned(struct recording *recording, const struct learned_record *more)
{
    struct learned sum = learning_at(recording->learned, more->strategy, more->signature, recording->learned_at);

    sum.success += more->success;
    sum.failure += more->failure;
    learning_set(recording->learned, more->strategy, more->signature, sum);
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
    case RECORD_TOTAL:
        return run_store_total(recording->store, recording->replication, record->total.name, record->total.value,
                               recording->errors);
    case RECORD_LEARNED:
        add_learned(recording, &record->learned);
        return true;
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

/* Frames of the trace, of the made series, or of both; a cluster fills in its own later. */
static bool choose_supply(const struct bundle *bundle, struct frame_supply *from_trace, struct frame_supply *made,
                          const struct frame_supply **out)
{
    if (bundle->trace)
        *from_trace = trace_supply(bundle->trace);
    *out = from_trace;
    if (bundle->scenario->resource_count == 0 && !bundle->scenario->cluster)
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
                  .knobs = bundle->knobs,
                  .complaints_only = recording->complaints_only,
                  .start = bundle->start,
                  .duration = bundle->duration,
                  .knowledge = recording->arm ? recording->arm->knowledge : NULL,
                  .knowledge_length = recording->arm ? recording->arm->knowledge_length : 0,
                  .plot_buckets = recording->arm && recording->arm->scratch ? 0 : PLOT_BUCKETS},
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

/* What all replications learned, on top of what they began with: as a row of the
 * database and, where it was asked for, as a file. */
static bool keep_learned(const struct recording *recording)
{
    size_t length = odds_export(recording->policy, recording->learned, NULL, 0);
    unsigned char *bytes = malloc(length);
    const char *file = recording->arm ? recording->arm->save_knowledge : NULL;
    bool good = bytes != NULL;

    if (good) {
        odds_export(recording->policy, recording->learned, bytes, length);
        good = run_store_learned(recording->store, recording->learned_at, bytes, length, recording->errors) &&
               (!file || knowledge_save(file, bytes, length, recording->errors));
    } else {
        error_add(recording->errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    }
    free(bytes);
    return good;
}

/* The odds that all replications begin with. */
static bool open_learned(struct recording *recording)
{
    const struct arm *arm = recording->arm;

    recording->learned = learning_create(recording->policy, 0);
    if (recording->learned &&
        (!arm || !arm->knowledge ||
         odds_import(recording->policy, recording->learned, arm->knowledge, arm->knowledge_length)))
        return true;
    error_add(recording->errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    return false;
}

static bool recording_open(struct recording *recording, const struct store_run *run, const char *path)
{
    recording->flushed_at = wall_clock();
    recording->digest = digest_create();
    recording->store = run_store_create(path, run, recording->policy, recording->bundle->inventory, recording->errors);
    return recording->digest && recording->store && open_learned(recording);
}

/* `good`: all that was meant to be in it is. */
static bool recording_close(struct recording *recording, bool good)
{
    char digest[DIGEST_TEXT];

    if (recording->digest && recording->store) {
        good = good ? keep_learned(recording) && digest_finish(recording->digest, digest) &&
                          run_store_finish(recording->store, digest, recording->errors)
                    : run_store_flush(recording->store, recording->errors) && false;
    }
    learning_destroy(recording->learned);
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
                                  .complaints_only = strcmp(run->arm, ARMS[HEALER_COMPLAINTS]) == 0,
                                  .learned_at = bundle->start + bundle->duration,
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
    struct arm arm;
};

bool arm_belongs(const struct bundle *bundle, enum healer healer)
{
    const struct operators *operators = &bundle->scenario->operators;

    return healer == HEALER_ENGINE ||
           (operators->present && (healer == HEALER_OPERATORS || operators->complaint.mean_seconds > 0.0));
}

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
                                  .warm_up = bundle->scenario->warm_up,
                                  .arm = ARMS[arm->healer],
                                  .unsynced = arm->quiet,
                                  .scratch = arm->scratch};

    if (!opened) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return NULL;
    }
    opened->policy = *bundle->policy;
    opened->arm = *arm;
    opened->policy.auto_remediation = opened->policy.auto_remediation && arm->healer == HEALER_ENGINE;
    opened->recording = (struct recording){.bundle = bundle,
                                           .policy = &opened->policy,
                                           .errors = errors,
                                           .grace = arm->grace,
                                           .complaints_only = arm->healer == HEALER_COMPLAINTS,
                                           .arm = &opened->arm,
                                           .learned_at = bundle->start + bundle->duration,
                                           .threads = arm->threads,
                                           .progress = {.label = arm->quiet ? NULL : run.arm}};
    if (folder_join(path, folder, ARM_FILES[arm->healer], errors) && recording_open(&opened->recording, &run, path))
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
