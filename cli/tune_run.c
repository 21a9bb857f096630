/* tune_run.c - see tune_run.h.
 *
 * The search is a pure function of the study: which candidate is evaluated on
 * which round follows from what came out before, never from who was first. What
 * is in study.db is taken from there, so going on after a kill is doing it all
 * again, only without the work. A limit of time alone ends it elsewhere. */
#include "cli/tune_run.h"

#include "cli/folder.h"
#include "cli/tune_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- evaluating ------------------------------------------------------------------- */

static bool evaluate(void *context, const struct task *task, uint32_t worker, double *values, struct error_list *errors)
{
    struct tuning *tuning = context;
    const struct study_candidate *candidate = &tuning->result->candidates[task->candidate];
    const struct candidate_world *world =
        tune_worlds_take(tuning->worlds, task->candidate, (const char *const *)candidate->texts, errors);

    if (!world)
        return false;
    bool good = candidate_world_run(world, task->round, worker, values, errors);
    tune_worlds_give_back(tuning->worlds, task->candidate);
    return good;
}

static bool known(void *context, const struct task *task, double *values)
{
    const struct tuning *tuning = context;

    return study_store_get(tuning->store, tuning->result->candidates[task->candidate].key, task->round, values,
                           tuning->study->goal_count);
}

static bool keep(void *context, const struct task *task, const double *values, struct error_list *errors)
{
    const struct tuning *tuning = context;

    return study_store_put(tuning->store, tuning->result->candidates[task->candidate].key, task->round, values,
                           tuning->study->goal_count, errors);
}

/* --- guesses ----------------------------------------------------------------------- */

/* What threads do that would wait for the rest of a batch. More is never begun. */
struct guesses {
    struct task tasks[1024];
    size_t count, most;
};

static void guess(struct guesses *guesses, size_t candidate, uint32_t round)
{
    if (guesses->count < guesses->most)
        guesses->tasks[guesses->count++] = (struct task){candidate, round, NULL};
}

/* The base's rounds on fresh seeds, or a shard's part of them, are needed whatever comes out. */
static void guess_fresh(struct guesses *guesses, const struct tuning *tuning)
{
    const struct tune_options *options = tuning->options;
    uint32_t every = options->shards > 0 ? options->shards : 1;

    for (uint32_t r = options->shards > 0 ? options->shard - 1 : 0; r < tuning->study->fresh; r += every)
        guess(guesses, 0, FRESH + r);
}

/* Who is in the race has likely a place in the next round. */
static void guess_round(struct guesses *guesses, const struct tuning *tuning, uint32_t round)
{
    for (size_t i = 0; round < tuning->study->rounds && i < tuning->result->count; i++) {
        if (!tuning->result->candidates[i].dropped)
            guess(guesses, i, round);
    }
}

/* Runs a batch; `round`: that comes after it, study->rounds for none. */
static bool run_tasks(struct tuning *tuning, const struct task *tasks, size_t count, uint32_t round)
{
    struct guesses guesses = {.most = 4 * (size_t)tuning->options->jobs};

    guess_fresh(&guesses, tuning);
    guess_round(&guesses, tuning, round);
    tuning->failed = !tune_queue_run(tuning->queue, tasks, count, guesses.tasks, guesses.count, &tuning->result->made);
    tuning->result->evaluations += count;
    return !tuning->failed;
}

bool tuning_out_of_budget(struct tuning *tuning)
{
    const struct study *study = tuning->study;

    uint64_t shards = tuning->options->shards > 0 ? tuning->options->shards : 1;

    if (study->evaluations > 0 && tuning->result->evaluations * shards >= study->evaluations)
        tuning->result->stopped_by = "evaluations";
    else if (study->time > 0 && seconds_now() - tuning->begun >= heal_duration_seconds(study->time))
        tuning->result->stopped_by = "time";
    else
        return false;
    return true;
}

/* --- candidates -------------------------------------------------------------------- */

static const char *key_of(const struct study *study, const char *const *texts, struct arena *arena)
{
    char text[4096] = "";
    size_t used = 0;

    for (size_t p = 0; p < study->parameter_count && used < sizeof text - 1; p++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s=%s", p > 0 ? " " : "",
                                 study->parameters[p].path, texts[p]);
    return arena_text(arena, text, strlen(text));
}

size_t tuning_add(struct tuning *tuning, const double *x, bool refined)
{
    struct study *study = tuning->study;
    struct study_result *result = tuning->result;
    struct study_candidate item = {.refined = refined};

    item.texts = arena_array(study->arena, study->parameter_count, sizeof *item.texts);
    item.x = arena_array(study->arena, study->parameter_count, sizeof *item.x);
    item.values = arena_array(study->arena, (size_t)study->rounds * study->goal_count, sizeof *item.values);
    if (!item.texts || !item.x || !item.values || result->count == TUNE_CANDIDATES_MAX)
        return SIZE_MAX;
    for (size_t p = 0; p < study->parameter_count; p++) {
        item.x[p] = x[p] < 0 ? 0 : x[p] > 1 ? 1 : x[p];
        item.texts[p] = study_value(&study->parameters[p], item.x[p], study->arena);
        if (!item.texts[p])
            return SIZE_MAX;
    }
    item.key = key_of(study, item.texts, study->arena);
    for (size_t i = 1; item.key && i < result->count; i++) {
        if (strcmp(result->candidates[i].key, item.key) == 0)
            return i;
    }
    if (!item.key)
        return SIZE_MAX;
    result->candidates[result->count] = item;
    return result->count++;
}

static bool lay_out(struct tuning *tuning)
{
    struct study *study = tuning->study;
    struct study_result *result = tuning->result;
    struct study_design *design = study_design_create(study);
    double x[STUDY_PARAMETERS_MAX];
    bool good = design != NULL;

    result->candidates = arena_array(study->arena, TUNE_CANDIDATES_MAX, sizeof *result->candidates);
    tuning->worlds = tune_worlds_create(study, tuning->options->folder, TUNE_CANDIDATES_MAX);
    good = good && result->candidates && tuning->worlds;
    if (good) {
        result->candidates[0] = (struct study_candidate){
            .key = "as it is",
            .values = arena_array(study->arena, (size_t)study->rounds * study->goal_count, sizeof(double))};
        result->count = 1;
        good = result->candidates[0].values != NULL;
    }
    while (good && study_design_next(design, x))
        good = tuning_add(tuning, x, false) != SIZE_MAX;
    study_design_destroy(design);
    return good;
}

/* --- racing ------------------------------------------------------------------------ */

/* Drops who is worse than the best for sure; returns how many are left, without the base. */
static size_t drop(struct tuning *tuning, uint32_t rounds)
{
    struct study_result *result = tuning->result;
    size_t best = study_best(result, true), alive = 0;
    struct study_values base = study_values_of(result, 0), winner = study_values_of(result, best);
    size_t fewest = study_violations(tuning->study, &winner);

    for (size_t i = 1; i < result->count; i++) {
        struct study_values values = study_values_of(result, i);
        if (result->candidates[i].dropped)
            continue;
        size_t broken = study_violations(tuning->study, &values);
        struct study_interval duel = study_duel(tuning->study, &winner, &values, &base);
        bool worse = broken >= fewest && duel.low > 0;
        if (i != best && (worse || (broken > fewest && rounds >= 2 * tuning->study->first))) {
            result->candidates[i].dropped = true;
            tune_worlds_forget(tuning->worlds, i);
        } else {
            alive++;
        }
    }
    return alive;
}

static bool race(struct tuning *tuning)
{
    const struct study *study = tuning->study;
    struct study_result *result = tuning->result;
    struct task *tasks = calloc(result->count, sizeof *tasks);
    bool good = tasks != NULL;

    result->stopped_by = "all rounds done";
    for (uint32_t round = 0; good && round < study->rounds; round++) {
        size_t count = 0;
        if (tuning_out_of_budget(tuning))
            break;
        for (size_t i = 0; i < result->count; i++) {
            struct study_candidate *candidate = &result->candidates[i];
            if (!candidate->dropped)
                tasks[count++] = (struct task){i, round, candidate->values + (size_t)round * study->goal_count};
        }
        good = run_tasks(tuning, tasks, count, round + 1);
        for (size_t i = 0; good && i < count; i++)
            result->candidates[tasks[i].candidate].rounds = round + 1;
        if (good && round + 1 >= study->first && drop(tuning, round + 1) <= 1 && round + 1 < study->rounds) {
            result->stopped_by = "certainty";
            break;
        }
    }
    free(tasks);
    return good;
}

bool tuning_complete(struct tuning *tuning, const size_t *candidates, size_t candidate_count, uint32_t rounds)
{
    const struct study *study = tuning->study;
    struct task *tasks = calloc(candidate_count * rounds + 1, sizeof *tasks);
    size_t count = 0;

    for (size_t i = 0; tasks && i < candidate_count; i++) {
        struct study_candidate *candidate = &tuning->result->candidates[candidates[i]];
        for (uint32_t r = candidate->rounds; r < rounds; r++)
            tasks[count++] = (struct task){candidates[i], r, candidate->values + (size_t)r * study->goal_count};
        candidate->rounds = rounds > candidate->rounds ? rounds : candidate->rounds;
    }
    bool good = tasks && run_tasks(tuning, tasks, count, study->rounds);
    free(tasks);
    return good;
}

/* --- the winner -------------------------------------------------------------------- */

/* The winner and the files as they are, on seeds that the search has not seen. */
static bool run_fresh(struct tuning *tuning)
{
    const struct study *study = tuning->study;
    struct study_result *result = tuning->result;
    size_t figures = (size_t)study->fresh * study->goal_count, count = 0;
    double *base = arena_array(study->arena, figures, sizeof *base);
    double *winner = arena_array(study->arena, figures, sizeof *winner);
    struct task *tasks = calloc(2 * (size_t)study->fresh, sizeof *tasks);

    for (uint32_t r = 0; base && winner && tasks && r < study->fresh; r++) {
        tasks[count++] = (struct task){0, FRESH + r, base + (size_t)r * study->goal_count};
        if (result->winner != 0)
            tasks[count++] = (struct task){result->winner, FRESH + r, winner + (size_t)r * study->goal_count};
    }
    bool good = count > 0 && run_tasks(tuning, tasks, count, study->rounds);
    if (good && result->winner == 0)
        memcpy(winner, base, figures * sizeof *winner);
    free(tasks);
    result->fresh_base = base;
    result->fresh_winner = winner;
    return good;
}

/* The base, and every n-th candidate from the k-th on. */
static void keep_share(struct tuning *tuning)
{
    struct study_result *result = tuning->result;
    size_t kept = 1;

    for (size_t i = 1; i < result->count; i++) {
        if ((i - 1) % tuning->options->shards == tuning->options->shard - 1)
            result->candidates[kept++] = result->candidates[i];
    }
    result->count = kept;
}

/* Its candidates race each other, which drops hardly any that would go on in the race
 * of all; merging evaluates those. Of the base's fresh rounds it takes its share too. */
static bool search_share(struct tuning *tuning)
{
    const struct study *study = tuning->study;
    struct task *tasks = calloc(study->fresh, sizeof *tasks);
    double *values = calloc((size_t)study->fresh * study->goal_count, sizeof *values);
    size_t count = 0;

    keep_share(tuning);
    for (uint32_t r = tuning->options->shard - 1; tasks && values && r < study->fresh; r += tuning->options->shards)
        tasks[count++] = (struct task){0, FRESH + r, values + (size_t)r * study->goal_count};
    bool good = tasks && values && race(tuning) && (count == 0 || run_tasks(tuning, tasks, count, study->rounds));
    free(tasks);
    free(values);
    return good;
}

static bool search(struct tuning *tuning)
{
    struct study_result *result = tuning->result;

    if (!lay_out(tuning)) {
        error_add(tuning->errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory, or over %d candidates",
                  TUNE_CANDIDATES_MAX);
        return false;
    }
    if (tuning->options->shards > 0)
        return search_share(tuning);
    if (!race(tuning) || !tune_refine(tuning))
        return false;
    result->winner = study_best(result, true); /* who lost the race has lost, whatever its fewer rounds say */
    study_mark_front(result);
    uint64_t searched = result->evaluations;
    bool good = run_fresh(tuning);
    result->evaluations = searched;
    return good;
}

bool tune_run(struct study *study, const struct tune_options *options, struct study_result *out,
              struct error_list *errors)
{
    struct tuning tuning = {
        .study = study, .options = options, .result = out, .errors = errors, .begun = seconds_now()};
    char path[FOLDER_PATH], fingerprint[65];

    *out = (struct study_result){.study = study, .stopped_by = ""};
    bool good =
        candidate_fingerprint(study, fingerprint, errors) && folder_join(path, options->folder, "study.db", errors);
    tuning.store = good ? study_store_open(path, fingerprint, errors) : NULL;
    const struct tune_work work = {&tuning, study->goal_count, evaluate, known, keep};
    tuning.queue = tuning.store ? tune_queue_create(&work, options->jobs, errors) : NULL;
    good = tuning.queue && study_store_mark(tuning.store, study->file, options->shard, options->shards, errors) &&
           search(&tuning);
    tune_queue_destroy(tuning.queue);
    tune_worlds_destroy(tuning.worlds);
    study_store_close(tuning.store);
    if (!good && errors->count == 0)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    return good;
}
