/* postgres_link.c - see postgres_link.h. */
#include "live/postgres_link.h"

#include "engine/number.h"
#include "engine/random.h"
#include "live/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PASSWORD_MAX = 1024, PIECE_MS = 100 };
static const heal_duration FIRST_PAUSE = HEAL_SECOND, PAUSE_MOST = 30 * HEAL_SECOND;
/* The server's own time-out comes first, and its message with it. */
static const heal_duration GRACE = HEAL_SECOND;

__attribute__((format(printf, 2, 3))) static bool wrong(struct postgres_link *link, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(link->error, sizeof link->error, format, arguments);
    va_end(arguments);
    link->error[strcspn(link->error, "\n")] = '\0';
    return false;
}

/* Waits until the socket can be read, or written as well. False with why. */
static bool wait_socket(struct postgres_link *link, bool writes, heal_time until)
{
    struct pollfd wait = {.fd = PQsocket(link->connection), .events = (short)(writes ? POLLOUT | POLLIN : POLLIN)};

    while (wait.fd >= 0) {
        heal_duration left = until - monotonic_now();
        if (atomic_load(link->stopping))
            return wrong(link, "the process is stopping");
        if (left <= 0)
            return wrong(link, "no answer in time");
        int ready = poll(&wait, 1, left < PIECE_MS * HEAL_MILLISECOND ? (int)(left / HEAL_MILLISECOND) + 1 : PIECE_MS);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return wrong(link, "%s", strerror(errno));
    }
    return wrong(link, "the connection is lost");
}

/* The first line of the file. Others than its owner may not read it, as with .pgpass. */
static bool read_password(struct postgres_link *link, char password[PASSWORD_MAX])
{
    const char *path = link->address->password_file;
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = -1;

    if (file >= 0 && fstat(file, &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        close(file);
        return wrong(link, "%s: others may read it; its mode has to be 0600", path);
    }
    if (file >= 0)
        got = read(file, password, PASSWORD_MAX - 1);
    int number = errno;
    if (file >= 0)
        close(file);
    if (got < 0)
        return wrong(link, "%s: %s", path, strerror(number));
    password[got] = '\0';
    password[strcspn(password, "\r\n")] = '\0';
    return true;
}

static bool connect_within(struct postgres_link *link)
{
    const char *keys[] = {"dbname", "fallback_application_name", "client_encoding", "password", NULL};
    const char *values[] = {link->address->conninfo, "selfheal", "UTF8", NULL, NULL};
    char password[PASSWORD_MAX] = "";
    heal_time until = monotonic_now() + link->timeout;
    PostgresPollingStatusType step = PGRES_POLLING_WRITING;

    if (link->address->password_file) {
        if (!read_password(link, password))
            return false;
        values[3] = password;
    }
    link->connection = PQconnectStartParams(keys, values, 1);
    OPENSSL_cleanse(password, sizeof password);
    if (!link->connection)
        return wrong(link, "out of memory");
    while (PQstatus(link->connection) != CONNECTION_BAD && step != PGRES_POLLING_OK && step != PGRES_POLLING_FAILED) {
        if (!wait_socket(link, step == PGRES_POLLING_WRITING, until))
            return false;
        step = PQconnectPoll(link->connection);
    }
    if (PQstatus(link->connection) != CONNECTION_OK)
        return wrong(link, "%s", PQerrorMessage(link->connection));
    return PQsetnonblocking(link->connection, 1) == 0 || wrong(link, "out of memory");
}

static bool begin_session(struct postgres_link *link)
{
    char limit[32];
    const char *values[] = {limit};
    PGresult *answer;

    if (link->console)
        return true;
    snprintf(limit, sizeof limit, "%lld", (long long)(link->timeout / HEAL_MILLISECOND));
    answer = postgres_link_ask(link, 0,
                               "SELECT pg_catalog.current_setting('search_path'),"
                               " pg_catalog.set_config('statement_timeout', $1, false),"
                               " pg_catalog.set_config('lock_timeout', $1, false),"
                               " pg_catalog.set_config('idle_in_transaction_session_timeout', $1, false)",
                               1, values);
    free(link->search_path);
    link->search_path = answer ? strdup(PQgetvalue(answer, 0, 0)) : NULL;
    PQclear(answer);
    return link->search_path &&
           postgres_link_do(link, 0, "SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)", 0, NULL);
}

static void put_off(struct postgres_link *link)
{
    heal_time now = monotonic_now();
    struct random_stream jitter = random_stream_named((uint64_t)now, "postgres", "jitter", link->failures);
    heal_duration pause = FIRST_PAUSE;

    for (uint32_t i = 0; i < link->failures && pause < PAUSE_MOST; i++)
        pause *= 2;
    if (pause > PAUSE_MOST)
        pause = PAUSE_MOST;
    link->failures++;
    link->not_before = now + pause / 2 + (heal_duration)(random_uniform(&jitter) * 0.5 * (double)pause);
}

bool postgres_link_open(struct postgres_link *link)
{
    if (link->connection && PQstatus(link->connection) == CONNECTION_OK)
        return true;
    postgres_link_close(link);
    if (monotonic_now() < link->not_before)
        return false; /* `error` still says why */
    link->state[0] = '\0';
    if (connect_within(link) && begin_session(link)) {
        link->failures = 0;
        link->not_before = 0;
        return true;
    }
    postgres_link_close(link);
    put_off(link);
    return false;
}

void postgres_link_close(struct postgres_link *link)
{
    PQfinish(link->connection);
    link->connection = NULL;
    free(link->search_path);
    link->search_path = NULL;
}

static bool send(struct postgres_link *link, const char *sql, size_t count, const char *const *values, heal_time until)
{
    int sent = link->console ? PQsendQuery(link->connection, sql)
                             : PQsendQueryParams(link->connection, sql, (int)count, NULL, values, NULL, NULL, 0);
    int left = sent == 1 ? PQflush(link->connection) : -1;

    while (left > 0) {
        if (!wait_socket(link, true, until))
            return false;
        if (PQconsumeInput(link->connection) == 0)
            break;
        left = PQflush(link->connection);
    }
    return left == 0 || wrong(link, "%s", PQerrorMessage(link->connection));
}

/* The last answer of the statement; NULL with why. */
static PGresult *receive(struct postgres_link *link, heal_time until)
{
    PGresult *last = NULL, *next;

    for (;;) {
        while (PQisBusy(link->connection)) {
            if (!wait_socket(link, false, until)) {
                PQclear(last);
                return NULL;
            }
            if (PQconsumeInput(link->connection) == 0) {
                wrong(link, "%s", PQerrorMessage(link->connection));
                PQclear(last);
                return NULL;
            }
        }
        if ((next = PQgetResult(link->connection)) == NULL)
            break;
        PQclear(last);
        last = next;
    }
    if (!last)
        wrong(link, "%s", PQerrorMessage(link->connection));
    return last;
}

PGresult *postgres_link_ask(struct postgres_link *link, heal_duration within, const char *sql, size_t count,
                            const char *const *values)
{
    heal_time until = monotonic_now() + (within > 0 ? within : link->timeout) + GRACE;

    link->state[0] = '\0';
    if (!link->connection) {
        wrong(link, "the connection is lost");
        return NULL;
    }
    PGresult *answer = send(link, sql, count, values, until) ? receive(link, until) : NULL;
    ExecStatusType status = answer ? PQresultStatus(answer) : PGRES_FATAL_ERROR;
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return answer;
    if (answer) {
        const char *state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
        const char *message = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
        snprintf(link->state, sizeof link->state, "%s", state ? state : "");
        wrong(link, "%s", message ? message : PQresultErrorMessage(answer));
    }
    if (!answer || PQstatus(link->connection) != CONNECTION_OK) {
        PQfinish(link->connection); /* what may still be on its way belongs to nobody */
        link->connection = NULL;
    }
    PQclear(answer);
    return NULL;
}

bool postgres_link_do(struct postgres_link *link, heal_duration within, const char *sql, size_t count,
                      const char *const *values)
{
    PGresult *answer = postgres_link_ask(link, within, sql, count, values);
    PQclear(answer);
    return answer != NULL;
}

bool postgres_link_pause(const struct postgres_link *link, heal_duration pause)
{
    heal_time until = monotonic_now() + pause;

    while (!atomic_load(link->stopping)) {
        heal_duration left = until - monotonic_now();
        if (left <= 0)
            return true;
        if (left > PIECE_MS * HEAL_MILLISECOND)
            left = PIECE_MS * HEAL_MILLISECOND;
        nanosleep(&(struct timespec){.tv_nsec = (long)left}, NULL);
    }
    return false;
}

char *postgres_link_name(struct postgres_link *link, const char *name)
{
    return link->connection ? PQescapeIdentifier(link->connection, name, strlen(name)) : NULL;
}

char *postgres_link_text(struct postgres_link *link, const char *text)
{
    return link->connection ? PQescapeLiteral(link->connection, text, strlen(text)) : NULL;
}

double postgres_number(const PGresult *answer, int row, int column)
{
    const char *text = PQgetvalue(answer, row, column);
    double value = 0.0;

    return number_parse(text, strlen(text), &value) ? value : 0.0;
}

bool postgres_true(const PGresult *answer, int row, int column)
{
    return PQgetvalue(answer, row, column)[0] == 't';
}
