/* flight_incidents.c - see flight_incidents.h. */
#include "cli/flight_incidents.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *const VERDICTS[FLIGHT_VERDICT_COUNT] = {"better", "worse", "same", "only_recorded", "only_new"};

static void *room_for_one(void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    void *more = realloc(items, (2 * *room + 64) * size);
    if (more)
        *room = 2 * *room + 64;
    return more;
}

static struct flight_incident *incident_of(struct flight_incidents *incidents, uint64_t issue)
{
    for (size_t i = incidents->count; issue > 0 && i-- > 0;) {
        if (incidents->items[i].issue == issue)
            return &incidents->items[i];
    }
    return NULL;
}

static void open_incident(struct flight_incidents *incidents, const struct decision *decision,
                          const struct inventory *inventory)
{
    struct flight_incident *items =
        room_for_one(incidents->items, incidents->count, &incidents->room, sizeof *incidents->items);

    incidents->out_of_memory |= !items;
    if (!items)
        return;
    incidents->items = items;
    items[incidents->count++] = (struct flight_incident){.issue = decision->issue,
                                                         .type = decision->type,
                                                         .resource = decision->resource,
                                                         .opened = decision->at,
                                                         .acted = HEAL_TIME_NEVER,
                                                         .closed = HEAL_TIME_NEVER};
    snprintf(items[incidents->count - 1].id, sizeof items->id, "%s",
             inventory && decision->resource != RESOURCE_NONE ? inventory_resource_id(inventory, decision->resource)
                                                              : "-");
}

static void add_act(struct flight_incidents *incidents, const struct decision *decision)
{
    struct flight_act *acts =
        room_for_one(incidents->acts, incidents->act_count, &incidents->act_room, sizeof *incidents->acts);

    incidents->out_of_memory |= !acts;
    if (!acts)
        return;
    incidents->acts = acts;
    acts[incidents->act_count++] = (struct flight_act){decision->at, decision->action_kind, decision->resource};
}

void flight_incidents_take(struct flight_incidents *incidents, const struct decision *decision,
                           const struct inventory *inventory)
{
    if (decision->kind == DECISION_ISSUE_OPENED) {
        open_incident(incidents, decision, inventory);
        return;
    }
    if (decision->kind == DECISION_ACTION_STARTED)
        add_act(incidents, decision);
    struct flight_incident *incident = incident_of(incidents, decision->issue);
    if (!incident)
        return;
    if (decision->kind == DECISION_ATTEMPT_STARTED && incident->acted == HEAL_TIME_NEVER)
        incident->acted = decision->at;
    else if (decision->kind == DECISION_ISSUE_CLOSED)
        incident->closed = decision->at;
    else if (decision->kind == DECISION_ISSUE_REOPENED)
        incident->closed = HEAL_TIME_NEVER;
}

void flight_incidents_clear(struct flight_incidents *incidents)
{
    free(incidents->items);
    free(incidents->acts);
    *incidents = (struct flight_incidents){0};
}

static heal_time earlier(heal_time a, heal_time b)
{
    return a < b ? a : b;
}

/* When the first action went out that only one of the two took. */
static heal_time parting(const struct flight_incidents *old, const struct flight_incidents *new)
{
    size_t i = 0;

    while (i < old->act_count && i < new->act_count && old->acts[i].at == new->acts[i].at &&
           old->acts[i].kind == new->acts[i].kind && old->acts[i].resource == new->acts[i].resource)
        i++;
    return earlier(i < old->act_count ? old->acts[i].at : HEAL_TIME_NEVER,
                   i < new->act_count ? new->acts[i].at : HEAL_TIME_NEVER);
}

static struct flight_incident *partner_of(const struct flight_incident *incident, struct flight_incidents *among)
{
    struct flight_incident *best = NULL;
    heal_duration nearest = HEAL_HOUR;

    for (size_t i = 0; i < among->count; i++) {
        struct flight_incident *other = &among->items[i];
        heal_duration off = llabs(other->opened - incident->opened);
        if (other->taken || other->type != incident->type || other->resource != incident->resource || off > nearest ||
            (best && off == nearest))
            continue;
        best = other;
        nearest = off;
    }
    return best;
}

static enum flight_verdict verdict_of(const struct flight_incident *old, const struct flight_incident *new)
{
    const heal_time before[] = {old->acted, old->opened, old->closed}, after[] = {new->acted, new->opened, new->closed};

    for (size_t i = 0; i < 3; i++) {
        if (after[i] != before[i])
            return after[i] < before[i] ? FLIGHT_BETTER : FLIGHT_WORSE;
    }
    return FLIGHT_SAME;
}

/* Whether the instants that decided lie before the parting: then it is as recorded. */
static bool is_recorded(const struct flight_incident *old, const struct flight_incident *new, heal_time parted)
{
    heal_time last = 0;

    if (!old || !new)
        return (old ? old->opened : new->opened) <= parted;
    if (old->acted != new->acted)
        last = earlier(old->acted, new->acted); /* one had acted, the other not yet */
    else if (old->opened != new->opened)
        last = earlier(old->opened, new->opened);
    else
        last = earlier(old->closed, new->closed);
    return last <= parted;
}

static void write_instant(FILE *out, heal_time at)
{
    char text[HEAL_TIME_TEXT];

    fprintf(out, " %-20s", at == HEAL_TIME_NEVER ? "-" : heal_time_format(at, text));
}

static void write_pair(FILE *out, const struct flight_incident *old, const struct flight_incident *new,
                       enum flight_verdict verdict, bool recorded)
{
    const struct flight_incident *any = old ? old : new;

    fprintf(out, "%-13s %-8s", VERDICTS[verdict], recorded ? "recorded" : "model");
    write_instant(out, old ? old->opened : HEAL_TIME_NEVER);
    write_instant(out, new ? new->opened : HEAL_TIME_NEVER);
    write_instant(out, old ? old->acted : HEAL_TIME_NEVER);
    write_instant(out, new ? new->acted : HEAL_TIME_NEVER);
    fprintf(out, " %s %s\n", issue_type_name(any->type), any->id);
}

static void count(struct flight_counts *counts, const struct flight_incident *old, const struct flight_incident *new,
                  FILE *out)
{
    enum flight_verdict verdict = !new ? FLIGHT_ONLY_OLD : !old ? FLIGHT_ONLY_NEW : verdict_of(old, new);
    bool recorded = is_recorded(old, new, counts->parted);

    if (out &&
        counts->of[FLIGHT_BETTER] + counts->of[FLIGHT_WORSE] + counts->of[FLIGHT_ONLY_OLD] +
                counts->of[FLIGHT_ONLY_NEW] ==
            0 &&
        verdict != FLIGHT_SAME)
        fprintf(out, "%-13s %-8s %-20s %-20s %-20s %-20s issue\n", "incident", "by", "opened", "opened, new",
                "first remedy", "first remedy, new");
    counts->of[verdict]++;
    counts->modelled += !recorded;
    if (out && verdict != FLIGHT_SAME)
        write_pair(out, old, new, verdict, recorded);
}

struct flight_counts flight_incidents_compare(struct flight_incidents *old, struct flight_incidents *new, FILE *out)
{
    struct flight_counts counts = {.parted = parting(old, new)};

    for (size_t i = 0; i < old->count; i++) {
        struct flight_incident *partner = partner_of(&old->items[i], new);
        if (partner)
            partner->taken = true;
        count(&counts, &old->items[i], partner, out);
    }
    for (size_t i = 0; i < new->count; i++) {
        if (!new->items[i].taken)
            count(&counts, NULL, &new->items[i], out);
    }
    return counts;
}

void flight_counts_write(const struct flight_counts *counts, FILE *out, bool json)
{
    char at[HEAL_TIME_TEXT];

    for (size_t i = 0; json && i < FLIGHT_VERDICT_COUNT; i++)
        fprintf(out, "%s\"%s\":%" PRIu64, i > 0 ? "," : "", VERDICTS[i], counts->of[i]);
    if (json) {
        fprintf(out, ",\"by_model\":%" PRIu64, counts->modelled);
        return;
    }
    fprintf(out,
            "incidents: %" PRIu64 " better, %" PRIu64 " worse, %" PRIu64 " the same, %" PRIu64
            " only as recorded, %" PRIu64 " only under the new policy\n",
            counts->of[FLIGHT_BETTER], counts->of[FLIGHT_WORSE], counts->of[FLIGHT_SAME], counts->of[FLIGHT_ONLY_OLD],
            counts->of[FLIGHT_ONLY_NEW]);
    if (counts->parted == HEAL_TIME_NEVER)
        fprintf(out, "the same actions went out under both, so every answer is as recorded\n");
    else
        fprintf(out,
                "actions differ from %s on; %" PRIu64
                " answers after that are only as good as the model: the metrics are those of what was done\n",
                heal_time_format(counts->parted, at), counts->modelled);
}
