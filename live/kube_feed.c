/* kube_feed.c - see kube_feed.h. */
#include "live/kube_feed.h"

#include "live/kube_topology.h"
#include "live/kube_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATH_ROOM = 256 };

/* One watch and what it is of. */
struct follower {
    struct kube_feed *feed;
    enum kube_kind kind;
    uint32_t source;
    char path[PATH_ROOM];
    struct kube_watch *watch;
};

struct kube_feed {
    const struct kube_config *config;
    struct kube_world *world;
    struct kube_client *probe;
    atomic_bool stop;
    struct follower *followers;
    size_t count;
};

static void begin(void *context)
{
    struct follower *follower = context;
    kube_world_begin(follower->feed->world, follower->kind, follower->source);
}

static void put(void *context, const cJSON *object)
{
    struct follower *follower = context;
    const struct kube_config *config = follower->feed->config;

    kube_world_put(follower->feed->world, follower->source,
                   kube_facts_read(follower->kind, object, config->start_within), wall_now());
}

static void gone(void *context, const cJSON *object)
{
    struct follower *follower = context;
    char key[SERIES_ID_MAX];

    if (kube_facts_key(follower->kind, object, key))
        kube_world_gone(follower->feed->world, follower->kind, key);
}

static void end(void *context)
{
    struct follower *follower = context;
    kube_world_end(follower->feed->world, follower->kind, follower->source);
}

/* One follower of `kind`; `space` NULL: of all namespaces. */
static bool follow(struct kube_feed *feed, enum kube_kind kind, const char *space)
{
    const struct kube_kind_traits *traits = &KUBE_KINDS[kind];
    struct follower *follower = &feed->followers[feed->count];

    *follower = (struct follower){.feed = feed, .kind = kind, .source = (uint32_t)feed->count};
    snprintf(follower->path, PATH_ROOM, "%s%s%s/%s", traits->group, space ? "/namespaces/" : "", space ? space : "",
             traits->plural);
    struct kube_watch_settings settings = {
        .server = &feed->config->access,
        .path = follower->path,
        .page = traits->page,
        .optional = !traits->required,
        .sink = {.context = follower, .begin = begin, .put = put, .gone = gone, .end = end}};
    follower->watch = kube_watch_create(&settings);
    feed->count++;
    return follower->watch != NULL;
}

static bool start(struct kube_feed *feed)
{
    const struct kube_config *config = feed->config;
    size_t spaces = config->namespace_count > 0 ? config->namespace_count : 1;
    char error[HTTP_ERROR_TEXT];

    feed->world = kube_world_create();
    feed->probe = kube_client_create(&config->access, error);
    feed->followers = calloc(spaces * KUBE_KIND_COUNT, sizeof *feed->followers);
    if (!feed->world || !feed->probe || !feed->followers)
        return false;
    kube_client_stop_on(feed->probe, &feed->stop);
    for (enum kube_kind kind = 0; kind < KUBE_KIND_COUNT; kind++) {
        bool apart = KUBE_KINDS[kind].namespaced && config->namespace_count > 0;
        for (size_t i = 0; i < (apart ? config->namespace_count : 1); i++) {
            if (!follow(feed, kind, apart ? config->namespaces[i] : NULL))
                return false;
        }
    }
    return true;
}

struct kube_feed *kube_feed_create(const struct kube_config *config)
{
    struct kube_feed *feed = calloc(1, sizeof *feed);

    if (!feed)
        return NULL;
    feed->config = config;
    if (start(feed))
        return feed;
    kube_feed_destroy(feed);
    return NULL;
}

void kube_feed_destroy(struct kube_feed *feed)
{
    if (!feed)
        return;
    atomic_store(&feed->stop, true);
    for (size_t i = 0; i < feed->count; i++)
        kube_watch_stop(feed->followers[i].watch); /* all at once, so that their ends are waited for together */
    for (size_t i = 0; i < feed->count; i++)
        kube_watch_destroy(feed->followers[i].watch);
    free(feed->followers);
    kube_client_destroy(feed->probe);
    kube_world_destroy(feed->world);
    free(feed);
}

void kube_feed_wait(struct kube_feed *feed, heal_duration patience)
{
    heal_time until = monotonic_now() + patience;

    for (bool all = false; !all && monotonic_now() < until;) {
        all = true;
        for (size_t i = 0; i < feed->count; i++) {
            struct kube_watch_state state;
            kube_watch_look(feed->followers[i].watch, &state);
            all = all && state.tried;
        }
        if (!all)
            nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
}

bool kube_feed_is_listed(struct kube_feed *feed)
{
    for (size_t i = 0; i < feed->count; i++) {
        struct kube_watch_state state;
        kube_watch_look(feed->followers[i].watch, &state);
        if (!state.listed && KUBE_KINDS[feed->followers[i].kind].required)
            return false;
    }
    return true;
}

bool kube_feed_discover(struct kube_feed *feed, struct inventory *inventory)
{
    return kube_world_discover(feed->world, inventory);
}

void kube_feed_watch(struct kube_feed *feed, const struct inventory *inventory)
{
    kube_world_watch(feed->world, inventory);
}

bool kube_feed_stand_in(struct kube_feed *feed, const char *pod, char out[SERIES_ID_MAX + 1])
{
    return kube_world_stand_in(feed->world, pod, out);
}

/* Which kinds are known as they are now. True when all are. */
static bool look_at_watches(struct kube_feed *feed, bool fresh[KUBE_KIND_COUNT], char *error)
{
    bool good = true;

    for (size_t i = 0; i < KUBE_KIND_COUNT; i++)
        fresh[i] = true;
    for (size_t i = 0; i < feed->count; i++) {
        struct kube_watch_state state;
        kube_watch_look(feed->followers[i].watch, &state);
        heal_duration silent = monotonic_now() - state.good_at;
        bool is_fresh = state.absent || (state.listed && (state.watching || silent < feed->config->stale_after));
        if (is_fresh)
            continue;
        fresh[feed->followers[i].kind] = false;
        if (good && state.error[0])
            snprintf(error, HTTP_ERROR_TEXT, "%s", state.error);
        else if (good)
            snprintf(error, HTTP_ERROR_TEXT, "%.200s is not listed yet", feed->followers[i].path);
        good = false;
    }
    return good;
}

bool kube_feed_is_well(struct kube_feed *feed, char error[HTTP_ERROR_TEXT])
{
    bool fresh[KUBE_KIND_COUNT];
    return look_at_watches(feed, fresh, error);
}

static void onto_board(void *context, const char *series, double value)
{
    board_put(context, series, value);
}

bool kube_feed_read(struct kube_feed *feed, heal_time at, struct board_place *place, char error[HTTP_ERROR_TEXT])
{
    struct http_answer answer = {0};
    bool fresh[KUBE_KIND_COUNT], good = kube_call(feed->probe, "GET", "/version", NULL, NULL, &answer);

    if (!good)
        snprintf(error, HTTP_ERROR_TEXT, "%s", answer.error);
    http_answer_clear(&answer);
    if (!good)
        return false;
    good = look_at_watches(feed, fresh, error);
    kube_world_read(feed->world, at, fresh, (struct kube_sink){place, onto_board});
    return good;
}

struct kube_feed_counts kube_feed_count(struct kube_feed *feed)
{
    struct kube_feed_counts counts = {0};

    for (size_t i = 0; i < feed->count; i++) {
        struct kube_watch_state state;
        kube_watch_look(feed->followers[i].watch, &state);
        counts.events += state.events;
        counts.lists += state.lists;
        counts.streams += state.streams;
        counts.failures += state.failures;
    }
    for (enum kube_kind kind = 0; kind < KUBE_KIND_COUNT; kind++)
        counts.objects += kube_world_count(feed->world, kind);
    return counts;
}
