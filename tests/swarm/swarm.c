/* swarm.c - many seeds, one rehearsal each.
 *
 *   swarm [--seeds N] [--from S] [--events N]    seeds S .. S+N-1 (1, 1000; 400 events each)
 *   swarm --seed S                               one, with its journal on stdout
 *
 * A seed that breaks a property is printed with the command that replays it; the
 * exit code is then 1. Time stands for nothing here but order: a day of events runs
 * in milliseconds. */
#include "tests/swarm/swarm.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLIGHTS = 4096, JOURNAL = 1 << 17, INPUT_BYTES = 1 << 24 };

struct flight {
    uint64_t action;
    heal_time at; /* of its answer; HEAL_TIME_NEVER: none, or it was given */
    enum action_outcome outcome;
    bool twice;
};

struct rehearsal {
    struct setting setting;
    struct check check;
    struct engine *engine;
    struct random_stream stream;
    uint64_t seed;
    heal_time now, next_frame;
    double values[SWARM_SERIES];
    bool gone[SWARM_SERIES];
    double lean[SWARM_SERIES]; /* of a trend, per frame */
    struct flight flights[FLIGHTS];
    size_t flight_count;
    uint64_t started; /* actions that the world has begun, by id */
    struct decision *journal;
    size_t journal_count, told; /* told: of this engine's life, against the journal */
    unsigned char *inputs;      /* all of them, encoded */
    size_t input_bytes, last_input;
    uint64_t restarts, remedies;
    bool loud, replaying;
    const char *broken;
};

static void breaks(struct rehearsal *run, const char *what)
{
    if (!run->broken)
        run->broken = what;
}

static bool chance(struct rehearsal *run, double p)
{
    return random_uniform(&run->stream) < p;
}

/* --- the world ------------------------------------------------------------------ */

/* An action may heal what is sick on its target or below it, whatever it is. */
static void heal(struct rehearsal *run, uint32_t target)
{
    for (uint32_t i = 0; i < run->setting.series_count; i++) {
        if (!hangs_on(run->setting.inventory, inventory_series_resource(run->setting.inventory, i), target))
            continue;
        run->values[i] = chance(run, 0.8) ? 0.5 : run->values[i];
        run->lean[i] = 0.0;
    }
}

static void start_action(void *context, heal_time now, const struct action *action)
{
    struct rehearsal *run = context;

    if (action->id != run->started + 1)
        breaks(run, "an action was started twice, or one was left out");
    run->started = action->id;
    if (action->kind == ACTION_PAGE_OPERATOR || run->flight_count == FLIGHTS)
        return;
    struct flight *flight = &run->flights[run->flight_count++];
    *flight = (struct flight){.action = action->id, .at = HEAL_TIME_NEVER};
    double luck = random_uniform(&run->stream);
    if (luck < 0.1)
        return; /* hangs */
    heal_duration takes = (heal_duration)(random_exponential(&run->stream, (double)action->timeout / 3));
    if (luck < 0.2)
        takes = action->timeout + (heal_duration)random_below(&run->stream, (uint64_t)HEAL_MINUTE); /* late */
    flight->at = now + takes + 1;
    flight->outcome = luck < 0.35 ? ACTION_FAILED : luck < 0.38 ? ACTION_UNSUPPORTED : ACTION_SUCCEEDED;
    flight->twice = luck > 0.9;
    if (flight->outcome == ACTION_SUCCEEDED && chance(run, 0.5))
        heal(run, action->target);
}

static bool same(const struct decision *a, const struct decision *b)
{
    unsigned char left[DECISION_BYTES], right[DECISION_BYTES];

    decision_encode(a, left);
    decision_encode(b, right);
    return memcmp(left, right, DECISION_BYTES) == 0;
}

static void say(const struct rehearsal *run, const struct decision *decision)
{
    char at[HEAL_TIME_TEXT];
    const char *resource = decision->resource < run->setting.resource_count
                               ? inventory_resource_id(run->setting.inventory, decision->resource)
                               : "-";
    printf("%s %-20s %-18s issue %" PRIu64 " remedy %" PRIu64 " strategy %d try %u action %" PRIu64 " %s%s %s\n",
           heal_time_format(decision->at, at), decision_kind_name(decision->kind), resource, decision->issue,
           decision->remediation, (int)decision->strategy, decision->attempt, decision->action,
           decision->action_kind < ACTION_KIND_COUNT ? action_name(decision->action_kind) : "",
           decision->rollback ? " (back)" : "", gate_name(decision->gate));
}

static void take_decision(void *context, const struct decision *decision)
{
    struct rehearsal *run = context;

    if (decision->sequence <= run->journal_count) { /* a later life tells the same story */
        if (!same(decision, &run->journal[decision->sequence - 1]))
            breaks(run, "after a restart the engine decided otherwise");
        return;
    }
    if (run->journal_count == JOURNAL) {
        breaks(run, "the journal is full");
        return;
    }
    run->journal[run->journal_count++] = *decision;
    if (run->loud)
        say(run, decision);
    run->remedies += decision->kind == DECISION_REMEDIATION_STARTED;
    check_decision(&run->check, decision);
}

static struct engine *new_engine(struct rehearsal *run)
{
    return engine_create(&run->setting.policy, run->setting.inventory, run->seed,
                         (struct world_port){run, start_action}, (struct journal_port){run, take_decision});
}

/* --- inputs ---------------------------------------------------------------------- */

/* Written down first, then given: what an engine needs to be able to come back. */
static void give(struct rehearsal *run, const struct input *input)
{
    size_t used = input_encode(input, run->inputs + run->input_bytes, INPUT_BYTES - run->input_bytes);

    if (used == 0) {
        breaks(run, "the list of inputs is full");
        return;
    }
    run->last_input = run->input_bytes;
    run->input_bytes += used;
    if (input->kind == INPUT_COMMAND)
        check_command(&run->check, &input->command);
    engine_take(run->engine, input);
}

static void give_frame(struct rehearsal *run)
{
    double seen[SWARM_SERIES];

    for (size_t i = 0; i < run->setting.series_count; i++) {
        if (chance(run, 0.004))
            run->values[i] = 1.5 + 3.0 * random_uniform(&run->stream); /* falls sick */
        else if (chance(run, 0.01))
            run->values[i] = 0.5; /* gets well by itself */
        else if (chance(run, 0.001))
            run->lean[i] = 0.005;
        run->values[i] += run->lean[i];
        if (chance(run, 0.002)) /* its pod is gone, and back some day */
            run->gone[i] = !run->gone[i];
        seen[i] = run->gone[i] || chance(run, 0.02) ? NAN : run->values[i];
    }
    if (chance(run, 0.01)) { /* a storm: a resource takes all below it down */
        uint32_t root = run->setting.resources[random_below(&run->stream, run->setting.resource_count)];
        for (uint32_t i = 0; i < run->setting.series_count; i++) {
            if (hangs_on(run->setting.inventory, inventory_series_resource(run->setting.inventory, i), root))
                seen[i] = run->values[i] = 2.0;
        }
    }
    give(run, &(struct input){
                  .kind = INPUT_FRAME, .at = run->now, .values = seen, .value_count = run->setting.series_count});
}

static void give_command(struct rehearsal *run)
{
    uint64_t issues = engine_counts(run->engine).issues + 2;
    struct command command = {
        .kind = (enum command_kind)random_below(&run->stream, COMMAND_KIND_COUNT),
        .on = chance(run, 0.7),
        .reason = (enum pause_reason)random_below(&run->stream, PAUSE_REASON_COUNT),
        .actor = "swarm",
        .resource = chance(run, 0.1) ? RESOURCE_NONE
                                     : run->setting.resources[random_below(&run->stream, run->setting.resource_count)],
        .strategy = chance(run, 0.7) ? UINT32_MAX : (uint32_t)random_below(&run->stream, SWARM_STRATEGIES),
        .issue = issues - random_below(&run->stream, issues < 8 ? issues : 8),
        .remediation = engine_counts(run->engine).remediations + 1 - random_below(&run->stream, 6),
        .until = run->now + (heal_duration)random_below(&run->stream, (uint64_t)HEAL_HOUR),
    };
    if (chance(run, 0.3)) /* approvals have many ways to go wrong */
        command.kind = chance(run, 0.7) ? COMMAND_APPROVE : COMMAND_DENY;
    if (command.kind == COMMAND_DRY_RUN)
        command.on = chance(run, 0.3);
    give(run, &(struct input){.kind = INPUT_COMMAND, .at = run->now, .command = command});
}

static void give_answer(struct rehearsal *run, struct flight *flight)
{
    flight->at = HEAL_TIME_NEVER;
    give(run, &(struct input){.kind = INPUT_ACTION_ENDED,
                              .at = run->now,
                              .action = flight->action,
                              .outcome = flight->outcome,
                              .before = (double)(flight->action % 7) - 1.0});
    if (flight->twice)
        give(run, &(struct input){.kind = INPUT_ACTION_ENDED,
                                  .at = run->now,
                                  .action = flight->action,
                                  .outcome = ACTION_FAILED,
                                  .before = NAN});
}

/* --- stopping and starting again ---------------------------------------------------- */

static size_t replay_inputs(struct rehearsal *run)
{
    double values[SWARM_SERIES];
    struct input input;
    size_t at = 0, given = 0;

    while (at < run->input_bytes) {
        size_t used = input_decode(run->inputs + at, run->input_bytes - at, values, SWARM_SERIES, &input);
        if (used == 0) {
            breaks(run, "an input does not read back");
            break;
        }
        engine_take(run->engine, &input);
        at += used;
        given++;
    }
    return given;
}

/* The engine is gone. The journal holds some or all of the decisions of the last
 * input, and the world has begun the actions that the journal tells of. */
static void restart(struct rehearsal *run, size_t durable)
{
    uint64_t actions = 0;

    for (size_t i = 0; i < durable; i++)
        actions += run->journal[i].kind == DECISION_ACTION_STARTED;
    /* Decisions that were lost were never acted upon: the world forgets those actions. */
    while (run->flight_count > 0 && run->flights[run->flight_count - 1].action > actions)
        run->flight_count--;
    run->started = actions;
    engine_destroy(run->engine);
    run->engine = new_engine(run);
    if (!run->engine) {
        breaks(run, "out of memory");
        return;
    }
    engine_resume(run->engine, actions, durable);
    replay_inputs(run);
    run->restarts++;
}

static void maybe_restart(struct rehearsal *run, size_t before)
{
    if (!chance(run, 0.01))
        return;
    restart(run, before + (size_t)random_below(&run->stream, run->journal_count - before + 1));
}

/* --- the course -------------------------------------------------------------------- */

static struct flight *next_flight(struct rehearsal *run)
{
    struct flight *next = NULL;

    for (size_t i = 0; i < run->flight_count; i++) {
        if (run->flights[i].at != HEAL_TIME_NEVER && (!next || run->flights[i].at < next->at))
            next = &run->flights[i];
    }
    return next;
}

static void one_event(struct rehearsal *run)
{
    if (chance(run, 0.003)) /* the clock jumps */
        run->now += (heal_duration)random_below(&run->stream, (uint64_t)(3 * HEAL_HOUR));
    struct flight *flight = next_flight(run);
    heal_time timer = engine_next_deadline(run->engine);
    heal_time at = run->next_frame;

    at = flight && flight->at < at ? flight->at : at;
    at = timer < at ? timer : at;
    run->now = at > run->now ? at : run->now;
    if (chance(run, 0.03)) {
        give_command(run);
    } else if (flight && flight->at <= run->now) {
        give_answer(run, flight);
    } else if (timer <= run->now && chance(run, 0.9)) {
        give(run, &(struct input){.kind = INPUT_TICK, .at = run->now});
    } else if (run->next_frame <= run->now) {
        run->next_frame = run->now + 30 * HEAL_SECOND;
        if (!chance(run, 0.05))
            give_frame(run);
        else
            give(run, &(struct input){.kind = INPUT_TICK, .at = run->now});
    } else {
        give(run, &(struct input){.kind = INPUT_TICK, .at = run->now});
    }
    if (chance(run, 0.01)) /* a clock that was set back for a moment */
        give(run, &(struct input){.kind = INPUT_TICK, .at = run->now - HEAL_HOUR});
}

/* At the end a fresh engine, told everything, decides everything again. */
static void rehearse_again(struct rehearsal *run)
{
    uint64_t started = run->started;

    engine_destroy(run->engine);
    run->engine = new_engine(run);
    run->started = 0;
    run->replaying = true;
    if (!run->engine)
        return;
    size_t flights = run->flight_count;
    run->flight_count = FLIGHTS; /* the world is over: nothing flies any more */
    replay_inputs(run);
    run->flight_count = flights;
    if (run->started != started)
        breaks(run, "the same inputs started other actions");
}

static bool open_rehearsal(struct rehearsal *run, uint64_t seed, bool loud)
{
    struct decision *journal = run->journal;
    unsigned char *inputs = run->inputs;

    memset(run, 0, sizeof *run);
    run->journal = journal ? journal : malloc(JOURNAL * sizeof *journal);
    run->inputs = inputs ? inputs : malloc(INPUT_BYTES);
    run->seed = seed;
    run->loud = loud;
    run->stream = random_stream_named(seed, "swarm", "world", 0);
    run->now = INT64_C(1767225600) * HEAL_SECOND + (heal_time)random_below(&run->stream, 7 * 24) * HEAL_HOUR;
    run->next_frame = run->now;
    setting_make(&run->setting, seed);
    check_start(&run->check, &run->setting);
    for (size_t i = 0; i < SWARM_SERIES; i++)
        run->values[i] = 0.5;
    run->engine = new_engine(run);
    return run->journal && run->inputs && run->engine;
}

static const char *rehearse(struct rehearsal *run, uint64_t seed, uint64_t events, bool loud)
{
    if (!open_rehearsal(run, seed, loud))
        return "out of memory";
    for (uint64_t i = 0; i < events && !run->broken && !run->check.broken && run->engine; i++) {
        size_t before = run->journal_count;
        one_event(run);
        check_instant(&run->check, run->now, engine_next_deadline(run->engine));
        maybe_restart(run, before);
    }
    if (!run->broken && !run->check.broken && run->engine)
        rehearse_again(run);
    engine_destroy(run->engine);
    setting_clear(&run->setting);
    return run->broken ? run->broken : run->check.broken;
}

static uint64_t number(const char *text)
{
    return strtoull(text ? text : "0", NULL, 10);
}

int main(int count, char **arguments)
{
    uint64_t from = 1, seeds = 1000, events = 400, remedies = 0, restarts = 0, decisions = 0;
    struct rehearsal *run = calloc(1, sizeof *run);
    bool loud = false;
    int code = 0;

    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(arguments[i], "--seed") == 0)
            from = number(arguments[i + 1]), seeds = 1, loud = true;
        else if (strcmp(arguments[i], "--from") == 0)
            from = number(arguments[i + 1]);
        else if (strcmp(arguments[i], "--seeds") == 0)
            seeds = number(arguments[i + 1]);
        else if (strcmp(arguments[i], "--events") == 0)
            events = number(arguments[i + 1]);
    }
    for (uint64_t seed = from; run && seed < from + seeds; seed++) {
        const char *broken = rehearse(run, seed, events, loud);
        remedies += run->remedies;
        restarts += run->restarts;
        decisions += run->journal_count;
        if (!broken)
            continue;
        code = 1;
        printf("seed %" PRIu64 ": %s\n  again: %s --events %" PRIu64 " --seed %" PRIu64 "\n", seed, broken,
               arguments[0], events, seed);
    }
    printf("%" PRIu64 " seeds, %" PRIu64 " decisions, %" PRIu64 " remedies, %" PRIu64 " restarts: %s\n", seeds,
           decisions, remedies, restarts, code ? "broken" : "all properties hold");
    if (run) {
        free(run->journal);
        free(run->inputs);
    }
    free(run);
    return code;
}
