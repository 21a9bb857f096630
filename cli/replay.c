/* replay.c - `selfheal replay`: the engine over a recording.
 *
 * Open loop: what would it have detected, and planned? The recording cannot
 * answer, so nothing is done. Closed loop: faults bend the recorded series, and
 * remedies that meet their cause bend them back. */
#include "cli/commands.h"
#include "cli/flight.h"
#include "cli/options.h"
#include "cli/run_folder.h"
#include "replay/flight.h"

static const struct subcommand COMMAND = {
    "replay",
    "TRACE",
    "Runs the engine over a recorded trace (wide CSV or packed) or a flight recording.",
    "Open loop (as it is): the engine only watches; its issues are matched to --labels.\n"
    "Closed loop (--closed-loop or --inject): faults are put into the recording, the engine\n"
    "heals them. Without --inject a few kinds that fit the trace strike at random times.\n"
    "A flight recording of selfheal live: every decision again, bit for bit, or with --policy\n"
    "what another policy would have decided otherwise.",
    "  selfheal replay scenarios/traces/demo.csv --labels scenarios/traces/demo.labels.csv\n"
    "  selfheal replay scenarios/traces/demo.csv --closed-loop --seed 7\n"
    "  selfheal replay scenarios/traces/demo.csv --inject 'disk-fill:volume/*@20m' --out runs/disk",
};

int command_replay(int argc, char **argv)
{
    struct option_number seed = {1, 0, UINT64_MAX, false}, replications = {1, 1, 1000000, false};
    struct option_number threads = {default_threads(), 1, 256, false};
    struct option_list injected = {.count = 0};
    struct bundle_options bundle_options = {.inject = &injected};
    struct run_options run = {.grace = 2 * HEAL_MINUTE};
    bool closed = false;
    const struct option options[] = {
        {"labels", OPTION_TEXT, &bundle_options.labels, "FILE", "what really was wrong: CSV, or NAB's windows as JSON"},
        {"suspects", OPTION_TEXT, &bundle_options.suspects, "FILE", "times that count neither as hits nor as false"},
        {"topology", OPTION_TEXT, &bundle_options.topology, "FILE", "who calls whom: CSV source,target"},
        {"grace", OPTION_DURATION, &run.grace, "SPAN", "an issue this long after a label's end still matches (2m)"},
        {"closed-loop", OPTION_FLAG, &closed, NULL, "put faults in and let the engine heal them"},
        {"inject", OPTION_LIST, &injected, "FAULT", "KIND:TARGET@ONSET[+LASTS], closed loop; repeatable"},
        {"policy", OPTION_TEXT, &bundle_options.policy, "FILE", "policy (the built-in default)"},
        {"faults", OPTION_TEXT, &bundle_options.catalogue, "FILE", "fault catalogue (the built-in one)"},
        {"seed", OPTION_NUMBER, &seed, "N", "seed of every random stream (1)"},
        {"replications", OPTION_NUMBER, &replications, "N", "how often it is run, closed loop (1)"},
        {"threads", OPTION_NUMBER, &threads, "N", "replications at once (processors); results do not change"},
        {"duration", OPTION_DURATION, &bundle_options.duration, "SPAN", "stop after this much of the trace"},
        {"knowledge", OPTION_TEXT, &run.knowledge, "FILE",
         "odds to begin with: a run.db, or a file of --save-knowledge"},
        {"save-knowledge", OPTION_TEXT, &run.save_knowledge, "FILE",
         "what was learned, as a file; run.db has it anyway"},
        {"out", OPTION_TEXT, &run.out, "DIR", "the run folder (runs/NAME); an older run in it is replaced"},
        {"json", OPTION_FLAG, &run.json, NULL, "print summary.json on stdout"},
        {"no-report", OPTION_FLAG, &run.no_report, NULL, "database and summary.json only"},
    };
    const char *path;
    size_t count;

    int parsed = options_parse(argc, argv, &COMMAND, options, sizeof options / sizeof options[0], &path, 1, 1, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    if (flight_is(path))
        return (int)flight_replay(path, bundle_options.policy, run.json);
    struct error_list errors = {0};
    struct bundle bundle = {0};
    enum exit_code code;

    closed |= injected.count > 0;
    bundle_options.pick_faults = closed;
    if (bundle_trace(&bundle, path, &bundle_options, &errors)) {
        bundle.scenario->seed = seed.value;
        bundle.scenario->replications = closed ? (uint32_t)replications.value : 1;
        bundle.policy->dry_run |= !closed;
        run.mode = closed ? "replay-closed" : "replay-open";
        run.source = path;
        run.threads = (uint32_t)threads.value;
        code = run_to_folder(&bundle, &run);
    } else {
        code = console_errors(&errors);
        code = code == EXIT_DONE ? EXIT_BAD_INPUT : code;
    }
    bundle_clear(&bundle);
    return (int)code;
}
