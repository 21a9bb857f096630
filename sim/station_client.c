/* station_client.c - one client: sends, waits, gives up, tries again. */
#include "sim/station_parts.h"

static void tell(struct stations *stations, const struct request *request, heal_time now, enum request_end end)
{
    const struct station_observer *observer = &stations->observer;
    struct source_counts *counts = &stations->sources[request->source].counts;

    counts->under_way--;
    counts->served += end == REQUEST_SERVED;
    counts->refused += end == REQUEST_REFUSED;
    counts->timed_out += end == REQUEST_TIMED_OUT;
    counts->wrong += end == REQUEST_WRONG;
    if (observer->ended)
        observer->ended(observer->context, request->source, now, end, now - request->began);
}

/* The client has its answer, or has none for good. */
static void end(struct stations *stations, uint32_t index, heal_time now, enum request_end how)
{
    const struct request *request = &stations->requests[index];
    bool closed = stations->sources[request->source].spec.population > 0;

    if (request->orphan) {
        request_give(stations, index);
        return;
    }
    tell(stations, request, now, how);
    if (closed)
        client_think(stations, index, now);
    else
        request_give(stations, index);
}

static heal_duration draw_backoff(struct source *source, uint32_t attempt)
{
    heal_duration most = source->spec.backoff;

    for (uint32_t i = 0; i < attempt && most < source->spec.backoff_limit; i++)
        most = most > source->spec.backoff_limit / 2 ? source->spec.backoff_limit : 2 * most;
    most = most < source->spec.backoff_limit ? most : source->spec.backoff_limit;
    return most > 0 ? 1 + (heal_duration)random_below(&source->retries, (uint64_t)most) : 0;
}

/* An attempt came to nothing, and holds nothing any more. */
static void attempt_failed(struct stations *stations, uint32_t index, heal_time now, enum request_end why)
{
    struct request *request = &stations->requests[index];
    struct source *source = &stations->sources[request->source];

    if (request->orphan || request->attempt >= source->spec.retries) {
        end(stations, index, now, why);
        return;
    }
    request->state = REQUEST_BACKING_OFF;
    request->deadline = HEAL_TIME_NEVER;
    request->due = station_later(now, draw_backoff(source, request->attempt));
    station_push(stations, request->due, STATION_RETRY, index);
}

static void tell_try(const struct stations *stations, uint32_t index, heal_time now, uint32_t lane, enum try_end how)
{
    const struct station_observer *observer = &stations->observer;

    if (observer->tried && stations->attempted) /* they come and go together */
        observer->tried(observer->context, stations->requests[index].source, lane, now, how,
                        now - stations->attempted[index]);
}

static void refused(struct stations *stations, uint32_t index, heal_time now, uint32_t lane)
{
    tell_try(stations, index, now, lane, TRY_REFUSED);
    station_release_held(stations, index, now);
    attempt_failed(stations, index, now, REQUEST_REFUSED);
}

static void enter(struct stations *stations, uint32_t index, heal_time now)
{
    if (station_enter(stations, index, now) != WAY_IN)
        refused(stations, index, now, stations->requests[index].lane);
}

/* One of the lanes by the weights of their first stations; false: all of them are 0. */
static bool draw_lane(struct stations *stations, struct source *source, uint32_t *lane)
{
    const struct station *first = &stations->stations[source->spec.route[0]];
    double sum = 0.0;

    *lane = 0;
    if (source->spec.lanes <= 1)
        return first->weight > 0.0;
    for (uint32_t i = 0; i < source->spec.lanes; i++)
        sum += first[i].weight;
    if (!(sum > 0.0))
        return false;
    double at = random_uniform(&source->lanes) * sum;
    for (uint32_t i = 0; i < source->spec.lanes; i++) {
        if (first[i].weight <= 0.0)
            continue;
        *lane = i; /* the last of some weight, should rounding leave a rest */
        if ((at -= first[i].weight) < 0.0)
            break;
    }
    return true;
}

static void begin_attempt(struct stations *stations, uint32_t index, heal_time now)
{
    struct request *request = &stations->requests[index];
    heal_duration timeout = stations->sources[request->source].spec.timeout;

    uint32_t lane;

    request->hop = 0;
    request->wrong = false;
    if (stations->attempted)
        stations->attempted[index] = now;
    if (!draw_lane(stations, &stations->sources[request->source], &lane)) {
        refused(stations, index, now, STATION_UNLIMITED);
        return;
    }
    request->lane = lane;
    request->deadline = timeout > 0 ? station_later(now, timeout) : HEAL_TIME_NEVER;
    if (timeout > 0)
        station_push(stations, request->deadline, STATION_OUT_OF_TIME, index);
    enter(stations, index, now);
}

static void begin(struct stations *stations, uint32_t index, heal_time now)
{
    struct request *request = &stations->requests[index];
    struct source *source = &stations->sources[request->source];

    source->counts.sent++;
    source->counts.under_way++;
    request->began = now;
    request->attempt = 0;
    begin_attempt(stations, index, now);
}

void client_schedule_gap(struct stations *stations, uint32_t index, heal_time now)
{
    struct source *source = &stations->sources[index];

    source->due = station_later(now, station_span(service_time_draw(&source->spec.gap, &source->gaps)));
    station_push(stations, source->due, STATION_GAP_OVER, index);
}

void client_send(struct stations *stations, uint32_t source, heal_time now)
{
    uint32_t index = request_take(stations);

    if (index == NO_REQUEST)
        return;
    stations->requests[index].source = source;
    begin(stations, index, now);
}

void client_gap_over(struct stations *stations, uint32_t source, heal_time now)
{
    client_schedule_gap(stations, source, now);
    client_send(stations, source, now);
}

void client_think(struct stations *stations, uint32_t index, heal_time now)
{
    struct request *request = &stations->requests[index];
    struct source *source = &stations->sources[request->source];

    request->state = REQUEST_THINKING;
    request->deadline = HEAL_TIME_NEVER;
    request->due = station_later(now, station_span(service_time_draw(&source->spec.gap, &source->gaps)));
    station_push(stations, request->due, STATION_THOUGHT, index);
}

void client_thought(struct stations *stations, uint32_t index, heal_time now)
{
    begin(stations, index, now);
}

void client_retry(struct stations *stations, uint32_t index, heal_time now)
{
    struct request *request = &stations->requests[index];

    request->attempt++;
    stations->sources[request->source].counts.retries++;
    begin_attempt(stations, index, now);
}

/* The attempt goes on for nobody; its client lives on in a request of its own. */
static uint32_t part(struct stations *stations, uint32_t index)
{
    uint32_t client = request_take(stations);

    if (client == NO_REQUEST)
        return NO_REQUEST;
    struct request *attempt = &stations->requests[index];
    stations->requests[client].source = attempt->source;
    stations->requests[client].began = attempt->began;
    stations->requests[client].attempt = attempt->attempt;
    attempt->orphan = true;
    attempt->deadline = HEAL_TIME_NEVER;
    stations->sources[attempt->source].counts.orphans++;
    return client;
}

void client_out_of_time(struct stations *stations, uint32_t index, heal_time now)
{
    if (stations->sources[stations->requests[index].source].spec.cancels) {
        station_cancel(stations, index, now);
        station_release_held(stations, index, now);
    } else {
        index = part(stations, index);
    }
    if (index != NO_REQUEST)
        attempt_failed(stations, index, now, REQUEST_TIMED_OUT);
}

void client_lost(struct stations *stations, uint32_t index, heal_time now)
{
    tell_try(stations, index, now, stations->requests[index].lane, TRY_DROPPED);
    attempt_failed(stations, index, now, REQUEST_REFUSED);
}

void client_onwards(struct stations *stations, uint32_t index, heal_time now)
{
    struct request *request = &stations->requests[index];

    if (++request->hop < stations->sources[request->source].spec.route_length) {
        enter(stations, index, now);
        return;
    }
    tell_try(stations, index, now, request->lane, request->orphan ? TRY_LATE : request->wrong ? TRY_WRONG : TRY_SERVED);
    station_release_held(stations, index, now);
    if (stations->requests[index].wrong)
        attempt_failed(stations, index, now, REQUEST_WRONG);
    else
        end(stations, index, now, REQUEST_SERVED);
}
