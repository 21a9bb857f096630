/* incidents.c - every episode against every fault: tens of each, not thousands. */
#include "reports/incidents.h"

#include <stdint.h>

static bool on_right_resource(const struct incident *incident, const struct episode *episode,
                              const struct inventory *inventory)
{
    if (incident->resource == RESOURCE_NONE)
        return false;
    if (episode->resource == incident->resource)
        return true;
    return episode->type == ISSUE_NETWORK_LATENCY && incident->type == ISSUE_NETWORK_LATENCY &&
           inventory_target(inventory, episode->resource, RELATION_CALLS) == incident->resource &&
           inventory_resource_id(inventory, episode->resource)[0] == 'l'; /* link/... */
}

static void meet(struct incident *incident, const struct episode *episode, size_t index,
                 const struct inventory *inventory, heal_duration within)
{
    bool in_time = episode->at <= incident->onset + within;
    bool right_type = incident->type == ISSUE_NONE || incident->type == episode->type;

    if (incident->any == SIZE_MAX)
        incident->any = index;
    if (incident->episode == SIZE_MAX && in_time && right_type && on_right_resource(incident, episode, inventory))
        incident->episode = index;
}

void incidents_match(struct incident *incidents, size_t incident_count, struct episode *episodes, size_t episode_count,
                     const struct inventory *inventory, heal_duration within, heal_duration grace)
{
    for (size_t k = 0; k < incident_count; k++)
        incidents[k].episode = incidents[k].any = SIZE_MAX;
    for (size_t i = 0; i < episode_count; i++) {
        struct episode *episode = &episodes[i];
        bool fault = false, suspect = false;
        for (size_t k = 0; k < incident_count; k++) {
            struct incident *incident = &incidents[k];
            bool beside = incident->resource != RESOURCE_NONE &&
                          inventory_related(inventory, incident->resource, episode->resource);
            if (!beside || episode->at < incident->onset || episode->at > incident->end + grace)
                continue;
            fault |= incident->counted;
            suspect |= !incident->counted;
            meet(incident, episode, i, inventory, within);
        }
        episode->is_false = !fault && !suspect;
        episode->on_suspect = !fault && suspect;
    }
}
