/* pool_read.c - see pool.h: a run folder's databases become samples. */
#include "reports/gathering.h"
#include "reports/page_file.h"
#include "reports/pool.h"
#include "store/database.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct label {
    const char *kind, *cause;
};

struct harvest {
    struct arena *arena; /* of texts */
    struct pool_sample *samples;
    size_t count, room;
    enum pool_arm arm;
    const struct run_data *data;
    struct label *labels; /* by fault of `data` */
    bool failed;
};

static void put(struct harvest *harvest, struct pool_sample sample)
{
    if (harvest->count == harvest->room) {
        size_t room = harvest->room ? 2 * harvest->room : 256;
        struct pool_sample *samples = realloc(harvest->samples, room * sizeof *samples);
        if (!samples) {
            harvest->failed = true;
            return;
        }
        harvest->samples = samples;
        harvest->room = room;
    }
    sample.arm = harvest->arm;
    harvest->samples[harvest->count++] = sample;
}

static unsigned figure_of(const char *field)
{
    const char *const *names;
    size_t count = metric_fields(&names);
    unsigned i = 0;

    while (i < count && strcmp(names[i], field) != 0)
        i++;
    return i;
}

static struct label label_of(const struct harvest *harvest, size_t fault, size_t issue)
{
    if (fault != MATCH_NONE)
        return harvest->labels[fault];
    if (issue != MATCH_NONE)
        return (struct label){issue_type_name(harvest->data->issues[issue].type), ""};
    return (struct label){"", ""};
}

static uint64_t stir(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

/* What tells a fault from all others of its replication, in whatever arm: a fault that
 * followed another one in one arm need not have struck in the next, so its place in the
 * run does not (FNV-1a; Fowler, Noll, Vo 1991). */
static int64_t pair_of(const struct harvest *harvest, size_t index)
{
    const struct match_fault *fault = &harvest->data->faults[index];
    char text[80];

    snprintf(text, sizeof text, "%u/%u/%lld/", fault->replication, fault->resource, (long long)fault->onset);
    uint64_t hash = stir(stir(UINT64_C(0xcbf29ce484222325), text), harvest->labels[index].kind);
    return (int64_t)(stir(hash, harvest->labels[index].cause) >> 1);
}

/* Times and shares stand in metric_fields in the order of their enums. */
static void take_sample(void *context, const struct gathered_sample *sample)
{
    struct harvest *harvest = context;
    struct label label = label_of(harvest, sample->fault, sample->issue);
    bool of_fault = sample->is_time && (sample->figure == MTTD || sample->figure == MTTR || sample->figure == RECOVERY);

    if (sample->count > 0)
        put(harvest, (struct pool_sample){.figure = sample->figure + (sample->is_time ? 0 : TIME_COUNT),
                                          .replication = sample->replication,
                                          .sum = sample->sum,
                                          .count = sample->count,
                                          .pair = of_fault ? pair_of(harvest, sample->fault) : -1,
                                          .kind = label.kind,
                                          .cause = label.cause});
}

/* Faults, those that never recovered, and issues are counted. */
static void take_counts(struct harvest *harvest)
{
    const struct run_data *data = harvest->data;

    for (size_t i = 0; i < data->fault_count; i++) {
        const struct match_fault *fault = &data->faults[i];
        struct pool_sample sample = {harvest->arm, figure_of("faults"),     fault->replication,      1, 0,
                                     -1,           harvest->labels[i].kind, harvest->labels[i].cause};
        if (!fault->counted)
            continue;
        put(harvest, sample);
        sample.figure = figure_of("unrecovered");
        if (data->heals && fault->recovered == HEAL_TIME_NEVER)
            put(harvest, sample);
    }
    for (size_t i = 0; i < data->issue_count; i++) {
        struct label label = label_of(harvest, data->issues[i].fault, i);
        put(harvest, (struct pool_sample){harvest->arm, figure_of("issues"), data->issues[i].replication, 1, 0, -1,
                                          label.kind, label.cause});
    }
}

/* Money and hours per day; the availability of requests by time. */
static void take_totals(struct harvest *harvest)
{
    const struct run_data *data = harvest->data;
    double days = heal_duration_seconds(data->duration) / heal_duration_seconds(HEAL_DAY);

    for (size_t i = 0; i < data->total_count; i++) {
        for (unsigned total = 0; total < TOTAL_COUNT; total++) {
            double value = data->totals[i].values[total];
            if (isfinite(value))
                put(harvest, (struct pool_sample){.figure = figure_of(total_name((enum total)total)),
                                                  .replication = data->totals[i].replication,
                                                  .sum = total == TOTAL_REQUEST_AVAILABILITY ? value * days : value,
                                                  .count = days,
                                                  .pair = -1,
                                                  .kind = "",
                                                  .cause = ""});
        }
    }
}

static void take_availability(struct harvest *harvest)
{
    const struct run_data *data = harvest->data;
    double watched = heal_duration_seconds(data->duration) * (double)data->resource_count;
    double *broken = calloc(data->replication_count + 1, sizeof *broken);

    if (!broken || !isfinite(seconds_broken(data, broken)))
        harvest->failed = true;
    for (size_t i = 0; !harvest->failed && data->truth && i < data->replication_count; i++) {
        if (data->replication_complete[i] && watched > 0)
            put(harvest, (struct pool_sample){harvest->arm, figure_of("availability"), (uint32_t)i, watched - broken[i],
                                              watched, -1, "", ""});
    }
    free(broken);
}

/* The fault that people were called for: of this resource, else the last to strike of those that stand. */
static size_t called_for(const struct run_data *data, uint32_t replication, uint32_t resource, heal_time at)
{
    size_t found = MATCH_NONE;

    for (size_t i = 0; i < data->fault_count; i++) {
        const struct match_fault *fault = &data->faults[i];
        if (fault->replication != replication || fault->onset > at || fault->until < at)
            continue;
        if (found == MATCH_NONE || fault->resource == resource || data->faults[found].resource != resource)
            found = i;
    }
    return found;
}

static bool take_people(struct harvest *harvest, struct database *database, struct error_list *errors)
{
    struct statement *row =
        database_prepare(database,
                         "SELECT kind = 'repair', replication, coalesce(resource_id, 4294967295), at_ns"
                         " FROM operator_acts WHERE kind IN ('repair', 'page') ORDER BY rowid",
                         errors);
    unsigned repairs = figure_of("manual_interventions"), pages = figure_of("alerts");
    bool failed = row == NULL;

    while (!failed && database_next(row, &failed, errors)) {
        uint32_t replication = (uint32_t)statement_integer(row, 1);
        size_t fault =
            called_for(harvest->data, replication, (uint32_t)statement_integer(row, 2), statement_integer(row, 3));
        struct label label = label_of(harvest, fault, MATCH_NONE);
        put(harvest, (struct pool_sample){harvest->arm, (int)statement_integer(row, 0) ? repairs : pages, replication,
                                          1, 0, -1, fault == MATCH_NONE ? "no fault" : label.kind, label.cause});
    }
    statement_finalize(row);
    return !failed;
}

static int by_id(const void *left, const void *right)
{
    const struct match_fault *const *a = left, *const *b = right;
    return ((*a)->id > (*b)->id) - ((*a)->id < (*b)->id);
}

static const char *text_at(struct arena *arena, struct statement *row, int column)
{
    const char *text = statement_text(row, column);
    return arena_text(arena, text ? text : "", text ? strlen(text) : 0);
}

/* Kind and cause of each fault, which no figure needs. */
static bool read_labels(struct harvest *harvest, struct database *database, struct error_list *errors)
{
    const struct run_data *data = harvest->data;
    const struct match_fault **faults = calloc(data->fault_count + 1, sizeof *faults);
    struct statement *row = database_prepare(database, "SELECT id, kind, cause FROM faults ORDER BY id", errors);
    bool failed = !faults || !row;
    size_t at = 0;

    harvest->labels = calloc(data->fault_count + 1, sizeof *harvest->labels);
    failed = failed || !harvest->labels;
    for (size_t i = 0; !failed && i < data->fault_count; i++)
        faults[i] = &data->faults[i];
    if (!failed)
        qsort(faults, data->fault_count, sizeof *faults, by_id);
    while (!failed && at < data->fault_count && database_next(row, &failed, errors)) {
        if (statement_integer(row, 0) != faults[at]->id)
            continue; /* of a replication that did not end */
        struct label label = {text_at(harvest->arena, row, 1), text_at(harvest->arena, row, 2)};
        failed = !label.kind || !label.cause;
        harvest->labels[faults[at++] - data->faults] = label;
    }
    statement_finalize(row);
    free(faults);
    return !failed && at == data->fault_count;
}

static bool take_run(struct harvest *harvest, const char *path, struct error_list *errors)
{
    struct run_data *data = run_data_read(path, errors);
    struct database *database = data ? database_open(path, errors) : NULL;
    struct gathering *gathering = calloc(1, sizeof *gathering);
    bool good = data && database && gathering;

    harvest->data = data;
    good = good && read_labels(harvest, database, errors);
    if (good) {
        gathering->told = take_sample;
        gathering->context = harvest;
        good = gather(gathering, data);
        gathering_clear(gathering);
    }
    if (good) {
        take_counts(harvest);
        take_totals(harvest);
        take_availability(harvest);
        good = take_people(harvest, database, errors) && !harvest->failed;
    }
    if (!good && errors->count == 0)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "out of memory");
    free(gathering);
    free(harvest->labels);
    harvest->labels = NULL;
    database_close(database);
    run_data_destroy(data);
    return good;
}

bool pool_read(const char *folder, struct arena *arena, struct pool_sample **samples, size_t *count,
               struct error_list *errors)
{
    static const char *const FILES[POOL_ARM_COUNT] = {"run.db", "baseline.db", "complaints.db"};
    struct harvest harvest = {.arena = arena};
    bool good = true;

    for (int arm = 0; good && arm < POOL_ARM_COUNT; arm++) {
        char *path = page_file_path(folder, FILES[arm], errors);
        harvest.arm = (enum pool_arm)arm;
        good = path && (access(path, F_OK) != 0 || take_run(&harvest, path, errors));
        free(path);
    }
    *samples = good ? arena_array(arena, harvest.count, sizeof **samples) : NULL;
    if (*samples && harvest.count > 0)
        memcpy(*samples, harvest.samples, harvest.count * sizeof **samples);
    *count = harvest.count;
    if (good && !*samples)
        error_add(errors, ERROR_ENVIRONMENT, folder, 0, NULL, "out of memory");
    free(harvest.samples);
    return *samples != NULL;
}
