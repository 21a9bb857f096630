/* run_data.c - see run_data.h.
 *
 * Every table is counted first and then read into an array of that size, inside
 * one read transaction so that a run that is still writing cannot come between. */
#include "reports/run_data.h"

#include "reports/consequence.h"

#include "store/database.h"
#include "store/schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct database *database;
    struct run_data *data;
    struct error_list *errors;
    struct match_edge *edges;
    struct depends_edge *depends;
    size_t edge_count;
};

static bool out_of_memory(struct reader *reader)
{
    error_add(reader->errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    return false;
}

/* Runs a query whose rows `take` puts into item number `index`; at most `limit`. */
static bool each_row(struct reader *reader, const char *sql, size_t limit,
                     bool (*take)(struct reader *reader, struct statement *row, size_t index))
{
    struct statement *query = database_prepare(reader->database, sql, reader->errors);
    bool failed = !query;

    for (size_t i = 0; !failed && i < limit && database_next(query, &failed, reader->errors); i++)
        failed = !take(reader, query, i);
    statement_finalize(query);
    return !failed;
}

/* Zeroed room for as many items as `sql` counts. */
static bool make_room(struct reader *reader, const char *sql, size_t size, void **items, size_t *count)
{
    struct statement *query = database_prepare(reader->database, sql, reader->errors);
    bool failed = !query;

    *count = 0;
    if (query && database_next(query, &failed, reader->errors))
        *count = (size_t)statement_integer(query, 0);
    statement_finalize(query);
    if (failed)
        return false;
    *items = calloc(*count + 1, size);
    return *items || out_of_memory(reader);
}

static heal_time instant(struct statement *row, int column)
{
    return statement_is_null(row, column) ? HEAL_TIME_NEVER : statement_integer(row, column);
}

/* A resource or a series; NULL is none of either. */
static uint32_t index_of(struct statement *row, int column)
{
    return statement_is_null(row, column) ? RESOURCE_NONE : (uint32_t)statement_integer(row, column);
}

static char *text(struct statement *row, int column)
{
    const char *value = statement_text(row, column);

    return strdup(value ? (const char *)value : "");
}

static bool take_run(struct reader *reader, struct statement *row, size_t index)
{
    struct run_data *data = reader->data;
    const char *seed = statement_text(row, 5);

    (void)index;
    data->mode = text(row, 0);
    data->arm = text(row, 1);
    data->scenario = text(row, 2);
    data->source = text(row, 3);
    data->policy = text(row, 4);
    data->seed = seed ? strtoull((const char *)seed, NULL, 10) : 0;
    data->replications = (uint32_t)statement_integer(row, 6);
    data->start = statement_integer(row, 7);
    data->duration = statement_integer(row, 8);
    data->heals = statement_integer(row, 9) != 0;
    data->digest = text(row, 10);
    data->complete = statement_integer(row, 11) != 0;
    data->warm_up = statement_integer(row, 12);
    return (data->mode && data->arm && data->scenario && data->source && data->policy && data->digest) ||
           out_of_memory(reader);
}

static bool take_replication(struct reader *reader, struct statement *row, size_t index)
{
    struct run_data *data = reader->data;

    data->replication_complete[index] = statement_integer(row, 0) != 0;
    data->complete_replications += data->replication_complete[index];
    data->anomalies += (uint64_t)statement_integer(row, 1);
    data->anomalies_kept += (uint64_t)statement_integer(row, 2);
    return true;
}

static bool take_edge(struct reader *reader, struct statement *row, size_t index)
{
    reader->edges[index] =
        (struct match_edge){(uint32_t)statement_integer(row, 0), (uint32_t)statement_integer(row, 1)};
    return true;
}

static bool take_dependence(struct reader *reader, struct statement *row, size_t index)
{
    reader->depends[index] =
        (struct depends_edge){(uint32_t)statement_integer(row, 0), (uint32_t)statement_integer(row, 1)};
    return true;
}

/* What depends on what: all relations; owners on what they own; a link on both its
 * ends: it is related to what it calls, and who calls that is its other end. */
#define DEPENDENCES                                                                                                    \
    "SELECT source_id, target_id FROM relations UNION ALL"                                                             \
    " SELECT target_id, source_id FROM relations WHERE relation = 'owned_by' UNION"                                    \
    " SELECT link.source_id, caller.source_id FROM relations link JOIN relations caller USING (target_id)"             \
    " JOIN resources r ON r.id = link.source_id JOIN resources s ON s.id = caller.source_id"                           \
    " WHERE link.relation = 'calls' AND caller.relation = 'calls' AND r.name LIKE 'link/%'"                            \
    " AND s.name NOT LIKE 'link/%'"

/* Where faults spread by themselves, in a cluster, what they brought about is told apart. */
static bool find_consequences(struct reader *reader)
{
    struct run_data *data = reader->data;
    size_t count = 0;
    bool spreads = data->total_count > 0 && isfinite(data->totals[0].values[TOTAL_REQUEST_AVAILABILITY]);

    if (!spreads)
        return true;
    for (size_t i = 0; i < data->fault_count; i++)
        data->faults[i].recovered = data->faults[i].end; /* by what users felt: no issue has to tell */
    if (!make_room(reader, "SELECT count(*) FROM (" DEPENDENCES ")", sizeof *reader->depends, (void **)&reader->depends,
                   &count) ||
        !each_row(reader, DEPENDENCES " ORDER BY 1, 2", count, take_dependence))
        return false;
    return consequence_run(data->faults, data->fault_count, data->issues, data->issue_count, reader->depends, count,
                           data->resource_count) ||
           out_of_memory(reader);
}

static bool take_fault(struct reader *reader, struct statement *row, size_t index)
{
    struct match_fault *fault = &reader->data->faults[index];
    int64_t grace = statement_integer(row, 7);

    fault->id = statement_integer(row, 0);
    fault->replication = (uint32_t)statement_integer(row, 1);
    fault->resource = index_of(row, 2);
    fault->anywhere = statement_integer(row, 3) != 0;
    fault->type = (enum issue_type)statement_integer(row, 4);
    fault->onset = statement_integer(row, 5);
    fault->end = instant(row, 6);
    fault->until = fault->end > HEAL_TIME_NEVER - grace ? HEAL_TIME_NEVER : fault->end + grace;
    fault->counted = statement_integer(row, 8) != 0;
    fault->by_operator = statement_integer(row, 9) != 0;
    return true;
}

static bool take_issue(struct reader *reader, struct statement *row, size_t index)
{
    struct match_issue *issue = &reader->data->issues[index];

    issue->id = statement_integer(row, 0);
    issue->replication = (uint32_t)statement_integer(row, 1);
    issue->resource = index_of(row, 2);
    issue->type = (enum issue_type)statement_integer(row, 3);
    issue->opened_at = statement_integer(row, 4);
    issue->closed_at = instant(row, 5);
    issue->series = index_of(row, 6);
    return true;
}

/* Times come in the order of the issues; each goes to the issue of its row. */
static bool take_good(struct reader *reader, struct statement *row, size_t index)
{
    struct match_issue *issue = &reader->data->issues[statement_integer(row, 0)];

    reader->data->good[index] = statement_integer(row, 1);
    if (issue->good_count++ == 0)
        issue->good = &reader->data->good[index];
    return true;
}

static enum remediation_status status_of(const char *name)
{
    enum remediation_status status = REMEDIATION_RUNNING;

    while (status < REMEDIATION_STATUS_COUNT && strcmp(remediation_status_name(status), name) != 0)
        status++;
    return status;
}

static bool take_remediation(struct reader *reader, struct statement *row, size_t index)
{
    struct run_remediation *remediation = &reader->data->remediations[index];
    const char *status = statement_text(row, 1);

    remediation->issue = (size_t)statement_integer(row, 0);
    remediation->status = status_of(status ? (const char *)status : "");
    remediation->first_action = instant(row, 2);
    remediation->last_action_ended = instant(row, 3);
    remediation->rungs = (uint32_t)statement_integer(row, 4);
    remediation->first_attempt = statement_is_null(row, 5) ? -1 : (int)statement_integer(row, 5);
    remediation->rollbacks = (uint32_t)statement_integer(row, 6);
    remediation->rollbacks_succeeded = (uint32_t)statement_integer(row, 7);
    remediation->id = statement_integer(row, 8);
    remediation->started_at = statement_integer(row, 9);
    remediation->ended_at = instant(row, 10);
    return true;
}

static bool take_repair(struct reader *reader, struct statement *row, size_t index)
{
    reader->data->repairs[index] = (struct run_repair){(uint32_t)statement_integer(row, 0), index_of(row, 1),
                                                       statement_integer(row, 2), instant(row, 3)};
    return true;
}

static bool take_pages(struct reader *reader, struct statement *row, size_t index)
{
    (void)index;
    reader->data->pages = (uint64_t)statement_integer(row, 0);
    return true;
}

static bool read_run(struct reader *reader)
{
    struct run_data *data = reader->data;

    return each_row(reader,
                    "SELECT mode, arm, scenario, source, policy, seed, replications, start_ns, duration_ns, heals,"
                    " digest, complete, warm_up_ns FROM run",
                    1, take_run) &&
           make_room(reader, "SELECT coalesce(max(replication) + 1, 0) FROM replications",
                     sizeof *data->replication_complete, (void **)&data->replication_complete,
                     &data->replication_count) &&
           each_row(reader, "SELECT complete, anomalies, anomalies_kept FROM replications ORDER BY replication",
                    data->replication_count, take_replication);
}

static bool read_world(struct reader *reader)
{
    struct run_data *data = reader->data;
    void *unused = NULL;
    bool counted = make_room(reader, "SELECT count(*) FROM resources", 1, &unused, &data->resource_count);

    free(unused);
    return counted &&
           make_room(reader, "SELECT count(*) FROM relations", sizeof *reader->edges, (void **)&reader->edges,
                     &reader->edge_count) &&
           each_row(reader, "SELECT source_id, target_id FROM relations", reader->edge_count, take_edge);
}

#define OF_COMPLETE_REPLICATIONS " WHERE replication IN (SELECT replication FROM replications WHERE complete)"

static bool read_truth(struct reader *reader)
{
    struct run_data *data = reader->data;

    return make_room(reader, "SELECT count(*) FROM faults" OF_COMPLETE_REPLICATIONS, sizeof *data->faults,
                     (void **)&data->faults, &data->fault_count) &&
           each_row(reader,
                    "SELECT id, replication, resource_id, resource = '', type_id, onset_ns, end_ns, grace_ns, counted,"
                    " coalesce(ended_by = 'operator', 0)"
                    " FROM faults" OF_COMPLETE_REPLICATIONS " ORDER BY replication, onset_ns, id",
                    data->fault_count, take_fault);
}

static bool take_totals(struct reader *reader, struct statement *row, size_t index)
{
    struct run_totals *totals = &reader->data->totals[index];

    totals->replication = (uint32_t)statement_integer(row, 0);
    for (int i = 0; i < TOTAL_COUNT; i++)
        totals->values[i] = statement_is_null(row, i + 1) ? NAN : statement_real(row, i + 1);
    return true;
}

static bool read_totals(struct reader *reader)
{
    struct run_data *data = reader->data;
    char query[2048] = "SELECT replication";

    for (unsigned i = 0; i < TOTAL_COUNT; i++) {
        size_t length = strlen(query);
        snprintf(query + length, sizeof query - length, ", %s", total_expression((enum total)i));
    }
    size_t length = strlen(query);
    snprintf(query + length, sizeof query - length,
             " FROM totals" OF_COMPLETE_REPLICATIONS " GROUP BY replication ORDER BY replication");
    return make_room(reader, "SELECT count(DISTINCT replication) FROM totals" OF_COMPLETE_REPLICATIONS,
                     sizeof *data->totals, (void **)&data->totals, &data->total_count) &&
           each_row(reader, query, data->total_count, take_totals);
}

/* The place of an issue in the order of (replication, opened_at, id) is its index. */
#define PLACES                                                                                                         \
    "WITH places AS (SELECT issue_id, row_number() OVER (ORDER BY replication, opened_at_ns, issue_id) - 1 AS place"   \
    " FROM issue_facts) "

static bool read_issues(struct reader *reader)
{
    struct run_data *data = reader->data;
    size_t good_count;

    return make_room(reader, "SELECT count(*) FROM issue_facts", sizeof *data->issues, (void **)&data->issues,
                     &data->issue_count) &&
           each_row(
               reader,
               "SELECT issue_id, replication, resource_id, type, opened_at_ns, closed_at_ns, series_id FROM issue_facts"
               " ORDER BY replication, opened_at_ns, issue_id",
               data->issue_count, take_issue) &&
           make_room(reader,
                     "SELECT (SELECT count(verified_at_ns) FROM remediation_facts) +"
                     " (SELECT count(closed_at_ns) FROM issue_facts)",
                     sizeof *data->good, (void **)&data->good, &good_count) &&
           each_row(reader,
                    PLACES "SELECT place, at FROM (SELECT issue_id, verified_at_ns AS at FROM remediation_facts"
                           " UNION ALL SELECT issue_id, closed_at_ns FROM issue_facts) JOIN places USING (issue_id)"
                           " WHERE at IS NOT NULL ORDER BY place, at",
                    good_count, take_good);
}

static bool read_remedies(struct reader *reader)
{
    struct run_data *data = reader->data;

    return make_room(reader, "SELECT count(*) FROM remediation_facts", sizeof *data->remediations,
                     (void **)&data->remediations, &data->remediation_count) &&
           each_row(reader,
                    PLACES "SELECT place, status, first_action_at_ns, last_action_ended_ns, rungs,"
                           " (SELECT verified FROM attempts a WHERE a.remediation_id = f.remediation_id"
                           "  AND number = 1),"
                           " (SELECT count(rollback_succeeded) FROM attempts a"
                           "  WHERE a.remediation_id = f.remediation_id),"
                           " (SELECT total(rollback_succeeded) FROM attempts a"
                           "  WHERE a.remediation_id = f.remediation_id),"
                           " r.id, started_at_ns, ended_at_ns FROM remediation_facts f JOIN places USING (issue_id)"
                           " JOIN self_healing_remediations r ON r.id = f.remediation_id ORDER BY place, r.id",
                    data->remediation_count, take_remediation) &&
           make_room(reader, "SELECT count(*) FROM operator_acts WHERE kind = 'repair'", sizeof *data->repairs,
                     (void **)&data->repairs, &data->repair_count) &&
           each_row(reader,
                    "SELECT replication, coalesce(resource_id, 4294967295), at_ns, ended_at_ns FROM operator_acts"
                    " WHERE kind = 'repair' ORDER BY 1, 2, 3",
                    data->repair_count, take_repair) &&
           each_row(reader,
                    "SELECT max((SELECT count(*) FROM operator_acts WHERE kind = 'page'),"
                    " (SELECT count(*) FROM actions WHERE kind = 'page_operator'))",
                    1, take_pages);
}

/* What opened in the warm-up, when the baselines still learn, is neither hit nor false. */
static void leave_out_warm_up(struct run_data *data)
{
    for (size_t i = 0; i < data->issue_count; i++) {
        if (data->issues[i].opened_at < data->start + data->warm_up && data->issues[i].verdict == VERDICT_FALSE)
            data->issues[i].verdict = VERDICT_SUSPECT;
    }
}

/* Who mended it saw that it was good again, even where no issue tells. */
static void believe_operators(struct run_data *data)
{
    for (size_t i = 0; i < data->fault_count; i++)
        if (data->faults[i].recovered == HEAL_TIME_NEVER && data->faults[i].by_operator)
            data->faults[i].recovered = data->faults[i].end;
}

static bool read_all(struct reader *reader)
{
    struct run_data *data = reader->data;

    if (!database_execute(reader->database, "BEGIN", reader->errors) || !read_run(reader) || !read_world(reader) ||
        !read_truth(reader) || !read_totals(reader) || !read_issues(reader) || !read_remedies(reader))
        return false;
    if (!data->mode) {
        error_add(reader->errors, ERROR_INPUT, database_name(reader->database), 0, NULL, "holds no run");
        return false;
    }
    data->truth = strcmp(data->mode, "simulate") == 0 || data->fault_count > 0;
    data->heals = data->heals || data->repair_count > 0;
    if (!matching_run(data->faults, data->fault_count, data->issues, data->issue_count, reader->edges,
                      reader->edge_count, data->resource_count))
        return out_of_memory(reader);
    believe_operators(data);
    leave_out_warm_up(data);
    return find_consequences(reader);
}

struct run_data *run_data_read(const char *path, struct error_list *errors)
{
    struct reader reader = {.database = database_open(path, errors), .errors = errors};
    bool done;

    if (!reader.database)
        return NULL;
    reader.data = calloc(1, sizeof *reader.data);
    done = reader.data ? schema_check(reader.database, errors) && read_all(&reader) : out_of_memory(&reader);
    free(reader.edges);
    free(reader.depends);
    database_close(reader.database);
    if (done)
        return reader.data;
    run_data_destroy(reader.data);
    return NULL;
}

void run_data_destroy(struct run_data *data)
{
    if (!data)
        return;
    free(data->mode);
    free(data->arm);
    free(data->scenario);
    free(data->source);
    free(data->policy);
    free(data->digest);
    free(data->replication_complete);
    free(data->faults);
    free(data->issues);
    free(data->remediations);
    free(data->repairs);
    free(data->good);
    free(data->totals);
    free(data);
}

bool run_data_judged(const struct run_data *data, size_t index)
{
    const struct match_issue *issue = &data->issues[index];

    return data->truth && issue->replication < data->replication_count &&
           data->replication_complete[issue->replication] && issue->verdict != VERDICT_SUSPECT;
}
