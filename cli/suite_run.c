/* suite_run.c - see suite_run.h.
 *
 * Workers take scenarios as suite_order.h says. What a scenario gives is a function of its
 * files and seed alone, and goes into the place of its index: threads decide
 * nothing. With fail-fast, results behind the first miss are thrown away even
 * where a thread was there already. */
#include "cli/suite_run.h"

#include "cli/folder.h"
#include "cli/recording.h"
#include "cli/suite_order.h"
#include "reports/coverage.h"
#include "reports/summary.h"
#include "store/database.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STORY_LINES = 12 };

struct work {
    const struct suite_plan *plan;
    const struct suite_run_options *options;
    struct suite *suite;
    struct error_list *errors;
    size_t *planned; /* by case: its place in the plan */
    struct suite_turn *turns;
    bool *done;
    size_t next, next_to_tell, stop_after; /* next: of the turns */
    bool failed;
    pthread_mutex_t lock;
};

/* What is gathered of one scenario before it goes into the suite's arena. */
struct drawn {
    struct summary *summary;
    char *json;
    struct judgement *judgements;
    char **stories;
    struct arena *arena; /* of `uses` */
    struct suite_use *uses;
    size_t use_count;
    struct pool_sample *samples; /* in `arena`, too */
    size_t sample_count;
};

static const char *copy(struct work *work, const char *text)
{
    const char *made = text ? arena_text(work->suite->arena, text, strlen(text)) : NULL;
    return made ? made : "";
}

static bool judge_all(const struct bundle *bundle, const char *folder, struct drawn *drawn, struct error_list *errors)
{
    char path[FOLDER_PATH];
    struct judged_run run = {0};
    size_t count = bundle->expectation_count;
    cJSON *summary = cJSON_Parse(drawn->json);
    bool good = folder_join(path, folder, "run.db", errors);

    run.data = good ? run_data_read(path, errors) : NULL;
    run.database = run.data ? database_open(path, errors) : NULL;
    run.summary = summary;
    drawn->judgements = calloc(count + 1, sizeof *drawn->judgements);
    drawn->stories = calloc(count + 1, sizeof *drawn->stories);
    drawn->arena = arena_create();
    good = run.database && summary && drawn->judgements && drawn->stories && drawn->arena &&
           coverage_read(run.database, bundle->policy, drawn->arena, &drawn->uses, &drawn->use_count, errors);
    for (size_t i = 0; good && i < count; i++) {
        good = judge(&run, &bundle->expectations[i], &drawn->judgements[i], errors);
        if (good && drawn->judgements[i].outcome != OUTCOME_MET) {
            drawn->stories[i] = judge_story(&run, &drawn->judgements[i], STORY_LINES, errors);
            good = drawn->stories[i] != NULL;
        }
    }
    cJSON_Delete(summary);
    database_close(run.database);
    run_data_destroy((struct run_data *)run.data);
    return good;
}

static bool asks_for_operators(const struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->expectation_count; i++) {
        if (bundle->expectations[i].kind == EXPECT_FIGURE && bundle->expectations[i].metric.operators)
            return true;
    }
    return false;
}

static bool run_arm(const struct bundle *bundle, const char *folder, const char *source, uint32_t threads,
                    enum healer healer, struct error_list *errors)
{
    return record_arm(
        bundle, folder,
        &(struct arm){.mode = "simulate", .source = source, .healer = healer, .quiet = true, .threads = threads},
        errors);
}

static bool run_case(const struct work *work, const struct planned_case *item, uint32_t threads, struct drawn *drawn,
                     struct error_list *errors)
{
    const struct bundle *bundle = &item->bundle;
    char folder[FOLDER_PATH];

    if (!folder_join(folder, work->options->folder, item->name, errors) ||
        !folder_prepare(folder, &FOLDER_RUN, errors) ||
        !run_arm(bundle, folder, item->path, threads, HEALER_ENGINE, errors))
        return false;
    for (int healer = HEALER_OPERATORS; healer < HEALER_COUNT; healer++) {
        bool wanted = work->plan->target_count > 0 || (healer == HEALER_OPERATORS && asks_for_operators(bundle));
        if (wanted && arm_belongs(bundle, (enum healer)healer) &&
            !run_arm(bundle, folder, item->path, threads, (enum healer)healer, errors))
            return false;
    }
    drawn->summary = summary_read(folder, errors);
    drawn->json = drawn->summary ? summary_json(drawn->summary) : NULL;
    return drawn->json && folder_write(folder, "summary.json", drawn->json, errors) &&
           judge_all(bundle, folder, drawn, errors) &&
           (work->plan->target_count == 0 ||
            pool_read(folder, drawn->arena, &drawn->samples, &drawn->sample_count, errors));
}

static enum outcome worse(enum outcome a, enum outcome b)
{
    static const int RANK[OUTCOME_COUNT] = {[OUTCOME_MET] = 0, [OUTCOME_UNDECIDED] = 1, [OUTCOME_MISSED] = 2};
    return RANK[b] > RANK[a] ? b : a;
}

/* Texts repeat from sample to sample: each run of them is copied once. */
static void settle_samples(struct work *work, struct suite_case *out, const struct drawn *drawn)
{
    const struct pool_sample *before = NULL;

    out->samples = arena_array(work->suite->arena, drawn->sample_count, sizeof *out->samples);
    for (size_t i = 0; out->samples && i < drawn->sample_count; i++) {
        struct pool_sample *sample = &out->samples[out->sample_count++];
        *sample = drawn->samples[i];
        bool same = before && before->kind == sample->kind && before->cause == sample->cause;
        sample->kind = same ? out->samples[i - 1].kind : copy(work, sample->kind);
        sample->cause = same ? out->samples[i - 1].cause : copy(work, sample->cause);
        before = &drawn->samples[i];
    }
}

/* Called with the lock: the arena is one. */
static void settle(struct work *work, struct suite_case *out, const struct bundle *bundle, const struct drawn *drawn)
{
    out->digest = copy(work, drawn->summary->digest);
    out->summary = copy(work, drawn->json);
    out->outcome = OUTCOME_MET;
    out->uses = arena_array(work->suite->arena, drawn->use_count, sizeof *out->uses);
    for (size_t i = 0; out->uses && i < drawn->use_count; i++)
        out->uses[out->use_count++] =
            (struct suite_use){drawn->uses[i].kind, copy(work, drawn->uses[i].name), drawn->uses[i].count};
    settle_samples(work, out, drawn);
    for (size_t i = 0; i < bundle->expectation_count && i < out->check_count; i++) {
        struct suite_check *check = &out->checks[i];
        check->outcome = drawn->judgements[i].outcome;
        check->saw = copy(work, drawn->judgements[i].saw);
        check->story = copy(work, drawn->stories[i]);
        out->outcome = worse(out->outcome, check->outcome);
    }
}

static void drawn_clear(struct drawn *drawn, size_t count)
{
    for (size_t i = 0; drawn->stories && i < count; i++)
        free(drawn->stories[i]);
    free(drawn->stories);
    free(drawn->judgements);
    free(drawn->json);
    arena_destroy(drawn->arena);
    summary_destroy(drawn->summary);
}

/* Tells what is known in order. Called with the lock. */
static void tell(struct work *work)
{
    while (work->next_to_tell < work->suite->case_count && work->next_to_tell <= work->stop_after &&
           work->done[work->next_to_tell]) {
        if (work->options->told)
            work->options->told(&work->suite->cases[work->next_to_tell], work->options->context);
        work->next_to_tell++;
    }
}

static void finish(struct work *work, size_t index, const struct bundle *bundle, const struct drawn *drawn, bool good,
                   const struct error_list *errors)
{
    pthread_mutex_lock(&work->lock);
    if (good)
        settle(work, &work->suite->cases[index], bundle, drawn);
    else
        work->failed = true;
    error_list_add(work->errors, errors);
    if (good && work->options->fail_fast && work->suite->cases[index].outcome != OUTCOME_MET &&
        index < work->stop_after)
        work->stop_after = index;
    work->done[index] = good;
    tell(work);
    pthread_mutex_unlock(&work->lock);
}

static void *take_cases(void *context)
{
    struct work *work = context;

    for (;;) {
        struct error_list errors = {0};
        struct drawn drawn = {0};
        pthread_mutex_lock(&work->lock);
        bool over = work->failed || work->next >= work->suite->case_count;
        struct suite_turn turn = over ? (struct suite_turn){0, 1} : work->turns[work->next++];
        size_t index = turn.item;
        over = over || index > work->stop_after;
        pthread_mutex_unlock(&work->lock);
        if (over)
            return NULL;
        const struct planned_case *item = &work->plan->cases[work->planned[index]];
        bool good = run_case(work, item, turn.threads, &drawn, &errors);
        if (!good && errors.count == 0)
            error_add(&errors, ERROR_ENVIRONMENT, item->path, 0, NULL, "out of memory");
        finish(work, index, &item->bundle, &drawn, good, &errors);
        drawn_clear(&drawn, item->bundle.expectation_count);
        error_list_clear(&errors);
    }
}

/* `word` as a shell takes it. */
static void shell_word(FILE *out, const char *word)
{
    if (word[0] && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") == strlen(word)) {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word != '\0'; word++)
        fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, out);
    fputc('\'', out);
}

static const char *rerun_command(struct work *work, const char *name)
{
    const struct suite_choice *choice = &work->plan->choice;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    if (!out)
        return "";
    fputs("selfheal test ", out);
    shell_word(out, work->plan->source);
    fputs(" --filter ", out);
    shell_word(out, name);
    if (choice->policy) {
        fputs(" --policy ", out);
        shell_word(out, choice->policy);
    }
    if (choice->seed.given)
        fprintf(out, " --seed %llu", (unsigned long long)choice->seed.value);
    if (choice->replications.given)
        fprintf(out, " --replications %llu", (unsigned long long)choice->replications.value);
    fclose(out);
    const char *kept = copy(work, text);
    free(text);
    return kept;
}

static bool lay_out(struct work *work)
{
    const struct suite_plan *plan = work->plan;
    struct suite *suite = work->suite;

    suite->name = copy(work, plan->name);
    suite->source = copy(work, plan->source);
    suite->fingerprint = copy(work, plan->fingerprint);
    suite->total = (uint32_t)plan->case_count;
    suite->shard = plan->choice.shard;
    suite->shards = plan->choice.shards;
    suite->cases = arena_array(suite->arena, plan->case_count, sizeof *suite->cases);
    work->planned = calloc(plan->case_count + 1, sizeof *work->planned);
    work->done = calloc(plan->case_count + 1, sizeof *work->done);
    work->turns = calloc(plan->case_count + 1, sizeof *work->turns);
    suite->targets = arena_array(suite->arena, plan->target_count, sizeof *suite->targets);
    if (!suite->cases || !work->planned || !work->done || !work->turns || !suite->targets)
        return false;
    for (size_t i = 0; i < plan->target_count; i++) {
        suite->targets[i] = plan->targets[i];
        suite->targets[i].name = copy(work, plan->targets[i].name);
        suite->targets[i].goal = copy(work, plan->targets[i].goal);
        suite->target_count++;
    }
    for (size_t i = 0; i < plan->case_count; i++) {
        const struct planned_case *from = &plan->cases[i];
        if (!from->mine)
            continue;
        struct suite_case *item = &suite->cases[suite->case_count];
        work->planned[suite->case_count++] = i;
        *item = (struct suite_case){.index = (uint32_t)i,
                                    .name = copy(work, from->name),
                                    .file = copy(work, from->path),
                                    .rerun = rerun_command(work, from->name),
                                    .seed = from->bundle.scenario->seed,
                                    .replications = from->bundle.scenario->replications,
                                    .outcome = OUTCOME_NOT_RUN,
                                    .digest = "",
                                    .summary = "",
                                    .check_count = from->bundle.expectation_count};
        item->checks = arena_array(suite->arena, item->check_count, sizeof *item->checks);
        for (size_t c = 0; item->checks && c < item->check_count; c++)
            item->checks[c] = (struct suite_check){copy(work, from->bundle.expectations[c].text),
                                                   from->bundle.expectations[c].line, OUTCOME_NOT_RUN, "", ""};
        if (!item->checks)
            return false;
    }
    return true;
}

static void run_workers(struct work *work)
{
    uint32_t jobs = work->options->jobs, running = 0;
    pthread_t *workers;

    suite_order(work->plan, work->planned, work->suite->case_count, jobs, work->options->fail_fast, work->turns);
    jobs = jobs > work->suite->case_count ? (uint32_t)work->suite->case_count : jobs;
    workers = calloc(jobs + 1, sizeof *workers);
    while (workers && running + 1 < jobs && pthread_create(&workers[running], NULL, take_cases, work) == 0)
        running++;
    take_cases(work);
    for (uint32_t i = 0; i < running; i++)
        pthread_join(workers[i], NULL);
    free(workers);
}

/* What lies behind the first miss counts as not run. */
static void forget_behind(struct work *work)
{
    for (size_t i = 0; i < work->suite->case_count; i++) {
        struct suite_case *item = &work->suite->cases[i];
        if (i <= work->stop_after)
            continue;
        item->outcome = OUTCOME_NOT_RUN;
        item->digest = item->summary = "";
        item->use_count = item->sample_count = 0;
        for (size_t c = 0; c < item->check_count; c++) {
            item->checks[c].outcome = OUTCOME_NOT_RUN;
            item->checks[c].saw = item->checks[c].story = "";
        }
        if (work->options->told)
            work->options->told(item, work->options->context);
    }
}

struct suite *suite_run(const struct suite_plan *plan, const struct suite_run_options *options,
                        struct error_list *errors)
{
    struct work work = {
        .plan = plan, .options = options, .suite = suite_create(), .errors = errors, .stop_after = SIZE_MAX};
    bool good = work.suite && lay_out(&work);

    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    pthread_mutex_init(&work.lock, NULL);
    if (good)
        run_workers(&work);
    if (good && !work.failed)
        forget_behind(&work);
    pthread_mutex_destroy(&work.lock);
    free(work.planned);
    free(work.done);
    free(work.turns);
    if (good && !work.failed)
        return work.suite;
    suite_destroy(work.suite);
    return NULL;
}
