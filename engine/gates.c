/* gates.c - limits, pauses, one remedy at a time per line of descent, workloads
 * that stay whole, remedies that do not last, frozen resources.
 *
 * What depends on the other issues asks the few that are at work and the members of
 * the workload, never all that are open: with ten thousand waiting, each asks. */
#include "engine/gates.h"

#include "engine/calendar.h"
#include "engine/names.h"

#include <stdlib.h>

struct start {
    heal_time at;
    uint32_t resource;
};

struct fruitless {
    heal_time at;
    uint32_t resource;
    enum issue_type type;
};

struct pause {
    uint32_t resource;
    enum pause_reason reason;
    heal_time until;
};

struct gates {
    const struct policy *policy;
    const struct inventory *inventory;
    const struct dependents *dependents;
    struct start *ring; /* the last `size` starts */
    size_t size;        /* total_per_hour */
    uint64_t started;
    uint64_t *frozen;      /* bit per resource */
    uint32_t *freezes;     /* per resource: bit per policy window that freezes it */
    uint32_t *attempts;    /* per resource, since the last reset */
    heal_time *attempted;  /* the last one; INT64_MIN: none */
    heal_time *cool_until; /* per resource: its group cools down; INT64_MIN: not */
    struct fruitless fruitless[FRUITLESS_MAX];
    uint64_t fruitless_count; /* ever; a ring */
    struct pause pauses[PAUSES_MAX];
    size_t pause_count;
    uint32_t busy[BUSY_MAX];
    size_t busy_count;
};

const char *pause_reason_name(enum pause_reason reason)
{
    static const char *const NAMES[PAUSE_REASON_COUNT] = {"deploy", "upgrade", "person", "other"};
    return name_of(NAMES, PAUSE_REASON_COUNT, (size_t)reason);
}

static void find_freezes(struct gates *gates)
{
    for (uint32_t i = 0; i < inventory_resource_count(gates->inventory); i++) {
        for (size_t w = 0; w < gates->policy->window_count; w++) {
            const struct policy_window *window = &gates->policy->windows[w];
            if (window->freeze && resource_glob_match(window->resources, inventory_resource_id(gates->inventory, i)))
                gates->freezes[i] |= UINT32_C(1) << w;
        }
    }
}

struct gates *gates_create(const struct policy *policy, const struct inventory *inventory,
                           const struct dependents *dependents)
{
    size_t count = inventory_resource_count(inventory) + 1;
    struct gates *gates = calloc(1, sizeof *gates);

    if (!gates)
        return NULL;
    gates->policy = policy;
    gates->inventory = inventory;
    gates->dependents = dependents;
    gates->size = policy->limits.total_per_hour;
    gates->ring = calloc(gates->size + 1, sizeof *gates->ring);
    gates->frozen = calloc(count / 64 + 1, sizeof *gates->frozen);
    gates->freezes = calloc(count, sizeof *gates->freezes);
    gates->attempts = calloc(count, sizeof *gates->attempts);
    gates->attempted = calloc(count, sizeof *gates->attempted);
    gates->cool_until = calloc(count, sizeof *gates->cool_until);
    if (!gates->ring || !gates->frozen || !gates->freezes || !gates->attempts || !gates->attempted ||
        !gates->cool_until) {
        gates_destroy(gates);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        gates->attempted[i] = gates->cool_until[i] = INT64_MIN;
    find_freezes(gates);
    return gates;
}

void gates_destroy(struct gates *gates)
{
    if (!gates)
        return;
    free(gates->ring);
    free(gates->frozen);
    free(gates->freezes);
    free(gates->attempts);
    free(gates->attempted);
    free(gates->cool_until);
    free(gates);
}

static enum gate hourly_limits(const struct gates *gates, uint32_t resource, heal_time now)
{
    size_t total = 0, here = 0;
    uint64_t kept = gates->started < gates->size ? gates->started : gates->size;

    for (uint64_t back = 1; back <= kept; back++) {
        const struct start *start = &gates->ring[(gates->started - back) % gates->size];
        if (now - start->at >= HEAL_HOUR)
            break; /* ascending in time: all earlier ones are older */
        total++;
        here += start->resource == resource;
    }
    if (here >= gates->policy->limits.per_resource_per_hour)
        return GATE_RESOURCE_LIMIT;
    if (total >= gates->policy->limits.total_per_hour)
        return GATE_TOTAL_LIMIT;
    return GATE_NONE;
}

static bool one_line(const struct gates *gates, uint32_t a, uint32_t b)
{
    return hangs_on(gates->inventory, a, b) || hangs_on(gates->inventory, b, a);
}

bool gates_busy(const struct gates *gates, struct issue_book *book, uint32_t resource, const struct open_issue *except)
{
    for (size_t i = 0; i < gates->busy_count; i++) {
        if (one_line(gates, resource, gates->busy[i]))
            return true;
    }
    for (size_t i = 0; i < issue_book_working(book); i++) {
        const struct open_issue *other = issue_book_worker(book, i);
        if (other != except && one_line(gates, resource, other->resource))
            return true;
    }
    return false;
}

static bool is_sick(struct issue_book *book, uint32_t resource)
{
    for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++) {
        const struct open_issue *issue = issue_book_find(book, resource, (enum issue_type)type);
        if (issue && issue->closed_at == HEAL_TIME_NEVER)
            return true;
    }
    return false;
}

/* Members of the workload on which something is wrong; each once. */
static size_t sick_members(const struct gates *gates, struct issue_book *book, uint32_t owner)
{
    size_t count, sick = 0;
    const struct dependent *list = dependents_of(gates->dependents, owner, &count);

    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && list[i].resource == list[i - 1].resource && list[i].relation == list[i - 1].relation;
        sick += !again && list[i].relation == RELATION_OWNED_BY &&
                inventory_target(gates->inventory, list[i].resource, RELATION_OWNED_BY) == owner &&
                is_sick(book, list[i].resource);
    }
    return sick;
}

/* Other members at which something works; each once. */
static size_t touched_members(const struct gates *gates, struct issue_book *book, uint32_t owner, uint32_t except)
{
    size_t touched = 0;

    for (size_t i = 0; i < issue_book_working(book); i++) {
        uint32_t resource = issue_book_worker(book, i)->resource;
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again |= issue_book_worker(book, k)->resource == resource;
        touched +=
            !again && resource != except && inventory_target(gates->inventory, resource, RELATION_OWNED_BY) == owner;
    }
    return touched;
}

/* The workload of `issue`: is enough of it well, and not too much being touched? */
static enum gate workload_gate(struct gates *gates, struct issue_book *book, const struct open_issue *issue,
                               heal_time now, bool by_hand)
{
    const struct policy_guards *guards = &gates->policy->guards;
    uint32_t owner = inventory_target(gates->inventory, issue->resource, RELATION_OWNED_BY);

    if (owner == RESOURCE_NONE || (guards->min_healthy <= 0.0 && guards->max_touched >= 1.0))
        return GATE_NONE;
    size_t members = dependents_members(gates->dependents, owner);
    size_t touched = touched_members(gates, book, owner, issue->resource);
    double most = guards->max_touched * (double)members;
    if (touched > 0 && (double)(touched + 1) > most)
        return GATE_BLAST_RADIUS;
    if (by_hand || members < guards->group_min)
        return GATE_NONE;
    size_t sick = sick_members(gates, book, owner);
    if ((double)(members - sick) >= guards->min_healthy * (double)members)
        return GATE_NONE;
    gates_note_storm(gates, owner, now);
    return GATE_MIN_HEALTHY;
}

static enum gate others_at_work(struct gates *gates, struct issue_book *book, const struct open_issue *issue)
{
    size_t busy = gates->busy_count;

    if (gates_busy(gates, book, issue->resource, issue))
        return GATE_RESOURCE_BUSY;
    busy += issue_book_working(book) - phase_is_at_work(issue->remediation.phase);
    return busy >= gates->policy->limits.concurrent ? GATE_CONCURRENT_LIMIT : GATE_NONE;
}

static bool cools_down(const struct gates *gates, uint32_t resource, heal_time now)
{
    uint32_t above[ANCESTORS_MAX];
    size_t count = ancestors_of(gates->inventory, resource, above, ANCESTORS_MAX);

    for (size_t i = 0; i < count; i++) {
        if (gates->cool_until[above[i]] > now)
            return true;
    }
    return false;
}

static bool is_futile(const struct gates *gates, uint32_t resource, enum issue_type type, heal_time now)
{
    const struct policy_guards *guards = &gates->policy->guards;
    uint64_t kept = gates->fruitless_count < FRUITLESS_MAX ? gates->fruitless_count : FRUITLESS_MAX;
    uint32_t times = 0;

    if (guards->futile_after == 0)
        return false;
    for (uint64_t back = 1; back <= kept; back++) {
        const struct fruitless *one = &gates->fruitless[(gates->fruitless_count - back) % FRUITLESS_MAX];
        if (now - one->at >= guards->futile_within)
            break;
        times += one->resource == resource && one->type == type;
    }
    return times >= guards->futile_after;
}

enum gate gates_closed_for(const struct gates *gates, uint32_t resource, heal_time now)
{
    for (size_t i = 0; i < gates->pause_count; i++) {
        const struct pause *pause = &gates->pauses[i];
        if (pause->until > now &&
            (pause->resource == RESOURCE_NONE || hangs_on(gates->inventory, resource, pause->resource)))
            return GATE_PAUSED;
    }
    for (size_t w = 0; gates->freezes[resource] != 0 && w < gates->policy->window_count; w++) {
        if ((gates->freezes[resource] >> w & 1) && window_is_open(&gates->policy->windows[w], now))
            return GATE_MAINTENANCE;
    }
    return GATE_NONE;
}

enum gate gates_check(struct gates *gates, struct issue_book *book, const struct open_issue *issue, heal_time now,
                      enum gate_scope scope)
{
    bool by_hand = scope == GATES_BY_HAND;
    enum gate gate = GATE_NONE;

    if (!gates->policy->auto_remediation && !by_hand)
        return GATE_AUTO_REMEDIATION_OFF;
    if (!by_hand && gates_is_frozen(gates, issue->resource))
        return GATE_FROZEN;
    if (!by_hand)
        gate = gates_closed_for(gates, issue->resource, now);
    if (gate == GATE_NONE && !by_hand && !gates_has_attempts(gates, issue->resource, now))
        gate = GATE_ATTEMPTS;
    if (gate == GATE_NONE && scope == GATES_START && is_futile(gates, issue->resource, issue->type, now))
        gate = GATE_FUTILE;
    if (gate == GATE_NONE)
        gate = others_at_work(gates, book, issue);
    if (gate == GATE_NONE)
        gate = workload_gate(gates, book, issue, now, by_hand || scope == GATES_AGAIN);
    if (gate == GATE_NONE && scope == GATES_START && cools_down(gates, issue->resource, now))
        gate = GATE_STORM;
    if (gate == GATE_NONE && scope == GATES_START)
        gate = hourly_limits(gates, issue->resource, now);
    return gate;
}

void gates_note_start(struct gates *gates, uint32_t resource, heal_time now)
{
    if (gates->size == 0) /* a person started it past a limit of none */
        return;
    gates->ring[gates->started % gates->size] = (struct start){now, resource};
    gates->started++;
}

static bool was_reset(const struct gates *gates, uint32_t resource, heal_time now)
{
    heal_duration reset = gates->policy->guards.attempts_reset;
    return gates->attempted[resource] == INT64_MIN || (reset > 0 && now - gates->attempted[resource] >= reset);
}

bool gates_has_attempts(const struct gates *gates, uint32_t resource, heal_time now)
{
    uint32_t used = was_reset(gates, resource, now) ? 0 : gates->attempts[resource];
    return used < gates->policy->guards.attempts_per_resource;
}

void gates_note_attempt(struct gates *gates, uint32_t resource, heal_time now)
{
    if (was_reset(gates, resource, now))
        gates->attempts[resource] = 0;
    gates->attempts[resource]++;
    gates->attempted[resource] = now;
}

void gates_note_fruitless(struct gates *gates, uint32_t resource, enum issue_type type, heal_time now)
{
    gates->fruitless[gates->fruitless_count++ % FRUITLESS_MAX] = (struct fruitless){now, resource, type};
}

void gates_note_storm(struct gates *gates, uint32_t root, heal_time now)
{
    gates->cool_until[root] = now + gates->policy->guards.storm_cool_down;
}

void gates_freeze(struct gates *gates, uint32_t resource)
{
    gates->frozen[resource / 64] |= UINT64_C(1) << (resource % 64);
}

bool gates_is_frozen(const struct gates *gates, uint32_t resource)
{
    return gates->frozen[resource / 64] >> (resource % 64) & 1;
}

bool gates_thaw(struct gates *gates, uint32_t resource)
{
    bool was = gates_is_frozen(gates, resource);
    gates->frozen[resource / 64] &= ~(UINT64_C(1) << (resource % 64));
    return was;
}

bool gates_resume(struct gates *gates, uint32_t resource)
{
    for (size_t i = 0; i < gates->pause_count; i++) {
        if (gates->pauses[i].resource != resource)
            continue;
        gates->pauses[i] = gates->pauses[--gates->pause_count];
        return true;
    }
    return false;
}

bool gates_pause(struct gates *gates, uint32_t resource, enum pause_reason reason, heal_time until)
{
    gates_resume(gates, resource);
    if (gates->pause_count == PAUSES_MAX)
        return false;
    gates->pauses[gates->pause_count++] = (struct pause){resource, reason, until};
    return true;
}

bool gates_occupy(struct gates *gates, uint32_t resource)
{
    if (gates->busy_count == BUSY_MAX)
        return false;
    gates->busy[gates->busy_count++] = resource;
    return true;
}

void gates_leave(struct gates *gates, uint32_t resource)
{
    for (size_t i = 0; i < gates->busy_count; i++) {
        if (gates->busy[i] != resource)
            continue;
        gates->busy[i] = gates->busy[--gates->busy_count];
        return;
    }
}

struct gates_memory gates_memory(struct gates *gates)
{
    return (struct gates_memory){gates->attempts, gates->attempted, gates->frozen,
                                 inventory_resource_count(gates->inventory)};
}
