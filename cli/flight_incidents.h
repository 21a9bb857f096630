/* flight_incidents.h - a flight under two policies, incident by incident.
 *
 * An incident is an issue; issues of the same type and resource that open within an hour of
 * each other are one incident. It went better where the first remedy came sooner (or there was
 * one at all), else where it was seen sooner, else where it was over sooner.
 *
 * What the recording can answer: all up to the first action that only one of the policies took,
 * or took elsewhere or at another time. After it the metrics are those of what was done then,
 * not of what would have been done, and an answer is only as good as the model that nothing else
 * would have changed.
 */
#ifndef SELFHEAL_CLI_FLIGHT_INCIDENTS_H
#define SELFHEAL_CLI_FLIGHT_INCIDENTS_H

#include "engine/inventory.h"
#include "engine/journal.h"

#include <stdio.h>

struct flight_incident {
    uint64_t issue;
    enum issue_type type;
    uint32_t resource;
    char id[160];                    /* of the resource, its end cut off when longer */
    heal_time opened, acted, closed; /* acted: first attempt, or its plan; HEAL_TIME_NEVER: not */
    bool taken;                      /* into a pair */
};

/* What one course of the flight did. Zero-initialise; clear in any case. */
struct flight_incidents {
    struct flight_incident *items;
    size_t count, room;
    struct flight_act {
        heal_time at;
        enum action_kind kind;
        uint32_t resource;
    } * acts; /* actions that went out, in order */
    size_t act_count, act_room;
    bool out_of_memory;
};

/* `inventory` names the resources; NULL: they have no names. */
void flight_incidents_take(struct flight_incidents *incidents, const struct decision *decision,
                           const struct inventory *inventory);
void flight_incidents_clear(struct flight_incidents *incidents);

enum flight_verdict {
    FLIGHT_BETTER,
    FLIGHT_WORSE,
    FLIGHT_SAME,
    FLIGHT_ONLY_OLD,
    FLIGHT_ONLY_NEW,
    FLIGHT_VERDICT_COUNT
};

struct flight_counts {
    uint64_t of[FLIGHT_VERDICT_COUNT];
    uint64_t modelled; /* of all of them, answers that the recording alone does not give */
    heal_time parted;  /* the first action in which they differ; HEAL_TIME_NEVER: none */
};

/* Pairs the incidents and, with `out`, writes a line for each that did not go the same. */
struct flight_counts flight_incidents_compare(struct flight_incidents *old, struct flight_incidents *new, FILE *out);
/* The totals, as lines or as members of a JSON object. */
void flight_counts_write(const struct flight_counts *counts, FILE *out, bool json);

#endif
