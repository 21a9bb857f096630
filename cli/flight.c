/* flight.c - see flight.h.
 *
 * The answers of the world are in the recording. Under another policy other
 * actions are started, for which there is no answer: an action of the same kind
 * on the same target ends as that one did, any other times out. */
#include "cli/flight.h"

#include "cli/flight_incidents.h"
#include "cli/layers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one run of the recording came to. */
struct course {
    struct flight_chain chain;
    const struct inventory *inventory;
    const struct policy *policy;
    uint64_t kinds[DECISION_KIND_COUNT];
    uint64_t statuses[REMEDIATION_STATUS_COUNT];
    char (*lines)[768]; /* issues and attempts, in order */
    size_t count, room;
    uint64_t inputs, frames, notes;
    bool agrees, torn;
    uint64_t first_wrong; /* input, 1..; 0: none */
    heal_time first_wrong_at, begun, ended;
    struct flight_incidents incidents;
    struct action *asked; /* under another policy: actions that wait for an answer */
    size_t asked_count, asked_room;
};

static void keep_line(struct course *course, const struct decision *decision)
{
    char at[HEAL_TIME_TEXT];
    bool opened = decision->kind == DECISION_ISSUE_OPENED;

    if (!opened && decision->kind != DECISION_ATTEMPT_STARTED)
        return;
    if (course->count == course->room) {
        size_t room = 2 * course->room + 64;
        void *lines = realloc(course->lines, room * sizeof *course->lines);
        if (!lines)
            return;
        course->lines = lines;
        course->room = room;
    }
    heal_time_format(decision->at, at);
    snprintf(course->lines[course->count++], sizeof *course->lines, "%s %s %s %s", at,
             opened                           ? "issue"
             : decision->gate == GATE_DRY_RUN ? "would start"
                                              : "start",
             opened                                                ? issue_type_name(decision->type)
             : decision->strategy < course->policy->strategy_count ? course->policy->strategies[decision->strategy].name
                                                                   : "-",
             decision->resource == RESOURCE_NONE ? "-" : inventory_resource_id(course->inventory, decision->resource));
}

static void take_decision(void *context, const struct decision *decision)
{
    struct course *course = context;

    flight_chain_add(&course->chain, decision);
    course->kinds[decision->kind]++;
    if (decision->kind == DECISION_REMEDIATION_ENDED)
        course->statuses[decision->status]++;
    flight_incidents_take(&course->incidents, decision, course->inventory);
    keep_line(course, decision);
}

static void take_action(void *context, heal_time now, const struct action *action)
{
    struct course *course = context;
    (void)now;

    if (course->asked_count == course->asked_room) {
        size_t room = 2 * course->asked_room + 64;
        struct action *asked = realloc(course->asked, room * sizeof *asked);
        if (!asked)
            return;
        course->asked = asked;
        course->asked_room = room;
    }
    course->asked[course->asked_count++] = *action;
}

/* An answer of the recording for the action of this run that is like it. `recorded`
 * is the run under the recorded policy, whose ids the answer means; NULL: this one. */
static void answer(struct course *course, struct engine *engine, const struct course *recorded,
                   const struct flight_input *input)
{
    const struct action *meant = NULL;

    if (!recorded) {
        flight_apply(engine, input);
        return;
    }
    for (size_t i = 0; i < recorded->asked_count; i++) {
        if (recorded->asked[i].id == input->id)
            meant = &recorded->asked[i];
    }
    for (size_t i = 0; meant && i < course->asked_count; i++) {
        if (course->asked[i].kind != meant->kind || course->asked[i].target != meant->target)
            continue;
        struct flight_input same = *input;
        same.id = course->asked[i].id;
        course->asked[i] = course->asked[--course->asked_count];
        flight_apply(engine, &same);
        return;
    }
}

static void check_note(struct course *course, const struct flight_note *note, heal_time at)
{
    bool same =
        note->decisions == course->chain.decisions && memcmp(note->digest, course->chain.head, FLIGHT_DIGEST) == 0;

    course->notes++;
    if (same || course->first_wrong > 0)
        return;
    course->agrees = false;
    course->first_wrong = course->inputs;
    course->first_wrong_at = at;
}

/* Runs the file at `path` into `course`, under `policy` or its own. */
static bool fly(const char *path, struct policy *policy, const struct course *recorded, struct course *course,
                struct error_list *errors)
{
    struct flight_head head;
    struct flight_input input = {0};
    struct flight_note note;
    const struct inventory *inventory;
    struct flight_reader *reader = flight_open(path, &head, &inventory, errors);
    struct policy *own = NULL;
    enum flight_next next = FLIGHT_END;

    if (!reader)
        return false;
    if (!policy)
        policy = own = layers_policy(head.layers, head.layer_count, errors);
    course->inventory = inventory;
    course->policy = policy;
    course->agrees = true;
    struct engine *engine = policy
                                ? engine_create(policy, inventory, head.seed, (struct world_port){course, take_action},
                                                (struct journal_port){course, take_decision})
                                : NULL;
    while (engine && ((next = flight_read(reader, &input, &note)) == FLIGHT_INPUT || next == FLIGHT_NOTE)) {
        if (next == FLIGHT_NOTE) {
            check_note(course, &note, input.at);
            continue;
        }
        course->inputs++;
        course->frames += input.kind == FLIGHT_FRAME;
        course->begun = course->inputs == 1 ? input.at : course->begun;
        course->ended = input.at;
        if (input.kind == FLIGHT_ACTION_ENDED)
            answer(course, engine, recorded, &input);
        else if (!(recorded && input.kind == FLIGHT_RECALL)) /* another policy's strategies have other numbers */
            flight_apply(engine, &input);
    }
    course->torn = next == FLIGHT_TORN;
    bool good = engine != NULL;
    engine_destroy(engine);
    policy_destroy(own);
    flight_reader_destroy(reader);
    return good;
}

static void clear(struct course *course)
{
    flight_chain_clear(&course->chain);
    free(course->lines);
    free(course->asked);
    flight_incidents_clear(&course->incidents);
}

static enum exit_code tell(const char *path, const struct course *course, bool json)
{
    char digest[FLIGHT_DIGEST_TEXT], begun[HEAL_TIME_TEXT], ended[HEAL_TIME_TEXT], wrong[HEAL_TIME_TEXT];

    flight_digest_text(course->chain.head, digest);
    heal_time_format(course->begun, begun);
    heal_time_format(course->ended, ended);
    heal_time_format(course->first_wrong_at, wrong);
    if (json)
        printf("{\"inputs\":%" PRIu64 ",\"frames\":%" PRIu64 ",\"decisions\":%" PRIu64 ",\"digest\":\"%s\","
               "\"identical\":%s,\"torn\":%s}\n",
               course->inputs, course->frames, course->chain.decisions, digest, course->agrees ? "true" : "false",
               course->torn ? "true" : "false");
    else if (course->agrees)
        printf("%s: %" PRIu64 " inputs, %" PRIu64 " frames, %s to %s\n"
               "all %" PRIu64 " decisions are identical to those of the live process; digest %s\n",
               path, course->inputs, course->frames, begun, ended, course->chain.decisions, digest);
    else
        printf("%s: the decisions after input %" PRIu64 " (%s) are not those of the live process\n", path,
               course->first_wrong, wrong);
    if (course->torn && !json)
        printf("the recording breaks off behind input %" PRIu64 "; what follows cannot be read\n", course->inputs);
    return course->agrees ? EXIT_DONE : EXIT_MISSED;
}

static bool has_line(const struct course *course, const char *line)
{
    for (size_t i = 0; i < course->count; i++) {
        if (strcmp(course->lines[i], line) == 0)
            return true;
    }
    return false;
}

static void print_only(const struct course *here, const struct course *there, const char *mark)
{
    for (size_t i = 0; i < here->count; i++) {
        if (!has_line(there, here->lines[i]))
            printf("%s %s\n", mark, here->lines[i]);
    }
}

static void compare(struct course *old, struct course *new, bool json)
{
    static const enum decision_kind KINDS[] = {DECISION_ANOMALY_BEGAN,       DECISION_ISSUE_OPENED,
                                               DECISION_REMEDIATION_STARTED, DECISION_ATTEMPT_STARTED,
                                               DECISION_ACTION_STARTED,      DECISION_ATTEMPT_VERIFIED};
    if (json) {
        struct flight_counts counts = flight_incidents_compare(&old->incidents, &new->incidents, NULL);
        printf("{\"incidents\":{");
        flight_counts_write(&counts, stdout, true);
        printf("},");
        for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
            printf("%s\"%s\":[%" PRIu64 ",%" PRIu64 "]", i > 0 ? "," : "", decision_kind_name(KINDS[i]),
                   old->kinds[KINDS[i]], new->kinds[KINDS[i]]);
        printf("}\n");
        return;
    }
    printf("%-22s %10s %10s\n", "", "recorded", "new");
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        printf("%-22s %10" PRIu64 " %10" PRIu64 "\n", decision_kind_name(KINDS[i]), old->kinds[KINDS[i]],
               new->kinds[KINDS[i]]);
    for (int i = REMEDIATION_SUCCESS; i < REMEDIATION_STATUS_COUNT; i++)
        printf("remediation %-10s %10" PRIu64 " %10" PRIu64 "\n", remediation_status_name((enum remediation_status)i),
               old->statuses[i], new->statuses[i]);
    print_only(old, new, "-");
    print_only(new, old, "+");
    struct flight_counts counts = flight_incidents_compare(&old->incidents, &new->incidents, stdout);
    flight_counts_write(&counts, stdout, false);
}

enum exit_code flight_replay(const char *path, const char *policy_path, bool json)
{
    struct error_list errors = {0};
    struct course old = {0}, new = {0};
    struct layers layers = {0};
    struct policy *policy = NULL;
    enum exit_code code = EXIT_BAD_INPUT;
    bool good = !policy_path || (layers_read(&layers, policy_path, &errors) &&
                                 (policy = layers_policy(layers.items, layers.count, &errors)) != NULL);

    if (good && fly(path, NULL, NULL, &old, &errors)) {
        code = EXIT_DONE;
        if (!policy)
            code = tell(path, &old, json);
        else if (fly(path, policy, &old, &new, &errors))
            compare(&old, &new, json);
    }
    clear(&old);
    clear(&new);
    policy_destroy(policy);
    layers_clear(&layers);
    return errors.count > 0 ? console_errors(&errors) : code;
}
