/* suite.c - see suite.h: counting, keeping, merging. */
#include "reports/suite.h"

#include "store/database.h"

#include <stdlib.h>
#include <string.h>

enum { SUITE_VERSION = 7003 };

static const char SCHEMA[] =
    "CREATE TABLE suite (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, source TEXT NOT NULL,"
    " fingerprint TEXT NOT NULL, total INTEGER NOT NULL, shard INTEGER NOT NULL, shards INTEGER NOT NULL);"
    "CREATE TABLE cases (number INTEGER PRIMARY KEY, name TEXT NOT NULL, file TEXT NOT NULL, rerun TEXT NOT NULL,"
    " seed TEXT NOT NULL, replications INTEGER NOT NULL, outcome INTEGER NOT NULL, digest TEXT NOT NULL,"
    " summary TEXT NOT NULL);"
    "CREATE TABLE checks (case_number INTEGER NOT NULL REFERENCES cases (number), number INTEGER NOT NULL,"
    " text TEXT NOT NULL, line INTEGER NOT NULL, outcome INTEGER NOT NULL, saw TEXT NOT NULL, story TEXT NOT NULL,"
    " PRIMARY KEY (case_number, number)) WITHOUT ROWID;"
    "CREATE TABLE uses (case_number INTEGER NOT NULL REFERENCES cases (number), number INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL,"
    " PRIMARY KEY (case_number, number)) WITHOUT ROWID;"
    "CREATE TABLE targets (number INTEGER PRIMARY KEY, name TEXT NOT NULL, goal TEXT NOT NULL);"
    "CREATE TABLE samples (case_number INTEGER NOT NULL REFERENCES cases (number), number INTEGER NOT NULL,"
    " arm INTEGER NOT NULL, figure INTEGER NOT NULL, replication INTEGER NOT NULL, sum REAL NOT NULL,"
    " count REAL NOT NULL, pair INTEGER NOT NULL, kind TEXT NOT NULL, cause TEXT NOT NULL,"
    " PRIMARY KEY (case_number, number)) WITHOUT ROWID;";

struct suite *suite_create(void)
{
    struct arena *arena = arena_create();
    struct suite *suite = arena ? arena_alloc(arena, sizeof *suite) : NULL;

    if (!suite) {
        arena_destroy(arena);
        return NULL;
    }
    *suite = (struct suite){.arena = arena, .name = "", .source = "", .fingerprint = "", .shard = 1, .shards = 1};
    return suite;
}

void suite_destroy(struct suite *suite)
{
    if (suite)
        arena_destroy(suite->arena);
}

struct suite_counts suite_count(const struct suite *suite)
{
    struct suite_counts counts = {0};

    for (size_t i = 0; i < suite->case_count; i++) {
        counts.cases[suite->cases[i].outcome]++;
        for (size_t c = 0; c < suite->cases[i].check_count; c++)
            counts.checks[suite->cases[i].checks[c].outcome]++;
    }
    return counts;
}

bool suite_passed(const struct suite *suite)
{
    return suite_count(suite).cases[OUTCOME_MET] == suite->case_count;
}

/* --- keeping -------------------------------------------------------------------- */

static bool save_cases(const struct suite *suite, struct database *database, struct error_list *errors)
{
    static const char *const SQL[] = {"INSERT INTO cases VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                                      "INSERT INTO checks VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                                      "INSERT INTO uses VALUES (?1, ?2, ?3, ?4, ?5)"};
    struct statement *statements[3];
    bool good = database_prepare_all(database, SQL, 3, statements, errors);

    for (size_t i = 0; good && i < suite->case_count; i++) {
        const struct suite_case *item = &suite->cases[i];
        char seed[24];
        snprintf(seed, sizeof seed, "%llu", (unsigned long long)item->seed);
        good =
            database_run(statements[0],
                         CELLS(cell_integer(item->index), cell_text(item->name), cell_text(item->file),
                               cell_text(item->rerun), cell_text(seed), cell_integer(item->replications),
                               cell_integer((int64_t)item->outcome), cell_text(item->digest), cell_text(item->summary)),
                         errors);
        for (size_t c = 0; good && c < item->check_count; c++) {
            const struct suite_check *check = &item->checks[c];
            good = database_run(statements[1],
                                CELLS(cell_integer(item->index), cell_integer((int64_t)c), cell_text(check->text),
                                      cell_integer(check->line), cell_integer((int64_t)check->outcome),
                                      cell_text(check->saw), cell_text(check->story)),
                                errors);
        }
        for (size_t u = 0; good && u < item->use_count; u++)
            good = database_run(statements[2],
                                CELLS(cell_integer(item->index), cell_integer((int64_t)u),
                                      cell_integer((int64_t)item->uses[u].kind), cell_text(item->uses[u].name),
                                      cell_unsigned(item->uses[u].count)),
                                errors);
    }
    database_finalize_all(statements, 3);
    return good;
}

static bool save_samples(const struct suite *suite, struct database *database, struct error_list *errors)
{
    struct statement *insert =
        database_prepare(database, "INSERT INTO samples VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)", errors);
    bool good = insert != NULL;

    for (size_t i = 0; good && i < suite->case_count; i++) {
        for (size_t s = 0; good && s < suite->cases[i].sample_count; s++) {
            const struct pool_sample *sample = &suite->cases[i].samples[s];
            good =
                database_run(insert,
                             CELLS(cell_integer(suite->cases[i].index), cell_integer((int64_t)s),
                                   cell_integer((int64_t)sample->arm), cell_integer(sample->figure),
                                   cell_integer(sample->replication), cell_real(sample->sum), cell_real(sample->count),
                                   cell_integer(sample->pair), cell_text(sample->kind), cell_text(sample->cause)),
                             errors);
        }
    }
    statement_finalize(insert);
    return good;
}

static bool save_targets(const struct suite *suite, struct database *database, struct error_list *errors)
{
    struct statement *insert = database_prepare(database, "INSERT INTO targets VALUES (?1, ?2, ?3)", errors);
    bool good = insert != NULL;

    for (size_t i = 0; good && i < suite->target_count; i++)
        good = database_run(
            insert,
            CELLS(cell_integer((int64_t)i), cell_text(suite->targets[i].name), cell_text(suite->targets[i].goal)),
            errors);
    statement_finalize(insert);
    return good;
}

static bool save_head(const struct suite *suite, struct database *database, struct error_list *errors)
{
    struct statement *statement =
        database_prepare(database, "INSERT INTO suite VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)", errors);
    bool good = statement &&
                database_run(statement,
                             CELLS(cell_text(suite->name), cell_text(suite->source), cell_text(suite->fingerprint),
                                   cell_integer(suite->total), cell_integer(suite->shard), cell_integer(suite->shards)),
                             errors);
    statement_finalize(statement);
    return good;
}

bool suite_save(const struct suite *suite, const char *path, struct error_list *errors)
{
    char version[48];
    struct database *database = database_create(path, errors);
    bool good = database && database_execute(database, "PRAGMA journal_mode = DELETE; BEGIN", errors);

    snprintf(version, sizeof version, "PRAGMA user_version = %d", SUITE_VERSION);
    good = good && database_execute(database, SCHEMA, errors) && database_execute(database, version, errors) &&
           save_head(suite, database, errors) && save_cases(suite, database, errors) &&
           save_targets(suite, database, errors) && save_samples(suite, database, errors) &&
           database_execute(database, "COMMIT", errors);
    database_close(database);
    if (database && !good)
        remove(path);
    return good;
}

/* --- reading -------------------------------------------------------------------- */

static const char *text_at(struct suite *suite, struct statement *row, int column)
{
    const char *text = statement_text(row, column);
    const char *copy = arena_text(suite->arena, text ? text : "", text ? strlen(text) : 0);
    return copy ? copy : "";
}

static enum outcome outcome_at(struct statement *row, int column)
{
    int value = (int)statement_integer(row, column);
    return value >= 0 && value < (int)OUTCOME_COUNT ? (enum outcome)value : OUTCOME_NOT_RUN;
}

static bool load_head(struct suite *suite, struct database *database, const char *path, struct error_list *errors)
{
    struct statement *row = database_prepare(
        database, "SELECT name, source, fingerprint, total, shard, shards, (SELECT count(*) FROM cases) FROM suite",
        errors);
    bool failed = false, there = row && database_next(row, &failed, errors);

    if (there) {
        suite->name = text_at(suite, row, 0);
        suite->source = text_at(suite, row, 1);
        suite->fingerprint = text_at(suite, row, 2);
        suite->total = (uint32_t)statement_integer(row, 3);
        suite->shard = (uint32_t)statement_integer(row, 4);
        suite->shards = (uint32_t)statement_integer(row, 5);
        suite->case_count = (size_t)statement_integer(row, 6);
        suite->cases = arena_array(suite->arena, suite->case_count, sizeof *suite->cases);
    } else if (row && !failed) {
        error_add(errors, ERROR_INPUT, path, 0, NULL, "holds no suite");
    }
    statement_finalize(row);
    return there && suite->cases;
}

static bool load_checks(struct suite *suite, struct suite_case *item, struct database *database,
                        struct error_list *errors)
{
    struct statement *row = database_query(database,
                                           "SELECT text, line, outcome, saw, story, count(*) OVER () FROM checks"
                                           " WHERE case_number = ?1 ORDER BY number",
                                           CELLS(cell_integer(item->index)), errors);
    bool failed = row == NULL;

    while (!failed && database_next(row, &failed, errors)) {
        if (!item->checks)
            item->checks = arena_array(suite->arena, (size_t)statement_integer(row, 5), sizeof *item->checks);
        if (!item->checks)
            failed = true;
        else
            item->checks[item->check_count++] =
                (struct suite_check){text_at(suite, row, 0), (uint32_t)statement_integer(row, 1), outcome_at(row, 2),
                                     text_at(suite, row, 3), text_at(suite, row, 4)};
    }
    statement_finalize(row);
    return !failed;
}

static bool load_uses(struct suite *suite, struct suite_case *item, struct database *database,
                      struct error_list *errors)
{
    struct statement *row = database_query(
        database, "SELECT kind, name, count, count(*) OVER () FROM uses WHERE case_number = ?1 ORDER BY number",
        CELLS(cell_integer(item->index)), errors);
    bool failed = row == NULL;

    while (!failed && database_next(row, &failed, errors)) {
        int kind = (int)statement_integer(row, 0);
        if (!item->uses)
            item->uses = arena_array(suite->arena, (size_t)statement_integer(row, 3), sizeof *item->uses);
        failed = !item->uses || kind < 0 || kind >= (int)USE_KIND_COUNT;
        if (!failed)
            item->uses[item->use_count++] =
                (struct suite_use){(enum use_kind)kind, text_at(suite, row, 1), (uint64_t)statement_integer(row, 2)};
    }
    statement_finalize(row);
    return !failed;
}

/* False where a row is nothing that suite_save wrote. */
static bool take_sample(struct suite *suite, struct statement *row, struct pool_sample *out)
{
    int64_t arm = statement_integer(row, 0);
    const char *const *unused;

    *out = (struct pool_sample){(enum pool_arm)arm,
                                (unsigned)statement_integer(row, 1),
                                (uint32_t)statement_integer(row, 2),
                                statement_real(row, 3),
                                statement_real(row, 4),
                                statement_integer(row, 5),
                                text_at(suite, row, 6),
                                text_at(suite, row, 7)};
    return arm >= 0 && arm < POOL_ARM_COUNT && out->figure < metric_fields(&unused);
}

static bool load_samples(struct suite *suite, struct suite_case *item, struct database *database,
                         struct error_list *errors)
{
    struct statement *row =
        database_query(database,
                       "SELECT arm, figure, replication, sum, count, pair, kind, cause, count(*) OVER () FROM samples"
                       " WHERE case_number = ?1 ORDER BY number",
                       CELLS(cell_integer(item->index)), errors);
    bool failed = row == NULL;

    while (!failed && database_next(row, &failed, errors)) {
        if (!item->samples)
            item->samples = arena_array(suite->arena, (size_t)statement_integer(row, 8), sizeof *item->samples);
        failed = !item->samples || !take_sample(suite, row, &item->samples[item->sample_count++]);
    }
    statement_finalize(row);
    return !failed;
}

static bool load_targets(struct suite *suite, struct database *database, const char *path, struct error_list *errors)
{
    struct statement *row =
        database_prepare(database, "SELECT name, goal, count(*) OVER () FROM targets ORDER BY number", errors);
    bool failed = row == NULL;

    while (!failed && database_next(row, &failed, errors)) {
        if (!suite->targets)
            suite->targets = arena_array(suite->arena, (size_t)statement_integer(row, 2), sizeof *suite->targets);
        failed = !suite->targets || !target_parse(text_at(suite, row, 0), text_at(suite, row, 1), path, 0, "targets",
                                                  suite->arena, &suite->targets[suite->target_count], errors);
        suite->target_count += !failed;
    }
    statement_finalize(row);
    return !failed;
}

static bool load_cases(struct suite *suite, struct database *database, struct error_list *errors)
{
    struct statement *row = database_prepare(database,
                                             "SELECT number, name, file, rerun, seed, replications, outcome, digest,"
                                             " summary FROM cases ORDER BY number",
                                             errors);
    bool failed = row == NULL;

    for (size_t i = 0; !failed && i < suite->case_count && database_next(row, &failed, errors); i++) {
        struct suite_case *item = &suite->cases[i];
        const char *seed = statement_text(row, 4);
        *item = (struct suite_case){.index = (uint32_t)statement_integer(row, 0),
                                    .name = text_at(suite, row, 1),
                                    .file = text_at(suite, row, 2),
                                    .rerun = text_at(suite, row, 3),
                                    .seed = seed ? strtoull(seed, NULL, 10) : 0,
                                    .replications = (uint32_t)statement_integer(row, 5),
                                    .outcome = outcome_at(row, 6),
                                    .digest = text_at(suite, row, 7),
                                    .summary = text_at(suite, row, 8)};
        failed = !load_checks(suite, item, database, errors) || !load_uses(suite, item, database, errors) ||
                 !load_samples(suite, item, database, errors);
    }
    statement_finalize(row);
    return !failed;
}

static bool right_version(struct database *database, const char *path, struct error_list *errors)
{
    struct statement *row = database_prepare(database, "PRAGMA user_version", errors);
    bool failed = false;
    bool right = row && database_next(row, &failed, errors) && (int)statement_integer(row, 0) == SUITE_VERSION;

    if (row && !failed && !right)
        error_add(errors, ERROR_INPUT, path, 0, NULL, "is no suite.db of this version");
    statement_finalize(row);
    return right;
}

struct suite *suite_load(const char *path, struct error_list *errors)
{
    struct suite *suite = suite_create();
    struct database *database = suite ? database_open(path, errors) : NULL;
    bool good = database && right_version(database, path, errors) && load_head(suite, database, path, errors) &&
                load_cases(suite, database, errors) && load_targets(suite, database, path, errors);

    if (!suite)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "out of memory");
    database_close(database);
    if (good)
        return suite;
    suite_destroy(suite);
    return NULL;
}
