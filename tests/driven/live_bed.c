/* live_bed.c - see live_bed.h. */
#include "tests/driven/live_bed.h"

#include "cli/live_files.h"
#include "live/daemon.h"
#include "tests/driven/line.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATH_ROOM = 256 };

struct live_bed {
    char folder[PATH_ROOM];
    uint16_t port;
    struct live_files files;
    pthread_t thread;
    bool good;
    int was_stderr;
};

static void write_file(const struct live_bed *bed, const char *name, const char *text)
{
    char path[PATH_ROOM + 32];

    snprintf(path, sizeof path, "%s/%s", bed->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void *run(void *context)
{
    struct live_bed *bed = context;
    struct live_setup setup = {.config = bed->files.config, .policy = bed->files.policy};
    struct error_list errors = {0};

    setup.head.layer_count = bed->files.layers.count;
    memcpy(setup.head.layers, bed->files.layers.items, sizeof setup.head.layers);
    bed->good = daemon_run(&setup, &errors);
    error_list_clear(&errors);
    return NULL;
}

void live_bed_block(void)
{
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGUSR1);
    sigaddset(&blocked, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

/* What it says goes to a file. */
static void catch_stderr(struct live_bed *bed)
{
    char path[PATH_ROOM + 32];

    snprintf(path, sizeof path, "%s/stderr", bed->folder);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    fflush(stderr);
    bed->was_stderr = dup(STDERR_FILENO);
    dup2(file, STDERR_FILENO);
    close(file);
}

struct live_bed *live_bed_start(const char *policy, const char *config)
{
    struct live_bed *bed = calloc(1, sizeof *bed);
    struct error_list errors = {0};
    char path[PATH_ROOM + 32], *whole, text[512], body[LIVE_BED_TEXT];

    assert_non_null(bed);
    live_bed_block();
    snprintf(bed->folder, sizeof bed->folder, "/tmp/selfheal-live.XXXXXX");
    assert_non_null(mkdtemp(bed->folder));
    bed->port = line_free_port();
    whole = malloc(strlen(config) + 512);
    assert_non_null(whole);
    sprintf(whole, "name: driven\ndata: run\npolicy: policy.yaml\ndry_run: false\napi: {port: %u}\n%s", bed->port,
            config);
    write_file(bed, "policy.yaml", policy);
    write_file(bed, "live.yaml", whole);
    free(whole);
    snprintf(path, sizeof path, "%s/live.yaml", bed->folder);
    if (!live_files_read(&bed->files, path, &errors))
        fail_msg("%s", error_format(&errors, 0, text, sizeof text));
    catch_stderr(bed);
    assert_int_equal(pthread_create(&bed->thread, NULL, run, bed), 0);
    for (int i = 0; live_bed_get(bed, "/health", body) != 200; i++) {
        assert_true(i < 3000);
        poll(NULL, 0, 10);
    }
    return bed;
}

void live_bed_stop(struct live_bed *bed)
{
    char command[PATH_ROOM + 32];

    kill(getpid(), SIGTERM);
    pthread_join(bed->thread, NULL);
    fflush(stderr);
    dup2(bed->was_stderr, STDERR_FILENO);
    close(bed->was_stderr);
    assert_true(bed->good);
    live_files_clear(&bed->files);
    snprintf(command, sizeof command, "rm -rf '%s'", bed->folder);
    assert_int_equal(system(command), 0);
    free(bed);
}

const char *live_bed_folder(const struct live_bed *bed)
{
    return bed->folder;
}

struct page {
    char *text;
    size_t length;
};

static size_t take(char *data, size_t size, size_t count, void *context)
{
    struct page *page = context;
    size_t room = LIVE_BED_TEXT - 1 - page->length, more = size * count < room ? size * count : room;

    memcpy(page->text + page->length, data, more);
    page->length += more;
    page->text[page->length] = '\0';
    return size * count;
}

unsigned live_bed_get(const struct live_bed *bed, const char *path, char out[LIVE_BED_TEXT])
{
    CURL *curl = curl_easy_init();
    struct page page = {out, 0};
    char url[256];
    long status = 0;

    out[0] = '\0';
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", bed->port, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &page);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    return (unsigned)status;
}

double live_bed_metric(const struct live_bed *bed, const char *name)
{
    static _Thread_local char text[LIVE_BED_TEXT];
    char wanted[256];

    live_bed_get(bed, "/metrics", text);
    snprintf(wanted, sizeof wanted, "\n%s ", name);
    const char *found = strstr(text, wanted);
    return found ? strtod(found + strlen(wanted), NULL) : NAN;
}

bool live_bed_until(const struct live_bed *bed, const char *path, const char *text, int seconds)
{
    static _Thread_local char body[LIVE_BED_TEXT];

    for (int i = 0; i < seconds * 50; i++) {
        live_bed_get(bed, path, body);
        if (strstr(body, text))
            return true;
        poll(NULL, 0, 20);
    }
    return false;
}

bool live_bed_until_metric(const struct live_bed *bed, const char *name, double value, int seconds)
{
    for (int i = 0; i < seconds * 50; i++) {
        if (live_bed_metric(bed, name) == value)
            return true;
        poll(NULL, 0, 20);
    }
    return false;
}

int64_t live_bed_count(const struct live_bed *bed, const char *sql)
{
    char path[PATH_ROOM + 32];
    sqlite3 *database = NULL;
    sqlite3_stmt *query = NULL;
    int64_t count = -1;

    snprintf(path, sizeof path, "%s/run/run.db", bed->folder);
    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(database, 5000);
        if (sqlite3_prepare_v2(database, sql, -1, &query, NULL) == SQLITE_OK && sqlite3_step(query) == SQLITE_ROW)
            count = sqlite3_column_int64(query, 0);
    }
    sqlite3_finalize(query);
    sqlite3_close(database);
    return count;
}

bool live_bed_said(const struct live_bed *bed, const char *text)
{
    char path[PATH_ROOM + 32], line[4096];
    bool said = false;

    snprintf(path, sizeof path, "%s/stderr", bed->folder);
    FILE *file = fopen(path, "r");
    while (file && !said && fgets(line, sizeof line, file))
        said = strstr(line, text) != NULL;
    if (file)
        fclose(file);
    return said;
}
