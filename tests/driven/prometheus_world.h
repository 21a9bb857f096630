/* prometheus_world.h - a Prometheus with two series, whose values the test sets.
 *
 * It knows samples of the last two minutes, as the wall clock has it: who asks for another
 * time gets none, and is counted. */
#ifndef SELFHEAL_TESTS_DRIVEN_PROMETHEUS_WORLD_H
#define SELFHEAL_TESTS_DRIVEN_PROMETHEUS_WORLD_H

#include "tests/driven/clock.h"
#include "tests/driven/http_stub.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct prometheus_world {
    struct http_stub *stub;
    atomic_int web, api; /* memory in per cent, of either pod */
    atomic_int days;     /* that a certificate is good for yet: the answer to the query "days" */
    atomic_int asked, strange;
};

static inline unsigned prometheus_answer(void *context, const char *path, const char *body, char out[HTTP_STUB_ROOM])
{
    struct prometheus_world *world = context;
    const char *time = strstr(body, "time=");
    double now = heal_duration_seconds(driven_wall()), asked = time ? strtod(time + 5, NULL) : 0;

    if (strstr(path, "query_range")) {
        snprintf(out, HTTP_STUB_ROOM, "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}");
        return 200;
    }
    bool strange = asked < now - 120 || asked > now + 120;
    atomic_fetch_add(&world->asked, 1);
    atomic_fetch_add(&world->strange, strange);
    if (!strange && strstr(body, "query=days")) {
        snprintf(out, HTTP_STUB_ROOM,
                 "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
                 "{\"metric\":{},\"value\":[%.3f,\"%d\"]}]}}",
                 asked, atomic_load(&world->days));
        return 200;
    }
    snprintf(out, HTTP_STUB_ROOM,
             strange ? "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}"
                     : "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
                       "{\"metric\":{\"pod\":\"web\"},\"value\":[%.3f,\"%.2f\"]},"
                       "{\"metric\":{\"pod\":\"api\"},\"value\":[%.3f,\"%.2f\"]}]}}",
             asked, atomic_load(&world->web) / 100.0, asked, atomic_load(&world->api) / 100.0);
    return 200;
}

static inline void prometheus_world_begin(struct prometheus_world *world)
{
    *world = (struct prometheus_world){.stub = NULL};
    atomic_store(&world->web, 40);
    atomic_store(&world->api, 40);
    atomic_store(&world->days, 80);
    world->stub = http_stub_start(prometheus_answer, world);
}

#endif
