/* chapter.c - see chapter.h.
 *
 * What the engine decides on an input is gathered, and kept when the input is over: the
 * engine never waits for a disk. An action leaves only after the decision to start it is
 * on the disk: all that an input starts are committed once, then given to the workers. */
#include "live/chapter.h"

#include "engine/knowledge.h"
#include "engine/names.h"
#include "live/chapter_tell.h"
#include "live/flight_files.h"
#include "store/continuation.h"
#include "store/decision_rows.h"
#include "store/evidence.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An action that the input at work has started, and not yet left. */
struct departure {
    struct action action;
    heal_time at;
};

struct chapter {
    const struct live_setup *setup;
    struct chapter_outside outside;
    struct inventory *inventory;
    struct run_store *store;
    struct flight *flight;
    struct engine *engine;
    uint32_t number;
    uint64_t at_work;         /* remediations, and those that are taken back */
    heal_time now;            /* of the last input */
    heal_duration deciding;   /* what recording and deciding it took */
    struct decision *decided; /* on the input at work, not yet kept */
    size_t decided_count, decided_room;
    struct departure *departures;
    size_t departure_count, departure_room;
    bool degraded;
    bool learned; /* since it was last written down */
};

struct inventory *chapter_inventory(const struct live_setup *setup, heal_time now, struct error_list *errors)
{
    struct inventory *inventory = inventory_create();
    char path[LIVE_STORE_PATH];

    if (!inventory) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return NULL;
    }
    if (continuation_known(live_config_store(setup->config, path), now - HEAL_DAY, inventory, errors))
        return inventory;
    inventory_destroy(inventory);
    return NULL;
}

static bool add_topology(const struct live_config *config, struct inventory *inventory, struct error_list *errors)
{
    bool good = true;

    for (size_t i = 0; i < config->edge_count; i++) {
        const struct live_edge *edge = &config->edges[i];
        uint32_t source = inventory_add_resource(inventory, edge->source, strlen(edge->source));
        uint32_t target = inventory_add_resource(inventory, edge->target, strlen(edge->target));
        if (source != RESOURCE_NONE && target != RESOURCE_NONE &&
            inventory_relate(inventory, source, edge->relation, target))
            continue;
        error_add(errors, ERROR_INPUT, config->file, 0, "topology", "expected kind/namespace/name, found %s -> %s",
                  edge->source, edge->target);
        good = false;
    }
    return good;
}

static void degrade(struct chapter *chapter, struct error_list *errors)
{
    char text[512];

    if (!chapter->degraded)
        fprintf(stderr, "selfheal: watching only: %s\n",
                errors->kept > 0 ? error_format(errors, 0, text, sizeof text) : "what is decided cannot be kept");
    chapter->degraded = true;
    struct status_view *view = status_lock(chapter->outside.status);
    view->degraded = true;
    status_unlock(chapter->outside.status);
    error_list_clear(errors);
}

/* What comes of these counts, or is kept with the counts (engine/knowledge.h). */
static bool changes_odds(enum decision_kind kind)
{
    return kind == DECISION_ATTEMPT_STARTED || kind == DECISION_ATTEMPT_VERIFIED || kind == DECISION_ATTEMPT_FAILED ||
           kind == DECISION_ROLLBACK_ENDED || kind == DECISION_UNDO_ENDED || kind == DECISION_ISSUE_OPENED ||
           kind == DECISION_ISSUE_REOPENED || kind == DECISION_REMEDIATION_ENDED || kind == DECISION_COMMAND;
}

/* Its rows, and who hears of it. */
static void keep_decision(struct chapter *chapter, const struct decision *decision)
{
    struct error_list errors = {0};
    const struct decision_rows *ids = run_store_rows(chapter->store);

    if (!run_store_decision(chapter->store, decision, &errors))
        degrade(chapter, &errors);
    const struct strategy *strategy = evidence_strategy(chapter->setup->policy, decision->strategy);
    struct event_rows rows = {
        .issue = decision_rows_issue_row(ids, decision->issue),
        .remediation = decision_rows_remediation_row(ids, decision->remediation),
        .action = decision_rows_action_row(ids, decision->action),
        .resource =
            decision->resource == RESOURCE_NONE ? NULL : inventory_resource_id(chapter->inventory, decision->resource),
        .strategy = strategy ? strategy->name : NULL,
    };
    status_decision(chapter->outside.status, decision, &rows);
    tell_line(chapter->setup, chapter->inventory, decision, &rows);
    tell_alert(chapter->outside.alertmanager, decision, &rows);
}

static void keep_decisions(struct chapter *chapter)
{
    for (size_t i = 0; i < chapter->decided_count; i++)
        keep_decision(chapter, &chapter->decided[i]);
    if (chapter->decided_count > 0)
        fflush(stdout);
    chapter->decided_count = 0;
}

/* `items`, with room for one more of `size` bytes; NULL when out of memory: they are as they were. */
static void *with_room(void *items, size_t *room, size_t count, size_t size)
{
    size_t more = count < *room ? *room : 2 * *room + 64;
    void *grown = more == *room ? items : realloc(items, more * size);

    if (grown)
        *room = more;
    return grown;
}

static void record(void *context, const struct decision *decision)
{
    struct chapter *chapter = context;

    flight_decision(chapter->flight, decision);
    chapter->learned |= changes_odds(decision->kind);
    chapter->at_work += decision->kind == DECISION_REMEDIATION_STARTED || decision->kind == DECISION_UNDO_STARTED;
    chapter->at_work -=
        (decision->kind == DECISION_REMEDIATION_ENDED || decision->kind == DECISION_UNDO_ENDED) && chapter->at_work > 0;
    struct decision *decided =
        with_room(chapter->decided, &chapter->decided_room, chapter->decided_count, sizeof *decided);
    if (!decided) { /* then at once */
        keep_decisions(chapter);
        keep_decision(chapter, decision);
        return;
    }
    chapter->decided = decided;
    decided[chapter->decided_count++] = *decision;
}

/* The outcome of what never left, told later like any other. */
static void refuse(struct chapter *chapter, const struct action *action, enum action_outcome outcome)
{
    struct message message = {
        .kind = MESSAGE_ACTION_ENDED, .id = action->id, .chapter = chapter->number, .value = outcome, .before = NAN};
    mailbox_put(chapter->outside.mailbox, &message, false); /* lost: the engine's time-out takes care */
}

static void start(void *context, heal_time now, const struct action *action)
{
    struct chapter *chapter = context;

    struct departure *departures =
        with_room(chapter->departures, &chapter->departure_room, chapter->departure_count, sizeof *departures);
    if (!departures) {
        refuse(chapter, action, ACTION_FAILED);
        return;
    }
    chapter->departures = departures;
    departures[chapter->departure_count++] = (struct departure){*action, now};
}

static void depart(struct chapter *chapter, const struct departure *departure)
{
    struct job job = {.action = departure->action, .chapter = chapter->number, .at = departure->at};

    job.row = decision_rows_action_row(run_store_rows(chapter->store), departure->action.id);
    snprintf(job.target, sizeof job.target, "%s", inventory_resource_id(chapter->inventory, departure->action.target));
    if (!workers_put(chapter->outside.workers, &job))
        refuse(chapter, &departure->action, ACTION_FAILED);
}

/* The input is over: its decisions are kept, on the disk where actions wait for that. */
static void keep(struct chapter *chapter)
{
    struct error_list errors = {0};

    keep_decisions(chapter);
    if (chapter->departure_count > 0 && !chapter->degraded) {
        if (!flight_sync(chapter->flight))
            error_add(&errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "the flight recording cannot be written");
        if (errors.count > 0 || !run_store_flush(chapter->store, &errors))
            degrade(chapter, &errors);
    }
    for (size_t i = 0; i < chapter->departure_count; i++) {
        if (chapter->degraded)
            refuse(chapter, &chapter->departures[i].action, ACTION_FAILED);
        else
            depart(chapter, &chapter->departures[i]);
    }
    chapter->departure_count = 0;
}

static bool open_store(struct chapter *chapter, heal_time now, struct error_list *errors)
{
    const struct live_config *config = chapter->setup->config;
    struct store_run run = {.mode = "live",
                            .scenario = config->name,
                            .source = config->file,
                            .policy_name = chapter->setup->policy->name,
                            .seed = config->seed,
                            .replications = 1,
                            .start = now,
                            .duration = 0,
                            .arm = "selfheal",
                            .fence = chapter->outside.fence};
    char path[LIVE_STORE_PATH];
    uint64_t interrupted = 0;

    chapter->store = run_store_continue(live_config_store(config, path), &run, chapter->setup->policy,
                                        chapter->inventory, &interrupted, errors);
    if (!chapter->store)
        return false;
    if (interrupted > 0)
        fprintf(stderr, "selfheal: %" PRIu64 " actions and remediations were at work when the last chapter ended\n",
                interrupted);
    chapter->number = run_store_next_replication(chapter->store);
    return run_store_begin(chapter->store, chapter->number, errors);
}

/* The tallies of a database that holds no odds. */
static bool recall_tallies(struct chapter *chapter, heal_time now, struct error_list *errors)
{
    size_t count = chapter->setup->policy->strategy_count;
    uint32_t *successes = calloc(2 * count + 1, sizeof *successes), *failures = successes + count;
    bool good = successes && run_store_tallies(chapter->store, successes, failures, errors);

    for (uint32_t i = 0; good && i < count; i++) {
        if (successes[i] + failures[i] > 0)
            chapter_input(
                chapter, &(struct flight_input){
                             .kind = FLIGHT_RECALL, .at = now, .what = i, .count = successes[i], .other = failures[i]});
    }
    free(successes);
    return good;
}

/* What the chapters before learned: every posterior, attempts, frozen resources. */
static bool recall(struct chapter *chapter, heal_time now, struct error_list *errors)
{
    struct flight_input input = {.kind = FLIGHT_KNOWLEDGE, .at = now};
    unsigned char *bytes;
    bool good = run_store_recall(chapter->store, &bytes, &input.byte_count, errors);

    input.bytes = bytes;
    if (good && bytes)
        chapter_input(chapter, &input);
    else if (good)
        good = recall_tallies(chapter, now, errors);
    free(bytes);
    return good;
}

/* Asks the world about what was interrupted; what it says is known from then on. */
static bool look(struct chapter *chapter, heal_time now, struct error_list *errors)
{
    enum { ROOM = 256 };
    struct store_interrupted *actions = calloc(ROOM, sizeof *actions);
    size_t count = 0;
    bool done, good = actions && run_store_interrupted(chapter->store, now - HEAL_DAY, actions, ROOM, &count, errors);

    for (size_t i = 0; good && i < count; i++) {
        if (!chapter->outside.look(chapter->outside.context, &actions[i], &done))
            continue;
        fprintf(stderr, "selfheal: action %lld %s on %s, whose end nobody saw, was %sdone\n", (long long)actions[i].row,
                action_name(actions[i].kind), actions[i].target, done ? "" : "not ");
        good = run_store_settle(chapter->store, actions[i].row, done, now, errors);
    }
    free(actions);
    return good;
}

/* In the same transaction as the decisions it comes from. */
static bool write_learned(struct chapter *chapter, heal_time now, struct error_list *errors)
{
    size_t length = engine_export(chapter->engine, NULL, 0);
    unsigned char *bytes = malloc(length);
    bool good = bytes != NULL;

    if (good) {
        engine_export(chapter->engine, bytes, length);
        good = run_store_learned(chapter->store, now, bytes, length, errors);
    } else {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    }
    free(bytes);
    chapter->learned = false;
    return good;
}

/* What was interrupted and must not be done twice waits for a person. */
static bool freeze(struct chapter *chapter, heal_time now, struct error_list *errors)
{
    enum { ROOM = 4096 };
    uint32_t *resources = calloc(ROOM, sizeof *resources);
    size_t count = 0;
    bool good = resources && run_store_unsure(chapter->store, resources, ROOM, &count, errors);

    for (size_t i = 0; good && i < count && i < ROOM; i++) {
        fprintf(stderr, "selfheal: %s: nobody saw the end of what was done there; a person has to start what follows\n",
                inventory_resource_id(chapter->inventory, resources[i]));
        chapter_input(chapter, &(struct flight_input){.kind = FLIGHT_FREEZE, .at = now, .what = resources[i]});
    }
    free(resources);
    return good;
}

/* What earlier chapters did and nobody will go on from is taken back: a node that they cordoned, what was to
 * stand for half an hour. */
static bool take_back(struct chapter *chapter, heal_time now, struct error_list *errors)
{
    enum { ROOM = 256 }; /* half of what an engine keeps to be taken back */
    struct standing_step *steps = calloc(ROOM, sizeof *steps);
    size_t count = 0;
    bool good = steps && run_store_left(chapter->store, now - 31 * HEAL_DAY, steps, ROOM, &count, errors);

    for (size_t i = 0; good && i < count; i++) {
        if (steps[i].due == INT64_MIN)
            fprintf(stderr, "selfheal: %s on %s was done by a remedy that was cut short: it is taken back\n",
                    action_name(steps[i].kind), inventory_resource_id(chapter->inventory, steps[i].target));
        chapter_input(chapter, &(struct flight_input){.kind = FLIGHT_TAKE_BACK, .at = now, .standing = steps[i]});
    }
    free(steps);
    return good;
}

static bool learn(struct chapter *chapter, const struct history *past, heal_time now, struct error_list *errors)
{
    size_t count = inventory_series_count(chapter->inventory);
    double *values = past ? malloc((count + 1) * sizeof *values) : NULL;

    if (past && !values) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return false;
    }
    for (size_t frame = 0; values && frame < history_frames(past); frame++) {
        heal_time at = history_instant(past, frame);
        history_frame(past, frame, values, count);
        if (at < now)
            chapter_input(chapter, &(struct flight_input){.kind = FLIGHT_LEARN, .at = at, .values = values});
    }
    free(values);
    return true;
}

/* RESOURCE_NONE for "" and for what is not known. */
static uint32_t resource_of(const struct chapter *chapter, const char *id)
{
    return id[0] ? inventory_find_resource(chapter->inventory, id, strlen(id)) : RESOURCE_NONE;
}

static const char *why_only_watches(const struct chapter *chapter)
{
    return chapter->outside.only_watches ? *chapter->outside.only_watches : NULL;
}

/* As people want it; but who does not lead, or does not know what time it is, only watches. */
static bool is_wanted(const struct chapter *chapter, enum engine_switch which)
{
    return chapter->outside.switches[which] && (which != SWITCH_AUTO_REMEDIATION || !why_only_watches(chapter));
}

/* The process's own word. */
static void turn(struct chapter *chapter, heal_time now, enum engine_switch which, bool on, const char *why)
{
    struct flight_input input = {.kind = FLIGHT_COMMAND,
                                 .at = now,
                                 .command = {.kind = engine_switch_command(which),
                                             .on = on,
                                             .actor = "selfheal live",
                                             .resource = RESOURCE_NONE,
                                             .strategy = UINT32_MAX,
                                             .until = HEAL_TIME_NEVER}};

    name_copy(input.command.why, sizeof input.command.why, why);
    run_store_said(chapter->store, NULL, input.command.why);
    chapter_input(chapter, &input);
    run_store_said(chapter->store, NULL, NULL);
}

void chapter_keep_switches(struct chapter *chapter, heal_time now)
{
    for (uint32_t i = 0; i < SWITCH_COUNT; i++) {
        bool want = is_wanted(chapter, (enum engine_switch)i);
        if (engine_switch_is_on(chapter->engine, (enum engine_switch)i) != want)
            turn(chapter, now, (enum engine_switch)i, want,
                 why_only_watches(chapter) ? why_only_watches(chapter) : "as it was switched before");
    }
}

/* What people hold back is held back by this engine too. */
static void keep_pauses(struct chapter *chapter, heal_time now)
{
    struct pause_word words[PAUSES_MAX];
    size_t count = pauses_list(chapter->outside.pauses, now, words);

    for (size_t i = 0; i < count; i++) {
        struct flight_input input = {.kind = FLIGHT_COMMAND,
                                     .at = now,
                                     .command = {.kind = COMMAND_PAUSE,
                                                 .reason = words[i].reason,
                                                 .resource = resource_of(chapter, words[i].resource),
                                                 .strategy = UINT32_MAX,
                                                 .until = words[i].until}};
        if (words[i].resource[0] && input.command.resource == RESOURCE_NONE)
            continue; /* not here yet, or no more: a later chapter may know it */
        name_copy(input.command.actor, sizeof input.command.actor, words[i].actor);
        name_copy(input.command.why, sizeof input.command.why, words[i].why);
        run_store_said(chapter->store, input.command.actor, input.command.why);
        chapter_input(chapter, &input);
        run_store_said(chapter->store, NULL, NULL);
    }
}

static void show(struct chapter *chapter)
{
    struct status_view *view = status_lock(chapter->outside.status);

    view->series = inventory_series_count(chapter->inventory);
    view->dry_run = engine_switch_is_on(chapter->engine, SWITCH_DRY_RUN);
    view->auto_remediation = engine_switch_is_on(chapter->engine, SWITCH_AUTO_REMEDIATION);
    view->open_issues = engine_counts(chapter->engine).open_issues;
    status_unlock(chapter->outside.status);
}

struct chapter *chapter_begin(const struct live_setup *setup, struct chapter_outside outside,
                              struct inventory *inventory, const struct history *past, heal_time now,
                              struct error_list *errors)
{
    struct chapter *chapter = calloc(1, sizeof *chapter);
    struct flight_head head = setup->head;
    char path[FLIGHT_PATH];

    if (!chapter) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        inventory_destroy(inventory);
        return NULL;
    }
    chapter->setup = setup;
    chapter->outside = outside;
    chapter->inventory = inventory;
    head.start = now;
    head.seed = setup->config->seed;
    bool good = add_topology(setup->config, inventory, errors) && inventory_freeze(inventory) &&
                flight_files_prepare(setup->config->data, errors) && open_store(chapter, now, errors) &&
                flight_files_name(setup->config->data, chapter->number, now, path, errors);
    chapter->flight = good ? flight_create(path, &head, inventory, errors) : NULL;
    if (chapter->flight) {
        flight_files_prune(setup->config->data, path, setup->config->flight_disk);
        chapter->engine = engine_create(setup->policy, inventory, head.seed, (struct world_port){chapter, start},
                                        (struct journal_port){chapter, record});
    }
    heal_time first = past ? history_instant(past, 0) : now;
    alertmanager_begin_anew(outside.alertmanager);
    if (chapter->engine && recall(chapter, first, errors) && (!outside.look || look(chapter, now, errors)) &&
        freeze(chapter, first, errors) && learn(chapter, past, now, errors) && take_back(chapter, now, errors)) {
        chapter_keep_switches(chapter, now);
        keep_pauses(chapter, now);
        if (outside.fence > 0) /* no lock is held at the server until the first frame */
            chapter_flush(chapter, now);
        show(chapter);
        return chapter;
    }
    if (errors->count == 0)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    chapter_end(chapter, now, false, errors);
    return NULL;
}

void chapter_end(struct chapter *chapter, heal_time now, bool over, struct error_list *errors)
{
    char digest[FLIGHT_DIGEST_TEXT] = "";

    if (!chapter)
        return;
    if (chapter->flight) {
        flight_digest(chapter->flight, digest);
        if (!flight_close(chapter->flight))
            error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "the flight recording could not be written to its end");
    }
    if (chapter->store && !chapter->degraded && run_store_extend(chapter->store, now, errors) &&
        (!chapter->engine || write_learned(chapter, now, errors))) {
        if (over)
            run_store_finish(chapter->store, digest, errors);
        else
            run_store_flush(chapter->store, errors);
    }
    run_store_destroy(chapter->store);
    engine_destroy(chapter->engine);
    inventory_destroy(chapter->inventory);
    free(chapter->decided);
    free(chapter->departures);
    free(chapter);
}

void chapter_lose(struct chapter *chapter)
{
    chapter->degraded = true;
}

enum command_result chapter_input(struct chapter *chapter, struct flight_input *input)
{
    struct error_list errors = {0};

    input->at = input->at > chapter->now ? input->at : chapter->now; /* the engine's time never runs back */
    chapter->now = input->at;
    if (chapter->degraded && input->kind == FLIGHT_FRAME && !engine_switch_is_on(chapter->engine, SWITCH_DRY_RUN))
        turn(chapter, input->at, SWITCH_DRY_RUN, true, "what is decided cannot be kept");
    heal_time begun = monotonic_now();
    if (!flight_write(chapter->flight, input) && !chapter->degraded) {
        error_add(&errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "the flight recording cannot be written");
        degrade(chapter, &errors);
    }
    enum command_result result = flight_apply(chapter->engine, input);
    chapter->deciding = monotonic_now() - begun;
    flight_settle(chapter->flight);
    keep(chapter);
    return result;
}

void chapter_excuse(struct chapter *chapter, heal_time now, struct board *board, uint32_t source, bool all)
{
    for (uint32_t i = 0; i < inventory_series_count(chapter->inventory); i++) {
        if (engine_is_off(chapter->engine, i) && (all || engine_waits_for(chapter->engine, i)) &&
            board_source(board, i) == source)
            chapter_input(chapter, &(struct flight_input){.kind = FLIGHT_EXCUSE, .at = now, .what = i});
    }
}

bool chapter_flush(struct chapter *chapter, heal_time now)
{
    struct error_list errors = {0};

    if (!chapter->degraded &&
        !(run_store_extend(chapter->store, now, &errors) &&
          (!chapter->learned || write_learned(chapter, now, &errors)) && run_store_flush(chapter->store, &errors)))
        degrade(chapter, &errors);
    show(chapter);
    return !chapter->degraded;
}

static void tell_command(struct chapter *chapter, const struct command_call *call)
{
    const struct command *command = &call->command;
    char json[EVENT_TEXT];

    if (call->by_name)
        snprintf(json, sizeof json, "{\"kind\":\"command\",\"command\":\"%s\",\"resource\":\"%s\"}",
                 command_kind_name(command->kind), call->resource);
    else if (call->row != 0)
        snprintf(json, sizeof json, "{\"kind\":\"command\",\"command\":\"%s\",\"object\":\"%s %lld\"}",
                 command_kind_name(command->kind), command->kind == COMMAND_ROLL_BACK ? "remediation" : "issue",
                 (long long)call->row);
    else
        snprintf(json, sizeof json, "{\"kind\":\"command\",\"command\":\"%s\",\"on\":%s}",
                 command_kind_name(command->kind), command->on ? "true" : "false");
    status_event(chapter->outside.status, json);
}

/* A switch holds over all chapters. */
static void note_switch(struct chapter *chapter, const struct command *command)
{
    for (unsigned i = 0; i < SWITCH_COUNT; i++) {
        if (engine_switch_command((enum engine_switch)i) == command->kind)
            chapter->outside.switches[i] = command->on;
    }
}

/* A pause holds over all chapters, and over a restart. */
static void note_pause(struct chapter *chapter, const struct command_call *call, const struct command *command)
{
    struct pause_word word = {.reason = command->reason, .until = command->until};
    bool good = true;

    name_copy(word.resource, sizeof word.resource, call->resource);
    name_copy(word.actor, sizeof word.actor, command->actor);
    name_copy(word.why, sizeof word.why, command->why);
    if (command->kind == COMMAND_PAUSE)
        good = pauses_keep(chapter->outside.pauses, &word);
    else if (command->kind == COMMAND_RESUME)
        good = pauses_drop(chapter->outside.pauses, call->resource);
    if (!good)
        fprintf(stderr, "selfheal: the file of pauses cannot be written: after a restart look at them again\n");
}

/* A switch that is on when this replica may heal, and it may not yet. */
static bool is_kept_for_later(const struct chapter *chapter, const struct command *command)
{
    return command->kind == engine_switch_command(SWITCH_AUTO_REMEDIATION) && command->on &&
           !is_wanted(chapter, SWITCH_AUTO_REMEDIATION);
}

void chapter_command(struct chapter *chapter, heal_time now, struct command_call *call)
{
    const struct decision_rows *ids = run_store_rows(chapter->store);
    struct flight_input input = {.kind = FLIGHT_COMMAND, .at = now, .command = call->command};

    if (call->command.kind == COMMAND_ROLL_BACK)
        input.command.remediation = decision_rows_remediation(ids, call->row);
    else
        input.command.issue = decision_rows_issue(ids, call->row);
    if (chapter->degraded) {
        call->refused = true;
        return;
    }
    if (call->by_name)
        input.command.resource = resource_of(chapter, call->resource);
    if (call->by_name && call->lasting > 0)
        input.command.until = (now > chapter->now ? now : chapter->now) + call->lasting;
    if ((call->row != 0 && input.command.issue == 0 && input.command.remediation == 0) ||
        (call->by_name && call->resource[0] && input.command.resource == RESOURCE_NONE)) {
        call->result = COMMAND_UNKNOWN;
        return;
    }
    tell_command(chapter, call);
    note_switch(chapter, &call->command);
    run_store_said(chapter->store, input.command.actor, input.command.why);
    if (is_kept_for_later(chapter, &call->command))
        call->result = COMMAND_DONE;
    else
        call->result = chapter_input(chapter, &input);
    run_store_said(chapter->store, NULL, NULL);
    if (call->by_name && call->result == COMMAND_DONE)
        note_pause(chapter, call, &input.command);
    call->refused = !chapter_flush(chapter, now);
}

void chapter_action_ended(struct chapter *chapter, heal_time now, const struct message *message)
{
    if (message->chapter != chapter->number) /* of an engine that is no more */
        return;
    chapter_input(chapter, &(struct flight_input){.kind = FLIGHT_ACTION_ENDED,
                                                  .at = now,
                                                  .id = message->id,
                                                  .what = message->value,
                                                  .before = message->before});
    chapter_flush(chapter, now);
}

const struct inventory *chapter_inventory_of(const struct chapter *chapter)
{
    return chapter->inventory;
}

heal_time chapter_deadline(const struct chapter *chapter)
{
    return engine_next_deadline(chapter->engine);
}

heal_duration chapter_deciding(const struct chapter *chapter)
{
    return chapter->deciding;
}

bool chapter_is_degraded(const struct chapter *chapter)
{
    return chapter->degraded;
}

bool chapter_is_quiet(const struct chapter *chapter)
{
    return chapter->at_work == 0;
}

uint64_t chapter_flight_bytes(const struct chapter *chapter)
{
    return flight_bytes(chapter->flight);
}

uint64_t chapter_open_issues(const struct chapter *chapter)
{
    return engine_counts(chapter->engine).open_issues;
}
