/* schema.c - see schema.h. Columns are explained where their name does not. */
#include "store/schema.h"

#include "store/database.h"

/* What ran, and what was watched. */
static const char schema_run[] =
    "CREATE TABLE run ("
    " id INTEGER PRIMARY KEY CHECK (id = 1),"
    " mode TEXT NOT NULL, arm TEXT NOT NULL, scenario TEXT NOT NULL, source TEXT, policy TEXT NOT NULL,"
    " seed TEXT NOT NULL," /* unsigned 64 bit, in decimal */
    " replications INTEGER NOT NULL, start_ns INTEGER NOT NULL, duration_ns INTEGER NOT NULL,"
    " warm_up_ns INTEGER NOT NULL," /* of it, left out of the figures */
    " started_at TEXT NOT NULL,"
    " heals INTEGER NOT NULL," /* 1: somebody mends here, the engine or operators */
    " digest TEXT, complete INTEGER NOT NULL DEFAULT 0,"
    " audit_rows INTEGER, audit_head TEXT);" /* where the audit chain ended when the run did */
    "CREATE TABLE replications ("
    " replication INTEGER PRIMARY KEY,"
    " complete INTEGER NOT NULL DEFAULT 0,"
    " decisions INTEGER NOT NULL DEFAULT 0,"
    " anomalies INTEGER NOT NULL DEFAULT 0,"      /* that the engine saw */
    " anomalies_kept INTEGER NOT NULL DEFAULT 0," /* that the table anomalies holds */
    " last_at_ns INTEGER);"
    "CREATE TABLE resources (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE series ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, metric TEXT NOT NULL,"
    " resource_id INTEGER NOT NULL REFERENCES resources (id),"
    " rule TEXT, above REAL, below REAL);" /* NULL rule: not watched */
    "CREATE TABLE relations ("
    " source_id INTEGER NOT NULL REFERENCES resources (id), relation TEXT NOT NULL,"
    " target_id INTEGER NOT NULL REFERENCES resources (id));"
    "CREATE TABLE strategies ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT, issue_type TEXT NOT NULL,"
    " prior_success REAL NOT NULL, cost REAL NOT NULL);";

/* What went wrong, as the engine saw it. */
static const char schema_issues[] =
    "CREATE TABLE self_healing_issues ("
    " id INTEGER PRIMARY KEY, type TEXT NOT NULL, severity TEXT NOT NULL, resource TEXT NOT NULL,"
    " description TEXT NOT NULL, detected_at TEXT NOT NULL, metrics TEXT NOT NULL,"
    " remediated INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL);"
    "CREATE TABLE issue_facts ("
    " issue_id INTEGER PRIMARY KEY REFERENCES self_healing_issues (id),"
    " replication INTEGER NOT NULL REFERENCES replications (replication),"
    " type INTEGER NOT NULL," /* enum issue_type */
    " resource_id INTEGER NOT NULL REFERENCES resources (id), series_id INTEGER REFERENCES series (id),"
    " by_baseline INTEGER NOT NULL, value REAL, reference REAL,"
    " opened_at_ns INTEGER NOT NULL, closed_at_ns INTEGER, reopened INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE anomalies ("
    " id INTEGER PRIMARY KEY, replication INTEGER NOT NULL REFERENCES replications (replication),"
    " series_id INTEGER NOT NULL REFERENCES series (id), by_baseline INTEGER NOT NULL,"
    " began_at_ns INTEGER NOT NULL, ended_at_ns INTEGER, value REAL, reference REAL, score REAL);"
    "CREATE TABLE health_scores ("
    " id INTEGER PRIMARY KEY, overall_score REAL, compute_score REAL, network_score REAL, storage_score REAL,"
    " database_score REAL, security_score REAL, issues_detected INTEGER NOT NULL,"
    " auto_remediated INTEGER NOT NULL, timestamp TEXT NOT NULL, created_at TEXT NOT NULL);"
    "CREATE TABLE health_facts ("
    " health_id INTEGER PRIMARY KEY REFERENCES health_scores (id),"
    " replication INTEGER NOT NULL REFERENCES replications (replication), at_ns INTEGER NOT NULL);";

/* What was done about it. action_type is the strategy last tried, "none" before. */
static const char schema_remediations[] =
    "CREATE TABLE self_healing_remediations ("
    " id INTEGER PRIMARY KEY, issue_id INTEGER NOT NULL REFERENCES self_healing_issues (id),"
    " action_type TEXT NOT NULL, description TEXT NOT NULL, status TEXT NOT NULL, started_at TEXT NOT NULL,"
    " completed_at TEXT, success INTEGER, error_message TEXT, rollback_performed INTEGER NOT NULL DEFAULT 0,"
    " created_at TEXT NOT NULL);"
    "CREATE INDEX remediations_of_issue ON self_healing_remediations (issue_id);"
    "CREATE TABLE remediation_facts ("
    " remediation_id INTEGER PRIMARY KEY REFERENCES self_healing_remediations (id),"
    " issue_id INTEGER NOT NULL REFERENCES self_healing_issues (id),"
    " replication INTEGER NOT NULL REFERENCES replications (replication),"
    " started_at_ns INTEGER NOT NULL, ended_at_ns INTEGER, verified_at_ns INTEGER,"
    " first_action_at_ns INTEGER, last_action_ended_ns INTEGER,"              /* pages are no remedy and do not count */
    " attempts INTEGER NOT NULL DEFAULT 0, rungs INTEGER NOT NULL DEFAULT 0," /* strategies gone through */
    " strategy_id INTEGER, held INTEGER NOT NULL DEFAULT 0, gate TEXT);"      /* the last gate that said wait */
    "CREATE TABLE attempts ("
    " remediation_id INTEGER NOT NULL REFERENCES self_healing_remediations (id), number INTEGER NOT NULL,"
    " strategy_id INTEGER REFERENCES strategies (id), started_at_ns INTEGER NOT NULL, ended_at_ns INTEGER,"
    " verified INTEGER, error TEXT,"                               /* verified: NULL while undecided */
    " rollback_started_at_ns INTEGER, rollback_succeeded INTEGER," /* NULL: not, or not yet over */
    " PRIMARY KEY (remediation_id, number)) WITHOUT ROWID;"
    "CREATE TABLE actions ("
    " id INTEGER PRIMARY KEY, replication INTEGER NOT NULL REFERENCES replications (replication),"
    " issue_id INTEGER REFERENCES self_healing_issues (id),"
    " remediation_id INTEGER REFERENCES self_healing_remediations (id),"
    " kind TEXT NOT NULL, target_id INTEGER REFERENCES resources (id), amount REAL, rollback INTEGER NOT NULL,"
    " started_at TEXT NOT NULL, ended_at TEXT, outcome TEXT, started_at_ns INTEGER NOT NULL, ended_at_ns INTEGER,"
    " amount_unit TEXT NOT NULL," /* own: the kind's; bytes */
    " before REAL);"              /* what the world found there; of an undo: what it goes back to */
    "CREATE TABLE operator_acts ("
    " id INTEGER PRIMARY KEY, replication INTEGER NOT NULL REFERENCES replications (replication),"
    " kind TEXT NOT NULL, resource_id INTEGER REFERENCES resources (id), at TEXT NOT NULL,"
    " at_ns INTEGER NOT NULL, ended_at_ns INTEGER);"
    "CREATE TABLE knowledge (id INTEGER PRIMARY KEY, at TEXT NOT NULL, bytes BLOB NOT NULL);"; /* what was learned */

/* The truth, and what the report draws. */
static const char schema_truth[] =
    "CREATE TABLE faults ("
    " id INTEGER PRIMARY KEY, replication INTEGER NOT NULL REFERENCES replications (replication),"
    " kind TEXT NOT NULL, resource TEXT NOT NULL, resource_id INTEGER REFERENCES resources (id),"
    " type TEXT NOT NULL, cause TEXT, onset TEXT NOT NULL, ended_at TEXT, ended_by TEXT,"
    " type_id INTEGER NOT NULL, onset_ns INTEGER NOT NULL, end_ns INTEGER, grace_ns INTEGER NOT NULL,"
    " counted INTEGER NOT NULL," /* 0: a suspect, neither hit nor miss */
    " hurt INTEGER NOT NULL);"   /* users felt it */
    "CREATE TABLE totals ("      /* sums over a simulated replication */
    " replication INTEGER NOT NULL REFERENCES replications (replication), name TEXT NOT NULL, value REAL,"
    " PRIMARY KEY (replication, name)) WITHOUT ROWID;"
    "CREATE TABLE plot_series ("
    " series_id INTEGER NOT NULL REFERENCES series (id), at_ns INTEGER NOT NULL, low REAL, high REAL,"
    " PRIMARY KEY (series_id, at_ns)) WITHOUT ROWID;";

/* The order of ids is checked before an insert because a REPLACE deletes without
 * firing delete triggers. */
static const char schema_audit[] =
    "CREATE TABLE audit ("
    " id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL,"
    " detail TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL);"
    "CREATE TRIGGER audit_appends BEFORE INSERT ON audit"
    " WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM audit)"
    " BEGIN SELECT raise(ABORT, 'the audit log only grows at its end'); END;"
    "CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit"
    " BEGIN SELECT raise(ABORT, 'the audit log does not change'); END;"
    "CREATE TRIGGER audit_forgets_nothing BEFORE DELETE ON audit"
    " BEGIN SELECT raise(ABORT, 'the audit log forgets nothing'); END;";

/* The same on a server. TRUNCATE is no DELETE there. */
static const char schema_audit_server[] =
    "CREATE TABLE audit ("
    " id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL,"
    " detail TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL);"
    "CREATE FUNCTION audit_is_next() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF NEW.id IS DISTINCT FROM (SELECT coalesce(max(id), 0) + 1 FROM selfheal.audit) THEN"
    "  RAISE EXCEPTION 'the audit log only grows at its end' USING ERRCODE = 'integrity_constraint_violation';"
    " END IF; RETURN NEW; END $$;"
    "CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$;"
    "CREATE TRIGGER audit_appends BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_next();"
    "CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit FOR EACH ROW"
    " EXECUTE FUNCTION audit_stays('the audit log does not change');"
    "CREATE TRIGGER audit_forgets_nothing BEFORE DELETE ON audit FOR EACH ROW"
    " EXECUTE FUNCTION audit_stays('the audit log forgets nothing');"
    "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT"
    " EXECUTE FUNCTION audit_stays('the audit log forgets nothing');";

bool schema_create(struct database *database, struct error_list *errors)
{
    return database_execute(database, schema_run, errors) && database_execute(database, schema_issues, errors) &&
           database_execute(database, schema_remediations, errors) &&
           database_execute(database, schema_truth, errors) &&
           database_execute(database, database_is_server(database) ? schema_audit_server : schema_audit, errors) &&
           database_set_version(database, SCHEMA_VERSION, errors);
}

bool schema_check(struct database *database, struct error_list *errors)
{
    int version = 0;

    if (!database_version(database, &version, errors))
        return false;
    if (version == SCHEMA_VERSION)
        return true;
    error_add(errors, ERROR_INPUT, database_name(database), 0, NULL,
              "not a run database of this version: it says schema %d, expected %d", version, SCHEMA_VERSION);
    return false;
}
