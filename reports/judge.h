/* judge.h - whether a run keeps what its scenario promises.
 *
 * Reads the run database and its summary; says met, missed or can't tell, what was
 * seen, and where to look: the replication and the instant of the first miss.
 */
#ifndef SELFHEAL_REPORTS_JUDGE_H
#define SELFHEAL_REPORTS_JUDGE_H

#include "reports/expectation.h"
#include "reports/run_data.h"

struct database;

enum outcome { OUTCOME_MET, OUTCOME_MISSED, OUTCOME_UNDECIDED, OUTCOME_NOT_RUN, OUTCOME_COUNT };
const char *outcome_name(enum outcome outcome); /* "met", "missed", "can't tell", "not run" */

enum { JUDGEMENT_TEXT = 320 };
struct judgement {
    enum outcome outcome;
    char saw[JUDGEMENT_TEXT]; /* "false_positive_rate 3.1 % (n = 64), 95 % interval 1.2 % to 8.0 %" */
    uint32_t replication;     /* to look at */
    heal_time at;             /* instant of the run; HEAL_TIME_NEVER: none */
};

struct judged_run {
    struct database *database;
    const struct run_data *data;
    const cJSON *summary;
};

/* False with a message when the database cannot be read. */
bool judge(const struct judged_run *run, const struct expectation *expectation, struct judgement *out,
           struct error_list *errors);

/* What happened around the judgement's instant in its replication, a line per
 * event, at most `lines` of them; "" where nothing did. The caller frees; NULL
 * with a message. */
char *judge_story(const struct judged_run *run, const struct judgement *judgement, int lines,
                  struct error_list *errors);

#endif
