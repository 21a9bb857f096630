/* postgres_session.c - see postgres_session.h. */
#include "store/postgres_session.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The server's own time-out comes first, and its message with it. */
static const heal_duration PATIENCE = 5 * HEAL_SECOND, GRACE = HEAL_SECOND;

static heal_time monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * HEAL_SECOND + now.tv_nsec;
}

__attribute__((format(printf, 2, 3))) static bool wrong(struct postgres_session *session, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(session->trouble, sizeof session->trouble, format, arguments);
    va_end(arguments);
    session->trouble[strcspn(session->trouble, "\n")] = '\0';
    return false;
}

/* What is on its way belongs to nobody any more. */
static bool broken(struct postgres_session *session)
{
    PQfinish(session->link);
    session->link = NULL;
    session->queued = 0;
    return false;
}

/* -- the URL ----------------------------------------------------------------------- */

static const char *option_of(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword; options++) {
        if (strcmp(options->keyword, keyword) == 0)
            return options->val && options->val[0] ? options->val : NULL;
    }
    return NULL;
}

char *postgres_url_name(const char *url, struct error_list *errors)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    const char *port = options ? option_of(options, "port") : NULL, *host = options ? option_of(options, "host") : NULL;
    char *name = NULL;
    size_t length;

    /* With a '/' or an '@' in its password the URL comes apart elsewhere: port or host show it. */
    if (!options || (port && port[strspn(port, "0123456789,")] != '\0') || (host && strchr(host, '@'))) {
        PQconninfoFree(options);
        error_add(errors, ERROR_INPUT, NULL, 0, "store",
                  "expected postgresql://USER@HOST:PORT/DATABASE, as libpq reads it (it is not repeated here:"
                  " it may hold a password)");
        return NULL;
    }
    const char *user = option_of(options, "user"), *database = option_of(options, "dbname");
    FILE *out = open_memstream(&name, &length);
    if (out) {
        fprintf(out, "postgresql://%s%s%s%s%s/%s", user ? user : "", user ? "@" : "", host ? host : "", port ? ":" : "",
                port ? port : "", database ? database : "");
        fclose(out);
    }
    PQconninfoFree(options);
    if (!name)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    return name;
}

/* -- connecting -------------------------------------------------------------------- */

/* Waits until the socket can be read, or written as well. */
static bool wait_socket(struct postgres_session *session, bool writes, heal_time until)
{
    struct pollfd wait = {.fd = PQsocket(session->link), .events = (short)(writes ? POLLOUT | POLLIN : POLLIN)};

    for (;;) {
        heal_duration left = until - monotonic();
        int ready = wait.fd < 0 || left <= 0 ? 0 : poll(&wait, 1, (int)(left / HEAL_MILLISECOND) + 1);
        if (ready > 0)
            return true;
        if (ready == 0)
            return wrong(session, wait.fd < 0 ? "the connection is lost" : "the server does not answer in time");
        if (errno != EINTR)
            return wrong(session, "%s", strerror(errno));
    }
}

static bool connect_within(struct postgres_session *session, const char *url)
{
    const char *keys[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
    const char *values[] = {url, "selfheal", "UTF8", NULL};
    heal_time until = monotonic() + PATIENCE;
    PostgresPollingStatusType step = PGRES_POLLING_WRITING;

    session->link = PQconnectStartParams(keys, values, 1);
    if (!session->link)
        return wrong(session, "out of memory");
    while (PQstatus(session->link) != CONNECTION_BAD && step != PGRES_POLLING_OK && step != PGRES_POLLING_FAILED) {
        if (!wait_socket(session, step == PGRES_POLLING_WRITING, until))
            return false;
        step = PQconnectPoll(session->link);
    }
    if (PQstatus(session->link) != CONNECTION_OK)
        return wrong(session, "%s", PQerrorMessage(session->link));
    return (PQsetnonblocking(session->link, 1) == 0 && PQenterPipelineMode(session->link) == 1) ||
           wrong(session, "out of memory");
}

bool postgres_session_open(struct postgres_session *session, const char *url)
{
    static const char SETTINGS[] = "SELECT set_config('search_path', 'selfheal, pg_temp', false),"
                                   " set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false),"
                                   " set_config('idle_in_transaction_session_timeout', '0', false),"
                                   " set_config('standard_conforming_strings', 'on', false)";
    char limit[32];
    const char *values[] = {limit};

    *session = (struct postgres_session){0};
    snprintf(limit, sizeof limit, "%lld", (long long)(PATIENCE / HEAL_MILLISECOND));
    PGresult *answer =
        connect_within(session, url)
            ? postgres_session_ask(session, NULL, SETTINGS, &(struct postgres_values){1, values, NULL, NULL})
            : NULL;
    PQclear(answer);
    return answer != NULL || broken(session);
}

void postgres_session_close(struct postgres_session *session)
{
    PQfinish(session->link);
    *session = (struct postgres_session){0};
}

/* -- sending and reading ------------------------------------------------------------- */

/* Sends what libpq still holds, and takes in meanwhile, so that neither side waits for the other. */
static bool flush(struct postgres_session *session, heal_time until)
{
    int left = PQflush(session->link);

    while (left > 0) {
        if (!wait_socket(session, true, until) || PQconsumeInput(session->link) == 0)
            return false;
        left = PQflush(session->link);
    }
    return left == 0;
}

static bool lost(struct postgres_session *session)
{
    if (session->link && !session->trouble[0])
        wrong(session, "%s", PQerrorMessage(session->link));
    return broken(session);
}

/* Whether something can be sent; what was told before is told no more. */
static bool is_whole(struct postgres_session *session)
{
    if (!session->link)
        return session->trouble[0] ? false : wrong(session, "the connection is lost");
    if (!session->refused)
        session->trouble[0] = '\0';
    return true;
}

bool postgres_session_queue(struct postgres_session *session, const char *name, const char *sql,
                            const struct postgres_values *values)
{
    static const struct postgres_values NONE = {0};
    const struct postgres_values *with = values ? values : &NONE;

    if (!is_whole(session) || (session->queued >= SESSION_QUEUE && !postgres_session_settle(session)))
        return false;
    int sent =
        name ? PQsendQueryPrepared(session->link, name, (int)with->count, with->values, with->lengths, with->formats, 0)
             : PQsendQueryParams(session->link, sql, (int)with->count, NULL, with->values, with->lengths, with->formats,
                                 0);
    if (sent != 1)
        return lost(session);
    session->queued++;
    return true;
}

/* The next answer of the pipeline; NULL: the end of one, or lost (then the link is gone). */
static PGresult *next_answer(struct postgres_session *session, heal_time until)
{
    while (PQisBusy(session->link)) {
        if (!wait_socket(session, false, until) || PQconsumeInput(session->link) == 0) {
            lost(session);
            return NULL;
        }
    }
    return PQgetResult(session->link);
}

static void note_refusal(struct postgres_session *session, const PGresult *answer)
{
    const char *message = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);

    if (!session->refused) /* the first one says why the others are refused */
        wrong(session, "%s", message ? message : PQresultErrorMessage(answer));
    session->refused = true;
}

/* Reads all answers up to the sync. The last statement's is kept in *last, where it is wanted and good. */
static bool read_all(struct postgres_session *session, PGresult **last)
{
    heal_time until = monotonic() + PATIENCE + GRACE;

    if (PQpipelineSync(session->link) != 1 || !flush(session, until))
        return lost(session);
    for (size_t empty = 0; session->link;) {
        PGresult *answer = next_answer(session, until);
        ExecStatusType status = answer ? PQresultStatus(answer) : PGRES_EMPTY_QUERY;
        if (!answer && (!session->link || ++empty > session->queued + 1)) /* NULL parts the answers of two statements */
            return session->link ? lost(session) : false;
        if (status == PGRES_FATAL_ERROR || status == PGRES_PIPELINE_ABORTED)
            note_refusal(session, answer);
        bool keep = last && (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK);
        if (keep) {
            PQclear(*last);
            *last = answer;
        } else {
            PQclear(answer);
        }
        if (status == PGRES_PIPELINE_SYNC)
            break;
    }
    session->queued = 0;
    if (session->link && PQstatus(session->link) != CONNECTION_OK)
        return lost(session);
    return session->link != NULL;
}

/* What was refused is told once. */
static bool told(struct postgres_session *session)
{
    bool good = !session->refused;

    session->refused = false;
    return good;
}

bool postgres_session_settle(struct postgres_session *session)
{
    if (!session->link)
        return false;
    return (session->queued == 0 || read_all(session, NULL)) && told(session);
}

PGresult *postgres_session_ask(struct postgres_session *session, const char *name, const char *sql,
                               const struct postgres_values *values)
{
    PGresult *answer = NULL;

    if (postgres_session_queue(session, name, sql, values) && read_all(session, &answer) && told(session))
        return answer;
    PQclear(answer);
    return NULL;
}

bool postgres_session_script(struct postgres_session *session, const char *sql)
{
    heal_time until = monotonic() + PATIENCE + GRACE;
    PGresult *answer;

    if (!is_whole(session) || !postgres_session_settle(session))
        return false;
    if (PQexitPipelineMode(session->link) != 1 || PQsendQuery(session->link, sql) != 1 || !flush(session, until))
        return lost(session);
    while ((answer = next_answer(session, until)) != NULL) {
        if (PQresultStatus(answer) == PGRES_FATAL_ERROR)
            note_refusal(session, answer);
        PQclear(answer);
    }
    if (session->link && (PQstatus(session->link) != CONNECTION_OK || PQenterPipelineMode(session->link) != 1))
        lost(session);
    return told(session) && session->link;
}

/* Whether $`number` stands in `sql`. */
static bool uses(const char *sql, size_t number)
{
    char place[24];
    size_t length = (size_t)snprintf(place, sizeof place, "$%zu", number);

    for (const char *at = strstr(sql, place); at; at = strstr(at + length, place)) {
        if (!isdigit((unsigned char)at[length]))
            return true;
    }
    return false;
}

bool postgres_session_prepare(struct postgres_session *session, const char *name, const char *sql, size_t count)
{
    enum { OID_UNKNOWN_YET = 0, OID_TEXT = 25 };
    Oid types[SESSION_VALUES];

    if (!is_whole(session))
        return false;
    if (count > SESSION_VALUES)
        return wrong(session, "a statement with more than %d values", SESSION_VALUES);
    for (size_t i = 0; i < count; i++)
        types[i] = uses(sql, i + 1) ? OID_UNKNOWN_YET : OID_TEXT;
    if (PQsendPrepare(session->link, name, sql, (int)count, types) != 1)
        return lost(session);
    session->queued++;
    return postgres_session_settle(session);
}
