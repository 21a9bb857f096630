/* matching.c - see matching.h. */
#include "reports/matching.h"

#include <stdlib.h>
#include <string.h>

static const size_t END = SIZE_MAX;

/* Lists of active faults: one per resource, and one, at [resource_count], of those
 * that may be anywhere. next[] threads the faults; a fault is in one list. */
struct sweep {
    struct match_fault *faults;
    struct match_issue *issues;
    size_t resource_count;
    size_t *heads;
    size_t *next;
    size_t *first_neighbour; /* neighbours of r: [first_neighbour[r], first_neighbour[r + 1]) */
    uint32_t *neighbours;
};

/* Both directions of every edge, gathered by resource (a counting sort). */
static void gather_neighbours(struct sweep *sweep, const struct match_edge *edges, size_t edge_count)
{
    size_t *first = sweep->first_neighbour;

    for (size_t i = 0; i < edge_count; i++) {
        first[edges[i].a + 1]++;
        first[edges[i].b + 1]++;
    }
    for (size_t r = 0; r < sweep->resource_count; r++)
        first[r + 1] += first[r];
    for (size_t i = edge_count; i-- > 0;) {
        sweep->neighbours[--first[edges[i].a + 1]] = edges[i].b;
        sweep->neighbours[--first[edges[i].b + 1]] = edges[i].a;
    }
    /* Each first[r + 1] has been counted down to where r begins. */
    memmove(first, first + 1, sweep->resource_count * sizeof *first);
    first[sweep->resource_count] = 2 * edge_count;
}

static void note_recovery(struct match_fault *fault, const struct match_issue *issue)
{
    size_t low = 0, high = issue->good_count;

    if (fault->end == HEAL_TIME_NEVER || issue->good_count == 0)
        return;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (issue->good[middle] < fault->end)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == issue->good_count) {
        if (fault->recovered == HEAL_TIME_NEVER)
            fault->recovered = fault->end;
    } else if (!fault->seen_good || issue->good[low] < fault->recovered) {
        fault->recovered = issue->good[low];
        fault->seen_good = true;
    }
}

static void match_pair(struct sweep *sweep, size_t fault_index, size_t issue_index)
{
    struct match_fault *fault = &sweep->faults[fault_index];
    struct match_issue *issue = &sweep->issues[issue_index];

    if (fault->type != ISSUE_NONE && fault->type != issue->type)
        return;
    if (issue->fault == MATCH_NONE || (fault->counted && issue->verdict == VERDICT_SUSPECT))
        issue->fault = fault_index;
    if (fault->counted)
        issue->verdict = VERDICT_HIT;
    else if (issue->verdict == VERDICT_FALSE)
        issue->verdict = VERDICT_SUSPECT;
    if (fault->issue == MATCH_NONE)
        fault->issue = issue_index;
    note_recovery(fault, issue);
}

/* Walks one list, dropping what is over. */
static void match_list(struct sweep *sweep, size_t list, size_t issue_index)
{
    heal_time now = sweep->issues[issue_index].opened_at;
    size_t *link = &sweep->heads[list];

    while (*link != END) {
        size_t fault = *link;

        if (sweep->faults[fault].until < now) {
            *link = sweep->next[fault];
            continue;
        }
        match_pair(sweep, fault, issue_index);
        link = &sweep->next[fault];
    }
}

static void match_issue(struct sweep *sweep, size_t index)
{
    uint32_t resource = sweep->issues[index].resource;

    match_list(sweep, sweep->resource_count, index);
    if (resource >= sweep->resource_count)
        return;
    match_list(sweep, resource, index);
    for (size_t i = sweep->first_neighbour[resource]; i < sweep->first_neighbour[resource + 1]; i++)
        match_list(sweep, sweep->neighbours[i], index);
}

static void activate(struct sweep *sweep, size_t index)
{
    const struct match_fault *fault = &sweep->faults[index];
    size_t list = fault->anywhere ? sweep->resource_count : fault->resource;

    if (list > sweep->resource_count)
        return; /* of a resource that nobody watches */
    sweep->next[index] = sweep->heads[list];
    sweep->heads[list] = index;
}

static void sweep_all(struct sweep *sweep, size_t fault_count, size_t issue_count)
{
    size_t fault = 0;

    for (size_t i = 0; i < issue_count; i++) {
        const struct match_issue *issue = &sweep->issues[i];

        if (i == 0 || issue->replication != sweep->issues[i - 1].replication) {
            memset(sweep->heads, 0xff, (sweep->resource_count + 1) * sizeof *sweep->heads);
            while (fault < fault_count && sweep->faults[fault].replication < issue->replication)
                fault++;
        }
        for (; fault < fault_count && sweep->faults[fault].replication == issue->replication &&
               sweep->faults[fault].onset <= issue->opened_at;
             fault++)
            activate(sweep, fault);
        match_issue(sweep, i);
    }
}

static void clear_results(struct sweep *sweep, size_t fault_count, size_t issue_count)
{
    for (size_t i = 0; i < fault_count; i++) {
        sweep->faults[i].issue = MATCH_NONE;
        sweep->faults[i].recovered = HEAL_TIME_NEVER;
        sweep->faults[i].seen_good = false;
    }
    for (size_t i = 0; i < issue_count; i++) {
        sweep->issues[i].verdict = VERDICT_FALSE;
        sweep->issues[i].fault = MATCH_NONE;
    }
}

bool matching_run(struct match_fault *faults, size_t fault_count, struct match_issue *issues, size_t issue_count,
                  const struct match_edge *edges, size_t edge_count, size_t resource_count)
{
    struct sweep sweep = {.faults = faults, .issues = issues, .resource_count = resource_count};
    bool done;

    sweep.heads = malloc((resource_count + 1) * sizeof *sweep.heads);
    sweep.next = malloc((fault_count + 1) * sizeof *sweep.next);
    sweep.first_neighbour = calloc(resource_count + 2, sizeof *sweep.first_neighbour);
    sweep.neighbours = malloc((2 * edge_count + 1) * sizeof *sweep.neighbours);
    done = sweep.heads && sweep.next && sweep.first_neighbour && sweep.neighbours;
    if (done) {
        clear_results(&sweep, fault_count, issue_count);
        gather_neighbours(&sweep, edges, edge_count);
        sweep_all(&sweep, fault_count, issue_count);
    }
    free(sweep.heads);
    free(sweep.next);
    free(sweep.first_neighbour);
    free(sweep.neighbours);
    return done;
}
