/* station_check.c - everything counted anew, request by request, for tests. */
#include "sim/station_parts.h"

#include <stdlib.h>

struct tally {
    uint32_t in_line, queued, in_service, held;
};

static void count_requests(const struct stations *stations, struct tally *tallies, uint32_t *under_way)
{
    for (uint32_t i = 0; i < stations->request_count; i++) {
        const struct request *request = &stations->requests[i];
        const struct source_spec *spec =
            request->state == REQUEST_SPARE ? NULL : &stations->sources[request->source].spec;
        if (!spec)
            continue;
        under_way[request->source] += !request->orphan && request->state != REQUEST_THINKING;
        for (uint32_t hop = 0; hop < STATION_ROUTE; hop++)
            tallies[request_hop(stations, request, hop < spec->route_length ? hop : 0)].held +=
                request->held >> hop & 1u;
        if (request->state < REQUEST_IN_LINE)
            continue;
        struct tally *tally = &tallies[request_hop(stations, request, request->hop)];
        tally->in_line += request->state == REQUEST_IN_LINE;
        tally->queued += request->state == REQUEST_QUEUED;
        tally->in_service += request->state == REQUEST_IN_SERVICE;
    }
}

static uint32_t list_length(const struct stations *stations, const struct request_list *list, enum request_state state)
{
    uint32_t length = 0, last = NO_REQUEST;

    for (uint32_t i = list->head; i != NO_REQUEST; i = stations->requests[i].next) {
        if (stations->requests[i].prev != last || stations->requests[i].state != state)
            return UINT32_MAX;
        last = i;
        length++;
    }
    return last == list->tail ? length : UINT32_MAX;
}

static bool heap_is_good(const struct stations *stations, const struct station *station)
{
    for (uint32_t i = 0; i < station->in_service; i++) {
        const struct shared_entry *entry = &station->heap[i];
        if (stations->requests[entry->request].prev != i ||
            entry->finish < station->heap[i > 0 ? (i - 1) / 2 : 0].finish)
            return false;
    }
    return true;
}

static bool station_is_good(const struct stations *stations, const struct station *station, const struct tally *tally)
{
    const struct station_counts *counts = &station->counts;
    uint32_t present = tally->in_line + tally->queued + tally->in_service;
    bool shared = station->discipline == STATION_SHARED;

    return counts->present == present &&
           counts->arrived == counts->served + counts->refused + counts->cancelled + present &&
           station->waiting == tally->in_line + tally->queued && station->in_service == tally->in_service &&
           station->inside == tally->queued + tally->in_service + tally->held &&
           (tally->in_line == 0 || station->inside >= station->connections) &&
           list_length(stations, &station->line, REQUEST_IN_LINE) == tally->in_line &&
           list_length(stations, &station->queue, REQUEST_QUEUED) == tally->queued &&
           (shared ? heap_is_good(stations, station)
                   : list_length(stations, &station->serving, REQUEST_IN_SERVICE) == tally->in_service) &&
           (shared || tally->queued == 0 || station->in_service >= station->servers);
}

static bool source_is_good(const struct source_counts *counts, uint32_t under_way)
{
    return counts->under_way == under_way &&
           counts->sent == counts->served + counts->refused + counts->timed_out + counts->wrong + under_way;
}

bool stations_consistent(const struct stations *stations)
{
    struct tally *tallies = calloc(stations->station_count, sizeof *tallies);
    uint32_t *under_way = calloc((size_t)stations->source_count + 1, sizeof *under_way);
    bool good = tallies && under_way;

    if (good)
        count_requests(stations, tallies, under_way);
    for (uint32_t i = 0; good && i < stations->station_count; i++)
        good = station_is_good(stations, &stations->stations[i], &tallies[i]);
    for (uint32_t i = 0; good && i < stations->source_count; i++)
        good = source_is_good(&stations->sources[i].counts, under_way[i]);
    free(tallies);
    free(under_way);
    return good;
}
