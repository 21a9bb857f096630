/* consequence.c - see consequence.h. */
#include "reports/consequence.h"

#include <stdlib.h>
#include <string.h>

/* What each resource depends on, and one walk's marks. */
struct graph {
    size_t *first; /* of r: targets[first[r]] .. targets[first[r + 1] - 1] */
    uint32_t *targets;
    size_t *seen; /* the walk in which r was last met, 1 .. */
    uint32_t *stack;
    size_t walk;
};

static void gather_targets(struct graph *graph, const struct depends_edge *edges, size_t edge_count,
                           size_t resource_count)
{
    for (size_t i = 0; i < edge_count; i++)
        graph->first[edges[i].source + 1]++;
    for (size_t r = 0; r < resource_count; r++)
        graph->first[r + 1] += graph->first[r];
    size_t *at = graph->seen; /* not in use yet */
    memcpy(at, graph->first, resource_count * sizeof *at);
    for (size_t i = 0; i < edge_count; i++)
        graph->targets[at[edges[i].source]++] = edges[i].target;
    memset(graph->seen, 0, resource_count * sizeof *graph->seen);
}

/* Marks all that `resource` depends on, itself too, with a new walk's number. */
static void walk_down(struct graph *graph, uint32_t resource)
{
    size_t depth = 0;

    graph->walk++;
    graph->seen[resource] = graph->walk;
    graph->stack[depth++] = resource;
    while (depth > 0) {
        uint32_t here = graph->stack[--depth];
        for (size_t i = graph->first[here]; i < graph->first[here + 1]; i++) {
            uint32_t next = graph->targets[i];
            if (graph->seen[next] == graph->walk)
                continue;
            graph->seen[next] = graph->walk;
            graph->stack[depth++] = next;
        }
    }
}

/* Faults of the issue's replication are faults[from .. to). */
static bool is_brought_about(struct graph *graph, const struct match_issue *issue, size_t index,
                             struct match_fault *faults, size_t from, size_t to, size_t resource_count)
{
    bool walked = false, found = false;

    for (size_t i = from; i < to && faults[i].onset <= issue->opened_at; i++) {
        if (faults[i].until < issue->opened_at || faults[i].resource >= resource_count)
            continue;
        if (!walked)
            walk_down(graph, issue->resource);
        walked = true;
        if (graph->seen[faults[i].resource] != graph->walk)
            continue;
        found = true;
        if (faults[i].issue == MATCH_NONE)
            faults[i].issue = index;
    }
    return found;
}

bool consequence_run(struct match_fault *faults, size_t fault_count, struct match_issue *issues, size_t issue_count,
                     const struct depends_edge *edges, size_t edge_count, size_t resource_count)
{
    struct graph graph = {.first = calloc(resource_count + 2, sizeof *graph.first),
                          .targets = malloc((edge_count + 1) * sizeof *graph.targets),
                          .seen = calloc(resource_count + 1, sizeof *graph.seen),
                          .stack = malloc((resource_count + 1) * sizeof *graph.stack)};
    bool good = graph.first && graph.targets && graph.seen && graph.stack;
    size_t from = 0, to = 0;

    if (good)
        gather_targets(&graph, edges, edge_count, resource_count);
    for (size_t i = 0; good && i < issue_count; i++) {
        struct match_issue *issue = &issues[i];
        while (from < fault_count && faults[from].replication < issue->replication)
            from++;
        to = to > from ? to : from;
        while (to < fault_count && faults[to].replication == issue->replication)
            to++;
        if (issue->verdict == VERDICT_FALSE && issue->resource < resource_count &&
            is_brought_about(&graph, issue, i, faults, from, to, resource_count))
            issue->verdict = VERDICT_CONSEQUENCE;
    }
    free(graph.first);
    free(graph.targets);
    free(graph.seen);
    free(graph.stack);
    return good;
}
