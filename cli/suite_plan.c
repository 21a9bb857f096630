/* suite_plan.c - see suite_plan.h. */
#include "cli/suite_plan.h"

#include "cli/folder.h"
#include "cli/yaml.h"
#include "engine/policy.h"
#include "reports/page_file.h"
#include "sim/suite_file.h"

#include <glob.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CASES_MAX = 100000 };

static void out_of_memory(struct error_list *errors)
{
    error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
}

static bool is_folder(const char *path)
{
    struct stat there;
    return stat(path, &there) == 0 && S_ISDIR(there.st_mode);
}

static bool add_path(struct suite_plan *plan, size_t *room, const char *path, struct error_list *errors)
{
    if (plan->case_count == CASES_MAX) {
        error_add(errors, ERROR_INPUT, path, 0, NULL, "the suite has more than %d scenarios", CASES_MAX);
        return false;
    }
    if (plan->case_count == *room) {
        size_t larger = *room ? 2 * *room : 16;
        struct planned_case *cases = realloc(plan->cases, larger * sizeof *cases);
        if (!cases) {
            out_of_memory(errors);
            return false;
        }
        plan->cases = cases;
        *room = larger;
    }
    plan->cases[plan->case_count] = (struct planned_case){.path = strdup(path)};
    if (!plan->cases[plan->case_count].path) {
        out_of_memory(errors);
        return false;
    }
    plan->case_count++;
    return true;
}

/* Files that the pattern names, in order of their bytes; the path itself where it
 * is no pattern. True when at least one was found. */
static bool add_pattern(struct suite_plan *plan, size_t *room, const char *pattern, struct error_list *errors)
{
    glob_t found = {0};
    size_t before = plan->case_count;
    bool good = true;

    if (!strpbrk(pattern, "*?["))
        return add_path(plan, room, pattern, errors);
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; good && i < found.gl_pathc; i++)
            good = add_path(plan, room, found.gl_pathv[i], errors);
    }
    globfree(&found);
    return good && plan->case_count > before;
}

static void add_entries(struct suite_plan *plan, const char *file, const struct suite_file *suite,
                        struct error_list *errors)
{
    size_t room = plan->case_count;

    for (size_t i = 0; i < suite->entry_count; i++) {
        char *path = path_beside(file, suite->entries[i].path);
        size_t before = errors->count;
        if (!path)
            out_of_memory(errors);
        else if (!add_pattern(plan, &room, path, errors) && errors->count == before)
            error_add(errors, ERROR_INPUT, file, suite->entries[i].line, "scenarios", "no file fits \"%s\"",
                      suite->entries[i].path);
        free(path);
    }
}

static void add_targets(struct suite_plan *plan, const char *file, const struct suite_file *suite,
                        struct error_list *errors)
{
    plan->targets = arena_array(plan->arena, suite->target_count, sizeof *plan->targets);
    if (!plan->targets)
        out_of_memory(errors);
    for (size_t i = 0; plan->targets && i < suite->target_count; i++) {
        const struct suite_target_line *line = &suite->targets[i];
        char field[48];
        snprintf(field, sizeof field, "targets[%zu].goal", i);
        plan->target_count += target_parse(line->name, line->goal, file, line->line, field, plan->arena,
                                           &plan->targets[plan->target_count], errors);
    }
}

static void read_suite_file(struct suite_plan *plan, const char *file, const struct document *document,
                            struct error_list *errors)
{
    struct suite_file suite = {0};

    if (!suite_file_read(document, plan->arena, &suite, errors))
        return;
    plan->name = suite.name;
    if (!plan->choice.policy && suite.policy_path) {
        char *policy = path_beside(file, suite.policy_path);
        plan->choice.policy = policy ? arena_text(plan->arena, policy, strlen(policy)) : NULL;
        free(policy);
    }
    if (!plan->choice.replications.given && suite.replications > 0) {
        plan->choice.replications.given = true;
        plan->choice.replications.value = suite.replications;
    }
    add_entries(plan, file, &suite, errors);
    add_targets(plan, file, &suite, errors);
}

static void read_file(struct suite_plan *plan, const char *file, struct error_list *errors)
{
    struct document *document = yaml_read(file, errors);
    size_t room = 0;
    char stem[256];

    if (!document)
        return;
    if (suite_file_is(document)) {
        read_suite_file(plan, file, document, errors);
    } else {
        path_stem(file, stem, sizeof stem);
        plan->name = arena_text(plan->arena, stem, strlen(stem));
        add_path(plan, &room, file, errors);
    }
    document_destroy(document);
}

static void read_folder(struct suite_plan *plan, const char *folder, struct error_list *errors)
{
    char path[FOLDER_PATH], stem[256];
    struct stat there;
    size_t room = 0, length = strlen(folder);

    while (length > 1 && folder[length - 1] == '/')
        length--;
    snprintf(stem, sizeof stem, "%.*s", (int)length, folder);
    char *bare = strdup(stem);
    if (!bare || !folder_join(path, bare, "suite.yaml", errors)) {
        free(bare);
        return;
    }
    if (stat(path, &there) == 0) {
        read_file(plan, path, errors);
    } else {
        path_stem(bare, stem, sizeof stem);
        plan->name = arena_text(plan->arena, stem, strlen(stem));
        if (folder_join(path, bare, "*.yaml", errors) && !add_pattern(plan, &room, path, errors))
            error_add(errors, ERROR_INPUT, folder, 0, NULL, "holds neither a suite.yaml nor a scenario (*.yaml)");
    }
    free(bare);
}

static bool wanted(const struct suite_plan *plan, const char *name)
{
    const struct option_list *filter = plan->choice.filter;

    for (size_t i = 0; filter && i < filter->count; i++) {
        if (series_glob_match(filter->items[i], name))
            return true;
    }
    return !filter || filter->count == 0;
}

/* Reads each file's name and drops those that no filter names. */
static void name_cases(struct suite_plan *plan, struct error_list *errors)
{
    size_t kept = 0;

    for (size_t i = 0; i < plan->case_count; i++) {
        struct planned_case item = plan->cases[i];
        struct error_list unheard = {0}; /* whoever reads the scenario itself says what is wrong */
        struct document *document = yaml_read(item.path, errors);
        const char *name = NULL;
        if (document) {
            struct reader root = reader_open(document, document->root, "", &unheard);
            reader_text(&root, "name", &name);
        }
        error_list_clear(&unheard);
        item.name = strdup(name ? name : "");
        document_destroy(document);
        if (item.name && wanted(plan, item.name)) {
            plan->cases[kept++] = item;
        } else {
            free(item.name);
            free(item.path);
        }
    }
    plan->case_count = kept;
    for (size_t i = 0; i < kept; i++) {
        for (size_t j = 0; j < i && plan->cases[i].name[0]; j++) {
            if (strcmp(plan->cases[i].name, plan->cases[j].name) == 0)
                error_add(errors, ERROR_INPUT, plan->cases[i].path, 0, "name",
                          "%s has this name, too; scenarios of a suite are told apart by their names",
                          plan->cases[j].path);
        }
    }
}

static bool take_fingerprint(struct suite_plan *plan)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char options[128];
    bool good = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);

    for (size_t i = 0; good && i < plan->target_count; i++)
        good = EVP_DigestUpdate(hash, plan->targets[i].name, strlen(plan->targets[i].name) + 1) &&
               EVP_DigestUpdate(hash, plan->targets[i].goal, strlen(plan->targets[i].goal) + 1);
    snprintf(options, sizeof options, "%d %llu %d %llu", plan->choice.seed.given,
             (unsigned long long)plan->choice.seed.value, plan->choice.replications.given,
             (unsigned long long)plan->choice.replications.value);
    good = good && EVP_DigestUpdate(hash, options, strlen(options) + 1);
    for (size_t i = 0; good && i <= plan->case_count; i++) {
        const char *path = i < plan->case_count ? plan->cases[i].path : plan->choice.policy;
        size_t length = 0;
        char *text = path ? page_file_read(path, &length) : NULL;
        good = EVP_DigestUpdate(hash, path ? path : "", path ? strlen(path) + 1 : 1) &&
               (!text || EVP_DigestUpdate(hash, text, length));
        free(text);
    }
    good = good && EVP_DigestFinal_ex(hash, bytes, &size);
    for (unsigned i = 0; good && i < size && i < 32; i++)
        snprintf(plan->fingerprint + 2 * (size_t)i, 3, "%02x", bytes[i]);
    EVP_MD_CTX_free(hash);
    return good;
}

static void read_bundles(struct suite_plan *plan, struct error_list *errors)
{
    struct bundle_options options = {.policy = plan->choice.policy};

    for (size_t i = 0; i < plan->case_count; i++) {
        struct planned_case *item = &plan->cases[i];
        item->mine = i % plan->choice.shards == plan->choice.shard - 1;
        if (!item->mine || !bundle_scenario(&item->bundle, item->path, &options, errors))
            continue;
        if (plan->choice.seed.given)
            item->bundle.scenario->seed = plan->choice.seed.value;
        if (plan->choice.replications.given)
            item->bundle.scenario->replications = (uint32_t)plan->choice.replications.value;
    }
}

bool suite_plan_read(struct suite_plan *plan, const char *path, const struct suite_choice *choice,
                     struct error_list *errors)
{
    *plan = (struct suite_plan){.arena = arena_create(), .choice = *choice, .source = path};
    if (!plan->arena) {
        out_of_memory(errors);
        return false;
    }
    if (is_folder(path))
        read_folder(plan, path, errors);
    else
        read_file(plan, path, errors);
    if (errors->count == 0)
        name_cases(plan, errors);
    if (errors->count == 0 && plan->case_count == 0)
        error_add(errors, ERROR_INPUT, path, 0, "--filter", "no scenario of the suite has such a name");
    if (errors->count == 0)
        read_bundles(plan, errors);
    if (errors->count == 0 && (!plan->name || !take_fingerprint(plan)))
        out_of_memory(errors);
    return errors->count == 0;
}

void suite_plan_clear(struct suite_plan *plan)
{
    for (size_t i = 0; i < plan->case_count; i++) {
        bundle_clear(&plan->cases[i].bundle);
        free(plan->cases[i].path);
        free(plan->cases[i].name);
    }
    free(plan->cases);
    arena_destroy(plan->arena);
    *plan = (struct suite_plan){0};
}
