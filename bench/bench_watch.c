/* bench_watch.c - a watch storm: is an event lost, and what does following it cost?
 *
 *   bench_watch [PODS [EVENTS_PER_SECOND [SECONDS]]]     (10000 5000 60)
 *
 * A child process is the API server (the conformance stub of tests/kube_stub): it holds
 * PODS pods of some 3 kB and changes them, one after the other, at that rate. This
 * process follows it as `selfheal live` does, scans every five seconds as it would
 * every thirty, and at the end must know of every pod what the server knows. Printed
 * are its own processor time and memory; the reference is cJSON reading the same
 * events and doing nothing with them. Exit code 1: something was lost. */
#include "live/kube_feed.h"
#include "tests/kube_stub/kube_stub.h"

#include <cJSON.h>
#include <curl/curl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PODS_PATH "/api/v1/pods"
enum { PADDING = 2400, POD_TEXT = 4096, URL_TEXT = 64 };

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static long memory_megabytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

static void rest_until(heal_time at)
{
    heal_duration left = at - monotonic_now();
    if (left > 0)
        nanosleep(&(struct timespec){.tv_sec = left / HEAL_SECOND, .tv_nsec = (long)(left % HEAL_SECOND)}, NULL);
}

/* Pod `number` after `restarts` changes, of the size that pods have. */
static void write_pod(char text[POD_TEXT], long number, long restarts)
{
    static const char FIELD[] = "{\\\"f:metadata\\\":{\\\"f:labels\\\":{}}}";
    char padding[PADDING + 1];

    for (size_t i = 0; i < PADDING; i++)
        padding[i] = FIELD[i % (sizeof FIELD - 1)];
    padding[PADDING - PADDING % (sizeof FIELD - 1)] = '\0';
    snprintf(
        text, POD_TEXT,
        "{\"metadata\":{\"name\":\"pod-%05ld\",\"namespace\":\"ns%ld\",\"resourceVersion\":\"0\","
        "\"creationTimestamp\":\"2026-01-01T00:00:00Z\",\"annotations\":{\"managed\":\"%s\"},\"ownerReferences\":[{"
        "\"kind\":\"StatefulSet\",\"name\":\"set\",\"controller\":true}]},\"spec\":{\"nodeName\":\"node-%ld\"},"
        "\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}],"
        "\"containerStatuses\":[{\"name\":\"c\",\"restartCount\":%ld,\"ready\":true,\"state\":{\"running\":{}}}]}}",
        number, number % 50, padding, number % 100, restarts);
}

static void put_pod(struct kube_stub *stub, long number, long restarts)
{
    char key[32], text[POD_TEXT];

    snprintf(key, sizeof key, "%ld", number);
    write_pod(text, number, restarts);
    kube_stub_put(stub, PODS_PATH, key, text);
}

/* The child: says its url, waits for a byte, storms, says that it is over, waits again. */
static int serve(int from, int to, long pods, long rate, long seconds)
{
    struct kube_stub *stub = kube_stub_start();
    char url[URL_TEXT] = "", byte;

    if (!stub)
        return 1;
    for (long i = 0; i < pods; i++)
        put_pod(stub, i, 0);
    snprintf(url, sizeof url, "%s", kube_stub_url(stub));
    bool good = write(to, url, sizeof url) == (ssize_t)sizeof url && read(from, &byte, 1) == 1;
    heal_time begun = monotonic_now();
    for (long i = 0; good && i < rate * seconds; i++) {
        put_pod(stub, i % pods, i / pods + 1);
        if (i % 50 == 49)
            rest_until(begun + i * (HEAL_SECOND / rate));
    }
    good = good && write(to, &byte, 1) == 1 && read(from, &byte, 1) >= 0;
    kube_stub_stop(stub);
    return good ? 0 : 1;
}

/* What cJSON alone takes for as many events, in seconds. */
static double reference(long events)
{
    char pod[POD_TEXT], line[POD_TEXT + 64];
    long tried = events < 20000 ? events : 20000;

    write_pod(pod, 1, 1);
    snprintf(line, sizeof line, "{\"type\":\"MODIFIED\",\"object\":%s}", pod);
    double begun = processor_seconds();
    for (long i = 0; i < tried; i++)
        cJSON_Delete(cJSON_Parse(line));
    return (processor_seconds() - begun) * (double)events / (double)tried;
}

/* Scans once; how many pods are known with other restarts than the server's. */
static long scan(struct kube_feed *feed, struct board *board, const struct inventory *inventory, long pods,
                 long changes, double *seconds)
{
    size_t count = inventory_series_count(inventory);
    double *values = malloc((count + 1) * sizeof *values), begun = processor_seconds();
    char error[HTTP_ERROR_TEXT], series[SERIES_ID_MAX];
    long wrong = values && kube_feed_read(feed, wall_now(), &(struct board_place){board, 0}, error) ? 0 : pods;

    if (wrong == 0)
        board_take(board, values);
    *seconds = processor_seconds() - begun;
    for (long i = 0; wrong < pods && i < pods; i++) {
        int length = snprintf(series, sizeof series, "pod/ns%ld/pod-%05ld:restarts_total", i % 50, i);
        uint32_t index = inventory_find_series(inventory, series, (size_t)length);
        double wanted = (double)(changes / pods + (i < changes % pods));
        wrong += index == SERIES_NONE || fabs(values[index] - wanted) > 0.5;
    }
    free(values);
    return wrong;
}

static struct inventory *discover(struct kube_feed *feed, long pods)
{
    struct inventory *inventory = inventory_create();

    for (heal_time until = monotonic_now() + HEAL_MINUTE; monotonic_now() < until;) {
        kube_feed_wait(feed, HEAL_SECOND);
        if (kube_feed_is_listed(feed))
            break;
    }
    bool good = inventory && kube_feed_discover(feed, inventory) && inventory_freeze(inventory);
    if (good && inventory_resource_count(inventory) > (size_t)pods)
        return inventory;
    inventory_destroy(inventory);
    return NULL;
}

static int follow(const char *url, int from, int to, long pods, long rate, long seconds)
{
    struct kube_config config;
    long events = rate * seconds, wrong = 0;
    double scan_seconds = 0, longest = 0, lag;
    char byte = 0;

    kube_config_defaults(&config);
    config.access = (struct kube_settings){.url = url, .timeout = config.timeout, .retries = config.retries};
    struct kube_feed *feed = kube_feed_create(&config);
    struct board *board = board_create();
    struct inventory *inventory = feed && board ? discover(feed, pods) : NULL;
    if (!inventory || !board_watch(board, inventory)) {
        fputs("bench_watch: the pods are not listed\n", stderr);
        return 1;
    }
    kube_feed_watch(feed, inventory);
    printf("%ld pods listed, %zu series; %ld MB\n", pods, inventory_series_count(inventory), memory_megabytes());
    double begun = processor_seconds();
    heal_time started = monotonic_now();
    if (write(to, &byte, 1) != 1)
        return 1;
    for (heal_time next = started; monotonic_now() < started + seconds * HEAL_SECOND;) {
        heal_time end = started + seconds * HEAL_SECOND;
        next += 5 * HEAL_SECOND;
        rest_until(next < end ? next : end);
        scan(feed, board, inventory, 0, 0, &scan_seconds);
        longest = scan_seconds > longest ? scan_seconds : longest;
    }
    if (read(from, &byte, 1) != 1)
        return 1;
    heal_time over = monotonic_now();
    while (kube_feed_count(feed).events < (uint64_t)events && monotonic_now() < over + 10 * HEAL_SECOND)
        rest_until(monotonic_now() + HEAL_MILLISECOND);
    lag = heal_duration_seconds(monotonic_now() - over);
    double used = processor_seconds() - begun, took = heal_duration_seconds(over - started);
    wrong = scan(feed, board, inventory, pods, events, &scan_seconds);
    struct kube_feed_counts counts = kube_feed_count(feed);
    double plain = reference(events);
    printf("%ld events sent in %.1f s (%.0f/s), %llu seen, %ld pods not as on the server\n", events, took,
           (double)events / took, (unsigned long long)counts.events, wrong);
    printf("the last event was known %.3f s after it was sent; %llu failures, %llu streams\n", lag,
           (unsigned long long)counts.failures, (unsigned long long)counts.streams);
    printf("processor time %.2f s, %.1f %% of a core, with scans; a scan at most %.1f ms; memory at most %ld MB\n",
           used, 100.0 * used / took, 1000.0 * longest, memory_megabytes());
    printf("to cJSON reading the same events alone (%.2f s): %.2f times\n", plain, used / plain);
    kube_feed_destroy(feed);
    board_destroy(board);
    inventory_destroy(inventory);
    return counts.events < (uint64_t)events || wrong > 0;
}

static long number_of(int argc, char **argv, int index, long otherwise)
{
    long number = index < argc ? strtol(argv[index], NULL, 10) : otherwise;
    return number > 0 ? number : otherwise;
}

int main(int argc, char **argv)
{
    long pods = number_of(argc, argv, 1, 10000), rate = number_of(argc, argv, 2, 5000);
    long seconds = number_of(argc, argv, 3, 60);
    int up[2], down[2], status = 1;
    char url[URL_TEXT];

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (pipe(up) != 0 || pipe(down) != 0)
        return 1;
    pid_t child = fork();
    if (child == 0) {
        close(up[0]);
        close(down[1]); /* else it would never see the parent's end */
        _exit(serve(down[0], up[1], pods, rate, seconds));
    }
    close(up[1]);
    close(down[0]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int code = child > 0 && read(up[0], url, sizeof url) == (ssize_t)sizeof url
                   ? follow(url, up[0], down[1], pods, rate, seconds)
                   : 1;
    curl_global_cleanup();
    close(down[1]);
    waitpid(child, &status, 0);
    return code != 0 || status != 0;
}
