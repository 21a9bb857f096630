/* response.c - see response.h. */
#include "reports/response.h"

#include <stdlib.h>

static bool before(const struct run_repair *repair, uint32_t replication, uint32_t resource, heal_time at)
{
    if (repair->replication != replication)
        return repair->replication < replication;
    if (repair->resource != resource)
        return repair->resource < resource;
    return repair->at < at;
}

/* The first repair of `resource` at or after `at`, or NULL. */
static const struct run_repair *find_repair(const struct run_data *data, uint32_t replication, uint32_t resource,
                                            heal_time at)
{
    size_t low = 0, high = data->repair_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (before(&data->repairs[middle], replication, resource, at))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == data->repair_count || data->repairs[low].replication != replication ||
        data->repairs[low].resource != resource)
        return NULL;
    return &data->repairs[low];
}

static struct response by_operator(const struct run_data *data, const struct match_issue *issue)
{
    heal_time over = issue->good_count > 0 ? issue->good[issue->good_count - 1] : HEAL_TIME_NEVER;
    const struct run_repair *repair = find_repair(data, issue->replication, issue->resource, issue->opened_at);

    if (!repair && issue->fault != MATCH_NONE)
        repair = find_repair(data, issue->replication, data->faults[issue->fault].resource, issue->opened_at);
    if (!repair || repair->at > over)
        return (struct response){HEAL_TIME_NEVER, HEAL_TIME_NEVER, false};
    return (struct response){repair->at, repair->ended_at, true};
}

struct response *responses_create(const struct run_data *data)
{
    struct response *responses = malloc((data->issue_count + 1) * sizeof *responses);

    if (!responses)
        return NULL;
    for (size_t i = 0; i < data->issue_count; i++)
        responses[i] = (struct response){HEAL_TIME_NEVER, HEAL_TIME_NEVER, false};
    for (size_t i = 0; i < data->remediation_count; i++) {
        const struct run_remediation *remediation = &data->remediations[i];
        struct response *response = &responses[remediation->issue];

        if (remediation->first_action < response->at) /* set above; NOLINT(clang-analyzer-core.*) */
            *response = (struct response){remediation->first_action, remediation->last_action_ended, false};
    }
    for (size_t i = 0; i < data->issue_count; i++)
        if (responses[i].at == HEAL_TIME_NEVER)
            responses[i] = by_operator(data, &data->issues[i]);
    return responses;
}
