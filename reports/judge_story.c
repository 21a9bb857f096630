/* judge_story.c - the few events around a miss, as lines that a person can follow. */
#include "reports/judge.h"
#include "reports/markup.h"
#include "store/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One query, so that all kinds of events come in order of time. */
static const char EVENTS[] =
    "SELECT at, text FROM ("
    " SELECT onset_ns AS at, 0 AS rank, 'fault ' || kind || ' on ' || resource ||"
    "  coalesce(' (hidden cause: ' || cause || ')', '') AS text FROM faults WHERE replication = ?1"
    " UNION ALL SELECT end_ns, 1, 'fault ' || kind || ' on ' || resource || ' ended by ' ||"
    "  coalesce(ended_by, 'nobody') FROM faults WHERE replication = ?1 AND end_ns IS NOT NULL"
    " UNION ALL SELECT f.opened_at_ns, 2, 'issue ' || i.type || ' (' || i.severity || ') on ' || i.resource"
    "  FROM issue_facts f JOIN self_healing_issues i ON i.id = f.issue_id WHERE f.replication = ?1"
    " UNION ALL SELECT a.started_at_ns, 3, CASE WHEN a.rollback THEN 'rollback ' ELSE 'action ' END || a.kind ||"
    "  coalesce(' on ' || r.name, '') || ': ' || coalesce(a.outcome, 'no answer yet')"
    "  FROM actions a LEFT JOIN resources r ON r.id = a.target_id WHERE a.replication = ?1"
    " UNION ALL SELECT f.ended_at_ns, 4, 'remediation of ' || i.type || ' ended: ' || m.status"
    "  FROM remediation_facts f JOIN self_healing_remediations m ON m.id = f.remediation_id"
    "  JOIN self_healing_issues i ON i.id = f.issue_id WHERE f.replication = ?1 AND f.ended_at_ns IS NOT NULL"
    " UNION ALL SELECT at_ns, 5, 'people: ' || kind FROM operator_acts WHERE replication = ?1 AND kind = 'repair')"
    " WHERE at >= ?2 ORDER BY at, rank, text LIMIT ?3";

static const heal_duration BEFORE = HEAL_MINUTE;

static void tell(const struct judged_run *run, struct statement *rows, FILE *out, int lines, bool *failed,
                 struct error_list *errors)
{
    char when[MARKUP_TEXT];

    for (int line = 0; database_next(rows, failed, errors); line++) {
        const char *text = statement_text(rows, 1);
        if (line == lines) {
            fputs("...\n", out);
            break;
        }
        markup_elapsed(heal_duration_seconds(statement_integer(rows, 0) - run->data->start), when);
        fprintf(out, "%s %s\n", when, text ? text : "");
    }
}

char *judge_story(const struct judged_run *run, const struct judgement *judgement, int lines, struct error_list *errors)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    bool failed = false;
    heal_time from = judgement->at == HEAL_TIME_NEVER ? INT64_MIN : judgement->at - BEFORE;
    struct statement *rows = database_query(
        run->database, EVENTS, CELLS(cell_integer(judgement->replication), cell_integer(from), cell_integer(lines + 1)),
        errors);

    if (out && rows)
        tell(run, rows, out, lines, &failed, errors);
    statement_finalize(rows);
    if (!out || fclose(out) != 0)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    else if (rows && !failed)
        return text;
    free(text);
    return NULL;
}
