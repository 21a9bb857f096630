/* grouping.c - the graph of dependence in rows, ranks, and a search that starts at the echo. */
#include "engine/grouping.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16 };

struct grouping {
    const struct inventory *inventory;
    size_t count;
    uint32_t *first;        /* count + 1: where a resource's row of targets starts */
    uint32_t *target;       /* what it depends on */
    uint32_t *callee;       /* of a link; RESOURCE_NONE for all else */
    uint32_t *beside;       /* of a link: the next one into the same callee, in a ring */
    uint32_t *caller_first; /* count + 1: where a link's row of callers starts */
    uint32_t *caller;
    uint8_t *rank;     /* hops to the deepest thing it depends on, at most DEPTH_MAX */
    uint32_t *met;     /* in which search, */
    uint8_t *distance; /* and how far from its start */
    uint32_t search;
    uint32_t *queue;
    uint32_t *order;
    size_t edge_count, edge_room;
    struct dependence *edges; /* while building */
};

struct dependence {
    uint32_t from, to;
};

static bool add_edge(struct grouping *grouping, uint32_t from, uint32_t to)
{
    if (grouping->edge_count == grouping->edge_room) {
        size_t room = grouping->edge_room ? 2 * grouping->edge_room : 64;
        struct dependence *edges = realloc(grouping->edges, room * sizeof *edges);
        if (!edges)
            return false;
        grouping->edges = edges;
        grouping->edge_room = room;
    }
    grouping->edges[grouping->edge_count++] = (struct dependence){from, to};
    return true;
}

/* The edges that are there: of owned_by the owner depends on what it owns. */
static bool add_known(struct grouping *grouping)
{
    size_t count;
    const struct inventory_edge *edges = inventory_edges(grouping->inventory, &count);
    bool whole = true;

    for (size_t i = 0; whole && i < count; i++) {
        bool owned = edges[i].relation == RELATION_OWNED_BY;
        whole =
            add_edge(grouping, owned ? edges[i].target : edges[i].source, owned ? edges[i].source : edges[i].target);
    }
    return whole;
}

/* `kind/namespace/` of an id, and the name behind it. */
static const char *name_of_id(const char *id)
{
    const char *slash = strchr(id, '/');
    slash = slash ? strchr(slash + 1, '/') : NULL;
    return slash ? slash + 1 : id;
}

/* The pod `pod` is of the service called name[0 .. length) in the same namespace. */
static bool is_of_service(const char *pod, const char *other, const char *name, size_t length)
{
    const char *pod_space = strchr(pod, '/'), *space = strchr(other, '/');
    const char *pod_name = name_of_id(pod);
    size_t space_length = (size_t)(pod_name - pod_space);

    return space_length == (size_t)(name_of_id(other) - space) && strncmp(pod_space, space, space_length) == 0 &&
           strncmp(pod_name, name, length) == 0 && (pod_name[length] == '\0' || pod_name[length] == '-');
}

/* link/NS/A-B: pods of A depend on it, where the name has that A. */
static bool add_callers(struct grouping *grouping, uint32_t link, const uint32_t *pods, size_t pod_count)
{
    const char *id = inventory_resource_id(grouping->inventory, link), *name = name_of_id(id);

    for (size_t i = 0; i < pod_count; i++) {
        const char *pod = inventory_resource_id(grouping->inventory, pods[i]);
        bool calls = false;
        for (const char *dash = strchr(name, '-'); dash && !calls; dash = strchr(dash + 1, '-'))
            calls = is_of_service(pod, id, name, (size_t)(dash - name));
        if (calls && pods[i] != grouping->callee[link] && !add_edge(grouping, pods[i], link))
            return false;
    }
    return true;
}

/* A workload that owns nothing by the topology has the pods with its name. */
static bool add_owned(struct grouping *grouping, uint32_t workload, const uint32_t *pods, size_t pod_count)
{
    const char *id = inventory_resource_id(grouping->inventory, workload), *name = name_of_id(id);

    for (size_t i = 0; i < pod_count; i++) {
        const char *pod = inventory_resource_id(grouping->inventory, pods[i]);
        if (is_of_service(pod, id, name, strlen(name)) && !add_edge(grouping, workload, pods[i]))
            return false;
    }
    return true;
}

/* By name only where few things have names to be compared. */
enum { NAMED_MAX = 1 << 24 };

static bool add_named(struct grouping *grouping)
{
    size_t pod_count = 0, other_count = 0;
    uint32_t *pods = malloc(grouping->count * sizeof *pods);
    bool whole = pods != NULL;

    for (uint32_t i = 0; whole && i < grouping->count; i++) {
        if (inventory_has_kind(grouping->inventory, i, "pod"))
            pods[pod_count++] = i;
        other_count += inventory_has_kind(grouping->inventory, i, "link") ||
                       inventory_has_kind(grouping->inventory, i, "workload");
    }
    for (uint32_t i = 0; whole && pod_count * other_count <= NAMED_MAX && i < grouping->count; i++) {
        if (inventory_has_kind(grouping->inventory, i, "link"))
            whole = add_callers(grouping, i, pods, pod_count);
        else if (inventory_has_kind(grouping->inventory, i, "workload"))
            whole = add_owned(grouping, i, pods, pod_count);
    }
    free(pods);
    return whole;
}

/* Rows by counting sort, which keeps the order of the edges. */
static bool lay_rows(struct grouping *grouping)
{
    grouping->target = calloc(grouping->edge_count + 1, sizeof *grouping->target);
    if (!grouping->target)
        return false;
    for (size_t i = 0; i < grouping->edge_count; i++)
        grouping->first[grouping->edges[i].from + 1]++;
    for (size_t i = 0; i < grouping->count; i++)
        grouping->first[i + 1] += grouping->first[i];
    for (size_t i = grouping->edge_count; i-- > 0;)
        grouping->target[--grouping->first[grouping->edges[i].from + 1]] = grouping->edges[i].to;
    memmove(grouping->first, grouping->first + 1, grouping->count * sizeof *grouping->first);
    grouping->first[grouping->count] = (uint32_t)grouping->edge_count;
    free(grouping->edges);
    grouping->edges = NULL;
    return true;
}

/* Longest ways down; a cycle ends at DEPTH_MAX. */
static void set_ranks(struct grouping *grouping)
{
    bool moved = true;

    for (int round = 0; moved && round < DEPTH_MAX; round++) {
        moved = false;
        for (size_t i = 0; i < grouping->count; i++) {
            for (uint32_t at = grouping->first[i]; at < grouping->first[i + 1]; at++) {
                uint8_t rank = (uint8_t)(grouping->rank[grouping->target[at]] + 1);
                if (rank > grouping->rank[i] && rank <= DEPTH_MAX) {
                    grouping->rank[i] = rank;
                    moved = true;
                }
            }
        }
    }
}

/* Who calls over a link: its rows turned round, by counting. */
static bool lay_callers(struct grouping *grouping)
{
    size_t calls = 0;

    for (uint32_t from = 0; from < grouping->count; from++) {
        for (uint32_t at = grouping->first[from]; at < grouping->first[from + 1]; at++) {
            bool over = grouping->callee[grouping->target[at]] != RESOURCE_NONE;
            grouping->caller_first[grouping->target[at] + 1] += over;
            calls += over;
        }
    }
    grouping->caller = calloc(calls + 1, sizeof *grouping->caller);
    if (!grouping->caller)
        return false;
    for (size_t i = 0; i < grouping->count; i++)
        grouping->caller_first[i + 1] += grouping->caller_first[i];
    for (uint32_t from = (uint32_t)grouping->count; from-- > 0;) {
        for (uint32_t at = grouping->first[from]; at < grouping->first[from + 1]; at++) {
            if (grouping->callee[grouping->target[at]] != RESOURCE_NONE)
                grouping->caller[--grouping->caller_first[grouping->target[at] + 1]] = from;
        }
    }
    memmove(grouping->caller_first, grouping->caller_first + 1, grouping->count * sizeof *grouping->caller_first);
    grouping->caller_first[grouping->count] = (uint32_t)calls;
    return true;
}

/* Rings of the links into one callee; the queue, not yet in use, tells each one's last. */
static void lay_rings(struct grouping *grouping)
{
    uint32_t *last = grouping->queue;

    for (uint32_t i = 0; i < grouping->count; i++)
        last[i] = RESOURCE_NONE;
    for (uint32_t i = 0; i < grouping->count; i++) {
        uint32_t callee = grouping->callee[i];
        grouping->beside[i] = i;
        if (callee == RESOURCE_NONE)
            continue;
        if (last[callee] != RESOURCE_NONE) {
            grouping->beside[i] = grouping->beside[last[callee]];
            grouping->beside[last[callee]] = i;
        }
        last[callee] = i;
    }
}

struct grouping *grouping_create(const struct inventory *inventory)
{
    struct grouping *grouping = calloc(1, sizeof *grouping);

    if (!grouping)
        return NULL;
    grouping->inventory = inventory;
    grouping->count = inventory_resource_count(inventory);
    grouping->first = calloc(grouping->count + 2, sizeof *grouping->first);
    grouping->callee = calloc(grouping->count, sizeof *grouping->callee);
    grouping->caller_first = calloc(grouping->count + 2, sizeof *grouping->caller_first);
    grouping->beside = calloc(grouping->count, sizeof *grouping->beside);
    grouping->rank = calloc(grouping->count, sizeof *grouping->rank);
    grouping->met = calloc(grouping->count, sizeof *grouping->met);
    grouping->distance = calloc(grouping->count, sizeof *grouping->distance);
    grouping->queue = calloc(grouping->count, sizeof *grouping->queue);
    grouping->order = calloc(inventory_series_count(inventory), sizeof *grouping->order);
    bool whole = grouping->first && grouping->callee && grouping->caller_first && grouping->beside && grouping->rank &&
                 grouping->met && grouping->distance && grouping->queue && grouping->order;
    for (uint32_t i = 0; whole && i < grouping->count; i++)
        grouping->callee[i] =
            inventory_has_kind(inventory, i, "link") ? inventory_target(inventory, i, RELATION_CALLS) : RESOURCE_NONE;
    if (!whole || !add_known(grouping) || !add_named(grouping) || !lay_rows(grouping) || !lay_callers(grouping)) {
        grouping_destroy(grouping);
        return NULL;
    }
    set_ranks(grouping);
    lay_rings(grouping);
    return grouping;
}

void grouping_destroy(struct grouping *grouping)
{
    if (!grouping)
        return;
    free(grouping->first);
    free(grouping->target);
    free(grouping->callee);
    free(grouping->beside);
    free(grouping->caller_first);
    free(grouping->caller);
    free(grouping->rank);
    free(grouping->met);
    free(grouping->distance);
    free(grouping->queue);
    free(grouping->order);
    free(grouping->edges);
    free(grouping);
}

const uint32_t *grouping_order(struct grouping *grouping, const struct detector_event *events, size_t count)
{
    size_t placed = 0;

    for (unsigned rank = 0; placed < count && rank <= DEPTH_MAX; rank++) {
        for (uint32_t i = 0; i < count; i++) {
            if (grouping->rank[inventory_series_resource(grouping->inventory, events[i].series)] == rank)
                grouping->order[placed++] = i;
        }
    }
    return grouping->order;
}

/* Queues all that `resource` depends on, itself first, with how far off it is. Returns how
 * many. */
static size_t search_down(struct grouping *grouping, uint32_t resource)
{
    size_t head = 0, tail = 0;

    grouping->search++;
    grouping->met[resource] = grouping->search;
    grouping->distance[resource] = 0;
    grouping->queue[tail++] = resource;
    while (head < tail) {
        uint32_t at = grouping->queue[head++];
        for (uint32_t i = grouping->first[at]; grouping->distance[at] < DEPTH_MAX && i < grouping->first[at + 1]; i++) {
            uint32_t next = grouping->target[i];
            if (grouping->met[next] == grouping->search)
                continue;
            grouping->met[next] = grouping->search;
            grouping->distance[next] = (uint8_t)(grouping->distance[at] + 1);
            grouping->queue[tail++] = next;
        }
    }
    return tail;
}

static bool links_into_the_same(const struct grouping *grouping, uint32_t a, uint32_t b)
{
    return grouping->callee[a] != RESOURCE_NONE && grouping->callee[a] == grouping->callee[b];
}

/* The pods at one end of a link, as one type's symptoms have them. */
struct end {
    double worst; /* value that stands out by most of its own median; NaN: none does */
    double by;
    size_t seen, sick; /* pods with a sample; and those nearer to the worst than to their own median */
};

static void look_at(const struct grouping *grouping, const struct detector *detector, const double *frame,
                    uint32_t resource, enum issue_type type, bool count_sick, struct end *end)
{
    size_t count;
    const uint32_t *series = inventory_resource_series(grouping->inventory, resource, &count);
    bool seen = false, sick = false;

    for (size_t i = 0; i < count; i++) {
        const struct policy_rule *rule = detector_rule(detector, series[i]);
        double value = frame[series[i]], median = detector_median(detector, series[i]);
        if (!rule || !rule->symptom || rule->counter || rule->issue != type || isnan(value) || isnan(median))
            continue;
        seen = true;
        sick = sick || fabs(value - end->worst) < fabs(value - median);
        if (!count_sick && detector_stands_out(detector, series[i], value) && !(fabs(value - median) <= end->by)) {
            end->worst = value;
            end->by = fabs(value - median);
        }
    }
    end->seen += count_sick && seen;
    end->sick += count_sick && sick;
}

/* Few of the pods, and not none, are sick: of `pods` those that call over the link
 * (`callers`) or that its callee owns. */
static bool is_in_few(const struct grouping *grouping, const struct detector *detector, const double *frame,
                      uint32_t link, enum issue_type type, bool callers)
{
    uint32_t whose = callers ? link : grouping->callee[link];
    struct end end = {.worst = NAN, .by = NAN};

    for (int pass = 0; pass < 2; pass++) {
        const uint32_t *rows = callers ? grouping->caller_first : grouping->first;
        for (uint32_t at = rows[whose]; at < rows[whose + 1]; at++) {
            uint32_t pod = callers ? grouping->caller[at] : grouping->target[at];
            if (callers || inventory_target(grouping->inventory, pod, RELATION_OWNED_BY) == whose)
                look_at(grouping, detector, frame, pod, type, pass == 1, &end);
        }
        if (isnan(end.worst))
            return false;
    }
    return 2 * end.sick < end.seen;
}

bool grouping_is_at_an_end(const struct grouping *grouping, const struct detector *detector, const double *frame,
                           uint32_t link, enum issue_type type)
{
    return grouping->callee[link] != RESOURCE_NONE && (is_in_few(grouping, detector, frame, link, type, true) ||
                                                       is_in_few(grouping, detector, frame, link, type, false));
}

struct root {
    struct open_issue *issue; /* NULL: none yet */
    int depth;
};

/* The deeper of the two, of the same depth the older. */
static void take_deeper(struct root *root, struct open_issue *issue, int depth)
{
    if (!issue || issue->closed_at != HEAL_TIME_NEVER)
        return;
    if (!root->issue || depth > root->depth || (depth == root->depth && issue->id < root->issue->id))
        *root = (struct root){issue, depth};
}

/* Asks what is downstream, never all that are open: with ten thousand slow at once, each
 * of them asks. */
struct open_issue *grouping_root(struct grouping *grouping, struct issue_book *book, uint32_t resource,
                                 enum issue_type type)
{
    struct root root = {0};
    size_t met = search_down(grouping, resource);

    for (size_t i = 1; i < met; i++) {
        uint32_t at = grouping->queue[i];
        bool beside = links_into_the_same(grouping, resource, at);
        for (unsigned t = 0; t < ISSUE_TYPE_COUNT; t++)
            take_deeper(&root, issue_book_find(book, at, (enum issue_type)t),
                        beside && t == type ? 1 : grouping->distance[at]);
    }
    for (uint32_t at = grouping->beside[resource]; at != resource; at = grouping->beside[at])
        take_deeper(&root, issue_book_find(book, at, type), 1);
    return root.issue;
}
